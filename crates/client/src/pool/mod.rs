//! Connections: settings from a URL, the environment or code, and a pool in which every wait has a limit.
//!
//! ```text
//! URL ─┐
//! PG* ─┼─▶ Settings ─┬─▶ connect         a Pool, tested at once   for a service
//! code ┘             ├─▶ connect_lazy    a Pool, not tested       for a service that starts before its database
//!                    ├─▶ connect_one     one Client               for a command or a listener
//!                    └─▶ connect_client  the driver's own Client  for migrations
//! ```
//!
//! - Every wait has a limit: for a free connection, for opening and resetting one, for a statement, for a peer that no
//!   longer answers. [`Settings`] lists them with their defaults.
//! - A connection that ran a caller's own SQL text is reset before it is lent again: transactions, settings, role, locks,
//!   temporary tables and channels of the last borrower are gone, prepared statements stay.
//! - A call that is given up is cancelled on the server; the pool never has more connections than its maximum, and its lane's.
//! - A [`Lane`] runs single statements of many tasks on few connections that they share: faster than a connection per task.
//! - A server that stops, hangs or becomes a standby is left by the whole pool, not by one connection after the other. With
//!   `target_session_attrs=read-write` one that was replaced is left as well, also if it still believes to be the primary.
//!   Connections are renewed by age.
//! - Callers wait in their order, and one who could not be served in time is refused at once: [`Error::Overloaded`].
//! - [`PoolMode::Transaction`] works behind poolers that share sessions.
//! - Every session runs in UTC and READ COMMITTED, with the [`SESSION_SETTINGS`] that SQL relies on, and has an
//!   `application_name`.
//! - `sslmode`, `sslrootcert`, `sslcert`, `sslkey` and `channel_binding` mean what they mean to `psql`, `verify-full`
//!   included.
//! - [`Error`] says what failed and what to do about it. It never contains the password.
//!
//! Encryption needs the Cargo feature `tls`. Without it, settings that ask for encryption are refused.

mod ageing;
mod classify;
mod clients;
mod connection;
mod driver;
mod error;
mod failures;
mod file_mode;
mod lane;
mod manager;
mod open;
mod parameters;
mod passfile;
#[expect(clippy::module_inception, reason = "the pool is what the module is for")]
mod pool;
mod pool_mode;
mod queue;
mod replicas;
mod server;
mod service_file;
mod settings;
mod sources;
mod startup;
mod timelines;
mod timer;
mod tls;
mod transaction;

pub(crate) use self::{
    clients::Lent,
    connection::{Connection, Peer},
    pool::{IN_TRANSACTION, RESET, Shared},
    replicas::{Replica, Replicas},
    startup::millis,
    transaction::RunOn,
};
pub use self::{
    error::Error,
    lane::Lane,
    open::{connect, connect_lazy, connect_one},
    pool::{Pool, Status},
    pool_mode::PoolMode,
    replicas::{InvalidPosition, Position},
    settings::Settings,
    startup::SESSION_SETTINGS,
    tls::{InvalidTlsSetting, SslMode, TlsProblem},
    transaction::Attempt,
};
pub use crate::client::Client;
pub use tokio_postgres::config::ChannelBinding;
