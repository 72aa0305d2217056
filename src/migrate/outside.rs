//! Applies one migration outside a transaction: one statement that can be done again.
//!
//! If the process dies between the statement and its line in the history, the next run does both again: the build step
//! sees to it that the statement says IF [NOT] EXISTS. An index whose building was interrupted stays behind invalid, and
//! IF NOT EXISTS would be content with it: it is dropped first.

use refinery::Migration;
use tokio_postgres::Client;

use super::{
    apply::{Failed, run},
    lock,
};

pub(super) async fn apply(client: &Client, migration: &Migration, record: &str) -> Result<(), Failed> {
    // The statement takes no lock that stops readers or writers, and waits for every transaction that began before it:
    // a limit would only make it start again from nothing.
    client.batch_execute(&format!("SET lock_timeout = 0; SET statement_timeout = 0; {}", lock::still_held())).await?;
    let sql = migration.sql().unwrap_or_default();
    for index in invalid_indexes(client).await?.iter().filter(|index| names(sql, index)) {
        tracing::warn!(%migration, index, "dropping the invalid index that an interrupted run left");
        client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS \"{}\"", index.replace('"', "\"\""))).await?;
    }
    run(client, sql).await?;
    Ok(client.batch_execute(record).await?)
}

async fn invalid_indexes(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT c.relname::TEXT
             FROM pg_index i
             JOIN pg_class c ON c.oid = i.indexrelid
             WHERE NOT i.indisvalid AND c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Whether the SQL has the name as a whole word.
fn names(sql: &str, index: &str) -> bool {
    sql.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word.eq_ignore_ascii_case(index))
}
