//! Comparisons with the constant NULL, which are never true.

use barqnet_db_sql::Kind;

use super::Statement;
use crate::{
    access::{is_null_constant, sides},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    place::{SqlText, candidate},
};

const RULE: &str = "null-comparison";
/// The id of the type BOOLEAN.
const BOOLEAN: u32 = 16;
/// The ids below are PostgreSQL's own.
const FIRST_OF_PROJECT: u32 = 16384;

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut comparisons = Vec::new();
    let mut lists = Vec::new();
    statement.tree.walk(&mut |tree| {
        if is_comparison(tree) {
            comparisons.push(tree);
        } else if is_list(tree) {
            lists.push(tree);
        }
    });
    let sql = &statement.sql;
    let (in_lists, compared): (Vec<usize>, Vec<usize>) =
        places(sql).into_iter().partition(|index| sql.is_after(*index, ",") || sql.is_after(*index, "("));
    let mut found = Vec::new();
    for (number, tree) in comparisons.iter().enumerate() {
        // IN with columns in its list is a series of comparisons.
        let place = candidate(&compared, number).or_else(|| candidate(&in_lists, number));
        found.push(comparison(statement, tree, place));
    }
    for (number, tree) in lists.iter().enumerate() {
        let message = if tree.is_true("useOr") {
            "NULL in the list of IN never matches"
        } else {
            "NULL in the list of NOT IN: no row passes"
        };
        let diagnostic = sql.error(RULE, message, candidate(&in_lists, number));
        found.push(diagnostic.help("remove it, and say beside it what happens to missing values: … IS NULL"));
    }
    found
}

fn comparison(statement: &Statement<'_>, tree: &Tree, place: Option<usize>) -> Diagnostic {
    let sql = &statement.sql;
    if place.is_some_and(|index| sql.is_after(index, "WHEN")) {
        return sql.error(RULE, "WHEN NULL never matches", place).help("write CASE WHEN value IS NULL THEN …");
    }
    let operator = statement.catalogue.operator(tree.oid("opno"));
    let operator = match operator {
        "~~" => "LIKE",
        "!~~" => "NOT LIKE",
        "~~*" => "ILIKE",
        "!~~*" => "NOT ILIKE",
        other => other,
    };
    let test = if operator == "<>" || operator.starts_with("NOT") { "IS NOT NULL" } else { "IS NULL" };
    let name = place.and_then(|index| compared_name(sql, index)).unwrap_or_else(|| "…".to_owned());
    sql.error(RULE, format!("a comparison by `{operator}` with NULL is never true"), place)
        .help(format!("write {name} {test}"))
}

fn is_comparison(tree: &Tree) -> bool {
    sides(tree).is_some_and(|(left, right)| is_null_constant(left) || is_null_constant(right))
        && tree.oid("opresulttype") == BOOLEAN
        && tree.oid("opno") < FIRST_OF_PROJECT
}

fn is_list(tree: &Tree) -> bool {
    let elements = || tree.get("args").list().get(1).and_then(Node::tree).map(|array| array.get("elements"));
    tree.tag == "SCALARARRAYOPEXPR" && elements().is_some_and(|it| it.list().iter().any(is_null_constant))
}

/// Where NULL is compared, not assigned or passed.
fn places(sql: &SqlText<'_>) -> Vec<usize> {
    let is_compared = |index: &usize| {
        if sql.is_after(*index, ",") || sql.is_after(*index, "(") {
            return is_in_list(sql, *index);
        }
        let before = index.wrapping_sub(1);
        // `=>` names an argument.
        let is_argument = sql.has(index.wrapping_sub(2), &["=", ">"]);
        is_operator(sql, before) && !is_argument && !is_assignment(sql, *index)
            || is_operator(sql, index + 1)
            || ["LIKE", "ILIKE", "WHEN"].iter().any(|word| sql.is(before, word))
    };
    sql.all(&["NULL"]).into_iter().filter(is_compared).collect()
}

fn is_operator(sql: &SqlText<'_>, index: usize) -> bool {
    let symbol = sql.tokens.get(index).filter(|token| token.kind == Kind::Symbol);
    symbol.is_some_and(|token| token.text.len() == 1 && "=<>!~@&|?#%^+-*/".contains(token.text))
}

/// `IN ( … NULL`
fn is_in_list(sql: &SqlText<'_>, index: usize) -> bool {
    let depth = sql.depths[index];
    let open = (0..index).rev().find(|at| sql.depths[*at] < depth);
    open.is_some_and(|open| sql.is_after(open, "IN"))
}

/// `SET a = NULL`
fn is_assignment(sql: &SqlText<'_>, index: usize) -> bool {
    let depth = sql.depths[index];
    let mut before = (0..index).rev().take_while(|at| sql.depths[*at] >= depth).filter(|at| sql.depths[*at] == depth);
    let clause = before.find(|at| {
        ["SET", "WHERE", "AND", "OR", "ON", "HAVING", "SELECT", "WHEN", "NOT"].iter().any(|word| sql.is(*at, word))
    });
    clause.is_some_and(|at| sql.is(at, "SET"))
}

/// `a.b` in `a.b = NULL`.
fn compared_name(sql: &SqlText<'_>, index: usize) -> Option<String> {
    let end = (0..index).rev().find(|at| !is_operator(sql, *at))?;
    sql.tokens[end].identifier().filter(|_| end + 1 < index)?;
    let mut start = end;
    while start >= 2 && sql.is(start - 1, ".") {
        start -= 2;
    }
    Some(sql.tokens[start..=end].iter().map(|token| token.text).collect())
}
