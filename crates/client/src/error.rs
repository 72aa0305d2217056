//! Why a statement failed.

use std::{fmt, sync::Arc, time::Duration};

use tokio_postgres::error::{DbError, SqlState};

use super::{constraints, error_text::in_full, page::CursorError, pool, query::Query, sqlstate};

/// A statement that could not be run or whose result could not be read.
///
/// The text has the name of the statement, such as `users.create`, the place of its query, and everything that PostgreSQL
/// reported: message, SQLSTATE, constraint, detail, hint. The detail of a violated constraint is left out, because it repeats the row and
/// with it personal data; [`Error::database`] has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL refused the statement.
    Database {
        /// The statement.
        statement: &'static Query,
        /// The driver's error; [`Error::database`] gives access to its parts.
        source: tokio_postgres::Error,
    },
    /// The connection failed before the answer arrived: whether the statement took effect is unknown.
    Connection {
        /// The statement.
        statement: &'static Query,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A parameter can't be sent: its value does not fit the type that PostgreSQL expects.
    Parameter {
        /// The statement.
        statement: &'static Query,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// A value of a row can't be copied: it does not fit the type of its column. No row has been copied.
    Encode {
        /// The statement.
        statement: &'static Query,
        /// The row, counted from 1.
        row: u64,
        /// The column's name.
        column: String,
        /// Why the value does not fit.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The statement has other parameters or columns in this database than in the one that the program was built for: a
    /// migration changed what it names. It was prepared and has not run.
    Changed {
        /// The statement.
        statement: &'static Query,
        /// What differs: `column 2`, `parameter $1`.
        what: String,
        /// What the program was built for: `title text`.
        expected: String,
        /// What this database has: `secret text`.
        found: String,
    },
    /// A value does not fit the Rust type of its column, or is not one of the values that the column can have.
    Decode {
        /// The statement.
        statement: &'static Query,
        /// The column's name.
        column: String,
        /// The driver's error, or that of the type that the value was read as.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server has not answered: it is frozen, or cannot be reached. Whether the statement took effect is unknown.
    TimedOut {
        /// The statement.
        statement: &'static Query,
        /// How long the client has waited: the connection's `statement_timeout`, and 5 seconds.
        after: Duration,
    },
    /// The transaction was rolled back instead of committed, because a statement in it had failed.
    RolledBack {
        /// The first statement that failed; `None` if it did not run through this crate.
        failure: Option<Failure>,
        /// The driver's error of the commit.
        source: tokio_postgres::Error,
    },
    /// The connection was lost, or did not answer, during the commit: it is unknown whether the transaction was committed.
    CommitUnknown {
        /// What happened to the connection.
        source: Box<Error>,
    },
    /// The statement came after the end of its [`Pool::transaction`](super::pool::Pool::transaction); it was not sent.
    TransactionEnded {
        /// The statement.
        statement: &'static Query,
    },
    /// A [`Lane`](super::pool::Lane) had no connection for the statement, or no place on one within its limit; it was not
    /// sent.
    NoConnection {
        /// The statement.
        statement: &'static Query,
        /// Why there was none.
        source: Arc<pool::Error>,
    },
    /// The statement can't run on a [`Lane`](super::pool::Lane); it was not sent.
    NeedsClient {
        /// The statement.
        statement: &'static Query,
        /// Why it can't.
        reason: &'static str,
    },
    /// More rows arrived than are kept in memory: while another statement ran on the client of a stream, or for a stream on a
    /// [`Lane`](super::pool::Lane).
    Overrun {
        /// The statement.
        statement: &'static Query,
        /// How many bytes of rows are kept.
        max_bytes: usize,
    },
    /// The cursor is not one of the page: it is of another order. Nothing was sent.
    Cursor {
        /// The statement.
        statement: &'static Query,
        /// What is wrong with it.
        source: CursorError,
    },
    /// The statement returned a number of rows that `one()` or `opt()` does not allow.
    RowCount {
        /// The statement.
        statement: &'static Query,
        /// The number of rows that the caller expects.
        expected: &'static str,
        /// How many rows there were.
        found: usize,
    },
}

/// The statement that an error of a commit names.
pub(super) static COMMIT: Query = Query::by_hand("commit", "COMMIT");

impl Error {
    pub(super) fn new(statement: &'static Query, source: tokio_postgres::Error) -> Self {
        if source.as_db_error().is_some() {
            Self::Database { statement, source }
        } else if is_of_parameters(&source) {
            Self::Parameter { statement, source }
        } else {
            // Lost, or out of step: what the server sent could not be understood.
            Self::Connection { statement, source }
        }
    }

    /// The statement that failed, as `module.function`; `begin`, `commit` or `rollback` if it was none of the build's.
    #[must_use]
    pub fn statement(&self) -> &'static str {
        match self {
            Self::RolledBack { failure: Some(failure), .. } => failure.statement,
            _ => self.query().name,
        }
    }

    /// The statement that failed, with its SQL and its place.
    #[must_use]
    pub fn query(&self) -> &'static Query {
        match self {
            Self::Database { statement, .. }
            | Self::Connection { statement, .. }
            | Self::Parameter { statement, .. }
            | Self::Encode { statement, .. }
            | Self::Changed { statement, .. }
            | Self::Decode { statement, .. }
            | Self::TimedOut { statement, .. }
            | Self::Overrun { statement, .. }
            | Self::TransactionEnded { statement }
            | Self::NoConnection { statement, .. }
            | Self::NeedsClient { statement, .. }
            | Self::Cursor { statement, .. }
            | Self::RowCount { statement, .. } => statement,
            Self::RolledBack { .. } | Self::CommitUnknown { .. } => &COMMIT,
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
        match self {
            Self::RolledBack { failure, source } => failure.as_ref().map(|failure| &failure.code).or(source.code()),
            _ => self.database().map(DbError::code),
        }
    }

    /// The name of the violated constraint, if one was violated. [`constraints!`](crate::constraints) makes it a value of an enum.
    ///
    /// Citus reports it of a distributed table in the message only: there it is found if `lc_messages` of the worker is English.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        let error = self.database()?;
        let in_message =
            || sqlstate::is_integrity_violation(error.code()).then(|| constraints::named_in(error.message()))?;
        error.constraint().or_else(in_message)
    }

    /// Whether the same call may succeed a little later: the connection broke, the server stops or starts, a limit was
    /// hit, another transaction held a lock ([`sqlstate::is_transient`]), or a migration changed what a statement inside a
    /// transaction returns.
    ///
    /// After a broken connection it is unknown whether the statement took effect: repeat only what may happen twice.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::TimedOut { .. } => true,
            Self::NoConnection { source, .. } => source.is_transient(),
            Self::RolledBack { failure: Some(failure), .. } => failure.is_transient,
            _ => self
                .database()
                .is_some_and(|error| sqlstate::is_transient(error.code()) || sqlstate::is_stale_statement(error)),
        }
    }

    /// Whether a transaction that ended with it did nothing, and may succeed when it is repeated: for one that only
    /// concurrency, a schema change or the connection stopped.
    pub(super) fn undoes_transaction(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::TimedOut { .. } => true,
            Self::RolledBack { failure, .. } => failure.as_ref().is_some_and(Failure::undoes_transaction),
            Self::Database { .. } => Failure::of(self).is_some_and(|failure| failure.undoes_transaction()),
            _ => false,
        }
    }

    /// Whether the connection is lost or does not answer, or its server stops.
    pub(super) fn is_of_connection(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::TimedOut { .. } | Self::CommitUnknown { .. })
            || self.sqlstate().is_some_and(sqlstate::is_connection_failure)
    }

    /// Whether the connection must not be used again: it is lost, or its server stops or has become a standby.
    pub(super) fn breaks_connection(&self) -> bool {
        self.is_of_connection() || self.sqlstate().is_some_and(sqlstate::is_read_only_server)
    }

    /// Whether the statement names a table, column or function that does not exist, as in a database that is not
    /// migrated.
    #[must_use]
    pub fn is_undefined_object(&self) -> bool {
        self.sqlstate().is_some_and(sqlstate::is_undefined_object)
    }

    /// Whether the server may lack a migration that the statement needs, as a replica does that has not replayed it.
    pub(super) fn is_of_older_schema(&self) -> bool {
        matches!(self, Self::Changed { .. }) || self.sqlstate().is_some_and(sqlstate::is_of_older_schema)
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

/// The statement that made a transaction impossible to commit.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The statement, as `module.function`.
    pub statement: &'static str,
    /// Why it failed; `57014` for a call that was dropped.
    pub code: SqlState,
    is_transient: bool,
    is_stale: bool,
}

