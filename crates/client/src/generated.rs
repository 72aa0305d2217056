//! Runs statements for generated code.

use postgres_types::ToSql;

use super::{error::Error, query::Query, row::Row, rows::Rows, session::ReadClient};

/// How many rows a batch sends in one statement: a few megabytes, where a message has at most 1 GB.
pub const BATCH_ROWS: usize = 10_000;

/// One column of the rows of a batch.
pub fn column<'r, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> &'r T) -> Vec<&'r T> {
    rows.iter().map(value).collect()
}

/// Runs a statement that returns no rows; the result is the number of rows it changed.
pub(super) async fn execute<C: ReadClient>(
    client: &C,
    query: &'static Query,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<u64, Error> {
    client.runner().execute(query, parameters).await
}

/// Runs a statement that returns exactly one row.
pub(super) async fn one<C: ReadClient>(
    client: &C,
    query: &'static Query,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Row, Error> {
    let rows = all(client, query, parameters).await?;
    let found = rows.len();
    match <[_; 1]>::try_from(rows) {
        Ok([row]) => Ok(row),
        Err(_) => Err(Error::RowCount { statement: query, expected: "exactly one row", found }),
    }
}

/// Runs a statement that returns one row or none.
pub(super) async fn opt<C: ReadClient>(
    client: &C,
    query: &'static Query,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Option<Row>, Error> {
    let mut rows = all(client, query, parameters).await?;
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        found => Err(Error::RowCount { statement: query, expected: "one row or none", found }),
    }
}

/// Runs a statement and collects its rows.
pub(super) async fn all<C: ReadClient>(
    client: &C,
    query: &'static Query,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Error> {
    client.runner().collect(query, parameters).await
}

/// Runs a statement and returns its rows as they arrive.
pub(super) async fn raw<'c, C: ReadClient>(
    client: &'c C,
    query: &'static Query,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Rows<'c>, Error> {
    client.runner().stream(query, parameters).await
}
