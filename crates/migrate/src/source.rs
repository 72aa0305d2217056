//! One source of migrations: a crate's, a service's or a plug-in's, with a history of its own.

use std::{fmt, sync::Arc};

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::{MigrationFile, normal_form};
use refinery::Migration;

use super::{
    after_each::AfterEachMigrate,
    baseline::Baseline,
    squash::Squash,
    tables::{HISTORY_TABLE, Tables},
};

/// The name of a source that was given none.
const UNNAMED: &str = "main";

/// The migrations of one source, by version.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) tables: Tables,
    pub(super) baseline: Option<Arc<dyn Baseline>>,
    pub(super) after_each: Option<Arc<dyn AfterEachMigrate>>,
    pub(super) squash: Option<Squash>,
    /// Whether the program has other sources, too, so that texts name this one.
    pub(super) is_one_of_many: bool,
    /// Its place in the chain, from 0.
    pub(super) position: usize,
    all: Vec<Migration>,
}

impl Source {
    /// The versions must differ: refinery applies the first of two and ignores the other.
    pub(super) fn new(migrations: &[Migration]) -> Result<Self, String> {
        let all = migrations.iter().map(normalised).collect::<Result<Vec<_>, _>>();
        let mut all = all.map_err(|error| in_full(&error))?;
        all.sort_by_key(Migration::version);
        let twice = all.windows(2).find(|pair| pair[0].version() == pair[1].version());
        if let Some([one, other]) = twice {
            return Err(format!("{one} and {other} have the same version"));
        }
        Ok(Self { squash: Squash::of(&all)?, ..Self::unnamed(all) })
    }

    /// One migration as it is, for a rehearsal.
    pub(super) fn of_one(migration: &Migration) -> Self {
        Self::unnamed(vec![migration.clone()])
    }

    fn unnamed(all: Vec<Migration>) -> Self {
        let (name, tables) = (UNNAMED.to_owned(), Tables::new(HISTORY_TABLE));
        let (baseline, after_each, squash) = (None, None, None);
        Self { name, tables, baseline, after_each, squash, is_one_of_many: false, position: 0, all }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Migration> {
        self.all.iter()
    }

    pub(super) fn steps(&self) -> impl DoubleEndedIterator<Item = Step<'_>> {
        self.all.iter().map(|migration| Step { source: self, migration })
    }

    pub(super) fn get(&self, version: i32) -> Option<Step<'_>> {
        self.steps().find(|step| step.migration.version() == version)
    }

    /// Whether it has the version, or a migration that replaces it.
    pub(super) fn has(&self, version: i32) -> bool {
        self.get(version).is_some() || self.squash.as_ref().is_some_and(|squash| squash.replaces(version))
    }

    /// The newest version; 0 without a migration.
    pub(super) fn newest(&self) -> i32 {
        self.all.last().map_or(0, Migration::version)
    }

    /// The name, where texts need it.
    pub(super) fn shown_name(&self) -> Option<String> {
        self.is_one_of_many.then(|| self.name.clone())
    }

    /// A migration's name for texts: `V1__one`, with the source before it where there is more than one.
    pub(super) fn shown(&self, migration: &impl fmt::Display) -> String {
        if self.is_one_of_many { format!("{}/{migration}", self.name) } else { migration.to_string() }
    }
}

/// Shown as the range of versions: `V1 to V19`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_one_of_many {
            write!(f, "{} ", self.name)?;
        }
        match (self.all.first(), self.all.last()) {
            (Some(first), Some(last)) => write!(f, "V{} to V{}", first.version(), last.version()),
            _ => f.write_str("none"),
        }
    }
}

/// One migration of a source. Shown as texts name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'m> {
    pub(super) source: &'m Source,
    pub(super) migration: &'m Migration,
}

impl<'m> Step<'m> {
    pub(super) fn version(self) -> i32 {
        self.migration.version()
    }

    pub(super) fn sql(self) -> &'m str {
        self.migration.sql().unwrap_or_default()
    }

    pub(super) fn file(self) -> MigrationFile<'m> {
        MigrationFile::new(self.sql())
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source.shown(self.migration))
    }
}

/// The migration with its text in [`normal_form`], on which its checksum depends.
pub fn normalised(migration: &Migration) -> Result<Migration, refinery::Error> {
    Migration::unapplied(&migration.to_string(), &normal_form(migration.sql().unwrap_or_default()))
}
