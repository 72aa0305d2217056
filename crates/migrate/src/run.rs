//! A run: applies what is pending.

use barqnet_db_client::{error_text::in_full, pool::Settings};
use barqnet_db_sql::Place;
use chrono::Utc;
use tokio::time::Instant;
use tokio_postgres::Client;
use tracing::Instrument as _;

use super::{
    after_each,
    apply::apply_and_record,
    baseline::{Baseline, Recognised},
    comparison::Comparison,
    database::{self, check_encoding, check_search_path, compare, connect},
    error::{CheckFailure, Error, Failure},
    execute::{Failed, FailedCheck, in_transaction, set_limits},
    fingerprint, history, lock,
    migrations::{Migrations, end_of_transaction},
    options::MigrateOptions,
    progress::{Observer, Progress},
    requirements,
    schema_change::SchemaChange,
    source::{Source, Step},
    status::MigrationStatus,
};

/// Applies what is pending, with the default options, and returns what was applied.
pub async fn migrate(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    migrate_with(settings, migrations, &MigrateOptions::default()).await
}

/// Applies what is pending and returns what was applied. Each migration runs in a transaction of its own, together with
/// its record in the history.
///
/// The run has a connection of its own. Closing it at the end releases the lock and discards all session settings of migrations.
pub async fn migrate_with(
    settings: &Settings,
    migrations: &Migrations,
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    migrate_observed(settings, migrations, options, &mut |_| {}).await
}

/// [`migrate_with`], and calls `observer` at every step: which migration runs, and what it waits for.
pub async fn migrate_observed(
    settings: &Settings,
    migrations: &Migrations,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<Vec<MigrationStatus>, Error> {
    migrations.check()?;
    let end = end(migrations, options)?;
    let mut client = connect(settings).await?;
    // Without the lock, so that a start on an up-to-date database costs one read.
    match compare(&client, migrations).await {
        Ok(comparison) => {
            let is_complete = comparison.is_complete();
            if accepted(comparison, options, end)?.is_empty()
                && !(is_complete && after_each::is_due(&client, migrations).await?)
            {
                return Ok(Vec::new());
            }
        }
        Err(Error::ForeignHistory { .. }) => {}
        Err(error) => return Err(error),
    }
    settings.require_writes(&client).await?;
    lock::acquire(&client, options.max_wait_for_runner, observer).await?;
    check_encoding(&client).await?;
    check_search_path(&client, migrations).await?;
    // Again, because the previous lock holder may have applied everything.
    let mut database = database::read(&client, migrations).await?;
    for _ in migrations.all_sources() {
        let Some((source, recognised)) = &database.recognised else { break };
        if let Some(baseline) = &source.baseline {
            prepare(&mut client, source, baseline.as_ref(), recognised, options, observer).await?;
        }
        database = database::read(&client, migrations).await?;
    }
    if database.comparison.is_complete() {
        execute_due(&mut client, migrations, options).await?;
        return Ok(Vec::new());
    }
    let pending = accepted(database.comparison, options, end)?;
    if let Some(problem) = pending.iter().find_map(|step| end_of_transaction(*step)) {
        return Err(Error::Unusable(problem));
    }
    let with_pending = migrations
        .all_sources()
        .iter()
        .filter(|source| pending.iter().any(|step| step.source.position == source.position));
    let tables: Vec<String> = with_pending
        .map(|source| [history::create_table(&source.tables), fingerprint::create_table(&source.tables)].join("; "))
        .collect();
    let not_created =
        |error| Error::database("cannot create the history of migrations and the table beside it", &error);
    client.batch_execute(&tables.join("; ")).await.map_err(not_created)?;
    let histories = history::tables(&client).await.map_err(not_created)?;
    apply_all(&mut client, migrations, &histories, &pending, options, observer).await
}

/// Executes the SQL after each migration although none is pending, if it is due: another runner applied the last one, or a function
/// was replaced by hand.
async fn execute_due(client: &mut Client, migrations: &Migrations, options: &MigrateOptions) -> Result<(), Error> {
    let Some(sql) = after_each::sql(migrations) else { return Ok(()) };
    if !after_each::is_due(client, migrations).await? {
        return Ok(());
    }
    let failed = |error| Error::database("the SQL after each migration failed and was rolled back", &error);
    let transaction = client.transaction().await.map_err(failed)?;
    let limits = format!("{}; {}", set_limits(options.lock_timeout), lock::require_lock());
    transaction.batch_execute(&limits).await.map_err(failed)?;
    let change = SchemaChange::begin(transaction.client()).await?;
    transaction.batch_execute(&sql).await.map_err(failed)?;
    change.record(transaction.client()).await?;
    let not_committed =
        |error| Error::database("cannot commit the SQL after each migration, which the next run does", &error);
    transaction.commit().await.map_err(not_committed)?;
    tracing::info!("executed the SQL after each migration");
    Ok(())
}

/// Where a run stops: the position of a source, and the version of its last migration.
type End = Option<(usize, i32)>;

fn end(migrations: &Migrations, options: &MigrateOptions) -> Result<End, Error> {
    let Some(target) = &options.to else { return Ok(None) };
    let position = migrations.position(target)?;
    if target.version != 0 && migrations.all_sources()[position].get(target.version).is_none() {
        return Err(migrations.no_such(target));
    }
    Ok(Some((position, target.version)))
}

/// Prepares an earlier tool's database, and creates the history in the same transaction. A run that ends between this
/// and the first migration leaves a database with an empty history, which the baseline recognises again or which needs
/// no preparation.
async fn prepare(
    client: &mut Client,
    source: &Source,
    baseline: &dyn Baseline,
    Recognised { what, details }: &Recognised,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), Error> {
    tracing::info!(what, details, "preparing a database of an earlier tool");
    let sql = [baseline.prepare(), &history::create_table(&source.tables)];
    match in_transaction(client, "baseline", &[], &sql, options, observer).await {
        Err(Failed::Statement { source, .. }) => {
            Err(Error::database("cannot put the old tracking table aside", &source))
        }
        // There are no checks.
        Err(Failed::Check(_)) | Ok(()) => Ok(()),
    }
}

/// What to apply, unless the policy refuses one of the conflicts; the others are logged.
fn accepted<'m>(comparison: Comparison<'m>, options: &MigrateOptions, end: End) -> Result<Vec<Step<'m>>, Error> {
    let refused = comparison.refused(options.policy);
    if !refused.is_empty() {
        return Err(Error::Conflict(refused));
    }
    for conflict in &comparison.conflicts {
        tracing::warn!("{conflict}");
    }
    let mut pending = comparison.pending;
    if let Some((last, version)) = end {
        pending
            .retain(|step| step.source.position < last || (step.source.position == last && step.version() <= version));
    }
    Ok(pending)
}

