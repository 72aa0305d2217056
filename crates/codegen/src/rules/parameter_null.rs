//! `:name IS NULL` of a parameter that is never NULL, because no `?` marks it: the condition does nothing.

use super::Statement;
use crate::{access::without_casts, analysis::Node, diagnostic::Diagnostic};

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut numbers: Vec<(i64, &str)> = Vec::new();
    statement.tree.walk(&mut |tree| {
        let (argument, use_) = match tree.tag.as_str() {
            "NULLTEST" => (Some(tree.get("arg")), "this test of it is needless"),
            "COALESCEEXPR" => (tree.get("args").list().first(), "COALESCE never takes another value"),
            _ => return,
        };
        let parameter = argument.map(without_casts).and_then(Node::tree).filter(|it| it.tag == "PARAM");
        let number = parameter.map(|parameter| parameter.number("paramid"));
        if let Some(number) = number.filter(|number| !numbers.iter().any(|(known, _)| known == number)) {
            numbers.push((number, use_));
        }
    });
    numbers.into_iter().filter_map(|(number, use_)| problem(statement, number, use_)).collect()
}

fn problem(statement: &Statement<'_>, number: i64, use_: &str) -> Option<Diagnostic> {
    let index = usize::try_from(number - 1).ok()?;
    let name = &statement.query.flat.parameters.get(index)?.text;
    if statement.query.nullable_parameters.iter().any(|nullable| nullable.text == *name) {
        return None;
    }
    let sql = &statement.sql;
    let place = sql.tokens.iter().position(|token| token.text == format!("${number}"));
    Some(
        sql.warning("parameter-never-null", format!("the parameter `{name}` is never NULL, so {use_}"), place)
            .help(format!("if it can be NULL, say so behind the query's name: ({name}?)")),
    )
}
