#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod analysis;
mod build_script;
mod cornucopia_input;
mod describe;
mod diagnostic;
mod did_you_mean;
mod fingerprint;
mod folder;
mod functions;
mod generate;
mod migrations;
mod panics;
mod queries;
mod query_check;
mod report;
mod rust_code;
mod schema;
mod scratch;
mod settings;
mod unused;

pub use build_script::{bring_up_to_date, build_script};
pub use describe::{DescribedColumn, DescribedParameter, DescribedQuery, describe};
pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use fingerprint::stale_files;
pub use generate::{Report, generate};
pub use report::{DEFAULT_REPORT, report};
pub use schema::schema_script;
pub use unused::{Finding, UnusedReport, unused};
