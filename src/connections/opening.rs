//! How a connection begins.

use std::net::IpAddr;

use deadpool_postgres::Pool;
use tokio_postgres::error::SqlState;

use super::ConnectionStatus;
use crate::{
    Error,
    client::{self, GenericClient, Params},
    pool,
    queries::{
        connections::{self, ActiveConnection, OpenParams},
        users,
    },
};

/// What a user may have, and how hard is tried.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPolicy {
    /// Live connections a user; 5: phone, tablet, laptop, and two to spare.
    pub connections_a_user: i64,
    /// How often an opening is tried that something got in the way of, such as another one of the same address; 3.
    pub attempts: u32,
}

impl Default for ConnectionPolicy {
    fn default() -> Self {
        Self { connections_a_user: 5, attempts: 3 }
    }
}

/// A connection that a node has made with a client.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewConnection<'a> {
    /// Whose it is.
    pub username: &'a str,
    /// The node's name.
    pub server_id: &'a str,
    /// The address that the node has given the client; of those that are live on a server, no two have the same.
    pub virtual_ip: Option<IpAddr>,
    /// The start of the node, as in its [heartbeats](super::heartbeat). With it, a late request to close what the node had
    /// before it restarted leaves this connection alone.
    pub epoch: Option<i64>,
    /// Where the client comes from.
    pub client_ip: Option<IpAddr>,
    /// The address that it goes out with.
    pub public_ip: Option<IpAddr>,
    /// A name its holder recognises.
    pub device_name: Option<&'a str>,
    /// Such as `ios`.
    pub device_type: Option<&'a str>,
    /// The version of the client.
    pub app_version: Option<&'a str>,
}

/// What became of an opening.
#[derive(Debug)]
pub enum OpenOutcome {
    /// It is open, in state connecting.
    Opened {
        /// Its id.
        id: i32,
        /// The connection that had the virtual address before; it has ended, with its statistics.
        superseded: Option<i32>,
    },
    /// The account is unknown, deactivated or expired.
    UserInactive,
    /// The user has as many as allowed.
    LimitReached {
        /// These; close one first.
        active: Vec<ActiveConnection>,
    },
    /// The server has as many as it may, or takes no newcomers because it is draining or disabled. One that was never
    /// registered has no limit: nobody has said one.
    ServerFull {
        /// As many as it may have.
        capacity: i32,
    },
    /// A later start of the node has given the address away: this request was under way for long, or the node has an epoch
    /// that does not rise.
    Outdated,
    /// Others kept getting in the way, by opening connections with the same virtual address, say: try again, or look at the
    /// node.
    Conflict,
}

/// Opens a connection, all or nothing: of a user who may, within the user's limit and the server's capacity, and with the
/// virtual address to itself.
///
/// The node is the authority on its addresses: a live connection that has this one is superseded, with its statistics,
/// even if the new one is then one too many for its user. A server that is full changes nothing.
pub async fn open(pool: &Pool, new: &NewConnection<'_>, policy: &ConnectionPolicy) -> Result<OpenOutcome, Error> {
    let mut connection = pool::get(pool).await?;
    for _ in 0..policy.attempts.max(1) {
        match attempt(&mut connection, new, policy).await {
            Ok(OpenOutcome::Conflict) => {}
            Ok(outcome) => return Ok(outcome),
            Err(error) if is_in_the_way(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(OpenOutcome::Conflict)
}

/// Another opening of the same address was quicker; now it is there to be superseded.
fn is_in_the_way(error: &client::Error) -> bool {
    error.is_unique_violation() || error.sqlstate() == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}

async fn attempt(
    connection: &mut pool::Client,
    new: &NewConnection<'_>,
    policy: &ConnectionPolicy,
) -> Result<OpenOutcome, client::Error> {
    // Lock, then count: openings of one user take turns. Every way out but a commit rolls back.
    let transaction = connection.transaction().await.map_err(client::Error::of_transaction)?;
    let user = users::lock_by_username().bind(&transaction, &new.username).opt().await?;
    if !user.is_some_and(|user| user.usable) {
        return Ok(OpenOutcome::UserInactive);
    }
    let parameters = OpenParams {
        username: new.username,
        server_id: new.server_id,
        virtual_ip: new.virtual_ip,
        epoch: new.epoch,
        client_ip: new.client_ip,
        public_ip: new.public_ip,
        device_name: new.device_name,
        device_type: new.device_type,
        app_version: new.app_version,
        max_connections: policy.connections_a_user,
    };
    let Some(opened) = connections::open().params(&transaction, &parameters).opt().await? else {
        return Ok(OpenOutcome::UserInactive);
    };
    if opened.outdated {
        return Ok(OpenOutcome::Outdated);
    }
    let outcome = match opened.connection_id {
        Some(_) if opened.live_on_server > opened.capacity => {
            return Ok(OpenOutcome::ServerFull { capacity: opened.capacity });
        }
        Some(id) => OpenOutcome::Opened { id, superseded: opened.superseded_id },
        None => {
            let active = connections::active_by_user().bind(&transaction, &new.username).all().await?;
            // One has ended since they were counted: there is room.
            if i64::try_from(active.len()).is_ok_and(|count| count < policy.connections_a_user) {
                return Ok(OpenOutcome::Conflict);
            }
            OpenOutcome::LimitReached { active }
        }
    };
    transaction.commit().await.map_err(client::Error::of_transaction)?;
    Ok(outcome)
}

/// What became of a report that a connection is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// It is up from now on.
    Connected,
    /// It was up before; nothing has changed.
    AlreadyConnected,
    /// It has ended, and stays so.
    Ended,
    /// This server has no such connection.
    Unknown,
}

/// Records that a connection is up.
pub async fn connected(client: &impl GenericClient, server_id: &str, id: i32) -> Result<Transition, client::Error> {
    let was = connections::mark_connected().bind(client, &id, &server_id).opt().await?;
    Ok(match was.map(|was| was.parse::<ConnectionStatus>()) {
        None => Transition::Unknown,
        Some(Ok(ConnectionStatus::Connecting)) => Transition::Connected,
        Some(Ok(ConnectionStatus::Connected)) => Transition::AlreadyConnected,
        // An older database may hold a state that is none.
        Some(Ok(ConnectionStatus::Disconnected | ConnectionStatus::Error) | Err(_)) => Transition::Ended,
    })
}
