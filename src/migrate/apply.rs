//! Applies one migration: its SQL and its line in the history, in one transaction.

use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use refinery::Migration;
use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client, Transaction,
    error::{DbError, ErrorPosition, SqlState},
};

use super::MigrateOptions;
use crate::embedded::migrations::HISTORY_TABLE;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Applies a migration, again and again while somebody else's transaction is in the way.
///
/// A DDL statement that waits for its lock makes everyone who comes after it wait too, behind whatever long query it
/// waits for. So it waits a moment only, gives up, lets the others through, and comes back.
pub(super) async fn apply(
    client: &mut Client,
    migration: &Migration,
    options: &MigrateOptions,
) -> Result<(), tokio_postgres::Error> {
    let deadline = Instant::now() + options.apply_limit;
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(client, migration, options.lock_timeout).await {
            Err(error) if in_the_way(&error) && Instant::now() + pause < deadline => {
                tracing::warn!(%migration, pause_ms = pause.as_millis(), "a lock could not be had: trying again");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(
    client: &mut Client,
    migration: &Migration,
    lock_timeout: Duration,
) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    // The role may have limits of its own, which are meant for requests.
    let limits = format!(
        "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        lock_timeout.as_millis().max(1)
    );
    transaction.batch_execute(&limits).await?;
    transaction.batch_execute(migration.sql().unwrap_or_default()).await?;
    record(&transaction, migration).await?;
    transaction.commit().await
}

/// As refinery records it, so that its own runner agrees.
async fn record(transaction: &Transaction<'_>, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
    let insert = format!("INSERT INTO {HISTORY_TABLE} (version, name, applied_on, checksum) VALUES ($1, $2, $3, $4)");
    let checksum = migration.checksum().to_string();
    transaction.execute(&insert, &[&migration.version(), &migration.name(), &now, &checksum]).await?;
    Ok(())
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
