//! What settings are: a method for each that can be read.

use std::{path::Path, time::Duration};

use tokio_postgres::config::ChannelBinding;

use super::{
    super::{pool_mode::PoolMode, tls::SslMode},
    DEFAULT_CONNECT_TIMEOUT, Settings,
};

impl Settings {
    /// The servers, in the order they are tried.
    pub fn get_servers(&self) -> impl Iterator<Item = (&str, u16)> {
        self.servers.iter().map(|s| (s.host.as_str(), s.port))
    }

    /// The user; `None` for the operating system's.
    #[must_use]
    pub fn get_user(&self) -> Option<&str> {
        self.base.get_user()
    }

    /// Whether there is a password. There is no way to read it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.base.get_password().is_some()
    }

    /// The database; `None` for the one named like the user.
    #[must_use]
    pub fn get_dbname(&self) -> Option<&str> {
        self.base.get_dbname()
    }

    /// How much encryption the connection must have.
    #[must_use]
    pub fn get_ssl_mode(&self) -> SslMode {
        self.ssl_mode
    }

    /// The file with the trusted authorities.
    #[must_use]
    pub fn get_ssl_root_cert(&self) -> Option<&Path> {
        self.tls_files.root.as_deref()
    }

    /// The file with the client's certificate.
    #[must_use]
    pub fn get_ssl_cert(&self) -> Option<&Path> {
        self.tls_files.certificate.as_deref()
    }

    /// The file with the key of the client's certificate.
    #[must_use]
    pub fn get_ssl_key(&self) -> Option<&Path> {
        self.tls_files.key.as_deref()
    }

    /// Whether a login by password is bound to the server's certificate.
    #[must_use]
    pub fn get_channel_binding(&self) -> ChannelBinding {
        self.base.get_channel_binding()
    }

    /// The name shown in `pg_stat_activity`.
    #[must_use]
    pub fn get_application_name(&self) -> &str {
        self.base.get_application_name().unwrap_or_default()
    }

    /// The maximum number of connections that the pool opens.
    #[must_use]
    pub fn get_max_size(&self) -> usize {
        self.max_size
    }

    /// Whether a pooler before the server gives each transaction another session.
    #[must_use]
    pub fn get_pool_mode(&self) -> PoolMode {
        self.pool_mode
    }

    /// The maximum number of connections that the pool's lane opens in addition.
    #[must_use]
    pub fn get_lane_connections(&self) -> usize {
        self.lane_connections
    }

    /// How long opening the TCP connection may take, per address.
    #[must_use]
    pub fn get_connect_timeout(&self) -> Duration {
        let limit = self.base.get_connect_timeout();
        limit.copied().unwrap_or(DEFAULT_CONNECT_TIMEOUT)
    }

    /// How long a statement may run; `None` for no limit.
    #[must_use]
    pub fn get_statement_timeout(&self) -> Option<Duration> {
        self.statement_timeout.duration
    }

    /// How long a statement may wait for one lock; `None` for no limit of its own.
    #[must_use]
    pub fn get_lock_timeout(&self) -> Option<Duration> {
        self.lock_timeout.duration
    }

    /// From how long on a statement is logged as slow; `None` for no such log.
    #[must_use]
    pub fn get_slow_statement(&self) -> Option<Duration> {
        self.slow_statement
    }
}
