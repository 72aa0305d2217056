//! Usage since a moment.

use std::time::Duration;

use barqnet_db::{
    maintenance::{MaintenancePolicy, run, run_all, task},
    plans::{self, Limits, PlanStart},
    queries::users,
    usage::{UsageSince, mark, since},
};
use chrono::{TimeDelta, Timelike, Utc};

use super::support::{assigned, days, opened, plan};
use crate::common::{close, execute_sql, migrated_database, scalar, send_heartbeat, user};

#[tokio::test]
async fn usage_since_a_marked_moment_is_exact_whatever_is_rolled_up_archived_renamed_or_deleted() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (id, other) = (opened(&pool, "ada", "node-1").await, opened(&pool, "ada", "node-2").await);
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    close(&client, "node-2", other, Some((7, 9))).await.expect("it was live");
    let moment = mark(&client, "ada").await.unwrap().expect("an account");
    let used = async |name: &str| {
        let used = since(&client, name, moment).await.unwrap();
        assert_eq!(used.since, moment);
        (used.bytes_received, used.bytes_sent)
    };
    assert_eq!(used("ada").await, (0, 0));
    send_heartbeat(&client, "node-1", 1, (id, 2), (101, 203)).await;
    assert_eq!(used("ada").await, (1, 3));
    // Another hour begins.
    execute_sql(
        &database,
        "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour' WHERE status = 'connecting'",
    )
    .await;
    send_heartbeat(&client, "node-1", 1, (id, 3), (102, 206)).await;
    assert_eq!(used("ada").await, (2, 6));
    close(&client, "node-1", id, Some((110, 220))).await.expect("it was live");
    assert_eq!(used("ada").await, (10, 20));
    execute_sql(&database, "UPDATE vpn_statistics SET started_at = started_at - INTERVAL '2 years'").await;
    execute_sql(&database, "UPDATE usage_hourly SET hour = hour - INTERVAL '2 years'").await;
    let policy = MaintenancePolicy {
        keep_usage_days: Duration::ZERO,
        keep_archive: Duration::ZERO,
        keep_connections: Duration::ZERO,
        ..MaintenancePolicy::default()
    };
    assert_eq!(run_all(&pool, &policy).await.failed().count(), 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_hourly").await, 0);
    assert_eq!(used("ada").await, (10, 20));
    execute_sql(&database, "UPDATE users SET username = 'grace' WHERE username = 'ada'").await;
    assert_eq!(used("grace").await, (10, 20));
    assert!(mark(&client, "ada").await.unwrap().is_none());
    let grace = users::by_username().bind(&client, &"grace").one().await.unwrap();
    assert_eq!(scalar(&database, &format!("SELECT COUNT(*) FROM usage_marks WHERE user_id = {}", grace.id)).await, 1);
}

#[tokio::test]
async fn usage_since_another_moment_counts_from_its_hour_or_day_and_says_so() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let hour =
        Utc::now().date_naive().and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::days(40) + TimeDelta::hours(5);
    let add = format!(
        "INSERT INTO usage_hourly (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
         SELECT 'node-1', 'ada', '{hour}'::TIMESTAMPTZ + n * INTERVAL '1 hour', 0, 1, 10, 0 FROM GENERATE_SERIES(-2, 2) n"
    );
    execute_sql(&database, &add).await;
    let moment = hour + TimeDelta::minutes(59);
    let by_hour = UsageSince { since: hour, bytes_received: 3, bytes_sent: 30 };
    assert_eq!(since(&client, "ada", moment).await.unwrap(), by_hour);
    assert_eq!(since(&client, "ada", hour).await.unwrap(), by_hour, "exact");
    let usage = [task("usage").unwrap()];
    let report = run(&pool, &MaintenancePolicy::default(), &usage, &mut |_| {}).await;
    assert_eq!(report.tasks[0].done, 5);
    let midnight = hour.with_hour(0).unwrap();
    let by_day = UsageSince { since: midnight, bytes_received: 5, bytes_sent: 50 };
    assert_eq!(since(&client, "ada", moment).await.unwrap(), by_day);
    let nothing = since(&client, "nobody", moment).await.unwrap();
    assert_eq!((nothing.bytes_received, nothing.bytes_sent), (0, 0));
}

#[tokio::test]
async fn marks_are_deleted_after_their_retention_but_not_the_start_of_a_current_plan() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    mark(&client, "ada").await.unwrap().expect("an account");
    let month = plan(&client, "month", &Limits::default()).await;
    assigned(&client, "ada", &days(month, PlanStart::Now, 30)).await;
    let start = assigned(&client, "ada", &days(month, PlanStart::Now, 30)).await.starts_at.expect("now");
    let marks = [task("usage-marks").unwrap()];
    let deleted = async |keep_usage_marks| {
        let policy = MaintenancePolicy { keep_usage_marks, batch: 1, ..MaintenancePolicy::default() };
        let report = run(&pool, &policy, &marks, &mut |_| {}).await;
        assert_eq!(report.failed().count(), 0, "{report:#?}");
        report.tasks[0].done
    };
    assert_eq!(deleted(Duration::from_hours(1)).await, 0);
    assert_eq!(deleted(Duration::ZERO).await, 2);
    assert_eq!(since(&client, "ada", start).await.unwrap().since, start);
    assert!(plans::unassign(&client, "ada").await.unwrap());
    assert_eq!(deleted(Duration::ZERO).await, 1);
}
