//! LIMIT, OFFSET and DISTINCT ON without ORDER BY: which rows are returned is left to chance.

use super::{Level, Statement, nullable::items, quals};
use crate::{
    access::{ColumnUse, any, column, columns, conjuncts, is_null_constant, range_item, sides, without_casts},
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
    let mut found = distinct_on(statement);
    for (number, level) in levels.enumerate() {
        if is_harmless(statement, level) {
            continue;
        }
        // One with an order of constants is not among them.
        let place = candidate(&places, number).or_else(|| statement.sql.all(&["LIMIT"]).first().copied());
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

/// Whether ORDER BY has a key that differs from row to row. `ORDER BY NULL` has none.
fn is_ordered(query: &Tree) -> bool {
    let targets = query.get("targetList");
    query.get("sortClause").trees().any(|key| {
        let reference = key.number("tleSortGroupRef");
        let target = targets.trees().find(|target| target.number("ressortgroupref") == reference);
        target.is_none_or(|target| !is_constant(target.get("expr")))
    })
}

/// A constant, or a time of the transaction.
fn is_constant(expression: &Node) -> bool {
    /// `now()`
    const NOW: u32 = 1299;
    without_casts(expression).tree().is_some_and(|tree| {
        matches!(tree.tag.as_str(), "CONST" | "SQLVALUEFUNCTION") || tree.tag == "FUNCEXPR" && tree.oid("funcid") == NOW
    })
}

/// DISTINCT ON keeps the first row of each group: without an ORDER BY that goes on after its keys, any.
fn distinct_on(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut places = statement.sql.all(&["DISTINCT", "ON"]).into_iter();
    let levels = statement.levels.iter().filter(|level| level.query.is_true("hasDistinctOn"));
    let left_to_chance = levels.filter_map(|level| {
        let place = places.next();
        let references = |field: &str| -> Vec<i64> {
            level.query.get(field).trees().map(|key| key.number("tleSortGroupRef")).collect()
        };
        let keys = references("distinctClause");
        let is_key = |target: &Tree| keys.contains(&target.number("ressortgroupref"));
        // Keys that are values make one group, which is another mistake.
        let of_keys = level.query.get("targetList").trees().filter(|target| is_key(target));
        let divides = of_keys.into_iter().any(|target| !columns(level.query, target.get("expr")).is_empty());
        let is_ordered = references("sortClause").iter().any(|reference| !keys.contains(reference));
        let mut targets = level.query.get("targetList").trees().filter(|target| !target.is_true("resjunk"));
        (divides && !is_ordered && !targets.all(is_key)).then_some(place)
    });
    let problem = |place| {
        let message = "DISTINCT ON without an order within its groups: which row of each is returned is left to chance";
        let diagnostic = statement.sql.error("distinct-on-without-order", message, place);
        diagnostic
            .help("add ORDER BY with the columns of DISTINCT ON, and then those that decide")
            .help(format!("if any rows will do: {}", statement.sql.marked(Mark::Unordered)))
    };
    left_to_chance.map(problem).collect()
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
        || is_of_ordered(statement, query)
}

/// An aggregate of everything, a SELECT without FROM, or rows that unique keys find.
pub(super) fn has_one_row(statement: &Statement<'_>, query: &Tree) -> bool {
    let has_no = |field: &str| query.get(field).is_null();
    let is_plain = has_no("setOperations") && !query.is_true("hasTargetSRFs");
    let is_aggregate = query.is_true("hasAggs") && has_no("groupClause") && has_no("groupingSets");
    is_plain && (is_aggregate || has_one_combination(statement, query))
}

/// Whether FROM yields one row: each item is found by a unique key, compared with values or with items found before.
fn has_one_combination(statement: &Statement<'_>, query: &Tree) -> bool {
    let Some(from) = query.get("jointree").tree() else { return true };
    let mut all = Vec::new();
    let mut conditions = conjuncts(from.get("quals"));
    for part in from.get("fromlist").list() {
        items(part, &mut all);
        if !inner_conditions(part, &mut conditions) {
            return false;
        }
    }
    let mut found = Vec::new();
    loop {
        let next = all
            .iter()
            .find(|item| !found.contains(*item) && is_found(statement, query, **item, &conditions, &found, &[]));
        match next {
            Some(item) => found.push(*item),
            None => return found.len() == all.len(),
        }
    }
}

/// Adds the conditions of inner joins; `false` if there is another join.
fn inner_conditions<'t>(part: &'t Node, conditions: &mut Vec<&'t Node>) -> bool {
    let Some(join) = part.tree().filter(|tree| tree.tag == "JOINEXPR") else { return true };
    conditions.extend(conjuncts(join.get("quals")));
    join.number("jointype") == 0
        && inner_conditions(join.get("larg"), conditions)
        && inner_conditions(join.get("rarg"), conditions)
}

/// Whether the WHERE compares every column of a unique index of the item with values.
pub(super) fn is_unique(statement: &Statement<'_>, query: &Tree, item: i64) -> bool {
    is_found(statement, query, item, &conjuncts(quals(query)), &[], &[])
}

/// Whether every column of a unique index of the item is among the columns `fixed`, or compared with values or with `known`
/// items.
pub(super) fn is_found(
    statement: &Statement<'_>,
    query: &Tree,
    item: i64,
    conditions: &[&Node],
    known: &[i64],
    fixed: &[ColumnUse],
) -> bool {
    let Some(range) = range_item(query, item).filter(|range| range.number("rtekind") == 0) else { return false };
    let mut compared: Vec<i64> = fixed.iter().filter(|it| it.item == item).map(|it| it.column).collect();
    for condition in conditions.iter().filter_map(|condition| condition.tree()) {
        let Some((left, right)) = sides(condition) else { continue };
        if statement.catalogue.operator(condition.oid("opno")) != "=" {
            continue;
        }
        for (one, other) in [(left, right), (right, left)] {
            let is_known = || columns(query, other).iter().all(|column| known.contains(&column.item));
            let own = column(one).filter(|column| column.item == item && is_known());
            compared.extend(own.map(|column| column.column));
        }
    }
    let indexes = statement.catalogue.indexes.iter().filter(|index| index.table == range.oid("relid"));
    indexes
        .filter_map(|index| index.unique_columns.as_ref())
        .any(|key| !key.is_empty() && key.iter().all(|number| compared.contains(&i64::from(*number))))
}

/// The rows of a queue that no other session holds, or rows of such batches only.
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

/// The first rows of a subquery or CTE that has an order.
fn is_of_ordered(statement: &Statement<'_>, query: &Tree) -> bool {
    let is_plain = ["groupClause", "distinctClause", "setOperations"].iter().all(|field| query.get(field).is_null());
    let items: Vec<&Tree> = query.get("rtable").trees().collect();
    let source = |item: &Tree| match item.number("rtekind") {
        6 => statement.cte(item.text("ctename")).is_some_and(is_ordered),
        _ => item.get("subquery").tree().is_some_and(is_ordered),
    };
    is_plain && matches!(items[..], [item] if source(item))
}
