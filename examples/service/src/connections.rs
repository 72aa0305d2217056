//! `/v1/connections`: a user's VPN connections, from opening to closing.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    client::GenericClient,
    connections::{
        self, CloseReason, ConnectionPolicy, FinalCounters, Heartbeat, NewConnection, OpenOutcome, Transition,
    },
    queries::{self, connections::Connection, servers},
};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    extract::{Body, Id, Sender, SignedIn, Text},
};

/// How many live connections a user may have: phone, tablet, laptop, and two to spare.
pub const CONNECTIONS_A_USER: i64 = 5;

const CLOSED: ApiError = ApiError::Gone("this connection is closed");

/// A connection to open. Its virtual address is the node's to give and not the client's to name: whoever holds an address
/// supersedes whoever held it before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    server: Text<255>,
    device_name: Option<Text<255>>,
    device_type: Option<Text<50>>,
    app_version: Option<Text<50>>,
}

/// A connection that was opened.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Opened {
    id: i32,
}

/// Opens a connection, unless the user has as many as allowed, or the server.
pub async fn open(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    sender: Sender,
    Body(request): Body<Open>,
) -> Result<(StatusCode, Json<Opened>), ApiError> {
    let client = app.connection().await?;
    let server = servers::by_name().bind(&client, &request.server.as_str()).opt().await?;
    if !server.is_some_and(|server| server.enabled) {
        return Err(ApiError::NotFound("there is no server of this name in service"));
    }
    drop(client);
    let new = NewConnection {
        username: &session.username,
        server_id: request.server.as_str(),
        client_ip: Some(sender.ip_address),
        device_name: request.device_name.as_ref().map(Text::as_str),
        device_type: request.device_type.as_ref().map(Text::as_str),
        app_version: request.app_version.as_ref().map(Text::as_str),
        ..NewConnection::default()
    };
    let policy = ConnectionPolicy { connections_a_user: CONNECTIONS_A_USER, ..ConnectionPolicy::default() };
    match connections::open(&app.pool, &new, &policy).await? {
        OpenOutcome::Opened { id, .. } => Ok((StatusCode::CREATED, Json(Opened { id }))),
        OpenOutcome::UserInactive => Err(ApiError::AccountClosed),
        OpenOutcome::LimitReached { active } => Err(ApiError::TooManyConnections(active.len())),
        OpenOutcome::ServerFull { .. } => Err(ApiError::ServerFull),
        // Without a virtual address nothing is in the way.
        OpenOutcome::Conflict => Err(ApiError::Unavailable),
    }
}

/// A number of bytes as the database can hold it: 0 to 2⁶³ - 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
pub struct Bytes(u64);

impl TryFrom<u64> for Bytes {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, &'static str> {
        i64::try_from(number).map(|_| Self(number)).map_err(|_| "more bytes than can be counted")
    }
}

/// What has been counted since the counters began at zero: when the connection was opened or, at a greater `epoch`, later.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    #[serde(default)]
    epoch: i64,
    /// Rises from report to report; a late or repeated one changes nothing.
    sequence: i64,
    bytes_received: Bytes,
    bytes_sent: Bytes,
}

/// Keeps a connection alive and its counters up to date. The first heartbeat says that it is up.
pub async fn heartbeat(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Id(id): Id,
    Body(report): Body<Report>,
) -> Result<StatusCode, ApiError> {
    let client = app.connection().await?;
    let server = own_connection(&client, id, &session.username).await?.server_id;
    if connections::connected(&client, &server, id).await? == Transition::Ended {
        return Err(CLOSED);
    }
    let heartbeat = Heartbeat {
        connection_id: id,
        sequence: report.sequence,
        bytes_received: report.bytes_received.0,
        bytes_sent: report.bytes_sent.0,
    };
    let outcome = connections::heartbeat(&client, &server, report.epoch, &[heartbeat]).await?;
    if !outcome.implausible.is_empty() {
        return Err(ApiError::Invalid("counters rise from report to report, and not by that much".to_owned()));
    }
    if outcome.applied.is_empty() && outcome.repeated.is_empty() { Err(CLOSED) } else { Ok(StatusCode::NO_CONTENT) }
}

/// The counters at the end.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    #[serde(default)]
    epoch: i64,
    bytes_received: Bytes,
    bytes_sent: Bytes,
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
    let server = own_connection(&client, id, &session.username).await?.server_id;
    let last = counters.map(|Body(counters)| FinalCounters {
        epoch: counters.epoch,
        bytes_received: counters.bytes_received.0,
        bytes_sent: counters.bytes_sent.0,
    });
    let closed = connections::close(&client, &server, id, CloseReason::ClientExit, last).await?.ok_or(CLOSED)?;
    Ok(Json(Closed {
        duration_seconds: closed.duration_seconds,
        bytes_received: closed.bytes_received,
        bytes_sent: closed.bytes_sent,
    }))
}

/// The connection, if it is this user's; somebody else's might as well not exist. To look before writing is safe
/// here: a connection never changes hands, and whether it is live is decided by the write.
async fn own_connection(client: &impl GenericClient, id: i32, username: &str) -> Result<Connection, ApiError> {
    let found = queries::connections::by_id().bind(client, &id).opt().await?;
    found
        .filter(|connection| connection.username == username)
        .ok_or(ApiError::NotFound("you have no connection with this id"))
}
