//! Heartbeats: what a report adds to a connection, and what it answers.

use barqnet_db::{
    connections::{
        CloseReason, ConnectionPolicy, CounterPolicy, Heartbeat, HeartbeatReport, NewConnection, OpenOutcome,
        heartbeat, open,
    },
    queries::{
        connections::{self, HeartbeatParams},
        usage,
    },
};

use super::support::{closed_for, counters};
use crate::common::{close, connection, execute_sql, migrated_database, opening, scalar, send_heartbeat, user};

/// A report of which everything has become of one id.
fn only(part: impl FnOnce(&mut HeartbeatReport)) -> HeartbeatReport {
    let mut report = HeartbeatReport::default();
    part(&mut report);
    report
}

#[tokio::test]
async fn repeated_and_late_reports_change_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    let report = async |sequence, bytes| send_heartbeat(&client, "node-1", 7, (id, sequence), bytes).await;
    let applied = only(|report| report.applied.push(id));
    let repeated = only(|report| report.repeated.push(id));

    assert_eq!(report(1, (100, 1000)).await, applied);
    assert_eq!(report(4, (180, 1400)).await, applied);
    let before = connections::by_id().bind(&client, &id).one().await.unwrap();
    for (sequence, bytes) in [(4, (180, 1400)), (2, (120, 1100)), (3, (999, 9999)), (1, (0, 0)), (-9, (5, 5))] {
        assert_eq!(report(sequence, bytes).await, repeated, "{sequence}");
    }
    let after = connections::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!(format!("{after:?}"), format!("{before:?}"), "nothing changed, last_activity included");
    assert_eq!(report(5, (180, 1400)).await, applied, "nothing moved, and alive");
    assert!(connections::by_id().bind(&client, &id).one().await.unwrap().last_activity > before.last_activity);
    assert_eq!(counters(&client, id).await, (180, 1400));
}

#[tokio::test]
async fn a_node_that_restarted_counts_from_zero_and_its_older_reports_are_outdated() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 100, (id, 50), (1000, 2000)).await;
    // Its sequence numbers restart, too.
    assert_eq!(send_heartbeat(&client, "node-1", 101, (id, 1), (30, 40)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (1030, 2040));
    assert_eq!(
        send_heartbeat(&client, "node-1", 100, (id, 51), (1500, 2500)).await,
        only(|report| report.outdated.push(id))
    );
    assert_eq!(send_heartbeat(&client, "node-1", 101, (id, 2), (31, 42)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (1031, 2042));
    // More than before the restart, and still all of it is new.
    assert_eq!(send_heartbeat(&client, "node-1", 102, (id, 1), (5000, 5000)).await.applied, [id]);
    assert_eq!(counters(&client, id).await, (6031, 7042));
}

#[tokio::test]
async fn implausible_counters_are_reported_and_not_added() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    let implausible = only(|report| report.implausible.push(id));
    let tib = 1_u64 << 40;
    // A line of 100 Gbit/s: what it carries in the last minutes, and a second more for this test itself.
    let (gigabyte, line) = (1_000_000_000_u64, |seconds: u64| (60 + seconds) * 12_500_000_000);
    for (epoch, bytes) in [
        (1, (u64::MAX, 200)),
        (1, (i64::MAX.cast_unsigned(), i64::MAX.cast_unsigned())),
        (1, (100, 200 + line(30))),
        (1, (99, 300)),
        (1, (300, 199)),
        (2, (line(30), 0)),
        (i64::MAX, (u64::MAX, u64::MAX)),
    ] {
        assert_eq!(send_heartbeat(&client, "node-1", epoch, (id, 9), bytes).await, implausible, "{epoch} {bytes:?}");
        assert_eq!(counters(&client, id).await, (100, 200));
    }
    // A program that writes in other types gets the same answer.
    for bytes in [-1, i64::MIN] {
        let parameters = HeartbeatParams {
            ids: vec![id],
            sequences: vec![10_i64],
            bytes_received: vec![bytes],
            bytes_sent: vec![500_i64],
            server_id: "node-1",
            epochs: vec![1_i64],
            max_bits_per_second: 100_000_000_000,
        };
        let row = connections::heartbeat().params(&client, &parameters).one().await.unwrap();
        assert_eq!((row.connection_id, row.outcome.as_str()), (id, "implausible"));
    }
    // The next figure that can be adds all of the difference.
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (150, 260)).await.applied, [id]);
    let silent = async |seconds: i64| {
        let back = format!("UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '{seconds} s'");
        execute_sql(&database, &back).await;
    };
    let mut total = 150;
    for (sequence, seconds) in [(3, 0), (4, 300), (5, 86_400)] {
        let most = line(u64::try_from(seconds).unwrap()).min(16 * tib);
        silent(seconds).await;
        let too_much = (total + most + 100 * gigabyte, 260);
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, sequence), too_much).await, implausible, "{seconds} s");
        silent(seconds).await;
        total += most;
        assert_eq!(
            send_heartbeat(&client, "node-1", 1, (id, sequence), (total, 260)).await.applied,
            [id],
            "{seconds} s"
        );
    }
    let expected = (i64::try_from(total).unwrap(), 260);
    assert_eq!(counters(&client, id).await, expected);

    // Nor does a final report: the connection closes all the same.
    let ended = close(&client, "node-1", id, Some((u64::MAX, u64::MAX))).await.expect("it was live");
    assert_eq!((ended.bytes_received, ended.bytes_sent), expected);
    let summary = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out), expected);
}

