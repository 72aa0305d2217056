//! One call on a client, from its start to its end: its limit, and its cancellation when it is dropped.

use std::{future::Future, time::Duration};

use tokio::task::JoinHandle;
use tracing::Instrument;

use super::{
    client::Client,
    error::{Error, Failure},
    query::Query,
    telemetry::Measured,
};

/// How long the server may take to cancel what was abandoned, and to answer after a limit of its own has passed.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// A call that is running. Dropped before it is finished, it is cancelled on the server.
#[derive(Debug)]
pub(super) struct Call<'c> {
    client: &'c Client,
    statement: &'static Query,
    measured: Measured<'c>,
    is_running: bool,
}

impl<'c> Call<'c> {
    /// Waits for the end of what was abandoned on the client before.
    pub(super) async fn begin(client: &'c Client, statement: &'static Query) -> Result<Self, Error> {
        let measured = Measured::start(&client.shared.telemetry, statement);
        measured.set_peer(client.connection().peer());
        Self::start(client, statement, measured).await
    }

    /// A call that is no run of the statement: it has no span and is not counted.
    pub(super) async fn begin_unmeasured(client: &'c Client, statement: &'static Query) -> Result<Self, Error> {
        Self::start(client, statement, Measured::nothing(&client.shared.telemetry, statement)).await
    }

    async fn start(client: &'c Client, statement: &'static Query, mut measured: Measured<'c>) -> Result<Self, Error> {
        if let Err(error) = client.settle(statement).instrument(measured.span()).await {
            measured.finish(Some(&error));
            return Err(error);
        }
        Ok(Self { client, statement, measured, is_running: true })
    }

    pub(super) fn client(&self) -> &'c Client {
        self.client
    }

    pub(super) fn statement(&self) -> &'static Query {
        self.statement
    }

    /// How long the client waits for the server; `None` for no limit.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.client.state.limit()
    }

    /// What is shown of it.
    pub(super) fn measured(&mut self) -> &mut Measured<'c> {
        &mut self.measured
    }

    /// Waits for `work` within the limit, in the span of the statement.
    pub(super) async fn limited<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        let work = work.instrument(self.measured.span());
        match self.limit() {
            Some(limit) => {
                let outcome = self.client.connection().timer().limit(limit, work).await;
                outcome.ok_or_else(|| self.timed_out(limit))
            }
            None => Ok(work.await),
        }
    }

    /// The server has not answered: the connection is not used again.
    pub(super) fn timed_out(&mut self, after: Duration) -> Error {
        let error = self.client.state.broken_after(self.statement, after);
        self.measured.finish(Some(&error));
        error
    }

    /// The server has answered.
    pub(super) fn finish(&mut self, error: Option<&Error>) {
        self.is_running = false;
        self.measured.finish(error);
        if let Some(error) = error {
            self.client.state.note(error);
        }
    }

    /// The rest of the call's result is read by a task, which cannot be cancelled.
    pub(super) fn hand_over(&mut self, rest: JoinHandle<Option<Failure>>) {
        self.is_running = false;
        self.client.state.add_drain(rest);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.is_running {
            self.client.state.abandon(self.statement, self.client.connection(), &self.client.shared);
        }
    }
}
