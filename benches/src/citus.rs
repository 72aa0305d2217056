//! Heartbeats, openings with their closings, and reports on the cluster of `BARQNET_TEST_CITUS`, beside a database on its
//! coordinator alone: 20 servers with 200 connections each, 4 tasks, in turns.
//!
//! Nodes on one machine share its processors: the ratio shows what Citus costs. What further machines bring follows from the
//! processor time of each call on the coordinator and on the workers.

use std::{
    collections::BTreeMap,
    error::Error,
    path::PathBuf,
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
    distribution, embedded,
    migrate::migrate,
    pool::{self, Pool, Settings},
    queries::usage,
};
use barqnet_db_testing::{TestDatabase, cluster};
use futures::future::try_join_all;

use crate::{median::median, outcome::Outcome, processor_time, server};

const SERVERS: u32 = 20;
const PER_SERVER: u32 = 200;
const USERS: u32 = SERVERS * PER_SERVER;
const TASKS: u32 = 4;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(2);

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Clone, Copy)]
enum Operation {
    Heartbeats,
    OpenAndClose,
    UserSummary,
    ServerSummary,
    TopUsers,
}

const OPERATIONS: [(&str, Operation); 5] = [
    ("heartbeats of 200", Operation::Heartbeats),
    ("open and close", Operation::OpenAndClose),
    ("user_summary", Operation::UserSummary),
    ("server_summary", Operation::ServerSummary),
    ("top_users_ever", Operation::TopUsers),
];

/// Prints calls per second on both, their ratio, and the processor time of a call on each kind of node.
pub(crate) async fn run() -> Outcome {
    if !cluster::has_cluster() {
        return Err("BARQNET_TEST_CITUS names no cluster: see docs/distribution.md".into());
    }
    let (plain, spread) = (TestDatabase::empty().await, TestDatabase::on_cluster().await);
    let settings = [plain.settings(), spread.settings()];
    for settings in &settings {
        migrate(&settings.clone().statement_timeout(None), &embedded::migrations()).await?;
    }
    distribution::distribute(&settings[1], &embedded::migrations()).await?;
    let plain = Contender::fill(&settings[0]).await?;
    let spread = Contender::fill(&settings[1]).await?;
    let nodes = Nodes::of(&settings[1]).await?;
    println!(
        "{:<20} {:>14} {:>14} {:>8} {:>14} {:>14} {:>14}",
        "", "plain, per s", "cluster, per s", "ratio", "plain, µs", "coordinator, µs", "workers, µs"
    );
    for (name, operation) in OPERATIONS {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let (one, many) = (plain.round(operation, &nodes).await?, spread.round(operation, &nodes).await?);
            rounds.push([
                one.calls_per_second,
                many.calls_per_second,
                many.calls_per_second / one.calls_per_second,
                one.coordinator,
                many.coordinator,
                many.workers,
            ]);
        }
        let [one, many, ratio, plain, coordinator, workers] =
            [0, 1, 2, 3, 4, 5].map(|column| median(rounds.iter().map(|round| round[column]).collect()));
        println!("{name:<20} {one:>14.0} {many:>14.0} {ratio:>8.2} {plain:>14.0} {coordinator:>14.0} {workers:>14.0}");
    }
    Ok(())
}

/// What a round of calls took.
struct Round {
    calls_per_second: f64,
    /// Processor time per call in microseconds: of the coordinator, and of all workers together.
    coordinator: f64,
    workers: f64,
}

/// The folders of the nodes' data, which must be on this machine.
struct Nodes {
    coordinator: PathBuf,
    workers: Vec<PathBuf>,
}

impl Nodes {
    async fn of(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let client = server::connect(settings).await?;
        let own: String = client.query_one("SHOW data_directory", &[]).await?.get(0);
        let asked = "SELECT result FROM run_command_on_workers('SHOW data_directory')";
        let workers = client.query(asked, &[]).await?;
        let workers = workers.iter().map(|row| PathBuf::from(row.get::<_, String>(0))).collect();
        Ok(Self { coordinator: PathBuf::from(own), workers })
    }

    /// In seconds, of the coordinator and of all workers together.
    fn processor_time(&self) -> Result<[f64; 2], Box<dyn Error>> {
        let workers = self.workers.iter().map(|data| processor_time::of_server_in(data));
        Ok([processor_time::of_server_in(&self.coordinator)?, workers.sum::<Result<_, _>>()?])
    }
}

/// A database and what was called on it.
#[derive(Clone)]
struct Contender {
    pool: Pool,
    /// The connections of each server.
    ids: Arc<Vec<Vec<i64>>>,
    calls: Arc<AtomicU32>,
}

