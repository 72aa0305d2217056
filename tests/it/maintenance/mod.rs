//! Scheduled maintenance: usage, retention, tables, and the runs themselves.

mod growth;
mod retention;
mod run;
mod support;
mod tables;
mod usage;
