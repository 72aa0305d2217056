//! How large the tables of a database are, without reading them.

use tokio_postgres::Client;

use super::error::Error;

/// How large a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub name: String,
    /// The number of rows that PostgreSQL estimates.
    pub rows: i64,
    /// Bytes on disk, indexes included; `None` while another session holds an ACCESS EXCLUSIVE lock on the table.
    pub bytes: Option<i64>,
}

/// The tables of the current schema, by name.
pub(super) async fn table_sizes(client: &Client) -> Result<Vec<TableSize>, Error> {
    let rows = client
        .query(
            "SELECT c.relname::TEXT,
                    CASE WHEN c.reltuples > 0 THEN c.reltuples::BIGINT ELSE PG_STAT_GET_LIVE_TUPLES(c.oid) END,
                    CASE WHEN NOT EXISTS (
                        SELECT 1 FROM pg_locks l WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock'
                    ) THEN PG_TOTAL_RELATION_SIZE(c.oid) END
             FROM pg_class c
             WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY c.relname",
            &[],
        )
        .await
        .map_err(|error| Error::database("cannot read the sizes of the tables", &error))?;
    Ok(rows.iter().map(|row| TableSize { name: row.get(0), rows: row.get(1), bytes: row.get(2) }).collect())
}
