//! The service over HTTP, each test with a service, a port and a database of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod connections;
mod day;
mod locations;
mod nodes;
mod otp;
mod process;
mod refusals;
mod sessions;
mod support;
mod usage;
