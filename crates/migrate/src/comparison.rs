//! The program's migrations compared with the database's history: what is pending, and what contradicts each other.

use refinery::Migration;

use super::{
    conflict::Conflict,
    history::Applied,
    migrations::Migrations,
    options::{MigratePolicy, OnAhead, OnConflict},
};

/// What a run would do.
#[derive(Debug)]
pub(super) struct Comparison<'m> {
    /// To be applied, in this order.
    pub(super) pending: Vec<&'m Migration>,
    /// Every contradiction, also those that the policy accepts, by version.
    pub(super) conflicts: Vec<Conflict>,
}

impl<'m> Comparison<'m> {
    /// `min_version` is what [`super::min_version::read`] returned; it matters only if the database is ahead.
    pub(super) fn new(known: &'m Migrations, applied: &[Applied], min_version: i32) -> Self {
        let newest_known = known.newest();
        let newest_applied = applied.iter().map(|applied| applied.version).max().unwrap_or(0);
        let mut conflicts: Vec<(i32, Conflict)> = Vec::new();
        let newer: Vec<String> =
            applied.iter().filter(|applied| applied.version > newest_known).map(ToString::to_string).collect();
        if min_version > newest_known {
            conflicts.push((newest_applied, Conflict::ProgramTooOld { newest_known, min_version }));
        } else if !newer.is_empty() {
            conflicts.push((newest_applied, Conflict::Ahead { newest_known, newer }));
        }
        for applied in applied.iter().filter(|applied| applied.version <= newest_known) {
            let applied_as = applied.to_string();
            match known.get(applied.version) {
                None => conflicts.push((applied.version, Conflict::Unknown { migration: applied_as })),
                Some(migration) if migration.checksum() != applied.checksum || migration.name() != applied.name => {
                    let changed = Conflict::Changed { migration: migration.to_string(), applied_as };
                    conflicts.push((applied.version, changed));
                }
                Some(_) => {}
            }
        }
        let is_applied = |migration: &Migration| applied.iter().any(|it| it.version == migration.version());
        let pending: Vec<&Migration> = known.iter().filter(|migration| !is_applied(migration)).collect();
        for late in pending.iter().filter(|migration| migration.version() < newest_applied) {
            conflicts.push((late.version(), Conflict::Late { migration: late.to_string(), newest_applied }));
        }
        conflicts.sort_by_key(|(version, _)| *version);
        Self { pending, conflicts: conflicts.into_iter().map(|(_, conflict)| conflict).collect() }
    }

    /// The conflicts that a policy refuses; the others cause a warning.
    pub(super) fn refused(&self, policy: MigratePolicy) -> Vec<Conflict> {
        let refuses = |conflict: &&Conflict| match conflict {
            Conflict::Ahead { .. } => policy.ahead == OnAhead::Refuse,
            Conflict::Unknown { .. } => policy.unknown == OnConflict::Refuse,
            Conflict::Late { .. } => policy.late == OnConflict::Refuse,
            Conflict::ProgramTooOld { .. } | Conflict::Changed { .. } => true,
        };
        self.conflicts.iter().filter(refuses).cloned().collect()
    }
}
