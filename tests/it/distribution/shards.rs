//! Which shards a call needs, on the cluster that `BARQNET_TEST_CITUS` names.

use std::time::Duration;

use barqnet_db::{
    connections::CloseReason,
    pool::{self, Pool},
    queries::connections,
    tokio_postgres::Client,
};
use barqnet_db_testing::{
    TestDatabase,
    cluster::{node_settings, require_cluster},
};
use tokio::task::JoinHandle;

use crate::common::{STALE, close, connection, migrated_database, opening, send_heartbeat, user};

/// A distributed database with the user `ada`, and a pool whose statements wait for locks for 10 seconds at most.
async fn with_user() -> (TestDatabase, Pool) {
    require_cluster();
    let database = migrated_database().await;
    let settings = database.settings().statement_timeout(Some(Duration::from_secs(10)));
    let pool = pool::connect(settings).await.unwrap();
    user(&pool.get().await.unwrap(), "ada").await;
    (database, pool)
}

/// Locks all shards that have no rows of `node-1`, until the sessions are dropped.
async fn lock_other_shards(database: &TestDatabase) -> Vec<Client> {
    let shards = "SELECT STRING_AGG(shard_name::TEXT, ', ') FROM citus_shards
                  WHERE shardid <> GET_SHARD_ID_FOR_DISTRIBUTION_COLUMN(table_name, 'node-1'::TEXT) AND nodeport = $1";
    let (coordinator, mut sessions) = (database.client().await, Vec::new());
    for node in [1, 2] {
        let (session, _) = node_settings(node, database.name()).connect_client().await.unwrap();
        let port = session.query_one("SELECT CURRENT_SETTING('port')::INTEGER", &[]).await.unwrap().get::<_, i32>(0);
        let tables: String = coordinator.query_one(shards, &[&port]).await.unwrap().get(0);
        session
            .batch_execute(&format!(
                "SET citus.enable_manual_changes_to_shards = on; BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"
            ))
            .await
            .unwrap();
        sessions.push(session);
    }
    sessions
}

/// As if the server had been silent for longer than an arrival is not recorded again.
async fn falls_silent(pool: &Pool) {
    let sql = "UPDATE server_status SET heard_at = '2026-01-01' WHERE server_id = 'node-1'";
    assert_eq!(pool.get().await.unwrap().execute(sql, &[]).await.unwrap(), 1);
}

/// Waits until a session of a worker waits for one of the locks, on behalf of `call`.
async fn until_a_shard_is_awaited<T>(locks: &[Client], call: &JoinHandle<T>) {
    let waits = "SELECT FROM pg_locks
                 WHERE NOT granted AND locktype = 'relation' AND relation::REGCLASS::TEXT LIKE 'server_status%'";
    loop {
        for session in locks {
            if !session.query(waits, &[]).await.unwrap().is_empty() {
                return;
            }
        }
        assert!(!call.is_finished(), "it needed no other shard");
        tokio::task::yield_now().await;
    }
}

/// Otherwise each would wait for all workers, and fail while any of them is down.
#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn reports_and_ends_need_the_shards_of_their_server_only() {
    let (database, pool) = with_user().await;
    let client = pool.get().await.unwrap();
    let (first, second, third) = (
        opening(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
    );
    let locks = lock_other_shards(&database).await;
    falls_silent(&pool).await;
    connections::mark_connected().bind(&client, &first, &"node-1").one().await.expect("one shard");
    assert_eq!(send_heartbeat(&client, "node-1", 1, (first, 1), (5, 6)).await.applied, [first]);
    falls_silent(&pool).await;
    close(&client, "node-1", first, Some((7, 8))).await.expect("it was live");
    assert_eq!(send_heartbeat(&client, "node-1", 1, (first, 2), (9, 9)).await.closed.len(), 1);
    let reap = connections::reap_stale();
    assert_eq!(reap.bind(&client, &"node-1", &STALE.as_secs_f64(), &10).all().await.expect("one shard").len(), 0);
    let all = connections::close_all_for_server();
    let ended = all.bind(&client, &"node-1", &None::<&str>, &None, &CloseReason::ServerRestart).all().await;
    let ended: Vec<i64> = ended.expect("one shard").iter().map(|ended| ended.connection_id).collect();
    assert_eq!(ended, [second, third]);
    drop(locks);
}

/// Whether reports could arrive at all is what the other servers tell. The page on distribution says so.
#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn reaping_of_a_silent_server_needs_the_shards_of_all_servers() {
    let (database, pool) = with_user().await;
    let client = pool.get().await.unwrap();
    let stale = connection(&client, "ada", "node-1").await;
    client.execute("UPDATE vpn_connections SET last_activity = '2026-01-01'", &[]).await.unwrap();
    let reporting = "INSERT INTO server_status (server_id, heard_at, heard_since)
                     VALUES ('node-2', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP - INTERVAL '1 hour')";
    client.execute(reporting, &[]).await.unwrap();
    falls_silent(&pool).await;
    let locks = lock_other_shards(&database).await;
    let reap = tokio::spawn(async move {
        let reaped = connections::reap_stale().bind(&client, &"node-1", &STALE.as_secs_f64(), &10).all().await;
        reaped.expect("the shards are there").iter().map(|reaped| reaped.connection_id).collect::<Vec<_>>()
    });
    until_a_shard_is_awaited(&locks, &reap).await;
    drop(locks);
    assert_eq!(reap.await.unwrap(), [stale]);
}
