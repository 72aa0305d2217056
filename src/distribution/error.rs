//! Why a database can't be looked at, or can't be distributed.

use barqnet_db_client::{error_text::in_full, pool, sqlstate::is_lost_commit};

use super::refusal::Refusal;
use crate::migrate;

/// A database was not distributed; except with [`CommitUnknown`](Self::CommitUnknown), nothing has changed in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] pool::Error),
    /// The migrations of the database can't be compared with those of the program.
    #[error(transparent)]
    Migrations(#[from] migrate::Error),
    /// The database does not fit. [`Plan::refusals`](super::Plan::refusals) has the same.
    #[error("the database can't be distributed: {}", listed(.0))]
    Refused(Vec<Refusal>),
    /// A statement failed, and the whole was rolled back.
    #[error("{doing} failed and was rolled back: {}", in_full(.source))]
    Database {
        /// What was done.
        doing: &'static str,
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// The connection was lost in the commit, which may have been carried out.
    #[error("it is unknown whether the database was distributed; run it again, what is done is not done twice: {}", in_full(.0))]
    CommitUnknown(tokio_postgres::Error),
}

fn listed(refusals: &[Refusal]) -> String {
    let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl Error {
    pub(super) fn of(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    pub(super) fn of_commit(source: tokio_postgres::Error) -> Self {
        if is_lost_commit(source.code()) {
            Self::CommitUnknown(source)
        } else {
            Self::Database { doing: "committing", source }
        }
    }
}
