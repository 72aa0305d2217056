// Written by the build step from queries/connections.sql. Edit that file: `cargo build` brings this one up to date.

//! VPN connections: opened by a node, kept alive by its heartbeats, ended once with one statistics row each. A
//! connection is live while connecting or connected; disconnected and error are final, and the database refuses a change
//! back. A node reports absolute counters per connection: the bytes received from the client and sent to it since the
//! node's start (its epoch). server_status.live_connections changes together with the connections. What opens, reports
//! and ends connections are the functions connection_open, connection_heartbeat and connection_end: they take the server
//! first and touch rows of that server only (docs/distribution.md), and their comments state the rules and the order of
//! locks. The partial indexes need status IN ('connecting', 'connected') written out in each statement. A connection of
//! a user who does not exist, kept from an older database, leaves no statistics row: its statistics_id is NULL.
//! The file is long because each query file is one public module, and these statements belong to one.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`open`](fn@open).
#[derive(Debug)]
pub struct OpenParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub epoch: Option<i64>,
    pub client_ip: Option<std::net::IpAddr>,
    pub public_ip: Option<std::net::IpAddr>,
    pub device_name: Option<T2>,
    pub device_type: Option<T3>,
    pub app_version: Option<T4>,
    pub max_connections: Option<i64>,
    pub username: T5,
}
/// The parameters of [`mark_connected`](fn@mark_connected).
#[derive(Debug)]
pub struct MarkConnectedParams<T1: barqnet_db_client::StringSql> {
    pub id: i32,
    pub server_id: T1,
}
/// The parameters of [`heartbeat`](fn@heartbeat).
#[derive(Debug)]
pub struct HeartbeatParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = i32>,
    T3: barqnet_db_client::ArraySql<Item = i64>,
    T4: barqnet_db_client::ArraySql<Item = i64>,
    T5: barqnet_db_client::ArraySql<Item = i64>,
> {
    pub server_id: T1,
    pub epoch: i64,
    pub ids: T2,
    pub sequences: T3,
    pub bytes_received: T4,
    pub bytes_sent: T5,
}
/// The parameters of [`close`](fn@close).
#[derive(Debug)]
pub struct CloseParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub id: i32,
    pub reason: T2,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
}
/// The parameters of [`mark_error`](fn@mark_error).
#[derive(Debug)]
pub struct MarkErrorParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub id: i32,
    pub reason: T2,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
}
/// The parameters of [`close_all_for_server`](fn@close_all_for_server).
#[derive(Debug)]
pub struct CloseAllForServerParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub epoch: Option<i64>,
    pub reason: T2,
}
/// The parameters of [`close_all_for_user`](fn@close_all_for_user).
#[derive(Debug)]
pub struct CloseAllForUserParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub username: T1,
    pub reason: T2,
}
/// The parameters of [`close_all_for_address`](fn@close_all_for_address).
#[derive(Debug)]
pub struct CloseAllForAddressParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub virtual_ip: std::net::IpAddr,
    pub reason: T2,
}
/// The parameters of [`reap_stale`](fn@reap_stale).
#[derive(Debug)]
pub struct ReapStaleParams<T1: barqnet_db_client::StringSql> {
    pub server_id: T1,
    pub idle_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`history_by_user`](fn@history_by_user).
