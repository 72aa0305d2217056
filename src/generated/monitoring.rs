// Written by the build step from queries/monitoring.sql. Edit that file: `cargo build` brings this one up to date.

//! Monitoring: availability, schema version, activity and size.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// A row of [`ping`](fn@ping).
#[derive(Debug, Clone, PartialEq)]
pub struct Ping {
    pub server_time: chrono::DateTime<chrono::Utc>,
    pub version: String,
    pub version_number: i32,
}
/// A [`Ping`] that borrows from the row it was read from.
pub struct PingBorrowed<'a> {
    pub server_time: chrono::DateTime<chrono::Utc>,
    pub version: &'a str,
    pub version_number: i32,
}
impl<'a> From<PingBorrowed<'a>> for Ping {
    fn from(
        PingBorrowed { server_time, version, version_number }: PingBorrowed<'a>,
    ) -> Self {
        Self {
            server_time,
            version: version.into(),
            version_number,
        }
    }
}
/// A row of [`migration_status`](fn@migration_status).
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    pub version: i32,
    pub name: Option<String>,
    pub applied_on: Option<String>,
    pub checksum: Option<String>,
}
/// A [`Migration`] that borrows from the row it was read from.
pub struct MigrationBorrowed<'a> {
    pub version: i32,
    pub name: Option<&'a str>,
    pub applied_on: Option<&'a str>,
    pub checksum: Option<&'a str>,
}
impl<'a> From<MigrationBorrowed<'a>> for Migration {
    fn from(
        MigrationBorrowed { version, name, applied_on, checksum }: MigrationBorrowed<'a>,
    ) -> Self {
        Self {
            version,
            name: name.map(|v| v.into()),
            applied_on: applied_on.map(|v| v.into()),
            checksum: checksum.map(|v| v.into()),
        }
    }
}
/// A row of [`otp_attempts_last_hour`](fn@otp_attempts_last_hour).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct OtpAttempts {
    pub attempts: i64,
    pub sent: i64,
    pub sent_verified: i64,
    pub tries: i64,
    pub verify_attempts: i64,
    pub verify_successes: i64,
}
/// A row of [`top_users_by_bandwidth`](fn@top_users_by_bandwidth).
#[derive(Debug, Clone, PartialEq)]
pub struct TopUserBandwidth {
    pub username: String,
    pub gib_total: f64,
}
/// A [`TopUserBandwidth`] that borrows from the row it was read from.
pub struct TopUserBandwidthBorrowed<'a> {
    pub username: &'a str,
    pub gib_total: f64,
}
impl<'a> From<TopUserBandwidthBorrowed<'a>> for TopUserBandwidth {
    fn from(
        TopUserBandwidthBorrowed { username, gib_total }: TopUserBandwidthBorrowed<'a>,
    ) -> Self {
        Self {
            username: username.into(),
            gib_total,
        }
    }
}
/// A row of [`table_sizes`](fn@table_sizes).
#[derive(Debug, Clone, PartialEq)]
pub struct TableSize {
    pub table_name: String,
    pub estimated_rows: i64,
    pub dead_rows: i64,
    pub table_bytes: Option<i64>,
    pub index_bytes: Option<i64>,
    pub total_bytes: Option<i64>,
    pub last_vacuum: Option<chrono::DateTime<chrono::Utc>>,
    pub last_analyze: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`TableSize`] that borrows from the row it was read from.