#[tokio::test]
async fn a_connection_is_full_before_its_counter_is() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    execute_sql(&database, "UPDATE vpn_connections SET bytes_received = 9223372036854775807").await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await.implausible, [id]);
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (u64::MAX, u64::MAX)).await.implausible, [id]);
    assert!(close(&client, "node-1", id, Some((5, 5))).await.is_some());
}

#[tokio::test]
async fn counting_continues_from_the_bytes_that_an_older_program_wrote() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for (reported, expected) in [((700, 50), (700, 50)), ((500, 30), (500, 30)), ((20, 10), (520, 40))] {
        let id = connection(&client, "ada", "node-1").await;
        let bytes = format!("UPDATE vpn_connections SET bytes_received = 500, bytes_sent = 30 WHERE id = {id}");
        execute_sql(&database, &bytes).await;
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), reported).await.applied, [id]);
        assert_eq!(counters(&client, id).await, expected);
    }
}

#[tokio::test]
async fn a_batch_reports_the_result_for_every_connection() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let twice = connection(&client, "ada", "node-1").await;
    let ended = connection(&client, "ada", "node-1").await;
    let elsewhere = connection(&client, "ada", "node-2").await;
    let opening = opening(&client, "ada", "node-1").await;
    close(&client, "node-1", ended, None).await.expect("it was live");

    let batch: Vec<Heartbeat> = [
        (opening, 1, 7),
        (twice, 2, 30),
        (ended, 1, 900),
        (-1, 1, 900),
        (elsewhere, 1, 900),
        (twice, 1, 20),
        (i64::MAX, 1, 1),
    ]
    .iter()
    .map(|&(connection_id, sequence, bytes)| Heartbeat {
        connection_id,
        epoch: 1,
        sequence,
        bytes_received: bytes,
        bytes_sent: 2 * bytes,
    })
    .collect();
    let report = heartbeat(&client, "node-1", &batch, &CounterPolicy::default()).await.unwrap();
    let rest = HeartbeatReport {
        closed: vec![closed_for(ended, CloseReason::ClientExit)],
        unknown: vec![-1, elsewhere, i64::MAX],
        ..HeartbeatReport::default()
    };
    assert_eq!(report, HeartbeatReport { applied: vec![twice, opening], ..rest.clone() });
    let again = heartbeat(&client, "node-1", &batch, &CounterPolicy::default()).await.unwrap();
    assert_eq!(again, HeartbeatReport { repeated: vec![twice, opening], ..rest });
    assert_eq!(counters(&client, twice).await, (30, 60));
    assert_eq!(counters(&client, opening).await, (7, 14));
    assert_eq!(counters(&client, elsewhere).await, (0, 0));
    assert_eq!(heartbeat(&client, "node-1", &[], &CounterPolicy::default()).await.unwrap(), HeartbeatReport::default());
}

