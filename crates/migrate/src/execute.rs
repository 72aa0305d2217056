//! Runs SQL in one transaction, stops waiting while a lock is unavailable, and finds the statement that failed.

use std::time::Duration;

use barqnet_db_client::sqlstate::is_lost_commit;
use barqnet_db_sql::{Check, Statement, Token, offset_in_query, offset_of_character, offset_of_line, statements};
use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client,
    error::{DbError, ErrorPosition, SqlState},
};

use super::{
    blocker::blocker,
    checks, lock,
    options::MigrateOptions,
    progress::{Observer, Progress},
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Why a migration did not run.
#[derive(Debug)]
pub enum Failed {
    /// A statement failed, or a check could not be made.
    Statement {
        /// The driver's error.
        source: tokio_postgres::Error,
        /// Where, in bytes from the beginning of the SQL, if it is known.
        at: Option<usize>,
        /// Whether every statement succeeded and COMMIT failed, as a deferred constraint makes it.
        at_commit: bool,
    },
    /// A check of the migration does not hold.
    Check(FailedCheck),
}

impl Failed {
    /// Whether the connection was lost in the commit.
    pub(super) fn may_be_committed(&self) -> bool {
        matches!(self, Self::Statement { source, at_commit: true, .. } if is_lost_commit(source.code()))
    }
}

/// A check (`-- barqnet: check SELECT …`) that returned something else than true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// Its query.
    pub sql: String,
    /// Where it stands, in bytes from the beginning of the SQL.
    pub at: usize,
    /// What it returned, such as `false` or `no row`.
    pub returned: String,
}

impl Failed {
    /// The driver's error, if that is the reason.
    #[must_use]
    pub fn source(&self) -> Option<&tokio_postgres::Error> {
        match self {
            Self::Statement { source, .. } => Some(source),
            Self::Check(_) => None,
        }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::Statement { source, at: None, at_commit: false }
    }
}

/// Makes the checks and runs SQL in one transaction, retrying while a lock is unavailable. A position in [`Failed`] refers to
/// the first text.
///
/// A DDL statement that waits for its lock blocks all later statements on the table, as long as the query it
/// waits for runs. So it waits for a short time only, gives up, lets the others run, and is tried again.
pub(super) async fn in_transaction(
    client: &mut Client,
    migration: &str,
    checks: &[Check],
    sql: &[&str],
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    let deadline = Instant::now() + options.max_retry;
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(client, checks, sql, options.lock_timeout).await {
            Err(failed) if failed.source().is_some_and(is_lock_conflict) && Instant::now() + pause < deadline => {
                let blocker = blocker(client, sql.first().unwrap_or(&"")).await;
                tracing::warn!(
                    migration,
                    pause_ms = pause.as_millis(),
                    blocker,
                    "a lock is unavailable: trying again after a pause"
                );
                observer(Progress::WaitingForLock { migration: migration.to_owned(), blocker });
                sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(client: &mut Client, checks: &[Check], sql: &[&str], lock_timeout: Duration) -> Result<(), Failed> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(&format!("{}; {}", set_limits(lock_timeout), lock::require_lock())).await?;
    checks::run(transaction.client(), checks).await?;
    if let Some((first, rest)) = sql.split_first() {
        run(transaction.client(), first).await?;
        for more in rest {
            transaction.batch_execute(more).await?;
        }
    }
    transaction.commit().await.map_err(|source| Failed::Statement { source, at: None, at_commit: true })
}

/// Runs the statements of `sql` one after the other. Each is sent alone: of several, Citus would send the whole text to its workers
/// with each.
pub(super) async fn run(client: &Client, sql: &str) -> Result<(), Failed> {
    for statement in statements(sql) {
        client.batch_execute(statement.text).await.map_err(|source| {
            let at = source.as_db_error().map(|error| position(sql, &statement, error));
            Failed::Statement { source, at, at_commit: false }
        })?;
    }
    Ok(())
}

/// SQL that replaces the limits that the role may have for requests.
pub(super) fn set_limits(lock_timeout: Duration) -> String {
    format!(
        "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        lock_timeout.as_millis().max(1)
    )
}

/// Whether another transaction's lock is the reason, so that the same SQL may succeed later.
fn is_lock_conflict(error: &tokio_postgres::Error) -> bool {
    [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].iter().any(|code| error.code() == Some(code))
}

/// The position that PostgreSQL reports, or else the beginning of the statement.
fn position(sql: &str, statement: &Statement<'_>, error: &DbError) -> usize {
    let in_statement = match error.position() {
        Some(ErrorPosition::Original(character)) => {
            let before = usize::try_from(*character).ok().and_then(|character| character.checked_sub(1));
            before.map(|before| statement.offset + offset_of_character(statement.text, before))
        }
        _ => position_in_block(sql, statement, error),
    };
    in_statement.unwrap_or(statement.offset)
}

/// The place in the block `DO $$ … $$` that PostgreSQL's context names: the word that the error is about, or
/// else the line, which PostgreSQL counts from the `$$`. `None` for the first line, which is the statement's own.
fn position_in_block(sql: &str, statement: &Statement<'_>, error: &DbError) -> Option<usize> {
    const BLOCK: &str = "PL/pgSQL function inline_code_block line ";
    let (before, after) = error.where_()?.split_once(BLOCK)?;
    let line: usize = after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok().filter(|line| *line > 1)?;
    let (text, body) = statement.tokens.iter().find_map(Token::dollar_body)?;
    let line_start = body + offset_of_line(text, line)?;
    let word = match error.position() {
        // Otherwise the query is one of a function that the block calls.
        Some(ErrorPosition::Internal { position, query }) if !before.contains("PL/pgSQL function ") => {
            let character = usize::try_from(*position).ok()?.checked_sub(1)?;
            offset_in_query(&sql[line_start..], query, character)
        }
        _ => None,
    };
    Some(line_start + word.unwrap_or(0))
}
