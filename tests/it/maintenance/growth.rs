//! What grows with time has a retention: usage, the archive, and addresses of clients.

use std::time::Duration;

use barqnet_db::{
    connections::{ConnectionPolicy, NewConnection, OpenOutcome, open},
    maintenance::{MaintenancePolicy, run, task},
    pool::Pool,
    queries::{connections, usage},
};
use chrono::{DateTime, Days, Utc};

use crate::common::{close, execute_sql, migrated_database, scalar, text_rows, user};

const YEAR: Duration = Duration::from_hours(365 * 24);

/// Runs one task until it has nothing to do and returns the rows it has handled.
async fn done(pool: &Pool, name: &str, policy: &MaintenancePolicy) -> u64 {
    let report = run(pool, policy, &[task(name).expect("a task")], &mut |_| {}).await;
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    report.of(name).expect("it ran").done
}

/// 30 sessions of two users on two servers, one per month, the first 30 months ago, with their roll-ups.
const SESSIONS: &str = "
    INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at)
    SELECT 'user-' || n % 2, 'node-' || n % 3 % 2, n, 2 * n, 60, s.began, s.began + INTERVAL '60 seconds'
    FROM GENERATE_SERIES(1, 30) n
    CROSS JOIN LATERAL (SELECT DATE_TRUNC('day', NOW(), 'UTC') - (31 - n) * INTERVAL '30 days' AS began) s";

#[tokio::test]
async fn usage_of_long_ago_is_folded_into_totals_and_no_sum_changes() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "user-0").await;
    user(&client, "user-1").await;
    execute_sql(&database, SESSIONS).await;
    let policy =
        MaintenancePolicy { batch: 7, keep_usage_days: YEAR, keep_server_usage: YEAR, ..MaintenancePolicy::default() };
    assert!(done(&pool, "usage", &policy).await > 20, "the hours become days first");
    let sums = async || {
        let users = usage::top_users_ever().bind(&client, &10).all().await.unwrap();
        let of_places = "SELECT FORMAT('%s %s', SUM(bytes_in), SUM(seconds)) FROM usage_by_server
                         UNION ALL SELECT FORMAT('%s %s', SUM(bytes_in), SUM(seconds)) FROM v_usage_by_day";
        (users, text_rows(&database.client().await, of_places).await)
    };
    let year_ago = Utc::now().date_naive() - Days::new(365);
    let recent = async || {
        let days =
            usage::usage_by_day().bind(&client, &"user-1", &year_ago, &Utc::now().date_naive()).all().await.unwrap();
        let hours = usage::bandwidth().bind(&client, &(Utc::now() - YEAR)).one().await.unwrap();
        (days, hours.bytes_in)
    };
    let (sums_before, recent_before) = (sums().await, recent().await);
    assert_eq!(done(&pool, "usage-days", &policy).await, 18);
    assert_eq!(done(&pool, "server-usage", &policy).await, 18);
    assert_eq!(done(&pool, "usage-days", &policy).await, 0, "what is folded stays");
    assert_eq!(sums().await, sums_before);
    assert_eq!(recent().await, recent_before);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert!(scalar(&database, "SELECT COUNT(*) FROM usage_daily WHERE day > '-infinity'").await < 13);
    let ever = usage::bandwidth().bind(&client, &DateTime::UNIX_EPOCH).one().await.unwrap();
    assert!(ever.bytes_in < 465, "no period has what was folded");
}

#[tokio::test]
async fn the_archive_is_kept_forever_unless_a_retention_is_given_and_totals_stay() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "user-0").await;
    user(&client, "user-1").await;
    execute_sql(&database, SESSIONS).await;
    let forever = MaintenancePolicy::default();
    assert_eq!(done(&pool, "statistics", &forever).await, 28);
    assert_eq!(done(&pool, "archive", &forever).await, 0);
    let before = usage::top_users_ever().bind(&client, &10).all().await.unwrap();
    assert_eq!(done(&pool, "archive", &MaintenancePolicy { keep_archive: YEAR, batch: 7, ..forever }).await, 18);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics_archive").await, 10);
    assert_eq!(usage::top_users_ever().bind(&client, &10).all().await.unwrap(), before);
}

#[tokio::test]
async fn the_addresses_of_clients_are_removed_before_their_connections_are() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let opened = async || {
        let new = NewConnection {
            username: "ada",
            server_id: "node-1",
            client_ip: Some([203, 0, 113, 7].into()),
            public_ip: Some([198, 51, 100, 1].into()),
            device_name: Some("phone"),
            ..NewConnection::default()
        };
        match open(&pool, &new, &ConnectionPolicy::default()).await.unwrap() {
            OpenOutcome::Opened { id, .. } => id,
            other => panic!("{other:?}"),
        }
    };
    let (old, recent, live) = (opened().await, opened().await, opened().await);
    for id in [old, recent] {
        close(&client, "node-1", id, None).await.expect("it was live");
    }
    let age = format!(
        "UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '40 days',
                                    disconnected_at = CASE WHEN id = {old} THEN NOW() - INTERVAL '31 days' ELSE disconnected_at END"
    );
    execute_sql(&database, &age).await;
    let policy = MaintenancePolicy::default();
    assert!(policy.forget_client_addresses_after < policy.keep_connections);
    assert_eq!(done(&pool, "connection-addresses", &policy).await, 1);
    assert_eq!(done(&pool, "connection-addresses", &policy).await, 0);
    let found = connections::by_id().bind(&client, &old).one().await.unwrap();
    assert_eq!((found.client_ip, found.public_ip, found.device_name.as_deref()), (None, None, Some("phone")));
    for id in [recent, live] {
        let found = connections::by_id().bind(&client, &id).one().await.unwrap();
        assert!(found.client_ip.is_some() && found.public_ip.is_some(), "{found:?}");
    }
}
