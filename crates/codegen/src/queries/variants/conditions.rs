//! The clauses of a statement outside brackets, and the conditions of its WHERE that vanish without a value.

use std::ops::Range;

use barqnet_db_sql::{Kind, Token};

use super::Refusal;

/// Words that end a clause.
#[rustfmt::skip]
const CLAUSES: [&str; 16] = [
    "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "UNION", "INTERSECT", "EXCEPT", "RETURNING",
    "ON", "WHEN", "DO",
];

/// What follows `:name?`, if the question mark belongs to the name. PostgreSQL's operator `?` has an operand there.
#[rustfmt::skip]
const AFTER_MARK: [&str; 32] = [
    "AND", "OR", "ORDER", "GROUP", "HAVING", "WINDOW", "LIMIT", "OFFSET", "FETCH", "FOR", "RETURNING", "UNION", "INTERSECT",
    "EXCEPT", "THEN", "ELSE", "END", "WHEN", "WHERE", "IS", "IN", "NOT", "LIKE", "ILIKE", "BETWEEN", "COLLATE", "AT", "AS", "FROM",
    "ASC", "DESC", "NULLS",
];

/// The tokens without the question marks of optional parameters, and the places of these parameters.
pub(crate) fn without_marks<'t>(code: impl Iterator<Item = &'t Token<'t>>) -> (Vec<&'t Token<'t>>, Vec<usize>) {
    let mut code = code.peekable();
    let mut kept: Vec<&Token<'_>> = Vec::new();
    let mut optional = Vec::new();
    while let Some(token) = code.next() {
        let parameter = kept.last().filter(|it| it.kind == Kind::Parameter && it.end() == token.offset);
        if parameter.is_some() && token.is("?") && is_mark(token, code.peek().copied()) {
            optional.push(kept.len() - 1);
        } else {
            kept.push(token);
        }
    }
    (kept, optional)
}

fn is_mark(mark: &Token<'_>, next: Option<&Token<'_>>) -> bool {
    let Some(next) = next else { return true };
    match next.kind {
        Kind::Symbol if next.offset == mark.end() => [")", "]", ",", "::", ";"].contains(&next.text),
        Kind::Symbol => !["(", ":", "$", "["].contains(&next.text),
        Kind::Word => next.offset > mark.end() && AFTER_MARK.iter().any(|word| next.is(word)),
        _ => false,
    }
}

/// A WHERE outside brackets.
pub(super) struct Where {
    /// The place of the word.
    pub(super) word: usize,
    pub(super) conditions: Vec<Condition>,
    /// Its conditions are joined by OR, so that they are one.
    pub(super) has_or: bool,
}

/// A condition that AND joins to the others.
pub(super) struct Condition {
    pub(super) tokens: Range<usize>,
    /// The place in the list of filters of the parameter without which it vanishes.
    pub(super) filter: Option<usize>,
}

impl Where {
    pub(super) fn end(&self) -> usize {
        self.conditions.last().map_or(self.word + 1, |last| last.tokens.end)
    }
}

