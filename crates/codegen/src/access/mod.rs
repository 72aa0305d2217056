//! What each statement reads, writes and locks, from its analysed tree.
//!
//! Views are looked through, and so are functions whose body is SQL. What PL/pgSQL functions and triggers do can't be
//! seen: such functions are named.

mod catalogue;
#[cfg(feature = "command")]
mod direct;
pub(crate) mod documentation;
mod expression;
mod harmless;
mod locks_line;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::types::Oid;

#[cfg(feature = "command")]
pub(crate) use self::direct::{DirectAccess, DirectAccesses, direct_accesses, direct_calls};
pub(crate) use self::{
    catalogue::{Catalogue, Relation, compares, compares_by_equality, mentions},
    expression::{
        ColumnUse, any, column, columns, conjuncts, is_null_constant, range_item, resolved, sides, without_casts,
    },
    locks_line::{check as check_locks, derived as derived_locks},
    reading::{Reading, check as check_mark},
};
use crate::analysis::Tree;

/// What a statement does with the database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// By name.
    pub(crate) tables: BTreeMap<String, TableAccess>,
    /// Views that were looked through.
    pub(crate) views: BTreeSet<String>,
    /// Functions of the project that were called or looked into.
    pub(crate) functions: BTreeSet<String>,
    /// Those whose body can't be seen.
    pub(crate) opaque_functions: BTreeSet<String>,
    /// Those that may write, lock or change the session: volatile ones whose body can't be seen, except [`harmless`].
    pub(crate) writing_functions: BTreeSet<String>,
    /// A statement without a tree, such as REINDEX.
    pub(crate) is_utility: bool,
}

/// What a statement does with one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableAccess {
    pub(crate) is_read: bool,
    /// The columns that are read.
    pub(crate) read: BTreeSet<String>,
    /// The columns that INSERT names.
    pub(crate) inserted: BTreeSet<String>,
    /// The columns that UPDATE sets.
    pub(crate) updated: BTreeSet<String>,
    pub(crate) writes: BTreeSet<Write>,
    pub(crate) locks: BTreeSet<RowLock>,
    /// Only a foreign key causes it: the referenced row is locked, or the referring ones change.
    pub(crate) by_foreign_key: bool,
}

impl TableAccess {
    pub(crate) fn is_written(&self) -> bool {
        !self.writes.is_empty()
    }

    /// Whether rows are written, or locked by a clause.
    pub(crate) fn holds_rows(&self) -> bool {
        self.is_written() || !self.locks.is_empty()
    }
}

/// How rows of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Write {
    Insert,
    Update,
    Delete,
}

/// A clause such as FOR UPDATE SKIP LOCKED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowLock {
    pub(crate) strength: Strength,
    pub(crate) wait: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    KeyShare,
    Share,
    NoKeyUpdate,
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wait {
    Block,
    SkipLocked,
    Fail,
}

impl Write {
    /// `commandType` of a query or of an action of MERGE.
    fn of(command: i64) -> Option<Self> {
        match command {
            2 => Some(Self::Update),
            3 => Some(Self::Insert),
            4 => Some(Self::Delete),
            _ => None,
        }
    }
}

impl Strength {
    pub(crate) const ALL: [Self; 4] = [Self::KeyShare, Self::Share, Self::NoKeyUpdate, Self::Update];

    /// As in SQL.
    pub(crate) fn clause(self) -> &'static str {
        match self {
            Self::KeyShare => "FOR KEY SHARE",
            Self::Share => "FOR SHARE",
            Self::NoKeyUpdate => "FOR NO KEY UPDATE",
            Self::Update => "FOR UPDATE",
        }
    }

    fn of(number: i64) -> Option<Self> {
        usize::try_from(number - 1).ok().and_then(|index| Self::ALL.get(index)).copied()
    }
}

impl Access {
    /// Of a statement's tree; `None` is a statement without one.
    pub(crate) fn of(tree: Option<&Tree>, catalogue: &Catalogue) -> Self {
        let mut access = Self { is_utility: tree.is_none(), ..Self::default() };
        if let Some(tree) = tree {
            let mut reader = Reader { catalogue, access: &mut access, entered: BTreeSet::new() };
            reader.statement(tree);
            access.follow_foreign_keys(catalogue);
        }
        access
    }

