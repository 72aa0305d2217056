// Written by the build step from queries/. Edit those files: `cargo build` brings this one up to date.

//! One module per file of `queries/`, one function per statement.

pub mod audit;
pub mod connections;
pub mod devices;
pub mod locations;
pub mod maintenance;
pub mod monitoring;
pub mod otp;
pub mod password;
pub mod plans;
pub mod roles;
pub mod servers;
pub mod sessions;
pub mod usage;
pub mod users;
pub mod constraints;
#[cfg(any(test, feature = "fakes"))]
mod fakes;
