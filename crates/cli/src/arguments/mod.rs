//! The command line: commands, flags and their help texts.
#![expect(clippy::doc_markdown, reason = "the comments on flags are the help text, where backticks would show")]

mod connection;
mod limits;
mod maintain;
mod values;

use std::{path::PathBuf, time::Duration};

use barqnet_db::{PhoneNumber, migrate::Target};
use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

use self::values::{degrees, duration, go_bool};
pub(crate) use self::{connection::ConnectionFlags, limits::LimitFlags, maintain::MaintainFlags};
use crate::sources::SourceFolder;

/// `--version` of barqnet-db itself.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (built ", env!("BARQNET_BUILD_TIME"), ")");

/// Migrates, checks and maintains a BarqNet database.
#[derive(Debug, Parser)]
#[command(
    name = "barqnet-db",
    version = VERSION,
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 120
)]
pub(crate) struct OwnCli {
    #[command(flatten)]
    pub(crate) folder: FolderFlag,

    /// Without a command: show the status instead of migrating.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        value_parser = go_bool
    )]
    pub(crate) status: Option<bool>,

    #[command(flatten)]
    pub(crate) loudness: LoudnessFlags,

    #[command(subcommand)]
    pub(crate) command: Option<OwnCommand>,

    // Last, because its heading would apply to all flags that follow.
    #[command(flatten)]
    pub(crate) connection: ConnectionFlags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OwnCommand {
    #[command(flatten)]
    Shared(Command),
    /// Show one user's day on a scratch database that is deleted afterwards.
    ///
    /// Starts a private PostgreSQL server; PostgreSQL must be installed, but no server has to run. With DATABASE_URL or
    /// connection flags, the scratch database is created on that server instead.
    #[cfg(feature = "demo")]
    Demo(JsonFlag),
}

/// The commands in the program of a service.
#[derive(Debug, Parser)]
#[command(subcommand_required = true, arg_required_else_help = true, args_override_self = true, max_term_width = 120)]
pub(crate) struct ServiceCli {
    #[command(flatten)]
    pub(crate) loudness: LoudnessFlags,

    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) connection: ConnectionFlags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apply the pending migrations, each in a transaction of its own.
    Migrate(MigrateFlags),
    /// List the migrations, applied (with the time) and pending. Changes nothing.
    Status(ReadFlags),
    /// Show what `migrate` would run: SQL, locks and table sizes. Changes nothing.
    Plan(PlanFlags),
    /// Roll back the newest migrations, after showing what data is lost and asking for confirmation.
    ///
    /// Each is rolled back in a transaction of its own, by its rollback block; without one it can't be rolled back. The
    /// data of dropped tables and columns cannot be recovered.
    Rollback(RollbackFlags),
    /// Make a migration file with the next version, with what its head and its rollback have to say.
    ///
    /// What is to be written is in angle brackets, which no database accepts.
    New(NewFlags),
    /// Compare the checksums of the applied migrations with this build's. Changes nothing.
    Verify(ReadFlags),
    /// Record the checksums of migrations that were edited after they were applied.
    ///
    /// Shows the difference and asks for confirmation. The earlier text is searched by its checksum: in --earlier, in the git
    /// history of the folder of migrations, and with other line ends. The schema stays as it is. A migration that this build
    /// does not have, or has under another name, is refused.
    Repair(RepairFlags),
    /// Write the schema of the database into a folder, as the build step writes schema/. Changes nothing in the database.
    ///
    /// A private server compares the texts of the migrations with what is there; PostgreSQL 14 or later must be installed,
    /// but no server has to run.
    #[cfg(feature = "dump")]
    Dump(DumpFlags),
    /// Wait until the database accepts connections.
    ///
    /// An error that waiting does not remove, such as a wrong password, ends it at once.
    Wait(WaitFlags),
    /// Create the database with the encoding UTF8, unless it exists.
    Create(CreateFlags),
    /// Delete the database with all its data, after asking for its name.
    Drop(DropFlags),
    /// Spread connections and usage over the workers of a Citus cluster, after showing what it does and asking for confirmation.
    ///
    /// Needs a migrated database with the extension citus, and the right to distribute tables. Copies the rows in one
    /// transaction, during which nodes and services wait. Run it again after each `migrate`: it then replaces functions only.
    Distribute(DistributeFlags),
    /// Check server, schema and privileges; suggest fixes. Changes nothing.
    Doctor(DoctorFlags),
    /// Run scheduled maintenance: delete expired data, archive statistics, close stale connections, vacuum.
    ///
    /// Works in small batches while the service runs; any number of machines can run it at once. If it is stopped, finished
    /// batches stay done and the next run continues.
    Maintain(Box<MaintainFlags>),
    /// Unlock a phone number after too many wrong one-time passwords.
    ///
    /// Resets the failures of the number, and records that in the audit trail.
    Unlock(UnlockFlags),
    /// Take the phone number off a closed account, so that it can be registered again.
    ///
    /// The account must be deactivated or expired. Recorded in the audit trail, without the number.
    ReleaseNumber(ReleaseNumberFlags),
    /// List the locations nearest to a point, with distances.
    Nearest(NearestFlags),
    /// Print the completions of this program for a shell.
    Completions(CompletionsFlags),
    /// Print the man page of this program, or write one per command into a folder.
    Man(ManFlags),
}

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

