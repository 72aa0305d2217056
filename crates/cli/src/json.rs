//! The documents that `--json` prints. Field names are stable: fields are added, never renamed. `crates/cli/tests/command/`
//! tests them.

mod status;

use std::{io, time::Duration};

use barqnet_db::{
    distribution,
    doctor::{Finding, Severity},
    maintenance::{self, MaintenancePolicy, Report, Task, TaskReport},
    migrate::{self, Conflict, RollbackStep, State},
    queries::locations::NearbyLocation,
};
use serde::Serialize;

pub(crate) use self::status::{Plan, Status};
use crate::{error::Error, output::Output};

#[derive(Debug, Serialize)]
struct ConflictText {
    kind: &'static str,
    text: String,
}

/// `doctor --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Diagnosis<'f> {
    worst: &'static str,
    findings: Vec<FindingText<'f>>,
}

#[derive(Debug, Serialize)]
struct FindingText<'f> {
    severity: &'static str,
    what: &'f str,
    advice: Option<&'f str>,
}

/// `maintain --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Maintenance {
    failed: usize,
    tasks: Vec<TaskText>,
}

#[derive(Debug, Serialize)]
struct TaskText {
    task: &'static str,
    done: u64,
    unit: &'static str,
    batches: u64,
    unfinished: bool,
    seconds: f64,
    error: Option<String>,
}

/// `maintain --list --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Tasks {
    tasks: Vec<ListedTask>,
}

#[derive(Debug, Serialize)]
struct ListedTask {
    task: &'static str,
    does: &'static str,
    due: String,
    /// Whether it runs without being named.
    regular: bool,
}

/// `migrate --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Migrated<'a> {
    /// What this run applied; it stays, also if a later one failed.
    applied: Vec<AppliedText<'a>>,
    seconds: f64,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct AppliedText<'a> {
    migration: &'a str,
    seconds: f64,
}

/// `rollback --json`, newest migration first.
#[derive(Debug, Serialize)]
pub(crate) struct RolledBack<'s> {
    /// `false` for a dry run.
    rolled_back: bool,
    migrations: Vec<Undone<'s>>,
}

#[derive(Debug, Serialize)]
struct Undone<'s> {
    version: i32,
    name: &'s str,
    losses: Vec<LossText<'s>>,
}

#[derive(Debug, Serialize)]
struct LossText<'s> {
    what: &'s str,
    rows: i64,
}

/// `new --json`.
#[derive(Debug, Serialize)]
pub(crate) struct New<'p> {
    pub(crate) version: i32,
    pub(crate) file: &'p str,
}

/// `wait --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Waited {
    pub(crate) seconds: f64,
}

/// `dump --json`.
#[cfg(feature = "dump")]
#[derive(Debug, Serialize)]
pub(crate) struct Dumped {
    pub(crate) files: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// `create --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Created {
    /// `false`: it existed.
    pub(crate) created: bool,
}

/// `drop --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Dropped {
    /// `false` if it did not exist.
    pub(crate) dropped: bool,
}

/// `verify --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Verified {
    /// How many applied migrations were compared.
    compared: usize,
    conflicts: Vec<ConflictText>,
}

/// `repair --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Repaired {
    /// `false` for a dry run, and if there was nothing to repair.
    repaired: bool,
    migrations: Vec<EditedText>,
}

#[derive(Debug, Serialize)]
pub(crate) struct EditedText {
    pub(crate) version: i32,
    pub(crate) name: String,
    /// `comments`, `rollback`, `statements` or `unknown`.
    pub(crate) change: &'static str,
    /// Where the earlier text was found; `null` if it was not.
    pub(crate) earlier_text_of: Option<String>,
    pub(crate) difference: Option<Vec<String>>,
}

/// `unlock --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Unlocked {
    /// `false`: the number had no failures.
    pub(crate) unlocked: bool,
}

/// `release-number --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Released {
    /// `false`: the account had no number.
    pub(crate) released: bool,
}

/// `nearest --json`, the nearest first.
#[derive(Debug, Serialize)]
pub(crate) struct Nearest<'l> {
    locations: Vec<Location<'l>>,
}

#[derive(Debug, Serialize)]
struct Location<'l> {
    id: i32,
    name: &'l str,
    country_code: &'l str,
    distance_km: f64,
}

/// `demo --json`.
#[cfg(feature = "demo")]
#[derive(Debug, Serialize)]
pub(crate) struct Demo {
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) seconds: f64,
}

