// Written by the build step from queries/branches.sql. Edit that file: `cargo build` brings this one up to date.

//! Branches, their devices, and promotions.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`add_branch`](fn@add_branch).
#[derive(Debug)]
pub struct AddBranchParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<
            Item = barqnet_db_client::types::Range<chrono::NaiveDate>,
        >,
> {
    pub id: i16,
    pub name: T1,
    pub network: barqnet_db_client::types::cidr::IpCidr,
    pub position: barqnet_db_client::types::Point,
    pub size_class: i8,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
    pub holidays: T2,
}
/// The parameters of [`add_device`](fn@add_device).
#[derive(Clone, Debug)]
pub struct AddDeviceParams<T1: barqnet_db_client::JsonSql> {
    pub mac: barqnet_db_client::types::MacAddress,
    pub long_mac: barqnet_db_client::types::MacAddress8,
    pub branch_id: i16,
    pub address: barqnet_db_client::types::cidr::IpInet,
    pub abilities: barqnet_db_client::types::Bits,
    pub switched: barqnet_db_client::types::Bits,
    pub clock: chrono::NaiveDateTime,
    pub drift: f64,
    pub firmware_oid: Option<u32>,
    pub settings: Option<T1>,
}
/// The parameters of [`add_promotion`](fn@add_promotion).
#[derive(Debug)]
pub struct AddPromotionParams<T1: barqnet_db_client::StringSql> {
    pub name: T1,
    pub during: barqnet_db_client::types::Range<chrono::DateTime<chrono::Utc>>,
    pub prices: barqnet_db_client::types::Range<
        barqnet_db_client::types::rust_decimal::Decimal,
    >,
    pub discount: barqnet_db_client::types::rust_decimal::Decimal,
}
/// A row of [`branch`](fn@branch).
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    pub id: i16,
    pub name: String,
    pub network: barqnet_db_client::types::cidr::IpCidr,
    pub position: barqnet_db_client::types::Point,
    pub size_class: i8,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
    pub holidays: Vec<barqnet_db_client::types::Range<chrono::NaiveDate>>,
}
/// A [`Branch`] that borrows from the row it was read from.
pub struct BranchBorrowed<'a> {
    pub id: i16,
    pub name: &'a str,
    pub network: barqnet_db_client::types::cidr::IpCidr,
    pub position: barqnet_db_client::types::Point,
    pub size_class: i8,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
    pub holidays: barqnet_db_client::types::Array<
        'a,
        barqnet_db_client::types::Range<chrono::NaiveDate>,
    >,
}
impl<'a> From<BranchBorrowed<'a>> for Branch {
    fn from(
        BranchBorrowed {
            id,
            name,
            network,
            position,
            size_class,
            opens,
            closes,
            holidays,
        }: BranchBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            network,
            position,
            size_class,
            opens,
            closes,
            holidays: holidays.map(|v| v).collect(),
        }
    }
}
/// A row of [`device`](fn@device).
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    pub mac: barqnet_db_client::types::MacAddress,
    pub long_mac: barqnet_db_client::types::MacAddress8,
    pub branch_id: i16,
    pub address: barqnet_db_client::types::cidr::IpInet,
    pub abilities: barqnet_db_client::types::Bits,
    pub switched: barqnet_db_client::types::Bits,
    pub clock: chrono::NaiveDateTime,
    pub drift: f64,
    pub firmware_oid: Option<u32>,
    pub settings: Option<barqnet_db_client::types::serde_json::Value>,
}
/// A row of [`promotions_during`](fn@promotions_during).
#[derive(Debug, Clone, PartialEq)]
pub struct Promotion {
    pub id: i32,
    pub name: String,
    pub during: barqnet_db_client::types::Range<chrono::DateTime<chrono::Utc>>,
    pub prices: barqnet_db_client::types::Range<
        barqnet_db_client::types::rust_decimal::Decimal,
    >,
    pub discount: barqnet_db_client::types::rust_decimal::Decimal,
}
/// A [`Promotion`] that borrows from the row it was read from.
pub struct PromotionBorrowed<'a> {
    pub id: i32,
    pub name: &'a str,
    pub during: barqnet_db_client::types::Range<chrono::DateTime<chrono::Utc>>,
    pub prices: barqnet_db_client::types::Range<
        barqnet_db_client::types::rust_decimal::Decimal,
    >,
    pub discount: barqnet_db_client::types::rust_decimal::Decimal,
}
impl<'a> From<PromotionBorrowed<'a>> for Promotion {
    fn from(
        PromotionBorrowed { id, name, during, prices, discount }: PromotionBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            during,
            prices,
            discount,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct BranchQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<BranchBorrowed, barqnet_db_client::Error>,
    mapper: fn(BranchBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BranchQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(BranchBorrowed) -> R,
    ) -> BranchQuery<'c, 'a, 's, C, R, N> {
        BranchQuery {
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
pub struct DeviceQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<Device, barqnet_db_client::Error>,
    mapper: fn(Device) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> DeviceQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(Device) -> R) -> DeviceQuery<'c, 'a, 's, C, R, N> {
        DeviceQuery {
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
pub struct MacAddressQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<barqnet_db_client::types::MacAddress, barqnet_db_client::Error>,
    mapper: fn(barqnet_db_client::types::MacAddress) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> MacAddressQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(barqnet_db_client::types::MacAddress) -> R,
    ) -> MacAddressQuery<'c, 'a, 's, C, R, N> {
        MacAddressQuery {
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
pub struct PromotionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<PromotionBorrowed, barqnet_db_client::Error>,
    mapper: fn(PromotionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> PromotionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(PromotionBorrowed) -> R,
    ) -> PromotionQuery<'c, 'a, 's, C, R, N> {
        PromotionQuery {
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
pub struct OptionMultirangechronoDateTimechronoUtcQuery<
    'c,
    'a,
    's,
    C: GenericClient,
    T,
    const N: usize,
> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<
        Option<barqnet_db_client::types::Multirange<chrono::DateTime<chrono::Utc>>>,
        barqnet_db_client::Error,
    >,
    mapper: fn(
        Option<barqnet_db_client::types::Multirange<chrono::DateTime<chrono::Utc>>>,
    ) -> T,
}
impl<
    'c,
    'a,
    's,
    C,
    T: 'c,
    const N: usize,
> OptionMultirangechronoDateTimechronoUtcQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(
            Option<barqnet_db_client::types::Multirange<chrono::DateTime<chrono::Utc>>>,
        ) -> R,
    ) -> OptionMultirangechronoDateTimechronoUtcQuery<'c, 'a, 's, C, R, N> {
        OptionMultirangechronoDateTimechronoUtcQuery {
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
/// The statement [`add_branch`](fn@add_branch).
pub struct AddBranchStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds a branch.
pub fn add_branch() -> AddBranchStmt {
    AddBranchStmt(
        "/* branches.add_branch */ INSERT INTO branches (id, name, network, position, size_class, opens, closes, holidays) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        None,
    )
}
impl AddBranchStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::ArraySql<
                Item = barqnet_db_client::types::Range<chrono::NaiveDate>,
            >,
    >(
        &'s self,
        client: &'c C,
        id: &'a i16,
        name: &'a T1,
        network: &'a barqnet_db_client::types::cidr::IpCidr,
        position: &'a barqnet_db_client::types::Point,
        size_class: &'a i8,
        opens: &'a chrono::NaiveTime,
        closes: &'a chrono::NaiveTime,
        holidays: &'a T2,
    ) -> Result<u64, barqnet_db_client::Error> {
        client
            .execute(
                self.0,
                &[id, name, network, position, size_class, opens, closes, holidays],
            )
            .await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<
            Item = barqnet_db_client::types::Range<chrono::NaiveDate>,
        >,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AddBranchParams<T1, T2>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AddBranchStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AddBranchParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(
            self
                .bind(
                    client,
                    &params.id,
                    &params.name,
                    &params.network,
                    &params.position,
                    &params.size_class,
                    &params.opens,
                    &params.closes,
                    &params.holidays,
                ),
        )
    }
}
/// The statement [`branch`](fn@branch).
pub struct BranchStmt(&'static str, Option<barqnet_db_client::Statement>);
/// A branch. Uses the primary key. An element of `holidays` is never NULL: only add_branch writes them.
pub fn branch() -> BranchStmt {
    BranchStmt(
        "/* branches.branch */ SELECT id, name, network, position, size_class, opens, closes, holidays FROM branches WHERE id = $1",
        None,
    )
}
impl BranchStmt {
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
        id: &'a i16,
    ) -> BranchQuery<'c, 'a, 's, C, Branch, 1> {
        BranchQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<BranchBorrowed, barqnet_db_client::Error> {
                Ok(BranchBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    network: row.try_get(2)?,
                    position: row.try_get(3)?,
                    size_class: row.try_get(4)?,
                    opens: row.try_get_lossless(5)?,
                    closes: row.try_get_lossless(6)?,
                    holidays: row.try_get(7)?,
                })
            },
            mapper: |it| Branch::from(it),
        }
    }
}
/// The statement [`add_device`](fn@add_device).
pub struct AddDeviceStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds a device.
pub fn add_device() -> AddDeviceStmt {
    AddDeviceStmt(
        "/* branches.add_device */ INSERT INTO devices ( mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings) VALUES ( $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        None,
    )
}
impl AddDeviceStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::JsonSql>(
        &'s self,
        client: &'c C,
        mac: &'a barqnet_db_client::types::MacAddress,
        long_mac: &'a barqnet_db_client::types::MacAddress8,
        branch_id: &'a i16,
        address: &'a barqnet_db_client::types::cidr::IpInet,
        abilities: &'a barqnet_db_client::types::Bits,
        switched: &'a barqnet_db_client::types::Bits,
        clock: &'a chrono::NaiveDateTime,
        drift: &'a f64,
        firmware_oid: &'a Option<u32>,
        settings: &'a Option<T1>,
    ) -> Result<u64, barqnet_db_client::Error> {
        client
            .execute(
                self.0,
                &[
                    mac,
                    long_mac,
                    branch_id,
                    address,
                    abilities,
                    switched,
                    clock,
                    drift,
                    firmware_oid,
                    settings,
                ],
            )
            .await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::JsonSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AddDeviceParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AddDeviceStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AddDeviceParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(
            self
                .bind(
                    client,
                    &params.mac,
                    &params.long_mac,
                    &params.branch_id,
                    &params.address,
                    &params.abilities,
                    &params.switched,
                    &params.clock,
                    &params.drift,
                    &params.firmware_oid,
                    &params.settings,
                ),
        )
    }
}
/// The statement [`device`](fn@device).
pub struct DeviceStmt(&'static str, Option<barqnet_db_client::Statement>);
/// A device. Uses the primary key.
pub fn device() -> DeviceStmt {
    DeviceStmt(
        "/* branches.device */ SELECT mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings FROM devices WHERE mac = $1",
        None,
    )
}
impl DeviceStmt {
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
        mac: &'a barqnet_db_client::types::MacAddress,
    ) -> DeviceQuery<'c, 'a, 's, C, Device, 1> {
        DeviceQuery {
            client,
            params: [mac],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<Device, barqnet_db_client::Error> {
                Ok(Device {
                    mac: row.try_get(0)?,
                    long_mac: row.try_get(1)?,
                    branch_id: row.try_get(2)?,
                    address: row.try_get(3)?,
                    abilities: row.try_get(4)?,
                    switched: row.try_get(5)?,
                    clock: row.try_get(6)?,
                    drift: row.try_get(7)?,
                    firmware_oid: row.try_get(8)?,
                    settings: row.try_get(9)?,
                })
            },
            mapper: |it| Device::from(it),
        }
    }
}
/// The statement [`strays`](fn@strays).
pub struct StraysStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The devices whose address is outside the network of their branch. Reads all devices.
pub fn strays() -> StraysStmt {
    StraysStmt(
        "/* branches.strays */ SELECT d.mac FROM devices d JOIN branches b ON b.id = d.branch_id WHERE NOT d.address <<= b.network ORDER BY d.mac",
        None,
    )
}
impl StraysStmt {
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
    ) -> MacAddressQuery<'c, 'a, 's, C, barqnet_db_client::types::MacAddress, 0> {
        MacAddressQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`add_promotion`](fn@add_promotion).
