//! Connection settings: servers, role, encryption and limits.

mod getters;

use std::{fmt, path::PathBuf, time::Duration};

use tokio_postgres::config::{ChannelBinding, TargetSessionAttrs};

use super::{
    pool_mode::{self, PoolMode},
    replicas::DEFAULT_MAX_LAG,
    server::{self, Server},
    startup::{self, Limit},
    tls::{Files, SslMode},
};

pub(super) const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connection settings with safe defaults: every wait has a timeout.
///
/// They come from a URL ([`from_url`](Self::from_url)), from the environment ([`from_env`](Self::from_env)) or from
/// code, and each can be changed afterwards:
///
/// ```
/// use std::time::Duration;
/// use barqnet_db_client::pool::{Settings, SslMode};
///
/// let settings = Settings::new()
///     .host("db.internal")
///     .user("orders")
///     .dbname("orders")
///     .ssl_mode(SslMode::VerifyFull)
///     .max_size(32)
///     .statement_timeout(Duration::from_secs(10));
/// assert!(!format!("{settings:?}").contains("password: \""));
/// ```
///
/// | Setting | Default | In a URL |
/// |---|---|---|
/// | host and port | localhost, 5432 | `host`, `hostaddr`, `port` |
/// | replicas for [`Pool::read`](super::Pool::read) | none | `replica_host`, `replica_port` |
/// | how far behind the primary such a replica may be | 5 s | `max_replica_lag` (ms, or with a unit) |
/// | user, password, database | the system's user, none, named like the user | `user`, `password`, `dbname` |
/// | TLS | [`SslMode::Prefer`] | `sslmode`, `sslrootcert` |
/// | the client's own certificate | none | `sslcert`, `sslkey` |
/// | channel binding | if the server supports it | `channel_binding` |
/// | name shown in `pg_stat_activity` | `barqnet-db` | `application_name` |
/// | connections in the pool | at most 16 | `pool_max_size` |
/// | a pooler before the server | [`PoolMode::Session`] | `pool_mode` |
/// | connections of its [`Lane`](super::Lane), in addition | at most 2 | `lane_connections` |
/// | wait for a free connection | 5 s | |
/// | callers that wait for one | those that can be served within that time | `pool_max_waiting` |
/// | age of a connection in the pool | at most 30 min | `pool_max_lifetime` (ms, or with a unit; 0 for no maximum) |
/// | time without use of a connection in the pool | at most 10 min | `pool_idle_timeout` (ditto) |
/// | open a connection, TLS and authentication included | 5 s per host | |
/// | open its TCP connection | 5 s per address | `connect_timeout` (s) |
/// | check a connection that was idle for a second before its next use | 2 s | |
/// | the server looks whether its client is still there | every second, from PostgreSQL 14 on | `options` (`client_connection_check_interval`) |
/// | run a statement | 30 s | `statement_timeout` (ms, or with a unit: `30s`) |
/// | wait for a server that does not enforce that limit | 5 s more | |
/// | wait for a lock | no limit of its own | `lock_timeout` |
/// | idle inside a transaction | 60 s | `idle_in_transaction_session_timeout` |
/// | TCP keep-alive: idle, interval, tries | 30 s, 10 s, 3 | `keepalives_idle`, `_interval` (s), `_retries` |
/// | sent data unacknowledged | 30 s | `tcp_user_timeout` (ms) |
/// | time zone, isolation level, how PostgreSQL reads and writes text | [`SESSION_SETTINGS`](super::SESSION_SETTINGS), always | |
///
/// The server enforces the limits of statements, locks and idle transactions. They and the
/// [`SESSION_SETTINGS`](super::SESSION_SETTINGS) are sent in the start-up parameter `options`, so that every connection
/// has them before its first statement and `RESET ALL` returns to them. An explicit limit, from code or a URL,
/// overrides `options` and `PGOPTIONS`, which override the default; nothing overrides the session settings.
///
/// A pooler in transaction mode needs [`pool_mode`](Self::pool_mode), and no configuration: `options` are not sent then.
/// One in session mode may reject `options`: configure how it treats them (pgbouncer: `ignore_startup_parameters`), and
/// give the role the limits and settings by `ALTER ROLE … SET`.
///
/// Names that begin with `ssl` are those of libpq's settings; everything else says TLS.
#[derive(Clone)]
#[must_use = "settings do nothing until a connection is made with them"]
pub struct Settings {
    /// The settings that the driver takes unchanged: user, password, database, keep-alives. It has no servers,
    /// `options` and TLS mode: [`Settings::driver_config`] adds them.
    pub(super) base: tokio_postgres::Config,
    pub(super) servers: Vec<Server>,
    pub(super) replicas: Vec<Server>,
    pub(super) max_replica_lag: Duration,
    pub(super) options: String,
    pub(super) ssl_mode: SslMode,
    pub(super) tls_files: Files,
    pub(super) max_size: usize,
    pub(super) pool_mode: PoolMode,
    pub(super) lane_connections: usize,
    pub(super) wait_timeout: Duration,
    pub(super) create_timeout: Duration,
    pub(super) recycle_timeout: Duration,
    pub(super) max_waiting: Option<usize>,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) statement_timeout: Limit,
    pub(super) lock_timeout: Limit,
    pub(super) slow_statement: Option<Duration>,
    pub(super) idle_in_transaction_session_timeout: Limit,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

