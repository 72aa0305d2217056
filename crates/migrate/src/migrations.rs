//! The migrations that a program knows.

use std::{collections::BTreeSet, fmt, fs, io, path::Path, sync::Arc};

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::{FileName, Place, transaction_statements, words};
use refinery::Migration;

use super::{
    after_each::AfterEachMigrate,
    baseline::Baseline,
    error::Error,
    refinery_runner,
    source::{Source, Step},
    tables::{TABLE_PREFIX, Tables},
    target::Target,
};

/// The migrations that a program knows: those of one source, or of a chain of sources, in which the migrations of an earlier
/// one run first.
///
/// Each source has a history of its own, so that two may use the same versions, and one may be added to a database that
/// already has another. A crate's migrations, then the service's:
///
/// ```no_run
/// # use std::path::Path;
/// # use barqnet_db_migrate::{Error, Migrations};
/// # fn migrations(of_the_crate: Migrations) -> Result<Migrations, Error> {
/// let of_the_service = Migrations::from_folder(Path::new("migrations"))?.named("app");
/// let all = of_the_crate.then(of_the_service)?;
/// # Ok(all)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Migrations {
    /// At least one.
    sources: Vec<Source>,
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
        let source = Source::new(runner.get_migrations()).map_err(Error::Unusable)?;
        Ok(Self { sources: vec![source] })
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
        let source = Source::new(&found).map_err(unusable)?;
        if source.iter().next().is_none() {
            return Err(unusable("it holds no file named V<version>__<snake_case>.sql".to_owned()));
        }
        let problem = source.steps().find_map(end_of_transaction);
        problem.map_or(Ok(Self { sources: vec![source] }), |problem| Err(unusable(problem)))
    }

    /// The same migrations as a source of this name, in `snake_case`, such as `app`. Their history is the table
    /// `schema_migrations_<name>` unless [`Self::with_history_table`] says otherwise.
    ///
    /// A source that is given no name is called `main`, and its history is `schema_migrations`. In a chain every text that names
    /// a migration names its source, too: `app/V3__add_tickets`.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.last_source(|source| {
            source.tables = Tables::new(&format!("{TABLE_PREFIX}s_{name}"));
            name.clone_into(&mut source.name);
        })
    }

    /// The same migrations with another table for their history, such as `refinery_schema_history` of a service that refinery's
    /// own runner has migrated so far. What the runner keeps beside it is in `<table>_fingerprints` and `<table>_floors`.
    #[must_use]
    pub fn with_history_table(self, table: &str) -> Self {
        self.last_source(|source| source.tables = Tables::new(table))
    }

    /// The same migrations, which databases of an earlier tool may be migrated with.
    #[must_use]
    pub fn with_baseline(self, baseline: impl Baseline + 'static) -> Self {
        self.last_source(|source| source.baseline = Some(Arc::new(baseline)))
    }

    /// The same migrations, with SQL that is executed after each of them, and after those of the other sources of a chain.
    #[must_use]
    pub fn with_after_each_migrate(self, after_each: impl AfterEachMigrate + 'static) -> Self {
        self.last_source(|source| source.after_each = Some(Arc::new(after_each)))
    }

    fn last_source(mut self, change: impl FnOnce(&mut Source)) -> Self {
        if let Some(source) = self.sources.last_mut() {
            change(source);
        }
        self
    }

    /// These migrations and then those of `later`: one chain, which one run applies under one lock.
    ///
    /// It is an error if two sources have one name or one history table, and if a migration requires one
    /// (`-- barqnet: requires barqnet 104`) that no earlier source has.
    pub fn then(mut self, later: Self) -> Result<Self, Error> {
        self.sources.extend(later.sources);
        for (position, source) in self.sources.iter_mut().enumerate() {
            (source.is_one_of_many, source.position) = (true, position);
        }
        self.check()?;
        Ok(self)
    }

    /// Checks what can only be known of the whole chain: names that differ, and what each migration requires.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (position, source) in self.sources.iter().enumerate() {
            let (name, table) = (&source.name, &source.tables.history);
            if let Some(other) = self.sources[..position].iter().find(|other| other.name == *name) {
                return Err(Error::Unusable(format!(
                    "two sources of migrations are called {name} ({other}; {source}): give one another name with \
                     Migrations::named"
                )));
            }
            if let Some(other) = self.sources[..position].iter().find(|other| other.tables.history == *table) {
                return Err(Error::Unusable(format!(
                    "the sources {} and {name} have one history, the table {table}: give one another with \
                     Migrations::with_history_table",
                    other.name
                )));
            }
            let mut letters = source.name.chars();
            let is_name = letters.next().is_some_and(|first| first.is_ascii_lowercase())
                && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let fault = (!is_name)
                .then(|| format!("`{}` is no name for a source of migrations: it must be in snake_case", source.name));
            if let Some(fault) = fault.or_else(|| source.tables.fault()) {
                return Err(Error::Unusable(fault));
            }
            for step in source.steps() {
                for required in step.file().requirements() {
                    let other = self.sources[..position].iter().find(|other| other.name == required.source);
                    let lacks = match other {
                        Some(other) if other.has(required.version) => continue,
                        Some(other) => format!("this build has {other} only: use a newer release of {}", other.name),
                        None => "this build has no such source before it: add it to the chain".to_owned(),
                    };
                    let (name, version) = (required.source, required.version);
                    return Err(Error::Unusable(format!("{step} requires V{version} of {name}, and {lacks}")));
                }
            }
        }
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps().next().is_none()
    }

    /// Their names in the order in which they run, such as `V1__base_schema`; in a chain with the source, `app/V1__add_tickets`.
    #[must_use]
    pub fn names(&self) -> impl DoubleEndedIterator<Item = String> {
        self.steps().map(|step| step.to_string())
    }

    /// The versions of the first source, in order.
    #[must_use]
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = i32> {
        self.sources.iter().take(1).flat_map(|source| source.iter().map(Migration::version))
    }

    /// The names of the sources, in order.
    #[must_use]
    pub fn sources(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// The tables of the sources' histories, in order. A start on an up-to-date database needs the right to read them, and no
    /// other right.
    #[must_use]
    pub fn history_tables(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.sources.iter().map(|source| source.tables.history.as_str())
    }

    /// Every table that the runner keeps for these sources, the histories included.
    pub fn runner_tables(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().flat_map(|source| source.tables.all())
    }

    /// A number that depends on the history, the version, the name and the text of each migration.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        let add = |sum: u64, more: u64| sum.wrapping_mul(31).wrapping_add(more);
        self.sources.iter().fold(0, |sum, source| {
            let sum = source.tables.history.bytes().fold(sum, |sum, byte| add(sum, byte.into()));
            source.iter().fold(sum, |sum, migration| add(sum, migration.checksum()))
        })
    }

    /// All words of their SQL outside comments; the names of the tables that they work on are among them.
    #[must_use]
    pub fn words(&self) -> BTreeSet<&str> {
        self.steps().flat_map(|step| words(step.sql())).collect()
    }

    /// refinery's own runner for each source, in the order in which they must run. It records in the source's history, and
    /// whichever of the two runners comes second finds nothing to do.
    ///
    /// refinery runs every migration in a transaction. One that asks to run outside of one (`-- barqnet: no-transaction`)
    /// therefore builds or drops its index without CONCURRENTLY there, which stops writers for that long; a block (DO) does not
    /// commit, and VACUUM and REINDEX are left out. Nothing helps a CALL of a procedure that commits: it fails there. Checks (`-- barqnet: check`) are not made, and databases of an earlier tool are not recognised.
    #[must_use]
    pub fn runners(&self) -> Vec<refinery::Runner> {
        self.sources.iter().map(refinery_runner::of).collect()
    }

    /// The version of the migration that comes before `target` in its source; 0 if it is the first one. It is an error if there is
    /// no such migration.
    pub fn version_before(&self, target: &Target) -> Result<i32, Error> {
        let source = &self.sources[self.position(target)?];
        if source.get(target.version).is_none() {
            return Err(self.no_such(target));
        }
        Ok(source.iter().map(Migration::version).rfind(|version| *version < target.version).unwrap_or(0))
    }

    pub(super) fn no_such(&self, target: &Target) -> Error {
        Error::Unusable(format!("there is no migration {target}: this build has {self}"))
    }

    pub(super) fn all_sources(&self) -> &[Source] {
        &self.sources
    }

    pub(super) fn steps(&self) -> impl DoubleEndedIterator<Item = Step<'_>> {
        self.sources.iter().flat_map(Source::steps)
    }

    /// The position of the target's source in the chain.
    pub(super) fn position(&self, target: &Target) -> Result<usize, Error> {
        let names = || self.sources().collect::<Vec<_>>().join(", ");
        match &target.source {
            None if self.sources.len() == 1 => Ok(0),
            None => Err(Error::Unusable(format!(
                "version {} of which source? This build has the sources {}",
                target.version,
                names()
            ))),
            Some(name) => self
                .sources
                .iter()
                .position(|source| source.name == *name)
                .ok_or_else(|| Error::Unusable(format!("there is no source {name}: this build has {}", names()))),
        }
    }
}

/// Shown as the range of versions: `V1 to V19`, in a chain `barqnet V1 to V19, app V1 to V3`.
impl fmt::Display for Migrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, source) in self.sources.iter().enumerate() {
            write!(f, "{}{source}", if position > 0 { ", " } else { "" })?;
        }
        Ok(())
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
pub(super) fn end_of_transaction(step: Step<'_>) -> Option<String> {
    let sql = step.sql();
    let statement = *transaction_statements(sql).first()?;
    let place = Place::new(sql, statement.offset);
    Some(format!("{step}.sql:{place}: {} would end the transaction that the migration runs in", statement.word))
}
