//! The flags of the commands, and their help texts.

use std::{path::PathBuf, time::Duration};

use barqnet_db::{PhoneNumber, migrate::Target};
use clap::{ArgAction, Args};
use clap_complete::Shell;

use super::{
    limits::LimitFlags,
    values::{degrees, duration},
};
use crate::sources::SourceFolder;

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FolderFlag {
    /// Folder of migrations, named V<version>__<snake_case>.sql, instead of the built-in ones.
    #[arg(long = "migrations", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// A source of your own, after the others (repeatable, in order). Its history is the table schema_migrations_NAME;
    /// NAME=DIR:TABLE names another.
    #[arg(long = "source", value_name = "NAME=DIR")]
    pub(crate) sources: Vec<SourceFolder>,
}

#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct JsonFlag {
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How much is written beside the result.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct LoudnessFlags {
    /// Print errors only; JSON is printed nevertheless.
    #[arg(short, long, global = true, display_order = 800, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log each step; -vv each statement with its time, -vvv everything. RUST_LOG chooses more exactly.
    #[arg(short, long, global = true, display_order = 801, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct MigrateFlags {
    #[command(flatten)]
    pub(crate) folder: FolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
    /// The last migration to apply; NAME/N with --source, where the sources after it are left pending.
    #[arg(long, value_name = "N")]
    pub(crate) to: Option<Target>,
    /// Apply a pending migration although a newer one is applied, as after the merge of a long-lived branch.
    #[arg(long)]
    pub(crate) accept_late: bool,
    /// Migrate although a migration is applied that this build, which has newer ones, does not have.
    #[arg(long)]
    pub(crate) accept_unknown: bool,
    /// Fail if newer migrations are applied than this build has, instead of warning.
    #[arg(long)]
    pub(crate) refuse_ahead: bool,
    #[command(flatten)]
    pub(crate) limits: LimitFlags,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ReadFlags {
    #[command(flatten)]
    pub(crate) folder: FolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct PlanFlags {
    #[command(flatten)]
    pub(crate) read: ReadFlags,
    /// Leave out the SQL: one line per migration with what it locks, and its tables.
    #[arg(long)]
    pub(crate) brief: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct RollbackFlags {
    /// Roll back the migrations above this version; 0 rolls back all. With --source, NAME/N says of which source; that of the
    /// built-in migrations is called barqnet.
    #[arg(long, value_name = "N")]
    pub(crate) to: Target,
    /// Skip the confirmation.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show what would be lost and change nothing. It runs the rollback in a transaction that is undone, with its locks.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) folder: FolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
    #[command(flatten)]
    pub(crate) limits: LimitFlags,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct DistributeFlags {
    /// Skip the confirmation.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show what would be done and change nothing.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct DoctorFlags {
    #[command(flatten)]
    pub(crate) read: ReadFlags,
    /// Print the SQL that creates the roles and grants their rights, instead of checking a database.
    #[arg(long, conflicts_with_all = ["json", "folder", "sources"])]
    pub(crate) sql: bool,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct UnlockFlags {
    /// Phone number in international form, such as +4915112345678.
    #[arg(value_name = "NUMBER")]
    pub(crate) phone_number: PhoneNumber,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ReleaseNumberFlags {
    /// Name of the account.
    #[arg(value_name = "USERNAME")]
    pub(crate) username: String,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct NearestFlags {
    /// Degrees north of the equator; negative for south.
    #[arg(value_name = "LAT", value_parser = degrees)]
    pub(crate) latitude: f64,
    /// Degrees east of Greenwich; negative for west.
    #[arg(value_name = "LON", value_parser = degrees)]
    pub(crate) longitude: f64,
    /// Maximum number of locations.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct NewFlags {
    /// What the migration does, in snake_case, such as add_devices.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// For one statement outside a transaction, such as CREATE INDEX CONCURRENTLY.
    #[arg(long)]
    pub(crate) no_transaction: bool,
    #[command(flatten)]
    pub(crate) folder: NewFolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct NewFolderFlag {
    /// Folder of the migrations [default: migrations].
    #[arg(long = "migrations", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct RepairFlags {
    /// Skip the confirmation.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show the difference and change nothing.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Folder that has the migrations as they were applied, such as a checkout of the earlier release.
    #[arg(long, value_name = "DIR")]
    pub(crate) earlier: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) folder: FolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
    #[command(flatten)]
    pub(crate) limits: LimitFlags,
}

#[cfg(feature = "dump")]
#[derive(Args, Clone, Debug)]
pub(crate) struct DumpFlags {
    /// Folder for the files. Those of an earlier run are replaced, others are not touched.
    #[arg(value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// File with [domains], the list of files and their objects [default: codegen.toml, or else the built-in one].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) folder: FolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct WaitFlags {
    /// How long to wait.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Wait until no migration is pending, too.
    #[arg(long)]
    pub(crate) migrated: bool,
    #[command(flatten)]
    pub(crate) folder: FolderFlag,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CreateFlags {
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct DropFlags {
    /// Skip the confirmation.
    #[arg(long)]
    pub(crate) yes: bool,
    /// End the connections of others first; needs PostgreSQL 13 or later.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CompletionsFlags {
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ManFlags {
    /// Write the pages of the program and of each command into this folder.
    #[arg(long = "dir", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}
