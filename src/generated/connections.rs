// Written by the build step from queries/connections.sql. Edit that file: `cargo build` brings this one up to date.

//! VPN connections: opened by a node, kept alive by its heartbeats, closed once with the statistics row each leaves.
//! A connection is live while connecting or connected; disconnected and error are final, and the database refuses a way
//! back. Counters are absolute: what the node has counted for a connection since the node's start (its epoch), received
//! from the client and sent to it, in bytes. Numbers of live connections in server_status change with the connections.
//! Statements that a node causes name its server, so that they find one shard when the tables are spread over machines; see
//! docs/distribution.md. All take their locks in one order: the user, connections by id, server_status by server, roll-ups.
//! Only an end looks at the user last, for the foreign key: it can meet somebody who gives a user with live connections
//! another name, which no statement here does, and of the two PostgreSQL ends one, to be tried again.
//! A connection of a user who doesn't exist, kept from an older database, leaves no statistics row: its statistics_id is
//! NULL.

use crate::client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`open`](fn@open).
#[derive(Debug)]
pub struct OpenParams<
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
    T3: crate::client::StringSql,
    T4: crate::client::StringSql,
    T5: crate::client::StringSql,
> {
    pub username: T1,
    pub server_id: T2,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub epoch: Option<i64>,
    pub client_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub device_name: Option<T3>,
    pub device_type: Option<T4>,
    pub app_version: Option<T5>,
    pub max_connections: i64,
}
/// The parameters of [`mark_connected`](fn@mark_connected).
#[derive(Debug)]
pub struct MarkConnectedParams<T1: crate::client::StringSql> {
    pub id: i32,
    pub server_id: T1,
}
/// The parameters of [`heartbeat_batch`](fn@heartbeat_batch).
#[derive(Debug)]
pub struct HeartbeatBatchParams<
    T1: crate::client::ArraySql<Item = i32>,
    T2: crate::client::ArraySql<Item = i64>,
    T3: crate::client::ArraySql<Item = i64>,
    T4: crate::client::ArraySql<Item = i64>,
    T5: crate::client::StringSql,
> {
    pub ids: T1,
    pub sequences: T2,
    pub bytes_received: T3,
    pub bytes_sent: T4,
    pub server_id: T5,
    pub epoch: i64,
}
/// The parameters of [`close`](fn@close).
#[derive(Debug)]
pub struct CloseParams<T1: crate::client::StringSql, T2: crate::client::StringSql> {
    pub id: i32,
    pub server_id: T1,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
    pub reason: T2,
}
/// The parameters of [`mark_error`](fn@mark_error).
#[derive(Debug)]
pub struct MarkErrorParams<T1: crate::client::StringSql, T2: crate::client::StringSql> {
    pub id: i32,
    pub server_id: T1,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
    pub reason: T2,
}
/// The parameters of [`close_all_for_server`](fn@close_all_for_server).
#[derive(Debug)]
pub struct CloseAllForServerParams<
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> {
    pub server_id: T1,
    pub epoch: Option<i64>,
    pub reason: T2,
}
/// The parameters of [`close_all_for_user`](fn@close_all_for_user).
#[derive(Debug)]
pub struct CloseAllForUserParams<
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> {
    pub username: T1,
    pub reason: T2,
}
/// The parameters of [`close_all_for_address`](fn@close_all_for_address).
#[derive(Debug)]
pub struct CloseAllForAddressParams<
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> {
    pub server_id: T1,
    pub virtual_ip: std::net::IpAddr,
    pub reason: T2,
}
/// The parameters of [`reap_stale`](fn@reap_stale).
#[derive(Debug)]
pub struct ReapStaleParams<T1: crate::client::StringSql> {
    pub server_id: T1,
    pub idle_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`history_by_user`](fn@history_by_user).
#[derive(Debug)]
pub struct HistoryByUserParams<T1: crate::client::StringSql> {
    pub username: T1,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`active`](fn@active).
