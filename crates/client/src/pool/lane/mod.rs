//! Lanes: single statements of many tasks, on few connections that they share.

mod connection;
mod signal;
mod work;
mod worker;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared as SharedFuture},
};
use postgres_types::ToSql;
use tokio::{
    sync::{Semaphore, TryAcquireError, oneshot},
    time::{Instant, timeout},
};
use tracing::Instrument;

use self::{
    connection::SharedConnection,
    work::Work,
    worker::{Answer, Keep, Reply, Request},
};
use super::{clients::Clients, connection::Opener, error::Error as PoolError, pool::Shared, settings::Settings};
use crate::{
    client::Client,
    error::Error,
    metrics,
    query::Query,
    rows::Rows,
    sqlstate,
    telemetry::{self, Measured, Wait},
    words::is_about_rows,
};

/// How many statements one connection of a lane has at most, running and waiting.
const MAX_IN_FLIGHT: usize = 64;

/// After an additional connection could not be opened, the next attempt comes at least this much later.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How often a statement is tried: on another connection, because the last one was lost before it was sent, or prepared again,
/// because the schema was changed.
const MAX_ATTEMPTS: usize = 5;

/// Runs single statements of many tasks on few connections that they share, one behind the other without waiting for the
/// answers in between: faster than a connection per task. [`Pool::lane`](super::Pool::lane) returns it; clones are cheap and
/// share the connections.
///
/// Generated statements and [`Query::by_hand`] run on it, each as a transaction of its own. It is for short statements that wait
/// for no locks: a statement waits until those before it on its connection have ended. Many writers at a time are faster on clients
/// of the pool, because the server writes commits of different connections to the disk together.
///
/// Refused with [`Error::NeedsClient`], because the session is shared: statements that
/// [change the session](Query::changes_session), statements other than SELECT, VALUES, TABLE, SHOW, INSERT, UPDATE, DELETE,
/// MERGE and WITH, and COPY. Take a client of the pool for them, for transactions, for long statements and for large results.
///
/// # Connections
///
/// At most [`lane_connections`](super::Settings::lane_connections), in addition to those of the pool. The first is opened when
/// it is first needed, another when a statement finds all others busy. A lost connection is replaced: what was sent on it is
/// [`Error::Connection`], and what was not is sent on another one.
///
/// # Limits
///
/// A connection has at most 64 statements at a time. Further calls wait in the order they came, at most for the pool's
/// [`wait_timeout`](super::Settings::wait_timeout), and are then refused with [`Error::NoConnection`]. The server ends a
/// statement after its `statement_timeout`; a call ends with [`Error::TimedOut`] 5 seconds after that time has passed since it
/// was sent. If the server answers nothing for so long, the connection is replaced.
///
/// Behind a pooler that gives each transaction another session ([`PoolMode::Transaction`](super::PoolMode::Transaction)), each
/// statement runs on a client of the pool instead.
///
/// A stream is read into memory before its first row is returned, and is [`Error::Overrun`] above 16 MiB.
///
/// # When a call is dropped
///
/// Its statement is not sent, if it was not yet, or else cancelled on the server as soon as those before it have ended. A
/// cancellation that hits a statement of another call, because its own has just ended, is not seen by that call: its statement
/// is sent again, which is safe, because a cancelled statement outside a transaction has had no effect.
#[derive(Clone)]
pub struct Lane(Arc<Inner>);

struct Inner {
    settings: Settings,
    shared: Arc<Shared>,
    opener: Opener,
    /// Behind a pooler that gives each transaction another session, each statement has a client of the pool.
    clients: Option<Clients>,
    /// For statements, over all connections.
    places: Semaphore,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    open: Vec<Arc<SharedConnection>>,
    opening: Option<Opening>,
    failed_at: Option<Instant>,
}

/// The opening of a connection, which all calls that need it wait for.
type Opening = SharedFuture<BoxFuture<'static, Result<(), Arc<PoolError>>>>;

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("open", &self.0.connections().open.len()).finish_non_exhaustive()
    }
}

/// A statement's place on a connection, until the server is done with it.
pub(super) struct Place {
    lane: Arc<Inner>,
    connection: Arc<SharedConnection>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connection.in_flight().fetch_sub(1, Ordering::Relaxed);
        self.lane.places.add_permits(1);
    }
}

impl Lane {
    pub(super) fn new(settings: &Settings, clients: &Clients) -> Self {
        let shared = Arc::clone(clients.shared());
        let inner = Inner {
            settings: settings.clone(),
            opener: Opener::new(settings, shared.connector()).comparing(&shared.timelines),
            clients: shared.local_settings.is_some().then(|| clients.clone()),
            shared,
            places: Semaphore::new(MAX_IN_FLIGHT * settings.lane_connections),
            connections: Mutex::default(),
        };
        Self(Arc::new(inner))
    }

