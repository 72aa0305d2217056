//! Which session holds a lock that a migration needs.

use barqnet_db_sql::words;
use tokio_postgres::Client;

/// The session that has locked a table that `sql` names; of several, the one with the oldest transaction. Call it after a
/// lock timeout.
pub(super) async fn blocker(client: &Client, sql: &str) -> Option<String> {
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
        // It is only reported: an error here is no reason to stop the run.
        .ok()?;
    let words = words(sql);
    let row = rows.iter().find(|row| words.contains(row.get::<_, &str>(2)))?;
    let (pid, application, table, since): (i32, &str, &str, &str) = (row.get(0), row.get(1), row.get(2), row.get(3));
    Some(format!("process {pid} of the server ({application}), in a transaction{since} that has locked {table}"))
}
