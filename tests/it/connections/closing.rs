//! Ending a connection: once, with one row of statistics, also while other functions end it.

use barqnet_db::{
    connections::{
        CloseReason, CounterPolicy, FinalCounters, Heartbeat, NewConnection, heartbeat, mark_connected, mark_error,
        reap_stale, recount,
    },
    queries::{self, connections},
};

use super::support::{EXIT, address, bare, closed, failed, found, opened, statistics};
use crate::common::{
    Numbers, STALE, at_once, close, connection, execute_sql, migrated_database, miscounted_connections, opening,
    pool_of, scalar, send_heartbeat, user,
};

#[tokio::test]
async fn closing_records_the_usage_of_the_connection() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let new =
        NewConnection { virtual_ip: Some(address("10.8.0.2")), app_version: Some("2.1.0"), ..bare("ada", "node-1") };
    let id = opened(&pool, &new).await.expect("a usable account");
    mark_connected(&client, "node-1", id).await.unwrap();
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    execute_sql(&database, "UPDATE vpn_connections SET connected_at = connected_at - INTERVAL '90.5 seconds'").await;

    let ended = close(&client, "node-1", id, Some((150, 280))).await.expect("it was live");
    assert_eq!((ended.connection_id, ended.username.as_str(), ended.server_id.as_str()), (id, "ada", "node-1"));
    assert_eq!((ended.virtual_ip, ended.bytes_received, ended.bytes_sent), (new.virtual_ip, 150, 280));
    assert!((90..=100).contains(&ended.duration_seconds), "{}", ended.duration_seconds);
    assert!(!closed(&client, id).await, "closed already");

    let found = found(&client, id).await;
    assert_eq!((found.status.as_str(), found.disconnect_reason.as_deref()), ("disconnected", Some("client_exit")));
    assert_eq!(found.duration_seconds, Some(ended.duration_seconds));
    let row = database
        .client()
        .await
        .query_one(
            "SELECT username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, session_type, client_version,
                    id, started_at, ended_at
             FROM vpn_statistics",
            &[],
        )
        .await
        .unwrap();
    let facts: (&str, &str, i64, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!(facts, ("ada", "node-1", 150, 280));
    let facts: (i32, Option<i64>, &str, Option<&str>, i64) =
        (row.get(4), row.get(5), row.get(6), row.get(7), row.get(8));
    assert_eq!(facts, (ended.duration_seconds, Some(id), "vpn", Some("2.1.0"), ended.statistics_id.unwrap()));
    assert_eq!(
        (row.get::<_, Option<chrono::DateTime<chrono::Utc>>>(9), row.get(10)),
        (found.connected_at, found.disconnected_at)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_concurrent_closings_end_a_connection_once_with_one_row_of_usage() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 30).await;
    user(&pool.get().await.unwrap(), "ada").await;
    for round in 1..=5 {
        let id = connection(&pool.get().await.unwrap(), "ada", "node-1").await;
        let closes = at_once(30, |_| {
            let pool = pool.clone();
            async move { closed(&pool.get().await.unwrap(), id).await }
        })
        .await;
        assert_eq!(closes.iter().filter(|closed| **closed).count(), 1, "round {round}");
        assert_eq!(statistics(&database).await, (round, round));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_closing_failing_and_reaping_end_every_connection_once() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 16).await;
    user(&pool.get().await.unwrap(), "ada").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
         SELECT 'ada', 'node-1', 'connected', NOW() - INTERVAL '3 days', NOW() - INTERVAL '2 days' FROM GENERATE_SERIES(1, 400)",
    )
    .await;
    assert_eq!(recount(&pool).await.unwrap().len(), 1, "written by hand");
    let rows = database.client().await.query("SELECT id FROM vpn_connections", &[]).await.unwrap();
    let all: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let ended: usize = at_once(14, |task| {
        let (pool, all) = (pool.clone(), all.clone());
        async move {
            let client = pool.get().await.unwrap();
            let ids = Numbers::new(task as u64).shuffled(&all);
            let mut ended = 0;
            match task {
                0..4 => {
                    for id in ids {
                        ended += usize::from(closed(&client, id).await);
                    }
                }
                4..7 => {
                    for id in ids.into_iter().take(150) {
                        ended += usize::from(failed(&client, id).await);
                    }
                }
                7..10 => loop {
                    let reaped = reap_stale(&client, STALE, 20).await.expect("no deadlock");
                    ended += reaped.len();
                    if reaped.len() < 20 {
                        break;
                    }
                },
                10..12 => {
                    for ids in ids.chunks(50) {
                        let beats: Vec<Heartbeat> = ids.iter().map(|id| seven(*id)).collect();
                        heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.expect("no deadlock");
                    }
                }
                12 => {
                    ended += connections::close_all_for_server()
                        .bind(&client, &"node-1", &None::<&str>, &None, &EXIT)
                        .all()
                        .await
                        .unwrap()
                        .len();
                }
                _ => ended += connections::close_all_for_user().bind(&client, &"ada", &EXIT).all().await.unwrap().len(),
            }
            ended
        }
    })
    .await
    .into_iter()
    .sum();
    assert_eq!(ended, 400);
    assert_eq!(statistics(&database).await, (400, 400));
    let live =
        "SELECT COUNT(*) FROM vpn_connections WHERE status IN ('connecting', 'connected') OR disconnected_at IS NULL";
    assert_eq!(scalar(&database, live).await, 0);
    let differing = "SELECT COUNT(*) FROM vpn_connections c
                     JOIN vpn_statistics s ON s.server_id = c.server_id AND s.connection_id = c.id
                     WHERE s.bytes_in <> c.bytes_received OR s.bytes_out <> c.bytes_sent
                        OR s.duration_seconds <> c.duration_seconds OR s.ended_at <> c.disconnected_at";
    assert_eq!(scalar(&database, differing).await, 0);
    assert_eq!(miscounted_connections(&database).await, 0);
    let client = pool.get().await.unwrap();
    assert_eq!(queries::usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

fn seven(connection_id: i64) -> Heartbeat {
    Heartbeat { connection_id, epoch: 1, sequence: 1, bytes_received: 7, bytes_sent: 7 }
}

#[tokio::test]
async fn a_user_renamed_while_a_connection_ends_keeps_its_usage() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (5, 6)).await;
    let rename = client.transaction().await.unwrap();
    rename.execute("UPDATE users SET username = 'lovelace' WHERE username = 'ada'", &[]).await.unwrap();
    let closing = tokio::spawn({
        let pool = pool.clone();
        async move { close(&pool.get().await.unwrap(), "node-1", id, Some((50, 60))).await }
    });
    database.until_a_connection_waits_for_a_lock().await;
    rename.commit().await.unwrap();
    let ended = closing.await.unwrap().expect("it was live");
    assert_eq!((ended.username.as_str(), ended.statistics_id.is_some()), ("lovelace", true));
    let summary = queries::usage::user_summary().bind(&client, &"lovelace").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out, summary.total_sessions), (50, 60, 1));
    assert_eq!(queries::usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_connection_with_an_invalid_start_time_can_be_ended() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let begun = ["'0001-01-01'", "NOW() - INTERVAL '300 years'", "NOW() + INTERVAL '3 hours'", "'9999-12-31'", "NULL"];
    let seconds = [i32::MAX, i32::MAX, 0, 0, 0];
    for reaped in [false, true] {
        for (begun, seconds) in begun.into_iter().zip(seconds) {
            let id = connection(&client, "ada", "node-1").await;
            let silent = "last_activity = NOW() - INTERVAL '2 days'";
            execute_sql(
                &database,
                &format!("UPDATE vpn_connections SET connected_at = {begun}, {silent} WHERE id = {id}"),
            )
            .await;
            let ended = if reaped {
                reap_stale(&client, STALE, 10).await.unwrap().pop().expect("it is stale")
            } else {
                close(&client, "node-1", id, None).await.expect("it was live")
            };
            assert_eq!((ended.connection_id, ended.duration_seconds), (id, seconds), "{begun}, reaped: {reaped}");
        }
    }
    assert_eq!(statistics(&database).await, (10, 10));
}

