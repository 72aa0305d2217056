//! What a run would do, without doing it.

use std::{fmt, time::Duration};

use barqnet_db_client::pool::Settings;
use barqnet_db_sql::{Place, words};
use tokio_postgres::Client;

use super::{
    baseline::Recognised,
    conflict::Conflict,
    database::{self, check_search_path, connect},
    error::Error,
    migrations::Migrations,
    source::Step,
    status::{MigrationStatus, listed},
    table_size::{TableSize, table_sizes},
};

/// A plan must not queue behind a session that has locked a table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// What [`migrate`](crate::migrate) would do, and what contradicts it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// Every migration that the program has or that is applied to the database, by source and version.
    pub migrations: Vec<MigrationStatus>,
    /// What would be applied, in this order.
    pub pending: Vec<PlannedMigration>,
    /// Every contradiction, also those that a policy accepts.
    pub conflicts: Vec<Conflict>,
    /// The earlier tool's database that this is, if it is one: it would first be prepared for the migrations.
    pub recognised: Option<Recognised>,
}

/// A migration that would be applied.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The name of its source, if the program has more than one.
    pub source: Option<String>,
    /// Its version.
    pub version: i32,
    /// Its name in `snake_case`.
    pub name: String,
    /// The SQL that would run, without the rollback block.
    pub sql: String,
    /// What it locks: the paragraph after `Locks:` in its head comment.
    pub locks: Option<String>,
    /// What must be true before it runs.
    pub checks: Vec<PlannedCheck>,
    /// Whether it runs in a transaction.
    pub in_transaction: bool,
    /// The existing tables that its SQL names, by name.
    pub tables: Vec<TableSize>,
}

/// A check of a migration: `-- barqnet: check SELECT …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCheck {
    /// Its query, which must return one row with TRUE.
    pub sql: String,
    /// Its line in the file, counted from 1.
    pub line: usize,
}

/// How program and database relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is pending.
    UpToDate,
    /// Migrations are pending.
    Pending,
    /// Newer migrations are applied than the program knows.
    Ahead,
    /// Other migrations are applied than the program's, or in another order.
    Diverged,
}

impl Plan {
    /// How program and database relate. Conflicts take precedence over pending migrations.
    #[must_use]
    pub fn state(&self) -> State {
        let is_ahead = |conflict| matches!(conflict, &Conflict::Ahead { .. } | &Conflict::ProgramTooOld { .. });
        if !self.conflicts.iter().all(is_ahead) {
            State::Diverged
        } else if !self.conflicts.is_empty() {
            State::Ahead
        } else if !self.pending.is_empty() {
            State::Pending
        } else {
            State::UpToDate
        }
    }
}

impl fmt::Display for PlannedMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}/")?;
        }
        write!(f, "V{}__{}", self.version, self.name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UpToDate => "up to date",
            Self::Pending => "pending",
            Self::Ahead => "ahead",
            Self::Diverged => "diverged",
        })
    }
}

/// What [`migrate`](crate::migrate) would do, and what contradicts it. It reads the history and the catalogue, waits
/// for no lock longer than 2 s, and writes nothing.
pub async fn plan(settings: &Settings, migrations: &Migrations) -> Result<Plan, Error> {
    plan_on(&connect(&settings.clone().lock_timeout(LOCK_TIMEOUT)).await?, migrations).await
}

/// [`plan`] on a connection that is there already, with its limits.
pub async fn plan_on(client: &Client, migrations: &Migrations) -> Result<Plan, Error> {
    migrations.check()?;
    let database = database::read(client, migrations).await?;
    let mut existing = Vec::new();
    if !database.comparison.pending.is_empty() {
        check_search_path(client, migrations).await?;
        existing = table_sizes(client).await?;
    }
    Ok(Plan {
        migrations: listed(migrations, &database.applied),
        pending: database.comparison.pending.iter().map(|step| planned(*step, &existing)).collect(),
        conflicts: database.comparison.conflicts,
        recognised: database.recognised.map(|(_, recognised)| recognised),
    })
}

fn planned(step: Step<'_>, existing: &[TableSize]) -> PlannedMigration {
    let file = step.file();
    let words = words(file.body());
    let checks = file.checks().into_iter();
    PlannedMigration {
        source: step.source.shown_name(),
        version: step.version(),
        name: step.migration.name().to_owned(),
        checks: checks.map(|it| PlannedCheck { line: Place::new(step.sql(), it.offset).line, sql: it.sql }).collect(),
        sql: file.body().to_owned(),
        locks: file.locks(),
        in_transaction: !file.directives().no_transaction,
        tables: existing.iter().filter(|table| words.contains(table.name.as_str())).cloned().collect(),
    }
}
