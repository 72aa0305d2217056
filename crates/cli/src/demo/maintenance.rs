//! The night: everything that is due is done, which after one day is not much.

use barqnet_db::{
    maintenance::{self, MaintenancePolicy},
    pool::Pool,
};

use super::story::Story;
use crate::{error::Error, maintain};

pub(super) async fn run(pool: &Pool, story: &mut Story) -> Result<(), Error> {
    story.chapter("Maintenance")?;
    let policy = MaintenancePolicy::default();
    let report = maintenance::run_all(pool, &policy).await;
    story.table(&maintain::table(&report, &policy))?;
    match report.tasks.into_iter().find_map(|task| task.error) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
