//! Rolls migrations back, newest first, by the rollback block of each file.

use barqnet_db_client::{error_text::in_full, pool::Settings};
use barqnet_db_sql::Place;
use tokio_postgres::Client;

use super::{
    after_each,
    database::connect_to_write,
    drift::{Drift, drift},
    error::{Error, Failure},
    execute::{Failed, in_transaction, run, set_limits},
    fingerprint::{self, Recorded},
    history::{self, Applied},
    lock,
    loss::{Loss, columns, losses},
    migrations::Migrations,
    options::MigrateOptions,
    requirements,
    source::{Source, Step},
    status::MigrationStatus,
    target::Target,
};

/// One migration that a rollback would undo.
#[derive(Clone, Debug)]
pub struct RollbackStep {
    /// The migration.
    pub migration: MigrationStatus,
    /// The SQL of its rollback block.
    pub sql: String,
    /// What it drops; this data cannot be recovered.
    pub losses: Vec<Loss>,
}

/// What [`rollback`] would do, newest migration first.
///
/// `to` is a version, such as `3`, and in a chain the source's name with it: `("app", 3)`.
///
/// It runs the SQL in a transaction that it rolls back, so that the losses are exact. Meanwhile it holds the SQL's
/// locks; it waits for them no longer than [`MigrateOptions::lock_timeout`].
pub async fn plan_rollback(
    settings: &Settings,
    migrations: &Migrations,
    to: impl Into<Target> + Send,
    options: &MigrateOptions,
) -> Result<Vec<RollbackStep>, Error> {
    let to = to.into();
    let source = &migrations.all_sources()[migrations.position(&to)?];
    let mut client = connect_to_write(settings).await?;
    lock::configure_session(&client).await?;
    let to_undo = to_undo(&client, migrations, source, to.version).await?;
    let mut transaction = client.transaction().await.map_err(|error| unreadable(&error))?;
    transaction.batch_execute(&set_limits(options.lock_timeout)).await.map_err(|error| unreadable(&error))?;
    let mut steps: Vec<RollbackStep> = Vec::new();
    for (position, Undo { step, applied, sql }) in to_undo.iter().enumerate() {
        let before = columns(&transaction).await.map_err(|error| unreadable(&error))?;
        // A nested transaction shows what is dropped, so that only that is counted.
        let nested = transaction.transaction().await.map_err(|error| unreadable(&error))?;
        run(nested.client(), sql).await.map_err(|error| failure(error, &to_undo, position))?;
        let after = columns(&nested).await.map_err(|error| unreadable(&error))?;
        nested.rollback().await.map_err(|error| unreadable(&error))?;
        let losses = losses(&transaction, &before, &after).await.map_err(|error| unreadable(&error))?;
        run(transaction.client(), sql).await.map_err(|error| failure(error, &to_undo, position))?;
        let migration = MigrationStatus::known(*step, Some(applied.at));
        steps.push(RollbackStep { migration, sql: sql.trim().to_owned(), losses });
    }
    transaction.rollback().await.map_err(|error| unreadable(&error))?;
    Ok(steps)
}

/// Rolls back every migration of one source above version `to`, newest first, each in a transaction of its own together with
/// its record in the history, and returns what was rolled back. The data of the dropped tables and columns cannot be
/// recovered: see [`plan_rollback`].
///
/// `to` is a version, such as `3`, and in a chain the source's name with it: `("app", 3)`. Other sources stay as they are; a
/// migration that an applied one of another source requires is not rolled back.
pub async fn rollback(
    settings: &Settings,
    migrations: &Migrations,
    to: impl Into<Target> + Send,
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    let to = to.into();
    let source = &migrations.all_sources()[migrations.position(&to)?];
    let mut client = connect_to_write(settings).await?;
    lock::acquire(&client, options.max_wait_for_runner, &mut |_| {}).await?;
    let to_undo = to_undo(&client, migrations, source, to.version).await?;
    // Before, because the text that is recorded afterwards must not hold what was changed by hand.
    let recorded = Recorded::read(&client).await.map_err(|error| unreadable(&error))?;
    let lacks_text = recorded.lacks_text(&client, &source.tables, to.version).await;
    let records_text =
        lacks_text.map_err(|error| unreadable(&error))? && matches!(drift(&client).await, Ok(Drift::None));
    let undone = undo(&mut client, migrations, &to_undo, options).await;
    if records_text {
        fingerprint::record_text_at_end(&client, &source.tables).await;
    }
    undone
}

