//! Opening of connections within limits.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZero,
    time::Duration,
};

use barqnet_db_client::{
    self as client, GenericClient, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::{heartbeats::bytes, status::ConnectionStatus};
use crate::{
    error::Error,
    interval::seconds,
    limit::AtLimit,
    metrics,
    plans::Refusal,
    queries::{
        connections::{self, ActiveConnection, CountFromParams, MarkConnectedStmt, OpenParams, OpenStmt},
        plans::{self, RefusalStmt},
    },
    text_enum::{self, not_null, text_enum},
    told::told,
};

/// Limits and retries of [`open`].
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPolicy {
    /// Live connections per user, on all servers; `None` for no limit. Default: 5, for phone, tablet, laptop and two more. A
    /// limit of the user's own ([`set_limits`](crate::queries::users::set_limits)) counts instead. A lower one of the user's plan
    /// ([`Limits::max_connections`](crate::plans::Limits::max_connections)) counts in any case.
    pub max_connections_per_user: Option<NonZero<u32>>,
    /// What happens at that limit. Default: the connection that was opened first ends, so that nobody is locked out.
    pub at_limit: AtLimit,
    /// A connection counts against the limit only if it and its server were heard of within this time, and if the server is
    /// neither disabled nor unhealthy or unreachable by its last report: the users of a dead node connect elsewhere at once.
    /// Choose at least three intervals of reports. Default: 90 s, as
    /// [`PickPolicy::max_report_age`](crate::servers::PickPolicy::max_report_age).
    ///
    /// What does not count stays open until it is closed or reaped, because the tunnel can be up although no reports arrive. When
    /// the server is heard of again it counts again: a user has at most as many live connections as allowed plus those that did
    /// not count when the last one was opened. The next opening applies [`at_limit`](Self::at_limit) to all of them.
    pub silent_after: Duration,
    /// Whether a server that is not registered may have connections; it has no capacity then. Default: `true`.
    pub accepts_unknown_servers: bool,
    /// Attempts before [`OpenOutcome::Conflict`] is returned; 0 counts as 1. Default: 3.
    pub max_attempts: u32,
}

impl Default for ConnectionPolicy {
    fn default() -> Self {
        Self {
            max_connections_per_user: NonZero::new(5),
            at_limit: AtLimit::EndOldest,
            silent_after: Duration::from_secs(90),
            accepts_unknown_servers: true,
            max_attempts: 3,
        }
    }
}

/// A connection that a node has made with a client. Of the names of the device and the version 255 characters are kept, and
/// U+0000, which PostgreSQL can't hold, becomes U+FFFD. An IPv4 address that is mapped into IPv6 is that IPv4 address.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewConnection<'a> {
    /// The user's name.
    pub username: &'a str,
    /// The node's name.
    pub server_id: &'a str,
    /// A [device](crate::devices) of the user. It replaces its own live connection, on whichever server that is.
    pub device: Option<i64>,
    /// The address that the node has given the client; no two live connections of a server have the same.
    pub virtual_ip: Option<IpAddr>,
    /// The IPv6 address of a client that has both. An IPv6 address that is the only one can be in either field; two different
    /// ones are an error.
    pub virtual_ip6: Option<Ipv6Addr>,
    /// The program of the node that serves the connection, such as `openvpn-udp`; `None` if the node has only one.
    pub daemon: Option<&'a str>,
    /// The epoch of the connection's counter, as in its [heartbeats](super::Heartbeat::epoch). With it, a late request to close what
    /// its daemon had before it restarted leaves this connection live. Epochs of different daemons are not compared.
    pub epoch: Option<i64>,
    /// What the counter shows now, if it is older than this connection: that of a peer that stays configured, for example. It is
    /// not counted. If it is not given, the counter began with this connection; only that of a connection of the same user,
    /// address and epoch which was reaped is known to go on.
    pub counters: Option<InitialCounters>,
    /// The address that the client connects from.
    pub client_ip: Option<IpAddr>,
    /// The address that its traffic leaves with.
    pub public_ip: Option<IpAddr>,
    /// A name that the user recognises; that of the device if it is not given.
    pub device_name: Option<&'a str>,
    /// Such as `ios`; that of the device if it is not given.
    pub device_type: Option<&'a str>,
    /// The version of the client.
    pub app_version: Option<&'a str>,
}

