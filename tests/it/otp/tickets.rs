//! What a right code allows, and that it allows it once.

use std::num::NonZeroU32;

use barqnet_db::{
    PhoneNumber,
    otp::{OtpPolicy, Purpose, SendOutcome, Ticket, VerificationRequest, VerifyOutcome, send, verify},
    pool::Pool,
    queries,
    sessions::{AtLimit, Device, RevokeReason, SessionPolicy, revoke, validate},
    users::{
        ChangeOutcome, NewUser, RegisterOutcome, SignInOutcome, SignedIn, change_password,
        change_phone_number_with_ticket, change_role, register_with_ticket, reset_password_with_ticket,
        sign_in_with_ticket,
    },
};

use super::support::{SIGN_IN, code_of, config_with, generous, let_time_pass, request, ticket_of};
use crate::common::{
    at_once, execute_sql, migrated_database, phone_number, pool_of, scalar, user_with_phone, username,
    with_a_lost_connection,
};

async fn ticket(pool: &Pool, phone_number: &PhoneNumber, purpose: Purpose) -> Ticket {
    let request = VerificationRequest { purpose, ..request(phone_number) };
    let code = code_of(send(pool, &generous(), &request).await.expect("an answer"));
    ticket_of(verify(pool, &generous(), &request, &code).await.expect("an answer"))
}

async fn register(pool: &Pool, ticket: &Ticket, name: &str) -> RegisterOutcome {
    let name = username(name);
    let (new, device) = (NewUser::new(&name, "tests"), Device::default());
    register_with_ticket(pool, ticket, &new, &device, &SessionPolicy::default()).await.expect("an answer")
}

async fn sign_in(pool: &Pool, ticket: &Ticket) -> SignInOutcome {
    sign_in_with_ticket(pool, ticket, &Device::default(), &SessionPolicy::default()).await.expect("an answer")
}

async fn signed_in(pool: &Pool, phone_number: &PhoneNumber) -> SignedIn {
    match sign_in(pool, &ticket(pool, phone_number, SIGN_IN).await).await {
        SignInOutcome::SignedIn(signed_in) => signed_in,
        other => panic!("{other:?}"),
    }
}

async fn is_in(pool: &Pool, signed_in: &SignedIn) -> bool {
    let client = pool.get().await.expect("a connection");
    let valid = validate(&client, &signed_in.token.hash(), &SessionPolicy::default()).await.expect("an answer");
    valid.is_some()
}

#[tokio::test]
async fn a_connection_lost_midway_costs_no_ticket_and_no_caller_an_error() {
    let database = migrated_database().await;
    let pool = &database.pool().await;
    let ada = phone_number("+4915112345678");
    let ticket_for = |purpose| ticket(pool, &ada, purpose);

    let first = ticket_for(SIGN_IN).await;
    let RegisterOutcome::Registered(ada_in) = with_a_lost_connection(&database, register(pool, &first, "ada")).await
    else {
        panic!("not registered")
    };
    let second = ticket_for(SIGN_IN).await;
    let signed_in = with_a_lost_connection(&database, sign_in(pool, &second)).await;
    assert!(matches!(signed_in, SignInOutcome::SignedIn(_)), "{signed_in:?}");
    assert!(matches!(sign_in(pool, &second).await, SignInOutcome::InvalidTicket), "it is spent");

    let third = ticket_for(Purpose::PasswordReset).await;
    let policy = &SessionPolicy::default();
    let reset = reset_password_with_ticket(pool, &third, "hash", policy);
    let reset = with_a_lost_connection(&database, reset).await.unwrap();
    assert_eq!(reset, ChangeOutcome::Changed { user_id: ada_in.user_id, sessions_ended: 2 });
    let bob = phone_number("+4915112345679");
    let fourth = ticket(pool, &bob, Purpose::PhoneChange).await;
    let moved = change_phone_number_with_ticket(pool, &fourth, ada_in.user_id, None, policy);
    let moved = with_a_lost_connection(&database, moved).await.unwrap();
    assert_eq!(moved, ChangeOutcome::Changed { user_id: ada_in.user_id, sessions_ended: 0 });
    let changed = change_password(pool, ada_in.user_id, "other", None);
    assert_eq!(with_a_lost_connection(&database, changed).await.unwrap(), Some(0));
    let changed = change_role(pool, ada_in.user_id, "admin", None);
    assert_eq!(with_a_lost_connection(&database, changed).await.unwrap(), Some(0));
}

