//! What a heartbeat costs on 80,000 live connections of 50 nodes: a batch of 1,600 in one statement, the same batch with the
//! schema of the release before, the same on the documented indexes, and the same reports one by one, each committed and pipelined in
//! one transaction. Then six concurrent
//! writers that report the same connections, with repeated reports and restarts.

use std::{collections::BTreeMap, error::Error, time::Instant};

use barqnet_db::{
    connections::{CounterPolicy, Heartbeat, heartbeat},
    embedded,
    pool::{self, Client, Settings},
    queries::usage,
    tokio_postgres,
};
use futures::future::{join_all, try_join_all};

use crate::{median::median, outcome::Outcome, previous_release, server};

const NODES: i32 = 50;
const CONNECTIONS_PER_NODE: i32 = 1600;
const ROUNDS: i64 = 5;

/// Prints heartbeats per second, bytes of write-ahead log per heartbeat, and ratios.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let ours = server::create_database(&server, "ours", &embedded::migrations()).await?;
    let documented = server::create_database(&server, "documented", &embedded::migrations()).await?;
    let previous = server::create_database(&server, "previous", &previous_release::migrations()?).await?;
    for settings in [&ours, &documented, &previous] {
        fill(&server::connect(settings).await?).await?;
    }
    as_documented(&server::connect(&documented).await?).await?;

    let (our_pool, documented_pool) = (pool::connect(&ours).await?, pool::connect(&documented).await?);
    let (our_client, documented_client) = (our_pool.get().await?, documented_pool.get().await?);
    let plain = server::connect(&ours).await?;
    let update = plain.prepare(ONE).await?;
    let previous = server::connect(&previous).await?;
    let as_before = previous.prepare(previous_release::HEARTBEAT).await?;

    let mut results: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    let mut each = Vec::new();
    // The first round is not counted: it writes full-page images to the log.
    for round in 0..=ROUNDS {
        for contender in [BATCH, PREVIOUS, NEW_HOUR, DOCUMENTED, PIPELINED, ONE_BY_ONE] {
            if contender == NEW_HOUR {
                plain.batch_execute("UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour'").await?;
                plain.batch_execute("VACUUM vpn_connections").await?;
            }
            let log_before = server::wal_bytes(&plain).await?;
            let begin = Instant::now();
            // Sequences continue from one contender to the next.
            let sequence = round * 10 + if contender == NEW_HOUR { 2 } else { 1 };
            let beats = match contender {
                BATCH if round > 0 => batches(&our_client, sequence, &mut each).await?,
                BATCH | NEW_HOUR => batches(&our_client, sequence, &mut Vec::new()).await?,
                PREVIOUS => batches_before(&previous, &as_before, sequence).await?,
                DOCUMENTED => batches(&documented_client, sequence, &mut Vec::new()).await?,
                PIPELINED => pipelined(&plain, &update, sequence + 2, 10).await?,
                _ => one_by_one(&plain, &update, sequence + 3, 1000).await?,
            };
            let took = begin.elapsed();
            let log = server::wal_bytes(&plain).await? - log_before;
            if round > 0 {
                results
                    .entry(contender)
                    .or_default()
                    .push((f64::from(beats) / took.as_secs_f64(), log / f64::from(beats)));
            }
        }
    }
    print(&results);
    each.sort_by(f64::total_cmp);
    let (middle, late) = (each[each.len() / 2], each[each.len() * 99 / 100]);
    println!("a batch of 1,600, of {}: median {middle:.1} ms, 99th percentile {late:.1} ms", each.len());
    six_writers(&ours).await
}

const BATCH: &str = "batches of 1,600";
const PREVIOUS: &str = "the same, release before";
const NEW_HOUR: &str = "the same, each in a new hour";
const DOCUMENTED: &str = "the same on the documented indexes";
const PIPELINED: &str = "one by one, pipelined in a transaction";
const ONE_BY_ONE: &str = "one by one, each committed";

fn print(results: &BTreeMap<&str, Vec<(f64, f64)>>) {
    let of = |name: &str, which: fn(&(f64, f64)) -> f64| median(results[name].iter().map(which).collect());
    let best = of(BATCH, |result| result.0);
    println!("{:<40} {:>12} {:>10} {:>14}", "", "heartbeats/s", "slower by", "WAL bytes each");
    for name in [BATCH, PREVIOUS, NEW_HOUR, DOCUMENTED, PIPELINED, ONE_BY_ONE] {
        let rate = of(name, |result| result.0);
        println!("{name:<40} {rate:>12.0} {:>9.1}× {:>14.0}", best / rate, of(name, |result| result.1));
    }
}

