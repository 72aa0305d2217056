//! How a product takes over databases that an earlier tool made.

use std::{error::Error, fmt};

use futures::future::BoxFuture;
use tokio_postgres::Client;

/// How a product takes over databases that an earlier tool made: give it to
/// [`Migrations::with_baseline`](crate::Migrations::with_baseline).
///
/// The runner asks it only about a database to which the first migration is not applied. Without a baseline such a
/// database is taken for an empty one, and a table `schema_migrations` of another layout is refused.
///
/// Converting the tables is the task of the first migrations, so that every runner does the same. A baseline recognises
/// the database, refuses one that those migrations can't convert, and puts the earlier tool's tracking table aside.
pub trait Baseline: fmt::Debug + Send + Sync {
    /// The name, in `snake_case`, of the migration that converts the earlier tool's tables first. Another set of
    /// migrations, one that begins with another name, is applied without this baseline.
    fn first_migration(&self) -> &str;

    /// The tables by which a database of the earlier tool is known. The runner refuses a `search_path` that finds one
    /// of them in another schema than the one in which new tables are created.
    fn tables(&self) -> &[&str];

    /// Whether the earlier tool made this database. It must not write, and may run outside the lock.
    ///
    /// `Ok(None)` for any other database that the migrations may be applied to, such as an empty one.
    fn recognise<'a>(&'a self, client: &'a Client) -> Recognition<'a>;

    /// SQL that prepares a recognised database for the first migration: it gives the earlier tool's table
    /// `schema_migrations` another name. It runs once, under the lock, in the transaction that creates the history.
    fn prepare(&self) -> &str;
}

/// What [`Baseline::recognise`] returns: `Box::pin(async move { … })`.
pub type Recognition<'a> = BoxFuture<'a, Result<Option<Recognised>, BaselineError>>;

/// A database that an earlier tool made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// What it is, such as `a database of the Go product`.
    pub what: String,
    /// What is known about its state, for the log.
    pub details: String,
}

/// Why a database can't be taken over.
#[derive(Debug)]
#[non_exhaustive]
pub enum BaselineError {
    /// The migrations can't be applied to it.
    Refused {
        /// Why; its text is the problem without the advice.
        reason: Box<dyn Error + Send + Sync>,
        /// What to do about it.
        advice: String,
    },
    /// It could not be read.
    Unreadable(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for BaselineError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Unreadable(error)
    }
}