    /// Why it is no reading statement: what it writes, locks or calls. `None` if it only reads.
    pub(crate) fn needs_primary(&self) -> Option<String> {
        let tables = |predicate: fn(&TableAccess) -> bool| {
            let names = self.tables.iter().filter(move |(_, table)| predicate(table)).map(|(name, _)| name.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        let functions = self.writing_functions.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let parts = [
            ("writes ", tables(TableAccess::is_written)),
            ("locks rows of ", tables(|table| !table.locks.is_empty())),
            ("calls ", functions),
        ];
        let reasons =
            parts.into_iter().filter(|(_, names)| !names.is_empty()).map(|(verb, names)| format!("{verb}{names}"));
        let reasons: Vec<String> = reasons.collect();
        match (self.is_utility, reasons.is_empty()) {
            (true, _) => Some("is no SELECT".to_owned()),
            (false, true) => None,
            (false, false) => Some(reasons.join("; ")),
        }
    }

    /// INSERT and UPDATE lock the referenced row; DELETE changes the referring rows.
    fn follow_foreign_keys(&mut self, catalogue: &Catalogue) {
        let mut implied = Vec::new();
        for key in &catalogue.foreign_keys {
            let [Some(table), Some(referenced)] = [key.table, key.referenced].map(|oid| catalogue.relation(oid)) else {
                continue;
            };
            let column = |number: &i16| {
                usize::try_from(*number - 1).ok().and_then(|index| table.columns.get(index)).map_or("", String::as_str)
            };
            let refers = self.tables.get(&table.name).is_some_and(|access| {
                let names = || key.columns.iter().map(column);
                (access.writes.contains(&Write::Insert)
                    && (access.inserted.is_empty() || names().any(|name| access.inserted.contains(name))))
                    || names().any(|name| access.updated.contains(name))
            });
            if refers {
                implied.push(referenced.name.clone());
            }
            let is_deleted =
                self.tables.get(&referenced.name).is_some_and(|access| access.writes.contains(&Write::Delete));
            if is_deleted && matches!(key.on_delete, 'c' | 'n' | 'd') {
                implied.push(table.name.clone());
            }
        }
        for name in implied {
            self.tables.entry(name).or_default().by_foreign_key = true;
        }
    }
}

struct Reader<'c, 'a> {
    catalogue: &'c Catalogue,
    access: &'a mut Access,
    /// Functions and views that were looked into: each once, also if it calls itself.
    entered: BTreeSet<Oid>,
}

impl<'c> Reader<'c, '_> {
    fn statement(&mut self, tree: &'c Tree) {
        let mut queries = Vec::new();
        tree.walk(&mut |node| match node.tag.as_str() {
            "QUERY" => queries.push(node),
            "RANGETBLENTRY" => self.range_item(node),
            "RTEPERMISSIONINFO" => self.columns(node),
            // nextval() of an identity or serial column that PostgreSQL filled in.
            "NEXTVALUEEXPR" => drop(self.access.writing_functions.insert("nextval".to_owned())),
            _ => called_function(node).into_iter().for_each(|oid| self.function(oid)),
        });
        for query in queries {
            self.query(query);
        }
    }

    fn table(&mut self, oid: Oid) -> Option<&mut TableAccess> {
        let relation =
            self.catalogue.relation(oid).filter(|relation| !relation.is_system && relation.view.is_none())?;
        Some(self.access.tables.entry(relation.name.clone()).or_default())
    }

    fn range_item(&mut self, item: &'c Tree) {
        if item.number("rtekind") != 0 {
            return;
        }
        let oid = item.oid("relid");
        // Before PostgreSQL 16 the columns are listed here.
        self.columns(item);
        if let Some(table) = self.table(oid).filter(|_| item.is_true("inFromCl")) {
            table.is_read = true;
        }
        let Some(relation) = self.catalogue.relation(oid).filter(|relation| !relation.is_system) else { return };
        if let Some(view) = &relation.view {
            self.access.views.insert(relation.name.clone());
            if self.entered.insert(oid) {
                self.statement(view);
            }
        }
    }

    /// `selectedCols`, `insertedCols` and `updatedCols`.
    fn columns(&mut self, node: &Tree) {
        let oid = node.oid("relid");
        let catalogue = self.catalogue;
        let Some(relation) = catalogue.relation(oid) else { return };
        let names = |field: &str| -> Vec<String> {
            let indexes = permitted_columns(node, field).filter_map(|number| usize::try_from(number - 1).ok());
            indexes.filter_map(|index| relation.columns.get(index).filter(|name| !name.is_empty()).cloned()).collect()
        };
        let Some(table) = self.table(oid) else { return };
        table.is_read = table.is_read || !names("selectedCols").is_empty();
        table.read.extend(names("selectedCols"));
        table.inserted.extend(names("insertedCols"));
        table.updated.extend(names("updatedCols"));
    }

    fn query(&mut self, query: &'c Tree) {
        let target = range_item(query, query.number("resultRelation")).map_or(0, |item| item.oid("relid"));
        let actions = query.get("mergeActionList").trees().map(|action| action.number("commandType"));
        for command in actions.chain([query.number("commandType")]) {
            if let Some(write) = Write::of(command) {
                self.write(target, write);
            }
        }
        if query.get("onConflict").tree().is_some_and(|on_conflict| on_conflict.number("action") == 2) {
            self.write(target, Write::Update);
        }
        for mark in query.get("rowMarks").trees() {
            self.row_mark(query, mark);
        }
    }

    fn row_mark(&mut self, query: &'c Tree, mark: &Tree) {
        let Some(strength) = Strength::of(mark.number("strength")) else { return };
        let wait = match mark.number("waitPolicy") {
            0 => Wait::Block,
            1 => Wait::SkipLocked,
            _ => Wait::Fail,
        };
        let Some(item) = range_item(query, mark.number("rti")) else { return };
        self.lock(item.oid("relid"), RowLock { strength, wait });
    }

    /// What is written to a view is written to its table.
    fn write(&mut self, oid: Oid, write: Write) {
        if let Some(table) = self.table(oid) {
            table.writes.insert(write);
        }
        for table in self.tables_of_view(oid) {
            self.write(table, write);
        }
    }

    /// The tables and views in FROM of a view.
    fn tables_of_view(&self, oid: Oid) -> Vec<Oid> {
        let view = self.catalogue.relation(oid).and_then(|relation| relation.view.as_ref());
        let items = view.into_iter().flat_map(|view| view.get("rtable").trees());
        let tables = items.filter(|item| item.number("rtekind") == 0 && item.is_true("inFromCl"));
        tables.map(|item| item.oid("relid")).collect()
    }

    /// A lock on a view's rows is one on those of its tables.
    fn lock(&mut self, oid: Oid, lock: RowLock) {
        if let Some(table) = self.table(oid) {
            table.locks.insert(lock);
        }
        for table in self.tables_of_view(oid) {
            self.lock(table, lock);
        }
    }

    fn function(&mut self, oid: Oid) {
        let Some(function) = self.catalogue.function(oid) else { return };
        if function.is_system {
            if !harmless::is_harmless(function) {
                self.access.writing_functions.insert(function.name.clone());
            }
            return;
        }
        self.access.functions.insert(function.name.clone());
        if !self.entered.insert(oid) {
            return;
        }
        if let Some(body) = &function.body {
            for statement in body {
                self.statement(statement);
            }
        } else {
            self.access.opaque_functions.insert(function.name.clone());
            if function.is_volatile && !harmless::is_harmless(function) {
                self.access.writing_functions.insert(function.name.clone());
            }
        }
    }
}

/// A bit of a set of columns is the column's number plus this, so that system columns have one, too.
const FIRST_COLUMN: i16 = 7;

/// The numbers in `selectedCols`, `insertedCols` or `updatedCols`; 0 is the whole row.
fn permitted_columns(node: &Tree, field: &str) -> impl Iterator<Item = i16> {
    let bits = node.get(field).list().iter().filter_map(|bit| bit.text()?.parse::<i16>().ok());
    bits.map(|bit| bit - FIRST_COLUMN).filter(|number| *number >= 0)
}

/// The function that a node of the tree calls.
fn called_function(node: &Tree) -> Option<Oid> {
    let field = match node.tag.as_str() {
        "FUNCEXPR" => "funcid",
        "OPEXPR" | "DISTINCTEXPR" | "NULLIFEXPR" | "SCALARARRAYOPEXPR" => "opfuncid",
        "AGGREF" => "aggfnoid",
        "WINDOWFUNC" => "winfnoid",
        _ => return None,
    };
    Some(node.oid(field))
}
