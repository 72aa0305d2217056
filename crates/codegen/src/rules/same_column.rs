//! A column that is compared with itself.

use super::{Statement, column_name};
use crate::{
    access::{column, range_item, sides},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    place::names,
};

const TRUE: [&str; 3] = ["=", "<=", ">="];
const FALSE: [&str; 3] = ["<>", "<", ">"];

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for level in &statement.levels {
        let mut compared = Vec::new();
        for field in ["jointree", "targetList", "havingQual", "returningList"] {
            own_expressions(level.query.get(field), &mut |tree| {
                let same = sides(tree).and_then(|(left, right)| column(left).filter(|it| Some(*it) == column(right)));
                compared.extend(same.map(|column| (column, statement.catalogue.operator(tree.oid("opno")))));
            });
        }
        for (column, operator) in compared {
            let result = match operator {
                _ if TRUE.contains(&operator) => "true",
                _ if FALSE.contains(&operator) => "false",
                _ => continue,
            };
            let name = range_item(level.query, column.item).and_then(|item| column_name(item, column.column));
            let Some(name) = name else { continue };
            let message = format!("`{name}` is compared with itself, which is {result} for every value but NULL");
            found.push(
                statement
                    .sql
                    .error("same-column", message, place(statement, name, operator))
                    .help("compare it with another column or with a parameter, or write IS NOT NULL"),
            );
        }
    }
    found
}

/// The expressions of a query without those of its subqueries.
fn own_expressions<'t>(node: &'t Node, visit: &mut dyn FnMut(&'t Tree)) {
    node.list().iter().for_each(|node| own_expressions(node, visit));
    let Some(tree) = node.tree().filter(|tree| tree.tag != "QUERY") else { return };
    visit(tree);
    tree.values().for_each(|node| own_expressions(node, visit));
}

/// Where the name stands on both sides of the operator.
fn place(statement: &Statement<'_>, name: &str, operator: &str) -> Option<usize> {
    let sql = &statement.sql;
    let is_name = |index: usize| sql.tokens.get(index).is_some_and(|token| names(token, name));
    let is_operator = |index: usize| operator.chars().enumerate().all(|(at, c)| sql.is(index + at, &c.to_string()));
    (0..sql.tokens.len()).find(|at| {
        let right = at + 1 + operator.len();
        is_name(*at) && is_operator(at + 1) && (is_name(right) || sql.is(right + 1, ".") && is_name(right + 2))
    })
}
