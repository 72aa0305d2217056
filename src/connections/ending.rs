//! Ends of connections: close, error, stale.

use std::time::Duration;

use barqnet_db_client::{Error, GenericClient};

use super::heartbeats::{CounterPolicy, bytes};
use crate::{
    interval::seconds,
    queries::connections::{self, CloseParams, ClosedConnection, MarkErrorParams},
    text_enum::text_enum,
    told::told,
};

/// The shortest time without a heartbeat after which a connection is stale: OpenVPN drops a silent peer after 240 s.
pub const MIN_IDLE: Duration = Duration::from_secs(270);

text_enum! {
    /// Why a connection was closed.
    pub enum CloseReason, "reason to close a connection" {
        /// The client left.
        ClientExit = "client_exit",
        /// Its server restarted.
        ServerRestart = "server_restart",
        /// It had no recent heartbeat.
        Stale = "stale",
        /// A newer connection took its virtual address, or its device opened another one.
        Superseded = "superseded",
        /// It was the oldest one of a user who reached the limit of connections.
        ConnectionLimit = "connection_limit",
        /// Its device was signed out, or its user signed out everywhere.
        SignedOut = "signed_out",
        /// Its device was lost.
        DeviceLost = "device_lost",
        /// Its device was the one not used for longest of a user who reached the limit of devices.
        DeviceLimit = "device_limit",
        /// An operator closed it.
        Administrator = "administrator",
        /// The quota of its user's plan is used up.
        OverQuota = "over_quota",
        /// Its user's plan has ended.
        PlanEnded = "plan_ended",
        /// The account has expired.
        AccountExpired = "account_expired",
        /// The account was deactivated.
        AccountDeactivated = "account_deactivated",
        /// The account was moved to another server.
        AccountMoved = "account_moved",
        /// The person was erased.
        AccountErased = "account_erased",
    }
}

/// What a node had counted for a connection when it ended; see [`Heartbeat`](super::Heartbeat).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalCounters {
    /// The counter's epoch.
    pub epoch: i64,
    /// Bytes from the client.
    pub bytes_received: u64,
    /// Bytes to the client.
    pub bytes_sent: u64,
}

/// Ends a connection in state disconnected and writes its statistics row: once, even if others close, reap or report it
/// concurrently. Counters add what they would in a [heartbeat](super::heartbeat): implausible or late ones nothing. `None`
/// means that the connection had ended already, or is not this server's.
pub async fn close(
    client: &impl GenericClient,
    server_id: &str,
    id: i64,
    reason: CloseReason,
    counters: Option<FinalCounters>,
    policy: &CounterPolicy,
) -> Result<Option<ClosedConnection>, Error> {
    let (epoch, bytes_received, bytes_sent) = columns(counters);
    let max_bits_per_second = policy.bits();
    let parameters = CloseParams { server_id, id, reason, epoch, bytes_received, bytes_sent, max_bits_per_second };
    connections::close().params(client, &parameters).opt().await
}

/// Ends a connection in state error, as [`close`] does, whatever the text of the reason is: 255 characters of it are kept. If
/// it was never connected and has no bytes, it leaves no statistics row.
pub async fn mark_error(
    client: &impl GenericClient,
    server_id: &str,
    id: i64,
    reason: &str,
    counters: Option<FinalCounters>,
    policy: &CounterPolicy,
) -> Result<Option<ClosedConnection>, Error> {
    let (epoch, bytes_received, bytes_sent) = columns(counters);
    let max_bits_per_second = policy.bits();
    let parameters =
        MarkErrorParams { server_id, id, reason: told(reason), epoch, bytes_received, bytes_sent, max_bits_per_second };
    connections::mark_error().params(client, &parameters).opt().await
}

/// The epoch, the bytes received and the bytes sent, as parameters.
fn columns(counters: Option<FinalCounters>) -> (Option<i64>, Option<i64>, Option<i64>) {
    let counters =
        counters.map(|counters| (counters.epoch, bytes(counters.bytes_received), bytes(counters.bytes_sent)));
    (counters.map(|counters| counters.0), counters.map(|counters| counters.1), counters.map(|counters| counters.2))
}

/// Closes up to `batch` connections, of any servers, that had no heartbeat for `idle` (at least [`MIN_IDLE`]; less counts
/// as that): as of the last heartbeat, each with its statistics row. Fewer than `batch` means that there are no more. Any
/// number of processes can do this at once and share the work.
///
/// Only time in which reports could arrive counts, so that an outage of the database or of the way to it ends no connection:
/// the server, or any if this one is silent altogether, must have been heard of for `idle` without an interruption of 3
/// minutes. While none is heard of, connections end after a day. What a node later reports of a connection that was
/// reaped is counted, once.
pub async fn reap_stale(
    client: &impl GenericClient,
    idle: Duration,
    batch: u32,
) -> Result<Vec<ClosedConnection>, Error> {
    let idle_seconds = seconds(idle.max(MIN_IDLE));
    let mut closed = Vec::new();
    for server_id in connections::servers_with_stale().bind(client, &idle_seconds).all().await? {
        let left = i64::from(batch) - i64::try_from(closed.len()).unwrap_or(i64::MAX);
        if left <= 0 {
            break;
        }
        closed.extend(connections::reap_stale().bind(client, &server_id, &idle_seconds, &left).all().await?);
    }
    Ok(closed)
}
