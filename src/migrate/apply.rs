//! Applies one migration: its SQL and its line in the history, in one transaction unless it asks otherwise.

use std::{pin::pin, time::Duration};

use chrono::{SecondsFormat, Utc};
use futures::TryStreamExt as _;
use refinery::Migration;
use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client, SimpleQueryMessage,
    error::{DbError, ErrorPosition, SqlState},
};

use super::{
    MigrateOptions, Observer, Progress, catalogue, directives::Directives, floor, lock, outside, progress, statements,
};
use crate::embedded::migrations::HISTORY_TABLE;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why some SQL failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) source: tokio_postgres::Error,
    /// Where, in bytes from the beginning of the SQL, if it can be told.
    pub(super) at: Option<usize>,
}

impl From<tokio_postgres::Error> for Failed {
    fn from(source: tokio_postgres::Error) -> Self {
        Self { source, at: None }
    }
}

/// Applies a migration.
pub(super) async fn apply(
    client: &mut Client,
    migration: &Migration,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    let directives = Directives::of(migration);
    let record = record(migration, directives.floor);
    if directives.no_transaction {
        return outside::apply(client, migration, &record).await;
    }
    let sql = [migration.sql().unwrap_or_default(), &record];
    in_transaction(client, &migration.to_string(), &sql, options, observer).await
}

/// Runs some SQL in one transaction, again and again while somebody else's is in the way. Where it fails is told of the
/// first of its texts.
///
/// A DDL statement that waits for its lock makes everyone who comes after it wait too, behind whatever long query it
/// waits for. So it waits a moment only, gives up, lets the others through, and comes back.
pub(super) async fn in_transaction(
    client: &mut Client,
    migration: &str,
    sql: &[&str],
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    let deadline = Instant::now() + options.apply_limit;
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(client, sql, options.lock_timeout).await {
            Err(failed) if in_the_way(&failed.source) && Instant::now() + pause < deadline => {
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

async fn attempt(client: &mut Client, sql: &[&str], lock_timeout: Duration) -> Result<(), Failed> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(&format!("{}; {}", limits(lock_timeout), lock::still_held())).await?;
    if let Some((first, rest)) = sql.split_first() {
        run(transaction.client(), first).await?;
        for more in rest {
            transaction.batch_execute(more).await?;
        }
    }
    Ok(transaction.commit().await?)
}

/// Runs the statements of some SQL one after the other.
pub(super) async fn run(client: &Client, sql: &str) -> Result<(), Failed> {
    let mut done = 0;
    let outcome = async {
        let mut messages = pin!(client.simple_query_raw(sql).await?);
        while let Some(message) = messages.try_next().await? {
            done += usize::from(matches!(message, SimpleQueryMessage::CommandComplete(_)));
        }
        Ok(())
    };
    outcome.await.map_err(|source: tokio_postgres::Error| {
        let at = source.as_db_error().and_then(|error| place(sql, error, done));
        Failed { source, at }
    })
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

/// The place that PostgreSQL named, or else the beginning of the statement that failed after `done` others.
fn place(sql: &str, error: &DbError, done: usize) -> Option<usize> {
    if let Some(ErrorPosition::Original(character)) = error.position() {
        let before = usize::try_from(*character).ok()?.checked_sub(1)?;
        return sql.char_indices().nth(before).map(|(at, _)| at).or(Some(sql.len()));
    }
    let start = statements::starts(sql).nth(done)?;
    Some(error.where_().and_then(|context| in_block(sql, start, context)).unwrap_or(start))
}

/// The line of the block `DO $$ … $$` at `start` that PostgreSQL's context names, counted from the `$$`.
fn in_block(sql: &str, start: usize, context: &str) -> Option<usize> {
    let (_, line) = context.split_once("PL/pgSQL function inline_code_block line ")?;
    let line: usize = line.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let body = start + sql[start..].find('$')?;
    let (before, _) = sql[body..].match_indices('\n').nth(line.checked_sub(2)?)?;
    let line = &sql[body + before..];
    Some(sql.len() - line.trim_start().len())
}

/// Line and column of a place in a file, counted from 1.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
