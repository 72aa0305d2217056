//! What `plpgsql_check` finds: which of it is reported, and where.

use barqnet_db_sql::{Kind as TokenKind, Token, tokens};
use tokio_postgres::Row;

use super::{Check, Function, character, missing_return::can_reach_the_end, plpgsql::DECLARATION};
use crate::{
    diagnostic::Diagnostic,
    schema::{Body, InFile},
};

/// SQLSTATE of a missing table, and of a missing function.
const MISSING: [&str; 2] = ["42P01", "42883"];

/// SQLSTATE of a function that ends without RETURN.
const NO_RETURN: &str = "2F005";

/// A row of `plpgsql_check`.
#[derive(PartialEq, Eq)]
pub(super) struct Finding {
    line: Option<usize>,
    statement: String,
    state: String,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    level: String,
    /// A character of the query, from 0.
    position: Option<usize>,
    query: Option<String>,
    context: Option<String>,
}

impl Finding {
    pub(super) fn of(row: &Row) -> Self {
        let text = |column| row.get::<_, Option<String>>(column);
        Self {
            line: row.get::<_, Option<i32>>(0).and_then(|line| usize::try_from(line).ok()),
            statement: text(1).unwrap_or_default(),
            state: text(2).unwrap_or_default(),
            message: text(3).unwrap_or_default(),
            detail: text(4),
            hint: text(5),
            level: text(6).unwrap_or_default(),
            position: row.get::<_, Option<i32>>(7).and_then(|it| u32::try_from(it).ok()).map(character),
            query: text(8),
            context: text(9),
        }
    }

    fn is_error(&self) -> bool {
        self.level == "error"
    }

    /// Where a text has what the message names: the field in `record "a" has no field "b"`, in the first statement; the
    /// variable in `unused variable "a"`, in the first line.
    fn offset_of_name(&self, text: &str) -> Option<usize> {
        let mut names = self.message.split('"').skip(1).step_by(2);
        let (name, field) = (names.next()?, names.next());
        let is = |token: &Token<'_>, name: &str| token.identifier().is_some_and(|identifier| identifier == name);
        if let Some(field) = field {
            let statement: Vec<_> = tokens(text).into_iter().take_while(|token| !token.is(";")).collect();
            let mut three = statement.windows(3);
            let found = three.find(|it| is(&it[0], name) && it[1].is(".") && is(&it[2], field))?;
            return Some(found[2].offset);
        }
        let line = text.lines().next()?;
        tokens(line).iter().find(|token| is(token, name)).map(|token| token.offset)
    }
}

/// Whether a message names an object, as in `relation "a" does not exist` and `function s.a(integer) does not exist`.
fn names(message: &str, object: &str) -> bool {
    message.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == object)
}

impl Check<'_> {
    /// What is worth reporting. Where a function has an error, that it does not use its variables may follow from it.
    pub(super) fn findings(&self, function: &Function<'_>, findings: &[Finding]) -> Vec<Diagnostic> {
        let errors: Vec<Diagnostic> =
            findings.iter().filter(|it| it.is_error()).filter_map(|it| self.finding(function, it)).collect();
        if !errors.is_empty() {
            return errors;
        }
        findings.iter().filter_map(|it| self.finding(function, it)).collect()
    }

    /// What a finding is worth: an error is one; of the warnings those that are certain.
    fn finding(&self, function: &Function<'_>, finding: &Finding) -> Option<Diagnostic> {
        const CERTAIN: [&str; 3] = ["unused variable", "never read variable", "unreachable code"];
        let is_error = finding.is_error();
        let is_missing_return = finding.state == NO_RETURN;
        let is_certain = if is_missing_return {
            self.body(function).is_none_or(|body| can_reach_the_end(body.text))
        } else {
            CERTAIN.iter().any(|it| finding.message.starts_with(it))
        };
        if !(is_error || is_certain) {
            return None;
        }
        let place = self.place_of(function, finding);
        if self.is_dynamic(function, finding, place.as_ref()) {
            return None;
        }
        if MISSING.contains(&finding.state.as_str()) && self.optional.iter().any(|name| names(&finding.message, name)) {
            return None;
        }
        let new = if is_error { Diagnostic::error } else { Diagnostic::warning };
        let message = match (is_missing_return, is_error) {
            (false, _) => finding.message.as_str(),
            (true, true) => "the function ends without RETURN",
            (true, false) => "the function can end without RETURN",
        };
        let mut diagnostic = self.diagnostic("plpgsql-function", new, function, message, place);
        for (what, text) in [("detail", &finding.detail), ("hint", &finding.hint), ("where", &finding.context)] {
            if let Some(text) = text {
                diagnostic = diagnostic.note(format!("{what}: {text}"));
            }
        }
        diagnostic = diagnostic.note(format!("function {}", function.signature));
        if is_error || is_missing_return {
            diagnostic = diagnostic.note(format!("SQLSTATE {}", finding.state));
        }
        if is_missing_return {
            diagnostic =
                diagnostic.help("end it with RETURN, or with RAISE EXCEPTION where the end must not be reached");
        }
        if finding.state == MISSING[0] {
            diagnostic = diagnostic.help(format!(
                "if the table exists at run time only, declare it above CREATE FUNCTION: -- {DECLARATION} table name (column type, …)"
            ));
        }
        Some(diagnostic)
    }

    fn body(&self, function: &Function<'_>) -> Option<Body<'_>> {
        let definition = function.definition?;
        definition.body(self.files.get(definition.file)?)
    }

    /// Where the finding is: at the position that it has, at what its message names, or at its line.
    fn place_of(&self, function: &Function<'_>, finding: &Finding) -> Option<InFile<'_>> {
        let in_query = finding.query.as_deref().zip(finding.position);
        let place = self.place(function, finding.line, in_query)?;
        let named = if finding.state == NO_RETURN {
            let body = self.body(function)?;
            tokens(body.text).iter().rfind(|token| token.is("END")).map(|end| body.offset + end.offset)
        } else if in_query.is_none() && finding.line.is_some() {
            finding.offset_of_name(&place.file.sql[place.offset..]).map(|offset| place.offset + offset)
        } else {
            None
        };
        Some(InFile { offset: named.unwrap_or(place.offset), ..place })
    }

    /// Whether the finding is about the text that an EXECUTE runs: what that text names can be created before.
    fn is_dynamic(&self, function: &Function<'_>, finding: &Finding, place: Option<&InFile<'_>>) -> bool {
        let line = self.place(function, finding.line, None);
        let Some((line, place)) = line.zip(place) else { return finding.statement.contains("EXECUTE") };
        let statement: Vec<_> =
            tokens(&line.file.sql[line.offset..]).into_iter().take_while(|token| !token.is(";")).collect();
        if !statement.iter().any(|token| token.is("EXECUTE")) {
            return false;
        }
        let word = place.offset.checked_sub(line.offset).filter(|word| *word > 0);
        let is_string = |kind| matches!(kind, TokenKind::String | TokenKind::DollarString);
        word.is_none_or(|word| statement.iter().any(|token| is_string(token.kind) && token.range().contains(&word)))
    }
}
