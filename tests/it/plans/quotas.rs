//! Bytes per day and month: exact, across servers, roll-ups and retention.

use std::time::Duration;

use barqnet_db::{
    connections::{CloseReason, Closed, HeartbeatReport, OpenOutcome},
    maintenance::{MaintenancePolicy, run_all},
    plans::{self, Limits, OverQuota, Period, Refusal},
    pool::Client,
    queries::connections::HeartbeatParams,
};
use chrono::{TimeDelta, Utc};

use super::support::{assigned, opened, plan, try_to_open, unlimited, used};
use crate::common::{
    Numbers, close, execute_sql, migrated_database, miscounted_connections, scalar, send_heartbeat, user,
};

const fn per_day(bytes: u64) -> Limits<'static> {
    Limits {
        max_devices: None,
        max_connections: None,
        max_bytes_per_day: Some(bytes),
        max_bytes_per_month: None,
        over_quota: OverQuota::End,
        locations: &[],
    }
}

fn over(connection_id: i64) -> Closed {
    Closed { connection_id, reason: Some(CloseReason::OverQuota) }
}

async fn granted(client: &Client, id: i64) -> Option<i64> {
    let sql = "SELECT bytes_granted FROM vpn_connections WHERE id = $1";
    client.query_one(sql, &[&id]).await.expect("an answer").get(0)
}

#[tokio::test]
async fn a_connection_over_quota_ends_and_none_opens_until_the_quota_resets() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    assigned(&client, "ada", &unlimited(plan(&client, "small", &per_day(1000)).await)).await;
    let (id, other) = (opened(&pool, "ada", "node-1").await, opened(&pool, "ada", "node-2").await);
    for (sequence, bytes, is_alive) in
        [(1, 0, true), (2, 400, true), (3, 999, true), (4, 1000, false), (5, 1030, false)]
    {
        let report = send_heartbeat(&client, "node-1", 1, (id, sequence), (bytes, 0)).await;
        let expected = if is_alive {
            HeartbeatReport { applied: vec![id], ..HeartbeatReport::default() }
        } else {
            HeartbeatReport { closed: vec![over(id)], ..HeartbeatReport::default() }
        };
        assert_eq!(report, expected, "{bytes}");
    }
    assert_eq!(used(&client, "ada").await, 1030, "what it used until it was dropped counts");
    assert_eq!(send_heartbeat(&client, "node-2", 1, (other, 1), (0, 5)).await.closed, [over(other)], "everywhere");
    assert_eq!(used(&client, "ada").await, 1035);
    let outcome = try_to_open(&pool, "ada", "node-1").await;
    assert!(matches!(outcome, OpenOutcome::RefusedByPlan(Refusal::OverQuota)), "{outcome:?}");
    let quota = plans::quota(&client, "ada").await.unwrap();
    assert_eq!((quota.len(), quota[0].period, quota[0].max_bytes, quota[0].left()), (1, Period::Day, 1000, 0));
    assert!(quota[0].resets_at > Utc::now() && quota[0].resets_at <= Utc::now() + TimeDelta::days(1));
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(barqnet_db::queries::usage::discrepancies().bind(&client).all().await.unwrap(), []);
    // As if it was yesterday.
    execute_sql(&database, "UPDATE usage_hourly SET hour = hour - INTERVAL '1 day'").await;
    opened(&pool, "ada", "node-1").await;
}

