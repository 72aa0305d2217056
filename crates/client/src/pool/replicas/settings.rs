//! The settings of replicas.

use std::time::Duration;

use tokio_postgres::config::TargetSessionAttrs;

use super::super::{
    server::{self, Server},
    settings::Settings,
};

pub(in super::super) const DEFAULT_MAX_LAG: Duration = Duration::from_secs(5);

impl Settings {
    /// Adds a replica: a server that follows the primary by streaming replication, and on which
    /// [`Pool::read`](super::super::Pool::read) reads. User, password, database, TLS and limits are those of the primary, and it has a
    /// pool of its own with as many connections. Several replicas are read in turn.
    pub fn add_replica(mut self, host: &str, port: u16) -> Self {
        self.replicas.push(Server::new(host, Some(port)));
        self
    }

    /// How far behind the primary a replica may be that is read: what was committed longer ago is seen. A replica that lags
    /// more is left out until it has caught up. For one that does not follow the primary see
    /// [`Pool::read`](super::super::Pool::read). At least a millisecond; default: 5 seconds.
    pub fn max_replica_lag(mut self, limit: Duration) -> Self {
        self.max_replica_lag = limit.max(Duration::from_millis(1));
        self
    }

    /// The replicas, in the order they were given.
    pub fn get_replicas(&self) -> impl Iterator<Item = (&str, u16)> {
        self.replicas.iter().map(|replica| (replica.host.as_str(), replica.port))
    }

    /// How far behind the primary a replica may be that is read.
    #[must_use]
    pub fn get_max_replica_lag(&self) -> Duration {
        self.max_replica_lag
    }

    /// Settings of each replica alone, in the order they were given.
    pub fn of_replicas(&self) -> impl Iterator<Item = Self> {
        self.replicas.iter().map(|replica| self.on(vec![replica.clone()]))
    }

    /// Settings of the replicas in place of the primary, for a program that only reads: the first is used that can be reached. `None`
    /// without replicas.
    #[must_use]
    pub fn on_replicas(&self) -> Option<Self> {
        (!self.replicas.is_empty()).then(|| self.on(self.replicas.clone()))
    }

    fn on(&self, servers: Vec<Server>) -> Self {
        let mut settings = Self { servers, replicas: Vec::new(), ..self.clone() };
        // What was said of it is about the primary.
        settings.base.target_session_attrs(TargetSessionAttrs::Any);
        settings
    }

    /// Refuses connections to a server that accepts writes: a replica that was promoted is none.
    pub(super) fn only_standby(mut self) -> Self {
        self.base.target_session_attrs(TargetSessionAttrs::ReadOnly);
        self
    }

    /// `host:port` of every replica, for messages.
    pub(in super::super) fn replica_names(&self) -> String {
        server::names(&self.replicas)
    }
}
