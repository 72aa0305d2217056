//! Compares `Index:` in the documentation with the plan.
//!
//! The clause is `none`, or a list of indexes: `Index: users_pkey, idx_users_server_id (all accounts of the server); see …`.
//! Prose is what stands in brackets, after a semicolon, after the first full stop, or after `none`.

use std::collections::BTreeSet;

use super::{Check, IndexUse, Plan, Scan, Statement};
use crate::{
    access::{
        compares,
        documentation::{Clause, clause},
        mentions,
    },
    diagnostic::Diagnostic,
};

const RULE: &str = "index-line";

impl Check<'_> {
    /// What is wrong with the clause, by the plans of all statements of a query; nothing if there is none.
    pub(super) fn index_line(&self, statements: &[&Statement<'_, '_, '_>]) -> Option<Diagnostic> {
        let first = statements.first()?;
        let module = first.analysed.prepared.module;
        let clause = clause(module, first.query(), "Index:")?;
        let (message, corrected) = self.lie(statements, &clause)?;
        Some(clause.error(RULE, module, message, &corrected))
    }

    /// The clause that is right for the plans.
    pub(super) fn derived_index_line(&self, statements: &[&Statement<'_, '_, '_>]) -> String {
        let plans = statements.iter().filter_map(|statement| statement.plan.as_ref());
        let needed: BTreeSet<String> = plans.flat_map(|plan| self.unnamed(plan, &[])).collect();
        listed(needed.into_iter())
    }

    /// What is wrong, and what is right.
    fn lie(&self, statements: &[&Statement<'_, '_, '_>], clause: &Clause) -> Option<(String, String)> {
        let names = names(clause);
        let exists = |name: &str| self.catalogue.index_named(name).is_some();
        let is_used = |name: &str| {
            statements.iter().any(|statement| {
                let plan = statement.plan.as_ref().filter(|_| self.are_exact);
                !statement.access.opaque_functions.is_empty() || plan.is_none_or(|plan| self.uses(plan, name))
            })
        };
        let planned = statements.iter().filter(|statement| self.are_exact && !statement.is_report());
        let plans = planned.filter_map(|statement| statement.plan.as_ref());
        let missing: BTreeSet<String> = plans.flat_map(|plan| self.unnamed(plan, &names)).collect();
        let message = if let Some(name) = names.iter().find(|name| !exists(name)) {
            format!("there is no index `{name}`")
        } else if let Some(name) = names.iter().find(|name| !is_used(name)) {
            format!("the statement does not use the index `{name}`")
        } else {
            format!("the statement uses the index `{}`, which is not named", missing.first()?)
        };
        let right = names.iter().filter(|name| exists(name) && is_used(name)).map(ToString::to_string);
        Some((message, listed(right.chain(missing.iter().cloned()))))
    }

    /// Whether the plan uses the index, or one that is as good.
    fn uses(&self, plan: &Plan, name: &str) -> bool {
        plan.arbiters.contains(name)
            || plan.scans.iter().any(|scan| scan.indexes.iter().any(|index| self.stands_for(name, index, scan)))
    }

    /// The indexes that serve large tables and are not among `names`.
    fn unnamed(&self, plan: &Plan, names: &[&str]) -> BTreeSet<String> {
        let mut unnamed = BTreeSet::new();
        for scan in plan.scans.iter().filter(|scan| self.large(scan).is_some() && self.is_served(scan)) {
            let is_named = |index: &&IndexUse| names.iter().any(|name| self.stands_for(name, index, scan));
            if scan.is_intersection && scan.indexes.iter().any(|index| is_named(&index)) {
                continue;
            }
            unnamed.extend(scan.indexes.iter().filter(|index| !is_named(index)).map(|index| index.name.clone()));
        }
        unnamed
    }

    /// Whether the index `name` finds the same rows: it begins with the columns that are looked up, and holds the same rows.
    /// PostgreSQL chooses among such indexes by their size.
    fn stands_for(&self, name: &str, used: &IndexUse, scan: &Scan) -> bool {
        if name == used.name {
            return true;
        }
        let [Some(named), Some(index)] = [name, &used.name].map(|name| self.catalogue.index_named(name)) else {
            return false;
        };
        // Which of two conditions finds fewer rows, only the statistics of a real database say.
        let finds_one_row = index.unique_columns.is_some() && self.looks_up_all(used);
        let filter = scan.filter.as_deref().unwrap_or_default();
        let is_alternative = named.condition.is_none() && named.keys.first().is_some_and(|key| compares(filter, key));
        if named.table == index.table && is_alternative && !finds_one_row && !scan.gives_order {
            return true;
        }
        let is_same_kind = named.table == index.table && named.plain_condition() == index.plain_condition();
        let condition = used.condition.as_deref().unwrap_or_default();
        if is_same_kind && !index.is_looked_up(condition) && named.is_looked_up(condition) {
            return true;
        }
        let looked_up = index.keys.iter().take_while(|key| mentions(condition, key)).count();
        // An order needs all keys to be equal.
        let count = if scan.gives_order { index.keys.len() } else { looked_up };
        let first = |keys: &[String]| keys.get(..count).map(|keys| keys.iter().cloned().collect::<BTreeSet<_>>());
        is_same_kind && named.method == index.method && first(&index.keys) == first(&named.keys)
    }
}

impl Check<'_> {
    /// Whether every column of the index is looked up.
    fn looks_up_all(&self, used: &IndexUse) -> bool {
        let condition = used.condition.as_deref().unwrap_or_default();
        let index = self.catalogue.index_named(&used.name);
        index.is_some_and(|index| index.keys.iter().all(|key| mentions(condition, key)))
    }
}

/// The names in the clause: none after `none`.
fn names(clause: &Clause) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = clause.first_part().split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let names: Vec<&str> = parts.map(|part| part.split_whitespace().next().unwrap_or_default()).collect();
    if names.first().is_some_and(|first| *first == "none") { Vec::new() } else { names }
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() { "none.".to_owned() } else { format!("{}.", names.join(", ")) }
}