#[derive(Debug)]
pub struct HistoryByUserParams<T1: barqnet_db_client::StringSql> {
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
pub struct ActiveByServerParams<T1: barqnet_db_client::StringSql> {
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
    pub live_on_server: Option<i32>,
    pub capacity: i32,
}
/// A row of [`heartbeat`](fn@heartbeat).
#[derive(Debug, Clone, PartialEq)]
pub struct HeartbeatAnswer {
    pub connection_id: i32,
    pub outcome: String,
}
/// A [`HeartbeatAnswer`] that borrows from the row it was read from.
pub struct HeartbeatAnswerBorrowed<'a> {
    pub connection_id: i32,
    pub outcome: &'a str,
}
impl<'a> From<HeartbeatAnswerBorrowed<'a>> for HeartbeatAnswer {
    fn from(
        HeartbeatAnswerBorrowed { connection_id, outcome }: HeartbeatAnswerBorrowed<'a>,
    ) -> Self {
        Self {
            connection_id,
            outcome: outcome.into(),
        }
    }
}
/// A row of [`close`](fn@close), [`mark_error`](fn@mark_error), [`close_all_for_server`](fn@close_all_for_server), [`close_all_for_user`](fn@close_all_for_user), [`close_all_for_address`](fn@close_all_for_address), [`reap_stale`](fn@reap_stale).
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<OpenedConnection, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<&str, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
pub struct HeartbeatAnswerQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<HeartbeatAnswerBorrowed, barqnet_db_client::Error>,
    mapper: fn(HeartbeatAnswerBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> HeartbeatAnswerQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(HeartbeatAnswerBorrowed) -> R,
    ) -> HeartbeatAnswerQuery<'c, 'a, 's, C, R, N> {
        HeartbeatAnswerQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<CorrectedCountBorrowed, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ConnectionBorrowed, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ActiveConnectionBorrowed, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<i64, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerConnectionsBorrowed, barqnet_db_client::Error>,
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
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
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
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
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
pub struct OpenStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Opens a connection in state connecting, unless the user has `max_connections` live ones already (NULL: no limit):
/// then `connection_id` is NULL. The connection that holds the virtual address on this server is superseded either way,
/// with a statistics row, because the node has assigned its address again. `capacity` is the maximum of `live_on_server`:
/// roll back if it is exceeded. 0 means a server that accepts no new connections, i32::MAX one that is not registered.
/// `outdated`: a later start of the node has assigned the address, and nothing has changed. A live connection that
/// got the address meanwhile is a unique violation: roll back and try again. No row means that the account is unknown,
/// deactivated or expired. First, in the same transaction, call `users::lock_by_username`, so that a user's openings
/// are counted one after the other; `connections::open` of the crate does all of it. `outdated` is never NULL:
/// connection_open assigns it first.
/// Index: idx_users_username, idx_vpn_connections_live_address, idx_vpn_connections_live_user. Locks: the superseded
/// connection and what its end locks, the inserted row, the server's in server_status.
pub fn open() -> OpenStmt {
    OpenStmt(
        "/* connections.open */ SELECT o.connection_id, o.superseded_id, o.outdated, o.live_on_server, COALESCE(( SELECT CASE WHEN s.draining OR s.enabled IS FALSE THEN 0 ELSE s.max_users END FROM servers s WHERE s.name = $1 ), 2147483647) AS capacity FROM users u CROSS JOIN LATERAL ( SELECT COUNT(*) AS connections FROM vpn_connections c WHERE c.username = u.username AND c.status IN ('connecting', 'connected') ) live CROSS JOIN LATERAL connection_open( $1::TEXT, u.username::TEXT, $2::INET, $3::BIGINT, $4::INET, $5::INET, $6::TEXT, $7::TEXT, $8::TEXT, live.connections, $9::BIGINT ) o WHERE u.username = $10 AND account_is_usable(u.active, u.expires_at)",
        None,
    )
}
impl OpenStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
        T3: barqnet_db_client::StringSql,
        T4: barqnet_db_client::StringSql,
        T5: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        virtual_ip: &'a Option<std::net::IpAddr>,
        epoch: &'a Option<i64>,
        client_ip: &'a Option<std::net::IpAddr>,
        public_ip: &'a Option<std::net::IpAddr>,
        device_name: &'a Option<T2>,
        device_type: &'a Option<T3>,
        app_version: &'a Option<T4>,
        max_connections: &'a Option<i64>,
        username: &'a T5,
    ) -> OpenedConnectionQuery<'c, 'a, 's, C, OpenedConnection, 10> {
        OpenedConnectionQuery {
            client,
            params: [
                server_id,
                virtual_ip,
                epoch,
                client_ip,
                public_ip,
                device_name,
                device_type,
                app_version,
                max_connections,
                username,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<OpenedConnection, barqnet_db_client::Error> {
                Ok(OpenedConnection {
                    connection_id: row.try_get(0)?,
                    superseded_id: row.try_get(1)?,
                    outdated: row.try_get(2)?,
                    live_on_server: row.try_get(3)?,
                    capacity: row.try_get(4)?,
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
            &params.server_id,
            &params.virtual_ip,
            &params.epoch,
            &params.client_ip,
            &params.public_ip,
            &params.device_name,
            &params.device_type,
            &params.app_version,
            &params.max_connections,
            &params.username,
        )
    }
}
/// The statement [`mark_connected`](fn@mark_connected).
pub struct MarkConnectedStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Moves a connection from connecting to connected and returns the state it was in: if that is any other, nothing has
/// changed. No row means unknown, or another server's.
/// Index: vpn_connections_pkey. Locks: the row.
pub fn mark_connected() -> MarkConnectedStmt {
    MarkConnectedStmt(
        "/* connections.mark_connected */ WITH found AS ( SELECT id, status, CLOCK_TIMESTAMP() AS at FROM vpn_connections WHERE id = $1 AND server_id = $2 FOR NO KEY UPDATE ), marked AS ( UPDATE vpn_connections c SET status = 'connected', last_activity = found.at FROM found WHERE c.id = found.id AND c.server_id = $2 AND found.status = 'connecting' ) SELECT status AS was FROM found",
        None,
    )
}
impl MarkConnectedStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
/// The statement [`heartbeat`](fn@heartbeat).
pub struct HeartbeatStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records a node's report on any number of its connections; `epoch` is the time of the node's start. One row per id,
/// by id, with its outcome: see connection_heartbeat. `connection_id` and `outcome` are never NULL: the function leaves
/// NULL ids out, and every other id has an outcome.
/// Index: vpn_connections_pkey. Locks: the live rows, in id order; once per hour their roll-ups, in key order.
pub fn heartbeat() -> HeartbeatStmt {
    HeartbeatStmt(
        "/* connections.heartbeat */ SELECT h.connection_id, h.outcome FROM connection_heartbeat( $1::TEXT, $2::BIGINT, $3::INTEGER[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[] ) h",
        None,
    )
}
impl HeartbeatStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::ArraySql<Item = i32>,
        T3: barqnet_db_client::ArraySql<Item = i64>,
        T4: barqnet_db_client::ArraySql<Item = i64>,
        T5: barqnet_db_client::ArraySql<Item = i64>,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        epoch: &'a i64,
        ids: &'a T2,
        sequences: &'a T3,
        bytes_received: &'a T4,
        bytes_sent: &'a T5,
    ) -> HeartbeatAnswerQuery<'c, 'a, 's, C, HeartbeatAnswer, 6> {
        HeartbeatAnswerQuery {
            client,
            params: [server_id, epoch, ids, sequences, bytes_received, bytes_sent],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<HeartbeatAnswerBorrowed, barqnet_db_client::Error> {
                Ok(HeartbeatAnswerBorrowed {
                    connection_id: row.try_get(0)?,
                    outcome: row.try_get(1)?,
                })
            },
            mapper: |it| HeartbeatAnswer::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = i32>,
    T3: barqnet_db_client::ArraySql<Item = i64>,
    T4: barqnet_db_client::ArraySql<Item = i64>,
    T5: barqnet_db_client::ArraySql<Item = i64>,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    HeartbeatParams<T1, T2, T3, T4, T5>,
    HeartbeatAnswerQuery<'c, 'a, 's, C, HeartbeatAnswer, 6>,
    C,
> for HeartbeatStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HeartbeatParams<T1, T2, T3, T4, T5>,
    ) -> HeartbeatAnswerQuery<'c, 'a, 's, C, HeartbeatAnswer, 6> {
        self.bind(
            client,
            &params.server_id,
            &params.epoch,
            &params.ids,
            &params.sequences,
            &params.bytes_received,
            &params.bytes_sent,
        )
    }
}
/// The statement [`close`](fn@close).
pub struct CloseStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Ends a live connection in state disconnected and writes its statistics row, once under concurrency. The final
/// counters and their epoch may be NULL; an implausible or late report adds nothing. Returns what was written; no row
/// means unknown, another server's, or ended already. `connection_id`, `username`, `duration_seconds`, `bytes_received`
/// and `bytes_sent` are never NULL: connection_end takes them from the row, with 0 for what was never counted.
/// Index: vpn_connections_pkey. Locks: the row, the server's in server_status, the user for the foreign key, the
/// roll-ups.
pub fn close() -> CloseStmt {
    CloseStmt(
        "/* connections.close */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY[$2::INTEGER], 'disconnected', $3::TEXT, FALSE, $4::BIGINT, $5::BIGINT, $6::BIGINT ) e",
        None,
    )
}
impl CloseStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        id: &'a i32,
        reason: &'a T2,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6> {
        ClosedConnectionQuery {
            client,
            params: [server_id, id, reason, epoch, bytes_received, bytes_sent],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
            &params.server_id,
            &params.id,
            &params.reason,
            &params.epoch,
            &params.bytes_received,
            &params.bytes_sent,
        )
    }
}
/// The statement [`mark_error`](fn@mark_error).
pub struct MarkErrorStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Ends a live connection in state error, otherwise as `close`. If it was never connected and has no bytes, it leaves
/// no statistics row: `statistics_id` is NULL.
/// Index: vpn_connections_pkey. Locks: as `close`.
pub fn mark_error() -> MarkErrorStmt {
    MarkErrorStmt(
        "/* connections.mark_error */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY[$2::INTEGER], 'error', $3::TEXT, FALSE, $4::BIGINT, $5::BIGINT, $6::BIGINT ) e",
        None,
    )
}
impl MarkErrorStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        id: &'a i32,
        reason: &'a T2,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6> {
        ClosedConnectionQuery {
            client,
            params: [server_id, id, reason, epoch, bytes_received, bytes_sent],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    MarkErrorParams<T1, T2>,
    ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6>,
    C,
> for MarkErrorStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a MarkErrorParams<T1, T2>,
    ) -> ClosedConnectionQuery<'c, 'a, 's, C, ClosedConnection, 6> {
        self.bind(
            client,
            &params.server_id,
            &params.id,
            &params.reason,
            &params.epoch,
            &params.bytes_received,
            &params.bytes_sent,
        )
    }
}
/// The statement [`close_all_for_server`](fn@close_all_for_server).
pub struct CloseAllForServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Closes every live connection of a server (it restarts or leaves) and returns them, by id. With the epoch of a node's
/// new start, connections that this start or a later one has opened or reported stay live, so that a late or repeated
/// request closes nothing more.
/// Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the rows, in id order, then as `close`.
pub fn close_all_for_server() -> CloseAllForServerStmt {
    CloseAllForServerStmt(
        "/* connections.close_all_for_server */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY( SELECT c.id FROM vpn_connections c WHERE c.server_id = $1 AND c.status IN ('connecting', 'connected') AND COALESCE(c.heartbeat_epoch < $2::BIGINT, TRUE) ORDER BY c.id FOR NO KEY UPDATE ), 'disconnected', $3::TEXT, FALSE, NULL, NULL, NULL ) e",
        None,
    )
}
impl CloseAllForServerStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
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
                row: &barqnet_db_client::Row,
            | -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
