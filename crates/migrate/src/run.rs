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
//!
//! - Any number of processes may start at once: one migrates, the others wait and find it done.
//! - Where there is nothing to do, it costs one read, for which the right to read `schema_migrations` is enough.
//! - A database that is ahead of the program, or contradicts it, is told apart and told plainly: [`Conflict`].
//! - A migration that older programs could not live with turns them away: `-- barqnet: floor 7` in its head.
//! - `-- barqnet: no-transaction` lets one statement run outside a transaction, as `CREATE INDEX CONCURRENTLY` must.
//! - A migration waits a moment for its locks, then lets the traffic through and tries again.
//! - What a run does shows: [`preview`] before, [`migrate_observed`] meanwhile, a log line and a span a migration, and
//!   with each a fingerprint of the schema, by which [`doctor`](crate::doctor) sees what was changed by hand since.
//!
//! [`embedded::migrations::runner`](crate::embedded::migrations::runner) is refinery's own runner, without any of this.

mod adoption;
mod apply;
mod catalogue;
mod directives;
mod error;
mod floor;
mod history;
mod lock;
mod migrations;
mod not_valid;
mod outside;
mod plan;
mod preview;
mod progress;
mod rollback;
mod statements;

use std::{collections::BTreeMap, fmt, time::Duration};

use chrono::{DateTime, Utc};
use refinery::Migration;
use tokio::time::Instant;
use tokio_postgres::Client;
use tracing::Instrument as _;

use self::{
    apply::Failed,
    directives::Directives,
    history::{Applied, History},
    plan::Plan,
};
use crate::{error_text::in_full, pool::Settings};

pub use self::{
    adoption::{Exception, Legacy, Refusal, legacy},
    error::{Error, Failure},
    migrations::Migrations,
    plan::{Conflict, MigratePolicy, OnAhead, OnConflict},
    preview::{PendingMigration, Preview, State, TableSize, preview},
    progress::{Observer, Progress},
    rollback::{Loss, RollbackStep, plan_rollback, rollback},
};
pub(crate) use self::{
    adoption::{changed_and_kept, in_one_schema},
    catalogue::{Drift, drift},
    migrations::normalised,
    not_valid::not_valid,
};

/// How a run behaves.
#[derive(Clone, Copy, Debug)]
pub struct MigrateOptions {
    /// What to do about a database that is not simply behind.
    pub policy: MigratePolicy,
    /// How long to wait for another runner to finish; 10 minutes.
    pub lock_limit: Duration,
    /// How long a migration waits for a lock before it lets the traffic through; 2 s.
    pub lock_timeout: Duration,
    /// How long one migration is tried again for want of a lock; 10 minutes.
    pub apply_limit: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            policy: MigratePolicy::default(),
            lock_limit: Duration::from_mins(10),
            lock_timeout: Duration::from_secs(2),
            apply_limit: Duration::from_mins(10),
        }
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

impl MigrationStatus {
    fn known(migration: &Migration, applied_at: Option<DateTime<Utc>>) -> Self {
        Self { version: migration.version(), name: migration.name().to_owned(), applied_at, known: true }
    }
}

impl fmt::Display for MigrationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.name)
    }
}

/// Applies what is pending, with the default options, and returns what was applied.
pub async fn migrate(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    migrate_with(settings, migrations, &MigrateOptions::default()).await
}

/// Applies what is pending, each migration in a transaction of its own together with its line in the history, and
/// returns what was applied. It works on a connection of its own, which is closed at the end and takes with it
/// whatever a migration set, and the lock.
pub async fn migrate_with(
    settings: &Settings,
    migrations: &Migrations,
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    migrate_observed(settings, migrations, options, &mut |_| {}).await
}

