//! Runs statements: prepared once per connection, prepared again after a schema change.

use std::future::Future;

use futures::TryStreamExt;
use postgres_types::{ToSql, Type};
use tokio_postgres::{CopyInSink, CopyOutStream, Statement};

use self::sealed::{Run, Runner};
#[cfg(feature = "fakes")]
use super::fake::FakeClient;
use super::{
    answer::Answer,
    call::Call,
    client::Client,
    error::Error,
    metrics,
    pool::{Attempt, Lane},
    query::Query,
    read_lane::ReadLane,
    row::Row,
    rows::Rows,
    sqlstate,
    statement::Statements,
    telemetry,
    transaction::Transaction,
    types::Parameter,
};

/// What statements of the build run on that only read: any [`GenericClient`], or a client that is
/// [`ReadOnly`](crate::ReadOnly).
///
/// A statement needs more than that if it writes, locks rows, takes advisory locks or calls a volatile function that may do so. The build
/// step derives it from the analysed statement.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no client that statements run on",
    note = "take one of the pool: `pool.get()`, `pool.read()`, `pool.lane()`, or a transaction"
)]
pub trait ReadClient: Send + Sync + Run {}

/// What every statement runs on: a [`Client`], a [`Transaction`] or an [`Attempt`] of one, or a [`Lane`].
///
/// It is not implemented for `tokio_postgres::Client`, which has no cache of prepared statements, and not for
/// [`ReadOnly`](crate::ReadOnly), on which only statements that read can run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't run a statement that writes, locks or calls a volatile function",
    note = "take a client of the pool (`pool.get()`), its lane or a transaction; `ReadOnly` runs statements that only read"
)]
pub trait GenericClient: ReadClient {}

impl<C: Run + Send + Sync> ReadClient for C {}

impl GenericClient for Client {}
impl GenericClient for Transaction<'_> {}
impl GenericClient for Attempt {}
impl GenericClient for Lane {}

pub(super) mod sealed {
    #[cfg(feature = "fakes")]
    use super::FakeClient;
    use super::{Client, Lane, ReadLane};

    /// Limits `ReadClient` and `GenericClient` to the types of this crate.
    pub trait Run {
        /// What statements run on.
        fn runner(&self) -> Runner<'_>;
    }

    /// What statements run on.
    #[derive(Clone, Copy, Debug)]
    pub enum Runner<'c> {
        /// A connection of one caller.
        Client(&'c Client),
        /// Connections that callers share.
        Lane(&'c Lane),
        /// Connections that callers share, for statements that read.
        ReadLane(&'c ReadLane),
        /// Answers of a test.
        #[cfg(feature = "fakes")]
        Fake(&'c FakeClient),
    }
}

impl Run for Client {
    fn runner(&self) -> Runner<'_> {
        Runner::Client(self)
    }
}

impl Run for Transaction<'_> {
    fn runner(&self) -> Runner<'_> {
        Runner::Client(self)
    }
}

impl Run for Attempt {
    fn runner(&self) -> Runner<'_> {
        Runner::Client(self)
    }
}

impl Run for Lane {
    fn runner(&self) -> Runner<'_> {
        Runner::Lane(self)
    }
}

impl<'c> Runner<'c> {
    /// The number of rows that the statement changed.
    pub(super) async fn execute(self, query: &'static Query, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
        match self {
            Self::Client(client) => client.execute_statement(query, parameters).await,
            Self::Lane(lane) => lane.execute_statement(query, parameters).await,
            Self::ReadLane(lane) => lane.execute_statement(query, parameters).await,
            #[cfg(feature = "fakes")]
            Self::Fake(fake) => fake.execute(query, parameters).await,
        }
    }

    /// All rows, when the last has arrived.
    pub(super) async fn collect(
        self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let rows = match self {
            Self::Client(client) => client.collect_rows(query, parameters).await,
            Self::Lane(lane) => lane.collect_rows(query, parameters).await,
            Self::ReadLane(lane) => lane.collect_rows(query, parameters).await,
            #[cfg(feature = "fakes")]
            Self::Fake(fake) => return fake.collect(query, parameters).await,
        };
        Ok(rows?.into_iter().map(|row| Row::new(row, query)).collect())
    }

    /// The rows as they arrive; on a lane, when the last has arrived.
    pub(super) async fn stream(
        self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Rows<'c>, Error> {
        match self {
            Self::Client(client) => client.stream_rows(query, parameters).await,
            Self::Lane(lane) => lane.stream_rows(query, parameters).await,
            Self::ReadLane(lane) => lane.stream_rows(query, parameters).await,
            #[cfg(feature = "fakes")]
            Self::Fake(fake) => Ok(Rows::given(query, fake.collect(query, parameters).await?)),
        }
    }

    /// The client, for what can't be done on a lane.
    pub(super) fn client(self, statement: &'static Query, reason: &'static str) -> Result<&'c Client, Error> {
        match self {
            Self::Client(client) => Ok(client),
            Self::Lane(_) | Self::ReadLane(_) => Err(Error::NeedsClient { statement, reason }),
            #[cfg(feature = "fakes")]
            Self::Fake(_) => Err(Error::NeedsClient { statement, reason }),
        }
    }
}

