//! Verification of phone numbers: codes are sent and verified.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use barqnet_db_client::{self as client, GenericClient, pool::Pool};
use chrono::{DateTime, Utc};

use super::{code::OtpCode, config::OtpConfig, purpose::Purpose, ticket::Ticket};
use crate::{
    error::Error,
    generated::otp::{self, SendParams, VerifyParams},
    interval::{seconds, wait},
    limit::integer,
    metrics,
    phone_number::PhoneNumber,
};

/// A request to verify a phone number: which number, for what purpose, from which address.
#[derive(Clone, Copy, Debug)]
pub struct VerificationRequest<'a> {
    /// The phone number.
    pub phone_number: &'a PhoneNumber,
    /// What the ticket will allow.
    pub purpose: Purpose,
    /// The address of the client, not of a proxy. `None` skips the limits per address.
    pub ip_address: Option<IpAddr>,
}

/// The outcome of [`send`].
#[derive(Debug)]
pub enum SendOutcome {
    /// The code is recorded: send it to the number.
    Sent {
        /// The code.
        code: OtpCode,
        /// The end of its lifetime.
        expires_at: DateTime<Utc>,
    },
    /// A limit of the number, the address, the prefix or all requests applies: no code was recorded. Which limit is
    /// deliberately not disclosed.
    RetryAfter(Duration),
}

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

/// Records a new code for a number and a purpose, which invalidates the earlier one, or returns how long to wait.
///
/// Once it has begun, let it end and hand the code over: if the future is dropped, the code may be recorded and the number
/// charged without a message. In a handler that is dropped when the client disconnects, run both in a task of their own
/// (`tokio::spawn`).
pub async fn send(pool: &Pool, config: &OtpConfig, request: &VerificationRequest<'_>) -> Result<SendOutcome, Error> {
    let OtpConfig { keys, policy } = config;
    let code = OtpCode::generate();
    let (key_id, code_mac) = keys.current_mac(request.purpose, request.phone_number, &code);
    let address = request.ip_address.map(|address| address.to_canonical());
    let prefix = prefix(request.phone_number, policy.prefix_digits);
    // In the order in which they are locked: by budget and key.
    let budgets = [
        address.map(|address| ("send_address", network(address), policy.sends_per_address)),
        Some(("send_overall", "all".to_owned(), policy.sends_overall)),
        Some(("send_prefix", prefix, policy.sends_per_prefix)),
    ];
    let budgets: Vec<_> = budgets.into_iter().flatten().collect();
    let parameters = SendParams {
        phone_number: request.phone_number,
        purpose: request.purpose,
        code_mac,
        key_id,
        ip_address: address,
        lifetime_seconds: seconds(policy.lifetime),
        cool_down_seconds: seconds(policy.cool_down),
        max_sends_per_hour: integer(policy.max_sends_per_hour),
        max_sends_per_day: integer(policy.max_sends_per_day),
        max_failures: integer(policy.max_failures),
        closed_seconds: seconds(policy.lock_durations[2]),
        budgets: budgets.iter().map(|(name, ..)| *name).collect::<Vec<_>>(),
        keys: budgets.iter().map(|(_, key, _)| key.as_str()).collect::<Vec<_>>(),
        limits: budgets.iter().map(|(.., budget)| integer(budget.limit)).collect::<Vec<_>>(),
        windows: budgets.iter().map(|(.., budget)| seconds(budget.window)).collect::<Vec<_>>(),
    };
    let client = pool.get().await?;
    let decision = otp::send().params(&client, &parameters).one().await?;
    Ok(if let Some(expires_at) = decision.code_ends_at {
        metrics::otp_sent(request.purpose, "sent", None);
        SendOutcome::Sent { code, expires_at }
    } else {
        metrics::otp_sent(request.purpose, "refused", decision.refused_by);
        SendOutcome::RetryAfter(wait(decision.retry_after_seconds))
    })
}

/// Verifies a code. Exactly one of several concurrent calls with the right code gets
/// [`Verified`](VerifyOutcome::Verified), and a code is compared at most [`OtpPolicy::max_tries_per_code`](super::OtpPolicy::max_tries_per_code) times.
pub async fn verify(
    pool: &Pool,
    config: &OtpConfig,
    request: &VerificationRequest<'_>,
    code: &OtpCode,
) -> Result<VerifyOutcome, Error> {
    let OtpConfig { keys, policy } = config;
    let ticket = Ticket::generate();
    let (key_ids, code_macs) = keys.macs(request.purpose, request.phone_number, code);
    let address = request.ip_address.map(|address| address.to_canonical());
    let parameters = VerifyParams {
        phone_number: request.phone_number,
        purpose: request.purpose,
        code_macs,
        key_ids,
        ip_address: address,
        max_tries_per_code: integer(policy.max_tries_per_code),
        lock_every: integer(policy.failures_before_lock.max(1)),
        lock_seconds: policy.lock_durations.iter().copied().map(seconds).collect::<Vec<_>>(),
        max_failures: integer(policy.max_failures),
        budget: "verify_address",
        budget_key: address.map(network),
        budget_limit: integer(policy.failures_per_address.limit),
        budget_window: seconds(policy.failures_per_address.window),
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

/// Resets the failures of a phone number for every purpose, and unlocks it. For an operator who has verified that the owner
/// requests it. Returns whether there was anything to reset.
pub async fn unlock(client: &impl GenericClient, phone_number: &PhoneNumber) -> Result<bool, client::Error> {
    otp::unlock().bind(client, phone_number).one().await
}

/// The key of an address in a budget. IPv6 addresses are counted per /64, which one client can use as a whole.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

fn prefix(number: &PhoneNumber, digits: u32) -> String {
    let length = usize::try_from(digits).map_or(usize::MAX, |digits| digits.saturating_add(1));
    number.as_str().chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_have_one_key() {
        let key = |text: &str| network(text.parse::<IpAddr>().expect("an address").to_canonical());
        assert_eq!(key("203.0.113.7"), "203.0.113.7");
        assert_eq!(key("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2::"), "2001:db8:1:2::/64");
        assert_ne!(key("2001:db8:1:3::1"), key("2001:db8:1:2::1"));
    }

    #[test]
    fn a_prefix_is_a_plus_and_the_first_digits() {
        let number: PhoneNumber = "+4915112345678".parse().expect("well formed");
        assert_eq!(prefix(&number, 6), "+491511");
        assert_eq!(prefix(&number, 99), "+4915112345678");
    }
}
