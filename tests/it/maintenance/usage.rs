//! Old usage is archived and summed up, while others read and write it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use barqnet_db::queries::{maintenance, usage};
use barqnet_db_testing::TestDatabase;
use chrono::{TimeDelta, Utc};

use crate::common::{at_once, days, execute_sql, migrated_database, pool_of, scalar, user};

/// Rows of statistics of one user that began a hundred days ago and ended.
async fn old_statistics(database: &TestDatabase, rows: u32) {
    execute_sql(
        database,
        &format!(
            "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at)
             SELECT 'ada', 'node-1', n, 2 * n, 1, NOW() - INTERVAL '100 days', NOW() - INTERVAL '99 days'
             FROM GENERATE_SERIES(1, {rows}) n"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_written_during_archiving_are_neither_lost_nor_duplicated() {
    const WRITERS: usize = 4;
    let database = Arc::new(migrated_database().await);
    let pool = pool_of(&database, 12).await;
    user(&pool.get().await.unwrap(), "ada").await;
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let moved: i64 = at_once(WRITERS + 4, |task| {
        let (database, pool, writing) = (Arc::clone(&database), pool.clone(), Arc::clone(&writing));
        async move {
            let client = pool.get().await.unwrap();
            let mut moved = 0;
            if task < WRITERS {
                for _ in 0..25 {
                    old_statistics(&database, 10).await;
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            } else if task < WRITERS + 3 {
                loop {
                    let done = writing.load(Ordering::SeqCst) == 0;
                    let batch = maintenance::archive_statistics()
                        .bind(&client, &days(90), &7)
                        .one()
                        .await
                        .expect("no deadlock");
                    moved += batch;
                    if done && batch == 0 {
                        break;
                    }
                }
            } else {
                let mut seen = 0;
                while writing.load(Ordering::SeqCst) > 0 {
                    let summary = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
                    assert!(summary.total_sessions >= seen, "{seen} sessions became {}", summary.total_sessions);
                    seen = summary.total_sessions;
                }
            }
            moved
        }
    })
    .await
    .into_iter()
    .sum();
    assert_eq!(moved, 1000);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics_archive").await, 1000);
    // 100 times 1 to 10.
    assert_eq!(scalar(&database, "SELECT SUM(bytes_in)::BIGINT FROM vpn_statistics_archive").await, 5500);
    assert_eq!(scalar(&database, "SELECT SUM(bytes_out)::BIGINT FROM vpn_statistics_archive").await, 11_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn totals_do_not_change_while_rows_are_archived() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 5).await;
    user(&pool.get().await.unwrap(), "ada").await;
    old_statistics(&database, 500).await;
    let archiving = Arc::new(AtomicUsize::new(2));
    at_once(4, |task| {
        let (pool, archiving) = (pool.clone(), Arc::clone(&archiving));
        async move {
            let client = pool.get().await.unwrap();
            if task < 2 {
                while maintenance::archive_statistics().bind(&client, &days(90), &10).one().await.unwrap() > 0 {}
                archiving.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            loop {
                let last = archiving.load(Ordering::SeqCst) == 0;
                let user = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
                assert_eq!((user.total_sessions, user.total_bytes_in, user.total_bytes_out), (500, 125_250, 250_500));
                let server = usage::server_summary().bind(&client, &"node-1").one().await.unwrap();
                assert_eq!((server.total_sessions, server.total_bytes_in, server.unique_users), (500, 125_250, 1));
                if last {
                    break;
                }
            }
        }
    })
    .await;
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics_archive").await, 500);
}

#[tokio::test]
async fn only_old_and_ended_usage_is_archived_and_unchanged() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type,
                                     client_version, protocol, encryption)
         VALUES ('ada', 'node-1', 1, 2, 3, NOW() - INTERVAL '91 days', NOW() - INTERVAL '90 days', 'web', '2.1', 'tcp', 'AES'),
                ('ada', 'node-1', 1, 2, 3, NOW() - INTERVAL '89 days', NOW(), 'vpn', NULL, NULL, NULL),
                ('ada', 'node-1', 1, 2, 3, NOW() - INTERVAL '91 days', NULL, 'vpn', NULL, NULL, NULL)",
    )
    .await;
    let columns = "id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type,
                   client_version, protocol, encryption";
    let row = async |table: &str| {
        let query = format!("SELECT ROW({columns})::TEXT FROM {table} ORDER BY id LIMIT 1");
        database.client().await.query_one(&query, &[]).await.unwrap().get::<_, String>(0)
    };
    let before = row("vpn_statistics").await;
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap(), 1);
    assert_eq!(row("vpn_statistics_archive").await, before);
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap(), 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 2);
}

#[tokio::test]
async fn usage_without_a_user_is_not_archived() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    old_statistics(&database, 2).await;
    // As a database of the Go service has them, where no foreign key was.
    execute_sql(&database, "ALTER TABLE vpn_statistics DROP CONSTRAINT fk_vpn_statistics_username").await;
    execute_sql(&database, "UPDATE vpn_statistics SET username = 'ghost' WHERE bytes_in = 1").await;
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap(), 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics WHERE username = 'ghost'").await, 1);
}

