//! What signing in with a password answers, and what it leaves behind.

use barqnet_db::{
    password::PasswordHash,
    queries::users,
    sessions::{AtLimit, Device, SessionPolicy, validate},
    users::{Credentials, Login, PasswordSignInOutcome, deactivate, sign_in_with_password},
};

use super::support::{
    HASHING, RIGHT, TURNS, WRONG, account, failures, hash_of, is_refused, limits, of, opened, set_hash, sign_in,
    sign_in_at_cost,
};
use crate::common::{
    dump, execute_sql, migrated_database, phone_number, scalar, store_older_number, user, user_with_phone,
};

#[tokio::test]
async fn the_right_password_opens_a_session_by_name_and_by_number() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let number = phone_number("+4915112345678");
    let ada = user_with_phone(&client, "ada", &number).await;
    set_hash(&pool, ada, &hash_of(RIGHT).await).await;
    for login in [Login::Username("ada"), Login::PhoneNumber(&number)] {
        let credentials = Credentials { login, ..of("", RIGHT) };
        let signed_in = opened(sign_in(&pool, &credentials).await);
        assert_eq!((signed_in.user_id, signed_in.username.as_str()), (ada, "ada"));
        let session = validate(&client, &signed_in.token.hash(), &SessionPolicy::default()).await.unwrap();
        assert_eq!(session.expect("it is live").session_id, signed_in.session.id);
    }
    assert!(users::by_id().bind(&client, &ada).one().await.unwrap().last_login.is_some());
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM password_failures").await, 0);
}

#[tokio::test]
async fn a_name_is_found_as_it_was_typed_first_and_then_in_its_form() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = account(&pool, "ada").await;
    let other = account(&pool, "Bob").await;
    account(&pool, "bob").await;
    for (typed, user_id) in [("Ada", ada), ("ＡＤＡ", ada), ("Bob", other)] {
        assert_eq!(opened(sign_in(&pool, &of(typed, RIGHT)).await).user_id, user_id, "{typed}");
    }
    assert_eq!(opened(sign_in(&pool, &of("BOB", RIGHT)).await).username, "bob");
    for typed in ["Eve", "eve", "EVE"] {
        assert!(is_refused(&sign_in(&pool, &of(typed, RIGHT)).await));
    }
    assert_eq!(failures(&database, "eve").await, 3, "a name without an account is counted in its form");
}

#[tokio::test]
async fn a_number_that_is_stored_in_an_older_spelling_signs_in_with_the_password() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = account(&pool, "ada").await;
    account(&pool, "bob").await;
    store_older_number(&database, "ada", "004915112345678").await;
    store_older_number(&database, "bob", "+99 151 1234 5678").await;
    let number = phone_number("+4915112345678");
    let credentials = Credentials { login: Login::PhoneNumber(&number), ..of("", RIGHT) };
    assert_eq!(opened(sign_in(&pool, &credentials).await).user_id, ada);
}

#[tokio::test]
async fn a_name_and_a_number_of_one_account_are_counted_together() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &number).await;
    for login in [Login::Username("ada"), Login::PhoneNumber(&number)] {
        assert!(is_refused(&sign_in(&pool, &Credentials { login, ..of("", WRONG) }).await));
    }
    assert_eq!(failures(&database, "ada").await, 2);
}

#[tokio::test]
async fn whatever_is_wrong_gets_one_answer_and_counts() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    account(&pool, "closed").await;
    user(&pool.get().await.unwrap(), "without-password").await;
    let broken = user(&pool.get().await.unwrap(), "broken").await;
    set_hash(&pool, broken, &PasswordHash::from_stored("$1$broken".to_owned())).await;
    deactivate(&pool, "closed").await.unwrap();
    let number = phone_number("+4915112345678");
    let (long, nul) = ("a".repeat(73), "a\0b");
    for (username, password) in [
        ("ada", WRONG),
        ("nobody", RIGHT),
        ("without-password", RIGHT),
        ("broken", RIGHT),
        ("closed", WRONG),
        ("empty", ""),
        ("long", &long),
        ("nul", nul),
        ("na\0me", RIGHT),
    ] {
        assert!(is_refused(&sign_in(&pool, &of(username, password)).await), "{username}");
    }
    let unknown = Credentials { login: Login::PhoneNumber(&number), ..of("", RIGHT) };
    assert!(is_refused(&sign_in(&pool, &unknown).await));
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM password_failures WHERE failures = 1").await, 10);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM user_sessions").await, 0);
}

#[tokio::test]
async fn who_knows_the_password_learns_what_prevents_the_session_and_has_not_failed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = account(&pool, "ada").await;
    account(&pool, "closed").await;
    deactivate(&pool, "closed").await.unwrap();
    assert!(matches!(sign_in(&pool, &of("closed", RIGHT)).await, PasswordSignInOutcome::AccountUnusable));

    let sign_in_on = async |device: Option<i64>, policy: &SessionPolicy| {
        let device = Device { id: device, ..Device::default() };
        let _among_others = TURNS.read().await;
        sign_in_with_password(&pool, &of("ada", RIGHT), &device, HASHING, &limits(), policy).await.unwrap()
    };
    let unknown_device = sign_in_on(Some(7), &SessionPolicy::default()).await;
    assert!(matches!(unknown_device, PasswordSignInOutcome::DeviceNotRegistered), "{unknown_device:?}");
    let one = SessionPolicy {
        max_sessions: std::num::NonZeroU32::new(1),
        at_limit: AtLimit::Refuse,
        ..SessionPolicy::default()
    };
    let first = opened(sign_in_on(None, &one).await);
    assert!(matches!(sign_in_on(None, &one).await, PasswordSignInOutcome::LimitReached));
    assert!(validate(&client, &first.token.hash(), &one).await.unwrap().is_some());
    assert_eq!(first.user_id, ada);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM password_failures").await, 0);
}

#[tokio::test]
async fn a_password_that_is_typed_as_a_name_is_not_stored() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let typed = "MyDogsNameIsRex7";
    assert!(is_refused(&sign_in(&pool, &of(typed, "")).await));
    assert!(is_refused(&sign_in(&pool, &of(&format!("{typed}\0"), "")).await));
    let dump = dump(&database).await;
    assert!(dump.contains("password_failures"), "{dump}");
    // As bytes, PostgreSQL shows it in hexadecimal.
    assert!(!dump.contains("Rex7") && !dump.contains("52657837"), "{dump}");
    assert_eq!(format!("{:?}", of(typed, typed)), "Credentials { .. }");
}

#[tokio::test]
async fn a_failed_sign_in_stays_counted_when_the_database_fails_after_the_comparison() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    execute_sql(&database, "ALTER TABLE user_sessions ADD CONSTRAINT no_sessions CHECK (FALSE) NOT VALID").await;
    sign_in_at_cost(&pool, &of("ada", RIGHT), HASHING.cost).await.expect_err("the database fails");
    assert_eq!(failures(&database, "ada").await, 1);
}
