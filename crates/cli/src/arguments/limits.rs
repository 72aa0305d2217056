//! The limits of a run that changes the schema.

use std::time::Duration;

use barqnet_db::migrate::MigrateOptions;
use clap::Args;

use super::values::duration;

/// How long a run waits. The defaults are those of the library, [`MigrateOptions`].
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitFlags {
    /// How long a migration waits for a lock before it lets the statements behind it run and tries again [default: 2s].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    lock_timeout: Option<Duration>,
    /// How long one migration is tried again while its locks are unavailable [default: 10min].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_retry: Option<Duration>,
    /// How long to wait for another runner to finish [default: 10min].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_wait: Option<Duration>,
}

impl LimitFlags {
    pub(crate) fn options(self) -> MigrateOptions {
        let default = MigrateOptions::default();
        MigrateOptions {
            lock_timeout: self.lock_timeout.unwrap_or(default.lock_timeout),
            max_retry: self.max_retry.unwrap_or(default.max_retry),
            max_wait_for_runner: self.max_wait.unwrap_or(default.max_wait_for_runner),
            ..default
        }
    }
}
