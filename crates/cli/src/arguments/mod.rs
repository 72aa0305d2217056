//! The command line: commands, flags, their help texts, and the action that they ask for.
#![expect(clippy::doc_markdown, reason = "the comments on flags are the help text, where backticks would show")]

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use barqnet_db::{
    Coordinates, PhoneNumber,
    connections::MIN_IDLE,
    maintenance::{MaintenancePolicy, Task},
    pool::SslMode,
};
use clap::{Args, Parser, Subcommand};

use crate::{error::Error, maintain};

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (built ", env!("BARQNET_BUILD_TIME"), ")");

const MORE: &str = "\
The connection is read from these sources; an earlier one takes precedence:
  1. the flags above
  2. DATABASE_URL, such as postgres://user@host:5432/dbname?sslmode=verify-full
  3. PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE and so on, as psql reads them
  4. for the password: ~/.pgpass, or the file that PGPASSFILE names
  5. host localhost, port 5432, user postgres, database chameleonvpn, sslmode prefer

Scripts for the Go tool run_migrations work after changing the program's name: flags may have one
dash (-host localhost, -host=localhost); without a command the program migrates, and with -status
it shows the status.

Exit codes:
  0  done; for `status` and `plan`: up to date; for `doctor`: no problem
  1  the operation failed; for `doctor`: there is a problem; for `maintain`: a task failed, the
     others have run
  2  wrong usage: an argument, variable, URL or folder that can't be used; nothing was attempted
  3  no connection to the database
  4  `status`, `plan`: migrations are pending (with the flag --status: 0)
  5  `status`, `plan`: the database is ahead: newer migrations are applied than this build knows
  6  `status`, `plan`: the database has diverged: other migrations are applied than this build's,
     or in another order
  129, 130, 143  `demo` was stopped by a signal, and has removed everything it made";

/// Migrates, checks and maintains a BarqNet database.
#[derive(Debug, Parser)]
#[command(
    name = "barqnet-db",
    version = VERSION,
    after_help = MORE,
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 120
)]
pub(crate) struct Cli {
    #[command(flatten)]
    folder: FolderFlag,

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
    status: Option<bool>,

    #[command(subcommand)]
    command: Option<Command>,

    // Last, because its heading would apply to all flags that follow.
    #[command(flatten)]
    pub(crate) connection: ConnectionFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apply the pending migrations, each in a transaction of its own.
    Migrate(FolderFlag),
    /// List the migrations, applied (with the time) and pending. Changes nothing.
    Status(ReadFlags),
    /// Show what `migrate` would run: SQL, locks and table sizes. Changes nothing.
    Plan(ReadFlags),
    /// Roll back the newest migrations, after showing what data is lost and asking for confirmation.
    ///
    /// Each is rolled back in a transaction of its own, by its rollback block; without one it can't be rolled back. The
    /// data of dropped tables and columns cannot be recovered.
    Rollback {
        /// Roll back the migrations above this version; 0 rolls back all.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
        to: i32,
        /// Skip the confirmation.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        folder: FolderFlag,
    },
    /// Check server, schema and privileges; suggest fixes. Changes nothing.
    Doctor(DoctorFlags),
    /// Run scheduled maintenance: delete expired data, archive statistics, close stale connections, vacuum.
    ///
    /// Works in small batches while the service runs; any number of machines can run it at once. If it is stopped, finished
    /// batches stay done and the next run continues.
    Maintain(MaintainFlags),
    /// Unlock a phone number after too many wrong one-time passwords.
    ///
    /// Resets the failures of the number, and records that in the audit trail.
    Unlock {
        /// Phone number in international form, such as +4915112345678.
        #[arg(value_name = "NUMBER")]
        phone_number: PhoneNumber,
    },
    /// Take the phone number off a closed account, so that it can be registered again.
    ///
    /// The account must be deactivated or expired. Recorded in the audit trail, without the number.
    ReleaseNumber {
        /// Name of the account.
        #[arg(value_name = "USERNAME")]
        username: String,
    },
    /// List the locations nearest to a point, with distances.
    Nearest {
        /// Degrees north of the equator; negative for south.
        #[arg(value_name = "LAT", allow_negative_numbers = true, value_parser = degrees)]
        latitude: f64,
        /// Degrees east of Greenwich; negative for west.
        #[arg(value_name = "LON", allow_negative_numbers = true, value_parser = degrees)]
        longitude: f64,
        /// Maximum number of locations.
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one user's day on a scratch database that is deleted afterwards.
    ///
    /// Starts a private PostgreSQL server; PostgreSQL must be installed, but no server has to run. With DATABASE_URL or
    /// connection flags, the scratch database is created on that server instead.
    Demo,
}

/// How to reach the database; a flag that is not given is read from the environment.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionFlags {
    /// Server's name or address, or the folder of its socket.
    #[arg(long, global = true)]
    pub(crate) host: Option<String>,
    /// Server's port.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// User (role) to log in as.
    #[arg(long, global = true)]
    pub(crate) user: Option<String>,
    /// Password, for old scripts only: every user of the machine can read command lines. Prefer PGPASSWORD, ~/.pgpass or
    /// DATABASE_URL.
    #[arg(long, global = true)]
    pub(crate) password: Option<Password>,
    /// Database name.
    #[arg(long, global = true)]
    pub(crate) dbname: Option<String>,
    /// Encryption: disable, prefer, require, verify-ca or verify-full.
    #[arg(long, global = true, value_name = "MODE", value_parser = ssl_mode)]
    pub(crate) sslmode: Option<SslMode>,
}

