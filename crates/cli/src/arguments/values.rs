//! Values of flags: what is accepted, and what is said of the rest.

use std::{fmt, str::FromStr, time::Duration};

use barqnet_db::pool::SslMode;

/// A password that `Debug` does not show.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) String);

impl FromStr for Password {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

pub(super) fn degrees(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| "write degrees as a decimal number, such as 48.2 or -33.8")
}

/// The truth values of Go's package `flag`.
pub(super) fn go_bool(text: &str) -> Result<bool, &'static str> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("write true or false"),
    }
}

pub(super) fn ssl_mode(text: &str) -> Result<SslMode, &'static str> {
    text.parse().map_err(|_| "it must be disable, allow, prefer, require, verify-ca or verify-full")
}

/// A duration of at least 1 ms: `500ms`, `2s`, `10min`, `1h`; a number alone is in seconds.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    const PROBLEM: &str =
        "write a number above 0 with ms, s, min or h, such as 500ms or 10min; a number alone is in seconds";
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let milliseconds_per_unit: u64 = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" | "min" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        _ => return Err(PROBLEM),
    };
    let number: u64 = number.parse().map_err(|_| PROBLEM)?;
    let milliseconds = number.checked_mul(milliseconds_per_unit).filter(|it| (1..=MAX_DURATION).contains(it));
    milliseconds.map(Duration::from_millis).ok_or("it must be from 1ms to 24h")
}

/// 24 hours, in milliseconds. PostgreSQL's `lock_timeout` has 32 bits.
const MAX_DURATION: u64 = 24 * 60 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_in_seconds() {
        let duration = |text: &str| duration(text).ok();
        for (text, milliseconds) in
            [("2", 2000), ("500ms", 500), ("2s", 2000), ("10min", 600_000), ("10m", 600_000), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "0", "0ms", "-1", "1.5s", "1d", "25h", "99999999999999999999"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
