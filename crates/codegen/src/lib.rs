//! The build step of `barqnet-db`: SQL files in, typed Rust out, checked by a real PostgreSQL in between.
//!
//! ```text
//! migrations/ ──refinery──▶ throwaway PostgreSQL ◀──prepare── queries/
//!                                    │
//!                                    ▼ cornucopia
//!                            src/generated/ + fingerprint
//! ```
//!
//! [`build_script`] is what `build.rs` calls. It compares the fingerprint first: where nothing changed, no server
//! is looked for. Everything that is wrong is reported in one go, with file, line and column.

#![warn(clippy::unwrap_used)]

mod annotation;
mod build_script;
mod diagnostic;
mod fingerprint;
mod flat_sql;
mod generate;
mod migrations;
mod queries;
mod query_check;
mod rust_code;
mod schema;
mod scratch;
mod settings;

pub use build_script::{bring_up_to_date, build_script};
pub use diagnostic::{Diagnostic, Failures};
pub use fingerprint::stale_files;
pub use generate::{Report, generate};
pub use schema::schema_script;