#[tokio::test]
async fn a_ticket_registers_a_number_once_and_another_signs_it_in() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let first = ticket(&pool, &ada, SIGN_IN).await;
    assert!(matches!(sign_in(&pool, &first).await, SignInOutcome::NoAccount), "and the ticket is good still");
    let RegisterOutcome::Registered(registered) = register(&pool, &first, "ada").await else {
        panic!("not registered")
    };
    assert_eq!(registered.username, "ada");
    assert!(is_in(&pool, &registered).await);
    assert!(matches!(register(&pool, &first, "bob").await, RegisterOutcome::InvalidTicket));
    assert!(matches!(sign_in(&pool, &first).await, SignInOutcome::InvalidTicket));

    let user = queries::users::by_phone().bind(&pool.get().await.unwrap(), &ada).one().await.unwrap();
    assert_eq!((user.id, user.created_via.as_str(), user.role.as_str()), (registered.user_id, "phone", "user"));
    assert!(user.last_login.is_some());

    let second = ticket(&pool, &ada, SIGN_IN).await;
    assert!(matches!(register(&pool, &second, "bob").await, RegisterOutcome::NumberTaken));
    let SignInOutcome::SignedIn(again) = sign_in(&pool, &second).await else { panic!("not signed in") };
    assert_eq!(again.user_id, registered.user_id);
    assert!(is_in(&pool, &again).await && is_in(&pool, &registered).await);
}

#[tokio::test]
async fn a_refused_name_leaves_the_ticket_valid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    let ticket = ticket(&pool, &bob, SIGN_IN).await;
    assert!(matches!(register(&pool, &ticket, "ada").await, RegisterOutcome::NameTaken));
    assert!(matches!(register(&pool, &ticket, "bob").await, RegisterOutcome::Registered(_)));
}

#[tokio::test]
async fn a_ticket_is_for_one_purpose_and_ten_minutes() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    let reset = ticket(&pool, &ada, Purpose::PasswordReset).await;
    assert!(matches!(sign_in(&pool, &reset).await, SignInOutcome::InvalidTicket));
    assert!(matches!(register(&pool, &reset, "bob").await, RegisterOutcome::InvalidTicket));
    let made_up: Ticket = "0".repeat(64).parse().unwrap();
    assert!(matches!(sign_in(&pool, &made_up).await, SignInOutcome::InvalidTicket));

    let early = ticket(&pool, &ada, SIGN_IN).await;
    let_time_pass(&database, 590.0).await;
    assert!(matches!(sign_in(&pool, &early).await, SignInOutcome::SignedIn(_)));
    let late = ticket(&pool, &ada, SIGN_IN).await;
    let_time_pass(&database, 600.0).await;
    assert!(matches!(sign_in(&pool, &late).await, SignInOutcome::InvalidTicket));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_registrations_with_one_ticket_creates_an_account() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..10 {
        let ada = phone_number(&format!("+491511234567{round}"));
        let ticket = ticket(&pool, &ada, SIGN_IN).await;
        let outcomes = at_once(40, |task| {
            let (pool, ticket) = (pool.clone(), ticket.clone());
            async move { register(&pool, &ticket, &format!("user-{round}-{task}")).await }
        })
        .await;
        let made = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::Registered(_))).count();
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::InvalidTicket)).count();
        assert_eq!((made, refused), (1, 39), "round {round}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users").await, 10);
}

#[tokio::test]
async fn signing_in_to_a_closed_account_is_refused_and_spends_the_ticket() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    queries::users::deactivate().bind(&pool.get().await.unwrap(), &"ada").await.unwrap();
    let ticket = ticket(&pool, &ada, SIGN_IN).await;
    assert!(matches!(sign_in(&pool, &ticket).await, SignInOutcome::AccountUnusable));
    assert!(matches!(sign_in(&pool, &ticket).await, SignInOutcome::InvalidTicket));
}

#[tokio::test]
async fn a_refusal_by_a_limit_leaves_the_ticket_valid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    let policy =
        SessionPolicy { max_sessions: NonZeroU32::new(1), at_limit: AtLimit::Refuse, ..SessionPolicy::default() };
    let first = signed_in(&pool, &ada).await;
    let ticket = ticket(&pool, &ada, SIGN_IN).await;
    let device = Device::default();
    let refused = sign_in_with_ticket(&pool, &ticket, &device, &policy).await.unwrap();
    assert!(matches!(refused, SignInOutcome::LimitReached));
    let client = pool.get().await.unwrap();
    let ended = revoke(&client, first.user_id, first.session.id, RevokeReason::SignOut).await;
    assert!(ended.unwrap());
    let now = sign_in_with_ticket(&pool, &ticket, &device, &policy).await.unwrap();
    assert!(matches!(now, SignInOutcome::SignedIn(_)));
}

