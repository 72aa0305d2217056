//! A connection that statements run on, from the pool or on its own.

use std::{future::Future, ops::Deref, sync::Arc, time::Duration};

use postgres_types::ToSql;
use tokio_postgres::Row;

use super::{
    answer::Answer,
    call::Call,
    error::Error,
    pool::{Connection, IN_TRANSACTION, Lent, RESET, Shared, millis},
    query::Query,
    state::State,
    statement::Statements,
    telemetry::Rows,
    types::Parameter,
};

/// The statement that errors name when a caller's own SQL text fails.
static AD_HOC: Query = Query::by_hand("(SQL text)", "");

/// A connection: taken from a [`Pool`](super::pool::Pool), or opened by
/// [`connect_one`](super::pool::connect_one). Dropping it returns it to the pool, or closes it.
///
/// Generated statements run on it, as on a [`Transaction`](super::Transaction); SQL text of the caller does by
/// [`query`](Self::query), [`execute`](Self::execute) and [`batch_execute`](Self::batch_execute).
///
/// # When a call is dropped
///
/// A call that is dropped before it is done, by a time-out or a `select!`, is cancelled on the server. The next call on the
/// same client waits until that has happened, and a client that is dropped returns to the pool afterwards: at no time has a
/// pool more connections than its maximum. A connection that the server does not free within 5 seconds is closed.
///
/// # Limits
///
/// The server ends a statement after the connection's `statement_timeout`. A server that is frozen can't: 5 seconds later
/// the call ends with [`Error::TimedOut`], and the connection is closed when the client is dropped.
#[derive(Debug)]
pub struct Client {
    /// `None` only while the client is being dropped.
    held: Option<Held>,
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum Held {
    Pooled(Lent),
    Single(Connection),
}

impl Deref for Held {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Pooled(lent) => lent,
            Self::Single(connection) => connection,
        }
    }
}

impl Client {
    pub(super) fn pooled(lent: Lent, shared: Arc<Shared>) -> Self {
        Self::new(Held::Pooled(lent), shared)
    }

    pub(super) fn single(connection: Connection, shared: Arc<Shared>) -> Self {
        Self::new(Held::Single(connection), shared)
    }

    fn new(held: Held, shared: Arc<Shared>) -> Self {
        let state = State::new(shared.call_limit);
        Self { held: Some(held), shared, state }
    }

    /// Runs SQL text that returns rows.
    pub async fn query(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let collected = async {
            let rows = self.answer(sql, parameters).await?;
            futures::TryStreamExt::try_collect(rows).await
        };
        self.ad_hoc(collected, |rows: &Vec<_>| Rows::returned(rows.len())).await
    }

    /// Runs SQL text that returns exactly one row.
    pub async fn query_one(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row, Error> {
        let rows = self.query(sql, parameters).await?;
        let found = rows.len();
        let [row] = <[_; 1]>::try_from(rows).map_err(|_| Error::RowCount {
            statement: &AD_HOC,
            expected: "exactly one row",
            found,
        })?;
        Ok(row)
    }

    /// Runs SQL text that returns one row or none.
    pub async fn query_opt(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, Error> {
        let mut rows = self.query(sql, parameters).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            found => Err(Error::RowCount { statement: &AD_HOC, expected: "one row or none", found }),
        }
    }

    /// Runs SQL text that returns no rows; the result is the number of rows it changed.
    pub async fn execute(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
        let changed = async {
            let rows = self.answer(sql, parameters);
            match async { rows.await?.affected().await }.await {
                Err(error) if parameters.is_empty() && self.must_run_alone(&error) => {
                    Box::pin(self.run_alone(&AD_HOC, sql)).await.map(|()| 0)
                }
                outcome => outcome,
            }
        };
        self.ad_hoc(changed, |rows| Rows::Changed(*rows)).await
    }

    /// Runs SQL text of several statements without parameters; outside a transaction they are one transaction.
    pub async fn batch_execute(&self, sql: &str) -> Result<(), Error> {
        self.ad_hoc(self.batch(&AD_HOC, sql), |()| Rows::None).await
    }

    /// Several statements, or one that can't run inside a transaction.
    pub(super) async fn batch(&self, query: &'static Query, sql: &str) -> Result<(), Error> {
        if self.needs_transaction() {
            match self.batch_in_transaction(query, sql).await {
                Err(error) if self.must_run_alone(&error) => {}
                outcome => return outcome,
            }
        }
        self.run_alone(query, sql).await
    }

    /// Without a transaction, and without its settings.
    pub(super) async fn run_alone(&self, query: &'static Query, sql: &str) -> Result<(), Error> {
        self.driver().batch_execute(sql).await.map_err(|error| Error::new(query, error))
    }

    /// The driver's client, for what this type does not offer, such as `COPY`.
    ///
    /// What runs on it has none of this type's guarantees: a dropped call is not cancelled, no limit of the client applies,
    /// and a failed statement is not named when a transaction can't be committed.
    #[must_use]
    pub fn unguarded(&self) -> &tokio_postgres::Client {
        self.state.needs_reset();
        self.driver()
    }

    /// [`unguarded`](Self::unguarded), for what needs the driver's client exclusively, such as refinery's runner.
    #[expect(clippy::missing_panics_doc, reason = "it cannot panic: only drop takes the connection")]
    pub fn unguarded_mut(&mut self) -> &mut tokio_postgres::Client {
        self.state.needs_reset();
        match self.held.as_mut().expect("it is taken only by drop") {
            Held::Pooled(lent) => lent,
            Held::Single(connection) => connection,
        }
    }

    /// Sets how long the following statements may run, until the client is returned to the pool; `None` for no limit.
    pub async fn set_statement_timeout(&self, limit: impl Into<Option<Duration>> + Send) -> Result<(), Error> {
        let limit = limit.into();
        // Behind a pooler that shares sessions, each transaction sets it.
        if !self.needs_transaction() {
            let scope = if self.shares_session() { "LOCAL" } else { "SESSION" };
            self.batch_execute(&format!("SET {scope} statement_timeout = {}", millis(limit))).await?;
        }
        self.state.set_limit(limit);
        Ok(())
    }

    /// Whether the connection is lost.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.driver().is_closed()
    }

