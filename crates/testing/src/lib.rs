//! A migrated database of its own for every test, in tens of milliseconds.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use barqnet_db_migrate::Migrations;
//! use barqnet_db_testing::TestDatabase;
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let migrations = Migrations::from_folder(Path::new("migrations"))?;
//! let database = TestDatabase::migrated(&migrations).await;
//! let pool = database.pool().await;
//! # Ok(()) }
//! ```
//!
//! The server is the one that the variable `BARQNET_TEST_SERVER` names, or a throwaway server per process. On it the
//! migrations run once, into a template that every test copies.
//!
//! With the variable `BARQNET_TEST_CITUS`, the URLs of the nodes of a Citus cluster, coordinator first, the server is the coordinator,
//! and [`TestDatabase::distributed`] makes a database on all nodes: see [`cluster`].
//!
//! [`DataMigration`] tests what a migration does to rows: those of before, and those of after.
//!
//! [`callers`] is the load of tests in which servers fail: what was acknowledged, which calls failed, and when.
//!
//! [`servers`] starts other servers for tests of TLS, with [`certificates`] made at once; [`pooler`] puts pgbouncer before one,
//! and [`replication`] lets one follow another.
//!
//! Every function panics if it fails: no test can run without its database.
#![expect(clippy::missing_panics_doc, reason = "said once, above")]

pub mod callers;
pub mod certificates;
pub mod cluster;
mod data_migration;
pub mod pooler;
pub mod replication;
mod server;
pub mod servers;
mod template;

use std::thread;

use barqnet_db_client::{
    ScratchDatabase,
    pool::{self, Pool, Settings},
    tokio_postgres::Client,
};
use barqnet_db_migrate::Migrations;

pub use data_migration::DataMigration;
pub use server::server_url;

use self::{
    server::{connect, connect_to, done, execute, server_version, settings},
    template::template,
};

/// A database that one test has to itself. It is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    database: ScratchDatabase,
    /// The URLs of all nodes of a cluster that have it; empty: it is on the server only.
    nodes: Vec<String>,
}

impl TestDatabase {
    /// A database to which the migrations have been applied. The first call for a set of migrations applies them to a
    /// template on the server; every call copies it.
    pub async fn migrated(migrations: &Migrations) -> Self {
        let server = connect("postgres").await;
        let template = template(&server, migrations, None).await;
        Self::copy_of(&server, &template).await
    }

    /// A database on every node of the cluster that `BARQNET_TEST_CITUS` names, to which the migrations have been applied and
    /// which `distribute` has distributed, given the settings of the coordinator's database. `name`, of lower-case letters, digits and underscores, tells one
    /// way to distribute from another. The first call makes a template on all nodes; every call copies it.
    pub async fn distributed(migrations: &Migrations, name: &str, distribute: impl AsyncFnOnce(Settings)) -> Self {
        let nodes = cluster::nodes();
        assert!(!nodes.is_empty(), "BARQNET_TEST_CITUS names no cluster");
        let template = cluster::template(&nodes, migrations, name, distribute).await;
        let database = ScratchDatabase::new("test");
        cluster::copy(&nodes, &template, database.name()).await;
        Self { database, nodes }
    }

    /// A database without any table on every node of the cluster that `BARQNET_TEST_CITUS` names; with the extension, and the nodes
    /// know each other.
    pub async fn on_cluster() -> Self {
        let nodes = cluster::nodes();
        assert!(!nodes.is_empty(), "BARQNET_TEST_CITUS names no cluster");
        let database = ScratchDatabase::new("test");
        cluster::create_database(&nodes, database.name()).await;
        Self { database, nodes }
    }

    /// A database without any table.
    pub async fn empty() -> Self {
        Self::copy_of(&connect("postgres").await, "template1").await
    }

    async fn copy_of(server: &Client, template: &str) -> Self {
        let database = ScratchDatabase::new("test");
        // PostgreSQL 15 and later would write the whole copy to the log, unless asked; earlier versions copy files.
        let by_files = if server_version(server).await >= 150_000 { " STRATEGY file_copy" } else { "" };
        execute(server, &format!("CREATE DATABASE {} TEMPLATE {template}{by_files}", database.name())).await;
        Self { database, nodes: Vec::new() }
    }

    /// The database's name on its server.
    #[must_use]
    pub fn name(&self) -> &str {
        self.database.name()
    }

    /// A URL for the database.
    #[must_use]
    pub fn url(&self) -> String {
        server_url(self.name())
    }

    /// Settings to connect with, as a service would have them.
    pub fn settings(&self) -> Settings {
        settings(self.name())
    }

    /// A pool on the database.
    pub async fn pool(&self) -> Pool {
        pool::connect(self.settings()).await.expect("the test server answers")
    }

    /// The driver's own client on the database, for SQL that no function of the tested program runs.
    pub async fn client(&self) -> Client {
        connect(self.name()).await
    }

    /// Returns as soon as a connection to the database waits for a lock, on a cluster that of any node.
    pub async fn until_a_connection_waits_for_a_lock(&self) {
        let mut clients = vec![self.client().await];
        for node in self.nodes.iter().skip(1) {
            clients.push(connect_to(node, self.name()).await);
        }
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND wait_event_type = 'Lock'";
        for client in clients.iter().cycle() {
            if !client.query(waiting, &[]).await.expect("the server answers").is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let database = self.database.clone();
        let nodes = std::mem::take(&mut self.nodes);
        // A runtime of its own: the test's may be ending.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                if nodes.is_empty() {
                    done("drop the database", database.remove(&connect("postgres").await).await);
                }
                for node in &nodes {
                    done("drop the database", database.remove(&connect_to(node, "postgres").await).await);
                }
            });
            Ok::<(), std::io::Error>(())
        })
        .join();
        assert!(dropped.is_ok() || thread::panicking(), "the database {} could not be dropped", self.name());
    }
}

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