async fn apply_all(
    client: &mut Client,
    migrations: &Migrations,
    histories: &[String],
    pending: &[Step<'_>],
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<Vec<MigrationStatus>, Error> {
    let mut done = Vec::new();
    let after_each = after_each::sql(migrations);
    for (position, step) in pending.iter().enumerate() {
        let (name, version) = (step.migration.name(), step.version());
        let span = tracing::info_span!("migration", version, name, source = step.source.shown_name());
        let started = Instant::now();
        observer(Progress::Started { migration: step.to_string(), position: position + 1, total: pending.len() });
        let mut records: Vec<String> = after_each.clone().into_iter().collect();
        records.push(fingerprint::record(*step));
        if records_text(*step, pending.get(position + 1).copied()) {
            records.push(fingerprint::record_text(&step.source.tables, histories));
        }
        records.extend(requirements::record(*step, migrations));
        match apply_and_record(client, *step, Some(&records.join("; ")), options, observer).instrument(span).await {
            Ok(()) => {
                let took = started.elapsed();
                tracing::info!(migration = %step, ?took, "applied");
                observer(Progress::Applied { migration: step.to_string(), took });
                done.push(MigrationStatus::known(*step, Some(Utc::now())));
            }
            Err(failed) => {
                if let Some(last) = position.checked_sub(1).map(|position| pending[position]) {
                    fingerprint::record_text_at_end(client, &last.source.tables).await;
                }
                return Err(failure(failed, *step, &done, &pending[position + 1..]));
            }
        }
    }
    Ok(done)
}

/// Whether the schema's text is recorded with a migration: with the last one of its source in this run, and before one outside a
/// transaction, which can fail in the middle.
fn records_text(step: Step<'_>, next: Option<Step<'_>>) -> bool {
    next.is_none_or(|next| next.source.position != step.source.position || next.file().directives().no_transaction)
}

fn failure(failed: Failed, step: Step<'_>, done: &[MigrationStatus], not_tried: &[Step<'_>]) -> Error {
    let file = format!("{step}.sql");
    let applied = done.iter().map(ToString::to_string).collect();
    let not_tried = not_tried.iter().map(ToString::to_string).collect();
    let rolled_back = !step.file().directives().no_transaction && !failed.may_be_committed();
    match failed {
        Failed::Statement { source, at, .. } => Error::Failed(Box::new(Failure {
            file,
            rolled_back,
            place: at.map(|at| Place::new(step.sql(), at)).map(|place| (place.line, place.column)),
            cause: in_full(&source),
            row: Failure::row_in(&source),
            applied,
            not_tried,
            source,
        })),
        Failed::Check(FailedCheck { sql, at, returned }) => {
            let line = Place::new(step.sql(), at).line;
            Error::Check(Box::new(CheckFailure { file, line, sql, returned, applied, not_tried }))
        }
    }
}
