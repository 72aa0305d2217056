//! Indexes that are built, rebuilt or dropped while others wait.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::types::Oid;

use super::{
    finding::{Finding, Matters},
    state::{Constraint, Index},
    step::Step,
};

pub(super) fn findings(step: &Step<'_>) -> Vec<Finding> {
    if step.has("CONCURRENTLY") {
        return Vec::new();
    }
    let files: Vec<_> = step.before.indexes.values().map(|index| index.file).collect();
    let built = step.after.indexes.iter().filter(|(oid, index)| {
        // A change of a column's type makes another index of the same file, if nothing need be built.
        let is_new = !step.before.indexes.contains_key(oid) && (index.file == 0 || !files.contains(&index.file));
        let is_built = is_new && step.existing(index.table).is_some() && !step.is_rewritten(index.table);
        is_built && !is_of_a_partition(step, index.table)
    });
    let built = built.map(|(oid, index)| {
        let had = |before: &&Index| before.table == index.table && before.name == index.name;
        if let Some(before) = step.before.indexes.values().find(had) {
            return rebuilding(step, before);
        }
        let constraint = step.after.constraints.values().find(|it| it.index == *oid && "pux".contains(&it.kind));
        constraint.map_or_else(|| created(step, index), |constraint| constrained(step, constraint))
    });
    let rebuilt = step.before.indexes.iter().filter_map(|(oid, before)| rebuilt(step, *oid, before));
    let dropped = step.before.indexes.iter().filter_map(|(oid, before)| dropped(step, *oid, before));
    built.chain(rebuilt).chain(dropped).collect()
}

/// Whether the table is a partition of one that the file did not create: the finding is about that one.
fn is_of_a_partition(step: &Step<'_>, table: Oid) -> bool {
    let parent = step.after.relations.get(&table).and_then(|relation| relation.parent);
    parent.is_some_and(|parent| {
        let has_new = |(oid, index): (&Oid, &Index)| index.table == parent && !step.before.indexes.contains_key(oid);
        step.after.indexes.iter().any(has_new)
    })
}

fn created(step: &Step<'_>, index: &Index) -> Finding {
    let table = step.after.relations.get(&index.table).map_or("", |relation| relation.name.as_str());
    let message = format!("building the index `{}` reads the whole table `{}`", index.name, quote_identifier(table));
    let help = if index.is_partitioned {
        format!(
            "CREATE INDEX {} ON ONLY {} …; then CREATE INDEX CONCURRENTLY for each partition, and ALTER INDEX … ATTACH PARTITION",
            quote_identifier(&index.name),
            quote_identifier(table)
        )
    } else {
        format!(
            "in a file of its own, with `-- barqnet: no-transaction` in the head: {}",
            concurrently(step).unwrap_or_else(|| "CREATE INDEX CONCURRENTLY IF NOT EXISTS …".to_owned())
        )
    };
    step.finding("index-without-concurrently", index.table, &[&index.name], message, help)
}

/// The statement that builds the index without a strong lock.
fn concurrently(step: &Step<'_>) -> Option<String> {
    let tokens = &step.statement.tokens;
    let index = tokens.iter().take(3).find(|token| token.is("INDEX"))?;
    let is_named = |token: &barqnet_db_sql::Token<'_>| token.is("IF") || token.is("ON");
    let follows = tokens.iter().find(|token| token.offset > index.offset)?;
    let clause = if is_named(follows) { "" } else { " IF NOT EXISTS" };
    let end = index.end() - step.statement.offset;
    let (begin, rest) = step.statement.text.split_at(end);
    Some(format!(
        "{begin} CONCURRENTLY{clause}{}",
        rest.split_whitespace().fold(String::new(), |text, word| text + " " + word)
    ))
}

fn constrained(step: &Step<'_>, constraint: &Constraint) -> Finding {
    let table = step.after.relations.get(&constraint.table).map_or("", |relation| relation.name.as_str());
    let (table_name, name) = (quote_identifier(table), quote_identifier(&constraint.name));
    let kind = match constraint.kind.as_str() {
        "p" => "PRIMARY KEY",
        "u" => "UNIQUE",
        _ => "EXCLUDE",
    };
    let message = format!("{kind} builds an index over the whole table `{table_name}`");
    let help = if kind == "EXCLUDE" {
        "an exclusion constraint can't use an index that exists: add it while no program uses the table".to_owned()
    } else {
        let columns = constraint.definition.find('(').map_or("(…)", |at| &constraint.definition[at..]);
        format!(
            "in a file of its own, with `-- barqnet: no-transaction` in the head: CREATE UNIQUE INDEX CONCURRENTLY IF NOT \
             EXISTS {name} ON {table_name} {columns}; then ALTER TABLE {table_name} ADD CONSTRAINT {name} {kind} USING \
             INDEX {name}"
        )
    };
    step.finding("constraint-builds-index", constraint.table, &[&constraint.name, table], message, help)
}

fn rebuilt(step: &Step<'_>, oid: Oid, before: &Index) -> Option<Finding> {
    let after = step.after.indexes.get(&oid)?;
    step.existing(before.table)?;
    let is_same = before.file == after.file || step.is_rewritten(before.table) || step.has("TRUNCATE");
    (!is_same).then(|| rebuilding(step, before))
}

fn rebuilding(step: &Step<'_>, before: &Index) -> Finding {
    let table = step.after.relations.get(&before.table).map_or("", |relation| relation.name.as_str());
    let message = format!("rebuilding the index `{}` reads the whole table `{table}`", before.name);
    let help = format!(
        "in a file of its own, with `-- barqnet: no-transaction` in the head: REINDEX INDEX CONCURRENTLY {}; for a change \
         of a column, drop the index before and build it concurrently after",
        quote_identifier(&before.name)
    );
    step.finding("rebuilds-index", before.table, &[&before.name, table], message, help)
}

fn dropped(step: &Step<'_>, oid: Oid, before: &Index) -> Option<Finding> {
    if step.after.indexes.contains_key(&oid) || !step.statement.begins_with(&["DROP", "INDEX"]) {
        return None;
    }
    let table = step.existing(before.table)?;
    let message = format!("dropping the index `{}` stops everything on `{}`", before.name, table.name);
    let help = format!(
        "in a file of its own, with `-- barqnet: no-transaction` in the head: DROP INDEX CONCURRENTLY IF EXISTS {}",
        quote_identifier(&before.name)
    );
    let finding = step.finding("drops-index-without-concurrently", before.table, &[&before.name], message, help);
    // It takes a moment; our runner stops waiting for the lock after its time-out and tries again.
    Some(Finding { matters: Matters::OnlyIfLarge, ..finding })
}
