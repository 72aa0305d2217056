//! Applies one migration: its SQL and its records beside the history, in one transaction unless the file asks
//! otherwise.

use tokio_postgres::Client;

use super::{
    execute::{Failed, in_transaction},
    history, min_version, no_transaction,
    options::MigrateOptions,
    progress::Observer,
    source::Step,
};

/// Applies a migration and records it; `more` is run behind its record.
pub(super) async fn apply_and_record(
    client: &mut Client,
    step: Step<'_>,
    more: Option<&str>,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Failed> {
    let (directives, checks) = (step.file().directives(), step.file().checks());
    let mut records = vec![history::record(step)];
    records.extend(directives.min_version.map(|min_version| min_version::record(step, min_version)));
    records.extend(more.map(ToOwned::to_owned));
    let record = records.join("; ");
    if directives.no_transaction {
        return no_transaction::apply(client, step, &checks, &record).await;
    }
    in_transaction(client, &step.to_string(), &checks, &[step.sql(), &record], options, observer).await
}
