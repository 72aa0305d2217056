//! One-time passwords: a code is sent to a phone number, tried, and traded for a ticket.
//!
//! ```text
//! send ──▶ code, by text message ──▶ verify ──▶ ticket ──▶ users::register_with_ticket
//!  │                                   │                   users::sign_in_with_ticket
//!  └── RetryAfter                      ├── Invalid         users::reset_password_with_ticket
//!                                      └── RetryAfter      users::change_phone_number_with_ticket
//! ```
//!
//! - The code is stored nowhere, a MAC of it is ([`OtpKeys`]).
//! - Every limit of [`OtpPolicy`] is kept in the database, by rows that are locked while they decide, so all processes
//!   share it, no number of parallel requests gets around it, and neither a new code, the clean-up nor a restart resets
//!   it. Windows slide: a limit of 5 an hour holds for any 60 minutes.
//! - Accounts are not looked at. Answer, rows and time taken are the same whether or not a number has one.
//! - Both functions take the pool and commit at once: a caller that rolls back can't give a try back. On an [`Error`]
//!   nobody is verified and no code is to be sent: what can't be decided is refused.

mod code;
mod keys;
mod policy;
mod ticket;

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;

pub use code::{InvalidCode, OtpCode};
pub use keys::{InvalidKeys, OtpKeys};
pub use policy::{Budget, OtpPolicy};
pub use ticket::{InvalidTicket, Ticket};

use crate::{
    Error, PhoneNumber,
    client::{self, GenericClient, Params},
    generated::otp::{self, SendParams, VerifyParams},
    interval::seconds,
    pool,
    text_enum::text_enum,
};

text_enum! {
    /// What a code is for. A code, its failures and its ticket count for one purpose only; how many are sent counts for all
    /// of them.
    pub enum Purpose, "purpose of a one-time password" {
        /// To sign in, or to register if the number has no account: who asks need not know which.
        SignIn = "sign_in",
        /// To set a new password.
        PasswordReset = "password_reset",
        /// To make this the number of an account that has another.
        PhoneChange = "phone_change",
    }
}

/// The keys that codes are stored under, and the rules.
#[derive(Clone, Debug)]
pub struct OtpRules {
    /// The keys.
    pub keys: OtpKeys,
    /// The rules.
    pub policy: OtpPolicy,
}

impl OtpRules {
    /// The default rules.
    #[must_use]
    pub fn new(keys: OtpKeys) -> Self {
        Self { keys, policy: OtpPolicy::default() }
    }
}

/// Who says that which number is theirs, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The number.
    pub phone_number: &'a PhoneNumber,
    /// What a right code will allow.
    pub purpose: Purpose,
    /// Where the request comes from: the client's address, not a proxy's. Without one no address is charged.
    pub ip_address: Option<IpAddr>,
}

/// What became of a request for a code.
#[derive(Debug)]
pub enum SendOutcome {
    /// The code is recorded; send it to the number.
    Sent {
        /// The code.
        code: OtpCode,
        /// When it stops being good.
        expires_at: DateTime<Utc>,
    },
    /// The number, the address, the prefix or everybody together has had enough codes for now. Which of these is
    /// nobody's business.
    RetryAfter(Duration),
}

/// What became of a try.
#[derive(Debug)]
pub enum VerifyOutcome {
    /// The code was right; it is spent, and so is every other code and ticket of the number.
    Verified(Ticket),
    /// The code was wrong, spent, expired, or tried too often. Which of these is nobody's business.
    Invalid,
    /// The number or the address gave too many wrong codes. The code was not looked at and no try is spent.
    RetryAfter(Duration),
}

