//! What can go wrong between the settings and an open connection, said so that it can be put right.

use std::{borrow::Cow, convert::Infallible, error::Error as StdError, io, time::Duration};

use deadpool_postgres::{HookError, Pool, PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use super::{
    settings::Settings,
    tls::{self, InvalidTlsSetting, TlsProblem},
};
use crate::error_text::in_full;

/// Why there is no connection. The text names the server, the cause and the way out, and never holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting can't be used; nothing was attempted.
    #[error("invalid connection setting {key}: {problem}")]
    InvalidSettings {
        /// The setting as it was given: a key of the URL or the name of an environment variable.
        key: String,
        /// What is wrong with it.
        problem: String,
    },

    /// Nobody answered at the address.
    #[error("cannot reach PostgreSQL at {server}: {reason}; is the server running and PGHOST/--host right?")]
    Unreachable {
        /// `host:port`, or all of them if there are several.
        server: String,
        /// What the operating system said.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The server doesn't accept the password (SQLSTATE 28P01).
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
        "PostgreSQL at {server} asks for a password of user {user} and none was given; \
         set PGPASSWORD or put the password in DATABASE_URL"
    )]
    MissingPassword {
        /// `host:port`.
        server: String,
        /// The user (role) that was tried.
        user: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// There is no such database on the server (SQLSTATE 3D000).
    #[error(
        "database \"{dbname}\" does not exist at {server}; \
         create it with `createdb {dbname}` or fix --dbname/PGDATABASE"
    )]
    UnknownDatabase {
        /// `host:port`.
        server: String,
        /// The database that was asked for.
        dbname: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The server knows the user not at all, or doesn't let them in from here (SQLSTATE 28000, 42501).
    #[error(
        "PostgreSQL at {server} does not let user {user} in: {reason}; \
         create the role, or admit it in pg_hba.conf or with GRANT CONNECT"
    )]
    NotPermitted {
        /// `host:port`.
        server: String,
        /// The user (role) that was tried.
        user: String,
        /// The server's words.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// Every connection the server allows is in use (SQLSTATE 53300).
    #[error(
        "PostgreSQL at {server} has no connection left: {reason}; \
         lower pool_max_size in the services that share it, or raise max_connections"
    )]
    TooManyConnections {
        /// `host:port`.
        server: String,
        /// The server's words.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// Something took longer than its time-out.
    #[error("{what} took longer than {after:?}; {advice}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// The time-out that ran out.
        after: Duration,
        /// What to look at.
        advice: Cow<'static, str>,
    },

    /// Encryption was asked for and the server has none. Nothing was sent in plain text.
    #[error(
        "PostgreSQL at {server} does not offer TLS, which sslmode asks for; \
         set ssl = on at the server, or sslmode=prefer if plain text is acceptable"
    )]
    TlsRefused {
        /// `host:port`.
        server: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The TLS handshake failed, for example because the certificate can't be trusted.
    #[error("no TLS connection to PostgreSQL at {server}: {reason}")]
    Tls {
        /// `host:port`.
        server: String,
        /// What was wrong, for a program.
        problem: TlsProblem,
        /// What was wrong, and the way out if there is a known one.
        reason: String,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The password wasn't, or couldn't be, bound to the TLS connection: see
    /// [`Settings::channel_binding`](super::Settings::channel_binding).
    #[error("the login to PostgreSQL at {server} is not bound to its TLS connection: {reason}")]
    ChannelBinding {
        /// `host:port`.
        server: String,
        /// What was wrong, and the way out.
        reason: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },

    /// The pool was closed by [`Pool::close`](deadpool_postgres::Pool::close): the program is shutting down.
    #[error("the connection pool is closed")]
    PoolClosed,

    /// Anything else, with all the server said: SQLSTATE, message, detail and hint.
    #[error("no connection to PostgreSQL at {server}: {reason}")]
    Other {
        /// `host:port`.
        server: String,
        /// The whole story, because the driver's own text is only "db error".
        reason: String,
        /// The driver's error, if there is one.
        source: Option<tokio_postgres::Error>,
    },
}

impl Error {
    /// Explains why the pool had no connection to give.
    ///
    /// A pool doesn't know which settings made it, so the text speaks of "the configured server"; [`connect`] tests
    /// the settings at once and names them.
    ///
    /// [`connect`]: super::connect
    #[must_use]
    pub fn from_pool(error: PoolError, pool: &Pool) -> Self {
        Self::in_pool(error, pool, &Target::unknown())
    }

    /// Whether the same attempt may succeed a little later: the server is starting, full, slow or away.
    /// What only a change of settings can mend gives `false`.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::TooManyConnections { .. } => true,
            Self::Other { source, .. } => source.as_ref().is_some_and(is_passing),
            _ => false,
        }
    }

    pub(super) fn invalid(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidSettings { key: key.into(), problem: problem.into() }
    }

    pub(super) fn in_pool(error: PoolError, pool: &Pool, target: &Target) -> Self {
        match error {
            PoolError::Timeout(step) => Self::pool_timeout(step, pool, target),
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::while_connecting(error, target)
            }
            PoolError::Closed => Self::PoolClosed,
            error @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
                Self::Other { server: target.server.clone(), reason: error.to_string(), source: None }
            }
        }
    }

    fn pool_timeout(step: TimeoutType, pool: &Pool, target: &Target) -> Self {
        let timeouts = pool.timeouts();
        let (after, what, advice) = match step {
            TimeoutType::Wait => (
                timeouts.wait,
                format!("waiting for one of the pool's {} connections", pool.status().max_size),
                "all are in use: look for slow queries or connections held too long, \
                 or raise pool_max_size",
            ),
            TimeoutType::Create => return Self::slow_connect(timeouts.create, target),
            TimeoutType::Recycle => (
                timeouts.recycle,
                "cleaning a connection for its next use".to_owned(),
                "is the server overloaded or the network lossy?",
            ),
        };
        Self::TimedOut { what, after: after.unwrap_or_default(), advice: Cow::Borrowed(advice) }
    }

    pub(super) fn slow_connect(after: Option<Duration>, target: &Target) -> Self {
        Self::TimedOut {
            what: format!("opening a connection to PostgreSQL at {}", target.server),
            after: after.unwrap_or_default(),
            advice: Cow::Borrowed("does a firewall drop the packets, is the server overloaded, is the address right?"),
        }
    }

    /// Sorts what the driver reports when a connection can't be opened.
    pub(super) fn while_connecting(source: tokio_postgres::Error, target: &Target) -> Self {
        let server = target.server.clone();
        let user = target.user.clone();
        let reason = in_full(&source);
        match Failure::of(&source) {
            Failure::Password => Self::WrongPassword { server, user, source },
            Failure::NoPassword => Self::MissingPassword { server, user, source },
            Failure::Database => Self::UnknownDatabase { server, dbname: target.dbname.clone(), source },
            Failure::Permission => Self::NotPermitted { server, user, reason, source },
            Failure::Full => Self::TooManyConnections { server, reason, source },
            Failure::NoTls => Self::TlsRefused { server, source },
            Failure::Tls => {
                let (problem, reason) = tls::explain(&source).unwrap_or((TlsProblem::Handshake, reason));
                Self::Tls { server, problem, reason, source }
            }
            Failure::Certificate => {
                let reason = format!(
                    "{reason}; it wants a certificate made out to the role: \
                     name it and its key in sslcert and sslkey (PGSSLCERT, PGSSLKEY)"
                );
                Self::Tls { server, problem: TlsProblem::ClientCertificate, reason, source }
            }
            Failure::Binding(reason) => Self::ChannelBinding { server, reason, source },
            Failure::Slow => Self::slow_connect(target.connect_timeout, target),
            Failure::Network => Self::Unreachable { reason: root_cause(&source).to_string(), server, source },
            Failure::HungUp => Self::Unreachable {
                reason: format!("it hung up or is no PostgreSQL ({})", root_cause(&source)),
                server,
                source,
            },
            Failure::Other => Self::Other { server, reason, source: Some(source) },
        }
    }
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

