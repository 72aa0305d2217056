//! Runs statements: prepared once per connection, prepared again after a schema change.

use std::{future::Future, pin::pin};

use deadpool_postgres::StatementCache;
use futures::{Stream, StreamExt, TryStreamExt};
use postgres_types::ToSql;
use tokio_postgres::{Client, RowStream, error::SqlState};
use tracing::{Instrument, Span, debug_span};

use super::{error::Error, row::Row};

/// A statement prepared ahead of its first use.
#[derive(Clone, Debug)]
pub struct Statement(tokio_postgres::Statement);

/// Whatever a generated statement can run on.
///
/// Implemented for a client from the pool, for a single [`Connection`](super::pool::Connection) and for a
/// transaction on either. `tokio_postgres::Client` has no place for prepared statements; wrap it in a `Connection`.
pub trait GenericClient: Send + Sync + sealed::HasSession {
    /// Prepares a statement, or finds it prepared on this connection.
    fn prepare(&self, sql: &'static str) -> impl Future<Output = Result<Statement, Error>> + Send {
        async move { self.session().prepare(sql).await.map(Statement).map_err(|error| Error::new(name(sql), error)) }
    }

    /// Runs a statement that returns no rows and gives the number of rows it changed.
    fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        let span = span(name(sql));
        async move {
            let mut rows = pin!(self.session().start(sql, parameters, None).await?);
            while rows.try_next().await.map_err(|error| Error::new(name(sql), error))?.is_some() {}
            Ok(rows.rows_affected().unwrap_or(0))
        }
        .instrument(span)
    }
}

impl<C: sealed::HasSession + Send + Sync> GenericClient for C {}

/// The connection behind a client, with what it has prepared.
#[derive(Clone, Copy)]
pub struct Session<'c> {
    client: &'c Client,
    cache: &'c StatementCache,
    in_transaction: bool,
}

mod sealed {
    use super::Session;

    /// Keeps `GenericClient` to the types whose connection has a place for prepared statements.
    pub trait HasSession {
        /// The connection behind it.
        fn session(&self) -> Session<'_>;
    }

    impl HasSession for deadpool_postgres::ClientWrapper {
        fn session(&self) -> Session<'_> {
            Session { client: self, cache: &self.statement_cache, in_transaction: false }
        }
    }

    impl HasSession for deadpool_postgres::Client {
        fn session(&self) -> Session<'_> {
            (**self).session()
        }
    }

    impl HasSession for deadpool_postgres::Transaction<'_> {
        fn session(&self) -> Session<'_> {
            Session { client: self.client(), cache: &self.statement_cache, in_transaction: true }
        }
    }
}

impl Session<'_> {
    async fn prepare(self, sql: &'static str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.cache.prepare(self.client, sql).await
    }

    /// Sends the statement; if a migration has changed what it returns, prepares it anew and sends it once more.
    ///
    /// Inside a transaction the failure has ended the transaction: the next one finds the statement prepared anew.
    async fn start(
        self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
        prepared: Option<&Statement>,
    ) -> Result<RowStream, Error> {
        let mut healed = false;
        loop {
            let sent = match prepared {
                Some(Statement(statement)) => self.client.query_raw(statement, parameters.iter().copied()).await,
                None => match self.prepare(sql).await {
                    Ok(statement) => self.client.query_raw(&statement, parameters.iter().copied()).await,
                    Err(error) => Err(error),
                },
            };
            match sent {
                Err(error) if prepared.is_none() && !healed && is_outdated(&error) => {
                    self.cache.remove(sql, &[]);
                    if self.in_transaction {
                        return Err(Error::new(name(sql), error));
                    }
                    healed = true;
                }
                sent => return sent.map_err(|error| Error::new(name(sql), error)),
            }
        }
    }
}

/// The prepared form is useless: its result has changed shape, or the server has forgotten it.
fn is_outdated(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            // "cached plan must not change result type" has no code of its own.
            || (*error.code() == SqlState::FEATURE_NOT_SUPPORTED && error.routine() == Some("RevalidateCachedQuery"))
    })
}

/// The name that the build step wrote in front of the SQL: `/* users.by_username */ SELECT …`.
fn name(sql: &'static str) -> &'static str {
    sql.strip_prefix("/* ").and_then(|rest| rest.split_once(" */")).map_or("unnamed", |(name, _)| name)
}

fn span(name: &'static str) -> Span {
    debug_span!("statement", "otel.name" = name, "db.system.name" = "postgresql")
}

async fn rows<C: GenericClient>(
    client: &C,
    sql: &'static str,
    parameters: &[&(dyn ToSql + Sync)],
    prepared: Option<&Statement>,
) -> Result<Vec<Row>, Error> {
    raw(client, sql, parameters, prepared).await?.try_collect().await
}

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
