//! Rolls migrations back, newest first, by the rollback block of each file.

use barqnet_db_client::{error_text::in_full, pool::Settings};
use barqnet_db_sql::{MigrationFile, Place};
use refinery::Migration;
use tokio_postgres::Client;

use super::{
    database::connect,
    error::{Error, Failure},
    execute::{Failed, in_transaction, run, set_limits},
    fingerprint,
    history::{self, Applied},
    lock,
    loss::{Loss, columns, losses},
    migrations::Migrations,
    options::MigrateOptions,
    status::MigrationStatus,
};

/// One migration that a rollback would undo.
#[derive(Clone, Debug)]
pub struct RollbackStep {
    /// The migration.
    pub migration: MigrationStatus,
    /// The SQL of its rollback block.
    pub sql: String,
    /// What it drops; this data cannot be recovered.
    pub losses: Vec<Loss>,
}

/// What [`rollback`] would do, newest migration first.
///
/// It runs the SQL in a transaction that it rolls back, so that the losses are exact. Meanwhile it holds the SQL's
/// locks; it waits for them no longer than [`MigrateOptions::lock_timeout`].
pub async fn plan_rollback(
    settings: &Settings,
    migrations: &Migrations,
    to: i32,
    options: &MigrateOptions,
) -> Result<Vec<RollbackStep>, Error> {
    let mut client = connect(settings).await?;
    lock::configure_session(&client).await?;
    let to_undo = to_undo(&client, migrations, to).await?;
    let mut transaction = client.transaction().await.map_err(|error| unreadable(&error))?;
    transaction.batch_execute(&set_limits(options.lock_timeout)).await.map_err(|error| unreadable(&error))?;
    let mut steps: Vec<RollbackStep> = Vec::new();
    for (position, Undo { migration, applied, sql }) in to_undo.iter().enumerate() {
        let before = columns(&transaction).await.map_err(|error| unreadable(&error))?;
        // A nested transaction shows what is dropped, so that only that is counted.
        let nested = transaction.transaction().await.map_err(|error| unreadable(&error))?;
        run(nested.client(), sql).await.map_err(|error| failure(error, &to_undo, position))?;
        let after = columns(&nested).await.map_err(|error| unreadable(&error))?;
        nested.rollback().await.map_err(|error| unreadable(&error))?;
        let losses = losses(&transaction, &before, &after).await.map_err(|error| unreadable(&error))?;
        run(transaction.client(), sql).await.map_err(|error| failure(error, &to_undo, position))?;
        let migration = MigrationStatus::known(migration, Some(applied.at));
        steps.push(RollbackStep { migration, sql: sql.trim().to_owned(), losses });
    }
    transaction.rollback().await.map_err(|error| unreadable(&error))?;
    Ok(steps)
}

/// Rolls back every migration above version `to`, newest first, each in a transaction of its own together with its
/// record in the history, and returns what was rolled back. The data of the dropped tables and columns cannot be
/// recovered: see [`plan_rollback`].
pub async fn rollback(
    settings: &Settings,
    migrations: &Migrations,
    to: i32,
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    let mut client = connect(settings).await?;
    lock::acquire(&client, options.max_wait_for_runner, &mut |_| {}).await?;
    let to_undo = to_undo(&client, migrations, to).await?;
    let mut undone = Vec::new();
    for (position, Undo { migration, sql, .. }) in to_undo.iter().enumerate() {
        let version = migration.version();
        let sql = [*sql, &history::remove(version), &fingerprint::remove(version)];
        in_transaction(&mut client, &migration.to_string(), &sql, options, &mut |_| {})
            .await
            .map_err(|error| failure(error, &to_undo, position))?;
        tracing::info!(%migration, "rolled back");
        undone.push(MigrationStatus::known(migration, None));
    }
    Ok(undone)
}

/// An applied migration and its rollback block.
struct Undo<'m> {
    migration: &'m Migration,
    applied: Applied,
    sql: &'m str,
}

/// The applied migrations above `to`, newest first; the program must have all of them as they were applied, with a
/// rollback block.
async fn to_undo<'m>(client: &Client, migrations: &'m Migrations, to: i32) -> Result<Vec<Undo<'m>>, Error> {
    let history = history::read(client).await?;
    let above = history.into_iter().rev().filter(|applied| applied.version > to);
    above
        .map(|applied| {
            let known = migrations.get(applied.version).filter(|known| known.checksum() == applied.checksum);
            let migration = known.ok_or_else(|| Error::Irreversible {
                migration: applied.to_string(),
                reason: "this build does not have it as it was applied; use the build that applied it",
            })?;
            Ok(Undo { migration, applied, sql: rollback_sql(migration)? })
        })
        .collect()
}

fn rollback_sql(migration: &Migration) -> Result<&str, Error> {
    let block = MigrationFile::new(migration.sql().unwrap_or_default()).rollback();
    block.filter(|sql| !sql.trim().is_empty()).ok_or_else(|| Error::Irreversible {
        migration: migration.to_string(),
        reason: "it has no rollback block; write a new migration that reverses it",
    })
}

fn failure(Failed { source, at, .. }: Failed, all: &[Undo<'_>], position: usize) -> Error {
    let Undo { migration, sql, .. } = all[position];
    let file = MigrationFile::new(migration.sql().unwrap_or_default());
    let place = at.map(|at| Place::new(file.text(), file.offset_of(sql) + at));
    let names = |steps: &[Undo<'_>]| steps.iter().map(|step| step.migration.to_string()).collect();
    Error::Failed(Box::new(Failure {
        file: format!("the rollback in {migration}.sql"),
        rolled_back: true,
        place: place.map(|place| (place.line, place.column)),
        cause: in_full(&source),
        row: Failure::row_in(&source),
        applied: names(&all[..position]),
        not_tried: names(&all[position + 1..]),
        source,
    }))
}

fn unreadable(error: &tokio_postgres::Error) -> Error {
    Error::database("cannot find out what a rollback would drop", error)
}
