//! Connections: settings from a URL, the environment or code, and a pool in which every wait has a limit.
//!
//! ```text
//! URL ─┐
//! PG* ─┼─▶ Settings ─┬─▶ connect         a Pool, tested at once   for a service
//! code ┘             ├─▶ connect_lazy    a Pool, not tested       for a service that starts before its database
//!                    ├─▶ connect_one     one Connection           for a command or a listener
//!                    └─▶ connect_client  the driver's own Client  for migrations
//! ```
//!
//! - Every wait has a limit: for a free connection, for opening and resetting one, for a statement, for a peer that no
//!   longer answers. [`Settings`] lists them with their defaults.
//! - Before a connection is lent again it is reset: transactions, settings, role, locks, temporary tables and channels
//!   of the last borrower are gone, prepared statements stay.
//! - Every session runs in UTC and READ COMMITTED, with the [`SESSION_SETTINGS`] that SQL relies on, and has an
//!   `application_name`.
//! - `sslmode`, `sslrootcert`, `sslcert`, `sslkey` and `channel_binding` mean what they mean to `psql`, `verify-full`
//!   included.
//! - [`Error`] says what failed and what to do about it. It never contains the password.
//!
//! Encryption needs the Cargo feature `tls`. Without it, settings that ask for encryption are refused.

mod classify;
mod driver;
mod error;
mod file_mode;
mod open;
mod parameters;
mod passfile;
mod server;
mod service_file;
mod settings;
mod sources;
mod startup;
mod tls;

pub use self::{
    error::Error,
    open::{Connection, connect, connect_lazy, connect_one, get},
    settings::Settings,
    startup::SESSION_SETTINGS,
    tls::{InvalidTlsSetting, SslMode, TlsProblem},
};
pub use deadpool_postgres::{Client, Pool};
pub use tokio_postgres::config::ChannelBinding;
