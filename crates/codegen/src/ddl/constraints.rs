//! Constraints that are validated while others wait, and columns that rows can't satisfy.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::types::Oid;

use super::{
    finding::{Finding, Matters},
    state::{Column, Constraint, Relation},
    step::Step,
};

pub(super) fn findings(step: &Step<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (oid, constraint) in &step.after.constraints {
        match step.before.constraints.get(oid) {
            None => found.extend(added(step, constraint)),
            Some(before) if constraint.is_valid && !before.is_valid => found.extend(validated(step, *oid, constraint)),
            Some(_) => {}
        }
    }
    for ((table, number), column) in &step.after.columns {
        let Some(relation) = step.existing(*table) else { continue };
        if !["r", "p"].contains(&relation.kind.as_str()) {
            continue;
        }
        match step.before.columns.get(&(*table, *number)) {
            None => found.extend(required(step, *table, relation, column)),
            Some(before) if column.not_null && !before.not_null => {
                found.extend(not_null(step, *table, relation, column));
            }
            Some(_) => {}
        }
    }
    found.extend(required_domain(step));
    for (table, relation) in &step.after.relations {
        found.extend(attached(step, *table, relation));
    }
    found
}

fn added(step: &Step<'_>, constraint: &Constraint) -> Option<Finding> {
    if !constraint.is_valid || !["c", "f"].contains(&constraint.kind.as_str()) {
        return None;
    }
    // A change of a column's type makes its constraints once more.
    let had = |before: &Constraint| before.table == constraint.table && before.name == constraint.name;
    if step.has("TYPE") && !step.has("ADD") && step.before.constraints.values().any(had) {
        return None;
    }
    let name = quote_identifier(&constraint.name);
    let (table, object) = if constraint.domain == 0 {
        let relation = step.existing(constraint.table)?;
        (constraint.table, format!("ALTER TABLE {}", quote_identifier(&relation.name)))
    } else {
        // Every table with a column of the domain is read; one stands for all.
        let mut columns = step.start.columns.iter().filter(|(_, column)| column.type_oid == constraint.domain);
        let ((table, _), column) = columns.next()?;
        (*table, format!("ALTER DOMAIN {}", column.type_name))
    };
    let table_name = &step.existing(table)?.name;
    let kind = if constraint.kind == "c" { "CHECK" } else { "FOREIGN KEY" };
    let message = format!("the {kind} `{name}` is validated at once, by reading the whole table `{table_name}`");
    let help = format!(
        "{object} ADD CONSTRAINT {name} {} NOT VALID; and in a later file: {object} VALIDATE CONSTRAINT {name}",
        constraint.definition
    );
    Some(step.finding("constraint-without-not-valid", table, &[&constraint.name, table_name], message, help))
}

/// A constraint that is validated by the file that added it is validated under the lock that adding it took.
fn validated(step: &Step<'_>, oid: Oid, constraint: &Constraint) -> Option<Finding> {
    if step.start.constraints.contains_key(&oid) {
        return None;
    }
    let relation = step.existing(constraint.table)?;
    let message = format!("`{}` is validated under the lock that adding it took", constraint.name);
    let help = format!(
        "put VALIDATE CONSTRAINT into a later file: there, it reads `{}` under SHARE UPDATE EXCLUSIVE, for which neither \
         readers nor writers wait",
        relation.name
    );
    Some(step.finding("validates-in-same-transaction", constraint.table, &[&constraint.name], message, help))
}

