//! Sending, verifying and ageing one-time codes.

use std::time::Duration;

use barqnet_db::{
    PhoneNumber, client,
    otp::{
        Budget, OtpCode, OtpConfig, OtpKeys, OtpPolicy, Purpose, SendOutcome, Ticket, VerificationRequest,
        VerifyOutcome, send, verify,
    },
    pool::{Client, Pool},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, scalar};

pub(super) const SIGN_IN: Purpose = Purpose::SignIn;

pub(super) const PURPOSES: [Purpose; 3] = [SIGN_IN, Purpose::PasswordReset, Purpose::PhoneChange];

pub(super) fn keys() -> OtpKeys {
    OtpKeys::new(1, &[7; 32]).expect("32 bytes")
}

/// The default configuration.
pub(super) fn config() -> OtpConfig {
    OtpConfig::new(keys())
}

/// The default configuration without a pause between two codes.
pub(super) fn without_cool_down() -> OtpConfig {
    config_with(OtpPolicy { cool_down: Duration::ZERO, ..OtpPolicy::default() })
}

pub(super) fn config_with(policy: OtpPolicy) -> OtpConfig {
    OtpConfig { keys: keys(), policy }
}

/// A request without an address, to sign in.
pub(super) fn request(phone_number: &PhoneNumber) -> VerificationRequest<'_> {
    VerificationRequest { phone_number, purpose: SIGN_IN, ip_address: None }
}

/// A request from an address, to sign in.
pub(super) fn request_from<'a>(phone_number: &'a PhoneNumber, address: &str) -> VerificationRequest<'a> {
    VerificationRequest { ip_address: Some(address.parse().expect("an address")), ..request(phone_number) }
}

pub(super) async fn sent(pool: &Pool, to: &PhoneNumber, config: &OtpConfig) -> OtpCode {
    code_of(send(pool, config, &request(to)).await.expect("an answer"))
}

pub(super) fn code_of(outcome: SendOutcome) -> OtpCode {
    match outcome {
        SendOutcome::Sent { code, .. } => code,
        SendOutcome::RetryAfter(wait) => panic!("no code for {wait:?}"),
    }
}

pub(super) fn is_sent(outcome: &SendOutcome) -> bool {
    matches!(outcome, SendOutcome::Sent { .. })
}

/// The wait that a refused request for a code was given.
pub(super) async fn send_refused(pool: &Pool, to: &PhoneNumber, config: &OtpConfig) -> Duration {
    match send(pool, config, &request(to)).await.expect("an answer") {
        SendOutcome::RetryAfter(wait) => wait,
        SendOutcome::Sent { .. } => panic!("a code was sent"),
    }
}

pub(super) async fn tried(pool: &Pool, number: &PhoneNumber, code: &OtpCode) -> VerifyOutcome {
    verify(pool, &config(), &request(number), code).await.expect("an answer")
}

pub(super) async fn is_verified(pool: &Pool, number: &PhoneNumber, code: &OtpCode) -> bool {
    matches!(tried(pool, number, code).await, VerifyOutcome::Verified(_))
}

pub(super) async fn is_invalid(pool: &Pool, number: &PhoneNumber, code: &OtpCode) -> bool {
    matches!(tried(pool, number, code).await, VerifyOutcome::Invalid)
}

/// The wait that a refused attempt was given.
pub(super) async fn try_refused(pool: &Pool, number: &PhoneNumber, code: &OtpCode) -> Duration {
    match tried(pool, number, code).await {
        VerifyOutcome::RetryAfter(wait) => wait,
        other => panic!("{other:?}"),
    }
}

pub(super) fn ticket_of(outcome: VerifyOutcome) -> Ticket {
    match outcome {
        VerifyOutcome::Verified(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

/// Spends a ticket as the functions of `users` do, and says whose it was.
pub(super) async fn spend(client: &Client, ticket: &Ticket, purpose: Purpose) -> Result<Option<String>, client::Error> {
    let spend = "SELECT phone_number FROM otp_spend_ticket($1, $2, FALSE)";
    let row = client.query_opt(spend, &[&ticket.hash().as_str(), &purpose.as_str()]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// A code that differs from this one in its last digit.
pub(super) fn other_than(code: &OtpCode) -> OtpCode {
    let (start, last) = code.expose().split_at(5);
    let last: u32 = last.parse().expect("a digit");
    format!("{start}{}", (last + 1) % 10).parse().expect("six digits")
}

/// Gives so many wrong answers to a code of the number, one code after the other.
pub(super) async fn fail_attempts(pool: &Pool, number: &PhoneNumber, times: usize) {
    let mut left = times;
    while left > 0 {
        let wrong = other_than(&sent(pool, number, &generous()).await);
        for _ in 0..left.min(5) {
            assert!(is_invalid(pool, number, &wrong).await, "{left} of {times} left");
        }
        left -= left.min(5);
    }
}

/// The default configuration with a high limit of codes.
pub(super) fn generous() -> OtpConfig {
    config_with(OtpPolicy {
        cool_down: Duration::ZERO,
        max_sends_per_hour: 1000,
        max_sends_per_day: 1000,
        sends_per_prefix: Budget::per_minute(1000),
        sends_overall: Budget::per_minute(1000),
        ..OtpPolicy::default()
    })
}

pub(super) async fn failures(database: &TestDatabase, number: &PhoneNumber) -> i64 {
    scalar(database, &format!("SELECT SUM(failures)::BIGINT FROM otp_challenges WHERE phone_number = '{number}'")).await
}

/// Lets time pass, for everything that one-time passwords go by.
pub(super) async fn let_time_pass(database: &TestDatabase, seconds: f64) {
    let statements = [
        "UPDATE otp_numbers SET
             sent_at = ARRAY(SELECT s.at - {} FROM UNNEST(sent_at) WITH ORDINALITY AS s (at, place) ORDER BY s.place),
             quiet_since = quiet_since - {}",
        "UPDATE otp_challenges SET
             locked_until = locked_until - {}, code_sent_at = code_sent_at - {}, code_expires_at = code_expires_at - {}",
        "UPDATE otp_budgets SET
             uses = ARRAY(SELECT u.at - {} FROM UNNEST(uses) WITH ORDINALITY AS u (at, place) ORDER BY u.place),
             empty_at = empty_at - {}",
        "UPDATE otp_tickets SET created_at = created_at - {}, expires_at = expires_at - {}",
        "UPDATE otp_attempts SET created_at = created_at - {}, expires_at = expires_at - {},
             verified_at = verified_at - {}, last_attempt_at = last_attempt_at - {}",
    ];
    for statement in statements {
        execute_sql(database, &statement.replace("{}", &format!("INTERVAL '{seconds} seconds'"))).await;
    }
}
