//! Roll-ups of databases that were written before V14, and of rows that break a constraint.

use barqnet_db::{
    connections::{CounterPolicy, Heartbeat, heartbeat, reap_stale, recount},
    embedded, legacy,
    migrate::{Migrations, migrate},
    queries::{connections, maintenance, usage},
    users,
};
use barqnet_db_testing::TestDatabase;
use chrono::TimeDelta;

use crate::common::{
    STALE, connection, days, erase, execute_sql, migrations_before, miscounted_connections, scalar, send_heartbeat,
    text_rows,
};

#[tokio::test]
async fn usage_of_an_older_database_is_summed_up_and_its_duplicates_are_listed() {
    let database = TestDatabase::empty().await;
    let folder = migrations_before(11);
    migrate(&database.settings(), &Migrations::from_folder(folder.path()).unwrap()).await.unwrap();
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test'), ('bob', 'node-1', 'test');
             INSERT INTO vpn_connections (username, server_id, status, virtual_ip, connected_at, last_activity, bytes_received, bytes_sent)
             VALUES ('ada', 'node-1', 'connected', '10.8.0.2', '2024-01-01 10:00Z', '2024-01-01 10:30Z', 1, 10),
                    ('bob', 'node-1', 'connecting', '10.8.0.2', '2024-01-01 11:00Z', NULL, 2, NULL),
                    ('ada', 'node-1', 'connected', '10.8.0.2', '2024-01-01 12:00Z', '2024-01-01 12:30Z', 4, 40),
                    ('ada', 'node-2', 'connected', '10.8.0.2', '2024-01-01 12:00Z', '2024-01-01 12:30Z', 8, 80),
                    ('ada', 'node-2', 'connected', NULL, '2024-01-01 12:00Z', '2024-01-01 12:30Z', 16, 160),
                    ('ada', 'node-2', 'connected', NULL, '2024-01-01 12:00Z', '2024-01-01 12:30Z', 32, 320),
                    ('bob', 'node-2', 'disconnected', '10.8.0.9', '2024-01-01 12:00Z', '2024-01-01 12:30Z', 64, 640);
             INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, connection_id, started_at, ended_at, session_type)
             VALUES ('bob', 'node-2', 100, 1000, 7, '2024-01-01 12:10Z', '2024-01-01 12:30Z', 'vpn'),
                    ('bob', 'node-2', 200, 2000, 7, '2024-01-01 12:50Z', '2024-01-01 13:30Z', NULL),
                    ('ada', 'node-2', 400, 4000, 5, NULL, NULL, 'vpn'),
                    ('ada', 'node-2', 5, 5, NULL, '2024-01-01 12:50Z', NULL, 'web');
             INSERT INTO vpn_statistics_archive (id, username, server_id, bytes_in, bytes_out, started_at, ended_at)
             VALUES (1000, 'bob', 'node-1', 800, NULL, '2023-01-01 12:00Z', '2023-01-01 13:00Z')",
        )
        .await
        .unwrap();
    client.batch_execute("UPDATE server_status SET live_connections = 0").await.unwrap();
    client
        .batch_execute(
            "INSERT INTO server_status (server_id, live_connections) VALUES ('node-1', 3), ('node-2', 3)
             ON CONFLICT (server_id) DO UPDATE SET live_connections = 3",
        )
        .await
        .unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();

    client.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    let states =
        "SELECT FORMAT('%s %s %s %s', id, status, disconnected_at, disconnect_reason) FROM vpn_connections ORDER BY id";
    assert_eq!(
        text_rows(&client, states).await,
        [
            "1 disconnected 2024-01-01 10:30:00+00 superseded",
            "2 disconnected 2024-01-01 11:00:00+00 superseded",
            "3 connected  ",
            "4 connected  ",
            "5 connected  ",
            "6 connected  ",
            "7 disconnected  ",
        ]
    );
    let left = "SELECT FORMAT('%s %s %s %s', connection_id, bytes_in, bytes_out, duration_seconds) FROM vpn_statistics
                WHERE connection_id IS NOT NULL ORDER BY connection_id";
    assert_eq!(text_rows(&client, left).await, ["1 1 10 1800", "2 2 0 0", "7 100 1000 0"]);
    let changes = "SELECT FORMAT('%s.%s %s: %s -> %s', table_name, column_name, row_id, original, COALESCE(changed_to, 'NULL'))
                   FROM adoption_changes WHERE what = 'changed' AND column_name IN ('status', 'connection_id') ORDER BY 1";
    assert_eq!(
        text_rows(&client, changes).await,
        [
            "vpn_connections.status 1: connected -> disconnected",
            "vpn_connections.status 2: connecting -> disconnected",
            "vpn_statistics.connection_id 2: 7 -> NULL",
            "vpn_statistics.connection_id 3: 5 -> NULL",
        ]
    );
    let report = legacy::report(&database.settings()).await.unwrap();
    assert!(report.exceptions.iter().any(|it| it.what.contains("a newer connection has this address")), "{report:#?}");

    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(miscounted_connections(&database).await, 0);
    let ada = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((ada.total_sessions, ada.total_bytes_in, ada.active_connections), (2, 1 + 60 + 400, 4));
    let bob = usage::user_summary().bind(&client, &"bob").one().await.unwrap();
    assert_eq!((bob.total_sessions, bob.total_bytes_in, bob.total_bytes_out), (4, 2 + 300 + 800, 3000));
    let noon = "2024-01-01T12:00:00Z".parse().unwrap();
    let hour = usage::usage_by_hour().bind(&client, &"bob", &noon, &(noon + TimeDelta::hours(1))).one().await;
    assert_eq!(hour.map(|hour| (hour.sessions, hour.bytes_in)).unwrap(), (2, 300));
    // The older connection's node goes on reporting what it has counted all along.
    send_heartbeat(&client, "node-2", 5, (4, 1), (18, 80)).await;
    assert_eq!(connections::by_id().bind(&client, &4).one().await.unwrap().bytes_received, 18);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

