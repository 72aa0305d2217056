//! Work that is finished even if the client hangs up.

use tokio::sync::oneshot;
use tracing::Instrument;

use crate::error::ApiError;

/// Runs `work` in a task of its own and returns what it answers. axum drops a handler whose client disconnects, and a handler
/// that takes too long; the task goes on, so that what is half done is completed. If nobody waits for the answer by then,
/// `undelivered` gets it.
pub(crate) async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    undelivered: impl FnOnce(T) + Send + 'static,
) -> Result<T, ApiError> {
    let (answer, answered) = oneshot::channel();
    let work = async move {
        if let Err(Ok(nobody_waits)) = answer.send(work.await) {
            undelivered(nobody_waits);
        }
    };
    tokio::spawn(work.in_current_span());
    // The task panicked, or the runtime is shutting down.
    answered.await.unwrap_or(Err(ApiError::Internal))
}
