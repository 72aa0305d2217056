//! The pool: lends connections that are as new, and never has more than its maximum.

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::timeout;
use tokio_postgres::config::TargetSessionAttrs;

pub use deadpool::managed::Status;

use super::{
    classify::Target,
    clients::Clients,
    error::Error,
    failures::Failures,
    lane::Lane,
    pool_mode::PoolMode,
    replicas::{self, Position, Replicas},
    settings::Settings,
    timelines::Timelines,
    tls::Connector,
};
use crate::{
    call::GRACE,
    client::Client,
    query::Query,
    telemetry::{Rows, Telemetry},
};

/// What [`Pool::ready`] runs.
static READY: Query = Query::by_hand("ready", "SHOW transaction_read_only");

/// Makes a connection as new, in one round trip. Without it the next borrower would inherit what the last one left: a
/// `search_path`, a role, an advisory lock, a LISTEN. Prepared statements survive it, as do the limits and the time zone:
/// RESET ALL returns to the start-up options.
///
/// The first statement divides by zero if a transaction was left open, because that began before this message arrived.
/// The connection is then discarded, and the transaction with it. ROLLBACK would also end it, but logs a warning on the
/// server whenever there is nothing to roll back.
pub(crate) const RESET: &str = "SELECT 1 / (NOW() = STATEMENT_TIMESTAMP())::INTEGER; \
                                CLOSE ALL; \
                                SET SESSION AUTHORIZATION DEFAULT; \
                                RESET ALL; \
                                UNLISTEN *; \
                                SELECT PG_ADVISORY_UNLOCK_ALL(); \
                                DISCARD TEMP; \
                                DISCARD SEQUENCES";

/// The first statement of [`RESET`]: fails if a transaction was left open. It is all that can be done behind a pooler that
/// shares sessions.
pub(crate) const IN_TRANSACTION: &str = "SELECT 1 / (NOW() = STATEMENT_TIMESTAMP())::INTEGER";

/// A pool of connections. Clones share it.
///
/// A connection that ran the caller's own SQL text is reset when it is returned: transactions, settings, role, locks,
/// temporary tables and channels are gone, prepared statements stay. A connection that ran generated statements only needs
/// no reset and costs no round trip.
#[derive(Clone, Debug)]
pub struct Pool {
    clients: Clients,
    lane: Lane,
    replicas: Option<Arc<Replicas>>,
}

/// What every client of a pool needs.
pub(crate) struct Shared {
    /// For the connections that carry cancellations.
    connector: Connector,
    /// How long a client waits for the server to answer.
    pub(crate) call_limit: Option<Duration>,
    /// What each transaction sets, if it may get another session than the last one.
    pub(crate) local_settings: Option<String>,
    pub(super) target: Target,
    accepts: TargetSessionAttrs,
    pub(super) failures: Arc<Failures>,
    pub(super) timelines: Arc<Timelines>,
    pub(crate) telemetry: Arc<Telemetry>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Shared {
    /// Settings that can't be used are an error here, before the first connection.
    pub(super) fn of(settings: &Settings) -> Result<Self, Error> {
        settings.driver_config()?;
        Ok(Self {
            connector: settings.connector()?,
            call_limit: settings.get_statement_timeout().map(|limit| limit + GRACE),
            local_settings: (settings.pool_mode == PoolMode::Transaction).then(|| settings.local_settings()),
            target: Target::of(settings),
            accepts: settings.target(),
            failures: Arc::default(),
            timelines: Arc::default(),
            telemetry: Arc::new(Telemetry::of(settings)),
        })
    }

    /// For the pool of one replica, whose metrics have the name of the replica.
    pub(super) fn of_replica(settings: &Settings) -> Result<Self, Error> {
        Ok(Self { telemetry: Arc::new(Telemetry::of_replica(settings)), ..Self::of(settings)? })
    }

    /// The server has failed this connection: the others must not be lent again without a look at them.
    pub(crate) fn report_failure(&self, connection: &super::Connection) {
        self.failures.report(connection.seen());
    }

    pub(super) fn slow_connect(&self, after: Duration) -> Error {
        Error::slow_connect(Some(after), &self.target)
    }

    /// The error of a statement whose connection was lost before it could be sent, more than once.
    pub(super) fn lost_before_use(&self) -> Error {
        Error::lost_before_use(&self.target)
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::clone(&self.connector)
    }
}

impl Pool {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let clients = Clients::new(settings, Arc::new(Shared::of(settings)?))?;
        let lane = Lane::new(settings, &clients);
        let replicas = Replicas::new(settings, &clients)?;
        Ok(Self { clients, lane, replicas })
    }