/// What a connection's counter shows when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialCounters {
    /// Bytes from the client.
    pub bytes_received: u64,
    /// Bytes to the client.
    pub bytes_sent: u64,
}

/// The result of [`open`].
#[derive(Debug)]
pub enum OpenOutcome {
    /// It is open, in state connecting.
    Opened {
        /// Its id.
        id: i64,
        /// The connection that had one of the virtual addresses before; it has ended, with its statistics row.
        superseded: Option<i64>,
        /// All connections that ended for this one, each with its statistics row: `superseded`, those of the same device, and
        /// the oldest ones at the limit. Their nodes learn it from the answer to their next heartbeat.
        ended: Vec<Replaced>,
    },
    /// The account is unknown, deactivated or expired.
    UserInactive,
    /// The user's plan refuses it.
    RefusedByPlan(Refusal),
    /// The device is not one of the user's, or it was signed out or lost: it must be [registered](crate::devices::register) again.
    DeviceNotRegistered,
    /// The user has as many live connections as allowed, and the policy refuses another one.
    LimitReached {
        /// All live connections of the user, those included that do not count; close one first.
        active: Vec<ActiveConnection>,
    },
    /// The server is not registered, and the policy refuses those.
    UnknownServer,
    /// The server has as many connections as allowed, or accepts no new ones because it is draining or disabled.
    ServerFull {
        /// The number of connections that the server may have.
        capacity: i32,
    },
    /// A later start of the same daemon has assigned the address, or serves the device: this request was delayed, or the
    /// daemon's epoch does not rise.
    Outdated,
    /// Every attempt met a concurrent one, such as an opening with the same virtual address: try again, or examine the
    /// node.
    Conflict,
}

/// A connection that ended because another one was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its id.
    pub id: i64,
    /// Its server.
    pub server_id: String,
}

/// Opens a connection, completely or not at all: for a usable account, within the user's limit and the server's capacity,
/// and with virtual addresses that no other live connection of the server has.
///
/// The node decides which client has an address: a live connection that holds it is superseded, with its statistics row,
/// even if the new one then exceeds its user's limit. A server that is full changes nothing. Only a connection that is opened
/// takes an id.
pub async fn open(pool: &Pool, new: &NewConnection<'_>, policy: &ConnectionPolicy) -> Result<OpenOutcome, Error> {
    let outcome = try_to_open(pool, new, policy).await?;
    metrics::connection_opened(outcome.as_str());
    Ok(outcome)
}

text_enum! {
    /// The outcomes of `connection_open`; see [`OpenOutcome`].
    enum Outcome, "outcome of connection_open" {
        /// It is open.
        Opened = "opened",
        /// There is no usable account.
        UserInactive = "user_inactive",
        /// The user has no such device.
        DeviceNotRegistered = "device_not_registered",
        /// The limit refuses another one.
        LimitReached = "limit_reached",
        /// The server is not registered.
        UnknownServer = "unknown_server",
        /// The server has no room.
        ServerFull = "server_full",
        /// A later start has what it would replace.
        Outdated = "outdated",
        /// Another opening got the address.
        Conflict = "conflict",
    }
}

impl OpenOutcome {
    /// A word for it.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Opened { .. } => Outcome::Opened.as_str(),
            Self::UserInactive => Outcome::UserInactive.as_str(),
            Self::RefusedByPlan(refusal) => refusal.as_str(),
            Self::DeviceNotRegistered => Outcome::DeviceNotRegistered.as_str(),
            Self::LimitReached { .. } => Outcome::LimitReached.as_str(),
            Self::UnknownServer => Outcome::UnknownServer.as_str(),
            Self::ServerFull { .. } => Outcome::ServerFull.as_str(),
            Self::Outdated => Outcome::Outdated.as_str(),
            Self::Conflict => Outcome::Conflict.as_str(),
        }
    }
}

async fn try_to_open(pool: &Pool, new: &NewConnection<'_>, policy: &ConnectionPolicy) -> Result<OpenOutcome, Error> {
    for _ in 0..policy.max_attempts.max(1) {
        let outcome = pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                Ok::<_, Error>(open_in(&transaction, new, policy).await?)
            })
            .await?;
        if !matches!(outcome, OpenOutcome::Conflict) {
            return Ok(outcome);
        }
    }
    Ok(OpenOutcome::Conflict)
}

