//! Databases of the Go product: converted with nothing lost, or refused.

mod conversion;
mod refusals;
mod report;
mod runs;
pub(crate) mod support;
