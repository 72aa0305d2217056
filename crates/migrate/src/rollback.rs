//! Undoes migrations, newest first, by the SQL that each carries for it.

use std::collections::BTreeMap;

use refinery::Migration;
use tokio_postgres::{Client, Transaction};

use super::{
    Error, Failure, MigrateOptions, MigrationStatus, Migrations, apply, apply::Failed, catalogue, connect, history,
    history::Applied, lock,
};
use crate::{embedded::migrations::HISTORY_TABLE, error_text::in_full, pool::Settings};

/// One migration that a rollback would undo.
#[derive(Clone, Debug)]
pub struct RollbackStep {
    /// The migration.
    pub migration: MigrationStatus,
    /// The SQL that undoes it.
    pub sql: String,
    /// What goes with it and can't be had back.
    pub losses: Vec<Loss>,
}

/// A table or column that a rollback drops, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `table users`, or `column users.phone_number`.
    pub what: String,
    /// The rows of the table, or those in which the column is not NULL.
    pub rows: i64,
}

/// What [`rollback`] would do, newest migration first. It tries the SQL in a transaction that it takes back, so the
/// losses are what they are and not what a reader of the SQL would guess; the locks are real meanwhile, for which it
/// waits no longer than [`MigrateOptions::lock_timeout`].
pub async fn plan_rollback(
    settings: &Settings,
    migrations: &Migrations,
    to: i32,
    options: &MigrateOptions,
) -> Result<Vec<RollbackStep>, Error> {
    let mut client = connect(settings).await?;
    lock::settle(&client).await?;
    let to_undo = to_undo(&client, migrations, to).await?;
    let mut transaction = client.transaction().await.map_err(|error| unreadable(&error))?;
    transaction.batch_execute(&apply::limits(options.lock_timeout)).await.map_err(|error| unreadable(&error))?;
    let mut steps: Vec<RollbackStep> = Vec::new();
    for (position, Undo { migration, applied, sql }) in to_undo.iter().enumerate() {
        let before = columns(&transaction).await.map_err(|error| unreadable(&error))?;
        // Tried first to learn what goes, so that only that is counted and not every table there is.
        let trial = transaction.transaction().await.map_err(|error| unreadable(&error))?;
        apply::run(trial.client(), sql).await.map_err(|error| failure(error, &to_undo, position))?;
        let after = columns(&trial).await.map_err(|error| unreadable(&error))?;
        trial.rollback().await.map_err(|error| unreadable(&error))?;
        let losses = losses(&transaction, &before, &after).await.map_err(|error| unreadable(&error))?;
        apply::run(transaction.client(), sql).await.map_err(|error| failure(error, &to_undo, position))?;
        let migration = MigrationStatus::known(migration, Some(applied.at));
        steps.push(RollbackStep { migration, sql: sql.trim().to_owned(), losses });
    }
    transaction.rollback().await.map_err(|error| unreadable(&error))?;
    Ok(steps)
}

/// Undoes every migration above `to`, newest first, each in a transaction of its own together with its line in the
/// history, and returns what was undone. What the dropped tables and columns held is gone: see [`plan_rollback`].
pub async fn rollback(
    settings: &Settings,
    migrations: &Migrations,
    to: i32,
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    let mut client = connect(settings).await?;
    lock::acquire(&client, options.lock_limit, &mut |_| {}).await?;
    let to_undo = to_undo(&client, migrations, to).await?;
    let mut undone = Vec::new();
    for (position, Undo { migration, sql, .. }) in to_undo.iter().enumerate() {
        let forget = format!("DELETE FROM {HISTORY_TABLE} WHERE version = {}", migration.version());
        let sql = [*sql, &forget, &catalogue::forget(migration.version())];
        apply::in_transaction(&mut client, &migration.to_string(), &sql, options, &mut |_| {})
            .await
            .map_err(|error| failure(error, &to_undo, position))?;
        tracing::info!(%migration, "rolled back");
        undone.push(MigrationStatus::known(migration, None));
    }
    Ok(undone)
}

