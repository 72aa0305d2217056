// Written by the build step from queries/connections.sql. Edit that file: `cargo build` brings this one up to date.

//! VPN connections: opened by a node, kept alive by its heartbeats, ended once with one statistics row each. A
//! connection is live while connecting or connected; disconnected and error are final, and the database refuses a change
//! back. A node reports absolute counters per connection: the bytes received from the client and sent to it since the
//! start of the daemon that counts (its epoch). server_status.live_connections changes together with the connections. What opens, reports
//! and ends connections are the functions connection_open, connection_heartbeat and connection_end: their comments state the
//! rules and the order of locks. The partial indexes need status IN ('connecting', 'connected') written out in each statement. A connection of
//! a user who does not exist, kept from an older database, leaves no statistics row: its statistics_id is NULL.
//! The file is long because each query file is one public module, and these statements belong to one.

use barqnet_db_client as db;
/// The parameters of [`open`](fn@open).
#[derive(Debug)]
pub struct OpenParams<T1, T2, T3, T4, T5, T6> {
    pub server_id: T1,
    pub username: T2,
    pub device_id: Option<i64>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub virtual_ip6: Option<std::net::IpAddr>,
    pub daemon: Option<T3>,
    pub epoch: Option<i64>,
    pub client_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub device_name: Option<T4>,
    pub device_type: Option<T5>,
    pub app_version: Option<T6>,
    pub max_connections: Option<i64>,
    pub ends_oldest: bool,
    pub silent_seconds: f64,
    pub accepts_unknown: bool,
}
/// The parameters of [`mark_connected`](fn@mark_connected).
#[derive(Debug)]
pub struct MarkConnectedParams<T1> {
    pub id: i64,
    pub server_id: T1,
}
/// The parameters of [`count_from`](fn@count_from).
#[derive(Debug)]
pub struct CountFromParams<T1> {
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub id: i64,
    pub server_id: T1,
}
/// The parameters of [`heartbeat`](fn@heartbeat).
#[derive(Debug)]
pub struct HeartbeatParams<T1, T2, T3, T4, T5, T6> {
    pub server_id: T1,
    pub ids: T2,
    pub epochs: T3,
    pub sequences: T4,
    pub bytes_received: T5,
    pub bytes_sent: T6,
    pub max_bits_per_second: i64,
}
/// The parameters of [`count_late`](fn@count_late).
#[derive(Debug)]
pub struct CountLateParams<T1, T2, T3, T4, T5, T6> {
    pub server_id: T1,
    pub ids: T2,
    pub epochs: T3,
    pub sequences: T4,
    pub bytes_received: T5,
    pub bytes_sent: T6,
    pub max_bits_per_second: i64,
}
/// The parameters of [`end_expired`](fn@end_expired).
#[derive(Debug)]
pub struct EndExpiredParams<T1, T2> {
    pub server_id: T1,
    pub ids: T2,
}
/// The parameters of [`close`](fn@close).
#[derive(Debug)]
pub struct CloseParams<T1, T2> {
    pub server_id: T1,
    pub id: i64,
    pub reason: T2,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
    pub max_bits_per_second: i64,
}
/// The parameters of [`mark_error`](fn@mark_error).
#[derive(Debug)]
pub struct MarkErrorParams<T1, T2> {
    pub server_id: T1,
    pub id: i64,
    pub reason: T2,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
    pub max_bits_per_second: i64,
}
/// The parameters of [`close_all_for_server`](fn@close_all_for_server).
#[derive(Debug)]
pub struct CloseAllForServerParams<T1, T2, T3> {
    pub server_id: T1,
    pub daemon: Option<T2>,
    pub epoch: Option<i64>,
    pub reason: T3,
}
/// The parameters of [`close_all_for_user`](fn@close_all_for_user).
#[derive(Debug)]
pub struct CloseAllForUserParams<T1, T2> {
    pub username: T1,
    pub reason: T2,
}
/// The parameters of [`close_all_for_devices`](fn@close_all_for_devices).
#[derive(Debug)]
pub struct CloseAllForDevicesParams<T1, T2> {
    pub device_ids: T1,
    pub reason: T2,
    pub user_id: i64,
}
/// The parameters of [`close_all_for_address`](fn@close_all_for_address).
#[derive(Debug)]
pub struct CloseAllForAddressParams<T1, T2> {
    pub server_id: T1,
    pub virtual_ip: std::net::IpAddr,
    pub reason: T2,
}
/// The parameters of [`reap_stale`](fn@reap_stale).
#[derive(Debug)]
pub struct ReapStaleParams<T1> {
    pub server_id: T1,
    pub idle_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`history_by_user`](fn@history_by_user).
#[derive(Debug)]
pub struct HistoryByUserParams<T1> {
    pub username: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`active`](fn@active).
#[derive(Clone, Copy, Debug)]
pub struct ActiveParams {
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`active_by_server`](fn@active_by_server).
#[derive(Debug)]
pub struct ActiveByServerParams<T1> {
    pub server_id: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`long_running`](fn@long_running).
