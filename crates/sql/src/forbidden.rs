//! Statements that a migration may not hold: it runs in one transaction, on a connection that others use after it.

use crate::{
    statement::statements,
    token::{Kind, Token, tokens},
};

/// Statements that begin with one of these words begin, end or divide a transaction.
const TRANSACTION: [&str; 8] = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"];

/// A forbidden statement or call, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forbidden<'s> {
    /// Its first word as written.
    pub word: &'s str,
    /// The byte offset of that word.
    pub offset: usize,
}

impl<'s> From<&Token<'s>> for Forbidden<'s> {
    fn from(token: &Token<'s>) -> Self {
        Self { word: token.text, offset: token.offset }
    }
}

/// The statements that would begin, end or divide the transaction that `sql` runs in: what precedes a COMMIT would
/// stay when the rest fails. Bodies of functions and blocks are not looked into.
#[must_use]
pub fn transaction_statements(sql: &str) -> Vec<Forbidden<'_>> {
    let all = statements(sql);
    let forbidden = all.iter().filter(|statement| {
        // `PREPARE name AS …` is harmless.
        statement.begins_with(&["PREPARE", "TRANSACTION"]) || TRANSACTION.iter().any(|it| statement.begins_with(&[it]))
    });
    forbidden.map(|statement| (&statement.tokens[0]).into()).collect()
}

/// The statements and calls that change a setting of the session, which would outlive the migration: `SET` without
/// `LOCAL`, `RESET`, `DISCARD`, and `SET_CONFIG` other than for this transaction (as `pg_dump` writes it). Calls are
/// also found in the bodies of functions and blocks.
#[must_use]
pub fn session_settings(sql: &str) -> Vec<Forbidden<'_>> {
    let mut found = Vec::new();
    for statement in statements(sql) {
        let local = statement.begins_with(&["SET", "LOCAL"]) || statement.begins_with(&["SET", "CONSTRAINTS"]);
        if !local && ["SET", "RESET", "DISCARD"].iter().any(|word| statement.begins_with(&[word])) {
            found.push((&statement.tokens[0]).into());
        }
    }
    calls_of_set_config(sql, 0, &mut found);
    found.sort_by_key(|forbidden: &Forbidden<'_>| forbidden.offset);
    found
}

fn calls_of_set_config<'s>(sql: &'s str, base: usize, found: &mut Vec<Forbidden<'s>>) {
    let code: Vec<_> = tokens(sql).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    for (at, token) in code.iter().enumerate() {
        if let Some((body, offset)) = token.dollar_body() {
            calls_of_set_config(body, base + offset, found);
        } else if token.is("SET_CONFIG") && code.get(at + 1).is_some_and(|next| next.is("(")) {
            let mut depth = 0_usize;
            let arguments = code[at + 1..].iter().take_while(|token| {
                depth = if token.is("(") { depth + 1 } else { depth - usize::from(token.is(")")) };
                depth > 0
            });
            if !arguments.last().is_some_and(|last| last.is("TRUE")) {
                found.push(Forbidden { word: token.text, offset: base + token.offset });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<'s>(found: &[Forbidden<'s>]) -> Vec<&'s str> {
        found.iter().map(|forbidden| forbidden.word).collect()
    }

    #[test]
    fn statements_that_end_the_transaction_are_found_with_their_place() {
        let sql = "SELECT 1; ROLLBACK";
        assert_eq!(transaction_statements(sql), [Forbidden { word: "ROLLBACK", offset: 10 }]);
        for bad in [
            "COMMIT;",
            "begin;",
            "START TRANSACTION;",
            "END;",
            "abort",
            "SAVEPOINT a;",
            "RELEASE a",
            "PREPARE TRANSACTION 'later';",
            "-- x\nCOMMIT PREPARED 'later'",
        ] {
            assert_eq!(transaction_statements(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn the_same_words_elsewhere_are_allowed() {
        for good in [
            "DO $$ BEGIN COMMIT; END $$;",
            "SELECT 'COMMIT';",
            "PREPARE p AS SELECT 1;",
            "/* rollback\nCOMMIT;\n*/",
            "CREATE FUNCTION f() RETURNS INT BEGIN ATOMIC SELECT 1; END;",
        ] {
            assert_eq!(transaction_statements(good), [], "{good}");
        }
    }

    #[test]
    fn settings_that_outlive_the_transaction_are_found() {
        for (bad, word) in [
            ("SET search_path = x;", "SET"),
            ("SET SESSION search_path = x;", "SET"),
            ("RESET ALL;", "RESET"),
            ("DISCARD PLANS", "DISCARD"),
            ("SELECT pg_catalog.set_config('search_path', '', false);", "set_config"),
            ("DO $x$ BEGIN PERFORM SET_CONFIG('work_mem', FORMAT('%s', '1GB'), FALSE); END $x$;", "SET_CONFIG"),
        ] {
            assert_eq!(words(&session_settings(bad)), [word], "{bad}");
            let offset = session_settings(bad)[0].offset;
            assert!(bad[offset..].starts_with(word), "{bad}");
        }
    }

    #[test]
    fn settings_of_the_transaction_are_allowed() {
        for good in [
            "SET LOCAL lock_timeout = '1s'",
            "SET CONSTRAINTS ALL DEFERRED;",
            "SELECT SET_CONFIG('work_mem', FORMAT('%s', '1GB'), TRUE);",
            "UPDATE a SET b = 1;",
        ] {
            assert_eq!(session_settings(good), [], "{good}");
        }
    }
}
