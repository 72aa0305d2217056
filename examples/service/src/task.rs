//! Work that is finished even if the client hangs up.

use tokio::sync::oneshot;
use tracing::Instrument;

use crate::error::ApiError;

/// Runs `work` in a task of its own and returns what it answers. axum drops a handler whose client disconnects, and a handler
/// that takes too long; the task goes on, so that what is half done is completed.
pub(crate) async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    let (answer, answered) = oneshot::channel();
    let work = async move {
        // Nobody may wait for the answer by then.
        let _ = answer.send(work.await);
    };
    tokio::spawn(work.in_current_span());
    // The task panicked, or the runtime is shutting down.
    answered.await.unwrap_or(Err(ApiError::Internal))
}
