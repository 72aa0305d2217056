//! Statements that rewrite a whole table.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::types::Oid;

use super::{finding::Finding, locks::Lock, state::Column, step::Step};

pub(super) fn findings(step: &Step<'_>) -> Vec<Finding> {
    if step.has("TRUNCATE") {
        return Vec::new();
    }
    let existing = step.before.relations.keys().filter(|table| step.existing(**table).is_some());
    existing.filter(|table| step.is_rewritten(**table)).filter_map(|table| finding(step, *table)).collect()
}

fn finding(step: &Step<'_>, table: Oid) -> Option<Finding> {
    let (before, after) = (step.before.relations.get(&table)?, step.after.relations.get(&table)?);
    let name = quote_identifier(&after.name);
    if after.kind == "m" {
        let message = format!("the view `{name}` can't be read while it is refreshed");
        let help = format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {name}; it needs a unique index without WHERE");
        return Some(step.finding("refreshes-view", table, &[&after.name], message, help));
    }
    let in_batches = "fill it in batches, from a program or a procedure";
    let (names, message, help) = if let Some(column) = changed_type(step, table) {
        let column_name = quote_identifier(column);
        (
            vec![column.as_str()],
            format!("changing the type of `{column_name}` rewrites the whole table `{name}`"),
            format!(
                "add a column of the new type, keep it in step with a trigger, {in_batches}, and let programs change to it \
                 before `{column_name}` is dropped"
            ),
        )
    } else if let Some((column, is_stored)) = added(step, table) {
        let column_name = quote_identifier(column);
        let message = format!("adding `{column_name}` rewrites the whole table `{name}`");
        let help = if is_stored {
            format!("add a plain column, keep it in step with a trigger, and {in_batches}")
        } else {
            format!(
                "ALTER TABLE {name} ADD COLUMN {column_name} …; without the default; then ALTER COLUMN {column_name} SET \
                 DEFAULT …; then {in_batches}"
            )
        };
        (vec![column.as_str()], message, help)
    } else if before.is_unlogged != after.is_unlogged {
        (
            vec![after.name.as_str()],
            format!("SET LOGGED and SET UNLOGGED rewrite the whole table `{name}`"),
            "do it while no program uses the table".to_owned(),
        )
    } else if before.tablespace != after.tablespace {
        (
            vec![after.name.as_str()],
            format!("SET TABLESPACE copies the whole table `{name}`"),
            "move it with pg_repack, or while no program uses it".to_owned(),
        )
    } else {
        (
            vec![after.name.as_str()],
            format!("this rewrites the whole table `{name}`"),
            format!("VACUUM {name} frees space for new rows without a rewrite; pg_repack rewrites without such a lock"),
        )
    };
    // Outside a transaction, the statement's own lock is gone.
    Some(Finding { lock: Some(Lock::AccessExclusive), ..step.finding("rewrites-table", table, &names, message, help) })
}

/// The column with another type. Another length or precision counts unless something else explains the rewrite.
fn changed_type<'s>(step: &Step<'s>, table: Oid) -> Option<&'s String> {
    let changed = |is_changed: fn(&Column, &Column) -> bool| {
        step.after.columns_of(table).find_map(|(number, after)| {
            let before = step.before.columns.get(&(table, number))?;
            is_changed(before, after).then_some(&after.name)
        })
    };
    changed(|before, after| before.type_oid != after.type_oid).or_else(|| {
        let by_modifier = || changed(|before, after| before.modifier != after.modifier);
        added(step, table).is_none().then(by_modifier).flatten()
    })
}

fn added<'s>(step: &Step<'s>, table: Oid) -> Option<(&'s String, bool)> {
    let mut columns = step.after.columns_of(table);
    columns.find_map(|(number, after)| {
        let is_new = !step.before.columns.contains_key(&(table, number));
        (is_new && after.has_value).then_some((&after.name, after.is_stored))
    })
}
