//! A task: what it is called, when rows are due, and how it runs.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use barqnet_db_client::{Client, Error};

use super::policy::{DAY_SECONDS, MaintenancePolicy};

/// A task of scheduled maintenance.
pub struct Task {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) due: fn(&MaintenancePolicy) -> String,
    pub(super) unit: &'static str,
    pub(super) regular: bool,
    pub(super) work: Work,
}

pub(super) type Done<'r> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'r>>;
pub(super) type Walked<'r> = Pin<Box<dyn Future<Output = Result<(u64, Option<i64>), Error>> + Send + 'r>>;

/// How a task runs; each function returns the rows, accounts or tables processed.
pub(super) enum Work {
    /// Up to [`MaintenancePolicy::batch`] rows per batch, one statement each, until a batch is not full.
    Batches(for<'r> fn(&'r Client, &'r MaintenancePolicy) -> Done<'r>),
    /// Pages of up to [`MaintenancePolicy::batch`] rows that follow an id, one statement each; it returns the last id as well,
    /// `None` at the end.
    Walk(for<'r> fn(&'r Client, &'r MaintenancePolicy, i64) -> Walked<'r>),
    /// Once, without batches.
    Once(for<'r> fn(&'r Client, &'r MaintenancePolicy) -> Done<'r>),
}

impl Task {
    /// Its name, for example on a command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// When rows are due under a policy: `after 30 days`.
    #[must_use]
    pub fn due(&self, policy: &MaintenancePolicy) -> String {
        (self.due)(policy)
    }

    /// What it counts: `rows`, `accounts`, `plans` or `tables`.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// Whether [`run_all`](super::run_all) runs it.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.regular
    }

    pub(super) fn work(&self) -> &Work {
        &self.work
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.name).finish()
    }
}

/// `after 30 days`, `after 5 minutes`: in the largest unit that leaves a whole number.
pub(super) fn after(duration: Duration) -> String {
    if duration == Duration::MAX {
        return "never".to_owned();
    }
    let seconds = duration.as_secs();
    for (unit, length) in [("day", DAY_SECONDS), ("hour", 60 * 60), ("minute", 60)] {
        let count = seconds / length;
        if count > 0 && seconds.is_multiple_of(length) && duration.subsec_nanos() == 0 {
            return format!("after {count} {unit}{}", if count == 1 { "" } else { "s" });
        }
    }
    format!("after {} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_time_is_in_the_largest_unit_that_leaves_a_whole_number() {
        let day = Duration::from_secs(DAY_SECONDS);
        let texts = [
            day,
            30 * day,
            Duration::from_hours(1),
            Duration::from_mins(5),
            Duration::from_secs(90),
            Duration::from_millis(1500),
            Duration::MAX,
        ]
        .map(after);
        assert_eq!(
            texts,
            ["after 1 day", "after 30 days", "after 1 hour", "after 5 minutes", "after 90 s", "after 1.5 s", "never"]
        );
    }
}
