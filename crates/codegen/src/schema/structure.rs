//! What the catalogue says of a schema, as it is read.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{Id, Qualified};

#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) schemas: Vec<Schema>,
    pub(super) relations: Vec<Relation>,
    pub(super) functions: Vec<Function>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) types: Vec<Type>,
    /// What each object needs, as far as PostgreSQL records it.
    pub(super) needs: BTreeMap<Id, BTreeSet<Id>>,
}

/// A schema that a migration created.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) comment: Option<String>,
}

/// A table, view or sequence.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    /// Whether a project below this one made it.
    pub(super) is_of_base: bool,
    pub(super) name: Qualified,
    /// `r` table, `p` partitioned table, `v` view, `m` materialized view, `S` sequence.
    pub(super) kind: char,
    pub(super) unlogged: bool,
    pub(super) row_security: bool,
    /// `fillfactor=85`
    pub(super) options: Vec<String>,
    /// `RANGE (day)`
    pub(super) partitioned_by: Option<String>,
    /// The parent and the bounds of a partition.
    pub(super) partition_of: Option<(String, String)>,
    pub(super) comment: Option<String>,
    pub(super) columns: Vec<Column>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) indexes: Vec<Index>,
    /// What a view selects, or how a sequence counts.
    pub(super) definition: Option<String>,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) type_name: String,
    /// Whether PostgreSQL brings the type.
    pub(super) is_built_in: bool,
    pub(super) collation: Option<String>,
    pub(super) not_null: bool,
    /// `a` always, `d` by default, or none.
    pub(super) identity: Option<char>,
    /// `s` stored, `v` virtual, or none.
    pub(super) generated: Option<char>,
    /// The default, or what a generated column is.
    pub(super) expression: Option<String>,
    /// The sequence that the column owns.
    pub(super) sequence: Option<Qualified>,
    pub(super) comment: Option<String>,
}

#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) oid: u32,
    pub(super) name: String,
    /// `p` primary key, `u` unique, `c` check, `f` foreign key, `x` exclusion.
    pub(super) kind: char,
    pub(super) definition: String,
    pub(super) is_valid: bool,
    /// The table that a foreign key refers to.
    pub(super) target: u32,
    pub(super) comment: Option<String>,
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) oid: u32,
    pub(super) name: Qualified,
    pub(super) definition: String,
    pub(super) comment: Option<String>,
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) oid: u32,
    pub(super) name: Qualified,
    /// The argument types that distinguish it from others of its name.
    pub(super) arguments: String,
    /// `f` function, `p` procedure, `a` aggregate, `w` window function.
    pub(super) kind: char,
    /// As PostgreSQL writes it; aggregates have none.
    pub(super) definition: Option<String>,
    pub(super) comment: Option<String>,
}

#[derive(Debug)]
pub(super) struct Trigger {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) table: Qualified,
    pub(super) function: u32,
    pub(super) definition: String,
    pub(super) is_disabled: bool,
    pub(super) comment: Option<String>,
}

/// An enum, a domain or a composite type.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) oid: u32,
    pub(super) name: Qualified,
    /// What follows `CREATE`, in the server's words.
    pub(super) definition: String,
    /// Of an enum.
    pub(super) labels: Option<Vec<String>>,
    pub(super) comment: Option<String>,
}
