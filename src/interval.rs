//! Durations as query parameters, in seconds.

use std::time::Duration;

/// Some three thousand years: subtracted from now, it stays within the range of PostgreSQL's timestamps.
const MAX_SECONDS: f64 = 1e11;

/// The duration that an answer says to wait.
pub(crate) fn wait(seconds: Option<f64>) -> Duration {
    Duration::try_from_secs_f64(seconds.unwrap_or_default()).unwrap_or(Duration::MAX)
}

/// The seconds of a duration, clamped so that [`Duration::MAX`] means "no limit" instead of an error of PostgreSQL.
pub(crate) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64().min(MAX_SECONDS)
}