#[tokio::test]
async fn a_password_reset_ends_every_session_and_every_other_ticket() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let id = user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    let before = [signed_in(&pool, &ada).await, signed_in(&pool, &ada).await];
    let reset = ticket(&pool, &ada, Purpose::PasswordReset).await;
    // A code that is on its way when the password changes is worth nothing after.
    let code = code_of(send(&pool, &generous(), &request(&ada)).await.unwrap());
    let outcome = reset_password_with_ticket(&pool, &reset, "a hash", &SessionPolicy::default()).await.unwrap();
    assert_eq!(outcome, ChangeOutcome::Changed { user_id: id, sessions_ended: 2 });
    for session in &before {
        assert!(!is_in(&pool, session).await);
    }
    let late = verify(&pool, &generous(), &request(&ada), &code).await.unwrap();
    assert!(matches!(late, VerifyOutcome::Invalid));
    let stored = queries::users::password_hash_by_id().bind(&pool.get().await.unwrap(), &id).one().await.unwrap();
    assert_eq!(stored.as_deref(), Some("a hash"));
    assert_eq!(
        reset_password_with_ticket(&pool, &reset, "another", &SessionPolicy::default()).await.unwrap(),
        ChangeOutcome::InvalidTicket,
        "the ticket is spent"
    );
    assert!(is_in(&pool, &signed_in(&pool, &ada).await).await, "whoever signs in after it is in");

    let stranger = ticket(&pool, &bob, Purpose::PasswordReset).await;
    assert_eq!(
        reset_password_with_ticket(&pool, &stranger, "x", &SessionPolicy::default()).await.unwrap(),
        ChangeOutcome::NoAccount
    );
}

#[tokio::test]
async fn a_new_password_a_new_number_and_a_new_role_end_the_other_sessions() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, new, bob) =
        (phone_number("+4915112345678"), phone_number("+4915112345670"), phone_number("+4915112345679"));
    let id = user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    user_with_phone(&pool.get().await.unwrap(), "bob", &bob).await;
    let of_bob = signed_in(&pool, &bob).await;
    let kept = signed_in(&pool, &ada).await;
    let keep = Some(kept.session.id);

    let other = signed_in(&pool, &ada).await;
    let sign_in_ticket = ticket(&pool, &ada, SIGN_IN).await;
    assert_eq!(change_password(&pool, id, "a hash", keep).await.unwrap(), Some(1));
    assert!(is_in(&pool, &kept).await && !is_in(&pool, &other).await);
    assert!(matches!(sign_in(&pool, &sign_in_ticket).await, SignInOutcome::InvalidTicket));

    let other = signed_in(&pool, &ada).await;
    let taken = ticket(&pool, &bob, Purpose::PhoneChange).await;
    assert_eq!(
        change_phone_number_with_ticket(&pool, &taken, id, keep, &SessionPolicy::default()).await.unwrap(),
        ChangeOutcome::NumberTaken
    );
    let change = ticket(&pool, &new, Purpose::PhoneChange).await;
    let nobody = change_phone_number_with_ticket(&pool, &change, -1, None, &SessionPolicy::default()).await.unwrap();
    assert_eq!(nobody, ChangeOutcome::NoAccount);
    let changed = change_phone_number_with_ticket(&pool, &change, id, keep, &SessionPolicy::default()).await.unwrap();
    assert_eq!(changed, ChangeOutcome::Changed { user_id: id, sessions_ended: 1 });
    let again = change_phone_number_with_ticket(&pool, &change, id, keep, &SessionPolicy::default()).await.unwrap();
    assert_eq!(again, ChangeOutcome::InvalidTicket);
    assert!(is_in(&pool, &kept).await && !is_in(&pool, &other).await);

    let other = signed_in(&pool, &new).await;
    assert_eq!(change_role(&pool, id, "admin", keep).await.unwrap(), Some(1));
    assert!(is_in(&pool, &kept).await && !is_in(&pool, &other).await);
    assert_eq!(change_role(&pool, id, "admin", keep).await.unwrap(), None, "it is the role already");
    assert_eq!(change_role(&pool, id, "user", None).await.unwrap(), Some(1));
    assert!(!is_in(&pool, &kept).await);
    assert!(is_in(&pool, &of_bob).await, "another user is not concerned");
    for unknown in [change_password(&pool, -1, "x", None).await, change_role(&pool, -1, "x", None).await] {
        assert_eq!(unknown.unwrap(), None);
    }
}

