//! The measurements' server: durable, as in production, unlike the servers of tests.

use std::error::Error;

use barqnet_db::{
    migrate::{Migrations, migrate},
    pool::Settings,
    tokio_postgres::Client,
};
use barqnet_db_throwaway::{Options, Server};

/// Starts the server. Checkpoints are so rare that none slows down one contender only.
pub(crate) fn start() -> Result<Server, Box<dyn Error>> {
    Ok(options().start()?)
}

/// The same with what standbys need in the write-ahead log.
pub(crate) fn start_for_standbys() -> Result<Server, Box<dyn Error>> {
    Ok(options().setting("wal_level", "replica").setting("max_wal_senders", "5").start()?)
}

fn options() -> Options {
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
    settings.iter().fold(Options::default(), |options, (name, value)| options.setting(name, value))
}

/// Creates a database with these migrations.
pub(crate) async fn create_database(
    server: &Server,
    name: &str,
    known: &Migrations,
) -> Result<Settings, Box<dyn Error>> {
    connect(&settings(server, "postgres")?).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let settings = settings(server, name)?;
    migrate(&settings, known).await?;
    Ok(settings)
}

fn settings(server: &Server, database: &str) -> Result<Settings, Box<dyn Error>> {
    Ok(Settings::from_url(&server.url(database))?.statement_timeout(None))
}

/// The driver's own client, for SQL that only the measurement runs.
pub(crate) async fn connect(settings: &Settings) -> Result<Client, Box<dyn Error>> {
    Ok(settings.connect_client().await?.0)
}

/// Bytes of write-ahead log that the server has written so far.
pub(crate) async fn wal_bytes(client: &Client) -> Result<f64, Box<dyn Error>> {
    let query = "SELECT PG_WAL_LSN_DIFF(PG_CURRENT_WAL_INSERT_LSN(), '0/0')::FLOAT8";
    Ok(client.query_one(query, &[]).await?.get(0))
}

/// The only value of a query's only row.
pub(crate) async fn scalar(client: &Client, query: &str) -> Result<i64, Box<dyn Error>> {
    Ok(client.query_one(query, &[]).await?.get(0))
}
