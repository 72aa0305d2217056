//! Limits and durations of one-time passwords.

use std::time::Duration;

use super::{calling_code::Countries, code::OtpCode, limits::Limits, network::Nat64Prefix};
use crate::phone_number::PhoneNumber;

/// Limits and durations of one-time passwords. The [module](super) states what an attacker can do within the defaults.
#[derive(Clone, Debug)]
pub struct OtpPolicy {
    /// How long a code is valid. Default: 5 minutes. More than 10 minutes count as 10, the maximum of NIST SP 800-63B-4,
    /// 3.1.3.2.
    pub lifetime: Duration,
    /// The shortest time between two codes for one number. Default: 60 s. A [known
    /// device](super::VerificationRequest::known_device) has this limit and the next two for itself.
    pub cool_down: Duration,
    /// Codes per number within any hour, for all purposes together. Default: 5.
    pub max_sends_per_hour: u32,
    /// Codes per number within any 24 hours, for all purposes together. Default: 10.
    pub max_sends_per_day: u32,
    /// Codes requested from one address (IPv4 /32, IPv6 /64) that were not verified. Default: 30 per minute, 60 per hour, 300 per
    /// day.
    pub sends_per_address: Limits,
    /// Codes requested from one network (IPv6 /48) that were not verified. Default: 20 per minute, 20 per hour, 100 per day.
    pub sends_per_network: Limits,
    /// Codes to numbers with one prefix that were not verified. Default: 100 per minute, 200 per hour, 1,000 per day. It limits SMS
    /// pumping: premium numbers are allocated in blocks. Known devices are not counted.
    pub sends_per_prefix: Limits,
    /// The number of digits in a prefix: the country code and the first digits of the network. Default: 6.
    pub prefix_digits: u32,
    /// When a prefix is stopped because its codes are never entered. Default: from 50 codes within 24 hours of which less than 10 %
    /// were verified.
    pub unverified_prefix: UnverifiedPrefix,
    /// Codes to numbers with one [calling code](super::CallingCode) that were not verified. Default: 200 per minute, 2,000 per hour,
    /// 10,000 per day.
    pub sends_per_country: Limits,
    /// Codes sent in total, whether they were verified or not: it bounds the bill. Default: 300 per minute.
    pub sends_overall: Limits,
    /// The part of `sends_per_country` and `sends_overall` that only known devices can use, in percent. Default: 20.
    pub reserved_percent: u32,
    /// How often one code can be tried, and again by known devices. Default: 5.
    pub max_tries_per_code: u32,
    /// Wrong codes from one address (IPv4 /32, IPv6 /64), for any number. Default: 30 per hour, 100 per day.
    pub failures_per_address: Limits,
    /// Wrong codes from one network (IPv6 /48), for any number. Default: 60 per hour, 200 per day.
    pub failures_per_network: Limits,
    /// Failures in a row after which a number is locked, and locked again after as many more. Default: 10; 0 counts as 1. A
    /// try is one failure per code that it was compared with. A new code does not reset the count. Known devices are counted and
    /// locked apart from all others.
    pub failures_before_lock: u32,
    /// How long the first lock lasts, the second, and every later one. Default: 15 minutes, 1 hour, 24 hours.
    pub lock_durations: [Duration; 3],
    /// Failures in a row after which a number is refused until an operator [unlocks](super::unlock) it. Default: 100, the
    /// maximum of NIST SP 800-63B-4, 3.2.2.
    pub max_failures: u32,
    /// Failures in a row of clients that are no known device, after which a number is refused to them. Default: 80, so that 20 are
    /// left for known devices.
    pub max_unknown_failures: u32,
    /// How long a ticket is valid. Default: 10 minutes.
    pub ticket_lifetime: Duration,
    /// The countries whose numbers get codes. Default: all.
    pub countries: Countries,
    /// Prefixes of NAT64 gateways, whose addresses count as the address of IPv4 that they embed. Default: `64:ff9b::/96`.
    pub nat64_prefixes: Vec<Nat64Prefix>,
    /// Numbers with a fixed code, for the review of an app store. Default: none. Nothing is delivered to them; all limits apply.
    /// Anybody who knows a code can sign in to the account of its number: give it no other rights, and remove it after the review.
    pub review_numbers: Vec<ReviewNumber>,
}

/// When a prefix of numbers is stopped because its codes are never entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnverifiedPrefix {
    /// The number of codes within 24 hours from which on the share counts. Those of the last 5 to 10 minutes count only if they were
    /// verified.
    pub min_codes: u32,
    /// The percentage of these that must have been verified; 0 stops no prefix.
    pub min_percent: u32,
}

/// A number whose code is fixed.
#[derive(Clone, Debug)]
pub struct ReviewNumber {
    /// The number.
    pub phone_number: PhoneNumber,
    /// Its code.
    pub code: OtpCode,
}

/// A policy that would not keep its promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A shared limit is less than twice a network's, so that two networks could use up what everybody shares.
    #[error(
        "{shared} allows {allowed} within {} s to clients that are no known device: it must be at least twice {network}, \
         or one network can use up what everybody shares", within.as_secs()
    )]
    UsedUpByOneNetwork {
        /// The shared limit.
        shared: &'static str,
        /// The limit of a network.
        network: &'static str,
        /// The period.
        within: Duration,
        /// What the shared limit allows within it.
        allowed: u64,
    },
    /// More failures in a row are allowed than NIST SP 800-63B-4, 3.2.2 does.
    #[error("max_failures is {0}: at most 100 failures in a row are allowed (NIST SP 800-63B-4, 3.2.2)")]
    TooManyFailures(u32),
    /// No failures are left for known devices.
    #[error(
        "max_unknown_failures is not less than max_failures: strangers could close a number to the devices of its owner"
    )]
    NoFailuresForKnownDevices,
    /// A percentage is above 100.
    #[error("{0} is above 100 percent")]
    Percentage(&'static str),
}