    /// Takes a connection; dropping it returns it. If all are in use, it waits for a free one: callers are served in the order
    /// in which they came.
    ///
    /// # Errors
    ///
    /// [`Error::Overloaded`], at once, if too many callers wait already; [`Error::TimedOut`] if none was free in time; otherwise
    /// why none could be opened.
    pub async fn get(&self) -> Result<Client, Error> {
        self.clients.get().await
    }

    /// Whether statements can run now, for a readiness probe: takes a connection and asks the server, in one round trip and
    /// within `limit`.
    ///
    /// # Errors
    ///
    /// Why not: those of [`get`](Self::get), [`Error::ReadOnly`], or [`Error::TimedOut`].
    pub async fn ready(&self, limit: Duration) -> Result<(), Error> {
        let shared = self.clients.shared();
        let asked = timeout(limit, async {
            let client = self.get().await?;
            let asked =
                async { client.connection().is_read_only().await.map_err(|error| crate::Error::new(&READY, error)) };
            let is_read_only = client.call(&READY, asked, |_| Rows::returned(1)).await;
            is_read_only.map_err(|error| self.not_ready(error.to_string()))
        });
        match asked.await {
            Ok(Ok(true)) if shared.accepts != TargetSessionAttrs::ReadOnly => {
                Err(Error::ReadOnly { server: shared.target.server().to_owned() })
            }
            Ok(outcome) => outcome.map(|_| ()),
            Err(_) => Err(Error::TimedOut {
                what: format!("asking PostgreSQL at {} whether it is ready", shared.target.server()),
                after: limit,
                advice: "check the load of the pool and of the server".into(),
            }),
        }
    }

    fn not_ready(&self, reason: String) -> Error {
        Error::Other { server: self.clients.shared().target.server().to_owned(), reason, source: None }
    }

    /// Runs single statements outside transactions on connections that all tasks share, which is faster than taking a connection
    /// for each. See [`Lane`] for what it refuses and when to take a client instead.
    ///
    /// ```no_run
    /// # use barqnet_db_client::{Error, Query, pool::Pool};
    /// static MARK_SEEN: Query = Query::by_hand("users.mark_seen", "UPDATE users SET seen_at = NOW() WHERE id = $1");
    ///
    /// # async fn example(pool: &Pool, id: i32) -> Result<(), Error> {
    /// MARK_SEEN.execute(pool.lane(), &[&id]).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The position behind everything that has been committed so far, for [`read_after`](Self::read_after). One statement on the
    /// [`lane`](Self::lane).
    ///
    /// # Errors
    ///
    /// What PostgreSQL or the connection reports.
    pub async fn position(&self) -> Result<Position, crate::Error> {
        replicas::inserted(&self.lane).await
    }

    pub(crate) fn replicas(&self) -> Option<&Arc<Replicas>> {
        self.replicas.as_ref()
    }

    /// Whether the settings name replicas.
    #[must_use]
    pub fn has_replicas(&self) -> bool {
        self.replicas.is_some()
    }

    /// How many connections there are, how many are free, and how many callers wait. Those of the lane and of replicas are not
    /// counted.
    #[must_use]
    pub fn status(&self) -> Status {
        self.clients.status()
    }

    /// Records [`status`](Self::status) as metrics, labelled with the settings' `application_name`, and that of each replica's pool with
    /// its lag, labelled with the name and the replica's `host:port`: before each scrape, or every few seconds. See
    /// [`metrics`](crate::metrics).
    ///
    /// The lag is that of the last measurement. In a tokio runtime another one is begun for the next time.
    #[cfg(feature = "metrics")]
    pub fn record_metrics(&self) {
        crate::metrics::pool_status(&self.clients.shared().telemetry, self.clients.status());
        if let Some(replicas) = &self.replicas {
            replicas.record_metrics();
        }
    }

    /// Closes the connections that are free, and the others when they are returned. [`get`](Self::get) is then an error, and the
    /// lane refuses every statement.
    pub fn close(&self) {
        self.clients.close();
        self.lane.close();
        if let Some(replicas) = &self.replicas {
            replicas.close();
        }
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.clients.is_closed()
    }
}
