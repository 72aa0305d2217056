//! The result of a measurement.

use std::error::Error;

/// Nothing, because a measurement prints its figures, or why it failed.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;
