//! `/v1/nodes/{server}`: the connections that a node reports. What clients report about themselves is in
//! [`usage`](crate::usage).

use std::net::{IpAddr, Ipv6Addr};

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, HeartbeatReport, InitialCounters,
        NewConnection, OpenOutcome,
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
    /// The device, as the client told the node.
    device_id: Option<i64>,
    /// The program that serves the connection, if the node has several.
    daemon: Option<Text<255>>,
    epoch: i64,
    /// What the counter shows now, if it is older than this connection.
    counters: Option<Shown>,
    virtual_ip: Option<IpAddr>,
    /// The IPv6 address of a client that has both.
    virtual_ip6: Option<Ipv6Addr>,
    client_ip: Option<IpAddr>,
    public_ip: Option<IpAddr>,
    device_name: Option<Text<255>>,
    device_type: Option<Text<50>>,
    app_version: Option<Text<50>>,
}

/// The figures of a counter.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    bytes_received: Bytes,
    bytes_sent: Bytes,
}

impl From<Shown> for InitialCounters {
    fn from(Shown { bytes_received, bytes_sent }: Shown) -> Self {
        Self { bytes_received: bytes_received.into(), bytes_sent: bytes_sent.into() }
    }
}

/// A connection that was opened, and the one that had its address before.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Opened {
    id: i64,
    superseded: Option<i64>,
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
        device: request.device_id,
        virtual_ip: request.virtual_ip,
        virtual_ip6: request.virtual_ip6,
        daemon: request.daemon.as_ref().map(Text::as_str),
        epoch: Some(request.epoch),
        counters: request.counters.map(Shown::into),
        client_ip: request.client_ip,
        public_ip: request.public_ip,
        device_name: request.device_name.as_ref().map(Text::as_str),
        device_type: request.device_type.as_ref().map(Text::as_str),
        app_version: request.app_version.as_ref().map(Text::as_str),
    };
    match connections::open(&app.pool, &new, &ConnectionPolicy::default()).await? {
        OpenOutcome::Opened { id, superseded, .. } => {
            // If it has ended meanwhile, the answer to the node's next heartbeat says so.
            connections::mark_connected(&app.connection().await?, server.as_str(), id).await?;
            Ok((StatusCode::CREATED, Json(Opened { id, superseded })))
        }
        OpenOutcome::UserInactive => Err(ApiError::AccountClosed),
        OpenOutcome::RefusedByPlan(refusal) => Err(ApiError::RefusedByPlan(refusal)),
        OpenOutcome::DeviceNotRegistered => Err(ApiError::DeviceNotRegistered),
        OpenOutcome::UnknownServer => Err(ApiError::NotFound("there is no enabled server with this name")),
        OpenOutcome::LimitReached { active } => Err(ApiError::TooManyConnections(active.len())),
        OpenOutcome::ServerFull { .. } => Err(ApiError::ServerFull),
        OpenOutcome::Outdated => Err(ApiError::Gone("this node has assigned the address again since a later restart")),
        OpenOutcome::Conflict => Err(ApiError::Unavailable),
    }
}

/// The counters of a node's connections.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The epoch of the counters that have none of their own: it rises with every start of the node, if that resets them to zero.
    epoch: i64,
    connections: Vec<Beat>,
}

/// The counters of one connection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    id: i64,
    /// When the counter began at zero, if that was not the start of the node.
    epoch: Option<i64>,
    /// Rises from report to report; a late or repeated report changes nothing.
    sequence: i64,
    bytes_received: Bytes,
    bytes_sent: Bytes,
}

impl Beat {
    fn into_heartbeat(self, epoch: i64) -> Heartbeat {
        Heartbeat {
            connection_id: self.id,
            epoch: self.epoch.unwrap_or(epoch),
            sequence: self.sequence,
            bytes_received: self.bytes_received.into(),
            bytes_sent: self.bytes_sent.into(),
        }
    }
}

/// A connection that has ended, and why, if that is known.
#[derive(Debug, Serialize)]
pub struct Ended {
    id: i64,
    reason: Option<&'static str>,
}

/// The outcome for each connection in a report, by id; see [`HeartbeatReport`].
#[derive(Debug, Serialize)]
pub struct Outcome {
    applied: Vec<i64>,
    repeated: Vec<i64>,
    outdated: Vec<i64>,
    implausible: Vec<i64>,
    closed: Vec<Ended>,
    unknown: Vec<i64>,
    /// Alive; the node makes them slower.
    over_quota: Vec<i64>,
}

impl From<HeartbeatReport> for Outcome {
    fn from(report: HeartbeatReport) -> Self {
        let HeartbeatReport { applied, repeated, outdated, implausible, closed, unknown, over_quota } = report;
        let closed = closed
            .into_iter()
            .map(|closed| Ended { id: closed.connection_id, reason: closed.reason.map(CloseReason::as_str) })
            .collect();
        Self { applied, repeated, outdated, implausible, closed, unknown, over_quota }
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
    let epoch = report.epoch;
    let heartbeats: Vec<_> = report.connections.into_iter().map(|beat| beat.into_heartbeat(epoch)).collect();
    let client = app.connection().await?;
    let policy = CounterPolicy::default();
    Ok(Json(connections::heartbeat(&client, server.as_str(), &heartbeats, &policy).await?.into()))
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
    Id(id): Id<i64>,
    counters: Option<Body<Counters>>,
) -> Result<Json<Closed>, ApiError> {
    let client = app.connection().await?;
    let last = counters.map(|Body(counters)| counters.into());
    let (reason, policy) = (CloseReason::ClientExit, CounterPolicy::default());
    if let Some(closed) = connections::close(&client, server.as_str(), id, reason, last, &policy).await? {
        return Ok(Json(closed.into()));
    }
    let found = queries::connections::by_id().bind(&client, &id).opt().await?;
    match found {
        Some(connection) if connection.server_id == server.as_str() => Err(CLOSED),
        _ => Err(ApiError::NotFound("this server has no connection with this id")),
    }
}

/// A node has started, or one of its daemons.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    epoch: i64,
    daemon: Option<Text<255>>,
}

/// The connections that a restart has closed.
#[derive(Debug, Serialize)]
pub struct Restarted {
    closed: Vec<i64>,
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
        daemon: request.daemon.as_ref().map(Text::as_str),
        epoch: Some(request.epoch),
        reason: CloseReason::ServerRestart,
    };
    let closed = queries::connections::close_all_for_server().params(&client, &all).all().await?;
    Ok(Json(Restarted { closed: closed.into_iter().map(|connection| connection.connection_id).collect() }))
}
