//! Which statements a query may be.

use barqnet_db_sql::Token;

/// Why a statement can't be a query, and what to do instead.
pub(super) struct Refusal<'t> {
    pub(super) token: &'t Token<'t>,
    pub(super) reason: &'static str,
    pub(super) help: &'static str,
}

const TRANSACTION: (&str, &str) = (
    "would begin, end or divide the caller's transaction",
    "let the program do it: `client.transaction()`, `commit()`, `rollback()`",
);
const SETTING: (&str, &str) = (
    "would change the session of a pooled connection, for whatever runs on it next",
    "write SELECT SET_CONFIG('name', :value, TRUE), which ends with the transaction",
);
const NOTIFICATION: (&str, &str) =
    ("needs a connection of its own, which receives the notifications", "open one with the driver, outside the pool");
const CURSOR: (&str, &str) =
    ("would leave a cursor behind on a pooled connection", "stream the rows of the SELECT itself with `.iter()`");
const PREPARED: (&str, &str) =
    ("handles prepared statements, which the client does for each query", "write the statement itself as a query");
const DEFINITION: (&str, &str) =
    ("would change the schema that the other queries were checked against", "put it into a migration");

/// What may not be a query, by its first word. Missing here, because they may: SELECT, INSERT, UPDATE, DELETE, MERGE, WITH,
/// VALUES, TABLE, CALL, SHOW, TRUNCATE, ANALYZE, VACUUM, REINDEX, REFRESH, CLUSTER, CHECKPOINT.
fn refused(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "COPY" => (
            "speaks a protocol of its own, which leaves the connection unusable for an ordinary statement",
            "write the INSERT or SELECT, and mark it: `--! name copy_in` or `--! name copy_out`",
        ),
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => TRANSACTION,
        "SET" | "RESET" | "DISCARD" | "LOAD" => SETTING,
        "NOTIFY" => ("can't take parameters", "write SELECT FROM PG_NOTIFY(:channel, :payload)"),
        "LISTEN" | "UNLISTEN" => NOTIFICATION,
        "DECLARE" | "FETCH" | "MOVE" | "CLOSE" => CURSOR,
        "PREPARE" | "EXECUTE" | "DEALLOCATE" => PREPARED,
        "LOCK" => (
            "has no effect outside a transaction, and holds the lock until the end of the caller's",
            "lock rows with SELECT … FOR UPDATE, or SELECT FROM PG_ADVISORY_XACT_LOCK(:key)",
        ),
        "DO" => (
            "can't take parameters or return rows, and its body would not be checked",
            "create a function in a migration and SELECT it, or a procedure and CALL it",
        ),
        "EXPLAIN" => ("shows a plan instead of the rows", "write the statement without EXPLAIN"),
        "CREATE" | "ALTER" | "DROP" | "COMMENT" | "GRANT" | "REVOKE" | "SECURITY" | "IMPORT" | "REASSIGN" => DEFINITION,
        _ => return None,
    })
}

/// Whether the tokens of a statement may be a query.
pub(super) fn refusal<'t>(code: &[&'t Token<'t>]) -> Option<Refusal<'t>> {
    let first = code.first()?;
    if let Some((reason, help)) = refused(&first.text.to_ascii_uppercase()) {
        return Some(Refusal { token: first, reason, help });
    }
    let mut depth = 0_usize;
    for (index, token) in code.iter().enumerate() {
        let follows =
            |words: &[&str]| index.checked_sub(1).is_some_and(|before| words.iter().any(|word| code[before].is(word)));
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is("INTO") && !follows(&["INSERT", "MERGE", "AS", "."]) {
            let help = "write INSERT INTO … SELECT, or create the table in a migration";
            return Some(Refusal { token, reason: "would create a table", help });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use barqnet_db_sql::tokens;

    use super::*;

    fn word(sql: &str) -> Option<String> {
        let all = tokens(sql);
        let code: Vec<_> = all.iter().collect();
        refusal(&code).map(|refusal| refusal.token.text.to_owned())
    }

    #[test]
    fn statements_that_are_no_queries_are_refused_at_their_word() {
        for sql in [
            "COPY t FROM STDIN",
            "copy (SELECT 1) TO STDOUT",
            "BEGIN",
            "ROLLBACK TO a",
            "SET search_path = a",
            "SET LOCAL a = 1",
            "LISTEN a",
            "NOTIFY a",
            "DECLARE a CURSOR FOR SELECT 1",
            "PREPARE a AS SELECT 1",
            "DISCARD ALL",
            "LOCK TABLE a",
            "DO 'x'",
            "EXPLAIN SELECT 1",
            "CREATE TABLE a (b INT)",
            "DROP TABLE a",
            "GRANT SELECT ON a TO b",
        ] {
            assert_eq!(word(sql).as_deref(), sql.split_whitespace().next(), "{sql}");
        }
        assert_eq!(word("SELECT 1 AS a INTO b FROM c").as_deref(), Some("INTO"));
        assert_eq!(word("WITH a AS (SELECT 1) SELECT * INTO b FROM a").as_deref(), Some("INTO"));
    }

    #[test]
    fn statements_that_may_be_queries_are_not_refused() {
        for sql in [
            "SELECT 1",
            "(SELECT 1)",
            "INSERT INTO a VALUES (1)",
            "WITH a AS (INSERT INTO b VALUES (1) RETURNING c) INSERT INTO d SELECT c FROM a",
            "MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN DELETE",
            "SELECT a.into, 1 AS into FROM a",
            "SELECT (SELECT 1) AS set FROM copy",
            "TABLE a",
            "VALUES (1)",
            "CALL a(:b)",
            "VACUUM a",
            "REINDEX TABLE a",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY a",
            "ANALYZE a",
            "TRUNCATE a",
            "SHOW server_version",
            "\"copy\" x",
        ] {
            assert_eq!(word(sql), None, "{sql}");
        }
    }
}