    /// A lane of one connection that nothing else uses, also where statements run on clients.
    pub(super) fn with_own_connection(settings: &Settings, shared: &Arc<Shared>) -> Result<Self, PoolError> {
        let settings = settings.clone().lane_connections(1).max_size(1).max_waiting(None);
        let clients = Clients::new(&settings, Arc::clone(shared))?;
        Ok(Self::new(&settings, &clients))
    }

    /// Refuses every further call, and closes the connections when what was sent is done.
    pub(super) fn close(&self) {
        if let Some(clients) = &self.0.clients {
            clients.close();
        }
        self.0.places.close();
        self.0.connections().open.clear();
    }

    /// The number of rows that the statement changed.
    pub(crate) async fn execute_statement(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        if let Some(clients) = &self.0.clients {
            // Boxed, because the future of every call contains it.
            return Box::pin(async { client(clients, query).await?.execute_statement(query, parameters).await }).await;
        }
        Ok(self.run(query, parameters, Keep::Nothing).await?.rows_affected)
    }

    /// All rows.
    pub(crate) async fn collect_rows(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        if let Some(clients) = &self.0.clients {
            return Box::pin(async { client(clients, query).await?.collect_rows(query, parameters).await }).await;
        }
        Ok(self.run(query, parameters, Keep::All).await?.rows)
    }

    /// All rows, if they fit into memory.
    pub(crate) async fn stream_rows(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Rows<'_>, Error> {
        if self.0.clients.is_some() {
            return Ok(Rows::received(query, Box::pin(self.collect_rows(query, parameters)).await?));
        }
        let answer = self.run(query, parameters, Keep::UpToLimit).await?;
        Ok(Rows::received(query, answer.rows))
    }

    async fn run(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
        keep: Keep,
    ) -> Result<Answer, Error> {
        let mut measured = Measured::start(&self.0.shared.telemetry, query);
        let outcome = self.run_measured(&measured, query, parameters, keep).instrument(measured.span()).await;
        if let Ok(answer) = &outcome {
            measured.set_rows(match keep {
                Keep::Nothing => telemetry::Rows::Changed(answer.rows_affected),
                Keep::All | Keep::UpToLimit => telemetry::Rows::returned(answer.rows.len()),
            });
        }
        measured.finish(outcome.as_ref().err());
        outcome
    }

    async fn run_measured(
        &self,
        measured: &Measured<'_>,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
        keep: Keep,
    ) -> Result<Answer, Error> {
        let mut stale = None;
        for _ in 0..MAX_ATTEMPTS {
            let place = self.place().await.map_err(|source| Error::NoConnection { statement: query, source })?;
            let connection = Arc::clone(&place.connection);
            measured.set_peer(connection.peer());
            let statement = match connection.prepared(query) {
                Some(statement) => statement,
                None => match Box::pin(connection.prepare(accepted(query)?)).await {
                    // It has not been sent.
                    Some(Err(Error::Connection { .. })) | None => continue,
                    Some(prepared) => prepared?,
                },
            };
            let (reply, answer) = oneshot::channel();
            let work = Arc::new(Work::new(query, statement.clone(), parameters));
            if connection.send(Request { work, keep, reply, place }).is_err() {
                continue;
            }
            match answer.await {
                Ok(Reply::Done(Err(error))) if is_stale(&error) => {
                    connection.forget(query, &statement);
                    metrics::prepared_again(query.name);
                    stale = Some(error);
                }
                Ok(Reply::Done(outcome)) => return outcome,
                Ok(Reply::NotSent) => {}
                // Its worker has panicked.
                Err(_) => return Err(Error::TimedOut { statement: query, after: Duration::ZERO }),
            }
        }
        let lost = || Error::NoConnection { statement: query, source: Arc::new(self.0.shared.lost_before_use()) };
        Err(stale.unwrap_or_else(lost))
    }

    /// Waits for a place, at most for the limit, on the connection with the fewest statements.
    async fn place(&self) -> Result<Place, Arc<PoolError>> {
        match self.0.places.try_acquire() {
            Ok(place) => place.forget(),
            Err(TryAcquireError::Closed) => return Err(Arc::new(PoolError::PoolClosed)),
            Err(TryAcquireError::NoPermits) => Box::pin(self.wait_for_place()).await?,
        }
        let unplaced = Unplaced(&self.0);
        loop {
            match self.0.choose() {
                Ok(connection) => return Ok(unplaced.on(connection)),
                Err(opening) => opening.await?,
            }
        }
    }

