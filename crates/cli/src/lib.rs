#![doc = include_str!("../README.md")]
//!
//! # How it is made
//!
//! ```text
//! arguments ─▶ go_flags ─▶ arguments/ ─▶ connection ─▶ one module per command
//!                                                               │
//!                                        output, json ◀─────────┴────────▶ error, exit (exit codes)
//! ```

#![warn(clippy::unwrap_used)]

mod arguments;
mod commands;
mod connection;
#[cfg(feature = "demo")]
mod demo;
mod dispatch;
mod doctor;
mod error;
mod exit;
mod go_flags;
mod help;
mod json;
mod logging;
mod maintain;
mod migrate;
mod nearest;
mod output;
mod plan;
mod program;
mod progress;
mod prompt;
mod release_number;
mod rollback;
mod runtime;
mod signals;
mod status;
mod stopping;
mod units;
mod unlock;

pub use commands::Commands;
pub use exit::Exit;
