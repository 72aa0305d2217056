//! The cluster of examples/high-availability, started for one test, and what happens to its nodes.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    time::Duration,
};

use barqnet_db::pool::{self, Client, Settings};
use barqnet_db_testing::replication::{Frozen, signal, with_children};
use tokio::time::{sleep, timeout};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/high-availability/cluster");

/// Longer than a fail-over and the return of a node take.
const LONG: Duration = Duration::from_mins(2);

/// A running cluster of the nodes 1 to 3. It ends with this value, and with the process.
pub(crate) struct Cluster {
    folder: PathBuf,
    script: Child,
}

impl Cluster {
    /// Starts it; commits wait for a standby from now on.
    pub(crate) fn start() -> Self {
        // The tests of a process run one after the other. The script makes the folder and removes it.
        let folder = env::temp_dir().join(format!("barqnet-ha-{}", process::id()));
        let mut script = command(&folder).arg("run").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(script.stdout.take().expect("it is piped"));
        let is_ready = output.lines().map_while(Result::ok).any(|line| line.contains("Ctrl-C"));
        assert!(is_ready, "{SCRIPT} says what is missing, above");
        Self { folder, script }
    }

    fn of(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    fn settings_of(&self, file: &str) -> Settings {
        let url = fs::read_to_string(self.of(file)).expect("the script writes it");
        Settings::from_url(url.trim()).expect("it is well formed")
    }

    /// What a service connects with: to PostgreSQL.
    pub(crate) fn direct(&self) -> Settings {
        self.settings_of("url")
    }

    /// What a service connects with: to the poolers.
    pub(crate) fn pooled(&self) -> Settings {
        self.settings_of("pooled-url")
    }

    /// A superuser in a database of the primary.
    pub(crate) async fn superuser(&self, database: &str) -> Client {
        within("a primary", async {
            loop {
                if let Ok(client) = pool::connect_one(self.settings_of("superuser-url").dbname(database)).await {
                    return client;
                }
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await
    }

    /// The number of the primary's node.
    pub(crate) async fn primary(&self) -> usize {
        let row = self.superuser("postgres").await.query_one("SHOW port", &[]).await.unwrap();
        let port: u16 = row.get::<_, &str>(0).parse().unwrap();
        1 + self.direct().get_servers().position(|(_, of)| of == port).expect("it is one of the nodes")
    }

    /// A superuser on one node, whatever that is, unless it cannot be reached.
    async fn superuser_of(&self, node: usize) -> Option<Client> {
        let (host, port) = self.direct().get_servers().nth(node - 1).map(|(host, port)| (host.to_owned(), port))?;
        let url = fs::read_to_string(self.of("superuser-url")).ok()?;
        let any = url.trim().replace("target_session_attrs=read-write", "target_session_attrs=any");
        pool::connect_one(Settings::from_url(&any).ok()?.host(&host).port(port)).await.ok()
    }

    /// Returns when a node follows the primary.
    pub(crate) async fn until_standby(&self, node: usize) {
        let follows = "SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'";
        within("a standby", async {
            loop {
                if let Some(client) = self.superuser_of(node).await
                    && client.query(follows, &[]).await.is_ok_and(|rows| !rows.is_empty())
                {
                    return;
                }
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    }

    /// Returns when the service has no connection to a node.
    pub(crate) async fn until_left(&self, node: usize) {
        let client = self.superuser_of(node).await.expect("it runs");
        let connections = "SELECT 1 FROM pg_stat_activity WHERE usename = 'vpn'";
        within("the service left the node", async {
            while !client.query(connections, &[]).await.unwrap().is_empty() {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    /// Kills everything on a node at once, as if its machine had lost its power.
    pub(crate) fn kill(&self, node: usize) {
        signal("-KILL", &self.processes(node));
    }

    /// Starts a node again that was killed.
    pub(crate) fn start_node(&self, node: usize) {
        let status = command(&self.folder).args(["node", &node.to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Stops everything on a node, until the returned value is dropped.
    pub(crate) fn freeze(&self, node: usize) -> Frozen {
        Frozen::processes(self.processes(node))
    }

    /// Makes another node the primary, as before the maintenance of a machine.
    pub(crate) fn switch_over(&self) {
        let switchover = ["patronictl", "switchover", "--force"];
        let output = command(&self.folder).args(switchover).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("Successfully switched over"), "{text}");
    }

    /// Patroni, PostgreSQL with its children, and the pooler of a node.
    fn processes(&self, node: usize) -> Vec<String> {
        let files = ["patroni.pid", "data/postmaster.pid", "pgbouncer.pid"];
        let of = |file| {
            let text = fs::read_to_string(self.of(&format!("node-{node}/{file}"))).expect("it runs");
            with_children(text.lines().next().expect("a process number").to_owned())
        };
        files.into_iter().flat_map(of).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(SCRIPT);
    command.env("BARQNET_HA_FOLDER", folder);
    command
}

/// The result, unless it takes so long that something is stuck.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(LONG, future).await.unwrap_or_else(|_| panic!("{what}: not within {LONG:?}"))
}
