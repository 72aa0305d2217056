//! Runs tasks, batch by batch.

use std::time::{Duration, Instant};

use barqnet_db_client::pool::Pool;

use super::{
    policy::MaintenancePolicy,
    report::{Report, TaskReport},
    task::{Task, Work},
    tasks::tasks,
};
use crate::error::Error;

/// A step of a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// A task starts: number `position` of `total`.
    Started {
        /// The task.
        task: &'static Task,
        /// Its number in this run, counted from 1.
        position: usize,
        /// The number of tasks of this run.
        total: usize,
    },
    /// A batch of the task is done.
    Advanced {
        /// The task.
        task: &'static Task,
        /// Rows or tables processed so far.
        done: u64,
    },
}

/// Runs all regular tasks, one after the other.
pub async fn run_all(pool: &Pool, policy: &MaintenancePolicy) -> Report {
    let regular: Vec<&Task> = tasks().iter().filter(|task| task.is_regular()).collect();
    run(pool, policy, &regular, &mut |_| {}).await
}

/// Runs these tasks in this order and reports each step to `observer`.
pub async fn run(
    pool: &Pool,
    policy: &MaintenancePolicy,
    tasks: &[&'static Task],
    observer: &mut (dyn FnMut(Progress) + Send),
) -> Report {
    let deadline = policy.time_limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut reports = Vec::with_capacity(tasks.len());
    for (position, &task) in (1..).zip(tasks) {
        observer(Progress::Started { task, position, total: tasks.len() });
        let began = Instant::now();
        let mut report = TaskReport { task, done: 0, batches: 0, unfinished: false, took: Duration::ZERO, error: None };
        report.error = work(pool, policy, deadline, &mut report, observer).await.err();
        report.took = began.elapsed();
        tracing::info!(took = ?report.took, "{report}");
        reports.push(report);
    }
    Report { tasks: reports }
}

/// Runs one task, batch by batch, until a batch is not full.
async fn work(
    pool: &Pool,
    policy: &MaintenancePolicy,
    deadline: Option<Instant>,
    report: &mut TaskReport,
    observer: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Error> {
    // One per task: if the connection breaks, the next task gets another.
    let client = pool.get().await?;
    let mut after = 0;
    loop {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            report.unfinished = true;
            return Ok(());
        }
        let (done, again) = match report.task.work() {
            Work::Batches(batch) => {
                let done = batch(&client, policy).await?;
                // With a batch of 0, `done` is 0: that ends, too.
                (done, done > 0 && done >= u64::from(policy.batch))
            }
            Work::Walk(page) => {
                let (done, last) = page(&client, policy, after).await?;
                after = last.unwrap_or(after);
                (done, last.is_some())
            }
            Work::Once(all) => (all(&client, policy).await?, false),
        };
        report.done += done;
        report.batches += 1;
        observer(Progress::Advanced { task: report.task, done: report.done });
        if !again {
            return Ok(());
        }
    }
}
