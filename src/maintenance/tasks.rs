//! The tasks. To add one, add an entry to `TASKS`, at the place where it runs, and a test.

use barqnet_db_client::{Client, Error};

use super::{
    policy::MaintenancePolicy,
    task::{
        Task,
        Work::{Batches, Once, Walk},
        after,
    },
    vacuum,
};
use crate::{
    connections,
    interval::seconds,
    queries::{self, maintenance},
    users::skeleton,
};

static TASKS: [Task; 29] = [
    Task {
        name: "sessions",
        about: "delete sessions that have ended",
        due: |policy| after(policy.keep_sessions),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_expired_sessions()
                    .bind(client, &seconds(policy.keep_sessions), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "devices",
        about: "delete devices that were not used for long",
        due: |policy| after(policy.keep_devices),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_unseen_devices()
                    .bind(client, &seconds(policy.keep_devices), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "otp-attempts",
        about: "delete old entries of the one-time password report",
        due: |policy| after(policy.keep_otp_attempts),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_expired_otp_attempts()
                    .bind(client, &seconds(policy.keep_otp_attempts), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "otp-codes",
        about: "delete expired one-time passwords",
        due: |_| "when they expire".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_expired_otp_codes().bind(client, &policy.batch.into()).await })
        }),
    },
    Task {
        name: "otp-tickets",
        about: "delete expired tickets of one-time passwords",
        due: |_| "when they expire".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_expired_otp_tickets().bind(client, &policy.batch.into()).await })
        }),
    },
    Task {
        name: "otp-numbers",
        about: "delete expired rate-limit state of phone numbers",
        due: |policy| after(policy.keep_otp_limits),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let forget = maintenance::delete_quiet_otp_numbers();
                forget.bind(client, &seconds(policy.keep_otp_limits), &policy.batch.into()).await
            })
        }),
    },
    Task {
        name: "otp-budgets",
        about: "delete empty budgets",
        due: |_| "when their windows end".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_empty_otp_budgets().bind(client, &policy.batch.into()).await })
        }),
    },
    Task {
        name: "password-failures",
        about: "delete counts of wrong passwords of names without an account",
        due: |policy| after(policy.keep_password_failures),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_password_failures()
                    .bind(client, &seconds(policy.keep_password_failures), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "rate-counters",
        about: "delete counters of budgets without a use",
        due: |_| "after 2 days".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_unused_rate_counters().bind(client, &policy.batch.into()).await })
        }),
    },
    Task {
        name: "rate-returns",
        about: "delete returned uses that no counter has",
        due: |_| "after 26 hours".to_owned(),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async { maintenance::delete_old_rate_returns().bind(client, &policy.batch.into()).await })
        }),
    },
    // Before the tasks that process what has ended: the next three end something.
    Task {
        name: "expired-accounts",
        about: "end sessions and connections of accounts that have expired",
        due: |_| "when they expire".to_owned(),
        unit: ACCOUNTS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let expired = maintenance::expire_accounts().bind(client, &policy.batch.into()).one().await?;
                Ok(u64::from(expired.unsigned_abs()))
            })
        }),
    },
    Task {
        name: "ended-plans",
        about: "end connections of users whose plan has ended",
        due: |_| "when they end".to_owned(),
        unit: PLANS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let ended = maintenance::expire_plans().bind(client, &policy.batch.into()).one().await?;
                Ok(u64::from(ended.unsigned_abs()))
            })
        }),
    },
    Task {
        name: "stale-connections",
        about: "close connections without a recent heartbeat",
        due: |policy| after(policy.close_stale_after),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let closed = connections::reap_stale(client, policy.close_stale_after, policy.batch).await?;
                Ok(closed.len() as u64)
            })
        }),
    },
    Task {
        name: "connection-counts",
        about: "recount the live connections of each server",
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
        due: |policy| after(policy.archive_statistics_after),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let done = maintenance::archive_statistics()
                    .bind(client, &seconds(policy.archive_statistics_after), &policy.batch.into())
                    .one()
                    .await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "archive",
        about: "delete archived statistics",
        due: |policy| after(policy.keep_archive),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let done = maintenance::delete_old_archived_statistics()
                    .bind(client, &seconds(policy.keep_archive), &policy.batch.into())
                    .one()
                    .await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "usage",
        about: "roll hourly usage up into days",
        due: |policy| after(policy.keep_usage_hours),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let roll_up = maintenance::roll_up_hours();
                let done = roll_up.bind(client, &seconds(policy.keep_usage_hours), &policy.batch.into()).one().await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "usage-days",
        about: "add daily usage to the totals of each user",
        due: |policy| after(policy.keep_usage_days),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let done = maintenance::fold_usage_days()
                    .bind(client, &seconds(policy.keep_usage_days), &policy.batch.into())
                    .one()
                    .await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "server-usage",
        about: "add hourly usage to the totals of each server",
        due: |policy| after(policy.keep_server_usage),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let done = maintenance::fold_server_usage()
                    .bind(client, &seconds(policy.keep_server_usage), &policy.batch.into())
                    .one()
                    .await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "usage-marks",
        about: "delete marks from which usage was counted",
        due: |policy| after(policy.keep_usage_marks),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_usage_marks()
                    .bind(client, &seconds(policy.keep_usage_marks), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "connection-addresses",
        about: "remove the client addresses of connections that have ended",
        due: |policy| after(policy.forget_client_addresses_after),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let done = maintenance::forget_connection_addresses()
                    .bind(client, &seconds(policy.forget_client_addresses_after), &policy.batch.into())
                    .one()
                    .await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "connections",
        about: "delete connections that have ended",
        due: |policy| after(policy.keep_connections),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                let done = maintenance::delete_old_connections()
                    .bind(client, &seconds(policy.keep_connections), &policy.batch.into())
                    .one()
                    .await?;
                Ok(done.unsigned_abs())
            })
        }),
    },
    Task {
        name: "audit",
        about: "delete audit entries",
        due: |policy| after(policy.keep_audit),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_audit_entries()
                    .bind(client, &seconds(policy.keep_audit), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "health",
        about: "delete health reports",
        due: |policy| after(policy.keep_health),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_server_health()
                    .bind(client, &seconds(policy.keep_health), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "account-tombstones",
        about: "delete what nodes were to be told of accounts that left them",
        due: |policy| after(policy.keep_account_tombstones),
        unit: ROWS,
        regular: true,
        work: Batches(|client, policy| {
            Box::pin(async {
                maintenance::delete_old_account_tombstones()
                    .bind(client, &seconds(policy.keep_account_tombstones), &policy.batch.into())
                    .await
            })
        }),
    },
    Task {
        name: "name-skeletons",
        about: "compute what names look like",
        due: |_| "when an account has none".to_owned(),
        unit: ACCOUNTS,
        regular: true,
        work: Batches(|client, policy| Box::pin(compute_skeletons(client, policy))),
    },
    Task {
        name: "session-addresses",
        about: "remove the addresses of unused sessions",
        due: |policy| after(policy.forget_addresses_after),
        unit: ROWS,
        regular: true,
        work: Walk(|client, policy, after| {
            Box::pin(async move {
                let forget = maintenance::forget_idle_session_addresses();
                let page = forget
                    .bind(client, &after, &policy.batch.into(), &seconds(policy.forget_addresses_after))
                    .one()
                    .await?;
                Ok((page.forgotten.unsigned_abs(), page.last_id))
            })
        }),
    },
    // After the tasks that leave dead rows.
    Task {
        name: "vacuum",
        about: "vacuum and analyze tables with many changes",
        due: |_| "from 1,000 rows and 5 %".to_owned(),
        unit: TABLES,
        regular: true,
        work: Once(|client, _| Box::pin(vacuum::changed_tables(client))),
    },
    // Expensive, and rarely useful.
    Task {
        name: "reindex",
        about: "rebuild the indexes of user_sessions",
        due: |_| "on request".to_owned(),
        unit: TABLES,
        regular: false,
        work: Once(|client, _| Box::pin(vacuum::reindex_sessions(client))),
    },
];

/// Computes the skeletons of names that were created without one: before V87, or by a program that does not check names.
async fn compute_skeletons(client: &Client, policy: &MaintenancePolicy) -> Result<u64, Error> {
    let names = maintenance::list_names_without_skeleton().bind(client, &policy.batch.into()).all().await?;
    let ids: Vec<i64> = names.iter().map(|name| name.id).collect();
    let skeletons: Vec<String> = names.iter().map(|name| skeleton(&name.username)).collect();
    let usernames: Vec<String> = names.into_iter().map(|name| name.username).collect();
    maintenance::set_name_skeletons().bind(client, &ids, &usernames, &skeletons).await
}

const ROWS: &str = "rows";
const ACCOUNTS: &str = "accounts";
const PLANS: &str = "plans";
const TABLES: &str = "tables";

/// All tasks, in the order in which they should run.
#[must_use]
pub fn tasks() -> &'static [Task] {
    &TASKS
}

/// The task with this name.
#[must_use]
pub fn task(name: &str) -> Option<&'static Task> {
    TASKS.iter().find(|task| task.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_names_are_unique_and_fit_a_command_line() {
        for task in tasks() {
            assert_eq!(tasks().iter().filter(|other| other.name == task.name).count(), 1, "{}", task.name);
            assert!(task.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", task.name);
        }
    }
}