#[tokio::test]
async fn a_plan_that_ends_nothing_tells_the_nodes_in_each_heartbeat() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let slow = plan(&client, "slow", &Limits { over_quota: OverQuota::TellNode, ..per_day(1000) }).await;
    assigned(&client, "ada", &unlimited(slow)).await;
    let id = opened(&pool, "ada", "node-1").await;
    for (sequence, bytes, is_over) in [(1, 999, false), (2, 1000, true), (3, 5000, true), (3, 5000, true)] {
        let report = send_heartbeat(&client, "node-1", 1, (id, sequence), (0, bytes)).await;
        assert_eq!((report.over_quota == [id], report.closed.len()), (is_over, 0), "{bytes}: {report:?}");
        assert!(report.applied == [id] || report.repeated == [id]);
    }
    let other = opened(&pool, "ada", "node-2").await;
    assert_eq!(send_heartbeat(&client, "node-2", 1, (other, 1), (1, 1)).await.over_quota, [other]);
    // More is allowed: the next heartbeat knows it.
    plans::update(&client, slow, "slow", &Limits { over_quota: OverQuota::TellNode, ..per_day(10_000) }).await.unwrap();
    let report = send_heartbeat(&client, "node-1", 1, (id, 4), (0, 6000)).await;
    assert_eq!((report.applied, report.over_quota), (vec![id], vec![]));
    // And less, and that connections end.
    plans::update(&client, slow, "slow", &per_day(6000)).await.unwrap();
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 5), (0, 6000)).await.closed, [over(id)]);
}

#[tokio::test]
async fn the_tighter_one_of_day_and_month_counts_and_both_are_told() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let both = Limits { max_bytes_per_month: Some(1500), ..per_day(1000) };
    assigned(&client, "ada", &unlimited(plan(&client, "both", &both).await)).await;
    let id = opened(&pool, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (900, 0)).await;
    let quota = plans::quota(&client, "ada").await.unwrap();
    let told: Vec<_> = quota.iter().map(|quota| (quota.period, quota.used_bytes, quota.left())).collect();
    assert_eq!(told, [(Period::Day, 900, 100), (Period::Month, 900, 600)]);
    // Bytes of an earlier day of this month count for the month only. On its first day there is none.
    let earlier = "INSERT INTO usage_daily (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
                   SELECT 'node-1', 'ada', DATE_TRUNC('month', NOW() AT TIME ZONE 'UTC')::DATE, 1, 300, 250, 1
                   WHERE EXTRACT(DAY FROM NOW() AT TIME ZONE 'UTC') > 1";
    if execute_sql(&database, earlier).await == 1 {
        let quota = plans::quota(&client, "ada").await.unwrap();
        assert_eq!(quota.iter().map(plans::Quota::left).collect::<Vec<_>>(), [100, 50]);
        plans::update(&client, 1, "both", &both).await.unwrap();
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (949, 0)).await.applied, [id]);
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 3), (950, 0)).await.closed, [over(id)]);
    }
}

#[tokio::test]
async fn a_user_without_a_quota_is_never_checked() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = opened(&pool, "ada", "node-1").await;
    assert_eq!(granted(&client, id).await, None);
    let endless = plan(&client, "endless", &Limits::default()).await;
    assigned(&client, "ada", &unlimited(endless)).await;
    assert_eq!(granted(&client, id).await, Some(0), "until the first heartbeat");
    send_heartbeat(&client, "node-1", 1, (id, 1), (1 << 30, 0)).await;
    assert_eq!(granted(&client, id).await, None);
    assert_eq!(plans::quota(&client, "ada").await.unwrap(), []);
    // The plan gets a quota during the connection.
    plans::update(&client, endless, "small", &per_day(1)).await.unwrap();
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (1 << 30, 0)).await.closed.len(), 1);
    let id = opened_without_a_plan(&database, &pool).await;
    assert_eq!((granted(&client, id).await, plans::quota(&client, "ada").await.unwrap()), (None, vec![]));
}

async fn opened_without_a_plan(database: &barqnet_db_testing::TestDatabase, pool: &barqnet_db::pool::Pool) -> i64 {
    assert!(plans::unassign(&pool.get().await.unwrap(), "ada").await.unwrap());
    assert_eq!(scalar(database, "SELECT COUNT(*) FROM users WHERE has_plan").await, 0);
    opened(pool, "ada", "node-1").await
}