/// Creates 80,000 live connections, one per user, with those of different nodes mixed in every page.
async fn fill(client: &tokio_postgres::Client) -> Outcome {
    let count = NODES * CONNECTIONS_PER_NODE;
    client
        .batch_execute(&format!(
            "INSERT INTO users (username, server_id, created_by)
             SELECT 'user-' || n, 'node-' || n % {NODES}, 'bench' FROM GENERATE_SERIES(1, {count}) n;
             INSERT INTO vpn_connections (username, server_id, status, client_ip, virtual_ip, usage_hour, device_type, app_version)
             SELECT 'user-' || n, 'node-' || n % {NODES}, 'connected', '198.51.100.4', '10.8.0.0'::INET + n / {NODES},
                    DATE_TRUNC('hour', NOW()), 'ios', '1.0.0'
             FROM GENERATE_SERIES(1, {count}) n;
             ANALYZE users;"
        ))
        .await
        .map_err(|error| format!("{error:?}"))?;
    client.execute("VACUUM (ANALYZE) vpn_connections", &[]).await?;
    Ok(())
}

/// Gives the table its documented form: V3's indexes and no free space in pages.
async fn as_documented(client: &tokio_postgres::Client) -> Outcome {
    for statement in [
        "DROP INDEX idx_vpn_connections_live_address, idx_vpn_connections_live_user",
        "CREATE INDEX idx_vpn_connections_last_activity ON vpn_connections (last_activity)",
        "ALTER TABLE vpn_connections RESET (fillfactor)",
        "VACUUM (FULL, ANALYZE) vpn_connections",
    ] {
        client.execute(statement, &[]).await?;
    }
    Ok(())
}

/// As [`batches`], with the function of the release before.
async fn batches_before(
    client: &tokio_postgres::Client,
    heartbeat: &tokio_postgres::Statement,
    sequence: i64,
) -> Result<i32, Box<dyn Error>> {
    let mut applied = 0;
    for number in 0..NODES {
        let ids: Vec<i32> = ids(number).map(i32::try_from).collect::<Result<_, _>>()?;
        let of_each = |value: i64| vec![value; ids.len()];
        let (sequences, received, sent) = (of_each(sequence), of_each(sequence * 1000), of_each(sequence * 10_000));
        let rows = client.query(heartbeat, &[&node(number), &1_i64, &ids, &sequences, &received, &sent]).await?;
        applied += i32::try_from(rows.iter().filter(|row| row.get::<_, &str>(1) == "applied").count())?;
    }
    let expected = NODES * CONNECTIONS_PER_NODE;
    if applied == expected { Ok(expected) } else { Err(format!("{applied} of {expected}").into()) }
}

fn node(number: i32) -> String {
    format!("node-{number}")
}

/// The connection ids of a node, as `fill` created them.
fn ids(number: i32) -> impl Iterator<Item = i64> {
    (1..=NODES * CONNECTIONS_PER_NODE).filter(move |id| id % NODES == number).map(i64::from)
}

fn beat(connection_id: i64, epoch: i64, sequence: i64) -> Heartbeat {
    let bytes = sequence.unsigned_abs() * 1000;
    Heartbeat { connection_id, epoch, sequence, bytes_received: bytes, bytes_sent: 10 * bytes }
}

