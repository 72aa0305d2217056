//! VACUUM, ANALYZE and REINDEX: they run outside transactions, can take long and have no statement timeout.

use std::future::Future;

use barqnet_db_client::{Client, Error, Query};

use crate::queries::maintenance;

/// Pairs of a table and its VACUUM statement. Readers and writers continue; a table that is being vacuumed is skipped.
macro_rules! vacuum {
    ($($table:literal),+ $(,)?) => {
        [$(($table, {
            const SQL: &str = concat!("/* maintenance.vacuum */ VACUUM (ANALYZE, SKIP_LOCKED) ", $table);
            &Query::by_hand("maintenance.vacuum", SQL)
        })),+]
    };
}

/// The tables that other tasks delete from, and those with many updates.
const TABLES: [(&str, &Query); 25] = vacuum![
    "account_tombstones",
    "audit_log",
    "erased_names",
    "otp_attempts",
    "otp_budgets",
    "otp_challenges",
    "otp_codes",
    "otp_numbers",
    "otp_tickets",
    "password_failures",
    "rate_counters",
    "rate_returns",
    "server_health",
    "server_status",
    "session_token_history",
    "usage_by_server",
    "usage_daily",
    "usage_hourly",
    "usage_marks",
    "usage_totals",
    "user_plans",
    "user_sessions",
    "vpn_connections",
    "vpn_statistics",
    "vpn_statistics_archive",
];

/// Vacuums and analyzes the tables with many changes since the last time, and returns their number. A table that the role
/// may not vacuum is skipped with a warning: its owner or autovacuum has to do it.
pub(super) async fn changed_tables(client: &Client) -> Result<u64, Error> {
    without_time_out(client, async {
        let names = TABLES.map(|(name, _)| name);
        let mut done = 0;
        for table in maintenance::tables_to_vacuum().bind(client, &names.as_slice()).all().await? {
            let name = table.table_name;
            if !table.permitted {
                tracing::warn!(table = name, "this role may not vacuum the table: let its owner run the maintenance");
            } else if let Some((_, vacuum)) = TABLES.iter().find(|(table, _)| *table == name) {
                vacuum.execute(client, &[]).await?;
                done += 1;
            }
        }
        Ok(done)
    })
    .await
}

/// Rebuilds the indexes of `user_sessions`: one table.
pub(super) async fn reindex_sessions(client: &Client) -> Result<u64, Error> {
    without_time_out(client, async { maintenance::reindex_sessions().bind(client).await.map(|_| 1) }).await
}

/// Runs `work` without the connection's statement timeout, which is meant for requests.
async fn without_time_out(client: &Client, work: impl Future<Output = Result<u64, Error>>) -> Result<u64, Error> {
    client.set_statement_timeout(None).await?;
    work.await
}
