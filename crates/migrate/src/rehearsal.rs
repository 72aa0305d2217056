//! Tries migrations on a scratch database, one after the other, as a run applies them.
//!
//! A build step uses it, which wants to know of each migration where it failed and what it did.

use std::time::Duration;

use refinery::Migration;
use tokio_postgres::Client;

use super::{
    apply::apply_and_record,
    error::Error,
    execute::Failed,
    history, lock,
    options::{MigrateOptions, MigratePolicy},
    source::{Source, Step},
    tables::{HISTORY_TABLE, Tables},
};

/// The database has no other sessions: a migration that waits for a lock there waits for itself.
const OPTIONS: MigrateOptions = MigrateOptions {
    to: None,
    policy: MigratePolicy::SAFE,
    max_wait_for_runner: Duration::from_secs(10),
    lock_timeout: Duration::from_secs(10),
    max_retry: Duration::ZERO,
};

/// Prepares a scratch database for [`rehearse`]: takes the runner's lock for as long as the session lasts, and creates
/// the history.
pub async fn prepare_rehearsal(client: &Client) -> Result<(), Error> {
    lock::acquire(client, OPTIONS.max_wait_for_runner, &mut |_| {}).await?;
    client
        .batch_execute(&history::create_table(&Tables::new(HISTORY_TABLE)))
        .await
        .map_err(|error| Error::database("cannot create the table schema_migrations", &error))
}

/// Creates the history of a further source on a database that [`prepare_rehearsal`] has prepared.
pub async fn prepare_source(client: &Client, history: &str) -> Result<(), Error> {
    let created = client.batch_execute(&history::create_table(&Tables::new(history))).await;
    created.map_err(|error| Error::database("cannot create the table of a history", &error))
}

/// Applies one migration as [`migrate`](crate::migrate) does: in a transaction, or outside one if it asks so, together with
/// its record in the history. No fingerprint is recorded, and no lock is waited for.
pub async fn rehearse(client: &mut Client, migration: &Migration) -> Result<(), Failed> {
    rehearse_in(client, HISTORY_TABLE, migration).await
}

/// [`rehearse`] for a migration of the source with this table as its history, which [`prepare_source`] has created.
pub async fn rehearse_in(client: &mut Client, history: &str, migration: &Migration) -> Result<(), Failed> {
    // A migration that is alone in its source is a usable one, except that it may replace others.
    let mut source = Source::of_one(migration);
    source.tables = Tables::new(history);
    apply_and_record(client, Step { source: &source, migration }, None, &OPTIONS, &mut |_| {}).await
}