#[derive(Clone, Copy, Debug)]
pub struct LongRunningParams {
    pub seconds: f64,
    pub limit: i64,
}
/// The parameters of [`heavy`](fn@heavy).
#[derive(Clone, Copy, Debug)]
pub struct HeavyParams {
    pub bytes: i64,
    pub limit: i64,
}
/// A row of [`open`](fn@open).
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedConnection {
    pub outcome: String,
    pub connection_id: Option<i64>,
    pub superseded_id: Option<i64>,
    pub ended_ids: Vec<i64>,
    pub ended_servers: Vec<String>,
    pub capacity: Option<i32>,
    pub max_of_user: Option<i64>,
}
/// A [`OpenedConnection`] that borrows from the row it was read from.
pub struct OpenedConnectionBorrowed<'a> {
    pub outcome: &'a str,
    pub connection_id: Option<i64>,
    pub superseded_id: Option<i64>,
    pub ended_ids: db::types::Array<'a, i64>,
    pub ended_servers: db::types::Array<'a, &'a str>,
    pub capacity: Option<i32>,
    pub max_of_user: Option<i64>,
}
impl<'a> From<OpenedConnectionBorrowed<'a>> for OpenedConnection {
    fn from(it: OpenedConnectionBorrowed<'a>) -> Self {
        Self {
            outcome: it.outcome.into(), connection_id: it.connection_id, superseded_id: it.superseded_id,
            ended_ids: it.ended_ids.collect(), ended_servers: it.ended_servers.map(|v| v.into()).collect(),
            capacity: it.capacity, max_of_user: it.max_of_user,
        }
    }
}
/// A row of [`heartbeat`](fn@heartbeat).
#[derive(Debug, Clone, PartialEq)]
pub struct HeartbeatAnswer {
    pub connection_id: i64,
    pub outcome: String,
    pub reason: Option<String>,
}
/// A [`HeartbeatAnswer`] that borrows from the row it was read from.
pub struct HeartbeatAnswerBorrowed<'a> {
    pub connection_id: i64,
    pub outcome: &'a str,
    pub reason: Option<&'a str>,
}
impl<'a> From<HeartbeatAnswerBorrowed<'a>> for HeartbeatAnswer {
    fn from(it: HeartbeatAnswerBorrowed<'a>) -> Self {
        Self { connection_id: it.connection_id, outcome: it.outcome.into(), reason: it.reason.map(|v| v.into()) }
    }
}
/// A row of [`end_expired`](fn@end_expired).
#[derive(Debug, Clone, PartialEq)]
pub struct EndExpired {
    pub connection_id: i64,
    pub reason: String,
}
/// A [`EndExpired`] that borrows from the row it was read from.
pub struct EndExpiredBorrowed<'a> {
    pub connection_id: i64,
    pub reason: &'a str,
}
impl<'a> From<EndExpiredBorrowed<'a>> for EndExpired {
    fn from(it: EndExpiredBorrowed<'a>) -> Self {
        Self { connection_id: it.connection_id, reason: it.reason.into() }
    }
}
/// A row of [`close`](fn@close), [`mark_error`](fn@mark_error), [`close_all_for_server`](fn@close_all_for_server), [`close_all_for_user`](fn@close_all_for_user), [`close_all_for_devices`](fn@close_all_for_devices), [`close_all_for_address`](fn@close_all_for_address), [`reap_stale`](fn@reap_stale).
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedConnection {
    pub connection_id: i64,
    pub statistics_id: Option<i64>,
    pub username: String,
    pub server_id: String,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
/// A [`ClosedConnection`] that borrows from the row it was read from.
pub struct ClosedConnectionBorrowed<'a> {
    pub connection_id: i64,
    pub statistics_id: Option<i64>,
    pub username: &'a str,
    pub server_id: &'a str,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
impl<'a> From<ClosedConnectionBorrowed<'a>> for ClosedConnection {
    fn from(it: ClosedConnectionBorrowed<'a>) -> Self {
        Self {
            connection_id: it.connection_id, statistics_id: it.statistics_id, username: it.username.into(),
            server_id: it.server_id.into(), virtual_ip: it.virtual_ip, duration_seconds: it.duration_seconds,
            bytes_received: it.bytes_received, bytes_sent: it.bytes_sent,
        }
    }
}
/// A row of [`recount`](fn@recount).
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectedCount {
    pub server_id: String,
    pub was: i32,
    pub live: i32,
}
/// A [`CorrectedCount`] that borrows from the row it was read from.
pub struct CorrectedCountBorrowed<'a> {
    pub server_id: &'a str,
    pub was: i32,
    pub live: i32,
}
impl<'a> From<CorrectedCountBorrowed<'a>> for CorrectedCount {
    fn from(it: CorrectedCountBorrowed<'a>) -> Self {
        Self { server_id: it.server_id.into(), was: it.was, live: it.live }
    }
}
/// A row of [`by_id`](fn@by_id), [`last_of_user`](fn@last_of_user), [`history_by_user`](fn@history_by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub id: i64,
    pub username: String,
    pub server_id: String,
    pub status: String,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub virtual_ip6: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub disconnected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub duration_seconds: Option<i32>,
    pub disconnect_reason: Option<String>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub daemon: Option<String>,
    pub device_id: Option<i64>,
    pub device_name: Option<String>,
    pub device_type: Option<String>,
    pub app_version: Option<String>,
}
/// A [`Connection`] that borrows from the row it was read from.
pub struct ConnectionBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub server_id: &'a str,
    pub status: &'a str,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub virtual_ip6: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub disconnected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub duration_seconds: Option<i32>,
    pub disconnect_reason: Option<&'a str>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub daemon: Option<&'a str>,
    pub device_id: Option<i64>,
    pub device_name: Option<&'a str>,
    pub device_type: Option<&'a str>,
    pub app_version: Option<&'a str>,
}
impl<'a> From<ConnectionBorrowed<'a>> for Connection {
    fn from(it: ConnectionBorrowed<'a>) -> Self {
        Self {
            id: it.id, username: it.username.into(), server_id: it.server_id.into(), status: it.status.into(),
            client_ip: it.client_ip, virtual_ip: it.virtual_ip, virtual_ip6: it.virtual_ip6, public_ip: it.public_ip,
            connected_at: it.connected_at, disconnected_at: it.disconnected_at, duration_seconds: it.duration_seconds,
            disconnect_reason: it.disconnect_reason.map(|v| v.into()), bytes_received: it.bytes_received,
            bytes_sent: it.bytes_sent, last_activity: it.last_activity, daemon: it.daemon.map(|v| v.into()),
            device_id: it.device_id, device_name: it.device_name.map(|v| v.into()),
            device_type: it.device_type.map(|v| v.into()), app_version: it.app_version.map(|v| v.into()),
        }
    }
}
/// A row of [`active`](fn@active), [`active_by_server`](fn@active_by_server), [`active_by_user`](fn@active_by_user), [`long_running`](fn@long_running), [`heavy`](fn@heavy).
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveConnection {
    pub id: i64,
    pub username: String,
    pub phone_number: Option<String>,
    pub server_id: String,
    pub status: String,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub virtual_ip6: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub daemon: Option<String>,
    pub device_id: Option<i64>,
    pub device_name: Option<String>,
    pub device_type: Option<String>,
    pub app_version: Option<String>,
}
/// A [`ActiveConnection`] that borrows from the row it was read from.
pub struct ActiveConnectionBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub server_id: &'a str,
    pub status: &'a str,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub virtual_ip6: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub daemon: Option<&'a str>,
    pub device_id: Option<i64>,
    pub device_name: Option<&'a str>,
    pub device_type: Option<&'a str>,
    pub app_version: Option<&'a str>,
}
impl<'a> From<ActiveConnectionBorrowed<'a>> for ActiveConnection {
    fn from(it: ActiveConnectionBorrowed<'a>) -> Self {
        Self {
            id: it.id, username: it.username.into(), phone_number: it.phone_number.map(|v| v.into()),
            server_id: it.server_id.into(), status: it.status.into(), client_ip: it.client_ip,
            virtual_ip: it.virtual_ip, virtual_ip6: it.virtual_ip6, public_ip: it.public_ip,
            connected_at: it.connected_at, last_activity: it.last_activity, bytes_received: it.bytes_received,
            bytes_sent: it.bytes_sent, daemon: it.daemon.map(|v| v.into()), device_id: it.device_id,
            device_name: it.device_name.map(|v| v.into()), device_type: it.device_type.map(|v| v.into()),
            app_version: it.app_version.map(|v| v.into()),
        }
    }
}
/// A row of [`count_active_by_server`](fn@count_active_by_server).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerConnections {
    pub server_id: String,
    pub active: i64,
}
/// A [`ServerConnections`] that borrows from the row it was read from.
pub struct ServerConnectionsBorrowed<'a> {
    pub server_id: &'a str,
    pub active: i64,
}
impl<'a> From<ServerConnectionsBorrowed<'a>> for ServerConnections {
    fn from(it: ServerConnectionsBorrowed<'a>) -> Self {
        Self { server_id: it.server_id.into(), active: it.active }
    }
}
/// The statement [`open`](fn@open); a row is a [`OpenedConnection`]. It needs a full client, because it calls connection_open.
#[derive(Clone, Copy, Debug)]
pub struct OpenStmt;
/// Opens a connection in state connecting, within the limits of the user and of the server: `outcome` says whether, see
/// connection_open. `max_connections` (NULL: no limit) is for a user without a limit of their own; `ends_oldest` ends the
/// user's oldest connections at the limit, otherwise the new one is refused. Connections that were not heard of for
/// `silent_seconds`, and those of servers that serve none, do not count. What it replaces has ended, each with a statistics row:
/// `ended_ids`, on `ended_servers`. `capacity` is the maximum of live connections on the server: 0 means a server that
/// accepts no new ones, i32::MAX one that is not registered. After `conflict` roll back and try again; `connections::open`
/// of the crate does. `outcome`, `ended_ids` and `ended_servers` are never
/// NULL: the function assigns them first.
/// Index: idx_users_username, idx_vpn_connections_live_address, idx_vpn_connections_live_address6,
/// idx_vpn_connections_live_user. Locks: the user, the connections that end and what their ends lock, the servers' rows of
/// server_status by name, the inserted row, the device.
pub fn open() -> OpenStmt {
    OpenStmt
}
impl OpenStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.open",
        file: "queries/connections.sql",
        line: 18,
        sql: "/* connections.open */ SELECT o.outcome, o.connection_id, o.superseded_id, o.ended_ids, o.ended_servers, o.capacity, o.max_of_user FROM connection_open( $1::TEXT, $2::TEXT, $3::BIGINT, $4::INET, $5::INET, $6::TEXT, $7::BIGINT, $8::INET, $9::INET, $10::TEXT, $11::TEXT, $12::TEXT, $13::BIGINT, $14::BOOLEAN, $15::DOUBLE PRECISION, $16::BOOLEAN ) o",
        parameters: &["text", "text", "int8", "inet", "inet", "text", "int8", "inet", "inet", "text", "text", "text", "int8", "bool", "float8", "bool"],
        columns: &[("outcome", "text"), ("connection_id", "int8"), ("superseded_id", "int8"), ("ended_ids", "int8[]"), ("ended_servers", "text[]"), ("capacity", "int4"), ("max_of_user", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        username: &'a impl db::StringSql,
        device_id: &'a Option<i64>,
        virtual_ip: &'a Option<std::net::IpAddr>,
        virtual_ip6: &'a Option<std::net::IpAddr>,
        daemon: &'a Option<impl db::StringSql>,
        epoch: &'a Option<i64>,
        client_ip: &'a Option<std::net::IpAddr>,
        public_ip: &'a Option<std::net::IpAddr>,
        device_name: &'a Option<impl db::StringSql>,
        device_type: &'a Option<impl db::StringSql>,
        app_version: &'a Option<impl db::StringSql>,
        max_connections: &'a Option<i64>,
        ends_oldest: &'a bool,
        silent_seconds: &'a f64,
        accepts_unknown: &'a bool,
    ) -> db::Bound<'c, 'a, C, Self, 16> {
        db::Bound::new(Self::QUERY, client, [
            server_id, username, device_id, virtual_ip, virtual_ip6, daemon, epoch, client_ip, public_ip, device_name,
            device_type, app_version, max_connections, ends_oldest, silent_seconds, accepts_unknown,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a OpenParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 16> {
        self.bind(
            client, &params.server_id, &params.username, &params.device_id, &params.virtual_ip, &params.virtual_ip6,
            &params.daemon, &params.epoch, &params.client_ip, &params.public_ip, &params.device_name,
            &params.device_type, &params.app_version, &params.max_connections, &params.ends_oldest,
            &params.silent_seconds, &params.accepts_unknown,
        )
    }
}
impl db::Returning for OpenStmt {
    type Row = OpenedConnection;
    type Borrowed<'r> = OpenedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OpenedConnectionBorrowed {
            outcome: row.try_get(0)?, connection_id: row.try_get(1)?, superseded_id: row.try_get(2)?,
            ended_ids: row.try_get(3)?, ended_servers: row.try_get(4)?, capacity: row.try_get(5)?,
            max_of_user: row.try_get(6)?,
        })
    }
}
/// The statement [`mark_connected`](fn@mark_connected).
#[derive(Clone, Copy, Debug)]
pub struct MarkConnectedStmt;
/// Moves a connection from connecting to connected and returns the state it was in: if that is any other, nothing has
/// changed. No row means unknown, or another server's.
/// Index: vpn_connections_pkey. Locks: the row.
pub fn mark_connected() -> MarkConnectedStmt {
    MarkConnectedStmt
}
impl MarkConnectedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.mark_connected",
        file: "queries/connections.sql",
        line: 43,
        sql: "/* connections.mark_connected */ WITH found AS ( SELECT id, status, CLOCK_TIMESTAMP() AS at FROM vpn_connections WHERE id = $1 AND server_id = $2 FOR NO KEY UPDATE ), marked AS ( UPDATE vpn_connections c SET status = 'connected', last_activity = found.at FROM found WHERE c.id = found.id AND c.server_id = $2 AND found.status = 'connecting' ) SELECT status AS was FROM found",
        parameters: &["int8", "text"],
        columns: &[("was", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        id: &'a i64,
        server_id: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [id, server_id], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a MarkConnectedParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.id, &params.server_id)
    }
}
impl db::Returning for MarkConnectedStmt {
    type Row = String;
    type Borrowed<'r> = &'r str;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`count_from`](fn@count_from).
