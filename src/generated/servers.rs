// Written by the build step from queries/servers.sql. Edit that file: `cargo build` brings this one up to date.

//! Servers: the nodes, their health and load, and the choice of one for a new connection. Tables: schema/servers.sql.
//! Other tables refer to a server by its name, in their column server_id. Only the statement `credentials` returns its
//! password. The table is small: PostgreSQL may read all of it where an index is named.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`register`](fn@register).
pub struct RegisterParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
> {
    pub name: T1,
    pub host: T2,
    pub port: i32,
    pub server_type: T3,
    pub management_url: Option<T4>,
    pub username: Option<T5>,
    pub password: Option<T6>,
}
/// The parameters of [`set_enabled`](fn@set_enabled).
#[derive(Debug)]
pub struct SetEnabledParams<T1: barqnet_db_client::StringSql> {
    pub enabled: bool,
    pub name: T1,
}
/// The parameters of [`set_draining`](fn@set_draining).
#[derive(Debug)]
pub struct SetDrainingParams<T1: barqnet_db_client::StringSql> {
    pub draining: bool,
    pub name: T1,
}
/// The parameters of [`set_max_users`](fn@set_max_users).
#[derive(Debug)]
pub struct SetMaxUsersParams<T1: barqnet_db_client::StringSql> {
    pub max_users: i32,
    pub name: T1,
}
/// The parameters of [`set_location`](fn@set_location).
#[derive(Debug)]
pub struct SetLocationParams<T1: barqnet_db_client::StringSql> {
    pub location_id: Option<i32>,
    pub name: T1,
}
/// The parameters of [`report_health`](fn@report_health).
#[derive(Debug)]
pub struct ReportHealthParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub status: T2,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<T3>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// The parameters of [`health_history`](fn@health_history).
#[derive(Debug)]
pub struct HealthHistoryParams<T1: barqnet_db_client::StringSql> {
    pub server_id: T1,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`pick`](fn@pick).
