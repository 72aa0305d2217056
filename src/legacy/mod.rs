//! Databases of the Go product: takes them over, and reports what could not be converted.
//!
//! A database of the Go product has the tables `users`, `servers` and `audit_log` with the columns that both base
//! schemas of its service have. V1 to V4 convert the tables, so that refinery's own runner does the same. What only
//! this runner can do is [`GoProduct`]: it recognises such a database, refuses any other that has tables, and puts the
//! tracking table of the Go product aside, which has the history's name.
//!
//! Every row and value is kept. A value that did not fit was changed, and its original is in the table
//! `adoption_changes`; a constraint that older rows violate holds for new rows only. [`report`] lists both.

mod baseline;
mod not_valid;
mod recognise;
mod refusal;
mod report;

pub use baseline::GoProduct;
pub use refusal::Refusal;
pub use report::{Exception, LegacyReport, report};

pub(crate) use not_valid::not_valid;
pub(crate) use report::{changes, kept, report_on};
