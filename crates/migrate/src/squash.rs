//! A squash: one migration that stands for a source's first ones.
//!
//! A new database runs it alone. A database that has all that it replaces counts as having it, and nothing is written. One
//! that has some of them can't be migrated by this build.

use barqnet_db_sql::MigrationFile;
use refinery::Migration;

use super::history::Applied;

/// A source's first migration, which replaces earlier ones: `-- barqnet: replaces 1..40`.
#[derive(Clone, Debug)]
pub(super) struct Squash {
    name: String,
    /// In ascending order; the last one is its own version.
    versions: Vec<i32>,
}

/// What of the replaced migrations a database has.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// Nothing, or the migration that replaces them.
    Nothing,
    /// All of them.
    All,
    /// Some; these versions are missing.
    Some(Vec<i32>),
}

impl Squash {
    /// The squash among a source's migrations, which are sorted by version.
    pub(super) fn of(all: &[Migration]) -> Result<Option<Self>, String> {
        let mut found = None;
        for (position, migration) in all.iter().enumerate() {
            let versions = MigrationFile::new(migration.sql().unwrap_or_default()).replaces();
            let Some(last) = versions.last() else { continue };
            if position > 0 {
                return Err(format!(
                    "{migration} replaces migrations, but {} comes before it: delete the replaced files",
                    all[0]
                ));
            }
            if *last != migration.version() {
                return Err(format!(
                    "{migration} replaces migrations up to V{last}, so its own version must be {last}"
                ));
            }
            found = Some(Self { name: migration.name().to_owned(), versions });
        }
        Ok(found)
    }

    /// Its version, which is the last one that it replaces.
    pub(super) fn version(&self) -> i32 {
        self.versions.last().copied().unwrap_or_default()
    }

    pub(super) fn replaces(&self, version: i32) -> bool {
        self.versions.binary_search(&version).is_ok()
    }

    /// The range of what it replaces: `V1 to V40`.
    pub(super) fn range(&self) -> String {
        match self.versions[..] {
            [only] => format!("V{only}"),
            [first, .., last] => format!("V{first} to V{last}"),
            [] => String::new(),
        }
    }

    pub(super) fn in_history(&self, applied: &[Applied]) -> Replaced {
        let own = applied.iter().find(|it| it.version == self.version());
        if own.is_some_and(|own| own.name == self.name) {
            return Replaced::Nothing;
        }
        let is_applied = |version: &i32| applied.iter().any(|it| it.version == *version);
        let missing: Vec<i32> = self.versions.iter().copied().filter(|version| !is_applied(version)).collect();
        if missing.is_empty() {
            Replaced::All
        } else if missing.len() == self.versions.len() {
            Replaced::Nothing
        } else {
            Replaced::Some(missing)
        }
    }
}
