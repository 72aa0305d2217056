//! Cuts a text into statements, as psql does before it sends them.

use std::ops::Range;

use crate::token::{Kind, Token, tokens};

/// One statement of a text.
#[derive(Clone, Debug)]
pub struct Statement<'s> {
    /// From its first token to its last one, without the semicolon.
    pub text: &'s str,
    /// The byte offset of its first token.
    pub offset: usize,
    /// The comments directly above it: each begins its line, and no blank line is between them and the statement.
    pub comment: Option<&'s str>,
    /// Its tokens without comments and without the semicolon; at least one.
    pub tokens: Vec<Token<'s>>,
}

impl<'s> Statement<'s> {
    /// Its byte offsets, without the semicolon.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.text.len()
    }

    /// Its first word or symbol as written.
    #[must_use]
    pub fn first_word(&self) -> &'s str {
        self.tokens.first().map_or("", |token| token.text)
    }

    /// Whether it begins with these words, in upper or lower case.
    #[must_use]
    pub fn begins_with(&self, words: &[&str]) -> bool {
        words.len() <= self.tokens.len() && words.iter().zip(&self.tokens).all(|(word, token)| token.is(word))
    }
}

/// The statements of `sql`, in order. Empty ones are left out. A statement without a semicolon extends to the end
/// of the text.
#[must_use]
pub fn statements(sql: &str) -> Vec<Statement<'_>> {
    let all = tokens(sql);
    let mut found = Vec::new();
    let mut state = State::default();
    let mut current: Vec<Token<'_>> = Vec::new();
    // The tokens seen before the current statement's first one since the last semicolon; all are comments.
    let mut comments: Vec<Token<'_>> = Vec::new();
    for token in all {
        if token.kind == Kind::Comment {
            if current.is_empty() {
                comments.push(token);
            }
        } else if token.is(";") && state.ends_here() {
            found.extend(statement(sql, &mut current, &comments));
            comments.clear();
            state = State::default();
        } else {
            state.see(&token, &current);
            current.push(token);
        }
    }
    found.extend(statement(sql, &mut current, &comments));
    found
}

fn statement<'s>(sql: &'s str, tokens: &mut Vec<Token<'s>>, comments: &[Token<'s>]) -> Option<Statement<'s>> {
    let tokens = std::mem::take(tokens);
    let offset = tokens.first()?.offset;
    let end = tokens.last()?.end();
    Some(Statement { text: &sql[offset..end], offset, comment: comment_above(sql, offset, comments), tokens })
}

fn comment_above<'s>(sql: &'s str, offset: usize, comments: &[Token<'s>]) -> Option<&'s str> {
    let mut begin = None;
    let mut below = offset;
    let mut end = 0;
    for comment in comments.iter().rev() {
        let line = sql[..comment.offset].rfind('\n').map_or(0, |newline| newline + 1);
        let begins_its_line = sql[line..comment.offset].trim().is_empty();
        let is_adjacent = sql[comment.end()..below].matches('\n').count() == 1;
        if !begins_its_line || !is_adjacent {
            break;
        }
        if begin.is_none() {
            end = comment.end();
        }
        begin = Some(comment.offset);
        below = comment.offset;
    }
    begin.map(|begin| &sql[begin..end])
}

/// Where in a statement the reader is.
#[derive(Default)]
struct State {
    /// Open brackets: `CREATE RULE … DO (a; b)`.
    brackets: usize,
    /// Open BEGIN ATOMIC and CASE.
    blocks: usize,
}

impl State {
    fn ends_here(&self) -> bool {
        self.brackets == 0 && self.blocks == 0
    }

    fn see(&mut self, token: &Token<'_>, before: &[Token<'_>]) {
        let previous = before.last();
        // `AS end` and `t.case` are names.
        let is_name = previous.is_some_and(|previous| previous.is("AS") || previous.is("."));
        if token.is("(") {
            self.brackets += 1;
        } else if token.is(")") {
            self.brackets = self.brackets.saturating_sub(1);
        } else if token.is("ATOMIC") && previous.is_some_and(|previous| previous.is("BEGIN")) {
            // Of a column `begin` that is called `atomic` by its query, no body follows.
            self.blocks += usize::from(self.blocks == 0 && creates_a_routine(before));
        } else if self.blocks > 0 && !is_name && token.is("CASE") {
            self.blocks += 1;
        } else if self.blocks > 0 && !is_name && token.is("END") {
            self.blocks -= 1;
        }
    }
}

