//! A migrated database of its own for every test, in tens of milliseconds.
//!
//! ```no_run
//! # async fn test() {
//! let database = barqnet_db_testing::TestDatabase::new().await;
//! let pool = database.pool().await;
//! # }
//! ```
//!
//! The server is the one `BARQNET_TEST_SERVER` names, as `make test` sets it, or a throwaway one a process. On it the
//! migrations run once, into a template that every test clones.
//!
//! [`servers`] starts others for tests of TLS, with [`certificates`] made on the spot.
//!
//! Everything here panics when it fails: there is no test without a database.
#![expect(clippy::missing_panics_doc, reason = "said once, above")]

pub mod certificates;
pub mod servers;

use std::{
    process::id,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use barqnet_db::{
    embedded, migrate,
    pool::{self, Pool, Settings},
    tokio_postgres::Client,
};
use barqnet_db_throwaway::{Options, Server};

/// The fingerprint of the generated code changes with the migrations, and with it the template's name.
const FINGERPRINT: &str = include_str!("../../../src/generated/fingerprint");

/// A database that one test has to itself. It is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// A database with the whole schema.
    pub async fn new() -> Self {
        let name = unused_name();
        let server = connect("postgres").await;
        let template = template(&server).await;
        // Several tests may clone at once; only a connection to the template would be in the way.
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { name }
    }

    /// A database without any table.
    pub async fn empty() -> Self {
        let name = unused_name();
        execute(&connect("postgres").await, &format!("CREATE DATABASE {name}")).await;
        Self { name }
    }

    /// The database's name on its server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A URL for the database.
    #[must_use]
    pub fn url(&self) -> String {
        server_url(&self.name)
    }

    /// Settings to connect with, as a service would have them.
    pub fn settings(&self) -> Settings {
        Settings::from_url(&self.url()).expect("the server's URL is well formed")
    }

    /// A pool on the database.
    pub async fn pool(&self) -> Pool {
        pool::connect(self.settings()).await.expect("the test server answers")
    }

    /// The driver's own client on the database, for SQL that the crate has no function for.
    pub async fn client(&self) -> Client {
        connect(&self.name).await
    }

    /// Returns as soon as a connection to the database waits for a lock.
    pub async fn until_somebody_waits_for_a_lock(&self) {
        let client = self.client().await;
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND wait_event_type = 'Lock'";
        while client.query(waiting, &[]).await.expect("the test server answers").is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // WITH (FORCE) would do both, but needs PostgreSQL 13.
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
        let statements = [end, format!("DROP DATABASE IF EXISTS {}", self.name)];
        // A runtime of its own: the test's may be on its way out.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let server = connect("postgres").await;
                for statement in statements {
                    execute(&server, &statement).await;
                }
            });
            Ok::<(), std::io::Error>(())
        })
        .join();
        assert!(dropped.is_ok() || thread::panicking(), "the database {} could not be dropped", self.name);
    }
}

/// A URL for a database of the test server.
#[must_use]
pub fn server_url(database: &str) -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    if let Ok(url) = std::env::var("BARQNET_TEST_SERVER") {
        return url.replacen("/postgres?", &format!("/{database}?"), 1);
    }
    // A static is never dropped; the server ends with the process all the same.
    let start = || Options::default().setting("TimeZone", "Pacific/Chatham").start().expect("PostgreSQL is installed");
    SERVER.get_or_init(start).url(database)
}

fn unused_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

async fn template(server: &Client) -> String {
    let key = FINGERPRINT.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let name = format!("barqnet_template_{key:016x}");
    // One process makes it, the others wait. The lock ends with this connection.
    execute(server, "SELECT pg_advisory_lock(7264013)").await;
    let found = server.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
    if found.expect("the test server answers").is_none() {
        let unfinished = format!("{name}_unfinished");
        execute(server, &format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        execute(server, &format!("CREATE DATABASE {unfinished}")).await;
        let settings = Settings::from_url(&server_url(&unfinished)).expect("the server's URL is well formed");
        migrate::migrate(&settings, &embedded::migrations()).await.expect("the migrations apply to an empty database");
        wait_until_unused(server, &unfinished).await;
        execute(server, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    execute(server, "SELECT pg_advisory_unlock(7264013)").await;
    name
}

/// A connection that was dropped a moment ago still counts as one.
async fn wait_until_unused(server: &Client, database: &str) {
    loop {
        let rows = server.query("SELECT 1 FROM pg_stat_activity WHERE datname = $1", &[&database]).await;
        if rows.expect("the test server answers").is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn connect(database: &str) -> Client {
    let settings = Settings::from_url(&server_url(database)).expect("the server's URL is well formed");
    settings.statement_timeout(None).connect_client().await.expect("the test server answers").0
}

async fn execute(client: &Client, statement: &str) {
    if let Err(error) = client.batch_execute(statement).await {
        panic!("{statement}: {}", error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string));
    }
}
