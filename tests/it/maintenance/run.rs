//! A maintenance run: its tasks, its time limit, failures, and several runs at the same time.

use std::time::Duration;

use barqnet_db::{
    maintenance as upkeep,
    maintenance::{MaintenancePolicy, Progress, run_all, task},
};

use super::support::{NAMES, much_to_do, rows_handled};
use crate::common::{at_once, execute_sql, migrated_database, pool_of, scalar, user};

/// The stale connections began a hundred days ago too: what they leave behind is archived in the same run. They ended
/// when they fell silent, or now; either way their statistics are there.
fn all_that_is_due(handled: [u64; NAMES.len()]) -> bool {
    let [
        sessions,
        addresses,
        attempts,
        codes,
        tickets,
        numbers,
        budgets,
        failures,
        counters,
        returns,
        stale,
        statistics,
        usage,
        connections,
        audit,
        health,
    ] = handled;
    [sessions, addresses, attempts, codes, tickets, numbers, budgets, failures, counters, returns, stale, audit, health] == [12; 13]
        && statistics == 24
        // What the sessions moved is ada's, in one hour that is over.
        && usage == 13
        && [12, 24].contains(&connections)
}

#[tokio::test]
async fn maintenance_handles_everything_due_and_a_second_run_finds_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    // Not a divisor of 12 and one that is: the last batch is partly full in one case and empty in the other.
    let policy = MaintenancePolicy { batch: 5, ..MaintenancePolicy::default() };
    let report = run_all(&pool, &policy).await;
    assert!(all_that_is_due(rows_handled(&report)), "{report:#?}");
    assert_eq!(report.of("audit").unwrap().batches, 3);
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
    for (table, left) in [
        ("user_sessions", 1 + 13),
        ("user_sessions WHERE ip_address IS NOT NULL", 1),
        ("otp_attempts", 1),
        ("otp_tickets", 1),
        ("otp_numbers", 1 + 1),
        ("otp_budgets", 1),
        ("password_failures", 1),
        ("otp_codes", 1),
        ("rate_counters", 1),
        ("rate_returns", 1),
        ("vpn_statistics", 1),
        ("audit_log", 1),
        ("server_health", 1),
        ("usage_hourly WHERE username LIKE 'user-%'", 1),
        ("usage_daily", 13),
    ] {
        assert_eq!(scalar(&database, &format!("SELECT COUNT(*) FROM {table}")).await, left, "{table}");
    }

    for table in ["user_sessions", "otp_numbers", "usage_hourly"] {
        execute_sql(&database, &format!("DELETE FROM {table}")).await;
    }
    much_to_do(&database).await;
    let policy = MaintenancePolicy { batch: 12, ..policy };
    let report = run_all(&pool, &policy).await;
    assert!(all_that_is_due(rows_handled(&report)), "{report:#?}");
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
}

#[tokio::test]
async fn maintenance_corrects_a_wrong_count_of_live_connections() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    // As by a program that knows nothing of the count.
    execute_sql(&database, "INSERT INTO server_status (server_id, live_connections) VALUES ('node-2', 7)").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, last_activity) VALUES ('ada', 'node-1', 'connected', NOW())",
    )
    .await;
    let report = run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.of("connection-counts").unwrap().done, 2, "{report:#?}");
    let counts =
        "SELECT COUNT(*) FROM server_status WHERE (server_id, live_connections) IN (('node-1', 1), ('node-2', 0))";
    assert_eq!(scalar(&database, counts).await, 2);
    assert_eq!(run_all(&pool, &MaintenancePolicy::default()).await.of("connection-counts").unwrap().done, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_maintenance_runs_share_the_work() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let policy = MaintenancePolicy { batch: 2, ..MaintenancePolicy::default() };
    let reports = at_once(4, |_| {
        let pool = pool.clone();
        async move { rows_handled(&run_all(&pool, &policy).await) }
    })
    .await;
    // A run ends early where others hold all that is left; nothing is left when the last one has finished.
    let mut handled = rows_handled(&run_all(&pool, &policy).await);
    for report in reports {
        for (sum, rows) in handled.iter_mut().zip(report) {
            *sum += rows;
        }
    }
    // An hour that one run has rolled up can get bytes of a stale connection that another run ends after it: it is
    // rolled up again, into the same day.
    let usage = &mut handled[NAMES.iter().position(|name| *name == "usage").unwrap()];
    assert!((13..25).contains(usage), "{usage}");
    *usage = 13;
    assert!(all_that_is_due(handled), "{handled:?}");
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_daily").await, 13);
    // Those of the hours, of the statistics and of the stale connections, each once.
    assert_eq!(scalar(&database, "SELECT SUM(sessions)::BIGINT FROM usage_daily").await, 3 * 12);
}

#[tokio::test]
async fn a_failed_task_reports_why_and_the_others_still_run() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    execute_sql(&database, "ALTER TABLE audit_log RENAME TO moved").await;
    let report = run_all(&pool, &MaintenancePolicy::default()).await;
    let failed: Vec<_> = report.failed().map(|task| task.task.name()).collect();
    assert_eq!(failed, ["audit"]);
    let audit = report.of("audit").unwrap().to_string();
    assert!(audit.starts_with("audit: 0 rows, then it failed: ") && audit.contains("audit_log"), "{audit}");
    assert_eq!((report.of("sessions").unwrap().done, report.of("health").unwrap().done), (12, 12));
}

#[tokio::test]
async fn an_unavailable_database_fails_every_task_within_the_time_limit() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    pool.close();
    let report = run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), report.tasks.len());
}

#[tokio::test]
async fn after_the_time_limit_no_batch_starts_and_the_rest_is_reported_as_left() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let policy = MaintenancePolicy { time_limit: Some(Duration::ZERO), ..MaintenancePolicy::default() };
    let report = run_all(&pool, &policy).await;
    assert_eq!(rows_handled(&report), [0; NAMES.len()]);
    assert!(report.tasks.iter().all(|task| task.unfinished && task.batches == 0), "{report:#?}");
    assert!(report.tasks[0].to_string().ends_with(", more is left"), "{}", report.tasks[0]);
}

#[tokio::test]
async fn tasks_can_be_chosen_and_report_progress() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let policy = MaintenancePolicy { batch: 5, ..MaintenancePolicy::default() };
    let mut steps = Vec::new();
    let chosen = [task("health").unwrap(), task("audit").unwrap()];
    let report = upkeep::run(&pool, &policy, &chosen, &mut |step| {
        steps.push(match step {
            Progress::Started { task, position, total } => format!("{} {position}/{total}", task.name()),
            Progress::Advanced { done, .. } => done.to_string(),
            _ => String::new(),
        });
    })
    .await;
    assert_eq!(steps, ["health 1/2", "5", "10", "12", "audit 2/2", "5", "10", "12"]);
    assert_eq!(report.tasks.iter().map(|task| task.done).collect::<Vec<_>>(), [12, 12]);
    assert!(task("nothing").is_none() && report.of("sessions").is_none());
}

#[tokio::test]
async fn a_batch_size_of_zero_ends() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let policy = MaintenancePolicy { batch: 0, ..MaintenancePolicy::default() };
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
}
