// Written by the build step from queries/partner.sql. Edit that file: `cargo build` brings this one up to date.

//! Offers of the partner.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`add`](fn@add).
#[derive(Debug)]
pub struct AddParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = super::types::partner::Seller>,
> {
    pub isbn: T1,
    pub binding: super::types::partner::Binding,
    pub sellers: T2,
}
/// A row of [`offer`](fn@offer).
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub isbn: String,
    pub binding: super::types::partner::Binding,
    pub sellers: Vec<super::types::partner::Seller>,
}
/// A [`Offer`] that borrows from the row it was read from.
pub struct OfferBorrowed<'a> {
    pub isbn: &'a str,
    pub binding: super::types::partner::Binding,
    pub sellers: barqnet_db_client::types::Array<'a, super::types::partner::Seller>,
}
impl<'a> From<OfferBorrowed<'a>> for Offer {
    fn from(OfferBorrowed { isbn, binding, sellers }: OfferBorrowed<'a>) -> Self {
        Self {
            isbn: isbn.into(),
            binding,
            sellers: sellers.map(|v| v).collect(),
        }
    }
}
/// A row of [`binding`](fn@binding), [`bindings`](fn@bindings).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Binding {
    pub binding: super::types::partner::Binding,
    pub offers: i64,
}
/// A statement with its parameters, ready to run.
pub struct OfferQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<OfferBorrowed, barqnet_db_client::Error>,
    mapper: fn(OfferBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OfferQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(OfferBorrowed) -> R,
    ) -> OfferQuery<'c, 'a, 's, C, R, N> {
        OfferQuery {
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
pub struct PartnerBindingQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<super::types::partner::Binding, barqnet_db_client::Error>,
    mapper: fn(super::types::partner::Binding) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> PartnerBindingQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(super::types::partner::Binding) -> R,
    ) -> PartnerBindingQuery<'c, 'a, 's, C, R, N> {
        PartnerBindingQuery {
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
pub struct BindingQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<Binding, barqnet_db_client::Error>,
    mapper: fn(Binding) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BindingQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(Binding) -> R) -> BindingQuery<'c, 'a, 's, C, R, N> {
        BindingQuery {
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
/// The statement [`add`](fn@add).
pub struct AddStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds an offer.
pub fn add() -> AddStmt {
    AddStmt(
        "/* partner.add */ INSERT INTO partner.offers (isbn, binding, sellers) VALUES ($1, $2, $3)",
        None,
    )
}
impl AddStmt {
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
        T2: barqnet_db_client::ArraySql<Item = super::types::partner::Seller>,
    >(
        &'s self,
        client: &'c C,
        isbn: &'a T1,
        binding: &'a super::types::partner::Binding,
        sellers: &'a T2,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[isbn, binding, sellers]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = super::types::partner::Seller>,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AddParams<T1, T2>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AddStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AddParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.isbn, &params.binding, &params.sellers))
    }
}
/// The statement [`offer`](fn@offer).
pub struct OfferStmt(&'static str, Option<barqnet_db_client::Statement>);
/// An offer. Uses the primary key. An element of `sellers` is never NULL: only add writes them.
pub fn offer() -> OfferStmt {
    OfferStmt(
        "/* partner.offer */ SELECT isbn, binding, sellers FROM partner.offers WHERE isbn = $1",
        None,
    )
}
impl OfferStmt {
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
    ) -> OfferQuery<'c, 'a, 's, C, Offer, 1> {
        OfferQuery {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<OfferBorrowed, barqnet_db_client::Error> {
                Ok(OfferBorrowed {
                    isbn: row.try_get(0)?,
                    binding: row.try_get(1)?,
                    sellers: row.try_get(2)?,
                })
            },
            mapper: |it| Offer::from(it),
        }
    }
}
/// The statement [`binding`](fn@binding).
pub struct BindingStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The binding of an offer. Uses the primary key.
pub fn binding() -> BindingStmt {
    BindingStmt(
        "/* partner.binding */ SELECT binding FROM partner.offers WHERE isbn = $1",
        None,
    )
}
impl BindingStmt {
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
    ) -> PartnerBindingQuery<'c, 'a, 's, C, super::types::partner::Binding, 1> {
        PartnerBindingQuery {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`bindings`](fn@bindings).
pub struct BindingsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// How many offers there are of each binding. Reads all offers.
pub fn bindings() -> BindingsStmt {
    BindingsStmt(
        "/* partner.bindings */ SELECT binding, COUNT(*) AS offers FROM partner.offers GROUP BY binding ORDER BY binding",
        None,
    )
}
impl BindingsStmt {
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
    ) -> BindingQuery<'c, 'a, 's, C, Binding, 0> {
        BindingQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<Binding, barqnet_db_client::Error> {
                Ok(Binding {
                    binding: row.try_get(0)?,
                    offers: row.try_get(1)?,
                })
            },
            mapper: |it| Binding::from(it),
        }
    }
}