#[tokio::test]
async fn a_change_of_plan_holds_for_live_connections_from_their_next_heartbeat_on() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (large, small) = (plan(&client, "large", &per_day(10_000)).await, plan(&client, "small", &per_day(500)).await);
    assigned(&client, "ada", &unlimited(large)).await;
    let id = opened(&pool, "ada", "node-1").await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (499, 0)).await.applied, [id]);
    assigned(&client, "ada", &unlimited(small)).await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (499, 0)).await.applied, [id]);
    assert_eq!(
        send_heartbeat(&client, "node-1", 1, (id, 3), (500, 0)).await.closed,
        [over(id)],
        "it counts from midnight"
    );
    assigned(&client, "ada", &unlimited(large)).await;
    let id = opened(&pool, "ada", "node-1").await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (100, 0)).await.applied, [id]);
}

/// The process that answers a heartbeat dies between its statements: the same report again ends the connection.
#[tokio::test]
async fn a_heartbeat_that_is_cut_off_before_the_check_is_made_up_for_by_the_next() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    assigned(&client, "ada", &unlimited(plan(&client, "small", &per_day(1000)).await)).await;
    let id = opened(&pool, "ada", "node-1").await;
    let parameters = HeartbeatParams {
        server_id: "node-1",
        ids: vec![id],
        epochs: vec![1_i64],
        sequences: vec![1_i64],
        bytes_received: vec![2000_i64],
        bytes_sent: vec![0_i64],
        max_bits_per_second: 1_000_000_000,
    };
    let row = barqnet_db::queries::connections::heartbeat().params(&client, &parameters).one().await.unwrap();
    // What a program of the release before reads: the outcome that it knows.
    assert_eq!((row.outcome.as_str(), row.reason.as_deref()), ("applied", Some("over_quota")));
    let report = send_heartbeat(&client, "node-1", 1, (id, 1), (2000, 0)).await;
    assert_eq!(report, HeartbeatReport { closed: vec![over(id)], ..HeartbeatReport::default() });
}

#[tokio::test]
async fn a_report_of_many_users_ends_those_over_quota_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let small = plan(&client, "small", &per_day(1000)).await;
    let slow = plan(&client, "slow", &Limits { over_quota: OverQuota::TellNode, ..per_day(1000) }).await;
    let mut beats = Vec::new();
    let mut expected = HeartbeatReport::default();
    for number in 0..60_u64 {
        let name = format!("user-{number}");
        user(&client, &name).await;
        match number % 3 {
            0 => drop(assigned(&client, &name, &unlimited(small)).await),
            1 => drop(assigned(&client, &name, &unlimited(slow)).await),
            _ => {}
        }
        let connection_id = opened(&pool, &name, "node-1").await;
        let bytes_received = 980 + number;
        let beat =
            barqnet_db::connections::Heartbeat { connection_id, epoch: 1, sequence: 1, bytes_received, bytes_sent: 0 };
        beats.push(beat);
        match (number % 3, bytes_received >= 1000) {
            (0, true) => expected.closed.push(over(connection_id)),
            (1, true) => {
                expected.applied.push(connection_id);
                expected.over_quota.push(connection_id);
            }
            _ => expected.applied.push(connection_id),
        }
    }
    let policy = barqnet_db::connections::CounterPolicy::default();
    assert_eq!(barqnet_db::connections::heartbeat(&client, "node-1", &beats, &policy).await.unwrap(), expected);
    assert_eq!(miscounted_connections(&database).await, 0);
}

