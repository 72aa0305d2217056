//! Heartbeats: they keep connections alive and report their usage.

use std::collections::HashSet;

use barqnet_db_client::{Error, GenericClient};

use super::ending::CloseReason;
use crate::{
    queries::{
        connections::{self, CountLateParams, EndExpiredParams, HeartbeatParams, HeartbeatStmt},
        plans,
    },
    text_enum::{self, text_enum},
};

/// What a node has counted for one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The connection's id.
    pub connection_id: i64,
    /// When the counter began at zero, or another number that rises with each beginning: the start of the daemon or of the
    /// client's session with it, the creation of the peer. It belongs to the counter, not to the program that reads it:
    /// a counter that outlives a restart of the node's agent keeps its epoch.
    pub epoch: i64,
    /// Rises from report to report of an epoch, also if the agent restarts: the time in milliseconds is suitable.
    pub sequence: i64,
    /// Bytes from the client.
    pub bytes_received: u64,
    /// Bytes to the client.
    pub bytes_sent: u64,
}

/// Which increase of a counter is plausible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterPolicy {
    /// What a node's line carries, in bits per second, at most 10 Tbit/s. A counter that rises by more than that in the time
    /// since its last report and a minute, or by more than 16 TiB, is implausible. Default: 100 Gbit/s.
    pub max_bits_per_second: u64,
}

impl Default for CounterPolicy {
    fn default() -> Self {
        Self { max_bits_per_second: 100_000_000_000 }
    }
}

impl CounterPolicy {
    /// As the database takes it.
    pub(super) fn bits(self) -> i64 {
        i64::try_from(self.max_bits_per_second).unwrap_or(i64::MAX)
    }
}

/// The connections of a report by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatReport {
    /// Counted, and alive.
    pub applied: Vec<i64>,
    /// This report or a later one was counted before: nothing changed. The node can discard the report.
    pub repeated: Vec<i64>,
    /// A later epoch of the counter has been reported already, and nothing changed: the report was delayed, or the epoch does
    /// not rise because a clock went back.
    pub outdated: Vec<i64>,
    /// Impossible counters: one of the two went back within its epoch, or rose by more than [`CounterPolicy`] allows. The
    /// connection is alive, and neither counter was added. If the next report is plausible after the last one that counted, it
    /// adds the whole difference. If it confirms the refused one, because it is not less, counting goes on from there: after a
    /// jump with the difference, after a counter that went back with the whole figure, because it began at zero again.
    pub implausible: Vec<i64>,
    /// Ended: the node should disconnect the client. What the client used until then is counted, unless the node has ended the
    /// connection itself.
    pub closed: Vec<Closed>,
    /// Never this server's: the node should disconnect the client.
    pub unknown: Vec<i64>,
    /// Alive and over quota, because the plan does not end them ([`OverQuota::TellNode`](crate::plans::OverQuota::TellNode)): the node
    /// can make them slower. They are among `applied`, `repeated`, `outdated` or `implausible` as well.
    pub over_quota: Vec<i64>,
}

/// A connection that has ended, of which a node reports all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The connection's id.
    pub connection_id: i64,
    /// Why it has ended; `None` if it failed, or if another program has ended it for a reason of its own.
    pub reason: Option<CloseReason>,
}

text_enum! {
    /// The outcomes of `connection_heartbeat`; see [`HeartbeatReport`].
    enum Outcome, "outcome of connection_heartbeat" {
        /// Counted.
        Applied = "applied",
        /// Counted before.
        Repeated = "repeated",
        /// Of an epoch that is over.
        Outdated = "outdated",
        /// Impossible counters.
        Implausible = "implausible",
        /// The account has expired, or the plan has ended, and the connection is live.
        Expired = "expired",
        /// The connection has ended.
        Closed = "closed",
        /// The server has no such connection.
        Unknown = "unknown",
    }
}