fn not_null(step: &Step<'_>, table: Oid, relation: &Relation, column: &Column) -> Option<Finding> {
    let (table_name, name) = (quote_identifier(&relation.name), quote_identifier(&column.name));
    let of_table = |constraint: &&Constraint| constraint.table == table;
    let is_key = step
        .after
        .constraints
        .iter()
        .any(|(oid, it)| it.table == table && it.kind == "p" && !step.before.constraints.contains_key(oid));
    let proves = |check: &Constraint| {
        check.kind == "c" && check.is_valid && check.definition.contains(&format!("({name} IS NOT NULL)"))
    };
    let is_proved = step.before.constraints.values().filter(of_table).any(proves);
    // PostgreSQL 18: NOT NULL … NOT VALID.
    let is_unchecked = step
        .after
        .constraints
        .values()
        .filter(of_table)
        .any(|it| it.kind == "n" && !it.is_valid && it.definition.starts_with(&format!("NOT NULL {name}")));
    if is_key || is_proved || is_unchecked {
        return None;
    }
    let message = format!("SET NOT NULL reads the whole table `{table_name}`");
    let help = format!(
        "ALTER TABLE {table_name} ADD CONSTRAINT {0} CHECK ({name} IS NOT NULL) NOT VALID; in a second file: ALTER TABLE \
         {table_name} VALIDATE CONSTRAINT {0}; in a third: SET NOT NULL, which then reads nothing, and DROP CONSTRAINT {0}",
        quote_identifier(&format!("{}_{}_not_null", relation.name, column.name))
    );
    Some(step.finding("set-not-null", table, &[&column.name], message, help))
}

/// `ALTER DOMAIN … SET NOT NULL` reads every table with a column of the domain; one stands for all.
fn required_domain(step: &Step<'_>) -> Option<Finding> {
    step.after.columns.iter().find_map(|((table, number), after)| {
        let before = step.before.columns.get(&(*table, *number))?;
        if before.type_oid != after.type_oid || before.required_domain.is_some() || after.required_domain.is_none() {
            return None;
        }
        let relation = step.existing(*table).filter(|it| ["r", "p"].contains(&it.kind.as_str()))?;
        let domain = &after.type_name;
        let message = format!("SET NOT NULL on the domain `{domain}` reads the whole table `{}`", relation.name);
        let help = format!(
            "ALTER DOMAIN {domain} ADD CONSTRAINT required CHECK (VALUE IS NOT NULL) NOT VALID; and in a later file: ALTER \
             DOMAIN {domain} VALIDATE CONSTRAINT required"
        );
        Some(step.finding("set-not-null", *table, &[domain, &relation.name], message, help))
    })
}

/// A column that no row has a value for.
fn required(step: &Step<'_>, table: Oid, relation: &Relation, column: &Column) -> Option<Finding> {
    if !column.not_null || column.has_value {
        return None;
    }
    let (table_name, name) = (quote_identifier(&relation.name), quote_identifier(&column.name));
    let message = format!("adding `{name}` fails if `{table_name}` has a row: it is NOT NULL and has no default");
    let help =
        format!("{name} {} NOT NULL DEFAULT …; a constant default is stored once, not in every row", column.type_name);
    let finding = step.finding("required-column", table, &[&column.name], message, help);
    Some(Finding { matters: Matters::Always, lock: None, ..finding })
}

/// A table that becomes a partition is read, unless a valid CHECK proves that its rows fit.
fn attached(step: &Step<'_>, table: Oid, relation: &Relation) -> Option<Finding> {
    let parent = relation.parent?;
    step.existing(table)?;
    let was = step.before.relations.get(&table)?.parent;
    let is_checked = step.before.constraints.values().any(|it| it.table == table && it.kind == "c" && it.is_valid);
    if was == Some(parent) || is_checked {
        return None;
    }
    let message = format!("ATTACH PARTITION reads the whole table `{}`", relation.name);
    let help = format!(
        "first, in files of their own: ALTER TABLE {0} ADD CONSTRAINT … CHECK (<the partition's bounds>) NOT VALID; ALTER \
         TABLE {0} VALIDATE CONSTRAINT …; then PostgreSQL need not look",
        quote_identifier(&relation.name)
    );
    Some(step.finding("attach-partition-without-check", table, &[&relation.name], message, help))
}
