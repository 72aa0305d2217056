//! What a statement itself reads, writes and calls, by relation and column number; views are not looked through.
//!
//! The tree lists, for each relation, the columns that need permission: these are the columns that the statement reads and
//! writes. PostgreSQL 14 and 15 keep the lists in `RANGETBLENTRY`, later versions in `RTEPERMISSIONINFO`.

use std::collections::{BTreeMap, BTreeSet};

use super::{called_function, permitted_columns};
use crate::analysis::Tree;

/// What a statement does with one relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DirectAccess {
    /// The columns that it reads, by number.
    pub(crate) read: BTreeSet<i16>,
    pub(crate) written: BTreeSet<i16>,
    /// Whether it takes rows from it.
    pub(crate) is_read: bool,
    /// `inserts`, `updates`, `deletes`
    pub(crate) verbs: BTreeSet<&'static str>,
}

impl DirectAccess {
    pub(crate) fn is_written(&self) -> bool {
        !self.verbs.is_empty()
    }
}

/// By the relation's number in the catalogue.
pub(crate) type DirectAccesses = BTreeMap<u32, DirectAccess>;

/// Bits of `requiredPerms`.
const INSERT: i64 = 1;
const SELECT: i64 = 1 << 1;
const UPDATE: i64 = 1 << 2;
const DELETE: i64 = 1 << 3;

/// Of a statement's tree.
pub(crate) fn direct_accesses(tree: &Tree) -> DirectAccesses {
    let mut found = DirectAccesses::new();
    tree.walk(&mut |node| {
        if ["RANGETBLENTRY", "RTEPERMISSIONINFO"].contains(&node.tag.as_str()) && node.oid("relid") != 0 {
            permissions(node, found.entry(node.oid("relid")).or_default());
        }
    });
    found.retain(|_, access| *access != DirectAccess::default());
    found
}

fn permissions(node: &Tree, access: &mut DirectAccess) {
    let required = node.number("requiredPerms");
    access.is_read |= required & SELECT != 0;
    access.verbs.extend((required & INSERT != 0).then_some("inserts"));
    access.verbs.extend((required & DELETE != 0).then_some("deletes"));
    access.read.extend(permitted_columns(node, "selectedCols"));
    access.written.extend(permitted_columns(node, "insertedCols").chain(permitted_columns(node, "updatedCols")));
    // SELECT … FOR UPDATE needs the permission and updates nothing.
    let updates = required & UPDATE != 0 && !node.get("updatedCols").list().is_empty();
    access.verbs.extend(updates.then_some("updates"));
}

/// The functions that a statement calls, by number.
pub(crate) fn direct_calls(tree: &Tree) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    tree.walk(&mut |node| found.extend(called_function(node)));
    found
}
