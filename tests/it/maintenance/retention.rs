//! What is deleted after its retention, and what stays.

use std::time::Duration;

use barqnet_db::{
    maintenance::{MaintenancePolicy, run_all},
    queries::{audit, connections, maintenance, servers},
};

use super::support::{NAMES, much_to_do, rows_handled};
use crate::common::{close, connection, days, execute_sql, migrated_database, scalar, user};

#[tokio::test]
async fn old_connections_are_deleted_and_their_usage_stays() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (old, recent, live) = (
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
    );
    for id in [old, recent] {
        close(&client, "node-1", id, Some((1, 2))).await.expect("it was live");
    }
    execute_sql(
        &database,
        &format!("UPDATE vpn_connections SET disconnected_at = NOW() - INTERVAL '91 days' WHERE id = {old}"),
    )
    .await;
    execute_sql(
        &database,
        &format!("UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '91 days' WHERE id = {live}"),
    )
    .await;
    // Rows of an older database: one without an end time, and one without any time.
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
         VALUES ('ada', 'node-1', 'disconnected', NOW() - INTERVAL '99 days', NOW() - INTERVAL '91 days'),
                ('ada', 'node-1', 'error', NOW() - INTERVAL '91 days', NULL),
                ('ada', 'node-1', 'disconnected', NULL, NULL),
                ('ada', 'node-1', 'disconnected', NOW() - INTERVAL '99 days', NOW() - INTERVAL '89 days')",
    )
    .await;
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &1).one().await.unwrap(), 1);
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &2).one().await.unwrap(), 2);
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &100).one().await.unwrap(), 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections").await, 3);
    assert!(connections::by_id().bind(&client, &old).opt().await.unwrap().is_none());
    for id in [recent, live] {
        assert!(connections::by_id().bind(&client, &id).opt().await.unwrap().is_some());
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 2);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics WHERE connection_id IS NULL").await, 1);
}

#[tokio::test]
async fn old_audit_entries_and_health_reports_are_deleted() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let none = &None::<&str>;
    for _ in 0..3 {
        audit::append().bind(&client, &"login", none, none, &None, &"node-1").one().await.unwrap();
        servers::report_health().bind(&client, &"node-1", &"healthy", &None, none, &None).one().await.unwrap();
    }
    execute_sql(&database, "UPDATE audit_log SET timestamp = NOW() - INTERVAL '91 days' WHERE id < 3").await;
    execute_sql(&database, "UPDATE server_health SET last_check = NOW() - INTERVAL '31 days' WHERE id < 3").await;
    assert_eq!(maintenance::delete_old_audit_entries().bind(&client, &days(90), &1).await.unwrap(), 1);
    assert_eq!(maintenance::delete_old_audit_entries().bind(&client, &days(90), &10).await.unwrap(), 1);
    assert_eq!(maintenance::delete_old_server_health().bind(&client, &days(30), &10).await.unwrap(), 2);
    assert_eq!(audit::recent().bind(&client, &i64::MAX, &10).all().await.unwrap().len(), 1);
    assert_eq!(servers::health_history().bind(&client, &"node-1", &i64::MAX, &10).all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_maximum_retention_keeps_everything() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let ever = MaintenancePolicy {
        keep_sessions: Duration::MAX,
        forget_addresses_after: Duration::MAX,
        keep_otp_attempts: Duration::MAX,
        keep_otp_limits: Duration::MAX,
        keep_password_failures: Duration::MAX,
        close_stale_after: Duration::MAX,
        archive_statistics_after: Duration::MAX,
        keep_archive: Duration::MAX,
        keep_usage_hours: Duration::MAX,
        keep_usage_days: Duration::MAX,
        keep_server_usage: Duration::MAX,
        keep_usage_marks: Duration::MAX,
        forget_client_addresses_after: Duration::MAX,
        keep_connections: Duration::MAX,
        keep_audit: Duration::MAX,
        keep_health: Duration::MAX,
        ..MaintenancePolicy::default()
    };
    let handled = rows_handled(&run_all(&pool, &ever).await);
    // Codes, tickets and uses of budgets have ends of their own.
    let own = ["otp-codes", "otp-tickets", "otp-budgets", "rate-counters", "rate-returns"];
    let own = NAMES.map(|name| if own.contains(&name) { 12 } else { 0 });
    assert_eq!(handled, own);
}
