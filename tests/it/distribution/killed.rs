//! SIGKILL of nodes of the cluster that `BARQNET_TEST_CITUS` names, which must be on this machine; `make citus` runs these alone.

use std::{collections::BTreeMap, net::IpAddr, process::Command, time::Duration};

use barqnet_db::{
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, NewConnection, OpenOutcome,
    },
    pool::Pool,
    queries::usage,
    users,
};
use barqnet_db_testing::{
    TestDatabase,
    callers::{Caller, Callers, Seen},
    cluster::{node_settings, require_cluster},
};
use tokio::time::sleep;

use crate::common::{migrated_database, miscounted_connections, number_keys, pool_of, scalar};

const NODES: usize = 3;
const REPORTS: i64 = 4;

/// An answer that a node of the service got.
#[derive(Debug)]
enum Acknowledged {
    Opened(i64),
    /// A connection's bytes so far.
    Counted(i64, u64),
    Ended(i64, u64),
    Erased(String),
}

/// Opens a connection, reports it, and ends it or erases its user, on and on. What fails is tried again, as nodes do.
struct Node {
    pool: Pool,
    server: String,
    erases: bool,
    /// Of the present connection, and how many there were.
    id: Option<i64>,
    sequence: i64,
    number: u16,
    has_account: bool,
}

impl Node {
    fn username(&self) -> String {
        if self.erases { format!("guest-{}-{}", self.server, self.number) } else { format!("user-{}", self.server) }
    }

    fn bytes(&self) -> u64 {
        10 * self.sequence.unsigned_abs()
    }

    async fn open(&mut self) -> Result<Acknowledged, String> {
        let (username, [high, low]) = (self.username(), self.number.to_be_bytes());
        if !self.has_account {
            let client = self.pool.get().await.map_err(text)?;
            // There is one already if the answer was lost.
            let account =
                "INSERT INTO users (username, created_by) VALUES ($1, 'tests') ON CONFLICT (username) DO NOTHING";
            client.execute(account, &[&username]).await.map_err(text)?;
            self.has_account = true;
        }
        let new = NewConnection {
            username: &username,
            server_id: &self.server,
            virtual_ip: Some(IpAddr::from([10, 8, high, low])),
            epoch: Some(1),
            ..NewConnection::default()
        };
        let outcome = connections::open(&self.pool, &new, &ConnectionPolicy::default()).await.map_err(text)?;
        let OpenOutcome::Opened { id, .. } = outcome else { panic!("{outcome:?}") };
        (self.id, self.sequence) = (Some(id), 0);
        Ok(Acknowledged::Opened(id))
    }

    async fn report(&mut self, id: i64) -> Result<Acknowledged, String> {
        let client = self.pool.get().await.map_err(text)?;
        self.sequence += 1;
        let bytes = self.bytes();
        let beat = Heartbeat {
            connection_id: id,
            epoch: 1,
            sequence: self.sequence,
            bytes_received: bytes,
            bytes_sent: 2 * bytes,
        };
        match connections::heartbeat(&client, &self.server, &[beat], &CounterPolicy::default()).await {
            Ok(report) => {
                assert_eq!([report.applied, report.repeated].concat(), [id]);
                Ok(Acknowledged::Counted(id, bytes))
            }
            Err(error) => {
                self.sequence -= 1;
                Err(text(error))
            }
        }
    }

    async fn end(&mut self, id: i64) -> Result<Acknowledged, String> {
        // Neither finds anything if an earlier answer was lost.
        let answer = if self.erases {
            let username = self.username();
            users::erase(&self.pool, &username, &number_keys()).await.map_err(text)?;
            self.has_account = false;
            Acknowledged::Erased(username)
        } else {
            let client = self.pool.get().await.map_err(text)?;
            let bytes = self.bytes();
            let last = Some(FinalCounters { epoch: 1, bytes_received: bytes, bytes_sent: 2 * bytes });
            connections::close(&client, &self.server, id, CloseReason::ClientExit, last, &CounterPolicy::default())
                .await
                .map_err(text)?;
            Acknowledged::Ended(id, bytes)
        };
        self.id = None;
        self.number += 1;
        Ok(answer)
    }
}

impl Caller for Node {
    type Answer = Acknowledged;

    async fn call(&mut self) -> Result<Acknowledged, String> {
        match self.id {
            None => self.open().await,
            Some(id) if self.sequence < REPORTS => self.report(id).await,
            Some(id) => self.end(id).await,
        }
    }
}

fn text(error: impl std::error::Error + 'static) -> String {
    barqnet_db::client::error_text::in_full(&error)
}

/// Kills a node in the middle of a commit in two phases.
async fn crash_in_a_commit(node: usize, database: &str) {
    let (worker, _) = node_settings(node.max(1), database).connect_client().await.expect("the worker answers");
    let prepared = "SELECT 1 FROM pg_prepared_xacts WHERE database = CURRENT_DATABASE()";
    while worker.query(prepared, &[]).await.expect("the worker answers").is_empty() {}
    crash(node, database).await;
}

/// Kills one session of a node with SIGKILL, so that its whole server starts again.
pub(super) async fn crash(node: usize, database: &str) {
    let settings = node_settings(node, database);
    let (session, _) = settings.connect_client().await.expect("the node answers");
    let pid: i32 = session.query_one("SELECT PG_BACKEND_PID()", &[]).await.expect("a session").get(0);
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().expect("there is kill").success());
    while session.simple_query("SELECT 1").await.is_ok() {}
    while settings.connect_client().await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// Lets the coordinator decide on what crashes have left prepared, as Citus does by itself every minute.
