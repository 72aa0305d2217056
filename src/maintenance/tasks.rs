//! The tasks. To add one is to add an entry here, where it runs in its turn, and a test.

use std::{fmt, future::Future, pin::Pin};

use deadpool_postgres::Client;

use super::{MaintenancePolicy, vacuum};
use crate::{
    client::Error,
    connections,
    queries::{self, maintenance},
};

use Work::{Batches, Once, Walk};

/// A piece of upkeep.
pub struct Task {
    name: &'static str,
    about: &'static str,
    due: fn(&MaintenancePolicy) -> String,
    unit: &'static str,
    regular: bool,
    work: Work,
}

type Done<'r> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'r>>;
type Walked<'r> = Pin<Box<dyn Future<Output = Result<(u64, Option<i32>), Error>> + Send + 'r>>;

/// How a task is done; what comes back is how much of it was.
pub(super) enum Work {
    /// Up to [`MaintenancePolicy::batch`] rows at a time, one statement a batch, until one is not full.
    Batches(for<'r> fn(&'r Client, &'r MaintenancePolicy) -> Done<'r>),
    /// The rows that follow an id, up to [`MaintenancePolicy::batch`] of them looked at, one statement a page; what comes
    /// back as well is the last id, until there is none.
    Walk(for<'r> fn(&'r Client, &'r MaintenancePolicy, i32) -> Walked<'r>),
    /// All at once.
    Once(for<'r> fn(&'r Client, &'r MaintenancePolicy) -> Done<'r>),
}

static TASKS: [Task; 15] = [
    Task {
        name: "sessions",
        about: "delete sessions that have ended",
        due: |policy| after_days(policy.keep_sessions_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_expired_sessions().bind(client, &policy.keep_sessions_days, &policy.batch).await
            })
        }),
    },
    Task {
        name: "otp-attempts",
        about: "delete what the report knows of one-time passwords",
        due: |policy| after_seconds(policy.keep_otp_seconds),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_expired_otp_attempts().bind(client, &policy.keep_otp_seconds, &policy.batch).await
            })
        }),
    },
    Task {
        name: "otp-tickets",
        about: "delete tickets that nobody spent in time",
        due: |_| "when they expire".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_expired_otp_tickets().bind(client, &policy.batch).await })
        }),
    },
    Task {
        name: "otp-numbers",
        about: "forget numbers whose limits limit nothing any more",
        due: |policy| after_seconds(policy.keep_otp_limits_seconds),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let forget = maintenance::delete_quiet_otp_numbers();
                forget.bind(client, &policy.keep_otp_limits_seconds, &policy.batch).await
            })
        }),
    },
    Task {
        name: "otp-budgets",
        about: "forget addresses and prefixes that used nothing up lately",
        due: |_| "once their windows are over".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_empty_otp_budgets().bind(client, &policy.batch).await })
        }),
    },
    // Before those that deal with what has ended: it ends some.
    Task {
        name: "stale-connections",
        about: "close connections that fell silent",
        due: |policy| after_seconds(policy.stale_connection_seconds),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let closed = connections::reap_stale(client, policy.stale_connection_seconds, policy.batch).await?;
                Ok(closed.len() as u64)
            })
        }),
    },
    Task {
        name: "connection-counts",
        about: "count each server's live connections anew, where the count is wrong",
        due: |_| "always".to_owned(),
        unit: ROWS,
        regular: true,
        work: Once(|client, _| {
            Box::pin(async {
                let corrected = queries::connections::recount().bind(client).all().await?;
                Ok(u64::try_from(corrected.len()).unwrap_or(u64::MAX))
            })
        }),
    },
    Task {
        name: "statistics",
        about: "archive statistics",
        due: |policy| after_days(policy.archive_statistics_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::archive_statistics().bind(client, &policy.archive_statistics_days, &policy.batch).await
            })
        }),
    },
    Task {
        name: "usage",
        about: "add hours of usage up to days",
        due: |policy| after_days(policy.keep_usage_hours_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let fold = maintenance::fold_usage();
                let folded = fold.bind(client, &policy.keep_usage_hours_days, &policy.batch).one().await?;
                Ok(folded.unsigned_abs())
            })
        }),
    },
    Task {
        name: "connections",
        about: "delete connections that have ended",
        due: |policy| after_days(policy.keep_connections_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_connections().bind(client, &policy.keep_connections_days, &policy.batch).await
            })
        }),
    },
    Task {
        name: "audit",
        about: "delete audit entries",
        due: |policy| after_days(policy.keep_audit_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_audit_entries().bind(client, &policy.keep_audit_days, &policy.batch).await
            })
        }),
    },
    Task {
        name: "health",
        about: "delete health reports",
        due: |policy| after_days(policy.keep_health_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_server_health().bind(client, &policy.keep_health_days, &policy.batch).await
            })
        }),
    },
    Task {
        name: "session-addresses",
        about: "forget where unused sessions came from",
        due: |policy| after_days(policy.forget_addresses_days),
        unit: ROWS,
        regular: true,
        work: Walk(|client, policy, after| {
            Box::pin(async move {
                let forget = maintenance::forget_idle_session_addresses();
                let page = forget.bind(client, &after, &policy.batch, &policy.forget_addresses_days).one().await?;
                Ok((page.forgotten.unsigned_abs(), page.last_id))
            })
        }),
    },
    // After those that leave dead rows behind.
    Task {
        name: "vacuum",
        about: "vacuum and analyse tables where much has changed",
        due: |_| "from 1,000 rows and 5 % on".to_owned(),
        unit: TABLES,
        regular: true,
        work: Once(|client, _| Box::pin(vacuum::changed_tables(client))),
    },
    // Dear, and of use now and then only.
    Task {
        name: "reindex",
        about: "build the indexes of user_sessions anew",
        due: |_| "when asked for".to_owned(),
        unit: TABLES,
        regular: false,
        work: Once(|client, _| Box::pin(vacuum::reindex_sessions(client))),
    },
];

const ROWS: &str = "rows";
const TABLES: &str = "tables";

/// Every task there is, in the order in which they run best.
#[must_use]
pub fn tasks() -> &'static [Task] {
    &TASKS
}

/// The task of this name.
#[must_use]
pub fn task(name: &str) -> Option<&'static Task> {
    TASKS.iter().find(|task| task.name == name)
}

impl Task {
    /// What it is called, in a command line, say.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// When something is due under a policy: `after 30 days`.
    #[must_use]
    pub fn due(&self, policy: &MaintenancePolicy) -> String {
        (self.due)(policy)
    }

    /// What it counts: `rows` or `tables`.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// Whether [`run_all`](super::run_all) does it.
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

fn after_days(days: i32) -> String {
    format!("after {days} days")
}

fn after_seconds(seconds: f64) -> String {
    format!("after {seconds} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_name_of_its_own_that_a_command_line_bears() {
        for task in tasks() {
            assert_eq!(tasks().iter().filter(|other| other.name == task.name).count(), 1, "{}", task.name);
            assert!(task.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", task.name);
        }
    }
}