impl Contender {
    async fn fill(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let plain = server::connect(&settings.clone().statement_timeout(None)).await?;
        plain
            .batch_execute(&format!(
                "INSERT INTO users (username, server_id, created_by)
                 SELECT 'user-' || n, 'node-' || n % {SERVERS}, 'bench' FROM GENERATE_SERIES(1, {USERS}) n;
                 INSERT INTO servers (name, host, max_users)
                 SELECT 'node-' || n, 'node-' || n || '.example', 100000 FROM GENERATE_SERIES(0, {SERVERS} - 1) n;
                 INSERT INTO vpn_connections (username, server_id, status, client_ip, virtual_ip, usage_hour)
                 SELECT 'user-' || n, 'node-' || n % {SERVERS}, 'connected', '198.51.100.4', '10.8.0.0'::INET + n,
                        DATE_TRUNC('hour', NOW())
                 FROM GENERATE_SERIES(1, {USERS}) n;
                 INSERT INTO server_status (server_id, live_connections)
                 SELECT 'node-' || n, {PER_SERVER} FROM GENERATE_SERIES(0, {SERVERS} - 1) n
                 ON CONFLICT (server_id) DO UPDATE SET live_connections = EXCLUDED.live_connections"
            ))
            .await
            .map_err(|error| format!("{error:?}"))?;
        plain.batch_execute("ANALYZE").await?;
        let mut ids = BTreeMap::<String, Vec<i64>>::new();
        for row in plain.query("SELECT server_id::TEXT, id FROM vpn_connections ORDER BY id", &[]).await? {
            ids.entry(row.get(0)).or_default().push(row.get(1));
        }
        let ids = (0..SERVERS).map(|server| ids.remove(&format!("node-{server}")).unwrap_or_default()).collect();
        Ok(Self { pool: pool::connect(settings).await?, ids: Arc::new(ids), calls: Arc::default() })
    }

    /// After a short round that opens connections and prepares statements.
    async fn round(&self, operation: Operation, nodes: &Nodes) -> Result<Round, Box<dyn Error>> {
        let plain = |error: Failure| -> Box<dyn Error> { error };
        self.call_for(operation, ROUND / 10).await.map_err(plain)?;
        let (begin, before) = (Instant::now(), nodes.processor_time()?);
        let calls = f64::from(self.call_for(operation, ROUND).await.map_err(plain)?);
        let (duration, after) = (begin.elapsed().as_secs_f64(), nodes.processor_time()?);
        let [coordinator, workers] = [0, 1].map(|kind| 1e6 * (after[kind] - before[kind]) / calls);
        Ok(Round { calls_per_second: calls / duration, coordinator, workers })
    }

    async fn call_for(&self, operation: Operation, limit: Duration) -> Result<u32, Failure> {
        let begin = Instant::now();
        let tasks = (0..TASKS).map(|_| {
            let own = self.clone();
            tokio::spawn(async move {
                let mut calls = 0;
                while begin.elapsed() < limit {
                    own.call(operation, own.calls.fetch_add(1, Ordering::Relaxed)).await?;
                    calls += 1;
                }
                Ok::<_, Failure>(calls)
            })
        });
        try_join_all(tasks).await?.into_iter().sum()
    }

    async fn call(&self, operation: Operation, number: u32) -> Result<(), Failure> {
        let server = format!("node-{}", number % SERVERS);
        let username = format!("user-{}", 1 + number % USERS);
        let client = self.pool.get().await?;
        match operation {
            Operation::Heartbeats => {
                let beat = |id: &i64| Heartbeat {
                    connection_id: *id,
                    epoch: 1,
                    sequence: i64::from(1 + number),
                    bytes_received: u64::from(number) * 1_000,
                    bytes_sent: u64::from(number) * 1_000,
                };
                let beats: Vec<_> = self.ids[usize::try_from(number % SERVERS)?].iter().map(beat).collect();
                connections::heartbeat(&client, &server, &beats, &CounterPolicy::default()).await?;
            }
            Operation::OpenAndClose => {
                drop(client);
                let new = NewConnection {
                    username: &username,
                    server_id: &server,
                    epoch: Some(1),
                    ..NewConnection::default()
                };
                let id = match connections::open(&self.pool, &new, &ConnectionPolicy::default()).await? {
                    OpenOutcome::Opened { id, .. } => id,
                    other => return Err(format!("{username}: {other:?}").into()),
                };
                let counters = FinalCounters { epoch: 1, bytes_received: 1_000, bytes_sent: 1_000 };
                let client = self.pool.get().await?;
                let (reason, policy) = (CloseReason::ClientExit, CounterPolicy::default());
                connections::close(&client, &server, id, reason, Some(counters), &policy).await?;
            }
            Operation::UserSummary => drop(usage::user_summary().bind(&client, &username).one().await?),
            Operation::ServerSummary => drop(usage::server_summary().bind(&client, &server).opt().await?),
            Operation::TopUsers => drop(usage::top_users_ever().bind(&client, &10).all().await?),
        }
        Ok(())
    }
}
