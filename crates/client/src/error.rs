//! Why a statement failed, said in full.

use std::{error::Error as _, fmt};

use tokio_postgres::error::{DbError, SqlState};

use crate::error_text::{in_full, is_undefined_object};

/// A statement that could not be run or whose result could not be read.
///
/// The text names the statement, as `users.create`, and everything that PostgreSQL said: message, SQLSTATE,
/// constraint, detail, hint. Of a violated constraint the detail is left out: it repeats the row, and with it phone
/// numbers and the like; [`Error::database`] has it.
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
    /// A parameter can't be sent: it does not fit the type that PostgreSQL expects in its place.
    Parameter {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A value does not fit the Rust type of its column, or is none of the values that the column can have.
    Decode {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The column's name.
        column: String,
        /// The driver's error, or that of the type that the value was read as.
        source: Box<dyn std::error::Error + Send + Sync>,
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
        let broken = source.is_closed() || source.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        if source.as_db_error().is_some() {
            Self::Database { statement, source }
        } else if broken {
            Self::Connection { statement, source }
        } else {
            Self::Parameter { statement, source }
        }
    }

    /// An error of the transaction around the statements: of beginning, committing or rolling back.
    // Not a `From`: with a second one generated code would no longer know which to infer.
    #[must_use]
    pub fn of_transaction(source: tokio_postgres::Error) -> Self {
        Self::new("transaction", source)
    }

    /// The statement that failed, as `module.function`.
    #[must_use]
    pub fn statement(&self) -> &'static str {
        match self {
            Self::Database { statement, .. }
            | Self::Connection { statement, .. }
            | Self::Parameter { statement, .. }
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

    /// Whether the same may succeed a little later: the connection broke, the server stops or starts, another
    /// transaction was in the way. Whether the statement took effect is not known if the connection broke.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection { .. } => true,
            // Classes 08 connection trouble, 40 serialisation failure and deadlock, 53 want of resources, 57 stopped by
            // an operator, a limit or a shutdown; a lock not to be had; a stand-by that was the primary a moment ago.
            Self::Database { .. } => self.sqlstate().is_some_and(|code| {
                ["08", "40", "53", "57", "55P03", "25006"].iter().any(|class| code.code().starts_with(class))
            }),
            _ => false,
        }
    }

    /// Whether the statement names a table, column or function that does not exist, as on a database that is not migrated.
    #[must_use]
    pub fn is_undefined_object(&self) -> bool {
        self.sqlstate().is_some_and(is_undefined_object)
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
            Self::Database { statement, source }
            | Self::Connection { statement, source }
            | Self::Parameter { statement, source } => {
                write!(f, "{statement}: {}", in_full(source))
            }
            Self::Decode { statement, column, source } => {
                write!(f, "{statement}: column {column}: {}", in_full(source.as_ref()))
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
            Self::Database { source, .. } | Self::Connection { source, .. } | Self::Parameter { source, .. } => {
                Some(source)
            }
            Self::Decode { source, .. } => Some(source.as_ref()),
            Self::RowCount { .. } => None,
        }
    }
}
