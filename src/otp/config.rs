//! The configuration of one-time passwords.

use super::{keys::OtpKeys, policy::OtpPolicy};

/// Keys and limits of one-time passwords.
#[derive(Clone, Debug)]
pub struct OtpConfig {
    /// The keys of the MACs under which codes are stored.
    pub keys: OtpKeys,
    /// Limits and durations.
    pub policy: OtpPolicy,
}

impl OtpConfig {
    /// These keys with the default policy.
    #[must_use]
    pub fn new(keys: OtpKeys) -> Self {
        Self { keys, policy: OtpPolicy::default() }
    }
}
