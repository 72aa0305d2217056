//! Applies one migration outside a transaction: one statement that can be repeated.
//!
//! If the process ends between the statement and its record in the history, the next run repeats both; so the statement
//! must say IF [NOT] EXISTS. An index whose creation was interrupted remains invalid, and IF NOT EXISTS would accept
//! it: it is dropped first.

use barqnet_db_sql::{Check, quote_identifier};
use tokio_postgres::Client;

use super::{
    checks,
    execute::{Failed, run},
    lock,
    source::Step,
};

pub(super) async fn apply(client: &Client, step: Step<'_>, checks: &[Check], record: &str) -> Result<(), Failed> {
    // The statement takes no lock that stops readers or writers, and waits for every transaction that began before it:
    // a limit would only make it start again from nothing.
    client.batch_execute(&format!("SET lock_timeout = 0; SET statement_timeout = 0; {}", lock::require_lock())).await?;
    checks::run(client, checks).await?;
    let sql = step.sql();
    for index in invalid_indexes(client).await?.iter().filter(|index| names(sql, index)) {
        tracing::warn!(migration = %step, index, "dropping the invalid index that an interrupted run left");
        client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote_identifier(index))).await?;
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

/// Whether the SQL contains the name as a whole word, in any case.
fn names(sql: &str, index: &str) -> bool {
    sql.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word.eq_ignore_ascii_case(index))
}