#[tokio::test]
async fn locked_rows_are_archived_by_the_next_run() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    old_statistics(&database, 3).await;
    let mut holder = database.client().await;
    let transaction = holder.transaction().await.unwrap();
    transaction
        .execute("SELECT 1 FROM vpn_statistics WHERE server_id = 'node-1' AND bytes_in = 2 FOR UPDATE", &[])
        .await
        .unwrap();
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap(), 2);
    transaction.rollback().await.unwrap();
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hours_become_days_during_writes_and_no_reader_misses_usage() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    user(&pool.get().await.unwrap(), "ada").await;
    // One session an hour of 30 days that are long over.
    execute_sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at)
         SELECT 'ada', 'node-1', 1, 2, 3, d, d FROM (
             SELECT DATE_TRUNC('day', NOW(), 'UTC') - INTERVAL '100 days' + n * INTERVAL '1 hour' AS d
             FROM GENERATE_SERIES(0, 719) n
         ) t",
    )
    .await;
    let working = Arc::new(AtomicUsize::new(4));
    at_once(6, |task| {
        let (pool, working) = (pool.clone(), Arc::clone(&working));
        async move {
            let client = pool.get().await.unwrap();
            match task {
                // Both fold; two go on adding to hours and days that are being folded.
                0 | 1 => while maintenance::roll_up_hours().bind(&client, &days(35), &7).one().await.unwrap() > 0 {},
                2 | 3 => {
                    for n in 0..100_i32 {
                        let late = "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, ended_at)
                                    SELECT 'ada', 'node-1', 0, 0, d, d
                                    FROM (SELECT DATE_TRUNC('day', NOW(), 'UTC') - INTERVAL '100 days' + $1 * INTERVAL '1 hour' AS d) t";
                        client.execute(late, &[&f64::from(n * 7)]).await.unwrap();
                    }
                }
                _ => loop {
                    let last = working.load(Ordering::SeqCst) == 0;
                    let today = Utc::now().date_naive();
                    let first = today - TimeDelta::days(101);
                    let days = usage::usage_by_day().bind(&client, &"ada", &first, &today).all().await.unwrap();
                    assert_eq!((days.len(), days.iter().map(|day| day.bytes_in).sum::<i64>()), (30, 720));
                    assert!(days.iter().all(|day| (day.bytes_in, day.bytes_out, day.duration_seconds) == (24, 48, 72)));
                    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
                    if last {
                        return;
                    }
                },
            }
            working.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await;
    let client = pool.get().await.unwrap();
    while maintenance::roll_up_hours().bind(&client, &days(35), &500).one().await.unwrap() > 0 {}
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_hourly").await, 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_daily").await, 30);
    assert_eq!(scalar(&database, "SELECT SUM(sessions)::BIGINT FROM usage_daily").await, 720 + 200);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    // The days of a renamed user move to the new name.
    execute_sql(&database, "UPDATE users SET username = 'lovelace'").await;
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_daily WHERE username = 'lovelace'").await, 30);
}

#[tokio::test]
async fn usage_without_a_time_becomes_a_day_outside_every_period() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at) VALUES ('ada', 'node-1', 5, 6, NULL)",
    )
    .await;
    assert_eq!(maintenance::roll_up_hours().bind(&client, &days(35), &10).one().await.unwrap(), 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_daily WHERE day = '-infinity'").await, 1);
    let (first, last) = (chrono::DateTime::UNIX_EPOCH.date_naive(), Utc::now().date_naive());
    assert_eq!(usage::usage_by_day().bind(&client, &"ada", &first, &last).all().await.unwrap(), []);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn hours_of_a_day_and_of_an_unknown_time_are_rolled_up_while_the_day_is_folded() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 2).await;
    user(&pool.get().await.unwrap(), "ada").await;
    for usage in [
        "INSERT INTO usage_daily (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
         VALUES ('node-1', 'ada', '2024-01-01', 1, 10, 20, 30), ('node-1', 'ada', '-infinity', 1, 10, 20, 30)",
        "INSERT INTO usage_hourly (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
         VALUES ('node-1', 'ada', '2024-01-01 10:00:00+00', 1, 10, 20, 30), ('node-1', 'ada', '-infinity', 1, 10, 20, 30)",
    ] {
        execute_sql(&database, usage).await;
    }
    // As usage_fold_days: the day first.
    let folding = database.client().await;
    let day = "SELECT 1 FROM usage_daily WHERE server_id = 'node-1' AND day = '2024-01-01' FOR UPDATE";
    folding.batch_execute(&format!("BEGIN; {day}")).await.unwrap();
    let rolling = tokio::spawn({
        let pool = pool.clone();
        async move { maintenance::roll_up_hours().bind(&pool.get().await.unwrap(), &days(35), &5).one().await }
    });
    database.until_a_connection_waits_for_a_lock().await;
    let total = "UPDATE usage_daily SET bytes_in = bytes_in + 1 WHERE server_id = 'node-1' AND username = 'ada' AND day = '-infinity'";
    folding.batch_execute(&format!("{total}; COMMIT")).await.unwrap();
    assert_eq!(rolling.await.unwrap().unwrap(), 2);
    assert_eq!(scalar(&database, "SELECT SUM(bytes_in)::BIGINT FROM usage_daily").await, 41);
}
