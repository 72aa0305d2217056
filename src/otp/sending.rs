//! Sending codes, and taking back those that reached nobody.

use std::time::Duration;

use barqnet_db_client::pool::Pool;
use chrono::{DateTime, Utc};

use super::{
    budgets::Budgets, calling_code::CallingCode, code::OtpCode, config::OtpConfig, purpose::Purpose,
    request::VerificationRequest,
};
use crate::{
    error::Error,
    generated::{
        otp::{self, ReturnSendParams, SendParams},
        users,
    },
    interval::{seconds, wait},
    limit::integer,
    metrics,
    phone_number::PhoneNumber,
};

/// The outcome of [`send`].
#[derive(Debug)]
pub enum SendOutcome {
    /// The code is recorded: send it to the number.
    Sent {
        /// The code.
        code: OtpCode,
        /// The end of its lifetime.
        expires_at: DateTime<Utc>,
        /// For [`return_send`], if the code reaches nobody.
        receipt: SendReceipt,
    },
    /// The number is one of [`OtpPolicy::review_numbers`](super::OtpPolicy::review_numbers) and has its fixed code: send nothing.
    Fixed {
        /// The end of its lifetime.
        expires_at: DateTime<Utc>,
    },
    /// A limit of the number, the address, the prefix, the country or all requests applies: no code was recorded. Which limit is
    /// deliberately not disclosed.
    RetryAfter(Duration),
    /// [`OtpPolicy::countries`](super::OtpPolicy::countries) does not allow the country of the number.
    CountryRefused,
}

/// What [`return_send`] needs to take a code back.
#[derive(Clone, Debug)]
pub struct SendReceipt {
    phone_number: PhoneNumber,
    purpose: Purpose,
    code_id: i64,
}

/// Records a new code for a number and a purpose, or returns how long to wait. Earlier codes stay valid until their end, within the
/// failures that all codes share. A refused request writes nothing to the database.
///
/// Once it has begun, let it end and hand the code over: if the future is dropped, the code may be recorded and the number
/// charged without a message. In a handler that is dropped when the client disconnects, run both in a task of their own
/// (`tokio::spawn`).
pub async fn send(pool: &Pool, config: &OtpConfig, request: &VerificationRequest<'_>) -> Result<SendOutcome, Error> {
    let OtpConfig { keys, policy, number_keys } = config;
    if !policy.countries.allow(CallingCode::of(request.phone_number)) {
        metrics::otp_sent(request.purpose, "refused", Some("country".to_owned()));
        return Ok(SendOutcome::CountryRefused);
    }
    let fixed = policy.fixed_code(request.phone_number);
    let code = fixed.cloned().unwrap_or_else(OtpCode::generate);
    let (key_id, code_mac) = keys.current_mac(request.purpose, request.phone_number, &code);
    let prefix = prefix(request.phone_number, policy.prefix_digits);
    let budgets = Budgets::of_send(policy, request, prefix.clone());
    let parameters = SendParams {
        phone_number: request.phone_number,
        purpose: request.purpose,
        code_mac,
        key_id,
        ip_address: request.ip_address.map(|address| address.to_canonical()),
        channel: request.channel,
        known_hash: request.known_device,
        lifetime_seconds: seconds(policy.lifetime),
        cool_down_seconds: seconds(policy.cool_down),
        max_sends_per_hour: integer(policy.max_sends_per_hour),
        max_sends_per_day: integer(policy.max_sends_per_day),
        max_failures: integer(policy.max_failures),
        max_unknown_failures: integer(policy.max_unknown_failures),
        closed_seconds: seconds(policy.lock_durations[2]),
        budgets: budgets.names,
        keys: budgets.keys,
        shards: budgets.shards,
        per_minute: budgets.per_minute,
        per_hour: budgets.per_hour,
        per_day: budgets.per_day,
        reserved_percent: budgets.reserved_percent,
        returns: budgets.returns,
        prefix,
        min_codes: integer(policy.unverified_prefix.min_codes),
        min_percent: integer(policy.unverified_prefix.min_percent),
    };
    let client = pool.get().await?;
    if let Some(number_keys) = number_keys {
        // A code is requested before it is tried, so `verify` need not look.
        let pseudonyms = number_keys.pseudonyms(request.phone_number);
        users::recall_number().bind(&client, request.phone_number, &pseudonyms).one().await?;
    }
    let decision = otp::send().params(&client, &parameters).one().await?;
    let (Some(code_id), Some(expires_at)) = (decision.code_id, decision.code_ends_at) else {
        metrics::otp_sent(request.purpose, "refused", decision.refused_by);
        return Ok(SendOutcome::RetryAfter(wait(decision.retry_after_seconds)));
    };
    metrics::otp_sent(request.purpose, "sent", None);
    if fixed.is_some() {
        return Ok(SendOutcome::Fixed { expires_at });
    }
    let receipt = SendReceipt { phone_number: request.phone_number.clone(), purpose: request.purpose, code_id };
    Ok(SendOutcome::Sent { code, expires_at, receipt })
}

/// Takes a code back that reached nobody: it is invalid from then on, and its number and every budget get the send back. Returns
/// `false` if the code was verified, expired and deleted, or taken back before.
///
/// Call it when the provider failed, or when the request ended before the code was handed to it. Do not call it when the provider
/// refused the number itself: these sends are what limits a client that tries numbers at random.
pub async fn return_send(pool: &Pool, receipt: &SendReceipt) -> Result<bool, Error> {
    let client = pool.get().await?;
    let parameters =
        ReturnSendParams { phone_number: &receipt.phone_number, purpose: receipt.purpose, code_id: receipt.code_id };
    Ok(otp::return_send().params(&client, &parameters).one().await?)
}

fn prefix(number: &PhoneNumber, digits: u32) -> String {
    let length = usize::try_from(digits).map_or(usize::MAX, |digits| digits.saturating_add(1));
    number.as_str().chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_plus_and_the_first_digits() {
        let number: PhoneNumber = "+4915112345678".parse().expect("well formed");
        assert_eq!(prefix(&number, 6), "+491511");
        assert_eq!(prefix(&number, 99), "+4915112345678");
    }
}
