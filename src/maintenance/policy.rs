//! Retention and batch size.

use std::time::Duration;

/// Retention and batch size of scheduled maintenance. [`Duration::MAX`] means "keep forever".
#[derive(Clone, Copy, Debug)]
pub struct MaintenancePolicy {
    /// Rows per batch. Default: 500.
    pub batch: u32,
    /// No new batch starts after this time; what is left is done by the next run. Default: no limit.
    pub time_limit: Option<Duration>,
    /// How long a session is kept after its end. Default: 30 days.
    pub keep_sessions: Duration,
    /// How long a session must be unused until its address and user agent are removed. Default: 30 days.
    pub forget_addresses_after: Duration,
    /// How long a device must be unused, by its sessions and connections as well, until it is deleted. Default: 365 days.
    pub keep_devices: Duration,
    /// How long the report on one-time passwords keeps an entry after its end. No limit depends on it. Default: 1 hour.
    pub keep_otp_attempts: Duration,
    /// How long a phone number must be inactive until its rate-limit state is deleted; less than a day counts as a day.
    /// A number whose last attempt failed is never deleted. Default: 2 days.
    pub keep_otp_limits: Duration,
    /// How long wrong passwords of a name that has no account are counted, after the last one. Those of accounts are counted until a
    /// right one, a new one, or [`unlock`](crate::queries::password::unlock). Somebody who locks a name and comes back later than this
    /// can learn whether it has an account. Default: 30 days.
    pub keep_password_failures: Duration,
    /// How long a connection must be without a heartbeat until it is closed; at least
    /// [`MIN_IDLE`](crate::connections::MIN_IDLE), and less counts as that. Default: 300 s.
    pub close_stale_after: Duration,
    /// How long after the start of a session its statistics row moves to the archive. Default: 90 days.
    pub archive_statistics_after: Duration,
    /// How long an archived statistics row is kept after the start of its session. What is deleted is no longer in the pages of
    /// `usage::history_by_user`, and `usage::discrepancies` names it. Default: forever.
    pub keep_archive: Duration,
    /// How long usage is known by the hour, for whole days; later by the day. Default: 35 days.
    pub keep_usage_hours: Duration,
    /// How long usage of a user is known by the day, at least until the end of the month (UTC); totals are kept forever. Default:
    /// 1,096 days, three years.
    pub keep_usage_days: Duration,
    /// How long usage of a server is known by the hour; totals are kept forever. Default: 1,096 days, three years.
    pub keep_server_usage: Duration,
    /// How long a moment that [`usage::mark`](crate::usage::mark) has marked is kept; the start of a plan that a user has, as long as they
    /// have it. Default: 1,096 days, three years.
    pub keep_usage_marks: Duration,
    /// How long after the end of a connection its client's addresses are removed from it. Default: 30 days.
    pub forget_client_addresses_after: Duration,
    /// How long a connection is kept after its end; its statistics row stays. Default: 90 days.
    pub keep_connections: Duration,
    /// How long audit entries are kept. Default: 90 days.
    pub keep_audit: Duration,
    /// How long health reports of servers are kept. Default: 30 days.
    pub keep_health: Duration,
    /// How long a node has to confirm that it has removed an account
    /// ([`list_removed`](crate::queries::users::list_removed)). Until then the tombstone keeps the account's name, also of a
    /// person who was erased. Default: 30 days.
    pub keep_account_tombstones: Duration,
}

impl Default for MaintenancePolicy {
    fn default() -> Self {
        Self {
            batch: 500,
            time_limit: None,
            keep_sessions: days(30),
            forget_addresses_after: days(30),
            keep_devices: days(365),
            keep_otp_attempts: Duration::from_hours(1),
            keep_otp_limits: days(2),
            keep_password_failures: days(30),
            close_stale_after: Duration::from_mins(5),
            archive_statistics_after: days(90),
            keep_archive: Duration::MAX,
            keep_usage_hours: days(35),
            keep_usage_days: days(1_096),
            keep_server_usage: days(1_096),
            keep_usage_marks: days(1_096),
            forget_client_addresses_after: days(30),
            keep_connections: days(90),
            keep_audit: days(90),
            keep_health: days(30),
            keep_account_tombstones: days(30),
        }
    }
}

/// Days of 24 hours.
const fn days(number: u64) -> Duration {
    Duration::from_secs(number * DAY_SECONDS)
}

/// The seconds of a day.
pub(super) const DAY_SECONDS: u64 = 86_400;
