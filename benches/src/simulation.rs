//! A minute of ten times the planned load: 800,000 connections on 500 nodes report every 30 seconds, 26,667 heartbeats per second,
//! and 222 connections per second are opened and closed, as if each lasted an hour. Calls have their times; what is late is not left
//! out, and its delay is counted.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use barqnet_db::{
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, NewConnection, OpenOutcome,
    },
    embedded,
    pool::{self, Pool},
    tokio_postgres::Client,
};
use futures::future::join_all;

use crate::{outcome::Outcome, processor_time, server};

const NODES: u32 = 500;
const PER_NODE: u32 = 1_600;
const LASTS: Duration = Duration::from_mins(1);
/// Each node reports twice.
const REPORTS: u32 = 2 * NODES;
/// 222 per second.
const OPENINGS: u32 = 13_320;
const REPORTERS: u32 = 4;
const OPENERS: u32 = 16;

/// Prints what was reached, and how late.
pub(crate) async fn run() -> Outcome {
    let server = server::start_for_standbys()?;
    let settings = server::create_database(&server, "simulation", &embedded::migrations()).await?;
    let plain = server::connect(&settings).await?;
    fill(&plain).await?;
    let pool = pool::connect(settings.max_size(24)).await?;
    let (log, processor) = (server::wal_bytes(&plain).await?, processor_time::of_server(&server)?);
    let begin = Instant::now();
    let (reports, openings) = tokio::join!(
        paced(&pool, REPORTERS, REPORTS, begin, report),
        paced(&pool, OPENERS, OPENINGS, begin, open_and_close)
    );
    let (mut reports, mut openings) = (reports?, openings?);
    let took = begin.elapsed().as_secs_f64();
    println!("{:<28} {:>10} {:>12} {:>12} {:>12}", "", "per second", "median late", "99 % late", "most late");
    print("heartbeats", f64::from(REPORTS * PER_NODE), &mut reports);
    print("openings, with closings", f64::from(OPENINGS), &mut openings);
    let log = server::wal_bytes(&plain).await? - log;
    let processor = processor_time::of_server(&server)? - processor;
    println!(
        "it took {took:.1} s; {:.1} MB of log per second, {:.2} processors of the server",
        log / took / 1e6,
        processor / took
    );
    let wrong = "SELECT COUNT(*) FROM vpn_connections WHERE status = 'connected' AND bytes_received <> 2000";
    match server::scalar(&plain, wrong).await? {
        0 => Ok(()),
        wrong => Err(format!("{wrong} connections have other bytes than were reported").into()),
    }
}

async fn fill(plain: &Client) -> Outcome {
    let count = NODES * PER_NODE;
    plain
        .batch_execute(&format!(
            "INSERT INTO users (username, server_id, created_by)
             SELECT 'user-' || n, 'node-' || n % {NODES}, 'bench' FROM GENERATE_SERIES(1, {count}) n;
             INSERT INTO vpn_connections (username, server_id, status, client_ip, virtual_ip, usage_hour, device_type, app_version)
             SELECT 'user-' || n, 'node-' || n % {NODES}, 'connected', '198.51.100.4', '10.8.0.0'::INET + n / {NODES},
                    DATE_TRUNC('hour', NOW()), 'ios', '1.0.0'
             FROM GENERATE_SERIES(1, {count}) n"
        ))
        .await
        .map_err(|error| format!("{error:?}"))?;
    plain.batch_execute("VACUUM (ANALYZE)").await?;
    Ok(plain.batch_execute("CHECKPOINT").await?)
}

type Delays = Result<Vec<f64>, Box<dyn Error>>;

/// Makes so many calls, spread evenly over the minute, by so many tasks; returns by how many milliseconds each ended late.
async fn paced<F>(
    pool: &Pool,
    tasks: u32,
    calls: u32,
    begin: Instant,
    call: impl Fn(Pool, u32) -> F + Clone + Send + 'static,
) -> Delays
where
    F: Future<Output = Result<(), String>> + Send,
{
    let next = Arc::new(AtomicU32::new(0));
    let tasks = (0..tasks).map(|_| {
        let (pool, next, call) = (pool.clone(), Arc::clone(&next), call.clone());
        tokio::spawn(async move {
            let mut late = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= calls {
                    return Ok::<_, String>(late);
                }
                let due = begin + LASTS.mul_f64(f64::from(number) / f64::from(calls));
                tokio::time::sleep_until(due.into()).await;
                call(pool.clone(), number).await?;
                late.push(due.elapsed().as_secs_f64() * 1000.0);
            }
        })
    });
    let mut all = Vec::new();
    for task in join_all(tasks).await {
        all.extend(task??);
    }
    all.push(begin.elapsed().as_secs_f64());
    Ok(all)
}

/// A node reports all its connections.
async fn report(pool: Pool, number: u32) -> Result<(), String> {
    let node = number % NODES;
    let sequence = i64::from(1 + number / NODES);
    let bytes = sequence.unsigned_abs() * 1_000;
    let first = if node == 0 { NODES } else { node };
    let beats: Vec<Heartbeat> = (0..PER_NODE)
        .map(|place| Heartbeat {
            connection_id: i64::from(first + NODES * place),
            epoch: 1,
            sequence,
            bytes_received: bytes,
            bytes_sent: bytes,
        })
        .collect();
    let client = pool.get().await.map_err(|error| error.to_string())?;
    let report = connections::heartbeat(&client, &format!("node-{node}"), &beats, &CounterPolicy::default())
        .await
        .map_err(|error| error.to_string())?;
    if report.applied.len() == beats.len() { Ok(()) } else { Err(format!("node-{node}: {report:?}")) }
}

/// A user connects once more, and leaves.
async fn open_and_close(pool: Pool, number: u32) -> Result<(), String> {
    // Spread over all users and nodes.
    let user = 1 + number * 59 % (NODES * PER_NODE);
    let (username, server) = (format!("user-{user}"), format!("node-{}", number % NODES));
    let new = NewConnection { username: &username, server_id: &server, epoch: Some(1), ..NewConnection::default() };
    let id = match connections::open(&pool, &new, &ConnectionPolicy::default()).await {
        Ok(OpenOutcome::Opened { id, .. }) => id,
        Ok(other) => return Err(format!("{username}: {other:?}")),
        Err(error) => return Err(format!("{username}: {error}")),
    };
    let counters = FinalCounters { epoch: 1, bytes_received: 1_000, bytes_sent: 1_000 };
    let client = pool.get().await.map_err(|error| error.to_string())?;
    let (reason, policy) = (CloseReason::ClientExit, CounterPolicy::default());
    connections::close(&client, &server, id, reason, Some(counters), &policy)
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Prints how many per second, of `number` in all, and the delays.
fn print(what: &str, number: f64, delays: &mut Vec<f64>) {
    let took = delays.pop().unwrap_or_default();
    delays.sort_by(f64::total_cmp);
    let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    println!("{what:<28} {:>10.0} {:>9.0} ms {:>9.0} ms {:>9.0} ms", number / took, at(50), at(99), at(100));
}
