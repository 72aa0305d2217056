//! The database with all migrations applied, of which every test gets a copy.

use barqnet_db_client::tokio_postgres::Client;
use barqnet_db_migrate::{Migrations, migrate};

use crate::server::{execute, settings};

/// The name of the template for these migrations, which exists on the server then.
pub(crate) async fn template(server: &Client, migrations: &Migrations) -> String {
    let name = format!("barqnet_template_{:016x}", migrations.checksum());
    // One process makes it, the others wait. The lock ends with this connection, too.
    execute(server, "SELECT pg_advisory_lock(7264013)").await;
    let found = server.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
    if found.expect("the test server answers").is_none() {
        // A process that ends half-way leaves a database of another name, which the next one drops.
        let unfinished = format!("{name}_unfinished");
        execute(server, &format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        execute(server, &format!("CREATE DATABASE {unfinished}")).await;
        migrate(&settings(&unfinished), migrations).await.expect("the migrations apply to an empty database");
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
