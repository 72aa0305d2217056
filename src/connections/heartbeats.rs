//! How a connection stays alive and its traffic is counted.

use crate::{
    client::{Error, GenericClient, Params},
    queries::connections::{self, HeartbeatBatchParams},
};

/// What a node has counted for one connection since the node's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The connection's id.
    pub connection_id: i32,
    /// Rises from report to report.
    pub sequence: i64,
    /// Bytes from the client.
    pub bytes_received: u64,
    /// Bytes to the client.
    pub bytes_sent: u64,
}

/// What became of each connection in a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatReport {
    /// Counted, and alive.
    pub applied: Vec<i32>,
    /// This report or a later one was counted before: nothing changed. The node may forget the report.
    pub repeated: Vec<i32>,
    /// A later start of the node has reported already, and nothing changed: the report was under way for long, or the node
    /// has an `epoch` that does not rise, because its clock went back.
    pub outdated: Vec<i32>,
    /// No honest counter says so: it went back although the node did not restart, or rose by more than a line of 100 Gbit/s
    /// carries in the time since the last report and a minute, or by more than 16 TiB. The connection is alive and nothing
    /// was added; the next figure that can be adds all of the difference.
    pub implausible: Vec<i32>,
    /// Ended: the node should drop the client.
    pub closed: Vec<i32>,
    /// Never this server's: the node should drop the client.
    pub unknown: Vec<i32>,
}

/// Records a node's report for any number of its connections, in one statement. Repeated, late or out of order, it adds
/// nothing twice and takes nothing away.
///
/// `epoch` rises with every start of the node, when its counters begin at zero again: the time of the start will do,
/// or, where the clock may go back, the last one and one more, kept on disk.
pub async fn heartbeat(
    client: &impl GenericClient,
    server_id: &str,
    epoch: i64,
    heartbeats: &[Heartbeat],
) -> Result<HeartbeatReport, Error> {
    let parameters = HeartbeatBatchParams {
        ids: heartbeats.iter().map(|heartbeat| heartbeat.connection_id).collect::<Vec<_>>(),
        sequences: heartbeats.iter().map(|heartbeat| heartbeat.sequence).collect::<Vec<_>>(),
        bytes_received: heartbeats.iter().map(|heartbeat| bytes(heartbeat.bytes_received)).collect::<Vec<_>>(),
        bytes_sent: heartbeats.iter().map(|heartbeat| bytes(heartbeat.bytes_sent)).collect::<Vec<_>>(),
        server_id,
        epoch,
    };
    let mut report = HeartbeatReport::default();
    for row in connections::heartbeat_batch().params(client, &parameters).all().await? {
        let ids = match row.outcome.as_str() {
            "applied" => &mut report.applied,
            "repeated" => &mut report.repeated,
            "outdated" => &mut report.outdated,
            "implausible" => &mut report.implausible,
            "closed" => &mut report.closed,
            _ => &mut report.unknown,
        };
        ids.push(row.connection_id);
    }
    Ok(report)
}

/// As the database holds it. What does not fit is far beyond what it takes for plausible.
pub(super) fn bytes(counted: u64) -> i64 {
    i64::try_from(counted).unwrap_or(i64::MAX)
}
