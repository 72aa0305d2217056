//! One-time passwords: sending one at a limited rate, and trying one at a limited number of times.
//!
//! Both take the pool, not the caller's transaction: a caller that rolls back must not give a try back.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;

use crate::{
    Error,
    client::{self, Params},
    phone_number::PhoneNumber,
    pool,
    queries::otp::{self, RecordAttemptParams, SendParams, VerifyParams},
    text_enum::text_parameter,
};

/// How many of what within how long.
#[derive(Clone, Copy, Debug)]
pub struct OtpPolicy {
    /// How long a code is good for; 5 minutes. NIST SP 800-63B-4 allows 10 at most.
    pub lifetime: Duration,
    /// How long a number waits for its next code; 60 s.
    pub cool_down: Duration,
    /// How many codes a number gets an hour; 5.
    pub sends_an_hour: i64,
    /// How often one code can be tried; 5.
    pub tries_a_code: i32,
    /// How many wrong tries a number has an hour, over all its codes; 10.
    pub failures_an_hour: i64,
}

impl Default for OtpPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_mins(5),
            cool_down: Duration::from_mins(1),
            sends_an_hour: 5,
            tries_a_code: 5,
            failures_an_hour: 10,
        }
    }
}

const HOUR: Duration = Duration::from_hours(1);

/// Six decimal digits.
///
/// `Debug` shows nothing of it and there is no `Display`: [`expose`](Self::expose) is the one way to its text.
#[derive(Clone)]
pub struct OtpCode([u8; 6]);

/// The text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a one-time password: it must be 6 digits, such as 048213")]
pub struct InvalidCode;

impl OtpCode {
    /// A new code, every one as likely as any other.
    ///
    /// # Panics
    /// If the operating system has no random numbers, which no program can make up for.
    #[must_use]
    pub fn generate() -> Self {
        Self(std::array::from_fn(|_| {
            loop {
                let mut byte = [0];
                getrandom::fill(&mut byte).expect("the operating system gives random numbers");
                // 250 is the largest multiple of 10 in a byte: above it some digits would come up more often.
                if byte[0] < 250 {
                    return b'0' + byte[0] % 10;
                }
            }
        }))
    }

    /// The code's text, for the message to its receiver and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Six ASCII digits by construction.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for OtpCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let digits = <[u8; 6]>::try_from(text.as_bytes()).map_err(|_| InvalidCode)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(InvalidCode) }
    }
}

impl fmt::Debug for OtpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtpCode(…)")
    }
}

text_parameter!(OtpCode, |code| code.expose());

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
    /// The number has had enough codes for now.
    RetryAfter(Duration),
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyOutcome {
    /// The code was right; it is spent.
    Verified,
    /// The code was wrong, spent, expired, or tried too often. Which of these is nobody's business.
    Invalid,
    /// The number gave too many wrong codes, whatever the codes were.
    RetryAfter(Duration),
}

/// Records a new code for a number, after which every earlier one is dead.
pub async fn send(
    pool: &Pool,
    phone_number: &PhoneNumber,
    ip_address: Option<IpAddr>,
    policy: &OtpPolicy,
) -> Result<SendOutcome, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = connection.transaction().await.map_err(client::Error::of_transaction)?;
    // Counting and recording are two statements: requests for one number take turns.
    otp::lock_phone_number().bind(&transaction, phone_number).one().await?;
    let hour = otp::recent_sends().bind(&transaction, phone_number, &HOUR.as_secs_f64()).one().await?;
    if hour.sent >= policy.sends_an_hour {
        return Ok(SendOutcome::RetryAfter(HOUR));
    }
    let cooling = otp::recent_sends().bind(&transaction, phone_number, &policy.cool_down.as_secs_f64()).one().await?;
    if cooling.sent > 0 {
        return Ok(SendOutcome::RetryAfter(policy.cool_down));
    }
    let code = OtpCode::generate();
    let parameters =
        SendParams { phone_number, otp_code: &code, ip_address, ttl_seconds: policy.lifetime.as_secs_f64() };
    let sent = otp::send().params(&transaction, &parameters).one().await?;
    transaction.commit().await.map_err(client::Error::of_transaction)?;
    Ok(SendOutcome::Sent { code, expires_at: sent.expires_at })
}

/// Tries a code. Of any number of parallel right tries exactly one is `Verified`, and a code is tried at most
/// [`OtpPolicy::tries_a_code`] times.
pub async fn verify(
    pool: &Pool,
    phone_number: &PhoneNumber,
    code: &OtpCode,
    ip_address: Option<IpAddr>,
    policy: &OtpPolicy,
) -> Result<VerifyOutcome, Error> {
    let mut connection = pool::get(pool).await?;
    // Counting the failures and adding one are two statements: tries at one number take turns.
    let transaction = connection.transaction().await.map_err(client::Error::of_transaction)?;
    otp::lock_phone_number().bind(&transaction, phone_number).one().await?;
    let failures = otp::failures_last_hour().bind(&transaction, phone_number).one().await?;
    if failures >= policy.failures_an_hour {
        return Ok(VerifyOutcome::RetryAfter(HOUR));
    }
    let parameters = VerifyParams { otp_code: code, phone_number, max_attempts: policy.tries_a_code };
    let tried = otp::verify().params(&transaction, &parameters).opt().await?;
    let verified = tried.is_some_and(|tried| tried.verified);
    let report = RecordAttemptParams { phone_number, ip_address, verified };
    otp::record_attempt().params(&transaction, &report).await?;
    // Right or wrong, the try counts from here on.
    transaction.commit().await.map_err(client::Error::of_transaction)?;
    Ok(if verified { VerifyOutcome::Verified } else { VerifyOutcome::Invalid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_ascii_digits() {
        assert_eq!("048213".parse::<OtpCode>().expect("six digits").expose(), "048213");
        for text in ["", "12345", "1234567", "12345a", "-12345", "١٢٣", "12345\0", "１２"] {
            assert_eq!(text.parse::<OtpCode>().err(), Some(InvalidCode), "{text:?}");
        }
    }

    #[test]
    fn generated_codes_use_every_digit_at_every_place() {
        let codes: Vec<OtpCode> = (0..2000).map(|_| OtpCode::generate()).collect();
        for place in 0..6 {
            for digit in b'0'..=b'9' {
                // The chance that a digit is missing by accident is 10⁻⁹⁰.
                assert!(codes.iter().any(|code| code.0[place] == digit), "no {digit} at {place}");
            }
        }
    }
}
