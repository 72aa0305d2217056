//! An account that nobody has used for a year is not opened by its phone number alone, and can lose the number.

use std::num::NonZero;

use barqnet_db::{
    PhoneNumber,
    otp::{Purpose, Ticket},
    password::{self, PasswordHash, PasswordLimits, PasswordPolicy},
    pool::{self, Pool},
    queries::users,
    sessions::{AtLimit, Device, RevokeReason, SessionPolicy, create_after_password},
    users::{
        ChangeOutcome, DormantAccount, EndSessions, NewUser, RegisterOutcome, SignInOutcome, SignedIn, StepUpOutcome,
        change_password, change_phone_number_in_place_of_dormant, change_phone_number_with_ticket,
        list_sessions_with_ticket, register_in_place_of_dormant, reset_password_with_ticket,
        sign_in_and_end_sessions_with_ticket, sign_in_with_ticket, sign_in_with_ticket_and_password,
    },
};
use barqnet_db_testing::TestDatabase;

use super::support::{days_pass, is_signed_in, registered, second_ticket, sign_in, ticket};
use crate::{
    common::{at_once, execute_sql, migrated_database, phone_number, pool_of, scalar, text_rows, username},
    password::support::TURNS,
};

const QUICK: PasswordPolicy = PasswordPolicy { cost: 10 };

async fn start_anew(pool: &Pool, ticket: &Ticket, name: &str) -> RegisterOutcome {
    let name = username(name);
    let (new, device) = (NewUser::new(&name, "tests"), Device::default());
    register_in_place_of_dormant(pool, ticket, &new, &device, &SessionPolicy::default()).await.unwrap()
}

async fn with_password(pool: &Pool, ticket: &Ticket, password: &str) -> StepUpOutcome {
    let (device, policy) = (Device::default(), SessionPolicy::default());
    let _among_others = TURNS.read().await;
    let limits = PasswordLimits { max_waiting: 1_000, ..PasswordLimits::default() };
    sign_in_with_ticket_and_password(pool, ticket, password, QUICK, &limits, &device, &policy).await.unwrap()
}

/// The account `ada` of a number, and the hash of its password `correct horse`.
async fn registered_with_password(
    database: &TestDatabase,
    pool: &Pool,
    number: &PhoneNumber,
) -> (SignedIn, PasswordHash) {
    let ada = registered(database, pool, number, "ada").await;
    let hash = password::hash("correct horse".to_owned(), QUICK).await.unwrap();
    change_password(pool, ada.user_id, hash.expose(), None).await.unwrap().unwrap();
    (ada, hash)
}

