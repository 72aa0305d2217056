//! The keys of an order, and the lines that name orders: `--: order newest: added_at DESC, id DESC; by_title: title, id`.

use std::ops::Range;

use barqnet_db_sql::{Kind, Name, Token, tokens};

use super::Refusal;
use crate::queries::{FlatSql, names::fault_of_order};

/// A named order, as its line has it.
#[derive(Clone)]
pub(crate) struct NamedOrder {
    pub(super) name: Name,
    /// The place of its keys in the file.
    keys: Range<usize>,
}

/// One key of an order.
#[derive(Clone)]
pub(super) struct Key<'f> {
    tokens: Vec<Token<'f>>,
    /// Where the text begins from which the tokens' offsets count.
    start: usize,
    pub(super) is_descending: bool,
    nulls: Option<Nulls>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    First,
    Last,
}

/// Whether the line, below a `--!` line, names orders.
pub(crate) fn names_orders(line: &str) -> bool {
    line.strip_prefix("--:").is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.strip_prefix("order")
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "_(".contains(c)))
    })
}

/// The orders in the text `range` of a file, which follows `--: order`.
pub(crate) fn named_orders(file: &str, range: Range<usize>) -> Result<Vec<NamedOrder>, Refusal> {
    let form = "write --: order name: column, column DESC; other_name: column";
    let mut found = Vec::new();
    let mut start = range.start;
    for part in file[range].split(';') {
        let begin = start + (part.len() - part.trim_start().len());
        start += part.len() + 1;
        let part = part.trim();
        let Some((name, keys)) = part.split_once(':').map(|(name, keys)| (name.trim_end(), keys)) else {
            return Err(Refusal::new(begin, format!("expected a name and a colon before `{part}`"), form));
        };
        if let Some((message, help)) = fault_of_order(name) {
            return Err(Refusal::new(begin, message, help));
        }
        let end = begin + part.len();
        let name = Name { text: name.to_owned(), offset: begin };
        found.push(NamedOrder { name, keys: end - keys.len()..end });
    }
    Ok(found)
}

impl NamedOrder {
    /// Its keys.
    pub(super) fn keys<'f>(&self, file: &'f str) -> Result<Vec<Key<'f>>, Refusal> {
        let all = tokens(&file[self.keys.clone()]);
        if let Some(parameter) = all.iter().find(|token| token.kind == Kind::Parameter) {
            let message = format!("the order `{}` has a parameter, `{}`", self.name.text, parameter.text);
            let help = "an order is of columns and expressions of them; write ORDER BY in a query of its own for anything else";
            return Err(Refusal::new(self.keys.start + parameter.offset, message, help));
        }
        let code: Vec<Token<'_>> = all.into_iter().filter(|token| token.kind != Kind::Comment).collect();
        keys(&code, self.keys.start)
    }
}

/// The keys between commas.
pub(super) fn keys<'f>(code: &[Token<'f>], start: usize) -> Result<Vec<Key<'f>>, Refusal> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let at = start + code.first().map_or(0, |token| token.offset);
    let parts = code.split(|token| {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.is(",")
    });
    for part in parts {
        let place = part.first().map_or(at, |token| start + token.offset);
        found.push(key(part.to_vec(), start).ok_or_else(|| {
            let message = "this is no key of an order";
            Refusal::new(place, message, "write a column or an expression, and after it ASC or DESC if it is needed")
        })?);
    }
    Ok(found)
}

fn key(mut tokens: Vec<Token<'_>>, start: usize) -> Option<Key<'_>> {
    let ends_with = |tokens: &[Token<'_>], words: &[&str]| {
        tokens.len() > words.len()
            && tokens[tokens.len() - words.len()..].iter().zip(words).all(|(token, word)| token.is(word))
    };
    let mut nulls = None;
    for (word, of_word) in [("FIRST", Nulls::First), ("LAST", Nulls::Last)] {
        if ends_with(&tokens, &["NULLS", word]) {
            tokens.truncate(tokens.len() - 2);
            nulls = Some(of_word);
        }
    }
    let is_descending = ends_with(&tokens, &["DESC"]);
    if is_descending || ends_with(&tokens, &["ASC"]) {
        tokens.pop();
    }
    // A number is the place of a column in the result, which no condition can name.
    let is_number = |token: &Token<'_>| token.text.bytes().all(|byte| byte.is_ascii_digit());
    let is_wrong = tokens.is_empty()
        || matches!(&tokens[..], [only] if is_number(only) || only.is("ASC") || only.is("DESC"))
        || tokens.iter().any(|token| token.is("USING") || token.is(";"));
    (!is_wrong).then_some(Key { tokens, start, is_descending, nulls })
}

impl Key<'_> {
    /// Where it stands in the file.
    pub(super) fn offset(&self) -> usize {
        self.start + self.tokens.first().map_or(0, |token| token.offset)
    }

    /// Its text and direction.
    pub(super) fn text(&self) -> String {
        let words: Vec<&str> = self.tokens.iter().map(|token| token.text).collect();
        words.join(" ") + if self.is_descending { " DESC" } else { "" }
    }

    /// What is compared: `id` of the idiom `id + 0`, which keeps PostgreSQL from an index.
    pub(super) fn push_value(&self, flat: &mut FlatSql) {
        let idioms: [&[&str]; 3] = [&["+", "0"], &["-", "0"], &["|", "|", "''"]];
        let of_idiom = idioms.iter().find(|idiom| {
            let length = self.tokens.len();
            length > idiom.len()
                && self.tokens[length - idiom.len()..].iter().zip(**idiom).all(|(token, text)| token.text == *text)
        });
        let length = self.tokens.len() - of_idiom.map_or(0, |idiom| idiom.len());
        flat.push(&self.tokens[..length].iter().collect::<Vec<_>>(), self.start);
    }

    /// The key as ORDER BY has it, in its direction or the other one.
    pub(super) fn push_order(&self, flat: &mut FlatSql, is_reversed: bool) {
        flat.push(&self.tokens.iter().collect::<Vec<_>>(), self.start);
        if self.is_descending != is_reversed {
            flat.push_text(" DESC", self.offset());
        }
        if let Some(nulls) = self.nulls {
            let is_first = (nulls == Nulls::First) != is_reversed;
            flat.push_text(if is_first { " NULLS FIRST" } else { " NULLS LAST" }, self.offset());
        }
    }
}
