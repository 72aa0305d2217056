//! Sending, verifying and ageing one-time codes.

use std::time::Duration;

use barqnet_db::{
    PhoneNumber, client,
    otp::{
        Limits, OtpCode, OtpConfig, OtpKeys, OtpPolicy, Purpose, SendOutcome, Ticket, UnverifiedPrefix,
        VerificationRequest, VerifyOutcome, send, verify,
    },
    pool::{Client, Pool},
    sessions::{self, CreateOutcome, Device, SessionPolicy, TokenHash},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_on, execute_sql, scalar, user_with_phone};

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
    OtpConfig { policy, ..OtpConfig::new(keys()) }
}

/// A request without an address, to sign in.
pub(super) fn request(phone_number: &PhoneNumber) -> VerificationRequest<'_> {
    VerificationRequest::new(phone_number, SIGN_IN)
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
        other => panic!("no code: {other:?}"),
    }
}

pub(super) fn is_sent(outcome: &SendOutcome) -> bool {
    matches!(outcome, SendOutcome::Sent { .. })
}

/// The wait that a refused request for a code was given.
pub(super) async fn send_refused(pool: &Pool, to: &PhoneNumber, config: &OtpConfig) -> Duration {
    match send(pool, config, &request(to)).await.expect("an answer") {
        SendOutcome::RetryAfter(wait) => wait,
        other => panic!("{other:?}"),
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

/// A code that differs from all of these.
pub(super) fn different_from(codes: &[OtpCode]) -> OtpCode {
    let candidates = (0..=codes.len()).map(|code| format!("{code:06}"));
    let other = candidates.into_iter().find(|text| codes.iter().all(|code| code.expose() != text));
    other.expect("more than there are codes").parse().expect("six digits")
}

/// Gives so many wrong answers to a code of the number, one code after the other.
pub(super) async fn fail_attempts(pool: &Pool, number: &PhoneNumber, times: usize) {
    let mut left = times;
    while left > 0 {
        // A try counts once per live code.
        expire_codes(pool, number).await;
        let wrong = other_than(&sent(pool, number, &generous()).await);
        for _ in 0..left.min(5) {
            assert!(is_invalid(pool, number, &wrong).await, "{left} of {times} left");
        }
        left -= left.min(5);
    }
}

/// Ends the lifetime of every code of the number.
pub(super) async fn expire_codes(pool: &Pool, number: &PhoneNumber) {
    let client = pool.get().await.expect("a connection");
    let expire = "UPDATE otp_codes SET expires_at = created_at WHERE phone_number = $1";
    client.execute(expire, &[&number.as_str()]).await.expect("codes");
}

/// The token of a device that has signed in to the account of the number, which is created. The session is over.
pub(super) async fn known_device(database: &TestDatabase, number: &PhoneNumber) -> TokenHash {
    let pool = database.pool().await;
    let client = pool.get().await.expect("a connection");
    let name = format!("owner of {number}");
    let user = user_with_phone(&client, &name, number).await;
    let created =
        sessions::create(&client, user, &Device::default(), &SessionPolicy::default()).await.expect("an answer");
    let CreateOutcome::Created(token, _) = created else { panic!("{created:?}") };
    let expire = format!("UPDATE user_sessions SET expires_at = NOW() - INTERVAL '1 day' WHERE user_id = {user}");
    execute_sql(database, &expire).await;
    token.hash()
}

/// How often a budget was used within a day, all of its keys together.
pub(super) async fn used(database: &TestDatabase, budget: &str) -> i64 {
    let sum = "SELECT COALESCE(SUM((SELECT SUM(b) FROM UNNEST(counts[21:45]) b)), 0)::BIGINT FROM rate_counters";
    scalar(database, &format!("{sum} WHERE budget = '{budget}'")).await
}

/// The default configuration with a high limit of codes.
pub(super) fn generous() -> OtpConfig {
    config_with(OtpPolicy {
        cool_down: Duration::ZERO,
        max_sends_per_hour: 1000,
        max_sends_per_day: 1000,
        sends_per_prefix: Limits::per_minute(1000),
        sends_per_country: Limits::per_minute(1000),
        sends_overall: Limits::per_minute(1250),
        unverified_prefix: UnverifiedPrefix { min_codes: 0, min_percent: 0 },
        ..OtpPolicy::default()
    })
}

pub(super) async fn failures(database: &TestDatabase, number: &PhoneNumber) -> i64 {
    scalar(
        database,
        &format!("SELECT COALESCE(SUM(failures), 0)::BIGINT FROM otp_challenges WHERE phone_number = '{number}'"),
    )
    .await
}

/// Lets time pass, for everything that one-time passwords go by.
pub(super) async fn let_time_pass(database: &TestDatabase, seconds: f64) {
    let statements = [
        "UPDATE otp_numbers SET
             sent_at = ARRAY(SELECT s.at - {} FROM UNNEST(sent_at) WITH ORDINALITY AS s (at, place) ORDER BY s.place),
             quiet_since = quiet_since - {}",
        "UPDATE otp_challenges SET
             locked_until = locked_until - {}, known_locked_until = known_locked_until - {}, code_sent_at = code_sent_at - {}, code_expires_at = code_expires_at - {}",
        "UPDATE otp_codes SET created_at = created_at - {}, expires_at = expires_at - {}",
        "UPDATE rate_counters SET updated_at = updated_at - {}",
        "UPDATE rate_returns SET used_at = used_at - {}",
        "UPDATE otp_budgets SET
             uses = ARRAY(SELECT u.at - {} FROM UNNEST(uses) WITH ORDINALITY AS u (at, place) ORDER BY u.place),
             empty_at = empty_at - {}",
        "UPDATE otp_tickets SET created_at = created_at - {}, expires_at = expires_at - {}",
        "UPDATE otp_attempts SET created_at = created_at - {}, expires_at = expires_at - {},
             verified_at = verified_at - {}, last_attempt_at = last_attempt_at - {}",
    ];
    let client = database.client().await;
    for statement in statements {
        execute_on(&client, &statement.replace("{}", &format!("INTERVAL '{seconds} seconds'"))).await;
    }
}