/// The client's own refusal, before it answers the server's question for a password.
const NOT_BOUND: &str = "the server did not bind it, and channel_binding=require asks for that; it takes sslmode=require or \
    stronger, scram-sha-256 in pg_hba.conf and a certificate signed with RSA or ECDSA over SHA-256 or SHA-384";

/// The server's refusal: the client has seen another certificate than the server's.
const NOT_THE_SAME_CERTIFICATE: &str = "something between here and the server decrypts the connection and shows a certificate \
    of its own; if that is a proxy you trust, set channel_binding=disable (PGCHANNELBINDING), else find out who it is";

/// What PostgreSQL puts before its complaints about a missing client certificate, or one for another role.
const ABOUT_CLIENT_CERTIFICATE: [&str; 2] =
    ["connection requires a valid client certificate", "certificate authentication failed"];

/// Whom an error is about.
#[derive(Debug)]
pub(super) struct Target {
    server: String,
    user: String,
    dbname: String,
    connect_timeout: Option<Duration>,
}

impl Target {
    pub(super) fn of(settings: &Settings) -> Self {
        let user = settings.get_user().unwrap_or("(the operating system's user)");
        Self {
            server: settings.server_names(),
            user: user.to_owned(),
            dbname: settings.get_dbname().unwrap_or(user).to_owned(),
            connect_timeout: Some(settings.get_connect_timeout()),
        }
    }

