//! The migrations that a program knows.

use std::{fmt, fs, io, path::Path};

use refinery::Migration;

use super::{
    Error,
    apply::line_and_column,
    preview::words,
    statements::{first_word, starts},
};
use crate::{embedded::migrations::runner, error_text::in_full};

/// The migrations that a program knows, in order.
#[derive(Clone, Debug)]
pub struct Migrations(Vec<Migration>);

impl Migrations {
    /// Those compiled into this program.
    #[must_use]
    pub fn embedded() -> Self {
        let mut migrations = runner().get_migrations().clone();
        migrations.sort();
        Self(migrations)
    }

    /// Those of a folder, named as refinery names them: `V<n>__<snake_case>.sql`.
    pub fn from_folder(folder: &Path) -> Result<Self, Error> {
        let unusable = |problem: String| Error::Folder { folder: folder.to_owned(), problem };
        let found = refinery::load_sql_migrations(folder).map_err(|error| unusable(in_full(&error)))?;
        let migrations = found.iter().map(normalised).collect::<Result<Vec<_>, _>>();
        let migrations = migrations.map_err(|error| unusable(in_full(&error)))?;
        if migrations.is_empty() {
            return Err(unusable("it holds no file named V<n>__<snake_case>.sql".to_owned()));
        }
        if let Some(name) = passed_over(folder, &migrations).map_err(|error| unusable(error.to_string()))? {
            return Err(unusable(format!("{name} is not named V<n>__<snake_case>.sql")));
        }
        if let Some(place) = migrations.iter().find_map(end_of_transaction) {
            return Err(unusable(format!("{place} would end the transaction that the migration runs in")));
        }
        // Of two files with one number refinery would apply the first and never mention the other.
        match migrations.windows(2).find(|pair| pair[0].version() == pair[1].version()) {
            Some(pair) => Err(unusable(format!("{} and {} have the same number", pair[0], pair[1]))),
            None => Ok(Self(migrations)),
        }
    }

    /// How many there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty set can't be made")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Migration> {
        self.0.iter()
    }

    pub(super) fn get(&self, version: i32) -> Option<&Migration> {
        self.iter().find(|migration| migration.version() == version)
    }

    /// Whether one of them has this name in its SQL.
    pub(crate) fn name_anywhere(&self, name: &str) -> bool {
        self.iter().any(|migration| words(migration.sql().unwrap_or_default()).contains(name))
    }

    /// The newest version this program knows.
    pub(super) fn newest(&self) -> i32 {
        self.0.last().map_or(0, Migration::version)
    }
}

impl fmt::Display for Migrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => write!(f, "V{} to V{}", first.version(), last.version()),
            _ => f.write_str("none"),
        }
    }
}

/// A file with SQL in it that refinery would not mention: `V2__add-phone.sql`, `v2__add_phone.sql`.
fn passed_over(folder: &Path, migrations: &[Migration]) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_sql = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_sql && !migrations.iter().any(|migration| format!("{migration}.sql") == name) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Where a migration says COMMIT or the like, as the build step refuses it of those built in: the half before would stay
/// when the other fails.
fn end_of_transaction(migration: &Migration) -> Option<String> {
    const ENDS: [&str; 7] = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE"];
    let sql = migration.sql().unwrap_or_default();
    let ends = |at: &usize| {
        let word = first_word(&sql[*at..]);
        // PREPARE TRANSACTION, other than PREPARE name.
        let is_other = word.eq_ignore_ascii_case("PREPARE")
            && !first_word(sql[at + word.len()..].trim_start()).eq_ignore_ascii_case("TRANSACTION");
        !is_other && ENDS.iter().any(|end| word.eq_ignore_ascii_case(end))
    };
    let at = starts(sql).find(ends)?;
    let (line, column) = line_and_column(sql, at);
    Some(format!("{migration}.sql:{line}:{column}: {}", first_word(&sql[at..])))
}

/// The same migration whatever the line endings of the file, and with or without a byte order mark: the checksum in
/// the history must not depend on who checked the repository out.
pub(crate) fn normalised(migration: &Migration) -> Result<Migration, refinery::Error> {
    let sql = migration.sql().unwrap_or_default();
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql).replace("\r\n", "\n");
    Migration::unapplied(&migration.to_string(), &sql)
}
