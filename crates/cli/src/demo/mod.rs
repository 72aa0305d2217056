//! `demo`: one user's day, shown through the library's typed functions on a database that is deleted afterwards.
//!
//! ```text
//! scratch ─▶ schema ─▶ servers ─▶ account ─▶ session ─▶ locations ─▶ connection ─▶ usage ─▶ session ─▶ maintenance
//! (database)                      user       token      a server     traffic                     signed out
//! ```

mod account;
mod connection;
mod locations;
mod maintenance;
mod narration;
mod person;
mod required;
mod run;
mod schema;
mod scratch;
mod servers;
mod session;
mod usage;

pub(crate) use run::run;
