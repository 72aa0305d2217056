//! Why a database was not migrated, with what to do about it.

use std::{error, fmt, path::PathBuf, time::Duration};

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::quote_identifier;

use super::{baseline::BaselineError, conflict::Conflict};

/// Why a database could not be migrated, read or rolled back. The text says what to do where that is known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection to the database.
    #[error(transparent)]
    Connection(#[from] barqnet_db_client::pool::Error),
    /// The folder's migrations can't be used.
    #[error("the migrations in {}: {problem}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The migrations compiled into the program can't be used; nothing was changed.
    #[error("nothing was changed: {0}")]
    Unusable(String),
    /// Program and database contradict each other, and the policy refuses it; nothing was changed.
    #[error("nothing was changed: {}", joined(.0))]
    Conflict(Vec<Conflict>),
    /// Another program made the table that is a source's history, such as `schema_migrations`; nothing was changed.
    #[error(
        "nothing was changed: another program made the table {table} of this database: it lacks one of the columns version, \
         name, applied_on and checksum"
    )]
    ForeignHistory {
        /// The table.
        table: String,
    },
    /// [`Baseline::recognise`](crate::Baseline::recognise) refused the database; nothing was changed.
    #[error("nothing was changed: {reason}; {advice}")]
    Refused {
        /// Why.
        reason: Box<dyn error::Error + Send + Sync>,
        /// What to do about it.
        advice: String,
    },
    /// With this `search_path` tables are found in one schema and created in another; nothing was changed.
    #[error(
        "nothing was changed: the table {table} is in schema {schema}, but with this role's search_path new tables are \
         created in schema {current}; set search_path to the schema that is meant"
    )]
    OtherSchema {
        /// The table that was found.
        table: String,
        /// The schema that it is in.
        schema: String,
        /// The schema in which tables are created.
        current: String,
    },
    /// The database has another encoding than UTF8, which the migrations are written in; nothing was changed.
    #[error(
        "nothing was changed: the database {database} has the encoding {encoding}, and migrations need UTF8; {}",
        utf8_recipe(database)
    )]
    Encoding {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// Another runner held the lock for as long as this one may wait; nothing was changed.
    #[error(
        "nothing was changed: another runner was still migrating this database after {limit:?}; \
         the migration lock is held by {lock_holder}"
    )]
    Locked {
        /// How long this runner waited.
        limit: Duration,
        /// The lock holder's process id, application and start.
        lock_holder: String,
    },
    /// A migration failed; those before it stay.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// What a migration states of the database before it runs is not so. It did not run; those before it stay.
    #[error("{0}")]
    Check(Box<CheckFailure>),
    /// A migration can't be rolled back; nothing was changed.
    #[error("nothing was changed: {migration} cannot be rolled back: {reason}")]
    Irreversible {
        /// The migration.
        migration: String,
        /// Why, and what to do instead.
        reason: String,
    },
    /// A statement of the runner itself failed, such as the one that reads the history.
    #[error("{what}: {cause}")]
    Database {
        /// What could not be done.
        what: &'static str,
        /// What PostgreSQL or the driver reported, in full.
        cause: String,
    },
}

/// How to get a database with the encoding UTF8 in place of `database`: an encoding can't be changed.
#[must_use]
pub fn utf8_recipe(database: &str) -> String {
    let new = quote_identifier(&format!("{database}_utf8"));
    format!(
        "CREATE DATABASE {new} TEMPLATE template0 ENCODING 'UTF8', copy the data with pg_dump, if there is any, and \
         connect to the new database"
    )
}

impl Error {
    pub(super) fn database(what: &'static str, error: &tokio_postgres::Error) -> Self {
        Self::Database { what, cause: in_full(error) }
    }
}

impl From<BaselineError> for Error {
    fn from(error: BaselineError) -> Self {
        match error {
            BaselineError::Refused { reason, advice } => Self::Refused { reason, advice },
            BaselineError::Unreadable(error) => Self::database("cannot find out which tool made this database", &error),
        }
    }
}

fn joined(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A migration that failed, and how far the run had come.
#[derive(Debug)]
pub struct Failure {
    /// The migration's file name.
    pub file: String,
    /// Line and column in the file, counted from 1, if PostgreSQL reported a position or the statement is known.
    pub place: Option<(usize, usize)>,
    /// Whether the whole migration was rolled back. Otherwise the next run resumes it: it runs outside a transaction, or the connection was
    /// lost in its commit, which may have been carried out.
    pub rolled_back: bool,
    /// What PostgreSQL reported: message, SQLSTATE, detail, hint; without the detail of a violated constraint.
    pub cause: String,
    /// What PostgreSQL reported about the row that violates a constraint. It repeats the row's values, so it is in no
    /// text of this error: that may be logged.
    pub row: Option<String>,
    /// What this run applied before; it stays.
    pub applied: Vec<String>,
    /// What would have followed.
    pub not_tried: Vec<String>,
    /// The driver's error.
    pub source: tokio_postgres::Error,
}

impl Failure {
    /// The detail that [`in_full`] leaves out.
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
        write_run(f, &self.applied, &self.not_tried)
    }
}

/// A check of a migration that did not hold, and how far the run had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    /// The migration's file name.
    pub file: String,
    /// The line of the check in the file, counted from 1.
    pub line: usize,
    /// The check's query.
    pub sql: String,
    /// What it returned, such as `false` or `no row`.
    pub returned: String,
    /// What this run applied before; it stays.
    pub applied: Vec<String>,
    /// What would have followed.
    pub not_tried: Vec<String>,
}

impl fmt::Display for CheckFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, sql, returned, .. } = self;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(f, "{file}:{line} was not applied: its check `{sql}` must return true, and returned {returned}")?;
        write_run(f, &self.applied, &self.not_tried)
    }
}

fn write_run(f: &mut fmt::Formatter<'_>, applied: &[String], not_tried: &[String]) -> fmt::Result {
    for (what, migrations) in [("applied before it", applied), ("not tried", not_tried)] {
        if !migrations.is_empty() {
            write!(f, "; {what}: {}", migrations.join(", "))?;
        }
    }
    Ok(())
}
