//! The results of a run.

use std::{fmt, time::Duration};

use barqnet_db_client::error_text::in_full;

use super::task::Task;
use crate::error::Error;

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
