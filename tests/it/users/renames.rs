//! Users are renamed and erased while nodes report and maintenance moves their usage.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use barqnet_db::{
    connections::{ConnectionPolicy, NewConnection, OpenOutcome, open},
    pool::Pool,
    queries::{maintenance, usage, users},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{
    Numbers, at_once, close, days, erase, execute_sql, migrated_database, pool_of, scalar, send_heartbeat, user,
};

/// Rows of usage whose user does not exist.
async fn rows_of_nobody(database: &TestDatabase) -> i64 {
    let mut rows = 0;
    for table in
        ["vpn_connections", "vpn_statistics", "vpn_statistics_archive", "usage_hourly", "usage_daily", "usage_totals"]
    {
        let of_nobody = format!("SELECT COUNT(*) FROM {table} WHERE username NOT IN (SELECT username FROM users)");
        rows += scalar(database, &of_nobody).await;
    }
    rows
}

#[tokio::test]
async fn days_that_are_folded_while_their_user_is_erased_get_the_pseudonym() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 2).await;
    user(&pool.get().await.unwrap(), "ada").await;
    let days_of_ada = "INSERT INTO usage_daily (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
                       SELECT 'node-1', 'ada', '2024-01-01'::DATE + n, 1, 10, 20, 30 FROM GENERATE_SERIES(1, 9) n";
    execute_sql(&database, days_of_ada).await;
    let mut folding = pool.get().await.unwrap();
    let transaction = folding.transaction().await.unwrap();
    assert_eq!(maintenance::fold_usage_days().bind(&transaction, &days(90), &500).one().await.unwrap(), 9);
    let erasing = tokio::spawn({
        let pool = pool.clone();
        async move { erase(&pool, "ada").await.expect("an account") }
    });
    database.until_a_connection_waits_for_a_lock().await;
    transaction.commit().await.unwrap();
    let erased = erasing.await.unwrap();
    let sum = format!("SELECT SUM(bytes_in)::BIGINT FROM usage_daily WHERE username = '{}'", erased.pseudonym);
    assert_eq!(scalar(&database, &sum).await, 90);
    assert_eq!(rows_of_nobody(&database).await, 0);
}

const USERS: usize = 3;
const WRITERS: usize = 3;

/// Opens, reports and closes connections of users whose names change, long ago or now. Returns the bytes received that were counted.
async fn write(database: &TestDatabase, pool: &Pool, ids: [i64; USERS], writer: usize) -> i64 {
    let client = pool.get().await.unwrap();
    let (mut numbers, mut received, server) =
        (Numbers::new(u64::try_from(writer).unwrap()), 0, format!("node-{writer}"));
    for round in 0..12 {
        let id = ids[round % USERS];
        let username = users::by_id().bind(&client, &id).one().await.unwrap().username;
        let new = NewConnection { username: &username, server_id: &server, ..NewConnection::default() };
        // Renamed meanwhile: there is no such account.
        let OpenOutcome::Opened { id, .. } = open(pool, &new, &ConnectionPolicy::default()).await.unwrap() else {
            continue;
        };
        let began = if numbers.below(3) > 0 { "100 days" } else { "1 hour" };
        let then = format!("DATE_TRUNC('hour', NOW() - INTERVAL '{began}')");
        let earlier = format!("UPDATE vpn_connections SET connected_at = {then}, usage_hour = {then} WHERE id = {id}");
        execute_sql(database, &earlier).await;
        for sequence in 1..=2_i64 {
            let bytes = (10 * sequence.unsigned_abs(), 20 * sequence.unsigned_abs());
            assert_eq!(send_heartbeat(&client, &server, 1, (id, sequence), bytes).await.applied, [id]);
            received += 10;
        }
        assert!(close(&client, &server, id, Some((30, 60))).await.is_some(), "it was live");
        received += 10;
    }
    received
}

/// Everything that moves usage of users, once.
async fn maintain(pool: &Pool) {
    let client = pool.get().await.unwrap();
    maintenance::archive_statistics().bind(&client, &days(0), &5).one().await.unwrap();
    maintenance::roll_up_hours().bind(&client, &days(35), &5).one().await.unwrap();
    maintenance::fold_usage_days().bind(&client, &days(60), &5).one().await.unwrap();
    maintenance::delete_old_connections().bind(&client, &days(0), &5).one().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_usage_keeps_the_old_name_of_a_user_renamed_or_erased_meanwhile() {
    let database = Arc::new(migrated_database().await);
    let pool = pool_of(&database, 2 * (WRITERS + 2)).await;
    let client = pool.get().await.unwrap();
    let mut ids = [0; USERS];
    for (number, id) in ids.iter_mut().enumerate() {
        *id = user(&client, &format!("user-{number}")).await;
    }
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let received = at_once(WRITERS + 2, |task| {
        let (database, pool, writing) = (Arc::clone(&database), pool.clone(), Arc::clone(&writing));
        async move {
            if task < WRITERS {
                let received = write(&database, &pool, ids, task).await;
                writing.fetch_sub(1, Ordering::SeqCst);
                return received;
            }
            let mut round = 0;
            while writing.load(Ordering::SeqCst) > 0 {
                if task == WRITERS {
                    maintain(&pool).await;
                    continue;
                }
                round += 1;
                let (id, name) = (ids[round % USERS], format!("name-{round}"));
                let rename = "UPDATE users SET username = $1 WHERE id = $2";
                assert_eq!(pool.get().await.unwrap().execute(rename, &[&name, &id]).await.unwrap(), 1);
            }
            0
        }
    })
    .await
    .iter()
    .sum::<i64>();
    assert!(received > 0);
    assert_eq!(rows_of_nobody(&database).await, 0);
    for id in ids {
        let username = users::by_id().bind(&client, &id).one().await.unwrap().username;
        let maintained = maintain(&pool);
        let (erased, ()) = tokio::join!(erase(&pool, &username), maintained);
        assert!(erased.is_some(), "{username}");
    }
    assert_eq!(rows_of_nobody(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(scalar(&database, "SELECT SUM(bytes_in)::BIGINT FROM usage_totals").await, received);
}