impl OtpPolicy {
    /// Checks what the limits promise together. Call it when a service starts: [`send`](super::send) and
    /// [`verify`](super::verify) do not.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.max_failures > 100 {
            return Err(PolicyError::TooManyFailures(self.max_failures));
        }
        if self.max_unknown_failures >= self.max_failures {
            return Err(PolicyError::NoFailuresForKnownDevices);
        }
        for (name, percent) in [
            ("reserved_percent", self.reserved_percent),
            ("unverified_prefix.min_percent", self.unverified_prefix.min_percent),
        ] {
            if percent > 100 {
                return Err(PolicyError::Percentage(name));
            }
        }
        let unreserved = u64::from(100 - self.reserved_percent);
        let networks = [
            ("sends_per_address", self.sends_per_address.most()),
            ("sends_per_network", self.sends_per_network.most()),
        ];
        for (shared, limits, percent) in [
            ("sends_per_prefix", self.sends_per_prefix, 100),
            ("sends_per_country", self.sends_per_country, unreserved),
            ("sends_overall", self.sends_overall, unreserved),
        ] {
            // A period in which the shared budget has no limit can't be used up.
            let own = [limits.per_minute, limits.per_hour, limits.per_day];
            for (period, limit) in own.into_iter().enumerate() {
                let Some(limit) = limit else { continue };
                let allowed = u64::from(limit) * percent / 100;
                for (network, most) in networks {
                    let (within, most) = most[period];
                    if most.is_none_or(|most| allowed < 2 * most) {
                        return Err(PolicyError::UsedUpByOneNetwork { shared, network, within, allowed });
                    }
                }
            }
        }
        Ok(())
    }

    /// The fixed code of a number, if it has one.
    pub(super) fn fixed_code(&self, number: &PhoneNumber) -> Option<&OtpCode> {
        self.review_numbers.iter().find(|review| review.phone_number == *number).map(|review| &review.code)
    }
}

impl Default for OtpPolicy {
    fn default() -> Self {
        let limits = |minute, hour, day| Limits { per_minute: minute, per_hour: Some(hour), per_day: Some(day) };
        Self {
            lifetime: Duration::from_mins(5),
            cool_down: Duration::from_mins(1),
            max_sends_per_hour: 5,
            max_sends_per_day: 10,
            sends_per_address: limits(Some(30), 60, 300),
            sends_per_network: limits(Some(20), 20, 100),
            sends_per_prefix: limits(Some(100), 200, 1000),
            prefix_digits: 6,
            unverified_prefix: UnverifiedPrefix { min_codes: 50, min_percent: 10 },
            sends_per_country: limits(Some(200), 2000, 10_000),
            sends_overall: Limits::per_minute(300),
            reserved_percent: 20,
            max_tries_per_code: 5,
            failures_per_address: limits(None, 30, 100),
            failures_per_network: limits(None, 60, 200),
            failures_before_lock: 10,
            lock_durations: [Duration::from_mins(15), Duration::from_hours(1), Duration::from_hours(24)],
            max_failures: 100,
            max_unknown_failures: 80,
            ticket_lifetime: Duration::from_mins(10),
            countries: Countries::All,
            nat64_prefixes: vec![Nat64Prefix::WELL_KNOWN],
            review_numbers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_keep_their_promises() {
        assert_eq!(OtpPolicy::default().check(), Ok(()));
    }

    #[test]
    fn a_policy_that_one_network_can_use_up_is_refused() {
        let used_up = |policy: OtpPolicy| match policy.check() {
            Err(PolicyError::UsedUpByOneNetwork { shared, network, .. }) => (shared, network),
            other => panic!("{other:?}"),
        };
        let overall = OtpPolicy { sends_overall: Limits::per_minute(70), ..OtpPolicy::default() };
        assert_eq!(used_up(overall), ("sends_overall", "sends_per_address"), "80 % of 70 are less than 60");
        let prefix = OtpPolicy {
            sends_per_prefix: Limits { per_day: Some(599), ..OtpPolicy::default().sends_per_prefix },
            ..OtpPolicy::default()
        };
        assert_eq!(used_up(prefix), ("sends_per_prefix", "sends_per_address"));
        let unlimited = OtpPolicy { sends_per_network: Limits::NONE, ..OtpPolicy::default() };
        assert_eq!(used_up(unlimited), ("sends_per_prefix", "sends_per_network"));
        let slow = OtpPolicy { sends_per_address: Limits::per_minute(30), ..OtpPolicy::default() };
        assert_eq!(used_up(slow), ("sends_per_prefix", "sends_per_address"), "30 per minute are 1,800 per hour");
    }

    #[test]
    fn a_policy_beyond_nist_or_without_failures_for_known_devices_is_refused() {
        let policy = OtpPolicy { max_failures: 101, ..OtpPolicy::default() };
        assert_eq!(policy.check(), Err(PolicyError::TooManyFailures(101)));
        let policy = OtpPolicy { max_unknown_failures: 100, ..OtpPolicy::default() };
        assert_eq!(policy.check(), Err(PolicyError::NoFailuresForKnownDevices));
        let policy = OtpPolicy { reserved_percent: 101, ..OtpPolicy::default() };
        assert_eq!(policy.check(), Err(PolicyError::Percentage("reserved_percent")));
    }
}
