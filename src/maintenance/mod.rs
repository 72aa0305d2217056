//! Upkeep in small batches, beside everything else that goes on.
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
//! Each batch is one statement with a transaction of its own, and those that delete, archive or close skip what
//! somebody else holds: any number of processes may run it at once and share the work, and one that is killed leaves
//! nothing half done. Only the recount of connections waits, and is waited for, as long as it counts. A task that fails
//! keeps none of the others from running.

mod tasks;
mod vacuum;

use std::{
    fmt,
    time::{Duration, Instant},
};

use deadpool_postgres::Pool;

use self::tasks::Work;
use crate::{
    Error,
    calendar::{MOST_DAYS, MOST_SECONDS},
    error_text::in_full,
    pool,
};

pub use self::tasks::{Task, task, tasks};

/// What is kept for how long, and how much is done at a time. The greatest number there is stands for ever.
#[derive(Clone, Copy, Debug)]
pub struct MaintenancePolicy {
    /// Rows a batch; 500.
    pub batch: i64,
    /// After so long no new batch is begun, and the rest is left for the next run; no limit.
    pub time_limit: Option<Duration>,
    /// Days that a session stays after its end; 30.
    pub keep_sessions_days: i32,
    /// Days without use after which a session's address and user agent are forgotten; 30.
    pub forget_addresses_days: i32,
    /// Seconds that the report on one-time passwords keeps an entry after its end; 3,600. No limit depends on it.
    pub keep_otp_seconds: f64,
    /// Seconds without a word of a number after which its limits are forgotten; two days. One where wrong codes are counted
    /// is never forgotten.
    pub keep_otp_limits_seconds: f64,
    /// Seconds without a heartbeat after which a connection is closed; 300. Not less than 270: OpenVPN gives a peer up
    /// after 240, and less counts as 270.
    pub stale_connection_seconds: f64,
    /// Days after which statistics move to the archive; 90.
    pub archive_statistics_days: i32,
    /// Whole days for which usage is known by the hour; 35, a month and some. By the day it stays for ever.
    pub keep_usage_hours_days: i32,
    /// Days that a connection stays after its end; 90. Its statistics stay for ever.
    pub keep_connections_days: i32,
    /// Days that audit entries stay; 90.
    pub keep_audit_days: i32,
    /// Days that server health reports stay; 30.
    pub keep_health_days: i32,
}

impl Default for MaintenancePolicy {
    fn default() -> Self {
        Self {
            batch: 500,
            time_limit: None,
            keep_sessions_days: 30,
            forget_addresses_days: 30,
            keep_otp_seconds: 3600.0,
            keep_otp_limits_seconds: 172_800.0,
            stale_connection_seconds: 300.0,
            archive_statistics_days: 90,
            keep_usage_hours_days: 35,
            keep_connections_days: 90,
            keep_audit_days: 90,
            keep_health_days: 30,
        }
    }
}

impl MaintenancePolicy {
    /// With for ever where a number stands for more than that; one that is none stands for ever, too.
    fn within_the_calendar(self) -> Self {
        let (days, seconds) = (|days: i32| days.min(MOST_DAYS), |seconds: f64| seconds.min(MOST_SECONDS));
        Self {
            keep_sessions_days: days(self.keep_sessions_days),
            forget_addresses_days: days(self.forget_addresses_days),
            keep_otp_seconds: seconds(self.keep_otp_seconds),
            keep_otp_limits_seconds: seconds(self.keep_otp_limits_seconds),
            stale_connection_seconds: seconds(self.stale_connection_seconds),
            archive_statistics_days: days(self.archive_statistics_days),
            keep_usage_hours_days: days(self.keep_usage_hours_days),
            keep_connections_days: days(self.keep_connections_days),
            keep_audit_days: days(self.keep_audit_days),
            keep_health_days: days(self.keep_health_days),
            ..self
        }
    }
}

/// What a run did, task by task.
#[derive(Debug)]
#[must_use = "a task may have failed"]
pub struct Report {
    /// In the order in which they ran.
    pub tasks: Vec<TaskReport>,
}

/// What one task did.
#[derive(Debug)]
#[non_exhaustive]
pub struct TaskReport {
    /// The task.
    pub task: &'static Task,
    /// How many rows it handled, or tables; what it did before it failed included.
    pub done: u64,
    /// In how many batches, the last of which may have found nothing.
    pub batches: u64,
    /// Whether it was left before its end, because the time was up.
    pub unfinished: bool,
    /// How long it took.
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<Error>,
}

impl Report {
    /// What the task of this name did; `None` if it was not among those that ran.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&TaskReport> {
        self.tasks.iter().find(|report| report.task.name() == name)
    }

    /// Those that failed.
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

/// What a run tells while it goes on.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// A task begins: number `position` of `total`.
    Started {
        /// The task.
        task: &'static Task,
        /// Its number in this run, counted from 1.
        position: usize,
        /// How many this run has.
        total: usize,
    },
    /// A batch of the task is done.
    Advanced {
        /// The task.
        task: &'static Task,
        /// What it has done so far.
        done: u64,
    },
}

/// Does everything that is due and regular, task by task.
pub async fn run_all(pool: &Pool, policy: &MaintenancePolicy) -> Report {
    let regular: Vec<&Task> = tasks().iter().filter(|task| task.is_regular()).collect();
    run(pool, policy, &regular, &mut |_| {}).await
}

/// Does these tasks in this order, telling `observer` of each step.
pub async fn run(
    pool: &Pool,
    policy: &MaintenancePolicy,
    tasks: &[&'static Task],
    observer: &mut (dyn FnMut(Progress) + Send),
) -> Report {
    let policy = &policy.within_the_calendar();
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

/// Does one task, batch by batch, until one is not full.
async fn work(
    pool: &Pool,
    policy: &MaintenancePolicy,
    deadline: Option<Instant>,
    report: &mut TaskReport,
    observer: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Error> {
    // One for each task: if the connection breaks, the next has another.
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
                // A batch of none would never come to an end.
                (done, done > 0 && done >= policy.batch.unsigned_abs())
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
