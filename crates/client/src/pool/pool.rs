//! The pool: lends connections that are as new, and never has more than its maximum.

use std::{fmt, sync::Arc, time::Duration};

use deadpool::{
    Runtime,
    managed::{PoolError, TimeoutType, Timeouts},
};
use tracing::Instrument;

pub use deadpool::managed::Status;

use super::{classify::Target, error::Error, lane::Lane, manager::Manager, settings::Settings, tls::Connector};
use crate::{
    call::GRACE,
    client::Client,
    telemetry::{Telemetry, Wait},
};

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

/// A pool of connections. Clones share it.
///
/// A connection that ran the caller's own SQL text is reset when it is returned: transactions, settings, role, locks,
/// temporary tables and channels are gone, prepared statements stay. A connection that ran generated statements only needs
/// no reset and costs no round trip.
#[derive(Clone, Debug)]
pub struct Pool {
    connections: deadpool::managed::Pool<Manager>,
    shared: Arc<Shared>,
    lane: Lane,
}

/// What every client of a pool needs.
pub(crate) struct Shared {
    /// For the connections that carry cancellations.
    connector: Connector,
    /// How long a client waits for the server to answer.
    pub(crate) call_limit: Option<Duration>,
    target: Target,
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
            target: Target::of(settings),
            telemetry: Arc::new(Telemetry::of(settings)),
        })
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
        let shared = Shared::of(settings)?;
        let connections = deadpool::managed::Pool::builder(Manager::new(settings, &shared))
            .runtime(Runtime::Tokio1)
            .max_size(settings.max_size)
            .wait_timeout(Some(settings.wait_timeout))
            .create_timeout(Some(settings.create_budget()))
            .build()
            .map_err(|error| Error::invalid("pool", error.to_string()))?;
        let shared = Arc::new(shared);
        let lane = Lane::new(settings, Arc::clone(&shared));
        Ok(Self { connections, shared, lane })
    }

    /// Takes a connection; dropping it returns it. It waits for a free one if all are in use.
    pub async fn get(&self) -> Result<Client, Error> {
        let wait = Wait::start(&self.shared.telemetry, "pool.get");
        // A wait needs a timer, even one that ends at once.
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.connections.timeouts() };
        let got = match self.connections.timeout_get(&at_once).instrument(wait.span()).await {
            Err(PoolError::Timeout(TimeoutType::Wait)) => {
                Box::pin(self.connections.get().instrument(wait.span())).await
            }
            got => got,
        };
        let taken = match got {
            Ok(object) => Ok(Client::pooled(object, Arc::clone(&self.shared))),
            Err(error) => Err(Error::in_pool(error, &self.connections, &self.shared.target)),
        };
        wait.finish(taken.as_ref().err());
        taken
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

    /// How many connections there are, how many are free, and how many callers wait. Those of the lane are not counted.
    #[must_use]
    pub fn status(&self) -> Status {
        self.connections.status()
    }

    /// Records [`status`](Self::status) as metrics, labelled with the settings' `application_name`: before each scrape, or
    /// every few seconds. See [`metrics`](crate::metrics).
    #[cfg(feature = "metrics")]
    pub fn record_metrics(&self) {
        crate::metrics::pool_status(&self.shared.telemetry, self.status());
    }

    /// Closes the connections that are free, and the others when they are returned. [`get`](Self::get) is then an error, and the
    /// lane refuses every statement.
    pub fn close(&self) {
        self.connections.close();
        self.lane.close();
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.connections.is_closed()
    }
}
