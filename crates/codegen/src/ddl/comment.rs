//! The `Locks:` paragraph of a migration's head comment, compared with the locks that the migration takes.

use std::collections::BTreeMap;

use barqnet_db_sql::{MigrationFile, words};
use tokio_postgres::types::Oid;

use super::{
    finding::{Finding, Matters},
    locks::Lock,
    state::State,
};
use crate::migrations::File;

/// A table that is locked against readers or writers and that the paragraph does not name.
pub(super) fn findings(file: &File, start: &State, locks: &BTreeMap<Oid, Lock>) -> Vec<Finding> {
    let Some(paragraph) = MigrationFile::new(&file.sql).locks() else { return Vec::new() };
    let named = words(&paragraph);
    let locked = locks.iter().filter(|(_, lock)| **lock >= Lock::Share).filter_map(|(table, lock)| {
        let relation = start.relations.get(table)?;
        let is_table = ["r", "p"].contains(&relation.kind.as_str()) && relation.parent.is_none();
        (is_table && !named.contains(relation.name.as_str())).then_some((*table, *lock, &relation.name))
    });
    let finding = |(table, lock, name): (Oid, Lock, &String)| Finding {
        rule: "locks-comment",
        matters: Matters::Always,
        message: format!("`Locks:` does not name the table `{name}`, which the migration locks"),
        table,
        lock: Some(lock),
        note: None,
        help: format!("-- Locks: {lock} on {name}: {}.", lock.effect()),
        // The paragraph is above the first statement.
        offset: 0,
    };
    locked.map(finding).collect()
}
