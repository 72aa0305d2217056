//! Checks a database: server, migrations, schema and privileges, with what to do about each finding.
//!
//! ```no_run
//! # async fn check() -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{doctor, embedded, pool::Settings};
//!
//! for finding in doctor::examine(&Settings::from_env()?, &embedded::migrations()).await? {
//!     println!("{finding}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! It never writes, waits for a lock for at most 2 s, and for a statement at most 5 s. What the role may not see is a
//! finding, too.

mod checks;
mod distribution;
mod finding;
mod locations;
mod migrations;
mod phone_numbers;
mod privileges;
mod replication;
mod schema;
mod sequences;
mod server;
mod settings;

pub use checks::examine;
pub use finding::{Finding, Severity};

/// SQL that creates the roles of docs/operations.md and grants each what it needs: an owner, a service, a node, a reporter and
/// the maintenance. Its comments say under which role and in which database each part runs; the names of the database
/// `vpn`, the schema `public` and the roles are examples.
pub const ROLES: &str = include_str!("roles.sql");
