//! What can fail.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use barqnet_db::{client, distribution, migrate, pool};
use clap::builder::styling::AnsiColor;

use crate::{exit::Exit, program, stopping};

/// Why a command failed. The library's error texts contain their causes already.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}; see {program} --help", program = program::name())]
    Usage(String),
    #[error(transparent)]
    Connection(#[from] pool::Error),
    #[error(transparent)]
    Migration(#[from] migrate::Error),
    #[error(transparent)]
    Distribution(#[from] distribution::Error),
    #[error(transparent)]
    Statement(#[from] client::Error),
    #[error("this database is not migrated: run `{program} migrate` first ({error})", program = program::name(), error = without_hint(&.0.to_string()))]
    NotMigrated(client::Error),
    #[error(transparent)]
    Database(#[from] barqnet_db::Error),
    /// `dump` could not read the schema or write the files.
    #[cfg(feature = "dump")]
    #[error("{0}")]
    Dump(#[from] barqnet_db_codegen::Diagnostics),
    #[cfg(feature = "demo")]
    #[error(transparent)]
    PrivateServer(#[from] barqnet_db_throwaway::Error),
    #[cfg(feature = "demo")]
    /// The demo's scratch database could not be created or removed.
    #[error("{0}")]
    Scratch(String),
    #[cfg(feature = "demo")]
    /// A step of the demo had an unexpected outcome: a bug in this program or the library.
    #[error("the demo failed unexpectedly: {0}")]
    Demo(&'static str),
    /// No migration is applied.
    #[error("this database is not migrated: run `{program} migrate` first", program = program::name())]
    Unmigrated,
    /// Maintenance tasks failed because the schema is another one.
    #[error("{0}; run `{program} migrate`", program = program::name())]
    TasksOfAnotherSchema(String),
    /// Maintenance tasks failed because the role may not run them.
    #[error("{0}; `{program} doctor --sql` prints the rights that the role needs", program = program::name())]
    TasksWithoutPermission(String),
    /// A maintenance task failed; the others have run.
    #[error("task {name}: {why}")]
    Task { name: &'static str, why: String },
    /// `wait` has reached its limit without a connection.
    #[error("the database was not ready after {limit:?}: {last}")]
    NotReady { limit: Duration, last: String },
    /// `wait --migrated` has reached its limit with a connection.
    #[error("migrations were still pending after {0:?}")]
    StillPending(Duration),
    /// `wait --migrated` can't become true.
    #[error("the database has diverged from this build: `{program} status` shows in what", program = program::name())]
    Diverged,
    /// `repair` can't make build and history agree.
    #[error("nothing was changed: no checksum repairs this: {0}")]
    Irreparable(String),
    #[error("nothing was changed: cannot create the database {name}: {cause}")]
    Create { name: String, cause: String },
    #[error("nothing was changed: cannot drop the database {name}: {cause}")]
    Drop { name: String, cause: String },
    #[error("not confirmed: nothing was changed")]
    Declined,
    /// The database's state does not allow it.
    #[error("{0}: nothing was changed")]
    Refused(String),
    /// A signal arrived.
    #[error("stopped: {}", stopping::consequence())]
    Stopped(u8),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Error {
    /// The error of a statement; on a database that is not migrated, the text says so.
    pub(crate) fn of_statement(error: client::Error) -> Self {
        if error.is_undefined_object() { Self::NotMigrated(error) } else { Self::Statement(error) }
    }

    /// The error of a function of the library, likewise.
    pub(crate) fn of_database(error: barqnet_db::Error) -> Self {
        match error {
            barqnet_db::Error::Statement(error) => Self::of_statement(error),
            error => Self::Database(error),
        }
    }

    /// Writes the error to standard error, in one line. Ignores that standard error may be closed.
    ///
    /// The row that violates a constraint follows on a second line: it may be shown here, but not logged.
    pub(crate) fn report(&self) {
        let text = self.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let red = AnsiColor::Red.on_default().bold();
        let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {}", lines.join("; "));
        if let Self::Migration(migrate::Error::Failed(failure)) = self
            && let Some(row) = &failure.row
        {
            let _ = writeln!(anstream::stderr(), "detail: {row}");
        }
    }

    /// The exit code of the error.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Migration(migrate::Error::Folder { .. }) => Exit::Usage,
            Self::Connection(error)
            | Self::Migration(migrate::Error::Connection(error))
            | Self::Distribution(distribution::Error::Connect(error))
            | Self::Database(barqnet_db::Error::Pool(error)) => no_connection(error),
            Self::NotReady { .. } => Exit::NoConnection,
            Self::StillPending(_) => Exit::Pending,
            Self::Diverged | Self::Irreparable(_) => Exit::Diverged,
            Self::Stopped(signal) => Exit::Stopped(*signal),
            _ => Exit::Failed,
        }
    }
}

/// The text of an error of a statement without the hint at its end, where something more exact follows.
pub(crate) fn without_hint(error: &str) -> &str {
    error.split("; hint: ").next().unwrap_or(error)
}

/// An invalid setting is wrong usage, because trying again later does not help.
fn no_connection(error: &pool::Error) -> Exit {
    match error {
        pool::Error::InvalidSettings { .. } => Exit::Usage,
        _ => Exit::NoConnection,
    }
}
