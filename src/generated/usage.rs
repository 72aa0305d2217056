// Written by the build step from queries/usage.sql. Edit that file: `cargo build` brings this one up to date.

//! Usage: what nodes measured, from roll-ups, and what clients report themselves. Sums come from the roll-ups
//! (usage_hourly, later usage_daily; usage_totals; usage_by_server) plus what live connections have counted since their
//! last roll-up. They are exact at every moment; archiving and deleting rows do not change them. Sessions and seconds
//! are those of ended sessions and count in the hour of the session's start. Bytes count in the hour of their report,
//! bytes of a final report in the hour of the report before it. What clients report (session types api and web) is
//! stored separately and only in `client_reported_totals`. Units are bytes and seconds, hours and days are UTC, and an
//! hour is in a period if it starts in it.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`record`](fn@record).
#[derive(Debug)]
pub struct RecordParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
> {
    pub username: T1,
    pub server_id: T2,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i32,
    pub session_type: T3,
    pub client_version: Option<T4>,
    pub protocol: Option<T5>,
    pub encryption: Option<T6>,
}
/// The parameters of [`usage_by_day`](fn@usage_by_day).
#[derive(Debug)]
pub struct UsageByDayParams<T1: barqnet_db_client::StringSql> {
    pub username: T1,
    pub from_day: chrono::NaiveDate,
    pub to_day: chrono::NaiveDate,
}
/// The parameters of [`usage_by_hour`](fn@usage_by_hour).
#[derive(Debug)]
pub struct UsageByHourParams<T1: barqnet_db_client::StringSql> {
    pub username: T1,
    pub since: chrono::DateTime<chrono::Utc>,
    pub until: chrono::DateTime<chrono::Utc>,
}
/// The parameters of [`server_usage_by_day`](fn@server_usage_by_day).
#[derive(Debug)]
pub struct ServerUsageByDayParams<T1: barqnet_db_client::StringSql> {
    pub server_id: T1,
    pub from_day: chrono::NaiveDate,
    pub to_day: chrono::NaiveDate,
}
/// The parameters of [`history_by_user`](fn@history_by_user).
#[derive(Debug)]
pub struct HistoryByUserParams<T1: barqnet_db_client::StringSql> {
    pub username: T1,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`top_users`](fn@top_users).
#[derive(Clone, Copy, Debug)]
pub struct TopUsersParams {
    pub since: chrono::DateTime<chrono::Utc>,
    pub limit: i64,
}
/// A row of [`user_summary`](fn@user_summary).
#[derive(Debug, Clone, PartialEq)]
pub struct UserSummary {
    pub username: String,
    pub total_sessions: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`UserSummary`] that borrows from the row it was read from.
pub struct UserSummaryBorrowed<'a> {
    pub username: &'a str,
    pub total_sessions: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<UserSummaryBorrowed<'a>> for UserSummary {
    fn from(
        UserSummaryBorrowed {
            username,
            total_sessions,
            total_bytes_in,
            total_bytes_out,
            total_duration_seconds,
            active_connections,
            last_session_at,
        }: UserSummaryBorrowed<'a>,
    ) -> Self {
        Self {
            username: username.into(),
            total_sessions,
            total_bytes_in,
            total_bytes_out,
            total_duration_seconds,
            active_connections,
            last_session_at,
        }
    }
}
/// A row of [`client_reported_totals`](fn@client_reported_totals).
#[derive(Debug, Clone, PartialEq)]
pub struct ClientReportedTotals {
    pub session_type: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`ClientReportedTotals`] that borrows from the row it was read from.
pub struct ClientReportedTotalsBorrowed<'a> {
    pub session_type: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ClientReportedTotalsBorrowed<'a>> for ClientReportedTotals {
    fn from(
        ClientReportedTotalsBorrowed {
            session_type,
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
            last_session_at,
        }: ClientReportedTotalsBorrowed<'a>,
    ) -> Self {
        Self {
            session_type: session_type.into(),
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
            last_session_at,
        }
    }
}
/// A row of [`user_totals_by_server`](fn@user_totals_by_server).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTotals {
    pub server_id: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`ServerTotals`] that borrows from the row it was read from.
