//! `/v1/connections`: a user's own live VPN connections. Nodes open them and report their usage: see [`nodes`](crate::nodes).

use axum::{Json, extract::State};
use barqnet_db::{
    client::GenericClient,
    connections::{self, CloseReason, CounterPolicy},
    queries::{
        self,
        connections::{ActiveConnection, ClosedConnection, Connection},
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    app::App,
    error::ApiError,
    extract::{Id, SignedIn},
};

/// The error for a connection that has ended.
pub const CLOSED: ApiError = ApiError::Gone("this connection is closed");

/// A live connection, with the counters that its node has reported.
#[derive(Debug, Serialize)]
pub struct Live {
    id: i64,
    server: String,
    since: Option<DateTime<Utc>>,
    bytes_received: i64,
    bytes_sent: i64,
    device_name: Option<String>,
    device_type: Option<String>,
    app_version: Option<String>,
}

impl From<ActiveConnection> for Live {
    fn from(connection: ActiveConnection) -> Self {
        Self {
            id: connection.id,
            server: connection.server_id,
            since: connection.connected_at,
            bytes_received: connection.bytes_received,
            bytes_sent: connection.bytes_sent,
            device_name: connection.device_name,
            device_type: connection.device_type,
            app_version: connection.app_version,
        }
    }
}

/// Lists the user's live connections, newest first.
pub async fn list(State(app): State<App>, SignedIn(session): SignedIn) -> Result<Json<Vec<Live>>, ApiError> {
    let live = queries::connections::active_by_user().bind(app.pool.lane(), &session.username.as_str()).all().await?;
    Ok(Json(live.into_iter().map(Live::from).collect()))
}

/// The totals of a closed connection.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Closed {
    duration_seconds: i32,
    bytes_received: i64,
    bytes_sent: i64,
}

impl From<ClosedConnection> for Closed {
    fn from(closed: ClosedConnection) -> Self {
        Self {
            duration_seconds: closed.duration_seconds,
            bytes_received: closed.bytes_received,
            bytes_sent: closed.bytes_sent,
        }
    }
}

/// Closes one of the user's connections with the counters that its node last reported. The node learns it from the answer
/// to its next heartbeat, and disconnects the client.
pub async fn close(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Id(id): Id<i64>,
) -> Result<Json<Closed>, ApiError> {
    let server = own_connection(app.pool.lane(), id, &session.username).await?.server_id;
    let client = app.connection().await?;
    let closed = connections::close(&client, &server, id, CloseReason::ClientExit, None, &CounterPolicy::default())
        .await?
        .ok_or(CLOSED)?;
    Ok(Json(closed.into()))
}

/// The connection, if it is this user's; another user's is not found. Reading before writing is safe here: a connection
/// never changes its user, and the write checks that it is live.
async fn own_connection(client: &impl GenericClient, id: i64, username: &str) -> Result<Connection, ApiError> {
    let found = queries::connections::by_id().bind(client, &id).opt().await?;
    found
        .filter(|connection| connection.username == username)
        .ok_or(ApiError::NotFound("you have no connection with this id"))
}
