//! Limits and durations of one-time passwords.

use std::time::Duration;

/// At most `limit` times within any period of the length `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How often, at most.
    pub limit: u32,
    /// The length of the sliding window.
    pub window: Duration,
}

impl Budget {
    /// At most `limit` times within any hour.
    #[must_use]
    pub const fn per_hour(limit: u32) -> Self {
        Self { limit, window: Duration::from_hours(1) }
    }

    /// At most `limit` times within any minute.
    #[must_use]
    pub const fn per_minute(limit: u32) -> Self {
        Self { limit, window: Duration::from_mins(1) }
    }
}

/// Limits and durations of one-time passwords.
///
/// With the defaults an attacker has about 40 tries per day at a number for each [`Purpose`](super::Purpose), at most 50 for
/// all of them, and 100 in a row for each: a chance of 1 in 10,000 until an operator unlocks the number. Every try needs a
/// code that was sent, so the budgets for sending also bound the guessing over all numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtpPolicy {
    /// How long a code is valid. Default: 5 minutes. More than 10 minutes count as 10, the maximum of NIST SP 800-63B-4,
    /// 3.1.3.2.
    pub lifetime: Duration,
    /// The shortest time between two codes for one number. Default: 60 s.
    pub cool_down: Duration,
    /// Codes per number within any hour, for all purposes together. Default: 5.
    pub max_sends_per_hour: u32,
    /// Codes per number within any 24 hours, for all purposes together. Default: 10.
    pub max_sends_per_day: u32,
    /// Codes requested from one address (IPv4 /32, IPv6 /64). Default: 10 per hour.
    pub sends_per_address: Budget,
    /// Codes sent to numbers with one prefix. Default: 30 per minute. It limits SMS pumping: premium numbers are allocated in
    /// blocks.
    pub sends_per_prefix: Budget,
    /// The number of digits in a prefix: the country code and the first digits of the network. Default: 6.
    pub prefix_digits: u32,
    /// Codes sent in total. Default: 300 per minute.
    pub sends_overall: Budget,
    /// How often one code can be tried. Default: 5.
    pub max_tries_per_code: u32,
    /// Wrong codes from one address (IPv4 /32, IPv6 /64), for any number. Default: 30 per hour.
    pub failures_per_address: Budget,
    /// Wrong codes in a row after which a number is locked, and locked again after as many more. Default: 10; 0 counts as 1. A
    /// new code does not reset the count.
    pub failures_before_lock: u32,
    /// How long the first lock lasts, the second, and every later one. Default: 15 minutes, 1 hour, 24 hours.
    pub lock_durations: [Duration; 3],
    /// Wrong codes in a row after which a number is refused until an operator [unlocks](super::unlock) it. Default: 100, the
    /// maximum of NIST SP 800-63B-4, 3.2.2.
    pub max_failures: u32,
    /// How long a ticket is valid. Default: 10 minutes.
    pub ticket_lifetime: Duration,
}

impl Default for OtpPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_mins(5),
            cool_down: Duration::from_mins(1),
            max_sends_per_hour: 5,
            max_sends_per_day: 10,
            sends_per_address: Budget::per_hour(10),
            sends_per_prefix: Budget::per_minute(30),
            prefix_digits: 6,
            sends_overall: Budget::per_minute(300),
            max_tries_per_code: 5,
            failures_per_address: Budget::per_hour(30),
            failures_before_lock: 10,
            lock_durations: [Duration::from_mins(15), Duration::from_hours(1), Duration::from_hours(24)],
            max_failures: 100,
            ticket_lifetime: Duration::from_mins(10),
        }
    }
}
