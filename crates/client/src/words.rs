//! What the words of a statement say about it, without a parser. All of it runs at compile time for a constant.

/// Words that a statement about rows begins with. It is one statement, and cancelled outside a transaction it has had no effect.
const ABOUT_ROWS: [&str; 9] = ["SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "SHOW"];

/// System functions whose effect stays in the session; `pg_try_advisory_lock_shared` and its like begin with one of them.
const SESSION_FUNCTIONS: [&str; 4] = ["SET_CONFIG", "PG_ADVISORY_LOCK", "PG_TRY_ADVISORY_LOCK", "SETSEED"];

/// Whether the statement reads or writes rows: its first word, after comments and opening parentheses, says so.
pub(crate) const fn is_about_rows(sql: &str) -> bool {
    let sql = sql.as_bytes();
    let begin = first_word(sql);
    let mut word = 0;
    while word < ABOUT_ROWS.len() {
        let name = ABOUT_ROWS[word].as_bytes();
        let end = begin + name.len();
        if is_at(sql, begin, name) && (end == sql.len() || !is_part_of_word(sql[end])) {
            return true;
        }
        word += 1;
    }
    false
}

/// Whether the text contains the name of a system function that changes the session.
pub(crate) const fn names_session_function(sql: &str) -> bool {
    let sql = sql.as_bytes();
    let mut at = 0;
    while at < sql.len() {
        let mut function = 0;
        while function < SESSION_FUNCTIONS.len() {
            if is_at(sql, at, SESSION_FUNCTIONS[function].as_bytes()) {
                return true;
            }
            function += 1;
        }
        at += 1;
    }
    false
}

/// Where the first word begins.
const fn first_word(sql: &[u8]) -> usize {
    let mut at = 0;
    // PostgreSQL's comments nest.
    let mut depth = 0_usize;
    while at < sql.len() {
        if is_at(sql, at, b"/*") {
            depth += 1;
            at += 2;
        } else if depth > 0 && is_at(sql, at, b"*/") {
            depth -= 1;
            at += 2;
        } else if depth == 0 && is_at(sql, at, b"--") {
            while at < sql.len() && sql[at] != b'\n' {
                at += 1;
            }
        } else if depth > 0 || sql[at].is_ascii_whitespace() || sql[at] == b'(' {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// Whether the text has these characters at this place; upper and lower case are the same.
const fn is_at(sql: &[u8], at: usize, name: &[u8]) -> bool {
    let mut index = 0;
    while index < name.len() {
        if at + index >= sql.len() || !sql[at + index].eq_ignore_ascii_case(&name[index]) {
            return false;
        }
        index += 1;
    }
    true
}

const fn is_part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_says_whether_a_statement_is_about_rows() {
        for sql in [
            "SELECT 1",
            "select(1)",
            "/* orders.all */ SELECT 1",
            "/* a /* b */ c */ -- d\n (( VALUES (1)))",
            "WITH a AS (DELETE FROM b RETURNING c) SELECT c FROM a",
            "TABLE",
        ] {
            assert!(is_about_rows(sql), "{sql}");
        }
        for sql in [
            "",
            "BEGIN",
            "commit",
            "SET a = 1",
            "LISTEN a",
            "VACUUM",
            "CALL a()",
            "SELECTED",
            "-- SELECT\n DO 'x'",
            "/* SELECT",
            "DECLARE a CURSOR FOR SELECT 1",
            "CREATE TEMP TABLE a (b INT)",
            "\"SELECT\"",
            "SHOWé",
        ] {
            assert!(!is_about_rows(sql), "{sql}");
        }
    }

    #[test]
    fn a_system_function_that_changes_the_session_is_found_in_any_case() {
        for sql in ["SELECT set_config('a', 'b', false)", "SELECT Pg_Advisory_Lock_Shared(1)", "SELECT SETSEED(0.5)"] {
            assert!(names_session_function(sql), "{sql}");
        }
        for sql in ["SELECT PG_ADVISORY_XACT_LOCK(1)", "SELECT PG_ADVISORY_UNLOCK(1)", "SELECT 1"] {
            assert!(!names_session_function(sql), "{sql}");
        }
    }
}
