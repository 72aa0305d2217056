//! What takes long in a transaction, or while a lock is held that others wait for.

use std::collections::BTreeMap;

use barqnet_db_sql::{Statement, Token, quote_identifier};
use tokio_postgres::types::Oid;

use super::{
    finding::{Finding, Matters},
    locks::Lock,
    state::{Index, State},
    step::Step,
};

pub(super) fn findings(step: &Step<'_>) -> Vec<Finding> {
    whole_table(step).into_iter().chain(under_lock(step)).chain(lock_table(step)).collect()
}

/// `UPDATE` and `DELETE` without a condition.
fn whole_table(step: &Step<'_>) -> Option<Finding> {
    if step.statement.begins_with(&["TRUNCATE"]) {
        return emptied(step);
    }
    let (word, table, name) = target(step)?;
    if step.statement.tokens.iter().any(|token| token.is("WHERE")) {
        return None;
    }
    let message = format!("{word} changes every row of `{name}` in one transaction");
    let help =
        "do it in batches of some thousand rows, each in a transaction of its own: from a program, or by a procedure \
                that commits, called in a file with `-- barqnet: no-transaction`"
            .to_owned();
    let finding = step.finding("changes-every-row", table, &[&name], message, help);
    let note = Some("its row locks stop other writers, and no row version is freed until it ends");
    Some(Finding { matters: Matters::OnlyIfLarge, note, ..finding })
}

fn emptied(step: &Step<'_>) -> Option<Finding> {
    let mut tables = step.before.relations.keys().filter(|table| step.is_rewritten(**table));
    let table = *tables.find(|table| step.existing(**table).is_some())?;
    let name = &step.existing(table)?.name;
    let message = format!("TRUNCATE deletes every row of `{}`", quote_identifier(name));
    let help = "delete in batches, if programs use the table; the rows cannot be recovered".to_owned();
    let finding = step.finding("changes-every-row", table, &[name], message, help);
    Some(Finding { matters: Matters::OnlyIfLarge, ..finding })
}

/// The table that an `UPDATE` or `DELETE` changes.
fn target(step: &Step<'_>) -> Option<(&'static str, Oid, String)> {
    let tokens = &step.statement.tokens;
    let (word, skipped) = if step.statement.begins_with(&["UPDATE"]) {
        ("UPDATE", 1)
    } else if step.statement.begins_with(&["DELETE", "FROM"]) {
        ("DELETE", 2)
    } else {
        return None;
    };
    let mut rest = tokens[skipped..].iter().skip_while(|token| token.is("ONLY")).peekable();
    let (mut schema, mut name) = ("public".to_owned(), rest.next()?.identifier()?);
    while rest.next_if(|token| token.is(".")).is_some() {
        schema = std::mem::replace(&mut name, rest.next()?.identifier()?);
    }
    let mut relations = step.start.relations.iter();
    let (table, _) = relations.find(|(_, relation)| relation.name == name && relation.schema == schema)?;
    Some((word, *table, name))
}

/// Work on rows after an earlier statement took a lock that stops readers.
fn under_lock(step: &Step<'_>) -> Vec<Finding> {
    let begins = |word: &str| step.statement.begins_with(&[word]);
    let selects = step.statement.tokens.iter().any(|token: &Token<'_>| token.is("SELECT"));
    let builds_index = || {
        let is_built = |(oid, index): (&Oid, &Index)| {
            !step.before.indexes.contains_key(oid) && step.existing(index.table).is_some()
        };
        step.after.indexes.iter().any(is_built)
    };
    let is_work = target(step).is_some()
        || begins("MERGE")
        || begins("REFRESH")
        || begins("INSERT") && selects
        || begins("CREATE") && builds_index();
    if !is_work {
        return Vec::new();
    }
    let locked = step.locks_before.iter().filter(|(_, lock)| **lock == Lock::AccessExclusive);
    let locked = locked.filter_map(|(table, _)| Some((*table, step.existing(*table)?)));
    let finding = |(table, relation): (Oid, &super::state::Relation)| {
        let name = quote_identifier(&relation.name);
        let message = format!("`{name}` is locked since an earlier statement of this file, while this works on rows");
        let help = "put it into a later file: each file is a transaction of its own".to_owned();
        Finding { matters: Matters::OnlyIfLarge, ..step.finding("works-under-lock", table, &[], message, help) }
    };
    locked.map(finding).collect()
}

fn lock_table(step: &Step<'_>) -> Vec<Finding> {
    if !step.statement.begins_with(&["LOCK"]) {
        return Vec::new();
    }
    let taken = step.locks.iter().filter(|(table, lock)| {
        **lock >= Lock::Share && step.locks_before.get(table).is_none_or(|before| before < lock)
    });
    let finding = |(table, _): (&Oid, &Lock)| {
        let name = &step.existing(*table)?.name;
        let message = format!("LOCK TABLE stops others on `{name}` until the file ends");
        let help = "leave it out: each statement takes the lock that it needs".to_owned();
        let finding = step.finding("locks-table", *table, &[name], message, help);
        Some(Finding { matters: Matters::OnlyIfLarge, ..finding })
    };
    taken.filter_map(finding).collect()
}

/// Several tables that the file's transaction locks against readers: a session that waits for one waits for the work on all, and
/// two transactions that take them in another order stop each other.
pub(super) fn of_file(statements: &[Statement<'_>], start: &State, locks: &BTreeMap<Oid, Lock>) -> Option<Finding> {
    let locked = locks.iter().filter(|(_, lock)| **lock == Lock::AccessExclusive);
    // A partition is locked with its parent.
    let tables = locked.filter_map(|(table, _)| {
        let relation = start.relations.get(table)?;
        (["r", "p"].contains(&relation.kind.as_str()) && relation.parent.is_none()).then_some((*table, &relation.name))
    });
    let tables: Vec<_> = tables.collect();
    let ((first, _), last) = (tables.first()?, statements.last()?);
    if tables.len() < 2 {
        return None;
    }
    let names: Vec<_> = tables.iter().map(|(_, name)| name.as_str()).collect();
    Some(Finding {
        rule: "several-strong-locks",
        matters: Matters::OnlyIfLarge,
        message: format!("at its end the file holds ACCESS EXCLUSIVE on {} tables: {}", tables.len(), names.join(", ")),
        table: *first,
        lock: None,
        note: Some("a session that waits for one of them waits for the work on all"),
        help: "one file for each table: each is a transaction of its own".to_owned(),
        offset: last.offset,
    })
}
