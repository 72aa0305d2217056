//! Whether the output of a subquery can certainly be NULL. What is not certain counts as never NULL here: this decides about
//! errors, not about types.

use super::{Statement, quals};
use crate::{
    access::{ColumnUse, column, conjuncts, range_item, resolved, sides, without_casts},
    analysis::{Node, Tree},
};

/// Recursive CTEs name themselves.
const MAX_DEPTH: usize = 20;

/// Whether the output of that number, from 1, can be NULL.
pub(super) fn output_can_be_null(statement: &Statement<'_>, query: &Tree, number: i64) -> bool {
    output(statement, query, number, 0)
}

fn output(statement: &Statement<'_>, query: &Tree, number: i64, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    if !query.get("setOperations").is_null() {
        let mut arms = query.get("rtable").trees().filter_map(|item| item.get("subquery").tree());
        return arms.any(|arm| output(statement, arm, number, depth + 1));
    }
    let target = query.get("targetList").trees().find(|target| target.number("resno") == number);
    target.is_some_and(|target| expression(statement, query, target.get("expr"), depth))
}

fn expression(statement: &Statement<'_>, query: &Tree, node: &Node, depth: usize) -> bool {
    let node = without_casts(resolved(query, node));
    if let Some(column) = column(node) {
        return !is_tested(query, column) && column_can_be_null(statement, query, column, depth);
    }
    let Some(tree) = node.tree() else { return false };
    match tree.tag.as_str() {
        "CONST" => tree.is_true("constisnull"),
        "NULLIFEXPR" => true,
        "FUNCEXPR" if statement.catalogue.is_strict(tree.oid("funcid")) => {
            arguments(tree).any(|argument| expression(statement, query, argument, depth))
        }
        "OPEXPR" if statement.catalogue.is_strict(tree.oid("opfuncid")) => {
            arguments(tree).any(|argument| expression(statement, query, argument, depth))
        }
        "COALESCEEXPR" => arguments(tree).all(|argument| expression(statement, query, argument, depth)),
        "AGGREF" if statement.catalogue.is_null_of_nothing(tree.oid("aggfnoid")) => {
            let has_no_group = query.get("groupClause").is_null();
            has_no_group || tree.get("args").trees().any(|it| expression(statement, query, it.get("expr"), depth))
        }
        "CASEEXPR" => {
            let mut results = tree.get("args").trees().map(|when| when.get("result")).chain([tree.get("defresult")]);
            results.any(|result| result.is_null() || expression(statement, query, result, depth))
        }
        _ => false,
    }
}

fn arguments(tree: &Tree) -> impl Iterator<Item = &Node> {
    tree.get("args").list().iter()
}

fn column_can_be_null(statement: &Statement<'_>, query: &Tree, column: ColumnUse, depth: usize) -> bool {
    if nullable_items(query).contains(&column.item) {
        return true;
    }
    let Some(item) = range_item(query, column.item) else { return false };
    let index = usize::try_from(column.column - 1).ok();
    match item.number("rtekind") {
        0 => statement.catalogue.relation(item.oid("relid")).is_some_and(|relation| match &relation.view {
            Some(view) => output(statement, view, column.column, depth + 1),
            None => index.and_then(|index| relation.not_null.get(index)) == Some(&false),
        }),
        1 => item.get("subquery").tree().is_some_and(|subquery| output(statement, subquery, column.column, depth + 1)),
        2 => {
            let alias = index.and_then(|index| item.get("joinaliasvars").list().get(index));
            alias.is_some_and(|alias| depth < MAX_DEPTH && expression(statement, query, alias, depth + 1))
        }
        5 => item.get("values_lists").list().iter().any(|row| {
            let value = index.and_then(|index| row.list().get(index));
            value.is_some_and(|value| depth < MAX_DEPTH && expression(statement, query, value, depth + 1))
        }),
        6 => statement
            .cte(item.text("ctename"))
            .is_some_and(|cte| cte.number("commandType") == 1 && output(statement, cte, column.column, depth + 1)),
        _ => false,
    }
}

/// The items on the side of an outer join that is filled with NULL.
pub(super) fn nullable_items(query: &Tree) -> Vec<i64> {
    fn visit(node: &Node, found: &mut Vec<i64>) {
        let Some(tree) = node.tree() else {
            node.list().iter().for_each(|node| visit(node, found));
            return;
        };
        if tree.tag != "JOINEXPR" {
            return;
        }
        let (left, right) = (tree.get("larg"), tree.get("rarg"));
        let jointype = tree.number("jointype");
        if matches!(jointype, 1 | 2) {
            items(right, found);
        }
        if matches!(jointype, 2 | 3) {
            items(left, found);
        }
        visit(left, found);
        visit(right, found);
    }
    let mut found = Vec::new();
    if let Some(from) = query.get("jointree").tree() {
        visit(from.get("fromlist"), &mut found);
    }
    found
}

/// The items of a part of FROM; not those of the subqueries in it.
pub(super) fn items(node: &Node, found: &mut Vec<i64>) {
    let Some(tree) = node.tree() else { return };
    match tree.tag.as_str() {
        "RANGETBLREF" => found.push(tree.number("rtindex")),
        "JOINEXPR" => {
            items(tree.get("larg"), found);
            items(tree.get("rarg"), found);
        }
        _ => {}
    }
}

/// Whether the WHERE drops the rows in which the column is NULL.
fn is_tested(query: &Tree, wanted: ColumnUse) -> bool {
    conjuncts(quals(query)).iter().any(|condition| drops_null(condition).contains(&wanted))
}

/// The columns that are not NULL where the condition is true.
pub(super) fn drops_null(condition: &Node) -> Vec<ColumnUse> {
    let Some(tree) = condition.tree() else { return Vec::new() };
    match tree.tag.as_str() {
        "NULLTEST" if tree.number("nulltesttype") == 1 => column(tree.get("arg")).into_iter().collect(),
        // PostgreSQL's own operators give NULL for NULL.
        "OPEXPR" if tree.oid("opno") < 16384 => {
            sides(tree).into_iter().flat_map(|(left, right)| [left, right]).filter_map(column).collect()
        }
        "SCALARARRAYOPEXPR" if tree.is_true("useOr") => {
            tree.get("args").list().first().and_then(column).into_iter().collect()
        }
        // A boolean column that must be true.
        "VAR" => column(condition).into_iter().collect(),
        _ => Vec::new(),
    }
}
