//! Runs statements: prepared once per connection, prepared again after a schema change.

use std::{future::Future, pin::pin};

use deadpool_postgres::StatementCache;
use futures::TryStreamExt;
use postgres_types::ToSql;
use tokio_postgres::{Client, RowStream};
use tracing::Instrument;

use super::{
    error::Error,
    sqlstate,
    statement::{Statement, name, span},
    types::Parameter,
};

/// A connection or transaction that generated statements can run on.
///
/// Implemented for a client from the pool, for a single [`Connection`](super::pool::Connection) and for a
/// transaction on either. It is not implemented for `tokio_postgres::Client`, which has no cache of prepared
/// statements.
pub trait GenericClient: Send + Sync + sealed::HasSession {
    /// Prepares a statement, or takes it from the connection's cache.
    fn prepare(&self, sql: &'static str) -> impl Future<Output = Result<Statement, Error>> + Send {
        async move { self.session().prepare(sql).await.map(Statement).map_err(|error| Error::new(name(sql), error)) }
    }

    /// Runs a statement that returns no rows; the result is the number of rows it changed.
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

/// The connection of a client or transaction, with its cache of prepared statements.
#[derive(Clone, Copy)]
pub struct Session<'c> {
    client: &'c Client,
    cache: &'c StatementCache,
    in_transaction: bool,
}

mod sealed {
    use super::Session;

    /// Limits `GenericClient` to the types whose connection has a cache of prepared statements.
    pub trait HasSession {
        /// The connection of this client or transaction.
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

    /// Sends the statement. If its prepared form is stale, prepares it again and sends it once more.
    ///
    /// Inside a transaction the first failure has aborted the transaction, so it is returned; the stale form leaves the
    /// cache, and the next transaction prepares the statement again.
    pub(super) async fn start(
        self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
        prepared: Option<&Statement>,
    ) -> Result<RowStream, Error> {
        let mut prepared_again = false;
        loop {
            let sent = match prepared {
                Some(Statement(statement)) => {
                    self.client.query_raw(statement, parameters.iter().map(|value| Parameter(*value))).await
                }
                None => match self.prepare(sql).await {
                    Ok(statement) => {
                        self.client.query_raw(&statement, parameters.iter().map(|value| Parameter(*value))).await
                    }
                    Err(error) => Err(error),
                },
            };
            match sent {
                Err(error) if prepared.is_none() && !prepared_again && is_stale(&error) => {
                    self.cache.remove(sql, &[]);
                    if self.in_transaction {
                        return Err(Error::new(name(sql), error));
                    }
                    prepared_again = true;
                }
                sent => return sent.map_err(|error| Error::new(name(sql), error)),
            }
        }
    }
}

/// Whether the prepared form can no longer be used: its result has changed shape, or the server has dropped it.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(sqlstate::is_stale_statement)
}