#[tokio::test]
async fn a_change_that_fails_spends_no_ticket_and_ends_no_session() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    let session = signed_in(&pool, &ada).await;
    let reset = ticket(&pool, &ada, Purpose::PasswordReset).await;
    // The last thing it does.
    execute_sql(&database, "ALTER FUNCTION session_revoke_all(BIGINT, TEXT) RENAME TO elsewhere").await;
    assert!(reset_password_with_ticket(&pool, &reset, "a hash", &SessionPolicy::default()).await.is_err());
    assert!(is_in(&pool, &session).await);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users WHERE password_hash IS NOT NULL").await, 0);
    execute_sql(&database, "ALTER FUNCTION elsewhere(BIGINT, TEXT) RENAME TO session_revoke_all").await;
    let outcome = reset_password_with_ticket(&pool, &reset, "a hash", &SessionPolicy::default()).await.unwrap();
    assert!(matches!(outcome, ChangeOutcome::Changed { sessions_ended: 1, .. }), "{outcome:?}");

    let (kept, other) = (signed_in(&pool, &ada).await, signed_in(&pool, &ada).await);
    let change = ticket(&pool, &phone_number("+4915112345679"), Purpose::PhoneChange).await;
    execute_sql(&database, "ALTER FUNCTION session_revoke_others(BIGINT, BIGINT, TEXT) RENAME TO elsewhere").await;
    let (id, keep) = (kept.user_id, Some(kept.session.id));
    assert!(change_password(&pool, id, "another hash", keep).await.is_err());
    assert!(change_role(&pool, id, "admin", keep).await.is_err());
    assert!(change_phone_number_with_ticket(&pool, &change, id, keep, &SessionPolicy::default()).await.is_err());
    let unchanged = format!(
        "SELECT COUNT(*) FROM users WHERE password_hash = 'a hash' AND role = 'user' AND phone_number = '{ada}'"
    );
    assert_eq!(scalar(&database, &unchanged).await, 1);
    assert!(is_in(&pool, &kept).await && is_in(&pool, &other).await);
    execute_sql(&database, "ALTER FUNCTION elsewhere(BIGINT, BIGINT, TEXT) RENAME TO session_revoke_others").await;
    let outcome = change_phone_number_with_ticket(&pool, &change, id, keep, &SessionPolicy::default()).await.unwrap();
    assert!(matches!(outcome, ChangeOutcome::Changed { sessions_ended: 1, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_ticket_of_a_number_that_the_user_gives_up_is_invalid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    let reset = ticket(&pool, &ada, Purpose::PasswordReset).await;
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.execute("UPDATE users SET phone_number = '+4915112345679'", &[]).await.unwrap();
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move {
            reset_password_with_ticket(&pool, &reset, "a thief's hash", &SessionPolicy::default())
                .await
                .expect("an answer")
        }
    });
    database.until_a_connection_waits_for_a_lock().await;
    transaction.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap(), ChangeOutcome::NoAccount);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users WHERE password_hash IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn registering_signing_in_resetting_and_verifying_at_once_never_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 20).await;
    let ada = phone_number("+4915112345678");
    let id = user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    // Codes kill each other, and tries at the dead ones must not lock the number.
    let config = config_with(OtpPolicy { failures_before_lock: u32::MAX, max_failures: u32::MAX, ..generous().policy });
    let tickets = at_once(20, |task| {
        let (pool, ada, config) = (pool.clone(), ada.clone(), config.clone());
        async move {
            let mut tickets = 0;
            for _ in 0..20 {
                let purpose = if task % 2 == 0 { SIGN_IN } else { Purpose::PasswordReset };
                let request = VerificationRequest { purpose, ..request(&ada) };
                let sent = send(&pool, &config, &request).await.expect("no deadlock");
                let SendOutcome::Sent { code, .. } = sent else { continue };
                let verified = verify(&pool, &config, &request, &code).await.expect("no deadlock");
                if let VerifyOutcome::Verified(ticket) = verified {
                    tickets += 1;
                    match task % 4 {
                        0 => drop(sign_in(&pool, &ticket).await),
                        2 => drop(register(&pool, &ticket, "bob").await),
                        _ => drop(
                            reset_password_with_ticket(&pool, &ticket, "hash", &SessionPolicy::default())
                                .await
                                .expect("no deadlock"),
                        ),
                    }
                }
                change_password(&pool, id, "another hash", None).await.expect("no deadlock");
            }
            (task % 2, tickets)
        }
    })
    .await;
    for purpose in 0..2 {
        let had: i32 = tickets.iter().filter(|(of, _)| *of == purpose).map(|(_, had)| had).sum();
        assert!(had > 0, "nobody got as far as a ticket: {tickets:?}");
    }
    let deadlocks = format!("SELECT deadlocks FROM pg_stat_database WHERE datname = '{}'", database.name());
    assert_eq!(scalar(&database, &deadlocks).await, 0);
}