#[derive(Args, Clone, Debug)]
struct FolderFlag {
    /// Folder of migrations, named V<version>__<snake_case>.sql, instead of the built-in ones.
    #[arg(long = "migrations", value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct ReadFlags {
    #[command(flatten)]
    folder: FolderFlag,
    /// Print one JSON document instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Clone, Debug)]
struct DoctorFlags {
    #[command(flatten)]
    read: ReadFlags,
    /// Print the SQL that creates the roles and grants their rights, instead of checking a database.
    #[arg(long, conflicts_with_all = ["json", "folder"])]
    sql: bool,
}

#[derive(Args, Clone, Debug)]
struct MaintainFlags {
    /// Run only this task (repeatable).
    #[arg(long = "task", value_name = "NAME")]
    tasks: Vec<String>,
    /// Skip this task (repeatable).
    #[arg(long, value_name = "NAME")]
    skip: Vec<String>,
    /// List the tasks instead of running them, with their effect and when rows are due.
    #[arg(long)]
    list: bool,
    /// Print one JSON document instead of text.
    #[arg(long)]
    json: bool,
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
    fn policy(&self) -> MaintenancePolicy {
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

/// A password that `Debug` does not show.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) String);

impl FromStr for Password {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What to do, with all arguments except the connection.
#[derive(Debug)]
pub(crate) enum Action {
    Migrate {
        folder: Option<PathBuf>,
    },
    Status {
        folder: Option<PathBuf>,
        /// Whether the exit code depends on the state; if not, it is 0.
        exit_by_state: bool,
        json: bool,
    },
    Plan {
        folder: Option<PathBuf>,
        json: bool,
    },
    Rollback {
        folder: Option<PathBuf>,
        to: i32,
        yes: bool,
    },
    Doctor {
        folder: Option<PathBuf>,
        json: bool,
    },
    PrintRoles,
    Unlock {
        phone_number: PhoneNumber,
    },
    ReleaseNumber {
        username: String,
    },
    Maintain {
        tasks: Vec<&'static Task>,
        policy: MaintenancePolicy,
        json: bool,
    },
    ListTasks {
        policy: MaintenancePolicy,
    },
    Nearest {
        point: Coordinates,
        limit: u32,
    },
    Demo,
}

impl Cli {
    /// The action that commands, flags and the Go tool's flags ask for.
    pub(crate) fn action(&self) -> Result<Action, Error> {
        let folder = |own: &FolderFlag| own.folder.clone().or_else(|| self.folder.folder.clone());
        if self.status == Some(true) && self.command.is_some() {
            return Err(Error::Usage(
                "--status works without a command only; the command is `barqnet-db status`".to_owned(),
            ));
        }
        Ok(match &self.command {
            None if self.status == Some(true) => {
                Action::Status { folder: self.folder.folder.clone(), exit_by_state: false, json: false }
            }
            None => Action::Migrate { folder: self.folder.folder.clone() },
            Some(Command::Migrate(own)) => Action::Migrate { folder: folder(own) },
            Some(Command::Status(read)) => {
                Action::Status { folder: folder(&read.folder), exit_by_state: true, json: read.json }
            }
            Some(Command::Plan(read)) => Action::Plan { folder: folder(&read.folder), json: read.json },
            Some(Command::Rollback { to, yes, folder: own }) => {
                Action::Rollback { folder: folder(own), to: *to, yes: *yes }
            }
            Some(Command::Doctor(flags)) if flags.sql => Action::PrintRoles,
            Some(Command::Doctor(DoctorFlags { read, .. })) => {
                Action::Doctor { folder: folder(&read.folder), json: read.json }
            }
            Some(Command::Maintain(flags)) if flags.list => Action::ListTasks { policy: flags.policy() },
            Some(Command::Maintain(flags)) => Action::Maintain {
                tasks: maintain::chosen(&flags.tasks, &flags.skip)?,
                policy: flags.policy(),
                json: flags.json,
            },
            Some(Command::Unlock { phone_number }) => Action::Unlock { phone_number: phone_number.clone() },
            Some(Command::ReleaseNumber { username }) => Action::ReleaseNumber { username: username.clone() },
            Some(Command::Nearest { latitude, longitude, limit }) => {
                let point = Coordinates::new(*latitude, *longitude).map_err(|error| Error::Usage(error.to_string()))?;
                Action::Nearest { point, limit: *limit }
            }
            Some(Command::Demo) => Action::Demo,
        })
    }
}

fn degrees(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| "write degrees as a decimal number, such as 48.2 or -33.8")
}

/// The truth values of Go's package `flag`.
fn go_bool(text: &str) -> Result<bool, &'static str> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("write true or false"),
    }
}

fn ssl_mode(text: &str) -> Result<SslMode, &'static str> {
    text.parse().map_err(|_| "it must be disable, prefer, require, verify-ca or verify-full")
}