fn creates_a_routine(tokens: &[Token<'_>]) -> bool {
    let words: Vec<_> = tokens.iter().take(4).filter(|token| !token.is("OR") && !token.is("REPLACE")).collect();
    words.first().is_some_and(|first| first.is("CREATE"))
        && words.get(1).is_some_and(|second| second.is("FUNCTION") || second.is("PROCEDURE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_words(sql: &str) -> Vec<&str> {
        statements(sql).iter().map(Statement::first_word).collect()
    }

    #[test]
    fn statements_begin_where_postgresql_has_them_begin() {
        assert_eq!(first_words("-- One; two.\nA 1;\n/* B; /* C; */ D; */\n;;\nE 2;\n  F 3"), ["A", "E", "F"]);
        for one in [
            "X ';' a",
            "X 'it''s;' a",
            "X E'\\';' a",
            "X U&';' a",
            "X \";\" a",
            "X $$;$$ a",
            "X $t$ $$;$$ $t$ a",
            "X (1; 2)",
            "X $1",
            "X a::b",
        ] {
            assert_eq!(first_words(&format!("{one}; Y")), ["X", "Y"], "{one}");
        }
        assert_eq!(first_words("X /* never closed; Y"), ["X"]);
        assert!(statements("-- Nothing.").is_empty() && statements(" ; ").is_empty());
    }

    #[test]
    fn a_sql_body_with_statements_of_its_own_belongs_to_its_function() {
        let body = "CREATE FUNCTION f() RETURNS INT BEGIN ATOMIC SELECT CASE WHEN TRUE THEN CASE 1 WHEN 1 THEN 2 END END; \
                    SELECT 2; END";
        let sql = format!("{body}; Y");
        let found = statements(&sql);
        assert_eq!(found.iter().map(|it| it.text).collect::<Vec<_>>(), [body, "Y"]);
    }

    #[test]
    fn names_that_look_like_a_body_are_names() {
        for one in [
            "CREATE TABLE a (atomic BOOLEAN, begin INT)",
            "SELECT begin atomic FROM a",
            "CREATE VIEW b AS SELECT begin atomic FROM a",
            "INSERT INTO a (atomic) VALUES (TRUE)",
            "CREATE FUNCTION atomic_begin() RETURNS INT RETURN (SELECT 1 AS atomic)",
            "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1 AS end, t.case, 2 AS case FROM t; END",
            "create function f() returns int begin /* a; */ atomic select case when a then 1 end; end",
            "CREATE FUNCTION f() RETURNS INT BEGIN ATOMIC SELECT begin atomic FROM a; END",
        ] {
            assert_eq!(first_words(&format!("{one}; Y; Z")).len(), 3, "{one}");
        }
    }

    #[test]
    fn begin_and_end_are_statements_outside_a_body() {
        assert_eq!(first_words("BEGIN; SELECT CASE WHEN a THEN b END; END; X"), ["BEGIN", "SELECT", "END", "X"]);
    }

    #[test]
    fn a_statement_has_its_range_without_comments_and_semicolon() {
        let sql = " A /* b */ c -- d\n ; E";
        let found = statements(sql);
        assert_eq!(found[0].text, "A /* b */ c");
        assert_eq!(found[0].range(), 1..12);
        assert_eq!(found[0].tokens.len(), 2);
        assert!(found[0].begins_with(&["a", "C"]) && !found[0].begins_with(&["A", "c", "d"]));
    }

    #[test]
    fn a_comment_belongs_to_the_statement_directly_below_it() {
        let sql = "-- Head.\n\n-- One.\n-- Two.\nA;\n\n-- Far.\n\nB; -- Behind.\nC;\n/* Block. */\nD;";
        let comments: Vec<_> = statements(sql).iter().map(|it| it.comment).collect();
        assert_eq!(comments, [Some("-- One.\n-- Two."), None, None, Some("/* Block. */")]);
    }
}
