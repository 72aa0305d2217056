//! Why a statement failed.

use std::{error::Error as _, fmt};

use tokio_postgres::error::{DbError, SqlState};

use super::{error_text::in_full, sqlstate};

/// A statement that could not be run or whose result could not be read.
///
/// The text has the name of the statement, such as `users.create`, and everything that PostgreSQL reported: message,
/// SQLSTATE, constraint, detail, hint. The detail of a violated constraint is left out, because it repeats the row and
/// with it personal data; [`Error::database`] has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL refused the statement.
    Database {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The driver's error; [`Error::database`] gives access to its parts.
        source: tokio_postgres::Error,
    },
    /// The connection failed before the answer arrived: whether the statement took effect is unknown.
    Connection {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A parameter can't be sent: its value does not fit the type that PostgreSQL expects.
    Parameter {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A value does not fit the Rust type of its column, or is not one of the values that the column can have.
    Decode {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The column's name.
        column: String,
        /// The driver's error, or that of the type that the value was read as.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The statement returned a number of rows that `one()` or `opt()` does not allow.
    RowCount {
        /// The statement, as `module.function`.
        statement: &'static str,
        /// The number of rows that the caller expects.
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

    /// Wraps an error of beginning, committing or rolling back a transaction; its statement is `transaction`.
    // Not a `From`: type inference in generated code depends on there being only one.
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

    /// PostgreSQL's error, if it reported one.
    #[must_use]
    pub fn database(&self) -> Option<&DbError> {
        match self {
            Self::Database { source, .. } => source.as_db_error(),
            _ => None,
        }
    }

    /// PostgreSQL's five-character error code, if the error is PostgreSQL's.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.database().map(DbError::code)
    }

    /// The name of the violated constraint, if one was violated.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        self.database().and_then(DbError::constraint)
    }

    /// Whether the same call may succeed a little later: the connection broke, the server stops or starts, a limit was
    /// hit, or another transaction held a lock ([`sqlstate::is_transient`]).
    ///
    /// After a broken connection it is unknown whether the statement took effect: repeat only what may happen twice.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection { .. } => true,
            _ => self.sqlstate().is_some_and(sqlstate::is_transient),
        }
    }

    /// Whether the statement names a table, column or function that does not exist, as in a database that is not
    /// migrated.
    #[must_use]
    pub fn is_undefined_object(&self) -> bool {
        self.sqlstate().is_some_and(sqlstate::is_undefined_object)
    }

    /// Whether a value would have been stored twice that a unique constraint or index allows once.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.sqlstate() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    /// Whether the statement referred to a row that does not exist, or deleted a row that another refers to.
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
