//! A private PostgreSQL server that starts in under a second and is stopped and deleted with its owner.
//!
//! ```no_run
//! let server = barqnet_db_throwaway::Server::start()?;
//! println!("psql '{}'", server.url("postgres"));
//! // Dropping it stops the server and deletes its data.
//! drop(server);
//! # Ok::<(), barqnet_db_throwaway::Error>(())
//! ```
//!
//! - **It leaves nothing behind**: the server also ends, and its data is deleted, when the owner panics, is interrupted
//!   by Ctrl-C or is killed.
//! - **It is private**: its data and its Unix-domain socket are in a temporary folder that only its user may enter, and
//!   it listens on no TCP port. Variables such as `PGPORT` do not affect it.
//! - **It is fast**: it writes without `fsync`. Use it for tests, build steps and demonstrations, not for data to keep.
//!
//! It uses the PostgreSQL that is installed on the machine: see [`Installation::find`]. [`Options`] sets parameters and
//! authentication. PostgreSQL refuses to run as root, so for root the server runs as the user `nobody`. Only Unix
//! systems are supported.
//!
//! The program `barqnet-db-throwaway COMMAND` runs a command with such a server: its URL is in the variable
//! `BARQNET_TEST_SERVER`.

#![warn(clippy::unwrap_used)]

mod error;
mod installation;
mod server;
mod user;

pub use self::{
    error::Error,
    installation::Installation,
    server::{Options, Server},
};

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
