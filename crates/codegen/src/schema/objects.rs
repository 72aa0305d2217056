//! The objects of a schema, as they are written down.

use std::collections::BTreeSet;

use barqnet_db_sql::quote_identifier;

/// What identifies an object in the catalogue: the catalogue it is in, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) class: u32,
    pub(super) oid: u32,
}

/// The numbers of PostgreSQL's catalogues, the same in every version.
pub(crate) mod class {
    pub(crate) const TYPE: u32 = 1247;
    pub(crate) const FUNCTION: u32 = 1255;
    pub(crate) const RELATION: u32 = 1259;
    pub(crate) const CONSTRAINT: u32 = 2606;
    pub(crate) const SCHEMA: u32 = 2615;
    pub(crate) const TRIGGER: u32 = 2620;
}

/// A name with its schema, unless that is the one in which migrations create by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Qualified {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl Qualified {
    /// Another object of the same schema.
    pub(super) fn beside(&self, name: String) -> Self {
        Self { schema: self.schema.clone(), name }
    }

    /// As people read it, and as definitions are found.
    pub(super) fn shown(&self) -> String {
        self.schema.iter().map(|schema| format!("{schema}.")).collect::<String>() + &self.name
    }

    /// As SQL writes it.
    pub(super) fn written(&self) -> String {
        let schema = self.schema.iter().map(|schema| format!("{}.", quote_identifier(schema))).collect::<String>();
        schema + &quote_identifier(&self.name)
    }
}

/// The kinds, in the order in which a file shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Schema,
    Type,
    Sequence,
    Table,
    /// An index or a foreign key of a table, each a separate statement.
    OfTable,
    Function,
    View,
    Trigger,
}

impl Kind {
    /// As a message calls it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Type => "type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::OfTable => "index or foreign key",
            Self::Function => "function",
            Self::View => "view",
            Self::Trigger => "trigger",
        }
    }
}

/// An object with the SQL that creates it.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) id: Id,
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The table that an index, a foreign key or a trigger belongs to, and the one that a trigger function serves.
    pub(super) table: Option<String>,
    /// Statements and comments, with semicolons, without a line feed at the end.
    pub(super) sql: String,
    /// What must be there before.
    pub(super) needs: BTreeSet<Id>,
}

/// A text as SQL writes it.
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// `COMMENT ON …`, if there is a comment.
pub(super) fn comment_on(what: &str, comment: Option<&str>) -> Option<String> {
    comment.map(|comment| format!("COMMENT ON {what} IS {};", literal(comment)))
}