#[tokio::test]
async fn a_finished_hour_is_added_to_the_roll_ups_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (one, two) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await);
    for id in [one, two] {
        send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    }
    let rolled_up = "SELECT COALESCE(SUM(bytes_in), 0)::BIGINT FROM usage_hourly";
    assert_eq!(scalar(&database, rolled_up).await, 0, "the hour is not over");
    // Two hours pass.
    execute_sql(&database, "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '2 hours'").await;
    for sequence in [2, 3] {
        for id in [one, two] {
            let bytes = 10 * u64::try_from(sequence).unwrap();
            send_heartbeat(&client, "node-1", 1, (id, sequence), (100 + bytes, 200 + bytes)).await;
        }
        assert_eq!(scalar(&database, rolled_up).await, 200);
        let totals = "SELECT SUM(bytes_in + 1000 * bytes_out)::BIGINT FROM usage_totals";
        assert_eq!(scalar(&database, totals).await, 400_200);
        let by_server = "SELECT SUM(bytes_in + 1000 * bytes_out)::BIGINT FROM usage_by_server";
        assert_eq!(scalar(&database, by_server).await, 400_200);
    }
    let now = chrono::Utc::now();
    let (since, until) = (now - chrono::TimeDelta::hours(5), now + chrono::TimeDelta::hours(1));
    let hours = usage::usage_by_hour().bind(&client, &"ada", &since, &until).all().await.unwrap();
    let found: Vec<_> = hours.iter().map(|hour| (hour.bytes_in, hour.bytes_out)).collect();
    assert_eq!(found, [(200, 400), (60, 60)], "each byte in the hour it was reported");
    assert_eq!(hours[1].hour - hours[0].hour, chrono::TimeDelta::hours(2));

    close(&client, "node-1", one, Some((150, 260))).await.expect("it was live");
    // Of the other one nothing is heard for an hour but its end: what that adds is of the hour it was last heard in.
    execute_sql(
        &database,
        "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour' WHERE status = 'connected'",
    )
    .await;
    close(&client, "node-1", two, Some((135, 237))).await.expect("it was live");
    let hours = usage::usage_by_hour().bind(&client, &"ada", &since, &until).all().await.unwrap();
    let found: Vec<_> = hours.iter().map(|hour| (hour.bytes_in, hour.bytes_out, hour.sessions)).collect();
    assert_eq!(found, [(200, 400, 0), (35, 37, 0), (50, 60, 2)]);
    let summary = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out), (150 + 135, 260 + 237));
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn connections_count_and_end_correctly_after_the_clock_went_back() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    // Everything that the row knows lies ahead, by hours and by years.
    let ahead = "connected_at = NOW() + INTERVAL '3 hours', last_activity = NOW() + INTERVAL '10 years',
                 usage_hour = DATE_TRUNC('hour', NOW() + INTERVAL '3 hours')";
    execute_sql(&database, &format!("UPDATE vpn_connections SET {ahead}")).await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (130, 240)).await.applied, [id]);
    let now = chrono::Utc::now();
    let found = connections::by_id().bind(&client, &id).one().await.unwrap();
    assert!(found.last_activity.unwrap() <= now, "or nobody would ever give it up");
    let (since, until) = (now - chrono::TimeDelta::hours(1), now + chrono::TimeDelta::hours(4));
    let hours = usage::usage_by_hour().bind(&client, &"ada", &since, &until).all().await.unwrap();
    let bytes: Vec<_> = hours.iter().map(|hour| (hour.bytes_in, hour.bytes_out)).collect();
    assert_eq!(bytes, [(30, 40), (100, 200)], "what was counted ahead stays there, what comes is counted now");
    let ended = close(&client, "node-1", id, Some((150, 260))).await.expect("it was live");
    assert_eq!((ended.duration_seconds, ended.bytes_received, ended.bytes_sent), (0, 150, 260));
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_report_counts_whatever_time_of_activity_the_row_has() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let times = ["'0001-01-01'", "'2001-01-01'", "'9999-12-31'", "NULL"];
    for at in times {
        let ids = [connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await];
        let odd = format!("last_activity = {at}, connected_at = {at}, usage_hour = NULL");
        for _ in 0..2 {
            execute_sql(&database, &format!("UPDATE vpn_connections SET {odd} WHERE id = {}", ids[0])).await;
            let sequence =
                i64::from(scalar(&database, "SELECT SUM(heartbeat_sequence)::BIGINT FROM vpn_connections").await > 0);
            let beats = ids.map(|connection_id| Heartbeat {
                connection_id,
                epoch: 1 + sequence,
                sequence: 1 + sequence,
                bytes_received: 5,
                bytes_sent: 6,
            });
            let report = heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.unwrap();
            assert_eq!(report.applied, ids, "{at}: {report:?}");
        }
        execute_sql(&database, &format!("UPDATE vpn_connections SET {odd} WHERE id = {}", ids[0])).await;
        assert!(close(&client, "node-1", ids[0], Some((7, 8))).await.is_some(), "{at}");
        assert!(close(&client, "node-1", ids[1], None).await.is_some());
        execute_sql(&database, "UPDATE vpn_connections SET heartbeat_sequence = 0").await;
    }
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    let period = (chrono::DateTime::UNIX_EPOCH, chrono::Utc::now() + chrono::TimeDelta::days(366_000));
    let hours = usage::usage_by_hour().bind(&client, &"ada", &period.0, &period.1).all().await.unwrap();
    assert!(!hours.is_empty());
}

