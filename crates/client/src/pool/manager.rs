//! Opens the pool's connections, and decides which of them are lent again.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::time::timeout;
use tokio_postgres::config::TargetSessionAttrs;

use super::{
    ageing,
    connection::{Connection, Opener},
    error::Error,
    failures::{Failures, Verdict},
    pool::Shared,
};
use crate::{metrics, telemetry::Telemetry};

/// A connection that was lent less than this ago is lent again without asking the server whether it is there.
pub(super) const TRUSTED_FOR: Duration = Duration::from_secs(1);

pub(crate) struct Manager {
    opener: Opener,
    failures: Arc<Failures>,
    telemetry: Arc<Telemetry>,
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("settings", &self.opener.settings()).finish_non_exhaustive()
    }
}

impl Manager {
    pub(super) fn new(opener: Opener, shared: &Shared) -> Self {
        Self { opener, failures: Arc::clone(&shared.failures), telemetry: Arc::clone(&shared.telemetry) }
    }

    /// The maximum of a connection's age, and of its time without use.
    pub(super) fn age_limits(&self) -> [Option<Duration>; 2] {
        [self.opener.settings().max_lifetime, self.opener.settings().idle_timeout]
    }

    pub(super) fn is_aged(&self, connection: &Connection, idle: Duration) -> bool {
        connection.is_aged() || self.opener.settings().idle_timeout.is_some_and(|limit| idle >= limit)
    }

    /// Asks the server. A standby is as good as no server for a pool that writes.
    async fn check(&self, connection: &Connection, verdict: Verdict) -> RecycleResult<Error> {
        let seen = self.failures.count();
        match timeout(self.opener.settings().recycle_timeout, connection.is_read_only()).await {
            Ok(Ok(is_read_only)) => {
                let is_wrong = match self.opener.settings().target() {
                    TargetSessionAttrs::ReadOnly => !is_read_only,
                    TargetSessionAttrs::ReadWrite => is_read_only,
                    _ => is_read_only && verdict == Verdict::Suspect,
                };
                if is_wrong {
                    self.failures.report(connection.seen());
                    return Err(RecycleError::message("the server has changed its role"));
                }
                connection.set_seen(seen);
                Ok(())
            }
            Ok(Err(_)) => {
                self.failures.report(connection.seen());
                Err(RecycleError::message("the connection is lost"))
            }
            Err(_) => {
                self.failures.report_silence(connection.seen());
                Err(RecycleError::message("the connection does not answer"))
            }
        }
    }
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        let (seen, start) = (self.failures.count(), Instant::now());
        // Boxed, because the future of every call that takes a connection contains it.
        let connection = Box::pin(Connection::open(&self.opener, ageing::lifetime(self.age_limits()[0]))).await?;
        metrics::opened(&self.telemetry, start.elapsed());
        connection.set_seen(seen);
        Ok(connection)
    }

    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<Error> {
        if connection.is_closed() {
            return Err(RecycleError::message("the connection is lost"));
        }
        // Its time without use is that of a pool without callers: the one who comes now needs a connection.
        if connection.is_aged() {
            return Err(RecycleError::message("the connection is old"));
        }
        if connection.is_to_former_primary() {
            return Err(RecycleError::message("the server is a former primary"));
        }
        match self.failures.verdict(connection.seen()) {
            Verdict::Trusted if metrics.last_used() < TRUSTED_FOR => Ok(()),
            Verdict::Dead => Err(RecycleError::message("the server does not answer")),
            verdict => Box::pin(self.check(connection, verdict)).await,
        }
    }
}
