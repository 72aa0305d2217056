#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod analysis;
mod annotation;
mod build_script;
mod cornucopia_input;
mod diagnostic;
mod fingerprint;
mod flat_sql;
mod folder;
mod generate;
mod migrations;
mod queries;
mod query_check;
mod rust_code;
mod rust_values;
mod schema;
mod scratch;
mod settings;
mod types;

pub use build_script::{bring_up_to_date, build_script};
pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use fingerprint::stale_files;
pub use generate::{Report, generate};
pub use schema::schema_script;
