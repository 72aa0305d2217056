//! Why a database was not migrated, with what to do about it.

use std::{fmt, path::PathBuf, time::Duration};

use super::Conflict;
use crate::pool;

/// Why a database could not be migrated or looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be had.
    #[error(transparent)]
    Connection(#[from] pool::Error),
    /// It can't be told where the database comes from, or it is none that can be adopted; nothing was changed.
    #[error(transparent)]
    Adoption(#[from] super::Refusal),
    /// The folder's migrations can't be used.
    #[error("the migrations in {}: {problem}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Program and database contradict each other, and the policy says to refuse; nothing was changed.
    #[error("nothing was changed: {}", Sentences(.0))]
    Conflict(Vec<Conflict>),
    /// The table `schema_migrations` was made by another program; nothing was changed.
    #[error(
        "nothing was changed: the table schema_migrations of this database was made by another program: \
         it lacks one of version, name, applied_on and checksum"
    )]
    ForeignHistory,
    /// Another runner held the lock for all of the time that this one may wait; nothing was changed.
    #[error(
        "nothing was changed: another runner has been migrating this database for {} s or more; the lock is held by {holder}",
        limit.as_secs()
    )]
    Locked {
        /// How long this runner waited.
        limit: Duration,
        /// The holder's process id, application and start.
        holder: String,
    },
    /// A migration failed; those before it stay.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// A migration can't be rolled back; nothing was changed.
    #[error("nothing was changed: {migration} can't be rolled back: {reason}")]
    Irreversible {
        /// The migration.
        migration: String,
        /// Why, and what to do instead.
        reason: &'static str,
    },
    /// The history could not be read or created.
    #[error("{what}: {cause}")]
    History {
        /// What was being done.
        what: &'static str,
        /// What PostgreSQL or the driver said, in full.
        cause: String,
    },
}

/// A migration that failed, and how far the run had come.
#[derive(Debug)]
pub struct Failure {
    /// The migration's file name.
    pub file: String,
    /// Line and column in the file, counted from 1, if PostgreSQL named a place.
    pub place: Option<(usize, usize)>,
    /// Whether nothing of it is left; a migration that asked to run outside a transaction is resumed by the next run.
    pub rolled_back: bool,
    /// What PostgreSQL said: message, SQLSTATE, detail, hint; without the detail of a broken rule.
    pub cause: String,
    /// What PostgreSQL said of the row that broke a rule. It repeats the row, so it is in no text of this error, which may
    /// go into a log.
    pub row: Option<String>,
    /// What this run applied before; it stays.
    pub applied: Vec<String>,
    /// What would have followed.
    pub not_tried: Vec<String>,
    /// The driver's error.
    pub source: tokio_postgres::Error,
}

impl Failure {
    /// The detail that [`in_full`](crate::error_text::in_full) leaves out.
    pub(super) fn row_in(source: &tokio_postgres::Error) -> Option<String> {
        let error = source.as_db_error().filter(|error| error.code().code().starts_with("23"))?;
        error.detail().map(ToOwned::to_owned)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        let rolled_back = if self.rolled_back { " and was rolled back" } else { "; the next run resumes it" };
        write!(f, " failed{rolled_back}: {}", self.cause)?;
        for (what, migrations) in [("applied before it", &self.applied), ("not tried", &self.not_tried)] {
            if !migrations.is_empty() {
                write!(f, "; {what}: {}", migrations.join(", "))?;
            }
        }
        Ok(())
    }
}

struct Sentences<'c>(&'c [Conflict]);

impl fmt::Display for Sentences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&sentences.join("; "))
    }
}