impl Settings {
    /// The defaults: `localhost:5432` as the operating system's user.
    pub fn new() -> Self {
        let mut base = tokio_postgres::Config::new();
        base.application_name("barqnet-db")
            .connect_timeout(DEFAULT_CONNECT_TIMEOUT)
            // Detects a dead peer after 30 + 3 * 10 s; the operating system's defaults take two hours.
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(30));
        Self {
            base,
            servers: vec![Server::new("", None)],
            replicas: Vec::new(),
            max_replica_lag: DEFAULT_MAX_LAG,
            options: String::new(),
            ssl_mode: SslMode::default(),
            tls_files: Files::default(),
            max_size: 16,
            pool_mode: PoolMode::default(),
            lane_connections: 2,
            wait_timeout: Duration::from_secs(5),
            create_timeout: Duration::from_secs(5),
            recycle_timeout: Duration::from_secs(2),
            max_waiting: None,
            max_lifetime: Some(Duration::from_mins(30)),
            idle_timeout: Some(Duration::from_mins(10)),
            statement_timeout: Limit::default_of(Some(Duration::from_secs(30))),
            lock_timeout: Limit::default_of(None),
            slow_statement: None,
            idle_in_transaction_session_timeout: Limit::default_of(Some(Duration::from_mins(1))),
        }
    }

    /// The server's name or address, or the directory of its Unix-domain socket. It replaces all servers given before
    /// and keeps the port of the first.
    pub fn host(mut self, host: &str) -> Self {
        let port = self.servers.first().map(|server| server.port);
        self.servers = vec![Server::new(host, port)];
        self
    }

    /// The TCP port, or the number in the socket's name, of every server given so far.
    pub fn port(mut self, port: u16) -> Self {
        for server in &mut self.servers {
            server.port = port;
        }
        self
    }

    /// Adds a server that is tried when those before it can't be reached.
    pub fn add_server(mut self, host: &str, port: u16) -> Self {
        self.servers.push(Server::new(host, Some(port)));
        self
    }

    /// The user (role) to log in as.
    pub fn user(mut self, user: &str) -> Self {
        self.base.user(user);
        self
    }

    /// The user's password. It appears in no error and no debug output.
    pub fn password(mut self, password: impl AsRef<[u8]>) -> Self {
        self.base.password(password);
        self
    }

    /// The name of the database.
    pub fn dbname(mut self, dbname: &str) -> Self {
        self.base.dbname(dbname);
        self
    }

    /// How much encryption the connection must have.
    pub fn ssl_mode(mut self, mode: SslMode) -> Self {
        self.ssl_mode = mode;
        self
    }

    /// A PEM file with the authorities that may sign the server's certificate, or `system` for those of the operating
    /// system. Without it, `verify-ca` and `verify-full` use the system's. `~/.postgresql/root.crt` is not read.
    pub fn ssl_root_cert(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_files.root = Some(path.into());
        self
    }

    /// A PEM file with the client's own certificate, for a server that asks for one, followed by the intermediate
    /// certificates, if there are any. It needs [`ssl_key`](Self::ssl_key) too.
    ///
    /// The files are read when a pool is made: renewed ones are used by new pools only.
    pub fn ssl_cert(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_files.certificate = Some(path.into());
        self
    }

    /// A PEM file with the key of the client's certificate, not encrypted. A file that other users can read is refused,
    /// as by `psql`.
    pub fn ssl_key(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_files.key = Some(path.into());
        self
    }

    /// Whether a login by password is bound to the server's certificate (SCRAM-SHA-256-PLUS, RFC 5929). A bound login
    /// fails through a proxy that presents another certificate, even if `sslmode` checks no certificates.
    ///
    /// `Prefer`, the default, binds where the server and its certificate allow it. `Require` refuses every other login.
    /// Certificates signed with Ed25519 or RSA-PSS can't be bound, because the standard defines no binding for them,
    /// nor can those signed with ECDSA over SHA-512. `Disable` is for a trusted proxy with a certificate of its own.
    pub fn channel_binding(mut self, binding: ChannelBinding) -> Self {
        self.base.channel_binding(binding);
        self
    }

    /// The name shown in `pg_stat_activity` and in the server's log.
    pub fn application_name(mut self, name: &str) -> Self {
        self.base.application_name(name);
        self
    }

    /// More start-up options, as `psql` takes them in `PGOPTIONS`: `-c name=value`, a space in a value as `\ `.
    pub fn options(mut self, options: &str) -> Self {
        options.clone_into(&mut self.options);
        self
    }

    /// The maximum number of connections that the pool opens, at least 1.
    pub fn max_size(mut self, connections: usize) -> Self {
        self.max_size = connections;
        self
    }

    /// Whether a pooler before the server gives each transaction another session.
    ///
    /// [`options`](Self::options) can't be used with [`PoolMode::Transaction`]: give such settings to the role by
    /// `ALTER ROLE … SET`.
    pub fn pool_mode(mut self, mode: PoolMode) -> Self {
        self.pool_mode = mode;
        self
    }

    /// The maximum number of connections that the pool's [`Lane`](super::Lane) opens in addition, at least 1.
    pub fn lane_connections(mut self, connections: usize) -> Self {
        self.lane_connections = connections;
        self
    }

    /// How long to wait for a free connection in the pool, or for a place on its lane.
    pub fn wait_timeout(mut self, limit: Duration) -> Self {
        self.wait_timeout = limit;
        self
    }

    /// How many callers may wait for a free connection; who comes then is refused at once, by
    /// [`Error::Overloaded`](super::Error::Overloaded). `None`, the default, refuses those who could not be served within
    /// [`wait_timeout`](Self::wait_timeout), as fast as the pool serves at the moment.
    pub fn max_waiting(mut self, callers: impl Into<Option<usize>>) -> Self {
        self.max_waiting = callers.into();
        self
    }

    /// The maximum age of a connection in the pool; `None` for no maximum. An older one is closed when it is free. Connections
    /// differ by up to a quarter, so that they are not all renewed at the same time.
    pub fn max_lifetime(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.max_lifetime = limit.into();
        self
    }

    /// How long a connection in the pool may be without use before it is closed; `None` for no limit.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = limit.into();
        self
    }

    /// How long opening a connection may take in all: name lookup, TCP, TLS, authentication. It applies per server, so
    /// that a dead one leaves time for the next.
    pub fn create_timeout(mut self, limit: Duration) -> Self {
        self.create_timeout = limit;
        self
    }

    /// How long checking an idle connection may take before the pool replaces it with a new one.
    pub fn recycle_timeout(mut self, limit: Duration) -> Self {
        self.recycle_timeout = limit;
        self
    }

    /// How long opening the TCP connection may take, per address of the host. The limit of the whole is
    /// [`create_timeout`](Self::create_timeout).
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.base.connect_timeout(limit);
        self
    }

    /// How long a statement may run before the server cancels it; `None` for no limit, which migrations need.
    pub fn statement_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = Limit::explicit(limit.into());
        self
    }

    /// How long a statement may wait for one lock; `None` for no limit other than `statement_timeout`.
    pub fn lock_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.lock_timeout = Limit::explicit(limit.into());
        self
    }

    /// A statement that takes at least this long, from its start to its last row, is logged as a warning: its name, how
    /// long it took and how many rows it had, never its parameters. `None`, the default, for no such log.
    pub fn slow_statement(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.slow_statement = limit.into();
        self
    }

    /// How long a transaction may be idle, holding its locks, before the server closes the connection; `None` for no
    /// limit.
    pub fn idle_in_transaction_session_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_in_transaction_session_timeout = Limit::explicit(limit.into());
        self
    }

    /// When a silent peer counts as dead: after `idle` without data, probes are sent every `interval`, at most
    /// `retries`.
    pub fn keepalives(mut self, idle: Duration, interval: Duration, retries: u32) -> Self {
        self.base.keepalives(true).keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
        self
    }

    /// How long sent data may stay unacknowledged before the connection counts as broken. Only Linux supports it.
    pub fn tcp_user_timeout(mut self, limit: Duration) -> Self {
        self.base.tcp_user_timeout(limit);
        self
    }

    /// Which servers are accepted.
    pub(super) fn target(&self) -> TargetSessionAttrs {
        self.base.get_target_session_attrs()
    }

    /// `host:port` of every server, for messages.
    pub(crate) fn server_names(&self) -> String {
        server::names(&self.servers)
    }

    /// How long opening a connection may take if every server but the last is dead.
    pub(super) fn create_budget(&self) -> Duration {
        let servers = u32::try_from(self.servers.len()).unwrap_or(u32::MAX);
        self.create_timeout.saturating_mul(servers.max(1))
    }

    /// The start-up parameter `options`.
    pub(super) fn startup_options(&self) -> String {
        startup::options(&self.limits(), &self.options)
    }

    /// What every transaction sets behind a pooler that shares sessions, without `statement_timeout`, which a client can
    /// change.
    pub(super) fn local_settings(&self) -> String {
        let limits = self.limits().into_iter().filter(|(name, _)| *name != "statement_timeout");
        let limits: Vec<_> = limits.filter_map(|(name, limit)| Some((name, limit.setting()?))).collect();
        pool_mode::local_settings(&limits)
    }

    fn limits(&self) -> [(&'static str, Limit); 3] {
        [
            ("statement_timeout", self.statement_timeout),
            ("lock_timeout", self.lock_timeout),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_session_timeout),
        ]
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("servers", &self.server_names())
            .field("replicas", &self.replica_names())
            .field("max_replica_lag", &self.max_replica_lag)
            .field("user", &self.get_user())
            .field("password", &self.has_password().then_some(Redacted))
            .field("dbname", &self.get_dbname())
            .field("ssl_mode", &self.ssl_mode)
            .field("tls_files", &self.tls_files)
            .field("channel_binding", &self.get_channel_binding())
            .field("application_name", &self.get_application_name())
            .field("options", &self.startup_options())
            .field("max_size", &self.max_size)
            .field("pool_mode", &self.pool_mode)
            .field("lane_connections", &self.lane_connections)
            .field("wait_timeout", &self.wait_timeout)
            .field("max_waiting", &self.max_waiting)
            .field("max_lifetime", &self.max_lifetime)
            .field("idle_timeout", &self.idle_timeout)
            .field("create_timeout", &self.create_timeout)
            .field("recycle_timeout", &self.recycle_timeout)
            .field("connect_timeout", &self.get_connect_timeout())
            .finish_non_exhaustive()
    }
}

struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}
