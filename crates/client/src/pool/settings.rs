//! What a connection is made of: where to, as whom, how safely, and how long anything may take.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_postgres::config::ChannelBinding;

use super::{
    limit::Limit,
    server::Server,
    tls::{Files, SslMode},
};

pub(super) const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connection settings with safe defaults: everything has a time-out.
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
///     .user("barqnet")
///     .dbname("vpn")
///     .ssl_mode(SslMode::VerifyFull)
///     .max_size(32)
///     .statement_timeout(Duration::from_secs(10));
/// assert!(!format!("{settings:?}").contains("password: \""));
/// ```
///
/// | Setting | Default | In a URL |
/// |---|---|---|
/// | host and port | localhost, 5432 | `host`, `hostaddr`, `port` |
/// | user, password, database | the system's user, none, named like the user | `user`, `password`, `dbname` |
/// | TLS | [`SslMode::Prefer`] | `sslmode`, `sslrootcert` |
/// | the client's own certificate | none | `sslcert`, `sslkey` |
/// | a password bound to the TLS connection | if the server can | `channel_binding` |
/// | name shown in `pg_stat_activity` | `barqnet-db` | `application_name` |
/// | connections in the pool | 16 | `pool_max_size` |
/// | wait for a free connection | 5 s | |
/// | open one, TLS and authentication included | 5 s a host | |
/// | open its TCP connection | 5 s an address | `connect_timeout` (s) |
/// | clean one before its next use | 2 s | |
/// | a statement | 30 s | `statement_timeout` (ms, or with a unit: `30s`) |
/// | waiting for a lock | no limit of its own | `lock_timeout` |
/// | idle inside a transaction | 60 s | `idle_in_transaction_session_timeout` |
/// | TCP keep-alive: idle, interval, tries | 30 s, 10 s, 3 | `keepalives_idle`, `_interval` (s), `_retries` |
/// | sent data unacknowledged | 30 s | `tcp_user_timeout` (ms) |
/// | time zone | UTC, always | |
///
/// The server's part of these (the statement, lock and idle limits and the time zone) travels in the start-up
/// parameter `options`, so every new connection has it before the first statement, and `RESET ALL` returns to it.
/// A limit set explicitly, in code or in the URL, beats one in `options` or `PGOPTIONS`, which beats the default.
/// A pooler in between may reject `options`: tell it what to do with them (pgbouncer: `ignore_startup_parameters`),
/// and give the role the limits with `ALTER ROLE … SET`.
#[derive(Clone)]
#[must_use = "settings do nothing until a connection is made with them"]
pub struct Settings {
    /// What the driver takes as it is: user, password, database, keep-alives and the like; neither servers,
    /// nor `options`, nor the TLS mode, which are put in by [`Settings::driver_config`].
    pub(super) base: tokio_postgres::Config,
    pub(super) servers: Vec<Server>,
    pub(super) options: String,
    pub(super) ssl_mode: SslMode,
    pub(super) tls_files: Files,
    pub(super) max_size: usize,
    pub(super) wait_timeout: Duration,
    pub(super) create_timeout: Duration,
    pub(super) recycle_timeout: Duration,
    pub(super) statement_timeout: Limit,
    pub(super) lock_timeout: Limit,
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
            // A dead peer is noticed after 30 + 3 * 10 s; the operating system's own defaults mean two hours.
            .keepalives(true)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(30));
        Self {
            base,
            servers: vec![Server::new("", None)],
            options: String::new(),
            ssl_mode: SslMode::default(),
            tls_files: Files::default(),
            max_size: 16,
            wait_timeout: Duration::from_secs(5),
            create_timeout: Duration::from_secs(5),
            recycle_timeout: Duration::from_secs(2),
            statement_timeout: Limit::default_of(Some(Duration::from_secs(30))),
            lock_timeout: Limit::default_of(None),
            idle_in_transaction_session_timeout: Limit::default_of(Some(Duration::from_mins(1))),
        }
    }

    /// The server's name or address, or the directory of its Unix-domain socket; replaces all servers, keeps the port.
    pub fn host(mut self, host: &str) -> Self {
        let port = self.servers.first().map(|server| server.port);
        self.servers = vec![Server::new(host, port)];
        self
    }

    /// The TCP port (or the socket's number), of every server named so far.
    pub fn port(mut self, port: u16) -> Self {
        for server in &mut self.servers {
            server.port = port;
        }
        self
    }

    /// One more server, tried when those before it can't be reached.
    pub fn add_server(mut self, host: &str, port: u16) -> Self {
        self.servers.push(Server::new(host, Some(port)));
        self
    }

    /// The user (role) to log in as.
    pub fn user(mut self, user: &str) -> Self {
        self.base.user(user);
        self
    }

    /// The user's password. It appears in no error and no debug text.
    pub fn password(mut self, password: impl AsRef<[u8]>) -> Self {
        self.base.password(password);
        self
    }

    /// The database.
    pub fn dbname(mut self, dbname: &str) -> Self {
        self.base.dbname(dbname);
        self
    }

    /// How much encryption the connection must have.
    pub fn ssl_mode(mut self, mode: SslMode) -> Self {
        self.ssl_mode = mode;
        self
    }

    /// A PEM file with the authorities that may sign the server's certificate, or `system` for the operating
    /// system's. Without one, `verify-ca` and `verify-full` use the system's; `~/.postgresql/root.crt` isn't read.
    pub fn ssl_root_cert(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_files.root = Some(path.into());
        self
    }

    /// A PEM file with the client's own certificate, for a server that asks for one, and the certificates between it
    /// and the server's authority, if there are any. It needs [`ssl_key`](Self::ssl_key) too.
    ///
    /// The files are read when a pool is made: it takes a new pool to use renewed ones.
    pub fn ssl_cert(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_files.certificate = Some(path.into());
        self
    }

    /// A PEM file with the key of the client's certificate, not encrypted. As `psql` does, this refuses a file that
    /// others can read.
    pub fn ssl_key(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_files.key = Some(path.into());
        self
    }

    /// Whether a password is bound to the server's certificate (SCRAM-SHA-256-PLUS): nobody who reads along in the
    /// middle, under another certificate, gets in then, even if `sslmode` doesn't check certificates.
    ///
    /// `Prefer`, the default, does it where server and certificate allow it. `Require` refuses every other login. There
    /// is no binding for certificates signed with Ed25519 or RSA-PSS (the standard has none), nor with ECDSA over
    /// SHA-512. A proxy that decrypts and encrypts again under a certificate of its own takes `Disable`.
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

    /// The most connections the pool opens, at least 1.
    pub fn max_size(mut self, connections: usize) -> Self {
        self.max_size = connections;
        self
    }

    /// How long to wait for a connection of the pool to become free.
    pub fn wait_timeout(mut self, limit: Duration) -> Self {
        self.wait_timeout = limit;
        self
    }

    /// How long opening a connection may take altogether: name, TCP, TLS, authentication. It counts for each server
    /// given, so that one that is dead leaves time for the next.
    pub fn create_timeout(mut self, limit: Duration) -> Self {
        self.create_timeout = limit;
        self
    }

    /// How long cleaning a used connection may take before it is thrown away for a new one.
    pub fn recycle_timeout(mut self, limit: Duration) -> Self {
        self.recycle_timeout = limit;
        self
    }

    /// How long the TCP connection may take, for each address a host name has. It is not the whole story: see
    /// [`create_timeout`](Self::create_timeout).
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.base.connect_timeout(limit);
        self
    }

    /// How long a statement may run before the server cancels it; `None` for no limit, as migrations need it.
    pub fn statement_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = Limit::chosen(limit.into());
        self
    }

    /// How long a statement may wait for one lock; `None` for no limit but the statement's own.
    pub fn lock_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.lock_timeout = Limit::chosen(limit.into());
        self
    }

    /// How long a transaction may sit idle, its locks held, before the server ends the connection; `None` for ever.
    pub fn idle_in_transaction_session_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_in_transaction_session_timeout = Limit::chosen(limit.into());
        self
    }

    /// When a silent peer counts as dead: asked first after `idle`, then each `interval`, `retries` times.
    pub fn keepalives(mut self, idle: Duration, interval: Duration, retries: u32) -> Self {
        self.base.keepalives(true).keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
        self
    }

    /// How long sent data may stay unacknowledged before the connection counts as broken (Linux only).
    pub fn tcp_user_timeout(mut self, limit: Duration) -> Self {
        self.base.tcp_user_timeout(limit);
        self
    }

    /// The servers, in the order they are tried.
    pub fn get_servers(&self) -> impl Iterator<Item = (&str, u16)> {
        self.servers.iter().map(|s| (s.host.as_str(), s.port))
    }

    /// The user, if it isn't left to the operating system.
    #[must_use]
    pub fn get_user(&self) -> Option<&str> {
        self.base.get_user()
    }

    /// Whether there is a password. There is no way to read it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.base.get_password().is_some()
    }

    /// The database, if it isn't left to be named like the user.
    #[must_use]
    pub fn get_dbname(&self) -> Option<&str> {
        self.base.get_dbname()
    }

    /// How much encryption the connection must have.
    #[must_use]
    pub fn get_ssl_mode(&self) -> SslMode {
        self.ssl_mode
    }

    /// The file of trusted authorities.
    #[must_use]
    pub fn get_ssl_root_cert(&self) -> Option<&Path> {
        self.tls_files.root.as_deref()
    }

    /// The file of the client's certificate.
    #[must_use]
    pub fn get_ssl_cert(&self) -> Option<&Path> {
        self.tls_files.certificate.as_deref()
    }

    /// The file of the certificate's key.
    #[must_use]
    pub fn get_ssl_key(&self) -> Option<&Path> {
        self.tls_files.key.as_deref()
    }

    /// Whether a password is bound to the server's certificate.
    #[must_use]
    pub fn get_channel_binding(&self) -> ChannelBinding {
        self.base.get_channel_binding()
    }

    /// The name shown in `pg_stat_activity`.
    #[must_use]
    pub fn get_application_name(&self) -> &str {
        self.base.get_application_name().unwrap_or_default()
    }

    /// The most connections the pool opens.
    #[must_use]
    pub fn get_max_size(&self) -> usize {
        self.max_size
    }

    /// How long the TCP connection may take.
    #[must_use]
    pub fn get_connect_timeout(&self) -> Duration {
        let limit = self.base.get_connect_timeout();
        limit.copied().unwrap_or(DEFAULT_CONNECT_TIMEOUT)
    }

    /// How long a statement may run.
    #[must_use]
    pub fn get_statement_timeout(&self) -> Option<Duration> {
        self.statement_timeout.duration
    }

    /// How long a statement may wait for a lock.
    #[must_use]
    pub fn get_lock_timeout(&self) -> Option<Duration> {
        self.lock_timeout.duration
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("servers", &self.server_names())
            .field("user", &self.get_user())
            .field("password", &self.has_password().then_some(Redacted))
            .field("dbname", &self.get_dbname())
            .field("ssl_mode", &self.ssl_mode)
            .field("tls_files", &self.tls_files)
            .field("channel_binding", &self.get_channel_binding())
            .field("application_name", &self.get_application_name())
            .field("options", &self.startup_options())
            .field("max_size", &self.max_size)
            .field("wait_timeout", &self.wait_timeout)
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
