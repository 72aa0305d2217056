// Written by the build step from queries/stock.sql. Edit that file: `cargo build` brings this one up to date.

//! Copies in the branches.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`fill`](fn@fill).
#[derive(Debug)]
pub struct FillParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<Item = i32>,
> {
    pub branch_id: i16,
    pub isbns: T2,
    pub copies: T3,
}
/// The parameters of [`take`](fn@take).
#[derive(Debug)]
pub struct TakeParams<T1: barqnet_db_client::StringSql> {
    pub isbn: T1,
    pub wanted: i32,
}
/// A row of [`written_until`](fn@written_until).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Progress {
    pub transaction: barqnet_db_client::types::Xid8,
    pub log: barqnet_db_client::types::PgLsn,
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
pub struct ProgressQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<Progress, barqnet_db_client::Error>,
    mapper: fn(Progress) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ProgressQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Progress) -> R,
    ) -> ProgressQuery<'c, 'a, 's, C, R, N> {
        ProgressQuery {
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
/// The statement [`fill`](fn@fill).
pub struct FillStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds copies of many books to a branch: one array for each column.
pub fn fill() -> FillStmt {
    FillStmt(
        "/* stock.fill */ INSERT INTO stock (branch_id, isbn, copies) SELECT $1, delivered.isbn, delivered.copies FROM UNNEST($2::isbn[], $3::INTEGER[]) AS delivered (isbn, copies) ON CONFLICT (branch_id, isbn) DO UPDATE SET copies = stock.copies + EXCLUDED.copies",
        None,
    )
}
impl FillStmt {
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
        T2: barqnet_db_client::ArraySql<Item = T1>,
        T3: barqnet_db_client::ArraySql<Item = i32>,
    >(
        &'s self,
        client: &'c C,
        branch_id: &'a i16,
        isbns: &'a T2,
        copies: &'a T3,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[branch_id, isbns, copies]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<Item = i32>,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    FillParams<T1, T2, T3>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for FillStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a FillParams<T1, T2, T3>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.branch_id, &params.isbns, &params.copies))
    }
}
/// The statement [`copies`](fn@copies).
pub struct CopiesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Copies of a book in all branches.
pub fn copies() -> CopiesStmt {
    CopiesStmt(
        "/* stock.copies */ SELECT COALESCE(SUM(copies), 0)::BIGINT AS copies FROM stock WHERE isbn = $1",
        None,
    )
}
impl CopiesStmt {
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
        isbn: &'a T1,
    ) -> I64Query<'c, 'a, 's, C, i64, 1> {
        I64Query {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`take`](fn@take).
pub struct TakeStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Takes copies out of the stock and returns how many are missing: calls take_from_stock. `missing` is never NULL: it is
/// counted down from `wanted`.
pub fn take() -> TakeStmt {
    TakeStmt("/* stock.take */ SELECT TAKE_FROM_STOCK($1, $2)::INTEGER AS missing", None)
}
impl TakeStmt {
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
        isbn: &'a T1,
        wanted: &'a i32,
    ) -> I32Query<'c, 'a, 's, C, i32, 2> {
        I32Query {
            client,
            params: [isbn, wanted],
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
    TakeParams<T1>,
    I32Query<'c, 'a, 's, C, i32, 2>,
    C,
> for TakeStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a TakeParams<T1>,
    ) -> I32Query<'c, 'a, 's, C, i32, 2> {
        self.bind(client, &params.isbn, &params.wanted)
    }
}
/// The statement [`written_until`](fn@written_until).
pub struct WrittenUntilStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The present transaction, and how far the server has written its log. Needs PostgreSQL 13.
pub fn written_until() -> WrittenUntilStmt {
    WrittenUntilStmt(
        "/* stock.written_until */ SELECT PG_CURRENT_XACT_ID() AS transaction, PG_CURRENT_WAL_LSN() AS log",
        None,
    )
}
impl WrittenUntilStmt {
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
    ) -> ProgressQuery<'c, 'a, 's, C, Progress, 0> {
        ProgressQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<Progress, barqnet_db_client::Error> {
                Ok(Progress {
                    transaction: row.try_get(0)?,
                    log: row.try_get(1)?,
                })
            },
            mapper: |it| Progress::from(it),
        }
    }
}
