//! Scheduled maintenance: usage, retention, tables, and the runs themselves.

mod retention;
mod run;
mod support;
mod tables;
mod usage;