async fn recover(database: &str) {
    let settings = node_settings(0, database);
    loop {
        if let Ok((coordinator, _)) = settings.connect_client().await
            && coordinator.batch_execute("SELECT recover_prepared_transactions()").await.is_ok()
        {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: make citus"]
async fn nothing_is_lost_or_double_when_nodes_of_a_cluster_are_killed() {
    require_cluster();
    let database = migrated_database().await;
    for node in 0..NODES {
        // What is acknowledged must survive a crash.
        let sql = format!("ALTER DATABASE {} SET synchronous_commit = on", database.name());
        let (session, _) = node_settings(node, database.name()).connect_client().await.unwrap();
        session.batch_execute(&sql).await.unwrap();
    }
    let mut nodes = Vec::new();
    for number in 0..6 {
        let (pool, server) = (pool_of(&database, 1).await, format!("node-{number}"));
        let erases = number % 2 == 0;
        nodes.push(Node { pool, server, erases, id: None, sequence: 0, number: 0, has_account: false });
    }
    let callers = Callers::start(nodes);
    let name = database.name().to_owned();
    let recovering = tokio::spawn(async move {
        loop {
            recover(&name).await;
            sleep(Duration::from_millis(200)).await;
        }
    });
    for node in [1, 2, 0, 1, 2, 0, 2, 1] {
        callers.more_answers(40).await;
        crash_in_a_commit(node, database.name()).await;
    }
    callers.more_answers(60).await;
    let seen = callers.stop(Duration::from_mins(1)).await;
    recovering.abort();
    recover(database.name()).await;
    assert!(
        seen.iter().all(Seen::begins_and_ends_well) && seen.iter().any(|one| one.outages() > 0),
        "{}",
        seen.iter().map(ToString::to_string).collect::<String>()
    );
    let answers: Vec<Acknowledged> = seen.into_iter().flat_map(|one| one.answers).collect();
    assert_whole(&database, &answers).await;
}

/// Every acknowledged answer is in the rows, once, and the rows agree with each other.
async fn assert_whole(database: &TestDatabase, answers: &[Acknowledged]) {
    let (mut bytes, mut is_ended, mut erased) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for answer in answers {
        match answer {
            Acknowledged::Opened(id) => drop(bytes.insert(*id, 0)),
            Acknowledged::Counted(id, sum) => drop(bytes.insert(*id, *sum)),
            Acknowledged::Ended(id, sum) => drop((bytes.insert(*id, *sum), is_ended.insert(*id, true))),
            Acknowledged::Erased(username) => erased.push(username.clone()),
        }
    }
    assert!(!is_ended.is_empty() && !erased.is_empty(), "{answers:?}");
    let client = database.client().await;
    let rows = "SELECT id, bytes_received, bytes_sent, status = 'disconnected', username::TEXT FROM vpn_connections";
    let mut found = BTreeMap::new();
    for row in client.query(rows, &[]).await.unwrap() {
        let (id, received, sent, ended): (i64, i64, i64, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
        assert_eq!(sent, 2 * received, "{id}");
        assert!(ended || !is_ended.contains_key(&id), "{id} is live");
        assert!(!erased.contains(&row.get(4)), "{id} has the name of an erased user");
        found.insert(id, received.unsigned_abs());
    }
    for (id, bytes) in &bytes {
        assert_eq!(found.get(id), Some(bytes), "{id}");
    }
    // What was opened without an answer reported nothing.
    let sum: u64 = bytes.values().sum();
    let counted = scalar(database, "SELECT SUM(bytes_in)::BIGINT FROM v_usage_by_day").await;
    assert_eq!(counted.unsigned_abs(), sum, "every byte, once");
    let unequal = "SELECT COUNT(*) FROM (
                       SELECT c.id
                       FROM vpn_connections c
                       LEFT JOIN vpn_statistics s ON s.server_id = c.server_id AND s.connection_id = c.id
                       GROUP BY c.server_id, c.id, c.status
                       HAVING COUNT(s.id) <> CASE WHEN c.status = 'disconnected' THEN 1 ELSE 0 END
                   ) t";
    assert_eq!(scalar(database, unequal).await, 0, "one row of statistics for each end");
    for table in ["vpn_statistics", "usage_hourly", "usage_totals"] {
        let names = format!("SELECT COUNT(*) FROM {table} WHERE username = ANY ($1)");
        let rows: i64 = client.query_one(&names, &[&erased]).await.unwrap().get(0);
        assert_eq!(rows, 0, "{table} has names of erased users");
    }
    assert_eq!(miscounted_connections(database).await, 0);
    let pool = database.pool().await;
    assert_eq!(usage::discrepancies().bind(&pool.get().await.unwrap()).all().await.unwrap(), []);
    for node in 0..NODES {
        let (session, _) = node_settings(node, database.name()).connect_client().await.unwrap();
        let prepared = "SELECT COUNT(*) FROM pg_prepared_xacts WHERE database = CURRENT_DATABASE()";
        assert_eq!(session.query_one(prepared, &[]).await.unwrap().get::<_, i64>(0), 0, "node {node}");
    }
}
