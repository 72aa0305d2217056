//! Why a statement failed, said in full.

use std::{error::Error as _, fmt};

use tokio_postgres::error::{DbError, SqlState};

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
            Self::Database { statement, source } => match source.as_db_error() {
                Some(error) => write!(f, "{statement}: {}", InFull(error)),
                None => write!(f, "{statement}: {source}"),
            },
            Self::Connection { statement, source } => match source.source() {
                Some(cause) => write!(f, "{statement}: {source}: {cause}"),
                None => write!(f, "{statement}: {source}"),
            },
            Self::Decode { statement, column, source } => match source.source() {
                Some(cause) => write!(f, "{statement}: column {column}: {cause}"),
                None => write!(f, "{statement}: column {column}: {source}"),
            },
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

/// All that a database error says, on one line; tokio-postgres prints "db error".
pub(crate) struct InFull<'e>(pub(crate) &'e DbError);

impl fmt::Display for InFull<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error) = self;
        write!(f, "{} (SQLSTATE {}", error.message(), error.code().code())?;
        if let Some(constraint) = error.constraint() {
            write!(f, ", constraint {constraint}")?;
        }
        write!(f, ")")?;
        if let Some(detail) = error.detail() {
            write!(f, "; {detail}")?;
        }
        match error.hint().or_else(|| way_out(error.code())) {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// What to do where PostgreSQL itself gives no hint.
fn way_out(code: &SqlState) -> Option<&'static str> {
    if *code == SqlState::STRING_DATA_RIGHT_TRUNCATION {
        Some("shorten the value to the length of its column")
    } else if *code == SqlState::CHARACTER_NOT_IN_REPERTOIRE {
        Some("remove NUL bytes and whatever else is not UTF-8 text")
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Some("let the owner of the database GRANT the right, or connect as a role that has it")
    } else if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN {
        Some("the schema is not the one this build was made for: run the migrations")
    } else if *code == SqlState::QUERY_CANCELED {
        Some("the statement took longer than statement_timeout allows")
    } else {
        None
    }
}
