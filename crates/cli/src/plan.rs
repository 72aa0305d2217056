//! `plan`: what `migrate` would run, what that locks, and how large the tables are. Changes nothing.

use std::{io, path::PathBuf};

use barqnet_db::{
    migrate::{self, PendingMigration},
    pool::Settings,
};
use clap::builder::styling::{AnsiColor, Style};
use comfy_table::Cell;

use crate::{
    error::{Error, Exit},
    json,
    migrate::migrations,
    output::{Output, Table},
    status, units,
};

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const ASIDE: Style = Style::new().dimmed();
const INDENT: usize = 3;

/// Shows what is pending; the exit code is that of `status`.
pub(crate) async fn run(
    settings: &Settings,
    folder: Option<PathBuf>,
    as_json: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let preview = migrate::preview(settings, &migrations(folder.as_deref())?).await?;
    if as_json {
        json::print(&json::Plan::of(&preview), output)?;
        return Ok(Exit::of(preview.state()));
    }
    for migration in &preview.pending {
        show(migration, output)?;
    }
    let place = units::place(settings);
    output.line(&match preview.pending.len() {
        0 => format!("nothing to apply to {place}"),
        count => format!("{} to apply to {place}", units::count(count, "migration")),
    })?;
    status::notes(&preview);
    Ok(Exit::of(preview.state()))
}

fn show(migration: &PendingMigration, output: &mut Output) -> io::Result<()> {
    let outside = if migration.in_transaction { "" } else { " (outside a transaction)" };
    output.line(&format!("{HEADING}{migration}{HEADING:#}{outside}"))?;
    let locks = migration.locks.as_deref().unwrap_or("its head comment does not say");
    output.line(&format!("{:INDENT$}Locks: {locks}", ""))?;
    if !migration.tables.is_empty() {
        output.line("")?;
        let mut table = Table::new(["TABLE", "ROWS (ABOUT)", "SIZE"]).right(&[1, 2]);
        for size in &migration.tables {
            let bytes = size.bytes.map_or_else(|| "locked".to_owned(), units::bytes);
            table.row([Cell::new(&size.name), Cell::new(size.rows), Cell::new(bytes)]);
        }
        output.table(&table, INDENT)?;
    }
    output.line("")?;
    for line in migration.sql.lines() {
        let line = if line.is_empty() { String::new() } else { format!("{:INDENT$}{ASIDE}{line}{ASIDE:#}", "") };
        output.line(&line)?;
    }
    output.line("")
}
