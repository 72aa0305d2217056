//! INSERT without a list of columns: a column that is added later shifts the values or breaks the statement.

use super::{INSERT, Statement};
use crate::{access::range_item, diagnostic::Diagnostic, place::candidate};

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let sql = &statement.sql;
    let places = sql.all(&["INSERT", "INTO"]);
    let inserts = statement.levels.iter().filter(|level| level.query.number("commandType") == INSERT);
    let mut found = Vec::new();
    for (number, level) in inserts.enumerate() {
        let Some(start) = candidate(&places, number).filter(|start| !has_list(statement, *start)) else { continue };
        let item = range_item(level.query, level.query.number("resultRelation"));
        let Some(relation) = item.and_then(|item| statement.catalogue.relation(item.oid("relid"))) else { continue };
        let set: Vec<&str> = level.query.get("targetList").trees().map(|target| target.text("resname")).collect();
        let columns = relation.columns.iter().map(String::as_str).filter(|column| set.contains(column));
        let columns: Vec<&str> = columns.collect();
        let message =
            format!("INSERT without a list of columns: a new column of `{}` shifts the values", relation.name);
        let diagnostic = sql.warning("insert-without-columns", message, Some(start));
        found.push(diagnostic.help(format!("name the columns: ({})", columns.join(", "))));
    }
    found
}

/// Whether a list of columns, or DEFAULT VALUES, follows the name of the table.
fn has_list(statement: &Statement<'_>, start: usize) -> bool {
    let sql = &statement.sql;
    let mut next = start + 3;
    while sql.is(next, ".") {
        next += 2;
    }
    if sql.is(next, "AS") {
        next += 2;
    }
    sql.is(next, "DEFAULT") || sql.is(next, "(") && !sql.is(next + 1, "SELECT") && !sql.is(next + 1, "WITH")
}
