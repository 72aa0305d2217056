//! The program's migrations compared with the database's histories: what is pending, and what contradicts each other.

use super::{
    conflict::Conflict,
    history::Applied,
    options::{MigratePolicy, OnAhead, OnConflict},
    source::{Source, Step},
    squash::Replaced,
};

/// What a run would do.
#[derive(Debug, Default)]
pub(super) struct Comparison<'m> {
    /// To be applied, in this order.
    pub(super) pending: Vec<Step<'m>>,
    /// Every contradiction, also those that the policy accepts, by source and version.
    pub(super) conflicts: Vec<Conflict>,
}

impl<'m> Comparison<'m> {
    /// Adds a source. `min_version` is what [`super::min_version::read`] returned; it matters only if the database is ahead.
    pub(super) fn add(&mut self, known: &'m Source, applied: &[Applied], min_version: i32) {
        let newest_known = known.newest();
        let newest_applied = applied.iter().map(|applied| applied.version).max().unwrap_or(0);
        let mut conflicts: Vec<(i32, Conflict)> = Vec::new();
        let newer: Vec<String> = applied
            .iter()
            .filter(|applied| applied.version > newest_known)
            .map(|applied| known.shown(applied))
            .collect();
        let source = known.shown_name();
        if min_version > newest_known {
            conflicts.push((newest_applied, Conflict::ProgramTooOld { source, newest_known, min_version }));
        } else if !newer.is_empty() {
            conflicts.push((newest_applied, Conflict::Ahead { source, newest_known, newer }));
        }

        let squash = known.squash.as_ref();
        let replaced = squash.map_or(Replaced::Nothing, |squash| squash.in_history(applied));
        let is_replaced =
            |version: i32| replaced != Replaced::Nothing && squash.is_some_and(|squash| squash.replaces(version));
        if let (Some(squash), Replaced::Some(missing)) = (squash, &replaced)
            && let Some(baseline) = known.get(squash.version())
        {
            let (migration, missing) = (baseline.to_string(), missing.clone());
            conflicts.push((squash.version(), Conflict::Squashed { migration, replaces: squash.range(), missing }));
        }

        for applied in applied.iter().filter(|it| it.version <= newest_known && !is_replaced(it.version)) {
            let applied_as = known.shown(applied);
            match known.get(applied.version) {
                None => conflicts.push((applied.version, Conflict::Unknown { migration: applied_as })),
                Some(step)
                    if step.migration.checksum() != applied.checksum || step.migration.name() != applied.name =>
                {
                    conflicts.push((applied.version, Conflict::Changed { migration: step.to_string(), applied_as }));
                }
                Some(_) => {}
            }
        }
        let is_applied = |version: i32| applied.iter().any(|it| it.version == version) || is_replaced(version);
        for pending in known.steps().filter(|step| !is_applied(step.version())) {
            if pending.version() < newest_applied {
                let late =
                    Conflict::Late { source: known.shown_name(), migration: pending.to_string(), newest_applied };
                conflicts.push((pending.version(), late));
            }
            self.pending.push(pending);
        }
        conflicts.sort_by_key(|(version, _)| *version);
        self.conflicts.extend(conflicts.into_iter().map(|(_, conflict)| conflict));
    }

    /// Whether exactly the program's migrations are applied.
    pub(super) fn is_complete(&self) -> bool {
        self.pending.is_empty() && self.conflicts.is_empty()
    }

    /// The conflicts that a policy refuses; the others cause a warning.
    pub(super) fn refused(&self, policy: MigratePolicy) -> Vec<Conflict> {
        let refuses = |conflict: &&Conflict| match conflict {
            Conflict::Ahead { .. } => policy.ahead == OnAhead::Refuse,
            Conflict::Unknown { .. } => policy.unknown == OnConflict::Refuse,
            Conflict::Late { .. } => policy.late == OnConflict::Refuse,
            Conflict::ProgramTooOld { .. } | Conflict::Changed { .. } | Conflict::Squashed { .. } => true,
        };
        self.conflicts.iter().filter(refuses).cloned().collect()
    }
}
