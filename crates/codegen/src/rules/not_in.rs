//! NOT IN and `<> ALL` over a subquery that can return NULL: one NULL, and no row passes.

use super::{Statement, nullable::output_can_be_null};
use crate::{access::any, analysis::Tree, diagnostic::Diagnostic, place::candidate};

/// `subLinkType` of a SUBLINK.
const ALL: i64 = 1;
const ANY: i64 = 2;

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut sublinks = Vec::new();
    statement.tree.walk(&mut |tree| {
        if tree.tag == "BOOLEXPR" && tree.text("boolop") == "not" {
            let sublink = tree.get("args").trees().next();
            sublinks.extend(sublink.filter(|link| is_comparison(statement, link, ANY, "=")));
        } else if is_comparison(statement, tree, ALL, "<>") {
            sublinks.push(tree);
        }
    });
    let sql = &statement.sql;
    let beginnings: [&[&str]; 3] =
        [&["NOT", "IN", "(", "SELECT"], &["NOT", "IN", "(", "WITH"], &["ALL", "(", "SELECT"]];
    let mut places: Vec<usize> = beginnings.iter().flat_map(|words| sql.all(words)).collect();
    places.sort_unstable();
    let mut found = Vec::new();
    for (number, sublink) in sublinks.iter().enumerate() {
        let Some(subquery) = sublink.get("subselect").tree() else { continue };
        let mut outputs = subquery.get("targetList").trees().filter(|target| !target.is_true("resjunk"));
        let Some(nullable) = outputs.find(|target| output_can_be_null(statement, subquery, target.number("resno")))
        else {
            continue;
        };
        let name = nullable.text("resname");
        let words = if sublink.number("subLinkType") == ANY { "NOT IN" } else { "<> ALL" };
        found.push(
            sql.error(
                "not-in-nullable",
                format!("{words} over `{name}`, which can be NULL: one NULL, and no row passes"),
                candidate(&places, number),
            )
            .help(format!(
                "add {name} IS NOT NULL to the WHERE of the subquery, or write NOT EXISTS (SELECT 1 FROM …)"
            )),
        );
    }
    found
}

fn is_comparison(statement: &Statement<'_>, tree: &Tree, kind: i64, operator: &str) -> bool {
    let is_operator = |node: &Tree| node.tag == "OPEXPR" && statement.catalogue.operator(node.oid("opno")) == operator;
    tree.tag == "SUBLINK" && tree.number("subLinkType") == kind && any(tree.get("testexpr"), is_operator)
}
