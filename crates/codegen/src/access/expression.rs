//! Helpers for expressions of the analysed tree.

use crate::analysis::{Node, Tree};

/// A column that an expression names, as seen from the query that holds the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ColumnUse {
    /// Its place in the range table, from 1.
    pub(crate) item: i64,
    /// Its number; 0 is the whole row.
    pub(crate) column: i64,
}

/// The columns of `query`'s own range table that `expression` names, also in subqueries.
pub(crate) fn columns(query: &Tree, expression: &Node) -> Vec<ColumnUse> {
    let mut found = Vec::new();
    collect(query, expression, 0, &mut found);
    found
}

fn collect(query: &Tree, node: &Node, depth: i64, found: &mut Vec<ColumnUse>) {
    match node {
        Node::List(nodes) => nodes.iter().for_each(|node| collect(query, node, depth, found)),
        Node::Tree(tree) => collect_tree(query, tree, depth, found),
        Node::Null | Node::Atom(_) => {}
    }
}

fn collect_tree(query: &Tree, tree: &Tree, depth: i64, found: &mut Vec<ColumnUse>) {
    if tree.tag == "VAR" {
        if tree.number("varlevelsup") == depth {
            let column = ColumnUse { item: tree.number("varno"), column: tree.number("varattno") };
            match grouped(query, column) {
                Some(expression) => collect(query, expression, 0, found),
                None => found.push(column),
            }
        }
        return;
    }
    let depth = if tree.tag == "QUERY" { depth + 1 } else { depth };
    tree.values().for_each(|node| collect(query, node, depth, found));
}

/// PostgreSQL 18 and later lists the expressions of GROUP BY as one more item of the range table.
fn grouped(query: &Tree, column: ColumnUse) -> Option<&Node> {
    let item = range_item(query, column.item).filter(|item| item.number("rtekind") == 9)?;
    item.get("groupexprs").list().get(usize::try_from(column.column - 1).ok()?)
}

/// The expression itself, or that of GROUP BY which it stands for.
pub(crate) fn resolved<'t>(query: &'t Tree, expression: &'t Node) -> &'t Node {
    let column = expression.tree().filter(|tree| tree.tag == "VAR" && tree.number("varlevelsup") == 0);
    let column = column.map(|tree| ColumnUse { item: tree.number("varno"), column: tree.number("varattno") });
    column.and_then(|column| grouped(query, column)).unwrap_or(expression)
}

/// An item of the range table, by its number from 1.
pub(crate) fn range_item(query: &Tree, number: i64) -> Option<&Tree> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    query.get("rtable").list().get(index)?.tree()
}

/// Whether the predicate holds for a node of the expression, subqueries included.
pub(crate) fn any(expression: &Node, mut predicate: impl FnMut(&Tree) -> bool) -> bool {
    let mut found = false;
    expression.walk(&mut |tree| found = found || predicate(tree));
    found
}

/// The expression without casts and collations.
pub(crate) fn without_casts(expression: &Node) -> &Node {
    let Some(tree) = expression.tree() else { return expression };
    match tree.tag.as_str() {
        "RELABELTYPE" | "COERCEVIAIO" | "COERCETODOMAIN" | "COLLATEEXPR" | "ARRAYCOERCEEXPR" | "NAMEDARGEXPR" => {
            without_casts(tree.get("arg"))
        }
        // 1 and 2 are casts, written and implied.
        "FUNCEXPR" if matches!(tree.number("funcformat"), 1 | 2) => {
            tree.get("args").list().first().map_or(expression, without_casts)
        }
        _ => expression,
    }
}

/// `NULL`, also with a cast.
pub(crate) fn is_null_constant(expression: &Node) -> bool {
    without_casts(expression).tree().is_some_and(|tree| tree.tag == "CONST" && tree.is_true("constisnull"))
}

/// The arms of an AND, nested ones included; any other expression is its only arm.
pub(crate) fn conjuncts(expression: &Node) -> Vec<&Node> {
    match expression.tree() {
        Some(tree) if tree.tag == "BOOLEXPR" && tree.text("boolop") == "and" => {
            tree.get("args").list().iter().flat_map(conjuncts).collect()
        }
        // The implied AND of a list, and one condition.
        None => expression.list().iter().flat_map(conjuncts).collect(),
        Some(_) => vec![expression],
    }
}

/// What is compared, if this is an operator with two sides.
pub(crate) fn sides(tree: &Tree) -> Option<(&Node, &Node)> {
    match tree.get("args").list() {
        [left, right] if tree.tag == "OPEXPR" => Some((left, right)),
        _ => None,
    }
}

/// A plain column of the query itself.
pub(crate) fn column(expression: &Node) -> Option<ColumnUse> {
    let tree = without_casts(expression).tree()?;
    let is_own = tree.tag == "VAR" && tree.number("varlevelsup") == 0;
    is_own.then(|| ColumnUse { item: tree.number("varno"), column: tree.number("varattno") })
}
