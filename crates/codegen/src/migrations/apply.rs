//! Applies the migrations to the scratch database, as the runner will apply them.

use std::time::Duration;

use barqnet_db_client::error_text::in_full;
use barqnet_db_migrate::{
    Failed, FailedCheck, HISTORY_TABLE, TABLE_PREFIX, prepare_rehearsal, prepare_source, rehearse_in,
};
use barqnet_db_sql::{DIRECTIVE_PREFIX, MigrationFile, Place, statements};
use refinery::Migration;
use tokio_postgres::{
    Client,
    error::{DbError, SqlState},
};

use super::{
    File,
    lint::{copies_over_the_connection, no_transaction_help},
};
use crate::{
    bases::{BaseObjects, BaseStatements},
    ddl::Inspection,
    diagnostic::{Diagnostic, Diagnostics},
    schema::Definitions,
    settings::{self, SECONDS_PER_MIGRATION, Settings},
};

/// What is known when the migrations are applied.
#[derive(Default)]
pub(crate) struct Applied {
    /// What is unsafe in the project's own migrations.
    pub(crate) found: Diagnostics,
    /// What the bases made.
    pub(crate) of_bases: BaseObjects,
    pub(crate) statements: BaseStatements,
}

/// Applies the files to an empty database: each in a transaction of its own, or outside one if it asks so. With
/// settings, looks for what is unsafe in them.
pub(crate) async fn apply(
    files: &[File],
    settings: Option<&Settings>,
    client: &mut Client,
) -> Result<Applied, Diagnostics> {
    prepare_rehearsal(client).await.map_err(|error| Diagnostic::new("migrations", error.to_string()))?;
    let inspection = settings.map(Inspection::new);
    let mut found = Diagnostics::default();
    let (mut of_bases, mut statements_of_bases) = (BaseObjects::default(), BaseStatements::default());
    let mut history = (files.first().and_then(|file| file.base.as_deref()), HISTORY_TABLE.to_owned());
    let seconds = settings.map_or(SECONDS_PER_MIGRATION, |settings| settings.seconds_per_migration);
    for (number, file) in files.iter().enumerate() {
        if history.0 != file.base.as_deref() {
            history = next_source(file, client).await?;
            if file.base.is_none() {
                of_bases = BaseObjects::read(client).await.map_err(|error| unseen(&error))?;
                if let Some(settings) = settings {
                    statements_of_bases = BaseStatements::read(&settings.bases, client).await;
                }
            }
        }
        if statements(MigrationFile::new(&file.sql).body()).iter().any(copies_over_the_connection) {
            // It is reported by its text; to run it would end the connection.
            return Err(found);
        }
        let inspection = inspection.as_ref().filter(|_| file.base.is_none());
        let applied = apply_one(file, &files[..=number], &history.1, inspection, client, &mut found);
        let limit = Duration::from_secs(seconds.into());
        let failed = match tokio::time::timeout(limit, applied).await {
            Ok(Ok(())) => continue,
            Ok(Err(diagnostic)) => diagnostic,
            // An endless loop, for example. The statement ends with the database.
            Err(_) => Diagnostic::error(
                "endless-migration",
                &file.path,
                format!("the migration was not done after {seconds} s on an empty database"),
            )
            .help(format!("if it needs longer, allow it in {}: seconds_per_migration = 600", settings::FILE)),
        };
        let of_source = |other: &&File| other.base == file.base;
        let not_tried: Vec<_> =
            files[number + 1..].iter().filter(of_source).map(|file| format!("V{}", file.name.version)).collect();
        let failed = match not_tried.as_slice() {
            [] => failed,
            names => failed.note(format!("not tried: {}", names.join(", "))),
        };
        found.push(failed.note("the queries were not checked: they need the whole schema"));
        return Err(found);
    }
    // What a query calls while it is planned may be endless, too.
    let limit = client.batch_execute(&format!("SET statement_timeout = '{seconds}s'")).await;
    limit.map_err(|error| Diagnostic::new("migrations", in_full(&error)))?;
    Ok(Applied { found, of_bases, statements: statements_of_bases })
}

/// The source that `file` is the first of, and its history: as in a chain, each has its own.
async fn next_source<'f>(file: &'f File, client: &Client) -> Result<(Option<&'f str>, String), Diagnostics> {
    let name = file.base.as_deref().map_or_else(|| "own".to_owned(), |name| name.replace('-', "_"));
    let history = format!("{HISTORY_TABLE}_{name}");
    prepare_source(client, &history).await.map_err(|error| Diagnostic::new("migrations", error.to_string()))?;
    Ok((file.base.as_deref(), history))
}