async fn undo(
    client: &mut Client,
    migrations: &Migrations,
    to_undo: &[Undo<'_>],
    options: &MigrateOptions,
) -> Result<Vec<MigrationStatus>, Error> {
    let after_each = after_each::sql(migrations);
    let mut undone = Vec::new();
    for (position, Undo { step, sql, .. }) in to_undo.iter().enumerate() {
        let (record, fingerprint) = (history::remove(*step), fingerprint::remove(*step));
        let sql: Vec<&str> = [*sql, &record, &fingerprint].into_iter().chain(after_each.as_deref()).collect();
        in_transaction(client, &step.to_string(), &[], &sql, options, &mut |_| {})
            .await
            .map_err(|error| failure(error, to_undo, position))?;
        tracing::info!(migration = %step, "rolled back");
        undone.push(MigrationStatus::known(*step, None));
    }
    Ok(undone)
}

/// An applied migration and its rollback block.
struct Undo<'m> {
    step: Step<'m>,
    applied: Applied,
    sql: &'m str,
}

/// The applied migrations above `to`, newest first; the program must have all of them as they were applied, with a
/// rollback block, and no other source may require one of them.
async fn to_undo<'m>(
    client: &Client,
    migrations: &Migrations,
    source: &'m Source,
    to: i32,
) -> Result<Vec<Undo<'m>>, Error> {
    let history = history::read(client, &source.tables.history).await?;
    let mut to_undo: Vec<Undo<'m>> = Vec::new();
    for applied in history.into_iter().rev().filter(|applied| applied.version > to) {
        let irreversible = |reason: String| Error::Irreversible { migration: source.shown(&applied), reason };
        if let Some(squash) = source.squash.as_ref().filter(|squash| squash.replaces(applied.version)) {
            let by = source.get(squash.version()).map(|step| step.to_string()).unwrap_or_default();
            return Err(irreversible(format!(
                "in this build {by} stands for {}, and nothing goes back behind it",
                squash.range()
            )));
        }
        let known = source.get(applied.version).filter(|step| step.migration.checksum() == applied.checksum);
        let step = known.ok_or_else(|| {
            irreversible("this build does not have it as it was applied; use the build that applied it".to_owned())
        })?;
        let sql = step.file().rollback().filter(|sql| !sql.trim().is_empty()).ok_or_else(|| {
            irreversible("it has no rollback block; write a new migration that reverses it".to_owned())
        })?;
        to_undo.push(Undo { step, applied, sql });
    }
    if let Some(oldest) = to_undo.last()
        && let Some(requiring) = requirements::requiring(client, migrations, oldest.step).await?
    {
        return Err(Error::Irreversible {
            migration: oldest.step.to_string(),
            reason: format!("{requiring}, which is applied, requires it or a newer one; roll that back first"),
        });
    }
    if let (Some(oldest), Some(after_each)) = (to_undo.last(), &source.after_each)
        && let Some(reason) = after_each.refuses_rollback(client, to).await.map_err(|error| unreadable(&error))?
    {
        return Err(Error::Irreversible { migration: oldest.step.to_string(), reason });
    }
    Ok(to_undo)
}

fn failure(failed: Failed, all: &[Undo<'_>], position: usize) -> Error {
    let Undo { step, sql, .. } = &all[position];
    let rolled_back = !failed.may_be_committed();
    let (source, at) = match failed {
        Failed::Statement { source, at, .. } => (source, at),
        Failed::Check(check) => unreachable!("a rollback has no check: {check:?}"),
    };
    let file = step.file();
    let place = at.map(|at| Place::new(file.text(), file.offset_of(sql) + at));
    let names = |steps: &[Undo<'_>]| steps.iter().map(|undo| undo.step.to_string()).collect();
    Error::Failed(Box::new(Failure {
        file: format!("the rollback in {step}.sql"),
        rolled_back,
        place: place.map(|place| (place.line, place.column)),
        cause: in_full(&source),
        row: Failure::row_in(&source),
        applied: names(&all[..position]),
        not_tried: names(&all[position + 1..]),
        source,
    }))
}

fn unreadable(error: &tokio_postgres::Error) -> Error {
    Error::database("cannot find out what a rollback would drop", error)
}
