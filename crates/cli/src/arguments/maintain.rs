//! The flags of `maintain`.

use std::time::Duration;

use barqnet_db::{connections::MIN_IDLE, maintenance::MaintenancePolicy};
use clap::Args;

use super::JsonFlag;

#[derive(Args, Clone, Debug)]
pub(crate) struct MaintainFlags {
    /// Run only this task (repeatable).
    #[arg(long = "task", value_name = "NAME")]
    pub(crate) tasks: Vec<String>,
    /// Skip this task (repeatable).
    #[arg(long, value_name = "NAME")]
    pub(crate) skip: Vec<String>,
    /// List the tasks instead of running them, with their effect and when rows are due.
    #[arg(long)]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
    /// Start no new batch after this many seconds; the next run continues.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: Option<u64>,
    /// Rows per batch.
    #[arg(long, value_name = "N", default_value_t = MaintenancePolicy::default().batch,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: u32,
    #[command(flatten)]
    keep: KeepFlags,
}

/// How long data is kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Retention")]
struct KeepFlags {
    /// Days that a session is kept after its end.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_sessions), value_parser = days())]
    keep_sessions: u32,
    /// Days without use after which a device is deleted.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_devices), value_parser = days())]
    keep_devices: u32,
    /// Days without use after which a session's address and user agent are removed.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().forget_addresses_after), value_parser = days())]
    forget_addresses: u32,
    /// Days after the last wrong password after which those of a name without an account are forgotten.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_password_failures), value_parser = days())]
    keep_password_failures: u32,
    #[arg(long, value_name = "S", default_value_t = MaintenancePolicy::default().close_stale_after.as_secs(),
          value_parser = clap::value_parser!(u64).range(MIN_IDLE.as_secs()..),
          help = format!("Seconds without a heartbeat after which a connection is closed; at least {}", MIN_IDLE.as_secs()))]
    stale_connections: u64,
    /// Days after which statistics move to the archive.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().archive_statistics_after), value_parser = days())]
    archive_statistics: u32,
    /// Days that archived statistics are kept; forever if not given.
    #[arg(long, value_name = "DAYS", value_parser = days())]
    keep_archive: Option<u32>,
    /// Days that usage is known by the hour.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_usage_hours), value_parser = days())]
    keep_usage_hours: u32,
    /// Days that usage of a user is known by the day; totals are kept forever.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_usage_days), value_parser = days())]
    keep_usage_days: u32,
    /// Days that usage of a server is known by the hour; totals are kept forever.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_server_usage), value_parser = days())]
    keep_server_usage: u32,
    /// Days that a marked moment of usage is kept; the start of a user's plan as long as they have it.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_usage_marks), value_parser = days())]
    keep_usage_marks: u32,
    /// Days after the end of a connection after which its client's addresses are removed.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().forget_client_addresses_after), value_parser = days())]
    forget_client_addresses: u32,
    /// Days that a connection is kept after its end; its statistics stay.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_connections), value_parser = days())]
    keep_connections: u32,
    /// Days that audit entries are kept.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_audit), value_parser = days())]
    keep_audit: u32,
    /// Days that server health reports are kept.
    #[arg(long, value_name = "DAYS", default_value_t = days_of(MaintenancePolicy::default().keep_health), value_parser = days())]
    keep_health: u32,
}

/// 100 years.
const MAX_DAYS: i64 = 36_500;

fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=MAX_DAYS)
}

/// The whole days of a retention.
fn days_of(retention: Duration) -> u32 {
    u32::try_from(retention.as_secs() / SECONDS_PER_DAY).unwrap_or(u32::MAX)
}

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

impl MaintainFlags {
    pub(crate) fn policy(&self) -> MaintenancePolicy {
        let of_days = |days: u32| Duration::from_secs(u64::from(days) * SECONDS_PER_DAY);
        MaintenancePolicy {
            batch: self.batch,
            time_limit: self.time_limit.map(Duration::from_secs),
            keep_sessions: of_days(self.keep.keep_sessions),
            keep_devices: of_days(self.keep.keep_devices),
            forget_addresses_after: of_days(self.keep.forget_addresses),
            keep_password_failures: of_days(self.keep.keep_password_failures),
            close_stale_after: Duration::from_secs(self.keep.stale_connections),
            archive_statistics_after: of_days(self.keep.archive_statistics),
            keep_archive: self.keep.keep_archive.map_or(MaintenancePolicy::default().keep_archive, of_days),
            keep_usage_hours: of_days(self.keep.keep_usage_hours),
            keep_usage_days: of_days(self.keep.keep_usage_days),
            keep_server_usage: of_days(self.keep.keep_server_usage),
            keep_usage_marks: of_days(self.keep.keep_usage_marks),
            forget_client_addresses_after: of_days(self.keep.forget_client_addresses),
            keep_connections: of_days(self.keep.keep_connections),
            keep_audit: of_days(self.keep.keep_audit),
            keep_health: of_days(self.keep.keep_health),
            ..MaintenancePolicy::default()
        }
    }
}
