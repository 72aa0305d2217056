#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

// Entry points: the build script, the program, the fuzz targets.
mod build_script;
#[cfg(feature = "command")]
mod command;
#[doc(hidden)]
pub mod fuzzing;

// The build and what decides whether it runs.
mod bases;
mod fingerprint;
mod generate;
mod interrupt;
mod project_lock;
mod scratch;
mod settings;

// Migrations: read, apply, check what they do and the functions that they define.
mod ddl;
mod functions;
mod migrations;

// Queries: read, prepare, analyse, check.
mod access;
mod analysis;
mod embedded;
mod generated_names;
mod plans;
mod queries;
mod query_check;
mod rules;
mod server_errors;
mod utility_statements;
mod variants;

// What is written: Rust and the schema.
mod constraints;
mod rust_code;
mod schema;
mod types;

// Answers about a project; they change no file that is committed.
#[cfg(feature = "command")]
mod against;
mod describe;
#[cfg(feature = "command")]
mod report;
#[cfg(feature = "command")]
mod unused;
#[cfg(feature = "command")]
mod usage;

// Messages, and what several modules need.
mod diagnostic;
mod did_you_mean;
mod folder;
mod panics;
mod place;
#[cfg(feature = "command")]
mod rule_names;
mod timings;

pub use build_script::{bring_up_to_date, build_script};
#[cfg(feature = "command")]
pub use command::run_command;
pub use describe::{DescribedColumn, DescribedParameter, DescribedQuery, describe};
pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use fingerprint::stale_files;
pub use generate::{Report, generate};
pub use schema::{SchemaFiles, schema_script};
