//! What is to be done: the program's migrations held against the database's history.

use std::fmt;

use refinery::Migration;

use super::{Migrations, history::Applied};

/// What to do about a database that is not simply behind. The defaults are the safe ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigratePolicy {
    /// The database has had migrations newer than all that this program knows, as during a rolling deploy or after
    /// going back to an older release. Default: run on, with a warning.
    pub ahead: OnAhead,
    /// The database has had a migration that this program should know by its number but doesn't, as after deploying
    /// from a branch. Default: refuse.
    pub unknown: OnConflict,
    /// A migration has a lower number than one already applied, as after merging a branch that lay long.
    /// Default: refuse.
    pub late: OnConflict,
}

impl Default for MigratePolicy {
    fn default() -> Self {
        Self { ahead: OnAhead::RunOn, unknown: OnConflict::Refuse, late: OnConflict::Refuse }
    }
}

/// What to do when the database is ahead of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAhead {
    /// Leave the database alone and let the program start.
    RunOn,
    /// Refuse to start.
    Refuse,
}

/// What to do about a conflict between program and history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse to start; nothing is changed.
    Refuse,
    /// Go on: an unknown migration is left alone, a late one is applied.
    Accept,
}

/// Why the history and the program's migrations don't fit; each says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The database is ahead of the program.
    Ahead {
        /// The newest version this program knows.
        newest_known: i32,
        /// The versions that it doesn't.
        newer: Vec<String>,
    },
    /// The database is ahead of the program, and too far: a newer migration has set a floor.
    BelowFloor {
        /// The newest version this program knows.
        newest_known: i32,
        /// The version that it would have to know.
        floor: i32,
    },
    /// The database has had a migration that the program should know.
    Unknown {
        /// The migration in the database.
        migration: String,
    },
    /// The program has a migration whose number has been passed.
    Late {
        /// The migration in the program.
        migration: String,
        /// The newest version that the database has had.
        newest_applied: i32,
    },
    /// A migration is another in the program than it was when it was applied.
    Changed {
        /// The migration in the program.
        migration: String,
        /// What the history calls it.
        applied_as: String,
    },
}

impl Conflict {
    /// What kind it is, in one word, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ahead { .. } => "ahead",
            Self::BelowFloor { .. } => "below_floor",
            Self::Unknown { .. } => "unknown",
            Self::Late { .. } => "late",
            Self::Changed { .. } => "changed",
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead { newest_known, newer } => write!(
                f,
                "the database is ahead of this build: it has had {}, this build knows versions up to {newest_known}; \
                 deploy the newer build",
                newer.join(", ")
            ),
            Self::BelowFloor { newest_known, floor } => write!(
                f,
                "the database no longer bears this build, which knows versions up to {newest_known}: a newer migration \
                 asks for {floor} or later; deploy a newer build"
            ),
            Self::Unknown { migration } => write!(
                f,
                "the database has had {migration}, which this build should know by its number but doesn't; \
                 deploy the build that has it, or merge it into this one"
            ),
            Self::Late { migration, newest_applied } => write!(
                f,
                "{migration} comes too late for its number: the database is at version {newest_applied}; \
                 give it a number above {newest_applied}"
            ),
            Self::Changed { migration, applied_as } if migration == applied_as => write!(
                f,
                "{migration} was edited after it was applied to this database; \
                 restore it as it was released and put the change into a new migration"
            ),
            Self::Changed { migration, applied_as } => write!(
                f,
                "{migration} has the number of {applied_as}, which this database has had; give it a new number"
            ),
        }
    }
}

/// What a run would do.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    /// To be applied, in this order.
    pub(super) pending: Vec<&'m Migration>,
    /// What does not fit, whatever the policy says about it.
    pub(super) conflicts: Vec<Conflict>,
}

impl<'m> Plan<'m> {
    /// `floor` is what [`super::floor::read`] found, which matters only if the database is ahead.
    pub(super) fn new(known: &'m Migrations, applied: &[Applied], floor: i32) -> Self {
        let newest_known = known.newest();
        let newest_applied = applied.iter().map(|applied| applied.version).max().unwrap_or(0);
        let mut conflicts = Vec::new();
        let newer: Vec<String> =
            applied.iter().filter(|applied| applied.version > newest_known).map(ToString::to_string).collect();
        if floor > newest_known {
            conflicts.push(Conflict::BelowFloor { newest_known, floor });
        } else if !newer.is_empty() {
            conflicts.push(Conflict::Ahead { newest_known, newer });
        }
        for applied in applied.iter().filter(|applied| applied.version <= newest_known) {
            let applied_as = applied.to_string();
            match known.get(applied.version) {
                None => conflicts.push(Conflict::Unknown { migration: applied_as }),
                Some(migration) if migration.checksum() != applied.checksum || migration.name() != applied.name => {
                    conflicts.push(Conflict::Changed { migration: migration.to_string(), applied_as });
                }
                Some(_) => {}
            }
        }
        let is_applied = |migration: &Migration| applied.iter().any(|it| it.version == migration.version());
        let pending: Vec<&Migration> = known.iter().filter(|migration| !is_applied(migration)).collect();
        for late in pending.iter().filter(|migration| migration.version() < newest_applied) {
            conflicts.push(Conflict::Late { migration: late.to_string(), newest_applied });
        }
        Self { pending, conflicts }
    }

    /// The conflicts that end the run under a policy; the others are only worth a warning.
    pub(super) fn refused(&self, policy: MigratePolicy) -> Vec<Conflict> {
        let refuses = |conflict: &&Conflict| match conflict {
            Conflict::Ahead { .. } => policy.ahead == OnAhead::Refuse,
            Conflict::Unknown { .. } => policy.unknown == OnConflict::Refuse,
            Conflict::Late { .. } => policy.late == OnConflict::Refuse,
            Conflict::BelowFloor { .. } | Conflict::Changed { .. } => true,
        };
        self.conflicts.iter().filter(refuses).cloned().collect()
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.name)
    }
}
