//! What a statement reads, writes, locks and calls, as its analysed tree says.
//!
//! The tree lists, for each relation, the columns that need permission: these are the columns that the statement reads and
//! writes. PostgreSQL 14 and 15 keep the lists in `RANGETBLENTRY`, later versions in `RTEPERMISSIONINFO`.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{Node, Tree};

/// What a statement does with one relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// The columns that it reads, by number.
    pub(crate) read: BTreeSet<i16>,
    pub(crate) written: BTreeSet<i16>,
    /// Whether it takes rows from it.
    pub(crate) is_read: bool,
    /// `inserts`, `updates`, `deletes`
    pub(crate) verbs: BTreeSet<&'static str>,
    /// `FOR UPDATE`
    pub(crate) locks: BTreeSet<&'static str>,
}

impl Access {
    pub(crate) fn is_written(&self) -> bool {
        !self.verbs.is_empty()
    }
}

/// By the relation's number in the catalogue.
pub(crate) type Accesses = BTreeMap<u32, Access>;

/// Bits of `requiredPerms`.
const INSERT: i64 = 1;
const SELECT: i64 = 1 << 1;
const UPDATE: i64 = 1 << 2;
const DELETE: i64 = 1 << 3;

/// A bit of a set of columns is the column's number and this, so that system columns have one, too.
const FIRST_COLUMN: i16 = 7;

/// Of a statement's tree.
pub(crate) fn accesses(tree: &Tree) -> Accesses {
    let mut found = Accesses::new();
    tree.walk(&mut |node| {
        if ["RANGETBLENTRY", "RTEPERMISSIONINFO"].contains(&node.tag.as_str()) && node.oid("relid") != 0 {
            permissions(node, found.entry(node.oid("relid")).or_default());
        } else if node.tag == "QUERY" {
            row_locks(node, &mut found);
        }
    });
    found.retain(|_, access| *access != Access::default());
    found
}

fn permissions(node: &Tree, access: &mut Access) {
    let required = node.number("requiredPerms");
    access.is_read |= required & SELECT != 0;
    access.verbs.extend((required & INSERT != 0).then_some("inserts"));
    access.verbs.extend((required & DELETE != 0).then_some("deletes"));
    access.read.extend(columns(node.get("selectedCols")));
    access.written.extend(columns(node.get("insertedCols")).chain(columns(node.get("updatedCols"))));
    // SELECT … FOR UPDATE needs the permission and updates nothing.
    let updates = required & UPDATE != 0 && !node.get("updatedCols").list().is_empty();
    access.verbs.extend(updates.then_some("updates"));
}

fn columns(set: &Node) -> impl Iterator<Item = i16> {
    let bits = set.list().iter().filter_map(Node::text).filter_map(|bit| bit.parse::<i16>().ok());
    bits.map(|bit| bit - FIRST_COLUMN).filter(|number| *number >= 0)
}

fn row_locks(query: &Tree, found: &mut Accesses) {
    let entries: Vec<&Tree> = query.get("rtable").trees().collect();
    for mark in query.get("rowMarks").trees() {
        let entry = usize::try_from(mark.number("rti") - 1).ok().and_then(|at| entries.get(at));
        let strength = match mark.number("strength") {
            1 => "FOR KEY SHARE",
            2 => "FOR SHARE",
            3 => "FOR NO KEY UPDATE",
            _ => "FOR UPDATE",
        };
        if let Some(relation) = entry.map(|entry| entry.oid("relid")).filter(|relation| *relation != 0) {
            found.entry(relation).or_default().locks.insert(strength);
        }
    }
}

/// The functions that a statement calls, by number.
pub(crate) fn calls(tree: &Tree) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    tree.walk(&mut |node| {
        let field = match node.tag.as_str() {
            "FUNCEXPR" => "funcid",
            "AGGREF" => "aggfnoid",
            "WINDOWFUNC" => "winfnoid",
            "OPEXPR" => "opfuncid",
            _ => return,
        };
        found.insert(node.oid(field));
    });
    found
}
