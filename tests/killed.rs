//! Killed at any moment, with SIGKILL: a program that opens, reports, closes, reaps and archives leaves nothing lost and nothing
//! double.

#[expect(dead_code, reason = "each test file uses some of the fixtures")]
mod common;

use std::{
    env,
    io::{BufRead, BufReader, Write, stdout},
    process::{Command, Stdio},
    thread,
};

use barqnet_db::{
    connections::{ConnectionPolicy, NewConnection, OpenOutcome, connected, open, reap_stale, recount},
    pool::{self, Settings},
    queries::{connections, maintenance, statistics},
};
use barqnet_db_testing::TestDatabase;
use common::{Numbers, beat, close, count, drift, sql, user};

const URL: &str = "BARQNET_KILLED_URL";
const WORK: &str = "BARQNET_KILLED_WORK";

/// What the killed program does, on and on, with a line for each piece of work: it says nothing of what was lost.
#[tokio::test]
#[ignore = "run by the tests below, in a process of its own"]
async fn the_work() {
    let (Ok(url), Ok(work)) = (env::var(URL), env::var(WORK)) else { return };
    let pool = pool::connect(Settings::from_url(&url).unwrap()).await.unwrap();
    let client = pool::get(&pool).await.unwrap();
    let mut numbers = Numbers::new(u64::from(std::process::id()));
    for step in 1.. {
        match work.as_str() {
            "writer" => {
                let ip = [10, 8, 0, u8::try_from(numbers.below(20)).unwrap()];
                let new = NewConnection {
                    username: "ada",
                    server_id: "node-1",
                    virtual_ip: Some(ip.into()),
                    ..NewConnection::default()
                };
                let policy = ConnectionPolicy { connections_a_user: 50, ..ConnectionPolicy::default() };
                let outcome = open(&pool, &new, &policy).await.unwrap();
                let OpenOutcome::Opened { id, .. } = outcome else { panic!("{outcome:?}") };
                connected(&client, "node-1", id).await.unwrap();
                beat(&client, "node-1", 1, (id, 1), (step, 2 * step)).await;
                client
                    .execute(
                        "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour' WHERE id = $1",
                        &[&id],
                    )
                    .await
                    .unwrap();
                beat(&client, "node-1", 1, (id, 2), (3 * step, 4 * step)).await;
                if step % 2 == 0 {
                    close(&client, "node-1", id, Some((4 * step, 5 * step))).await;
                }
            }
            "reaper" => drop(reap_stale(&client, 300.0, 3).await.unwrap()),
            "archiver" => drop(maintenance::archive_statistics().bind(&client, &90, &3).await.unwrap()),
            other => panic!("{other} is no work"),
        }
        writeln!(stdout(), "worked").unwrap();
    }
}

/// Starts the work, waits for some of it to be done, and kills it in the middle of what comes next.
fn work_and_die(database: &TestDatabase, work: &str, pieces: usize) {
    let mut worker = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_work", "--ignored", "--nocapture", "--test-threads=1"])
        .envs([(URL, database.url().as_str()), (WORK, work)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(worker.stdout.take().unwrap()).lines();
    let done = lines.map_while(Result::ok).filter(|line| line.ends_with("worked")).take(pieces).count();
    worker.kill().unwrap();
    let ended = worker.wait_with_output().unwrap();
    assert_eq!(done, pieces, "{work} ended by itself: {}", String::from_utf8_lossy(&ended.stderr));
}

async fn assert_whole(database: &TestDatabase) {
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    assert_eq!(statistics::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(drift(database).await, 0);
    assert_eq!(recount(&pool).await.unwrap(), []);
    let ended = "SELECT COUNT(*) FROM vpn_connections WHERE status NOT IN ('connecting', 'connected')";
    let rows = "SELECT (SELECT COUNT(connection_id) FROM vpn_statistics) + (SELECT COUNT(connection_id) FROM vpn_statistics_archive)";
    assert_eq!(count(database, ended).await, count(database, rows).await);
    let twice =
        "SELECT COUNT(*) FROM (SELECT id FROM vpn_statistics INTERSECT SELECT id FROM vpn_statistics_archive) t";
    assert_eq!(count(database, twice).await, 0);
    let by_server = "SELECT (SELECT SUM(bytes_in + 7 * bytes_out + 13 * sessions) FROM usage_by_server)::BIGINT
                          - (SELECT SUM(bytes_in + 7 * bytes_out + 13 * sessions) FROM usage_hourly)::BIGINT";
    assert_eq!(count(database, by_server).await, 0);
}

/// Waits until a killed client's server process has noticed.
async fn until_alone(database: &TestDatabase) {
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND pid <> PG_BACKEND_PID()
                  AND backend_type = 'client backend'";
    while count(database, others).await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_writer_killed_at_any_moment_leaves_every_sum_right() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    drop(pool);
    let mut numbers = Numbers::new(5);
    for _ in 0..8 {
        let pieces = usize::try_from(1 + numbers.below(15)).unwrap();
        work_and_die(&database, "writer", pieces);
        until_alone(&database).await;
        assert_whole(&database).await;
    }
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    assert!(connections::count_active().bind(&client).one().await.unwrap() > 0);
    assert!(count(&database, "SELECT COUNT(*) FROM vpn_statistics").await > 8);
}

#[tokio::test]
async fn a_reaper_and_an_archiver_killed_at_any_moment_lose_nothing_and_double_nothing() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    drop(pool);
    sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity, usage_hour, bytes_received, bytes_sent)
         SELECT 'ada', 'node-' || n % 3, 'connected', NOW() - INTERVAL '100 days', NOW() - INTERVAL '99 days',
                DATE_TRUNC('hour', NOW() - INTERVAL '100 days'), n, 2 * n
         FROM GENERATE_SERIES(1, 400) n",
    )
    .await;
    recount(&database.pool().await).await.unwrap();
    let mut numbers = Numbers::new(6);
    for round in 0..4 {
        let pieces = [0, 1].map(|_| usize::try_from(1 + numbers.below(20)).unwrap());
        // Side by side.
        thread::scope(|scope| {
            scope.spawn(|| work_and_die(&database, "reaper", pieces[0]));
            scope.spawn(|| work_and_die(&database, "archiver", pieces[1]));
        });
        until_alone(&database).await;
        assert_whole(&database).await;
        let moved = "SELECT SUM(b)::BIGINT FROM (SELECT SUM(bytes_in) b FROM vpn_statistics
                     UNION ALL SELECT SUM(bytes_in) FROM vpn_statistics_archive
                     UNION ALL SELECT SUM(bytes_received) FROM vpn_connections WHERE status = 'connected') t";
        assert_eq!(count(&database, moved).await, 400 * 401 / 2, "round {round}");
    }
    assert!(count(&database, "SELECT COUNT(*) FROM vpn_statistics_archive").await > 0);
}
