//! Runs statements: prepared once per connection, prepared again after a schema change.

use std::future::Future;

use deadpool_postgres::StatementCache;
use postgres_types::ToSql;
use tokio_postgres::RowStream;
use tracing::Instrument;

use self::sealed::Run;
use super::{
    call::Call,
    client::Client,
    error::Error,
    pool::Attempt,
    rows::Rows,
    sqlstate,
    statement::{Statement, name, span},
    transaction::Transaction,
    types::Parameter,
};

/// What generated statements run on: a [`Client`], a [`Transaction`], or an [`Attempt`] of one.
///
/// It is not implemented for `tokio_postgres::Client`, which has no cache of prepared statements.
pub trait GenericClient: Send + Sync + Run {
    /// Prepares a statement, or takes it from the connection's cache.
    fn prepare(&self, sql: &'static str) -> impl Future<Output = Result<Statement, Error>> + Send {
        self.prepare_statement(sql)
    }

    /// Runs a statement that returns no rows; the result is the number of rows it changed.
    fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        self.execute_statement(sql, parameters).instrument(span(name(sql)))
    }
}

impl<C: Run + Send + Sync> GenericClient for C {}

pub(super) mod sealed {
    use std::future::Future;

    use postgres_types::ToSql;

    use super::{Error, Rows, Statement};

    /// How a type runs statements. Limits `GenericClient` to the types of this crate.
    pub trait Run {
        fn prepare_statement(&self, sql: &'static str) -> impl Future<Output = Result<Statement, Error>> + Send;

        /// The number of rows that the statement changed.
        fn execute_statement(
            &self,
            sql: &'static str,
            parameters: &[&(dyn ToSql + Sync)],
        ) -> impl Future<Output = Result<u64, Error>> + Send;

        /// All rows, when the last has arrived.
        fn collect_rows(
            &self,
            sql: &'static str,
            parameters: &[&(dyn ToSql + Sync)],
            prepared: Option<&Statement>,
        ) -> impl Future<Output = Result<Vec<tokio_postgres::Row>, Error>> + Send;

        /// The rows as they arrive.
        fn stream_rows(
            &self,
            sql: &'static str,
            parameters: &[&(dyn ToSql + Sync)],
            prepared: Option<&Statement>,
        ) -> impl Future<Output = Result<Rows<'_>, Error>> + Send;
    }
}

impl Run for Client {
    async fn prepare_statement(&self, sql: &'static str) -> Result<Statement, Error> {
        let name = name(sql);
        let prepared = self.call(name, async { Session::of(self).prepare(sql).await.map_err(|e| Error::new(name, e)) });
        prepared.await.map(Statement)
    }

    async fn execute_statement(&self, sql: &'static str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
        let name = name(sql);
        self.call(name, async {
            let mut rows = std::pin::pin!(Session::of(self).start(sql, parameters, None).await?);
            while next(&mut rows, name).await?.is_some() {}
            Ok(rows.rows_affected().unwrap_or(0))
        })
        .await
    }

    async fn collect_rows(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
        prepared: Option<&Statement>,
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let name = name(sql);
        self.call(name, async {
            let mut rows = std::pin::pin!(Session::of(self).start(sql, parameters, prepared).await?);
            let mut collected = Vec::new();
            while let Some(row) = next(&mut rows, name).await? {
                collected.push(row);
            }
            Ok(collected)
        })
        .await
    }

    async fn stream_rows(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
        prepared: Option<&Statement>,
    ) -> Result<Rows<'_>, Error> {
        let name = name(sql);
        self.settle(name).await?;
        let mut call = Call::new(self, name);
        match call.limited(Session::of(self).start(sql, parameters, prepared)).await? {
            Ok(rows) => Ok(Rows::new(call, rows)),
            Err(error) => {
                call.finish(Some(&error));
                Err(error)
            }
        }
    }
}

/// What holds a client runs statements on it.
macro_rules! run_on_client {
    ($($holder:ty),+) => {$(
        impl Run for $holder {
            async fn prepare_statement(&self, sql: &'static str) -> Result<Statement, Error> {
                (**self).prepare_statement(sql).await
            }

            async fn execute_statement(
                &self,
                sql: &'static str,
                parameters: &[&(dyn ToSql + Sync)],
            ) -> Result<u64, Error> {
                (**self).execute_statement(sql, parameters).await
            }

            async fn collect_rows(
                &self,
                sql: &'static str,
                parameters: &[&(dyn ToSql + Sync)],
                prepared: Option<&Statement>,
            ) -> Result<Vec<tokio_postgres::Row>, Error> {
                (**self).collect_rows(sql, parameters, prepared).await
            }

            async fn stream_rows(
                &self,
                sql: &'static str,
                parameters: &[&(dyn ToSql + Sync)],
                prepared: Option<&Statement>,
            ) -> Result<Rows<'_>, Error> {
                (**self).stream_rows(sql, parameters, prepared).await
            }
        }
    )+};
}

run_on_client!(Transaction<'_>, Attempt);

async fn next(
    rows: &mut std::pin::Pin<&mut RowStream>,
    name: &'static str,
) -> Result<Option<tokio_postgres::Row>, Error> {
    futures::TryStreamExt::try_next(rows).await.map_err(|error| Error::new(name, error))
}

/// A connection with its cache of prepared statements.
#[derive(Clone, Copy)]
struct Session<'c> {
    driver: &'c tokio_postgres::Client,
    cache: &'c StatementCache,
    in_transaction: bool,
}

impl<'c> Session<'c> {
    fn of(client: &'c Client) -> Self {
        Self { driver: client.driver(), cache: client.cache(), in_transaction: client.state.in_transaction() }
    }

    async fn prepare(self, sql: &'static str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.cache.prepare(self.driver, sql).await
    }

    /// Sends the statement. If its prepared form is stale, prepares it again and sends it once more.
    ///
    /// Inside a transaction the first failure has aborted the transaction, so it is returned; the stale form leaves the
    /// cache, and the next transaction prepares the statement again.
    async fn start(
        self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
        prepared: Option<&Statement>,
    ) -> Result<RowStream, Error> {
        let mut prepared_again = false;
        loop {
            let sent = match prepared {
                Some(Statement(statement)) => self.send(statement, parameters).await,
                None => match self.prepare(sql).await {
                    Ok(statement) => self.send(&statement, parameters).await,
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

    async fn send(
        self,
        statement: &tokio_postgres::Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<RowStream, tokio_postgres::Error> {
        self.driver.query_raw(statement, parameters.iter().map(|value| Parameter(*value))).await
    }
}

/// Whether the prepared form can no longer be used: its result has changed shape, or the server has dropped it.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(sqlstate::is_stale_statement)
}
