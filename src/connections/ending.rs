//! How a connection ends.

use super::{CloseReason, heartbeats::bytes};
use crate::{
    client::{Error, GenericClient, Params},
    queries::connections::{self, CloseParams, ClosedConnection, FailedConnection, MarkErrorParams},
};

/// What a node had counted for a connection when it ended; see [`Heartbeat`](super::Heartbeat).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalCounters {
    /// The start of the node that counted.
    pub epoch: i64,
    /// Bytes from the client.
    pub bytes_received: u64,
    /// Bytes to the client.
    pub bytes_sent: u64,
}

/// Closes a connection and writes its statistics: once, whoever else closes, reaps or reports at the same moment. `None`
/// means that it was closed already, or is not this server's.
pub async fn close(
    client: &impl GenericClient,
    server_id: &str,
    id: i32,
    reason: CloseReason,
    counters: Option<FinalCounters>,
) -> Result<Option<ClosedConnection>, Error> {
    let parameters = CloseParams {
        id,
        server_id,
        epoch: counters.map(|counters| counters.epoch),
        bytes_received: counters.map(|counters| bytes(counters.bytes_received)),
        bytes_sent: counters.map(|counters| bytes(counters.bytes_sent)),
        reason,
    };
    connections::close().params(client, &parameters).opt().await
}

/// Ends a connection in state error, as [`close`] does; one that was never up and moved nothing leaves no statistics.
pub async fn fail(
    client: &impl GenericClient,
    server_id: &str,
    id: i32,
    reason: &str,
    counters: Option<FinalCounters>,
) -> Result<Option<FailedConnection>, Error> {
    let parameters = MarkErrorParams {
        id,
        server_id,
        epoch: counters.map(|counters| counters.epoch),
        bytes_received: counters.map(|counters| bytes(counters.bytes_received)),
        bytes_sent: counters.map(|counters| bytes(counters.bytes_sent)),
        reason,
    };
    connections::mark_error().params(client, &parameters).opt().await
}

/// Closes up to `batch` connections, of whatever servers, that had no heartbeat for `idle_seconds` (not less than 270):
/// as of the last one, with their statistics. Fewer than `batch` means that no more are to be had. Any number of
/// processes may do this at once: they share the work.
pub async fn reap_stale(
    client: &impl GenericClient,
    idle_seconds: f64,
    batch: i64,
) -> Result<Vec<ClosedConnection>, Error> {
    let mut closed = Vec::new();
    for server_id in connections::servers_with_stale().bind(client, &idle_seconds).all().await? {
        let left = batch - i64::try_from(closed.len()).unwrap_or(i64::MAX);
        if left <= 0 {
            break;
        }
        closed.extend(connections::reap_stale().bind(client, &server_id, &idle_seconds, &left).all().await?);
    }
    Ok(closed)
}
