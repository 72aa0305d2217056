//! The order of a page whose keys two rows can share: the page after a cursor would leave out one of them.

use super::{
    Statement, alias,
    nullable::items,
    quals,
    unordered_limit::{has_one_row, is_found},
};
use crate::{
    access::{ColumnUse, column, conjuncts, range_item},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    queries::{Mark, Part},
};

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let is_page = statement.query.marks.has(Mark::Page);
    let is_first = statement.query.variant.as_ref().is_some_and(|variant| variant.part == Part::First);
    if !(is_page && is_first) {
        return Vec::new();
    }
    let tree = statement.tree;
    let place = statement.sql.all(&["ORDER", "BY"]).into_iter().rfind(|at| statement.sql.depths[*at] == 0);
    let others = ["groupClause", "groupingSets", "distinctClause", "setOperations", "havingQual"];
    let regroups = others.iter().any(|field| !tree.get(field).is_null());
    if regroups || ["hasAggs", "hasTargetSRFs", "hasWindowFuncs"].iter().any(|field| tree.is_true(field)) {
        let message = "a page can't be found by its keys in rows that are grouped, numbered or multiplied";
        return vec![
            statement
                .sql
                .error("page-without-unique-key", message, place)
                .help("put the rows into a table or a view that has a row for each, or read them as a whole"),
        ];
    }
    let keys = keys(tree);
    let Some(item) = not_unique(statement, tree, &keys) else { return Vec::new() };
    let table = range_item(tree, item).and_then(|range| statement.catalogue.relation(range.oid("relid")));
    let name = table.map_or("the rows of FROM", |relation| relation.name.as_str());
    let unique = table.and_then(|relation| unique_key(statement, tree, item, relation));
    let diagnostic = statement
        .sql
        .error(
            "page-without-unique-key",
            format!("two rows of `{name}` can have the same keys: a page would leave one out"),
            place,
        )
        .note("no unique index without a condition has the keys, or all of them beside what is compared by `=`");
    vec![match unique {
        Some(columns) => diagnostic.help(format!("end the order with the columns of a unique key: {columns}")),
        None => diagnostic.help(format!("create a unique index on columns of `{name}` in a migration, and end the order with them; the rows of a subquery, a CTE or a view have none")),
    }]
}

/// The columns that the order consists of.
fn keys(tree: &Tree) -> Vec<ColumnUse> {
    let clauses = tree.get("sortClause").trees().map(|clause| clause.number("tleSortGroupRef"));
    let references: Vec<i64> = clauses.collect();
    let targets = tree.get("targetList").trees();
    targets
        .filter(|target| references.contains(&target.number("ressortgroupref")))
        .filter_map(|target| {
            let expression = target.get("expr");
            // `id + 0` is `id`.
            column(expression).or_else(|| column(crate::variants::plain(expression)))
        })
        .collect()
}

/// An item of FROM of which several rows can belong to one combination of keys; `None` if the keys are unique.
fn not_unique(statement: &Statement<'_>, tree: &Tree, keys: &[ColumnUse]) -> Option<i64> {
    let from = tree.get("jointree").tree()?;
    let mut conditions: Vec<(Vec<i64>, Vec<&Node>)> = vec![(Vec::new(), conjuncts(quals(tree)))];
    let mut all = Vec::new();
    for part in from.get("fromlist").list() {
        items(part, &mut all);
        joins(part, &mut conditions);
    }
    let mut found: Vec<i64> = Vec::new();
    loop {
        let is_next = |item: &&i64| {
            let usable = conditions.iter().filter(|(scope, _)| scope.is_empty() || scope.contains(item));
            let usable: Vec<&Node> = usable.flat_map(|(_, conditions)| conditions.iter().copied()).collect();
            let is_one_row = || {
                let subquery = range_item(tree, **item).and_then(|range| range.get("subquery").tree());
                subquery.is_some_and(|subquery| has_one_row(statement, subquery))
            };
            !found.contains(item) && (is_found(statement, tree, **item, &usable, &found, keys) || is_one_row())
        };
        match all.iter().find(is_next) {
            Some(item) => found.push(*item),
            None => return all.iter().copied().find(|item| !found.contains(item)),
        }
    }
}

/// The conditions of joins, with the items that they are about: those of an outer join only decide which rows of its inner side
/// belong to a row.
fn joins<'t>(part: &'t Node, found: &mut Vec<(Vec<i64>, Vec<&'t Node>)>) {
    let Some(join) = part.tree().filter(|tree| tree.tag == "JOINEXPR") else { return };
    let mut scope = Vec::new();
    match join.number("jointype") {
        0 => {}
        1 => items(join.get("rarg"), &mut scope),
        3 => items(join.get("larg"), &mut scope),
        // Of a full join, rows of both sides stand alone.
        _ => scope.push(0),
    }
    let inner_of = |side: &'t Node, found: &mut Vec<(Vec<i64>, Vec<&'t Node>)>| {
        let mut inner = Vec::new();
        joins(side, &mut inner);
        let mut own = Vec::new();
        items(side, &mut own);
        // What is joined within a side holds for this side only.
        found.extend(inner.into_iter().map(|(scope, it)| (if scope.is_empty() { own.clone() } else { scope }, it)));
    };
    inner_of(join.get("larg"), found);
    inner_of(join.get("rarg"), found);
    found.push((scope, conjuncts(join.get("quals"))));
}

/// The columns of a unique key, as the statement names them.
fn unique_key(statement: &Statement<'_>, tree: &Tree, item: i64, relation: &crate::access::Relation) -> Option<String> {
    let range = range_item(tree, item)?;
    let mut indexes = statement.catalogue.indexes.iter().filter(|index| index.table == range.oid("relid"));
    let columns = indexes.find_map(|index| index.unique_columns.as_ref())?;
    let names = columns.iter().filter_map(|number| relation.columns.get(usize::try_from(number - 1).ok()?));
    let names = names.map(|name| match tree.get("rtable").list() {
        [_] => name.clone(),
        _ => format!("{}.{name}", alias(range)),
    });
    Some(names.collect::<Vec<_>>().join(", "))
}
