//! UPDATE, DELETE and MERGE of every row of a table.

use super::{DELETE, MERGE, Statement, UPDATE, quals};
use crate::{
    access::{Catalogue, any, column, columns, range_item},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    place::candidate,
    queries::Mark,
};

const UPDATE_RULE: &str = "unqualified-update";
const DELETE_RULE: &str = "unqualified-delete";

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    if statement.query.marks.has(Mark::AllRows) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for level in &statement.levels {
        let (rule, command, verb) = match level.query.number("commandType") {
            UPDATE => (UPDATE_RULE, "UPDATE", "changes"),
            DELETE => (DELETE_RULE, "DELETE", "deletes"),
            MERGE => {
                found.extend(merge(statement, level.query));
                continue;
            }
            _ => continue,
        };
        let Some(table) = statement.target(level.query) else { continue };
        // The statements of one kind on one table, in the order of the text.
        let number = seen.iter().filter(|earlier| **earlier == (command, table)).count();
        seen.push((command, table));
        if restricts_target(level.query, statement.catalogue) {
            continue;
        }
        let reason = if quals(level.query).is_null() {
            "it has no WHERE".to_owned()
        } else {
            format!("its WHERE selects no rows of `{table}`")
        };
        let place = candidate(&statement.changes_of(command, table), number);
        found.push(
            statement
                .sql
                .error(rule, format!("this {command} {verb} every row of `{table}`: {reason}"), place)
                .help("add a WHERE that says which rows")
                .help(format!("if every row is meant: {}", statement.sql.marked(Mark::AllRows))),
        );
    }
    found
}

/// `MERGE … ON TRUE WHEN MATCHED THEN DELETE`
fn merge(statement: &Statement<'_>, query: &Tree) -> Option<Diagnostic> {
    // Before PostgreSQL 17 the condition is that of FROM.
    let condition = Some(query.get("mergeJoinCondition")).filter(|it| !it.is_null()).unwrap_or_else(|| quals(query));
    let changes_every_row = |action: &Tree| {
        let is_change = matches!(action.number("commandType"), UPDATE | DELETE);
        is_change && !restricts(query, action.get("qual"), statement.catalogue)
    };
    let actions = query.get("mergeActionList");
    if restricts(query, condition, statement.catalogue) || !actions.trees().any(changes_every_row) {
        return None;
    }
    let table = statement.target(query)?;
    let sql = &statement.sql;
    let message = format!("this MERGE changes every row of `{table}`: its ON selects no rows of it");
    Some(
        sql.error(UPDATE_RULE, message, sql.all(&["MERGE"]).first().copied())
            .help("compare its columns with those of the source")
            .help(format!("if every row is meant: {}", sql.marked(Mark::AllRows))),
    )
}

/// Whether the WHERE of an UPDATE or DELETE depends on the rows of the table that is changed.
pub(super) fn restricts_target(query: &Tree, catalogue: &Catalogue) -> bool {
    restricts(query, quals(query), catalogue)
}

fn restricts(query: &Tree, condition: &Node, catalogue: &Catalogue) -> bool {
    let Some(tree) = condition.tree() else {
        return condition.list().iter().any(|condition| restricts(query, condition, catalogue));
    };
    let mut arms = tree.get("args").list().iter();
    match tree.tag.as_str() {
        "BOOLEXPR" if tree.text("boolop") == "or" => arms.all(|arm| {
            // `:id IS NULL OR id = :id` selects rows where the caller wants it.
            restricts(query, arm, catalogue) || any(arm, |tree| tree.tag == "PARAM")
        }),
        "BOOLEXPR" => arms.any(|arm| restricts(query, arm, catalogue)),
        "CURRENTOFEXPR" => true,
        "CONST" => tree.is_true("constisnull") || is_false(tree),
        "NULLTEST" if tree.number("nulltesttype") == 1 && is_never_null(query, tree.get("arg"), catalogue) => false,
        _ => columns(query, condition).iter().any(|column| column.item == query.number("resultRelation")),
    }
}

/// The constant FALSE: all of its bytes are 0.
pub(super) fn is_false(constant: &Tree) -> bool {
    let bytes: Vec<&str> =
        constant.get("constvalue").list().iter().flat_map(Node::list).filter_map(Node::text).collect();
    !bytes.is_empty() && bytes.iter().all(|byte| *byte == "0")
}

/// Whether `IS NOT NULL` of the column is always true.
fn is_never_null(query: &Tree, expression: &Node, catalogue: &Catalogue) -> bool {
    let Some(column) = column(expression) else { return false };
    let relation = range_item(query, column.item).and_then(|item| catalogue.relation(item.oid("relid")));
    let index = usize::try_from(column.column - 1).ok();
    relation.zip(index).is_some_and(|(relation, index)| relation.not_null.get(index) == Some(&true))
}