/// An applied migration and the SQL that undoes it.
struct Undo<'m> {
    migration: &'m Migration,
    applied: Applied,
    sql: &'m str,
}

/// The applied migrations above `to`, newest first; all of them must be known as they were applied, and reversible.
async fn to_undo<'m>(client: &Client, migrations: &'m Migrations, to: i32) -> Result<Vec<Undo<'m>>, Error> {
    let history = history::read(client).await?;
    let above = super::applied(&history)?.iter().rev().filter(|applied| applied.version > to);
    above
        .map(|applied| {
            let known = migrations.get(applied.version).filter(|known| known.checksum() == applied.checksum);
            let migration = known.ok_or_else(|| Error::Irreversible {
                migration: applied.to_string(),
                reason: "this build does not have it as it was applied: use the build that applied it",
            })?;
            Ok(Undo { migration, applied: applied.clone(), sql: rollback_sql(migration)? })
        })
        .collect()
}

/// What stands in a migration's `/* rollback … */`.
fn rollback_sql(migration: &Migration) -> Result<&str, Error> {
    let block = migration.sql().and_then(|sql| sql.rsplit_once("/* rollback")?.1.rsplit_once("*/"));
    block.map(|(sql, _)| sql).filter(|sql| !sql.trim().is_empty()).ok_or_else(|| Error::Irreversible {
        migration: migration.to_string(),
        reason: "it carries no SQL that undoes it: write a new migration that does",
    })
}

fn failure(Failed { source, at }: Failed, all: &[Undo<'_>], position: usize) -> Error {
    let Undo { migration, sql, .. } = all[position];
    let file = migration.sql().unwrap_or_default();
    let begin = sql.as_ptr().addr() - file.as_ptr().addr();
    let names = |steps: &[Undo<'_>]| steps.iter().map(|step| step.migration.to_string()).collect();
    Error::Failed(Box::new(Failure {
        file: format!("the rollback in {migration}.sql"),
        rolled_back: true,
        place: at.map(|at| apply::line_and_column(file, begin + at)),
        cause: in_full(&source),
        row: Failure::row_in(&source),
        applied: names(&all[..position]),
        not_tried: names(&all[position + 1..]),
        source,
    }))
}

fn unreadable(error: &tokio_postgres::Error) -> Error {
    Error::History { what: "cannot tell what a rollback would drop", cause: in_full(error) }
}

/// Tables, and below each its columns.
type Columns = BTreeMap<String, Vec<String>>;

async fn columns(transaction: &Transaction<'_>) -> Result<Columns, tokio_postgres::Error> {
    let rows = transaction
        .query(
            "SELECT c.relname::TEXT, a.attname::TEXT
             FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind IN ('r', 'p') AND c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY c.relname, a.attnum",
            &[],
        )
        .await?;
    let mut columns = Columns::new();
    for row in rows {
        columns.entry(row.get(0)).or_default().push(row.get(1));
    }
    Ok(columns)
}

/// What `after` lacks of `before`, counted while it is still there.
async fn losses(
    transaction: &Transaction<'_>,
    before: &Columns,
    after: &Columns,
) -> Result<Vec<Loss>, tokio_postgres::Error> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut losses = Vec::new();
    for (table, columns) in before {
        let (counts, names): (Vec<String>, Vec<String>) = match after.get(table) {
            None => (vec!["COUNT(*)".to_owned()], vec![format!("table {table}")]),
            Some(kept) => columns
                .iter()
                .filter(|column| !kept.contains(column))
                .map(|column| (format!("COUNT({})", quoted(column)), format!("column {table}.{column}")))
                .unzip(),
        };
        if names.is_empty() {
            continue;
        }
        let query = format!("SELECT {} FROM {}", counts.join(", "), quoted(table));
        let row = transaction.query_one(&query, &[]).await?;
        losses.extend(names.into_iter().enumerate().map(|(at, what)| Loss { what, rows: row.get(at) }));
    }
    Ok(losses)
}