#[tokio::test]
async fn a_report_with_lists_of_different_lengths_counts_up_to_the_shortest() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(connection(&client, "ada", "node-1").await);
    }
    let report = async |sequence: i64| {
        let parameters = HeartbeatParams {
            ids: ids.as_slice(),
            sequences: vec![sequence, sequence],
            bytes_received: vec![5_i64],
            bytes_sent: vec![6_i64, 7, 8],
            server_id: "node-1",
            epochs: vec![1_i64],
            max_bits_per_second: 100_000_000_000,
        };
        let rows = connections::heartbeat().params(&client, &parameters).all().await.unwrap();
        rows.into_iter().map(|row| row.outcome).collect::<Vec<_>>()
    };
    assert_eq!(report(1).await, ["applied", "implausible", "implausible"]);
    assert_eq!(report(1).await, ["repeated", "implausible", "implausible"]);
    assert_eq!(counters(&client, ids[1]).await, (0, 0));
}

#[tokio::test]
async fn a_node_that_gives_its_start_time_may_number_its_reports_freely() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let new = NewConnection { username: "ada", server_id: "node-1", epoch: Some(7), ..NewConnection::default() };
    let OpenOutcome::Opened { id, .. } = open(&pool, &new, &ConnectionPolicy::default()).await.unwrap() else {
        panic!("ada has none")
    };
    assert_eq!(send_heartbeat(&client, "node-1", 6, (id, 99), (1, 1)).await.outdated, [id]);
    for sequence in [-3, 0, 1] {
        assert_eq!(send_heartbeat(&client, "node-1", 7, (id, sequence), (10, 20)).await.applied, [id], "{sequence}");
    }
    assert_eq!(counters(&client, id).await, (10, 20));
}
