//! Heartbeats: they keep connections alive and report their usage.

use barqnet_db_client::{Error, GenericClient};

use crate::{
    queries::connections::{self, CountLateParams, HeartbeatParams, HeartbeatStmt},
    text_enum::{self, text_enum},
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

/// The connections of a report by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatReport {
    /// Counted, and alive.
    pub applied: Vec<i32>,
    /// This report or a later one was counted before: nothing changed. The node can discard the report.
    pub repeated: Vec<i32>,
    /// A later start of the node has reported already, and nothing changed: the report was delayed, or the node's `epoch`
    /// does not rise because its clock went back.
    pub outdated: Vec<i32>,
    /// Impossible counters: one of the two went back although the node did not restart, or rose by more than a line of
    /// 100 Gbit/s carries in the time since the last report and a minute, or by more than 16 TiB. The connection is alive, and
    /// neither counter was added; the next plausible report adds the whole difference.
    pub implausible: Vec<i32>,
    /// Ended: the node should disconnect the client. If it was reaped, what it used until then is counted.
    pub closed: Vec<i32>,
    /// Never this server's: the node should disconnect the client.
    pub unknown: Vec<i32>,
}

text_enum! {
    /// The outcomes of `connection_heartbeat`; see [`HeartbeatReport`].
    enum Outcome, "outcome of connection_heartbeat" {
        /// Counted.
        Applied = "applied",
        /// Counted before.
        Repeated = "repeated",
        /// Of a start of the node that is over.
        Outdated = "outdated",
        /// Impossible counters.
        Implausible = "implausible",
        /// The connection has ended.
        Closed = "closed",
        /// The server has no such connection.
        Unknown = "unknown",
    }
}

/// Records a node's report on any number of its connections, in one statement, and in another one what is late: of
/// connections that were reaped. A report that is repeated, late or out of order is counted at most once, and no counter falls.
///
/// `epoch` rises with every start of the node, when its counters begin at zero again: for example the time of the start or,
/// where the clock can go back, a number stored on disk and incremented at each start.
pub async fn heartbeat(
    client: &impl GenericClient,
    server_id: &str,
    epoch: i64,
    heartbeats: &[Heartbeat],
) -> Result<HeartbeatReport, Error> {
    let (ids, sequences, bytes_received, bytes_sent) = columns(heartbeats.iter());
    let parameters = HeartbeatParams { server_id, epoch, ids, sequences, bytes_received, bytes_sent };
    let answers = connections::heartbeat()
        .params(client, &parameters)
        // Of the borrowed text, because a report has thousands of rows.
        .map(|row| (row.connection_id, text_enum::decode(HeartbeatStmt::QUERY, "outcome", row.outcome)))
        .all()
        .await?;
    let mut report = HeartbeatReport::default();
    for (id, outcome) in answers {
        let ids = match outcome? {
            Outcome::Applied => &mut report.applied,
            Outcome::Repeated => &mut report.repeated,
            Outcome::Outdated => &mut report.outdated,
            Outcome::Implausible => &mut report.implausible,
            Outcome::Closed => &mut report.closed,
            Outcome::Unknown => &mut report.unknown,
        };
        ids.push(id);
    }
    if !report.closed.is_empty() {
        // The answers came by id.
        let is_closed = |heartbeat: &&Heartbeat| report.closed.binary_search(&heartbeat.connection_id).is_ok();
        let (ids, sequences, bytes_received, bytes_sent) = columns(heartbeats.iter().filter(is_closed));
        let parameters = CountLateParams { server_id, epoch, ids, sequences, bytes_received, bytes_sent };
        connections::count_late().params(client, &parameters).one().await?;
    }
    Ok(report)
}

/// The ids, the sequences, the bytes received and the bytes sent, as parallel arrays.
fn columns<'h>(heartbeats: impl Iterator<Item = &'h Heartbeat>) -> (Vec<i32>, Vec<i64>, Vec<i64>, Vec<i64>) {
    heartbeats.map(|it| (it.connection_id, it.sequence, bytes(it.bytes_received), bytes(it.bytes_sent))).collect()
}

/// A counter as the database stores it. What does not fit is implausible anyway.
pub(super) fn bytes(counted: u64) -> i64 {
    i64::try_from(counted).unwrap_or(i64::MAX)
}