/// Rows of a program that knew no constraints, where the constraints hold for new rows only.
const BROKEN_ROWS: &str = "
    INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test');
    ALTER TABLE vpn_connections DROP CONSTRAINT chk_vpn_connections_bytes_received,
        DROP CONSTRAINT chk_vpn_connections_bytes_sent, DROP CONSTRAINT chk_vpn_connections_status;
    ALTER TABLE vpn_statistics DROP CONSTRAINT chk_vpn_statistics_bytes_in, DROP CONSTRAINT chk_vpn_statistics_bytes_out,
        DROP CONSTRAINT chk_vpn_statistics_session_type, DROP CONSTRAINT chk_vpn_statistics_protocol;
    INSERT INTO vpn_connections (id, username, server_id, status, last_activity, disconnected_at, bytes_received, bytes_sent)
    VALUES (101, 'ada', 'node-1', 'connected', '2024-01-01', NULL, -5, 7),
           (102, 'ada', 'node-1', 'connected', NOW() - INTERVAL '2 days', NULL, 5, -7),
           (103, 'ada', 'node-1', 'active', NOW(), NULL, NULL, NULL),
           (104, 'ada', 'node-1', 'disconnected', '2024-01-01', '2024-01-02', -1, -1);
    INSERT INTO vpn_statistics (id, username, server_id, bytes_in, bytes_out, connection_id, started_at, session_type, protocol)
    VALUES (101, 'ada', 'node-1', 0, 0, 104, '2024-01-01', 'mobile', 'UDP'),
           (102, 'ada', 'node-1', 3, 4, NULL, '2024-01-01', 'vpn', 'icmp');
    ALTER TABLE vpn_statistics DISABLE TRIGGER statistics_roll_up;
    INSERT INTO vpn_statistics (id, username, server_id, bytes_in, bytes_out, started_at) VALUES (103, 'ada', 'node-1', -7, 9, '2024-01-01');
    INSERT INTO usage_hourly VALUES ('node-1', 'ada', '2024-01-01 01:00:00Z', 1, 0, 9, 0);
    UPDATE usage_totals SET sessions = sessions + 1, bytes_out = bytes_out + 9;
    UPDATE usage_by_server SET sessions = sessions + 1, bytes_out = bytes_out + 9;
    ALTER TABLE vpn_statistics ENABLE TRIGGER statistics_roll_up;
    ALTER TABLE vpn_connections ADD CONSTRAINT chk_vpn_connections_bytes_received CHECK (bytes_received >= 0) NOT VALID,
        ADD CONSTRAINT chk_vpn_connections_bytes_sent CHECK (bytes_sent >= 0) NOT VALID,
        ADD CONSTRAINT chk_vpn_connections_status
            CHECK (status IN ('connecting', 'connected', 'disconnected', 'error')) NOT VALID;
    ALTER TABLE vpn_statistics ADD CONSTRAINT chk_vpn_statistics_bytes_in CHECK (bytes_in >= 0) NOT VALID,
        ADD CONSTRAINT chk_vpn_statistics_bytes_out CHECK (bytes_out >= 0) NOT VALID,
        ADD CONSTRAINT chk_vpn_statistics_session_type CHECK (session_type IN ('vpn', 'api', 'web')) NOT VALID,
        ADD CONSTRAINT chk_vpn_statistics_protocol CHECK (protocol IN ('udp', 'tcp')) NOT VALID";

