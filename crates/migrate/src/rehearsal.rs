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

/// Applies one migration as [`migrate`](crate::migrate) does: in a transaction, or outside one if it asks so, together with
/// its record in the history. No fingerprint is recorded, and no lock is waited for.
pub async fn rehearse(client: &mut Client, migration: &Migration) -> Result<(), Failed> {
    // A migration that is alone in its source is a usable one, except that it may replace others.
    let source = Source::of_one(migration);
    apply_and_record(client, Step { source: &source, migration }, None, &OPTIONS, &mut |_| {}).await
}