/// Reports every connection once; adds the milliseconds of every batch to `each`.
async fn batches(client: &Client, sequence: i64, each: &mut Vec<f64>) -> Result<i32, Box<dyn Error>> {
    let mut applied = 0;
    for number in 0..NODES {
        let beats: Vec<Heartbeat> = ids(number).map(|id| beat(id, 1, sequence)).collect();
        let begin = Instant::now();
        applied += heartbeat(client, &node(number), &beats, &CounterPolicy::default()).await?.applied.len();
        each.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    let expected = NODES * CONNECTIONS_PER_NODE;
    if i32::try_from(applied)? == expected { Ok(expected) } else { Err(format!("{applied} of {expected}").into()) }
}

/// The minimum that a heartbeat must do, as one statement per row: what the batch does, without hourly usage and outcomes.
const ONE: &str = "
    UPDATE vpn_connections
    SET heartbeat_epoch    = $3,
        heartbeat_sequence = $4,
        bytes_received     = bytes_received + $5 - reported_received,
        bytes_sent         = bytes_sent + $6 - reported_sent,
        reported_received  = $5,
        reported_sent      = $6,
        last_activity      = CLOCK_TIMESTAMP()
    WHERE id = $1
      AND server_id = $2
      AND status IN ('connecting', 'connected')
      AND (heartbeat_epoch IS NULL OR (heartbeat_epoch, heartbeat_sequence) < ($3, $4))";

async fn write(
    client: &tokio_postgres::Client,
    update: &tokio_postgres::Statement,
    server: &str,
    beat: Heartbeat,
) -> Result<u64, tokio_postgres::Error> {
    let (received, sent) = (beat.bytes_received.cast_signed(), beat.bytes_sent.cast_signed());
    client.execute(update, &[&beat.connection_id, &server, &1_i64, &beat.sequence, &received, &sent]).await
}

async fn one_by_one(
    client: &tokio_postgres::Client,
    update: &tokio_postgres::Statement,
    sequence: i64,
    beats: usize,
) -> Result<i32, Box<dyn Error>> {
    for id in ids(0).take(beats) {
        if write(client, update, &node(0), beat(id, 1, sequence)).await? != 1 {
            return Err("a heartbeat was not applied".into());
        }
    }
    Ok(i32::try_from(beats)?)
}

async fn pipelined(
    client: &tokio_postgres::Client,
    update: &tokio_postgres::Statement,
    sequence: i64,
    nodes: i32,
) -> Result<i32, Box<dyn Error>> {
    for number in 0..nodes {
        let server = node(number);
        client.batch_execute("BEGIN").await?;
        let written = try_join_all(ids(number).map(|id| write(client, update, &server, beat(id, 1, sequence)))).await?;
        client.batch_execute("COMMIT").await?;
        if written.iter().sum::<u64>() != u64::from(CONNECTIONS_PER_NODE.unsigned_abs()) {
            return Err("a heartbeat was not applied".into());
        }
    }
    Ok(nodes * CONNECTIONS_PER_NODE)
}

/// Six writers report the connections of ten nodes, each writer in its own order, with repeated and late reports, before and
/// after a restart of the nodes.
async fn six_writers(settings: &Settings) -> Outcome {
    const WRITERS: i32 = 6;
    let plain = server::connect(settings).await?;
    let before =
        server::scalar(&plain, "SELECT SUM(bytes_received)::BIGINT FROM vpn_connections WHERE id % 50 < 10").await?;
    let pool = pool::connect(settings.clone().max_size(8)).await?;
    let begin = Instant::now();
    let (mut reports, mut repeats) = (0, 0);
    for epoch in 2..4_i64 {
        let writers = (0..WRITERS).map(|writer| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let client = pool.get().await.map_err(|error| error.to_string())?;
                let mut repeats = 0;
                for sequence in [2, 1, 3, 5, 4, 6].into_iter().skip(usize::try_from(writer % 3).unwrap_or(0)) {
                    for step in 0..10 {
                        let mut beats: Vec<Heartbeat> = ids(step).map(|id| beat(id, epoch, sequence)).collect();
                        let third = beats.len() / 3;
                        beats.rotate_left(third * usize::try_from(writer % 3).unwrap_or(0));
                        if writer % 2 == 1 {
                            beats.reverse();
                        }
                        let report = heartbeat(&client, &node(step), &beats, &CounterPolicy::default())
                            .await
                            .map_err(|error| error.to_string())?;
                        repeats += report.repeated.len();
                    }
                }
                Ok::<_, String>(repeats)
            })
        });
        for writer in join_all(writers).await {
            repeats += writer??;
        }
        reports += 2 * (60 + 50 + 40) * CONNECTIONS_PER_NODE;
    }
    let took = begin.elapsed().as_secs_f64();
    let after =
        server::scalar(&plain, "SELECT SUM(bytes_received)::BIGINT FROM vpn_connections WHERE id % 50 < 10").await?;
    let expected = 2 * i64::from(10 * CONNECTIONS_PER_NODE) * 6 * 1000;
    let deadlocks =
        server::scalar(&plain, "SELECT deadlocks FROM pg_stat_database WHERE datname = CURRENT_DATABASE()").await?;
    let wrong = usage::discrepancies().bind(&pool.get().await?).all().await?.len();
    println!(
        "6 writers: {:.0} reports/s, {repeats} of {reports} repeated or late; {deadlocks} deadlocks; bytes counted {}, expected {expected}; roll-ups that differ: {wrong}",
        f64::from(reports) / took,
        after - before,
    );
    if after - before != expected || deadlocks > 0 || wrong > 0 {
        return Err("a byte was lost or counted twice, or writers deadlocked".into());
    }
    Ok(())
}
