//! Counters: an epoch belongs to the counter, one that is older than its connection has a base, and a jump is refused once.

use barqnet_db::{
    client::GenericClient,
    connections::{
        CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, InitialCounters, NewConnection,
        OpenOutcome, close, heartbeat, open, reap_stale,
    },
    pool::Pool,
    queries::{connections, usage},
};
use barqnet_db_testing::TestDatabase;

use super::support::{EXIT, address, bare, counters, heard_for_an_hour, opened, state};
use crate::common::{STALE, connection, execute_sql, migrated_database, miscounted_connections, send_heartbeat, user};

/// More than a line of 100 Gbit/s carries in minutes.
const JUMP: u64 = 2_000_000_000_000;

/// 1,000 bytes per second: 60,000 in the minute that a report may always rise by.
const SLOW: CounterPolicy = CounterPolicy { max_bits_per_second: 8000 };

/// A connection at a virtual address with a counter of this epoch.
async fn at(pool: &Pool, username: &str, epoch: i64, initial: Option<(u64, u64)>) -> i64 {
    let counters = initial.map(|(bytes_received, bytes_sent)| InitialCounters { bytes_received, bytes_sent });
    let new = NewConnection {
        virtual_ip: Some(address("10.8.0.4")),
        epoch: Some(epoch),
        counters,
        ..bare(username, "node-1")
    };
    match open(pool, &new, &ConnectionPolicy::default()).await.expect("an answer") {
        OpenOutcome::Opened { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

/// Reaps every connection, as after minutes without a report.
async fn reap(database: &TestDatabase, client: &impl GenericClient) {
    heard_for_an_hour(database).await;
    execute_sql(database, "UPDATE vpn_connections SET last_activity = last_activity - INTERVAL '301 seconds'").await;
    assert_eq!(reap_stale(client, STALE, 100).await.expect("an answer").len(), 1);
}

#[tokio::test]
async fn a_counter_that_outlives_the_agent_of_its_node_counts_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 100, (id, 1), (1000, 0)).await;
    // The agent has restarted, the counter has not: its epoch is the same.
    assert_eq!(send_heartbeat(&client, "node-1", 100, (id, 2), (1010, 0)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (1010, 0));
}

#[tokio::test]
async fn one_report_holds_counters_of_different_epochs() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (old, young) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await);
    let beat = |connection_id, epoch, bytes| Heartbeat {
        connection_id,
        epoch,
        sequence: 1,
        bytes_received: bytes,
        bytes_sent: 0,
    };
    for (epochs, bytes) in [((5, 5), (100, 100)), ((5, 6), (150, 30))] {
        let beats = [beat(old, epochs.0, bytes.0), beat(young, epochs.1, bytes.1)];
        // The second report of the old counter has a sequence of its own.
        let beats = beats.map(|beat| Heartbeat { sequence: i64::try_from(beat.bytes_received).unwrap(), ..beat });
        let report = heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.unwrap();
        assert_eq!(report.applied, [old, young]);
    }
    assert_eq!((counters(&client, old).await, counters(&client, young).await), ((150, 0), (130, 0)));
}

#[tokio::test]
async fn a_counter_that_went_back_within_its_epoch_counts_from_zero_once_the_next_report_confirms_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (1000, 10)).await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (400, 0)).await.implausible, [id], "it is told");
    assert_eq!(counters(&client, id).await, (1000, 10));
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 3), (1500, 7)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (2500, 17), "1,000 of the first counter, 1,500 of the second");
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 4), (1600, 7)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (2600, 17));
}

#[tokio::test]
async fn a_connection_opened_again_for_the_counter_of_a_reaped_one_counts_what_was_added() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    // The figure of the first report after the opening, and what it adds.
    for (epoch, username, (first, added)) in [(1, "ada", (1010, 10)), (2, "ada", (1000, 0)), (3, "ada", (900, 900))] {
        let before = at(&pool, username, epoch, None).await;
        send_heartbeat(&client, "node-1", epoch, (before, 1), (1000, 5)).await;
        reap(&database, &client).await;
        let after = at(&pool, username, epoch, None).await;
        assert_eq!(send_heartbeat(&client, "node-1", epoch, (after, 2), (first, 5)).await.applied, [after]);
        assert_eq!(counters(&client, after).await.0, added, "{first}");
        close(&client, "node-1", after, EXIT, None, &SLOW).await.unwrap().expect("it was live");
    }
    // A counter of another epoch or of another user is another one, and so is that of a connection that its node has closed.
    for (epoch, username) in [(4, "ada"), (4, "bob")] {
        let id = at(&pool, username, epoch, None).await;
        send_heartbeat(&client, "node-1", epoch, (id, 1), (5000, 5000)).await;
        assert_eq!(counters(&client, id).await, (5000, 5000), "{username}");
        close(&client, "node-1", id, EXIT, None, &SLOW).await.unwrap().expect("it was live");
        let again = at(&pool, username, epoch, None).await;
        send_heartbeat(&client, "node-1", epoch, (again, 1), (6000, 6000)).await;
        assert_eq!(counters(&client, again).await, (6000, 6000), "{username}");
    }
}

