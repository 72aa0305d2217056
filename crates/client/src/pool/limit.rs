//! A time limit that the server enforces, sent when a connection starts.

use std::time::Duration;

/// A limit that the server enforces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) duration: Option<Duration>,
    /// Set by the user, not our default: it then takes precedence over `options`.
    pub(super) chosen: bool,
}

impl Limit {
    pub(super) fn default_of(duration: Option<Duration>) -> Self {
        Self { duration, chosen: false }
    }

    pub(super) fn chosen(duration: Option<Duration>) -> Self {
        Self { duration, chosen: true }
    }

    /// The start-up flag, in milliseconds; a limit explicitly lifted is 0, overriding what the role may have.
    pub(super) fn flag(self, name: &str) -> Option<String> {
        let millis = match self.duration {
            // Less than a millisecond must not become 0, "no limit", nor a month too much for the server's integer.
            Some(limit) => limit.as_millis().clamp(1, i32::MAX as u128),
            None if self.chosen => 0,
            None => return None,
        };
        Some(format!("-c {name}={millis}"))
    }
}
