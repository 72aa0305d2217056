//! Opening of connections within limits.

use std::{net::IpAddr, num::NonZero};

use barqnet_db_client::{
    self as client, GenericClient, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::status::ConnectionStatus;
use crate::{
    error::Error,
    metrics,
    queries::{
        connections::{self, ActiveConnection, MarkConnectedStmt, OpenParams, OpenStmt},
        users,
    },
    text_enum::{self, not_null},
};

/// Limits and retries of [`open`].
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPolicy {
    /// Live connections per user, on all servers; `None` for no limit. Default: 5, for phone, tablet, laptop and two more.
    pub max_connections_per_user: Option<NonZero<u32>>,
    /// Attempts before [`OpenOutcome::Conflict`] is returned; 0 counts as 1. Default: 3.
    pub max_attempts: u32,
}

impl Default for ConnectionPolicy {
    fn default() -> Self {
        Self { max_connections_per_user: NonZero::new(5), max_attempts: 3 }
    }
}

/// A connection that a node has made with a client.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewConnection<'a> {
    /// The user's name.
    pub username: &'a str,
    /// The node's name.
    pub server_id: &'a str,
    /// The address that the node has given the client; no two live connections of a server have the same.
    pub virtual_ip: Option<IpAddr>,
    /// The start of the node, as in its [heartbeats](super::heartbeat). With it, a late request to close what the node had
    /// before it restarted leaves this connection live.
    pub epoch: Option<i64>,
    /// The address that the client connects from.
    pub client_ip: Option<IpAddr>,
    /// The address that its traffic leaves with.
    pub public_ip: Option<IpAddr>,
    /// A name that the user recognises.
    pub device_name: Option<&'a str>,
    /// Such as `ios`.
    pub device_type: Option<&'a str>,
    /// The version of the client.
    pub app_version: Option<&'a str>,
}

/// The result of [`open`].
#[derive(Debug)]
pub enum OpenOutcome {
    /// It is open, in state connecting.
    Opened {
        /// Its id.
        id: i32,
        /// The connection that had the virtual address before; it has ended, with its statistics row.
        superseded: Option<i32>,
    },
    /// The account is unknown, deactivated or expired.
    UserInactive,
    /// The user has as many live connections as allowed.
    LimitReached {
        /// These; close one first.
        active: Vec<ActiveConnection>,
    },
    /// The server has as many connections as allowed, or accepts no new ones because it is draining or disabled. A server
    /// that is not registered has no limit.
    ServerFull {
        /// The number of connections that the server may have.
        capacity: i32,
    },
    /// A later start of the node has assigned the address: this request was delayed, or the node's epoch does not rise.
    Outdated,
    /// Every attempt met a concurrent one, such as an opening with the same virtual address: try again, or examine the
    /// node.
    Conflict,
}

/// Opens a connection, completely or not at all: for a usable account, within the user's limit and the server's capacity,
/// and with a virtual address that no other live connection of the server has.
///
/// The node decides which client has an address: a live connection that holds it is superseded, with its statistics row,
/// even if the new one then exceeds its user's limit. A server that is full changes nothing.
pub async fn open(pool: &Pool, new: &NewConnection<'_>, policy: &ConnectionPolicy) -> Result<OpenOutcome, Error> {
    let outcome = try_to_open(pool, new, policy).await?;
    metrics::connection_opened(outcome.as_str());
    Ok(outcome)
}

impl OpenOutcome {
    /// A word for it.
    fn as_str(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::UserInactive => "user_inactive",
            Self::LimitReached { .. } => "limit_reached",
            Self::ServerFull { .. } => "server_full",
            Self::Outdated => "outdated",
            Self::Conflict => "conflict",
        }
    }
}

async fn try_to_open(pool: &Pool, new: &NewConnection<'_>, policy: &ConnectionPolicy) -> Result<OpenOutcome, Error> {
    for _ in 0..policy.max_attempts.max(1) {
        let outcome = pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let outcome = open_in(&transaction, new, policy).await?;
                if !matches!(outcome, OpenOutcome::Opened { .. } | OpenOutcome::LimitReached { .. }) {
                    transaction.roll_back_at_end();
                }
                Ok(outcome)
            })
            .await;
        match outcome {
            Ok(OpenOutcome::Conflict) => {}
            // A concurrent opening got the address first: the next attempt supersedes it.
            Err(Error::Statement(error)) if error.is_unique_violation() => {}
            outcome => return outcome,
        }
    }
    Ok(OpenOutcome::Conflict)
}

async fn open_in(
    transaction: &Attempt,
    new: &NewConnection<'_>,
    policy: &ConnectionPolicy,
) -> Result<OpenOutcome, client::Error> {
    // Lock, then count, so that the openings of one user run one after the other.
    let user = users::lock_by_username().bind(transaction, &new.username).opt().await?;
    if !user.is_some_and(|user| user.usable) {
        return Ok(OpenOutcome::UserInactive);
    }
    let max_connections = policy.max_connections_per_user.map(|limit| i64::from(limit.get()));
    let parameters = OpenParams {
        server_id: new.server_id,
        virtual_ip: new.virtual_ip,
        epoch: new.epoch,
        client_ip: new.client_ip,
        public_ip: new.public_ip,
        device_name: new.device_name,
        device_type: new.device_type,
        app_version: new.app_version,
        max_connections,
        username: new.username,
    };
    let Some(opened) = connections::open().params(transaction, &parameters).opt().await? else {
        return Ok(OpenOutcome::UserInactive);
    };
    if opened.outdated {
        return Ok(OpenOutcome::Outdated);
    }
    let Some(id) = opened.connection_id else {
        let active = connections::active_by_user().bind(transaction, &new.username).all().await?;
        // Fewer than allowed: one has ended since they were counted.
        if max_connections.is_none_or(|limit| i64::try_from(active.len()).is_ok_and(|count| count < limit)) {
            return Ok(OpenOutcome::Conflict);
        }
        return Ok(OpenOutcome::LimitReached { active });
    };
    if not_null(OpenStmt::QUERY, "live_on_server", opened.live_on_server)? > opened.capacity {
        return Ok(OpenOutcome::ServerFull { capacity: opened.capacity });
    }
    Ok(OpenOutcome::Opened { id, superseded: opened.superseded_id })
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
    id: i32,
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
