//! One thing that a migration should not do, and what to do instead.

use barqnet_db_sql::MigrationFile;
use tokio_postgres::types::Oid;

use super::{
    locks::Lock,
    state::{Relation, State},
};
use crate::{
    diagnostic::{Diagnostic, Level},
    migrations::File,
    settings::Settings,
};

/// When a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matters {
    /// At any size of the table: older programs fail, or the migration does.
    Always,
    /// If the table is large. A table of unknown size may be.
    IfLarge,
    /// Only if the table is known to be large: on others it takes a moment.
    OnlyIfLarge,
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) rule: &'static str,
    pub(super) matters: Matters,
    pub(super) message: String,
    /// The table, and the lock on it while the statement runs.
    pub(super) table: Oid,
    pub(super) lock: Option<Lock>,
    /// Why it matters.
    pub(super) note: Option<&'static str>,
    pub(super) help: String,
    /// A byte offset in the migration's body.
    pub(super) offset: usize,
}

/// A finding that is to be reported.
#[derive(Debug)]
pub(super) struct Weighed {
    pub(super) finding: Finding,
    pub(super) level: Level,
    /// The name of the table.
    table: String,
    is_unknown: bool,
}

impl Finding {
    /// Errors are findings that harm for certain: the table is named as large, or programs are released that the change
    /// can break. Where the settings say neither, it is a warning.
    pub(super) fn weighed(self, start: &State, settings: &Settings) -> Option<Weighed> {
        let name = |table: &Oid| start.relations.get(table).map(Relation::setting);
        let names: Vec<_> = start.with_parents(self.table).iter().filter_map(name).collect();
        let is_large = settings.tables.large().any(|large| names.iter().any(|name| name == large));
        let is_unknown = settings.tables.large().next().is_none();
        let level = match self.matters {
            Matters::Always if settings.released > 0 => Level::Error,
            Matters::Always => Level::Warning,
            Matters::IfLarge | Matters::OnlyIfLarge if is_large => Level::Error,
            Matters::IfLarge if is_unknown => Level::Warning,
            Matters::IfLarge | Matters::OnlyIfLarge => return None,
        };
        let is_unknown = is_unknown && self.matters == Matters::IfLarge;
        Some(Weighed { finding: self, level, table: names.into_iter().next().unwrap_or_default(), is_unknown })
    }
}

impl Weighed {
    /// `base` is the offset of the migration's body in its file.
    pub(super) fn diagnostic(&self, file: &File, base: usize) -> Diagnostic {
        let Finding { rule, message, lock, note, help, offset, .. } = &self.finding;
        let new = if self.level == Level::Error { Diagnostic::error } else { Diagnostic::warning };
        let mut diagnostic = new(rule, &file.path, message.as_str()).at(&file.sql, base + offset);
        if let Some(lock) = lock {
            let is_outside = MigrationFile::new(&file.sql).directives().no_transaction;
            let until = if is_outside { "the statement ends" } else { "the transaction ends" };
            let (table, effect) = (&self.table, lock.effect());
            diagnostic = diagnostic.note(format!("lock: {lock} on {table} until {until}: {effect}"));
        }
        if let Some(note) = note {
            diagnostic = diagnostic.note(*note);
        }
        if self.is_unknown {
            diagnostic = diagnostic.note(
                "the table's size is unknown: name the large tables in codegen.toml, [tables] large = [\"…\"], and \
                 others are not reported",
            );
        }
        diagnostic
            .help(help)
            .help(format!("or accept it, directly above the statement: -- barqnet: accepts {rule}: <reason>"))
    }
}
