//! The runtime that the commands run on.

use std::io;

use tokio::runtime::Runtime;

/// A runtime on this thread: the commands do one thing after the other.
pub(crate) fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
