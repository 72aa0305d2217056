//! The configuration of one-time passwords.

use super::{keys::OtpKeys, policy::OtpPolicy};
use crate::number_keys::NumberKeys;

/// Keys and limits of one-time passwords.
#[derive(Clone, Debug)]
pub struct OtpConfig {
    /// The keys of the MACs under which codes are stored.
    pub keys: OtpKeys,
    /// Limits and durations.
    pub policy: OtpPolicy,
    /// The keys with which accounts are [erased](crate::users::erase), by which [`send`](super::send) finds the limits of an erased
    /// person's phone number again; it costs a look-up per send. Default: `None`, for services that erase nobody: after an erasure
    /// the number begins without limits.
    pub number_keys: Option<NumberKeys>,
}

impl OtpConfig {
    /// These keys with the default policy.
    #[must_use]
    pub fn new(keys: OtpKeys) -> Self {
        Self { keys, policy: OtpPolicy::default(), number_keys: None }
    }
}
