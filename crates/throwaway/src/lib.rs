//! A private PostgreSQL server that starts in under a second and disappears with its owner.
//!
//! ```no_run
//! let server = barqnet_db_throwaway::Server::start()?;
//! println!("psql '{}'", server.url("postgres"));
//! // Dropped: stopped and deleted. So it is on a panic, on Ctrl-C and when the owner is killed.
//! # Ok::<(), barqnet_db_throwaway::Error>(())
//! ```
//!
//! The server comes from the machine's own PostgreSQL (see [`Installation::find`]), keeps its data in a private
//! temporary folder, listens on a unix socket in that folder only, and writes without `fsync`: its data is worth
//! nothing. PostgreSQL refuses to run as root, so for root the server runs as the user `nobody`.

#![warn(clippy::unwrap_used)]

mod error;
mod installation;
mod server;

pub use error::Error;
pub use installation::Installation;
pub use server::{Options, Server};
