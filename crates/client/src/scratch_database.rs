//! A database that is made for one purpose and dropped after it.

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use tokio_postgres::{Client, Error, error::SqlState};

/// A database that is made for one purpose, such as a test, and dropped after it.
///
/// This value is only the database's name: dropping the value leaves the database on the server. Both functions take
/// a connection to another database of the same server, whose role needs CREATEDB.
#[derive(Clone, Debug)]
pub struct ScratchDatabase {
    name: String,
}

impl ScratchDatabase {
    /// Chooses a name that no other process uses: the prefix, the process, a counter and the time. The prefix consists of
    /// lower-case letters, digits and underscores, so that the name needs no quotes.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        // The time, because containers that share a server may have the same process numbers.
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        let name = format!("{prefix}_{}_{}_{nanos}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        Self { name }
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Creates the database as a copy of `template`, to which nothing may be connected.
    pub async fn create(&self, server: &Client, template: &str) -> Result<(), Error> {
        server.batch_execute(&format!("CREATE DATABASE {} TEMPLATE {template}", self.name)).await
    }

    /// Ends the connections to the database and drops it. It is no error if it does not exist.
    pub async fn remove(&self, server: &Client) -> Result<(), Error> {
        // Or who connects after the others were ended keeps the database. The drop says what is wrong, if anything is.
        let _ = server.batch_execute(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name)).await;
        let mut attempts = 3;
        loop {
            // WITH (FORCE) would do both, but needs PostgreSQL 13.
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            server.execute(end, &[&self.name]).await?;
            attempts -= 1;
            match server.batch_execute(&format!("DROP DATABASE IF EXISTS {}", self.name)).await {
                // A connection that was being opened was not to be seen yet.
                Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) && attempts > 0 => {}
                outcome => return outcome,
            }
        }
    }
}
