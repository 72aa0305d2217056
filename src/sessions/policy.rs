//! Limits and durations of sessions.

use std::{num::NonZeroU32, time::Duration};

pub use crate::limit::AtLimit;

/// Limits and durations of sessions. [`Duration::MAX`] means no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// The maximum lifetime of a session, regardless of use. Default: 30 days, the maximum of NIST SP 800-63B-4, 2.1.3 for
    /// its lowest assurance level.
    pub lifetime: Duration,
    /// The time without use after which a session ends. Default: 7 days. Measured from `last_activity`, which can be up to
    /// [`touch_after`](Self::touch_after) old.
    pub idle: Duration,
    /// The maximum number of live sessions per user; `None` means no limit. Default: 5.
    pub max_sessions: Option<NonZeroU32>,
    /// What happens at that limit. Default: the least recently used session ends.
    pub at_limit: AtLimit,
    /// The age at which the record of a session's last use is updated. Default: 60 s.
    pub touch_after: Duration,
    /// How long a token that was just replaced, and whose successor is in use, counts as another process of the same client instead
    /// of a theft. Default: 10 s. A lost answer needs no such time: see [`rotate`](super::rotate).
    pub rotation_grace: Duration,
    /// How long an account must be unused until a verified phone number alone no longer opens it, because the operator may have given
    /// the number to another person by then: [`SignInOutcome::Dormant`](crate::users::SignInOutcome::Dormant). `None` means never.
    /// Default: 365 days; operators give numbers out again after 45 days or more. An account that was never used is not dormant.
    pub dormant_after: Option<Duration>,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_hours(30 * 24),
            idle: Duration::from_hours(7 * 24),
            max_sessions: NonZeroU32::new(5),
            at_limit: AtLimit::EndOldest,
            touch_after: Duration::from_mins(1),
            rotation_grace: Duration::from_secs(10),
            dormant_after: Some(Duration::from_hours(365 * 24)),
        }
    }
}
