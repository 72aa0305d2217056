//! A server that keeps what it commits, as one in service does: the tests' servers don't.

use std::error::Error;

use barqnet_db::{
    migrate::{Migrations, migrate},
    pool::Settings,
    tokio_postgres::Client,
};
use barqnet_db_throwaway::{Options, Server};

/// Starts it. No checkpoint comes in between, so that none falls to one contender alone.
pub(crate) fn server() -> Result<Server, Box<dyn Error>> {
    let settings = [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("shared_buffers", "1GB"),
        ("max_wal_size", "32GB"),
        ("checkpoint_timeout", "1h"),
        ("max_connections", "200"),
        ("deadlock_timeout", "1s"),
    ];
    let options = settings.iter().fold(Options::default(), |options, (name, value)| options.setting(name, value));
    Ok(options.start()?)
}

/// A new database with these migrations.
pub(crate) async fn database(server: &Server, name: &str, known: &Migrations) -> Result<Settings, Box<dyn Error>> {
    client(&settings(server, "postgres")?).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let settings = settings(server, name)?;
    migrate(&settings, known).await?;
    Ok(settings)
}

fn settings(server: &Server, database: &str) -> Result<Settings, Box<dyn Error>> {
    Ok(Settings::from_url(&server.url(database))?.statement_timeout(None))
}

/// The driver's own client, for SQL of the measurement's.
pub(crate) async fn client(settings: &Settings) -> Result<Client, Box<dyn Error>> {
    Ok(settings.connect_client().await?.0)
}

/// Bytes of write-ahead log so far.
pub(crate) async fn wal(client: &Client) -> Result<f64, Box<dyn Error>> {
    let query = "SELECT PG_WAL_LSN_DIFF(PG_CURRENT_WAL_INSERT_LSN(), '0/0')::FLOAT8";
    Ok(client.query_one(query, &[]).await?.get(0))
}

/// The one number that a query returns.
pub(crate) async fn scalar(client: &Client, query: &str) -> Result<i64, Box<dyn Error>> {
    Ok(client.query_one(query, &[]).await?.get(0))
}
