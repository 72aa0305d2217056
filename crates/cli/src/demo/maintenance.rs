//! Scheduled maintenance; after one day little is due.

use barqnet_db::{
    maintenance::{self, MaintenancePolicy},
    pool::Pool,
};

use super::narration::Narration;
use crate::{error::Error, maintain};

pub(super) async fn run(pool: &Pool, narration: &mut Narration<'_>) -> Result<(), Error> {
    narration.chapter("Maintenance")?;
    let policy = MaintenancePolicy::default();
    let report = maintenance::run_all(pool, &policy).await;
    narration.table(&maintain::table(&report, &policy))?;
    match report.tasks.into_iter().find_map(|task| task.error) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