#[cfg(feature = "demo")]
#[derive(Debug, Serialize)]
pub(crate) struct Chapter {
    pub(crate) title: String,
    pub(crate) seconds: f64,
}

/// Of `distribute`.
#[derive(Debug, Serialize)]
pub(crate) struct Distribution {
    distributed: bool,
    changed: bool,
    workers: Vec<String>,
    tables: Vec<DistributedTable>,
    refusals: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DistributedTable {
    table: String,
    bytes: i64,
}

impl Distribution {
    pub(crate) fn of(plan: &distribution::Plan, changed: bool) -> Self {
        Self {
            distributed: changed || plan.shape != distribution::Shape::Plain,
            changed,
            workers: plan.workers.clone(),
            tables: plan
                .tables
                .iter()
                .map(|table| DistributedTable { table: table.name.clone(), bytes: table.bytes })
                .collect(),
            refusals: plan.refusals.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Of any command that failed before it had a result.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    error: String,
    exit_code: u8,
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        Self { error: error.to_string(), exit_code: error.exit().code() }
    }
}

impl Tasks {
    pub(crate) fn of(policy: &MaintenancePolicy) -> Self {
        let listed = |task: &Task| ListedTask {
            task: task.name(),
            does: task.about(),
            due: task.due(policy),
            regular: task.is_regular(),
        };
        Self { tasks: maintenance::tasks().iter().map(listed).collect() }
    }
}

impl<'a> Migrated<'a> {
    pub(crate) fn of(applied: &'a [(String, Duration)], took: Duration, error: Option<&migrate::Error>) -> Self {
        let text = |(migration, took): &'a (String, Duration)| AppliedText { migration, seconds: took.as_secs_f64() };
        Self {
            applied: applied.iter().map(text).collect(),
            seconds: took.as_secs_f64(),
            error: error.map(ToString::to_string),
        }
    }
}

impl<'s> RolledBack<'s> {
    pub(crate) fn of(steps: &'s [RollbackStep], rolled_back: bool) -> Self {
        let undone = |step: &'s RollbackStep| Undone {
            version: step.migration.version,
            name: &step.migration.name,
            losses: step.losses.iter().map(|loss| LossText { what: &loss.what, rows: loss.rows }).collect(),
        };
        Self { rolled_back, migrations: steps.iter().map(undone).collect() }
    }
}

impl Verified {
    pub(crate) fn of(compared: usize, found: &[&Conflict]) -> Self {
        Self { compared, conflicts: conflicts(found.iter().copied()) }
    }
}

impl Repaired {
    pub(crate) fn of(repaired: bool, migrations: impl Iterator<Item = EditedText>) -> Self {
        Self { repaired, migrations: migrations.collect() }
    }
}

impl<'l> Nearest<'l> {
    pub(crate) fn of(found: &'l [NearbyLocation]) -> Self {
        let location = |found: &'l NearbyLocation| Location {
            id: found.location_id,
            name: &found.name,
            country_code: &found.country_code,
            distance_km: found.distance_km,
        };
        Self { locations: found.iter().map(location).collect() }
    }
}

impl Maintenance {
    pub(crate) fn of(report: &Report) -> Self {
        let text = |report: &TaskReport| TaskText {
            task: report.task.name(),
            done: report.done,
            unit: report.task.unit(),
            batches: report.batches,
            unfinished: report.unfinished,
            seconds: report.took.as_secs_f64(),
            error: report.error.as_ref().map(ToString::to_string),
        };
        Self { failed: report.failed().count(), tasks: report.tasks.iter().map(text).collect() }
    }
}

impl<'f> Diagnosis<'f> {
    pub(crate) fn of(findings: &'f [Finding]) -> Self {
        let finding = |finding: &'f Finding| FindingText {
            severity: severity(finding.severity),
            what: &finding.what,
            advice: finding.advice.as_deref(),
        };
        let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
        Self { worst: severity(worst), findings: findings.iter().map(finding).collect() }
    }
}

/// Writes one document.
pub(crate) fn print(document: &impl Serialize, output: &mut Output) -> io::Result<()> {
    output.document(&serde_json::to_string_pretty(document)?)
}

fn conflicts<'c>(conflicts: impl IntoIterator<Item = &'c Conflict>) -> Vec<ConflictText> {
    conflicts.into_iter().map(|conflict| ConflictText { kind: conflict.kind(), text: conflict.to_string() }).collect()
}

fn state(state: State) -> &'static str {
    match state {
        State::UpToDate => "up_to_date",
        State::Pending => "pending",
        State::Ahead => "ahead",
        State::Diverged => "diverged",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Problem => "problem",
    }
}
