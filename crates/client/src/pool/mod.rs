//! Connections: settings from a URL, the environment or code, and a pool in which every wait has a limit.
//!
//! ```text
//! URL ─┐
//! PG* ─┼─▶ Settings ─┬─▶ connect         a Pool, tried once       what a service uses
//! code ┘             ├─▶ connect_lazy    a Pool, not yet tried
//!                    ├─▶ connect_one     one Connection           a command, a listener
//!                    └─▶ connect_client  the driver's own Client  migrations
//! ```
//!
//! - Every wait has a limit: for a free connection, for opening and for cleaning one, for a statement, for a peer that
//!   stopped answering. [`Settings`] lists them with their defaults.
//! - Every session runs in UTC and carries an `application_name`.
//! - `sslmode`, `sslrootcert`, `sslcert`, `sslkey` and `channel_binding` mean what they mean to `psql`, `verify-full`
//!   included.
//! - [`Error`] says what failed and what to do about it, never the password.
//!
//! Encryption takes the Cargo feature `tls`. Without it, settings that ask for encryption are refused.

mod driver;
mod error;
mod limit;
mod open;
mod parameters;
mod passfile;
mod server;
mod settings;
mod sources;
mod tls;

pub use self::{
    error::Error,
    open::{Connection, connect, connect_lazy, connect_one, get},
    settings::Settings,
    tls::{InvalidTlsSetting, SslMode, TlsProblem},
};
pub use deadpool_postgres::{Client, Pool};
pub use tokio_postgres::config::ChannelBinding;
