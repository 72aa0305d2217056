//! Statements that PostgreSQL prepares, but that fail when they run.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_client::error_text::in_full;
use tokio_postgres::Client;

use crate::{
    analysis::{Analysed, Tree},
    diagnostic::{Diagnostic, Diagnostics},
    query_check::Prepared,
};

/// A table's name and its columns that an INSERT must name, by their numbers.
type Required = BTreeMap<u32, (String, BTreeMap<i64, String>)>;

/// `CMD_INSERT` in a `QUERY` tree.
const INSERT: i64 = 3;

/// Columns without a default that may not be NULL.
const REQUIRED: &str = "
    SELECT a.attrelid, a.attrelid::REGCLASS::TEXT, a.attnum::BIGINT, a.attname::TEXT
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p')
      AND a.attnum > 0
      AND a.attnotnull
      AND NOT a.attisdropped
      AND NOT a.atthasdef
      AND a.attidentity = ''
      AND c.relnamespace <> 'pg_catalog'::REGNAMESPACE";

/// Why each statement would fail, as far as the catalogue tells.
pub(super) async fn at_run_time(
    analysed: &[Analysed<'_, '_>],
    client: &Client,
) -> Result<Vec<Option<String>>, Diagnostics> {
    let unexpected = |error| Diagnostic::new("queries", format!("cannot compare the queries: {}", in_full(&error)));
    let mut required = Required::new();
    for row in client.query(REQUIRED, &[]).await.map_err(unexpected)? {
        let (_, columns) = required.entry(row.get(0)).or_insert_with(|| (row.get(1), BTreeMap::new()));
        columns.insert(row.get(2), row.get(3));
    }
    let mut failures = Vec::new();
    for it in analysed {
        let omitted = it.tree.as_ref().and_then(|tree| omitted_column(tree, &required));
        let failure = match omitted {
            Some(failure) => Some(failure),
            None => arbiter_failure(it.prepared, client).await.map_err(unexpected)?,
        };
        failures.push(failure);
    }
    Ok(failures)
}

/// An INSERT, also one in a WITH, that leaves out a column that it must name.
fn omitted_column(tree: &Tree, required: &Required) -> Option<String> {
    let mut failure = None;
    tree.walk(&mut |query: &Tree| {
        if query.tag != "QUERY" || query.number("commandType") != INSERT {
            return;
        }
        let relation = usize::try_from(query.number("resultRelation") - 1).unwrap_or(usize::MAX);
        let Some(table) = query.get("rtable").trees().nth(relation) else { return };
        let Some((name, columns)) = required.get(&table.oid("relid")) else { return };
        let named: BTreeSet<i64> = query.get("targetList").trees().map(|target| target.number("resno")).collect();
        // INSERT … DEFAULT VALUES names none.
        if let Some((_, column)) = columns.iter().find(|(number, _)| !named.contains(number)) {
            failure.get_or_insert(format!(
                "the INSERT does not name `{column}`, which is NOT NULL and has no default in `{name}`"
            ));
        }
    });
    failure
}

/// `ON CONFLICT` looks for its unique index when the statement is planned.
async fn arbiter_failure(prepared: &Prepared<'_>, client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    let sql = &prepared.query.flat.numbered;
    if !barqnet_db_sql::tokens(sql).iter().any(|token| token.is("CONFLICT")) {
        return Ok(None);
    }
    let values = vec!["NULL"; prepared.statement.params().len()].join(", ");
    let arguments = if values.is_empty() { values } else { format!("({values})") };
    let planned = client
        .batch_execute(&format!(
            "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; PREPARE barqnet_plan AS {sql}; \
             EXPLAIN EXECUTE barqnet_plan{arguments}"
        ))
        .await;
    client.batch_execute("ROLLBACK; DEALLOCATE ALL").await?;
    Ok(planned.err().as_ref().and_then(tokio_postgres::Error::as_db_error).map(|error| error.message().to_owned()))
}
