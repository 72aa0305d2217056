//! SIGKILL at any moment, of a program that opens, reports, ends, archives and sums up connections, or of its server:
//! nothing is lost or duplicated.

use std::{
    env,
    io::{BufRead, BufReader, Write, stdout},
    num::NonZero,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use barqnet_db::{
    connections::{ConnectionPolicy, NewConnection, OpenOutcome, mark_connected, open, reap_stale, recount},
    embedded,
    migrate::migrate,
    pool::{self, Pool, Settings},
    queries::{connections, maintenance, usage},
};
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::Options;

use crate::common::{Numbers, STALE, close, days, execute_sql, migrated_database, scalar, send_heartbeat, user};

const URL: &str = "BARQNET_KILLED_URL";
const WORK: &str = "BARQNET_KILLED_WORK";

/// What the killed program does, on and on, with a line for each piece of work: it says nothing of what was lost.
#[tokio::test]
#[ignore = "run by the tests below, in a process of its own"]
async fn the_work() {
    let (Ok(url), Ok(work)) = (env::var(URL), env::var(WORK)) else { return };
    let pool = pool::connect(Settings::from_url(&url).unwrap()).await.unwrap();
    let client = pool.get().await.unwrap();
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
                let policy =
                    ConnectionPolicy { max_connections_per_user: NonZero::new(50), ..ConnectionPolicy::default() };
                let outcome = open(&pool, &new, &policy).await.unwrap();
                let OpenOutcome::Opened { id, .. } = outcome else { panic!("{outcome:?}") };
                mark_connected(&client, "node-1", id).await.unwrap();
                send_heartbeat(&client, "node-1", 1, (id, 1), (step, 2 * step)).await;
                client
                    .execute(
                        "UPDATE vpn_connections
                         SET usage_hour = (usage_hour AT TIME ZONE 'UTC' - INTERVAL '1 hour') AT TIME ZONE 'UTC'
                         WHERE server_id = 'node-1' AND id = $1",
                        &[&id],
                    )
                    .await
                    .unwrap();
                send_heartbeat(&client, "node-1", 1, (id, 2), (3 * step, 4 * step)).await;
                if step % 2 == 0 {
                    close(&client, "node-1", id, Some((4 * step, 5 * step))).await;
                }
            }
            "reaper" => drop(reap_stale(&client, STALE, 3).await.unwrap()),
            "archiver" => drop(maintenance::archive_statistics().bind(&client, &days(90), &3).one().await.unwrap()),
            "roller" => drop(maintenance::roll_up_hours().bind(&client, &days(35), &3).one().await.unwrap()),
            other => panic!("{other} is no work"),
        }
        writeln!(stdout(), "worked").unwrap();
    }
}

/// Starts the work in another process, waits until so many pieces are done, and returns the process with its further
/// output. The process ends when its output is closed.
fn working(url: &str, work: &str, pieces: usize) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut worker = Command::new(env::current_exe().unwrap())
        .args(["--exact", "connections::killed::the_work", "--ignored", "--nocapture", "--test-threads=1"])
        .envs([(URL, url), (WORK, work)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(worker.stdout.take().unwrap()).lines();
    let mut done = lines.map_while(Result::ok).filter(|line| line.ends_with("worked"));
    if done.by_ref().take(pieces).count() < pieces {
        let ended = worker.wait_with_output().unwrap();
        panic!("{work} ended by itself: {}", String::from_utf8_lossy(&ended.stderr));
    }
    (worker, done)
}

/// Kills the work after a random number of pieces and some milliseconds, in the middle of a piece.
fn work_and_die(database: &TestDatabase, work: &str, numbers: &mut Numbers) {
    let (mut worker, listening) = working(&database.url(), work, pieces(numbers));
    thread::sleep(moment(numbers));
    assert!(worker.try_wait().unwrap().is_none(), "{work} ended by itself");
    worker.kill().unwrap();
    worker.wait().unwrap();
    drop(listening);
}

fn pieces(numbers: &mut Numbers) -> usize {
    usize::try_from(1 + numbers.below(15)).unwrap()
}

/// A random time, of the length of a piece of work.
fn moment(numbers: &mut Numbers) -> Duration {
    Duration::from_micros(numbers.below(8000).unsigned_abs().into())
}

async fn scalar_in(pool: &Pool, query: &str) -> i64 {
    pool.get().await.unwrap().query_one(query, &[]).await.unwrap().get(0)
}

async fn assert_whole(pool: &Pool) {
    let client = pool.get().await.unwrap();
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(recount(pool).await.unwrap(), []);
    let ended = "SELECT COUNT(*) FROM vpn_connections WHERE status NOT IN ('connecting', 'connected')";
    let rows = "SELECT (SELECT COUNT(connection_id) FROM vpn_statistics) + (SELECT COUNT(connection_id) FROM vpn_statistics_archive)";
    assert_eq!(scalar_in(pool, ended).await, scalar_in(pool, rows).await);
    let twice =
        "SELECT COUNT(*) FROM (SELECT id FROM vpn_statistics INTERSECT SELECT id FROM vpn_statistics_archive) t";
    assert_eq!(scalar_in(pool, twice).await, 0);
}

/// Waits until a killed client's server process has noticed.
async fn until_alone(database: &TestDatabase) {
    // The nodes of a cluster look at each other.
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND pid <> PG_BACKEND_PID()
                  AND backend_type = 'client backend' AND application_name NOT LIKE 'citus%'";
    while scalar(database, others).await > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn killing_a_writer_at_any_moment_leaves_every_sum_exact() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    drop(pool);
    let mut numbers = Numbers::new(5);
    for _ in 0..16 {
        work_and_die(&database, "writer", &mut numbers);
        until_alone(&database).await;
        assert_whole(&database.pool().await).await;
    }
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    assert!(connections::count_active().bind(&client).one().await.unwrap() > 0);
    assert!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await > 8);
}

