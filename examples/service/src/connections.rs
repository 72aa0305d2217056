//! `/v1/connections`: a user's VPN connections, from opening to closing.

use std::net::IpAddr;

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    client::{self, GenericClient, Params},
    connections::{CloseReason, ConnectionStatus},
    queries::{
        connections::{self, CloseParams, Connection, HeartbeatParams, OpenParams},
        servers, users,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    extract::{Body, Id, Sender, SignedIn, Text},
};

/// How many live connections a user may have: phone, tablet, laptop, and two to spare.
pub const CONNECTIONS_A_USER: i64 = 5;

const CLOSED: ApiError = ApiError::Gone("this connection is closed");

/// A connection to open.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    server: Text<255>,
    virtual_ip: Option<IpAddr>,
    device_name: Option<Text<255>>,
    device_type: Option<Text<50>>,
    app_version: Option<Text<50>>,
}

/// A connection that was opened.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Opened {
    id: i32,
}

/// Opens a connection, unless the user has as many as allowed.
pub async fn open(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    sender: Sender,
    Body(request): Body<Open>,
) -> Result<(StatusCode, Json<Opened>), ApiError> {
    let username = session.username.as_str();
    let mut client = app.connection().await?;
    let server = servers::by_name().bind(&client, &request.server.as_str()).opt().await?;
    if !server.is_some_and(|server| server.enabled) {
        return Err(ApiError::NotFound("there is no server of this name in service"));
    }
    // Lock, then count, then write: requests of one user take turns from the lock to the commit. Every way out but
    // the last rolls back.
    let transaction = client.transaction().await.map_err(client::Error::of_transaction)?;
    users::lock_by_username().bind(&transaction, &username).opt().await?.ok_or(ApiError::Unauthenticated)?;
    let live = connections::count_active_by_user().bind(&transaction, &username).one().await?;
    if live >= CONNECTIONS_A_USER {
        return Err(ApiError::TooManyConnections(live));
    }
    let new = OpenParams {
        username,
        server_id: request.server.as_str(),
        client_ip: Some(sender.ip_address),
        virtual_ip: request.virtual_ip,
        public_ip: None,
        device_name: request.device_name.as_ref().map(Text::as_str),
        device_type: request.device_type.as_ref().map(Text::as_str),
        app_version: request.app_version.as_ref().map(Text::as_str),
    };
    let id = connections::open().params(&transaction, &new).opt().await?.ok_or(ApiError::AccountClosed)?;
    transaction.commit().await.map_err(client::Error::of_transaction)?;
    Ok((StatusCode::CREATED, Json(Opened { id })))
}

/// A number of bytes as the database can hold it: 0 to 2⁶³ - 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub struct Bytes(i64);

impl TryFrom<u64> for Bytes {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, &'static str> {
        i64::try_from(number).map(Self).map_err(|_| "more bytes than can be counted")
    }
}

/// What has been counted since the connection was opened; a late or repeated report changes nothing.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    bytes_received: Bytes,
    bytes_sent: Bytes,
}

/// Keeps a connection alive and its counters up to date. The first heartbeat says that it is up.
pub async fn heartbeat(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Id(id): Id,
    Body(counters): Body<Counters>,
) -> Result<StatusCode, ApiError> {
    let client = app.connection().await?;
    let connection = own_connection(&client, id, &session.username).await?;
    if connection.status == ConnectionStatus::Connecting.as_str() {
        connections::mark_connected().bind(&client, &id).await?;
    }
    let report = HeartbeatParams {
        id,
        server_id: connection.server_id,
        bytes_received: counters.bytes_received.0,
        bytes_sent: counters.bytes_sent.0,
    };
    match connections::heartbeat().params(&client, &report).await? {
        0 => Err(CLOSED),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// What a connection came to.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Closed {
    duration_seconds: i32,
    bytes_received: i64,
    bytes_sent: i64,
}

/// Closes a connection, with its last counters if the caller has them. It is closed once, and leaves one row in the
/// statistics, however many callers try at once.
pub async fn close(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Id(id): Id,
    counters: Option<Body<Counters>>,
) -> Result<Json<Closed>, ApiError> {
    let client = app.connection().await?;
    own_connection(&client, id, &session.username).await?;
    let last = CloseParams {
        id,
        reason: CloseReason::ClientExit,
        bytes_received: counters.map(|Body(counters)| counters.bytes_received.0),
        bytes_sent: counters.map(|Body(counters)| counters.bytes_sent.0),
    };
    let closed = connections::close().params(&client, &last).opt().await?.ok_or(CLOSED)?;
    Ok(Json(Closed {
        duration_seconds: closed.duration_seconds,
        bytes_received: closed.bytes_received,
        bytes_sent: closed.bytes_sent,
    }))
}

/// The connection, if it is this user's; somebody else's might as well not exist. To look before writing is safe
/// here: a connection never changes hands, and whether it is live is decided by the write.
async fn own_connection(client: &impl GenericClient, id: i32, username: &str) -> Result<Connection, ApiError> {
    let found = connections::by_id().bind(client, &id).opt().await?;
    found
        .filter(|connection| connection.username == username)
        .ok_or(ApiError::NotFound("you have no connection with this id"))
}
