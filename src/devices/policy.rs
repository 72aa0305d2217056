//! Limits of devices.

use std::num::NonZero;

use crate::limit::AtLimit;

/// Limits of [`register`](super::register).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevicePolicy {
    /// Registered devices per user; `None` for no limit. Default: 10. A limit of the user's own
    /// ([`set_limits`](crate::queries::users::set_limits)) counts instead. A lower one of the user's plan
    /// ([`Limits::max_devices`](crate::plans::Limits::max_devices)) counts in any case.
    pub max_devices: Option<NonZero<u32>>,
    /// What happens at that limit. Default: the device that was not used for longest is signed out; those with a live
    /// connection come last.
    pub at_limit: AtLimit,
}

impl Default for DevicePolicy {
    fn default() -> Self {
        Self { max_devices: NonZero::new(10), at_limit: AtLimit::EndOldest }
    }
}
