//! The functions that generated code calls.

use futures::{Stream, StreamExt, TryStreamExt};
use postgres_types::ToSql;
use tracing::Instrument;

use super::{
    error::Error,
    row::Row,
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
    let rows = rows(client, sql, parameters, prepared).await?;
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
    let mut rows = rows(client, sql, parameters, prepared).await?;
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        found => Err(Error::RowCount { statement: name(sql), expected: "one row or none", found }),
    }
}

/// Runs a statement and returns its rows as they arrive.
pub async fn raw<C: GenericClient>(
    client: &C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<impl Stream<Item = Result<Row, Error>> + use<C>, Error> {
    let name = name(sql);
    let rows = client.session().start(sql, parameters, prepared).instrument(span(name)).await?;
    Ok(rows.map(move |row| match row {
        Ok(row) => Ok(Row::new(row, name)),
        Err(error) => Err(Error::new(name, error)),
    }))
}

/// Fixes the type of a parameter list, which inference alone does not find.
pub fn slice_iter<'a>(parameters: &'a [&'a (dyn ToSql + Sync)]) -> &'a [&'a (dyn ToSql + Sync)] {
    parameters
}

async fn rows<C: GenericClient>(
    client: &C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<Vec<Row>, Error> {
    raw(client, sql, parameters, prepared).await?.try_collect().await
}
