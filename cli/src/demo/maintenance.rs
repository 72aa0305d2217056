//! The night: everything that is due is done, which after one day is not much.

use barqnet_db::{
    maintenance::{self, MaintenancePolicy},
    pool::Pool,
};
use comfy_table::Cell;

use super::story::Story;
use crate::{error::Error, output::Table};

pub(super) async fn run(pool: &Pool, story: &mut Story) -> Result<(), Error> {
    story.chapter("Maintenance")?;
    let policy = MaintenancePolicy::default();
    let report = maintenance::run(pool, &policy).await?;
    let mut table = Table::new(["TASK", "DUE", "DONE"]).right(&[2]);
    for (task, due, done) in [
        ("delete ended sessions", format!("after {} days", policy.keep_sessions_days), report.sessions),
        ("delete one-time passwords", format!("after {} s", policy.keep_otp_seconds), report.otp_attempts),
        ("close silent connections", format!("after {} s", policy.stale_connection_seconds), report.stale_connections),
        ("archive statistics", format!("after {} days", policy.archive_statistics_days), report.archived_statistics),
        ("delete audit entries", format!("after {} days", policy.keep_audit_days), report.audit_entries),
        ("delete health reports", format!("after {} days", policy.keep_health_days), report.health_reports),
    ] {
        table.row([Cell::new(task), Cell::new(due), Cell::new(done)]);
    }
    story.table(&table)?;
    Ok(())
}