fn dormant(outcome: &SignInOutcome) -> DormantAccount {
    match outcome {
        SignInOutcome::Dormant(account) => *account,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_that_was_unused_for_the_policys_time_is_dormant_and_the_ticket_stays_valid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    let ada = registered(&database, &pool, &number, "ada").await;
    days_pass(&database, 364).await;
    let early = ticket(&database, &pool, &number, Purpose::SignIn).await;
    assert!(matches!(sign_in(&pool, &early).await, SignInOutcome::SignedIn(_)));

    days_pass(&database, 366).await;
    let late = ticket(&database, &pool, &number, Purpose::SignIn).await;
    for _ in 0..2 {
        let account = dormant(&sign_in(&pool, &late).await);
        assert_eq!((account.user_id, account.has_password), (ada.user_id, false));
    }
    assert!(list_sessions_with_ticket(&pool, &late, &SessionPolicy::default()).await.unwrap().is_none());
    let (device, policy) = (Device::default(), SessionPolicy::default());
    let all = sign_in_and_end_sessions_with_ticket(&pool, &late, EndSessions::All, &device, &policy);
    dormant(&all.await.unwrap());
    // Without the rule the number is enough.
    let policy = SessionPolicy { dormant_after: None, ..SessionPolicy::default() };
    let outcome = sign_in_with_ticket(&pool, &late, &Device::default(), &policy).await.unwrap();
    assert!(matches!(outcome, SignInOutcome::SignedIn(_)), "{outcome:?}");
}

#[tokio::test]
async fn every_use_of_an_account_keeps_it_from_being_dormant() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    let ada = registered(&database, &pool, &number, "ada").await;
    let client = pool.get().await.unwrap();
    for used in [
        "UPDATE users SET last_login = NOW()",
        "UPDATE users SET last_access = NOW()",
        "UPDATE user_sessions SET last_activity = NOW()",
        "INSERT INTO user_devices (user_id, device_key) SELECT id, 'phone' FROM users",
        "INSERT INTO vpn_connections (username, server_id, status, last_activity) VALUES ('ada', 'node-1', 'disconnected', NOW())",
        "INSERT INTO usage_hourly VALUES ('node-1', 'ada', DATE_TRUNC('hour', NOW()), 1, 1, 1, 1)",
        "INSERT INTO usage_daily VALUES ('node-1', 'ada', CURRENT_DATE, 1, 1, 1, 1)",
    ] {
        execute_sql(&database, "DELETE FROM usage_hourly").await;
        execute_sql(&database, "DELETE FROM usage_daily").await;
        days_pass(&database, 366).await;
        let is_dormant =
            async || users::dormancy().bind(&client, &31_536_000.0, &ada.user_id).one().await.unwrap().is_dormant;
        assert!(is_dormant().await, "before: {used}");
        assert_eq!(execute_sql(&database, used).await, 1);
        assert!(!is_dormant().await, "{used}");
    }
    // One that nobody has ever used, such as one of another program, is not known to be unused.
    execute_sql(
        &database,
        "INSERT INTO users (username, created_at, created_by) VALUES ('bob', '2000-01-01Z', 'test')",
    )
    .await;
    let bob = users::by_username().bind(&client, &"bob").one().await.unwrap().id;
    let found = users::dormancy().bind(&client, &1.0, &bob).one().await.unwrap();
    assert_eq!((found.is_dormant, found.unused_since), (false, None));
}

#[tokio::test]
async fn the_owner_of_a_dormant_account_signs_in_with_number_and_password() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    let (ada, _) = registered_with_password(&database, &pool, &number).await;
    days_pass(&database, 400).await;

    // One code is one guess.
    let first = ticket(&database, &pool, &number, Purpose::SignIn).await;
    assert!(dormant(&sign_in(&pool, &first).await).has_password);
    assert!(matches!(with_password(&pool, &first, "correct mule").await, StepUpOutcome::WrongPassword));
    assert!(matches!(with_password(&pool, &first, "correct horse").await, StepUpOutcome::InvalidTicket));
    let second = ticket(&database, &pool, &number, Purpose::SignIn).await;
    let StepUpOutcome::SignedIn(signed_in) = with_password(&pool, &second, "correct horse").await else {
        panic!("not signed in")
    };
    assert_eq!((signed_in.user_id, signed_in.username.as_str()), (ada.user_id, "ada"));
    assert!(is_signed_in(&pool, &signed_in).await);
    // It is in use again.
    let third = ticket(&database, &pool, &number, Purpose::SignIn).await;
    assert!(matches!(sign_in(&pool, &third).await, SignInOutcome::SignedIn(_)));

    let unknown = phone_number("+4915112345679");
    let of_nobody = ticket(&database, &pool, &unknown, Purpose::SignIn).await;
    for _ in 0..2 {
        assert!(matches!(with_password(&pool, &of_nobody, "x").await, StepUpOutcome::NoAccount));
    }
    execute_sql(&database, "UPDATE users SET active = FALSE").await;
    let closed = ticket(&database, &pool, &number, Purpose::SignIn).await;
    assert!(matches!(with_password(&pool, &closed, "correct horse").await, StepUpOutcome::AccountUnusable));
}