#[derive(Debug)]
pub struct PickParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::StringSql,
> {
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub excluded: T2,
    pub max_report_age_seconds: f64,
    pub max_load: f64,
    pub preferred: Option<T3>,
    pub max_preferred_load: f64,
    pub base_distance_km: f64,
    pub load_weight: f64,
    pub load_exponent: f64,
    pub similar_score_factor: f64,
    pub randomize: bool,
    pub limit: i64,
}
/// The parameters of [`count_ineligible`](fn@count_ineligible).
#[derive(Debug)]
pub struct CountIneligibleParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
> {
    pub excluded: T2,
    pub max_report_age_seconds: f64,
    pub max_load: f64,
}
/// A row of [`by_name`](fn@by_name), [`list`](fn@list), [`list_by_type`](fn@list_by_type).
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    pub id: i32,
    pub name: String,
    pub host: String,
    pub port: i32,
    pub enabled: bool,
    pub server_type: String,
    pub draining: bool,
    pub max_users: i32,
    pub management_url: Option<String>,
    pub location_id: Option<i32>,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Server`] that borrows from the row it was read from.
pub struct ServerBorrowed<'a> {
    pub id: i32,
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub enabled: bool,
    pub server_type: &'a str,
    pub draining: bool,
    pub max_users: i32,
    pub management_url: Option<&'a str>,
    pub location_id: Option<i32>,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ServerBorrowed<'a>> for Server {
    fn from(
        ServerBorrowed {
            id,
            name,
            host,
            port,
            enabled,
            server_type,
            draining,
            max_users,
            management_url,
            location_id,
            last_sync,
            created_at,
        }: ServerBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            host: host.into(),
            port,
            enabled,
            server_type: server_type.into(),
            draining,
            max_users,
            management_url: management_url.map(|v| v.into()),
            location_id,
            last_sync,
            created_at,
        }
    }
}
/// A row of [`with_locations`](fn@with_locations).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerWithLocation {
    pub id: i32,
    pub name: String,
    pub host: String,
    pub port: i32,
    pub enabled: bool,
    pub server_type: String,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub location_id: Option<i32>,
    pub location_name: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub country_code: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<String>,
    pub data_center: Option<String>,
    pub flag_emoji: Option<String>,
    pub location_enabled: Option<bool>,
}
/// A [`ServerWithLocation`] that borrows from the row it was read from.
pub struct ServerWithLocationBorrowed<'a> {
    pub id: i32,
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub enabled: bool,
    pub server_type: &'a str,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub location_id: Option<i32>,
    pub location_name: Option<&'a str>,
    pub country: Option<&'a str>,
    pub city: Option<&'a str>,
    pub region: Option<&'a str>,
    pub country_code: Option<&'a str>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<&'a str>,
    pub data_center: Option<&'a str>,
    pub flag_emoji: Option<&'a str>,
    pub location_enabled: Option<bool>,
}
impl<'a> From<ServerWithLocationBorrowed<'a>> for ServerWithLocation {
    fn from(
        ServerWithLocationBorrowed {
            id,
            name,
            host,
            port,
            enabled,
            server_type,
            last_sync,
            location_id,
            location_name,
            country,
            city,
            region,
            country_code,
            latitude,
            longitude,
            timezone,
            data_center,
            flag_emoji,
            location_enabled,
        }: ServerWithLocationBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            host: host.into(),
            port,
            enabled,
            server_type: server_type.into(),
            last_sync,
            location_id,
            location_name: location_name.map(|v| v.into()),
            country: country.map(|v| v.into()),
            city: city.map(|v| v.into()),
            region: region.map(|v| v.into()),
            country_code: country_code.map(|v| v.into()),
            latitude,
            longitude,
            timezone: timezone.map(|v| v.into()),
            data_center: data_center.map(|v| v.into()),
            flag_emoji: flag_emoji.map(|v| v.into()),
            location_enabled,
        }
    }
}
/// A row of [`credentials`](fn@credentials).
#[derive(Clone, PartialEq)]
pub struct ServerCredentials {
    pub username: Option<String>,
    pub password: Option<String>,
}
/// A [`ServerCredentials`] that borrows from the row it was read from.
pub struct ServerCredentialsBorrowed<'a> {
    pub username: Option<&'a str>,
    pub password: Option<&'a str>,
}
impl<'a> From<ServerCredentialsBorrowed<'a>> for ServerCredentials {
    fn from(
        ServerCredentialsBorrowed { username, password }: ServerCredentialsBorrowed<'a>,
    ) -> Self {
        Self {
            username: username.map(|v| v.into()),
            password: password.map(|v| v.into()),
        }
    }
}
/// A row of [`status`](fn@status), [`list_status`](fn@list_status).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerStatus {
    pub name: String,
    pub enabled: bool,
    pub draining: bool,
    pub max_users: i32,
    pub location_id: Option<i32>,
    pub live_connections: i32,
    pub status: Option<String>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<String>,
}
/// A [`ServerStatus`] that borrows from the row it was read from.
pub struct ServerStatusBorrowed<'a> {
    pub name: &'a str,
    pub enabled: bool,
    pub draining: bool,
    pub max_users: i32,
    pub location_id: Option<i32>,
    pub live_connections: i32,
    pub status: Option<&'a str>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<&'a str>,
}
impl<'a> From<ServerStatusBorrowed<'a>> for ServerStatus {
    fn from(
        ServerStatusBorrowed {
            name,
            enabled,
            draining,
            max_users,
            location_id,
            live_connections,
            status,
            reported_at,
            response_time_ms,
            error_message,
        }: ServerStatusBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            enabled,
            draining,
            max_users,
            location_id,
            live_connections,
            status: status.map(|v| v.into()),
            reported_at,
            response_time_ms,
            error_message: error_message.map(|v| v.into()),
        }
    }
}
/// A row of [`health_history`](fn@health_history).
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    pub id: i32,
    pub server_id: String,
    pub status: String,
    pub last_check: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<String>,
}
/// A [`Health`] that borrows from the row it was read from.
pub struct HealthBorrowed<'a> {
    pub id: i32,
    pub server_id: &'a str,
    pub status: &'a str,
    pub last_check: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<&'a str>,
}
impl<'a> From<HealthBorrowed<'a>> for Health {
    fn from(
        HealthBorrowed {
            id,
            server_id,
            status,
            last_check,
            response_time_ms,
            error_message,
        }: HealthBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            server_id: server_id.into(),
            status: status.into(),
            last_check,
            response_time_ms,
            error_message: error_message.map(|v| v.into()),
        }
    }
}
/// A row of [`pick`](fn@pick).
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub name: String,
    pub host: String,
    pub port: i32,
    pub location_id: Option<i32>,
    pub distance_km: Option<f64>,
    pub live_connections: i32,
    pub max_users: i32,
    pub response_time_ms: Option<i32>,
}
/// A [`Candidate`] that borrows from the row it was read from.
pub struct CandidateBorrowed<'a> {
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub location_id: Option<i32>,
    pub distance_km: Option<f64>,
    pub live_connections: i32,
    pub max_users: i32,
    pub response_time_ms: Option<i32>,
}
impl<'a> From<CandidateBorrowed<'a>> for Candidate {
    fn from(
        CandidateBorrowed {
            name,
            host,
            port,
            location_id,
            distance_km,
            live_connections,
            max_users,
            response_time_ms,
        }: CandidateBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            host: host.into(),
            port,
            location_id,
            distance_km,
            live_connections,
            max_users,
            response_time_ms,
        }
    }
}
/// A row of [`count_ineligible`](fn@count_ineligible).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Ineligible {
    pub registered: i64,
    pub excluded: i64,
    pub disabled: i64,
    pub draining: i64,
    pub silent: i64,
    pub unhealthy: i64,
    pub full: i64,
    pub eligible: i64,
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
pub struct ServerQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerBorrowed) -> R,
    ) -> ServerQuery<'c, 'a, 's, C, R, N> {
        ServerQuery {
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
pub struct ServerWithLocationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerWithLocationBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerWithLocationBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerWithLocationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerWithLocationBorrowed) -> R,
    ) -> ServerWithLocationQuery<'c, 'a, 's, C, R, N> {
        ServerWithLocationQuery {
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
pub struct ServerCredentialsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerCredentialsBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerCredentialsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerCredentialsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerCredentialsBorrowed) -> R,
    ) -> ServerCredentialsQuery<'c, 'a, 's, C, R, N> {
        ServerCredentialsQuery {
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
pub struct BoolQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<bool, barqnet_db_client::Error>,
    mapper: fn(bool) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BoolQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(bool) -> R) -> BoolQuery<'c, 'a, 's, C, R, N> {
        BoolQuery {
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
pub struct ServerStatusQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerStatusBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerStatusBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerStatusQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerStatusBorrowed) -> R,
    ) -> ServerStatusQuery<'c, 'a, 's, C, R, N> {
        ServerStatusQuery {
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
pub struct HealthQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<HealthBorrowed, barqnet_db_client::Error>,
    mapper: fn(HealthBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> HealthQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(HealthBorrowed) -> R,
    ) -> HealthQuery<'c, 'a, 's, C, R, N> {
        HealthQuery {
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
pub struct CandidateQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<CandidateBorrowed, barqnet_db_client::Error>,
    mapper: fn(CandidateBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CandidateQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(CandidateBorrowed) -> R,
    ) -> CandidateQuery<'c, 'a, 's, C, R, N> {
        CandidateQuery {
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
pub struct IneligibleQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<Ineligible, barqnet_db_client::Error>,
    mapper: fn(Ineligible) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> IneligibleQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Ineligible) -> R,
    ) -> IneligibleQuery<'c, 'a, 's, C, R, N> {
        IneligibleQuery {
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
/// The statement [`register`](fn@register).
pub struct RegisterStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds a server, or replaces address and type of the one with this name, and returns its id. Management address, user
/// and password change only when given; location, capacity, and whether it is enabled or draining stay.
/// Index: servers_name_key. Locks: the row.
pub fn register() -> RegisterStmt {
    RegisterStmt(
        "/* servers.register */ INSERT INTO servers (name, host, port, server_type, management_url, username, password) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET host = EXCLUDED.host, port = EXCLUDED.port, server_type = EXCLUDED.server_type, management_url = COALESCE(EXCLUDED.management_url, servers.management_url), username = COALESCE(EXCLUDED.username, servers.username), password = COALESCE(EXCLUDED.password, servers.password) RETURNING id",
        None,
    )
}
impl RegisterStmt {
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
        name: &'a T1,
        host: &'a T2,
        port: &'a i32,
        server_type: &'a T3,
        management_url: &'a Option<T4>,
        username: &'a Option<T5>,
        password: &'a Option<T6>,
    ) -> I32Query<'c, 'a, 's, C, i32, 7> {
        I32Query {
            client,
            params: [name, host, port, server_type, management_url, username, password],
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
    RegisterParams<T1, T2, T3, T4, T5, T6>,
    I32Query<'c, 'a, 's, C, i32, 7>,
    C,
> for RegisterStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RegisterParams<T1, T2, T3, T4, T5, T6>,
    ) -> I32Query<'c, 'a, 's, C, i32, 7> {
        self.bind(
            client,
            &params.name,
            &params.host,
            &params.port,
            &params.server_type,
            &params.management_url,
            &params.username,
            &params.password,
        )
    }
}
/// The statement [`by_name`](fn@by_name).
pub struct ByNameStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The server with this name, enabled or not. No row means that there is none.
/// Index: servers_name_key. Locks: nothing.
pub fn by_name() -> ByNameStmt {
    ByNameStmt(
        "/* servers.by_name */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers WHERE name = $1",
        None,
    )
}
impl ByNameStmt {
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
        name: &'a T1,
    ) -> ServerQuery<'c, 'a, 's, C, Server, 1> {
        ServerQuery {
            client,
            params: [name],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerBorrowed, barqnet_db_client::Error> {
                Ok(ServerBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    host: row.try_get(2)?,
                    port: row.try_get(3)?,
                    enabled: row.try_get(4)?,
                    server_type: row.try_get(5)?,
                    draining: row.try_get(6)?,
                    max_users: row.try_get(7)?,
                    management_url: row.try_get(8)?,
                    location_id: row.try_get(9)?,
                    last_sync: row.try_get(10)?,
                    created_at: row.try_get(11)?,
                })
            },
            mapper: |it| Server::from(it),
        }
    }
}
/// The statement [`list`](fn@list).
pub struct ListStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Every server, by name.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt(
        "/* servers.list */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers ORDER BY name",
        None,
    )
}
impl ListStmt {
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
    ) -> ServerQuery<'c, 'a, 's, C, Server, 0> {
        ServerQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerBorrowed, barqnet_db_client::Error> {
                Ok(ServerBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    host: row.try_get(2)?,
                    port: row.try_get(3)?,
                    enabled: row.try_get(4)?,
                    server_type: row.try_get(5)?,
                    draining: row.try_get(6)?,
                    max_users: row.try_get(7)?,
                    management_url: row.try_get(8)?,
                    location_id: row.try_get(9)?,
                    last_sync: row.try_get(10)?,
                    created_at: row.try_get(11)?,
                })
            },
            mapper: |it| Server::from(it),
        }
    }
}
/// The statement [`list_by_type`](fn@list_by_type).
pub struct ListByTypeStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The enabled servers of a type (endnode, management), by name.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn list_by_type() -> ListByTypeStmt {
    ListByTypeStmt(
        "/* servers.list_by_type */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers WHERE server_type = $1 AND enabled IS NOT FALSE ORDER BY name",
        None,
    )
}
impl ListByTypeStmt {
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
        server_type: &'a T1,
    ) -> ServerQuery<'c, 'a, 's, C, Server, 1> {
        ServerQuery {
            client,
            params: [server_type],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerBorrowed, barqnet_db_client::Error> {
                Ok(ServerBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    host: row.try_get(2)?,
                    port: row.try_get(3)?,
                    enabled: row.try_get(4)?,
                    server_type: row.try_get(5)?,
                    draining: row.try_get(6)?,
                    max_users: row.try_get(7)?,
                    management_url: row.try_get(8)?,
                    location_id: row.try_get(9)?,
                    last_sync: row.try_get(10)?,
                    created_at: row.try_get(11)?,
                })
            },
            mapper: |it| Server::from(it),
        }
    }
}
/// The statement [`with_locations`](fn@with_locations).
pub struct WithLocationsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Every server with its location, by name; NULL if it has none.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn with_locations() -> WithLocationsStmt {
    WithLocationsStmt(
        "/* servers.with_locations */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, last_sync, location_id, location_name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji, location_enabled FROM v_servers_with_locations ORDER BY name",
        None,
    )
}
impl WithLocationsStmt {
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
    ) -> ServerWithLocationQuery<'c, 'a, 's, C, ServerWithLocation, 0> {
        ServerWithLocationQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerWithLocationBorrowed, barqnet_db_client::Error> {
                Ok(ServerWithLocationBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    host: row.try_get(2)?,
                    port: row.try_get(3)?,
                    enabled: row.try_get(4)?,
                    server_type: row.try_get(5)?,
                    last_sync: row.try_get(6)?,
                    location_id: row.try_get(7)?,
                    location_name: row.try_get(8)?,
                    country: row.try_get(9)?,
                    city: row.try_get(10)?,
                    region: row.try_get(11)?,
                    country_code: row.try_get(12)?,
                    latitude: row.try_get(13)?,
                    longitude: row.try_get(14)?,
                    timezone: row.try_get(15)?,
                    data_center: row.try_get(16)?,
                    flag_emoji: row.try_get(17)?,
                    location_enabled: row.try_get(18)?,
                })
            },
            mapper: |it| ServerWithLocation::from(it),
        }
    }
}
/// The statement [`credentials`](fn@credentials).
pub struct CredentialsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// User name and password of a server's management interface; either can be NULL. No row means that there is no such
/// server. Do not log them.
/// Index: servers_name_key. Locks: nothing.
pub fn credentials() -> CredentialsStmt {
    CredentialsStmt(
        "/* servers.credentials */ SELECT username, password FROM servers WHERE name = $1",
        None,
    )
}
impl CredentialsStmt {
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
        name: &'a T1,
    ) -> ServerCredentialsQuery<'c, 'a, 's, C, ServerCredentials, 1> {
        ServerCredentialsQuery {
            client,
            params: [name],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerCredentialsBorrowed, barqnet_db_client::Error> {
                Ok(ServerCredentialsBorrowed {
                    username: row.try_get(0)?,
                    password: row.try_get(1)?,
                })
            },
            mapper: |it| ServerCredentials::from(it),
        }
    }
}
/// The statement [`exists`](fn@exists).
pub struct ExistsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Whether a server has this name.
/// Index: servers_name_key. Locks: nothing.
pub fn exists() -> ExistsStmt {
    ExistsStmt(
        "/* servers.exists */ SELECT EXISTS (SELECT 1 FROM servers WHERE name = $1) AS found",
        None,
    )
}
impl ExistsStmt {
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
        name: &'a T1,
    ) -> BoolQuery<'c, 'a, 's, C, bool, 1> {
        BoolQuery {
            client,
            params: [name],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`set_enabled`](fn@set_enabled).
pub struct SetEnabledStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Enables or disables a server; its live connections stay. 0 rows means that there is no such server, or that nothing
/// changed.
/// Index: servers_name_key. Locks: the row.
pub fn set_enabled() -> SetEnabledStmt {
    SetEnabledStmt(
        "/* servers.set_enabled */ UPDATE servers SET enabled = $1 WHERE name = $2 AND enabled IS DISTINCT FROM $1",
        None,
    )
}
impl SetEnabledStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        enabled: &'a bool,
        name: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[enabled, name]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetEnabledParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetEnabledStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetEnabledParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.enabled, &params.name))
    }
}
/// The statement [`set_draining`](fn@set_draining).
pub struct SetDrainingStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Starts or stops draining a server: while draining, it gets no new connections and keeps those it has. 0 rows means that
/// there is no such server, or that nothing changed.
/// Index: servers_name_key. Locks: the row.
pub fn set_draining() -> SetDrainingStmt {
    SetDrainingStmt(
        "/* servers.set_draining */ UPDATE servers SET draining = $1 WHERE name = $2 AND draining <> $1",
        None,
    )
}
impl SetDrainingStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        draining: &'a bool,
        name: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[draining, name]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetDrainingParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetDrainingStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetDrainingParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.draining, &params.name))
    }
}
/// The statement [`set_max_users`](fn@set_max_users).
pub struct SetMaxUsersStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Sets the number of connections that a server can carry; less than 0 is a check violation (`chk_servers_max_users`). 0
/// rows means that there is no such server, or that nothing changed.
/// Index: servers_name_key. Locks: the row.
pub fn set_max_users() -> SetMaxUsersStmt {
    SetMaxUsersStmt(
        "/* servers.set_max_users */ UPDATE servers SET max_users = $1 WHERE name = $2 AND max_users <> $1",
        None,
    )
}
impl SetMaxUsersStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        max_users: &'a i32,
        name: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[max_users, name]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetMaxUsersParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetMaxUsersStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetMaxUsersParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.max_users, &params.name))
    }
}
/// The statement [`remove`](fn@remove).
pub struct RemoveStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Removes a server without accounts and live connections. 0 rows means that there is no such server, or that accounts or
/// live connections still refer to it: move the accounts and close the connections first. Statistics and history keep its
/// name.
/// Index: servers_name_key, idx_users_server_id, idx_vpn_connections_active. Locks: the row.
pub fn remove() -> RemoveStmt {
    RemoveStmt(
        "/* servers.remove */ DELETE FROM servers s WHERE s.name = $1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.server_id = s.name) AND NOT EXISTS ( SELECT 1 FROM vpn_connections c WHERE c.server_id = s.name AND c.status IN ('connecting', 'connected') )",
        None,
    )
}
impl RemoveStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        name: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[name]).await
    }
}
/// The statement [`touch_last_sync`](fn@touch_last_sync).
pub struct TouchLastSyncStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records that a server has synchronised at this moment. 0 rows means that there is no such server.
/// Index: servers_name_key. Locks: the row.
pub fn touch_last_sync() -> TouchLastSyncStmt {
    TouchLastSyncStmt(
        "/* servers.touch_last_sync */ UPDATE servers SET last_sync = GREATEST(last_sync, CURRENT_TIMESTAMP) WHERE name = $1",
        None,
    )
}
impl TouchLastSyncStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        name: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[name]).await
    }
}
/// The statement [`set_location`](fn@set_location).
pub struct SetLocationStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Sets the location of a server, NULL for none; an unknown location is a foreign key violation. 0 rows means that there is
/// no such server.
/// Index: servers_name_key. Locks: the row; the foreign key holds the location.
pub fn set_location() -> SetLocationStmt {
    SetLocationStmt(
        "/* servers.set_location */ UPDATE servers SET location_id = $1 WHERE name = $2",
        None,
    )
}
impl SetLocationStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        location_id: &'a Option<i32>,
        name: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[location_id, name]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetLocationParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetLocationStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetLocationParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.location_id, &params.name))
    }
}
/// The statement [`report_health`](fn@report_health).
pub struct ReportHealthStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records a health report and returns the id of its row in the history. `reported_at` NULL, or in the future, counts as
/// now. The report becomes the server's status unless a newer one was recorded before. Only a server whose status is healthy
/// is eligible for `pick`.
/// Index: server_status_pkey. Locks: the server's row of server_status, the inserted row of server_health.
pub fn report_health() -> ReportHealthStmt {
    ReportHealthStmt(
        "/* servers.report_health */ WITH report AS ( SELECT $1::TEXT AS server_id, $2::TEXT AS status, $3::INTEGER AS response_time_ms, $4::TEXT AS error_message, LEAST($5, clock.at) AS reported_at FROM (SELECT CLOCK_TIMESTAMP() AS at) AS clock ), newest AS ( INSERT INTO server_status AS known (server_id, status, reported_at, response_time_ms, error_message) SELECT server_id, status, reported_at, response_time_ms, error_message FROM report ON CONFLICT (server_id) DO UPDATE SET status = EXCLUDED.status, reported_at = EXCLUDED.reported_at, response_time_ms = EXCLUDED.response_time_ms, error_message = EXCLUDED.error_message WHERE COALESCE(known.reported_at <= EXCLUDED.reported_at, TRUE) ) INSERT INTO server_health (server_id, status, last_check, response_time_ms, error_message) SELECT server_id, status, reported_at, response_time_ms, error_message FROM report RETURNING id",
        None,
    )
}
impl ReportHealthStmt {
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
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        status: &'a T2,
        response_time_ms: &'a Option<i32>,
        error_message: &'a Option<T3>,
        reported_at: &'a Option<chrono::DateTime<chrono::Utc>>,
    ) -> I32Query<'c, 'a, 's, C, i32, 5> {
        I32Query {
            client,
            params: [server_id, status, response_time_ms, error_message, reported_at],
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
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    ReportHealthParams<T1, T2, T3>,
    I32Query<'c, 'a, 's, C, i32, 5>,
    C,
> for ReportHealthStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ReportHealthParams<T1, T2, T3>,
    ) -> I32Query<'c, 'a, 's, C, i32, 5> {
        self.bind(
            client,
            &params.server_id,
            &params.status,
            &params.response_time_ms,
            &params.error_message,
            &params.reported_at,
        )
    }
}
/// The statement [`status`](fn@status).
pub struct StatusStmt(&'static str, Option<barqnet_db_client::Statement>);
/// A registered server with its newest report (NULL if there is none) and its live connections. No row means that there is
/// no such server.
/// Index: servers_name_key, server_status_pkey. Locks: nothing.
pub fn status() -> StatusStmt {
    StatusStmt(
        "/* servers.status */ SELECT s.name, COALESCE(s.enabled, TRUE) AS enabled, s.draining, s.max_users, s.location_id, COALESCE(st.live_connections, 0) AS live_connections, st.status, st.reported_at, st.response_time_ms, st.error_message FROM servers s LEFT JOIN server_status st ON st.server_id = s.name WHERE s.name = $1",
        None,
    )
}
impl StatusStmt {
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
        name: &'a T1,
    ) -> ServerStatusQuery<'c, 'a, 's, C, ServerStatus, 1> {
        ServerStatusQuery {
            client,
            params: [name],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerStatusBorrowed, barqnet_db_client::Error> {
                Ok(ServerStatusBorrowed {
                    name: row.try_get(0)?,
                    enabled: row.try_get(1)?,
                    draining: row.try_get(2)?,
                    max_users: row.try_get(3)?,
                    location_id: row.try_get(4)?,
                    live_connections: row.try_get(5)?,
                    status: row.try_get(6)?,
                    reported_at: row.try_get(7)?,
                    response_time_ms: row.try_get(8)?,
                    error_message: row.try_get(9)?,
                })
            },
            mapper: |it| ServerStatus::from(it),
        }
    }
}
/// The statement [`list_status`](fn@list_status).
pub struct ListStatusStmt(&'static str, Option<barqnet_db_client::Statement>);
/// As `status`, of every registered server, by name.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn list_status() -> ListStatusStmt {
    ListStatusStmt(
        "/* servers.list_status */ SELECT s.name, COALESCE(s.enabled, TRUE) AS enabled, s.draining, s.max_users, s.location_id, COALESCE(st.live_connections, 0) AS live_connections, st.status, st.reported_at, st.response_time_ms, st.error_message FROM servers s LEFT JOIN server_status st ON st.server_id = s.name ORDER BY s.name",
        None,
    )
}
impl ListStatusStmt {
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
    ) -> ServerStatusQuery<'c, 'a, 's, C, ServerStatus, 0> {
        ServerStatusQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerStatusBorrowed, barqnet_db_client::Error> {
                Ok(ServerStatusBorrowed {
                    name: row.try_get(0)?,
                    enabled: row.try_get(1)?,
                    draining: row.try_get(2)?,
                    max_users: row.try_get(3)?,
                    location_id: row.try_get(4)?,
                    live_connections: row.try_get(5)?,
                    status: row.try_get(6)?,
                    reported_at: row.try_get(7)?,
                    response_time_ms: row.try_get(8)?,
                    error_message: row.try_get(9)?,
                })
            },
            mapper: |it| ServerStatus::from(it),
        }
    }
}
/// The statement [`health_history`](fn@health_history).
pub struct HealthHistoryStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the health reports of a server, newest first. Start with `before_id` i32::MAX, continue with the last
/// id received. Index: idx_server_health_newest. Locks: nothing.
pub fn health_history() -> HealthHistoryStmt {
    HealthHistoryStmt(
        "/* servers.health_history */ SELECT h.id, h.server_id, h.status, h.last_check, h.response_time_ms, h.error_message FROM server_health h WHERE h.server_id = $1 AND h.id < $2 ORDER BY h.id DESC LIMIT $3::BIGINT",
        None,
    )
}
impl HealthHistoryStmt {
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
    ) -> HealthQuery<'c, 'a, 's, C, Health, 3> {
        HealthQuery {
            client,
            params: [server_id, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<HealthBorrowed, barqnet_db_client::Error> {
                Ok(HealthBorrowed {
                    id: row.try_get(0)?,
                    server_id: row.try_get(1)?,
                    status: row.try_get(2)?,
                    last_check: row.try_get(3)?,
                    response_time_ms: row.try_get(4)?,
                    error_message: row.try_get(5)?,
                })
            },
            mapper: |it| Health::from(it),
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
    HealthHistoryParams<T1>,
    HealthQuery<'c, 'a, 's, C, Health, 3>,
    C,
> for HealthHistoryStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HealthHistoryParams<T1>,
    ) -> HealthQuery<'c, 'a, 's, C, Health, 3> {
        self.bind(client, &params.server_id, &params.before_id, &params.limit)
    }
}
/// The statement [`pick`](fn@pick).
pub struct PickStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Up to `limit` end nodes for a new connection, the best first. Call it through `servers::pick`, whose `PickPolicy`
/// documents the numbers. An end node is eligible if it and its location are enabled, it is neither draining nor among
/// `excluded`, its newest report is healthy and younger than `max_report_age_seconds`, and its load (live connections /
/// `max_users`) is below `max_load`. Score, lower is better: (distance + `base_distance_km`) * (1 + `load_weight` * load ^
/// `load_exponent`). Without a point the distance is 0 for every node; a node of unknown coordinates is half the Earth's
/// circumference away. The `preferred` node comes first while its load is below `max_preferred_load`. With `randomize`,
/// nodes that score at most `similar_score_factor` times the best come in random order, weighted by their free capacity;
/// otherwise the order is by score, then by name.
/// Index: none, hundreds of rows at most; server_status_pkey, server_locations_pkey. Locks: nothing.
pub fn pick() -> PickStmt {
    PickStmt(
        "/* servers.pick */ WITH eligible AS ( SELECT s.name, s.host, COALESCE(s.port, 8080) AS port, s.location_id, s.max_users, st.live_connections, st.response_time_ms, st.live_connections / s.max_users::DOUBLE PRECISION AS load, HAVERSINE_KM($1::DOUBLE PRECISION, $2::DOUBLE PRECISION, l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS distance_km FROM servers s JOIN server_status st ON st.server_id = s.name LEFT JOIN server_locations l ON l.location_id = s.location_id WHERE COALESCE(s.server_type, 'endnode') = 'endnode' AND s.name <> ALL ($3::TEXT[]) AND s.enabled IS NOT FALSE AND l.enabled IS NOT FALSE AND NOT s.draining AND st.status = 'healthy' AND st.reported_at > CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $4) AND st.live_connections < $5::DOUBLE PRECISION::NUMERIC * s.max_users ), scored AS ( SELECT name, host, port, location_id, max_users, live_connections, response_time_ms, distance_km, COALESCE(name = $6::TEXT, FALSE) AND load < $7::DOUBLE PRECISION AS keep_preferred, (COALESCE(distance_km, CASE WHEN $1 IS NULL OR $2 IS NULL THEN 0 ELSE 20015.1 END) + $8::DOUBLE PRECISION) * (1 + $9::DOUBLE PRECISION * POWER(load, $10::DOUBLE PRECISION)) AS score FROM eligible ), ranked AS ( SELECT name, host, port, location_id, max_users, live_connections, response_time_ms, distance_km, keep_preferred, score, score <= $11::DOUBLE PRECISION * MIN(score) OVER () AS among_the_best FROM scored ) SELECT name, host, port, location_id, distance_km, live_connections, max_users, response_time_ms FROM ranked ORDER BY keep_preferred DESC, among_the_best DESC, CASE WHEN $12::BOOLEAN AND among_the_best THEN -LN(1 - RANDOM()) / ($5::DOUBLE PRECISION::NUMERIC * max_users - live_connections) ELSE score END, name LIMIT GREATEST($13::BIGINT, 0)",
        None,
    )
}
impl PickStmt {
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
        T2: barqnet_db_client::ArraySql<Item = T1>,
        T3: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        latitude: &'a Option<f64>,
        longitude: &'a Option<f64>,
        excluded: &'a T2,
        max_report_age_seconds: &'a f64,
        max_load: &'a f64,
        preferred: &'a Option<T3>,
        max_preferred_load: &'a f64,
        base_distance_km: &'a f64,
        load_weight: &'a f64,
        load_exponent: &'a f64,
        similar_score_factor: &'a f64,
        randomize: &'a bool,
        limit: &'a i64,
    ) -> CandidateQuery<'c, 'a, 's, C, Candidate, 13> {
        CandidateQuery {
            client,
            params: [
                latitude,
                longitude,
                excluded,
                max_report_age_seconds,
                max_load,
                preferred,
                max_preferred_load,
                base_distance_km,
                load_weight,
                load_exponent,
                similar_score_factor,
                randomize,
                limit,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<CandidateBorrowed, barqnet_db_client::Error> {
                Ok(CandidateBorrowed {
                    name: row.try_get(0)?,
                    host: row.try_get(1)?,
                    port: row.try_get(2)?,
                    location_id: row.try_get(3)?,
                    distance_km: row.try_get(4)?,
                    live_connections: row.try_get(5)?,
                    max_users: row.try_get(6)?,
                    response_time_ms: row.try_get(7)?,
                })
            },
            mapper: |it| Candidate::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    PickParams<T1, T2, T3>,
    CandidateQuery<'c, 'a, 's, C, Candidate, 13>,
    C,
> for PickStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a PickParams<T1, T2, T3>,
    ) -> CandidateQuery<'c, 'a, 's, C, Candidate, 13> {
        self.bind(
            client,
            &params.latitude,
            &params.longitude,
            &params.excluded,
            &params.max_report_age_seconds,
            &params.max_load,
            &params.preferred,
            &params.max_preferred_load,
            &params.base_distance_km,
            &params.load_weight,
            &params.load_exponent,
            &params.similar_score_factor,
            &params.randomize,
            &params.limit,
        )
    }
}
/// The statement [`count_ineligible`](fn@count_ineligible).
pub struct CountIneligibleStmt(&'static str, Option<barqnet_db_client::Statement>);
/// How many end nodes are not eligible, by reason; always one row. Each node counts once, under its first reason in the
/// order of the columns: excluded, disabled (itself or its location), draining, silent (no report within
/// `max_report_age_seconds`), unhealthy by its report, full (load at `max_load` or above). `eligible` counts the others.
/// Index: none, hundreds of rows at most; server_status_pkey, server_locations_pkey. Locks: nothing.
pub fn count_ineligible() -> CountIneligibleStmt {
    CountIneligibleStmt(
        "/* servers.count_ineligible */ SELECT COUNT(*) AS registered, COUNT(*) FILTER (WHERE reason = 'excluded') AS excluded, COUNT(*) FILTER (WHERE reason = 'disabled') AS disabled, COUNT(*) FILTER (WHERE reason = 'draining') AS draining, COUNT(*) FILTER (WHERE reason = 'silent') AS silent, COUNT(*) FILTER (WHERE reason = 'unhealthy') AS unhealthy, COUNT(*) FILTER (WHERE reason = 'full') AS full, COUNT(*) FILTER (WHERE reason IS NULL) AS eligible FROM ( SELECT CASE WHEN s.name = ANY ($1::TEXT[]) THEN 'excluded' WHEN s.enabled IS FALSE OR l.enabled IS FALSE THEN 'disabled' WHEN s.draining THEN 'draining' WHEN COALESCE(st.reported_at <= CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $2), TRUE) THEN 'silent' WHEN st.status IS DISTINCT FROM 'healthy' THEN 'unhealthy' WHEN st.live_connections >= $3::DOUBLE PRECISION::NUMERIC * s.max_users THEN 'full' END AS reason FROM servers s LEFT JOIN server_status st ON st.server_id = s.name LEFT JOIN server_locations l ON l.location_id = s.location_id WHERE COALESCE(s.server_type, 'endnode') = 'endnode' ) classified",
        None,
    )
}
impl CountIneligibleStmt {
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
        T2: barqnet_db_client::ArraySql<Item = T1>,
    >(
        &'s self,
        client: &'c C,
        excluded: &'a T2,
        max_report_age_seconds: &'a f64,
        max_load: &'a f64,
    ) -> IneligibleQuery<'c, 'a, 's, C, Ineligible, 3> {
        IneligibleQuery {
            client,
            params: [excluded, max_report_age_seconds, max_load],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<Ineligible, barqnet_db_client::Error> {
                Ok(Ineligible {
                    registered: row.try_get(0)?,
                    excluded: row.try_get(1)?,
                    disabled: row.try_get(2)?,
                    draining: row.try_get(3)?,
                    silent: row.try_get(4)?,
                    unhealthy: row.try_get(5)?,
                    full: row.try_get(6)?,
                    eligible: row.try_get(7)?,
                })
            },
            mapper: |it| Ineligible::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    CountIneligibleParams<T1, T2>,
    IneligibleQuery<'c, 'a, 's, C, Ineligible, 3>,
    C,
> for CountIneligibleStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CountIneligibleParams<T1, T2>,
    ) -> IneligibleQuery<'c, 'a, 's, C, Ineligible, 3> {
        self.bind(
            client,
            &params.excluded,
            &params.max_report_age_seconds,
            &params.max_load,
        )
    }
}