#[tokio::test]
async fn killing_maintenance_mid_batch_neither_loses_nor_duplicates_usage() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    drop(pool);
    // Each of a day and an hour of its own.
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity, usage_hour, bytes_received, bytes_sent)
         SELECT 'ada', 'node-' || n % 3, 'connected', d, d, DATE_TRUNC('hour', d, 'UTC'), n, 2 * n
         FROM (SELECT n, NOW() - INTERVAL '600 days' + n * INTERVAL '25 hours' AS d FROM GENERATE_SERIES(1, 400) n) t",
    )
    .await;
    recount(&database.pool().await).await.unwrap();
    let mut numbers = Numbers::new(6);
    for round in 0..6 {
        let mut each = [(); 3].map(|()| Numbers::new(u64::from(numbers.below(1000).unsigned_abs())));
        // Side by side.
        thread::scope(|scope| {
            for (work, numbers) in ["reaper", "archiver", "roller"].into_iter().zip(&mut each) {
                let database = &database;
                scope.spawn(move || work_and_die(database, work, numbers));
            }
        });
        until_alone(&database).await;
        assert_whole(&database.pool().await).await;
        let moved = "SELECT SUM(b)::BIGINT FROM (SELECT SUM(bytes_in) b FROM vpn_statistics
                     UNION ALL SELECT SUM(bytes_in) FROM vpn_statistics_archive
                     UNION ALL SELECT SUM(bytes_received) FROM vpn_connections WHERE status = 'connected') t";
        assert_eq!(scalar(&database, moved).await, 400 * 401 / 2, "round {round}");
    }
    for table in ["vpn_statistics_archive", "usage_daily"] {
        assert!(scalar(&database, &format!("SELECT COUNT(*) FROM {table}")).await > 0, "{table}");
    }
}

/// PostgreSQL ends all its processes and starts over when one of them is killed. What was acknowledged is there, of
/// what was under way either all or nothing.
#[tokio::test]
async fn a_server_process_killed_under_a_writer_loses_nothing_that_was_acknowledged() {
    let server = Options::default().setting("synchronous_commit", "on").start().unwrap();
    let settings = Settings::from_url(&server.url("postgres")).unwrap();
    migrate(&settings, &embedded::migrations()).await.unwrap();
    user(&pool::connect(settings.clone()).await.unwrap().get().await.unwrap(), "ada").await;
    let (mut numbers, mut acknowledged) = (Numbers::new(7), 0);
    for round in 1..=4 {
        let pieces = pieces(&mut numbers);
        let url = format!("{}&application_name=writer", server.url("postgres"));
        let (worker, later) = working(&url, "writer", pieces);
        let pool = pool::connect(settings.clone()).await.unwrap();
        let backend =
            "SELECT pid::BIGINT FROM pg_stat_activity WHERE application_name = 'writer' ORDER BY xact_start LIMIT 1";
        let backend = scalar_in(&pool, backend).await;
        thread::sleep(moment(&mut numbers));
        assert!(Command::new("kill").args(["-9", &backend.to_string()]).status().unwrap().success());
        acknowledged += i64::try_from(pieces + later.count()).unwrap();
        assert!(!worker.wait_with_output().unwrap().status.success(), "it lost its server");
        // Once when it first started, and once for each time that it started over.
        while server.log().unwrap().matches("ready to accept connections").count() < round + 1 {
            tokio::task::yield_now().await;
        }
        let pool = pool::connect(settings.clone()).await.unwrap();
        assert_whole(&pool).await;
        assert!(scalar_in(&pool, "SELECT COUNT(*) FROM vpn_connections").await >= acknowledged);
    }
}
