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
mod completions;
mod connection;
mod create;
#[cfg(feature = "demo")]
mod demo;
mod difference;
mod dispatch;
mod distribute;
mod doctor;
mod drop;
#[cfg(feature = "dump")]
mod dump;
mod earlier_text;
mod error;
mod exit;
mod go_flags;
mod help;
mod json;
mod logging;
mod maintain;
mod migrate;
mod nearest;
mod new;
mod output;
mod plan;
mod program;
mod progress;
mod prompt;
mod release_number;
mod repair;
mod rollback;
mod runtime;
mod signals;
mod sources;
mod status;
mod stopping;
mod table;
mod units;
mod unlock;
mod verify;
mod wait;

pub use commands::Commands;
pub use exit::Exit;
