//! One phone number has one form, and whoever has it stored in another one is found.

use barqnet_db::{
    doctor::{Severity, examine},
    embedded,
    otp::Purpose,
    queries::users,
    sessions::SessionPolicy,
    users::{
        ChangeOutcome, RegisterOutcome, ReleaseOutcome, SignInOutcome, change_phone_number_with_ticket,
        release_phone_number,
    },
};

use super::support::{is_signed_in, register, registered, sign_in, ticket};
use crate::common::{
    at_once, execute_sql, migrated_database, phone_number, pool_of, scalar, store_older_number, text_rows, user,
    user_with_phone,
};

#[tokio::test]
async fn a_new_account_has_a_number_in_international_form_or_none() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    for number in ["+61 4312 345 678", "00614312345678", "4915112345678", "+0123456789", "", "+123456"] {
        let error = users::set_phone_number().bind(&client, &Some(number), &ada).await.unwrap_err();
        assert_eq!(error.constraint(), Some("chk_users_phone_number"), "{number}: {error}");
        let insert = "INSERT INTO users (username, created_by, phone_number) VALUES ('bob', 'test', $1)";
        database.client().await.execute(insert, &[&number]).await.unwrap_err();
    }
    assert_eq!(users::set_phone_number().bind(&client, &Some("+4915112345678"), &ada).await.unwrap(), 1);
}

#[tokio::test]
async fn an_account_with_an_older_number_can_still_be_used_and_closed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    store_older_number(&database, "ada", "+61 4312 345 678").await;
    assert_eq!(users::touch_last_login().bind(&client, &ada).await.unwrap(), 1);
    assert_eq!(users::set_phone_number().bind(&client, &Some("+61 4312 345 678"), &ada).await.unwrap(), 1, "no change");
    barqnet_db::users::deactivate(&pool, "ada").await.unwrap().expect("an account");
    assert_eq!(release_phone_number(&pool, "ada").await.unwrap(), ReleaseOutcome::Released);
}

#[tokio::test]
async fn a_sign_in_finds_a_number_that_is_stored_in_another_spelling_and_corrects_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+61412345678");
    for (round, stored) in ["+610412345678", "+61 412 345 678", "0061412345678", "+61412345678"].into_iter().enumerate()
    {
        let name = format!("user-{round}");
        let id = user(&pool.get().await.unwrap(), &name).await;
        // Ends in the same digits.
        let other = user_with_phone(
            &pool.get().await.unwrap(),
            &format!("other-{round}"),
            &phone_number(&format!("+4915{round}12345678")),
        )
        .await;
        store_older_number(&database, &name, stored).await;
        let typed = phone_number("+610412345678");
        let first = ticket(&database, &pool, &typed, Purpose::SignIn).await;
        assert!(matches!(register(&pool, &first, "newcomer").await, RegisterOutcome::NumberTaken), "{stored}");
        let change = ticket(&database, &pool, &number, Purpose::PhoneChange).await;
        let taken =
            change_phone_number_with_ticket(&pool, &change, other, None, &SessionPolicy::default()).await.unwrap();
        assert_eq!(taken, ChangeOutcome::NumberTaken, "{stored}");
        let second = ticket(&database, &pool, &typed, Purpose::SignIn).await;
        let SignInOutcome::SignedIn(signed_in) = sign_in(&pool, &second).await else {
            panic!("{stored}: not signed in")
        };
        assert_eq!(signed_in.user_id, id, "{stored}");
        assert!(is_signed_in(&pool, &signed_in).await);
        let now = users::phone_number_by_id().bind(&pool.get().await.unwrap(), &id).one().await.unwrap();
        assert_eq!(now.as_deref(), Some("+61412345678"), "{stored}");
        users::set_phone_number().bind(&pool.get().await.unwrap(), &None::<&str>, &id).await.unwrap();
    }
}

#[tokio::test]
async fn of_two_accounts_with_one_number_the_right_form_comes_first_then_the_last_sign_in() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+61412345678");
    for (name, stored, days) in
        [("ada", "+610412345678", 3), ("bob", "0061412345678", 2), ("carol", "+61 412345678", 4)]
    {
        user(&pool.get().await.unwrap(), name).await;
        store_older_number(&database, name, stored).await;
        execute_sql(
            &database,
            &format!("UPDATE users SET last_login = NOW() - INTERVAL '{days} days' WHERE username = '{name}'"),
        )
        .await;
    }
    let signs_in = async || {
        let ticket = ticket(&database, &pool, &number, Purpose::SignIn).await;
        let SignInOutcome::SignedIn(signed_in) = sign_in(&pool, &ticket).await else { panic!("not signed in") };
        signed_in.username
    };
    assert_eq!(signs_in().await, "bob");
    execute_sql(&database, "UPDATE users SET last_login = NOW() WHERE username = 'ada'").await;
    assert_eq!(signs_in().await, "bob", "it has the right form now");
}