/// [`migrate_with`], telling every step to `observer` as it happens: what it works on, and what it waits for.
pub async fn migrate_observed(
    settings: &Settings,
    migrations: &Migrations,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<Vec<MigrationStatus>, Error> {
    let mut client = connect(settings).await?;
    match plan(&client, migrations).await {
        Ok(plan) if accepted(&plan, options)?.is_empty() => return Ok(Vec::new()),
        Ok(_) | Err(Error::ForeignHistory) => {}
        Err(error) => return Err(error),
    }
    lock::acquire(&client, options.lock_limit, observer).await?;
    in_one_schema(&client).await?;
    // Whoever held the lock may have done it all.
    let mut planned = plan(&client, migrations).await;
    if may_be_legacy(&planned) && adopt_if_legacy(&mut client, options, observer).await? {
        planned = plan(&client, migrations).await;
    }
    let plan = planned?;
    let pending = accepted(&plan, options)?;
    let tables = [history::create_table(), catalogue::create_table()].join("; ");
    client.batch_execute(&tables).await.map_err(|error| Error::History {
        what: "cannot create the table schema_migrations and the one beside it",
        cause: in_full(&error),
    })?;
    apply_all(&mut client, pending, options, observer).await
}

/// Whether it is worth asking if the Go product made the database: only one that has not had the base schema can be.
fn may_be_legacy(plan: &Result<Plan<'_>, Error>) -> bool {
    match plan {
        Ok(plan) => plan.pending.first().is_some_and(|first| first.name() == "base_schema"),
        Err(error) => matches!(error, Error::ForeignHistory),
    }
}

/// Puts the tracking table of the Go product aside, and tells whether this is a database of its making.
async fn adopt_if_legacy(
    client: &mut Client,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<bool, Error> {
    let adoption::Origin::Legacy { tracking, versions } = adoption::recognise(client).await? else { return Ok(false) };
    tracing::info!(?tracking, ?versions, "adopting a database of the Go product");
    adoption::adopt(client, options, observer).await.map_err(|failed| Error::History {
        what: "cannot put the old tracking table aside",
        cause: in_full(&failed.source),
    })?;
    Ok(true)
}

async fn connect(settings: &Settings) -> Result<Client, Error> {
    Ok(settings.clone().statement_timeout(None).connect_client().await?.0)
}

/// What is to be done, and what does not fit. One read, and a second one if the database is ahead.
async fn plan<'m>(client: &Client, migrations: &'m Migrations) -> Result<Plan<'m>, Error> {
    let history = history::read(client).await?;
    let applied = applied(&history)?;
    let ahead = applied.iter().any(|applied| applied.version > migrations.newest());
    let floor = if ahead { floor::read(client).await? } else { 0 };
    Ok(Plan::new(migrations, applied, floor))
}

/// What to apply, unless the policy refuses one of the plan's conflicts; the others are logged.
fn accepted<'p, 'm>(plan: &'p Plan<'m>, options: &MigrateOptions) -> Result<&'p [&'m Migration], Error> {
    let refused = plan.refused(options.policy);
    if !refused.is_empty() {
        return Err(Error::Conflict(refused));
    }
    for conflict in &plan.conflicts {
        tracing::warn!("{conflict}");
    }
    Ok(&plan.pending)
}

fn applied(history: &History) -> Result<&[Applied], Error> {
    match history {
        History::None => Ok(&[]),
        History::OfAnotherProgram => Err(Error::ForeignHistory),
        History::Ours(applied) => Ok(applied),
    }
}

async fn apply_all(
    client: &mut Client,
    pending: &[&Migration],
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<Vec<MigrationStatus>, Error> {
    let mut done = Vec::new();
    for (position, migration) in pending.iter().enumerate() {
        let span = tracing::info_span!("migration", version = migration.version(), name = migration.name());
        let started = Instant::now();
        observer(Progress::Started { migration: migration.to_string(), position: position + 1, total: pending.len() });
        match apply::apply(client, migration, options, observer).instrument(span).await {
            Ok(()) => {
                let took = started.elapsed();
                tracing::info!(%migration, ?took, "applied");
                observer(Progress::Applied { migration: migration.to_string(), took });
                done.push(MigrationStatus::known(migration, Some(Utc::now())));
            }
            Err(Failed { source, at }) => {
                return Err(Error::Failed(Box::new(Failure {
                    file: format!("{migration}.sql"),
                    rolled_back: !Directives::of(migration).no_transaction,
                    place: at.map(|at| apply::line_and_column(migration.sql().unwrap_or_default(), at)),
                    cause: in_full(&source),
                    row: Failure::row_in(&source),
                    applied: done.iter().map(ToString::to_string).collect(),
                    not_tried: pending[position + 1..].iter().map(ToString::to_string).collect(),
                    source,
                })));
            }
        }
    }
    Ok(done)
}

/// Every migration that the program knows or the database has had, in order; of a database of the Go product, all that
/// the program knows, as pending. Reads only.
pub async fn status(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    let client = connect(settings).await?;
    let history = history::read(&client).await?;
    if matches!(history, History::OfAnotherProgram) && is_legacy(&client).await? {
        return Ok(listed(migrations, &[]));
    }
    Ok(listed(migrations, applied(&history)?))
}

/// Whether the Go product made the database.
async fn is_legacy(client: &Client) -> Result<bool, Error> {
    Ok(matches!(adoption::recognise(client).await?, adoption::Origin::Legacy { .. }))
}

fn listed(migrations: &Migrations, applied: &[Applied]) -> Vec<MigrationStatus> {
    let mut all: BTreeMap<i32, MigrationStatus> =
        migrations.iter().map(|migration| (migration.version(), MigrationStatus::known(migration, None))).collect();
    for Applied { version, name, at, .. } in applied {
        let unknown = || MigrationStatus { version: *version, name: name.clone(), applied_at: None, known: false };
        all.entry(*version).or_insert_with(unknown).applied_at = Some(*at);
    }
    all.into_values().collect()
}
