//! `plan`: the SQL that `migrate` would run, its locks, and the sizes of its tables. Changes nothing.

use std::io;

use barqnet_db::{
    migrate::{self, Migrations, PlannedMigration},
    pool::Settings,
};
use clap::builder::styling::{AnsiColor, Style};
use comfy_table::Cell;

use crate::{
    arguments::PlanFlags, error::Error, exit::Exit, json, migrate::migrations, output::Output, status, table::Table,
    units,
};

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const ASIDE: Style = Style::new().dimmed();
const INDENT: usize = 3;

/// Shows the pending migrations; the exit code is that of `status`.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &PlanFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    let plan = migrate::plan(settings, &migrations(&flags.read.folder, built_in)?).await?;
    if flags.read.json.json {
        json::print(&json::Plan::of(&plan), output)?;
        return Ok(Exit::of(plan.state()));
    }
    for migration in &plan.pending {
        show(migration, flags.brief, output)?;
    }
    let place = units::place(settings);
    output.line(&match plan.pending.len() {
        0 => format!("nothing to apply to {place}"),
        count => format!("{} to apply to {place}", units::count(count, "migration")),
    })?;
    status::notes(&plan);
    Ok(Exit::of(plan.state()))
}

fn show(migration: &PlannedMigration, brief: bool, output: &mut Output) -> io::Result<()> {
    let outside = if migration.in_transaction { "" } else { " (outside a transaction)" };
    output.line(&format!("{HEADING}{migration}{HEADING:#}{outside}"))?;
    let locks = migration.locks.as_deref().unwrap_or("its head comment does not say");
    output.line(&format!("{:INDENT$}Locks: {locks}", ""))?;
    for check in &migration.checks {
        output.line(&format!("{:INDENT$}Check in line {}: {}", "", check.line, one_line(&check.sql)))?;
    }
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
    if brief {
        return Ok(());
    }
    // The head comment is not repeated: its sentence on locks is above.
    for line in without_head(&migration.sql).lines() {
        let line = if line.is_empty() { String::new() } else { format!("{:INDENT$}{ASIDE}{line}{ASIDE:#}", "") };
        output.line(&line)?;
    }
    output.line("")
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The SQL behind the head comment.
fn without_head(sql: &str) -> &str {
    let head: usize = sql.split_inclusive('\n').take_while(|line| line.starts_with("--")).map(str::len).sum();
    sql[head..].trim_start()
}
