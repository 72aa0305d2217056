//! Brings a database to the schema that this build was made for, and tells how far it is.
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{migrate::{Migrations, migrate}, pool::Settings};
//!
//! let settings = Settings::from_env()?;
//! for migration in migrate(&settings, &Migrations::embedded()).await? {
//!     println!("applied {migration}");
//! }
//! # Ok(())
//! # }
//! ```

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use refinery::{Migration, Runner};
use tokio_postgres::{
    Client,
    error::{DbError, ErrorPosition},
};

use crate::{
    embedded::migrations::{HISTORY_TABLE, runner},
    error_text::{InFull, find_database_error, in_full},
    pool::{self, Settings},
};

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
        let migrations = refinery::load_sql_migrations(folder).map_err(|error| unusable(in_full(&error)))?;
        if migrations.is_empty() {
            return Err(unusable("it holds no file named V<n>__<snake_case>.sql".to_owned()));
        }
        // Of two files with one number refinery would apply the first and never mention the other.
        match migrations.windows(2).find(|pair| pair[0].version() == pair[1].version()) {
            Some(pair) => Err(unusable(format!("{} and {} have the same number", pair[0], pair[1]))),
            None => Ok(Self(migrations)),
        }
    }

    fn runner(&self) -> Runner {
        let mut runner = Runner::new(&self.0);
        runner.set_migration_table_name(HISTORY_TABLE);
        runner
    }
}

/// One migration, as [`status`] and [`migrate`] report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i32,
    /// Its name in `snake_case`.
    pub name: String,
    /// When this database had it; `None` while it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    /// Whether this program knows it; a newer program may have applied it.
    pub known: bool,
}

impl fmt::Display for MigrationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.name)
    }
}

/// Why a database could not be migrated or looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be had.
    #[error(transparent)]
    Connection(#[from] pool::Error),
    /// The folder's migrations can't be used.
    #[error("the migrations in {}: {problem}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A migration failed; its transaction was rolled back, those before it stay.
    #[error("{file}{place} failed and was rolled back: {cause}; {applied} applied before it, {not_tried} not tried", place = Line(*line))]
    Failed {
        /// The migration's file name.
        file: String,
        /// The line in the file, if PostgreSQL named one.
        line: Option<usize>,
        /// What PostgreSQL said, in full.
        cause: String,
        /// How many migrations were applied before it in this run.
        applied: usize,
        /// How many would have followed.
        not_tried: usize,
        /// refinery's error.
        source: Box<refinery::Error>,
    },
    /// The history of the database and the program's migrations contradict each other; nothing was changed.
    #[error("nothing was changed: {0}")]
    Contradiction(String),
    /// The table `schema_migrations` was made by another program; nothing was changed.
    #[error(
        "nothing was changed: this database has a table {HISTORY_TABLE} that another program made (columns: {columns}); \
         this one needs version, name, applied_on and checksum"
    )]
    ForeignHistory {
        /// The table's columns.
        columns: String,
    },
    /// The history could not be read or created.
    #[error("{what}: {cause}")]
    History {
        /// What was being done.
        what: &'static str,
        /// What PostgreSQL or the driver said, in full.
        cause: String,
    },
}

struct Line(Option<usize>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// Applies what is pending, each migration in a transaction of its own together with its line in the history, on a
/// connection of its own without a limit on statements. Returns what was applied.
pub async fn migrate(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    let (mut client, _) = settings.clone().statement_timeout(None).connect_client().await?;
    history(&client).await?;
    let report = migrations.runner().run_async(&mut client).await.map_err(|error| explain(error, migrations))?;
    for migration in report.applied_migrations() {
        tracing::info!(%migration, "applied");
    }
    let applied = report.applied_migrations().iter();
    Ok(applied.map(|migration| MigrationStatus::known(migration, Some(Utc::now()))).collect())
}

/// Every migration that the program knows or the database has had, in order. Reads only.
pub async fn status(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    let (client, _) = settings.connect_client().await?;
    let mut all: BTreeMap<i32, MigrationStatus> =
        migrations.0.iter().map(|migration| (migration.version(), MigrationStatus::known(migration, None))).collect();
    for (version, name, applied_at) in history(&client).await? {
        let status = all.entry(version).or_insert(MigrationStatus { version, name, applied_at: None, known: false });
        status.applied_at = Some(applied_at);
    }
    Ok(all.into_values().collect())
}

impl MigrationStatus {
    fn known(migration: &Migration, applied_at: Option<DateTime<Utc>>) -> Self {
        Self { version: migration.version(), name: migration.name().to_owned(), applied_at, known: true }
    }
}

/// What the database has had: version, name and time; nothing where there is no history yet.
async fn history(client: &Client) -> Result<Vec<(i32, String, DateTime<Utc>)>, Error> {
    let failed = |error: tokio_postgres::Error| Error::History {
        what: "cannot read the table schema_migrations",
        cause: in_full(&error),
    };
    let rows = client
        .query(
            "SELECT attname::TEXT FROM pg_attribute
             WHERE attrelid = TO_REGCLASS($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            &[&HISTORY_TABLE],
        )
        .await
        .map_err(failed)?;
    let columns: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    if columns != ["version", "name", "applied_on", "checksum"] {
        return Err(Error::ForeignHistory { columns: columns.join(", ") });
    }
    let rows = client
        .query(&format!("SELECT version, COALESCE(name, ''), applied_on FROM {HISTORY_TABLE} ORDER BY version"), &[])
        .await
        .map_err(failed)?;
    rows.iter()
        .map(|row| {
            let text: &str = row.try_get(2).map_err(failed)?;
            let applied_at = DateTime::parse_from_rfc3339(text).map_err(|error| Error::History {
                what: "the table schema_migrations holds a time that is none",
                cause: format!("`{text}`: {error}"),
            })?;
            Ok((row.get(0), row.get(1), applied_at.to_utc()))
        })
        .collect()
}

/// refinery's own text says "db error"; the file and line are what its reader needs.
fn explain(error: refinery::Error, migrations: &Migrations) -> Error {
    let Some(database_error) = find_database_error(&error) else {
        return Error::Contradiction(in_full(&error));
    };
    let cause = InFull(database_error).to_string();
    // The report is there only if a migration was being applied, and lists those that went before.
    let Some(report) = error.report() else {
        return Error::History { what: "cannot create or read the table schema_migrations", cause };
    };
    let applied = report.applied_migrations();
    let version = report_failed_version(&error.to_string());
    let position = migrations.0.iter().position(|migration| Some(migration.version()) == version);
    let (file, line, not_tried) = match position {
        Some(position) => {
            let migration = &migrations.0[position];
            let line = migration.sql().and_then(|sql| line(sql, database_error));
            (format!("{migration}.sql"), line, migrations.0.len() - position - 1)
        }
        None => ("a migration".to_owned(), None, 0),
    };
    Error::Failed { file, line, cause, applied: applied.len(), not_tried, source: Box::new(error) }
}

/// refinery names the migration in its text only: "`error applying migration V2__b`, …".
fn report_failed_version(text: &str) -> Option<i32> {
    let (_, rest) = text.split_once("error applying migration V")?;
    rest.split_once("__")?.0.parse().ok()
}

fn line(sql: &str, error: &DbError) -> Option<usize> {
    let Some(ErrorPosition::Original(character)) = error.position() else { return None };
    let before = sql.chars().take(usize::try_from(*character).ok()?);
    Some(before.filter(|character| *character == '\n').count() + 1)
}