/// Records a node's report on any number of its connections, in one statement, and in further ones what is rare: the end of
/// connections whose account has expired or whose plan has ended, what is late, of connections that were ended without the node,
/// and the check of quotas that may be used up ([`plans`](crate::plans)). A report that is
/// repeated, late or out of order is counted at most once, and no counter falls.
///
/// In a transaction of yours it holds the locks of these connections while it waits for those of accounts, which can be a deadlock: run it
/// on a client.
///
/// Send what a node has in one report, or what each of its daemons has: each entry has the epoch of its own counter.
pub async fn heartbeat(
    client: &impl GenericClient,
    server_id: &str,
    heartbeats: &[Heartbeat],
    policy: &CounterPolicy,
) -> Result<HeartbeatReport, Error> {
    let Columns { ids, epochs, sequences, bytes_received, bytes_sent } = heartbeats.iter().collect();
    let max_bits_per_second = policy.bits();
    let parameters =
        HeartbeatParams { server_id, ids, epochs, sequences, bytes_received, bytes_sent, max_bits_per_second };
    let answers = connections::heartbeat()
        .params(client, &parameters)
        // Of the borrowed text, because a report has thousands of rows.
        .map(|row| {
            let outcome = text_enum::decode(HeartbeatStmt::QUERY, "outcome", row.outcome);
            (row.connection_id, outcome, row.reason.and_then(|reason| reason.parse().ok()))
        })
        .all()
        .await?;
    let mut report = HeartbeatReport::default();
    let mut expired = Vec::new();
    let mut to_check = Vec::new();
    for (connection_id, outcome, reason) in answers {
        let outcome = outcome?;
        if reason == Some(CloseReason::OverQuota) && !matches!(outcome, Outcome::Closed | Outcome::Expired) {
            to_check.push(connection_id);
        }
        let ids = match outcome {
            Outcome::Applied => &mut report.applied,
            Outcome::Repeated => &mut report.repeated,
            Outcome::Outdated => &mut report.outdated,
            Outcome::Implausible => &mut report.implausible,
            Outcome::Expired => {
                expired.push(connection_id);
                report.closed.push(Closed { connection_id, reason: Some(CloseReason::AccountExpired) });
                continue;
            }
            Outcome::Closed => {
                report.closed.push(Closed { connection_id, reason });
                continue;
            }
            Outcome::Unknown => &mut report.unknown,
        };
        ids.push(connection_id);
    }
    if !expired.is_empty() {
        let parameters = EndExpiredParams { server_id, ids: expired.as_slice() };
        for ended in connections::end_expired().params(client, &parameters).all().await? {
            // The answers came by id.
            if let Ok(position) =
                report.closed.binary_search_by_key(&ended.connection_id, |closed| closed.connection_id)
            {
                report.closed[position].reason = ended.reason.parse().ok();
            }
        }
    }
    if report.closed.len() > expired.len() {
        let is_closed = |heartbeat: &&Heartbeat| {
            report.closed.binary_search_by_key(&heartbeat.connection_id, |closed| closed.connection_id).is_ok()
                && expired.binary_search(&heartbeat.connection_id).is_err()
        };
        let Columns { ids, epochs, sequences, bytes_received, bytes_sent } =
            heartbeats.iter().filter(is_closed).collect();
        let parameters =
            CountLateParams { server_id, ids, epochs, sequences, bytes_received, bytes_sent, max_bits_per_second };
        connections::count_late().params(client, &parameters).one().await?;
    }
    if !to_check.is_empty() {
        check_quotas(client, server_id, &to_check, &mut report).await?;
    }
    Ok(report)
}

/// Checks the quotas of the users of connections that have used up what they were granted.
async fn check_quotas(
    client: &impl GenericClient,
    server_id: &str,
    ids: &[i64],
    report: &mut HeartbeatReport,
) -> Result<(), Error> {
    let mut ended = HashSet::new();
    for over in plans::check().bind(client, &server_id, &ids).all().await? {
        if over.is_ended {
            ended.insert(over.connection_id);
        } else {
            report.over_quota.push(over.connection_id);
        }
    }
    report.over_quota.sort_unstable();
    if !ended.is_empty() {
        for alive in [&mut report.applied, &mut report.repeated, &mut report.outdated, &mut report.implausible] {
            alive.retain(|id| !ended.contains(id));
        }
        let reason = Some(CloseReason::OverQuota);
        report.closed.extend(ended.into_iter().map(|connection_id| Closed { connection_id, reason }));
        report.closed.sort_unstable_by_key(|closed| closed.connection_id);
    }
    Ok(())
}

/// Heartbeats as parallel arrays.
struct Columns {
    ids: Vec<i64>,
    epochs: Vec<i64>,
    sequences: Vec<i64>,
    bytes_received: Vec<i64>,
    bytes_sent: Vec<i64>,
}

impl<'h> FromIterator<&'h Heartbeat> for Columns {
    fn from_iter<I: IntoIterator<Item = &'h Heartbeat>>(heartbeats: I) -> Self {
        let heartbeats = heartbeats.into_iter();
        let column = || Vec::with_capacity(heartbeats.size_hint().0);
        let mut columns = Self {
            ids: column(),
            epochs: column(),
            sequences: column(),
            bytes_received: column(),
            bytes_sent: column(),
        };
        for heartbeat in heartbeats {
            columns.ids.push(heartbeat.connection_id);
            columns.epochs.push(heartbeat.epoch);
            columns.sequences.push(heartbeat.sequence);
            columns.bytes_received.push(bytes(heartbeat.bytes_received));
            columns.bytes_sent.push(bytes(heartbeat.bytes_sent));
        }
        columns
    }
}

/// A counter as the database stores it. What does not fit is implausible anyway.
pub(super) fn bytes(counted: u64) -> i64 {
    i64::try_from(counted).unwrap_or(i64::MAX)
}
