//! What a rollback drops, and how many rows that holds.

use std::collections::BTreeMap;

use barqnet_db_sql::quote_identifier;
use tokio_postgres::Transaction;

/// A table or column that a rollback drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `table users`, or `column users.phone_number`.
    pub what: String,
    /// The rows of the table, or those in which the column is not NULL.
    pub rows: i64,
}

/// The columns of each table.
pub(super) type Columns = BTreeMap<String, Vec<String>>;

/// The tables of the current schema with their columns.
pub(super) async fn columns(transaction: &Transaction<'_>) -> Result<Columns, tokio_postgres::Error> {
    let rows = transaction
        .query(
            "SELECT c.relname::TEXT, a.attname::TEXT
             FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind IN ('r', 'p') AND c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY c.relname, a.attnum",
            &[],
        )
        .await?;
    let mut columns = Columns::new();
    for row in rows {
        columns.entry(row.get(0)).or_default().push(row.get(1));
    }
    Ok(columns)
}

/// What is in `before` and not in `after`, counted in a transaction in which it still exists.
pub(super) async fn losses(
    transaction: &Transaction<'_>,
    before: &Columns,
    after: &Columns,
) -> Result<Vec<Loss>, tokio_postgres::Error> {
    let mut losses = Vec::new();
    for (table, columns) in before {
        let (counts, names): (Vec<String>, Vec<String>) = match after.get(table) {
            None => (vec!["COUNT(*)".to_owned()], vec![format!("table {table}")]),
            Some(kept) => columns
                .iter()
                .filter(|column| !kept.contains(column))
                .map(|column| (format!("COUNT({})", quote_identifier(column)), format!("column {table}.{column}")))
                .unzip(),
        };
        if names.is_empty() {
            continue;
        }
        let query = format!("SELECT {} FROM {}", counts.join(", "), quote_identifier(table));
        let row = transaction.query_one(&query, &[]).await?;
        losses.extend(names.into_iter().enumerate().map(|(at, what)| Loss { what, rows: row.get(at) }));
    }
    Ok(losses)
}
