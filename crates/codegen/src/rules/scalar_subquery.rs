//! A subquery that stands for one value, and fails when it finds several.

use super::{Statement, unordered_limit::has_one_row};
use crate::{
    access::{is_null_constant, range_item},
    analysis::Tree,
    diagnostic::Diagnostic,
    place::candidate,
};

/// `subLinkType` of a subquery that is a value, and of one that UPDATE sets columns to.
const KINDS: [i64; 2] = [4, 5];

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut subqueries = Vec::new();
    statement.tree.walk(&mut |tree| {
        if tree.tag == "SUBLINK" && KINDS.contains(&tree.number("subLinkType")) {
            subqueries.extend(tree.get("subselect").tree());
        }
    });
    let sql = &statement.sql;
    // Those of EXISTS, IN, ANY, ALL and ARRAY, and of FROM, may find several rows.
    let others =
        ["EXISTS", "IN", "ANY", "SOME", "ALL", "ARRAY", "FROM", "JOIN", "LATERAL", "AS", "MATERIALIZED", "UNION"];
    let mut places = sql.all(&["(", "SELECT"]);
    places.retain(|place| !others.iter().any(|word| sql.is_after(*place, word)));
    let mut found = Vec::new();
    for (number, subquery) in subqueries.iter().enumerate() {
        if can_have_several_rows(statement, subquery) {
            found.push(
                sql.warning(
                    "several-rows-for-a-value",
                    "this subquery can find several rows, and then the statement fails",
                    candidate(&places, number),
                )
                .help("compare all columns of a unique key, aggregate, or add ORDER BY … LIMIT 1"),
            );
        }
    }
    found
}

/// Whether nothing shows that there is at most one row: tables without a unique key that is compared.
fn can_have_several_rows(statement: &Statement<'_>, query: &Tree) -> bool {
    let limit = query.get("limitCount");
    let is_cut = !limit.is_null() && !is_null_constant(limit);
    let is_aggregate = query.is_true("hasAggs") && query.get("groupingSets").is_null();
    // GROUP BY may have a key that the WHERE fixes; a set operation may have one row in all.
    let is_plain = query.get("setOperations").is_null() && query.get("groupClause").is_null();
    is_plain && !is_cut && !is_aggregate && reads_tables_only(query) && !has_one_row(statement, query)
}

/// Of subqueries, functions and CTEs it is not known how many rows they have.
fn reads_tables_only(query: &Tree) -> bool {
    let mut items = (1..).map_while(|number| range_item(query, number));
    items.all(|item| matches!(item.number("rtekind"), 0 | 2))
}
