//! What a client must know between calls: what was abandoned, and whether its transaction can be committed.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use tokio::{runtime::Handle, task::JoinHandle, time::timeout};
use tokio_postgres::{Client as Driver, error::SqlState};

use super::{
    call::GRACE,
    error::{Error, Failure},
    metrics,
    pool::{Connection, Shared},
    query::Query,
    rows::Buffer,
    sqlstate,
};

/// The statement that errors name when a connection can't be made ready for its next borrower.
static POOL: Query = Query::by_hand("pool", "");

/// Of a client without a limit.
const NO_LIMIT: u64 = u64::MAX;

/// What a client must know between calls.
#[derive(Debug)]
pub(super) struct State {
    /// Something must happen before the next call: `inner` has cancellations or open streams.
    is_pending: AtomicBool,
    /// The connection must not be used again.
    broken: AtomicBool,
    /// The caller may have changed the session.
    needs_reset: AtomicBool,
    in_transaction: AtomicBool,
    /// A statement of the transaction needs something that the server does not have.
    met_older_schema: AtomicBool,
    /// In milliseconds.
    limit: AtomicU64,
    inner: Mutex<Inner>,
    /// Held by the call that does what is pending.
    settling: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Inner {
    /// The transaction, which was all that its holder may do, has ended.
    is_refused: bool,
    /// The transaction was begun as one that only reads.
    is_read_only: bool,
    cancellations: Vec<futures::future::Shared<BoxFuture<'static, ()>>>,
    /// A transaction was abandoned together with a call in it.
    roll_back: bool,
    streams: Vec<Buffer>,
    /// Streams that were dropped inside the transaction, read to their end.
    drains: Vec<JoinHandle<Option<Failure>>>,
    /// Why the transaction can't be committed.
    failure: Option<Failure>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("failure", &self.failure).finish_non_exhaustive()
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new(None)
    }
}

