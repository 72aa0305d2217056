//! Upkeep in small batches, beside everything else that goes on.

use std::future::Future;

use deadpool_postgres::Pool;

use crate::{Error, client, connections, pool, queries::maintenance};

/// What is kept for how long, and how much is done at a time.
#[derive(Clone, Copy, Debug)]
pub struct MaintenancePolicy {
    /// Rows a batch; 500.
    pub batch: i64,
    /// Days that a session stays after its end; 30.
    pub keep_sessions_days: i32,
    /// Seconds that the report on one-time passwords keeps an entry after its end; 3,600. No limit depends on it.
    pub keep_otp_seconds: f64,
    /// Seconds without a word of a number or an address after which what limits nothing any more is forgotten; two days.
    pub keep_otp_limits_seconds: f64,
    /// Days after which statistics move to the archive; 90.
    pub archive_statistics_days: i32,
    /// Days that audit entries stay; 90.
    pub keep_audit_days: i32,
    /// Days that server health reports stay; 30.
    pub keep_health_days: i32,
    /// Seconds without a heartbeat after which a connection is closed; 300. OpenVPN gives a peer up after 240.
    pub stale_connection_seconds: f64,
}

impl Default for MaintenancePolicy {
    fn default() -> Self {
        Self {
            batch: 500,
            keep_sessions_days: 30,
            keep_otp_seconds: 3600.0,
            keep_otp_limits_seconds: 172_800.0,
            archive_statistics_days: 90,
            keep_audit_days: 90,
            keep_health_days: 30,
            stale_connection_seconds: 300.0,
        }
    }
}

/// How many rows each task handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaintenanceReport {
    /// Sessions deleted.
    pub sessions: u64,
    /// Entries of the report on one-time passwords deleted.
    pub otp_attempts: u64,
    /// Tickets deleted that nobody spent in time.
    pub otp_tickets: u64,
    /// Numbers and addresses forgotten whose limits limit nothing any more.
    pub otp_limits: u64,
    /// Connections closed for want of heartbeats.
    pub stale_connections: u64,
    /// Statistics rows moved to the archive.
    pub archived_statistics: u64,
    /// Audit entries deleted.
    pub audit_entries: u64,
    /// Server health reports deleted.
    pub health_reports: u64,
}

/// Does everything that is due, batch by batch, each in a transaction of its own. Any number of processes may run it
/// at once: they share the work.
pub async fn run(pool: &Pool, policy: &MaintenancePolicy) -> Result<MaintenanceReport, Error> {
    let client = &pool::get(pool).await?;
    let batch = &policy.batch;
    Ok(MaintenanceReport {
        sessions: until_done(policy, || async {
            maintenance::delete_expired_sessions().bind(client, &policy.keep_sessions_days, batch).await
        })
        .await?,
        otp_attempts: until_done(policy, || async {
            maintenance::delete_expired_otp_attempts().bind(client, &policy.keep_otp_seconds, batch).await
        })
        .await?,
        otp_tickets: until_done(policy, || async {
            maintenance::delete_expired_otp_tickets().bind(client, batch).await
        })
        .await?,
        otp_limits: until_done(policy, || async {
            maintenance::delete_quiet_otp_guards().bind(client, &policy.keep_otp_limits_seconds, batch).await
        })
        .await?
            + until_done(policy, || async {
                maintenance::delete_quiet_otp_budgets().bind(client, &policy.keep_otp_limits_seconds, batch).await
            })
            .await?,
        stale_connections: until_done(policy, || async {
            let closed = connections::reap_stale(&**client, policy.stale_connection_seconds, *batch).await?;
            Ok(closed.len() as u64)
        })
        .await?,
        archived_statistics: until_done(policy, || async {
            maintenance::archive_statistics().bind(client, &policy.archive_statistics_days, batch).await
        })
        .await?,
        audit_entries: until_done(policy, || async {
            maintenance::delete_old_audit_entries().bind(client, &policy.keep_audit_days, batch).await
        })
        .await?,
        health_reports: until_done(policy, || async {
            maintenance::delete_old_server_health().bind(client, &policy.keep_health_days, batch).await
        })
        .await?,
    })
}

/// Repeats a batch until one is not full, and adds up.
async fn until_done<F>(policy: &MaintenancePolicy, batch: impl Fn() -> F) -> Result<u64, client::Error>
where
    F: Future<Output = Result<u64, client::Error>>,
{
    let mut total = 0;
    loop {
        let done = batch().await?;
        total += done;
        // A batch of none would never come to an end.
        if done == 0 || done < policy.batch.unsigned_abs() {
            return Ok(total);
        }
    }
}