pub struct CloseAllForUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Closes every live connection of a user (deactivated, or signed out everywhere) and returns them; server and virtual
/// address say which clients the nodes must disconnect.
/// Index: idx_vpn_connections_live_user, vpn_connections_pkey. Locks: the rows, in id order, then server by server, by
/// name, as `close`.
pub fn close_all_for_user() -> CloseAllForUserStmt {
    CloseAllForUserStmt(
        "/* connections.close_all_for_user */ SELECT e.connection_id, e.statistics_id, e.username, live.server_id AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM ( SELECT l.server_id, ARRAY_AGG(l.id) AS ids FROM ( SELECT c.id, c.server_id::TEXT AS server_id FROM vpn_connections c WHERE c.username = $1 AND c.status IN ('connecting', 'connected') ORDER BY c.id FOR NO KEY UPDATE ) l GROUP BY l.server_id ORDER BY l.server_id ) live CROSS JOIN LATERAL connection_end( live.server_id, live.ids, 'disconnected', $2::TEXT, FALSE, NULL, NULL, NULL ) e",
        None,
    )
}
impl CloseAllForUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
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
                row: &barqnet_db_client::Row,
            | -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
pub struct CloseAllForAddressStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Closes the live connection that holds a virtual address of a server. `open` does this by itself; it is for an
/// address that a node takes back from a client it lost.
/// Index: idx_vpn_connections_live_address, vpn_connections_pkey. Locks: as `close`.
pub fn close_all_for_address() -> CloseAllForAddressStmt {
    CloseAllForAddressStmt(
        "/* connections.close_all_for_address */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY( SELECT c.id FROM vpn_connections c WHERE c.server_id = $1 AND c.virtual_ip = $2 AND c.status IN ('connecting', 'connected') ORDER BY c.id FOR NO KEY UPDATE ), 'disconnected', $3::TEXT, FALSE, NULL, NULL, NULL ) e",
        None,
    )
}
impl CloseAllForAddressStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
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
                row: &barqnet_db_client::Row,
            | -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