#[tokio::test]
async fn guesses_with_codes_count_for_known_devices_and_strangers_do_not_stop_them() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    registered_with_password(&database, &pool, &number).await;
    let guess = async |password: &str| {
        let ticket = ticket(&database, &pool, &number, Purpose::SignIn).await;
        with_password(&pool, &ticket, password).await
    };
    execute_sql(
        &database,
        "INSERT INTO password_failures (name_hash, has_account, failures, locked_until, failed_at)
         VALUES (name_hash('ada'), TRUE, 80, NOW() + INTERVAL '1 day', NOW())",
    )
    .await;
    assert!(matches!(guess("correct mule").await, StepUpOutcome::WrongPassword));
    assert_eq!(scalar(&database, "SELECT known_failures::BIGINT FROM password_failures").await, 1);
    assert!(matches!(guess("correct horse").await, StepUpOutcome::SignedIn(_)));
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM password_failures").await, 0);

    execute_sql(
        &database,
        "INSERT INTO password_failures (name_hash, has_account, known_failures, failed_at)
         VALUES (name_hash('ada'), TRUE, 20, NOW())",
    )
    .await;
    assert!(matches!(guess("correct horse").await, StepUpOutcome::RetryAfter(_)), "after 20 in a row none is compared");
}

#[tokio::test]
async fn many_guesses_with_one_ticket_are_one_guess() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    let number = phone_number("+4915112345678");
    registered_with_password(&database, &pool, &number).await;
    let ticket = ticket(&database, &pool, &number, Purpose::SignIn).await;
    let outcomes = at_once(8, |task| {
        let (pool, ticket) = (pool.clone(), ticket.clone());
        async move { with_password(&pool, &ticket, &format!("guess {task}")).await }
    })
    .await;
    let wrong = outcomes.iter().filter(|outcome| matches!(outcome, StepUpOutcome::WrongPassword)).count();
    let invalid = outcomes.iter().filter(|outcome| matches!(outcome, StepUpOutcome::InvalidTicket)).count();
    assert_eq!((wrong, invalid), (1, 7), "{outcomes:?}");
}

#[tokio::test]
async fn a_person_who_starts_anew_gets_the_number_and_nothing_else_of_a_dormant_account() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    let ada = registered(&database, &pool, &number, "ada").await;
    let in_use = ticket(&database, &pool, &number, Purpose::SignIn).await;
    assert!(matches!(start_anew(&pool, &in_use, "bob").await, RegisterOutcome::NumberTaken), "somebody uses it");
    days_pass(&database, 400).await;
    // The session would live on, had it been that long.
    execute_sql(&database, "UPDATE user_sessions SET expires_at = NOW() + INTERVAL '1 day'").await;
    assert!(matches!(start_anew(&pool, &in_use, "ada").await, RegisterOutcome::NameTaken));
    let RegisterOutcome::Registered(bob) = start_anew(&pool, &in_use, "bob").await else { panic!("not registered") };
    assert_ne!(bob.user_id, ada.user_id);
    assert!(is_signed_in(&pool, &bob).await);
    assert!(matches!(start_anew(&pool, &in_use, "carol").await, RegisterOutcome::InvalidTicket));

    let client = pool.get().await.unwrap();
    let holder = users::by_phone().bind(&client, &number).one().await.unwrap();
    assert_eq!(holder.id, bob.user_id);
    let old = users::by_id().bind(&client, &ada.user_id).one().await.unwrap();
    assert_eq!((old.username.as_str(), old.phone_number, old.active), ("ada", None, true));
    let ended = "SELECT COUNT(*) FROM user_sessions WHERE revoked AND revoked_reason = 'phone_change'";
    assert_eq!(scalar(&database, ended).await, 1);
    let entries =
        "SELECT FORMAT('%s: %s', username, details) FROM audit_log WHERE action = 'phone_number_moved' ORDER BY id";
    assert_eq!(
        text_rows(&database.client().await, entries).await,
        [format!("ada: to account {}", bob.user_id), format!("bob: from account {}", ada.user_id)]
    );
}

