// Written by the build step from queries/orders.sql. Edit that file: `cargo build` brings this one up to date.

//! Customers, orders, and what was sold.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`add_customer`](fn@add_customer).
pub struct AddCustomerParams<T1: barqnet_db_client::StringSql> {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub email: T1,
    pub address: Option<super::types::Address>,
    pub seen_at: Option<barqnet_db_client::types::cidr::IpInet>,
}
/// The parameters of [`place`](fn@place).
#[derive(Debug)]
pub struct PlaceParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<Item = i32>,
> {
    pub customer_id: barqnet_db_client::types::uuid::Uuid,
    pub wrapping: super::types::Wrapping,
    pub promise: barqnet_db_client::types::Interval,
    pub isbns: T2,
    pub copies: T3,
}
/// The parameters of [`of_customer`](fn@of_customer).
#[derive(Debug)]
pub struct OfCustomerParams<
    T1: barqnet_db_client::ArraySql<Item = super::types::OrderStatus>,
> {
    pub customer_id: barqnet_db_client::types::uuid::Uuid,
    pub statuses: T1,
}
/// The parameters of [`set_status`](fn@set_status).
#[derive(Clone, Debug)]
pub struct SetStatusParams {
    pub status: super::types::OrderStatus,
    pub id: i64,
}
/// A row of [`customer`](fn@customer).
#[derive(Clone, PartialEq)]
pub struct Customer {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub email: String,
    pub address: Option<super::types::Address>,
    pub seen_at: Option<barqnet_db_client::types::cidr::IpInet>,
}
/// A [`Customer`] that borrows from the row it was read from.
pub struct CustomerBorrowed<'a> {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub email: &'a str,
    pub address: Option<super::types::Address>,
    pub seen_at: Option<barqnet_db_client::types::cidr::IpInet>,
}
impl<'a> From<CustomerBorrowed<'a>> for Customer {
    fn from(
        CustomerBorrowed { id, email, address, seen_at }: CustomerBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            email: email.into(),
            address,
            seen_at,
        }
    }
}
/// A row of [`of_customer`](fn@of_customer).
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: i64,
    pub status: super::types::OrderStatus,
    pub wrapping: super::types::Wrapping,
    pub placed_at: chrono::DateTime<chrono::Utc>,
    pub promise: barqnet_db_client::types::Interval,
}
/// A row of [`by_author`](fn@by_author).
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorSales {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub name: String,
    pub copies: i64,
    pub turnover: Option<barqnet_db_client::types::rust_decimal::Decimal>,
}
/// A [`AuthorSales`] that borrows from the row it was read from.
pub struct AuthorSalesBorrowed<'a> {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub name: &'a str,
    pub copies: i64,
    pub turnover: Option<barqnet_db_client::types::rust_decimal::Decimal>,
}
impl<'a> From<AuthorSalesBorrowed<'a>> for AuthorSales {
    fn from(
        AuthorSalesBorrowed { id, name, copies, turnover }: AuthorSalesBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            copies,
            turnover,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct CustomerQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<CustomerBorrowed, barqnet_db_client::Error>,
    mapper: fn(CustomerBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CustomerQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(CustomerBorrowed) -> R,
    ) -> CustomerQuery<'c, 'a, 's, C, R, N> {
        CustomerQuery {
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
pub struct OrderQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<Order, barqnet_db_client::Error>,
    mapper: fn(Order) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OrderQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(Order) -> R) -> OrderQuery<'c, 'a, 's, C, R, N> {
        OrderQuery {
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
pub struct AuthorSalesQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<AuthorSalesBorrowed, barqnet_db_client::Error>,
    mapper: fn(AuthorSalesBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> AuthorSalesQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(AuthorSalesBorrowed) -> R,
    ) -> AuthorSalesQuery<'c, 'a, 's, C, R, N> {
        AuthorSalesQuery {
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
pub struct OptionVecOrderStatusQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<
        Option<barqnet_db_client::types::Array<'_, super::types::OrderStatus>>,
        barqnet_db_client::Error,
    >,
    mapper: fn(
        Option<barqnet_db_client::types::Array<'_, super::types::OrderStatus>>,
    ) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OptionVecOrderStatusQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(
            Option<barqnet_db_client::types::Array<'_, super::types::OrderStatus>>,
        ) -> R,
    ) -> OptionVecOrderStatusQuery<'c, 'a, 's, C, R, N> {
        OptionVecOrderStatusQuery {
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
/// The statement [`add_customer`](fn@add_customer).
pub struct AddCustomerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds a customer.
pub fn add_customer() -> AddCustomerStmt {
    AddCustomerStmt(
        "/* orders.add_customer */ INSERT INTO customers (id, email, address, seen_at) VALUES ($1, $2, $3, $4)",
        None,
    )
}
impl AddCustomerStmt {
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
        id: &'a barqnet_db_client::types::uuid::Uuid,
        email: &'a T1,
        address: &'a Option<super::types::Address>,
        seen_at: &'a Option<barqnet_db_client::types::cidr::IpInet>,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[id, email, address, seen_at]).await
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
    AddCustomerParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AddCustomerStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AddCustomerParams<T1>,
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
                    &params.email,
                    &params.address,
                    &params.seen_at,
                ),
        )
    }
}
/// The statement [`customer`](fn@customer).
pub struct CustomerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// A customer. Uses the primary key.
pub fn customer() -> CustomerStmt {
    CustomerStmt(
        "/* orders.customer */ SELECT id, email, address, seen_at FROM customers WHERE id = $1",
        None,
    )
}
impl CustomerStmt {
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
        id: &'a barqnet_db_client::types::uuid::Uuid,
    ) -> CustomerQuery<'c, 'a, 's, C, Customer, 1> {
        CustomerQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<CustomerBorrowed, barqnet_db_client::Error> {
                Ok(CustomerBorrowed {
                    id: row.try_get(0)?,
                    email: row.try_get(1)?,
                    address: row.try_get(2)?,
                    seen_at: row.try_get(3)?,
                })
            },
            mapper: |it| Customer::from(it),
        }
    }
}
/// The statement [`place`](fn@place).
pub struct PlaceStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Places an order with its lines, at the present prices, and returns its number. The stock shrinks: see
/// take_ordered_copies.
pub fn place() -> PlaceStmt {
    PlaceStmt(
        "/* orders.place */ WITH placed AS ( INSERT INTO orders (customer_id, wrapping, promise) VALUES ($1, $2, $3) RETURNING id ), lines AS ( INSERT INTO order_lines (order_id, isbn, copies, price) SELECT placed.id, b.isbn, wanted.copies, b.price FROM placed CROSS JOIN UNNEST($4::isbn[], $5::INTEGER[]) AS wanted (isbn, copies) JOIN books b ON b.isbn = wanted.isbn ) SELECT id FROM placed",
        None,
    )
}
impl PlaceStmt {
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
        T3: barqnet_db_client::ArraySql<Item = i32>,
    >(
        &'s self,
        client: &'c C,
        customer_id: &'a barqnet_db_client::types::uuid::Uuid,
        wrapping: &'a super::types::Wrapping,
        promise: &'a barqnet_db_client::types::Interval,
        isbns: &'a T2,
        copies: &'a T3,
    ) -> I64Query<'c, 'a, 's, C, i64, 5> {
        I64Query {
            client,
            params: [customer_id, wrapping, promise, isbns, copies],
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
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<Item = i32>,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    PlaceParams<T1, T2, T3>,
    I64Query<'c, 'a, 's, C, i64, 5>,
    C,
> for PlaceStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a PlaceParams<T1, T2, T3>,
    ) -> I64Query<'c, 'a, 's, C, i64, 5> {
        self.bind(
            client,
            &params.customer_id,
            &params.wrapping,
            &params.promise,
            &params.isbns,
            &params.copies,
        )
    }
}
/// The statement [`of_customer`](fn@of_customer).
pub struct OfCustomerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The orders of a customer in one of the states, newest first. Uses idx_orders_customer_id.
pub fn of_customer() -> OfCustomerStmt {
    OfCustomerStmt(
        "/* orders.of_customer */ SELECT id, status, wrapping, placed_at, promise FROM orders WHERE customer_id = $1 AND status = ANY ($2) ORDER BY id DESC",
        None,
    )
}
impl OfCustomerStmt {
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
        T1: barqnet_db_client::ArraySql<Item = super::types::OrderStatus>,
    >(
        &'s self,
        client: &'c C,
        customer_id: &'a barqnet_db_client::types::uuid::Uuid,
        statuses: &'a T1,
    ) -> OrderQuery<'c, 'a, 's, C, Order, 2> {
        OrderQuery {
            client,
            params: [customer_id, statuses],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<Order, barqnet_db_client::Error> {
                Ok(Order {
                    id: row.try_get(0)?,
                    status: row.try_get(1)?,
                    wrapping: row.try_get(2)?,
                    placed_at: row.try_get(3)?,
                    promise: row.try_get(4)?,
                })
            },
            mapper: |it| Order::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::ArraySql<Item = super::types::OrderStatus>,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    OfCustomerParams<T1>,
    OrderQuery<'c, 'a, 's, C, Order, 2>,
    C,
> for OfCustomerStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a OfCustomerParams<T1>,
    ) -> OrderQuery<'c, 'a, 's, C, Order, 2> {
        self.bind(client, &params.customer_id, &params.statuses)
    }
}
/// The statement [`set_status`](fn@set_status).
pub struct SetStatusStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Changes the status of an order. Uses the primary key.
pub fn set_status() -> SetStatusStmt {
    SetStatusStmt(
        "/* orders.set_status */ UPDATE orders SET status = $1 WHERE id = $2",
        None,
    )
}
impl SetStatusStmt {
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
        status: &'a super::types::OrderStatus,
        id: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[status, id]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetStatusParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetStatusStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetStatusParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.status, &params.id))
    }
}
/// The statement [`archive`](fn@archive).
pub struct ArchiveStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Moves delivered orders that were placed before a time to old_orders, and returns how many.
pub fn archive() -> ArchiveStmt {
    ArchiveStmt(
        "/* orders.archive */ WITH moved AS ( DELETE FROM orders WHERE status = 'delivered' AND placed_at < $1 RETURNING id, customer_id, status, placed_at, promise ), kept AS ( INSERT INTO old_orders (id, customer_id, status, placed_at, promise) SELECT id, customer_id, status, placed_at, promise FROM moved ) SELECT COUNT(*) AS moved FROM moved",
        None,
    )
}
impl ArchiveStmt {
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
        before: &'a chrono::DateTime<chrono::Utc>,
    ) -> I64Query<'c, 'a, 's, C, i64, 1> {
        I64Query {
            client,
            params: [before],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`by_author`](fn@by_author).
