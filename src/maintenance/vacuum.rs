//! VACUUM, ANALYZE and REINDEX, which run outside transactions, take their time and need no time-out.

use std::future::Future;

use deadpool_postgres::Client;

use crate::{
    client::{Error, GenericClient as _},
    queries::maintenance,
};

/// The tables that other tasks delete from, and those that are written all the time.
const TABLES: [&str; 8] = [
    "audit_log",
    "otp_attempts",
    "server_health",
    "server_status",
    "user_sessions",
    "vpn_connections",
    "vpn_statistics",
    "vpn_statistics_archive",
];

/// Vacuums and analyses those of the tables that have changed much since the last time, and returns how many.
pub(super) async fn changed_tables(client: &Client) -> Result<u64, Error> {
    without_time_out(client, async {
        let mut done = 0;
        for table in maintenance::tables_to_vacuum().bind(client, &TABLES.as_slice()).all().await? {
            match table.as_str() {
                "audit_log" => maintenance::vacuum_audit_log().bind(client).await?,
                "otp_attempts" => maintenance::vacuum_otp_attempts().bind(client).await?,
                "server_health" => maintenance::vacuum_server_health().bind(client).await?,
                "server_status" => maintenance::vacuum_server_status().bind(client).await?,
                "user_sessions" => maintenance::vacuum_sessions().bind(client).await?,
                "vpn_connections" => maintenance::vacuum_connections().bind(client).await?,
                "vpn_statistics" => maintenance::vacuum_statistics().bind(client).await?,
                "vpn_statistics_archive" => maintenance::vacuum_statistics_archive().bind(client).await?,
                _ => continue,
            };
            done += 1;
        }
        Ok(done)
    })
    .await
}

/// Builds the indexes of `user_sessions` anew: one table.
pub(super) async fn reindex_sessions(client: &Client) -> Result<u64, Error> {
    without_time_out(client, async { maintenance::reindex_sessions().bind(client).await.map(|_| 1) }).await
}

/// Lifts the connection's limit on a statement meanwhile: it is meant for requests.
async fn without_time_out(client: &Client, work: impl Future<Output = Result<u64, Error>>) -> Result<u64, Error> {
    client.execute("SET statement_timeout = 0", &[]).await?;
    let done = work.await;
    // A connection that is broken needs no limit any more.
    let _ = client.execute("RESET statement_timeout", &[]).await;
    done
}
