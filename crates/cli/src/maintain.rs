//! `maintain`: scheduled maintenance, in small batches; any number of runs can work at once.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use barqnet_db::{
    client,
    maintenance::{self, MaintenancePolicy, Report, Task, TaskReport},
    migrate::{self, Migrations},
    pool::Settings,
    tokio_postgres::error::SqlState,
};
use comfy_table::Cell;

use crate::{
    arguments::MaintainFlags,
    connection,
    error::{Error, without_hint},
    exit::Exit,
    json,
    output::Output,
    progress::Bar,
    stopping,
    table::Table,
    units,
};

/// The tasks run one after the other on one connection.
const CONNECTIONS: usize = 1;

/// Runs the tasks and shows the result of each. If one fails, the others still run and the exit code is 1.
pub(crate) async fn run(
    settings: Settings,
    built_in: &Migrations,
    tasks: &[&'static Task],
    flags: &MaintainFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    require_any_migration(&settings, built_in).await?;
    stopping::now_leaves("what the finished batches did stays, and the next run continues");
    let policy = &flags.policy();
    let bar = io::stderr().is_terminal().then(|| Bar::new(&units::place(&settings)));
    let pool = connection::to_write(settings.max_size(CONNECTIONS)).await?;
    let report = maintenance::run(&pool, policy, tasks, &mut |step| {
        if let Some(bar) = &bar {
            bar.maintaining(&step);
        }
    })
    .await;
    drop(bar);
    if flags.json.json {
        json::print(&json::Maintenance::of(&report), output)?;
    } else {
        output.table(&table(&report, policy), 0)?;
    }
    let errors = errors(&report);
    errors.iter().for_each(Error::report);
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Refuses a database to which nothing is applied, where every task would fail. A role that may not read the history may
/// still run the tasks.
async fn require_any_migration(settings: &Settings, built_in: &Migrations) -> Result<(), Error> {
    match migrate::status(settings, built_in).await {
        Ok(all) if all.iter().all(|migration| migration.applied_at.is_none()) => Err(Error::Unmigrated),
        Err(migrate::Error::Connection(error)) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What to report of the tasks that failed: one error for all that miss something that migrations make, one for all that
/// the role may not run, and one for each other.
fn errors(report: &Report) -> Vec<Error> {
    let failed: Vec<&TaskReport> = report.failed().collect();
    let is = |is_kind: fn(&client::Error) -> bool| move |task: &&TaskReport| matches!(&task.error, Some(barqnet_db::Error::Statement(error)) if is_kind(error));
    let (of_schema, rest): (Vec<_>, Vec<_>) = failed.into_iter().partition(is(client::Error::is_undefined_object));
    let (of_permission, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(is(is_permission));
    let mut errors = Vec::new();
    errors.extend(together(&of_schema).map(Error::TasksOfAnotherSchema));
    errors.extend(together(&of_permission).map(Error::TasksWithoutPermission));
    errors.extend(rest.iter().map(|task| Error::Task { name: task.task.name(), why: why(task) }));
    errors
}

/// The first of the tasks with its error, and how many there are; `None` without one.
fn together(tasks: &[&TaskReport]) -> Option<String> {
    let (first, more) = tasks.split_first()?;
    let count = match more.len() {
        0 => String::new(),
        more => format!(" and {}", units::count(more, "other task")),
    };
    Some(format!("task {}{count}: {}", first.task.name(), without_hint(&why(first))))
}

fn is_permission(error: &client::Error) -> bool {
    error.sqlstate() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
}

/// Lists the tasks.
pub(crate) fn list(flags: &MaintainFlags, output: &mut Output) -> Result<Exit, Error> {
    let policy = &flags.policy();
    if flags.json.json {
        json::print(&json::Tasks::of(policy), output)?;
        return Ok(Exit::Done);
    }
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
    report.error.as_ref().map(ToString::to_string).unwrap_or_default()
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
