//! How long is for ever: beyond PostgreSQL's calendar a duration is an error there, and here it is as good as no limit.

use std::time::Duration;

/// Some three thousand years, which fit into the calendar on either side of today.
pub(crate) const MOST_SECONDS: f64 = 1e11;

/// About as much, in days.
pub(crate) const MOST_DAYS: i32 = 1_000_000;

pub(crate) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64().min(MOST_SECONDS)
}
