//! `rollback`: rolls back the newest migrations, after showing what data is lost and asking for confirmation.

use std::{
    io::{self, BufRead, IsTerminal as _},
    path::PathBuf,
    time::Instant,
};

use barqnet_db::{
    migrate::{self, MigrateOptions, RollbackStep},
    pool::Settings,
};
use comfy_table::{Cell, Color};

use crate::{
    error::{Error, Exit},
    migrate::migrations,
    output::{Output, Table},
    units,
};

/// Rolls back the migrations above version `to`. Without `yes` it needs a terminal to ask on.
pub(crate) async fn run(
    settings: &Settings,
    folder: Option<PathBuf>,
    to: i32,
    yes: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    if !yes && !io::stdin().is_terminal() {
        return Err(Error::Usage("rollback asks for confirmation: run it on a terminal, or with --yes".to_owned()));
    }
    let (migrations, options) = (migrations(folder.as_deref())?, MigrateOptions::default());
    let place = units::place(settings);
    let steps = migrate::plan_rollback(settings, &migrations, to, &options).await?;
    if steps.is_empty() {
        output.line(&format!("nothing to roll back: no migration above version {to} is applied to {place}"))?;
        return Ok(Exit::Done);
    }
    output.table(&table(&steps), 0)?;
    if !yes {
        output.line(&format!("This data cannot be recovered. Type {to} to roll {place} back to version {to}:"))?;
        if !confirmed(&mut io::stdin().lock(), to)? {
            return Err(Error::Declined);
        }
    }
    let started = Instant::now();
    let undone = migrate::rollback(settings, &migrations, to, &options).await?;
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

/// Whether the answer is the version, which is less likely to be typed by mistake than `y`.
fn confirmed(answers: &mut impl BufRead, to: i32) -> io::Result<bool> {
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    Ok(answer.trim() == to.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_confirms() {
        let answer = |mut text: &[u8]| confirmed(&mut text, 4).expect("memory can be read");
        assert!(answer(b"4\n") && answer(b" 4 \r\n"));
        assert!(!answer(b"") && !answer(b"\n") && !answer(b"y\n") && !answer(b"yes\n") && !answer(b"5\n4\n"));
    }
}