    /// Runs something as one call: after what was abandoned before, within the limit, measured, cancelled when it is dropped.
    /// `rows` says how many rows it had.
    pub(super) async fn call<T>(
        &self,
        statement: &'static Query,
        work: impl Future<Output = Result<T, Error>>,
        rows: fn(&T) -> Rows,
    ) -> Result<T, Error> {
        let mut call = Call::begin(self, statement).await?;
        let outcome = call.limited(work).await?;
        if let Ok(value) = &outcome {
            call.measured().set_rows(rows(value));
        }
        call.finish(outcome.as_ref().err());
        outcome
    }

    /// Waits for the end of what was abandoned before.
    pub(super) async fn settle(&self, statement: &'static Query) -> Result<(), Error> {
        self.state.settle(self.driver(), statement).await
    }

    pub(super) fn driver(&self) -> &tokio_postgres::Client {
        self.connection()
    }

    pub(super) fn statements(&self) -> &Statements {
        self.connection().statements()
    }

    pub(super) fn connection(&self) -> &Connection {
        self.held.as_deref().expect("it is taken only by drop")
    }

    async fn ad_hoc<T>(&self, work: impl Future<Output = Result<T, Error>>, rows: fn(&T) -> Rows) -> Result<T, Error> {
        self.state.needs_reset();
        // Boxed, because preparing a statement makes a large future.
        Box::pin(self.call(&AD_HOC, work, rows)).await
    }

    async fn answer(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Answer, Error> {
        if self.shares_session() {
            return Box::pin(self.start_unprepared(&AD_HOC, sql, parameters)).await;
        }
        let rows = self.driver().query_raw(sql, parameters.iter().map(|value| Parameter(*value))).await;
        Ok(Answer::new(&AD_HOC, rows.map_err(|error| Error::new(&AD_HOC, error))?))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let Some(Held::Pooled(lent)) = self.held.take() else { return };
        if self.state.is_broken() {
            self.shared.report_failure(&lent);
        }
        if self.state.is_clean() {
            return;
        }
        let reset = if self.shares_session() { IN_TRANSACTION } else { RESET };
        let unclean = Unclean(Some(lent));
        if let (false, Ok(runtime)) = (self.state.is_broken(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(unclean.clean(std::mem::take(&mut self.state), reset));
        }
    }
}

/// A connection that is not as new: unless it is cleaned it is closed, which frees its place in the pool.
struct Unclean(Option<Lent>);

impl Unclean {
    async fn clean(mut self, state: State, reset: &str) {
        let Some(lent) = &self.0 else { return };
        if state.clean(lent, reset).await.is_ok() {
            // Returns it to the pool.
            self.0 = None;
        }
    }
}

impl Drop for Unclean {
    fn drop(&mut self) {
        if let Some(lent) = self.0.take() {
            lent.close();
        }
    }
}
