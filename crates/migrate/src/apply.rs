//! Applies one migration: its SQL and its records beside the history, in one transaction unless the file asks
//! otherwise.

use barqnet_db_sql::MigrationFile;
use refinery::Migration;
use tokio_postgres::Client;

use super::{
    execute::{Failed, in_transaction},
    fingerprint, history, min_version, no_transaction,
    options::MigrateOptions,
    progress::Observer,
};

/// Applies a migration.
pub(super) async fn apply(
    client: &mut Client,
    migration: &Migration,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    let sql = migration.sql().unwrap_or_default();
    let directives = MigrationFile::new(sql).directives();
    let record = record(migration, directives.min_version);
    if directives.no_transaction {
        return no_transaction::apply(client, migration, &record).await;
    }
    in_transaction(client, &migration.to_string(), &[sql, &record], options, observer).await
}

/// SQL that records the migration.
fn record(migration: &Migration, min_version: Option<i32>) -> String {
    let version = migration.version();
    let mut records = vec![history::record(migration)];
    records.extend(min_version.map(|min_version| min_version::record(version, min_version)));
    records.push(fingerprint::record(version));
    records.join("; ")
}
