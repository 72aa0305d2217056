//! A primary and a replica that follows it, and what can happen to servers: they are killed, frozen, promoted, or lag.

use std::{
    fs,
    process::{Command, Stdio},
};

use barqnet_db_client::{
    Bound, Error, Query, Returning, Row,
    pool::{self, Client, Pool, Settings},
};
use barqnet_db_throwaway::{Options, Server};
use tokio::task::yield_now;

/// A primary and its replica, on which the superuser works in the database `postgres`. They stop when this is dropped.
#[derive(Debug)]
pub struct Replicated {
    /// The primary.
    pub primary: Server,
    /// The server that follows it.
    pub replica: Server,
}

impl Replicated {
    /// Lets the replica follow a primary of [`primary`], whose rows it has from the start.
    pub async fn of(primary: Server) -> Self {
        let replica = standby_of(&primary).await;
        Self { primary, replica }
    }

    /// Settings of a service that writes on the primary and reads on the replica.
    pub fn settings(&self) -> Settings {
        settings(&self.primary).add_replica(&self.replica.folder().display().to_string(), 5432)
    }

    /// Returns as soon as the replica has what the primary has committed.
    pub async fn until_replayed(&self) {
        let primary = connect(&self.primary).await;
        // Servers of tests commit before they write to the disk; a commit that does not takes those before it along.
        let flush = "SET synchronous_commit = on; SELECT pg_logical_emit_message(TRUE, 'testing', '')";
        execute(&primary, flush).await;
        let position = text(&primary, "SELECT pg_current_wal_flush_lsn()::TEXT").await;
        let replica = connect(&self.replica).await;
        let replayed = format!("SELECT (pg_last_wal_replay_lsn() >= '{position}')::TEXT");
        while text(&replica, &replayed).await != "true" {
            yield_now().await;
        }
    }

    /// Returns as soon as the replica has everything, and the reads of a pool run on it.
    pub async fn until_read_by(&self, pool: &Pool) {
        self.until_replayed().await;
        while !IsReplica::of(pool).await {
            yield_now().await;
        }
    }

    /// The replica goes on receiving and shows nothing new.
    pub async fn pause_replay(&self) {
        let replica = connect(&self.replica).await;
        execute(&replica, "SELECT pg_wal_replay_pause()").await;
        // From PostgreSQL 14 on it ends what it is doing first; earlier versions don't tell.
        let is_known = "SELECT (current_setting('server_version_num')::INTEGER >= 140000)::TEXT";
        if text(&replica, is_known).await == "true" {
            while text(&replica, "SELECT pg_get_wal_replay_pause_state()").await != "paused" {
                yield_now().await;
            }
        }
    }

    /// Ends [`pause_replay`](Self::pause_replay).
    pub async fn resume_replay(&self) {
        execute(&connect(&self.replica).await, "SELECT pg_wal_replay_resume()").await;
    }

    /// Makes the replica a server of its own, and returns as soon as it accepts writes.
    pub async fn promote(&self) {
        promote(&self.replica).await;
    }
}

/// What the build would make of a statement that tells whether its server is a replica.
struct IsReplica;

impl IsReplica {
    const QUERY: &'static Query = &Query::by_hand("testing.is_replica", "SELECT pg_is_in_recovery()");

    async fn of(pool: &Pool) -> bool {
        let lane = pool.read_lane();
        Bound::<_, Self, 0>::new(Self::QUERY, &lane, [], |it| it).one().await.expect("a server answers")
    }
}

impl Returning for IsReplica {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &Row) -> Result<bool, Error> {
        row.try_get(0)
    }
}

/// A server that another one can follow.
#[must_use]
pub fn primary() -> Server {
    replicating().start().expect("PostgreSQL is installed")
}

/// A server that follows another one, which nobody writes to at the moment.
pub async fn standby_of(primary: &Server) -> Server {
    execute(&connect(primary).await, "CHECKPOINT").await;
    replicating().standby_of(primary).start().expect("the files of the primary are readable")
}

/// Makes a standby a server of its own, and returns as soon as it accepts writes.
pub async fn promote(standby: &Server) {
    assert_eq!(text(&connect(standby).await, "SELECT pg_promote()::TEXT").await, "true");
}

fn replicating() -> Options {
    Options::default().setting("wal_level", "replica").setting("max_wal_senders", "5")
}

/// Settings of the superuser in the database `postgres` of a server.
pub fn settings(server: &Server) -> Settings {
    Settings::from_url(&server.url("postgres")).expect("the server's URL is well formed")
}

/// A connection of the superuser.
pub async fn connect(server: &Server) -> Client {
    pool::connect_one(settings(server)).await.expect("the server answers")
}

async fn execute(client: &Client, sql: &str) {
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn text(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}")).get(0)
}

/// The number of the process that starts the server's others.
#[must_use]
pub fn postmaster(server: &Server) -> String {
    let pid_file = fs::read_to_string(server.folder().join("data/postmaster.pid")).expect("it runs");
    pid_file.lines().next().expect("a process number").to_owned()
}

/// Sends a signal, such as `-STOP`, to processes that may have ended.
pub fn signal(signal: &str, processes: &[String]) {
    let _ = Command::new("kill").arg(signal).args(processes).stderr(Stdio::null()).status();
}

fn processes(server: &Server) -> Vec<String> {
    with_children(postmaster(server))
}

/// A process and those that it has started.
#[must_use]
pub fn with_children(process: String) -> Vec<String> {
    let children = Command::new("pgrep").args(["-P", &process]).output().expect("pgrep is installed").stdout;
    let children = String::from_utf8(children).expect("numbers");
    children.lines().map(str::to_owned).chain([process]).collect()
}

/// Kills a server with all its processes, and returns as soon as it has ended. `restart_with` starts it again.
pub async fn kill(server: &Server) {
    signal("-KILL", &processes(server));
    while !server.folder().join("exited").exists() {
        yield_now().await;
    }
}

/// Processes that are stopped until this is dropped, such as those of a server.
#[derive(Debug)]
pub struct Frozen(Vec<String>);

impl Frozen {
    /// Stops the processes of a server. Its connections stay open, and nothing answers.
    #[must_use]
    pub fn new(server: &Server) -> Self {
        Self::processes(processes(server))
    }

    /// Stops processes, by their numbers.
    #[must_use]
    pub fn processes(processes: Vec<String>) -> Self {
        signal("-STOP", &processes);
        Self(processes)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}
