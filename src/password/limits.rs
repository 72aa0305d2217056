//! Limits of tries at passwords.

use std::{net::IpAddr, time::Duration};

use crate::otp::{Limits, Nat64Prefix, Network};

/// Limits of tries at passwords, for [`sign_in_with_password`](crate::users::sign_in_with_password), whose documentation gives the
/// odds of guessing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordLimits {
    /// Wrong passwords in a row after which an account is locked, and locked again after as many more. Default: 10; 0 counts as 1.
    pub failures_before_lock: u32,
    /// How long the first lock lasts, the second, and every later one. Default: 15 minutes, 1 hour, 24 hours.
    pub lock_durations: [Duration; 3],
    /// Wrong passwords in a row after which every try from an unknown device is refused. Default: 80. With
    /// [`max_known_failures`](Self::max_known_failures) it makes 100, the maximum of NIST SP 800-63B-4, 3.2.2.
    pub max_failures: u32,
    /// Wrong passwords in a row after which every try from a known device is refused. Default: 20. Known devices have failures and
    /// locks of their own.
    pub max_known_failures: u32,
    /// Wrong passwords from one address (IPv4 /32, IPv6 /64), for any account. Default: 30 per hour, 100 per day. Known devices use
    /// none of it.
    pub failures_per_address: Limits,
    /// Wrong passwords from one network (IPv6 /48), for any account. Default: 60 per hour, 200 per day. Known devices use none of it.
    pub failures_per_network: Limits,
    /// How many sign-ins wait for a processor, in this process and per processor of the machine. Default: 16. At the default cost of a
    /// hash, the last of them waits about 4 s; one more is refused.
    pub max_waiting: u32,
}

impl Default for PasswordLimits {
    fn default() -> Self {
        Self {
            failures_before_lock: 10,
            lock_durations: [Duration::from_mins(15), Duration::from_hours(1), Duration::from_hours(24)],
            max_failures: 80,
            max_known_failures: 20,
            failures_per_address: Limits { per_day: Some(100), ..Limits::per_hour(30) },
            failures_per_network: Limits { per_day: Some(200), ..Limits::per_hour(60) },
            max_waiting: 16,
        }
    }
}

impl PasswordLimits {
    /// What a wrong password from this address uses, as budget, key and limit, in the order in which budgets are locked.
    pub(crate) fn budgets(&self, address: Option<IpAddr>) -> Vec<(&'static str, String, Limits)> {
        let Some(address) = address else { return Vec::new() };
        let Network { address, network } = Network::of(address, &[Nat64Prefix::WELL_KNOWN]);
        let network = network.map(|key| ("password_network", key, self.failures_per_network));
        [("password_address", address, self.failures_per_address)].into_iter().chain(network).collect()
    }
}
