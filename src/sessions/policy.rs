//! The numbers behind the rules.

use std::{num::NonZeroU16, time::Duration};

/// What happens when a user who has as many sessions as allowed signs in once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLimit {
    /// The session that was used least recently ends.
    EndOldest,
    /// There is no new one.
    Refuse,
}

/// The rules on sessions, each with its default. [`Duration::MAX`] stands for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// How long a session lasts at most, however much it is used; 30 days, the most that NIST SP 800-63B-4, 2.1.3 allows
    /// at its first level.
    pub lifetime: Duration,
    /// How long a session lasts without being used; 7 days. It goes by `last_activity`, which is up to
    /// [`touch_after`](Self::touch_after) behind.
    pub idle: Duration,
    /// How many sessions a user has; 5. `None` is no limit.
    pub most_sessions: Option<NonZeroU16>,
    /// What happens then; the oldest ends.
    pub at_limit: AtLimit,
    /// How old the record of a session's last use may become before it is written anew; 60 s.
    pub touch_after: Duration,
    /// How long a token that was just replaced counts as a second request of the same client instead of a theft; 10 s.
    pub rotation_grace: Duration,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_hours(30 * 24),
            idle: Duration::from_hours(7 * 24),
            most_sessions: NonZeroU16::new(5),
            at_limit: AtLimit::EndOldest,
            touch_after: Duration::from_mins(1),
            rotation_grace: Duration::from_secs(10),
        }
    }
}
