//! Classifies the errors of the driver and the pool.

use std::{borrow::Cow, error::Error as StdError, io, time::Duration};

use deadpool::managed::{self, PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use super::{
    error::Error,
    manager::Manager,
    settings::Settings,
    tls::{self, TlsProblem},
};
use crate::error_text::in_full;

impl Error {
    pub(super) fn in_pool(error: PoolError<Self>, pool: &managed::Pool<Manager>, target: &Target) -> Self {
        match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(step) => Self::pool_timeout(step, pool, target),
            PoolError::Closed => Self::PoolClosed,
            error @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
                Self::Other { server: target.server.clone(), reason: error.to_string(), source: None }
            }
        }
    }

    fn pool_timeout(step: TimeoutType, pool: &managed::Pool<Manager>, target: &Target) -> Self {
        let timeouts = pool.timeouts();
        let (after, what, advice) = match step {
            TimeoutType::Wait => (
                timeouts.wait,
                format!("waiting for one of the pool's {} connections", pool.status().max_size),
                "all are in use: look for slow queries and connections held too long, or raise pool_max_size",
            ),
            TimeoutType::Create => return Self::slow_connect(timeouts.create, target),
            TimeoutType::Recycle => (
                timeouts.recycle,
                "resetting a connection for its next use".to_owned(),
                "check the load of the server and the network",
            ),
        };
        Self::TimedOut { what, after: after.unwrap_or_default(), advice: Cow::Borrowed(advice) }
    }

    pub(super) fn slow_connect(after: Option<Duration>, target: &Target) -> Self {
        Self::TimedOut {
            what: format!("opening a connection to PostgreSQL at {}", target.server),
            after: after.unwrap_or_default(),
            advice: Cow::Borrowed("check the address, the load of the server, and firewalls that drop packets"),
        }
    }

    pub(super) fn lost_before_use(target: &Target) -> Self {
        let reason = "new connections were lost at once".to_owned();
        Self::Other { server: target.server.clone(), reason, source: None }
    }

    /// Classifies the driver's error for a connection that could not be opened.
    pub(super) fn while_connecting(source: tokio_postgres::Error, target: &Target) -> Self {
        let server = target.server.clone();
        let user = target.user.clone();
        let reason = in_full(&source);
        match Failure::of(&source) {
            Failure::WrongPassword => Self::WrongPassword { server, user, source },
            Failure::MissingPassword => Self::MissingPassword { server, user, source },
            Failure::UnknownDatabase => Self::UnknownDatabase { server, dbname: target.dbname.clone(), source },
            Failure::NotPermitted => Self::NotPermitted { server, user, reason, source },
            Failure::OptionsRefused => Self::OptionsRefused { server, reason, source },
            Failure::TooManyConnections => Self::TooManyConnections { server, reason, source },
            Failure::TlsRefused => Self::TlsRefused { server, source },
            Failure::Tls => {
                let (problem, reason) = tls::explain(&source).unwrap_or((TlsProblem::Handshake, reason));
                Self::Tls { server, problem, reason, source }
            }
            Failure::ClientCertificate => {
                let reason = format!(
                    "{reason}; it requires a certificate issued to the role: \
                     name it and its key in sslcert and sslkey (PGSSLCERT, PGSSLKEY)"
                );
                Self::Tls { server, problem: TlsProblem::ClientCertificate, reason, source }
            }
            Failure::ChannelBinding(reason) => Self::ChannelBinding { server, reason, source },
            Failure::TimedOut => Self::slow_connect(target.connect_timeout, target),
            Failure::ReadOnly => Self::ReadOnly { server },
            Failure::Writable => Self::Writable { server },
            Failure::Unreachable => Self::Unreachable { reason: root_cause(&source).to_string(), server, source },
            Failure::Closed => Self::Unreachable {
                reason: format!("it closed the connection, or is not PostgreSQL ({})", root_cause(&source)),
                server,
                source,
            },
            Failure::Other => Self::Other { server, reason, source: Some(source) },
        }
    }
}