/// As in a heartbeat: a report states both counters.
#[tokio::test]
async fn a_final_report_with_one_implausible_counter_adds_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let pib = 1_u64 << 50;
    for (epoch, counters) in [(1, (150, 180)), (1, (80, 280)), (1, (150, pib)), (1, (u64::MAX, 280)), (0, (150, 280))] {
        let last = FinalCounters { epoch, bytes_received: counters.0, bytes_sent: counters.1 };
        for with_error in [false, true] {
            let id = connection(&client, "ada", "node-1").await;
            send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
            let ended = if with_error {
                mark_error(&client, "node-1", id, "tls_error", Some(last), &CounterPolicy::default()).await
            } else {
                barqnet_db::connections::close(&client, "node-1", id, EXIT, Some(last), &CounterPolicy::default()).await
            };
            let ended = ended.unwrap().expect("it was live");
            assert_eq!((ended.bytes_received, ended.bytes_sent), (100, 200), "{last:?}");
        }
    }
    assert_eq!(queries::usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn the_end_of_a_connection_is_its_last_activity_however_it_ended() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for name in ["node-1", "node-2", "node-3", "node-4"] {
        let id = connection(&client, "ada", name).await;
        send_heartbeat(&client, name, 1, (id, 1), (5, 6)).await;
        execute_sql(&database, "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour'").await;
        send_heartbeat(&client, name, 1, (id, 2), (7, 9)).await;
    }
    let (reason, close_all) = (CloseReason::Administrator, connections::close_all_for_server());
    close_all.bind(&client, &"node-1", &None::<&str>, &None, &reason).all().await.unwrap();
    execute_sql(
        &database,
        "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 days' WHERE server_id = 'node-2'",
    )
    .await;
    assert_eq!(reap_stale(&client, STALE, 10).await.unwrap().len(), 1);
    assert_eq!(connections::close_all_for_user().bind(&client, &"ada", &reason).all().await.unwrap().len(), 2);
    let ended =
        "SELECT COUNT(*) FROM vpn_connections WHERE status = 'disconnected' AND last_activity = disconnected_at";
    assert_eq!(scalar(&database, ended).await, 4);
    let summary = queries::usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_sessions, summary.total_bytes_in, summary.total_bytes_out), (4, 4 * 7, 4 * 9));
    assert_eq!(queries::usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn a_connection_that_failed_leaves_statistics_only_if_it_was_used() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let never_up = opening(&client, "ada", "node-1").await;
    let up = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (up, 1), (5, 6)).await;
    let failed = async |id, reason, counters| {
        mark_error(&client, "node-1", id, reason, counters, &CounterPolicy::default()).await.unwrap()
    };
    let nothing = failed(never_up, "auth_failed", None).await.unwrap();
    assert_eq!((nothing.connection_id, nothing.statistics_id), (never_up, None));
    // What the node had counted by the end counts, too.
    let last = FinalCounters { epoch: 1, bytes_received: 50, bytes_sent: 60 };
    let something = failed(up, "tls_error", Some(last)).await.unwrap();
    assert_eq!((something.username.as_str(), something.bytes_received, something.bytes_sent), ("ada", 50, 60));
    assert!(something.statistics_id.is_some());
    assert_eq!(statistics(&database).await, (1, 1));
    let ended = found(&client, never_up).await;
    assert_eq!((ended.status.as_str(), ended.disconnect_reason.as_deref()), ("error", Some("auth_failed")));
    assert!(ended.disconnected_at.is_some());
    assert!(failed(up, "again", None).await.is_none());
    // One that never was up, but moved something all the same.
    let moved = opening(&client, "ada", "node-1").await;
    let row =
        failed(moved, "tls_error", Some(FinalCounters { epoch: 1, bytes_received: 0, bytes_sent: 7 })).await.unwrap();
    assert_eq!((row.statistics_id.is_some(), row.bytes_sent), (true, 7));
    assert_eq!(miscounted_connections(&database).await, 0);
}
