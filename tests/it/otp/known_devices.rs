//! A device with a token from an earlier sign-in: strangers can't keep its owner out, and its thief gets no more tries.

use std::time::Duration;

use barqnet_db::{
    PhoneNumber,
    otp::{Limits, OtpConfig, OtpPolicy, SendOutcome, VerificationRequest, VerifyOutcome, send, unlock, verify},
    pool::Pool,
    sessions::TokenHash,
};

use super::support::{
    code_of, config, config_with, different_from, expire_codes, fail_attempts, failures, generous, is_invalid, is_sent,
    is_verified, known_device, let_time_pass, other_than, request, send_refused, sent, try_refused, without_cool_down,
};
use crate::common::{execute_sql, migrated_database, phone_number, scalar};

fn by<'a>(number: &'a PhoneNumber, device: &'a TokenHash) -> VerificationRequest<'a> {
    VerificationRequest { known_device: Some(device), ..request(number) }
}

async fn ask(pool: &Pool, config: &OtpConfig, number: &PhoneNumber, device: &TokenHash) -> SendOutcome {
    send(pool, config, &by(number, device)).await.expect("an answer")
}

#[tokio::test]
async fn strangers_use_up_the_day_of_a_number_and_its_known_device_gets_a_code() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    for _ in 0..2 {
        for _ in 0..5 {
            sent(&pool, &ada, &without_cool_down()).await;
        }
        let_time_pass(&database, 3600.0).await;
    }
    assert!(send_refused(&pool, &ada, &config()).await > Duration::from_hours(1));
    let code = code_of(ask(&pool, &config(), &ada, &device).await);
    let verified = verify(&pool, &config(), &by(&ada, &device), &code).await.unwrap();
    assert!(matches!(verified, VerifyOutcome::Verified(_)), "{verified:?}");
}

#[tokio::test]
async fn a_known_device_has_a_quota_of_its_own() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    code_of(ask(&pool, &config(), &ada, &device).await);
    assert!(!is_sent(&ask(&pool, &config(), &ada, &device).await), "a cool-down");
    for _ in 0..4 {
        code_of(ask(&pool, &without_cool_down(), &ada, &device).await);
    }
    let outcome = ask(&pool, &without_cool_down(), &ada, &device).await;
    let SendOutcome::RetryAfter(wait) = outcome else { panic!("a sixth code") };
    assert!(wait > Duration::from_mins(59) && wait <= Duration::from_mins(65), "{wait:?}");
    // It has used nothing of what everybody else has.
    sent(&pool, &ada, &config()).await;
}

#[tokio::test]
async fn a_token_of_another_number_or_of_a_lost_device_is_worth_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let device = known_device(&database, &ada).await;
    code_of(ask(&pool, &config(), &bob, &device).await);
    code_of(ask(&pool, &config(), &ada, &TokenHash::of(b"a token that nobody has")).await);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_codes WHERE known_device IS NOT NULL").await, 0);
    for (reason, known) in [("token_reuse", 0), ("device_lost", 0), ("phone_change", 0), ("sign_out", 1)] {
        let revoke =
            format!("UPDATE user_sessions SET revoked = TRUE, revoked_at = NOW(), revoked_reason = '{reason}'");
        execute_sql(&database, &revoke).await;
        let_time_pass(&database, 60.0).await;
        code_of(ask(&pool, &config(), &ada, &device).await);
        let codes = "SELECT COUNT(*) FROM otp_codes WHERE known_device IS NOT NULL";
        assert_eq!(scalar(&database, codes).await, known, "{reason}");
    }
}

#[tokio::test]
async fn strangers_cannot_try_the_code_of_a_known_device_nor_use_up_its_tries() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    let code = code_of(ask(&pool, &config(), &ada, &device).await);
    assert!(is_invalid(&pool, &ada, &code).await, "a stranger");
    assert_eq!(failures(&database, &ada).await, 0, "there is no code that it could guess");
    // The stranger's own code, and ten wrong tries at it.
    for _ in 0..2 {
        let wrong = different_from(&[code.clone(), sent(&pool, &ada, &without_cool_down()).await]);
        for _ in 0..5 {
            assert!(is_invalid(&pool, &ada, &wrong).await);
        }
    }
    assert!(!try_refused(&pool, &ada, &code).await.is_zero(), "strangers are locked out");
    let verified = verify(&pool, &config(), &by(&ada, &device), &code).await.unwrap();
    assert!(matches!(verified, VerifyOutcome::Verified(_)), "{verified:?}");
    assert_eq!(failures(&database, &ada).await, 0, "success resets");
}

#[tokio::test]
async fn strangers_alone_leave_twenty_failures_for_known_devices() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    for _ in 0..8 {
        fail_attempts(&pool, &ada, 10).await;
        let_time_pass(&database, 86_400.0).await;
    }
    assert_eq!(send_refused(&pool, &ada, &generous()).await, Duration::from_hours(24), "closed");
    let code = code_of(ask(&pool, &config(), &ada, &device).await);
    for _ in 0..4 {
        let wrong = verify(&pool, &config(), &by(&ada, &device), &other_than(&code)).await.unwrap();
        assert!(matches!(wrong, VerifyOutcome::Invalid), "{wrong:?}");
    }
    let verified = verify(&pool, &config(), &by(&ada, &device), &code).await.unwrap();
    assert!(matches!(verified, VerifyOutcome::Verified(_)), "{verified:?}");
    // The count begins again for everybody.
    let_time_pass(&database, 86_400.0).await;
    let code = sent(&pool, &ada, &config()).await;
    assert!(is_verified(&pool, &ada, &code).await);
}

#[tokio::test]
async fn a_stolen_token_has_a_hundred_failures_in_a_row_with_all_others_together() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    fail_attempts(&pool, &ada, 10).await;
    let mut refused = 0;
    // A day for each lock.
    while refused < 2 {
        expire_codes(&pool, &ada).await;
        match ask(&pool, &generous(), &ada, &device).await {
            SendOutcome::Sent { code, .. } => {
                for _ in 0..5 {
                    verify(&pool, &generous(), &by(&ada, &device), &other_than(&code)).await.unwrap();
                }
            }
            _ => refused += 1,
        }
        let_time_pass(&database, 86_400.0).await;
    }
    assert_eq!(failures(&database, &ada).await, 100);
    assert!(unlock(&client, &ada).await.unwrap());
    code_of(ask(&pool, &config(), &ada, &device).await);
    assert!(!unlock(&client, &ada).await.unwrap());
}

#[tokio::test]
async fn a_fifth_of_what_everybody_shares_is_reserved_for_known_devices() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    for policy in [
        OtpPolicy { sends_overall: Limits::per_minute(10), ..OtpPolicy::default() },
        OtpPolicy { sends_per_country: Limits::per_minute(10), ..OtpPolicy::default() },
    ] {
        execute_sql(&database, "DELETE FROM otp_numbers").await;
        execute_sql(&database, "DELETE FROM rate_counters").await;
        let config = config_with(policy);
        for stranger in 0..8 {
            sent(&pool, &phone_number(&format!("+49151123400{stranger:02}")), &config).await;
        }
        assert!(!send_refused(&pool, &phone_number("+4915112340099"), &config).await.is_zero());
        code_of(ask(&pool, &config, &ada, &device).await);
    }
}