/// The client refused the login before it answered the server's request for a password.
const NOT_BOUND: &str = "channel_binding=require is set and the server does not support it; \
    it needs sslmode=require or stronger, scram-sha-256 in pg_hba.conf and a certificate signed with RSA or ECDSA \
    over SHA-256 or SHA-384";

/// The server refused the login: the client saw another certificate than the server's.
const OTHER_CERTIFICATE: &str = "something between here and the server decrypts the connection \
    and presents a certificate of its own; if it is a proxy you trust, set channel_binding=disable (PGCHANNELBINDING), \
    else treat it as an attack";

/// How PostgreSQL's messages about a client certificate begin that is missing, or issued to another role.
const ABOUT_CLIENT_CERTIFICATE: [&str; 2] =
    ["connection requires a valid client certificate", "certificate authentication failed"];

/// The server, user and database that an error names.
#[derive(Debug)]
pub(super) struct Target {
    server: String,
    user: String,
    dbname: String,
    connect_timeout: Option<Duration>,
}

impl Target {
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn of(settings: &Settings) -> Self {
        let user = settings.get_user().unwrap_or("(the operating system's user)");
        Self {
            server: settings.server_names(),
            user: user.to_owned(),
            dbname: settings.get_dbname().unwrap_or(user).to_owned(),
            connect_timeout: Some(settings.get_connect_timeout()),
        }
    }
}

/// What the driver's error means.
enum Failure {
    WrongPassword,
    MissingPassword,
    UnknownDatabase,
    NotPermitted,
    OptionsRefused,
    TooManyConnections,
    TlsRefused,
    Tls,
    ClientCertificate,
    ChannelBinding(&'static str),
    TimedOut,
    ReadOnly,
    Writable,
    Unreachable,
    Closed,
    Other,
}

impl Failure {
    fn of(error: &tokio_postgres::Error) -> Self {
        if let Some(code) = error.code() {
            let says = |words: &str| error.as_db_error().is_some_and(|error| error.message().contains(words));
            return match *code {
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION if says("SCRAM channel binding") => {
                    Self::ChannelBinding(OTHER_CERTIFICATE)
                }
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION if ABOUT_CLIENT_CERTIFICATE.iter().any(|w| says(w)) => {
                    Self::ClientCertificate
                }
                SqlState::PROTOCOL_VIOLATION if says("unsupported startup parameter") => Self::OptionsRefused,
                SqlState::INVALID_PASSWORD => Self::WrongPassword,
                SqlState::INVALID_CATALOG_NAME => Self::UnknownDatabase,
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION | SqlState::INSUFFICIENT_PRIVILEGE => Self::NotPermitted,
                SqlState::TOO_MANY_CONNECTIONS => Self::TooManyConnections,
                _ => Self::Other,
            };
        }
        // The driver's error kinds are private, so its texts are compared. Tests against a real server fail if a new
        // version changes them.
        match (error.to_string().as_str(), root_cause(error).to_string()) {
            ("invalid configuration", cause) if cause == "password missing" => Self::MissingPassword,
            ("error performing TLS handshake", cause) if cause == "server does not support TLS" => Self::TlsRefused,
            ("error performing TLS handshake", _) => Self::Tls,
            // The driver's own timeout; the operating system's has an errno in its text.
            ("error connecting to server", cause) if cause == "connection timed out" => Self::TimedOut,
            // By target_session_attrs.
            ("error connecting to server", cause) if cause == "database does not allow writes" => Self::ReadOnly,
            ("error connecting to server", cause) if cause == "database is not read only" => Self::Writable,
            ("error connecting to server", _) => Self::Unreachable,
            ("authentication error", cause) if cause == "server did not use channel binding" => {
                Self::ChannelBinding(NOT_BOUND)
            }
            // In TLS 1.3 the server refuses the client's certificate after the client has finished the handshake.
            ("error communicating with the server", _) if tls::explain(error).is_some() => Self::Tls,
            ("error communicating with the server", _) if io_cause(error).is_some() => Self::Closed,
            _ => Self::Other,
        }
    }
}

fn io_cause(error: &tokio_postgres::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

fn root_cause(error: &dyn StdError) -> &dyn StdError {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
}
