//! The runtime that the commands run on.

use std::io;

use tokio::runtime::Runtime;

use crate::{error::Error, stopping};

/// A runtime on this thread: the commands do one thing after the other.
pub(crate) fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Runs a command until its end or until a signal.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = runtime()?;
    let result = runtime.block_on(stopping::until_signal(command));
    // Closes all connections, and does not wait for a question that was not answered.
    runtime.shutdown_background();
    result
}