#[tokio::test]
async fn the_doctor_names_accounts_whose_number_has_another_spelling() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let mut ids = Vec::new();
    for name in ["fine", "trunk", "taken", "national"] {
        ids.push(user(&client, name).await);
    }
    let findings = async || examine(&database.settings(), &embedded::migrations()).await.unwrap();
    store_older_number(&database, "fine", "+61412345678").await;
    let of_numbers = |what: &str| what.contains("phone number");
    let seen = findings().await;
    let numbers: Vec<_> = seen.iter().filter(|finding| of_numbers(&finding.what)).collect();
    assert!(matches!(numbers.as_slice(), [finding] if finding.severity == Severity::Ok), "{numbers:#?}");

    store_older_number(&database, "trunk", "+610498765432").await;
    store_older_number(&database, "taken", "+61 412 345 678").await;
    store_older_number(&database, "national", "0151 12345678").await;
    let seen = findings().await;
    let found = |start: &str| {
        let mut of = seen.iter().filter(|finding| finding.what.starts_with(start));
        of.next().unwrap_or_else(|| panic!("{start}: {seen:#?}")).clone()
    };
    let trunk = found("the phone number of 1 account is spelled otherwise than its numbering plan: ");
    assert!(trunk.severity == Severity::Note && trunk.what.ends_with(&format!("users.id {}", ids[1])), "{trunk}");
    let taken = found("2 accounts have one phone number in two spellings: ");
    assert_eq!(taken.severity, Severity::Warning);
    assert!(taken.what.ends_with(&format!("users.id {} has that of {}", ids[2], ids[0])), "{taken}");
    let national = found("the phone number of 1 account is none: ");
    assert!(
        national.severity == Severity::Warning && national.what.ends_with(&format!("users.id {}", ids[3])),
        "{national}"
    );
    assert!(!seen.iter().any(|finding| finding.what.contains("0498765432")), "no number is shown where nobody asked");

    // The advice corrects it.
    let update = trunk.advice.expect("advice");
    let (_, update) = update.split_once("now: ").expect("a statement");
    assert_eq!(execute_sql(&database, update).await, 1);
    assert_eq!(
        users::phone_number_by_id().bind(&client, &ids[1]).one().await.unwrap().as_deref(),
        Some("+61498765432")
    );
}

#[tokio::test]
async fn a_closed_account_gives_its_number_free_on_request() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    registered(&database, &pool, &number, "ada").await;
    assert_eq!(release_phone_number(&pool, "eve").await.unwrap(), ReleaseOutcome::NoAccount);
    let held = ticket(&database, &pool, &number, Purpose::SignIn).await;
    assert_eq!(release_phone_number(&pool, "ada").await.unwrap(), ReleaseOutcome::NotClosed);
    barqnet_db::users::deactivate(&pool, "ada").await.unwrap().expect("an account");
    assert!(matches!(register(&pool, &held, "bob").await, RegisterOutcome::NumberTaken), "the ticket is good still");
    assert_eq!(release_phone_number(&pool, "ada").await.unwrap(), ReleaseOutcome::Released);
    assert_eq!(release_phone_number(&pool, "ada").await.unwrap(), ReleaseOutcome::NoNumber);
    assert!(matches!(register(&pool, &held, "bob").await, RegisterOutcome::InvalidTicket), "of before");
    let bob = registered(&database, &pool, &number, "bob").await;
    assert!(is_signed_in(&pool, &bob).await);
    let entries = "SELECT FORMAT('%s %s %s', action, username, details) FROM audit_log";
    assert_eq!(text_rows(&database.client().await, entries).await, ["phone_number_released ada "]);

    execute_sql(&database, "UPDATE users SET expires_at = NOW() WHERE username = 'bob'").await;
    assert_eq!(release_phone_number(&pool, "bob").await.unwrap(), ReleaseOutcome::Released, "expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn releasing_a_number_and_signing_in_with_it_at_once_never_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    for round in 0..10 {
        let number = phone_number(&format!("+4915112345{round:03}"));
        let name = format!("user-{round}");
        registered(&database, &pool, &number, &name).await;
        let ticket = ticket(&database, &pool, &number, Purpose::SignIn).await;
        execute_sql(&database, &format!("UPDATE users SET active = FALSE WHERE username = '{name}'")).await;
        let released = at_once(8, |task| {
            let (pool, ticket, name) = (pool.clone(), ticket.clone(), name.clone());
            async move {
                match task % 4 {
                    0 => drop(sign_in(&pool, &ticket).await),
                    1 => drop(register(&pool, &ticket, &format!("{name}-{task}")).await),
                    _ => return release_phone_number(&pool, &name).await.unwrap() == ReleaseOutcome::Released,
                }
                false
            }
        })
        .await;
        assert_eq!(released.iter().filter(|released| **released).count(), 1, "{released:?}");
    }
    let deadlocks = format!("SELECT deadlocks FROM pg_stat_database WHERE datname = '{}'", database.name());
    assert_eq!(scalar(&database, &deadlocks).await, 0);
}