/// Records a new code for a number and a purpose, after which the earlier one is dead, or says how long to wait.
pub async fn send(pool: &Pool, rules: &OtpRules, claim: &Claim<'_>) -> Result<SendOutcome, Error> {
    let OtpRules { keys, policy } = rules;
    let code = OtpCode::generate();
    let (key_id, code_mac) = keys.current_mac(claim.purpose, claim.phone_number, &code);
    let address = claim.ip_address.map(|address| address.to_canonical());
    let prefix = prefix(claim.phone_number, policy.prefix_digits);
    // In the order in which they are locked.
    let budgets = [
        address.map(|address| ("send_address", network(address), policy.sends_by_address)),
        Some(("send_overall", "all".to_owned(), policy.sends_overall)),
        Some(("send_prefix", prefix, policy.sends_to_prefix)),
    ];
    let budgets: Vec<_> = budgets.into_iter().flatten().collect();
    let parameters = SendParams {
        phone_number: claim.phone_number,
        purpose: claim.purpose,
        code_mac,
        key_id,
        ip_address: address,
        lifetime_seconds: seconds(policy.lifetime),
        cool_down_seconds: seconds(policy.cool_down),
        most_an_hour: policy.sends_an_hour.into(),
        most_a_day: policy.sends_a_day.into(),
        most_failures: policy.failures_before_closing.into(),
        closed_seconds: seconds(policy.locks[2]),
        budgets: budgets.iter().map(|(name, ..)| *name).collect::<Vec<_>>(),
        keys: budgets.iter().map(|(_, key, _)| key.as_str()).collect::<Vec<_>>(),
        limits: budgets.iter().map(|(.., budget)| budget.limit.into()).collect::<Vec<i32>>(),
        windows: budgets.iter().map(|(.., budget)| seconds(budget.window)).collect::<Vec<_>>(),
    };
    let client = pool::get(pool).await?;
    let decision = otp::send().params(&client, &parameters).one().await?;
    Ok(match decision.code_ends_at {
        Some(expires_at) => SendOutcome::Sent { code, expires_at },
        None => SendOutcome::RetryAfter(wait(decision.retry_after_seconds)),
    })
}

/// Tries a code. Of any number of parallel right tries exactly one is `Verified`, and a code is tried at most
/// [`OtpPolicy::tries_a_code`] times.
pub async fn verify(pool: &Pool, rules: &OtpRules, claim: &Claim<'_>, code: &OtpCode) -> Result<VerifyOutcome, Error> {
    let OtpRules { keys, policy } = rules;
    let ticket = Ticket::generate();
    let (key_ids, code_macs) = keys.macs(claim.purpose, claim.phone_number, code);
    let address = claim.ip_address.map(|address| address.to_canonical());
    let parameters = VerifyParams {
        phone_number: claim.phone_number,
        purpose: claim.purpose,
        code_macs,
        key_ids,
        ip_address: address,
        most_tries: policy.tries_a_code.into(),
        lock_every: policy.failures_before_lock.max(1).into(),
        lock_seconds: policy.locks.iter().copied().map(seconds).collect::<Vec<_>>(),
        most_failures: policy.failures_before_closing.into(),
        budget: "verify_address",
        budget_key: address.map(network),
        budget_limit: policy.failures_by_address.limit.into(),
        budget_window: seconds(policy.failures_by_address.window),
        ticket_hash: ticket.hash(),
        ticket_seconds: seconds(policy.ticket_lifetime),
    };
    let client = pool::get(pool).await?;
    let trial = otp::verify().params(&client, &parameters).one().await?;
    Ok(match (trial.verified, trial.retry_after_seconds) {
        (true, _) => VerifyOutcome::Verified(ticket),
        (false, None) => VerifyOutcome::Invalid,
        (false, seconds) => VerifyOutcome::RetryAfter(wait(seconds)),
    })
}

/// Forgets the failures of a number and opens it again, for every purpose: for an operator who is convinced that its
/// owner is the one who asks. Says whether there was anything to forget.
pub async fn unlock(client: &impl GenericClient, phone_number: &PhoneNumber) -> Result<bool, client::Error> {
    otp::unlock().bind(client, phone_number).one().await
}

/// Whoever has one address of an IPv6 network of 64 bits has them all.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

fn prefix(number: &PhoneNumber, digits: usize) -> String {
    number.as_str().chars().take(digits.saturating_add(1)).collect()
}

fn wait(seconds: Option<f64>) -> Duration {
    Duration::try_from_secs_f64(seconds.unwrap_or_default()).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_holder_have_one_key() {
        let key = |text: &str| network(text.parse::<IpAddr>().expect("an address").to_canonical());
        assert_eq!(key("203.0.113.7"), "203.0.113.7");
        assert_eq!(key("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2::"), "2001:db8:1:2::/64");
        assert_ne!(key("2001:db8:1:3::1"), key("2001:db8:1:2::1"));
    }

    #[test]
    fn a_prefix_is_a_plus_and_so_many_digits() {
        let number: PhoneNumber = "+4915112345678".parse().expect("well formed");
        assert_eq!(prefix(&number, 6), "+491511");
        assert_eq!(prefix(&number, 99), "+4915112345678");
    }
}
