//! Wrong passwords in a row lock an account, and addresses and networks have limits.

use barqnet_db::{
    otp::{Limits, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome, send, verify},
    password::PasswordLimits,
    queries,
    sessions::SessionPolicy,
    users::{PasswordSignInOutcome, change_password, reset_password_with_ticket},
};

use super::support::{
    RIGHT, TRY, WRONG, account, at, fail, fail_times, failures, hash_of, is_refused, let_time_pass, limits, must_wait,
    of, opened, sign_in, sign_in_from,
};
use crate::common::{migrated_database, phone_number, user_with_phone};

/// Whether a wait is this long, less the time that the test has taken.
fn is_about(refusal: Option<(String, f64)>, limit: &str, seconds: f64) -> bool {
    refusal.is_some_and(|(name, wait)| name == limit && wait <= seconds && wait > seconds - 60.0)
}

#[tokio::test]
async fn wrong_passwords_lock_an_account_for_longer_and_longer_and_eighty_close_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    for round in 1..=7 {
        fail_times(&pool, "ada", 10, None).await;
        let seconds = match round {
            1 => 900,
            2 => 3_600,
            _ => 86_400,
        };
        assert!(is_about(fail(&pool, "ada", None, None).await, "lock", f64::from(seconds)), "{round}");
        assert_eq!(failures(&database, "ada").await, round * 10, "a refused try is not a try");
        let_time_pass(&database, seconds).await;
    }
    fail_times(&pool, "ada", 10, None).await;
    let_time_pass(&database, 365 * 86_400).await;
    assert!(is_about(fail(&pool, "ada", None, None).await, "closed", 86_400.0));
    let outcome = sign_in(&pool, &of("ada", RIGHT)).await;
    assert!(matches!(outcome, PasswordSignInOutcome::RetryAfter(wait) if wait.as_secs() == 86_400), "{outcome:?}");
    assert_eq!(fail(&pool, "bob", None, None).await, None, "others are not locked");
}

#[tokio::test]
async fn a_right_password_a_new_one_and_an_operator_unlock_an_account() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    let ada = user_with_phone(&pool.get().await.unwrap(), "ada", &number).await;
    let hash = hash_of(RIGHT).await;
    let unlock = async || queries::password::unlock().bind(&pool.get().await.unwrap(), &"ada").await.unwrap();
    assert_eq!(unlock().await, 0, "there is nothing to forget");
    for way in ["change", "reset", "unlock"] {
        fail_times(&pool, "ada", 10, None).await;
        assert!(fail(&pool, "ada", None, None).await.is_some());
        let status = queries::password::status().bind(&pool.get().await.unwrap(), &"ada").one().await.unwrap();
        assert_eq!((status.failures, status.locked_until.is_some(), status.known_failures), (10, true, 0));
        match way {
            "change" => assert!(change_password(&pool, ada, hash.expose(), None).await.unwrap().is_some()),
            "reset" => {
                let config = OtpConfig::new(OtpKeys::random());
                let purpose = Purpose::PasswordReset;
                let request = VerificationRequest::new(&number, purpose);
                let SendOutcome::Sent { code, .. } = send(&pool, &config, &request).await.unwrap() else {
                    panic!("no code")
                };
                let VerifyOutcome::Verified(ticket) = verify(&pool, &config, &request, &code).await.unwrap() else {
                    panic!("no ticket")
                };
                let renewed = hash_of(RIGHT).await;
                reset_password_with_ticket(&pool, &ticket, renewed.expose(), &SessionPolicy::default()).await.unwrap();
            }
            _ => assert_eq!(unlock().await, 1),
        }
        assert_eq!(failures(&database, "ada").await, 0, "{way}");
        opened(sign_in(&pool, &of("ada", RIGHT)).await);
    }
    fail_times(&pool, "ada", 9, None).await;
    opened(sign_in(&pool, &of("ada", RIGHT)).await);
    fail_times(&pool, "ada", 10, None).await;
}

