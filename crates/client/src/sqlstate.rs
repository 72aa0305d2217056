//! Groups of SQLSTATE codes that call for the same reaction.
//!
//! The codes are listed in appendix A of PostgreSQL's manual.

use tokio_postgres::error::{DbError, SqlState};

/// Whether the same statement may succeed a little later, without a change to it, the schema or the settings.
///
/// - class 08, connection failures
/// - class 40, serialization failures and deadlocks
/// - class 53, insufficient resources, too many connections among them
/// - class 57, cancelled or shut down: by an operator, a limit, a restart
/// - 55P03, a lock that was not available
/// - 25006, a write on a server that is read-only, as during a failover
#[must_use]
pub fn is_transient(code: &SqlState) -> bool {
    let code = code.code();
    ["08", "40", "53", "57"].contains(&class(code)) || ["55P03", "25006"].contains(&code)
}

/// Whether the connection failed, or was refused because the server is starting or stopping: class 08, and 57P01 to
/// 57P05.
#[must_use]
pub fn is_connection_failure(code: &SqlState) -> bool {
    class(code.code()) == "08" || code.code().starts_with("57P0")
}

/// Whether a COMMIT that failed so may have been carried out: the server has not answered (`None`), or stops.
#[must_use]
pub fn is_lost_commit(code: Option<&SqlState>) -> bool {
    code.is_none_or(is_connection_failure)
}

/// Whether the server rolled a transaction back that may succeed when it is repeated: class 40, serialization failures and
/// deadlocks.
#[must_use]
pub fn is_rollback(code: &SqlState) -> bool {
    class(code.code()) == "40"
}

/// Whether a statement wrote on a standby, or in a read-only transaction: 25006.
pub(crate) fn is_read_only_server(code: &SqlState) -> bool {
    *code == SqlState::READ_ONLY_SQL_TRANSACTION
}

/// Whether a constraint was violated: class 23. The error's detail then repeats the row, and with it personal data.
#[must_use]
pub fn is_integrity_violation(code: &SqlState) -> bool {
    class(code.code()) == "23"
}

/// Whether a table, column or function does not exist, as in a database that is not migrated.
#[must_use]
pub fn is_undefined_object(code: &SqlState) -> bool {
    [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN, SqlState::UNDEFINED_FUNCTION].contains(code)
}

/// Whether something is missing that a migration makes: besides what [`is_undefined_object`] lists, a type.
pub(crate) fn is_of_older_schema(code: &SqlState) -> bool {
    is_undefined_object(code) || *code == SqlState::UNDEFINED_OBJECT
}

/// Whether a prepared statement must be prepared again: its result has changed shape, or the server has dropped it.
pub(crate) fn is_stale_statement(error: &DbError) -> bool {
    // "cached plan must not change result type" has no code of its own.
    let changed = *error.code() == SqlState::FEATURE_NOT_SUPPORTED && error.routine() == Some("RevalidateCachedQuery");
    changed || *error.code() == SqlState::INVALID_SQL_STATEMENT_NAME
}

/// Whether a prepared statement does not exist, or exists although it was not prepared, as in another session than before.
pub(crate) fn is_of_prepared_statement(code: &SqlState) -> bool {
    [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT].contains(code)
}

/// The first two characters.
fn class(code: &str) -> &str {
    code.get(..2).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadlock_and_a_restart_are_transient_and_a_duplicate_key_is_not() {
        for code in ["08006", "40001", "40P01", "53300", "57014", "57P01", "55P03", "25006"] {
            assert!(is_transient(&SqlState::from_code(code)), "{code}");
        }
        for code in ["23505", "42P01", "42501", "28P01", "55000", "25001"] {
            assert!(!is_transient(&SqlState::from_code(code)), "{code}");
        }
    }

    #[test]
    fn a_cancelled_statement_is_no_connection_failure() {
        for code in ["08001", "57P01", "57P03"] {
            assert!(is_connection_failure(&SqlState::from_code(code)), "{code}");
        }
        assert!(!is_connection_failure(&SqlState::QUERY_CANCELED));
    }

    #[test]
    fn a_missing_table_column_or_function_is_an_undefined_object() {
        for code in ["42P01", "42703", "42883"] {
            assert!(is_undefined_object(&SqlState::from_code(code)), "{code}");
        }
        assert!(!is_undefined_object(&SqlState::UNDEFINED_OBJECT));
    }

    #[test]
    fn only_class_23_is_an_integrity_violation() {
        assert!(is_integrity_violation(&SqlState::CHECK_VIOLATION));
        assert!(!is_integrity_violation(&SqlState::STRING_DATA_RIGHT_TRUNCATION));
    }
}
