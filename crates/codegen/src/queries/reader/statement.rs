//! The SQL of a query: where it ends, and what in it is refused by its tokens alone.

use std::ops::Range;

use barqnet_db_sql::{Kind, Name, Place, Token, tokens};

use super::Reader;
use crate::queries::{
    FlatSql, Mark, Marks,
    kind::refusal,
    other_dialects::habits,
    quotes::parameter_in_quotes,
    traps::{LONGEST_NAME, ambiguous_slices, every_column, long_names, natural_joins},
    variants::without_marks,
};

impl Reader<'_> {
    /// Reads the statement of a query, and goes past it.
    pub(super) fn statement(&mut self, name: &Name, marks: &Marks) -> Option<(Range<usize>, FlatSql)> {
        let start = self.at;
        // A statement without a semicolon must not swallow the next query.
        let rest = &self.text[start..];
        let limit = rest.match_indices("\n--").map(|(at, _)| at).find(|at| rest[at + 3..].starts_with(['!', ':']));
        let body = &self.text[start..limit.map_or(self.text.len(), |limit| start + limit)];
        let all = tokens(body);
        let Some(end) = all.iter().position(|token| token.is(";")) else {
            match all.iter().find(|token| token.kind == Kind::Unterminated) {
                Some(open) => self.fail_unterminated(open, start),
                None => self.fail(
                    "no-semicolon",
                    format!("the SQL of `{}` has no semicolon at its end", name.text),
                    name.offset,
                    "end the SQL with ;",
                ),
            }
            self.skip_statement();
            return None;
        };
        let (before, after) = (&all[..end], &all[end + 1..]);
        let (code, _) = without_marks(before.iter().filter(|token| token.kind != Kind::Comment));
        self.at = start + all[end].end();
        let is_one_statement = self.end_of_statement(after, start);
        let Some(first) = code.first() else {
            self.fail("no-sql", format!("`{}` has no SQL", name.text), name.offset, "write it above the semicolon");
            return None;
        };
        let range = start + first.offset..start + all[end].offset;
        let can_be_sent = self.lint(&code, start, name, marks);
        let mut flat = FlatSql::new(&code, start);
        flat.hint = self.hint(before, start);
        (can_be_sent && is_one_statement).then_some((range, flat))
    }

    fn fail_unterminated(&mut self, token: &Token<'_>, start: usize) {
        let end = match token.text.chars().next() {
            Some('/') => "*/",
            Some('"') => "\"",
            Some('$') => &token.text[..token.text[1..].find('$').map_or(1, |second| second + 2)],
            _ => "'",
        };
        self.fail("unterminated", "this is never closed", start + token.offset, &format!("close it with {end}"));
    }

    /// Goes past the comments that follow the semicolon on its line. Anything else there is a second statement.
    fn end_of_statement(&mut self, after: &[Token<'_>], start: usize) -> bool {
        for token in after {
            let offset = start + token.offset;
            if self.text[self.at..offset].contains('\n') {
                break;
            }
            if token.is(";") {
                let message = "this semicolon ends nothing: the one before it ends the query";
                self.fail("second-statement", message, offset, "delete it");
            } else if token.kind != Kind::Comment {
                let help = "write it as a query of its own, with a `--! name` line above it, or join the two by WITH";
                self.fail("second-statement", "a query is one statement, and a second one begins here", offset, help);
                self.skip_statement();
                return false;
            }
            self.at = start + token.end();
        }
        self.skip_line();
        true
    }

    /// Refuses what can't be a query. Returns whether PostgreSQL should see it: where the mistake makes another statement
    /// of it, PostgreSQL's errors would be about that one.
    fn lint(&mut self, code: &[&Token<'_>], start: usize, name: &Name, marks: &Marks) -> bool {
        let mut can_be_sent = true;
        if let Some(refusal) = refusal(code) {
            let message = format!("{} {}", refusal.token.text.to_ascii_uppercase(), refusal.reason);
            self.fail("statement-kind", message, start + refusal.token.offset, refusal.help);
            can_be_sent = false;
        }
        for slice in ambiguous_slices(code) {
            let bound = &slice.text[1..];
            let message = format!("`{}` in a subscript can be the end of a slice or a parameter", slice.text);
            let help = format!(
                "write [1 : {bound}] or [ : {bound}] for the column `{bound}`, [1 : :{bound}] or [ : :{bound}] for the parameter, \
                 and [(:{bound})] for the element that the parameter names"
            );
            self.fail("ambiguous-slice", message, start + slice.offset, &help);
            can_be_sent = false;
        }
        for (index, token) in code.iter().enumerate() {
            let offset = start + token.offset;
            if let Some((at, word)) = parameter_in_quotes(code, index).filter(|_| !marks.has(Mark::LiteralColons)) {
                self.fail(
                    "parameter-in-quotes",
                    format!("`:{word}` in quotes is text, not a parameter"),
                    offset + at,
                    &format!(
                        "write '…' || :{word} || '…'; if the text is meant, mark the query: --! {} literal_colons",
                        name.text
                    ),
                );
            }
            match token.kind {
                Kind::Unterminated => {
                    self.fail_unterminated(token, start);
                    can_be_sent = false;
                }
                Kind::Placeholder => {
                    self.fail("placeholder", "parameters have names here", offset, "write :name instead of $1");
                    can_be_sent = false;
                }
                _ => {}
            }
        }
        for token in every_column(code) {
            let message = format!(
                "`{}` is refused: generated code reads columns by position, which a new column would shift",
                token.text.to_ascii_uppercase()
            );
            self.fail("every-column", message, start + token.offset, "name the columns");
        }
        for habit in habits(code) {
            self.fail(habit.rule, habit.message, start + habit.token.offset, &habit.help);
            can_be_sent = false;
        }
        for token in natural_joins(code) {
            let message = "NATURAL JOIN is refused: it also compares columns of one name that a later migration adds";
            self.fail("natural-join", message, start + token.offset, "write JOIN … USING (column)");
        }
        for token in long_names(code) {
            let message = format!("PostgreSQL cuts this name off after {LONGEST_NAME} bytes");
            self.fail("long-name", message, start + token.offset, "write a shorter one");
            can_be_sent = false;
        }
        if let Some(first) = code.first().filter(|first| first.is("TRUNCATE") && !marks.has(Mark::AllRows)) {
            let help = format!("if that is meant: --! {} {}", name.text, Mark::AllRows.name());
            self.fail("truncate", "TRUNCATE deletes every row", start + first.offset, &help);
        }
        can_be_sent
    }

    /// The comment with hints for `pg_hint_plan`, which reads one only.
    fn hint(&mut self, before: &[Token<'_>], start: usize) -> Option<String> {
        let mut hints = before.iter().filter(|token| token.kind == Kind::Comment && token.text.starts_with("/*+"));
        let first = hints.next()?;
        for second in hints {
            let line = Place::new(self.text, start + first.offset).line;
            let message = format!("pg_hint_plan reads one comment with hints, the one in line {line}");
            self.fail("second-hint", message, start + second.offset, "move these hints into that comment");
        }
        if first.text[3..].contains("/*") {
            let message = "pg_hint_plan understands no comment inside a comment with hints";
            self.fail("nested-hint", message, start + first.offset, "move the inner comment out of it");
        }
        Some(first.text.replace('\n', " "))
    }
}