#[tokio::test]
async fn a_dormant_account_is_not_opened_by_a_new_password_or_by_taking_over_the_number() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (old, new) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let ada = registered(&database, &pool, &old, "ada").await;
    days_pass(&database, 400).await;
    let bob = registered(&database, &pool, &new, "bob").await;
    let policy = SessionPolicy::default();

    let reset = ticket(&database, &pool, &old, Purpose::PasswordReset).await;
    for _ in 0..2 {
        let outcome = reset_password_with_ticket(&pool, &reset, "a hash", &policy).await.unwrap();
        assert!(matches!(outcome, ChangeOutcome::Dormant(account) if account.user_id == ada.user_id), "{outcome:?}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users WHERE password_hash IS NOT NULL").await, 0);

    let change = ticket(&database, &pool, &old, Purpose::PhoneChange).await;
    let keep = Some(bob.session.id);
    let outcome = change_phone_number_with_ticket(&pool, &change, bob.user_id, keep, &policy).await.unwrap();
    assert!(matches!(outcome, ChangeOutcome::Dormant(account) if account.user_id == ada.user_id), "{outcome:?}");
    let outcome = change_phone_number_in_place_of_dormant(&pool, &change, bob.user_id, keep, &policy).await.unwrap();
    assert_eq!(outcome, ChangeOutcome::Changed { user_id: bob.user_id, sessions_ended: 0 });
    let client = pool.get().await.unwrap();
    assert_eq!(users::by_phone().bind(&client, &old).one().await.unwrap().id, bob.user_id);
    assert_eq!(users::phone_number_by_id().bind(&client, &ada.user_id).one().await.unwrap(), None);

    // An operator who knows the owner records a use first.
    users::set_phone_number().bind(&client, &Some(&new), &ada.user_id).await.unwrap();
    let reset = ticket(&database, &pool, &new, Purpose::PasswordReset).await;
    users::touch_last_access().bind(&client, &"ada", &0.0).await.unwrap();
    let outcome = reset_password_with_ticket(&pool, &reset, "a hash", &policy).await.unwrap();
    assert!(matches!(outcome, ChangeOutcome::Changed { .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_newcomers_with_one_number_gets_it() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 4).await;
    for round in 0..10 {
        let number = phone_number(&format!("+4915112345{round:03}"));
        registered(&database, &pool, &number, &format!("old-{round}")).await;
        days_pass(&database, 400).await;
        let first = ticket(&database, &pool, &number, Purpose::SignIn).await;
        let tickets = [second_ticket(&database, &first).await, first];
        let outcomes = at_once(2, |task| {
            let (pool, ticket) = (pool.clone(), tickets[task].clone());
            async move { start_anew(&pool, &ticket, &format!("new-{round}-{task}")).await }
        })
        .await;
        let got = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::Registered(_))).count();
        let taken = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::NumberTaken)).count();
        assert_eq!((got, taken), (1, 1), "{outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_dormant_accounts_that_exchange_their_numbers_crosswise_both_get_one() {
    let database = migrated_database().await;
    // In most rounds one of them ends as a deadlock, and is repeated.
    let pool = pool::connect(database.settings().options("-c deadlock_timeout=20ms")).await.unwrap();
    for round in 0..10 {
        let numbers = [1, 2].map(|of| phone_number(&format!("+491511234{of}{round:03}")));
        let mut ids = Vec::new();
        for (number, name) in numbers.iter().zip(["ada", "bob"]) {
            ids.push(registered(&database, &pool, number, &format!("{name}-{round}")).await.user_id);
        }
        days_pass(&database, 400).await;
        let mut changes = Vec::new();
        for (number, id) in numbers.iter().zip(ids.iter().rev()) {
            changes.push((ticket(&database, &pool, number, Purpose::PhoneChange).await, *id));
        }
        let outcomes =
            at_once(2, |task| {
                let (pool, (ticket, id)) = (pool.clone(), changes[task].clone());
                async move {
                    change_phone_number_in_place_of_dormant(&pool, &ticket, id, None, &SessionPolicy::default()).await
                }
            })
            .await;
        for (outcome, (_, id)) in outcomes.into_iter().zip(&changes) {
            let outcome = outcome.unwrap();
            assert!(matches!(outcome, ChangeOutcome::Changed { user_id, .. } if user_id == *id), "{outcome:?}");
        }
        let client = pool.get().await.unwrap();
        for (number, (_, id)) in numbers.iter().zip(&changes) {
            assert_eq!(users::by_phone().bind(&client, number).one().await.unwrap().id, *id);
        }
    }
}

