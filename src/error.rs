//! The error of functions that take the pool.

use barqnet_db_client::{self as client, pool};

/// A function that takes the pool failed. What it committed before stays committed. Treat an error from an access check as a
/// denial.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pool has no connection to offer, or could not make one.
    #[error(transparent)]
    Pool(#[from] pool::Error),
    /// A statement failed.
    #[error(transparent)]
    Statement(#[from] client::Error),
}
