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

/// Applies a migration and records it with the fingerprint of the schema that it leaves.
pub(super) async fn apply(
    client: &mut Client,
    migration: &Migration,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    apply_and_record(client, migration, Some(&fingerprint::record(migration.version())), options, observer).await
}

/// Applies a migration and records it; `more` is run behind its record.
pub(super) async fn apply_and_record(
    client: &mut Client,
    migration: &Migration,
    more: Option<&str>,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    let sql = migration.sql().unwrap_or_default();
    let directives = MigrationFile::new(sql).directives();
    let mut records = vec![history::record(migration)];
    records.extend(directives.min_version.map(|min_version| min_version::record(migration.version(), min_version)));
    records.extend(more.map(ToOwned::to_owned));
    let record = records.join("; ");
    if directives.no_transaction {
        return no_transaction::apply(client, migration, &record).await;
    }
    in_transaction(client, &migration.to_string(), &[sql, &record], options, observer).await
}