pub struct TableSizeBorrowed<'a> {
    pub table_name: &'a str,
    pub estimated_rows: i64,
    pub dead_rows: i64,
    pub table_bytes: Option<i64>,
    pub index_bytes: Option<i64>,
    pub total_bytes: Option<i64>,
    pub last_vacuum: Option<chrono::DateTime<chrono::Utc>>,
    pub last_analyze: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<TableSizeBorrowed<'a>> for TableSize {
    fn from(
        TableSizeBorrowed {
            table_name,
            estimated_rows,
            dead_rows,
            table_bytes,
            index_bytes,
            total_bytes,
            last_vacuum,
            last_analyze,
        }: TableSizeBorrowed<'a>,
    ) -> Self {
        Self {
            table_name: table_name.into(),
            estimated_rows,
            dead_rows,
            table_bytes,
            index_bytes,
            total_bytes,
            last_vacuum,
            last_analyze,
        }
    }
}
/// A row of [`longest_transactions`](fn@longest_transactions).
#[derive(Debug, Clone, PartialEq)]
pub struct LongTransaction {
    pub pid: i32,
    pub seconds: i64,
    pub application_name: Option<String>,
    pub state: Option<String>,
    pub wait_event_type: Option<String>,
}
/// A [`LongTransaction`] that borrows from the row it was read from.
pub struct LongTransactionBorrowed<'a> {
    pub pid: i32,
    pub seconds: i64,
    pub application_name: Option<&'a str>,
    pub state: Option<&'a str>,
    pub wait_event_type: Option<&'a str>,
}
impl<'a> From<LongTransactionBorrowed<'a>> for LongTransaction {
    fn from(
        LongTransactionBorrowed {
            pid,
            seconds,
            application_name,
            state,
            wait_event_type,
        }: LongTransactionBorrowed<'a>,
    ) -> Self {
        Self {
            pid,
            seconds,
            application_name: application_name.map(|v| v.into()),
            state: state.map(|v| v.into()),
            wait_event_type: wait_event_type.map(|v| v.into()),
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct PingQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<PingBorrowed, barqnet_db_client::Error>,
    mapper: fn(PingBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> PingQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(PingBorrowed) -> R,
    ) -> PingQuery<'c, 'a, 's, C, R, N> {
        PingQuery {
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
pub struct MigrationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<MigrationBorrowed, barqnet_db_client::Error>,
    mapper: fn(MigrationBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> MigrationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(MigrationBorrowed) -> R,
    ) -> MigrationQuery<'c, 'a, 's, C, R, N> {
        MigrationQuery {
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
pub struct OtpAttemptsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<OtpAttempts, barqnet_db_client::Error>,
    mapper: fn(OtpAttempts) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OtpAttemptsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(OtpAttempts) -> R,
    ) -> OtpAttemptsQuery<'c, 'a, 's, C, R, N> {
        OtpAttemptsQuery {
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
pub struct F64Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<f64, barqnet_db_client::Error>,
    mapper: fn(f64) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> F64Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(f64) -> R) -> F64Query<'c, 'a, 's, C, R, N> {
        F64Query {
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
pub struct TopUserBandwidthQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<TopUserBandwidthBorrowed, barqnet_db_client::Error>,
    mapper: fn(TopUserBandwidthBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TopUserBandwidthQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(TopUserBandwidthBorrowed) -> R,
    ) -> TopUserBandwidthQuery<'c, 'a, 's, C, R, N> {
        TopUserBandwidthQuery {
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
pub struct Optioni64Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<Option<i64>, barqnet_db_client::Error>,
    mapper: fn(Option<i64>) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> Optioni64Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Option<i64>) -> R,
    ) -> Optioni64Query<'c, 'a, 's, C, R, N> {
        Optioni64Query {
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
pub struct TableSizeQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<TableSizeBorrowed, barqnet_db_client::Error>,
    mapper: fn(TableSizeBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TableSizeQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(TableSizeBorrowed) -> R,
    ) -> TableSizeQuery<'c, 'a, 's, C, R, N> {
        TableSizeQuery {
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
pub struct LongTransactionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<LongTransactionBorrowed, barqnet_db_client::Error>,
    mapper: fn(LongTransactionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> LongTransactionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(LongTransactionBorrowed) -> R,
    ) -> LongTransactionQuery<'c, 'a, 's, C, R, N> {
        LongTransactionQuery {
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
/// The statement [`ping`](fn@ping).
pub struct PingStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The clock and the version of the server (150004 means 15.4). The duration of the call is the latency.
/// Index: none. Locks: nothing.
pub fn ping() -> PingStmt {
    PingStmt(
        "/* monitoring.ping */ SELECT CLOCK_TIMESTAMP() AS server_time, VERSION() AS version, CURRENT_SETTING('server_version_num')::INTEGER AS version_number",
        None,
    )
}
impl PingStmt {
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
    ) -> PingQuery<'c, 'a, 's, C, Ping, 0> {
        PingQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<PingBorrowed, barqnet_db_client::Error> {
                Ok(PingBorrowed {
                    server_time: row.try_get(0)?,
                    version: row.try_get(1)?,
                    version_number: row.try_get(2)?,
                })
            },
            mapper: |it| Ping::from(it),
        }
    }
}
/// The statement [`migration_status`](fn@migration_status).
pub struct MigrationStatusStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The migrations applied to this database, in order.
/// Index: none, tens of rows. Locks: nothing.
pub fn migration_status() -> MigrationStatusStmt {
    MigrationStatusStmt(
        "/* monitoring.migration_status */ SELECT version, name, applied_on, checksum FROM schema_migrations ORDER BY version",
        None,
    )
}
impl MigrationStatusStmt {
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
    ) -> MigrationQuery<'c, 'a, 's, C, Migration, 0> {
        MigrationQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<MigrationBorrowed, barqnet_db_client::Error> {
                Ok(MigrationBorrowed {
                    version: row.try_get(0)?,
                    name: row.try_get(1)?,
                    applied_on: row.try_get(2)?,
                    checksum: row.try_get(3)?,
                })
            },
            mapper: |it| Migration::from(it),
        }
    }
}
/// The statement [`count_active_sessions`](fn@count_active_sessions).
pub struct CountActiveSessionsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of sessions that are neither revoked nor expired. Sessions that are idle, or ended by a sign-out
/// everywhere that did not revoke them one by one, are included.
/// Index: idx_sessions_expires_at; one row per session: not for a request path. Locks: nothing.
pub fn count_active_sessions() -> CountActiveSessionsStmt {
    CountActiveSessionsStmt(
        "/* monitoring.count_active_sessions */ SELECT COUNT(*) AS active FROM user_sessions WHERE revoked = FALSE AND expires_at > CURRENT_TIMESTAMP",
        None,
    )
}
impl CountActiveSessionsStmt {
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
/// The statement [`count_active_connections`](fn@count_active_connections).
pub struct CountActiveConnectionsStmt(
    &'static str,
    Option<barqnet_db_client::Statement>,
);
/// The number of live VPN connections.
/// Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
pub fn count_active_connections() -> CountActiveConnectionsStmt {
    CountActiveConnectionsStmt(
        "/* monitoring.count_active_connections */ SELECT COUNT(*) AS active FROM vpn_connections WHERE status IN ('connecting', 'connected')",
        None,
    )
}
impl CountActiveConnectionsStmt {
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
/// The statement [`otp_attempts_last_hour`](fn@otp_attempts_last_hour).
pub struct OtpAttemptsLastHourStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One-time passwords of the last hour: all rows, codes sent, codes used by a correct answer, tries at those codes, and
/// the recorded attempts with the number of correct ones; always one row. Refused requests are not stored: they could
/// fill the table.
/// Index: idx_otp_created_at. Locks: nothing.
pub fn otp_attempts_last_hour() -> OtpAttemptsLastHourStmt {
    OtpAttemptsLastHourStmt(
        "/* monitoring.otp_attempts_last_hour */ SELECT COUNT(*) AS attempts, COUNT(*) FILTER (WHERE attempt_type = 'send') AS sent, COUNT(*) FILTER (WHERE attempt_type = 'send' AND verified) AS sent_verified, COALESCE(SUM(attempt_count) FILTER (WHERE attempt_type = 'send'), 0)::BIGINT AS tries, COUNT(*) FILTER (WHERE attempt_type = 'verify') AS verify_attempts, COUNT(*) FILTER (WHERE attempt_type = 'verify' AND verified) AS verify_successes FROM otp_attempts WHERE created_at > CURRENT_TIMESTAMP - MAKE_INTERVAL(hours => 1)",
        None,
    )
}
impl OtpAttemptsLastHourStmt {
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
    ) -> OtpAttemptsQuery<'c, 'a, 's, C, OtpAttempts, 0> {
        OtpAttemptsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<OtpAttempts, barqnet_db_client::Error> {
                Ok(OtpAttempts {
                    attempts: row.try_get(0)?,
                    sent: row.try_get(1)?,
                    sent_verified: row.try_get(2)?,
                    tries: row.try_get(3)?,
                    verify_attempts: row.try_get(4)?,
                    verify_successes: row.try_get(5)?,
                })
            },
            mapper: |it| OtpAttempts::from(it),
        }
    }
}
/// The statement [`bandwidth_today`](fn@bandwidth_today).
pub struct BandwidthTodayStmt(&'static str, Option<barqnet_db_client::Statement>);
/// GiB in both directions that nodes measured since the beginning of the UTC day, live connections included; always one
/// row.
/// Index: idx_usage_by_server_hour, idx_vpn_connections_active (all live rows). Locks: nothing.
pub fn bandwidth_today() -> BandwidthTodayStmt {
    BandwidthTodayStmt(
        "/* monitoring.bandwidth_today */ SELECT (COALESCE(SUM(h.bytes), 0) / 1073741824.0)::DOUBLE PRECISION AS gib_today FROM ( SELECT bytes_in + bytes_out AS bytes FROM usage_by_server WHERE hour >= DATE_TRUNC('day', CURRENT_TIMESTAMP, 'UTC') UNION ALL SELECT COALESCE(bytes_received, 0) - rolled_up_received + COALESCE(bytes_sent, 0) - rolled_up_sent FROM vpn_connections WHERE status IN ('connecting', 'connected') AND COALESCE(usage_hour, connected_at) >= DATE_TRUNC('day', CURRENT_TIMESTAMP, 'UTC') ) h",
        None,
    )
}
impl BandwidthTodayStmt {
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
    ) -> F64Query<'c, 'a, 's, C, f64, 0> {
        F64Query {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`top_users_by_bandwidth`](fn@top_users_by_bandwidth).
pub struct TopUsersByBandwidthStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The `limit` users with most bytes in both directions over all time, in GiB.
/// Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
pub fn top_users_by_bandwidth() -> TopUsersByBandwidthStmt {
    TopUsersByBandwidthStmt(
        "/* monitoring.top_users_by_bandwidth */ SELECT t.username, (SUM(t.bytes) / 1073741824.0)::DOUBLE PRECISION AS gib_total FROM ( SELECT username, bytes_in + bytes_out AS bytes FROM usage_totals UNION ALL SELECT username, COALESCE(bytes_received, 0) - rolled_up_received + COALESCE(bytes_sent, 0) - rolled_up_sent FROM vpn_connections WHERE status IN ('connecting', 'connected') ) t GROUP BY t.username ORDER BY gib_total DESC, t.username LIMIT $1::BIGINT",
        None,
    )
}
impl TopUsersByBandwidthStmt {
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
    ) -> TopUserBandwidthQuery<'c, 'a, 's, C, TopUserBandwidth, 1> {
        TopUserBandwidthQuery {
            client,
            params: [limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<TopUserBandwidthBorrowed, barqnet_db_client::Error> {
                Ok(TopUserBandwidthBorrowed {
                    username: row.try_get(0)?,
                    gib_total: row.try_get(1)?,
                })
            },
            mapper: |it| TopUserBandwidth::from(it),
        }
    }
}
/// The statement [`database_size`](fn@database_size).
pub struct DatabaseSizeStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The size of this database on disk, in bytes. `bytes` is never NULL: the database of this connection exists.
/// Index: none. Locks: nothing.
pub fn database_size() -> DatabaseSizeStmt {
    DatabaseSizeStmt(
        "/* monitoring.database_size */ SELECT PG_DATABASE_SIZE(CURRENT_DATABASE()) AS bytes",
        None,
    )
}
impl DatabaseSizeStmt {
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
    ) -> Optioni64Query<'c, 'a, 's, C, Option<i64>, 0> {
        Optioni64Query {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`table_sizes`](fn@table_sizes).
