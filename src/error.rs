//! What can go wrong with everything that takes the pool and runs statements of its own.

use crate::{client, pool};

/// Why there is no answer. What was committed until then stays; of anything that decides over access it is a refusal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be had.
    #[error(transparent)]
    Pool(#[from] pool::Error),
    /// A statement failed.
    #[error(transparent)]
    Statement(#[from] client::Error),
}