impl Failure {
    /// Of a call that was dropped.
    pub(super) fn abandoned(statement: &'static Query) -> Self {
        Self { statement: statement.name, code: SqlState::QUERY_CANCELED, is_transient: true, is_stale: false }
    }

    /// `None` if the error does not abort a transaction, or says that an earlier one has.
    pub(super) fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Database { statement, source } => {
                let database = source.as_db_error()?;
                let code = database.code();
                (*code != SqlState::IN_FAILED_SQL_TRANSACTION).then(|| Self {
                    statement: statement.name,
                    code: code.clone(),
                    is_transient: error.is_transient(),
                    is_stale: sqlstate::is_stale_statement(database),
                })
            }
            _ => None,
        }
    }
}

impl Failure {
    pub(super) fn undoes_transaction(&self) -> bool {
        self.is_stale || sqlstate::is_rollback(&self.code) || sqlstate::is_connection_failure(&self.code)
    }
}

/// Whether the driver refused the parameters before it sent anything. Its error kinds are private, so its texts are compared.
fn is_of_parameters(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    ["error serializing parameter", "error encoding message to server", "expected "]
        .iter()
        .any(|kind| text.starts_with(kind))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Query { name, file, line, .. } = self.query();
        f.write_str(name)?;
        if *line > 0 {
            write!(f, " ({file}:{line})")?;
        }
        match self {
            Self::Database { source, .. } | Self::Connection { source, .. } | Self::Parameter { source, .. } => {
                write!(f, ": {}", in_full(source))?;
                if source.code().is_some_and(sqlstate::is_of_prepared_statement) {
                    f.write_str("; if a pooler gives each transaction another session, set pool_mode=transaction")?;
                }
                Ok(())
            }
            Self::Encode { row, column, source, .. } => {
                write!(f, ": row {row}, column {column}: {}", in_full(source.as_ref()))
            }
            Self::Changed { what, expected, found, .. } => {
                write!(f, ": {what} is {found} in this database, and this program was built for {expected}")
            }
            Self::TimedOut { after, .. } => {
                write!(f, ": the server has not answered for {after:?}; it is frozen, overloaded or unreachable")
            }
            Self::RolledBack { failure: Some(Failure { statement, code, .. }), .. } => {
                let code = code.code();
                write!(f, ": the transaction was rolled back, because {statement} had failed in it (SQLSTATE {code})")
            }
            Self::RolledBack { failure: None, .. } => {
                f.write_str(": the transaction was rolled back, because a statement in it had failed")
            }
            Self::CommitUnknown { source } => {
                write!(f, ": it is unknown whether the transaction was committed: {source}; look before repeating it")
            }
            Self::TransactionEnded { .. } => {
                f.write_str(": the transaction that it was to run in has ended; it was not sent")
            }
            Self::NoConnection { source, .. } => write!(f, ": it was not sent: {source}"),
            Self::NeedsClient { reason, .. } => {
                write!(f, ": {reason}, and a lane's connections are shared; run it on a client of the pool")
            }
            Self::Overrun { max_bytes, .. } => {
                write!(
                    f,
                    ": more than {max_bytes} bytes of rows had to be kept in memory, because the stream is one of a lane, \
                     or because another statement ran on its client; read the stream first, or use a client for it alone"
                )
            }
            Self::Decode { column, source, .. } => write!(f, ": column {column}: {}", in_full(source.as_ref())),
            Self::Cursor { source, .. } => write!(f, ": {source}"),
            Self::RowCount { expected, found, .. } => write!(f, ": expected {expected}, found {found} rows"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database { source, .. }
            | Self::Connection { source, .. }
            | Self::Parameter { source, .. }
            | Self::RolledBack { source, .. } => Some(source),
            Self::Decode { source, .. } | Self::Encode { source, .. } => Some(source.as_ref()),
            Self::CommitUnknown { source } => Some(source.as_ref()),
            Self::NoConnection { source, .. } => Some(source.as_ref()),
            Self::Cursor { source, .. } => Some(source),
            Self::Changed { .. }
            | Self::RowCount { .. }
            | Self::TimedOut { .. }
            | Self::Overrun { .. }
            | Self::NeedsClient { .. }
            | Self::TransactionEnded { .. } => None,
        }
    }
}
