//! The migration lock: one runner at a time.

use std::time::Duration;

use barqnet_db_client::pool::SESSION_SETTINGS;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::{
    error::Error,
    progress::{Observer, Progress},
};

/// The keys of the advisory lock: "barq", then "migr". Advisory locks belong to one database, so the keys need not name
/// it.
const CLASS: i32 = 0x6261_7271;
const OBJECT: i32 = 0x6d69_6772;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const MAX_PAUSE: Duration = Duration::from_millis(500);

/// From this pause on the lock holder is looked up and reported.
const FIRST_REPORTED_PAUSE: Duration = Duration::from_millis(160);

/// Waits until this session alone may migrate. The lock ends with the session: closing the connection releases it in
/// every case, a killed process included.
///
/// It polls instead of waiting for the lock: a session that waits for a lock holds a snapshot, and `CREATE INDEX
/// CONCURRENTLY` waits for snapshots, so that the two would wait for each other.
pub(super) async fn acquire(client: &Client, limit: Duration, observer: &mut Observer<'_>) -> Result<(), Error> {
    configure_session(client).await?;
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        if try_acquire(client).await? {
            return Ok(());
        }
        if Instant::now() + pause > deadline {
            return Err(Error::Locked { limit, lock_holder: lock_holder(client).await? });
        }
        if pause >= FIRST_REPORTED_PAUSE {
            let lock_holder = lock_holder(client).await?;
            tracing::info!(%lock_holder, "waiting for another runner");
            observer(Progress::WaitingForRunner { lock_holder });
        }
        sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Sets what migrations rely on, which a pooler may have dropped at the start of the session, and removes the limits
/// that the role may have for requests: neither a long migration nor a pause between two attempts may end the session.
///
/// In a database that has the extension Citus, what the migrations create stays on this server while nothing of this schema is on the
/// workers: Citus would copy each function to them at once, and then refuse one that depends on an extension. Tables of other schemas
/// may be distributed; a migration that changes one changes it on all nodes. Once something of this schema is on the workers, a
/// migration uses one connection to each: Citus refuses many a statement after one that used several.
///
/// It also lets the server notice within a second that this process was killed. Otherwise the server would run a
/// statement to its end, and keep its locks, for a process that no longer exists; PostgreSQL 12 and 13 have no such
/// setting.
pub(super) async fn configure_session(client: &Client) -> Result<(), Error> {
    let sql = "SELECT SET_CONFIG(name, CASE name WHEN 'client_connection_check_interval' THEN '1s' ELSE '0' END, FALSE)
               FROM pg_settings
               WHERE name IN ('client_connection_check_interval', 'idle_session_timeout', 'transaction_timeout')";
    let settings = SESSION_SETTINGS.map(|(name, value)| format!("SELECT SET_CONFIG('{name}', '{value}', FALSE)"));
    client.batch_execute(&format!("{}; {sql}; {CITUS}", settings.join("; "))).await.map_err(|error| failed(&error))
}

/// Sets what Citus does with the statements of migrations.
const CITUS: &str = "
    DO $$
    BEGIN
        IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
            -- Statements of their own: without the extension these tables do not exist.
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_dist_partition) THEN
                PERFORM SET_CONFIG('citus.enable_ddl_propagation', 'off', FALSE);
            ELSIF EXISTS (
                SELECT
                FROM pg_catalog.pg_dist_partition p
                JOIN pg_class c ON c.oid = p.logicalrelid
                WHERE c.relnamespace = TO_REGNAMESPACE(QUOTE_IDENT(CURRENT_SCHEMA()))
                UNION ALL
                SELECT
                FROM pg_catalog.pg_dist_object o
                JOIN pg_proc p ON p.oid = o.objid
                WHERE o.classid = 'pg_proc'::REGCLASS
                  AND p.pronamespace = TO_REGNAMESPACE(QUOTE_IDENT(CURRENT_SCHEMA()))
            ) THEN
                PERFORM SET_CONFIG('citus.multi_shard_modify_mode', 'sequential', FALSE);
            ELSE
                -- The sequential mode would disable it.
                PERFORM SET_CONFIG('citus.create_object_propagation', 'deferred', FALSE);
            END IF;
        END IF;
    END
    $$";

/// SQL that fails unless this session holds the lock. Behind a pooler that gives each transaction another session it
/// does not, and two runners would not exclude each other.
pub(super) fn require_lock() -> String {
    format!(
        "DO $$
         BEGIN
             IF NOT EXISTS (SELECT FROM pg_locks
                            WHERE locktype = 'advisory' AND granted AND pid = PG_BACKEND_PID()
                              AND classid = {CLASS} AND objid = {OBJECT} AND objsubid = 2)
             THEN
                 RAISE EXCEPTION 'this session no longer holds the migration lock'
                     USING HINT = 'Connect to the server itself, not through a pooler that shares sessions.';
             END IF;
         END
         $$"
    )
}

/// A statement that lets no run migrate until the end of its transaction, after waiting for the end of one that does: for what
/// changes a migrated schema by other means.
#[must_use]
pub fn exclude_runs() -> String {
    format!("SELECT PG_ADVISORY_XACT_LOCK({CLASS}, {OBJECT})")
}

async fn try_acquire(client: &Client) -> Result<bool, Error> {
    let row = client
        .query_one("SELECT PG_TRY_ADVISORY_LOCK($1, $2)", &[&CLASS, &OBJECT])
        .await
        .map_err(|error| failed(&error))?;
    Ok(row.get(0))
}

/// The session that holds the lock: process id, application, start.
async fn lock_holder(client: &Client) -> Result<String, Error> {
    let rows = client
        .query(
            // The start of another role's session is hidden; objsubid 2 marks locks with two keys.
            "SELECT a.pid, COALESCE(NULLIF(a.application_name, ''), 'no name'),
                    COALESCE(', connected since ' || DATE_TRUNC('second', a.backend_start)::TEXT, '')
             FROM pg_locks l
             JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
               AND l.classid::BIGINT = $1 AND l.objid::BIGINT = $2
               AND l.database = (SELECT oid FROM pg_database WHERE datname = CURRENT_DATABASE())",
            &[&i64::from(CLASS), &i64::from(OBJECT)],
        )
        .await
        .map_err(|error| failed(&error))?;
    Ok(rows.first().map_or_else(
        || "a process that has released it since".to_owned(),
        |row| {
            let (pid, application, since): (i32, &str, &str) = (row.get(0), row.get(1), row.get(2));
            format!("process {pid} of the server ({application}){since}")
        },
    ))
}

fn failed(error: &tokio_postgres::Error) -> Error {
    Error::database("cannot ask for the migration lock", error)
}
