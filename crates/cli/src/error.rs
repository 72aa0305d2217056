//! What can fail, and the exit codes.

use std::io::{self, Write as _};

use barqnet_db::{
    client,
    migrate::{self, State},
    pool,
};
use clap::builder::styling::AnsiColor;

/// The program's exit codes; `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; for `status` and `plan`: up to date; for `doctor`: no problem.
    Done,
    /// The operation failed; for `doctor`: there is a problem; for `maintain`: a task failed.
    Failed,
    /// An argument, variable, URL or folder can't be used; nothing was attempted.
    Usage,
    /// No connection to the database.
    NoConnection,
    /// `status` and `plan`: migrations are pending.
    Pending,
    /// `status` and `plan`: newer migrations are applied than this build knows.
    Ahead,
    /// `status` and `plan`: other migrations are applied than this build's, or in another order.
    Diverged,
    /// Stopped by the signal with this number.
    Stopped(u8),
}

impl Exit {
    /// The exit code of `status` and `plan`.
    pub(crate) fn of(state: State) -> Self {
        match state {
            State::UpToDate => Self::Done,
            State::Pending => Self::Pending,
            State::Ahead => Self::Ahead,
            State::Diverged => Self::Diverged,
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NoConnection => 3,
            Self::Pending => 4,
            Self::Ahead => 5,
            Self::Diverged => 6,
            // As a shell reports a program that the signal ended.
            Self::Stopped(signal) => 128 + signal,
        }
    }
}

/// Why a command failed. The library's error texts contain their causes already.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}; see barqnet-db --help")]
    Usage(String),
    #[error(transparent)]
    Connection(#[from] pool::Error),
    #[error(transparent)]
    Migration(#[from] migrate::Error),
    #[error(transparent)]
    Statement(#[from] client::Error),
    #[error("this database is not migrated: run `barqnet-db migrate` first ({0})")]
    NotMigrated(client::Error),
    #[error(transparent)]
    Database(#[from] barqnet_db::Error),
    #[error(transparent)]
    PrivateServer(#[from] barqnet_db_throwaway::Error),
    /// The demo's scratch database could not be created or removed.
    #[error("{0}")]
    Scratch(String),
    /// A step of the demo had an unexpected outcome: a bug in this program or the library.
    #[error("the demo failed unexpectedly: {0}")]
    Demo(&'static str),
    /// A maintenance task failed; the others have run.
    #[error("task {name}: {why}")]
    Task { name: &'static str, why: String },
    #[error("not confirmed: nothing was changed")]
    Declined,
    /// The database's state does not allow it.
    #[error("{0}: nothing was changed")]
    Refused(&'static str),
    #[error("stopped; everything the demo made is removed")]
    Stopped(u8),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Error {
    /// The error of a statement; on a database that is not migrated, the text says so.
    pub(crate) fn of_statement(error: client::Error) -> Self {
        if error.is_undefined_object() { Self::NotMigrated(error) } else { Self::Statement(error) }
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
            | Self::Database(barqnet_db::Error::Pool(error)) => no_connection(error),
            Self::Stopped(signal) => Exit::Stopped(*signal),
            _ => Exit::Failed,
        }
    }
}

/// An invalid setting is wrong usage, because trying again later does not help.
fn no_connection(error: &pool::Error) -> Exit {
    match error {
        pool::Error::InvalidSettings { .. } => Exit::Usage,
        _ => Exit::NoConnection,
    }
}
