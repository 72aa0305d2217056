//! Scheduled maintenance: deletes, archives and rolls up in small batches, beside all other work.
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
//! transaction holds: any number of processes can run at once and share the work, and a killed one leaves nothing half
//! done. Only the recount of connections waits for others, and blocks them while it counts. If a task fails, the others
//! run all the same.

mod tasks;
mod vacuum;

use std::{
    fmt,
    time::{Duration, Instant},
};

use deadpool_postgres::Pool;

use self::tasks::Work;
use crate::{Error, error_text::in_full, pool};

pub use self::tasks::{Task, task, tasks};

/// Retention and batch size of scheduled maintenance. [`Duration::MAX`] means "keep forever".
#[derive(Clone, Copy, Debug)]
pub struct MaintenancePolicy {
    /// Rows per batch. Default: 500.
    pub batch: u32,
    /// No new batch starts after this time; what is left is done by the next run. Default: no limit.
    pub time_limit: Option<Duration>,
    /// How long a session is kept after its end. Default: 30 days.
    pub keep_sessions: Duration,
    /// How long a session must be unused until its address and user agent are removed. Default: 30 days.
    pub forget_addresses_after: Duration,
    /// How long the report on one-time passwords keeps an entry after its end. No limit depends on it. Default: 1 hour.
    pub keep_otp_attempts: Duration,
    /// How long a phone number must be inactive until its rate-limit state is deleted; less than a day counts as a day.
    /// A number whose last attempt failed is never deleted. Default: 2 days.
    pub keep_otp_limits: Duration,
    /// How long a connection must be without a heartbeat until it is closed; at least
    /// [`MIN_IDLE`](crate::connections::MIN_IDLE), and less counts as that. Default: 300 s.
    pub close_stale_after: Duration,
    /// How long after the start of a session its statistics row moves to the archive. Default: 90 days.
    pub archive_statistics_after: Duration,
    /// How long usage is known by the hour, for whole days; by the day it is kept forever. Default: 35 days.
    pub keep_usage_hours: Duration,
    /// How long a connection is kept after its end; its statistics row is kept forever. Default: 90 days.
    pub keep_connections: Duration,
    /// How long audit entries are kept. Default: 90 days.
    pub keep_audit: Duration,
    /// How long health reports of servers are kept. Default: 30 days.
    pub keep_health: Duration,
}

impl Default for MaintenancePolicy {
    fn default() -> Self {
        Self {
            batch: 500,
            time_limit: None,
            keep_sessions: days(30),
            forget_addresses_after: days(30),
            keep_otp_attempts: Duration::from_hours(1),
            keep_otp_limits: days(2),
            close_stale_after: Duration::from_mins(5),
            archive_statistics_after: days(90),
            keep_usage_hours: days(35),
            keep_connections: days(90),
            keep_audit: days(90),
            keep_health: days(30),
        }
    }
}

/// Days of 24 hours.
const fn days(number: u64) -> Duration {
    Duration::from_secs(number * DAY_SECONDS)
}

const DAY_SECONDS: u64 = 86_400;

/// The result of a run, per task.
#[derive(Debug)]
#[must_use = "a task may have failed"]
pub struct Report {
    /// The tasks in the order in which they ran.
    pub tasks: Vec<TaskReport>,
}

/// The result of one task.
#[derive(Debug)]
#[non_exhaustive]
pub struct TaskReport {
    /// The task.
    pub task: &'static Task,
    /// Rows or tables processed, including those before a failure.
    pub done: u64,
    /// The number of batches; the last one can be empty.
    pub batches: u64,
    /// Whether the time limit ended it before it was done.
    pub unfinished: bool,
    /// How long it took.
    pub took: Duration,
    /// The error, if it failed.
    pub error: Option<Error>,
}

impl Report {
    /// The result of the task with this name; `None` if it did not run.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&TaskReport> {
        self.tasks.iter().find(|report| report.task.name() == name)
    }

    /// The tasks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &TaskReport> {
        self.tasks.iter().filter(|report| report.error.is_some())
    }
}

impl fmt::Display for TaskReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.task.name(), self.done, self.task.unit())?;
        match &self.error {
            Some(error) => write!(f, ", then it failed: {}", in_full(error)),
            None if self.unfinished => f.write_str(", more is left"),
            None => Ok(()),
        }
    }
}

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
    let client = pool::get(pool).await?;
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
