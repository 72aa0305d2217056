#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod apply;
mod baseline;
mod blocker;
mod catalogue;
mod comparison;
mod conflict;
mod database;
mod drift;
mod error;
mod execute;
mod fingerprint;
mod history;
mod lock;
mod loss;
mod migrations;
mod min_version;
mod no_transaction;
mod options;
mod plan;
mod progress;
mod rehearsal;
mod rollback;
mod run;
mod status;
mod table_size;
mod tables;

pub use baseline::{Baseline, BaselineError, Recognised, Recognition};
pub use catalogue::catalogue;
pub use conflict::Conflict;
pub use database::{check_encoding, check_search_path};
pub use drift::{Difference, Drift, drift};
pub use error::{Error, Failure, utf8_recipe};
pub use execute::Failed;
pub use loss::Loss;
pub use migrations::{Migrations, normalised};
pub use options::{MigrateOptions, MigratePolicy, OnAhead, OnConflict};
pub use plan::{Plan, PlannedMigration, State, plan};
pub use progress::{Observer, Progress};
pub use rehearsal::{prepare_rehearsal, rehearse};
pub use rollback::{RollbackStep, plan_rollback, rollback};
pub use run::{migrate, migrate_observed, migrate_with};
pub use status::{MigrationStatus, status};
pub use table_size::TableSize;
pub use tables::{FINGERPRINT_TABLE, HISTORY_TABLE, MIN_VERSION_TABLE, TABLE_PREFIX};
