//! Why there is no connection. [`classify`](super::classify) makes these errors from the driver's.

use std::{borrow::Cow, convert::Infallible, time::Duration};

use super::tls::{InvalidTlsSetting, TlsProblem};
use crate::sqlstate;

/// Why there is no connection. The text names the server, the cause and what to do; it never contains a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting can't be used; no connection was attempted.
    #[error("invalid connection setting {key}: {problem}")]
    InvalidSettings {
        /// The setting by the name it was given under: a key of the URL or an environment variable.
        key: String,
        /// What is wrong with it.
        problem: String,
    },

    /// No server answered at the address, or the connection was closed during the login.
    #[error(
        "cannot reach PostgreSQL at {server}: {reason}; \
         check that it is running and that host and port (PGHOST, PGPORT) are right"
    )]
    Unreachable {
        /// `host:port`, or all of them joined by `or` if there are several.
        server: String,
        /// The operating system's error.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The password is wrong (SQLSTATE 28P01).
    #[error(
        "PostgreSQL at {server} refused the password of user {user}; \
         correct it in DATABASE_URL, PGPASSWORD or ~/.pgpass"
    )]
    WrongPassword {
        /// `host:port`.
        server: String,
        /// The user (role) that was tried.
        user: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The server asks for a password and none was given.
    #[error(
        "PostgreSQL at {server} asks for the password of user {user} and none was given; \
         set PGPASSWORD, or put the password in DATABASE_URL or ~/.pgpass"
    )]
    MissingPassword {
        /// `host:port`.
        server: String,
        /// The user (role) that was tried.
        user: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The database does not exist on the server (SQLSTATE 3D000).
    #[error(
        "database \"{dbname}\" does not exist at {server}; \
         create it with `createdb {dbname}`, or correct the name in DATABASE_URL or PGDATABASE"
    )]
    UnknownDatabase {
        /// `host:port`.
        server: String,
        /// The database that was asked for.
        dbname: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The role does not exist, or may not connect from here or to this database (SQLSTATE 28000, 42501).
    #[error(
        "PostgreSQL at {server} does not admit user {user}: {reason}; \
         create the role, or admit it in pg_hba.conf or with GRANT CONNECT"
    )]
    NotPermitted {
        /// `host:port`.
        server: String,
        /// The user (role) that was tried.
        user: String,
        /// The server's message.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// A pooler such as pgbouncer refuses the start-up options.
    #[error(
        "the pooler at {server} refuses the start-up options: {reason}; set pool_mode=transaction if it works in that mode, \
         else let it ignore them: ignore_startup_parameters = options"
    )]
    OptionsRefused {
        /// `host:port`.
        server: String,
        /// The pooler's message.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// Every connection the server allows is in use (SQLSTATE 53300).
    #[error(
        "PostgreSQL at {server} has no free connection: {reason}; \
         lower pool_max_size in the services that share it, or raise max_connections"
    )]
    TooManyConnections {
        /// `host:port`.
        server: String,
        /// The server's message.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// A step took longer than its timeout.
    #[error("{what} took longer than {after:?}; {advice}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The timeout.
        after: Duration,
        /// What to check.
        advice: Cow<'static, str>,
    },

    /// Too many callers wait for a connection of the pool: see [`Settings::max_waiting`](super::Settings::max_waiting).
    /// The caller did not wait.
    #[error(
        "{waiting} callers wait for the pool's {max_size} connections already; this one would not be served in time: \
         look for slow queries and connections held too long, or raise pool_max_size"
    )]
    Overloaded {
        /// How many callers wait.
        waiting: usize,
        /// The maximum number of connections.
        max_size: usize,
    },

    /// The server accepts no writes, and the pool is not limited to reading by `target_session_attrs=read-only`.
    #[error(
        "PostgreSQL at {server} accepts no writes: it is a standby, or default_transaction_read_only is on; \
         name the primary, or all servers and target_session_attrs=read-write"
    )]
    ReadOnly {
        /// `host:port`.
        server: String,
    },

    /// The server accepts writes, and the pool asks for one that does not.
    #[error(
        "PostgreSQL at {server} accepts writes, and target_session_attrs=read-only asks for a standby; \
         name one, or remove that setting"
    )]
    Writable {
        /// `host:port`.
        server: String,
    },

    /// The server accepts writes, but another one has been promoted since: the pool has had a connection to that. Looked at with
    /// `target_session_attrs=read-write` only.
    #[error(
        "PostgreSQL at {server} is a former primary, on timeline {timeline}, and another server has been promoted to timeline \
         {highest}; stop it, or let it follow the other one; if it was restored on purpose, restart this program"
    )]
    FormerPrimary {
        /// `host:port`.
        server: String,
        /// The timeline that the server writes to.
        timeline: u32,
        /// The highest one of the same cluster that the pool has seen.
        highest: u32,
    },

    /// Encryption was asked for and the server does not offer it. Nothing was sent in plain text.
    #[error(
        "PostgreSQL at {server} does not offer TLS, which sslmode requires; \
         set ssl = on in its configuration, or sslmode=prefer if plain text is acceptable"
    )]
    TlsRefused {
        /// `host:port`.
        server: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The TLS handshake failed, for example because the certificate is not trusted.
    #[error("no TLS connection to PostgreSQL at {server}: {reason}")]
    Tls {
        /// `host:port`.
        server: String,
        /// What was wrong, for the program.
        problem: TlsProblem,
        /// What was wrong, and what to do about it where that is known.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The login could not be bound to the TLS connection: see
    /// [`Settings::channel_binding`](super::Settings::channel_binding).
    #[error("the login to PostgreSQL at {server} is not bound to its TLS connection: {reason}")]
    ChannelBinding {
        /// `host:port`.
        server: String,
        /// What was wrong, and what to do about it.
        reason: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The pool was closed by [`Pool::close`](super::Pool::close).
    #[error("the connection pool is closed")]
    PoolClosed,

    /// Anything else, with everything that the server reported: message, SQLSTATE, detail and hint.
    #[error("no connection to PostgreSQL at {server}: {reason}")]
    Other {
        /// `host:port`.
        server: String,
        /// The full text of the error.
        reason: String,
        /// The driver's error, if there is one.
        source: Option<tokio_postgres::Error>,
    },
}

impl Error {
    /// Whether the same attempt may succeed a little later: the server is starting, full, slow or unreachable.
    /// `false` if it takes a change of settings, of the server's configuration or of the database.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::TooManyConnections { .. }
            | Self::Overloaded { .. }
            | Self::ReadOnly { .. }
            | Self::Writable { .. }
            | Self::FormerPrimary { .. } => true,
            Self::Other { source, .. } => source.as_ref().is_some_and(is_connection_failure),
            _ => false,
        }
    }

    /// A word for it, for a metric or a span.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::InvalidSettings { .. } => "invalid_settings",
            Self::Unreachable { .. } => "unreachable",
            Self::WrongPassword { .. } => "wrong_password",
            Self::MissingPassword { .. } => "missing_password",
            Self::UnknownDatabase { .. } => "unknown_database",
            Self::NotPermitted { .. } => "not_permitted",
            Self::TooManyConnections { .. } => "too_many_connections",
            Self::TimedOut { .. } => "timed_out",
            Self::OptionsRefused { .. } => "options_refused",
            Self::Overloaded { .. } => "overloaded",
            Self::ReadOnly { .. } => "read_only",
            Self::Writable { .. } => "writable",
            Self::FormerPrimary { .. } => "former_primary",
            Self::TlsRefused { .. } => "tls_refused",
            Self::Tls { .. } => "tls",
            Self::ChannelBinding { .. } => "channel_binding",
            Self::PoolClosed => "pool_closed",
            Self::Other { .. } => "other",
        }
    }

    pub(super) fn invalid(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidSettings { key: key.into(), problem: problem.into() }
    }
}