fn unseen(error: &tokio_postgres::Error) -> Diagnostic {
    Diagnostic::new("migrations", format!("cannot look at what the bases made: {}", in_full(error)))
}

/// Applies the last of the files, and looks for what is unsafe in it.
async fn apply_one(
    file: &File,
    files: &[File],
    history: &str,
    inspection: Option<&Inspection<'_>>,
    client: &mut Client,
    found: &mut Diagnostics,
) -> Result<(), Diagnostic> {
    let unexpected = |error| Diagnostic::new(&file.path, format!("cannot inspect the migration: {}", in_full(&error)));
    let migration = Migration::unapplied(&file.name.to_string(), &file.sql)
        .map_err(|error| Diagnostic::new(&file.path, error.to_string()))?;
    let is_in_transaction = !MigrationFile::new(&file.sql).directives().no_transaction;
    let before = match inspection {
        Some(inspection) => inspection.before(file, client).await.map_err(unexpected)?.map(|it| (inspection, it)),
        None => None,
    };
    if let Some((inspection, before)) = before.as_ref().filter(|_| is_in_transaction) {
        found.extend(inspection.try_out(file, before, client).await.map_err(unexpected)?);
    }
    rehearse_in(client, history, &migration).await.map_err(|failed| failure(&failed, file, files))?;
    if let Some((inspection, before)) = before.as_ref().filter(|_| !is_in_transaction) {
        found.extend(inspection.after(file, before, client).await.map_err(unexpected)?);
    }
    Ok(())
}

/// Whether the statement would be right in a file that runs outside a transaction.
fn is_helped_outside(file: &File, error: &DbError) -> bool {
    let changes_server = ["ALTER SYSTEM", "CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE", "DROP TABLESPACE"]
        .iter()
        .any(|words| error.message().starts_with(words));
    !changes_server && !MigrationFile::new(&file.sql).directives().no_transaction
}

/// A check is made on the scratch database, too: it must hold for a new database, on which the migration runs as well.
fn check_failure(FailedCheck { at, returned, .. }: &FailedCheck, file: &File) -> Diagnostic {
    let message = format!("the check must return one row with TRUE; on an empty database it returns {returned}");
    Diagnostic::error("migration-check", &file.path, message).at(&file.sql, *at).help(format!(
        "write `-- {DIRECTIVE_PREFIX} check SELECT <a condition that also holds without rows>`, such as NOT EXISTS (…)"
    ))
}

fn failure(failed: &Failed, file: &File, applied: &[File]) -> Diagnostic {
    let (source, at, at_commit) = match failed {
        Failed::Statement { source, at, at_commit } => (source, *at, *at_commit),
        Failed::Check(check) => return check_failure(check, file),
    };
    let Some(error) = source.as_db_error() else {
        return Diagnostic::new(&file.path, source.to_string());
    };
    let mut diagnostic = Diagnostic::from_database(&file.path, error);
    if let Some(at) = at {
        diagnostic = diagnostic.at(&file.sql, at);
    }
    let definitions = Definitions::read(applied);
    if let Some(place) = error.where_().and_then(|context| definitions.place_of_context(context, applied)) {
        let File { path, sql, .. } = place.file;
        diagnostic = diagnostic.note(format!("the function's line is {path}:{}", Place::new(sql, place.offset)));
    }
    if at_commit {
        diagnostic =
            diagnostic.note("every statement succeeded, COMMIT failed, and the whole migration was rolled back");
    }
    match *error.code() {
        SqlState::ACTIVE_SQL_TRANSACTION if is_helped_outside(file, error) => diagnostic.help(no_transaction_help()),
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => {
            diagnostic.help("add the value in a migration of its own, before this one")
        }
        SqlState::SYNTAX_ERROR if at.is_some_and(|at| file.sql[at..].starts_with('\\')) => {
            diagnostic.help("this is a command of psql, not SQL: delete it, or write what it does in SQL")
        }
        SqlState::UNDEFINED_TABLE if error.message().contains(TABLE_PREFIX) => diagnostic
            .note("the runner records the migration in its transaction")
            .help("set the search path back at the end of the file: SET LOCAL search_path TO DEFAULT"),
        _ => diagnostic,
    }
}
