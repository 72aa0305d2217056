//! What a run is doing, for whoever watches.

use std::time::Duration;

use tokio_postgres::Client;

use super::preview::words;

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Another runner migrates this database: this one waits until it is done.
    WaitingForRunner {
        /// The other's process id, application and start.
        holder: String,
    },
    /// A migration begins.
    Started {
        /// The migration.
        migration: String,
        /// Its place among those of this run, from 1.
        position: usize,
        /// How many this run applies.
        total: usize,
    },
    /// Another transaction has locked what the migration needs: it lets the traffic through and tries again.
    WaitingForLock {
        /// The migration.
        migration: String,
        /// The other's process id, application, start, and a table; `None` if it is gone by now.
        holder: Option<String>,
    },
    /// A migration is done.
    Applied {
        /// The migration.
        migration: String,
        /// How long it took, waiting included.
        took: Duration,
    },
}

/// Hears of every step of a run.
pub type Observer<'o> = dyn FnMut(Progress) + Send + 'o;

/// Who has locked a table that the SQL names, the oldest transaction first: after a lock could not be had, that is who
/// was in the way.
pub(super) async fn holder(client: &Client, sql: &[&str]) -> Option<String> {
    let rows = client
        .query(
            "SELECT a.pid, COALESCE(NULLIF(a.application_name, ''), 'no name'), c.relname::TEXT,
                    COALESCE(' since ' || DATE_TRUNC('second', a.xact_start)::TEXT, '')
             FROM pg_locks l
             JOIN pg_class c ON c.oid = l.relation
             JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.granted AND l.pid <> PG_BACKEND_PID()
               AND l.database = (SELECT oid FROM pg_database WHERE datname = CURRENT_DATABASE())
               AND c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY a.xact_start, a.pid, c.relname",
            &[],
        )
        .await
        // It is only told; what could not be found out is no reason to stop.
        .ok()?;
    let words = words(sql.first()?);
    let row = rows.iter().find(|row| words.contains(row.get::<_, &str>(2)))?;
    let (pid, application, table, since): (i32, &str, &str, &str) = (row.get(0), row.get(1), row.get(2), row.get(3));
    Some(format!("process {pid} of the server ({application}), in a transaction{since} that has locked {table}"))
}
