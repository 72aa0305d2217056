//! Scheduled maintenance: deletes, archives and rolls up in small batches, during normal operation.
//!
//! ```no_run
//! # async fn tonight(pool: barqnet_db::pool::Pool) {
//! use barqnet_db::maintenance::{self, MaintenancePolicy};
//!
//! let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
//! for failed in report.failed() {
//!     eprintln!("{failed}");
//! }
//! # }
//! ```
//!
//! Each batch is one statement in its own transaction. Batches that delete, archive or close skip rows that another
//! transaction holds: any number of processes can run at once and share the work, and a killed one leaves no batch
//! half done. Only the recount of connections waits for others, and blocks them while it counts. If a task fails, the others
//! still run.

mod policy;
mod report;
mod run;
mod task;
mod tasks;
mod vacuum;

pub use policy::MaintenancePolicy;
pub use report::{Report, TaskReport};
pub use run::{Progress, run, run_all};
pub use task::Task;
pub use tasks::{task, tasks};
