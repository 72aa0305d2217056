//! Compares `Locks:` in the documentation with what the statement locks.
//!
//! `Locks: nothing` is right exactly where no row is written or locked. Otherwise the clause is prose: a table that it
//! names must be locked, a lock mode that it names must be taken, and where the rows of several tables are locked, it names
//! each table. Where a function is called whose body can't be seen, only `nothing` beside a visible lock is refused.

use std::fmt::Write as _;

use super::{
    Access, Catalogue, Strength, TableAccess, Write,
    documentation::{self, Clause},
};
use crate::{
    diagnostic::Diagnostic,
    queries::{Module, Query},
};

const RULE: &str = "locks-line";

/// What is wrong with the clause; nothing if there is none.
pub(crate) fn check(module: &Module, query: &Query, access: &Access, catalogue: &Catalogue) -> Option<Diagnostic> {
    let clause = documentation::clause(module, query, "Locks:")?;
    let message = Check { access, catalogue, clause: &clause }.message()?;
    Some(clause.error(RULE, module, message, &derived(access)))
}

struct Check<'a> {
    access: &'a Access,
    catalogue: &'a Catalogue,
    clause: &'a Clause,
}

impl Check<'_> {
    fn message(&self) -> Option<String> {
        let held: Vec<(&str, &TableAccess)> = held(self.access).collect();
        let names = || held.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if self.says_nothing() {
            if self.access.is_utility {
                return Some("the statement locks the table that it works on".to_owned());
            }
            return (!held.is_empty()).then(|| format!("the statement locks rows of {}", names()));
        }
        if self.access.is_utility || !self.access.opaque_functions.is_empty() {
            return None;
        }
        if held.is_empty() {
            // Every statement takes this one.
            let is_access_share = self.clause.text.starts_with("ACCESS SHARE");
            return (!is_access_share).then(|| "the statement locks no rows".to_owned());
        }
        if let Some(table) = self.named_tables().find(|name| !self.access.tables.get(*name).is_some_and(is_held)) {
            return Some(format!("the statement locks no rows of `{table}`"));
        }
        if let Some(strength) = Strength::ALL.into_iter().find(|strength| self.names_unused(*strength)) {
            return Some(format!("the statement takes no lock {}", strength.clause()));
        }
        let is_named = |name: &str| self.named_tables().any(|named| named == name);
        if held.len() > 1 && !held.iter().all(|(name, _)| is_named(name)) {
            return Some(format!("the statement locks rows of {}: name each table", names()));
        }
        let says_rows = words(&self.clause.text).any(|word| matches!(word, "row" | "rows"));
        (!says_rows && !held.iter().any(|(name, _)| is_named(name)))
            .then(|| format!("it does not say that rows of {} are locked", names()))
    }

    fn says_nothing(&self) -> bool {
        words(&self.clause.text).next().is_some_and(|word| matches!(word, "nothing" | "none"))
    }

    /// The tables of the project that the clause names.
    fn named_tables(&self) -> impl Iterator<Item = &str> {
        let names: Vec<&str> = self.catalogue.relation_names().collect();
        words(&self.clause.text).filter(move |word| names.contains(word))
    }

    fn names_unused(&self, strength: Strength) -> bool {
        let takes = |table: &TableAccess| {
            let writes = |write| table.writes.contains(&write);
            table.locks.iter().any(|lock| lock.strength == strength)
                || match strength {
                    Strength::Update => writes(Write::Delete) || writes(Write::Update),
                    Strength::NoKeyUpdate => writes(Write::Update),
                    Strength::KeyShare => table.by_foreign_key,
                    Strength::Share => false,
                }
        };
        self.clause.text.contains(strength.clause()) && !self.access.tables.values().any(takes)
    }
}

fn is_held(table: &TableAccess) -> bool {
    table.holds_rows() || table.by_foreign_key
}

/// The tables whose rows the statement itself writes or locks.
fn held(access: &Access) -> impl Iterator<Item = (&str, &TableAccess)> {
    access.tables.iter().filter(|(_, table)| table.holds_rows()).map(|(name, table)| (name.as_str(), table))
}

/// The words of the prose; `code` in backticks that is a path is none.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`')
        .enumerate()
        .filter(|(number, part)| number % 2 == 0 || !part.contains("::"))
        .flat_map(|(_, part)| part.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
}

/// The clause that is right.
pub(crate) fn derived(access: &Access) -> String {
    let mut text = String::new();
    for (name, table) in held(access) {
        let separator = if text.is_empty() { "" } else { ", " };
        let what = if table.writes.iter().all(|write| *write == Write::Insert) && table.locks.is_empty() {
            "inserted rows"
        } else {
            "rows"
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}the {what} of {name}");
        if let Some(lock) = table.locks.iter().next().filter(|_| !table.is_written()) {
            let _ = write!(text, " ({})", lock.strength.clause());
        }
    }
    if text.is_empty() {
        text.push_str(if access.is_utility { "the table" } else { "nothing" });
    }
    text.push('.');
    text
}
