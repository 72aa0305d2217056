//! Applies one migration: its SQL and its line in the history, in one transaction unless it asks otherwise.

use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use refinery::Migration;
use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client,
    error::{DbError, ErrorPosition, SqlState},
};

use super::{MigrateOptions, Observer, Progress, catalogue, directives::Directives, floor, outside, progress};
use crate::embedded::migrations::HISTORY_TABLE;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Applies a migration.
pub(super) async fn apply(
    client: &mut Client,
    migration: &Migration,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), tokio_postgres::Error> {
    let directives = Directives::of(migration);
    let record = record(migration, directives.floor);
    if directives.no_transaction {
        return outside::apply(client, migration, &record).await;
    }
    let sql = [migration.sql().unwrap_or_default(), &record];
    in_transaction(client, &migration.to_string(), &sql, options, observer).await
}

/// Runs some SQL in one transaction, again and again while somebody else's is in the way.
///
/// A DDL statement that waits for its lock makes everyone who comes after it wait too, behind whatever long query it
/// waits for. So it waits a moment only, gives up, lets the others through, and comes back.
pub(super) async fn in_transaction(
    client: &mut Client,
    migration: &str,
    sql: &[&str],
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), tokio_postgres::Error> {
    let deadline = Instant::now() + options.apply_limit;
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(client, sql, options.lock_timeout).await {
            Err(error) if in_the_way(&error) && Instant::now() + pause < deadline => {
                let holder = progress::holder(client, sql).await;
                let waits_for = holder.as_deref();
                tracing::warn!(
                    migration,
                    pause_ms = pause.as_millis(),
                    waits_for,
                    "a lock could not be had: trying again"
                );
                observer(Progress::WaitingForLock { migration: migration.to_owned(), holder });
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(client: &mut Client, sql: &[&str], lock_timeout: Duration) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(&limits(lock_timeout)).await?;
    for statements in sql {
        transaction.batch_execute(statements).await?;
    }
    transaction.commit().await
}

/// The role may have limits of its own, which are meant for requests.
pub(super) fn limits(lock_timeout: Duration) -> String {
    format!(
        "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        lock_timeout.as_millis().max(1)
    )
}

/// As refinery records it, so that its own runner agrees; the name has passed its parser and needs no quoting.
fn record(migration: &Migration, floor: Option<i32>) -> String {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
    format!(
        "INSERT INTO {HISTORY_TABLE} (version, name, applied_on, checksum) VALUES ({}, '{}', '{now}', '{}')",
        migration.version(),
        migration.name(),
        migration.checksum()
    ) + &floor.map_or_else(String::new, |floor| floor::record(migration.version(), floor))
        + &catalogue::record(migration.version())
}

/// Whether another transaction is the reason, so that the same may succeed later.
fn in_the_way(error: &tokio_postgres::Error) -> bool {
    [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].iter().any(|code| error.code() == Some(code))
}

/// Line and column of the place that PostgreSQL named in a migration's SQL, counted from 1.
pub(super) fn place(sql: &str, error: &DbError) -> Option<(usize, usize)> {
    let Some(ErrorPosition::Original(character)) = error.position() else { return None };
    let before: String = sql.chars().take(usize::try_from(*character).ok()?.checked_sub(1)?).collect();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Some((before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
}
