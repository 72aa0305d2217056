//! The rows of a query: their columns, and whether there is one at all.

use super::{
    Analysis, Nullability, any_of, expressions,
    level::{Context, Level, targets},
};
use crate::analysis::{Node, Tree};

/// The columns of a query's result. `wanted` are those that are known not to be NULL in the rows that matter.
pub(super) fn columns<'t, 'p>(
    analysis: &'p Analysis<'t>,
    query: &'t Tree,
    outer: Option<&'p Context<'t, 'p>>,
    parameters: &'p [Nullability],
    wanted: &[usize],
) -> Vec<Nullability> {
    let found = analysis.deeper(|| {
        let wanted = if query.number("commandType") == 1 { wanted } else { &[] };
        let level = Level::new(analysis, query, outer, parameters, wanted);
        match query.get("setOperations").tree() {
            Some(operation) => set_operation(&level, operation),
            None => selected(&level),
        }
    });
    found.unwrap_or_else(|| {
        targets(query).map(|_| Nullability::nullable("the query is nested too deeply to be analysed")).collect()
    })
}

fn selected(level: &Level<'_, '_>) -> Vec<Nullability> {
    let sets: usize = targets(level.query).map(|target| sets_in(target.get("expr"))).sum();
    let context = Context { grouped: true, padded_sets: sets > 1, ..Context::of(level) };
    targets(level.query).map(|target| expressions::nullability(&context, target.get("expr"))).collect()
}

/// How many set-returning functions an expression has, those of subqueries left out.
fn sets_in(node: &Node) -> usize {
    match node {
        Node::List(nodes) => nodes.iter().map(sets_in).sum(),
        Node::Tree(tree) if ["SUBLINK", "QUERY"].contains(&tree.tag.as_str()) => 0,
        Node::Tree(tree) => {
            let is_set = tree.is_true("funcretset") || tree.is_true("opretset");
            usize::from(is_set) + tree.values().map(sets_in).sum::<usize>()
        }
        Node::Null | Node::Atom(_) => 0,
    }
}

/// The kinds of a `SETOPERATIONSTMT`.
const INTERSECT: i64 = 2;
const EXCEPT: i64 = 3;

fn set_operation<'t>(level: &Level<'t, '_>, operation: &'t Tree) -> Vec<Nullability> {
    let arm = |side: &str| -> Vec<Nullability> {
        match operation.get(side).tree() {
            Some(arm) if arm.tag == "SETOPERATIONSTMT" => {
                level.analysis.deeper(|| set_operation(level, arm)).unwrap_or_default()
            }
            Some(arm) => super::range_table::columns(level, arm.index("rtindex")).as_ref().clone(),
            None => Vec::new(),
        }
    };
    let left = arm("larg");
    match operation.number("op") {
        EXCEPT => left,
        INTERSECT => left.into_iter().zip(arm("rarg")).map(|(a, b)| if a.nullable { b } else { a }).collect(),
        _ => {
            let right = arm("rarg");
            let reason = |it: Nullability| {
                if !it.nullable {
                    return it;
                }
                Nullability { reason: format!("in one arm of the UNION {}", it.reason), ..it }
            };
            left.into_iter()
                .zip(right)
                .map(|(a, b)| any_of([a, b]).map_or_else(|| Nullability::nullable("a UNION"), reason))
                .collect()
        }
    }
}

/// Whether the query returns at least one row, whatever the tables hold.
pub(super) fn has_row(level: &Level<'_, '_>) -> bool {
    let query = level.query;
    let limited = !query.get("limitOffset").is_null() || !allows_a_row(query.get("limitCount"));
    if limited || query.number("commandType") != 1 || query.is_true("hasTargetSRFs") {
        return false;
    }
    if let Some(operation) = query.get("setOperations").tree() {
        return operation_has_row(level, operation);
    }
    if !query.get("havingQual").is_null() {
        return false;
    }
    let is_grouped = !query.get("groupClause").is_null();
    let is_aggregate = !is_grouped && (query.is_true("hasAggs") || !query.get("groupingSets").is_null());
    is_aggregate || query.get("jointree").tree().is_some_and(|from| from_has_row(level, from))
}

