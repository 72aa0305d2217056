//! The documents of `status` and `plan`.

use barqnet_db::{
    migrate::{self, MigrationStatus, PlannedMigration},
    status,
};
use serde::Serialize;

use super::{ConflictText, conflicts, state};
use crate::units;

/// `status --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Status<'p> {
    state: &'static str,
    adopts: bool,
    migrations: Vec<Migration<'p>>,
    conflicts: Vec<ConflictText>,
    /// `null` on a primary.
    standby: Option<StandbyText>,
    /// `null` if the role may not read them.
    exceptions: Option<Vec<Exception<'p>>>,
    kept: Option<&'p [String]>,
}

#[derive(Debug, Serialize)]
struct StandbyText {
    /// `null` if it receives nothing.
    lag_seconds: Option<f64>,
    is_receiving: bool,
    is_paused: bool,
}

#[derive(Debug, Serialize)]
struct Exception<'p> {
    what: &'p str,
    rows: i64,
}

#[derive(Debug, Serialize)]
struct Migration<'p> {
    /// If there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'p str>,
    version: i32,
    name: &'p str,
    state: &'static str,
    applied_at: Option<String>,
}

/// `plan --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Plan<'p> {
    state: &'static str,
    adopts: bool,
    pending: Vec<Pending<'p>>,
    conflicts: Vec<ConflictText>,
}

#[derive(Debug, Serialize)]
struct Pending<'p> {
    /// If there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'p str>,
    version: i32,
    name: &'p str,
    in_transaction: bool,
    locks: Option<&'p str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<&'p str>,
    tables: Vec<Table<'p>>,
    sql: &'p str,
}

#[derive(Debug, Serialize)]
struct Table<'p> {
    name: &'p str,
    rows_estimated: i64,
    bytes: Option<i64>,
}

impl<'p> Status<'p> {
    pub(crate) fn of(status: &'p status::Status) -> Self {
        let (plan, legacy) = (&status.plan, status.legacy.as_ref().ok());
        let migration = |migration: &'p MigrationStatus| Migration {
            source: migration.source.as_deref(),
            version: migration.version,
            name: &migration.name,
            state: units::state(migration),
            applied_at: migration.applied_at.map(units::time),
        };
        Self {
            state: state(plan.state()),
            adopts: plan.recognised.is_some(),
            migrations: plan.migrations.iter().map(migration).collect(),
            conflicts: conflicts(&plan.conflicts),
            standby: status.standby.map(|standby| StandbyText {
                lag_seconds: standby.lag().map(|lag| lag.as_secs_f64()),
                is_receiving: standby.is_receiving,
                is_paused: standby.is_paused,
            }),
            exceptions: legacy.map(|legacy| {
                let exceptions = legacy.exceptions.iter();
                exceptions.map(|exception| Exception { what: &exception.what, rows: exception.rows }).collect()
            }),
            kept: legacy.map(|legacy| legacy.kept.as_slice()),
        }
    }
}

impl<'p> Plan<'p> {
    pub(crate) fn of(plan: &'p migrate::Plan) -> Self {
        let pending = |pending: &'p PlannedMigration| Pending {
            source: pending.source.as_deref(),
            version: pending.version,
            name: &pending.name,
            in_transaction: pending.in_transaction,
            locks: pending.locks.as_deref(),
            checks: pending.checks.iter().map(|check| check.sql.as_str()).collect(),
            tables: pending
                .tables
                .iter()
                .map(|table| Table { name: &table.name, rows_estimated: table.rows, bytes: table.bytes })
                .collect(),
            sql: &pending.sql,
        };
        Self {
            state: state(plan.state()),
            adopts: plan.recognised.is_some(),
            pending: plan.pending.iter().map(pending).collect(),
            conflicts: conflicts(&plan.conflicts),
        }
    }
}
