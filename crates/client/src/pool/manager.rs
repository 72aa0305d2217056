//! Opens the pool's connections, and checks those that were not used for a while.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::time::timeout;

use super::{connection::Connection, error::Error, pool::Shared, settings::Settings, tls::Connector};
use crate::{metrics, telemetry::Telemetry};

/// A connection that was lent less than this ago is lent again without asking the server whether it is there.
pub(super) const TRUSTED_FOR: Duration = Duration::from_secs(1);

pub(crate) struct Manager {
    settings: Settings,
    connector: Connector,
    telemetry: Arc<Telemetry>,
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Manager {
    pub(super) fn new(settings: &Settings, shared: &Shared) -> Self {
        let telemetry = Arc::clone(&shared.telemetry);
        Self { settings: settings.clone(), connector: shared.connector(), telemetry }
    }
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        let start = Instant::now();
        // Boxed, because the future of every call that takes a connection contains it.
        let opened = Box::pin(Connection::open(&self.settings, &self.connector)).await?;
        metrics::opened(&self.telemetry, start.elapsed());
        Ok(opened)
    }

    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<Error> {
        if connection.is_closed() {
            return Err(RecycleError::message("the connection is lost"));
        }
        if metrics.last_used() < TRUSTED_FOR {
            return Ok(());
        }
        match timeout(self.settings.recycle_timeout, connection.check_connection()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(RecycleError::message("the connection does not answer")),
        }
    }
}
