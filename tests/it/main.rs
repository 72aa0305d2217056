//! What barqnet-db promises, against a real PostgreSQL: one folder or file per domain.

mod audit;
mod bad_input;
mod client;
mod clocks;
mod common;
mod connections;
mod devices;
mod distribution;
mod doctor;
mod documents;
mod legacy;
mod locations;
mod logs;
mod maintenance;
#[cfg(feature = "metrics")]
mod metrics;
mod migrate;
mod monitoring;
mod otp;
#[cfg(feature = "passwords")]
mod password;
mod plans;
mod roles;
mod schema;
mod servers;
mod sessions;
mod usage;
mod users;
