//! NOT IN and `<> ALL` over a subquery that can return NULL, or over an array of its rows: one NULL, and no row passes.

use super::{Statement, nullable::output_can_be_null};
use crate::{
    access::{any, without_casts},
    analysis::Tree,
    diagnostic::Diagnostic,
    place::candidate,
};

/// `subLinkType` of a SUBLINK.
const ALL: i64 = 1;
const ANY: i64 = 2;
const ARRAY: i64 = 6;

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut sublinks = Vec::new();
    statement.tree.walk(&mut |tree| {
        if tree.tag == "BOOLEXPR" && tree.text("boolop") == "not" {
            let argument = tree.get("args").trees().next();
            sublinks.extend(argument.filter(|link| is_comparison(statement, link, ANY, "=")));
            sublinks.extend(argument.and_then(|array| array_of_subquery(statement, array, true, "=")));
        } else if let Some(sublink) = array_of_subquery(statement, tree, false, "<>") {
            sublinks.push(sublink);
        } else if is_comparison(statement, tree, ALL, "<>") {
            sublinks.push(tree);
        }
    });
    let sql = &statement.sql;
    let beginnings: [&[&str]; 6] = [
        &["NOT", "IN", "(", "SELECT"],
        &["NOT", "IN", "(", "WITH"],
        &["NOT", "IN", "(", "VALUES"],
        &["ALL", "(", "SELECT"],
        &["ALL", "(", "VALUES"],
        &["(", "ARRAY", "(", "SELECT"],
    ];
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
        let words = match sublink.number("subLinkType") {
            ANY => "NOT IN",
            ALL => "<> ALL",
            _ => "NOT IN, by an array,",
        };
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

/// The subquery of `a <> ALL (ARRAY(SELECT …))` or, within NOT, of `a = ANY (ARRAY(SELECT …))`.
fn array_of_subquery<'t>(statement: &Statement<'_>, tree: &'t Tree, any: bool, operator: &str) -> Option<&'t Tree> {
    let is_meant = tree.tag == "SCALARARRAYOPEXPR"
        && tree.is_true("useOr") == any
        && statement.catalogue.operator(tree.oid("opno")) == operator;
    let array = is_meant.then(|| tree.get("args").list().get(1)).flatten()?;
    without_casts(array).tree().filter(|it| it.tag == "SUBLINK" && it.number("subLinkType") == ARRAY)
}

fn is_comparison(statement: &Statement<'_>, tree: &Tree, kind: i64, operator: &str) -> bool {
    let is_operator = |node: &Tree| node.tag == "OPEXPR" && statement.catalogue.operator(node.oid("opno")) == operator;
    tree.tag == "SUBLINK" && tree.number("subLinkType") == kind && any(tree.get("testexpr"), is_operator)
}
