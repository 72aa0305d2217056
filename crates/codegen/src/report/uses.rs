//! Who uses what: statements, views, functions and triggers, by table, column, index and function.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_sql::words;

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
    /// The words of each function, in lower case.
    functions: Vec<(&'g Function, BTreeSet<String>)>,
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
            let words = words(&function.sql).into_iter().map(str::to_lowercase).collect();
            uses.functions.push((function, words));
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

    /// The functions in whose text all the names stand.
    pub(crate) fn functions_naming(&self, names: &[&str]) -> Vec<&'g Function> {
        let has = |words: &BTreeSet<String>| names.iter().all(|name| words.contains(&name.to_lowercase()));
        self.functions.iter().filter(|(_, words)| has(words)).map(|(function, _)| *function).collect()
    }

    /// The views, triggers, indexes, constraints and defaults that name a column.
    pub(crate) fn column_users(&self, relation: u32, column: i16) -> &[&'g ColumnUser] {
        self.column_users.get(&(relation, column)).map_or(&[], Vec::as_slice)
    }
}
