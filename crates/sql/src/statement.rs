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
            state.see(&token, current.last());
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

    fn see(&mut self, token: &Token<'_>, previous: Option<&Token<'_>>) {
        let opens_a_body = token.is("ATOMIC") && previous.is_some_and(|previous| previous.is("BEGIN"));
        if token.is("(") {
            self.brackets += 1;
        } else if token.is(")") {
            self.brackets = self.brackets.saturating_sub(1);
        } else if opens_a_body || (self.blocks > 0 && token.is("CASE")) {
            self.blocks += 1;
        } else if self.blocks > 0 && token.is("END") {
            self.blocks -= 1;
        }
    }
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