#[derive(Clone, Copy, Debug)]
pub struct CountFromStmt;
/// States what the counter of a connection shows when it is opened, so that this is not counted. 0 rows means that the
/// connection is unknown, another server's, or has been reported already.
/// Index: vpn_connections_pkey. Locks: the row.
pub fn count_from() -> CountFromStmt {
    CountFromStmt
}
impl CountFromStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.count_from",
        file: "queries/connections.sql",
        line: 68,
        sql: "/* connections.count_from */ UPDATE vpn_connections SET reported_received = GREATEST($1::BIGINT, 0), reported_sent = GREATEST($2::BIGINT, 0) WHERE id = $3 AND server_id = $4 AND (heartbeat_epoch IS NULL OR heartbeat_sequence = '-9223372036854775808'::BIGINT)",
        parameters: &["int8", "int8", "int8", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        bytes_received: &i64,
        bytes_sent: &i64,
        id: &i64,
        server_id: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[bytes_received, bytes_sent, id, server_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &CountFromParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.bytes_received, &params.bytes_sent, &params.id, &params.server_id).await
    }
}
/// The statement [`heartbeat`](fn@heartbeat); a row is a [`HeartbeatAnswer`]. It needs a full client, because it calls connection_heartbeat.
#[derive(Clone, Copy, Debug)]
pub struct HeartbeatStmt;
/// Records a node's report on any number of its connections; `epochs` are those of the counters. One row per id, by id,
/// with its outcome and, if it is closed, the reason: see connection_heartbeat. Those with the outcome expired are to be
/// ended by `end_expired`, and those that are live and have the reason over_quota are to be passed to `plans::check`, as
/// `connections::heartbeat` of the crate does. `connection_id` and `outcome` are never NULL: the
/// function leaves NULL ids out, and every other id has an outcome.
/// Index: vpn_connections_pkey. Locks: the live rows, in id order; once per hour their roll-ups, in key order.
pub fn heartbeat() -> HeartbeatStmt {
    HeartbeatStmt
}
impl HeartbeatStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.heartbeat",
        file: "queries/connections.sql",
        line: 79,
        sql: "/* connections.heartbeat */ SELECT h.connection_id, h.outcome, h.reason FROM connection_heartbeat( $1::TEXT, $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[], $7::BIGINT ) h",
        parameters: &["text", "int8[]", "int8[]", "int8[]", "int8[]", "int8[]", "int8"],
        columns: &[("connection_id", "int8"), ("outcome", "text"), ("reason", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        ids: &'a impl db::ArraySql<Item = i64>,
        epochs: &'a impl db::ArraySql<Item = i64>,
        sequences: &'a impl db::ArraySql<Item = i64>,
        bytes_received: &'a impl db::ArraySql<Item = i64>,
        bytes_sent: &'a impl db::ArraySql<Item = i64>,
        max_bits_per_second: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            server_id, ids, epochs, sequences, bytes_received, bytes_sent, max_bits_per_second,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a HeartbeatParams<impl db::StringSql, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.server_id, &params.ids, &params.epochs, &params.sequences, &params.bytes_received,
            &params.bytes_sent, &params.max_bits_per_second,
        )
    }
}
impl db::Returning for HeartbeatStmt {
    type Row = HeartbeatAnswer;
    type Borrowed<'r> = HeartbeatAnswerBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(HeartbeatAnswerBorrowed {
            connection_id: row.try_get(0)?, outcome: row.try_get(1)?, reason: row.try_get(2)?,
        })
    }
}
/// The statement [`count_late`](fn@count_late). It needs a full client, because it calls connection_count_late.
#[derive(Clone, Copy, Debug)]
pub struct CountLateStmt;
/// Counts what a node reports of connections that were ended without it, once, and returns for how many it did.
/// `connections::heartbeat` of the crate calls it for those that the heartbeat found closed. Run it in no transaction
/// that has sent a heartbeat: to wait for the locks of both could be a deadlock.
/// Index: vpn_connections_pkey, idx_vpn_statistics_once_a_connection. Locks: the ended rows, in id order, their statistics,
/// the roll-ups.
pub fn count_late() -> CountLateStmt {
    CountLateStmt
}
impl CountLateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.count_late",
        file: "queries/connections.sql",
        line: 94,
        sql: "/* connections.count_late */ SELECT connection_count_late( $1::TEXT, $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[], $7::BIGINT ) AS counted",
        parameters: &["text", "int8[]", "int8[]", "int8[]", "int8[]", "int8[]", "int8"],
        columns: &[("counted", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        ids: &'a impl db::ArraySql<Item = i64>,
        epochs: &'a impl db::ArraySql<Item = i64>,
        sequences: &'a impl db::ArraySql<Item = i64>,
        bytes_received: &'a impl db::ArraySql<Item = i64>,
        bytes_sent: &'a impl db::ArraySql<Item = i64>,
        max_bits_per_second: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            server_id, ids, epochs, sequences, bytes_received, bytes_sent, max_bits_per_second,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CountLateParams<impl db::StringSql, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = i64>>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.server_id, &params.ids, &params.epochs, &params.sequences, &params.bytes_received,
            &params.bytes_sent, &params.max_bits_per_second,
        )
    }
}
impl db::Returning for CountLateStmt {
    type Row = Option<i32>;
    type Borrowed<'r> = Option<i32>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`end_expired`](fn@end_expired); a row is a [`EndExpired`]. It needs a full client, because it calls connection_end_expired.
#[derive(Clone, Copy, Debug)]
pub struct EndExpiredStmt;
/// Closes those of the connections `ids` of a server whose account has expired or whose plan has ended, as of the last report, and
/// returns them with the reason. Run it in no transaction that has sent a heartbeat, as `count_late`. `connection_id` and `reason` are never
/// NULL: connection_end_expired takes them from the row.
/// Index: vpn_connections_pkey, idx_users_username. Locks: the users, then the rows, both in id order, then as `close`.
pub fn end_expired() -> EndExpiredStmt {
    EndExpiredStmt
}
impl EndExpiredStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.end_expired",
        file: "queries/connections.sql",
        line: 105,
        sql: "/* connections.end_expired */ SELECT e.connection_id, e.reason FROM connection_end_expired($1::TEXT, $2::BIGINT[]) e",
        parameters: &["text", "int8[]"],
        columns: &[("connection_id", "int8"), ("reason", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        ids: &'a impl db::ArraySql<Item = i64>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [server_id, ids], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a EndExpiredParams<impl db::StringSql, impl db::ArraySql<Item = i64>>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.server_id, &params.ids)
    }
}
impl db::Returning for EndExpiredStmt {
    type Row = EndExpired;
    type Borrowed<'r> = EndExpiredBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(EndExpiredBorrowed { connection_id: row.try_get(0)?, reason: row.try_get(1)? })
    }
}
/// The statement [`close`](fn@close); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_end.
#[derive(Clone, Copy, Debug)]
pub struct CloseStmt;
/// Ends a live connection in state disconnected and writes its statistics row, once under concurrency. The final
/// counters and their epoch may be NULL; they add what they would in a heartbeat: an implausible or late report nothing. Returns what was written; no row
/// means unknown, another server's, or ended already. `connection_id`, `username`, `duration_seconds`, `bytes_received`
/// and `bytes_sent` are never NULL: connection_end takes them from the row, with 0 for what was never counted.
/// Index: vpn_connections_pkey. Locks: the user (KEY SHARE), the row, the server's in server_status, the roll-ups.
pub fn close() -> CloseStmt {
    CloseStmt
}
impl CloseStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.close",
        file: "queries/connections.sql",
        line: 114,
        sql: "/* connections.close */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY[$2::BIGINT], 'disconnected', $3::TEXT, FALSE, $4::BIGINT, $5::BIGINT, $6::BIGINT, $7::BIGINT ) e",
        parameters: &["text", "int8", "text", "int8", "int8", "int8", "int8"],
        columns: &[("connection_id", "int8"), ("statistics_id", "int8"), ("username", "text"), ("server_id", "text"), ("virtual_ip", "inet"), ("duration_seconds", "int4"), ("bytes_received", "int8"), ("bytes_sent", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        id: &'a i64,
        reason: &'a impl db::StringSql,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
        max_bits_per_second: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            server_id, id, reason, epoch, bytes_received, bytes_sent, max_bits_per_second,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CloseParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.server_id, &params.id, &params.reason, &params.epoch, &params.bytes_received,
            &params.bytes_sent, &params.max_bits_per_second,
        )
    }
}
impl db::Returning for CloseStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ClosedConnectionBorrowed {
            connection_id: row.try_get(0)?, statistics_id: row.try_get(1)?, username: row.try_get(2)?,
            server_id: row.try_get(3)?, virtual_ip: row.try_get(4)?, duration_seconds: row.try_get(5)?,
            bytes_received: row.try_get(6)?, bytes_sent: row.try_get(7)?,
        })
    }
}
/// The statement [`mark_error`](fn@mark_error); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_end.
#[derive(Clone, Copy, Debug)]
pub struct MarkErrorStmt;
/// Ends a live connection in state error, otherwise as `close`. If it was never connected and has no bytes, it leaves
/// no statistics row: `statistics_id` is NULL.
/// Index: vpn_connections_pkey. Locks: as `close`.
pub fn mark_error() -> MarkErrorStmt {
    MarkErrorStmt
}
impl MarkErrorStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.mark_error",
        file: "queries/connections.sql",
        line: 133,
        sql: "/* connections.mark_error */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY[$2::BIGINT], 'error', $3::TEXT, FALSE, $4::BIGINT, $5::BIGINT, $6::BIGINT, $7::BIGINT ) e",
        parameters: &["text", "int8", "text", "int8", "int8", "int8", "int8"],
        columns: CloseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        id: &'a i64,
        reason: &'a impl db::StringSql,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
        max_bits_per_second: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            server_id, id, reason, epoch, bytes_received, bytes_sent, max_bits_per_second,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a MarkErrorParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.server_id, &params.id, &params.reason, &params.epoch, &params.bytes_received,
            &params.bytes_sent, &params.max_bits_per_second,
        )
    }
}
impl db::Returning for MarkErrorStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CloseStmt as db::Returning>::read(row)
    }
}
/// The statement [`close_all_for_server`](fn@close_all_for_server); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_close_server.
#[derive(Clone, Copy, Debug)]
pub struct CloseAllForServerStmt;
/// Closes every live connection of a server (it restarts or leaves) and returns them, by id; with `daemon`, only those of
/// this daemon of the server. With the epoch of a new start, connections that this start or a later one has opened or
/// reported stay live, so that a late or repeated request closes nothing more.
/// Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the users, then the rows, both in id order, then as
/// `close`.
pub fn close_all_for_server() -> CloseAllForServerStmt {
    CloseAllForServerStmt
}
impl CloseAllForServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.close_all_for_server",
        file: "queries/connections.sql",
        line: 150,
        sql: "/* connections.close_all_for_server */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_close_server($1::TEXT, $2::TEXT, $3::BIGINT, $4::TEXT) e",
        parameters: &["text", "text", "int8", "text"],
        columns: CloseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        daemon: &'a Option<impl db::StringSql>,
        epoch: &'a Option<i64>,
        reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [server_id, daemon, epoch, reason], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CloseAllForServerParams<impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.server_id, &params.daemon, &params.epoch, &params.reason)
    }
}
impl db::Returning for CloseAllForServerStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CloseStmt as db::Returning>::read(row)
    }
}
/// The statement [`close_all_for_user`](fn@close_all_for_user); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_close_user.
#[derive(Clone, Copy, Debug)]
pub struct CloseAllForUserStmt;
/// Closes every live connection of a user (deactivated, or signed out everywhere) and returns them; server and virtual
/// address say which clients the nodes must disconnect. `server_id` is never NULL, as in the row.
/// Index: idx_vpn_connections_live_user, vpn_connections_pkey. Locks: the users, then the rows, both in id order,
/// then server by server, by name, as `close`.
pub fn close_all_for_user() -> CloseAllForUserStmt {
    CloseAllForUserStmt
}
impl CloseAllForUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.close_all_for_user",
        file: "queries/connections.sql",
        line: 166,
        sql: "/* connections.close_all_for_user */ SELECT e.connection_id, e.statistics_id, e.username, e.server_id AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_close_user($1::TEXT, NULL, $2::TEXT) e",
        parameters: &["text", "text"],
        columns: CloseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [username, reason], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CloseAllForUserParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.username, &params.reason)
    }
}
impl db::Returning for CloseAllForUserStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CloseStmt as db::Returning>::read(row)
    }
}
/// The statement [`close_all_for_devices`](fn@close_all_for_devices); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_close_user.
#[derive(Clone, Copy, Debug)]
pub struct CloseAllForDevicesStmt;
/// Closes every live connection of devices of a user (signed out or lost) and returns them; server and virtual address say
/// which clients the nodes must disconnect.
/// Index: users_pkey, idx_vpn_connections_live_user, vpn_connections_pkey. Locks: as `close_all_for_user`.
pub fn close_all_for_devices() -> CloseAllForDevicesStmt {
    CloseAllForDevicesStmt
}
impl CloseAllForDevicesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.close_all_for_devices",
        file: "queries/connections.sql",
        line: 181,
        sql: "/* connections.close_all_for_devices */ SELECT e.connection_id, e.statistics_id, e.username, e.server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM users u CROSS JOIN LATERAL connection_close_user(u.username::TEXT, $1::BIGINT[], $2::TEXT) e WHERE u.id = $3",
        parameters: &["int8[]", "text", "int8"],
        columns: CloseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        device_ids: &'a impl db::ArraySql<Item = i64>,
        reason: &'a impl db::StringSql,
        user_id: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [device_ids, reason, user_id], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CloseAllForDevicesParams<impl db::ArraySql<Item = i64>, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.device_ids, &params.reason, &params.user_id)
    }
}
impl db::Returning for CloseAllForDevicesStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CloseStmt as db::Returning>::read(row)
    }
}
/// The statement [`close_all_for_address`](fn@close_all_for_address); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_close_address.
#[derive(Clone, Copy, Debug)]
pub struct CloseAllForAddressStmt;
/// Closes the live connection that holds a virtual address of a server, IPv4 or IPv6. `open` does this by itself; it is for
/// an address that a node takes back from a client it lost.
/// Index: idx_vpn_connections_live_address, idx_vpn_connections_live_address6, vpn_connections_pkey. Locks: as `close`.
pub fn close_all_for_address() -> CloseAllForAddressStmt {
    CloseAllForAddressStmt
}
impl CloseAllForAddressStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.close_all_for_address",
        file: "queries/connections.sql",
        line: 197,
        sql: "/* connections.close_all_for_address */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_close_address($1::TEXT, $2::INET, $3::TEXT) e",
        parameters: &["text", "inet", "text"],
        columns: CloseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        virtual_ip: &'a std::net::IpAddr,
        reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, virtual_ip, reason], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CloseAllForAddressParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.virtual_ip, &params.reason)
    }
}
impl db::Returning for CloseAllForAddressStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CloseStmt as db::Returning>::read(row)
    }
}
/// The statement [`reap_stale`](fn@reap_stale); a row is a [`ClosedConnection`]. It needs a full client, because it calls connection_reap.
#[derive(Clone, Copy, Debug)]
pub struct ReapStaleStmt;
/// Closes up to `batch` live connections of a server that had no heartbeat for `idle_seconds` although reports could
/// arrive (see stale_before), as of the last one, for the reason stale. Call again until it returns fewer rows than
/// `batch`. Rows that another transaction holds are skipped, so several reapers share the work, and those of users who get
/// another name at this moment.
/// `connections::reap_stale` of the crate goes through the servers and keeps `idle_seconds` above its minimum.
/// Index: idx_vpn_connections_active (reads every live row of the server), vpn_connections_pkey. Locks: the rows, in id
/// order, then as `close`.
pub fn reap_stale() -> ReapStaleStmt {
    ReapStaleStmt
}
impl ReapStaleStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.reap_stale",
        file: "queries/connections.sql",
        line: 211,
        sql: "/* connections.reap_stale */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_reap($1::TEXT, $2::DOUBLE PRECISION, $3::BIGINT) e",
        parameters: &["text", "float8", "int8"],
        columns: CloseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        idle_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, idle_seconds, batch], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a ReapStaleParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.idle_seconds, &params.batch)
    }
}
impl db::Returning for ReapStaleStmt {
    type Row = ClosedConnection;
    type Borrowed<'r> = ClosedConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CloseStmt as db::Returning>::read(row)
    }
}
/// The statement [`servers_with_stale`](fn@servers_with_stale).
#[derive(Clone, Copy, Debug)]
pub struct ServersWithStaleStmt;
/// The servers with live connections that had no heartbeat for `idle_seconds` although reports could arrive (see
/// stale_before), by name. `server_id` is never NULL: each row names one.
/// Index: idx_vpn_connections_active (all live rows), server_status_pkey. Locks: nothing.
pub fn servers_with_stale() -> ServersWithStaleStmt {
    ServersWithStaleStmt
}
impl ServersWithStaleStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.servers_with_stale",
        file: "queries/connections.sql",
        line: 229,
        sql: "/* connections.servers_with_stale */ SELECT s.server_id FROM server_list_stale($1::DOUBLE PRECISION) s",
        parameters: &["float8"],
        columns: &[("server_id", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        idle_seconds: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [idle_seconds], |it| it.into())
    }
}
impl db::Returning for ServersWithStaleStmt {
    type Row = String;
    type Borrowed<'r> = &'r str;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`recount`](fn@recount); a row is a [`CorrectedCount`]. It needs a full client, because it calls server_recount.
