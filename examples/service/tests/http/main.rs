//! The service over HTTP; each test has its own service, port and database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod connections;
mod day;
mod devices;
mod hang_up;
mod locations;
mod metrics;
mod nodes;
#[cfg(feature = "otlp")]
mod otlp;
mod otp;
mod passwords;
mod plans;
mod process;
mod refusals;
mod sessions;
mod support;
mod tickets;
mod usage;
