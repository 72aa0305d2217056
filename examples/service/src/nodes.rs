//! `/v1/nodes/{server}`: the connections that a node reports. What clients report about themselves is in
//! [`usage`](crate::usage).

use std::net::IpAddr;

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    connections::{
        self, CloseReason, ConnectionPolicy, FinalCounters, Heartbeat, HeartbeatReport, NewConnection, OpenOutcome,
    },
    queries::{self, connections::CloseAllForServerParams, servers},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    connections::{CLOSED, Closed},
    error::ApiError,
    extract::{Body, Bytes, Id, Node, ServerName, Text},
};

/// The largest body of a report; 1,600 connections need a tenth of it.
pub const MAX_REPORT_BYTES: usize = 1024 * 1024;

/// The maximum number of connections in a report.
pub const MAX_CONNECTIONS_PER_REPORT: usize = 10_000;

/// A client that has connected. The node assigns the virtual address: a new connection supersedes the one that had the
/// address before, so that a repeated request leaves one connection.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    username: Text<255>,
    epoch: i64,
    virtual_ip: Option<IpAddr>,
    client_ip: Option<IpAddr>,
    public_ip: Option<IpAddr>,
    device_name: Option<Text<255>>,
    device_type: Option<Text<50>>,
    app_version: Option<Text<50>>,
}

/// A connection that was opened, and the one that it superseded.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Opened {
    id: i32,
    superseded: Option<i32>,
}

/// Opens a connection in state connected, unless the user or the server has the maximum number.
pub async fn open(
    State(app): State<App>,
    _: Node,
    ServerName(server): ServerName,
    Body(request): Body<Open>,
) -> Result<(StatusCode, Json<Opened>), ApiError> {
    let found = servers::by_name().bind(app.pool.lane(), &server.as_str()).opt().await?;
    if !found.is_some_and(|server| server.enabled) {
        return Err(ApiError::NotFound("there is no enabled server with this name"));
    }
    let new = NewConnection {
        username: request.username.as_str(),
        server_id: server.as_str(),
        virtual_ip: request.virtual_ip,
        epoch: Some(request.epoch),
        client_ip: request.client_ip,
        public_ip: request.public_ip,
        device_name: request.device_name.as_ref().map(Text::as_str),
        device_type: request.device_type.as_ref().map(Text::as_str),
        app_version: request.app_version.as_ref().map(Text::as_str),
    };
    match connections::open(&app.pool, &new, &ConnectionPolicy::default()).await? {
        OpenOutcome::Opened { id, superseded } => {
            // If it has ended meanwhile, the answer to the node's next heartbeat says so.
            connections::mark_connected(&app.connection().await?, server.as_str(), id).await?;
            Ok((StatusCode::CREATED, Json(Opened { id, superseded })))
        }
        OpenOutcome::UserInactive => Err(ApiError::AccountClosed),
        OpenOutcome::LimitReached { active } => Err(ApiError::TooManyConnections(active.len())),
        OpenOutcome::ServerFull { .. } => Err(ApiError::ServerFull),
        OpenOutcome::Outdated => Err(ApiError::Gone("this node has assigned the address again since a later restart")),
        OpenOutcome::Conflict => Err(ApiError::Unavailable),
    }
}

/// The counters of a node's connections since the node's start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Rises with every start of the node, which resets its counters to zero.
    epoch: i64,
    connections: Vec<Beat>,
}

/// The counters of one connection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    id: i32,
    /// Rises from report to report; a late or repeated report changes nothing.
    sequence: i64,
    bytes_received: Bytes,
    bytes_sent: Bytes,
}

impl From<Beat> for Heartbeat {
    fn from(Beat { id, sequence, bytes_received, bytes_sent }: Beat) -> Self {
        Self { connection_id: id, sequence, bytes_received: bytes_received.into(), bytes_sent: bytes_sent.into() }
    }
}

/// The outcome for each connection in a report, by id; see [`HeartbeatReport`].
#[derive(Debug, Serialize)]
pub struct Outcome {
    applied: Vec<i32>,
    repeated: Vec<i32>,
    outdated: Vec<i32>,
    implausible: Vec<i32>,
    closed: Vec<i32>,
    unknown: Vec<i32>,
}

impl From<HeartbeatReport> for Outcome {
    fn from(report: HeartbeatReport) -> Self {
        let HeartbeatReport { applied, repeated, outdated, implausible, closed, unknown } = report;
        Self { applied, repeated, outdated, implausible, closed, unknown }
    }
}

/// Keeps a node's connections alive and updates their counters, all in one statement. The node disconnects the clients of
/// those that are closed or unknown.
pub async fn heartbeats(
    State(app): State<App>,
    _: Node,
    ServerName(server): ServerName,
    Body(report): Body<Report>,
) -> Result<Json<Outcome>, ApiError> {
    let reported = report.connections.len();
    if reported > MAX_CONNECTIONS_PER_REPORT {
        return Err(ApiError::Invalid(format!(
            "{reported} connections: at most {MAX_CONNECTIONS_PER_REPORT} are allowed"
        )));
    }
    let heartbeats: Vec<_> = report.connections.into_iter().map(Heartbeat::from).collect();
    let client = app.connection().await?;
    Ok(Json(connections::heartbeat(&client, server.as_str(), report.epoch, &heartbeats).await?.into()))
}

/// The final counters of a connection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    epoch: i64,
    bytes_received: Bytes,
    bytes_sent: Bytes,
}

impl From<Counters> for FinalCounters {
    fn from(Counters { epoch, bytes_received, bytes_sent }: Counters) -> Self {
        Self { epoch, bytes_received: bytes_received.into(), bytes_sent: bytes_sent.into() }
    }
}

/// Closes a connection, with its final counters if the node has them. Concurrent requests close it once and write one row
/// of statistics.
pub async fn close(
    State(app): State<App>,
    _: Node,
    ServerName(server): ServerName,
    Id(id): Id,
    counters: Option<Body<Counters>>,
) -> Result<Json<Closed>, ApiError> {
    let client = app.connection().await?;
    let last = counters.map(|Body(counters)| counters.into());
    if let Some(closed) = connections::close(&client, server.as_str(), id, CloseReason::ClientExit, last).await? {
        return Ok(Json(closed.into()));
    }
    let found = queries::connections::by_id().bind(&client, &id).opt().await?;
    match found {
        Some(connection) if connection.server_id == server.as_str() => Err(CLOSED),
        _ => Err(ApiError::NotFound("this server has no connection with this id")),
    }
}

/// A node has started.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    epoch: i64,
}

/// The connections that a restart has closed.
#[derive(Debug, Serialize)]
pub struct Restarted {
    closed: Vec<i32>,
}

/// Closes the connections from before a node's restart. If it is late or repeated, connections that were opened since stay
/// live.
pub async fn restart(
    State(app): State<App>,
    _: Node,
    ServerName(server): ServerName,
    Body(request): Body<Restart>,
) -> Result<Json<Restarted>, ApiError> {
    let client = app.connection().await?;
    let all = CloseAllForServerParams {
        server_id: server.as_str(),
        epoch: Some(request.epoch),
        reason: CloseReason::ServerRestart,
    };
    let closed = queries::connections::close_all_for_server().params(&client, &all).all().await?;
    Ok(Json(Restarted { closed: closed.into_iter().map(|connection| connection.connection_id).collect() }))
}
