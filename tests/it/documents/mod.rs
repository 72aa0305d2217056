//! What README.md and docs/ say is true where a test can tell.

mod links;
mod markdown;
#[cfg(feature = "metrics")]
mod observability;
mod partitions;
mod readme;
mod roles;
