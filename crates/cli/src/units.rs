//! Numbers, times and counts as text.

use std::time::Duration;

use barqnet_db::{migrate::MigrationStatus, pool::Settings};
use chrono::{DateTime, Utc};

/// `1.5 GB`, in powers of 1,000.
pub(crate) fn bytes(count: i64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    // Integers of tenths: no count of bytes is rounded up into the next unit's "1000.0".
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// `8531.2 km`.
pub(crate) fn kilometres(distance_km: f64) -> String {
    format!("{distance_km:.1} km")
}

/// `132 ms`, or `1.4 s` from one second on.
pub(crate) fn elapsed(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// `2026-11-23T18:00:00Z`.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A migration's name; where there is more than one source, with the source before it: `app/add_tickets`.
pub(crate) fn name(migration: &MigrationStatus) -> String {
    let source = migration.source.as_ref().map(|source| format!("{source}/")).unwrap_or_default();
    source + &migration.name
}

/// The state of a migration, in one word.
pub(crate) fn state(migration: &MigrationStatus) -> &'static str {
    match migration {
        MigrationStatus { known: false, .. } => "unknown",
        MigrationStatus { applied_at: Some(_), .. } => "applied",
        MigrationStatus { applied_at: None, .. } => "pending",
    }
}

/// `1 migration`, `6 migrations`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `database "vpn" at localhost:5432`.
pub(crate) fn place(settings: &Settings) -> String {
    let servers: Vec<String> = settings.get_servers().map(|(host, port)| format!("{host}:{port}")).collect();
    format!("database \"{}\" at {}", settings.get_dbname().unwrap_or_default(), servers.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_largest_unit_that_leaves_a_whole_number() {
        for (count, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (1_550_000_000, "1.5 GB"),
            (i64::MAX, "9223372.0 TB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn durations_change_from_milliseconds_to_seconds_at_one_second() {
        assert_eq!(elapsed(Duration::from_millis(999)), "999 ms");
        assert_eq!(elapsed(Duration::from_millis(1440)), "1.4 s");
    }
}
