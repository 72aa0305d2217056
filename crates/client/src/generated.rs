//! The functions that generated code calls.

use postgres_types::ToSql;
use tracing::Instrument;

use super::{
    error::Error,
    row::Row,
    rows::Rows,
    session::GenericClient,
    statement::{Statement, name, span},
};

/// Runs a statement that returns exactly one row.
pub async fn one<C: GenericClient>(
    client: &C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<Row, Error> {
    let rows = all(client, sql, parameters, prepared).await?;
    let found = rows.len();
    match <[_; 1]>::try_from(rows) {
        Ok([row]) => Ok(row),
        Err(_) => Err(Error::RowCount { statement: name(sql), expected: "exactly one row", found }),
    }
}

/// Runs a statement that returns one row or none.
pub async fn opt<C: GenericClient>(
    client: &C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<Option<Row>, Error> {
    let mut rows = all(client, sql, parameters, prepared).await?;
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        found => Err(Error::RowCount { statement: name(sql), expected: "one row or none", found }),
    }
}

/// Runs a statement and collects its rows.
pub async fn all<C: GenericClient>(
    client: &C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<Vec<Row>, Error> {
    let name = name(sql);
    let rows = client.collect_rows(sql, parameters, prepared).instrument(span(name)).await?;
    Ok(rows.into_iter().map(|row| Row::new(row, name)).collect())
}

/// Runs a statement and returns its rows as they arrive.
pub async fn raw<'c, C: GenericClient>(
    client: &'c C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<Rows<'c>, Error> {
    client.stream_rows(sql, parameters, prepared).instrument(span(name(sql))).await
}

/// Fixes the type of a parameter list, which inference alone does not find.
pub fn slice_iter<'a>(parameters: &'a [&'a (dyn ToSql + Sync)]) -> &'a [&'a (dyn ToSql + Sync)] {
    parameters
}
