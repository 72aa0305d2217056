#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod access;
#[cfg(feature = "command")]
mod against;
mod analysis;
mod build_script;
#[cfg(feature = "command")]
mod command;
mod cornucopia_input;
mod ddl;
mod describe;
mod diagnostic;
mod did_you_mean;
mod fingerprint;
mod folder;
mod functions;
#[doc(hidden)]
pub mod fuzzing;
mod generate;
mod interrupt;
mod migrations;
mod panics;
mod place;
mod plans;
mod project_lock;
mod queries;
mod query_check;
#[cfg(feature = "command")]
mod report;
#[cfg(feature = "command")]
mod rule_names;
mod rules;
mod rust_code;
mod rust_values;
mod schema;
mod scratch;
mod settings;
mod types;
#[cfg(feature = "command")]
mod unused;

pub use build_script::{bring_up_to_date, build_script};
#[cfg(feature = "command")]
pub use command::run_command;
pub use describe::{DescribedColumn, DescribedParameter, DescribedQuery, describe};
pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use fingerprint::stale_files;
pub use generate::{Report, generate};
pub use schema::schema_script;