pub struct TableSizesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The tables of the schema, largest first: estimated live and dead rows, bytes of the table with its TOAST, of its
/// indexes and of both (0 if it is dropped at this moment), and the time of the last vacuum and analyze, manual or
/// automatic.
/// Index: none. Locks: ACCESS SHARE on each table.
pub fn table_sizes() -> TableSizesStmt {
    TableSizesStmt(
        "/* monitoring.table_sizes */ SELECT c.relname::TEXT AS table_name, GREATEST(c.reltuples, 0)::BIGINT AS estimated_rows, COALESCE(t.n_dead_tup, 0) AS dead_rows, COALESCE(PG_TABLE_SIZE(c.oid), 0) AS table_bytes, COALESCE(PG_INDEXES_SIZE(c.oid), 0) AS index_bytes, COALESCE(PG_TOTAL_RELATION_SIZE(c.oid), 0) AS total_bytes, GREATEST(t.last_vacuum, t.last_autovacuum) AS last_vacuum, GREATEST(t.last_analyze, t.last_autoanalyze) AS last_analyze FROM pg_class c LEFT JOIN pg_stat_user_tables t ON t.relid = c.oid WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relkind IN ('r', 'p') ORDER BY total_bytes DESC, table_name",
        None,
    )
}
impl TableSizesStmt {
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
    ) -> TableSizeQuery<'c, 'a, 's, C, TableSize, 0> {
        TableSizeQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<TableSizeBorrowed, barqnet_db_client::Error> {
                Ok(TableSizeBorrowed {
                    table_name: row.try_get(0)?,
                    estimated_rows: row.try_get(1)?,
                    dead_rows: row.try_get(2)?,
                    table_bytes: row.try_get(3)?,
                    index_bytes: row.try_get(4)?,
                    total_bytes: row.try_get(5)?,
                    last_vacuum: row.try_get(6)?,
                    last_analyze: row.try_get(7)?,
                })
            },
            mapper: |it| TableSize::from(it),
        }
    }
}
/// The statement [`longest_transactions`](fn@longest_transactions).
pub struct LongestTransactionsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Up to `limit` open transactions of this database other than the caller's, longest first, in seconds; a long one
/// prevents vacuum from removing rows. Their SQL is not shown: it can contain secrets.
/// Index: none. Locks: nothing.
pub fn longest_transactions() -> LongestTransactionsStmt {
    LongestTransactionsStmt(
        "/* monitoring.longest_transactions */ SELECT pid, FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - xact_start))::BIGINT AS seconds, application_name, state, wait_event_type FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND xact_start IS NOT NULL AND pid <> PG_BACKEND_PID() ORDER BY xact_start, pid LIMIT $1::BIGINT",
        None,
    )
}
impl LongestTransactionsStmt {
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
    ) -> LongTransactionQuery<'c, 'a, 's, C, LongTransaction, 1> {
        LongTransactionQuery {
            client,
            params: [limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LongTransactionBorrowed, barqnet_db_client::Error> {
                Ok(LongTransactionBorrowed {
                    pid: row.try_get(0)?,
                    seconds: row.try_get(1)?,
                    application_name: row.try_get(2)?,
                    state: row.try_get(3)?,
                    wait_event_type: row.try_get(4)?,
                })
            },
            mapper: |it| LongTransaction::from(it),
        }
    }
}