pub struct ReapStaleStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Closes up to `batch` live connections of a server that had no heartbeat for `idle_seconds`, as of the last one, for
/// the reason stale. Call again until it returns fewer rows than `batch`. Rows that another transaction holds are
/// skipped, so several reapers share the work. `connections::reap_stale` of the crate goes through the servers and
/// keeps `idle_seconds` above its minimum.
/// Index: idx_vpn_connections_active (reads every live row of the server), vpn_connections_pkey. Locks: the rows, in id
/// order, then as `close`.
pub fn reap_stale() -> ReapStaleStmt {
    ReapStaleStmt(
        "/* connections.reap_stale */ SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent AS bytes_sent FROM connection_end( $1::TEXT, ARRAY( SELECT c.id FROM vpn_connections c WHERE c.server_id = $1 AND c.status IN ('connecting', 'connected') AND COALESCE(c.last_activity, c.connected_at, '-infinity') < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $2::DOUBLE PRECISION) ORDER BY c.id + 0 LIMIT $3::BIGINT FOR NO KEY UPDATE SKIP LOCKED ), 'disconnected', 'stale', TRUE, NULL, NULL, NULL ) e",
        None,
    )
}
impl ReapStaleStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
                row: &barqnet_db_client::Row,
            | -> Result<ClosedConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
