//! The databases with all migrations applied, or the first ones, of which every test gets a copy.

use barqnet_db_client::tokio_postgres::Client;
use barqnet_db_migrate::{MigrateOptions, Migrations, Target, migrate_with};

use crate::server::{execute, settings};

/// The name of the template for these migrations, or for those up to `to`, which exists on the server then.
pub(crate) async fn template(server: &Client, migrations: &Migrations, to: Option<&Target>) -> String {
    // A name may have 63 bytes, of which a source's could take most.
    let end = to.map(ToString::to_string).unwrap_or_default();
    let checksum = end.bytes().fold(migrations.checksum(), |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let name = format!("barqnet_template_{checksum:016x}");
    let options = MigrateOptions { to: to.cloned(), ..MigrateOptions::default() };
    // One process makes it, the others wait. The lock ends with this connection, too.
    execute(server, "SELECT pg_advisory_lock(7264013)").await;
    let found = server.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
    if found.expect("the test server answers").is_none() {
        // A process that ends half-way leaves a database of another name, which the next one drops.
        let unfinished = format!("{name}_unfinished");
        execute(server, &format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        execute(server, &format!("CREATE DATABASE {unfinished}")).await;
        migrate_with(&settings(&unfinished), migrations, &options)
            .await
            .expect("the migrations apply to an empty database");
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
