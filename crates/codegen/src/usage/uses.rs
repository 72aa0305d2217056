//! Who uses what: statements, views, functions and triggers, by table, column, index and function.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_sql::{Token, statements, tokens, words};

use super::gather::Gathered;
use crate::schema::{ColumnUser, Function};

/// The statements that use a relation or a column, by their place in the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements {
    pub(crate) reading: Vec<usize>,
    pub(crate) writing: Vec<usize>,
}

/// Everything by what it uses.
pub(crate) struct Uses<'g> {
    relations: BTreeMap<u32, Statements>,
    columns: BTreeMap<(u32, i16), Statements>,
    indexes: BTreeMap<String, Vec<usize>>,
    calls: BTreeMap<u32, Vec<usize>>,
    /// The words of each statement of each function, in lower case.
    functions: Vec<(&'g Function, Vec<BTreeSet<String>>)>,
    column_users: BTreeMap<(u32, i16), Vec<&'g ColumnUser>>,
}

impl<'g> Uses<'g> {
    pub(crate) fn new(gathered: &'g Gathered) -> Self {
        let mut uses = Self {
            relations: BTreeMap::new(),
            columns: BTreeMap::new(),
            indexes: BTreeMap::new(),
            calls: BTreeMap::new(),
            functions: Vec::new(),
            column_users: BTreeMap::new(),
        };
        for (at, statement) in gathered.statements.iter().enumerate() {
            for (relation, access) in &statement.accesses {
                let of_relation = uses.relations.entry(*relation).or_default();
                of_relation.reading.extend(access.is_read.then_some(at));
                of_relation.writing.extend(access.is_written().then_some(at));
                for column in &access.read {
                    uses.columns.entry((*relation, *column)).or_default().reading.push(at);
                }
                for column in &access.written {
                    uses.columns.entry((*relation, *column)).or_default().writing.push(at);
                }
            }
            for index in &statement.plans.indexes {
                uses.indexes.entry(index.clone()).or_default().push(at);
            }
            for function in &statement.calls {
                uses.calls.entry(*function).or_default().push(at);
            }
        }
        for function in &gathered.schema.functions {
            uses.functions.push((function, statement_words(&function.sql)));
        }
        for user in &gathered.schema.column_users {
            uses.column_users.entry((user.relation, user.column)).or_default().push(user);
        }
        uses
    }

    pub(crate) fn relation(&self, relation: u32) -> Statements {
        self.relations.get(&relation).cloned().unwrap_or_default()
    }

    pub(crate) fn column(&self, relation: u32, column: i16) -> Statements {
        self.columns.get(&(relation, column)).cloned().unwrap_or_default()
    }

    pub(crate) fn index(&self, name: &str) -> &[usize] {
        self.indexes.get(name).map_or(&[], Vec::as_slice)
    }

    /// The statements that call a function.
    pub(crate) fn callers(&self, function: u32) -> &[usize] {
        self.calls.get(&function).map_or(&[], Vec::as_slice)
    }

    /// The functions with a statement in which all the names stand.
    pub(crate) fn functions_naming(&self, names: &[&str]) -> Vec<&'g Function> {
        // A name of another schema is looked for without it.
        let names: Vec<String> =
            names.iter().filter_map(|name| name.rsplit('.').next()).map(str::to_lowercase).collect();
        let has = |statements: &[BTreeSet<String>]| {
            statements.iter().any(|words| names.iter().all(|name| words.contains(name)))
        };
        self.functions.iter().filter(|(_, words)| has(words)).map(|(function, _)| *function).collect()
    }

    /// The views, triggers, indexes, constraints and defaults that name a column.
    pub(crate) fn column_users(&self, relation: u32, column: i16) -> &[&'g ColumnUser] {
        self.column_users.get(&(relation, column)).map_or(&[], Vec::as_slice)
    }
}

/// The words of each statement in the body of a function; those of its head are among the first.
fn statement_words(sql: &str) -> Vec<BTreeSet<String>> {
    let lower = |sql: &str| words(sql).into_iter().map(str::to_lowercase).collect::<BTreeSet<String>>();
    let all = tokens(sql);
    let body = all.iter().filter_map(Token::dollar_body).map(|(body, _)| body).next().unwrap_or(sql);
    // A head names the types of parameters, and a row type is a table.
    let head = &sql[..sql.find(body).unwrap_or_default()];
    let first = (!head.is_empty()).then(|| lower(head));
    first.into_iter().chain(statements(body).iter().map(|statement| lower(statement.text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_function_are_kept_by_statement() {
        let sql =
            "CREATE FUNCTION f(a users) RETURNS INT AS $$ BEGIN UPDATE Orders SET x = 1; DELETE FROM c WHERE y; END $$";
        let words = statement_words(sql);
        let together = |a: &str, b: &str| words.iter().any(|words| words.contains(a) && words.contains(b));
        assert!(together("orders", "x") && together("c", "y") && together("f", "users"));
        assert!(!together("orders", "y") && !together("users", "x"));
        assert_eq!(statement_words("CREATE FUNCTION f() RETURNS INT RETURN 1").len(), 1);
    }
}
