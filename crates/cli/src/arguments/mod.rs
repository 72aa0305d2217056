//! The command line: commands and their help texts.
#![expect(clippy::doc_markdown, reason = "the comments on flags are the help text, where backticks would show")]

mod connection;
mod flags;
mod limits;
mod maintain;
mod values;

use clap::{Parser, Subcommand};

#[cfg(feature = "dump")]
pub(crate) use self::flags::DumpFlags;
use self::values::go_bool;
pub(crate) use self::{
    connection::ConnectionFlags,
    flags::{
        CompletionsFlags, CreateFlags, DistributeFlags, DoctorFlags, DropFlags, FolderFlag, JsonFlag, LoudnessFlags,
        ManFlags, MigrateFlags, NearestFlags, NewFlags, PlanFlags, ReadFlags, ReleaseNumberFlags, RepairFlags,
        RollbackFlags, UnlockFlags, WaitFlags,
    },
    maintain::MaintainFlags,
};

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
    /// Needs a migrated database with the extension citus, and the owner of its tables. Copies the rows in one transaction, during
    /// which nodes and services wait. `migrate` keeps the database distributed.
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
