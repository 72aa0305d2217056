//! What happens to connections while their nodes can't report, and afterwards.

use barqnet_db::{
    client::GenericClient,
    connections::{CloseReason, CounterPolicy, Heartbeat, heartbeat, reap_stale},
    queries::{connections, usage},
};
use barqnet_db_testing::TestDatabase;

use super::support::{closed_for, counters, heard_for_an_hour, state};
use crate::common::{
    Numbers, STALE, connection, execute_sql, migrated_database, miscounted_connections, scalar, send_heartbeat, user,
};

/// Moves everything that was written this far into the past.
async fn pass(database: &TestDatabase, seconds: u32) {
    let past = format!("INTERVAL '{seconds} seconds'");
    for moved in [
        format!("vpn_connections SET connected_at = connected_at - {past}, last_activity = last_activity - {past}"),
        format!("server_status SET heard_at = heard_at - {past}, heard_since = heard_since - {past}"),
    ] {
        execute_sql(database, &format!("UPDATE {moved}")).await;
    }
}

/// How many connections a reaper closes now.
async fn reaped(client: &impl GenericClient) -> usize {
    reap_stale(client, STALE, 100_000).await.expect("an answer").len()
}

#[tokio::test]
async fn an_outage_ends_no_connection_in_whatever_order_reapers_and_nodes_come_back() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (nodes, each) = (50, 100);
    execute_sql(
        &database,
        &format!(
            "INSERT INTO vpn_connections (id, username, server_id, status, last_activity, heartbeat_epoch, heartbeat_sequence)
             SELECT n, 'ada', 'node-' || n % {nodes}, 'connected', NOW(), 1, 0 FROM GENERATE_SERIES(1, {nodes} * {each}) n"
        ),
    )
    .await;
    let total = usize::try_from(nodes * each).unwrap();
    let mut numbers = Numbers::new(3);
    for round in 1..=4_i32 {
        heard_for_an_hour(&database).await;
        // An outage of 10 minutes. What the nodes count meanwhile, they report in two messages each.
        pass(&database, 600).await;
        assert_eq!(reaped(&client).await, 0, "nobody could report");
        let halves: Vec<(i32, i32)> = (0..nodes).flat_map(|node| [(node, 0), (node, 1)]).collect();
        for (step, (node, half)) in numbers.shuffled(&halves).into_iter().enumerate() {
            let ids = (0..each).map(|n| n * nodes + if node == 0 { nodes } else { node });
            let beats: Vec<Heartbeat> = ids
                .filter(|id| id / nodes % 2 == half)
                .map(|connection_id| Heartbeat {
                    epoch: 1,
                    connection_id: connection_id.into(),
                    sequence: round.into(),
                    bytes_received: 10 * u64::from(round.unsigned_abs()),
                    bytes_sent: 0,
                })
                .collect();
            let report = heartbeat(&client, &format!("node-{node}"), &beats, &CounterPolicy::default()).await.unwrap();
            assert_eq!(report.applied.len(), beats.len());
            // The nodes are back within 100 seconds.
            if step % 10 == 0 {
                pass(&database, 10).await;
                assert_eq!(reaped(&client).await, 0, "round {round}, after {step} reports");
            }
        }
        let live = connections::count_active().bind(&client).one().await.unwrap();
        assert_eq!(usize::try_from(live).unwrap(), total);
        let counted = scalar(&database, "SELECT SUM(bytes_received)::BIGINT FROM vpn_connections").await;
        assert_eq!(counted, i64::from(nodes * each * 10 * round), "every byte, once");
    }
}

#[tokio::test]
async fn a_node_that_stays_silent_is_reaped_in_its_time_while_others_report() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (here, gone) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-2").await);
    heard_for_an_hour(&database).await;
    for (sequence, seconds) in [(1, 100), (2, 100), (3, 95)] {
        pass(&database, seconds).await;
        send_heartbeat(&client, "node-1", 1, (here, sequence), (0, 0)).await;
        assert_eq!(reaped(&client).await, 0, "after {sequence} reports of the other node");
    }
    pass(&database, 10).await;
    assert_eq!(reaped(&client).await, 1);
    assert!(state(&client, here).await.is_live() && !state(&client, gone).await.is_live());
}

#[tokio::test]
async fn a_node_that_does_not_return_from_an_outage_is_reaped_in_its_time_after_the_others_have_returned() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (back, gone) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-2").await);
    heard_for_an_hour(&database).await;
    pass(&database, 3000).await;
    for (sequence, seconds) in [(1, 0), (2, 100), (3, 100), (4, 95)] {
        pass(&database, seconds).await;
        send_heartbeat(&client, "node-1", 1, (back, sequence), (0, 0)).await;
        assert_eq!(reaped(&client).await, 0, "after {sequence} reports of the other node");
    }
    pass(&database, 10).await;
    assert_eq!(reaped(&client).await, 1);
    assert!(state(&client, back).await.is_live() && !state(&client, gone).await.is_live());
}

#[tokio::test]
async fn a_connection_that_its_reporting_node_leaves_out_is_reaped_in_its_time() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (kept, lost) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await);
    for (sequence, seconds) in [(1, 100), (2, 100), (3, 95)] {
        pass(&database, seconds).await;
        send_heartbeat(&client, "node-1", 1, (kept, sequence), (0, 0)).await;
        assert_eq!(reaped(&client).await, 0, "after {sequence} reports");
    }
    pass(&database, 10).await;
    assert_eq!(reaped(&client).await, 1);
    assert!(state(&client, kept).await.is_live() && !state(&client, lost).await.is_live());
}

#[tokio::test]
async fn after_a_day_without_any_report_everything_is_reaped() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    connection(&client, "ada", "node-1").await;
    pass(&database, 23 * 3600).await;
    assert_eq!(reaped(&client).await, 0);
    pass(&database, 3601).await;
    assert_eq!(reaped(&client).await, 1);
}

#[tokio::test]
async fn bytes_reported_for_a_reaped_connection_count_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (id, other) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-2").await);
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    heard_for_an_hour(&database).await;
    for sequence in 1..=3 {
        pass(&database, 101).await;
        send_heartbeat(&client, "node-2", 1, (other, sequence), (0, 0)).await;
    }
    assert_eq!(reaped(&client).await, 1);
    let ended = connections::by_id().bind(&client, &id).one().await.unwrap();

    // It had gone on meanwhile. A repeated and an older report add nothing; the node's next one adds the difference.
    for ((sequence, bytes), counted) in [
        ((3, (1000, 2000)), (1000, 2000)),
        ((3, (1000, 2000)), (1000, 2000)),
        ((2, (900, 1900)), (1000, 2000)),
        ((4, (1500, 2000)), (1500, 2000)),
    ] {
        let report = send_heartbeat(&client, "node-1", 1, (id, sequence), bytes).await;
        assert_eq!(report.closed, [closed_for(id, CloseReason::Stale)], "the node drops the client");
        assert_eq!(counters(&client, id).await, counted);
        for table in ["vpn_statistics", "usage_totals", "usage_hourly", "usage_by_server"] {
            let sums = format!("SELECT SUM(bytes_in)::BIGINT FROM {table} WHERE server_id = 'node-1'");
            assert_eq!(scalar(&database, &sums).await, counted.0, "{table}");
        }
    }
    // What no line can carry is not counted.
    send_heartbeat(&client, "node-1", 1, (id, 5), (1 << 50, 0)).await;
    assert_eq!(counters(&client, id).await, (1500, 2000));
    let after = connections::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!((after.status, after.disconnected_at), (ended.status, ended.disconnected_at));
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(miscounted_connections(&database).await, 0);
}
