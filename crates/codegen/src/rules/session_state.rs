//! Functions that change the session of a pooled connection, for whatever runs on it next.

use super::Statement;
use crate::{
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    place::names,
    queries::Mark,
};

const RULE: &str = "session-state";

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    if statement.query.marks.has(Mark::Session) {
        return Vec::new();
    }
    let mut calls: Vec<(&str, &Tree)> = Vec::new();
    statement.tree.walk(&mut |tree| {
        let function = (tree.tag == "FUNCEXPR").then(|| statement.catalogue.function(tree.oid("funcid"))).flatten();
        calls.extend(function.filter(|function| function.is_system).map(|function| (function.name.as_str(), tree)));
    });
    calls.into_iter().filter_map(|(name, call)| problem(statement, name, call)).collect()
}

fn problem(statement: &Statement<'_>, name: &str, call: &Tree) -> Option<Diagnostic> {
    let (effect, help) = match name {
        "set_config" if !is_local(call) => (
            "the setting stays on a pooled connection",
            "write TRUE as the last argument: it ends with the transaction".to_owned(),
        ),
        "pg_advisory_lock" | "pg_advisory_lock_shared" | "pg_try_advisory_lock" | "pg_try_advisory_lock_shared" => {
            let of_transaction = name.replace("advisory_", "advisory_xact_").to_ascii_uppercase();
            (
                "the lock stays on a pooled connection",
                format!("write {of_transaction}, whose lock ends with the transaction"),
            )
        }
        "setseed" => ("the seed stays on a pooled connection", "let the program choose at random".to_owned()),
        _ => return None,
    };
    let sql = &statement.sql;
    let place = sql.tokens.iter().position(|token| names(token, name));
    let word = name.to_ascii_uppercase();
    Some(
        sql.error(RULE, format!("{word} changes the session: {effect}, for whatever runs on it next"), place)
            .help(help)
            .help(format!("if the connection is one of your own: {}", sql.marked(Mark::Session))),
    )
}

/// Whether the last argument is the constant TRUE.
fn is_local(call: &Tree) -> bool {
    let last = call.get("args").list().last().and_then(Node::tree);
    last.is_some_and(|last| last.tag == "CONST" && !last.is_true("constisnull") && !super::unqualified::is_false(last))
}
