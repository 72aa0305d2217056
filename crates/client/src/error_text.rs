//! The full text of an error, on one line.

use std::{error::Error, fmt};

use tokio_postgres::error::{DbError, SqlState};

use super::sqlstate;

/// The text of an error and its causes, on one line.
///
/// For an error of PostgreSQL, for which the driver prints only "db error", it has the message, SQLSTATE, constraint,
/// detail and hint. The detail of a violated constraint is left out: it repeats the row, and with it personal data.
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

struct InFull<'e>(&'e DbError);

impl fmt::Display for InFull<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error) = self;
        write!(f, "{} (SQLSTATE {}", error.message(), error.code().code())?;
        if let Some(constraint) = error.constraint() {
            write!(f, ", constraint {constraint}")?;
        }
        write!(f, ")")?;
        // The detail of an integrity violation repeats the row.
        if let Some(detail) = error.detail().filter(|_| !sqlstate::is_integrity_violation(error.code())) {
            write!(f, "; {detail}")?;
        }
        if let Some(place) = error.where_().and_then(place_in_copy) {
            write!(f, "; {place}")?;
        }
        match error.hint().or_else(|| hint(error.code())) {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// `COPY books, line 7, column title` of an error's context. What may follow repeats the value.
fn place_in_copy(context: &str) -> Option<&str> {
    let line = context.lines().find(|line| line.starts_with("COPY "))?;
    Some(line.split_once(": ").map_or(line, |(place, _)| place))
}

/// What to do about an error for which PostgreSQL itself gives no hint.
fn hint(code: &SqlState) -> Option<&'static str> {
    if *code == SqlState::STRING_DATA_RIGHT_TRUNCATION {
        Some("shorten the value to the length of its column")
    } else if *code == SqlState::CHARACTER_NOT_IN_REPERTOIRE {
        Some("remove NUL bytes and everything else that is not UTF-8 text")
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Some("GRANT the privilege to this role, or connect as a role that has it")
    } else if sqlstate::is_undefined_object(code) {
        Some("the database's schema is not the one this program expects: run the migrations")
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        Some("connect to the primary server, with a role and a transaction that may write")
    } else if *code == SqlState::QUERY_CANCELED {
        Some("it ran longer than statement_timeout allows, unless it was cancelled by hand")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::place_in_copy;

    #[test]
    fn the_place_in_a_copy_is_shown_without_the_value() {
        for (context, place) in [
            ("COPY books, line 7, column title", Some("COPY books, line 7, column title")),
            ("COPY books, line 7, column title: \"secret\"", Some("COPY books, line 7, column title")),
            ("PL/pgSQL function f() line 3 at RAISE\nCOPY books, line 2", Some("COPY books, line 2")),
            ("PL/pgSQL function f() line 3 at RAISE", None),
        ] {
            assert_eq!(place_in_copy(context), place);
        }
    }
}
