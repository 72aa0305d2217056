// Written by the build step from queries/. Edit those files: `cargo build` brings this one up to date.

//! One module per file of `queries/`, one function per statement.

pub mod branches;
pub mod catalogue;
pub mod orders;
pub mod partner;
pub mod stock;
pub mod constraints;
pub mod types;
#[cfg(any(test, feature = "fakes"))]
mod fakes;
