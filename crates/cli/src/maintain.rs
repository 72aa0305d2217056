//! `maintain`: scheduled maintenance, in small batches; any number of runs can work at once.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use barqnet_db::{
    maintenance::{self, MaintenancePolicy, Report, Task, TaskReport},
    pool::{self, Settings},
};
use comfy_table::Cell;

use crate::{
    error::{Error, Exit},
    json,
    output::{Output, Table},
    progress::Bar,
    units,
};

/// The tasks run one after the other on one connection.
const CONNECTIONS: usize = 1;

/// Runs the tasks and shows the result of each. If one fails, the others still run and the exit code is 1.
pub(crate) async fn run(
    settings: Settings,
    tasks: &[&'static Task],
    policy: &MaintenancePolicy,
    as_json: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let bar = io::stderr().is_terminal().then(|| Bar::new(&units::place(&settings)));
    let pool = pool::connect(settings.max_size(CONNECTIONS)).await?;
    let report = maintenance::run(&pool, policy, tasks, &mut |step| {
        if let Some(bar) = &bar {
            bar.maintaining(&step);
        }
    })
    .await;
    drop(bar);
    if as_json {
        json::print(&json::Maintenance::of(&report), output)?;
    } else {
        output.table(&table(&report, policy), 0)?;
    }
    let failed: Vec<&TaskReport> = report.failed().collect();
    for task in &failed {
        Error::Task { name: task.task.name(), why: why(task) }.report();
    }
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Lists the tasks.
pub(crate) fn list(policy: &MaintenancePolicy, output: &mut Output) -> Result<Exit, Error> {
    let mut table = Table::new(["TASK", "DOES", "DUE"]);
    for task in maintenance::tasks() {
        table.row([Cell::new(task.name()), Cell::new(task.about()), Cell::new(task.due(policy))]);
    }
    output.table(&table, 0)?;
    Ok(Exit::Done)
}

/// The tasks with what was due and what was done.
pub(crate) fn table(report: &Report, policy: &MaintenancePolicy) -> Table {
    let mut table = Table::new(["TASK", "DOES", "DUE", "DONE", "TOOK"]).right(&[3, 4]);
    for task in &report.tasks {
        table.row([
            Cell::new(task.task.name()),
            Cell::new(task.task.about()),
            Cell::new(task.task.due(policy)),
            Cell::new(done(task)),
            Cell::new(units::elapsed(task.took)),
        ]);
    }
    table
}

fn done(report: &TaskReport) -> String {
    let rest = match (&report.error, report.unfinished) {
        (Some(_), _) => ", failed",
        (None, true) => ", more is left",
        (None, false) => "",
    };
    format!("{} {}{rest}", report.done, report.task.unit())
}

fn why(report: &TaskReport) -> String {
    let Some(error) = &report.error else { return String::new() };
    let not_migrated = matches!(error, barqnet_db::Error::Statement(error) if error.is_undefined_object());
    if not_migrated { format!("{error}; run `barqnet-db migrate` first") } else { error.to_string() }
}

/// The tasks with these names, in the order in which they should run; without names, the regular ones.
pub(crate) fn chosen(only: &[String], skip: &[String]) -> Result<Vec<&'static Task>, Error> {
    if let Some(unknown) = only.iter().chain(skip).find(|name| maintenance::task(name).is_none()) {
        let known: Vec<&str> = maintenance::tasks().iter().map(Task::name).collect();
        return Err(Error::Usage(format!("there is no task `{unknown}`: it must be one of {}", known.join(", "))));
    }
    let named = |names: &[String], task: &Task| names.iter().any(|name| name == task.name());
    let is_chosen = |task: &&Task| {
        let asked = if only.is_empty() { task.is_regular() } else { named(only, task) };
        asked && !named(skip, task)
    };
    Ok(maintenance::tasks().iter().filter(is_chosen).collect())
}

/// The limit of a batch's statement, which takes milliseconds. VACUUM runs without a limit.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_mins(1);