pub struct ServersWithStaleStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The servers with live connections that had no heartbeat for `idle_seconds`, by name.
/// Index: idx_vpn_connections_active, over all live rows. Locks: nothing.
pub fn servers_with_stale() -> ServersWithStaleStmt {
    ServersWithStaleStmt(
        "/* connections.servers_with_stale */ SELECT DISTINCT server_id FROM vpn_connections WHERE status IN ('connecting', 'connected') AND COALESCE(last_activity, connected_at, '-infinity') < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY server_id",
        None,
    )
}
impl ServersWithStaleStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
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
pub struct RecountStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Recounts the live connections of every server, corrects server_status, and returns what was wrong. Opening and
/// closing wait meanwhile. `server_id`, `was` and `live` are never NULL: server_recount counts what is missing as 0.
/// Index: server_status_pkey, idx_vpn_connections_active, over all live rows. Locks: all rows of server_status, by
/// name.
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
                row: &barqnet_db_client::Row,
            | -> Result<CorrectedCountBorrowed, barqnet_db_client::Error> {
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
pub struct ByIdStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The connection with this id, live or ended; no row means unknown.
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
                row: &barqnet_db_client::Row,
            | -> Result<ConnectionBorrowed, barqnet_db_client::Error> {
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
pub struct LastOfUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The newest connection of a user, live or ended; no row means that there is none.
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
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
                row: &barqnet_db_client::Row,
            | -> Result<ConnectionBorrowed, barqnet_db_client::Error> {
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
pub struct HistoryByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the connections of a user, live and ended, newest first. Start with `before_id` i32::MAX, continue with
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
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
                row: &barqnet_db_client::Row,
            | -> Result<ConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
pub struct ActiveStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of all live connections, newest first. Start with `before_id` i32::MAX, continue with the last id received.
/// Index: idx_vpn_connections_active or idx_vpn_connections_status, over all live rows; users by idx_users_username.
/// Locks: nothing.
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
                row: &barqnet_db_client::Row,
            | -> Result<ActiveConnectionBorrowed, barqnet_db_client::Error> {
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
> barqnet_db_client::Params<
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
pub struct ActiveByServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the live connections of a server, newest first. Start with `before_id` i32::MAX, continue with the last
/// id received.
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
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
                row: &barqnet_db_client::Row,
            | -> Result<ActiveConnectionBorrowed, barqnet_db_client::Error> {
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
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
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
pub struct ActiveByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
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
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
                row: &barqnet_db_client::Row,
            | -> Result<ActiveConnectionBorrowed, barqnet_db_client::Error> {
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
pub struct CountActiveStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of live connections.
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
pub struct CountActiveByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of live connections of a user.
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
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
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
pub struct CountActiveByServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of live connections per server, by server name; a server without any has no row.
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
                row: &barqnet_db_client::Row,
            | -> Result<ServerConnectionsBorrowed, barqnet_db_client::Error> {
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
pub struct LongRunningStmt(&'static str, Option<barqnet_db_client::Statement>);
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
                row: &barqnet_db_client::Row,
            | -> Result<ActiveConnectionBorrowed, barqnet_db_client::Error> {
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
> barqnet_db_client::Params<
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
pub struct HeavyStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Up to `limit` live connections with more than `bytes` in both directions, most first (alert: 10 GB).
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
    ) -> Result<Self, barqnet_db_client::Error> {
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
                row: &barqnet_db_client::Row,
            | -> Result<ActiveConnectionBorrowed, barqnet_db_client::Error> {
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
> barqnet_db_client::Params<
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
