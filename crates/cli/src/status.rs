//! `status`: what is applied, and what is pending.

use std::path::PathBuf;

use barqnet_db::{
    migrate::{self, Legacy, Preview},
    pool::Settings,
};
use comfy_table::{Cell, Color};

use crate::{
    error::{Error, Exit},
    json,
    migrate::migrations,
    output::{self, Output, Table},
    units,
};

/// Lists the migrations. With `judge`, the exit code tells whether the database is where this build wants it.
pub(crate) async fn run(
    settings: &Settings,
    folder: Option<PathBuf>,
    judge: bool,
    as_json: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let preview = migrate::preview(settings, &migrations(folder.as_deref())?).await?;
    let legacy = migrate::legacy(settings).await;
    if as_json {
        json::print(&json::Status::of(&preview, legacy.as_ref().ok()), output)?;
    } else {
        output.table(&table(&preview), 0)?;
        notes(&preview);
        match &legacy {
            Ok(legacy) => exceptions(legacy),
            // A role that may read the history and nothing else sees the status all the same.
            Err(error) => output::note(&format!("cannot tell which rows break a rule: {error}")),
        }
    }
    Ok(if judge { Exit::of(preview.state()) } else { Exit::Done })
}

fn table(preview: &Preview) -> Table {
    let mut table = Table::new(["VERSION", "NAME", "STATE", "APPLIED AT (UTC)"]).right(&[0]);
    for migration in &preview.migrations {
        let state = units::state(migration);
        let colour = match state {
            "unknown" => Color::Red,
            "applied" => Color::Green,
            _ => Color::Yellow,
        };
        table.row([
            Cell::new(migration.version),
            Cell::new(&migration.name),
            Cell::new(state).fg(colour),
            // Never empty, so that a script finds the same number of columns in every row.
            Cell::new(migration.applied_at.map_or_else(|| "-".to_owned(), units::time)),
        ]);
    }
    table
}

/// What adoption left.
fn exceptions(legacy: &Legacy) {
    for exception in &legacy.exceptions {
        let rows = if exception.rows == 1 { "1 row".to_owned() } else { format!("{} rows", exception.rows) };
        output::note(&format!("{}: {rows}", exception.what));
    }
    if !legacy.kept.is_empty() {
        output::note(&format!("left alone, because no migration made it: {}", legacy.kept.join(", ")));
    }
}

/// What does not fit, beside the table: a script reads that.
pub(crate) fn notes(preview: &Preview) {
    if preview.adopts {
        output::note("this is a database of the Go product; its tracking table would first be given another name");
    }
    for conflict in &preview.conflicts {
        output::note(&conflict.to_string());
    }
}
