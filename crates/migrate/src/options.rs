//! How a run behaves: what it refuses, and how long it waits.

use std::time::Duration;

use super::target::Target;

/// How a run behaves.
#[derive(Clone, Debug)]
pub struct MigrateOptions {
    /// The last migration to apply; `None` applies all. In a chain, the sources after it are left pending.
    pub to: Option<Target>,
    /// What to do when program and database differ in more than pending migrations.
    pub policy: MigratePolicy,
    /// How long to wait for another runner to finish; 10 minutes.
    pub max_wait_for_runner: Duration,
    /// How long a migration waits for a lock before it lets the statements queued behind it run; 2 s.
    pub lock_timeout: Duration,
    /// How long one migration is retried while another transaction holds a lock that it needs; 10 minutes.
    pub max_retry: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            to: None,
            policy: MigratePolicy::default(),
            max_wait_for_runner: Duration::from_mins(10),
            lock_timeout: Duration::from_secs(2),
            max_retry: Duration::from_mins(10),
        }
    }
}

/// What to do when program and database differ in more than pending migrations. The defaults are the safe ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigratePolicy {
    /// Migrations newer than all that this program knows are applied, as during a rolling deploy or after a return to
    /// an older release. Default: warn.
    pub ahead: OnAhead,
    /// A migration is applied whose version is in the range of this program's but which it does not have, as after a
    /// deploy from a branch. Default: refuse.
    pub unknown: OnConflict,
    /// A pending migration has a lower version than one that is applied, as after a merge of a long-lived branch.
    /// Default: refuse.
    pub late: OnConflict,
}

impl MigratePolicy {
    pub(super) const SAFE: Self = Self { ahead: OnAhead::Warn, unknown: OnConflict::Refuse, late: OnConflict::Refuse };
}

impl Default for MigratePolicy {
    fn default() -> Self {
        Self::SAFE
    }
}

/// What to do when the database is ahead of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAhead {
    /// Log a warning and succeed; nothing is changed.
    Warn,
    /// Fail; nothing is changed.
    Refuse,
}

/// What to do about a conflict between program and history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Fail; nothing is changed.
    Refuse,
    /// Log a warning and continue: an unknown migration is left unchanged, a late one is applied.
    Accept,
}