/// How many brackets, and CASE without END, are open before each token.
pub(super) fn depths(code: &[&Token<'_>]) -> Vec<usize> {
    let mut open: Vec<&str> = Vec::new();
    let mut depths = Vec::with_capacity(code.len());
    for (index, token) in code.iter().enumerate() {
        depths.push(open.len());
        let is_name = is_name(code, index);
        match token.text {
            "(" | "[" if token.kind == Kind::Symbol => open.push(token.text),
            ")" | "]" if token.kind == Kind::Symbol => drop(open.pop()),
            _ if token.is("CASE") && !is_name => open.push("CASE"),
            _ if token.is("END") && !is_name => drop(open.pop_if(|it| *it == "CASE")),
            _ => {}
        }
    }
    depths
}

/// Whether a word is a name although it looks like a keyword: `t.limit`, `AS order`.
fn is_name(code: &[&Token<'_>], index: usize) -> bool {
    index.checked_sub(1).is_some_and(|before| code[before].is(".") || code[before].is("AS"))
}

/// The places of a word that begins a clause outside brackets.
pub(super) fn clauses(code: &[&Token<'_>], depths: &[usize], word: &str) -> Vec<usize> {
    (0..code.len()).filter(|at| depths[*at] == 0 && code[*at].is(word) && !is_name(code, *at)).collect()
}

/// Where the clause ends that begins at `start`.
pub(super) fn clause_end(code: &[&Token<'_>], depths: &[usize], start: usize) -> usize {
    let ends = |at: &usize| depths[*at] == 0 && CLAUSES.iter().any(|word| code[*at].is(word)) && !is_name(code, *at);
    (start + 1..code.len()).find(ends).unwrap_or(code.len())
}

/// Each WHERE outside brackets, divided at AND.
pub(super) fn wheres(code: &[&Token<'_>], depths: &[usize]) -> Vec<Where> {
    clauses(code, depths, "WHERE").into_iter().map(|word| divided(code, depths, word)).collect()
}

fn divided(code: &[&Token<'_>], depths: &[usize], word: usize) -> Where {
    let end = clause_end(code, depths, word);
    let outside = |at: &usize| depths[*at] == 0;
    let has_or = (word + 1..end).filter(outside).any(|at| code[at].is("OR"));
    let mut conditions = Vec::new();
    let mut start = word + 1;
    // The AND of `BETWEEN a AND b` joins no conditions.
    let mut in_between = false;
    for at in (word + 1..end).filter(outside) {
        if code[at].is("BETWEEN") {
            in_between = true;
        } else if code[at].is("AND") && !std::mem::take(&mut in_between) && !has_or {
            conditions.push(Condition { tokens: start..at, filter: None });
            start = at + 1;
        }
    }
    conditions.push(Condition { tokens: start..end, filter: None });
    Where { word, conditions, has_or }
}

/// Finds the condition of each optional parameter. Returns the names of the parameters, in the order of the SQL.
pub(super) fn assign(
    code: &[&Token<'_>],
    optional: &[usize],
    wheres: &mut [Where],
    start: usize,
) -> Result<Vec<String>, Refusal> {
    let mut filters: Vec<String> = Vec::new();
    for &at in optional {
        let token = code[at];
        let name = token.text[1..].to_owned();
        let place = start + token.offset;
        let found = wheres.iter_mut().find_map(|it| {
            let has_or = it.has_or;
            it.conditions
                .iter_mut()
                .find(|condition| condition.tokens.contains(&at))
                .map(|condition| (condition, has_or))
        });
        let Some((condition, has_or)) = found else {
            return Err(Refusal::new(
                place,
                format!("`:{name}?` is in no condition that can vanish"),
                format!(
                    "write it in a condition of the statement's own WHERE, outside brackets: … AND column = :{name}?"
                ),
            ));
        };
        if has_or {
            return Err(Refusal::new(
                place,
                format!("the conditions around `:{name}?` are joined by OR, so that none can vanish by itself"),
                "put brackets around those that OR joins: (a OR b) AND c",
            ));
        }
        let number = filters.iter().position(|it| *it == name).unwrap_or_else(|| {
            filters.push(name.clone());
            filters.len() - 1
        });
        if let Some(other) = condition.filter.filter(|other| *other != number) {
            return Err(Refusal::new(
                place,
                format!("the condition has two optional parameters, `:{}?` and `:{name}?`", filters[other]),
                "write two conditions that AND joins, each with one of them; or leave out one question mark",
            ));
        }
        condition.filter = Some(number);
    }
    for (at, token) in code.iter().enumerate().filter(|(_, token)| token.kind == Kind::Parameter) {
        let Some(filter) = filters.iter().position(|filter| *filter == token.text[1..]) else { continue };
        let vanishes = |condition: &Condition| condition.filter == Some(filter) && condition.tokens.contains(&at);
        if !wheres.iter().flat_map(|it| &it.conditions).any(vanishes) {
            let name = &filters[filter];
            return Err(Refusal::new(
                start + token.offset,
                format!("`:{name}` is needed here, and optional elsewhere"),
                format!("write :{name}? if this condition vanishes as well, or use another parameter"),
            ));
        }
    }
    Ok(filters)
}
