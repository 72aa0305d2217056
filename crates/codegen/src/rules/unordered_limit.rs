//! LIMIT and OFFSET without ORDER BY: which rows are returned is left to chance.

use super::{Level, Statement, quals};
use crate::{
    access::{any, column, columns, conjuncts, is_null_constant, range_item, sides},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    place::{SqlText, candidate},
    queries::Mark,
};

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    if statement.query.marks.has(Mark::Unordered) {
        return Vec::new();
    }
    let levels = statement.levels.iter().filter(|level| is_cut(level.query) && !is_ordered(level.query));
    let places = places(&statement.sql);
    let mut found = Vec::new();
    for (number, level) in levels.enumerate() {
        if is_harmless(statement, level) {
            continue;
        }
        let place = candidate(&places, number);
        let word = place.map_or("LIMIT", |index| statement.sql.tokens[index].text).to_ascii_uppercase();
        found.push(
            statement
                .sql
                .error(
                    "limit-without-order",
                    format!("{word} without ORDER BY: which rows are returned is left to chance"),
                    place,
                )
                .help("add ORDER BY with columns that no two rows share")
                .help(format!("if any rows will do: {}", statement.sql.marked(Mark::Unordered))),
        );
    }
    found
}

fn is_cut(query: &Tree) -> bool {
    ["limitCount", "limitOffset"].iter().any(|field| {
        let value = query.get(field);
        !value.is_null() && !is_null_constant(value)
    })
}

fn is_ordered(query: &Tree) -> bool {
    !query.get("sortClause").is_null()
}

/// LIMIT, OFFSET or FETCH in each SELECT without ORDER BY; the first if there are several.
fn places(sql: &SqlText<'_>) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for index in 0..sql.tokens.len() {
        let is_fetch = sql.has(index, &["FETCH", "FIRST"]) || sql.has(index, &["FETCH", "NEXT"]);
        if !(sql.is(index, "LIMIT") || sql.is(index, "OFFSET") || is_fetch) {
            continue;
        }
        let depth = sql.depths[index];
        let before = (0..index).rev().take_while(|at| sql.depths[*at] >= depth).filter(|at| sql.depths[*at] == depth);
        let select: Vec<usize> = before.take_while(|at| !sql.is(*at, "SELECT")).collect();
        let is_later = select.iter().any(|at| found.contains(at));
        let is_ordered = select.iter().any(|at| sql.has(*at, &["ORDER", "BY"]));
        if !is_ordered && !is_later {
            found.push(index);
        }
    }
    found
}

fn is_harmless(statement: &Statement<'_>, level: &Level<'_>) -> bool {
    let query = level.query;
    level.in_exists
        || has_one_row(statement, query)
        || is_batch(statement, query)
        || returns_no_columns(query)
        || is_of_ordered(query)
}

/// An aggregate of everything, a SELECT without FROM, or a row that a unique key finds.
pub(super) fn has_one_row(statement: &Statement<'_>, query: &Tree) -> bool {
    let has_no = |field: &str| query.get(field).is_null();
    let is_plain = has_no("setOperations") && !query.is_true("hasTargetSRFs");
    let is_aggregate = query.is_true("hasAggs") && has_no("groupClause") && has_no("groupingSets");
    let from = query.get("jointree").tree().map_or(&Node::Null, |tree| tree.get("fromlist")).list();
    let is_unique_row = match from {
        [Node::Tree(item)] if item.tag == "RANGETBLREF" => is_unique(statement, query, item.number("rtindex")),
        _ => false,
    };
    is_plain && (is_aggregate || from.is_empty() || is_unique_row)
}

/// Whether the WHERE compares every column of a unique index of the item with something outside of it.
pub(super) fn is_unique(statement: &Statement<'_>, query: &Tree, item: i64) -> bool {
    let Some(range) = range_item(query, item).filter(|range| range.number("rtekind") == 0) else { return false };
    let mut compared = Vec::new();
    for condition in conjuncts(quals(query)).into_iter().filter_map(Node::tree) {
        let Some((left, right)) = sides(condition) else { continue };
        if statement.catalogue.operator(condition.oid("opno")) != "=" {
            continue;
        }
        for (one, other) in [(left, right), (right, left)] {
            let own = column(one).filter(|column| column.item == item && columns(query, other).is_empty());
            compared.extend(own.map(|column| column.column));
        }
    }
    let indexes = statement.catalogue.indexes.iter().filter(|index| index.table == range.oid("relid"));
    indexes
        .filter_map(|index| index.unique_columns.as_ref())
        .any(|key| !key.is_empty() && key.iter().all(|number| compared.contains(&i64::from(*number))))
}

/// The rows of a queue that nobody else holds, or rows of such batches only.
fn is_batch(statement: &Statement<'_>, query: &Tree) -> bool {
    let skips_locked = query.get("rowMarks").trees().any(|mark| mark.number("waitPolicy") == 1);
    let is_of_batch = |item: &&Tree| match item.number("rtekind") {
        1 => item.get("subquery").tree().is_some_and(|subquery| is_batch(statement, subquery)),
        6 => {
            !item.is_true("self_reference")
                && statement.cte(item.text("ctename")).is_some_and(|cte| is_batch(statement, cte))
        }
        _ => false,
    };
    let items: Vec<&Tree> = query.get("rtable").trees().collect();
    skips_locked || !items.is_empty() && items.iter().all(is_of_batch)
}

/// `SELECT 1 … LIMIT 1` says whether there is a row.
fn returns_no_columns(query: &Tree) -> bool {
    let targets = query.get("targetList");
    let is_select = query.number("commandType") == 1 && query.get("setOperations").is_null();
    is_select && columns(query, targets).is_empty() && !any(targets, |tree| tree.is_true("funcretset"))
}

/// The first rows of a subquery that has an order.
fn is_of_ordered(query: &Tree) -> bool {
    let is_plain = ["groupClause", "distinctClause", "setOperations"].iter().all(|field| query.get(field).is_null());
    let items: Vec<&Tree> = query.get("rtable").trees().collect();
    is_plain && matches!(items[..], [item] if item.get("subquery").tree().is_some_and(is_ordered))
}