pub struct ServerTotalsBorrowed<'a> {
    pub server_id: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ServerTotalsBorrowed<'a>> for ServerTotals {
    fn from(
        ServerTotalsBorrowed {
            server_id,
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
            last_session_at,
        }: ServerTotalsBorrowed<'a>,
    ) -> Self {
        Self {
            server_id: server_id.into(),
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
            last_session_at,
        }
    }
}
/// A row of [`server_summary`](fn@server_summary), [`server_summaries`](fn@server_summaries).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSummary {
    pub server_id: String,
    pub total_sessions: i64,
    pub unique_users: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
}
/// A [`ServerSummary`] that borrows from the row it was read from.
pub struct ServerSummaryBorrowed<'a> {
    pub server_id: &'a str,
    pub total_sessions: i64,
    pub unique_users: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
}
impl<'a> From<ServerSummaryBorrowed<'a>> for ServerSummary {
    fn from(
        ServerSummaryBorrowed {
            server_id,
            total_sessions,
            unique_users,
            total_bytes_in,
            total_bytes_out,
            total_duration_seconds,
            active_connections,
        }: ServerSummaryBorrowed<'a>,
    ) -> Self {
        Self {
            server_id: server_id.into(),
            total_sessions,
            unique_users,
            total_bytes_in,
            total_bytes_out,
            total_duration_seconds,
            active_connections,
        }
    }
}
/// A row of [`usage_by_day`](fn@usage_by_day), [`server_usage_by_day`](fn@server_usage_by_day).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct DailyUsage {
    pub day: chrono::NaiveDate,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A row of [`usage_by_hour`](fn@usage_by_hour).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct HourlyUsage {
    pub hour: chrono::DateTime<chrono::Utc>,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A row of [`history_by_user`](fn@history_by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    pub id: i32,
    pub username: String,
    pub server_id: String,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i32,
    pub connection_id: Option<i32>,
    pub started_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ended_at: Option<chrono::DateTime<chrono::Utc>>,
    pub session_type: String,
    pub client_version: Option<String>,
    pub protocol: Option<String>,
    pub encryption: Option<String>,
}
/// A [`Usage`] that borrows from the row it was read from.
pub struct UsageBorrowed<'a> {
    pub id: i32,
    pub username: &'a str,
    pub server_id: &'a str,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i32,
    pub connection_id: Option<i32>,
    pub started_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ended_at: Option<chrono::DateTime<chrono::Utc>>,
    pub session_type: &'a str,
    pub client_version: Option<&'a str>,
    pub protocol: Option<&'a str>,
    pub encryption: Option<&'a str>,
}
impl<'a> From<UsageBorrowed<'a>> for Usage {
    fn from(
        UsageBorrowed {
            id,
            username,
            server_id,
            bytes_in,
            bytes_out,
            duration_seconds,
            connection_id,
            started_at,
            ended_at,
            session_type,
            client_version,
            protocol,
            encryption,
        }: UsageBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            server_id: server_id.into(),
            bytes_in,
            bytes_out,
            duration_seconds,
            connection_id,
            started_at,
            ended_at,
            session_type: session_type.into(),
            client_version: client_version.map(|v| v.into()),
            protocol: protocol.map(|v| v.into()),
            encryption: encryption.map(|v| v.into()),
        }
    }
}
/// A row of [`top_users`](fn@top_users), [`top_users_ever`](fn@top_users_ever).
#[derive(Debug, Clone, PartialEq)]
pub struct TopUser {
    pub username: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A [`TopUser`] that borrows from the row it was read from.
pub struct TopUserBorrowed<'a> {
    pub username: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
impl<'a> From<TopUserBorrowed<'a>> for TopUser {
    fn from(
        TopUserBorrowed {
            username,
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
        }: TopUserBorrowed<'a>,
    ) -> Self {
        Self {
            username: username.into(),
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
        }
    }
}
/// A row of [`bandwidth`](fn@bandwidth).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Bandwidth {
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A row of [`discrepancies`](fn@discrepancies).
#[derive(Debug, Clone, PartialEq)]
pub struct Discrepancy {
    pub roll_up: String,
    pub server_id: String,
    pub username: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A [`Discrepancy`] that borrows from the row it was read from.
pub struct DiscrepancyBorrowed<'a> {
    pub roll_up: &'a str,
    pub server_id: &'a str,
    pub username: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
impl<'a> From<DiscrepancyBorrowed<'a>> for Discrepancy {
    fn from(
        DiscrepancyBorrowed {
            roll_up,
            server_id,
            username,
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
        }: DiscrepancyBorrowed<'a>,
    ) -> Self {
        Self {
            roll_up: roll_up.into(),
            server_id: server_id.into(),
            username: username.into(),
            sessions,
            bytes_in,
            bytes_out,
            duration_seconds,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct I32Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<i32, barqnet_db_client::Error>,
    mapper: fn(i32) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> I32Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(i32) -> R) -> I32Query<'c, 'a, 's, C, R, N> {
        I32Query {
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
pub struct UserSummaryQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<UserSummaryBorrowed, barqnet_db_client::Error>,
    mapper: fn(UserSummaryBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> UserSummaryQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(UserSummaryBorrowed) -> R,
    ) -> UserSummaryQuery<'c, 'a, 's, C, R, N> {
        UserSummaryQuery {
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
pub struct ClientReportedTotalsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ClientReportedTotalsBorrowed, barqnet_db_client::Error>,
    mapper: fn(ClientReportedTotalsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ClientReportedTotalsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ClientReportedTotalsBorrowed) -> R,
    ) -> ClientReportedTotalsQuery<'c, 'a, 's, C, R, N> {
        ClientReportedTotalsQuery {
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
pub struct ServerTotalsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerTotalsBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerTotalsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerTotalsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerTotalsBorrowed) -> R,
    ) -> ServerTotalsQuery<'c, 'a, 's, C, R, N> {
        ServerTotalsQuery {
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
pub struct ServerSummaryQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerSummaryBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerSummaryBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerSummaryQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerSummaryBorrowed) -> R,
    ) -> ServerSummaryQuery<'c, 'a, 's, C, R, N> {
        ServerSummaryQuery {
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
pub struct DailyUsageQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<DailyUsage, barqnet_db_client::Error>,
    mapper: fn(DailyUsage) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> DailyUsageQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(DailyUsage) -> R,
    ) -> DailyUsageQuery<'c, 'a, 's, C, R, N> {
        DailyUsageQuery {
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
pub struct HourlyUsageQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<HourlyUsage, barqnet_db_client::Error>,
    mapper: fn(HourlyUsage) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> HourlyUsageQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(HourlyUsage) -> R,
    ) -> HourlyUsageQuery<'c, 'a, 's, C, R, N> {
        HourlyUsageQuery {
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
pub struct UsageQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<UsageBorrowed, barqnet_db_client::Error>,
    mapper: fn(UsageBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> UsageQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(UsageBorrowed) -> R,
    ) -> UsageQuery<'c, 'a, 's, C, R, N> {
        UsageQuery {
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
pub struct TopUserQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<TopUserBorrowed, barqnet_db_client::Error>,
    mapper: fn(TopUserBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TopUserQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(TopUserBorrowed) -> R,
    ) -> TopUserQuery<'c, 'a, 's, C, R, N> {
        TopUserQuery {
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
pub struct BandwidthQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<Bandwidth, barqnet_db_client::Error>,
    mapper: fn(Bandwidth) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BandwidthQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Bandwidth) -> R,
    ) -> BandwidthQuery<'c, 'a, 's, C, R, N> {
        BandwidthQuery {
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
pub struct DiscrepancyQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<DiscrepancyBorrowed, barqnet_db_client::Error>,
    mapper: fn(DiscrepancyBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> DiscrepancyQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(DiscrepancyBorrowed) -> R,
    ) -> DiscrepancyQuery<'c, 'a, 's, C, R, N> {
        DiscrepancyQuery {
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
/// The statement [`record`](fn@record).
pub struct RecordStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Stores a session that a client reports itself, ended now, and returns its row id. No row means that `session_type`
/// is neither api nor web: rows of type vpn are written when a connection ends. It is never added to what nodes
/// measured. A negative number of bytes or a protocol other than udp and tcp violates a constraint.
/// Index: none needed. Locks: the inserted row; the foreign key holds the user.
pub fn record() -> RecordStmt {
    RecordStmt(
        "/* usage.record */ INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type, client_version, protocol, encryption) SELECT $1::TEXT, $2::TEXT, $3::BIGINT, $4::BIGINT, $5::INTEGER, CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $5), CURRENT_TIMESTAMP, $6::TEXT, $7::TEXT, $8::TEXT, $9::TEXT WHERE $6 IN ('api', 'web') RETURNING id",
        None,
    )
}
impl RecordStmt {
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
        T6: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        username: &'a T1,
        server_id: &'a T2,
        bytes_in: &'a i64,
        bytes_out: &'a i64,
        duration_seconds: &'a i32,
        session_type: &'a T3,
        client_version: &'a Option<T4>,
        protocol: &'a Option<T5>,
        encryption: &'a Option<T6>,
    ) -> I32Query<'c, 'a, 's, C, i32, 9> {
        I32Query {
            client,
            params: [
                username,
                server_id,
                bytes_in,
                bytes_out,
                duration_seconds,
                session_type,
                client_version,
                protocol,
                encryption,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
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
    T6: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    RecordParams<T1, T2, T3, T4, T5, T6>,
    I32Query<'c, 'a, 's, C, i32, 9>,
    C,
> for RecordStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RecordParams<T1, T2, T3, T4, T5, T6>,
    ) -> I32Query<'c, 'a, 's, C, i32, 9> {
        self.bind(
            client,
            &params.username,
            &params.server_id,
            &params.bytes_in,
            &params.bytes_out,
            &params.duration_seconds,
            &params.session_type,
            &params.client_version,
            &params.protocol,
            &params.encryption,
        )
    }
}
/// The statement [`user_summary`](fn@user_summary).
pub struct UserSummaryStmt(&'static str, Option<barqnet_db_client::Statement>);
/// All usage that nodes measured for a user, live connections included, and the number of live connections; no row
/// means no such user.
/// Index: idx_usage_totals_user, idx_vpn_connections_live_user, idx_users_username. Locks: nothing.
pub fn user_summary() -> UserSummaryStmt {
    UserSummaryStmt(
        "/* usage.user_summary */ SELECT username, total_sessions, total_bytes_in, total_bytes_out, total_duration_seconds, active_connections, last_session_at FROM v_user_statistics WHERE username = $1",
        None,
    )
}
impl UserSummaryStmt {
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
    ) -> UserSummaryQuery<'c, 'a, 's, C, UserSummary, 1> {
        UserSummaryQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserSummaryBorrowed, barqnet_db_client::Error> {
                Ok(UserSummaryBorrowed {
                    username: row.try_get(0)?,
                    total_sessions: row.try_get(1)?,
                    total_bytes_in: row.try_get(2)?,
                    total_bytes_out: row.try_get(3)?,
                    total_duration_seconds: row.try_get(4)?,
                    active_connections: row.try_get(5)?,
                    last_session_at: row.try_get(6)?,
                })
            },
            mapper: |it| UserSummary::from(it),
        }
    }
}
/// The statement [`client_reported_totals`](fn@client_reported_totals).
pub struct ClientReportedTotalsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What a user's clients report, one row per session type, archived rows included; self-reported, and capped at
/// i64::MAX.
/// Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
pub fn client_reported_totals() -> ClientReportedTotalsStmt {
    ClientReportedTotalsStmt(
        "/* usage.client_reported_totals */ SELECT s.session_type, COUNT(*) AS sessions, LEAST(COALESCE(SUM(s.bytes_in), 0), 9223372036854775807)::BIGINT AS bytes_in, LEAST(COALESCE(SUM(s.bytes_out), 0), 9223372036854775807)::BIGINT AS bytes_out, COALESCE(SUM(s.duration_seconds), 0)::BIGINT AS duration_seconds, MAX(s.started_at) AS last_session_at FROM ( SELECT COALESCE(session_type, 'vpn') AS session_type, bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics WHERE username = $1 UNION ALL SELECT COALESCE(session_type, 'vpn'), bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics_archive WHERE username = $1 ) s WHERE s.session_type <> 'vpn' GROUP BY s.session_type ORDER BY s.session_type",
        None,
    )
}
impl ClientReportedTotalsStmt {
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
    ) -> ClientReportedTotalsQuery<'c, 'a, 's, C, ClientReportedTotals, 1> {
        ClientReportedTotalsQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ClientReportedTotalsBorrowed, barqnet_db_client::Error> {
                Ok(ClientReportedTotalsBorrowed {
                    session_type: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                    last_session_at: row.try_get(5)?,
                })
            },
            mapper: |it| ClientReportedTotals::from(it),
        }
    }
}
/// The statement [`user_totals_by_server`](fn@user_totals_by_server).
pub struct UserTotalsByServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// All usage that nodes measured for a user, one row per server, most bytes first.
/// Index: idx_usage_totals_user, idx_vpn_connections_live_user. Locks: nothing.
pub fn user_totals_by_server() -> UserTotalsByServerStmt {
    UserTotalsByServerStmt(
        "/* usage.user_totals_by_server */ SELECT t.server_id, SUM(t.sessions)::BIGINT AS sessions, SUM(t.bytes_in)::BIGINT AS bytes_in, SUM(t.bytes_out)::BIGINT AS bytes_out, SUM(t.seconds)::BIGINT AS duration_seconds, MAX(t.last_session_at) AS last_session_at FROM ( SELECT server_id, sessions, bytes_in, bytes_out, seconds, last_session_at FROM usage_totals WHERE username = $1 UNION ALL SELECT server_id, 0, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0, NULL FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected') ) t GROUP BY t.server_id ORDER BY SUM(t.bytes_in) + SUM(t.bytes_out) DESC, t.server_id",
        None,
    )
}
impl UserTotalsByServerStmt {
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
    ) -> ServerTotalsQuery<'c, 'a, 's, C, ServerTotals, 1> {
        ServerTotalsQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerTotalsBorrowed, barqnet_db_client::Error> {
                Ok(ServerTotalsBorrowed {
                    server_id: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                    last_session_at: row.try_get(5)?,
                })
            },
            mapper: |it| ServerTotals::from(it),
        }
    }
}
/// The statement [`server_summary`](fn@server_summary).
pub struct ServerSummaryStmt(&'static str, Option<barqnet_db_client::Statement>);
/// All usage of a server and the number of its live connections; no row means that it was never used.
/// Index: usage_totals_pkey, idx_vpn_connections_active; it reads one row per user of the server: not for a request
/// path.
/// Locks: nothing.
pub fn server_summary() -> ServerSummaryStmt {
    ServerSummaryStmt(
        "/* usage.server_summary */ SELECT server_id::TEXT AS server_id, total_sessions, unique_users, total_bytes_in, total_bytes_out, total_duration_seconds, active_connections FROM v_server_statistics WHERE server_id = $1::TEXT",
        None,
    )
}
impl ServerSummaryStmt {
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
    ) -> ServerSummaryQuery<'c, 'a, 's, C, ServerSummary, 1> {
        ServerSummaryQuery {
            client,
            params: [server_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerSummaryBorrowed, barqnet_db_client::Error> {
                Ok(ServerSummaryBorrowed {
                    server_id: row.try_get(0)?,
                    total_sessions: row.try_get(1)?,
                    unique_users: row.try_get(2)?,
                    total_bytes_in: row.try_get(3)?,
                    total_bytes_out: row.try_get(4)?,
                    total_duration_seconds: row.try_get(5)?,
                    active_connections: row.try_get(6)?,
                })
            },
            mapper: |it| ServerSummary::from(it),
        }
    }
}
/// The statement [`server_summaries`](fn@server_summaries).
pub struct ServerSummariesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// As `server_summary`, for every server with usage, by name.
/// Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
pub fn server_summaries() -> ServerSummariesStmt {
    ServerSummariesStmt(
        "/* usage.server_summaries */ SELECT server_id::TEXT AS server_id, total_sessions, unique_users, total_bytes_in, total_bytes_out, total_duration_seconds, active_connections FROM v_server_statistics ORDER BY server_id",
        None,
    )
}
impl ServerSummariesStmt {
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
    ) -> ServerSummaryQuery<'c, 'a, 's, C, ServerSummary, 0> {
        ServerSummaryQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerSummaryBorrowed, barqnet_db_client::Error> {
                Ok(ServerSummaryBorrowed {
                    server_id: row.try_get(0)?,
                    total_sessions: row.try_get(1)?,
                    unique_users: row.try_get(2)?,
                    total_bytes_in: row.try_get(3)?,
                    total_bytes_out: row.try_get(4)?,
                    total_duration_seconds: row.try_get(5)?,
                    active_connections: row.try_get(6)?,
                })
            },
            mapper: |it| ServerSummary::from(it),
        }
    }
}
/// The statement [`usage_by_day`](fn@usage_by_day).
pub struct UsageByDayStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What nodes measured for a user, per day, both days included; a day without usage has no row.
/// Index: idx_usage_daily_user, idx_usage_hourly_user (all of the user's hours), idx_vpn_connections_live_user. Locks:
/// nothing.
pub fn usage_by_day() -> UsageByDayStmt {
    UsageByDayStmt(
        "/* usage.usage_by_day */ SELECT d.day, SUM(d.sessions)::BIGINT AS sessions, SUM(d.bytes_in)::BIGINT AS bytes_in, SUM(d.bytes_out)::BIGINT AS bytes_out, SUM(d.seconds)::BIGINT AS duration_seconds FROM v_usage_by_day d WHERE d.username = $1 AND d.day BETWEEN $2 AND $3 GROUP BY d.day ORDER BY d.day",
        None,
    )
}
impl UsageByDayStmt {
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
        from_day: &'a chrono::NaiveDate,
        to_day: &'a chrono::NaiveDate,
    ) -> DailyUsageQuery<'c, 'a, 's, C, DailyUsage, 3> {
        DailyUsageQuery {
            client,
            params: [username, from_day, to_day],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<DailyUsage, barqnet_db_client::Error> {
                Ok(DailyUsage {
                    day: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                })
            },
            mapper: |it| DailyUsage::from(it),
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
    UsageByDayParams<T1>,
    DailyUsageQuery<'c, 'a, 's, C, DailyUsage, 3>,
    C,
> for UsageByDayStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UsageByDayParams<T1>,
    ) -> DailyUsageQuery<'c, 'a, 's, C, DailyUsage, 3> {
        self.bind(client, &params.username, &params.from_day, &params.to_day)
    }
}
/// The statement [`usage_by_hour`](fn@usage_by_hour).
pub struct UsageByHourStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What nodes measured for a user, per hour, from `since` to before `until`; an hour without usage has no row. Hours
/// older than `MaintenancePolicy::keep_usage_hours` are rolled up into days: see `usage_by_day`.
/// Index: idx_usage_hourly_user, idx_vpn_connections_live_user. Locks: nothing.
pub fn usage_by_hour() -> UsageByHourStmt {
    UsageByHourStmt(
        "/* usage.usage_by_hour */ SELECT h.hour, SUM(h.sessions)::BIGINT AS sessions, SUM(h.bytes_in)::BIGINT AS bytes_in, SUM(h.bytes_out)::BIGINT AS bytes_out, SUM(h.seconds)::BIGINT AS duration_seconds FROM v_usage_by_hour h WHERE h.username = $1 AND h.hour >= $2 AND h.hour < $3 GROUP BY h.hour ORDER BY h.hour",
        None,
    )
}
impl UsageByHourStmt {
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
        since: &'a chrono::DateTime<chrono::Utc>,
        until: &'a chrono::DateTime<chrono::Utc>,
    ) -> HourlyUsageQuery<'c, 'a, 's, C, HourlyUsage, 3> {
        HourlyUsageQuery {
            client,
            params: [username, since, until],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<HourlyUsage, barqnet_db_client::Error> {
                Ok(HourlyUsage {
                    hour: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                })
            },
            mapper: |it| HourlyUsage::from(it),
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
    UsageByHourParams<T1>,
    HourlyUsageQuery<'c, 'a, 's, C, HourlyUsage, 3>,
    C,
> for UsageByHourStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UsageByHourParams<T1>,
    ) -> HourlyUsageQuery<'c, 'a, 's, C, HourlyUsage, 3> {
        self.bind(client, &params.username, &params.since, &params.until)
    }
}
/// The statement [`server_usage_by_day`](fn@server_usage_by_day).
pub struct ServerUsageByDayStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What a server measured, per day, both days included; a day without usage has no row.
/// Index: usage_by_server_pkey, idx_vpn_connections_active. Locks: nothing.
pub fn server_usage_by_day() -> ServerUsageByDayStmt {
    ServerUsageByDayStmt(
        "/* usage.server_usage_by_day */ SELECT (h.hour AT TIME ZONE 'UTC')::DATE AS day, SUM(h.sessions)::BIGINT AS sessions, SUM(h.bytes_in)::BIGINT AS bytes_in, SUM(h.bytes_out)::BIGINT AS bytes_out, SUM(h.seconds)::BIGINT AS duration_seconds FROM ( SELECT hour, sessions, bytes_in, bytes_out, seconds FROM usage_by_server WHERE server_id = $1 UNION ALL SELECT hour_of_usage(COALESCE(usage_hour, connected_at)), 0, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0 FROM vpn_connections WHERE server_id = $1 AND status IN ('connecting', 'connected') ) h WHERE h.hour >= $2::DATE::TIMESTAMP AT TIME ZONE 'UTC' AND h.hour < ($3::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC' GROUP BY 1 ORDER BY 1",
        None,
    )
}
impl ServerUsageByDayStmt {
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
        from_day: &'a chrono::NaiveDate,
        to_day: &'a chrono::NaiveDate,
    ) -> DailyUsageQuery<'c, 'a, 's, C, DailyUsage, 3> {
        DailyUsageQuery {
            client,
            params: [server_id, from_day, to_day],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<DailyUsage, barqnet_db_client::Error> {
                Ok(DailyUsage {
                    day: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                })
            },
            mapper: |it| DailyUsage::from(it),
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
    ServerUsageByDayParams<T1>,
    DailyUsageQuery<'c, 'a, 's, C, DailyUsage, 3>,
    C,
> for ServerUsageByDayStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ServerUsageByDayParams<T1>,
    ) -> DailyUsageQuery<'c, 'a, 's, C, DailyUsage, 3> {
        self.bind(client, &params.server_id, &params.from_day, &params.to_day)
    }
}
/// The statement [`history_by_user`](fn@history_by_user).
pub struct HistoryByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the sessions of a user, archived ones included, newest row first. Start with `before_id` i32::MAX,
/// continue with the last id received.
/// Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
pub fn history_by_user() -> HistoryByUserStmt {
    HistoryByUserStmt(
        "/* usage.history_by_user */ SELECT s.id, s.username, s.server_id, COALESCE(s.bytes_in, 0) AS bytes_in, COALESCE(s.bytes_out, 0) AS bytes_out, COALESCE(s.duration_seconds, 0) AS duration_seconds, s.connection_id, s.started_at, s.ended_at, COALESCE(s.session_type, 'vpn') AS session_type, s.client_version, s.protocol, s.encryption FROM ( (SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption FROM vpn_statistics WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT) UNION ALL (SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption FROM vpn_statistics_archive WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT) ) s ORDER BY s.id DESC LIMIT $3::BIGINT",
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
    ) -> UsageQuery<'c, 'a, 's, C, Usage, 3> {
        UsageQuery {
            client,
            params: [username, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UsageBorrowed, barqnet_db_client::Error> {
                Ok(UsageBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    server_id: row.try_get(2)?,
                    bytes_in: row.try_get(3)?,
                    bytes_out: row.try_get(4)?,
                    duration_seconds: row.try_get(5)?,
                    connection_id: row.try_get(6)?,
                    started_at: row.try_get(7)?,
                    ended_at: row.try_get(8)?,
                    session_type: row.try_get(9)?,
                    client_version: row.try_get(10)?,
                    protocol: row.try_get(11)?,
                    encryption: row.try_get(12)?,
                })
            },
            mapper: |it| Usage::from(it),
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
    UsageQuery<'c, 'a, 's, C, Usage, 3>,
    C,
> for HistoryByUserStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HistoryByUserParams<T1>,
    ) -> UsageQuery<'c, 'a, 's, C, Usage, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
/// The statement [`top_users`](fn@top_users).
pub struct TopUsersStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The `limit` users with most bytes in both directions in the hours from `since` on; where hours are rolled up, in the
/// days that start then.
/// Index: idx_usage_hourly_hour, idx_usage_daily_day, idx_vpn_connections_active (all live rows); it reads one row per
/// user, server and hour or day of the period: not for a request path. Locks: nothing.
pub fn top_users() -> TopUsersStmt {
    TopUsersStmt(
        "/* usage.top_users */ SELECT h.username, SUM(h.sessions)::BIGINT AS sessions, SUM(h.bytes_in)::BIGINT AS bytes_in, SUM(h.bytes_out)::BIGINT AS bytes_out, SUM(h.seconds)::BIGINT AS duration_seconds FROM ( SELECT username, sessions, bytes_in, bytes_out, seconds FROM v_usage_by_hour WHERE hour >= $1 UNION ALL SELECT username, sessions, bytes_in, bytes_out, seconds FROM usage_daily WHERE day >= ($1 AT TIME ZONE 'UTC')::DATE AND day::TIMESTAMP AT TIME ZONE 'UTC' >= $1 ) h GROUP BY h.username ORDER BY SUM(h.bytes_in) + SUM(h.bytes_out) DESC, h.username LIMIT $2::BIGINT",
        None,
    )
}
impl TopUsersStmt {
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
        since: &'a chrono::DateTime<chrono::Utc>,
        limit: &'a i64,
    ) -> TopUserQuery<'c, 'a, 's, C, TopUser, 2> {
        TopUserQuery {
            client,
            params: [since, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<TopUserBorrowed, barqnet_db_client::Error> {
                Ok(TopUserBorrowed {
                    username: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                })
            },
            mapper: |it| TopUser::from(it),
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
    TopUsersParams,
    TopUserQuery<'c, 'a, 's, C, TopUser, 2>,
    C,
> for TopUsersStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a TopUsersParams,
    ) -> TopUserQuery<'c, 'a, 's, C, TopUser, 2> {
        self.bind(client, &params.since, &params.limit)
    }
}
/// The statement [`top_users_ever`](fn@top_users_ever).
pub struct TopUsersEverStmt(&'static str, Option<barqnet_db_client::Statement>);
/// As `top_users`, over all time.
/// Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
pub fn top_users_ever() -> TopUsersEverStmt {
    TopUsersEverStmt(
        "/* usage.top_users_ever */ SELECT t.username, SUM(t.sessions)::BIGINT AS sessions, SUM(t.bytes_in)::BIGINT AS bytes_in, SUM(t.bytes_out)::BIGINT AS bytes_out, SUM(t.seconds)::BIGINT AS duration_seconds FROM ( SELECT username, sessions, bytes_in, bytes_out, seconds FROM usage_totals UNION ALL SELECT username, 0, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0 FROM vpn_connections WHERE status IN ('connecting', 'connected') ) t GROUP BY t.username ORDER BY SUM(t.bytes_in) + SUM(t.bytes_out) DESC, t.username LIMIT $1::BIGINT",
        None,
    )
}
impl TopUsersEverStmt {
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
        limit: &'a i64,
    ) -> TopUserQuery<'c, 'a, 's, C, TopUser, 1> {
        TopUserQuery {
            client,
            params: [limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<TopUserBorrowed, barqnet_db_client::Error> {
                Ok(TopUserBorrowed {
                    username: row.try_get(0)?,
                    sessions: row.try_get(1)?,
                    bytes_in: row.try_get(2)?,
                    bytes_out: row.try_get(3)?,
                    duration_seconds: row.try_get(4)?,
                })
            },
            mapper: |it| TopUser::from(it),
        }
    }
}
/// The statement [`bandwidth`](fn@bandwidth).
pub struct BandwidthStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What all nodes measured in the hours from `since` on; always one row.
/// Index: idx_usage_by_server_hour, idx_vpn_connections_active (all live rows). Locks: nothing.
pub fn bandwidth() -> BandwidthStmt {
    BandwidthStmt(
        "/* usage.bandwidth */ SELECT COALESCE(SUM(h.sessions), 0)::BIGINT AS sessions, COALESCE(SUM(h.bytes_in), 0)::BIGINT AS bytes_in, COALESCE(SUM(h.bytes_out), 0)::BIGINT AS bytes_out, COALESCE(SUM(h.seconds), 0)::BIGINT AS duration_seconds FROM ( SELECT sessions, bytes_in, bytes_out, seconds FROM usage_by_server WHERE hour >= $1 UNION ALL SELECT 0, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0 FROM vpn_connections WHERE status IN ('connecting', 'connected') AND hour_of_usage(COALESCE(usage_hour, connected_at)) >= $1 ) h",
        None,
    )
}
impl BandwidthStmt {
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
        since: &'a chrono::DateTime<chrono::Utc>,
    ) -> BandwidthQuery<'c, 'a, 's, C, Bandwidth, 1> {
        BandwidthQuery {
            client,
            params: [since],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<Bandwidth, barqnet_db_client::Error> {
                Ok(Bandwidth {
                    sessions: row.try_get(0)?,
                    bytes_in: row.try_get(1)?,
                    bytes_out: row.try_get(2)?,
                    duration_seconds: row.try_get(3)?,
                })
            },
            mapper: |it| Bandwidth::from(it),
        }
    }
}
/// The statement [`discrepancies`](fn@discrepancies).
pub struct DiscrepanciesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Where a roll-up differs from the sum of statistics, archive and live connections, in one snapshot, and by how much:
/// too high or, negative, too low. No rows, unless rows were deleted or changed by hand. `roll_up` is usage_totals,
/// usage_by_server (username is then empty), or usage_hourly, which includes usage_daily. For an audit.
/// Index: none, it reads all statistics and the archive: not for a request path. Locks: nothing.
pub fn discrepancies() -> DiscrepanciesStmt {
    DiscrepanciesStmt(
        "/* usage.discrepancies */ WITH stored AS ( SELECT server_id, username, SUM(sessions) AS sessions, SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out, SUM(seconds) AS seconds FROM ( SELECT server_id, username, 1 AS sessions, GREATEST(bytes_in, 0) AS bytes_in, GREATEST(bytes_out, 0) AS bytes_out, COALESCE(duration_seconds, 0) AS seconds FROM vpn_statistics WHERE COALESCE(session_type, 'vpn') = 'vpn' UNION ALL SELECT server_id, username, 1, GREATEST(bytes_in, 0), GREATEST(bytes_out, 0), COALESCE(duration_seconds, 0) FROM vpn_statistics_archive WHERE COALESCE(session_type, 'vpn') = 'vpn' UNION ALL SELECT server_id, username, 0, rolled_up_received, rolled_up_sent, 0 FROM vpn_connections WHERE status IN ('connecting', 'connected') ) s GROUP BY server_id, username ) SELECT d.roll_up, d.server_id, d.username, SUM(d.sessions)::BIGINT AS sessions, SUM(d.bytes_in)::BIGINT AS bytes_in, SUM(d.bytes_out)::BIGINT AS bytes_out, SUM(d.seconds)::BIGINT AS duration_seconds FROM ( SELECT 'usage_totals' AS roll_up, server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_totals UNION ALL SELECT 'usage_hourly', server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_hourly UNION ALL SELECT 'usage_hourly', server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_daily UNION ALL SELECT 'usage_by_server', server_id, '', sessions, bytes_in, bytes_out, seconds FROM usage_by_server UNION ALL SELECT r.roll_up, stored.server_id, CASE r.roll_up WHEN 'usage_by_server' THEN '' ELSE stored.username END, -stored.sessions, -stored.bytes_in, -stored.bytes_out, -stored.seconds FROM stored CROSS JOIN (VALUES ('usage_totals'), ('usage_hourly'), ('usage_by_server')) AS r (roll_up) ) d GROUP BY d.roll_up, d.server_id, d.username HAVING SUM(d.sessions) <> 0 OR SUM(d.bytes_in) <> 0 OR SUM(d.bytes_out) <> 0 OR SUM(d.seconds) <> 0 ORDER BY d.roll_up, d.server_id, d.username",
        None,
    )
}
impl DiscrepanciesStmt {
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
    ) -> DiscrepancyQuery<'c, 'a, 's, C, Discrepancy, 0> {
        DiscrepancyQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<DiscrepancyBorrowed, barqnet_db_client::Error> {
                Ok(DiscrepancyBorrowed {
                    roll_up: row.try_get(0)?,
                    server_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    sessions: row.try_get(3)?,
                    bytes_in: row.try_get(4)?,
                    bytes_out: row.try_get(5)?,
                    duration_seconds: row.try_get(6)?,
                })
            },
            mapper: |it| Discrepancy::from(it),
        }
    }
}