    fn unknown() -> Self {
        Self {
            server: "the configured server".to_owned(),
            user: "(as configured)".to_owned(),
            dbname: "(as configured)".to_owned(),
            connect_timeout: None,
        }
    }
}

enum Failure {
    Password,
    NoPassword,
    Database,
    Permission,
    Full,
    NoTls,
    Tls,
    Certificate,
    Binding(&'static str),
    Slow,
    Network,
    HungUp,
    Other,
}

impl Failure {
    fn of(error: &tokio_postgres::Error) -> Self {
        if let Some(code) = error.code() {
            let says = |words: &str| error.as_db_error().is_some_and(|error| error.message().contains(words));
            return match *code {
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION if says("SCRAM channel binding") => {
                    Self::Binding(NOT_THE_SAME_CERTIFICATE)
                }
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION if ABOUT_CLIENT_CERTIFICATE.iter().any(|w| says(w)) => {
                    Self::Certificate
                }
                SqlState::INVALID_PASSWORD => Self::Password,
                SqlState::INVALID_CATALOG_NAME => Self::Database,
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION | SqlState::INSUFFICIENT_PRIVILEGE => Self::Permission,
                SqlState::TOO_MANY_CONNECTIONS => Self::Full,
                _ => Self::Other,
            };
        }
        // The driver keeps the kind of its errors to itself; its text is the only thing that tells them apart.
        // The tests against a real server notice should a new version word it differently.
        match (error.to_string().as_str(), root_cause(error).to_string()) {
            ("invalid configuration", cause) if cause == "password missing" => Self::NoPassword,
            ("error performing TLS handshake", cause) if cause == "server does not support TLS" => Self::NoTls,
            ("error performing TLS handshake", _) => Self::Tls,
            // tokio-postgres' own time-out, as opposed to the operating system's, carries no errno.
            ("error connecting to server", cause) if cause == "connection timed out" => Self::Slow,
            ("error connecting to server", _) => Self::Network,
            ("authentication error", cause) if cause == "server did not use channel binding" => {
                Self::Binding(NOT_BOUND)
            }
            // In TLS 1.3 the server refuses the client's certificate when the client is already through.
            ("error communicating with the server", _) if tls::explain(error).is_some() => Self::Tls,
            ("error communicating with the server", _) if io_cause(error).is_some() => Self::HungUp,
            _ => Self::Other,
        }
    }
}

fn io_cause(error: &tokio_postgres::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

fn is_passing(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || error.code().is_some_and(|code| {
            // Class 08 is connection trouble; 57P01 to 57P03 a server that stops or starts.
            code.code().starts_with("08") || code.code().starts_with("57P0")
        })
}

fn root_cause(error: &dyn StdError) -> &dyn StdError {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
}
