//! Heartbeats of several writers at the same time.

use barqnet_db::{
    client::{GenericClient, Query},
    connections::{CounterPolicy, heartbeat},
    queries::usage,
};

use super::support::{counted, counters, many};
use crate::common::{Numbers, at_once, migrated_database, pool_of, scalar, user};

/// Six writers report the same connections for each start of the node. Each sends its reports in random order, with
/// repeats and reports of the start before; the last report of a start is sent last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn six_writers_with_repeats_and_restarts_count_every_byte_once_without_deadlock() {
    const STARTS: i64 = 2;
    const LAST: i64 = 8;
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    user(&pool.get().await.unwrap(), "ada").await;
    many(&database, 600, 1).await;
    let rows = database.client().await.query("SELECT id FROM vpn_connections", &[]).await.unwrap();
    let all: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    for epoch in 1..=STARTS {
        at_once(6, |task| {
            let (pool, all) = (pool.clone(), all.clone());
            async move {
                let client = pool.get().await.unwrap();
                // With either join method; JIT compilation would only take time.
                let plan = ["enable_nestloop", "enable_hashjoin"][task % 2];
                client.batch_execute(&format!("SET {plan} = off; SET jit = off")).await.unwrap();
                let mut numbers = Numbers::new(task as u64);
                let sequences = numbers.shuffled(&(0..LAST).collect::<Vec<_>>());
                for sequence in sequences.into_iter().chain([LAST]) {
                    for ids in numbers.shuffled(&all).chunks(150) {
                        // The hour ends while they write.
                        if sequence != LAST && numbers.below(12) == 0 {
                            an_hour_passes(&client, numbers.below(7).into()).await;
                        }
                        let beats = |epoch| ids.iter().map(|&id| counted(id, epoch, sequence)).collect::<Vec<_>>();
                        let report = heartbeat(&client, "node-0", &beats(epoch), &CounterPolicy::default())
                            .await
                            .expect("no deadlock");
                        assert_eq!(report.applied.len() + report.repeated.len(), ids.len(), "{report:?}");
                        let late =
                            heartbeat(&client, "node-0", &beats(epoch - 1), &CounterPolicy::default()).await.unwrap();
                        assert_eq!(late.outdated.len(), ids.len(), "{late:?}");
                    }
                }
            }
        })
        .await;
    }
    let client = pool.get().await.unwrap();
    let mut sum = 0;
    for &id in &all {
        let bytes: u64 = (1..=STARTS).map(|epoch| counted(id, epoch, LAST).bytes_received).sum();
        let bytes = i64::try_from(bytes).unwrap();
        assert_eq!(counters(&client, id).await, (bytes, 2 * bytes));
        sum += bytes;
    }
    let summary = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out), (sum, 2 * sum));
    assert_eq!(scalar(&database, "SELECT SUM(bytes_in)::BIGINT FROM v_usage_by_hour").await, sum);
    let rolled_up = scalar(&database, "SELECT SUM(bytes_in)::BIGINT FROM usage_totals").await;
    assert!(rolled_up > 0, "hours passed");
    assert_eq!(scalar(&database, "SELECT SUM(bytes_in)::BIGINT FROM usage_by_server").await, rolled_up);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

/// Puts a seventh of the connections into the hour before, in the order in which heartbeats lock.
async fn an_hour_passes(client: &impl GenericClient, seventh: i64) {
    static BACK: Query = Query::by_hand(
        "tests.back",
        "UPDATE vpn_connections SET usage_hour = (usage_hour AT TIME ZONE 'UTC' - INTERVAL '1 hour') AT TIME ZONE 'UTC'
         WHERE server_id = 'node-0'
           AND id IN (SELECT id FROM vpn_connections WHERE server_id = 'node-0' AND id % 7 = $1
                      ORDER BY id FOR NO KEY UPDATE)",
    );
    BACK.execute(client, &[&seventh]).await.expect("no deadlock");
}