fn allows_a_row(limit: &Node) -> bool {
    match limit.tree() {
        None => true,
        // LIMIT 1 is converted to BIGINT.
        Some(limit) if limit.tag == "FUNCEXPR" => limit.get("args").list().first().is_some_and(allows_a_row),
        Some(limit) => {
            let bytes = limit.get("constvalue").list().get(1).map(Node::list).unwrap_or_default();
            let is_positive = bytes.iter().any(|byte| byte.text() != Some("0"))
                && bytes.last().and_then(Node::text).is_some_and(|byte| !byte.starts_with('-'));
            limit.tag == "CONST" && is_positive
        }
    }
}

fn operation_has_row<'t>(level: &Level<'t, '_>, operation: &'t Tree) -> bool {
    let arm = |side: &str| {
        operation.get(side).tree().is_some_and(|arm| match arm.tag.as_str() {
            "SETOPERATIONSTMT" => level.analysis.deeper(|| operation_has_row(level, arm)).unwrap_or(false),
            _ => relation_has_row(level, arm.index("rtindex")),
        })
    };
    // INTERSECT and EXCEPT can leave nothing.
    operation.number("op") == 1 && (arm("larg") || arm("rarg"))
}

/// Whether a join, or FROM, lets every row through.
pub(super) fn is_unconditional(node: &Tree) -> bool {
    let always = node.get("quals");
    always.is_null() || super::expressions::is_true_literal(always)
}

/// Whether a part of FROM has a row.
pub(super) fn from_has_row<'t>(level: &Level<'t, '_>, node: &'t Tree) -> bool {
    let side = |name: &str| node.get(name).tree().is_some_and(|it| from_has_row(level, it));
    match node.tag.as_str() {
        "FROMEXPR" => is_unconditional(node) && node.get("fromlist").trees().all(|it| from_has_row(level, it)),
        "JOINEXPR" => match node.number("jointype") {
            0 => is_unconditional(node) && side("larg") && side("rarg"),
            1 => side("larg"),
            2 => side("larg") || side("rarg"),
            3 => side("rarg"),
            _ => false,
        },
        "RANGETBLREF" => relation_has_row(level, node.index("rtindex")),
        _ => false,
    }
}

fn relation_has_row(level: &Level<'_, '_>, place: usize) -> bool {
    let Some(relation) = level.relation(place) else { return false };
    let context = Context::of(level);
    let of_query = |query| {
        let has_row = || has_row(&Level::new(level.analysis, query, Some(&context), level.parameters, &[]));
        level.analysis.deeper(has_row).unwrap_or(false)
    };
    match relation.number("rtekind") {
        1 => relation.get("subquery").tree().is_some_and(of_query),
        // A function that returns no set returns one row.
        3 => relation.get("functions").trees().any(|it| sets_in(it.get("funcexpr")) == 0),
        // VALUES, and nothing to read at all.
        5 | 8 => true,
        6 => {
            let level = context.level_above(relation.index("ctelevelsup"));
            let cte = level.and_then(|level| {
                let mut all = level.query.get("cteList").trees();
                all.find(|cte| cte.text("ctename") == relation.text("ctename") && !cte.is_true("cterecursive"))
            });
            match (level, cte.and_then(|cte| cte.get("ctequery").tree())) {
                (Some(level), Some(query)) => {
                    let context = Context::of(level);
                    let has_row = || has_row(&Level::new(level.analysis, query, Some(&context), level.parameters, &[]));
                    level.analysis.deeper(has_row).unwrap_or(false)
                }
                _ => false,
            }
        }
        _ => false,
    }
}