fn is_connection_failure(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.code().is_some_and(sqlstate::is_connection_failure)
}

impl From<InvalidTlsSetting> for Error {
    fn from(error: InvalidTlsSetting) -> Self {
        Self::invalid(error.key, error.problem)
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any error of the driver; the texts do not contain it.
    fn source() -> tokio_postgres::Error {
        "port=none".parse::<tokio_postgres::Config>().unwrap_err()
    }

    fn server() -> String {
        "db.internal:5432".to_owned()
    }

    fn user() -> String {
        "ada".to_owned()
    }

    #[test]
    fn each_error_says_what_happened_and_what_to_do() {
        let reason = || "the reason".to_owned();
        for (error, text) in [
            (
                Error::invalid("sslmode", "must be one of disable, prefer"),
                "invalid connection setting sslmode: must be one of disable, prefer",
            ),
            (
                Error::Unreachable { server: server(), reason: reason(), source: source() },
                "cannot reach PostgreSQL at db.internal:5432: the reason; \
                 check that it is running and that host and port (PGHOST, PGPORT) are right",
            ),
            (
                Error::WrongPassword { server: server(), user: user(), source: source() },
                "PostgreSQL at db.internal:5432 refused the password of user ada; \
                 correct it in DATABASE_URL, PGPASSWORD or ~/.pgpass",
            ),
            (
                Error::MissingPassword { server: server(), user: user(), source: source() },
                "PostgreSQL at db.internal:5432 asks for the password of user ada and none was given; \
                 set PGPASSWORD, or put the password in DATABASE_URL or ~/.pgpass",
            ),
            (
                Error::UnknownDatabase { server: server(), dbname: "orders".to_owned(), source: source() },
                "database \"orders\" does not exist at db.internal:5432; \
                 create it with `createdb orders`, or correct the name in DATABASE_URL or PGDATABASE",
            ),
            (
                Error::NotPermitted { server: server(), user: user(), reason: reason(), source: source() },
                "PostgreSQL at db.internal:5432 does not admit user ada: the reason; \
                 create the role, or admit it in pg_hba.conf or with GRANT CONNECT",
            ),
            (
                Error::OptionsRefused { server: server(), reason: reason(), source: source() },
                "the pooler at db.internal:5432 refuses the start-up options: the reason; \
                 set pool_mode=transaction if it works in that mode, \
                 else let it ignore them: ignore_startup_parameters = options",
            ),
            (
                Error::TooManyConnections { server: server(), reason: reason(), source: source() },
                "PostgreSQL at db.internal:5432 has no free connection: the reason; \
                 lower pool_max_size in the services that share it, or raise max_connections",
            ),
            (
                Error::TimedOut {
                    what: "opening a connection".to_owned(),
                    after: Duration::from_secs(5),
                    advice: "check the address".into(),
                },
                "opening a connection took longer than 5s; check the address",
            ),
            (
                Error::TlsRefused { server: server(), source: source() },
                "PostgreSQL at db.internal:5432 does not offer TLS, which sslmode requires; \
                 set ssl = on in its configuration, or sslmode=prefer if plain text is acceptable",
            ),
            (
                Error::Tls { server: server(), problem: TlsProblem::Expired, reason: reason(), source: source() },
                "no TLS connection to PostgreSQL at db.internal:5432: the reason",
            ),
            (
                Error::ChannelBinding { server: server(), reason: "the reason", source: source() },
                "the login to PostgreSQL at db.internal:5432 is not bound to its TLS connection: the reason",
            ),
            (
                Error::Overloaded { waiting: 40, max_size: 16 },
                "40 callers wait for the pool's 16 connections already; this one would not be served in time: \
                 look for slow queries and connections held too long, or raise pool_max_size",
            ),
            (
                Error::ReadOnly { server: server() },
                "PostgreSQL at db.internal:5432 accepts no writes: it is a standby, or default_transaction_read_only is on; \
                 name the primary, or all servers and target_session_attrs=read-write",
            ),
            (
                Error::Writable { server: server() },
                "PostgreSQL at db.internal:5432 accepts writes, and target_session_attrs=read-only asks for a standby; \
                 name one, or remove that setting",
            ),
            (
                Error::FormerPrimary { server: server(), timeline: 1, highest: 2 },
                "PostgreSQL at db.internal:5432 is a former primary, on timeline 1, and another server has been promoted to \
                 timeline 2; stop it, or let it follow the other one; if it was restored on purpose, restart this program",
            ),
            (Error::PoolClosed, "the connection pool is closed"),
            (
                Error::Other { server: server(), reason: reason(), source: None },
                "no connection to PostgreSQL at db.internal:5432: the reason",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
