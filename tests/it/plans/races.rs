//! Plans while several processes report, open, assign and maintain at the same time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use barqnet_db::{
    connections::{CloseReason, OpenOutcome},
    maintenance::{MaintenancePolicy, run_all},
    plans::{self, Limits, PlanStart},
    queries::{
        connections::{self, HeartbeatParams},
        usage,
    },
};

use super::support::{assigned, days, opened, plan, try_to_open, unlimited, used};
use crate::common::{
    at_once, deadlocks, migrated_database, miscounted_connections, pool_of, scalar, send_heartbeat, text_rows, user,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_openings_start_a_plan_once() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    let client = pool.get().await.unwrap();
    let month = plan(&client, "month", &Limits::default()).await;
    for round in 0..10 {
        let name = format!("user-{round}");
        user(&client, &name).await;
        assigned(&client, &name, &days(month, PlanStart::FirstConnection, 30)).await;
        let ids = at_once(6, |task| {
            let (pool, name) = (pool.clone(), name.clone());
            async move { opened(&pool, &name, &format!("node-{task}")).await }
        })
        .await;
        assert_eq!(ids.len(), 6);
        // The start is the opening of the first one, and all end with the plan.
        let sql = format!(
            "SELECT COUNT(DISTINCT c.account_expires_at) FROM vpn_connections c
             JOIN users u ON u.username = c.username
             JOIN user_plans a ON a.user_id = u.id
             WHERE c.username = '{name}' AND c.account_expires_at = a.ends_at
               AND a.starts_at = (SELECT MIN(f.connected_at) FROM vpn_connections f WHERE f.username = '{name}')
             HAVING COUNT(*) = 6"
        );
        assert_eq!(scalar(&database, &sql).await, 1);
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_marks").await, 10);
}

/// Connections of one user on several servers report until the quota ends: nobody ends before, all end then, every byte that was
/// reported counts, and not one more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_report_at_the_same_time_share_the_quota_exactly() {
    const QUOTA: u64 = 50_000;
    let database = migrated_database().await;
    let pool = pool_of(&database, 10).await;
    let client = pool.get().await.unwrap();
    for round in 0..4_u64 {
        let name = format!("user-{round}");
        user(&client, &name).await;
        let daily = Limits { max_bytes_per_day: Some(QUOTA), ..Limits::default() };
        assigned(&client, &name, &unlimited(plan(&client, &name, &daily).await)).await;
        let reported = Arc::new(AtomicU64::new(0));
        let counted = at_once(8, |task| {
            let (pool, name, reported) = (pool.clone(), name.clone(), Arc::clone(&reported));
            async move {
                let client = pool.get().await.unwrap();
                let server = format!("node-{}", task % 3);
                let id = match try_to_open(&pool, &name, &server).await {
                    OpenOutcome::Opened { id, .. } => id,
                    // The others were faster.
                    OpenOutcome::RefusedByPlan(plans::Refusal::OverQuota) => return 0,
                    other => panic!("{other:?}"),
                };
                let mut bytes = 0;
                for sequence in 1.. {
                    let more = 1 + (u64::try_from(task).unwrap() * 37 + u64::try_from(sequence).unwrap() * 101) % 700;
                    bytes += more;
                    // Before it is sent: who sees an end has all that was sent before it.
                    reported.fetch_add(more, Ordering::SeqCst);
                    let report = send_heartbeat(&client, &server, 1, (id, sequence), (bytes, 0)).await;
                    if let Some(closed) = report.closed.first() {
                        assert_eq!(closed.reason, Some(CloseReason::OverQuota));
                        assert!(reported.load(Ordering::SeqCst) >= QUOTA, "nobody ends before the quota is used up");
                        return bytes;
                    }
                    assert_eq!(report.applied, [id]);
                }
                unreachable!("the quota ends")
            }
        })
        .await;
        let sum: u64 = counted.iter().sum();
        assert_eq!(sum, reported.load(Ordering::SeqCst));
        assert_eq!(used(&client, &name).await, sum, "every byte, once");
        // At most one report of each connection was on its way when the quota ended; on a cluster, whose nodes have no common
        // snapshot, two.
        let on_their_way = if barqnet_db_testing::cluster::has_cluster() { 2 } else { 1 };
        assert!((QUOTA..QUOTA + on_their_way * 8 * 701).contains(&sum), "{sum}");
    }
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    drop(client);
    pool.close();
    assert_eq!(deadlocks(&database).await, 0);
}

