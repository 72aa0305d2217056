//! Ending stale connections: those that have sent no heartbeat for too long.

use std::{collections::BTreeSet, time::Duration};

use barqnet_db::{
    connections::{MIN_IDLE, reap_stale},
    queries::connections,
};

use super::support::{found, heard_for_an_hour, state, statistics};
use crate::common::{
    STALE, at_once, connection, execute_sql, migrated_database, pool_of, scalar, send_heartbeat, user,
};

#[tokio::test]
async fn a_stale_connection_ends_at_its_last_activity() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let stale = connection(&client, "ada", "node-1").await;
    let live = connection(&client, "ada", "node-1").await;
    let aged = "UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '2 hours', last_activity = NOW() - INTERVAL";
    execute_sql(&database, &format!("{aged} '301 seconds' WHERE id = {stale}")).await;
    execute_sql(&database, &format!("{aged} '290 seconds' WHERE id = {live}")).await;
    heard_for_an_hour(&database).await;
    let last = found(&client, stale).await.last_activity;

    let reaped = reap_stale(&client, STALE, 100).await.unwrap();
    assert_eq!(reaped.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [stale]);
    let ended = found(&client, stale).await;
    assert_eq!((ended.status.as_str(), ended.disconnect_reason.as_deref()), ("disconnected", Some("stale")));
    assert_eq!(ended.disconnected_at, last);
    assert_eq!(ended.duration_seconds, Some(7200 - 301));
    let in_statistics = "SELECT EXTRACT(EPOCH FROM s.ended_at - c.last_activity)::BIGINT
                         FROM vpn_statistics s
                         JOIN vpn_connections c ON c.server_id = s.server_id AND c.id = s.connection_id";
    assert_eq!(scalar(&database, in_statistics).await, 0);
    assert!(state(&client, live).await.is_live());
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_reapers_share_the_connections() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    user(&pool.get().await.unwrap(), "ada").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
         SELECT 'ada', 'node-1', 'connected', NOW() - INTERVAL '3 days', NOW() - INTERVAL '2 days' FROM GENERATE_SERIES(1, 1000)",
    )
    .await;
    let reaped = at_once(4, |_| {
        let pool = pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            let mut ids = Vec::new();
            loop {
                let batch = reap_stale(&client, STALE, 50).await.unwrap();
                if batch.is_empty() {
                    return ids;
                }
                ids.extend(batch.into_iter().map(|ended| ended.connection_id));
            }
        }
    })
    .await
    .concat();
    assert_eq!(reaped.len(), 1000);
    assert_eq!(reaped.into_iter().collect::<BTreeSet<_>>().len(), 1000, "nobody reaps what another has reaped");
    assert_eq!(statistics(&database).await, (1000, 1000));
}

#[tokio::test]
async fn a_reaper_skips_locked_connections() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (held, free) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await);
    execute_sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 days'").await;
    let mut other = pool.get().await.unwrap();
    let transaction = other.transaction().await.unwrap();
    send_heartbeat(&transaction, "node-1", 1, (held, 1), (1, 1)).await;
    let reaped = reap_stale(&client, STALE, 100).await.unwrap();
    assert_eq!(reaped.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [free]);
    transaction.commit().await.unwrap();
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0, "it was heard of");
    assert!(state(&client, held).await.is_live());
}

#[tokio::test]
async fn no_connection_is_stale_before_its_node_gives_up() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (recent, stale) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-2").await);
    for (id, seconds) in [(recent, 265), (stale, 275)] {
        let silent = format!("last_activity = NOW() - INTERVAL '{seconds} s'");
        execute_sql(&database, &format!("UPDATE vpn_connections SET {silent} WHERE id = {id}")).await;
    }
    heard_for_an_hour(&database).await;
    // Each server by itself.
    let idle_seconds = MIN_IDLE.as_secs_f64();
    assert_eq!(connections::reap_stale().bind(&client, &"node-1", &idle_seconds, &10).all().await.unwrap().len(), 0);
    assert!(state(&client, stale).await.is_live());
    let ended = reap_stale(&client, Duration::from_secs(1), 10).await.unwrap();
    assert_eq!(ended.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [stale]);
    assert!(state(&client, recent).await.is_live());
}
