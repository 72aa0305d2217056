//! Failures in a row: they outlive codes, lock the number for longer and longer, and close it in the end.

use std::time::Duration;

use barqnet_db::otp::{Purpose, VerificationRequest, VerifyOutcome, send, unlock, verify};

use super::support::{
    code_of, config, expire_codes, fail_attempts, failures, generous, is_invalid, is_verified, let_time_pass,
    other_than, request, send_refused, sent, spend, ticket_of, try_refused, without_cool_down,
};
use crate::common::{migrated_database, phone_number, pool_of};

const MINUTE: Duration = Duration::from_mins(1);

/// Whether a wait is this long, less the time that the test has taken.
fn is_about(wait: Duration, expected: Duration) -> bool {
    wait <= expected && wait + MINUTE > expected
}

#[tokio::test]
async fn failures_of_successive_codes_add_up_until_the_number_is_locked() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    for _ in 0..2 {
        let code = sent(&pool, &ada, &without_cool_down()).await;
        for _ in 0..4 {
            assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
        }
        expire_codes(&pool, &ada).await;
    }
    let code = sent(&pool, &ada, &without_cool_down()).await;
    for _ in 0..2 {
        assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
    }
    // The code has three tries left, and would be right.
    assert!(is_about(try_refused(&pool, &ada, &code).await, MINUTE * 15));
    assert!(is_about(send_refused(&pool, &ada, &without_cool_down()).await, MINUTE * 15));
    assert_eq!(failures(&database, &ada).await, 10, "a refused try is not a try");
    // Other numbers and other purposes of this number are not locked.
    sent(&pool, &phone_number("+4915112345679"), &config()).await;
    let reset = VerificationRequest { purpose: Purpose::PasswordReset, ..request(&ada) };
    code_of(send(&pool, &without_cool_down(), &reset).await.unwrap());

    let_time_pass(&database, 15.0 * 60.0).await;
    let code = sent(&pool, &ada, &without_cool_down()).await;
    assert!(is_verified(&pool, &ada, &code).await);
    assert_eq!(failures(&database, &ada).await, 0, "success resets");
}

#[tokio::test]
async fn locks_get_longer_and_eighty_failures_lock_the_number_until_unlocked() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = phone_number("+4915112345678");
    assert!(!unlock(&client, &ada).await.unwrap(), "there is nothing to forget");
    for round in 1..=8 {
        fail_attempts(&pool, &ada, 10).await;
        let expected = match round {
            1 => MINUTE * 15,
            2 => MINUTE * 60,
            _ => MINUTE * 60 * 24,
        };
        assert!(is_about(send_refused(&pool, &ada, &generous()).await, expected), "round {round}");
        let_time_pass(&database, expected.as_secs_f64()).await;
    }
    // A year later, and with a right code.
    let_time_pass(&database, 365.0 * 86_400.0).await;
    assert_eq!(send_refused(&pool, &ada, &generous()).await, MINUTE * 60 * 24);
    assert_eq!(try_refused(&pool, &ada, &"123456".parse().unwrap()).await, MINUTE * 60 * 24);

    assert!(unlock(&client, &ada).await.unwrap());
    let code = sent(&pool, &ada, &config()).await;
    assert!(is_verified(&pool, &ada, &code).await);
}

#[tokio::test]
async fn every_process_counts_the_same_failures() {
    let database = migrated_database().await;
    let ada = phone_number("+4915112345678");
    // What two processes share is the database.
    let (one, other) = (pool_of(&database, 1).await, pool_of(&database, 1).await);
    fail_attempts(&one, &ada, 6).await;
    drop(one);
    fail_attempts(&other, &ada, 4).await;
    let restarted = database.pool().await;
    assert!(is_about(send_refused(&restarted, &ada, &generous()).await, MINUTE * 15));
}

#[tokio::test]
async fn success_invalidates_every_other_code_and_ticket_of_the_number() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let reset = VerificationRequest { purpose: Purpose::PasswordReset, ..request(&ada) };
    let code = code_of(send(&pool, &config(), &reset).await.unwrap());
    let earlier = ticket_of(verify(&pool, &config(), &reset, &code).await.unwrap());
    let code = code_of(send(&pool, &without_cool_down(), &reset).await.unwrap());

    let right = sent(&pool, &ada, &without_cool_down()).await;
    assert!(is_verified(&pool, &ada, &right).await);
    assert!(matches!(verify(&pool, &config(), &reset, &code).await.unwrap(), VerifyOutcome::Invalid));
    let client = pool.get().await.unwrap();
    assert_eq!(spend(&client, &earlier, Purpose::PasswordReset).await.unwrap(), None);
}
