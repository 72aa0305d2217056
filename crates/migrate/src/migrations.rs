//! The migrations that a program knows.

use std::{collections::BTreeSet, fmt, fs, io, path::Path, sync::Arc};

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::{FileName, Place, normal_form, transaction_statements, words};
use refinery::Migration;

use super::{baseline::Baseline, error::Error};

/// The migrations that a program knows, by version, and the [`Baseline`] for older databases if there is one.
#[derive(Clone, Debug)]
pub struct Migrations {
    all: Vec<Migration>,
    baseline: Option<Arc<dyn Baseline>>,
}

impl Migrations {
    /// The migrations of `refinery::embed_migrations!`, which are compiled into the program.
    ///
    /// ```ignore
    /// mod embedded {
    ///     refinery::embed_migrations!("migrations");
    /// }
    ///
    /// let migrations = Migrations::from_runner(&embedded::migrations::runner())?;
    /// ```
    pub fn from_runner(runner: &refinery::Runner) -> Result<Self, Error> {
        let all = sorted(runner.get_migrations()).map_err(Error::Unusable)?;
        Ok(Self { all, baseline: None })
    }

    /// The files of a folder, named as refinery names them: `V<version>__<snake_case>.sql`.
    ///
    /// It is an error if a file's name is not of that form, if two files have one version, if a file would end the
    /// transaction that it runs in, and if the folder holds another one.
    pub fn from_folder(folder: &Path) -> Result<Self, Error> {
        let unusable = |problem: String| Error::Folder { folder: folder.to_owned(), problem };
        // First, because refinery ignores such files without a word.
        if let Some(problem) = misnamed(folder).map_err(|error| unusable(error.to_string()))? {
            return Err(unusable(problem));
        }
        let found = refinery::load_sql_migrations(folder).map_err(|error| unusable(in_full(&error)))?;
        let all = sorted(&found).map_err(unusable)?;
        if all.is_empty() {
            return Err(unusable("it holds no file named V<version>__<snake_case>.sql".to_owned()));
        }
        match all.iter().find_map(end_of_transaction) {
            Some(problem) => Err(unusable(problem)),
            None => Ok(Self { all, baseline: None }),
        }
    }

    /// The same migrations, which databases of an earlier tool may be migrated with.
    #[must_use]
    pub fn with_baseline(self, baseline: impl Baseline + 'static) -> Self {
        Self { baseline: Some(Arc::new(baseline)), ..self }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Their names, such as `V1__base_schema`, by version.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = String> {
        self.all.iter().map(ToString::to_string)
    }

    /// Their versions, in order.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = i32> {
        self.all.iter().map(Migration::version)
    }

    /// A number that depends on the version, the name and the text of each migration.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        self.all.iter().fold(0, |sum: u64, migration| sum.wrapping_mul(31).wrapping_add(migration.checksum()))
    }

    /// All words of their SQL outside comments; the names of the tables that they work on are among them.
    #[must_use]
    pub fn words(&self) -> BTreeSet<&str> {
        self.all.iter().flat_map(|migration| words(migration.sql().unwrap_or_default())).collect()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Migration> {
        self.all.iter()
    }

    pub(super) fn get(&self, version: i32) -> Option<&Migration> {
        self.iter().find(|migration| migration.version() == version)
    }

    pub(super) fn baseline(&self) -> Option<&dyn Baseline> {
        self.baseline.as_deref()
    }

    /// The newest version; 0 without a migration.
    pub(super) fn newest(&self) -> i32 {
        self.all.last().map_or(0, Migration::version)
    }
}

/// Shown as the range of versions: `V1 to V19`.
impl fmt::Display for Migrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.all.first(), self.all.last()) {
            (Some(first), Some(last)) => write!(f, "V{} to V{}", first.version(), last.version()),
            _ => f.write_str("none"),
        }
    }
}

/// The migration with its text in [`normal_form`], on which its checksum depends.
pub fn normalised(migration: &Migration) -> Result<Migration, refinery::Error> {
    Migration::unapplied(&migration.to_string(), &normal_form(migration.sql().unwrap_or_default()))
}

/// The migrations in normal form, by version, which must differ: refinery applies the first of two and ignores the
/// other.
fn sorted(migrations: &[Migration]) -> Result<Vec<Migration>, String> {
    let mut all = migrations.iter().map(normalised).collect::<Result<Vec<_>, _>>().map_err(|error| in_full(&error))?;
    all.sort_by_key(Migration::version);
    match all.windows(2).find(|pair| pair[0].version() == pair[1].version()) {
        Some(pair) => Err(format!("{} and {} have the same version", pair[0], pair[1])),
        None => Ok(all),
    }
}

/// What is wrong with the folder's first SQL file whose name refinery would ignore or misread, such as `V2__add-phone.sql` or
/// `v2__add_phone.sql`, or with a folder in it, hidden or not, whose files refinery would take for migrations of this one.
fn misnamed(folder: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            return Ok(Some(format!("{name} is a folder: move it to another place, or its files into this folder")));
        }
        let is_sql = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"));
        if let Err(bad) = FileName::parse(&name)
            && is_sql
        {
            return Ok(Some(format!("{name} is not named V<version>__<snake_case>.sql: {bad}")));
        }
    }
    Ok(None)
}

/// The statement of a migration that would end the transaction that it runs in: what precedes it would stay if the rest
/// failed.
pub(super) fn end_of_transaction(migration: &Migration) -> Option<String> {
    let sql = migration.sql().unwrap_or_default();
    let statement = *transaction_statements(sql).first()?;
    let place = Place::new(sql, statement.offset);
    Some(format!("{migration}.sql:{place}: {} would end the transaction that the migration runs in", statement.word))
}