#[tokio::test]
async fn an_address_has_thirty_failures_an_hour_and_a_hundred_a_day_over_all_names() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for hour in 0..3 {
        for number in 0..30 {
            assert_eq!(
                fail(&pool, &format!("{hour}-{number}"), Some("192.0.2.1"), None).await,
                None,
                "{hour} {number}"
            );
        }
        let (limit, wait) = fail(&pool, "one-more", Some("192.0.2.1"), None).await.expect("a refusal");
        assert!(
            limit == "password_address" && (3_540.0..=3_900.0).contains(&wait),
            "an hour and a bucket: {limit} {wait}"
        );
        assert_eq!(fail(&pool, &format!("other-{hour}"), Some("192.0.2.2"), None).await, None);
        // A whole number of buckets.
        let_time_pass(&database, 7_200).await;
    }
    for number in 0..10 {
        assert_eq!(fail(&pool, &format!("last-{number}"), Some("192.0.2.1"), None).await, None, "{number}");
    }
    let (limit, wait) = fail(&pool, "one-more", Some("192.0.2.1"), None).await.expect("a refusal");
    let left = 86_400.0 - 3.0 * 7_200.0;
    assert!(
        limit == "password_address" && (left - 60.0..=left + 3_600.0).contains(&wait),
        "a day and a bucket: {limit} {wait}"
    );
    assert_eq!(failures(&database, "one-more").await, 0, "what was refused has no row");
}

#[tokio::test]
async fn right_passwords_give_back_what_they_use_of_a_shared_address() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    let limits =
        PasswordLimits { failures_per_address: Limits { per_day: Some(9), ..Limits::per_hour(2) }, ..limits() };
    let office = at("192.0.2.1");
    assert!(is_refused(&sign_in_from(&pool, &of("bob", WRONG), &office, &limits).await));
    for _ in 0..4 {
        opened(sign_in_from(&pool, &of("ada", RIGHT), &office, &limits).await);
    }
    assert!(is_refused(&sign_in_from(&pool, &of("bob", WRONG), &office, &limits).await));
    assert!(must_wait(&sign_in_from(&pool, &of("ada", RIGHT), &office, &limits).await));
    opened(sign_in_from(&pool, &of("ada", RIGHT), &at("192.0.2.2"), &limits).await);
}

#[tokio::test]
async fn an_ipv6_customer_has_one_limit_per_64_and_one_per_48() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let limits = PasswordLimits {
        failures_per_address: Limits { per_day: Some(9), ..Limits::per_hour(2) },
        failures_per_network: Limits { per_day: Some(3), ..Limits::per_hour(9) },
        ..limits()
    };
    let fails = async |address: &str| sign_in_from(&pool, &of("bob", WRONG), &at(address), &limits).await;
    assert!(is_refused(&fails("2001:db8:1:1::1").await));
    assert!(is_refused(&fails("2001:db8:1:1::2").await));
    assert!(must_wait(&fails("2001:db8:1:1::3").await), "two per /64");
    assert!(is_refused(&fails("2001:db8:1:2::1").await));
    assert!(must_wait(&fails("2001:db8:1:3::1").await), "three per /48");
    assert!(is_refused(&fails("2001:db8:2:1::1").await));
}

#[tokio::test]
async fn a_refused_try_writes_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    fail_times(&pool, "ada", 10, None).await;
    for number in 0..30 {
        fail(&pool, &format!("name-{number}"), Some("192.0.2.1"), None).await;
    }
    let client = database.client().await;
    client.batch_execute("BEGIN READ ONLY").await.unwrap();
    for (name, address, limit) in [("ada", None, "lock"), ("new", Some("192.0.2.1"), "password_address")] {
        let row = client.query_one(TRY, &[&name, &None::<&str>, &address]).await.expect("nothing is written");
        assert_eq!(row.get::<_, &str>(0), limit);
    }
}