impl State {
    /// `limit` is that of the client: of the server, and a grace.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            is_pending: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            needs_reset: AtomicBool::new(false),
            in_transaction: AtomicBool::new(false),
            met_older_schema: AtomicBool::new(false),
            limit: AtomicU64::new(millis(limit)),
            inner: Mutex::default(),
            settling: tokio::sync::Mutex::default(),
        }
    }

    /// The server's limit per statement.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        self.limit().map(|limit| limit.saturating_sub(GRACE))
    }

    pub(super) fn set_limit(&self, statement_timeout: Option<Duration>) {
        self.limit.store(millis(statement_timeout.map(|limit| limit + GRACE)), Ordering::Relaxed);
    }

    pub(super) fn limit(&self) -> Option<Duration> {
        Some(self.limit.load(Ordering::Relaxed)).filter(|limit| *limit != NO_LIMIT).map(Duration::from_millis)
    }

    pub(super) fn needs_reset(&self) {
        self.needs_reset.store(true, Ordering::Relaxed);
    }

    pub(super) fn set_broken(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    pub(super) fn will_run(&self, query: &Query) {
        if query.changes_session {
            self.needs_reset();
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Whether the connection can be lent again as it is.
    pub(super) fn is_clean(&self) -> bool {
        let flags = [&self.is_pending, &self.broken, &self.needs_reset, &self.in_transaction];
        flags.iter().all(|flag| !flag.load(Ordering::Relaxed))
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.in_transaction.load(Ordering::Relaxed)
    }

    pub(super) fn begin_transaction(&self, is_read_only: bool) {
        let mut inner = self.inner();
        inner.is_read_only = is_read_only;
        inner.failure = None;
        inner.roll_back = false;
        self.met_older_schema.store(false, Ordering::Relaxed);
        self.in_transaction.store(true, Ordering::Relaxed);
    }

    pub(super) fn end_transaction(&self) -> Option<Failure> {
        let mut inner = self.inner();
        // A cancellation that is on its way may hit the rollback.
        inner.roll_back = !inner.cancellations.is_empty();
        self.in_transaction.store(false, Ordering::Relaxed);
        inner.failure.take()
    }

    /// Whether the transaction failed, and for a reason that another attempt may not meet.
    pub(super) fn is_worth_another_attempt(&self) -> bool {
        self.is_broken() || self.inner().failure.as_ref().is_some_and(Failure::undoes_transaction)
    }

    /// Whether a statement of the transaction needed what a migration makes.
    pub(super) fn met_older_schema(&self) -> bool {
        self.met_older_schema.load(Ordering::Relaxed)
    }

    /// Refuses every further call.
    pub(super) fn refuse(&self) {
        self.inner().is_refused = true;
        self.is_pending.store(true, Ordering::Relaxed);
    }

    /// Forgets the failure that a rollback to a savepoint has undone.
    pub(super) fn end_savepoint(&self) -> Option<Failure> {
        self.inner().failure.take()
    }

    /// Whether the transaction is rolled back should the call be abandoned that has begun it.
    pub(super) fn roll_back_if_abandoned(&self, roll_back: bool) {
        self.inner().roll_back = roll_back;
    }

    /// Takes the task that reads the rest of a stream that was dropped.
    pub(super) fn add_drain(&self, rest: JoinHandle<Option<Failure>>) {
        self.inner().drains.push(rest);
    }

    /// Whether streams that were dropped are still being read.
    pub(super) fn has_drains(&self) -> bool {
        !self.inner().drains.is_empty()
    }

    /// Waits for the streams that were dropped in the transaction; their errors count as those of the transaction.
    pub(super) async fn finish_drains(&self) {
        let drains = std::mem::take(&mut self.inner().drains);
        for drain in drains {
            if let Ok(Some(failure)) = drain.await {
                self.inner().failure.get_or_insert(failure);
            }
        }
    }

    pub(super) fn add_stream(&self, stream: Buffer) {
        self.inner().streams.push(stream);
        self.is_pending.store(true, Ordering::Relaxed);
    }

    pub(super) fn remove_stream(&self, stream: &Buffer) {
        let mut inner = self.inner();
        inner.streams.retain(|other| !other.is(stream));
        self.update_pending(&inner);
    }

    pub(super) fn note(&self, error: &Error) {
        // A write in a transaction that was begun to read says nothing about the server.
        let is_own_doing = self.in_transaction()
            && self.inner().is_read_only
            && error.sqlstate().is_some_and(sqlstate::is_read_only_server);
        if error.breaks_connection() && !is_own_doing {
            self.broken.store(true, Ordering::Relaxed);
        }
        if self.in_transaction() {
            self.met_older_schema.fetch_or(error.is_of_older_schema(), Ordering::Relaxed);
            if let Some(failure) = Failure::of(error) {
                self.inner().failure.get_or_insert(failure);
            }
        }
    }

    /// Cancels what is running, in a task.
    pub(super) fn abandon(&self, statement: &'static Query, connection: &Connection, shared: &Shared) {
        let mut inner = self.inner();
        if self.in_transaction() {
            inner.failure.get_or_insert_with(|| Failure::abandoned(statement));
        }
        let Ok(runtime) = Handle::try_current() else {
            self.broken.store(true, Ordering::Relaxed);
            return;
        };
        let (peer, token, connector) = (connection.peer().clone(), connection.cancel_token(), shared.connector());
        let telemetry = Arc::clone(&shared.telemetry);
        let cancellation = runtime.spawn(async move {
            let is_delivered = peer.cancel(token, connector, GRACE).await;
            metrics::cancellation_sent(&telemetry, is_delivered);
        });
        inner.cancellations.push(cancellation.map(|_| ()).boxed().shared());
        self.is_pending.store(true, Ordering::Relaxed);
    }

    /// Makes the connection ready for the next call. What was abandoned has ended then, and no cancellation is on its way
    /// that could hit another statement.
    pub(super) async fn settle(&self, driver: &Driver, statement: &'static Query) -> Result<(), Error> {
        if !self.is_pending.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Boxed, because it is rare and the future of every call contains it.
        Box::pin(self.do_pending(driver, statement)).await
    }

    async fn do_pending(&self, driver: &Driver, statement: &'static Query) -> Result<(), Error> {
        if self.inner().is_refused {
            return Err(Error::TransactionEnded { statement });
        }
        // Limited, because the call that holds it may not be polled.
        let settling = timeout(2 * GRACE, self.settling.lock()).await;
        let _only = settling.map_err(|_| self.broken_after(statement, 2 * GRACE))?;
        // First, because until they are read the connection delivers nothing else.
        let streams = self.inner().streams.clone();
        for stream in streams {
            match self.limit() {
                Some(limit) => {
                    let filled = timeout(limit, stream.fill()).await;
                    filled.map_err(|_| self.broken_after(statement, limit))?;
                }
                None => stream.fill().await,
            }
            self.remove_stream(&stream);
        }
        let cancellations = self.inner().cancellations.clone();
        if cancellations.is_empty() {
            return Ok(());
        }
        let count = cancellations.len();
        let settled = timeout(GRACE, async {
            for cancellation in cancellations {
                cancellation.await;
            }
            self.absorb(driver).await
        });
        match settled.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.broken.store(true, Ordering::Relaxed);
                return Err(Error::new(statement, error));
            }
            Err(_) => return Err(self.broken_after(statement, GRACE)),
        }
        let mut inner = self.inner();
        inner.cancellations.drain(..count);
        self.update_pending(&inner);
        Ok(())
    }

    pub(super) fn broken_after(&self, statement: &'static Query, after: Duration) -> Error {
        self.broken.store(true, Ordering::Relaxed);
        Error::TimedOut { statement, after }
    }

    /// Waits for the end of what was abandoned. The server has been told to cancel by now: what it has not cancelled yet is
    /// this statement, which does nothing.
    async fn absorb(&self, driver: &Driver) -> Result<(), tokio_postgres::Error> {
        let roll_back = self.inner().roll_back;
        loop {
            match driver.batch_execute(if roll_back { "ROLLBACK" } else { "" }).await {
                Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => {}
                outcome => {
                    self.inner().roll_back = false;
                    return outcome;
                }
            }
        }
    }

    /// Makes a connection ready for its next borrower, by `reset` if the last one may have changed the session.
    pub(super) async fn clean(self, driver: &Driver, reset: &str) -> Result<(), Error> {
        self.settle(driver, &POOL).await?;
        if self.needs_reset.load(Ordering::Relaxed) || self.in_transaction() {
            let reset = timeout(GRACE, driver.batch_execute(reset)).await;
            reset.map_err(|_| Error::TimedOut { statement: &POOL, after: GRACE })?.map_err(|e| Error::new(&POOL, e))?;
        }
        Ok(())
    }

    fn update_pending(&self, inner: &Inner) {
        self.is_pending.store(!inner.streams.is_empty() || !inner.cancellations.is_empty(), Ordering::Relaxed);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(limit: Option<Duration>) -> u64 {
    limit.map_or(NO_LIMIT, |limit| u64::try_from(limit.as_millis()).unwrap_or(NO_LIMIT))
}
