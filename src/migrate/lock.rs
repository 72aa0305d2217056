//! One runner at a time.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::{Error, Observer, Progress};
use crate::error_text::in_full;

/// The advisory lock of this runner: "barq", then "migr". Such locks belong to one database, so that is all it takes.
const CLASS: i32 = 0x6261_7271;
const OBJECT: i32 = 0x6d69_6772;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// From this pause on the wait is worth telling, and finding out what it is for.
const WORTH_TELLING: Duration = Duration::from_millis(160);

/// Waits until this session alone may migrate. The lock ends with the session: closing the connection gives it back on
/// every path, a killed process included.
///
/// It is asked for again and again instead of waited for, because a session that waits for a lock holds a snapshot,
/// and `CREATE INDEX CONCURRENTLY` waits for snapshots: the two would wait for each other.
pub(super) async fn acquire(client: &Client, limit: Duration, observer: &mut Observer<'_>) -> Result<(), Error> {
    settle(client).await?;
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        if try_acquire(client).await? {
            return Ok(());
        }
        if Instant::now() + pause > deadline {
            return Err(Error::Locked { limit, holder: holder(client).await? });
        }
        if pause >= WORTH_TELLING {
            let holder = holder(client).await?;
            tracing::info!(%holder, "waiting for another runner");
            observer(Progress::WaitingForRunner { holder });
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Gives the session what a runner needs, whatever its role was given for requests: neither a long migration nor a pause
/// between two attempts may end it.
///
/// And it ends with its process. Without that the server would go on with a statement for a process that was killed, and
/// keep its lock, until the statement is done. PostgreSQL 12 and 13 have no such setting and do just that.
pub(super) async fn settle(client: &Client) -> Result<(), Error> {
    let sql = "SELECT SET_CONFIG(name, CASE name WHEN 'client_connection_check_interval' THEN '1s' ELSE '0' END, FALSE)
               FROM pg_settings
               WHERE name IN ('client_connection_check_interval', 'idle_session_timeout', 'transaction_timeout')";
    client.batch_execute(sql).await.map_err(|error| failed(&error))
}

/// SQL that fails unless this session holds the lock. It doesn't behind a pooler that gives each transaction another
/// session, where nothing would keep two runners apart.
pub(super) fn still_held() -> String {
    format!(
        "DO $$
         BEGIN
             IF NOT EXISTS (SELECT FROM pg_locks
                            WHERE locktype = 'advisory' AND granted AND pid = PG_BACKEND_PID()
                              AND classid = {CLASS} AND objid = {OBJECT} AND objsubid = 2)
             THEN
                 RAISE EXCEPTION 'this session does not hold the migration lock that it was given'
                     USING HINT = 'Connect to the server itself, not through a pooler that shares sessions.';
             END IF;
         END
         $$"
    )
}

async fn try_acquire(client: &Client) -> Result<bool, Error> {
    let row = client
        .query_one("SELECT PG_TRY_ADVISORY_LOCK($1, $2)", &[&CLASS, &OBJECT])
        .await
        .map_err(|error| failed(&error))?;
    Ok(row.get(0))
}

/// Who holds the lock: process, application, since when; nothing if it has just been given back.
async fn holder(client: &Client) -> Result<String, Error> {
    let rows = client
        .query(
            // Of another role's session the start is hidden; objsubid 2 marks the locks with two keys.
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
        || "nobody any more".to_owned(),
        |row| {
            let (pid, application, since): (i32, &str, &str) = (row.get(0), row.get(1), row.get(2));
            format!("process {pid} of the server ({application}){since}")
        },
    ))
}

fn failed(error: &tokio_postgres::Error) -> Error {
    Error::History { what: "cannot ask for the migration lock", cause: in_full(error) }
}
