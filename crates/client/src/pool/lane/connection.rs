//! A connection that many tasks share: what its callers and its worker know of it.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::{Either, select};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_postgres::{Client as Driver, Statement, error::SqlState};

use super::{
    super::{
        ageing,
        connection::{Opened, Opener, Peer},
        error::Error as PoolError,
        pool::Shared,
        timelines::Timeline,
    },
    worker::{Request, Worker},
};
use crate::{call::GRACE, error::Error, metrics, query::Query, statement::Statements};

/// A connection, as a call sees it. Dropped by all, it is closed when what was sent is done.
#[derive(Debug)]
pub(super) struct SharedConnection {
    core: Arc<Core>,
    requests: mpsc::UnboundedSender<Request>,
}

impl SharedConnection {
    pub(super) async fn open(opener: &Opener, shared: &Arc<Shared>) -> Result<Self, PoolError> {
        let (seen, start) = (shared.failures.count(), Instant::now());
        let Opened { client: driver, traffic, peer, timeline } = Box::pin(opener.open()).await?;
        metrics::opened(&shared.telemetry, start.elapsed());
        let settings = opener.settings();
        let core = Arc::new(Core {
            driver,
            statements: Statements::default(),
            peer,
            timeline,
            shared: Arc::clone(shared),
            statement_timeout: settings.get_statement_timeout(),
            opened: Instant::now(),
            lifetime: ageing::lifetime(settings.max_lifetime),
            seen,
            in_flight: AtomicUsize::new(0),
            is_retired: AtomicBool::new(false),
            cancels_begun: AtomicU64::new(0),
            cancels_running: AtomicU64::new(0),
        });
        let (requests, received) = mpsc::unbounded_channel();
        tokio::spawn(Worker::new(Arc::clone(&core), traffic, received, settings.recycle_timeout));
        Ok(Self { core, requests })
    }

    /// Whether calls may use it: it is neither old nor lost, and its server has neither failed a connection nor been replaced
    /// as the primary since it was opened.
    pub(super) fn is_usable(&self) -> bool {
        let core = &self.core;
        let is_aged = core.lifetime.is_some_and(|lifetime| core.opened.elapsed() >= lifetime);
        let is_suspect = core.shared.failures.count() > core.seen;
        let is_former = core.timeline.as_ref().is_some_and(Timeline::is_former);
        !is_aged && !is_suspect && !is_former && !core.is_retired.load(Ordering::Relaxed) && !self.requests.is_closed()
    }

    pub(super) fn peer(&self) -> &Peer {
        &self.core.peer
    }

    pub(super) fn in_flight(&self) -> &AtomicUsize {
        &self.core.in_flight
    }

    /// The request itself, if the connection is lost.
    pub(super) fn send(&self, request: Request) -> Result<(), Request> {
        self.requests.send(request).map_err(|unsent| unsent.0)
    }

    pub(super) fn prepared(&self, query: &'static Query) -> Option<Statement> {
        self.core.statements.get(query)
    }

    /// Forgets a stale statement, unless another call has prepared it again.
    pub(super) fn forget(&self, query: &'static Query, stale: &Statement) {
        if self.prepared(query).is_some_and(|current| current.columns().as_ptr() == stale.columns().as_ptr()) {
            self.core.statements.remove(query);
        }
    }

    /// Prepares a statement in a task, so that a caller who stops does not keep others from it. `None` if the connection was
    /// lost before.
    pub(super) async fn prepare(&self, query: &'static Query) -> Option<Result<Statement, Error>> {
        let (reply, prepared) = oneshot::channel();
        tokio::spawn(Arc::clone(&self.core).prepare(query, reply));
        prepared.await.ok()
    }
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) driver: Driver,
    statements: Statements,
    peer: Peer,
    timeline: Option<Timeline>,
    shared: Arc<Shared>,
    pub(super) statement_timeout: Option<Duration>,
    opened: Instant,
    lifetime: Option<Duration>,
    /// How many failures of the server had been seen when it was opened.
    seen: u64,
    /// Statements with a place on this connection.
    in_flight: AtomicUsize,
    is_retired: AtomicBool,
    cancels_begun: AtomicU64,
    cancels_running: AtomicU64,
}

impl Core {
    /// How long a call waits for the server: its limit, and a grace.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.shared.call_limit
    }

    /// Lets no further call use the connection, which the server has failed.
    pub(super) fn retire(&self) {
        self.shared.failures.report(self.seen);
        self.is_retired.store(true, Ordering::Relaxed);
    }

    /// Cancels what the connection runs, and waits until the server has been told.
    pub(super) async fn cancel(&self) {
        let _cancelling = Cancelling::begin(self);
        let is_delivered = self.peer.cancel(self.driver.cancel_token(), self.shared.connector(), GRACE).await;
        metrics::cancellation_sent(&self.shared.telemetry, is_delivered);
    }

    /// Before a statement is sent: which cancellations can't hit it.
    pub(super) fn cancels_before(&self) -> u64 {
        // In this order: one that begins meanwhile counts as able to hit it.
        let begun = self.cancels_begun.load(Ordering::SeqCst);
        begun.saturating_sub(self.cancels_running.load(Ordering::SeqCst))
    }

    /// Whether the statement failed because a cancellation was meant for another.
    pub(super) fn was_hit(&self, error: &tokio_postgres::Error, cancels_before: u64, after: Duration) -> bool {
        let Some(database) = error.as_db_error() else { return false };
        *database.code() == SqlState::QUERY_CANCELED
            && self.cancels_begun.load(Ordering::SeqCst) > cancels_before
            // The code of a statement that took too long is the same, and the text is in the server's language.
            && (self.statement_timeout.is_none_or(|limit| after < limit) || database.message().contains("user request"))
            && !database.message().contains("statement timeout")
    }

    async fn prepare(self: Arc<Self>, query: &'static Query, mut reply: oneshot::Sender<Result<Statement, Error>>) {
        loop {
            let (cancels_before, begin) = (self.cancels_before(), Instant::now());
            let preparing = pin!(self.limited(query, self.statements.prepare(&self.driver, query)));
            let outcome = match select(preparing, pin!(reply.closed())).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(((), preparing)) => {
                    self.cancel().await;
                    preparing.await
                }
            };
            if let Err(Error::Database { source, .. }) = &outcome
                && self.was_hit(source, cancels_before, begin.elapsed())
                && !reply.is_closed()
            {
                continue;
            }
            if outcome.as_ref().is_err_and(Error::breaks_connection) {
                self.retire();
            }
            // Nobody may be waiting any more.
            let _ = reply.send(outcome);
            return;
        }
    }

    async fn limited<T>(
        &self,
        query: &'static Query,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match self.limit() {
            Some(after) => timeout(after, work).await.unwrap_or(Err(Error::TimedOut { statement: query, after })),
            None => work.await,
        }
    }
}

/// A cancellation that is on its way.
struct Cancelling<'c>(&'c Core);

impl<'c> Cancelling<'c> {
    fn begin(core: &'c Core) -> Self {
        core.cancels_running.fetch_add(1, Ordering::SeqCst);
        core.cancels_begun.fetch_add(1, Ordering::SeqCst);
        Self(core)
    }
}

impl Drop for Cancelling<'_> {
    fn drop(&mut self) {
        self.0.cancels_running.fetch_sub(1, Ordering::SeqCst);
    }
}
