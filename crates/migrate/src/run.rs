//! A run: applies what is pending.

use barqnet_db_client::{error_text::in_full, pool::Settings};
use barqnet_db_sql::{MigrationFile, Place};
use chrono::Utc;
use refinery::Migration;
use tokio::time::Instant;
use tokio_postgres::Client;
use tracing::Instrument as _;

use super::{
    apply::apply,
    baseline::{Baseline, Recognised},
    comparison::Comparison,
    database::{self, check_encoding, check_search_path, compare, connect},
    error::{Error, Failure},
    execute::{Failed, in_transaction},
    fingerprint, history, lock,
    migrations::{Migrations, end_of_transaction},
    options::MigrateOptions,
    progress::{Observer, Progress},
    status::MigrationStatus,
};

/// Applies what is pending, with the default options, and returns what was applied.
pub async fn migrate(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    migrate_with(settings, migrations, &MigrateOptions::default()).await
}

/// Applies what is pending and returns what was applied. Each migration runs in a transaction of its own, together with
/// its record in the history.
///
/// The run has a connection of its own. Closing it at the end releases the lock and discards all session settings of migrations.
pub async fn migrate_with(
    settings: &Settings,
    migrations: &Migrations,
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    migrate_observed(settings, migrations, options, &mut |_| {}).await
}

/// [`migrate_with`], and calls `observer` at every step: which migration runs, and what it waits for.
pub async fn migrate_observed(
    settings: &Settings,
    migrations: &Migrations,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<Vec<MigrationStatus>, Error> {
    let mut client = connect(settings).await?;
    // Without the lock, so that a start on an up-to-date database costs one read.
    match compare(&client, migrations).await {
        Ok(comparison) if accepted(&comparison, options)?.is_empty() => return Ok(Vec::new()),
        Ok(_) | Err(Error::ForeignHistory) => {}
        Err(error) => return Err(error),
    }
    lock::acquire(&client, options.max_wait_for_runner, observer).await?;
    check_encoding(&client).await?;
    check_search_path(&client, migrations).await?;
    // Again, because the previous lock holder may have applied everything.
    let mut database = database::read(&client, migrations).await?;
    if let (Some(recognised), Some(baseline)) = (&database.recognised, migrations.baseline()) {
        prepare(&mut client, baseline, recognised, options, observer).await?;
        database = database::read(&client, migrations).await?;
    }
    let pending = accepted(&database.comparison, options)?;
    if let Some(problem) = pending.iter().find_map(|migration| end_of_transaction(migration)) {
        return Err(Error::Unusable(problem));
    }
    let tables = [history::create_table(), fingerprint::create_table()].join("; ");
    client
        .batch_execute(&tables)
        .await
        .map_err(|error| Error::database("cannot create the table schema_migrations and the one beside it", &error))?;
    apply_all(&mut client, pending, options, observer).await
}

/// Prepares an earlier tool's database, and creates the history in the same transaction. A run that ends between this
/// and the first migration leaves a database with an empty history, which the baseline recognises again or which needs
/// no preparation.
async fn prepare(
    client: &mut Client,
    baseline: &dyn Baseline,
    Recognised { what, details }: &Recognised,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Error> {
    tracing::info!(what, details, "preparing a database of an earlier tool");
    in_transaction(client, "baseline", &[baseline.prepare(), &history::create_table()], options, observer)
        .await
        .map_err(|failed| Error::database("cannot put the old tracking table aside", &failed.source))
}

/// What to apply, unless the policy refuses one of the conflicts; the others are logged.
fn accepted<'c, 'm>(comparison: &'c Comparison<'m>, options: &MigrateOptions) -> Result<&'c [&'m Migration], Error> {
    let refused = comparison.refused(options.policy);
    if !refused.is_empty() {
        return Err(Error::Conflict(refused));
    }
    for conflict in &comparison.conflicts {
        tracing::warn!("{conflict}");
    }
    Ok(&comparison.pending)
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
        match apply(client, migration, options, observer).instrument(span).await {
            Ok(()) => {
                let took = started.elapsed();
                tracing::info!(%migration, ?took, "applied");
                observer(Progress::Applied { migration: migration.to_string(), took });
                done.push(MigrationStatus::known(migration, Some(Utc::now())));
            }
            Err(failed) => return Err(failure(failed, migration, &done, &pending[position + 1..])),
        }
    }
    Ok(done)
}

fn failure(
    Failed { source, at, .. }: Failed,
    migration: &Migration,
    done: &[MigrationStatus],
    not_tried: &[&Migration],
) -> Error {
    let text = migration.sql().unwrap_or_default();
    let place = at.map(|at| Place::new(text, at));
    Error::Failed(Box::new(Failure {
        file: format!("{migration}.sql"),
        rolled_back: !MigrationFile::new(text).directives().no_transaction,
        place: place.map(|place| (place.line, place.column)),
        cause: in_full(&source),
        row: Failure::row_in(&source),
        applied: done.iter().map(ToString::to_string).collect(),
        not_tried: not_tried.iter().map(ToString::to_string).collect(),
        source,
    }))
}
