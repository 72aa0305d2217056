//! `rollback`: rolls back the newest migrations, after showing what data is lost and asking for confirmation.

use std::time::Instant;

use barqnet_db::{
    migrate::{self, Migrations, RollbackStep, Target},
    pool::Settings,
};
use comfy_table::{Cell, Color};

use crate::{
    arguments::RollbackFlags, error::Error, exit::Exit, json, migrate::migrations, output::Output, prompt, stopping,
    table::Table, units,
};

/// Rolls back the migrations above a version. Without `--yes` it needs a terminal to ask on.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &RollbackFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    let Target { source, version } = &flags.to;
    let of = source.as_ref().map(|source| format!(" of {source}")).unwrap_or_default();
    if !flags.yes && !flags.dry_run {
        prompt::require_terminal("rollback", flags.json.json)?;
    }
    let (migrations, options) = (migrations(&flags.folder, built_in)?, flags.limits.options());
    let place = units::place(settings);
    let steps = migrate::plan_rollback(settings, &migrations, flags.to.clone(), &options).await?;
    let as_json = flags.json.json;
    if !as_json {
        if steps.is_empty() {
            output.line(&format!(
                "nothing to roll back: no migration above version {version}{of} is applied to {place}"
            ))?;
            return Ok(Exit::Done);
        }
        output.table(&table(&steps), 0)?;
    }
    if flags.dry_run {
        if as_json {
            json::print(&json::RolledBack::of(&steps, false), output)?;
        } else {
            let what = units::count(steps.len(), "migration");
            output.line(&format!("{what} would be rolled back on {place}; nothing was changed"))?;
        }
        return Ok(Exit::Done);
    }
    if !flags.yes {
        let question =
            format!("This data cannot be recovered. Type {version} to roll {place} back to version {version}{of}:");
        prompt::confirm(&question, version.to_string(), output).await?;
    }
    let started = Instant::now();
    stopping::now_leaves("what was rolled back stays so, and the next run continues");
    let undone = migrate::rollback(settings, &migrations, flags.to.clone(), &options).await?;
    if as_json {
        json::print(&json::RolledBack::of(&steps, true), output)?;
        return Ok(Exit::Done);
    }
    for migration in &undone {
        output.line(&format!("rolled back {migration}"))?;
    }
    let (what, time) = (units::count(undone.len(), "migration"), units::elapsed(started.elapsed()));
    output.line(&format!("{what} rolled back on {place} in {time}"))?;
    Ok(Exit::Done)
}

/// What each rollback drops, newest migration first.
fn table(steps: &[RollbackStep]) -> Table {
    let mut table = Table::new(["MIGRATION", "DROPPED", "ROWS"]).right(&[2]);
    for RollbackStep { migration, losses, .. } in steps {
        if losses.is_empty() {
            table.row([Cell::new(migration), Cell::new("no table or column"), Cell::new("-")]);
        }
        for loss in losses {
            let rows = Cell::new(loss.rows);
            let rows = if loss.rows > 0 { rows.fg(Color::Red) } else { rows };
            table.row([Cell::new(migration), Cell::new(&loss.what), rows]);
        }
    }
    table
}