impl Client {
    /// The number of rows that the statement changed.
    pub(super) async fn execute_statement(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        self.state.will_run(query);
        let changed = async {
            match async { Session::of(self).start(query, parameters).await?.affected().await }.await {
                Err(error) if parameters.is_empty() && self.must_run_alone(&error) => {
                    Box::pin(self.run_alone(query, query.sql)).await.map(|()| 0)
                }
                outcome => outcome,
            }
        };
        self.call(query, changed, |rows| telemetry::Rows::Changed(*rows)).await
    }

    /// All rows, when the last has arrived.
    pub(super) async fn collect_rows(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        self.state.will_run(query);
        let collected = async {
            let mut rows = std::pin::pin!(Session::of(self).start(query, parameters).await?);
            let mut collected = Vec::new();
            while let Some(row) = rows.try_next().await? {
                collected.push(row);
            }
            Ok(collected)
        };
        self.call(query, collected, |rows: &Vec<_>| telemetry::Rows::returned(rows.len())).await
    }

    /// The rows as they arrive.
    pub(super) async fn stream_rows(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Rows<'_>, Error> {
        self.state.will_run(query);
        let mut call = Call::begin(self, query).await?;
        match call.limited(Session::of(self).start(query, parameters)).await? {
            Ok(rows) => Ok(Rows::new(call, rows)),
            Err(error) => {
                call.finish(Some(&error));
                Err(error)
            }
        }
    }

    /// The types of the statement's parameters and columns.
    pub(super) async fn types_of(&self, query: &'static Query) -> Result<(Vec<Type>, Vec<Type>), Error> {
        let mut call = Call::begin_unmeasured(self, query).await?;
        let types = async {
            if self.shares_session() {
                return Box::pin(self.statement_types(query)).await;
            }
            let statement = Session::of(self).prepare(query).await?;
            let columns = statement.columns().iter().map(|column| column.type_().clone()).collect();
            Ok((statement.params().to_vec(), columns))
        };
        let types = call.limited(types).await?;
        call.finish(types.as_ref().err());
        types
    }

    /// Begins a COPY into a table; the call lasts until its end.
    pub(super) async fn begin_copy_in(
        &self,
        copy: &'static Query,
    ) -> Result<(Call<'_>, CopyInSink<bytes::Bytes>), Error> {
        self.begin_copy(copy, self.driver().copy_in(copy.sql)).await
    }

    /// Begins a COPY out of the database; the call lasts until its last row.
    pub(super) async fn begin_copy_out(&self, copy: &'static Query) -> Result<(Call<'_>, CopyOutStream), Error> {
        self.begin_copy(copy, self.driver().copy_out(copy.sql)).await
    }

    async fn begin_copy<T>(
        &self,
        copy: &'static Query,
        begin: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<(Call<'_>, T), Error> {
        let mut call = Call::begin(self, copy).await?;
        let begin = async {
            self.begin_if_needed(copy).await?;
            match begin.await {
                Ok(copying) => Ok(copying),
                Err(error) => {
                    // The first error counts.
                    let _ = self.end_if_needed(copy, false).await;
                    Err(Error::new(copy, error))
                }
            }
        };
        match call.limited(begin).await? {
            Ok(copying) => Ok((call, copying)),
            Err(error) => {
                call.finish(Some(&error));
                Err(error)
            }
        }
    }
}

/// A connection with its prepared statements.
#[derive(Clone, Copy)]
struct Session<'c> {
    client: &'c Client,
    driver: &'c tokio_postgres::Client,
    statements: &'c Statements,
    in_transaction: bool,
}

impl<'c> Session<'c> {
    fn of(client: &'c Client) -> Self {
        Self {
            client,
            driver: client.driver(),
            statements: client.statements(),
            in_transaction: client.state.in_transaction(),
        }
    }

    async fn prepare(self, query: &'static Query) -> Result<Statement, Error> {
        self.statements.prepare(self.driver, query).await
    }

    /// Sends the statement. If its prepared form is stale, prepares it again and sends it once more.
    ///
    /// Inside a transaction the first failure has aborted the transaction, so it is returned; the stale form leaves the
    /// cache, and the next transaction prepares the statement again.
    async fn start(self, query: &'static Query, parameters: &[&(dyn ToSql + Sync)]) -> Result<Answer, Error> {
        if self.client.shares_session() {
            // Boxed, because the future of every call contains it.
            return Box::pin(self.client.start_unprepared(query, query.sql, parameters)).await;
        }
        let mut prepared_again = false;
        loop {
            let sent = match self.prepare(query).await {
                Ok(statement) => self.send(query, &statement, parameters).await,
                Err(error) => Err(error),
            };
            match sent {
                Err(error) if !prepared_again && is_stale(&error) => {
                    self.statements.remove(query);
                    if self.in_transaction {
                        return Err(error);
                    }
                    prepared_again = true;
                    metrics::prepared_again(query.name);
                }
                sent => return sent,
            }
        }
    }

    async fn send(
        self,
        query: &'static Query,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Answer, Error> {
        let sent = self.driver.query_raw(statement, parameters.iter().map(|value| Parameter(*value)));
        sent.await.map(|rows| Answer::new(query, rows)).map_err(|error| Error::new(query, error))
    }
}

/// Whether the prepared form can no longer be used: its result has changed shape, or the server has dropped it.
fn is_stale(error: &Error) -> bool {
    error.database().is_some_and(sqlstate::is_stale_statement)
}