pub struct ByAuthorStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Copies and turnover per author, best first. A report: it reads all order lines.
pub fn by_author() -> ByAuthorStmt {
    ByAuthorStmt(
        "/* orders.by_author */ SELECT id, name, copies, turnover FROM sales_by_author ORDER BY copies DESC, name",
        None,
    )
}
impl ByAuthorStmt {
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
    ) -> AuthorSalesQuery<'c, 'a, 's, C, AuthorSales, 0> {
        AuthorSalesQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<AuthorSalesBorrowed, barqnet_db_client::Error> {
                Ok(AuthorSalesBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    copies: row.try_get(2)?,
                    turnover: row.try_get_lossless(3)?,
                })
            },
            mapper: |it| AuthorSales::from(it),
        }
    }
}
/// The statement [`statuses`](fn@statuses).
pub struct StatusesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The states of the orders of a customer, without repetitions; NULL without any order.
pub fn statuses() -> StatusesStmt {
    StatusesStmt(
        "/* orders.statuses */ SELECT ARRAY_AGG(DISTINCT status) AS statuses FROM orders WHERE customer_id = $1",
        None,
    )
}
impl StatusesStmt {
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
        customer_id: &'a barqnet_db_client::types::uuid::Uuid,
    ) -> OptionVecOrderStatusQuery<
        'c,
        'a,
        's,
        C,
        Option<Vec<super::types::OrderStatus>>,
        1,
    > {
        OptionVecOrderStatusQuery {
            client,
            params: [customer_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v.map(|v| v).collect()),
        }
    }
}
