//! Shorthands for opening, ending and reading connections.

use std::net::IpAddr;

use barqnet_db::{
    client::GenericClient,
    connections::{
        CloseReason, Closed, ConnectionPolicy, ConnectionStatus, CounterPolicy, Heartbeat, NewConnection, OpenOutcome,
        mark_error, open,
    },
    pool::Pool,
    queries::connections::{self, Connection},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{close, execute_sql, scalar};

pub(super) const EXIT: CloseReason = CloseReason::ClientExit;

pub(super) fn address(text: &str) -> IpAddr {
    text.parse().expect("well formed")
}

pub(super) fn bare<'a>(username: &'a str, server_id: &'a str) -> NewConnection<'a> {
    NewConnection { username, server_id, ..NewConnection::default() }
}

pub(super) async fn opened(pool: &Pool, new: &NewConnection<'_>) -> Option<i64> {
    match open(pool, new, &ConnectionPolicy::default()).await.expect("an answer") {
        OpenOutcome::Opened { id, .. } => Some(id),
        OpenOutcome::UserInactive => None,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn found(client: &impl GenericClient, id: i64) -> Connection {
    connections::by_id().bind(client, &id).one().await.expect("it was opened")
}

pub(super) async fn state(client: &impl GenericClient, id: i64) -> ConnectionStatus {
    found(client, id).await.status.parse().expect("a known status")
}

pub(super) async fn closed(client: &impl GenericClient, id: i64) -> bool {
    close(client, "node-1", id, None).await.is_some()
}

pub(super) async fn failed(client: &impl GenericClient, id: i64) -> bool {
    mark_error(client, "node-1", id, "tls_error", None, &CounterPolicy::default()).await.expect("an answer").is_some()
}

/// Rows of statistics, and connections they belong to.
pub(super) async fn statistics(database: &TestDatabase) -> (i64, i64) {
    (
        scalar(database, "SELECT COUNT(*) FROM vpn_statistics").await,
        scalar(database, "SELECT COUNT(DISTINCT connection_id) FROM vpn_statistics").await,
    )
}

pub(super) async fn counters(client: &impl GenericClient, id: i64) -> (i64, i64) {
    let found = connections::by_id().bind(client, &id).one().await.expect("it was opened");
    (found.bytes_received, found.bytes_sent)
}

/// Live connections of one user, of servers `node-0`, `node-1`, … in turn, written at once.
pub(super) async fn many(database: &TestDatabase, connections: u32, servers: u32) {
    execute_sql(
        database,
        &format!(
            "INSERT INTO vpn_connections (username, server_id, status, usage_hour)
             SELECT 'ada', 'node-' || n % {servers}, 'connected', DATE_TRUNC('hour', NOW())
             FROM GENERATE_SERIES(1, {connections}) n"
        ),
    )
    .await;
}

/// An ended connection in the answer to a report.
pub(super) fn closed_for(connection_id: i64, reason: CloseReason) -> Closed {
    Closed { connection_id, reason: Some(reason) }
}

/// What the node has counted of a connection by its `sequence`th report since its start at `epoch`.
pub(super) fn counted(connection_id: i64, epoch: i64, sequence: i64) -> Heartbeat {
    let each = connection_id.unsigned_abs() * 3 + epoch.unsigned_abs() * 1000;
    let bytes = each * (sequence.unsigned_abs() + 1);
    Heartbeat { connection_id, epoch, sequence, bytes_received: bytes, bytes_sent: 2 * bytes }
}

/// As if every server of a connection had reported for an hour without an interruption.
pub(super) async fn heard_for_an_hour(database: &TestDatabase) {
    execute_sql(
        database,
        "INSERT INTO server_status AS s (server_id, heard_at, heard_since)
         SELECT DISTINCT server_id, NOW(), NOW() - INTERVAL '1 hour' FROM vpn_connections
         ON CONFLICT (server_id) DO UPDATE SET heard_at = EXCLUDED.heard_at, heard_since = EXCLUDED.heard_since",
    )
    .await;
}
