//! What a heartbeat costs: no index entry, no function call per row.

use barqnet_db::connections::{CounterPolicy, Heartbeat, heartbeat};

use super::support::many;
use crate::common::{close, connection, execute_sql, migrated_database, scalar, send_heartbeat, user};

#[tokio::test]
async fn a_heartbeat_writes_no_index() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    // As nodes fill the table: neighbours in a page are of different servers.
    many(&database, 4000, 40).await;
    // While this transaction reads the table, no old row version can be removed.
    execute_sql(&database, "ALTER TABLE vpn_connections SET (autovacuum_enabled = FALSE)").await;
    let (mut written, mut in_their_page) = (0, 0);
    for sequence in 1..=5 {
        for server in 0..40 {
            let server = format!("node-{server}");
            let ids = "SELECT id FROM vpn_connections WHERE server_id = $1";
            let ids: Vec<i64> = client.query(ids, &[&server]).await.unwrap().iter().map(|row| row.get(0)).collect();
            let beats: Vec<Heartbeat> = ids
                .iter()
                .map(|&connection_id| Heartbeat { connection_id, epoch: 1, sequence, bytes_received: 1, bytes_sent: 1 })
                .collect();
            let transaction = client.transaction().await.unwrap();
            assert_eq!(
                heartbeat(&transaction, &server, &beats, &CounterPolicy::default()).await.unwrap().applied.len(),
                100
            );
            // Of the server's shard on a cluster, where a worker counts them.
            let updates =
                "SELECT PG_STAT_GET_XACT_TUPLES_UPDATED(tableoid), PG_STAT_GET_XACT_TUPLES_HOT_UPDATED(tableoid)
                           FROM vpn_connections WHERE server_id = $1 LIMIT 1";
            // Earlier transactions of this session may be among them.
            let row = transaction.query_one(updates, &[&server]).await.unwrap();
            written += row.get::<_, i64>(0);
            in_their_page += row.get::<_, i64>(1);
            transaction.commit().await.unwrap();
        }
    }
    assert!(written >= 20_000, "{written}");
    // With an index on a column that a heartbeat writes there would be none. The number depends on the whole server: while
    // a transaction on it holds an old snapshot, pages are not pruned, and a full page sends the new version elsewhere.
    assert!(in_their_page > 0, "0 of {written}");

    // What keeps it so: no index, not even the condition of one, names a column that a heartbeat writes, and pages have
    // room.
    let indexed = "SELECT COUNT(*)
                   FROM pg_index i
                   JOIN pg_depend d ON d.objid = i.indexrelid AND d.refobjid = i.indrelid
                   JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                   WHERE i.indrelid = 'vpn_connections'::REGCLASS";
    let written = "('bytes_received', 'bytes_sent', 'last_activity', 'heartbeat_epoch', 'heartbeat_sequence', 'reported_received',
                    'reported_sent', 'refused_epoch', 'refused_sequence', 'refused_received', 'refused_sent', 'counted_at',
                    'usage_hour', 'rolled_up_received', 'rolled_up_sent')";
    assert_eq!(scalar(&database, &format!("{indexed} AND a.attname IN {written}")).await, 0);
    assert!(
        scalar(&database, &format!("{indexed} AND a.attname IN ('status', 'server_id')")).await >= 5,
        "the search finds"
    );
    let room =
        "SELECT COUNT(*) FROM pg_class WHERE oid = 'vpn_connections'::REGCLASS AND 'fillfactor=80' = ANY (reloptions)";
    assert_eq!(scalar(&database, room).await, 1);
}

/// Calling an SQL function per row takes three times as long as everything else; an inlined one is no call.
#[tokio::test]
async fn the_counter_functions_are_inlined_into_a_heartbeat_and_an_end() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    client.batch_execute("SET track_functions = 'all'").await.unwrap();
    let transaction = client.transaction().await.unwrap();
    send_heartbeat(&transaction, "node-1", 1, (id, 1), (100, 200)).await;
    close(&transaction, "node-1", id, Some((100, 200))).await.expect("it was live");
    // Its form for clusters is inlined, too.
    let called = "SELECT funcname::TEXT FROM pg_stat_xact_user_functions
                  WHERE calls > 0 AND funcname <> 'account_exists' ORDER BY 1";
    let called: Vec<String> = transaction.query(called, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let expected = [
        "connection_end",
        "connection_heartbeat",
        "connection_lock_accounts",
        "server_heard",
        "session_roll_up",
        "usage_roll_up",
    ];
    assert_eq!(called, expected);
}
