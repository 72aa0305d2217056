//! Applies the migrations to the scratch database, as the runner will apply them.

use barqnet_db_client::error_text::in_full;
use barqnet_db_migrate::{Failed, TABLE_PREFIX, prepare_rehearsal, rehearse};
use barqnet_db_sql::{MigrationFile, Place, statements};
use refinery::Migration;
use tokio_postgres::{Client, error::SqlState};

use super::{
    File,
    lint::{copies_over_the_connection, no_transaction_help},
};
use crate::{
    ddl::Inspection,
    diagnostic::{Diagnostic, Diagnostics},
    schema::Definitions,
    settings::Settings,
};

/// Applies the files to an empty database: each in a transaction of its own, or outside one if it asks so. With
/// settings, returns what is unsafe in them.
pub(crate) async fn apply(
    files: &[File],
    settings: Option<&Settings>,
    client: &mut Client,
) -> Result<Diagnostics, Diagnostics> {
    prepare_rehearsal(client).await.map_err(|error| Diagnostic::new("migrations", error.to_string()))?;
    let inspection = settings.map(Inspection::new);
    let mut found = Diagnostics::default();
    for (number, file) in files.iter().enumerate() {
        if statements(MigrationFile::new(&file.sql).body()).iter().any(copies_over_the_connection) {
            // It is reported by its text; to run it would end the connection.
            return Err(found);
        }
        let unexpected =
            |error| Diagnostic::new(&file.path, format!("cannot inspect the migration: {}", in_full(&error)));
        let migration = Migration::unapplied(&file.name.to_string(), &file.sql)
            .map_err(|error| Diagnostic::new(&file.path, error.to_string()))?;
        let is_in_transaction = !MigrationFile::new(&file.sql).directives().no_transaction;
        let before = match &inspection {
            Some(inspection) => inspection.before(file, client).await.map_err(unexpected)?.map(|it| (inspection, it)),
            None => None,
        };
        if let Some((inspection, before)) = before.as_ref().filter(|_| is_in_transaction) {
            found.extend(inspection.try_out(file, before, client).await.map_err(unexpected)?);
        }
        if let Err(failed) = rehearse(client, &migration).await {
            let mut diagnostic = failure(&failed, file, &files[..=number]);
            let not_tried: Vec<_> = files[number + 1..].iter().map(|file| format!("V{}", file.name.version)).collect();
            if !not_tried.is_empty() {
                diagnostic = diagnostic.note(format!("not tried: {}", not_tried.join(", ")));
            }
            found.push(diagnostic.note("the queries were not checked: they need the whole schema"));
            return Err(found);
        }
        if let Some((inspection, before)) = before.as_ref().filter(|_| !is_in_transaction) {
            found.extend(inspection.after(file, before, client).await.map_err(unexpected)?);
        }
    }
    Ok(found)
}

fn failure(failed: &Failed, file: &File, applied: &[File]) -> Diagnostic {
    let Some(error) = failed.source.as_db_error() else {
        return Diagnostic::new(&file.path, failed.source.to_string());
    };
    let mut diagnostic = Diagnostic::from_database(&file.path, error);
    if let Some(at) = failed.at {
        diagnostic = diagnostic.at(&file.sql, at);
    }
    let definitions = Definitions::read(applied);
    if let Some(place) = error.where_().and_then(|context| definitions.place_of_context(context, applied)) {
        let File { path, sql, .. } = place.file;
        diagnostic = diagnostic.note(format!("the function's line is {path}:{}", Place::new(sql, place.offset)));
    }
    if failed.at_commit {
        diagnostic =
            diagnostic.note("every statement succeeded, COMMIT failed, and the whole migration was rolled back");
    }
    match *error.code() {
        SqlState::ACTIVE_SQL_TRANSACTION => diagnostic.help(no_transaction_help()),
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => {
            diagnostic.help("add the value in a migration of its own, before this one")
        }
        SqlState::SYNTAX_ERROR if failed.at.is_some_and(|at| file.sql[at..].starts_with('\\')) => {
            diagnostic.help("this is a command of psql, not SQL: delete it, or write what it does in SQL")
        }
        SqlState::UNDEFINED_TABLE if error.message().contains(TABLE_PREFIX) => diagnostic
            .note("the runner records the migration in its transaction")
            .help("set the search path back at the end of the file: SET LOCAL search_path TO DEFAULT"),
        _ => diagnostic,
    }
}
