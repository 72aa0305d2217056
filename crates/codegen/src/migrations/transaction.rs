//! Which statements PostgreSQL refuses to run in a transaction.

use barqnet_db_sql::Statement;

/// What a statement that can't run in a transaction is called, such as `CREATE INDEX CONCURRENTLY`. It is asked of the
/// statement, not of a word: REFRESH MATERIALIZED VIEW CONCURRENTLY can run in one.
pub(super) fn refused_in_transaction(statement: &Statement<'_>) -> Option<&'static str> {
    let begins = |words: &[&str]| statement.begins_with(words);
    if begins(&["CREATE", "INDEX", "CONCURRENTLY"]) || begins(&["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"]) {
        Some("CREATE INDEX CONCURRENTLY")
    } else if begins(&["DROP", "INDEX", "CONCURRENTLY"]) {
        Some("DROP INDEX CONCURRENTLY")
    } else if begins(&["REINDEX"]) {
        refused_reindex(statement)
    } else if begins(&["ALTER", "TABLE"]) {
        detaches_concurrently(statement).then_some("DETACH PARTITION … CONCURRENTLY")
    } else if begins(&["VACUUM"]) {
        Some("VACUUM")
    } else if begins(&["CLUSTER"]) {
        let names_no_table =
            statement.tokens.len() == 1 || statement.tokens.len() == 2 && begins(&["CLUSTER", "VERBOSE"]);
        names_no_table.then_some("CLUSTER of all tables")
    } else {
        changes_server(statement)
    }
}

/// What a statement is called that changes the whole server, of which a database is a part; none of them can run in a
/// transaction.
pub(super) fn changes_server(statement: &Statement<'_>) -> Option<&'static str> {
    let statements = ["CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE", "DROP TABLESPACE", "ALTER SYSTEM"];
    statements.into_iter().find(|name| statement.begins_with(&name.split(' ').collect::<Vec<_>>()))
}

/// Whether the statement is `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
pub(super) fn detaches_concurrently(statement: &Statement<'_>) -> bool {
    let detaches = statement.tokens.windows(2).any(|two| two[0].is("DETACH") && two[1].is("PARTITION"));
    detaches && statement.tokens.last().is_some_and(|last| last.is("CONCURRENTLY"))
}

/// `REINDEX [(…)] {INDEX | TABLE | SCHEMA | DATABASE | SYSTEM} [CONCURRENTLY] …`
fn refused_reindex(statement: &Statement<'_>) -> Option<&'static str> {
    let tokens = &statement.tokens[1..];
    let options = if tokens.first().is_some_and(|token| token.is("(")) {
        tokens.iter().position(|token| token.is(")")).map_or(tokens.len(), |end| end + 1)
    } else {
        0
    };
    let (options, rest) = tokens.split_at(options);
    let is = |at: usize, word: &str| rest.get(at).is_some_and(|token| token.is(word));
    if is(1, "CONCURRENTLY") || options.iter().any(|token| token.is("CONCURRENTLY")) {
        Some("REINDEX CONCURRENTLY")
    } else if ["SCHEMA", "DATABASE", "SYSTEM"].iter().any(|word| is(0, word)) {
        Some("REINDEX of more than one table")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> Option<&'static str> {
        refused_in_transaction(&barqnet_db_sql::statements(sql)[0])
    }

    #[test]
    fn what_runs_only_outside_a_transaction_is_told_by_its_statement() {
        for sql in [
            "CREATE UNIQUE INDEX concurrently IF NOT EXISTS a ON b (c)",
            "DROP INDEX CONCURRENTLY IF EXISTS a",
            "REINDEX INDEX CONCURRENTLY a",
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE a",
            "REINDEX SCHEMA public",
            "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
            "VACUUM (ANALYZE) a",
            "CLUSTER",
            "CLUSTER VERBOSE",
            "CREATE DATABASE a",
            "ALTER SYSTEM SET work_mem = '1GB'",
            "DROP TABLESPACE a",
        ] {
            assert!(refused(sql).is_some(), "{sql}");
        }
    }

    #[test]
    fn what_may_run_in_a_transaction_is_left_alone() {
        for sql in [
            "REFRESH MATERIALIZED VIEW CONCURRENTLY a",
            "CREATE INDEX \"concurrently\" ON b (c)",
            "REINDEX (VERBOSE) TABLE a",
            "ALTER TABLE a DETACH PARTITION b",
            "ALTER TABLE a ADD COLUMN concurrently_seen INT",
            "ALTER TYPE a ADD VALUE 'b'",
            "CLUSTER a USING b",
            "CLUSTER VERBOSE a",
            "COMMENT ON INDEX a IS 'built CONCURRENTLY'",
        ] {
            assert_eq!(refused(sql), None, "{sql}");
        }
    }
}
