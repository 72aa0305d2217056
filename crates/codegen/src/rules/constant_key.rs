//! ORDER BY, GROUP BY, PARTITION BY and DISTINCT ON by a parameter: every row has the same value, so nothing is ordered or
//! divided.

use super::Statement;
use crate::{
    access::{any, columns, resolved},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
};

/// The kind of a range table's entry that stands for an empty FROM.
const RESULT: i64 = 8;

struct Clause {
    rule: &'static str,
    words: [&'static str; 2],
    effect: &'static str,
}

const ORDER_BY: Clause = Clause { rule: "order-by-parameter", words: ["ORDER", "BY"], effect: "nothing is ordered" };
const GROUP_BY: Clause = Clause { rule: "group-by-parameter", words: ["GROUP", "BY"], effect: "nothing is divided" };
const PARTITION_BY: Clause =
    Clause { rule: "partition-by-parameter", words: ["PARTITION", "BY"], effect: "there is one partition" };
const DISTINCT_ON: Clause =
    Clause { rule: "distinct-on-parameter", words: ["DISTINCT", "ON"], effect: "one row is left" };

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut reported = Vec::new();
    for level in &statement.levels {
        for (clause, keys, targets) in clauses(level.query) {
            for key in keys.trees() {
                let Some(number) = key_parameter(statement, level.query, key, targets) else { continue };
                // DISTINCT ON and windows repeat a key.
                if !reported.contains(&(clause.rule, number)) {
                    reported.push((clause.rule, number));
                    found.push(problem(statement, clause, number));
                }
            }
        }
    }
    found
}

/// The keys of each clause, and the list that they refer to.
fn clauses(query: &Tree) -> Vec<(&'static Clause, &Node, &Node)> {
    let targets = query.get("targetList");
    let mut found = vec![(&GROUP_BY, query.get("groupClause"), targets), (&ORDER_BY, query.get("sortClause"), targets)];
    if query.is_true("hasDistinctOn") {
        found.push((&DISTINCT_ON, query.get("distinctClause"), targets));
    }
    for window in query.get("windowClause").trees() {
        found.push((&PARTITION_BY, window.get("partitionClause"), targets));
        found.push((&ORDER_BY, window.get("orderClause"), targets));
    }
    targets.walk(&mut |tree| {
        if tree.tag == "AGGREF" {
            found.push((&ORDER_BY, tree.get("aggorder"), tree.get("args")));
        }
    });
    found
}

/// The parameter, if a key depends on nothing else.
fn key_parameter(statement: &Statement<'_>, query: &Tree, key: &Tree, targets: &Node) -> Option<i64> {
    let reference = key.number("tleSortGroupRef");
    let target = targets.trees().find(|target| target.number("ressortgroupref") == reference)?;
    let expression = resolved(query, target.get("expr"));
    let differs_by_row = |tree: &Tree| {
        matches!(tree.tag.as_str(), "VAR" | "AGGREF" | "WINDOWFUNC" | "GROUPINGFUNC")
            // A subquery that reads nothing, `(SELECT :name)`, is the parameter again.
            || tree.tag == "RANGETBLENTRY" && tree.number("rtekind") != RESULT
            || tree.is_true("funcretset")
            || tree.is_true("opretset")
            || statement.catalogue.function(tree.oid("funcid")).is_some_and(|function| function.is_volatile)
    };
    if !columns(query, expression).is_empty() || any(expression, differs_by_row) {
        return None;
    }
    let mut number = None;
    expression.walk(&mut |tree| {
        if tree.tag == "PARAM" && number.is_none() {
            number = Some(tree.number("paramid"));
        }
    });
    number
}

fn problem(statement: &Statement<'_>, clause: &Clause, number: i64) -> Diagnostic {
    let sql = &statement.sql;
    let places = sql.all(&clause.words);
    let name = format!("${number}");
    let parameter = places.iter().find_map(|start| {
        let end = sql.clause_end(start + 1);
        (*start..end).find(|index| sql.tokens[*index].text == name)
    });
    let message = format!(
        "{} the parameter `{}`: every row has the same value, so {}",
        clause.words.join(" "),
        sql.parameter(number),
        clause.effect
    );
    let diagnostic = sql
        .error(clause.rule, message, parameter.or(places.first().copied()))
        .note("a parameter is a value, never the name of a column");
    if clause.rule == ORDER_BY.rule {
        diagnostic.help("let the caller choose among columns: ORDER BY CASE WHEN :by_name THEN name END, id")
    } else {
        diagnostic.help("name a column, or remove the parameter from the clause")
    }
}
