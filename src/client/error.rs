//! Why a statement failed, said in full.

use std::fmt;

use tokio_postgres::error::{DbError, SqlState};

use crate::error_text::in_full;

/// A statement that could not be run or whose result could not be read.
///
/// The text names the statement, as `users.create`, and everything that PostgreSQL said: message, SQLSTATE,
/// constraint, detail, hint.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL refused the statement.
    Database {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// What it said; [`Error::database`] gives access to the parts.
        source: tokio_postgres::Error,
    },
    /// The connection failed before the answer came: whether the statement took effect is not known.
    Connection {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A value does not fit the Rust type that was generated for its column.
    Decode {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The column's name.
        column: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// `one()` or `opt()` met another number of rows than it stands for.
    RowCount {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// What the caller asked for.
        expected: &'static str,
        /// How many rows there were.
        found: usize,
    },
}

impl Error {
    pub(super) fn new(statement: &'static str, source: tokio_postgres::Error) -> Self {
        if source.as_db_error().is_some() {
            Self::Database { statement, source }
        } else {
            Self::Connection { statement, source }
        }
    }

    /// The statement that failed, as `module.function`.
    #[must_use]
    pub fn statement(&self) -> &'static str {
        match self {
            Self::Database { statement, .. }
            | Self::Connection { statement, .. }
            | Self::Decode { statement, .. }
            | Self::RowCount { statement, .. } => statement,
        }
    }

    /// What PostgreSQL said, if it was PostgreSQL that refused.
    #[must_use]
    pub fn database(&self) -> Option<&DbError> {
        match self {
            Self::Database { source, .. } => source.as_db_error(),
            _ => None,
        }
    }

    /// PostgreSQL's five-character error code.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.database().map(DbError::code)
    }

    /// The constraint that was violated.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.database().and_then(DbError::constraint)
    }

    /// Whether the statement would have put a value twice where it may stand once.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.sqlstate() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    /// Whether the statement would have referred to a row that does not exist, or removed one that is referred to.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        self.sqlstate() == Some(&SqlState::FOREIGN_KEY_VIOLATION)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database { statement, source } | Self::Connection { statement, source } => {
                write!(f, "{statement}: {}", in_full(source))
            }
            Self::Decode { statement, column, source } => {
                write!(f, "{statement}: column {column}: {}", in_full(source))
            }
            Self::RowCount { statement, expected, found } => {
                write!(f, "{statement}: expected {expected}, found {found} rows")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database { source, .. } | Self::Connection { source, .. } | Self::Decode { source, .. } => {
                Some(source)
            }
            Self::RowCount { .. } => None,
        }
    }
}