#[tokio::test]
async fn the_counter_of_a_reaped_tunnel_goes_on_by_either_of_its_addresses() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (v4, v6) = (address("10.8.0.4"), std::net::Ipv6Addr::LOCALHOST);
    let opened = async |epoch, virtual_ip, virtual_ip6| {
        let new = NewConnection { virtual_ip, virtual_ip6, epoch: Some(epoch), ..bare("ada", "node-1") };
        match open(&pool, &new, &ConnectionPolicy::default()).await.expect("an answer") {
            OpenOutcome::Opened { id, .. } => id,
            other => panic!("{other:?}"),
        }
    };
    let other = Some(std::net::Ipv6Addr::UNSPECIFIED);
    for (epoch, before, after, added) in [
        (1, (None, Some(v6)), (None, Some(v6)), 10),
        // In the field of the only address, before or after.
        (2, (Some(v6.into()), None), (None, Some(v6)), 10),
        (3, (None, Some(v6)), (Some(v6.into()), None), 10),
        (4, (Some(v4), Some(v6)), (None, Some(v6)), 10),
        (5, (Some(v4), None), (Some(v4), Some(v6)), 10),
        (6, (None, Some(v6)), (None, other), 1010),
        (7, (None, Some(v6)), (Some(v4), None), 1010),
    ] {
        let reaped = opened(epoch, before.0, before.1).await;
        send_heartbeat(&client, "node-1", epoch, (reaped, 1), (1000, 0)).await;
        reap(&database, &client).await;
        let id = opened(epoch, after.0, after.1).await;
        send_heartbeat(&client, "node-1", epoch, (id, 2), (1010, 0)).await;
        assert_eq!(counters(&client, id).await.0, added, "{epoch}");
        close(&client, "node-1", id, EXIT, None, &SLOW).await.unwrap().expect("it was live");
    }
}

#[tokio::test]
async fn what_a_counter_shows_at_the_opening_is_not_counted_and_everything_after_it_is() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for (initial, first, added) in [
        (Some((JUMP, 70)), (JUMP + 500, 80), (500, 10)),
        // It was created again between the opening and the first report.
        (Some((JUMP, 70)), (500, 80), (500, 80)),
        (Some((u64::MAX, 0)), (u64::MAX, 0), (0, 0)),
        (None, (400_000_000, 9), (400_000_000, 9)),
    ] {
        let id = at(&pool, "ada", 1, initial).await;
        send_heartbeat(&client, "node-1", 1, (id, 1), first).await;
        assert_eq!(counters(&client, id).await, added, "{initial:?} {first:?}");
    }
    // The node knows better than what is concluded from a reaped connection.
    let before = at(&pool, "ada", 2, None).await;
    send_heartbeat(&client, "node-1", 2, (before, 1), (1000, 1000)).await;
    execute_sql(&database, &format!("UPDATE vpn_connections SET disconnect_reason = 'x' WHERE id <> {before}")).await;
    reap(&database, &client).await;
    let after = at(&pool, "ada", 2, Some((0, 0))).await;
    let last = FinalCounters { epoch: 2, bytes_received: 1500, bytes_sent: 1500 };
    let ended = close(&client, "node-1", after, EXIT, Some(last), &CounterPolicy::default()).await.unwrap().unwrap();
    assert_eq!((ended.bytes_received, ended.bytes_sent), (1500, 1500), "a final report counts like a first one");
    // After a report the figures of the opening are out of date.
    let id = at(&pool, "ada", 3, None).await;
    send_heartbeat(&client, "node-1", 3, (id, 1), (10, 10)).await;
    assert_eq!(connections::count_from().bind(&client, &5, &5, &id, &"node-1").await.unwrap(), 0);
}

#[tokio::test]
async fn a_jump_is_told_once_and_what_comes_after_it_is_counted() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for first in [None, Some((100, 200))] {
        let id = connection(&client, "ada", "node-1").await;
        if let Some(bytes) = first {
            send_heartbeat(&client, "node-1", 1, (id, 0), bytes).await;
        }
        let before = counters(&client, id).await;
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (JUMP, 300)).await.implausible, [id]);
        // The same message again, and an earlier one of the same kind, confirm nothing.
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (JUMP, 300)).await.implausible, [id]);
        assert_eq!(counters(&client, id).await, before);
        for number in 2..=101 {
            let bytes = (JUMP + number * 1_000_000_000, 300);
            let sequence = i64::try_from(number).unwrap();
            assert_eq!(send_heartbeat(&client, "node-1", 1, (id, sequence), bytes).await.applied, [id], "{number}");
        }
        assert_eq!(counters(&client, id).await, (before.0 + 101_000_000_000, before.1), "all but the jump");
        close(&client, "node-1", id, EXIT, None, &SLOW).await.unwrap().expect("it was live");
    }
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_glitch_between_two_reports_changes_no_sum() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (JUMP, 200)).await.implausible, [id]);
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 3), (150, 260)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (150, 260));
    // Nor is it remembered.
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 4), (JUMP + 1, 260)).await.implausible, [id]);
    assert_eq!(counters(&client, id).await, (150, 260));
}