async fn open_in(
    transaction: &Attempt,
    new: &NewConnection<'_>,
    policy: &ConnectionPolicy,
) -> Result<OpenOutcome, client::Error> {
    let parameters = OpenParams {
        server_id: new.server_id,
        username: new.username,
        device_id: new.device,
        virtual_ip: new.virtual_ip,
        virtual_ip6: new.virtual_ip6.map(IpAddr::V6),
        daemon: new.daemon,
        epoch: new.epoch,
        client_ip: new.client_ip,
        public_ip: new.public_ip,
        device_name: new.device_name.map(told),
        device_type: new.device_type.map(told),
        app_version: new.app_version.map(told),
        max_connections: policy.max_connections_per_user.map(|limit| i64::from(limit.get())),
        ends_oldest: policy.at_limit == AtLimit::EndOldest,
        silent_seconds: seconds(policy.silent_after),
        accepts_unknown: policy.accepts_unknown_servers,
    };
    let answer = connections::open().params(transaction, &parameters).one().await?;
    Ok(match text_enum::decode(OpenStmt::QUERY, "outcome", &answer.outcome)? {
        Outcome::Opened => {
            let id = not_null(OpenStmt::QUERY, "connection_id", answer.connection_id)?;
            if let Some(counters) = new.counters {
                let (bytes_received, bytes_sent) = (bytes(counters.bytes_received), bytes(counters.bytes_sent));
                let parameters = CountFromParams { bytes_received, bytes_sent, id, server_id: new.server_id };
                connections::count_from().params(transaction, &parameters).await?;
            }
            OpenOutcome::Opened {
                id,
                superseded: answer.superseded_id,
                ended: answer
                    .ended_ids
                    .into_iter()
                    .zip(answer.ended_servers)
                    .map(|(id, server_id)| Replaced { id, server_id })
                    .collect(),
            }
        }
        Outcome::UserInactive => why_inactive(transaction, new).await?,
        Outcome::DeviceNotRegistered => OpenOutcome::DeviceNotRegistered,
        Outcome::UnknownServer => OpenOutcome::UnknownServer,
        Outcome::ServerFull => {
            OpenOutcome::ServerFull { capacity: not_null(OpenStmt::QUERY, "capacity", answer.capacity)? }
        }
        Outcome::Outdated => OpenOutcome::Outdated,
        Outcome::Conflict => OpenOutcome::Conflict,
        Outcome::LimitReached => {
            let limit = not_null(OpenStmt::QUERY, "max_of_user", answer.max_of_user)?;
            let active = connections::active_by_user().bind(transaction, &new.username).all().await?;
            if i64::try_from(active.len()).is_ok_and(|count| count < limit) {
                // One has ended since they were counted.
                OpenOutcome::Conflict
            } else {
                OpenOutcome::LimitReached { active }
            }
        }
    })
}

/// The account is locked, so that only the clock can have changed what its plan says.
async fn why_inactive(transaction: &Attempt, new: &NewConnection<'_>) -> Result<OpenOutcome, client::Error> {
    match plans::refusal().bind(transaction, &new.server_id, &new.username).opt().await? {
        None => Ok(OpenOutcome::UserInactive),
        Some(Some(refusal)) => {
            Ok(OpenOutcome::RefusedByPlan(text_enum::decode(RefusalStmt::QUERY, "refusal", &refusal)?))
        }
        // The quota has just been reset.
        Some(None) => Ok(OpenOutcome::Conflict),
    }
}

/// The result of [`mark_connected`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// It was connecting and is connected now.
    Connected,
    /// It was connected before; nothing has changed.
    AlreadyConnected,
    /// It has ended, which is final.
    Ended,
    /// This server has no such connection.
    Unknown,
}

/// Moves a connection from connecting to connected.
pub async fn mark_connected(
    client: &impl GenericClient,
    server_id: &str,
    id: i64,
) -> Result<Transition, client::Error> {
    Ok(match connections::mark_connected().bind(client, &id, &server_id).opt().await? {
        None => Transition::Unknown,
        Some(was) => match text_enum::decode(MarkConnectedStmt::QUERY, "was", &was)? {
            ConnectionStatus::Connecting => Transition::Connected,
            ConnectionStatus::Connected => Transition::AlreadyConnected,
            ConnectionStatus::Disconnected | ConnectionStatus::Error => Transition::Ended,
        },
    })
}