    async fn wait_for_place(&self) -> Result<(), Arc<PoolError>> {
        let limit = self.0.settings.wait_timeout;
        let wait = Wait::start(&self.0.shared.telemetry, "lane.wait");
        let waited = match timeout(limit, self.0.places.acquire()).await {
            Ok(Ok(place)) => {
                place.forget();
                Ok(())
            }
            Ok(Err(_)) => Err(Arc::new(PoolError::PoolClosed)),
            Err(_) => {
                let places = MAX_IN_FLIGHT * self.0.settings.lane_connections;
                Err(Arc::new(PoolError::TimedOut {
                    what: format!("waiting for one of the {places} places for statements on the pool's lane"),
                    after: limit,
                    advice: "look for slow statements, which need a client of the pool, or raise lane_connections"
                        .into(),
                }))
            }
        };
        wait.finish(waited.as_ref().err().map(Arc::as_ref));
        waited
    }
}

/// A permit for a place that is on no connection yet.
struct Unplaced<'l>(&'l Arc<Inner>);

impl Unplaced<'_> {
    fn on(self, connection: Arc<SharedConnection>) -> Place {
        let place = Place { lane: Arc::clone(self.0), connection };
        std::mem::forget(self);
        place
    }
}

impl Drop for Unplaced<'_> {
    fn drop(&mut self) {
        self.0.places.add_permits(1);
    }
}

impl Inner {
    /// The connection with the fewest statements, which has one more now, or the opening to wait for.
    fn choose(self: &Arc<Self>) -> Result<Arc<SharedConnection>, Opening> {
        let mut connections = self.connections();
        connections.open.retain(|connection| connection.is_usable());
        let load = |connection: &Arc<SharedConnection>| connection.in_flight().load(Ordering::Relaxed);
        let least_busy = connections.open.iter().min_by_key(|connection| load(connection)).cloned();
        let is_idle = least_busy.as_ref().is_some_and(|connection| load(connection) == 0);
        if let Some(connection) = least_busy {
            let has_failed = connections.failed_at.is_some_and(|at| at.elapsed() < PAUSE_AFTER_FAILURE);
            if !is_idle && !has_failed && connections.open.len() < self.settings.lane_connections {
                // Nobody waits for it.
                drop(self.open_another(&mut connections));
            }
            connection.in_flight().fetch_add(1, Ordering::Relaxed);
            return Ok(connection);
        }
        Err(self.open_another(&mut connections))
    }

    /// Opens a connection in a task, unless one is being opened.
    fn open_another(self: &Arc<Self>, connections: &mut Connections) -> Opening {
        if let Some(opening) = &connections.opening {
            return opening.clone();
        }
        let inner = Arc::clone(self);
        let opening = tokio::spawn(async move {
            let limit = inner.settings.create_budget();
            let opened = timeout(limit, SharedConnection::open(&inner.opener, &inner.shared)).await;
            let opened = opened.unwrap_or_else(|_| Err(inner.shared.slow_connect(limit)));
            let mut connections = inner.connections();
            connections.opening = None;
            connections.failed_at = opened.is_err().then(Instant::now);
            let connection = Arc::new(opened.map_err(Arc::new)?);
            // A closed lane opens nothing more.
            if !inner.places.is_closed() {
                connections.open.push(connection);
            }
            Ok(())
        });
        // Cancelled only when the runtime stops.
        let opening = opening.map(|opened| opened.unwrap_or(Err(Arc::new(PoolError::PoolClosed))));
        connections.opening.insert(opening.boxed().shared()).clone()
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The statement, if it can share a session: it leaves nothing behind, and cancelled it has had no effect.
fn accepted(query: &'static Query) -> Result<&'static Query, Error> {
    let reason = if query.changes_session {
        "the statement may change its session"
    } else if !is_about_rows(query.sql) {
        "the statement is none of SELECT, VALUES, TABLE, SHOW, INSERT, UPDATE, DELETE, MERGE and WITH"
    } else {
        return Ok(query);
    };
    Err(Error::NeedsClient { statement: query, reason })
}

/// The client to run a statement on, where statements can't share a session.
async fn client(clients: &Clients, query: &'static Query) -> Result<Client, Error> {
    accepted(query)?;
    let client = clients.get().await;
    client.map_err(|source| Error::NoConnection { statement: query, source: Arc::new(source) })
}

fn is_stale(error: &Error) -> bool {
    error.database().is_some_and(sqlstate::is_stale_statement)
}