#[tokio::test]
async fn rows_that_break_a_constraint_are_repaired_once_and_can_be_updated() {
    let database = TestDatabase::empty().await;
    let folder = migrations_before(19);
    migrate(&database.settings(), &Migrations::from_folder(folder.path()).unwrap()).await.unwrap();
    let driver = database.client().await;
    let rows = BROKEN_ROWS.replace("statistics_roll_up", "written_statistics_roll_up");
    driver.batch_execute(&rows).await.unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let changes =
        "SELECT FORMAT('%s.%s %s: %s -> %s', table_name, column_name, row_id, original, COALESCE(changed_to, 'NULL'))
                   FROM adoption_changes ORDER BY 1";
    assert_eq!(
        text_rows(&driver, changes).await,
        [
            "vpn_connections.bytes_received 101: -5 -> 0",
            "vpn_connections.bytes_received 104: -1 -> 0",
            "vpn_connections.bytes_sent 102: -7 -> 0",
            "vpn_connections.bytes_sent 104: -1 -> 0",
            "vpn_connections.status 103: active -> disconnected",
            "vpn_statistics.bytes_in 103: -7 -> 0",
            "vpn_statistics.protocol 101: UDP -> udp",
            "vpn_statistics.protocol 102: icmp -> NULL",
            "vpn_statistics.session_type 101: mobile -> api",
        ]
    );
    let not_valid = "SELECT COUNT(*) FROM pg_constraint WHERE NOT convalidated";
    assert_eq!(scalar(&database, not_valid).await, 0);
    let triggers = "SELECT tgname::TEXT FROM pg_trigger WHERE NOT tgisinternal
                    AND tgrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS) ORDER BY 1";
    assert_eq!(text_rows(&driver, triggers).await, ["connection_status_is_final", "written_statistics_roll_up"]);

    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let healthy = connection(&client, "ada", "node-1").await;
    recount(&pool).await.unwrap();
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    let beats = [101, healthy].map(|connection_id| Heartbeat {
        connection_id,
        epoch: 1,
        sequence: 1,
        bytes_received: 0,
        bytes_sent: 9,
    });
    assert_eq!(heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.unwrap().applied, [healthy, 101]);
    assert_eq!(reap_stale(&client, STALE, 10).await.unwrap().len(), 1, "102, which had no heartbeat");
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &10).one().await.unwrap(), 1, "104");
    // 103 and all statistics.
    assert_eq!(execute_sql(&database, "UPDATE vpn_connections SET device_name = 'a phone' WHERE id = 103").await, 1);
    execute_sql(&database, "UPDATE vpn_statistics SET client_version = '1'").await;
    let deactivated = users::deactivate(&pool, "ada").await.unwrap().unwrap();
    assert_eq!(deactivated.len(), 2);
    let before = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    execute_sql(&database, "UPDATE users SET username = 'lovelace'").await;
    let after = usage::user_summary().bind(&client, &"lovelace").one().await.unwrap();
    assert_eq!((after.total_bytes_in, after.total_bytes_out), (before.total_bytes_in, before.total_bytes_out));
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert!(erase(&pool, "lovelace").await.is_some());
    let left = ["vpn_connections.bytes_received 104: -1 -> 0", "vpn_connections.bytes_sent 104: -1 -> 0"];
    assert_eq!(text_rows(&driver, changes).await, left, "of a row that is deleted, and no person's");
}

#[tokio::test]
async fn negative_durations_of_older_rows_become_zero_in_rows_and_totals() {
    let database = TestDatabase::empty().await;
    let folder = migrations_before(36);
    migrate(&database.settings(), &Migrations::from_folder(folder.path()).unwrap()).await.unwrap();
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test');
             INSERT INTO vpn_connections (username, server_id, status, duration_seconds)
             VALUES ('ada', 'node-1', 'disconnected', -5);
             INSERT INTO vpn_statistics (username, server_id, duration_seconds, started_at, ended_at, session_type)
             VALUES ('ada', 'node-1', -86400, '2024-01-01 12:00Z', '2024-01-01 12:30Z', 'vpn'),
                    ('ada', 'node-2', -2147483648, NULL, NULL, NULL),
                    ('ada', 'node-1', 60, '2024-01-01 12:00Z', '2024-01-01 12:30Z', 'vpn'),
                    ('ada', 'node-1', -86400, '2024-01-01 12:00Z', '2024-01-01 12:30Z', 'api');",
        )
        .await
        .unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let seconds = "SELECT STRING_AGG(duration_seconds::TEXT, ' ' ORDER BY id) FROM ";
    assert_eq!(text_rows(&client, &format!("{seconds} vpn_statistics")).await, ["0 0 60 0"]);
    assert_eq!(text_rows(&client, &format!("{seconds} vpn_connections")).await, ["0"]);
    let kept = "SELECT FORMAT('%s %s %s', table_name, row_id, original) FROM adoption_changes
                WHERE column_name = 'duration_seconds' ORDER BY 1";
    let expected =
        ["vpn_connections 1 -5", "vpn_statistics 1 -86400", "vpn_statistics 2 -2147483648", "vpn_statistics 4 -86400"];
    assert_eq!(text_rows(&client, kept).await, expected);
    assert_eq!(scalar(&database, "SELECT SUM(seconds)::BIGINT FROM usage_totals WHERE server_id = 'node-1'").await, 60);
    assert!(scalar(&database, "SELECT COUNT(*) FROM pg_constraint WHERE NOT convalidated").await == 0);
    // A row can be changed again.
    let pool = database.pool().await;
    assert!(erase(&pool, "ada").await.is_some());
}
