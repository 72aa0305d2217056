//! The schema and the generated code as a whole.

pub(crate) mod changes;
mod coverage;
mod distribution;
mod files;
mod functions;
mod generated_code;
mod ids;
mod migrations;
mod specification;
mod tables;
mod times;
