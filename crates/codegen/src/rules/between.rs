//! BETWEEN whose lower bound is above the upper one.

use barqnet_db_sql::{Kind, Token};

use super::Statement;
use crate::diagnostic::Diagnostic;

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let sql = &statement.sql;
    let is_swapped = |index: &usize| {
        let (low, next) = constant(&sql.tokens, index + 1)?;
        let (high, _) = constant(&sql.tokens, next + 1).filter(|_| sql.is(next, "AND"))?;
        Some(low.is_above(&high))
    };
    let swapped = sql.all(&["BETWEEN"]).into_iter().filter(|index| is_swapped(index) == Some(true));
    let message = "BETWEEN whose lower bound is above the upper one is never true";
    swapped
        .map(|index| {
            sql.error("swapped-between", message, Some(index)).help("swap the bounds, or write BETWEEN SYMMETRIC")
        })
        .collect()
}

enum Constant<'s> {
    Number(f64),
    /// A date or time as ISO 8601 writes it.
    Time(&'s str),
}

impl Constant<'_> {
    fn is_above(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(low), Self::Number(high)) => low > high,
            (Self::Time(low), Self::Time(high)) => low.len() == high.len() && low > high,
            _ => false,
        }
    }
}

/// The constant at `index`, and the place after it.
fn constant<'s>(tokens: &[Token<'s>], index: usize) -> Option<(Constant<'s>, usize)> {
    let token = tokens.get(index)?;
    if token.kind == Kind::String {
        let text = token.text.strip_prefix('\'')?.strip_suffix('\'')?;
        let is_time =
            text.len() >= 10 && text[4..].starts_with('-') && text.chars().all(|c| "0123456789-: ".contains(c));
        return is_time.then_some((Constant::Time(text), index + 1));
    }
    let is_negative = token.is("-");
    let first = index + usize::from(is_negative);
    let digits = tokens.get(first)?.text;
    let has_point = tokens.get(first + 1).is_some_and(|token| token.is("."));
    let fraction = if has_point { tokens.get(first + 2)?.text } else { "0" };
    let number: f64 =
        format!("{digits}.{fraction}").parse().ok().filter(|_| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    let next = if has_point { first + 3 } else { first + 1 };
    Some((Constant::Number(if is_negative { -number } else { number }), next))
}
