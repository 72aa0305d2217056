// Written by the build step from queries/locations.sql. Edit that file: `cargo build` brings this one up to date.

//! Locations: the cities where servers are, their distances from a point, and their load. Tables and functions:
//! schema/locations.sql.
//! Latitude and longitude are in degrees, north and east positive; NULL if unknown, which only databases of the Go product
//! have. Distances are in kilometres.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`nearest`](fn@nearest).
#[derive(Clone, Copy, Debug)]
pub struct NearestParams {
    pub latitude: f64,
    pub longitude: f64,
    pub limit: i32,
}
/// The parameters of [`upsert`](fn@upsert).
#[derive(Debug)]
pub struct UpsertParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::StringSql,
    T8: barqnet_db_client::StringSql,
> {
    pub country: T1,
    pub city: T2,
    pub name: T3,
    pub region: Option<T4>,
    pub country_code: T5,
    pub latitude: f64,
    pub longitude: f64,
    pub timezone: Option<T6>,
    pub data_center: Option<T7>,
    pub flag_emoji: Option<T8>,
    pub display_order: i32,
}
/// The parameters of [`set_enabled`](fn@set_enabled).
#[derive(Clone, Copy, Debug)]
pub struct SetEnabledParams {
    pub enabled: bool,
    pub location_id: i32,
}
/// A row of [`list`](fn@list), [`list_all`](fn@list_all), [`by_id`](fn@by_id).
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub region: Option<String>,
    pub country_code: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<String>,
    pub data_center: Option<String>,
    pub flag_emoji: Option<String>,
    pub display_order: i32,
    pub enabled: bool,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Location`] that borrows from the row it was read from.
pub struct LocationBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub region: Option<&'a str>,
    pub country_code: &'a str,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<&'a str>,
    pub data_center: Option<&'a str>,
    pub flag_emoji: Option<&'a str>,
    pub display_order: i32,
    pub enabled: bool,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<LocationBorrowed<'a>> for Location {
    fn from(
        LocationBorrowed {
            location_id,
            name,
            country,
            city,
            region,
            country_code,
            latitude,
            longitude,
            timezone,
            data_center,
            flag_emoji,
            display_order,
            enabled,
            created_at,
            updated_at,
        }: LocationBorrowed<'a>,
    ) -> Self {
        Self {
            location_id,
            name: name.into(),
            country: country.into(),
            city: city.into(),
            region: region.map(|v| v.into()),
            country_code: country_code.into(),
            latitude,
            longitude,
            timezone: timezone.map(|v| v.into()),
            data_center: data_center.map(|v| v.into()),
            flag_emoji: flag_emoji.map(|v| v.into()),
            display_order,
            enabled,
            created_at,
            updated_at,
        }
    }
}
/// A row of [`list_with_load`](fn@list_with_load).
#[derive(Debug, Clone, PartialEq)]
pub struct LocationLoad {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub region: Option<String>,
    pub country_code: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<String>,
    pub flag_emoji: Option<String>,
    pub enabled_servers: i64,
    pub active_connections: i64,
}
/// A [`LocationLoad`] that borrows from the row it was read from.
pub struct LocationLoadBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub region: Option<&'a str>,
    pub country_code: &'a str,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<&'a str>,
    pub flag_emoji: Option<&'a str>,
    pub enabled_servers: i64,
    pub active_connections: i64,
}
impl<'a> From<LocationLoadBorrowed<'a>> for LocationLoad {
    fn from(
        LocationLoadBorrowed {
            location_id,
            name,
            country,
            city,
            region,
            country_code,
            latitude,
            longitude,
            timezone,
            flag_emoji,
            enabled_servers,
            active_connections,
        }: LocationLoadBorrowed<'a>,
    ) -> Self {
        Self {
            location_id,
            name: name.into(),
            country: country.into(),
            city: city.into(),
            region: region.map(|v| v.into()),
            country_code: country_code.into(),
            latitude,
            longitude,
            timezone: timezone.map(|v| v.into()),
            flag_emoji: flag_emoji.map(|v| v.into()),
            enabled_servers,
            active_connections,
        }
    }
}
/// A row of [`nearest`](fn@nearest).
#[derive(Debug, Clone, PartialEq)]
pub struct NearbyLocation {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub country_code: String,
    pub latitude: f64,
    pub longitude: f64,
    pub distance_km: f64,
}
/// A [`NearbyLocation`] that borrows from the row it was read from.
pub struct NearbyLocationBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub country_code: &'a str,
    pub latitude: f64,
    pub longitude: f64,
    pub distance_km: f64,
}
impl<'a> From<NearbyLocationBorrowed<'a>> for NearbyLocation {
    fn from(
        NearbyLocationBorrowed {
            location_id,
            name,
            country,
            city,
            country_code,
            latitude,
            longitude,
            distance_km,
        }: NearbyLocationBorrowed<'a>,
    ) -> Self {
        Self {
            location_id,
            name: name.into(),
            country: country.into(),
            city: city.into(),
            country_code: country_code.into(),
            latitude,
            longitude,
            distance_km,
        }
    }
}
/// A row of [`statistics`](fn@statistics).
#[derive(Debug, Clone, PartialEq)]
pub struct LocationStatistics {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub country_code: String,
    pub enabled: bool,
    pub total_servers: i64,
    pub enabled_servers: i64,
    pub assigned_users: i64,
    pub active_connections: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
}
/// A [`LocationStatistics`] that borrows from the row it was read from.
pub struct LocationStatisticsBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub country_code: &'a str,
    pub enabled: bool,
    pub total_servers: i64,
    pub enabled_servers: i64,
    pub assigned_users: i64,
    pub active_connections: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
}
impl<'a> From<LocationStatisticsBorrowed<'a>> for LocationStatistics {
    fn from(
        LocationStatisticsBorrowed {
            location_id,
            name,
            country,
            city,
            country_code,
            enabled,
            total_servers,
            enabled_servers,
            assigned_users,
            active_connections,
            total_bytes_in,
            total_bytes_out,
        }: LocationStatisticsBorrowed<'a>,
    ) -> Self {
        Self {
            location_id,
            name: name.into(),
            country: country.into(),
            city: city.into(),
            country_code: country_code.into(),
            enabled,
            total_servers,
            enabled_servers,
            assigned_users,
            active_connections,
            total_bytes_in,
            total_bytes_out,
        }
    }
}
/// A row of [`servers_at`](fn@servers_at).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerAtLocation {
    pub id: i32,
    pub name: String,
    pub host: String,
    pub port: i32,
    pub enabled: bool,
    pub draining: bool,
    pub server_type: String,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub max_users: i32,
    pub active_connections: i32,
    pub health: Option<String>,
    pub response_time_ms: Option<i32>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`ServerAtLocation`] that borrows from the row it was read from.
pub struct ServerAtLocationBorrowed<'a> {
    pub id: i32,
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub enabled: bool,
    pub draining: bool,
    pub server_type: &'a str,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub max_users: i32,
    pub active_connections: i32,
    pub health: Option<&'a str>,
    pub response_time_ms: Option<i32>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ServerAtLocationBorrowed<'a>> for ServerAtLocation {
    fn from(
        ServerAtLocationBorrowed {
            id,
            name,
            host,
            port,
            enabled,
            draining,
            server_type,
            last_sync,
            max_users,
            active_connections,
            health,
            response_time_ms,
            reported_at,
        }: ServerAtLocationBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            host: host.into(),
            port,
            enabled,
            draining,
            server_type: server_type.into(),
            last_sync,
            max_users,
            active_connections,
            health: health.map(|v| v.into()),
            response_time_ms,
            reported_at,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct LocationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<LocationBorrowed, barqnet_db_client::Error>,
    mapper: fn(LocationBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> LocationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(LocationBorrowed) -> R,
    ) -> LocationQuery<'c, 'a, 's, C, R, N> {
        LocationQuery {
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
pub struct LocationLoadQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<LocationLoadBorrowed, barqnet_db_client::Error>,
    mapper: fn(LocationLoadBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> LocationLoadQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(LocationLoadBorrowed) -> R,
    ) -> LocationLoadQuery<'c, 'a, 's, C, R, N> {
        LocationLoadQuery {
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
pub struct NearbyLocationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<NearbyLocationBorrowed, barqnet_db_client::Error>,
    mapper: fn(NearbyLocationBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> NearbyLocationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(NearbyLocationBorrowed) -> R,
    ) -> NearbyLocationQuery<'c, 'a, 's, C, R, N> {
        NearbyLocationQuery {
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
pub struct LocationStatisticsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<LocationStatisticsBorrowed, barqnet_db_client::Error>,
    mapper: fn(LocationStatisticsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> LocationStatisticsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(LocationStatisticsBorrowed) -> R,
    ) -> LocationStatisticsQuery<'c, 'a, 's, C, R, N> {
        LocationStatisticsQuery {
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
pub struct ServerAtLocationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerAtLocationBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerAtLocationBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerAtLocationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerAtLocationBorrowed) -> R,
    ) -> ServerAtLocationQuery<'c, 'a, 's, C, R, N> {
        ServerAtLocationQuery {
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
/// The statement [`list`](fn@list).
pub struct ListStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The enabled locations in display order.
/// Index: none, tens of rows. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt(
        "/* locations.list */ SELECT location_id, name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji::TEXT AS flag_emoji, COALESCE(display_order, 0) AS display_order, COALESCE(enabled, TRUE) AS enabled, created_at, updated_at FROM server_locations WHERE enabled IS NOT FALSE ORDER BY COALESCE(display_order, 0), location_id",
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
    ) -> LocationQuery<'c, 'a, 's, C, Location, 0> {
        LocationQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LocationBorrowed, barqnet_db_client::Error> {
                Ok(LocationBorrowed {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    region: row.try_get(4)?,
                    country_code: row.try_get(5)?,
                    latitude: row.try_get(6)?,
                    longitude: row.try_get(7)?,
                    timezone: row.try_get(8)?,
                    data_center: row.try_get(9)?,
                    flag_emoji: row.try_get(10)?,
                    display_order: row.try_get(11)?,
                    enabled: row.try_get(12)?,
                    created_at: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                })
            },
            mapper: |it| Location::from(it),
        }
    }
}
/// The statement [`list_all`](fn@list_all).
pub struct ListAllStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Every location, disabled ones included, in display order.
/// Index: none, tens of rows. Locks: nothing.
pub fn list_all() -> ListAllStmt {
    ListAllStmt(
        "/* locations.list_all */ SELECT location_id, name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji::TEXT AS flag_emoji, COALESCE(display_order, 0) AS display_order, COALESCE(enabled, TRUE) AS enabled, created_at, updated_at FROM server_locations ORDER BY COALESCE(display_order, 0), location_id",
        None,
    )
}
impl ListAllStmt {
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
    ) -> LocationQuery<'c, 'a, 's, C, Location, 0> {
        LocationQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LocationBorrowed, barqnet_db_client::Error> {
                Ok(LocationBorrowed {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    region: row.try_get(4)?,
                    country_code: row.try_get(5)?,
                    latitude: row.try_get(6)?,
                    longitude: row.try_get(7)?,
                    timezone: row.try_get(8)?,
                    data_center: row.try_get(9)?,
                    flag_emoji: row.try_get(10)?,
                    display_order: row.try_get(11)?,
                    enabled: row.try_get(12)?,
                    created_at: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                })
            },
            mapper: |it| Location::from(it),
        }
    }
}
/// The statement [`list_with_load`](fn@list_with_load).
pub struct ListWithLoadStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The enabled locations in display order, each with its enabled servers and their live connections, in one statement.
/// Index: none, tens of locations and hundreds of servers; server_status_pkey. Locks: nothing.
pub fn list_with_load() -> ListWithLoadStmt {
    ListWithLoadStmt(
        "/* locations.list_with_load */ SELECT l.location_id, l.name, l.country, l.city, l.region, l.country_code, l.latitude::DOUBLE PRECISION AS latitude, l.longitude::DOUBLE PRECISION AS longitude, l.timezone, l.flag_emoji::TEXT AS flag_emoji, COUNT(s.id) AS enabled_servers, COALESCE(SUM(st.live_connections), 0)::BIGINT AS active_connections FROM server_locations l LEFT JOIN servers s ON s.location_id = l.location_id AND s.enabled IS NOT FALSE LEFT JOIN server_status st ON st.server_id = s.name WHERE l.enabled IS NOT FALSE GROUP BY l.location_id ORDER BY COALESCE(l.display_order, 0), l.location_id",
        None,
    )
}
impl ListWithLoadStmt {
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
    ) -> LocationLoadQuery<'c, 'a, 's, C, LocationLoad, 0> {
        LocationLoadQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LocationLoadBorrowed, barqnet_db_client::Error> {
                Ok(LocationLoadBorrowed {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    region: row.try_get(4)?,
                    country_code: row.try_get(5)?,
                    latitude: row.try_get(6)?,
                    longitude: row.try_get(7)?,
                    timezone: row.try_get(8)?,
                    flag_emoji: row.try_get(9)?,
                    enabled_servers: row.try_get(10)?,
                    active_connections: row.try_get(11)?,
                })
            },
            mapper: |it| LocationLoad::from(it),
        }
    }
}
/// The statement [`by_id`](fn@by_id).
pub struct ByIdStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The location with this id, enabled or not. No row means that there is none.
/// Index: server_locations_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt(
        "/* locations.by_id */ SELECT location_id, name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji::TEXT AS flag_emoji, COALESCE(display_order, 0) AS display_order, COALESCE(enabled, TRUE) AS enabled, created_at, updated_at FROM server_locations WHERE location_id = $1",
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
        location_id: &'a i32,
    ) -> LocationQuery<'c, 'a, 's, C, Location, 1> {
        LocationQuery {
            client,
            params: [location_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LocationBorrowed, barqnet_db_client::Error> {
                Ok(LocationBorrowed {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    region: row.try_get(4)?,
                    country_code: row.try_get(5)?,
                    latitude: row.try_get(6)?,
                    longitude: row.try_get(7)?,
                    timezone: row.try_get(8)?,
                    data_center: row.try_get(9)?,
                    flag_emoji: row.try_get(10)?,
                    display_order: row.try_get(11)?,
                    enabled: row.try_get(12)?,
                    created_at: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                })
            },
            mapper: |it| Location::from(it),
        }
    }
}
/// The statement [`nearest`](fn@nearest).
pub struct NearestStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Up to `limit` enabled locations nearest to a point, nearest first, ties in display order. Locations of unknown
/// coordinates are left out: `location_id`, `name`, `country`, `city`, `country_code`, `latitude`, `longitude` and
/// `distance_km` are never NULL. A latitude outside -90 to 90 or a longitude outside -180 to 180 is an error (22003).
/// Index: idx_locations_point, if the extension cube is available and `limit` is at most 1,000; otherwise all distances are
/// computed. Locks: nothing.
pub fn nearest() -> NearestStmt {
    NearestStmt(
        "/* locations.nearest */ SELECT n.location_id, n.name, n.country, n.city, n.country_code, n.latitude, n.longitude, n.distance_km FROM GET_NEAREST_LOCATION($1::DOUBLE PRECISION, $2::DOUBLE PRECISION, $3::INTEGER) WITH ORDINALITY AS n (location_id, name, country, city, country_code, latitude, longitude, distance_km, rank) ORDER BY n.rank",
        None,
    )
}
impl NearestStmt {
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
        latitude: &'a f64,
        longitude: &'a f64,
        limit: &'a i32,
    ) -> NearbyLocationQuery<'c, 'a, 's, C, NearbyLocation, 3> {
        NearbyLocationQuery {
            client,
            params: [latitude, longitude, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<NearbyLocationBorrowed, barqnet_db_client::Error> {
                Ok(NearbyLocationBorrowed {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    country_code: row.try_get(4)?,
                    latitude: row.try_get(5)?,
                    longitude: row.try_get(6)?,
                    distance_km: row.try_get(7)?,
                })
            },
            mapper: |it| NearbyLocation::from(it),
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
    NearestParams,
    NearbyLocationQuery<'c, 'a, 's, C, NearbyLocation, 3>,
    C,
> for NearestStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a NearestParams,
    ) -> NearbyLocationQuery<'c, 'a, 's, C, NearbyLocation, 3> {
        self.bind(client, &params.latitude, &params.longitude, &params.limit)
    }
}
/// The statement [`upsert`](fn@upsert).
pub struct UpsertStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds the location of a city, or replaces all of its columns but `enabled`, and returns its id. A name that another city
/// has is a unique violation (`server_locations_name_key`).
/// Index: idx_locations_country_city. Locks: the row.
pub fn upsert() -> UpsertStmt {
    UpsertStmt(
        "/* locations.upsert */ INSERT INTO server_locations (country, city, name, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order) VALUES ($1, $2, $3, $4, $5::TEXT, $6::DOUBLE PRECISION, $7::DOUBLE PRECISION, $8, $9, $10::TEXT, $11) ON CONFLICT (country, city) DO UPDATE SET name = EXCLUDED.name, region = EXCLUDED.region, country_code = EXCLUDED.country_code, latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude, timezone = EXCLUDED.timezone, data_center = EXCLUDED.data_center, flag_emoji = EXCLUDED.flag_emoji, display_order = EXCLUDED.display_order, updated_at = CURRENT_TIMESTAMP RETURNING location_id",
        None,
    )
}
impl UpsertStmt {
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
        T7: barqnet_db_client::StringSql,
        T8: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        country: &'a T1,
        city: &'a T2,
        name: &'a T3,
        region: &'a Option<T4>,
        country_code: &'a T5,
        latitude: &'a f64,
        longitude: &'a f64,
        timezone: &'a Option<T6>,
        data_center: &'a Option<T7>,
        flag_emoji: &'a Option<T8>,
        display_order: &'a i32,
    ) -> I32Query<'c, 'a, 's, C, i32, 11> {
        I32Query {
            client,
            params: [
                country,
                city,
                name,
                region,
                country_code,
                latitude,
                longitude,
                timezone,
                data_center,
                flag_emoji,
                display_order,
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
    T7: barqnet_db_client::StringSql,
    T8: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    UpsertParams<T1, T2, T3, T4, T5, T6, T7, T8>,
    I32Query<'c, 'a, 's, C, i32, 11>,
    C,
> for UpsertStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UpsertParams<T1, T2, T3, T4, T5, T6, T7, T8>,
    ) -> I32Query<'c, 'a, 's, C, i32, 11> {
        self.bind(
            client,
            &params.country,
            &params.city,
            &params.name,
            &params.region,
            &params.country_code,
            &params.latitude,
            &params.longitude,
            &params.timezone,
            &params.data_center,
            &params.flag_emoji,
            &params.display_order,
        )
    }
}
/// The statement [`set_enabled`](fn@set_enabled).
pub struct SetEnabledStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Enables or disables a location. 0 rows means that there is no such location, or that nothing changed.
/// Index: server_locations_pkey. Locks: the row.
pub fn set_enabled() -> SetEnabledStmt {
    SetEnabledStmt(
        "/* locations.set_enabled */ UPDATE server_locations SET enabled = $1, updated_at = CURRENT_TIMESTAMP WHERE location_id = $2 AND enabled IS DISTINCT FROM $1",
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
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        enabled: &'a bool,
        location_id: &'a i32,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[enabled, location_id]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetEnabledParams,
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
        params: &'a SetEnabledParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.enabled, &params.location_id))
    }
}
/// The statement [`statistics`](fn@statistics).
pub struct StatisticsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Servers, assigned accounts, live connections and lifetime bytes of every location, in display order.
/// Index: none, it reads all accounts, all live connections and all of usage_by_server: not for a request path; see
/// `list_with_load`. Locks: nothing.
pub fn statistics() -> StatisticsStmt {
    StatisticsStmt(
        "/* locations.statistics */ SELECT v.location_id, v.name, v.country, v.city, v.country_code, COALESCE(v.enabled, TRUE) AS enabled, v.total_servers, v.enabled_servers, v.assigned_users, v.active_connections, v.total_bytes_in, v.total_bytes_out FROM v_location_statistics v JOIN server_locations l ON l.location_id = v.location_id ORDER BY COALESCE(l.display_order, 0), v.location_id",
        None,
    )
}
impl StatisticsStmt {
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
    ) -> LocationStatisticsQuery<'c, 'a, 's, C, LocationStatistics, 0> {
        LocationStatisticsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LocationStatisticsBorrowed, barqnet_db_client::Error> {
                Ok(LocationStatisticsBorrowed {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    country_code: row.try_get(4)?,
                    enabled: row.try_get(5)?,
                    total_servers: row.try_get(6)?,
                    enabled_servers: row.try_get(7)?,
                    assigned_users: row.try_get(8)?,
                    active_connections: row.try_get(9)?,
                    total_bytes_in: row.try_get(10)?,
                    total_bytes_out: row.try_get(11)?,
                })
            },
            mapper: |it| LocationStatistics::from(it),
        }
    }
}
/// The statement [`servers_at`](fn@servers_at).
pub struct ServersAtStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The servers at a location, by name, each with its live connections and its newest health report (NULL if it has sent
/// none).
/// Index: idx_servers_location_id, server_status_pkey. Locks: nothing.
pub fn servers_at() -> ServersAtStmt {
    ServersAtStmt(
        "/* locations.servers_at */ SELECT s.id, s.name, s.host, COALESCE(s.port, 8080) AS port, COALESCE(s.enabled, TRUE) AS enabled, s.draining, COALESCE(s.server_type, 'endnode') AS server_type, s.last_sync, s.max_users, COALESCE(st.live_connections, 0) AS active_connections, st.status AS health, st.response_time_ms, st.reported_at FROM servers s LEFT JOIN server_status st ON st.server_id = s.name WHERE s.location_id = $1 ORDER BY s.name",
        None,
    )
}
impl ServersAtStmt {
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
        location_id: &'a i32,
    ) -> ServerAtLocationQuery<'c, 'a, 's, C, ServerAtLocation, 1> {
        ServerAtLocationQuery {
            client,
            params: [location_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerAtLocationBorrowed, barqnet_db_client::Error> {
                Ok(ServerAtLocationBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    host: row.try_get(2)?,
                    port: row.try_get(3)?,
                    enabled: row.try_get(4)?,
                    draining: row.try_get(5)?,
                    server_type: row.try_get(6)?,
                    last_sync: row.try_get(7)?,
                    max_users: row.try_get(8)?,
                    active_connections: row.try_get(9)?,
                    health: row.try_get(10)?,
                    response_time_ms: row.try_get(11)?,
                    reported_at: row.try_get(12)?,
                })
            },
            mapper: |it| ServerAtLocation::from(it),
        }
    }
}
