//! `status`: what is applied, and what is pending.

use std::path::PathBuf;

use barqnet_db::{
    migrate::{self, MigrationStatus},
    pool::Settings,
};
use comfy_table::{Cell, Color};

use crate::{
    error::{Error, Exit},
    migrate::migrations,
    output::{Output, Table},
};

/// Lists the migrations. With `judge`, the exit code tells whether the database is where this build wants it.
pub(crate) async fn run(
    settings: &Settings,
    folder: Option<PathBuf>,
    judge: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let all = migrate::status(settings, &migrations(folder.as_deref())?).await?;
    let mut table = Table::new(["VERSION", "NAME", "STATE", "APPLIED AT (UTC)"]).right(&[0]);
    for migration in &all {
        let (state, colour) = state(migration);
        let applied_at = migration.applied_at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        table.row([
            Cell::new(migration.version),
            Cell::new(&migration.name),
            Cell::new(state).fg(colour),
            // Never empty, so that a script finds the same number of columns in every row.
            Cell::new(applied_at.as_deref().unwrap_or("-")),
        ]);
    }
    output.table(&table, 0)?;
    Ok(if judge { verdict(&all) } else { Exit::Done })
}

fn state(migration: &MigrationStatus) -> (&'static str, Color) {
    match migration {
        MigrationStatus { known: false, .. } => ("unknown", Color::Red),
        MigrationStatus { applied_at: Some(_), .. } => ("applied", Color::Green),
        MigrationStatus { applied_at: None, .. } => ("pending", Color::Yellow),
    }
}

/// A migration this build doesn't know weighs more than one that is pending: the way out is another build.
fn verdict(all: &[MigrationStatus]) -> Exit {
    if all.iter().any(|migration| !migration.known) {
        Exit::Ahead
    } else if all.iter().any(|migration| migration.applied_at.is_none()) {
        Exit::Pending
    } else {
        Exit::Done
    }
}
