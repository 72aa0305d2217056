//! Durations as query parameters, in seconds.

use std::time::Duration;

/// Some three thousand years: subtracted from now, it stays within the range of PostgreSQL's timestamps.
const MAX_SECONDS: f64 = 1e11;

/// The seconds of a duration, clamped so that [`Duration::MAX`] means "no limit" instead of an error of PostgreSQL.
pub(crate) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64().min(MAX_SECONDS)
}
