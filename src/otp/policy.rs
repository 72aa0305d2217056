//! The numbers behind the rules.

use std::time::Duration;

/// How often something may happen within any stretch of time as long as `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How often.
    pub limit: u16,
    /// Within how long.
    pub window: Duration,
}

impl Budget {
    /// So often within any hour.
    #[must_use]
    pub const fn an_hour(limit: u16) -> Self {
        Self { limit, window: Duration::from_hours(1) }
    }

    /// So often within any minute.
    #[must_use]
    pub const fn a_minute(limit: u16) -> Self {
        Self { limit, window: Duration::from_mins(1) }
    }
}

/// The rules on one-time passwords, each with its default.
///
/// With these an attacker has some 40 tries a day at a number for each [`Purpose`](super::Purpose), no more than 50 for all
/// of them, and 100 in a row for each: a chance of 1 in 10,000 until an operator opens the number again. Every try needs a
/// code that was sent, so the budgets on sending bound the guessing over all numbers, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtpPolicy {
    /// How long a code is good for; 5 minutes. More than 10 count as 10, the most that NIST SP 800-63B-4, 3.1.3.2 allows.
    pub lifetime: Duration,
    /// How long a number waits for its next code; 60 s.
    pub cool_down: Duration,
    /// How many codes a number gets within an hour, for all purposes together; 5.
    pub sends_an_hour: u16,
    /// How many codes a number gets within a day, for all purposes together; 10.
    pub sends_a_day: u16,
    /// How many codes are sent at the request of one address (IPv4 /32, IPv6 /64); 10 an hour.
    pub sends_by_address: Budget,
    /// How many codes are sent to numbers with one prefix; 30 a minute. Premium numbers come in blocks, and sending to them
    /// is what SMS pumping earns by.
    pub sends_to_prefix: Budget,
    /// How many digits make a prefix: the country code and the first of the network; 6.
    pub prefix_digits: usize,
    /// How many codes are sent in all; 300 a minute.
    pub sends_overall: Budget,
    /// How often one code can be tried; 5.
    pub tries_a_code: u16,
    /// How many wrong codes come from one address (IPv4 /32, IPv6 /64), whatever the number; 30 an hour.
    pub failures_by_address: Budget,
    /// After how many wrong codes in a row a number is locked, and again after as many; 10. A new code doesn't reset them.
    pub failures_before_lock: u16,
    /// How long the first lock lasts, the second, and every one after that; 15 minutes, 1 hour, 24 hours.
    pub locks: [Duration; 3],
    /// After how many wrong codes in a row a number is closed until an operator [unlocks](super::unlock) it; 100, as NIST
    /// SP 800-63B-4, 3.2.2 demands.
    pub failures_before_closing: u16,
    /// How long a ticket is good for; 10 minutes.
    pub ticket_lifetime: Duration,
}

impl Default for OtpPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_mins(5),
            cool_down: Duration::from_mins(1),
            sends_an_hour: 5,
            sends_a_day: 10,
            sends_by_address: Budget::an_hour(10),
            sends_to_prefix: Budget::a_minute(30),
            prefix_digits: 6,
            sends_overall: Budget::a_minute(300),
            tries_a_code: 5,
            failures_by_address: Budget::an_hour(30),
            failures_before_lock: 10,
            locks: [Duration::from_mins(15), Duration::from_hours(1), Duration::from_hours(24)],
            failures_before_closing: 100,
            ticket_lifetime: Duration::from_mins(10),
        }
    }
}