pub struct AddPromotionStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds a promotion. Fails with an exclusion violation while another one runs.
pub fn add_promotion() -> AddPromotionStmt {
    AddPromotionStmt(
        "/* branches.add_promotion */ INSERT INTO promotions (name, during, prices, discount) VALUES ($1, $2, $3, $4) RETURNING id",
        None,
    )
}
impl AddPromotionStmt {
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
        during: &'a barqnet_db_client::types::Range<chrono::DateTime<chrono::Utc>>,
        prices: &'a barqnet_db_client::types::Range<
            barqnet_db_client::types::rust_decimal::Decimal,
        >,
        discount: &'a barqnet_db_client::types::rust_decimal::Decimal,
    ) -> I32Query<'c, 'a, 's, C, i32, 4> {
        I32Query {
            client,
            params: [name, during, prices, discount],
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
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    AddPromotionParams<T1>,
    I32Query<'c, 'a, 's, C, i32, 4>,
    C,
> for AddPromotionStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a AddPromotionParams<T1>,
    ) -> I32Query<'c, 'a, 's, C, i32, 4> {
        self.bind(client, &params.name, &params.during, &params.prices, &params.discount)
    }
}
/// The statement [`promotions_during`](fn@promotions_during).
pub struct PromotionsDuringStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The promotions that run at some time of a range, in order. Uses ex_promotions_during.
pub fn promotions_during() -> PromotionsDuringStmt {
    PromotionsDuringStmt(
        "/* branches.promotions_during */ SELECT id, name, during, prices, discount FROM promotions WHERE during && $1 ORDER BY during",
        None,
    )
}
impl PromotionsDuringStmt {
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
        during: &'a barqnet_db_client::types::Range<chrono::DateTime<chrono::Utc>>,
    ) -> PromotionQuery<'c, 'a, 's, C, Promotion, 1> {
        PromotionQuery {
            client,
            params: [during],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<PromotionBorrowed, barqnet_db_client::Error> {
                Ok(PromotionBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    during: row.try_get(2)?,
                    prices: row.try_get_lossless(3)?,
                    discount: row.try_get_lossless(4)?,
                })
            },
            mapper: |it| Promotion::from(it),
        }
    }
}
/// The statement [`promoted_times`](fn@promoted_times).
pub struct PromotedTimesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// All times with a promotion; NULL without any. Needs PostgreSQL 14.
pub fn promoted_times() -> PromotedTimesStmt {
    PromotedTimesStmt(
        "/* branches.promoted_times */ SELECT RANGE_AGG(during) AS times FROM promotions",
        None,
    )
}
impl PromotedTimesStmt {
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
    ) -> OptionMultirangechronoDateTimechronoUtcQuery<
        'c,
        'a,
        's,
        C,
        Option<barqnet_db_client::types::Multirange<chrono::DateTime<chrono::Utc>>>,
        0,
    > {
        OptionMultirangechronoDateTimechronoUtcQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