#[derive(Clone, Copy, Debug)]
pub struct RecountStmt;
/// Recounts the live connections of every server, corrects server_status, and returns what was wrong. Opening and
/// closing wait meanwhile. `server_id`, `was` and `live` are never NULL: server_recount counts what is missing as 0.
/// Index: server_status_pkey, idx_vpn_connections_active (all live rows). Locks: all rows of server_status, by name.
pub fn recount() -> RecountStmt {
    RecountStmt
}
impl RecountStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.recount",
        file: "queries/connections.sql",
        line: 236,
        sql: "/* connections.recount */ SELECT server_id, was, live FROM server_recount()",
        parameters: &[],
        columns: &[("server_id", "text"), ("was", "int4"), ("live", "int4")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::GenericClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for RecountStmt {
    type Row = CorrectedCount;
    type Borrowed<'r> = CorrectedCountBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(CorrectedCountBorrowed { server_id: row.try_get(0)?, was: row.try_get(1)?, live: row.try_get(2)? })
    }
}
/// The statement [`by_id`](fn@by_id); a row is a [`Connection`].
#[derive(Clone, Copy, Debug)]
pub struct ByIdStmt;
/// The connection with this id, live or ended; no row means unknown.
/// Index: vpn_connections_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt
}
impl ByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.by_id",
        file: "queries/connections.sql",
        line: 242,
        sql: "/* connections.by_id */ SELECT id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, last_activity, daemon, device_id, device_name, device_type, app_version FROM vpn_connections WHERE id = $1",
        parameters: &["int8"],
        columns: &[("id", "int8"), ("username", "varchar"), ("server_id", "varchar"), ("status", "varchar"), ("client_ip", "inet"), ("virtual_ip", "inet"), ("virtual_ip6", "inet"), ("public_ip", "inet"), ("connected_at", "timestamptz"), ("disconnected_at", "timestamptz"), ("duration_seconds", "int4"), ("disconnect_reason", "varchar"), ("bytes_received", "int8"), ("bytes_sent", "int8"), ("last_activity", "timestamptz"), ("daemon", "text"), ("device_id", "int8"), ("device_name", "varchar"), ("device_type", "varchar"), ("app_version", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for ByIdStmt {
    type Row = Connection;
    type Borrowed<'r> = ConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ConnectionBorrowed {
            id: row.try_get(0)?, username: row.try_get(1)?, server_id: row.try_get(2)?, status: row.try_get(3)?,
            client_ip: row.try_get(4)?, virtual_ip: row.try_get(5)?, virtual_ip6: row.try_get(6)?,
            public_ip: row.try_get(7)?, connected_at: row.try_get(8)?, disconnected_at: row.try_get(9)?,
            duration_seconds: row.try_get(10)?, disconnect_reason: row.try_get(11)?, bytes_received: row.try_get(12)?,
            bytes_sent: row.try_get(13)?, last_activity: row.try_get(14)?, daemon: row.try_get(15)?,
            device_id: row.try_get(16)?, device_name: row.try_get(17)?, device_type: row.try_get(18)?,
            app_version: row.try_get(19)?,
        })
    }
}
/// The statement [`last_of_user`](fn@last_of_user); a row is a [`Connection`].
#[derive(Clone, Copy, Debug)]
pub struct LastOfUserStmt;
/// The newest connection of a user, live or ended; no row means that there is none.
/// Index: idx_vpn_connections_user_history. Locks: nothing.
pub fn last_of_user() -> LastOfUserStmt {
    LastOfUserStmt
}
impl LastOfUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.last_of_user",
        file: "queries/connections.sql",
        line: 268,
        sql: "/* connections.last_of_user */ SELECT id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, last_activity, daemon, device_id, device_name, device_type, app_version FROM vpn_connections WHERE username = $1 ORDER BY id DESC LIMIT 1",
        parameters: &["text"],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for LastOfUserStmt {
    type Row = Connection;
    type Borrowed<'r> = ConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`history_by_user`](fn@history_by_user); a row is a [`Connection`].
#[derive(Clone, Copy, Debug)]
pub struct HistoryByUserStmt;
/// One page of the connections of a user, live and ended, newest first. Start with `before_id` i64::MAX, continue with
/// the last id received.
/// Index: idx_vpn_connections_user_history. Locks: nothing.
pub fn history_by_user() -> HistoryByUserStmt {
    HistoryByUserStmt
}
impl HistoryByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.history_by_user",
        file: "queries/connections.sql",
        line: 296,
        sql: "/* connections.history_by_user */ SELECT id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, last_activity, daemon, device_id, device_name, device_type, app_version FROM vpn_connections WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [username, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a HistoryByUserParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
impl db::Returning for HistoryByUserStmt {
    type Row = Connection;
    type Borrowed<'r> = ConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`active`](fn@active); a row is a [`ActiveConnection`].
#[derive(Clone, Copy, Debug)]
pub struct ActiveStmt;
/// One page of all live connections, newest first. Start with `before_id` i64::MAX, continue with the last id received.
/// Index: idx_vpn_connections_active (all live rows), idx_users_username. Locks: nothing.
pub fn active() -> ActiveStmt {
    ActiveStmt
}
impl ActiveStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.active",
        file: "queries/connections.sql",
        line: 326,
        sql: "/* connections.active */ WITH page AS MATERIALIZED ( SELECT id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version FROM vpn_connections WHERE id < $1 AND status IN ('connecting', 'connected') ORDER BY id + 0 DESC LIMIT $2::BIGINT ) SELECT p.id, p.username, u.phone_number, p.server_id, p.status, p.client_ip, p.virtual_ip, p.virtual_ip6, p.public_ip, p.connected_at, p.last_activity, COALESCE(p.bytes_received, 0) AS bytes_received, COALESCE(p.bytes_sent, 0) AS bytes_sent, p.daemon, p.device_id, p.device_name, p.device_type, p.app_version FROM page p LEFT JOIN users u ON u.username = p.username ORDER BY p.id DESC",
        parameters: &["int8", "int8"],
        columns: &[("id", "int8"), ("username", "varchar"), ("phone_number", "varchar"), ("server_id", "varchar"), ("status", "varchar"), ("client_ip", "inet"), ("virtual_ip", "inet"), ("virtual_ip6", "inet"), ("public_ip", "inet"), ("connected_at", "timestamptz"), ("last_activity", "timestamptz"), ("bytes_received", "int8"), ("bytes_sent", "int8"), ("daemon", "text"), ("device_id", "int8"), ("device_name", "varchar"), ("device_type", "varchar"), ("app_version", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ActiveParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.before_id, &params.limit)
    }
}
impl db::Returning for ActiveStmt {
    type Row = ActiveConnection;
    type Borrowed<'r> = ActiveConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ActiveConnectionBorrowed {
            id: row.try_get(0)?, username: row.try_get(1)?, phone_number: row.try_get(2)?, server_id: row.try_get(3)?,
            status: row.try_get(4)?, client_ip: row.try_get(5)?, virtual_ip: row.try_get(6)?,
            virtual_ip6: row.try_get(7)?, public_ip: row.try_get(8)?, connected_at: row.try_get(9)?,
            last_activity: row.try_get(10)?, bytes_received: row.try_get(11)?, bytes_sent: row.try_get(12)?,
            daemon: row.try_get(13)?, device_id: row.try_get(14)?, device_name: row.try_get(15)?,
            device_type: row.try_get(16)?, app_version: row.try_get(17)?,
        })
    }
}
/// The statement [`active_by_server`](fn@active_by_server); a row is a [`ActiveConnection`].
#[derive(Clone, Copy, Debug)]
pub struct ActiveByServerStmt;
/// One page of the live connections of a server, newest first. Start with `before_id` i64::MAX, continue with the last
/// id received.
/// Index: idx_vpn_connections_active, idx_users_username. Locks: nothing.
pub fn active_by_server() -> ActiveByServerStmt {
    ActiveByServerStmt
}
impl ActiveByServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.active_by_server",
        file: "queries/connections.sql",
        line: 377,
        sql: "/* connections.active_by_server */ WITH page AS MATERIALIZED ( SELECT id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version FROM vpn_connections WHERE server_id = $1 AND id < $2 AND status IN ('connecting', 'connected') ORDER BY id + 0 DESC LIMIT $3::BIGINT ) SELECT p.id, p.username, u.phone_number, p.server_id, p.status, p.client_ip, p.virtual_ip, p.virtual_ip6, p.public_ip, p.connected_at, p.last_activity, COALESCE(p.bytes_received, 0) AS bytes_received, COALESCE(p.bytes_sent, 0) AS bytes_sent, p.daemon, p.device_id, p.device_name, p.device_type, p.app_version FROM page p LEFT JOIN users u ON u.username = p.username ORDER BY p.id DESC",
        parameters: &["text", "int8", "int8"],
        columns: ActiveStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ActiveByServerParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.before_id, &params.limit)
    }
}
impl db::Returning for ActiveByServerStmt {
    type Row = ActiveConnection;
    type Borrowed<'r> = ActiveConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ActiveStmt as db::Returning>::read(row)
    }
}
/// The statement [`active_by_user`](fn@active_by_user); a row is a [`ActiveConnection`].
#[derive(Clone, Copy, Debug)]
pub struct ActiveByUserStmt;
/// The live connections of a user, newest first.
/// Index: idx_vpn_connections_live_user, idx_users_username. Locks: nothing.
pub fn active_by_user() -> ActiveByUserStmt {
    ActiveByUserStmt
}
impl ActiveByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.active_by_user",
        file: "queries/connections.sql",
        line: 430,
        sql: "/* connections.active_by_user */ SELECT c.id, c.username, u.phone_number, c.server_id, c.status, c.client_ip, c.virtual_ip, c.virtual_ip6, c.public_ip, c.connected_at, c.last_activity, COALESCE(c.bytes_received, 0) AS bytes_received, COALESCE(c.bytes_sent, 0) AS bytes_sent, c.daemon, c.device_id, c.device_name, c.device_type, c.app_version FROM vpn_connections c LEFT JOIN users u ON u.username = c.username WHERE c.username = $1 AND c.status IN ('connecting', 'connected') ORDER BY c.id DESC",
        parameters: &["text"],
        columns: ActiveStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for ActiveByUserStmt {
    type Row = ActiveConnection;
    type Borrowed<'r> = ActiveConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ActiveStmt as db::Returning>::read(row)
    }
}
/// The statement [`count_active`](fn@count_active).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveStmt;
/// The number of live connections.
/// Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
pub fn count_active() -> CountActiveStmt {
    CountActiveStmt
}
impl CountActiveStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.count_active",
        file: "queries/connections.sql",
        line: 457,
        sql: "/* connections.count_active */ SELECT COUNT(*) AS active FROM vpn_connections WHERE status IN ('connecting', 'connected')",
        parameters: &[],
        columns: &[("active", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for CountActiveStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`count_active_by_user`](fn@count_active_by_user).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveByUserStmt;
/// The number of live connections of a user.
/// Index: idx_vpn_connections_live_user. Locks: nothing; see `users::lock_by_username`.
pub fn count_active_by_user() -> CountActiveByUserStmt {
    CountActiveByUserStmt
}
impl CountActiveByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.count_active_by_user",
        file: "queries/connections.sql",
        line: 464,
        sql: "/* connections.count_active_by_user */ SELECT COUNT(*) AS active FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected')",
        parameters: &["text"],
        columns: &[("active", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it)
    }
}
impl db::Returning for CountActiveByUserStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`count_active_by_server`](fn@count_active_by_server); a row is a [`ServerConnections`].
#[derive(Clone, Copy, Debug)]
pub struct CountActiveByServerStmt;
/// The number of live connections per server, by server name; a server without any has no row.
/// Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
pub fn count_active_by_server() -> CountActiveByServerStmt {
    CountActiveByServerStmt
}
impl CountActiveByServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.count_active_by_server",
        file: "queries/connections.sql",
        line: 472,
        sql: "/* connections.count_active_by_server */ SELECT server_id, COUNT(*) AS active FROM vpn_connections WHERE status IN ('connecting', 'connected') GROUP BY server_id ORDER BY server_id",
        parameters: &[],
        columns: &[("server_id", "varchar"), ("active", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for CountActiveByServerStmt {
    type Row = ServerConnections;
    type Borrowed<'r> = ServerConnectionsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerConnectionsBorrowed { server_id: row.try_get(0)?, active: row.try_get(1)? })
    }
}
/// The statement [`long_running`](fn@long_running); a row is a [`ActiveConnection`].
#[derive(Clone, Copy, Debug)]
pub struct LongRunningStmt;
/// Up to `limit` live connections opened more than `seconds` ago, oldest first (alert: 86,400 s).
/// Index: idx_vpn_connections_active (all live rows), vpn_connections_pkey, idx_users_username. Locks: nothing.
pub fn long_running() -> LongRunningStmt {
    LongRunningStmt
}
impl LongRunningStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.long_running",
        file: "queries/connections.sql",
        line: 482,
        sql: "/* connections.long_running */ SELECT c.id, c.username, a.phone_number, c.server_id, c.status, c.client_ip, c.virtual_ip, c.virtual_ip6, c.public_ip, c.connected_at, c.last_activity, COALESCE(c.bytes_received, 0) AS bytes_received, COALESCE(c.bytes_sent, 0) AS bytes_sent, c.daemon, c.device_id, c.device_name, c.device_type, c.app_version FROM v_active_connections a JOIN vpn_connections c ON c.id = a.id WHERE c.connected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND c.status IN ('connecting', 'connected') ORDER BY CURRENT_TIMESTAMP - c.connected_at DESC, c.id LIMIT $2::BIGINT",
        parameters: &["float8", "int8"],
        columns: ActiveStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        seconds: &'a f64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [seconds, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a LongRunningParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.seconds, &params.limit)
    }
}
impl db::Returning for LongRunningStmt {
    type Row = ActiveConnection;
    type Borrowed<'r> = ActiveConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ActiveStmt as db::Returning>::read(row)
    }
}
/// The statement [`heavy`](fn@heavy); a row is a [`ActiveConnection`].
#[derive(Clone, Copy, Debug)]
pub struct HeavyStmt;
/// Up to `limit` live connections with more than `bytes` in both directions, most first (alert: 10 GB).
/// Index: idx_vpn_connections_active (all live rows), vpn_connections_pkey, idx_users_username. Locks: nothing.
pub fn heavy() -> HeavyStmt {
    HeavyStmt
}
impl HeavyStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "connections.heavy",
        file: "queries/connections.sql",
        line: 511,
        sql: "/* connections.heavy */ SELECT c.id, c.username, a.phone_number, c.server_id, c.status, c.client_ip, c.virtual_ip, c.virtual_ip6, c.public_ip, c.connected_at, c.last_activity, COALESCE(c.bytes_received, 0) AS bytes_received, COALESCE(c.bytes_sent, 0) AS bytes_sent, c.daemon, c.device_id, c.device_name, c.device_type, c.app_version FROM v_active_connections a JOIN vpn_connections c ON c.id = a.id WHERE COALESCE(c.bytes_received, 0) + COALESCE(c.bytes_sent, 0) > $1::BIGINT AND c.status IN ('connecting', 'connected') ORDER BY COALESCE(c.bytes_received, 0) + COALESCE(c.bytes_sent, 0) DESC, c.id LIMIT $2::BIGINT",
        parameters: &["int8", "int8"],
        columns: ActiveStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        bytes: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [bytes, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a HeavyParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.bytes, &params.limit)
    }
}
impl db::Returning for HeavyStmt {
    type Row = ActiveConnection;
    type Borrowed<'r> = ActiveConnectionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ActiveStmt as db::Returning>::read(row)
    }
}
