//! Usage moves from live connections to the roll-ups as they end, and every figure shows it once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use barqnet_db::{
    client::GenericClient,
    queries::{monitoring, usage},
    usage::{bandwidth_last_24_hours, mark},
};
use chrono::Utc;

use crate::common::{at_once, close, connection, migrated_database, pool_of, send_heartbeat, user};

const SERVERS: usize = 3;
const CONNECTIONS: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_sum_changes_while_connections_end() {
    let database = migrated_database().await;
    let pool = pool_of(&database, SERVERS + 2).await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let began = Utc::now();
    let mut connections = vec![Vec::new(); SERVERS];
    for number in 0..CONNECTIONS {
        let server = format!("node-{}", number % SERVERS);
        let id = connection(&client, "ada", &server).await;
        send_heartbeat(&client, &server, 1, (id, 1), (1 << 20, 1 << 21)).await;
        connections[number % SERVERS].push(id);
    }
    drop(client);
    let ending = Arc::new(AtomicUsize::new(SERVERS));
    let marks = at_once(SERVERS + 1, |task| {
        let (pool, ending, ids) = (pool.clone(), Arc::clone(&ending), connections.get(task).cloned());
        async move {
            let client = pool.get().await.unwrap();
            let mut marks = Vec::new();
            let Some(ids) = ids else {
                while ending.load(Ordering::SeqCst) > 0 {
                    assert_all_sums(&client, began).await;
                    marks.push(mark(&client, "ada").await.unwrap().expect("an account"));
                }
                return marks;
            };
            for id in ids {
                close(&client, &format!("node-{task}"), id, None).await.expect("it was live");
            }
            ending.fetch_sub(1, Ordering::SeqCst);
            marks
        }
    })
    .await
    .concat();
    let client = pool.get().await.unwrap();
    assert_all_sums(&client, began).await;
    for moment in marks {
        let since = usage::since_mark().bind(&client, &"ada", &moment).one().await.unwrap();
        assert_eq!((since.bytes_in, since.bytes_out), (0, 0), "{moment}");
    }
}

/// What every figure shows before, while and after the connections end.
async fn assert_all_sums(client: &impl GenericClient, began: chrono::DateTime<Utc>) {
    let all = i64::try_from(CONNECTIONS).unwrap();
    let bytes = (all << 20, all << 21);
    let summary = usage::user_summary().bind(client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out), bytes);
    assert_eq!(summary.total_sessions + summary.active_connections, all, "each is live or over");
    let top = usage::top_users_ever().bind(client, &1).one().await.unwrap();
    assert_eq!((top.bytes_in, top.bytes_out), bytes);
    let top = usage::top_users().bind(client, &(began - chrono::TimeDelta::hours(2)), &1).one().await.unwrap();
    assert_eq!((top.bytes_in, top.bytes_out), bytes);
    let bandwidth = bandwidth_last_24_hours(client).await.unwrap();
    assert_eq!((bandwidth.bytes_in, bandwidth.bytes_out), bytes);
    let since = usage::since_hour().bind(client, &"ada", &began).one().await.unwrap();
    assert_eq!((since.bytes_in, since.bytes_out), bytes);
    let most = monitoring::top_users_by_bandwidth().bind(client, &1).one().await.unwrap();
    assert!((most.gib_total - 0.175_781_25).abs() < 1e-9, "{most:?}");
    assert_eq!(usage::discrepancies().bind(client).all().await.unwrap(), []);
}
