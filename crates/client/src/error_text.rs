//! Errors with everything that they know, on one line.

use std::{error::Error, fmt};

use tokio_postgres::error::{DbError, SqlState};

/// An error and its causes; of a database error what PostgreSQL said, where the driver prints "db error".
#[must_use]
pub fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = database_error(error) {
            texts.push(InFull(error).to_string());
            break;
        }
        texts.push(error.to_string());
        next = error.source();
    }
    texts.join(": ")
}

fn database_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e DbError> {
    error.downcast_ref::<tokio_postgres::Error>()?.as_db_error()
}

/// All that a database error says, on one line; tokio-postgres prints "db error".
struct InFull<'e>(&'e DbError);

impl fmt::Display for InFull<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error) = self;
        write!(f, "{} (SQLSTATE {}", error.message(), error.code().code())?;
        if let Some(constraint) = error.constraint() {
            write!(f, ", constraint {constraint}")?;
        }
        write!(f, ")")?;
        // The detail of an integrity violation (class 23) repeats the row, and with it personal data.
        if let Some(detail) = error.detail().filter(|_| !error.code().code().starts_with("23")) {
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
    } else if is_undefined_object(code) {
        Some("the schema is not the one this build was made for: run the migrations")
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        Some("connect to the primary: this server, or this role, only reads")
    } else if *code == SqlState::QUERY_CANCELED {
        Some("the statement took longer than statement_timeout allows")
    } else {
        None
    }
}

/// Whether the code says that a table, column or function does not exist, as on a database that is not migrated.
pub(crate) fn is_undefined_object(code: &SqlState) -> bool {
    [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN, SqlState::UNDEFINED_FUNCTION].contains(code)
}