#[tokio::test]
async fn a_sign_in_that_is_under_way_keeps_the_number_and_a_later_one_finds_it_gone() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 4).await;
    let number = phone_number("+4915112345678");
    let (ada, hash) = registered_with_password(&database, &pool, &number).await;
    days_pass(&database, 400).await;
    let ticket = ticket(&database, &pool, &number, Purpose::SignIn).await;
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let (device, policy) = (Device::default(), SessionPolicy::default());
    create_after_password(&transaction, ada.user_id, &hash, &device, &policy).await.unwrap();
    let moving = tokio::spawn({
        let (pool, ticket) = (pool.clone(), ticket.clone());
        async move { start_anew(&pool, &ticket, "bob").await }
    });
    database.until_a_connection_waits_for_a_lock().await;
    transaction.commit().await.unwrap();
    let outcome = moving.await.unwrap();
    assert!(matches!(outcome, RegisterOutcome::NumberTaken), "she is back: {outcome:?}");

    days_pass(&database, 400).await;
    let RegisterOutcome::Registered(bob) = start_anew(&pool, &ticket, "bob").await else { panic!("not registered") };
    let late = super::support::ticket(&database, &pool, &number, Purpose::SignIn).await;
    let SignInOutcome::SignedIn(signed_in) = sign_in(&pool, &late).await else { panic!("not signed in") };
    assert_eq!(signed_in.user_id, bob.user_id, "whoever has the number is bob");
    // She has her name and her password.
    let session = create_after_password(&pool.get().await.unwrap(), ada.user_id, &hash, &device, &policy).await;
    assert!(matches!(session.unwrap(), barqnet_db::sessions::CreateOutcome::Created(..)));
}

#[tokio::test]
async fn a_ticket_ends_chosen_sessions_and_signs_in_where_the_limit_refuses_another() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (number, other) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let refusing =
        SessionPolicy { max_sessions: NonZero::new(2), at_limit: AtLimit::Refuse, ..SessionPolicy::default() };
    let first = registered(&database, &pool, &number, "ada").await;
    let bob = registered(&database, &pool, &other, "bob").await;
    let second = ticket(&database, &pool, &number, Purpose::SignIn).await;
    let SignInOutcome::SignedIn(second) = sign_in(&pool, &second).await else { panic!("not signed in") };

    let third = ticket(&database, &pool, &number, Purpose::SignIn).await;
    let device = Device::default();
    let refused = sign_in_with_ticket(&pool, &third, &device, &refusing).await.unwrap();
    assert!(matches!(refused, SignInOutcome::LimitReached), "{refused:?}");
    let listed = list_sessions_with_ticket(&pool, &third, &refusing).await.unwrap().expect("a list");
    assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), [second.session.id, first.session.id]);
    let end = |ids| sign_in_and_end_sessions_with_ticket(&pool, &third, EndSessions::These(ids), &device, &refusing);
    // Another user's session does not end, and makes no room.
    let of_bob = [bob.session.id];
    let refused = end(&of_bob).await.unwrap();
    assert!(matches!(refused, SignInOutcome::LimitReached), "{refused:?}");
    assert!(is_signed_in(&pool, &bob).await && is_signed_in(&pool, &first).await);
    let chosen = [first.session.id, bob.session.id];
    let SignInOutcome::SignedIn(third_in) = end(&chosen).await.unwrap() else { panic!("not signed in") };
    for (session, is_live) in [(&first, false), (&second, true), (&third_in, true), (&bob, true)] {
        assert_eq!(is_signed_in(&pool, session).await, is_live, "{session:?}");
    }
    assert!(list_sessions_with_ticket(&pool, &third, &refusing).await.unwrap().is_none(), "it is spent");

    let fourth = ticket(&database, &pool, &number, Purpose::SignIn).await;
    let all = sign_in_and_end_sessions_with_ticket(&pool, &fourth, EndSessions::All, &device, &refusing);
    let SignInOutcome::SignedIn(alone) = all.await.unwrap() else { panic!("not signed in") };
    assert!(is_signed_in(&pool, &alone).await && !is_signed_in(&pool, &second).await);
    let reasons = "SELECT DISTINCT revoked_reason FROM user_sessions WHERE revoked";
    assert_eq!(text_rows(&database.client().await, reasons).await, [RevokeReason::SessionLimit.as_str()]);
}
