//! The migration files: read, checked as text, and tried on the scratch database as the runner will run them.

mod apply;
mod lint;
mod read;
mod requirements;
mod transaction;

use barqnet_db_sql::FileName;

pub(crate) use self::{
    apply::{Applied, apply},
    lint::{NOT_REPEATABLE, lint},
    read::read,
};

/// A migration file.
pub(crate) struct File {
    /// Relative to the project, as diagnostics show it.
    pub(crate) path: String,
    pub(crate) name: FileName,
    /// The text in its normal form, which the runner applies.
    pub(crate) sql: String,
    /// The base that it is a file of; `None` if it is the project's own.
    pub(crate) base: Option<String>,
}
