//! Verifying codes.

use std::time::Duration;

use barqnet_db_client::{self as client, GenericClient, pool::Pool};

use super::{budgets::Budgets, code::OtpCode, config::OtpConfig, request::VerificationRequest, ticket::Ticket};
use crate::{
    error::Error,
    generated::otp::{self, VerifyParams},
    interval::{seconds, wait},
    limit::integer,
    metrics,
    phone_number::PhoneNumber,
};

/// The outcome of [`verify`].
#[derive(Debug)]
pub enum VerifyOutcome {
    /// The code was right. It is spent, and every other code and ticket of the number is invalid.
    Verified(Ticket),
    /// The code was wrong, spent, expired, or tried too often. Which one is deliberately not disclosed.
    Invalid,
    /// The number or the address gave too many wrong codes. The code was not compared, and no try was counted.
    RetryAfter(Duration),
}

/// Verifies a code. Exactly one of several concurrent calls with the right code gets
/// [`Verified`](VerifyOutcome::Verified), and a code is compared at most [`OtpPolicy::max_tries_per_code`](super::OtpPolicy::max_tries_per_code) times.
///
/// A try is compared with all live codes of the number for the purpose and counts as one failure for each: at most as many are
/// compared, newest first, as failures are left until the next lock. A refused request writes nothing to the database.
pub async fn verify(
    pool: &Pool,
    config: &OtpConfig,
    request: &VerificationRequest<'_>,
    code: &OtpCode,
) -> Result<VerifyOutcome, Error> {
    let OtpConfig { keys, policy, .. } = config;
    let ticket = Ticket::generate();
    let (key_ids, code_macs) = keys.macs(request.purpose, request.phone_number, code);
    let budgets = Budgets::of_try(policy, request);
    let parameters = VerifyParams {
        phone_number: request.phone_number,
        purpose: request.purpose,
        code_macs,
        key_ids,
        ip_address: request.ip_address.map(|address| address.to_canonical()),
        known_hash: request.known_device,
        max_tries_per_code: integer(policy.max_tries_per_code),
        lock_every: integer(policy.failures_before_lock.max(1)),
        lock_seconds: policy.lock_durations.iter().copied().map(seconds).collect::<Vec<_>>(),
        max_failures: integer(policy.max_failures),
        max_unknown_failures: integer(policy.max_unknown_failures),
        budgets: budgets.names,
        keys: budgets.keys,
        per_minute: budgets.per_minute,
        per_hour: budgets.per_hour,
        per_day: budgets.per_day,
        ticket_hash: ticket.hash(),
        ticket_seconds: seconds(policy.ticket_lifetime),
    };
    let client = pool.get().await?;
    let decision = otp::verify().params(&client, &parameters).one().await?;
    let (outcome, word) = match (decision.verified, decision.retry_after_seconds) {
        (true, _) => (VerifyOutcome::Verified(ticket), "verified"),
        (false, None) => (VerifyOutcome::Invalid, "invalid"),
        (false, seconds) => (VerifyOutcome::RetryAfter(wait(seconds)), "refused"),
    };
    metrics::otp_verified(request.purpose, word, decision.refused_by);
    Ok(outcome)
}

/// Resets the failures of a phone number for every purpose, and unlocks it, for known devices as well. For an operator who has
/// verified that the owner requests it. Returns whether there was anything to reset.
pub async fn unlock(client: &impl GenericClient, phone_number: &PhoneNumber) -> Result<bool, client::Error> {
    otp::unlock().bind(client, phone_number).one().await
}
