// Written by the build step from queries/. Edit those files: `cargo build` brings this one up to date.

//! One module per file of `queries/`, one function per statement.

pub mod tickets;
pub mod constraints;