impl OwnCli {
    /// The command that the arguments ask for, with the flags of the Go tool: without one it migrates, or shows the status.
    pub(crate) fn own_command(self) -> Result<OwnCommand, &'static str> {
        let mut command = match (self.command, self.status == Some(true)) {
            (Some(_), true) => return Err("--status works without a command only; the command is `barqnet-db status`"),
            (Some(command), false) => command,
            (None, true) => OwnCommand::Shared(Command::Status(ReadFlags {
                folder: FolderFlag::default(),
                json: JsonFlag::default(),
            })),
            (None, false) => OwnCommand::Shared(Command::Migrate(MigrateFlags::default())),
        };
        if let OwnCommand::Shared(shared) = &mut command
            && let Some(own) = shared.folder_mut()
        {
            own.folder = own.folder.take().or(self.folder.folder);
            if own.sources.is_empty() {
                own.sources = self.folder.sources;
            }
        }
        Ok(command)
    }
}

impl OwnCommand {
    /// Whether the result is one JSON document.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Shared(command) => command.json(),
            #[cfg(feature = "demo")]
            Self::Demo(flags) => flags.json,
        }
    }

    /// Whether it changes nothing in a database, and so can run on a replica.
    pub(crate) fn only_reads(&self) -> bool {
        match self {
            Self::Shared(command) => command.only_reads(),
            #[cfg(feature = "demo")]
            Self::Demo(_) => false,
        }
    }
}

impl Command {
    /// Whether the result is one JSON document.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Migrate(flags) => flags.json.json,
            Self::Status(flags) | Self::Verify(flags) => flags.json.json,
            Self::Plan(flags) => flags.read.json.json,
            Self::Rollback(flags) => flags.json.json,
            Self::Doctor(flags) => flags.read.json.json,
            Self::Maintain(flags) => flags.json.json,
            Self::Unlock(flags) => flags.json.json,
            Self::ReleaseNumber(flags) => flags.json.json,
            Self::Nearest(flags) => flags.json.json,
            Self::New(flags) => flags.json.json,
            Self::Repair(flags) => flags.json.json,
            #[cfg(feature = "dump")]
            Self::Dump(flags) => flags.json.json,
            Self::Wait(flags) => flags.json.json,
            Self::Create(flags) => flags.json.json,
            Self::Drop(flags) => flags.json.json,
            Self::Distribute(flags) => flags.json.json,
            Self::Completions(_) | Self::Man(_) => false,
        }
    }

    fn only_reads(&self) -> bool {
        match self {
            Self::Status(_) | Self::Verify(_) | Self::Plan(_) | Self::Doctor(_) | Self::Nearest(_) | Self::Wait(_) => {
                true
            }
            #[cfg(feature = "dump")]
            Self::Dump(_) => true,
            Self::Migrate(_)
            | Self::Rollback(_)
            | Self::New(_)
            | Self::Repair(_)
            | Self::Create(_)
            | Self::Drop(_)
            | Self::Distribute(_)
            | Self::Maintain(_)
            | Self::Unlock(_)
            | Self::ReleaseNumber(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }

    /// The flags `--migrations` and `--source` of the command, which barqnet-db also accepts before it.
    pub(crate) fn folder_mut(&mut self) -> Option<&mut FolderFlag> {
        match self {
            Self::Migrate(flags) => Some(&mut flags.folder),
            Self::Status(flags) | Self::Verify(flags) => Some(&mut flags.folder),
            Self::Plan(flags) => Some(&mut flags.read.folder),
            Self::Rollback(flags) => Some(&mut flags.folder),
            Self::Doctor(flags) => Some(&mut flags.read.folder),
            Self::Repair(flags) => Some(&mut flags.folder),
            #[cfg(feature = "dump")]
            Self::Dump(flags) => Some(&mut flags.folder),
            Self::Wait(flags) => Some(&mut flags.folder),
            Self::New(_)
            | Self::Maintain(_)
            | Self::Unlock(_)
            | Self::ReleaseNumber(_)
            | Self::Nearest(_)
            | Self::Create(_)
            | Self::Drop(_)
            | Self::Distribute(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }
}