/// Maintenance rolls hours up and folds days, connections are closed, reaped and deleted: what was used this month stays.
#[tokio::test]
async fn a_quota_survives_roll_ups_retention_and_reaping() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let monthly = Limits { max_bytes_per_month: Some(10_000), ..Limits::default() };
    assigned(&client, "ada", &unlimited(plan(&client, "monthly", &monthly).await)).await;
    let (closed, reaped, live) = (
        opened(&pool, "ada", "node-1").await,
        opened(&pool, "ada", "node-2").await,
        opened(&pool, "ada", "node-3").await,
    );
    close(&client, "node-1", closed, Some((100, 200))).await.expect("it was live");
    send_heartbeat(&client, "node-2", 1, (reaped, 1), (1000, 0)).await;
    send_heartbeat(&client, "node-3", 1, (live, 1), (30, 0)).await;
    execute_sql(&database, "INSERT INTO server_status AS s (server_id, heard_at, heard_since)
                            VALUES ('node-2', NOW(), NOW() - INTERVAL '1 hour')
                            ON CONFLICT (server_id) DO UPDATE SET heard_at = EXCLUDED.heard_at, heard_since = EXCLUDED.heard_since").await;
    execute_sql(
        &database,
        &format!("UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '20 minutes' WHERE id = {reaped}"),
    )
    .await;
    assert_eq!(used(&client, "ada").await, 1330);
    // Nothing is kept that need not be.
    let policy = MaintenancePolicy {
        keep_usage_hours: Duration::ZERO,
        keep_usage_days: Duration::ZERO,
        keep_server_usage: Duration::ZERO,
        archive_statistics_after: Duration::ZERO,
        keep_archive: Duration::ZERO,
        keep_connections: Duration::ZERO,
        ..MaintenancePolicy::default()
    };
    let report = run_all(&pool, &policy).await;
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections").await, 1, "the live one");
    assert_eq!(used(&client, "ada").await, 1330);
    // A report of the reaped connection that is late is of a connection that is gone; of the live one it counts.
    send_heartbeat(&client, "node-3", 1, (live, 2), (8699, 0)).await;
    assert_eq!(used(&client, "ada").await, 9999);
    assert_eq!(send_heartbeat(&client, "node-3", 1, (live, 3), (8700, 0)).await.closed, [over(live)]);
}

/// Random reports of several connections on several servers, some of which close and open again: until the quota is used up nothing
/// ends, and then everything, and no byte is lost.
#[tokio::test]
async fn whatever_connections_report_the_quota_is_exact_to_the_byte() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for seed in 0..12_u64 {
        let mut numbers = Numbers::new(seed);
        let mut below = |limit: i32| u64::try_from(numbers.below(limit)).expect("not negative");
        let name = format!("user-{seed}");
        user(&client, &name).await;
        let quota = 1 + below(20_000);
        let limits = if seed % 2 == 0 {
            per_day(quota)
        } else {
            Limits { max_bytes_per_month: Some(quota), ..Limits::default() }
        };
        assigned(&client, &name, &unlimited(plan(&client, &name, &limits).await)).await;
        // Of each: server, id, sequence, bytes received and sent.
        let mut live = Vec::new();
        let mut sum = 0;
        let mut sequence = 0;
        loop {
            sequence += 1;
            let step = below(10);
            if live.is_empty() || step == 0 && live.len() < 5 {
                let server = format!("node-{}", below(3));
                let id = opened(&pool, &name, &server).await;
                live.push((server, id, 0, 0));
                continue;
            }
            let place = usize::try_from(below(i32::try_from(live.len()).unwrap())).unwrap();
            let share = if below(4) == 0 { 1 } else { 2000 };
            let (more_received, more_sent) = (below(share), below(share));
            let (server, id, received, sent) = &mut live[place];
            *received += more_received;
            *sent += more_sent;
            let (id, bytes) = (*id, (*received, *sent));
            sum += more_received + more_sent;
            if step == 1 && sum < quota {
                let server = server.clone();
                close(&client, &server, id, Some(bytes)).await.expect("it was live");
                live.remove(place);
                assert_eq!(used(&client, &name).await, sum, "seed {seed}");
                continue;
            }
            let report = send_heartbeat(&client, server, 1, (id, sequence), bytes).await;
            assert_eq!(used(&client, &name).await, sum, "seed {seed}");
            if sum >= quota {
                assert_eq!(report.closed, [over(id)], "seed {seed}: {sum} of {quota}");
                break;
            }
            assert_eq!(report.applied, [id], "seed {seed}: {sum} of {quota}");
        }
        let left = format!("SELECT COUNT(*) FROM vpn_connections WHERE username = '{name}' AND status = 'connecting'");
        assert_eq!(scalar(&database, &left).await, 0, "seed {seed}");
    }
    assert_eq!(miscounted_connections(&database).await, 0);
}
