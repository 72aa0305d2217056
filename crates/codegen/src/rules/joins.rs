//! Joins that are none: tables that no condition connects, and outer joins that the WHERE undoes.

use super::{
    DELETE, Statement, UPDATE, alias, column_name,
    nullable::{drops_null, items, nullable_items},
    quals,
    unordered_limit::{has_one_row, is_unique},
    unqualified,
};
use crate::{
    access::{any, columns, conjuncts, range_item},
    analysis::{Node, Tree},
    diagnostic::Diagnostic,
    place::names,
};

/// Items of FROM that are combined with each other, row by row, although no CROSS JOIN says so.
pub(super) fn unconnected(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for level in &statement.levels {
        let query = level.query;
        // That every row is changed is said elsewhere.
        let is_change = matches!(query.number("commandType"), UPDATE | DELETE);
        if is_change && !unqualified::restricts_target(query, statement.catalogue) {
            continue;
        }
        let groups = Groups::of(query);
        let several: Vec<i64> =
            groups.items.iter().copied().filter(|item| !is_one_row(statement, query, *item)).collect();
        let [first, rest @ ..] = &several[..] else { continue };
        let Some(other) = rest.iter().find(|item| groups.group(**item) != groups.group(*first)) else { continue };
        let name = |item: i64| range_item(query, item).map_or("", alias);
        let (one, other) = (name(*first), name(*other));
        let message = format!(
            "no condition connects `{other}` with `{one}`: each row of one is combined with each row of the other"
        );
        let diagnostic = statement.sql.error("unconnected-join", message, place(statement, other));
        found.push(diagnostic.help("add the condition to ON or WHERE, or write CROSS JOIN if it is meant"));
    }
    found
}

/// Where the item is named in FROM.
fn place(statement: &Statement<'_>, name: &str) -> Option<usize> {
    let sql = &statement.sql;
    (0..sql.tokens.len()).find(|index| names(&sql.tokens[*index], name) && !sql.is(index + 1, "."))
}

/// A subquery or function that returns one row, or a table of which a unique key finds one.
fn is_one_row(statement: &Statement<'_>, query: &Tree, number: i64) -> bool {
    let Some(item) = range_item(query, number) else { return true };
    let subquery = match item.number("rtekind") {
        0 => return is_unique(statement, query, number),
        1 => item.get("subquery").tree(),
        6 => statement.cte(item.text("ctename")),
        3 => return !any(item.get("functions"), |tree| tree.is_true("funcretset")),
        5 => return item.get("values_lists").list().len() < 2,
        _ => return true,
    };
    subquery.is_some_and(|subquery| !subquery.get("limitCount").is_null() || has_one_row(statement, subquery))
}

/// Items that are connected, directly or through others. Parameters connect, too: `a.x = :p AND b.x = :p`.
#[derive(Default)]
struct Groups {
    items: Vec<i64>,
    /// What belongs together: a member and another one. Parameters have negative numbers.
    links: Vec<(i64, i64)>,
}

impl Groups {
    fn of(query: &Tree) -> Self {
        let mut groups = Self::default();
        let Some(from) = query.get("jointree").tree() else { return groups };
        for part in from.get("fromlist").list() {
            groups.part(query, part);
        }
        for condition in conjuncts(from.get("quals")) {
            groups.condition(query, condition);
        }
        groups.lateral(query);
        groups
    }

    fn group(&self, member: i64) -> i64 {
        match self.links.iter().find(|(child, _)| *child == member) {
            Some((_, parent)) => self.group(*parent),
            None => member,
        }
    }

    fn join(&mut self, members: &[i64]) {
        for pair in members.windows(2) {
            let (one, other) = (self.group(pair[0]), self.group(pair[1]));
            if one != other {
                self.links.push((one, other));
            }
        }
    }

    fn part(&mut self, query: &Tree, part: &Node) {
        let Some(tree) = part.tree().filter(|tree| tree.tag == "JOINEXPR") else {
            items(part, &mut self.items);
            return;
        };
        self.part(query, tree.get("larg"));
        self.part(query, tree.get("rarg"));
        let quals = tree.get("quals");
        // CROSS JOIN, ON TRUE.
        if quals.is_null() || quals.tree().is_some_and(|quals| quals.tag == "CONST") {
            let mut all = Vec::new();
            items(part, &mut all);
            self.join(&all);
        } else {
            for condition in conjuncts(quals) {
                self.condition(query, condition);
            }
        }
    }

    fn condition(&mut self, query: &Tree, condition: &Node) {
        let mut members: Vec<i64> = named_items(query, condition);
        condition.walk(&mut |tree| {
            if tree.tag == "PARAM" && tree.number("paramkind") == 0 {
                members.push(-tree.number("paramid"));
            }
        });
        self.join(&members);
    }

    /// A LATERAL item names others.
    fn lateral(&mut self, query: &Tree) {
        for item in self.items.clone() {
            let Some(range) = range_item(query, item) else { continue };
            for part in ["subquery", "functions", "tablefunc", "values_lists"] {
                let mut members = named_items(query, range.get(part));
                members.push(item);
                self.join(&members);
            }
        }
    }
}

/// The items whose columns an expression names; those of a join count as those of its parts.
fn named_items(query: &Tree, expression: &Node) -> Vec<i64> {
    let mut found = Vec::new();
    for column in columns(query, expression) {
        match range_item(query, column.item).filter(|range| range.number("rtekind") == 2) {
            Some(range) => found.extend(columns(query, range.get("joinaliasvars")).iter().map(|column| column.item)),
            None => found.push(column.item),
        }
    }
    found
}

/// `LEFT JOIN b … WHERE b.x = 1`
pub(super) fn undone(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for level in &statement.levels {
        let query = level.query;
        let nullable = nullable_items(query);
        let dropped = conjuncts(quals(query)).into_iter().flat_map(drops_null);
        let Some(dropped) = dropped.into_iter().find(|column| nullable.contains(&column.item)) else { continue };
        let Some(item) = range_item(query, dropped.item) else { continue };
        let Some(column) = column_name(item, dropped.column) else { continue };
        let name = alias(item);
        let sql = &statement.sql;
        let place = sql.all(&["WHERE"]).into_iter().find_map(|start| {
            let mut clause = start..sql.clause_end(start);
            clause.find(|at| names(&sql.tokens[*at], column) || names(&sql.tokens[*at], name) && sql.is(at + 1, "."))
        });
        let message =
            format!("the outer join keeps rows without `{name}`, and this condition on `{column}` drops them again");
        let diagnostic = sql.warning("outer-join-undone", message, place);
        found.push(diagnostic.help("move the condition to ON, or write JOIN if these rows are not wanted"));
    }
    found
}
