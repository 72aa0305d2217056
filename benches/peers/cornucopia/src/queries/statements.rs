// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct ValidateParams<T1: crate::StringSql> {
    pub touch_after_seconds: f64,
    pub token_hash: T1,
    pub idle_seconds: f64,
}
#[derive(Debug)]
pub struct VerifyParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::BytesSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::ArraySql<Item = i32>,
    T6: crate::ArraySql<Item = f64>,
    T7: crate::StringSql,
    T8: crate::StringSql,
    T9: crate::StringSql,
> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_macs: T4,
    pub key_ids: T5,
    pub ip_address: Option<std::net::IpAddr>,
    pub max_tries_per_code: i32,
    pub lock_every: i32,
    pub lock_seconds: T6,
    pub max_failures: i32,
    pub budget: T7,
    pub budget_key: Option<T8>,
    pub budget_limit: i32,
    pub budget_window: f64,
    pub ticket_hash: T9,
    pub ticket_seconds: f64,
}
#[derive(Clone, Copy, Debug)]
pub struct PageParams {
    pub after_id: i64,
    pub limit: i64,
}
#[derive(Debug)]
pub struct OpenParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::StringSql,
    T4: crate::StringSql,
    T5: crate::StringSql,
    T6: crate::StringSql,
> {
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
#[derive(Debug)]
pub struct CloseParams<T1: crate::StringSql, T2: crate::StringSql> {
    pub server_id: T1,
    pub id: i64,
    pub reason: T2,
    pub epoch: Option<i64>,
    pub bytes_received: Option<i64>,
    pub bytes_sent: Option<i64>,
    pub max_bits_per_second: i64,
}
#[derive(Debug)]
pub struct HeartbeatParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = i64>,
    T3: crate::ArraySql<Item = i64>,
    T4: crate::ArraySql<Item = i64>,
    T5: crate::ArraySql<Item = i64>,
    T6: crate::ArraySql<Item = i64>,
> {
    pub server_id: T1,
    pub ids: T2,
    pub epochs: T3,
    pub sequences: T4,
    pub bytes_received: T5,
    pub bytes_sent: T6,
    pub max_bits_per_second: i64,
}
#[derive(Clone, Copy, Debug)]
pub struct NearestParams {
    pub latitude: f64,
    pub longitude: f64,
    pub limit: i32,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Validate {
    pub session_id: i64,
    pub user_id: i64,
    pub username: String,
    pub phone_number: Option<String>,
    pub server_id: String,
    pub role: String,
    pub device_id: Option<i64>,
    pub created_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub last_activity: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub expires_at: chrono::DateTime<chrono::FixedOffset>,
    pub touch_is_due: bool,
    pub token_presented: bool,
}
pub struct ValidateBorrowed<'a> {
    pub session_id: i64,
    pub user_id: i64,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub server_id: &'a str,
    pub role: &'a str,
    pub device_id: Option<i64>,
    pub created_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub last_activity: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub expires_at: chrono::DateTime<chrono::FixedOffset>,
    pub touch_is_due: bool,
    pub token_presented: bool,
}
impl<'a> From<ValidateBorrowed<'a>> for Validate {
    fn from(
        ValidateBorrowed {
            session_id,
            user_id,
            username,
            phone_number,
            server_id,
            role,
            device_id,
            created_at,
            last_activity,
            expires_at,
            touch_is_due,
            token_presented,
        }: ValidateBorrowed<'a>,
    ) -> Self {
        Self {
            session_id,
            user_id,
            username: username.into(),
            phone_number: phone_number.map(|v| v.into()),
            server_id: server_id.into(),
            role: role.into(),
            device_id,
            created_at,
            last_activity,
            expires_at,
            touch_is_due,
            token_presented,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    pub verified: bool,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<String>,
}
pub struct VerifyBorrowed<'a> {
    pub verified: bool,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<&'a str>,
}
impl<'a> From<VerifyBorrowed<'a>> for Verify {
    fn from(VerifyBorrowed { verified, retry_after_seconds, refused_by }: VerifyBorrowed<'a>) -> Self {
        Self { verified, retry_after_seconds, refused_by: refused_by.map(|v| v.into()) }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub id: i64,
    pub username: String,
    pub phone_number: Option<String>,
    pub created_via: String,
    pub server_id: String,
    pub created_by: String,
    pub role: String,
    pub active: bool,
    pub expires_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub protocol: String,
    pub port: i32,
    pub ovpn_path: Option<String>,
    pub checksum: Option<String>,
    pub synced: bool,
    pub sync_version: i64,
    pub created_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub last_access: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub last_login: Option<chrono::DateTime<chrono::FixedOffset>>,
}
pub struct PageBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub created_via: &'a str,
    pub server_id: &'a str,
    pub created_by: &'a str,
    pub role: &'a str,
    pub active: bool,
    pub expires_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub protocol: &'a str,
    pub port: i32,
    pub ovpn_path: Option<&'a str>,
    pub checksum: Option<&'a str>,
    pub synced: bool,
    pub sync_version: i64,
    pub created_at: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub last_access: Option<chrono::DateTime<chrono::FixedOffset>>,
    pub last_login: Option<chrono::DateTime<chrono::FixedOffset>>,
}
impl<'a> From<PageBorrowed<'a>> for Page {
    fn from(
        PageBorrowed {
            id,
            username,
            phone_number,
            created_via,
            server_id,
            created_by,
            role,
            active,
            expires_at,
            protocol,
            port,
            ovpn_path,
            checksum,
            synced,
            sync_version,
            created_at,
            last_access,
            last_login,
        }: PageBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            phone_number: phone_number.map(|v| v.into()),
            created_via: created_via.into(),
            server_id: server_id.into(),
            created_by: created_by.into(),
            role: role.into(),
            active,
            expires_at,
            protocol: protocol.into(),
            port,
            ovpn_path: ovpn_path.map(|v| v.into()),
            checksum: checksum.map(|v| v.into()),
            synced,
            sync_version,
            created_at,
            last_access,
            last_login,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    pub outcome: String,
    pub connection_id: Option<i64>,
    pub superseded_id: Option<i64>,
    pub ended_ids: Vec<i64>,
    pub ended_servers: Vec<String>,
    pub capacity: Option<i32>,
    pub max_of_user: Option<i64>,
}
pub struct OpenBorrowed<'a> {
    pub outcome: &'a str,
    pub connection_id: Option<i64>,
    pub superseded_id: Option<i64>,
    pub ended_ids: crate::ArrayIterator<'a, i64>,
    pub ended_servers: crate::ArrayIterator<'a, &'a str>,
    pub capacity: Option<i32>,
    pub max_of_user: Option<i64>,
}
impl<'a> From<OpenBorrowed<'a>> for Open {
    fn from(
        OpenBorrowed {
            outcome,
            connection_id,
            superseded_id,
            ended_ids,
            ended_servers,
            capacity,
            max_of_user,
        }: OpenBorrowed<'a>,
    ) -> Self {
        Self {
            outcome: outcome.into(),
            connection_id,
            superseded_id,
            ended_ids: ended_ids.map(|v| v).collect(),
            ended_servers: ended_servers.map(|v| v.into()).collect(),
            capacity,
            max_of_user,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Close {
    pub connection_id: i64,
    pub statistics_id: Option<i64>,
    pub username: String,
    pub server_id: String,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
pub struct CloseBorrowed<'a> {
    pub connection_id: i64,
    pub statistics_id: Option<i64>,
    pub username: &'a str,
    pub server_id: &'a str,
    pub virtual_ip: Option<std::net::IpAddr>,
    pub duration_seconds: i32,
    pub bytes_received: i64,
    pub bytes_sent: i64,
}
impl<'a> From<CloseBorrowed<'a>> for Close {
    fn from(
        CloseBorrowed {
            connection_id,
            statistics_id,
            username,
            server_id,
            virtual_ip,
            duration_seconds,
            bytes_received,
            bytes_sent,
        }: CloseBorrowed<'a>,
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
#[derive(Debug, Clone, PartialEq)]
pub struct Heartbeat {
    pub connection_id: i64,
    pub outcome: String,
    pub reason: Option<String>,
}
pub struct HeartbeatBorrowed<'a> {
    pub connection_id: i64,
    pub outcome: &'a str,
    pub reason: Option<&'a str>,
}
impl<'a> From<HeartbeatBorrowed<'a>> for Heartbeat {
    fn from(HeartbeatBorrowed { connection_id, outcome, reason }: HeartbeatBorrowed<'a>) -> Self {
        Self { connection_id, outcome: outcome.into(), reason: reason.map(|v| v.into()) }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub country_code: String,
    pub latitude: f64,
    pub longitude: f64,
    pub distance_km: f64,
}
pub struct NearestBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub country_code: &'a str,
    pub latitude: f64,
    pub longitude: f64,
    pub distance_km: f64,
}
impl<'a> From<NearestBorrowed<'a>> for Nearest {
    fn from(
        NearestBorrowed {
            location_id,
            name,
            country,
            city,
            country_code,
            latitude,
            longitude,
            distance_km,
        }: NearestBorrowed<'a>,
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
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct ValidateQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ValidateBorrowed, tokio_postgres::Error>,
    mapper: fn(ValidateBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ValidateQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(ValidateBorrowed) -> R) -> ValidateQuery<'c, 'a, 's, C, R, N> {
        ValidateQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct VerifyQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<VerifyBorrowed, tokio_postgres::Error>,
    mapper: fn(VerifyBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> VerifyQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(VerifyBorrowed) -> R) -> VerifyQuery<'c, 'a, 's, C, R, N> {
        VerifyQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct PageQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<PageBorrowed, tokio_postgres::Error>,
    mapper: fn(PageBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> PageQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(PageBorrowed) -> R) -> PageQuery<'c, 'a, 's, C, R, N> {
        PageQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct OpenQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<OpenBorrowed, tokio_postgres::Error>,
    mapper: fn(OpenBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OpenQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(OpenBorrowed) -> R) -> OpenQuery<'c, 'a, 's, C, R, N> {
        OpenQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct CloseQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<CloseBorrowed, tokio_postgres::Error>,
    mapper: fn(CloseBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CloseQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(CloseBorrowed) -> R) -> CloseQuery<'c, 'a, 's, C, R, N> {
        CloseQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct HeartbeatQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<HeartbeatBorrowed, tokio_postgres::Error>,
    mapper: fn(HeartbeatBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> HeartbeatQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(HeartbeatBorrowed) -> R) -> HeartbeatQuery<'c, 'a, 's, C, R, N> {
        HeartbeatQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct NearestQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<NearestBorrowed, tokio_postgres::Error>,
    mapper: fn(NearestBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> NearestQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(NearestBorrowed) -> R) -> NearestQuery<'c, 'a, 's, C, R, N> {
        NearestQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row = crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row = crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c, tokio_postgres::Error> {
        let stream =
            crate::client::async_::raw(self.client, self.query, crate::slice_iter(&self.params), self.cached).await?;
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
pub struct ValidateStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn validate() -> ValidateStmt {
    ValidateStmt(
        "SELECT s.id AS session_id, u.id AS user_id, u.username, u.phone_number, COALESCE(u.server_id, '') AS server_id, u.role, s.device_id, s.created_at, s.last_activity, s.expires_at, COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1) OR s.last_activity > CURRENT_TIMESTAMP, TRUE) AS touch_is_due, s.token_presented FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $2 AND session_is_live(s, u.sessions_valid_after, $3) AND account_is_usable(u.active, u.expires_at)",
        None,
    )
}
impl ValidateStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>(
        &'s self,
        client: &'c C,
        touch_after_seconds: &'a f64,
        token_hash: &'a T1,
        idle_seconds: &'a f64,
    ) -> ValidateQuery<'c, 'a, 's, C, Validate, 3> {
        ValidateQuery {
            client,
            params: [touch_after_seconds, token_hash, idle_seconds],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<ValidateBorrowed, tokio_postgres::Error> {
                Ok(ValidateBorrowed {
                    session_id: row.try_get(0)?,
                    user_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    phone_number: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    role: row.try_get(5)?,
                    device_id: row.try_get(6)?,
                    created_at: row.try_get(7)?,
                    last_activity: row.try_get(8)?,
                    expires_at: row.try_get(9)?,
                    touch_is_due: row.try_get(10)?,
                    token_presented: row.try_get(11)?,
                })
            },
            mapper: |it| Validate::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<'c, 'a, 's, ValidateParams<T1>, ValidateQuery<'c, 'a, 's, C, Validate, 3>, C>
    for ValidateStmt
{
    fn params(&'s self, client: &'c C, params: &'a ValidateParams<T1>) -> ValidateQuery<'c, 'a, 's, C, Validate, 3> {
        self.bind(client, &params.touch_after_seconds, &params.token_hash, &params.idle_seconds)
    }
}
pub struct VerifyStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn verify() -> VerifyStmt {
    VerifyStmt(
        "SELECT verified, retry_after_seconds, refused_by FROM otp_verify_code($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        None,
    )
}
impl VerifyStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::StringSql,
        T3: crate::BytesSql,
        T4: crate::ArraySql<Item = T3>,
        T5: crate::ArraySql<Item = i32>,
        T6: crate::ArraySql<Item = f64>,
        T7: crate::StringSql,
        T8: crate::StringSql,
        T9: crate::StringSql,
    >(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        purpose: &'a T2,
        code_macs: &'a T4,
        key_ids: &'a T5,
        ip_address: &'a Option<std::net::IpAddr>,
        max_tries_per_code: &'a i32,
        lock_every: &'a i32,
        lock_seconds: &'a T6,
        max_failures: &'a i32,
        budget: &'a T7,
        budget_key: &'a Option<T8>,
        budget_limit: &'a i32,
        budget_window: &'a f64,
        ticket_hash: &'a T9,
        ticket_seconds: &'a f64,
    ) -> VerifyQuery<'c, 'a, 's, C, Verify, 15> {
        VerifyQuery {
            client,
            params: [
                phone_number,
                purpose,
                code_macs,
                key_ids,
                ip_address,
                max_tries_per_code,
                lock_every,
                lock_seconds,
                max_failures,
                budget,
                budget_key,
                budget_limit,
                budget_window,
                ticket_hash,
                ticket_seconds,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<VerifyBorrowed, tokio_postgres::Error> {
                Ok(VerifyBorrowed {
                    verified: row.try_get(0)?,
                    retry_after_seconds: row.try_get(1)?,
                    refused_by: row.try_get(2)?,
                })
            },
            mapper: |it| Verify::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::BytesSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::ArraySql<Item = i32>,
    T6: crate::ArraySql<Item = f64>,
    T7: crate::StringSql,
    T8: crate::StringSql,
    T9: crate::StringSql,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
        VerifyQuery<'c, 'a, 's, C, Verify, 15>,
        C,
    > for VerifyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    ) -> VerifyQuery<'c, 'a, 's, C, Verify, 15> {
        self.bind(
            client,
            &params.phone_number,
            &params.purpose,
            &params.code_macs,
            &params.key_ids,
            &params.ip_address,
            &params.max_tries_per_code,
            &params.lock_every,
            &params.lock_seconds,
            &params.max_failures,
            &params.budget,
            &params.budget_key,
            &params.budget_limit,
            &params.budget_window,
            &params.ticket_hash,
            &params.ticket_seconds,
        )
    }
}
pub struct PageStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn page() -> PageStmt {
    PageStmt(
        "SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '')      AS server_id, created_by, role, COALESCE(active, TRUE)       AS active, expires_at, COALESCE(protocol, 'udp')    AS protocol, COALESCE(port, 1194)         AS port, ovpn_path, checksum, COALESCE(synced, FALSE)      AS synced, sync_version, created_at, last_access, last_login FROM users WHERE id > $1 ORDER BY id LIMIT $2::BIGINT",
        None,
    )
}
impl PageStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        after_id: &'a i64,
        limit: &'a i64,
    ) -> PageQuery<'c, 'a, 's, C, Page, 2> {
        PageQuery {
            client,
            params: [after_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<PageBorrowed, tokio_postgres::Error> {
                Ok(PageBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| Page::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient>
    crate::client::async_::Params<'c, 'a, 's, PageParams, PageQuery<'c, 'a, 's, C, Page, 2>, C> for PageStmt
{
    fn params(&'s self, client: &'c C, params: &'a PageParams) -> PageQuery<'c, 'a, 's, C, Page, 2> {
        self.bind(client, &params.after_id, &params.limit)
    }
}
pub struct OpenStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn open() -> OpenStmt {
    OpenStmt(
        "SELECT o.outcome, o.connection_id, o.superseded_id, o.ended_ids, o.ended_servers, o.capacity, o.max_of_user FROM connection_open( $1::TEXT, $2::TEXT, $3::BIGINT, $4::INET, $5::INET, $6::TEXT, $7::BIGINT, $8::INET, $9::INET, $10::TEXT, $11::TEXT, $12::TEXT, $13::BIGINT, $14::BOOLEAN, $15::DOUBLE PRECISION, $16::BOOLEAN ) o",
        None,
    )
}
impl OpenStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::StringSql,
        T3: crate::StringSql,
        T4: crate::StringSql,
        T5: crate::StringSql,
        T6: crate::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        username: &'a T2,
        device_id: &'a Option<i64>,
        virtual_ip: &'a Option<std::net::IpAddr>,
        virtual_ip6: &'a Option<std::net::IpAddr>,
        daemon: &'a Option<T3>,
        epoch: &'a Option<i64>,
        client_ip: &'a Option<std::net::IpAddr>,
        public_ip: &'a Option<std::net::IpAddr>,
        device_name: &'a Option<T4>,
        device_type: &'a Option<T5>,
        app_version: &'a Option<T6>,
        max_connections: &'a Option<i64>,
        ends_oldest: &'a bool,
        silent_seconds: &'a f64,
        accepts_unknown: &'a bool,
    ) -> OpenQuery<'c, 'a, 's, C, Open, 16> {
        OpenQuery {
            client,
            params: [
                server_id,
                username,
                device_id,
                virtual_ip,
                virtual_ip6,
                daemon,
                epoch,
                client_ip,
                public_ip,
                device_name,
                device_type,
                app_version,
                max_connections,
                ends_oldest,
                silent_seconds,
                accepts_unknown,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<OpenBorrowed, tokio_postgres::Error> {
                Ok(OpenBorrowed {
                    outcome: row.try_get(0)?,
                    connection_id: row.try_get(1)?,
                    superseded_id: row.try_get(2)?,
                    ended_ids: row.try_get(3)?,
                    ended_servers: row.try_get(4)?,
                    capacity: row.try_get(5)?,
                    max_of_user: row.try_get(6)?,
                })
            },
            mapper: |it| Open::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::StringSql,
    T4: crate::StringSql,
    T5: crate::StringSql,
    T6: crate::StringSql,
> crate::client::async_::Params<'c, 'a, 's, OpenParams<T1, T2, T3, T4, T5, T6>, OpenQuery<'c, 'a, 's, C, Open, 16>, C>
    for OpenStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a OpenParams<T1, T2, T3, T4, T5, T6>,
    ) -> OpenQuery<'c, 'a, 's, C, Open, 16> {
        self.bind(
            client,
            &params.server_id,
            &params.username,
            &params.device_id,
            &params.virtual_ip,
            &params.virtual_ip6,
            &params.daemon,
            &params.epoch,
            &params.client_ip,
            &params.public_ip,
            &params.device_name,
            &params.device_type,
            &params.app_version,
            &params.max_connections,
            &params.ends_oldest,
            &params.silent_seconds,
            &params.accepts_unknown,
        )
    }
}
pub struct CloseStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn close() -> CloseStmt {
    CloseStmt(
        "SELECT e.connection_id, e.statistics_id, e.username, $1::TEXT AS server_id, e.virtual_ip, e.duration_seconds, e.total_received AS bytes_received, e.total_sent     AS bytes_sent FROM connection_end( $1::TEXT, ARRAY[$2::BIGINT], 'disconnected', $3::TEXT, FALSE, $4::BIGINT, $5::BIGINT, $6::BIGINT, $7::BIGINT ) e",
        None,
    )
}
impl CloseStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql>(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        id: &'a i64,
        reason: &'a T2,
        epoch: &'a Option<i64>,
        bytes_received: &'a Option<i64>,
        bytes_sent: &'a Option<i64>,
        max_bits_per_second: &'a i64,
    ) -> CloseQuery<'c, 'a, 's, C, Close, 7> {
        CloseQuery {
            client,
            params: [server_id, id, reason, epoch, bytes_received, bytes_sent, max_bits_per_second],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<CloseBorrowed, tokio_postgres::Error> {
                Ok(CloseBorrowed {
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
            mapper: |it| Close::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql>
    crate::client::async_::Params<'c, 'a, 's, CloseParams<T1, T2>, CloseQuery<'c, 'a, 's, C, Close, 7>, C>
    for CloseStmt
{
    fn params(&'s self, client: &'c C, params: &'a CloseParams<T1, T2>) -> CloseQuery<'c, 'a, 's, C, Close, 7> {
        self.bind(
            client,
            &params.server_id,
            &params.id,
            &params.reason,
            &params.epoch,
            &params.bytes_received,
            &params.bytes_sent,
            &params.max_bits_per_second,
        )
    }
}
pub struct HeartbeatStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn heartbeat() -> HeartbeatStmt {
    HeartbeatStmt(
        "SELECT h.connection_id, h.outcome, h.reason FROM connection_heartbeat( $1::TEXT, $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[], $7::BIGINT ) h",
        None,
    )
}
impl HeartbeatStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::ArraySql<Item = i64>,
        T3: crate::ArraySql<Item = i64>,
        T4: crate::ArraySql<Item = i64>,
        T5: crate::ArraySql<Item = i64>,
        T6: crate::ArraySql<Item = i64>,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        ids: &'a T2,
        epochs: &'a T3,
        sequences: &'a T4,
        bytes_received: &'a T5,
        bytes_sent: &'a T6,
        max_bits_per_second: &'a i64,
    ) -> HeartbeatQuery<'c, 'a, 's, C, Heartbeat, 7> {
        HeartbeatQuery {
            client,
            params: [server_id, ids, epochs, sequences, bytes_received, bytes_sent, max_bits_per_second],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<HeartbeatBorrowed, tokio_postgres::Error> {
                Ok(HeartbeatBorrowed {
                    connection_id: row.try_get(0)?,
                    outcome: row.try_get(1)?,
                    reason: row.try_get(2)?,
                })
            },
            mapper: |it| Heartbeat::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = i64>,
    T3: crate::ArraySql<Item = i64>,
    T4: crate::ArraySql<Item = i64>,
    T5: crate::ArraySql<Item = i64>,
    T6: crate::ArraySql<Item = i64>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        HeartbeatParams<T1, T2, T3, T4, T5, T6>,
        HeartbeatQuery<'c, 'a, 's, C, Heartbeat, 7>,
        C,
    > for HeartbeatStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a HeartbeatParams<T1, T2, T3, T4, T5, T6>,
    ) -> HeartbeatQuery<'c, 'a, 's, C, Heartbeat, 7> {
        self.bind(
            client,
            &params.server_id,
            &params.ids,
            &params.epochs,
            &params.sequences,
            &params.bytes_received,
            &params.bytes_sent,
            &params.max_bits_per_second,
        )
    }
}
pub struct NearestStmt(&'static str, Option<tokio_postgres::Statement>);
pub fn nearest() -> NearestStmt {
    NearestStmt(
        "SELECT n.location_id, n.name, n.country, n.city, n.country_code, n.latitude, n.longitude, n.distance_km FROM GET_NEAREST_LOCATION($1::DOUBLE PRECISION, $2::DOUBLE PRECISION, $3::INTEGER) WITH ORDINALITY AS n (location_id, name, country, city, country_code, latitude, longitude, distance_km, rank) ORDER BY n.rank",
        None,
    )
}
impl NearestStmt {
    pub async fn prepare<'a, C: GenericClient>(mut self, client: &'a C) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        latitude: &'a f64,
        longitude: &'a f64,
        limit: &'a i32,
    ) -> NearestQuery<'c, 'a, 's, C, Nearest, 3> {
        NearestQuery {
            client,
            params: [latitude, longitude, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<NearestBorrowed, tokio_postgres::Error> {
                Ok(NearestBorrowed {
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
            mapper: |it| Nearest::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient>
    crate::client::async_::Params<'c, 'a, 's, NearestParams, NearestQuery<'c, 'a, 's, C, Nearest, 3>, C>
    for NearestStmt
{
    fn params(&'s self, client: &'c C, params: &'a NearestParams) -> NearestQuery<'c, 'a, 's, C, Nearest, 3> {
        self.bind(client, &params.latitude, &params.longitude, &params.limit)
    }
}