#[tokio::test]
async fn refused_reports_do_not_shorten_the_time_in_which_an_increase_is_plausible() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    let report = async |sequence, bytes_received| {
        let beat = Heartbeat { connection_id: id, epoch: 1, sequence, bytes_received, bytes_sent: 0 };
        heartbeat(&client, "node-1", &[beat], &SLOW).await.unwrap()
    };
    assert_eq!(report(1, 0).await.applied, [id]);
    // Each is less than the one before, so that none confirms another.
    for (sequence, bytes) in [(2, 200_000), (3, 190_000), (4, 180_000)] {
        assert_eq!(report(sequence, bytes).await.implausible, [id]);
        let passed = "UPDATE vpn_connections SET counted_at = counted_at - INTERVAL '30 seconds'";
        execute_sql(&database, passed).await;
    }
    assert_eq!(report(5, 145_000).await.applied, [id], "150 seconds are 150,000 bytes");
    assert_eq!(counters(&client, id).await, (145_000, 0));
}

#[tokio::test]
async fn the_plausible_rate_is_the_policys_for_reports_ends_and_late_reports() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let fast = CounterPolicy { max_bits_per_second: u64::MAX };
    assert_eq!(CounterPolicy::default().max_bits_per_second, 100_000_000_000);
    for (policy, counts) in [(&SLOW, false), (&fast, true), (&CounterPolicy { max_bits_per_second: 0 }, false)] {
        let bytes = 1 << 40;
        let beat =
            |connection_id| Heartbeat { connection_id, epoch: 1, sequence: 1, bytes_received: bytes, bytes_sent: 0 };
        let counted = if counts { i64::try_from(bytes).unwrap() } else { 0 };
        let id = connection(&client, "ada", "node-1").await;
        let report = heartbeat(&client, "node-1", &[beat(id)], policy).await.unwrap();
        assert_eq!((report.applied == [id], report.implausible == [id]), (counts, !counts), "{policy:?}");
        let id = connection(&client, "ada", "node-1").await;
        let last = FinalCounters { epoch: 1, bytes_received: bytes, bytes_sent: 0 };
        let ended = close(&client, "node-1", id, EXIT, Some(last), policy).await.unwrap().expect("it was live");
        assert_eq!(ended.bytes_received, counted, "{policy:?}");
        let id = connection(&client, "ada", "node-1").await;
        close(&client, "node-1", id, CloseReason::Administrator, None, policy).await.unwrap().expect("it was live");
        heartbeat(&client, "node-1", &[beat(id)], policy).await.unwrap();
        assert_eq!(counters(&client, id).await.0, counted, "{policy:?}");
    }
}

#[tokio::test]
async fn a_final_report_confirms_a_refused_one_and_is_counted_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (JUMP, 0)).await;
    let last = FinalCounters { epoch: 1, bytes_received: JUMP + 70, bytes_sent: 5 };
    let reason = CloseReason::Administrator;
    let ended = close(&client, "node-1", id, reason, Some(last), &CounterPolicy::default()).await.unwrap().unwrap();
    assert_eq!((ended.bytes_received, ended.bytes_sent), (70, 5));
    // A report that was on its way, and one of the same figures.
    for (sequence, bytes) in [(2, (JUMP + 60, 4)), (3, (JUMP + 70, 5)), (4, (JUMP + 90, 9))] {
        send_heartbeat(&client, "node-1", 1, (id, sequence), bytes).await;
        assert_eq!(counters(&client, id).await, (70, 5));
    }
}

#[tokio::test]
async fn the_restart_of_one_of_two_daemons_closes_its_own_connections_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let mut ids = Vec::new();
    for (daemon, epoch) in [(Some("udp"), 10), (Some("tcp"), 10), (None, 10), (Some("udp"), 20)] {
        let new = NewConnection { daemon, epoch: Some(epoch), ..bare("ada", "node-1") };
        ids.push(opened(&pool, &new).await.expect("there is room"));
    }
    let restarted = async |daemon: Option<&str>, epoch: Option<i64>| {
        let close = connections::close_all_for_server();
        let ended = close.bind(&client, &"node-1", &daemon, &epoch, &CloseReason::ServerRestart).all().await.unwrap();
        ended.iter().map(|ended| ended.connection_id).collect::<Vec<_>>()
    };
    assert_eq!(restarted(Some("udp"), Some(20)).await, ids[..1], "of the start before");
    assert_eq!(restarted(Some("udp"), Some(20)).await, Vec::<i64>::new(), "a repeated request");
    assert!(state(&client, ids[1]).await.is_live() && state(&client, ids[2]).await.is_live());
    assert_eq!(restarted(Some("udp"), None).await, ids[3..]);
    assert_eq!(restarted(None, None).await, ids[1..3], "the whole server");
    assert_eq!(miscounted_connections(&database).await, 0);
}
