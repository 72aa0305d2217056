//! `status`: which migrations are applied, and which are pending.

use barqnet_db::{
    distribution::Shape,
    legacy::LegacyReport,
    migrate::{Migrations, Plan},
    pool::Settings,
    status,
};
use comfy_table::{Cell, Color};

use crate::{
    arguments::ReadFlags,
    error::Error,
    exit::Exit,
    json,
    migrate::migrations,
    output::{self, Output},
    table::Table,
    units,
};

/// Lists the migrations. With `exit_by_state`, the exit code says how build and database relate.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &ReadFlags,
    exit_by_state: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let status = status::read(settings, &migrations(&flags.folder, built_in)?).await?;
    if flags.json.json {
        json::print(&json::Status::of(&status), output)?;
    } else {
        output.table(&table(&status.plan), 0)?;
        if let Some(standby) = &status.standby {
            output::note(&format!("the server is {standby}"));
        }
        notes(&status.plan);
        if let Some(shape @ Shape::Distributed { .. }) = &status.shape {
            output::note(&format!("the rows that nodes write are {shape}"));
        }
        match &status.legacy {
            Ok(legacy) => exceptions(legacy),
            // A role that may read only the history still sees the status.
            Err(error) => output::note(&format!("cannot tell which rows violate a constraint: {error}")),
        }
    }
    Ok(if exit_by_state { Exit::of(status.plan.state()) } else { Exit::Done })
}

fn table(plan: &Plan) -> Table {
    let mut table = Table::new(["VERSION", "NAME", "STATE", "APPLIED AT (UTC)"]).right(&[0]);
    for migration in &plan.migrations {
        let state = units::state(migration);
        let colour = match state {
            "unknown" => Color::Red,
            "applied" => Color::Green,
            _ => Color::Yellow,
        };
        table.row([
            Cell::new(migration.version),
            Cell::new(units::name(migration)),
            Cell::new(state).fg(colour),
            // Never empty, so that every row has the same number of columns for a script.
            Cell::new(migration.applied_at.map_or_else(|| "-".to_owned(), units::time)),
        ]);
    }
    table
}

/// Writes how a converted database differs from a new one.
fn exceptions(legacy: &LegacyReport) {
    for exception in &legacy.exceptions {
        let rows = if exception.rows == 1 { "1 row".to_owned() } else { format!("{} rows", exception.rows) };
        output::note(&format!("{}: {rows}", exception.what));
    }
    if !legacy.kept.is_empty() {
        output::note(&format!("not made by any migration, and left unchanged: {}", legacy.kept.join(", ")));
    }
}

/// Writes the conflicts to standard error: a script may read the table on standard output.
pub(crate) fn notes(plan: &Plan) {
    if let Some(database) = &plan.recognised {
        output::note(&format!("this is {}; `migrate` first renames its tracking table", database.what));
    }
    for conflict in &plan.conflicts {
        output::note(&conflict.to_string());
    }
}