#[derive(Clone, Copy, Debug)]
pub struct ActiveParams {
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`active_by_server`](fn@active_by_server).
#[derive(Debug)]
pub struct ActiveByServerParams<T1: crate::client::StringSql> {
    pub server_id: T1,
    pub before_id: i32,
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
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct OpenedConnection {
    pub connection_id: Option<i32>,
    pub superseded_id: Option<i32>,
    pub outdated: bool,
    pub live_of_user: i64,
    pub live_on_server: i32,
    pub capacity: i32,
}
/// A row of [`heartbeat_batch`](fn@heartbeat_batch).
#[derive(Debug, Clone, PartialEq)]
pub struct HeartbeatOutcome {
    pub connection_id: i32,
    pub outcome: String,
}
/// A [`HeartbeatOutcome`] that borrows from the row it was read from.
pub struct HeartbeatOutcomeBorrowed<'a> {
    pub connection_id: i32,
    pub outcome: &'a str,
}
impl<'a> From<HeartbeatOutcomeBorrowed<'a>> for HeartbeatOutcome {
    fn from(
        HeartbeatOutcomeBorrowed { connection_id, outcome }: HeartbeatOutcomeBorrowed<'a>,
    ) -> Self {
        Self {
            connection_id,
            outcome: outcome.into(),
        }
    }
}
/// A row of [`close`](fn@close), [`close_all_for_server`](fn@close_all_for_server), [`close_all_for_user`](fn@close_all_for_user), [`close_all_for_address`](fn@close_all_for_address), [`reap_stale`](fn@reap_stale).
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedConnection {
    pub connection_id: i32,
    pub statistics_id: Option<i32>,
    pub username: String,
    pub server_id: String,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
/// A [`ClosedConnection`] that borrows from the row it was read from.
pub struct ClosedConnectionBorrowed<'a> {
    pub connection_id: i32,
    pub statistics_id: Option<i32>,
    pub username: &'a str,
    pub server_id: &'a str,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
impl<'a> From<ClosedConnectionBorrowed<'a>> for ClosedConnection {
    fn from(
        ClosedConnectionBorrowed {
            connection_id,
            statistics_id,
            username,
            server_id,
            virtual_ip,
            duration_seconds,
            bytes_received,
            bytes_sent,
        }: ClosedConnectionBorrowed<'a>,
    ) -> Self {
        Self {
            connection_id,
            statistics_id,
            username: username.into(),
            server_id: server_id.into(),
            virtual_ip,
            duration_seconds,
            bytes_received,
            bytes_sent,
        }
    }
}
/// A row of [`mark_error`](fn@mark_error).
#[derive(Debug, Clone, PartialEq)]
pub struct FailedConnection {
    pub connection_id: i32,
    pub statistics_id: Option<i32>,
    pub username: String,
    pub server_id: String,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
/// A [`FailedConnection`] that borrows from the row it was read from.
pub struct FailedConnectionBorrowed<'a> {
    pub connection_id: i32,
    pub statistics_id: Option<i32>,
    pub username: &'a str,
    pub server_id: &'a str,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
impl<'a> From<FailedConnectionBorrowed<'a>> for FailedConnection {
    fn from(
        FailedConnectionBorrowed {
            connection_id,
            statistics_id,
            username,
            server_id,
            virtual_ip,
            duration_seconds,
            bytes_received,
            bytes_sent,
        }: FailedConnectionBorrowed<'a>,
    ) -> Self {
        Self {
            connection_id,
            statistics_id,
            username: username.into(),
            server_id: server_id.into(),
            virtual_ip,
            duration_seconds,
            bytes_received,
            bytes_sent,
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
    fn from(
        CorrectedCountBorrowed { server_id, was, live }: CorrectedCountBorrowed<'a>,
    ) -> Self {
        Self {
            server_id: server_id.into(),
            was,
            live,
        }
    }
}
/// A row of [`by_id`](fn@by_id), [`last_of_user`](fn@last_of_user), [`history_by_user`](fn@history_by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub id: i32,
    pub username: String,
    pub server_id: String,
    pub status: String,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub disconnected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub duration_seconds: Option<i32>,
    pub disconnect_reason: Option<String>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub device_name: Option<String>,
    pub device_type: Option<String>,
    pub app_version: Option<String>,
}
/// A [`Connection`] that borrows from the row it was read from.
pub struct ConnectionBorrowed<'a> {
    pub id: i32,
    pub username: &'a str,
    pub server_id: &'a str,
    pub status: &'a str,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub disconnected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub duration_seconds: Option<i32>,
    pub disconnect_reason: Option<&'a str>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub device_name: Option<&'a str>,
    pub device_type: Option<&'a str>,
    pub app_version: Option<&'a str>,
}
impl<'a> From<ConnectionBorrowed<'a>> for Connection {
    fn from(
        ConnectionBorrowed {
            id,
            username,
            server_id,
            status,
            client_ip,
            virtual_ip,
            public_ip,
            connected_at,
            disconnected_at,
            duration_seconds,
            disconnect_reason,
            bytes_received,
            bytes_sent,
            last_activity,
            device_name,
            device_type,
            app_version,
        }: ConnectionBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            server_id: server_id.into(),
            status: status.into(),
            client_ip,
            virtual_ip,
            public_ip,
            connected_at,
            disconnected_at,
            duration_seconds,
            disconnect_reason: disconnect_reason.map(|v| v.into()),
            bytes_received,
            bytes_sent,
            last_activity,
            device_name: device_name.map(|v| v.into()),
            device_type: device_type.map(|v| v.into()),
            app_version: app_version.map(|v| v.into()),
        }
    }
}
/// A row of [`active`](fn@active), [`active_by_server`](fn@active_by_server), [`active_by_user`](fn@active_by_user), [`long_running`](fn@long_running), [`heavy`](fn@heavy).
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveConnection {
    pub id: i32,
    pub username: String,
    pub phone_number: Option<String>,
    pub server_id: String,
    pub status: String,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub device_name: Option<String>,
    pub device_type: Option<String>,
    pub app_version: Option<String>,
}
/// A [`ActiveConnection`] that borrows from the row it was read from.
pub struct ActiveConnectionBorrowed<'a> {
    pub id: i32,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub server_id: &'a str,
    pub status: &'a str,
    pub client_ip: Option<std::net::IpAddr>,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub connected_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub bytes_received: i64,
    pub bytes_sent: i64,
    pub device_name: Option<&'a str>,
    pub device_type: Option<&'a str>,
    pub app_version: Option<&'a str>,
}
impl<'a> From<ActiveConnectionBorrowed<'a>> for ActiveConnection {
    fn from(
        ActiveConnectionBorrowed {
            id,
            username,
            phone_number,
            server_id,
            status,
            client_ip,
            virtual_ip,
            public_ip,
            connected_at,
            last_activity,
            bytes_received,
            bytes_sent,
            device_name,
            device_type,
            app_version,
        }: ActiveConnectionBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            phone_number: phone_number.map(|v| v.into()),
            server_id: server_id.into(),
            status: status.into(),
            client_ip,
            virtual_ip,
            public_ip,
            connected_at,
            last_activity,
            bytes_received,
            bytes_sent,
            device_name: device_name.map(|v| v.into()),
            device_type: device_type.map(|v| v.into()),
            app_version: app_version.map(|v| v.into()),
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
    fn from(
        ServerConnectionsBorrowed { server_id, active }: ServerConnectionsBorrowed<'a>,
    ) -> Self {
        Self {
            server_id: server_id.into(),
            active,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct OpenedConnectionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<OpenedConnection, crate::client::Error>,
    mapper: fn(OpenedConnection) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OpenedConnectionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(OpenedConnection) -> R,
    ) -> OpenedConnectionQuery<'c, 'a, 's, C, R, N> {
        OpenedConnectionQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct StringQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<&str, crate::client::Error>,
    mapper: fn(&str) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> StringQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(&str) -> R) -> StringQuery<'c, 'a, 's, C, R, N> {
        StringQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct HeartbeatOutcomeQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<HeartbeatOutcomeBorrowed, crate::client::Error>,
    mapper: fn(HeartbeatOutcomeBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> HeartbeatOutcomeQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(HeartbeatOutcomeBorrowed) -> R,
    ) -> HeartbeatOutcomeQuery<'c, 'a, 's, C, R, N> {
        HeartbeatOutcomeQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct ClosedConnectionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<ClosedConnectionBorrowed, crate::client::Error>,
    mapper: fn(ClosedConnectionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ClosedConnectionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ClosedConnectionBorrowed) -> R,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, R, N> {
        ClosedConnectionQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct FailedConnectionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<FailedConnectionBorrowed, crate::client::Error>,
    mapper: fn(FailedConnectionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> FailedConnectionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(FailedConnectionBorrowed) -> R,
    ) -> FailedConnectionQuery<'c, 'a, 's, C, R, N> {
        FailedConnectionQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct CorrectedCountQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<CorrectedCountBorrowed, crate::client::Error>,
    mapper: fn(CorrectedCountBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CorrectedCountQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(CorrectedCountBorrowed) -> R,
    ) -> CorrectedCountQuery<'c, 'a, 's, C, R, N> {
        CorrectedCountQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct ConnectionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<ConnectionBorrowed, crate::client::Error>,
    mapper: fn(ConnectionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ConnectionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ConnectionBorrowed) -> R,
    ) -> ConnectionQuery<'c, 'a, 's, C, R, N> {
        ConnectionQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct ActiveConnectionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<ActiveConnectionBorrowed, crate::client::Error>,
    mapper: fn(ActiveConnectionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ActiveConnectionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ActiveConnectionBorrowed) -> R,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, R, N> {
        ActiveConnectionQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct I64Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<i64, crate::client::Error>,
    mapper: fn(i64) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> I64Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(i64) -> R) -> I64Query<'c, 'a, 's, C, R, N> {
        I64Query {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct ServerConnectionsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(
        &crate::client::Row,
    ) -> Result<ServerConnectionsBorrowed, crate::client::Error>,
    mapper: fn(ServerConnectionsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerConnectionsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerConnectionsBorrowed) -> R,
    ) -> ServerConnectionsQuery<'c, 'a, 's, C, R, N> {
        ServerConnectionsQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// The statement [`open`](fn@open).
pub struct OpenStmt(&'static str, Option<crate::client::Statement>);
/// Opens a connection in state connecting, unless the user has `max_connections` live ones already: then `connection_id`
/// is NULL. Whoever held the virtual address on this server is superseded either way, with the statistics row of every end,
/// for the node has given the address away. `live_on_server` and `capacity` say what the server has now and may have:
/// roll back if it is more; 0 stands for a server that takes no newcomers, i32::MAX for one that is not registered.
/// `outdated` says that a later start of the node has given the address away: nothing has changed. A live connection with
/// this address that was opened in the meantime is a unique violation: roll back and try again. No row means that the
/// account is unknown, deactivated or expired. First, in the same transaction, call `users::lock_by_username`, so that
/// users are counted one by one; `connections::open` of the crate does all of it.
/// Index: idx_users_username, idx_vpn_connections_live_address, idx_vpn_connections_live_user. Locks: the superseded row,
/// the inserted one, the server's in server_status.
pub fn open() -> OpenStmt {
    OpenStmt(
        "/* connections.open */ WITH usable AS ( SELECT u.username, CLOCK_TIMESTAMP() AS at FROM users u WHERE u.username = $1 AND u.active IS NOT FALSE AND COALESCE(u.expires_at > CLOCK_TIMESTAMP(), TRUE) ), taken AS ( SELECT c.id, c.heartbeat_epoch FROM vpn_connections c WHERE c.server_id = $2 AND c.virtual_ip = $3::INET AND c.status IN ('connecting', 'connected') AND EXISTS (SELECT 1 FROM usable) ORDER BY c.id FOR NO KEY UPDATE OF c ), later AS ( SELECT COALESCE(BOOL_OR(heartbeat_epoch > $4::BIGINT), FALSE) AS holds_it FROM taken ), closed AS ( UPDATE vpn_connections c SET status = 'disconnected', disconnected_at = usable.at, duration_seconds = seconds_between(c.connected_at, usable.at), disconnect_reason = 'superseded' FROM taken CROSS JOIN usable WHERE c.id = taken.id AND NOT (SELECT holds_it FROM later) AND c.server_id = $2 RETURNING c.id, c.username, c.server_id, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE account_exists(closed.username) ), live AS ( SELECT COUNT(*) - (SELECT COUNT(*) FROM closed WHERE closed.username = $1) AS connections FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected') ), opened AS ( INSERT INTO vpn_connections (username, server_id, client_ip, virtual_ip, public_ip, connected_at, last_activity, usage_hour, heartbeat_epoch, heartbeat_sequence, device_name, device_type, app_version) SELECT usable.username, $2::TEXT, $5::INET, $3::INET, $6::INET, usable.at, usable.at, DATE_TRUNC('hour', usable.at, 'UTC'), $4::BIGINT, CASE WHEN $4::BIGINT IS NULL THEN 0 ELSE '-9223372036854775808'::BIGINT END, $7::TEXT, $8::TEXT, $9::TEXT FROM usable CROSS JOIN live WHERE live.connections < $10::BIGINT AND NOT (SELECT holds_it FROM later) RETURNING id ), change AS ( SELECT (SELECT COUNT(*) FROM opened)::INTEGER - (SELECT COUNT(*) FROM closed)::INTEGER AS connections FROM usable ), counted AS ( INSERT INTO server_status AS s (server_id, live_connections) SELECT $2::TEXT, GREATEST(change.connections, 0) FROM change ON CONFLICT (server_id) DO UPDATE SET live_connections = GREATEST(s.live_connections + (SELECT change.connections FROM change), 0) RETURNING s.live_connections ) SELECT (SELECT id FROM opened) AS connection_id, (SELECT id FROM closed) AS superseded_id, later.holds_it AS outdated, live.connections AS live_of_user, counted.live_connections AS live_on_server, COALESCE(( SELECT CASE WHEN s.draining OR s.enabled IS FALSE THEN 0 ELSE s.max_users END FROM servers s WHERE s.name = $2 ), 2147483647) AS capacity FROM counted CROSS JOIN live CROSS JOIN later",
        None,
    )
}
impl OpenStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
        T3: crate::client::StringSql,
        T4: crate::client::StringSql,
        T5: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        username: &'a T1,
        server_id: &'a T2,
        virtual_ip: &'a Option<std::net::IpAddr>,
        epoch: &'a Option<i64>,
        client_ip: &'a Option<std::net::IpAddr>,
        public_ip: &'a Option<std::net::IpAddr>,
        device_name: &'a Option<T3>,
        device_type: &'a Option<T4>,
        app_version: &'a Option<T5>,
        max_connections: &'a i64,
    ) -> OpenedConnectionQuery<'c, 'a, 's, C, OpenedConnection, 10> {
        OpenedConnectionQuery {
            client,
            params: [
                username,
                server_id,
                virtual_ip,
                epoch,
                client_ip,
                public_ip,
                device_name,
                device_type,
                app_version,
                max_connections,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<OpenedConnection, crate::client::Error> {
                Ok(OpenedConnection {
                    connection_id: row.try_get(0)?,
                    superseded_id: row.try_get(1)?,
                    outdated: row.try_get(2)?,
                    live_of_user: row.try_get(3)?,
                    live_on_server: row.try_get(4)?,
                    capacity: row.try_get(5)?,
                })
            },
            mapper: |it| OpenedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
    T3: crate::client::StringSql,
    T4: crate::client::StringSql,
    T5: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    OpenParams<T1, T2, T3, T4, T5>,
    OpenedConnectionQuery<'c, 'a, 's, C, OpenedConnection, 10>,
    C,
> for OpenStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a OpenParams<T1, T2, T3, T4, T5>,
    ) -> OpenedConnectionQuery<'c, 'a, 's, C, OpenedConnection, 10> {
        self.bind(
            client,
            &params.username,
            &params.server_id,
            &params.virtual_ip,
            &params.epoch,
            &params.client_ip,
            &params.public_ip,
            &params.device_name,
            &params.device_type,
            &params.app_version,
            &params.max_connections,
        )
    }
}
/// The statement [`mark_connected`](fn@mark_connected).
pub struct MarkConnectedStmt(&'static str, Option<crate::client::Statement>);
/// Moves a connection from connecting to connected and returns the state it was in: if that is any other, nothing has
/// changed. No row means unknown, or another server's.
/// Index: vpn_connections_pkey. Locks: the row.
pub fn mark_connected() -> MarkConnectedStmt {
    MarkConnectedStmt(
        "/* connections.mark_connected */ WITH found AS ( SELECT id, COALESCE(status, '') AS status FROM vpn_connections WHERE id = $1 AND server_id = $2 FOR NO KEY UPDATE ), marked AS ( UPDATE vpn_connections c SET status = 'connected', last_activity = CLOCK_TIMESTAMP() FROM found WHERE c.id = found.id AND c.server_id = $2 AND found.status = 'connecting' ) SELECT status AS was FROM found",
        None,
    )
}
impl MarkConnectedStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        id: &'a i32,
        server_id: &'a T1,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        StringQuery {
            client,
            params: [id, server_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    MarkConnectedParams<T1>,
    StringQuery<'c, 'a, 's, C, String, 2>,
    C,
> for MarkConnectedStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a MarkConnectedParams<T1>,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        self.bind(client, &params.id, &params.server_id)
    }
}
/// The statement [`heartbeat_batch`](fn@heartbeat_batch).
pub struct HeartbeatBatchStmt(&'static str, Option<crate::client::Statement>);
/// Records a node's report for many of its connections, in one statement: `ids`, `sequences`, `bytes_received` and
/// `bytes_sent` go in fours, `epoch` is the time of the node's start, and of a repeated id the highest sequence counts.
/// What is added is the difference to what was reported before, or all of it if the node has restarted since. One row
/// an id says what became of it: applied; repeated (this report or a later one is in already: nothing changed);
/// outdated (a later start of the node has reported already: nothing changed); implausible (the figures can't be: the
/// connection stays alive, nothing is added); closed and unknown (the node should drop it). What was moved in another
/// hour than this one goes to the roll-ups, once an hour.
/// Index: vpn_connections_pkey. Locks: the live rows, in id order; once an hour, their roll-ups, in key order.
pub fn heartbeat_batch() -> HeartbeatBatchStmt {
    HeartbeatBatchStmt(
        "/* connections.heartbeat_batch */ WITH reported AS ( SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent FROM UNNEST($1::INTEGER[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[]) AS r (id, sequence, bytes_received, bytes_sent) WHERE r.id IS NOT NULL ORDER BY r.id, r.sequence DESC NULLS LAST, r.bytes_received DESC, r.bytes_sent DESC ), live AS ( SELECT c.id, c.username, COALESCE(c.bytes_received, 0) AS total_received, COALESCE(c.bytes_sent, 0) AS total_sent, c.last_activity, c.heartbeat_epoch, c.heartbeat_sequence, c.reported_received, c.reported_sent, hour_of_usage(COALESCE(c.usage_hour, c.connected_at)) AS usage_hour, c.rolled_up_received, c.rolled_up_sent, reported.sequence, reported.bytes_received, reported.bytes_sent FROM reported JOIN vpn_connections c ON c.id = reported.id WHERE c.server_id = $5 AND c.status IN ('connecting', 'connected') ORDER BY c.id FOR NO KEY UPDATE OF c ), judged AS ( SELECT live.id, live.username, live.sequence, live.bytes_received, live.bytes_sent, live.usage_hour, live.total_received - live.rolled_up_received AS pending_received, live.total_sent - live.rolled_up_sent AS pending_sent, more.received, more.sent, COALESCE($6::BIGINT < live.heartbeat_epoch, FALSE) AS is_outdated, COALESCE(($6::BIGINT, live.sequence) > (live.heartbeat_epoch, live.heartbeat_sequence), TRUE) AS is_new, COALESCE(live.sequence IS NOT NULL AND more.received >= 0 AND more.sent >= 0 AND GREATEST(more.received, more.sent) <= most_reported(live.last_activity, clock.at), FALSE) AS is_plausible, live.usage_hour <> DATE_TRUNC('hour', clock.at, 'UTC') AND account_exists(live.username) AS is_over, DATE_TRUNC('hour', clock.at, 'UTC') AS hour, clock.at FROM live CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock CROSS JOIN LATERAL ( SELECT reported_difference(live.total_received, live.heartbeat_epoch, live.reported_received, $6::BIGINT, live.bytes_received) AS received, reported_difference(live.total_sent, live.heartbeat_epoch, live.reported_sent, $6::BIGINT, live.bytes_sent) AS sent ) AS more ), beating AS ( UPDATE vpn_connections c SET heartbeat_epoch = CASE WHEN j.is_plausible THEN $6::BIGINT ELSE c.heartbeat_epoch END, heartbeat_sequence = CASE WHEN j.is_plausible THEN j.sequence ELSE c.heartbeat_sequence END, reported_received = CASE WHEN j.is_plausible THEN j.bytes_received ELSE c.reported_received END, reported_sent = CASE WHEN j.is_plausible THEN j.bytes_sent ELSE c.reported_sent END, bytes_received = COALESCE(c.bytes_received, 0) + CASE WHEN j.is_plausible THEN j.received ELSE 0 END, bytes_sent = COALESCE(c.bytes_sent, 0) + CASE WHEN j.is_plausible THEN j.sent ELSE 0 END, last_activity = j.at, usage_hour = j.hour, rolled_up_received = c.rolled_up_received + CASE WHEN j.is_over THEN j.pending_received ELSE 0 END, rolled_up_sent = c.rolled_up_sent + CASE WHEN j.is_over THEN j.pending_sent ELSE 0 END FROM judged j WHERE c.id = j.id AND c.server_id = $5 AND j.is_new ), over AS ( SELECT j.username, j.usage_hour AS hour, SUM(j.pending_received)::BIGINT AS bytes_in, SUM(j.pending_sent)::BIGINT AS bytes_out FROM judged j WHERE j.is_new AND j.is_over AND (j.pending_received <> 0 OR j.pending_sent <> 0) GROUP BY j.username, j.usage_hour ), hourly AS ( INSERT INTO usage_hourly AS u (server_id, username, hour, sessions, bytes_in, bytes_out, seconds) SELECT $5::TEXT, over.username, over.hour, 0, over.bytes_in, over.bytes_out, 0 FROM over ORDER BY over.username, over.hour ON CONFLICT (server_id, username, hour) DO UPDATE SET bytes_in = u.bytes_in + EXCLUDED.bytes_in, bytes_out = u.bytes_out + EXCLUDED.bytes_out RETURNING u.hour ), totals AS ( INSERT INTO usage_totals AS u (server_id, username, sessions, bytes_in, bytes_out, seconds) SELECT $5::TEXT, over.username, 0, SUM(over.bytes_in), SUM(over.bytes_out), 0 FROM over WHERE (SELECT COUNT(*) FROM hourly) > 0 GROUP BY over.username ORDER BY over.username ON CONFLICT (server_id, username) DO UPDATE SET bytes_in = u.bytes_in + EXCLUDED.bytes_in, bytes_out = u.bytes_out + EXCLUDED.bytes_out RETURNING u.username ), by_server AS ( INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds) SELECT $5::TEXT, over.hour, 0, SUM(over.bytes_in), SUM(over.bytes_out), 0 FROM over WHERE (SELECT COUNT(*) FROM totals) > 0 GROUP BY over.hour ORDER BY over.hour ON CONFLICT (server_id, hour) DO UPDATE SET bytes_in = u.bytes_in + EXCLUDED.bytes_in, bytes_out = u.bytes_out + EXCLUDED.bytes_out ) SELECT reported.id AS connection_id, CASE WHEN j.is_outdated THEN 'outdated' WHEN NOT j.is_new THEN 'repeated' WHEN NOT j.is_plausible THEN 'implausible' WHEN j.id IS NOT NULL THEN 'applied' WHEN (SELECT c.status FROM vpn_connections c WHERE c.id = reported.id AND c.server_id = $5) IS NOT NULL THEN 'closed' ELSE 'unknown' END AS outcome FROM reported LEFT JOIN judged j ON j.id = reported.id ORDER BY reported.id",
        None,
    )
}
impl HeartbeatBatchStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::ArraySql<Item = i32>,
        T2: crate::client::ArraySql<Item = i64>,
        T3: crate::client::ArraySql<Item = i64>,
        T4: crate::client::ArraySql<Item = i64>,
        T5: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        ids: &'a T1,
        sequences: &'a T2,
        bytes_received: &'a T3,
        bytes_sent: &'a T4,
        server_id: &'a T5,
        epoch: &'a i64,
    ) -> HeartbeatOutcomeQuery<'c, 'a, 's, C, HeartbeatOutcome, 6> {
        HeartbeatOutcomeQuery {
            client,
            params: [ids, sequences, bytes_received, bytes_sent, server_id, epoch],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<HeartbeatOutcomeBorrowed, crate::client::Error> {
                Ok(HeartbeatOutcomeBorrowed {
                    connection_id: row.try_get(0)?,
                    outcome: row.try_get(1)?,
                })
            },
            mapper: |it| HeartbeatOutcome::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::ArraySql<Item = i32>,
    T2: crate::client::ArraySql<Item = i64>,
    T3: crate::client::ArraySql<Item = i64>,
    T4: crate::client::ArraySql<Item = i64>,
    T5: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    HeartbeatBatchParams<T1, T2, T3, T4, T5>,
    HeartbeatOutcomeQuery<'c, 'a, 's, C, HeartbeatOutcome, 6>,
    C,
> for HeartbeatBatchStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HeartbeatBatchParams<T1, T2, T3, T4, T5>,
    ) -> HeartbeatOutcomeQuery<'c, 'a, 's, C, HeartbeatOutcome, 6> {
        self.bind(
            client,
            &params.ids,
            &params.sequences,
            &params.bytes_received,
            &params.bytes_sent,
            &params.server_id,
            &params.epoch,
        )
    }
}
/// The statement [`close`](fn@close).
pub struct CloseStmt(&'static str, Option<crate::client::Statement>);
/// Closes a live connection and writes its statistics row, once whatever races. The final counters, and the epoch that they
/// belong to, may be NULL; those that are late or can't be add nothing. Returns what was written; no row means unknown,
/// another server's, or closed already.
/// Index: vpn_connections_pkey. Locks: the row, the server's in server_status, the user's roll-ups.
pub fn close() -> CloseStmt {
    CloseStmt(
        "/* connections.close */ WITH live AS ( SELECT id, server_id, COALESCE(bytes_received, 0) AS total_received, COALESCE(bytes_sent, 0) AS total_sent, last_activity, heartbeat_epoch, reported_received, reported_sent FROM vpn_connections WHERE id = $1 AND server_id = $2 AND status IN ('connecting', 'connected') FOR NO KEY UPDATE ), ended AS ( SELECT id, server_id, clock.at AS ended_at, CASE WHEN more.received BETWEEN 0 AND more.most THEN more.received ELSE 0 END AS more_received, CASE WHEN more.sent BETWEEN 0 AND more.most THEN more.sent ELSE 0 END AS more_sent FROM live CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock CROSS JOIN LATERAL ( SELECT reported_difference(live.total_received, live.heartbeat_epoch, live.reported_received, $3::BIGINT, $4::BIGINT) AS received, reported_difference(live.total_sent, live.heartbeat_epoch, live.reported_sent, $3::BIGINT, $5::BIGINT) AS sent, most_reported(live.last_activity, clock.at) AS most ) AS more ), closed AS ( UPDATE vpn_connections c SET status = 'disconnected', disconnected_at = ended.ended_at, duration_seconds = seconds_between(c.connected_at, ended.ended_at), disconnect_reason = $6, bytes_received = COALESCE(c.bytes_received, 0) + ended.more_received, bytes_sent = COALESCE(c.bytes_sent, 0) + ended.more_sent, last_activity = ended.ended_at FROM ended WHERE c.id = ended.id AND c.server_id = $2 RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE account_exists(closed.username) RETURNING id, connection_id ), counted AS ( UPDATE server_status s SET live_connections = GREATEST(s.live_connections - gone.connections, 0) FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone WHERE s.server_id = $2 AND gone.connections > 0 ) SELECT closed.id AS connection_id, recorded.id AS statistics_id, closed.username, closed.server_id, closed.virtual_ip, COALESCE(closed.duration_seconds, 0) AS duration_seconds, COALESCE(closed.bytes_received, 0) AS bytes_received, COALESCE(closed.bytes_sent, 0) AS bytes_sent FROM closed LEFT JOIN recorded ON recorded.connection_id = closed.id",
        None,
    )
}
impl CloseStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        id: &'a i32,
        server_id: &'a T1,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
        reason: &'a T2,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6> {
        ClosedConnectionQuery {
            client,
            params: [id, server_id, epoch, bytes_received, bytes_sent, reason],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ClosedConnectionBorrowed, crate::client::Error> {
                Ok(ClosedConnectionBorrowed {
                    connection_id: row.try_get(0)?,
                    statistics_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    virtual_ip: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    bytes_received: row.try_get(6)?,
                    bytes_sent: row.try_get(7)?,
                })
            },
            mapper: |it| ClosedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    CloseParams<T1, T2>,
    ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6>,
    C,
> for CloseStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CloseParams<T1, T2>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6> {
        self.bind(
            client,
            &params.id,
            &params.server_id,
            &params.epoch,
            &params.bytes_received,
            &params.bytes_sent,
            &params.reason,
        )
    }
}
/// The statement [`mark_error`](fn@mark_error).
pub struct MarkErrorStmt(&'static str, Option<crate::client::Statement>);
/// Ends a live connection in state error, with its final counters as `close`. One that was connected or moved anything
/// leaves its statistics row, one that never did leaves none, and `statistics_id` is NULL. No row means unknown,
/// another server's, or closed already.
/// Index: vpn_connections_pkey. Locks: as `close`.
pub fn mark_error() -> MarkErrorStmt {
    MarkErrorStmt(
        "/* connections.mark_error */ WITH live AS ( SELECT id, server_id, status, COALESCE(bytes_received, 0) AS total_received, COALESCE(bytes_sent, 0) AS total_sent, last_activity, heartbeat_epoch, reported_received, reported_sent FROM vpn_connections WHERE id = $1 AND server_id = $2 AND status IN ('connecting', 'connected') FOR NO KEY UPDATE ), ended AS ( SELECT id, server_id, status, clock.at AS ended_at, CASE WHEN more.received BETWEEN 0 AND more.most THEN more.received ELSE 0 END AS more_received, CASE WHEN more.sent BETWEEN 0 AND more.most THEN more.sent ELSE 0 END AS more_sent FROM live CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock CROSS JOIN LATERAL ( SELECT reported_difference(live.total_received, live.heartbeat_epoch, live.reported_received, $3::BIGINT, $4::BIGINT) AS received, reported_difference(live.total_sent, live.heartbeat_epoch, live.reported_sent, $3::BIGINT, $5::BIGINT) AS sent, most_reported(live.last_activity, clock.at) AS most ) AS more ), closed AS ( UPDATE vpn_connections c SET status = 'error', disconnected_at = ended.ended_at, duration_seconds = seconds_between(c.connected_at, ended.ended_at), disconnect_reason = $6, bytes_received = COALESCE(c.bytes_received, 0) + ended.more_received, bytes_sent = COALESCE(c.bytes_sent, 0) + ended.more_sent, last_activity = ended.ended_at FROM ended WHERE c.id = ended.id AND c.server_id = $2 RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version, ended.status = 'connected' OR c.bytes_received > 0 OR c.bytes_sent > 0 AS was_connected ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE closed.was_connected AND account_exists(closed.username) RETURNING id, connection_id ), counted AS ( UPDATE server_status s SET live_connections = GREATEST(s.live_connections - gone.connections, 0) FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone WHERE s.server_id = $2 AND gone.connections > 0 ) SELECT closed.id AS connection_id, recorded.id AS statistics_id, closed.username, closed.server_id, closed.virtual_ip, COALESCE(closed.duration_seconds, 0) AS duration_seconds, COALESCE(closed.bytes_received, 0) AS bytes_received, COALESCE(closed.bytes_sent, 0) AS bytes_sent FROM closed LEFT JOIN recorded ON recorded.connection_id = closed.id",
        None,
    )
}
impl MarkErrorStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        id: &'a i32,
        server_id: &'a T1,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
        reason: &'a T2,
    ) -> FailedConnectionQuery<'c, 'a, 's, C, FailedConnection, 6> {
        FailedConnectionQuery {
            client,
            params: [id, server_id, epoch, bytes_received, bytes_sent, reason],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<FailedConnectionBorrowed, crate::client::Error> {
                Ok(FailedConnectionBorrowed {
                    connection_id: row.try_get(0)?,
                    statistics_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    virtual_ip: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    bytes_received: row.try_get(6)?,
                    bytes_sent: row.try_get(7)?,
                })
            },
            mapper: |it| FailedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    MarkErrorParams<T1, T2>,
    FailedConnectionQuery<'c, 'a, 's, C, FailedConnection, 6>,
    C,
> for MarkErrorStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a MarkErrorParams<T1, T2>,
    ) -> FailedConnectionQuery<'c, 'a, 's, C, FailedConnection, 6> {
        self.bind(
            client,
            &params.id,
            &params.server_id,
            &params.epoch,
            &params.bytes_received,
            &params.bytes_sent,
            &params.reason,
        )
    }
}
/// The statement [`close_all_for_server`](fn@close_all_for_server).
pub struct CloseAllForServerStmt(&'static str, Option<crate::client::Statement>);
/// Closes every live connection of a server (it restarts or leaves), each with its statistics row, once whatever races;
/// returns what was closed. With the epoch of a node's new start, those that this start or a later one has opened or
/// reported stay, so that a late or repeated request closes nothing more.
/// Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the rows, in id order, then as `close`.
pub fn close_all_for_server() -> CloseAllForServerStmt {
    CloseAllForServerStmt(
        "/* connections.close_all_for_server */ WITH live AS ( SELECT id, server_id FROM vpn_connections WHERE server_id = $1 AND status IN ('connecting', 'connected') AND COALESCE(heartbeat_epoch < $2::BIGINT, TRUE) ORDER BY id FOR NO KEY UPDATE ), ended AS ( SELECT id, server_id, CLOCK_TIMESTAMP() AS ended_at FROM live ), closed AS ( UPDATE vpn_connections c SET status = 'disconnected', disconnected_at = ended.ended_at, duration_seconds = seconds_between(c.connected_at, ended.ended_at), disconnect_reason = $3 FROM ended WHERE c.id = ended.id AND c.server_id = $1 RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE account_exists(closed.username) RETURNING id, connection_id ), counted AS ( UPDATE server_status s SET live_connections = GREATEST(s.live_connections - gone.connections, 0) FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone WHERE s.server_id = $1 AND gone.connections > 0 ) SELECT closed.id AS connection_id, recorded.id AS statistics_id, closed.username, closed.server_id, closed.virtual_ip, COALESCE(closed.duration_seconds, 0) AS duration_seconds, COALESCE(closed.bytes_received, 0) AS bytes_received, COALESCE(closed.bytes_sent, 0) AS bytes_sent FROM closed LEFT JOIN recorded ON recorded.connection_id = closed.id ORDER BY closed.id",
        None,
    )
}
impl CloseAllForServerStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        epoch: &'a Option<i64>,
        reason: &'a T2,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3> {
        ClosedConnectionQuery {
            client,
            params: [server_id, epoch, reason],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ClosedConnectionBorrowed, crate::client::Error> {
                Ok(ClosedConnectionBorrowed {
                    connection_id: row.try_get(0)?,
                    statistics_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    virtual_ip: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    bytes_received: row.try_get(6)?,
                    bytes_sent: row.try_get(7)?,
                })
            },
            mapper: |it| ClosedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    CloseAllForServerParams<T1, T2>,
    ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3>,
    C,
> for CloseAllForServerStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CloseAllForServerParams<T1, T2>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3> {
        self.bind(client, &params.server_id, &params.epoch, &params.reason)
    }
}
/// The statement [`close_all_for_user`](fn@close_all_for_user).
pub struct CloseAllForUserStmt(&'static str, Option<crate::client::Statement>);
/// Closes every live connection of a user (deactivated, or signed out everywhere), each with its statistics row, once
/// whatever races; server and virtual address say whom to disconnect.
/// Index: idx_vpn_connections_live_user, vpn_connections_pkey. Locks: the rows, in id order, their servers' in
/// server_status by name, then as `close`.
pub fn close_all_for_user() -> CloseAllForUserStmt {
    CloseAllForUserStmt(
        "/* connections.close_all_for_user */ WITH live AS ( SELECT id, server_id FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected') ORDER BY id FOR NO KEY UPDATE ), ended AS ( SELECT id, server_id, CLOCK_TIMESTAMP() AS ended_at FROM live ), closed AS ( UPDATE vpn_connections c SET status = 'disconnected', disconnected_at = ended.ended_at, duration_seconds = seconds_between(c.connected_at, ended.ended_at), disconnect_reason = $2 FROM ended WHERE c.id = ended.id AND c.server_id = ended.server_id RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE account_exists(closed.username) RETURNING id, connection_id ), counters AS ( SELECT server_id FROM server_status WHERE server_id IN (SELECT closed.server_id FROM closed) ORDER BY server_id FOR NO KEY UPDATE ), counted AS ( UPDATE server_status s SET live_connections = GREATEST(s.live_connections - gone.connections, 0) FROM (SELECT server_id, COUNT(*)::INTEGER AS connections FROM closed GROUP BY server_id) gone JOIN counters ON counters.server_id = gone.server_id WHERE s.server_id = gone.server_id ) SELECT closed.id AS connection_id, recorded.id AS statistics_id, closed.username, closed.server_id, closed.virtual_ip, COALESCE(closed.duration_seconds, 0) AS duration_seconds, COALESCE(closed.bytes_received, 0) AS bytes_received, COALESCE(closed.bytes_sent, 0) AS bytes_sent FROM closed LEFT JOIN recorded ON recorded.connection_id = closed.id ORDER BY closed.id",
        None,
    )
}
impl CloseAllForUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        username: &'a T1,
        reason: &'a T2,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 2> {
        ClosedConnectionQuery {
            client,
            params: [username, reason],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ClosedConnectionBorrowed, crate::client::Error> {
                Ok(ClosedConnectionBorrowed {
                    connection_id: row.try_get(0)?,
                    statistics_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    virtual_ip: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    bytes_received: row.try_get(6)?,
                    bytes_sent: row.try_get(7)?,
                })
            },
            mapper: |it| ClosedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    CloseAllForUserParams<T1, T2>,
    ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 2>,
    C,
> for CloseAllForUserStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CloseAllForUserParams<T1, T2>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 2> {
        self.bind(client, &params.username, &params.reason)
    }
}
/// The statement [`close_all_for_address`](fn@close_all_for_address).
pub struct CloseAllForAddressStmt(&'static str, Option<crate::client::Statement>);
/// Closes the live connection that holds a virtual address of a server, with its statistics row. `open` does this by
/// itself; it is for an address that a node takes back from a client it lost.
/// Index: idx_vpn_connections_live_address, vpn_connections_pkey. Locks: as `close`.
pub fn close_all_for_address() -> CloseAllForAddressStmt {
    CloseAllForAddressStmt(
        "/* connections.close_all_for_address */ WITH live AS ( SELECT id, server_id FROM vpn_connections WHERE server_id = $1 AND virtual_ip = $2 AND status IN ('connecting', 'connected') ORDER BY id FOR NO KEY UPDATE ), ended AS ( SELECT id, server_id, CLOCK_TIMESTAMP() AS ended_at FROM live ), closed AS ( UPDATE vpn_connections c SET status = 'disconnected', disconnected_at = ended.ended_at, duration_seconds = seconds_between(c.connected_at, ended.ended_at), disconnect_reason = $3 FROM ended WHERE c.id = ended.id AND c.server_id = $1 RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE account_exists(closed.username) RETURNING id, connection_id ), counted AS ( UPDATE server_status s SET live_connections = GREATEST(s.live_connections - gone.connections, 0) FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone WHERE s.server_id = $1 AND gone.connections > 0 ) SELECT closed.id AS connection_id, recorded.id AS statistics_id, closed.username, closed.server_id, closed.virtual_ip, COALESCE(closed.duration_seconds, 0) AS duration_seconds, COALESCE(closed.bytes_received, 0) AS bytes_received, COALESCE(closed.bytes_sent, 0) AS bytes_sent FROM closed LEFT JOIN recorded ON recorded.connection_id = closed.id ORDER BY closed.id",
        None,
    )
}
impl CloseAllForAddressStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        virtual_ip: &'a std::net::IpAddr,
        reason: &'a T2,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3> {
        ClosedConnectionQuery {
            client,
            params: [server_id, virtual_ip, reason],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ClosedConnectionBorrowed, crate::client::Error> {
                Ok(ClosedConnectionBorrowed {
                    connection_id: row.try_get(0)?,
                    statistics_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    virtual_ip: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    bytes_received: row.try_get(6)?,
                    bytes_sent: row.try_get(7)?,
                })
            },
            mapper: |it| ClosedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    CloseAllForAddressParams<T1, T2>,
    ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3>,
    C,
> for CloseAllForAddressStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CloseAllForAddressParams<T1, T2>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3> {
        self.bind(client, &params.server_id, &params.virtual_ip, &params.reason)
    }
}
/// The statement [`reap_stale`](fn@reap_stale).
pub struct ReapStaleStmt(&'static str, Option<crate::client::Statement>);
/// Closes up to `batch` live connections of a server that had no heartbeat for `idle_seconds` (not less than 270: OpenVPN
/// gives a peer up after 240), each with its statistics row, as of the last heartbeat and for the reason stale. Call again
/// until it returns fewer rows than `batch`. Rows that somebody holds are skipped, so several reapers share the work.
/// `connections::reap_stale` of the crate goes through the servers.
/// Index: idx_vpn_connections_active (every live row of the server is looked at), vpn_connections_pkey. Locks: the rows, in
/// id order, then as `close`.
pub fn reap_stale() -> ReapStaleStmt {
    ReapStaleStmt(
        "/* connections.reap_stale */ WITH live AS ( SELECT id, server_id FROM vpn_connections WHERE server_id = $1 AND status IN ('connecting', 'connected') AND COALESCE(last_activity, connected_at, '-infinity') < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($2::DOUBLE PRECISION, 270)) ORDER BY id + 0 LIMIT $3::BIGINT FOR NO KEY UPDATE SKIP LOCKED ), closed AS ( UPDATE vpn_connections c SET status = 'disconnected', disconnected_at = COALESCE(c.last_activity, c.connected_at, CURRENT_TIMESTAMP), duration_seconds = seconds_between(c.connected_at, c.last_activity), disconnect_reason = 'stale' FROM live WHERE c.id = live.id AND c.server_id = $1 RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version ), recorded AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version) SELECT closed.username, closed.server_id, COALESCE(closed.bytes_received, 0), COALESCE(closed.bytes_sent, 0), closed.duration_seconds, closed.id, COALESCE(closed.connected_at, closed.disconnected_at), closed.disconnected_at, 'vpn', LEFT(closed.app_version, 50) FROM closed WHERE account_exists(closed.username) RETURNING id, connection_id ), counted AS ( UPDATE server_status s SET live_connections = GREATEST(s.live_connections - gone.connections, 0) FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone WHERE s.server_id = $1 AND gone.connections > 0 ) SELECT closed.id AS connection_id, recorded.id AS statistics_id, closed.username, closed.server_id, closed.virtual_ip, COALESCE(closed.duration_seconds, 0) AS duration_seconds, COALESCE(closed.bytes_received, 0) AS bytes_received, COALESCE(closed.bytes_sent, 0) AS bytes_sent FROM closed LEFT JOIN recorded ON recorded.connection_id = closed.id ORDER BY closed.id",
        None,
    )
}
impl ReapStaleStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        idle_seconds: &'a f64,
        batch: &'a i64,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3> {
        ClosedConnectionQuery {
            client,
            params: [server_id, idle_seconds, batch],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ClosedConnectionBorrowed, crate::client::Error> {
                Ok(ClosedConnectionBorrowed {
                    connection_id: row.try_get(0)?,
                    statistics_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    virtual_ip: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    bytes_received: row.try_get(6)?,
                    bytes_sent: row.try_get(7)?,
                })
            },
            mapper: |it| ClosedConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    ReapStaleParams<T1>,
    ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3>,
    C,
> for ReapStaleStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ReapStaleParams<T1>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 3> {
        self.bind(client, &params.server_id, &params.idle_seconds, &params.batch)
    }
}
/// The statement [`servers_with_stale`](fn@servers_with_stale).
pub struct ServersWithStaleStmt(&'static str, Option<crate::client::Statement>);
/// The servers with live connections that had no heartbeat for `idle_seconds` (not less than 270), by name.
/// Index: idx_vpn_connections_active, over all live rows. Locks: nothing.
pub fn servers_with_stale() -> ServersWithStaleStmt {
    ServersWithStaleStmt(
        "/* connections.servers_with_stale */ SELECT DISTINCT server_id FROM vpn_connections WHERE status IN ('connecting', 'connected') AND COALESCE(last_activity, connected_at, '-infinity') < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($1::DOUBLE PRECISION, 270)) ORDER BY server_id",
        None,
    )
}
impl ServersWithStaleStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        idle_seconds: &'a f64,
    ) -> StringQuery<'c, 'a, 's, C, String, 1> {
        StringQuery {
            client,
            params: [idle_seconds],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
/// The statement [`recount`](fn@recount).
pub struct RecountStmt(&'static str, Option<crate::client::Statement>);
/// Counts the live connections of every server anew, puts server_status right, and returns what was wrong. Opening and
/// closing wait meanwhile.
/// Index: server_status_pkey, idx_vpn_connections_active, over all live rows. Locks: all rows of server_status, by name.
pub fn recount() -> RecountStmt {
    RecountStmt(
        "/* connections.recount */ SELECT server_id, was, live FROM server_recount()",
        None,
    )
}
impl RecountStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> CorrectedCountQuery<'c, 'a, 's, C, CorrectedCount, 0> {
        CorrectedCountQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<CorrectedCountBorrowed, crate::client::Error> {
                Ok(CorrectedCountBorrowed {
                    server_id: row.try_get(0)?,
                    was: row.try_get(1)?,
                    live: row.try_get(2)?,
                })
            },
            mapper: |it| CorrectedCount::from(it),
        }
    }
}
/// The statement [`by_id`](fn@by_id).
pub struct ByIdStmt(&'static str, Option<crate::client::Statement>);
/// The connection with this id, live or closed; no row means there is none.
/// Index: vpn_connections_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt(
        "/* connections.by_id */ SELECT id, username, server_id, status, client_ip, virtual_ip, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, last_activity, device_name, device_type, app_version FROM vpn_connections WHERE id = $1",
        None,
    )
}
impl ByIdStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        id: &'a i32,
    ) -> ConnectionQuery<'c, 'a, 's, C, Connection, 1> {
        ConnectionQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ConnectionBorrowed, crate::client::Error> {
                Ok(ConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    server_id: row.try_get(2)?,
                    status: row.try_get(3)?,
                    client_ip: row.try_get(4)?,
                    virtual_ip: row.try_get(5)?,
                    public_ip: row.try_get(6)?,
                    connected_at: row.try_get(7)?,
                    disconnected_at: row.try_get(8)?,
                    duration_seconds: row.try_get(9)?,
                    disconnect_reason: row.try_get(10)?,
                    bytes_received: row.try_get(11)?,
                    bytes_sent: row.try_get(12)?,
                    last_activity: row.try_get(13)?,
                    device_name: row.try_get(14)?,
                    device_type: row.try_get(15)?,
                    app_version: row.try_get(16)?,
                })
            },
            mapper: |it| Connection::from(it),
        }
    }
}
/// The statement [`last_of_user`](fn@last_of_user).
pub struct LastOfUserStmt(&'static str, Option<crate::client::Statement>);
/// The newest connection of a user, live or closed; no row means that there never was one.
/// Index: idx_vpn_connections_user_history. Locks: nothing.
pub fn last_of_user() -> LastOfUserStmt {
    LastOfUserStmt(
        "/* connections.last_of_user */ SELECT id, username, server_id, status, client_ip, virtual_ip, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, last_activity, device_name, device_type, app_version FROM vpn_connections WHERE username = $1 ORDER BY id DESC LIMIT 1",
        None,
    )
}
impl LastOfUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
    ) -> ConnectionQuery<'c, 'a, 's, C, Connection, 1> {
        ConnectionQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ConnectionBorrowed, crate::client::Error> {
                Ok(ConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    server_id: row.try_get(2)?,
                    status: row.try_get(3)?,
                    client_ip: row.try_get(4)?,
                    virtual_ip: row.try_get(5)?,
                    public_ip: row.try_get(6)?,
                    connected_at: row.try_get(7)?,
                    disconnected_at: row.try_get(8)?,
                    duration_seconds: row.try_get(9)?,
                    disconnect_reason: row.try_get(10)?,
                    bytes_received: row.try_get(11)?,
                    bytes_sent: row.try_get(12)?,
                    last_activity: row.try_get(13)?,
                    device_name: row.try_get(14)?,
                    device_type: row.try_get(15)?,
                    app_version: row.try_get(16)?,
                })
            },
            mapper: |it| Connection::from(it),
        }
    }
}
/// The statement [`history_by_user`](fn@history_by_user).
pub struct HistoryByUserStmt(&'static str, Option<crate::client::Statement>);
/// One page of the connections of a user, live and closed, newest first. Start with `before_id` i32::MAX, go on with
/// the last id received.
/// Index: idx_vpn_connections_user_history. Locks: nothing.
pub fn history_by_user() -> HistoryByUserStmt {
    HistoryByUserStmt(
        "/* connections.history_by_user */ SELECT id, username, server_id, status, client_ip, virtual_ip, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, last_activity, device_name, device_type, app_version FROM vpn_connections WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        None,
    )
}
impl HistoryByUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> ConnectionQuery<'c, 'a, 's, C, Connection, 3> {
        ConnectionQuery {
            client,
            params: [username, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ConnectionBorrowed, crate::client::Error> {
                Ok(ConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    server_id: row.try_get(2)?,
                    status: row.try_get(3)?,
                    client_ip: row.try_get(4)?,
                    virtual_ip: row.try_get(5)?,
                    public_ip: row.try_get(6)?,
                    connected_at: row.try_get(7)?,
                    disconnected_at: row.try_get(8)?,
                    duration_seconds: row.try_get(9)?,
                    disconnect_reason: row.try_get(10)?,
                    bytes_received: row.try_get(11)?,
                    bytes_sent: row.try_get(12)?,
                    last_activity: row.try_get(13)?,
                    device_name: row.try_get(14)?,
                    device_type: row.try_get(15)?,
                    app_version: row.try_get(16)?,
                })
            },
            mapper: |it| Connection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    HistoryByUserParams<T1>,
    ConnectionQuery<'c, 'a, 's, C, Connection, 3>,
    C,
> for HistoryByUserStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HistoryByUserParams<T1>,
    ) -> ConnectionQuery<'c, 'a, 's, C, Connection, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
/// The statement [`active`](fn@active).
pub struct ActiveStmt(&'static str, Option<crate::client::Statement>);
/// One page of all live connections, newest first. Start with `before_id` i32::MAX, go on with the last id received.
/// Index: idx_vpn_connections_active or idx_vpn_connections_status, over all live rows; users by idx_users_username. Locks:
/// nothing.
pub fn active() -> ActiveStmt {
    ActiveStmt(
        "/* connections.active */ WITH page AS MATERIALIZED ( SELECT id, username, server_id, status, client_ip, virtual_ip, public_ip, connected_at, last_activity, bytes_received, bytes_sent, device_name, device_type, app_version FROM vpn_connections WHERE id < $1 AND status IN ('connecting', 'connected') ORDER BY id + 0 DESC LIMIT $2::BIGINT ) SELECT p.id, p.username, u.phone_number, p.server_id, p.status, p.client_ip, p.virtual_ip, p.public_ip, p.connected_at, p.last_activity, COALESCE(p.bytes_received, 0) AS bytes_received, COALESCE(p.bytes_sent, 0) AS bytes_sent, p.device_name, p.device_type, p.app_version FROM page p LEFT JOIN users u ON u.username = p.username ORDER BY p.id DESC",
        None,
    )
}
impl ActiveStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2> {
        ActiveConnectionQuery {
            client,
            params: [before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ActiveConnectionBorrowed, crate::client::Error> {
                Ok(ActiveConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    status: row.try_get(4)?,
                    client_ip: row.try_get(5)?,
                    virtual_ip: row.try_get(6)?,
                    public_ip: row.try_get(7)?,
                    connected_at: row.try_get(8)?,
                    last_activity: row.try_get(9)?,
                    bytes_received: row.try_get(10)?,
                    bytes_sent: row.try_get(11)?,
                    device_name: row.try_get(12)?,
                    device_type: row.try_get(13)?,
                    app_version: row.try_get(14)?,
                })
            },
            mapper: |it| ActiveConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
> crate::client::Params<
    'c,
    'a,
    's,
    ActiveParams,
    ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2>,
    C,
> for ActiveStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ActiveParams,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2> {
        self.bind(client, &params.before_id, &params.limit)
    }
}
/// The statement [`active_by_server`](fn@active_by_server).
pub struct ActiveByServerStmt(&'static str, Option<crate::client::Statement>);
/// One page of the live connections of a server, newest first. Start with `before_id` i32::MAX, go on with the last id
/// received.
/// Index: idx_vpn_connections_active, users by idx_users_username. Locks: nothing.
pub fn active_by_server() -> ActiveByServerStmt {
    ActiveByServerStmt(
        "/* connections.active_by_server */ WITH page AS MATERIALIZED ( SELECT id, username, server_id, status, client_ip, virtual_ip, public_ip, connected_at, last_activity, bytes_received, bytes_sent, device_name, device_type, app_version FROM vpn_connections WHERE server_id = $1 AND id < $2 AND status IN ('connecting', 'connected') ORDER BY id + 0 DESC LIMIT $3::BIGINT ) SELECT p.id, p.username, u.phone_number, p.server_id, p.status, p.client_ip, p.virtual_ip, p.public_ip, p.connected_at, p.last_activity, COALESCE(p.bytes_received, 0) AS bytes_received, COALESCE(p.bytes_sent, 0) AS bytes_sent, p.device_name, p.device_type, p.app_version FROM page p LEFT JOIN users u ON u.username = p.username ORDER BY p.id DESC",
        None,
    )
}
impl ActiveByServerStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 3> {
        ActiveConnectionQuery {
            client,
            params: [server_id, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ActiveConnectionBorrowed, crate::client::Error> {
                Ok(ActiveConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    status: row.try_get(4)?,
                    client_ip: row.try_get(5)?,
                    virtual_ip: row.try_get(6)?,
                    public_ip: row.try_get(7)?,
                    connected_at: row.try_get(8)?,
                    last_activity: row.try_get(9)?,
                    bytes_received: row.try_get(10)?,
                    bytes_sent: row.try_get(11)?,
                    device_name: row.try_get(12)?,
                    device_type: row.try_get(13)?,
                    app_version: row.try_get(14)?,
                })
            },
            mapper: |it| ActiveConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    ActiveByServerParams<T1>,
    ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 3>,
    C,
> for ActiveByServerStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ActiveByServerParams<T1>,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 3> {
        self.bind(client, &params.server_id, &params.before_id, &params.limit)
    }
}
/// The statement [`active_by_user`](fn@active_by_user).
pub struct ActiveByUserStmt(&'static str, Option<crate::client::Statement>);
/// The live connections of a user, newest first.
/// Index: idx_vpn_connections_live_user, users by idx_users_username. Locks: nothing.
pub fn active_by_user() -> ActiveByUserStmt {
    ActiveByUserStmt(
        "/* connections.active_by_user */ SELECT id, username, phone_number, server_id, status, client_ip, virtual_ip, public_ip, connected_at, last_activity, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, device_name, device_type, app_version FROM v_active_connections WHERE username = $1 ORDER BY id DESC",
        None,
    )
}
impl ActiveByUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 1> {
        ActiveConnectionQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ActiveConnectionBorrowed, crate::client::Error> {
                Ok(ActiveConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    status: row.try_get(4)?,
                    client_ip: row.try_get(5)?,
                    virtual_ip: row.try_get(6)?,
                    public_ip: row.try_get(7)?,
                    connected_at: row.try_get(8)?,
                    last_activity: row.try_get(9)?,
                    bytes_received: row.try_get(10)?,
                    bytes_sent: row.try_get(11)?,
                    device_name: row.try_get(12)?,
                    device_type: row.try_get(13)?,
                    app_version: row.try_get(14)?,
                })
            },
            mapper: |it| ActiveConnection::from(it),
        }
    }
}
/// The statement [`count_active`](fn@count_active).
pub struct CountActiveStmt(&'static str, Option<crate::client::Statement>);
/// How many connections are live.
/// Index: idx_vpn_connections_status, without the table where it is vacuumed. Locks: nothing.
pub fn count_active() -> CountActiveStmt {
    CountActiveStmt(
        "/* connections.count_active */ SELECT COUNT(*) AS active FROM vpn_connections WHERE status IN ('connecting', 'connected')",
        None,
    )
}
impl CountActiveStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> I64Query<'c, 'a, 's, C, i64, 0> {
        I64Query {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`count_active_by_user`](fn@count_active_by_user).
pub struct CountActiveByUserStmt(&'static str, Option<crate::client::Statement>);
/// How many live connections a user has.
/// Index: idx_vpn_connections_live_user. Locks: nothing; see `users::lock_by_username`.
pub fn count_active_by_user() -> CountActiveByUserStmt {
    CountActiveByUserStmt(
        "/* connections.count_active_by_user */ SELECT COUNT(*) AS active FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected')",
        None,
    )
}
impl CountActiveByUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
    ) -> I64Query<'c, 'a, 's, C, i64, 1> {
        I64Query {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`count_active_by_server`](fn@count_active_by_server).
pub struct CountActiveByServerStmt(&'static str, Option<crate::client::Statement>);
/// How many connections are live on each server, by server name; a server without any has no row.
/// Index: idx_vpn_connections_active, without the table where it is vacuumed. Locks: nothing.
pub fn count_active_by_server() -> CountActiveByServerStmt {
    CountActiveByServerStmt(
        "/* connections.count_active_by_server */ SELECT server_id, COUNT(*) AS active FROM vpn_connections WHERE status IN ('connecting', 'connected') GROUP BY server_id ORDER BY server_id",
        None,
    )
}
impl CountActiveByServerStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> ServerConnectionsQuery<'c, 'a, 's, C, ServerConnections, 0> {
        ServerConnectionsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ServerConnectionsBorrowed, crate::client::Error> {
                Ok(ServerConnectionsBorrowed {
                    server_id: row.try_get(0)?,
                    active: row.try_get(1)?,
                })
            },
            mapper: |it| ServerConnections::from(it),
        }
    }
}
/// The statement [`long_running`](fn@long_running).
pub struct LongRunningStmt(&'static str, Option<crate::client::Statement>);
/// Up to `limit` live connections opened more than `seconds` ago, oldest first (alert: 86,400 s).
/// Index: idx_vpn_connections_status or idx_vpn_connections_connected_at. Locks: nothing.
pub fn long_running() -> LongRunningStmt {
    LongRunningStmt(
        "/* connections.long_running */ SELECT id, username, phone_number, server_id, status, client_ip, virtual_ip, public_ip, connected_at, last_activity, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, device_name, device_type, app_version FROM v_active_connections WHERE connected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY CURRENT_TIMESTAMP - connected_at DESC, id LIMIT $2::BIGINT",
        None,
    )
}
impl LongRunningStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        seconds: &'a f64,
        limit: &'a i64,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2> {
        ActiveConnectionQuery {
            client,
            params: [seconds, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ActiveConnectionBorrowed, crate::client::Error> {
                Ok(ActiveConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    status: row.try_get(4)?,
                    client_ip: row.try_get(5)?,
                    virtual_ip: row.try_get(6)?,
                    public_ip: row.try_get(7)?,
                    connected_at: row.try_get(8)?,
                    last_activity: row.try_get(9)?,
                    bytes_received: row.try_get(10)?,
                    bytes_sent: row.try_get(11)?,
                    device_name: row.try_get(12)?,
                    device_type: row.try_get(13)?,
                    app_version: row.try_get(14)?,
                })
            },
            mapper: |it| ActiveConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
> crate::client::Params<
    'c,
    'a,
    's,
    LongRunningParams,
    ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2>,
    C,
> for LongRunningStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a LongRunningParams,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2> {
        self.bind(client, &params.seconds, &params.limit)
    }
}
/// The statement [`heavy`](fn@heavy).
pub struct HeavyStmt(&'static str, Option<crate::client::Statement>);
/// Up to `limit` live connections that moved more than `bytes` both ways together, heaviest first (alert: 10 GB).
/// Index: idx_vpn_connections_status, over all live rows. Locks: nothing.
pub fn heavy() -> HeavyStmt {
    HeavyStmt(
        "/* connections.heavy */ SELECT id, username, phone_number, server_id, status, client_ip, virtual_ip, public_ip, connected_at, last_activity, COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, device_name, device_type, app_version FROM v_active_connections WHERE COALESCE(bytes_received, 0) + COALESCE(bytes_sent, 0) > $1::BIGINT ORDER BY COALESCE(bytes_received, 0) + COALESCE(bytes_sent, 0) DESC, id LIMIT $2::BIGINT",
        None,
    )
}
impl HeavyStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        bytes: &'a i64,
        limit: &'a i64,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2> {
        ActiveConnectionQuery {
            client,
            params: [bytes, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<ActiveConnectionBorrowed, crate::client::Error> {
                Ok(ActiveConnectionBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    server_id: row.try_get(3)?,
                    status: row.try_get(4)?,
                    client_ip: row.try_get(5)?,
                    virtual_ip: row.try_get(6)?,
                    public_ip: row.try_get(7)?,
                    connected_at: row.try_get(8)?,
                    last_activity: row.try_get(9)?,
                    bytes_received: row.try_get(10)?,
                    bytes_sent: row.try_get(11)?,
                    device_name: row.try_get(12)?,
                    device_type: row.try_get(13)?,
                    app_version: row.try_get(14)?,
                })
            },
            mapper: |it| ActiveConnection::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
> crate::client::Params<
    'c,
    'a,
    's,
    HeavyParams,
    ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2>,
    C,
> for HeavyStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HeavyParams,
    ) -> ActiveConnectionQuery<'c, 'a, 's, C, ActiveConnection, 2> {
        self.bind(client, &params.bytes, &params.limit)
    }
}