/// Otherwise what the report counts would be granted once more.
#[tokio::test]
async fn a_check_waits_for_a_report_that_is_being_counted() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 3).await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let daily = Limits { max_bytes_per_day: Some(1000), ..Limits::default() };
    assigned(&client, "ada", &unlimited(plan(&client, "daily", &daily).await)).await;
    let (one, other) = (opened(&pool, "ada", "node-1").await, opened(&pool, "ada", "node-2").await);
    for (server, id) in [("node-1", one), ("node-2", other)] {
        assert_eq!(send_heartbeat(&client, server, 1, (id, 1), (0, 0)).await.applied, [id]);
    }
    let mut reporter = pool.get().await.unwrap();
    let counting = reporter.transaction().await.unwrap();
    let report = HeartbeatParams {
        server_id: "node-1",
        ids: vec![one],
        epochs: vec![1_i64],
        sequences: vec![2_i64],
        bytes_received: vec![640_i64],
        bytes_sent: vec![0_i64],
        max_bits_per_second: 1_000_000_000,
    };
    connections::heartbeat().params(&counting, &report).one().await.unwrap();
    let checked = send_heartbeat(&client, "node-2", 1, (other, 2), (330, 0));
    let commit = async {
        database.until_a_connection_waits_for_a_lock().await;
        counting.commit().await.unwrap();
    };
    assert_eq!(tokio::join!(checked, commit).0.applied, [other]);
    // 30 are left, and each may use 15 before it is checked again.
    let report = send_heartbeat(&client, "node-1", 1, (one, 3), (671, 0)).await;
    assert_eq!(report.closed.first().map(|closed| closed.reason), Some(Some(CloseReason::OverQuota)));
}

/// Everything that locks accounts and connections, at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn plans_change_while_nodes_report_clients_open_and_maintenance_runs_without_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 14).await;
    let client = pool.get().await.unwrap();
    let names: Vec<_> = (0..6).map(|number| format!("user-{number}")).collect();
    for name in &names {
        user(&client, name).await;
    }
    let mut limits = Limits { max_bytes_per_day: Some(3000), ..Limits::default() };
    let ending = plan(&client, "ending", &limits).await;
    limits.over_quota = plans::OverQuota::TellNode;
    let telling = plan(&client, "telling", &limits).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let counted = at_once(10, |task| {
        let (pool, names, is_over) = (pool.clone(), names.clone(), Arc::clone(&is_over));
        async move {
            let client = pool.get().await.unwrap();
            let mut sum = 0;
            for round in 0..40_usize {
                let name = &names[(task + round) % names.len()];
                match task {
                    0 => {
                        let plan = if round % 2 == 0 { ending } else { telling };
                        assigned(&client, name, &days(plan, PlanStart::FirstConnection, 1)).await;
                    }
                    1 if round % 4 == 0 => {
                        let more = Limits { max_bytes_per_day: Some(3000 + round as u64), ..Limits::default() };
                        plans::update(&client, ending, "ending", &more).await.unwrap();
                    }
                    2 => drop(plans::cancel(&client, name).await.unwrap()),
                    3 => drop(plans::unassign(&client, name).await.unwrap()),
                    4 if round % 8 == 0 => {
                        let report = run_all(&pool, &MaintenancePolicy::default()).await;
                        assert_eq!(report.failed().count(), 0, "{report:#?}");
                    }
                    1 | 4 => {}
                    _ => {
                        let server = format!("node-{}", task % 3);
                        let OpenOutcome::Opened { id, .. } = try_to_open(&pool, name, &server).await else { continue };
                        for sequence in 1..4 {
                            let bytes = 100 * u64::try_from(sequence).unwrap();
                            send_heartbeat(&client, &server, 1, (id, sequence), (bytes, bytes)).await;
                        }
                        sum += 600;
                    }
                }
            }
            is_over.store(true, Ordering::SeqCst);
            sum
        }
    })
    .await;
    assert!(is_over.load(Ordering::SeqCst));
    let all = "SELECT SUM(bytes_in + bytes_out)::BIGINT FROM v_usage_by_day";
    assert_eq!(scalar(&database, all).await, i64::try_from(counted.iter().sum::<u64>()).unwrap(), "every byte, once");
    let twofold = "SELECT u.username::TEXT FROM users u
                   WHERE u.has_plan <> EXISTS (SELECT FROM user_plans a WHERE a.user_id = u.id AND a.replaced_at IS NULL)";
    assert_eq!(text_rows(&database.client().await, twofold).await, Vec::<String>::new());
    // A live connection has no grant if and only if its user has no plan, or one that was checked and has no quota: all have one.
    let stray = "SELECT COUNT(*) FROM vpn_connections c JOIN users u ON u.username = c.username
                 WHERE c.status = 'connecting' AND (c.bytes_granted IS NOT NULL) <> u.has_plan";
    assert_eq!(scalar(&database, stray).await, 0);
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    drop(client);
    pool.close();
    assert_eq!(deadlocks(&database).await, 0);
}
