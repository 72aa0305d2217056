//! The nodes of a Citus cluster, where the test databases are if `BARQNET_TEST_CITUS` names one.

use std::env;

use barqnet_db_client::{pool::Settings, tokio_postgres::Client};
use barqnet_db_migrate::{MigrateOptions, Migrations, migrate_with};

use crate::server::{connect_to, execute, settings, with_database};

/// The URLs of the nodes, coordinator first, or none. Each has Citus in `shared_preload_libraries`, and its URL a host that the other
/// nodes reach.
pub(crate) fn nodes() -> Vec<String> {
    env::var("BARQNET_TEST_CITUS").map(|urls| urls.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
}

/// Whether `BARQNET_TEST_CITUS` names a cluster.
#[must_use]
pub fn has_cluster() -> bool {
    !nodes().is_empty()
}

/// Panics unless there is a cluster, for tests that need one.
pub fn require_cluster() {
    assert!(has_cluster(), "BARQNET_TEST_CITUS names no cluster");
}

/// Creates a database on every node, and makes one cluster of the databases.
pub(crate) async fn create_database(nodes: &[String], database: &str) {
    for node in nodes {
        execute(&connect_to(node, "postgres").await, &format!("CREATE DATABASE {database}")).await;
        execute(&connect_to(node, database).await, "CREATE EXTENSION citus").await;
    }
    let coordinator = connect_to(&nodes[0], database).await;
    for (position, node) in nodes.iter().enumerate() {
        let (host, port) = host_and_port(&connect_to(node, database).await, node).await;
        let function = if position == 0 { "citus_set_coordinator_host" } else { "citus_add_node" };
        execute(&coordinator, &format!("SELECT {function}('{host}', {port})")).await;
    }
}

async fn host_and_port(client: &Client, node: &str) -> (String, i32) {
    let asked = "SELECT COALESCE(HOST(INET_SERVER_ADDR()), 'localhost'), CURRENT_SETTING('port')::INTEGER";
    let row = client.query_one(asked, &[]).await.unwrap_or_else(|error| panic!("{node}: {error}"));
    (row.get(0), row.get(1))
}

/// The template of a migrated and distributed database, which exists on every node then. `distribute` gets the settings of
/// the coordinator's database; `name` tells one way to distribute from another.
pub(crate) async fn template(
    nodes: &[String],
    migrations: &Migrations,
    name: &str,
    distribute: impl AsyncFnOnce(Settings),
) -> String {
    let name = format!("barqnet_{name}_{:016x}", migrations.checksum());
    let coordinator = connect_to(&nodes[0], "postgres").await;
    execute(&coordinator, "SELECT pg_advisory_lock(7264013)").await;
    let found = coordinator.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
    if found.expect("the coordinator answers").is_none() {
        let unfinished = format!("{name}_unfinished");
        for node in nodes {
            drop_database(node, &unfinished).await;
        }
        create_database(nodes, &unfinished).await;
        migrate_with(&settings(&unfinished), migrations, &MigrateOptions::default())
            .await
            .expect("the migrations apply to an empty database");
        distribute(settings(&unfinished)).await;
        // The coordinator's last: by its name the template counts as complete.
        for node in nodes.iter().rev() {
            let server = connect_to(node, "postgres").await;
            // A copy needs a database without sessions, and Citus keeps some.
            execute(&server, &format!("ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false")).await;
            end_sessions(&server, &unfinished).await;
            execute(&server, &format!("DROP DATABASE IF EXISTS {name}")).await;
            execute(&server, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
        }
    }
    execute(&coordinator, "SELECT pg_advisory_unlock(7264013)").await;
    name
}

/// Copies the template on every node. The copies are one cluster: Citus names nodes by host and port, not by database.
pub(crate) async fn copy(nodes: &[String], template: &str, database: &str) {
    for node in nodes {
        let server = connect_to(node, "postgres").await;
        execute(&server, &format!("CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")).await;
    }
}

async fn drop_database(node: &str, database: &str) {
    let server = connect_to(node, "postgres").await;
    execute(&server, &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
}

async fn end_sessions(server: &Client, database: &str) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    while !server.query(end, &[&database]).await.expect("the node answers").is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Drops a role of a test on every node. What it owned is gone with the test's database.
pub async fn drop_role(role: &str) {
    for node in nodes() {
        execute(&connect_to(&node, "postgres").await, &format!("DROP ROLE IF EXISTS {role}")).await;
    }
}

/// The settings of a database of one node, for tests that look at a worker or end one.
pub fn node_settings(node: usize, database: &str) -> Settings {
    Settings::from_url(&with_database(&nodes()[node], database)).expect("the node's URL is well formed")
}
