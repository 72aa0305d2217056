//! Pages by keys: which rows follow a cursor, and which precede it.

use barqnet_db_sql::{Kind, Token};

use super::{
    Refusal,
    conditions::{clause_end, clauses},
    order::Key,
};
use crate::queries::FlatSql;

/// Which rows a statement finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those from the first one on, or all without pages.
    First,
    /// Those after a cursor.
    After,
    /// Those from the last one back.
    Last,
    /// Those before a cursor, back from it.
    Before,
}

impl Part {
    /// In the order in which the client crate counts them.
    pub(super) const ALL: [Self; 4] = [Self::First, Self::After, Self::Last, Self::Before];

    pub(super) fn is_reversed(self) -> bool {
        matches!(self, Self::Last | Self::Before)
    }

    pub(crate) fn has_cursor(self) -> bool {
        matches!(self, Self::After | Self::Before)
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::First => "the first page",
            Self::After => "a page after a cursor",
            Self::Last => "the last page",
            Self::Before => "a page before a cursor",
        }
    }
}

/// The parameter of a key's value. No parameter of a query file is in capitals.
fn parameter(key: usize) -> String {
    format!("KEY_{}", key + 1)
}

/// The number of the key whose value a parameter is, from 0.
pub(crate) fn key_of_parameter(name: &str) -> Option<usize> {
    name.strip_prefix("KEY_")?.parse::<usize>().ok()?.checked_sub(1)
}

/// The name of the parameter that is the page's size, and what else a page needs.
pub(super) fn size(code: &[&Token<'_>], depths: &[usize], start: usize) -> Result<String, Refusal> {
    let at = |token: usize| start + code[token].offset;
    let first = |words: &[&str]| words.iter().find_map(|word| clauses(code, depths, word).first().copied());
    if !code.first().is_some_and(|first| first.is("SELECT") || first.is("WITH")) || first(&["RETURNING"]).is_some() {
        return Err(Refusal::new(start, "only a SELECT has pages", "remove the mark `page`"));
    }
    if let Some(word) = first(&["UNION", "INTERSECT", "EXCEPT", "GROUP", "HAVING", "WINDOW"]) {
        let message =
            format!("a page can't be found by its keys in the rows of {}", code[word].text.to_ascii_uppercase());
        let help = "put the statement into a view or a subquery in FROM, or read it as a whole";
        return Err(Refusal::new(at(word), message, help));
    }
    if let Some(word) = first(&["OFFSET", "FETCH"]) {
        let message =
            format!("a page begins at its cursor, so that it has no {}", code[word].text.to_ascii_uppercase());
        return Err(Refusal::new(at(word), message, "end the statement with ORDER BY … LIMIT :limit"));
    }
    let form = "end the statement with LIMIT and a parameter: LIMIT :limit";
    let Some(limit) = first(&["LIMIT"]) else {
        return Err(Refusal::new(start, "a page has no size without LIMIT", form));
    };
    let size = &code[limit + 1..clause_end(code, depths, limit)];
    match size {
        [name] if name.kind == Kind::Parameter => Ok(name.text[1..].to_owned()),
        [name, cast, ty] if name.kind == Kind::Parameter && cast.is("::") && (ty.is("BIGINT") || ty.is("INT8")) => {
            Ok(name.text[1..].to_owned())
        }
        _ => Err(Refusal::new(at(limit), "the size of a page is a parameter, and nothing else", form)),
    }
}

/// The condition that a row is after the values of the keys, or before them.
///
/// Keys of one direction are compared as a row, for which PostgreSQL uses an index. Where the direction changes, the first
/// comparison still is one: `a >= 1 AND (a > 1 OR b < 2)`.
pub(super) fn condition(flat: &mut FlatSql, keys: &[Key<'_>], is_reversed: bool) {
    let mut first = 0;
    let mut closing = 0;
    let mut groups = keys.chunk_by(|one, other| one.is_descending == other.is_descending).peekable();
    while let Some(group) = groups.next() {
        let operator = if group[0].is_descending == is_reversed { ">" } else { "<" };
        if groups.peek().is_some() {
            compare(flat, group, first, &format!("{operator}="));
            flat.push_text(" AND (", group[0].offset());
            compare(flat, group, first, operator);
            flat.push_text(" OR ", group[0].offset());
            closing += 1;
        } else {
            compare(flat, group, first, operator);
        }
        first += group.len();
    }
    flat.push_text(&")".repeat(closing), keys[0].offset());
}

/// `(a, b) > ($1, $2)`
fn compare(flat: &mut FlatSql, keys: &[Key<'_>], first: usize, operator: &str) {
    let offset = keys[0].offset();
    let (open, close) = if keys.len() > 1 { ("(", ")") } else { ("", "") };
    flat.push_text(open, offset);
    for (number, key) in keys.iter().enumerate() {
        if number > 0 {
            flat.push_text(", ", offset);
        }
        key.push_value(flat);
    }
    flat.push_text(&format!("{close} {operator} {open}"), offset);
    for number in 0..keys.len() {
        if number > 0 {
            flat.push_text(", ", offset);
        }
        flat.push_parameter(&parameter(first + number), offset);
    }
    flat.push_text(close, offset);
}
