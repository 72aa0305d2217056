// Written by the build step from queries/catalogue.sql. Edit that file: `cargo build` brings this one up to date.

//! Authors, books, and how to find them.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`add_author`](fn@add_author).
#[derive(Debug)]
pub struct AddAuthorParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = super::types::Award>,
> {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub name: T1,
    pub born_on: Option<chrono::NaiveDate>,
    pub awards: T2,
}
/// The parameters of [`add_book`](fn@add_book).
#[derive(Debug)]
pub struct AddBookParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::ArraySql<Item = T3>,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::ArraySql<Item = T5>,
    T7: barqnet_db_client::JsonSql,
    T8: barqnet_db_client::BytesSql,
> {
    pub isbn: T1,
    pub author_id: barqnet_db_client::types::uuid::Uuid,
    pub title: T2,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: barqnet_db_client::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: barqnet_db_client::types::Range<i32>,
    pub tags: T4,
    pub same_text: T6,
    pub details: T7,
    pub cover: Option<T8>,
}
/// The parameters of [`page`](fn@page).
#[derive(Debug)]
pub struct PageParams<T1: barqnet_db_client::StringSql> {
    pub added_at: chrono::DateTime<chrono::Utc>,
    pub isbn: T1,
    pub page_size: i64,
}
/// The parameters of [`tagged`](fn@tagged).
#[derive(Debug)]
pub struct TaggedParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<Item = super::types::Binding>,
> {
    pub tags: T2,
    pub bindings: T3,
}
/// The parameters of [`reprice`](fn@reprice).
#[derive(Debug)]
pub struct RepriceParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<
            Item = barqnet_db_client::types::rust_decimal::Decimal,
        >,
> {
    pub isbns: T2,
    pub prices: T3,
}
/// The parameters of [`redetail`](fn@redetail).
#[derive(Debug)]
pub struct RedetailParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::JsonSql,
    T4: barqnet_db_client::ArraySql<Item = T3>,
> {
    pub isbns: T2,
    pub details: T4,
}
/// A row of [`author`](fn@author).
#[derive(Debug, Clone, PartialEq)]
pub struct Author {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub name: String,
    pub born_on: Option<chrono::NaiveDate>,
    pub awards: Vec<super::types::Award>,
}
/// A [`Author`] that borrows from the row it was read from.
pub struct AuthorBorrowed<'a> {
    pub id: barqnet_db_client::types::uuid::Uuid,
    pub name: &'a str,
    pub born_on: Option<chrono::NaiveDate>,
    pub awards: barqnet_db_client::types::Array<'a, super::types::Award>,
}
impl<'a> From<AuthorBorrowed<'a>> for Author {
    fn from(AuthorBorrowed { id, name, born_on, awards }: AuthorBorrowed<'a>) -> Self {
        Self {
            id,
            name: name.into(),
            born_on,
            awards: awards.map(|v| v).collect(),
        }
    }
}
/// A row of [`book`](fn@book), [`books_of`](fn@books_of).
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    pub isbn: String,
    pub title: String,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: barqnet_db_client::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: barqnet_db_client::types::Range<i32>,
    pub tags: Vec<String>,
    pub same_text: Vec<String>,
    pub details: barqnet_db_client::types::Json<crate::BookDetails>,
}
/// A [`Book`] that borrows from the row it was read from.
pub struct BookBorrowed<'a> {
    pub isbn: &'a str,
    pub title: &'a str,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: barqnet_db_client::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: barqnet_db_client::types::Range<i32>,
    pub tags: barqnet_db_client::types::Array<'a, &'a str>,
    pub same_text: barqnet_db_client::types::Array<'a, &'a str>,
    pub details: barqnet_db_client::types::Json<crate::BookDetails>,
}
impl<'a> From<BookBorrowed<'a>> for Book {
    fn from(
        BookBorrowed {
            isbn,
            title,
            binding,
            edition,
            price,
            weight_kg,
            reading_age,
            tags,
            same_text,
            details,
        }: BookBorrowed<'a>,
    ) -> Self {
        Self {
            isbn: isbn.into(),
            title: title.into(),
            binding,
            edition,
            price,
            weight_kg,
            reading_age,
            tags: tags.map(|v| v.into()).collect(),
            same_text: same_text.map(|v| v.into()).collect(),
            details,
        }
    }
}
/// A row of [`page`](fn@page), [`search`](fn@search).
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub isbn: String,
    pub title: String,
    pub added_at: chrono::DateTime<chrono::Utc>,
}
/// A [`Entry`] that borrows from the row it was read from.
pub struct EntryBorrowed<'a> {
    pub isbn: &'a str,
    pub title: &'a str,
    pub added_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<EntryBorrowed<'a>> for Entry {
    fn from(EntryBorrowed { isbn, title, added_at }: EntryBorrowed<'a>) -> Self {
        Self {
            isbn: isbn.into(),
            title: title.into(),
            added_at,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct AuthorQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<AuthorBorrowed, barqnet_db_client::Error>,
    mapper: fn(AuthorBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> AuthorQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(AuthorBorrowed) -> R,
    ) -> AuthorQuery<'c, 'a, 's, C, R, N> {
        AuthorQuery {
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
pub struct BookQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<BookBorrowed, barqnet_db_client::Error>,
    mapper: fn(BookBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BookQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(BookBorrowed) -> R,
    ) -> BookQuery<'c, 'a, 's, C, R, N> {
        BookQuery {
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
pub struct EntryQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<EntryBorrowed, barqnet_db_client::Error>,
    mapper: fn(EntryBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> EntryQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(EntryBorrowed) -> R,
    ) -> EntryQuery<'c, 'a, 's, C, R, N> {
        EntryQuery {
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
pub struct OptionVecu8Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<Option<&[u8]>, barqnet_db_client::Error>,
    mapper: fn(Option<&[u8]>) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OptionVecu8Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Option<&[u8]>) -> R,
    ) -> OptionVecu8Query<'c, 'a, 's, C, R, N> {
        OptionVecu8Query {
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
pub struct TextSearchVectorQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<barqnet_db_client::types::TextSearchVector, barqnet_db_client::Error>,
    mapper: fn(barqnet_db_client::types::TextSearchVector) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TextSearchVectorQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(barqnet_db_client::types::TextSearchVector) -> R,
    ) -> TextSearchVectorQuery<'c, 'a, 's, C, R, N> {
        TextSearchVectorQuery {
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
pub struct VecDecimalQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<
        barqnet_db_client::types::Array<
            '_,
            barqnet_db_client::types::rust_decimal::Decimal,
        >,
        barqnet_db_client::Error,
    >,
    mapper: fn(
        barqnet_db_client::types::Array<
            '_,
            barqnet_db_client::types::rust_decimal::Decimal,
        >,
    ) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> VecDecimalQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(
            barqnet_db_client::types::Array<
                '_,
                barqnet_db_client::types::rust_decimal::Decimal,
            >,
        ) -> R,
    ) -> VecDecimalQuery<'c, 'a, 's, C, R, N> {
        VecDecimalQuery {
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
/// The statement [`add_author`](fn@add_author).
pub struct AddAuthorStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds an author.
pub fn add_author() -> AddAuthorStmt {
    AddAuthorStmt(
        "/* catalogue.add_author */ INSERT INTO authors (id, name, born_on, awards) VALUES ($1, $2, $3, $4)",
        None,
    )
}
impl AddAuthorStmt {
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
        T2: barqnet_db_client::ArraySql<Item = super::types::Award>,
    >(
        &'s self,
        client: &'c C,
        id: &'a barqnet_db_client::types::uuid::Uuid,
        name: &'a T1,
        born_on: &'a Option<chrono::NaiveDate>,
        awards: &'a T2,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[id, name, born_on, awards]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = super::types::Award>,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AddAuthorParams<T1, T2>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AddAuthorStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AddAuthorParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(
            self.bind(client, &params.id, &params.name, &params.born_on, &params.awards),
        )
    }
}
/// The statement [`author`](fn@author).
pub struct AuthorStmt(&'static str, Option<barqnet_db_client::Statement>);
/// An author. Uses the primary key. An element of `awards` is never NULL: only add_author writes them.
pub fn author() -> AuthorStmt {
    AuthorStmt(
        "/* catalogue.author */ SELECT id, name, born_on, awards FROM authors WHERE id = $1",
        None,
    )
}
impl AuthorStmt {
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
    ) -> AuthorQuery<'c, 'a, 's, C, Author, 1> {
        AuthorQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<AuthorBorrowed, barqnet_db_client::Error> {
                Ok(AuthorBorrowed {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    born_on: row.try_get(2)?,
                    awards: row.try_get(3)?,
                })
            },
            mapper: |it| Author::from(it),
        }
    }
}
/// The statement [`add_book`](fn@add_book).
pub struct AddBookStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds a book, or replaces what can change of one that is there.
pub fn add_book() -> AddBookStmt {
    AddBookStmt(
        "/* catalogue.add_book */ INSERT INTO books ( isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover) VALUES ( $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (isbn) DO UPDATE SET price = EXCLUDED.price, tags = EXCLUDED.tags, details = EXCLUDED.details",
        None,
    )
}
impl AddBookStmt {
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
        T2: barqnet_db_client::StringSql,
        T3: barqnet_db_client::StringSql,
        T4: barqnet_db_client::ArraySql<Item = T3>,
        T5: barqnet_db_client::StringSql,
        T6: barqnet_db_client::ArraySql<Item = T5>,
        T7: barqnet_db_client::JsonSql,
        T8: barqnet_db_client::BytesSql,
    >(
        &'s self,
        client: &'c C,
        isbn: &'a T1,
        author_id: &'a barqnet_db_client::types::uuid::Uuid,
        title: &'a T2,
        binding: &'a super::types::Binding,
        edition: &'a Option<super::types::Edition>,
        price: &'a barqnet_db_client::types::rust_decimal::Decimal,
        weight_kg: &'a Option<f32>,
        reading_age: &'a barqnet_db_client::types::Range<i32>,
        tags: &'a T4,
        same_text: &'a T6,
        details: &'a T7,
        cover: &'a Option<T8>,
    ) -> Result<u64, barqnet_db_client::Error> {
        client
            .execute(
                self.0,
                &[
                    isbn,
                    author_id,
                    title,
                    binding,
                    edition,
                    price,
                    weight_kg,
                    reading_age,
                    tags,
                    same_text,
                    details,
                    cover,
                ],
            )
            .await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::ArraySql<Item = T3>,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::ArraySql<Item = T5>,
    T7: barqnet_db_client::JsonSql,
    T8: barqnet_db_client::BytesSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AddBookParams<T1, T2, T3, T4, T5, T6, T7, T8>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AddBookStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AddBookParams<T1, T2, T3, T4, T5, T6, T7, T8>,
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
                    &params.isbn,
                    &params.author_id,
                    &params.title,
                    &params.binding,
                    &params.edition,
                    &params.price,
                    &params.weight_kg,
                    &params.reading_age,
                    &params.tags,
                    &params.same_text,
                    &params.details,
                    &params.cover,
                ),
        )
    }
}
/// The statement [`book`](fn@book).
pub struct BookStmt(&'static str, Option<barqnet_db_client::Statement>);
/// A book. Uses the primary key. An element of `tags` or `same_text` is never NULL: only add_book writes them.
pub fn book() -> BookStmt {
    BookStmt(
        "/* catalogue.book */ SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details FROM books WHERE isbn = $1",
        None,
    )
}
impl BookStmt {
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
    ) -> BookQuery<'c, 'a, 's, C, Book, 1> {
        BookQuery {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<BookBorrowed, barqnet_db_client::Error> {
                Ok(BookBorrowed {
                    isbn: row.try_get(0)?,
                    title: row.try_get(1)?,
                    binding: row.try_get(2)?,
                    edition: row.try_get(3)?,
                    price: row.try_get_lossless(4)?,
                    weight_kg: row.try_get(5)?,
                    reading_age: row.try_get(6)?,
                    tags: row.try_get(7)?,
                    same_text: row.try_get(8)?,
                    details: row.try_get(9)?,
                })
            },
            mapper: |it| Book::from(it),
        }
    }
}
/// The statement [`books_of`](fn@books_of).
pub struct BooksOfStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The books of an author, by title. Uses idx_books_author_id.
pub fn books_of() -> BooksOfStmt {
    BooksOfStmt(
        "/* catalogue.books_of */ SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details FROM books WHERE author_id = $1 ORDER BY title, isbn",
        None,
    )
}
impl BooksOfStmt {
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
        author_id: &'a barqnet_db_client::types::uuid::Uuid,
    ) -> BookQuery<'c, 'a, 's, C, Book, 1> {
        BookQuery {
            client,
            params: [author_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<BookBorrowed, barqnet_db_client::Error> {
                Ok(BookBorrowed {
                    isbn: row.try_get(0)?,
                    title: row.try_get(1)?,
                    binding: row.try_get(2)?,
                    edition: row.try_get(3)?,
                    price: row.try_get_lossless(4)?,
                    weight_kg: row.try_get(5)?,
                    reading_age: row.try_get(6)?,
                    tags: row.try_get(7)?,
                    same_text: row.try_get(8)?,
                    details: row.try_get(9)?,
                })
            },
            mapper: |it| Book::from(it),
        }
    }
}
/// The statement [`page`](fn@page).
pub struct PageStmt(&'static str, Option<barqnet_db_client::Statement>);
/// A page of the catalogue, newest first: the books after the last one of the page before. Uses idx_books_added_at.
pub fn page() -> PageStmt {
    PageStmt(
        "/* catalogue.page */ SELECT isbn, title, added_at FROM books WHERE (added_at, isbn) < ($1, $2) ORDER BY added_at DESC, isbn DESC LIMIT $3",
        None,
    )
}
impl PageStmt {
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
        added_at: &'a chrono::DateTime<chrono::Utc>,
        isbn: &'a T1,
        page_size: &'a i64,
    ) -> EntryQuery<'c, 'a, 's, C, Entry, 3> {
        EntryQuery {
            client,
            params: [added_at, isbn, page_size],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<EntryBorrowed, barqnet_db_client::Error> {
                Ok(EntryBorrowed {
                    isbn: row.try_get(0)?,
                    title: row.try_get(1)?,
                    added_at: row.try_get(2)?,
                })
            },
            mapper: |it| Entry::from(it),
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
    PageParams<T1>,
    EntryQuery<'c, 'a, 's, C, Entry, 3>,
    C,
> for PageStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a PageParams<T1>,
    ) -> EntryQuery<'c, 'a, 's, C, Entry, 3> {
        self.bind(client, &params.added_at, &params.isbn, &params.page_size)
    }
}
/// The statement [`search`](fn@search).
pub struct SearchStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Books whose titles have all words of a text. Uses idx_books_words.
pub fn search() -> SearchStmt {
    SearchStmt(
        "/* catalogue.search */ SELECT isbn, title, added_at FROM books WHERE words @@ PLAINTO_TSQUERY('simple', $1) ORDER BY title, isbn",
        None,
    )
}
impl SearchStmt {
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
        text: &'a T1,
    ) -> EntryQuery<'c, 'a, 's, C, Entry, 1> {
        EntryQuery {
            client,
            params: [text],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<EntryBorrowed, barqnet_db_client::Error> {
                Ok(EntryBorrowed {
                    isbn: row.try_get(0)?,
                    title: row.try_get(1)?,
                    added_at: row.try_get(2)?,
                })
            },
            mapper: |it| Entry::from(it),
        }
    }
}
/// The statement [`tagged`](fn@tagged).
pub struct TaggedStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The titles of the books that have one of the tags and one of the bindings. Uses idx_books_tags.
pub fn tagged() -> TaggedStmt {
    TaggedStmt(
        "/* catalogue.tagged */ SELECT title FROM books WHERE tags && $1 AND binding = ANY ($2) ORDER BY title",
        None,
    )
}
impl TaggedStmt {
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
        T3: barqnet_db_client::ArraySql<Item = super::types::Binding>,
    >(
        &'s self,
        client: &'c C,
        tags: &'a T2,
        bindings: &'a T3,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        StringQuery {
            client,
            params: [tags, bindings],
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
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<Item = super::types::Binding>,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    TaggedParams<T1, T2, T3>,
    StringQuery<'c, 'a, 's, C, String, 2>,
    C,
> for TaggedStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a TaggedParams<T1, T2, T3>,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        self.bind(client, &params.tags, &params.bindings)
    }
}
/// The statement [`for_age`](fn@for_age).
pub struct ForAgeStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The titles of the books for somebody of an age. Uses idx_books_reading_age.
pub fn for_age() -> ForAgeStmt {
    ForAgeStmt(
        "/* catalogue.for_age */ SELECT title FROM books WHERE reading_age @> $1::INTEGER ORDER BY title",
        None,
    )
}
impl ForAgeStmt {
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
        age: &'a i32,
    ) -> StringQuery<'c, 'a, 's, C, String, 1> {
        StringQuery {
            client,
            params: [age],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
/// The statement [`details`](fn@details).
pub struct DetailsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What is known of a book besides. Uses the primary key.
pub fn details() -> DetailsStmt {
    DetailsStmt(
        "/* catalogue.details */ SELECT details FROM books WHERE isbn = $1",
        None,
    )
}
impl DetailsStmt {
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
    ) -> DetailsQuery<
        'c,
        'a,
        's,
        C,
        barqnet_db_client::types::Json<crate::BookDetails>,
        1,
    > {
        DetailsQuery {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`cover`](fn@cover).
pub struct CoverStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The picture of a book. Uses the primary key.
pub fn cover() -> CoverStmt {
    CoverStmt("/* catalogue.cover */ SELECT cover FROM books WHERE isbn = $1", None)
}
impl CoverStmt {
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
    ) -> OptionVecu8Query<'c, 'a, 's, C, Option<Vec<u8>>, 1> {
        OptionVecu8Query {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v.into()),
        }
    }
}
/// The statement [`words`](fn@words).
pub struct WordsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The words of a title, as the search sees them. Uses the primary key.
pub fn words() -> WordsStmt {
    WordsStmt(
        "/* catalogue.words */ SELECT COALESCE(words, '') AS words FROM books WHERE isbn = $1",
        None,
    )
}
impl WordsStmt {
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
    ) -> TextSearchVectorQuery<
        'c,
        'a,
        's,
        C,
        barqnet_db_client::types::TextSearchVector,
        1,
    > {
        TextSearchVectorQuery {
            client,
            params: [isbn],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`reprice`](fn@reprice).
pub struct RepriceStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Sets the prices of many books at once: one array for each column.
pub fn reprice() -> RepriceStmt {
    RepriceStmt(
        "/* catalogue.reprice */ UPDATE books b SET price = new.price FROM UNNEST($1::isbn[], $2::NUMERIC[]) AS new (isbn, price) WHERE b.isbn = new.isbn",
        None,
    )
}
impl RepriceStmt {
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
        T3: barqnet_db_client::ArraySql<
                Item = barqnet_db_client::types::rust_decimal::Decimal,
            >,
    >(
        &'s self,
        client: &'c C,
        isbns: &'a T2,
        prices: &'a T3,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[isbns, prices]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::ArraySql<
            Item = barqnet_db_client::types::rust_decimal::Decimal,
        >,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    RepriceParams<T1, T2, T3>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for RepriceStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a RepriceParams<T1, T2, T3>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.isbns, &params.prices))
    }
}
/// The statement [`redetail`](fn@redetail).
pub struct RedetailStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Sets what is known of many books at once.
pub fn redetail() -> RedetailStmt {
    RedetailStmt(
        "/* catalogue.redetail */ UPDATE books b SET details = new.details FROM UNNEST($1::isbn[], $2::JSONB[]) AS new (isbn, details) WHERE b.isbn = new.isbn",
        None,
    )
}
impl RedetailStmt {
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
        T3: barqnet_db_client::JsonSql,
        T4: barqnet_db_client::ArraySql<Item = T3>,
    >(
        &'s self,
        client: &'c C,
        isbns: &'a T2,
        details: &'a T4,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[isbns, details]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::ArraySql<Item = T1>,
    T3: barqnet_db_client::JsonSql,
    T4: barqnet_db_client::ArraySql<Item = T3>,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    RedetailParams<T1, T2, T3, T4>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for RedetailStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a RedetailParams<T1, T2, T3, T4>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.isbns, &params.details))
    }
}
/// The statement [`details_of`](fn@details_of).
pub struct DetailsOfStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What is known of the books of an author, by ISBN. Uses idx_books_author_id.
pub fn details_of() -> DetailsOfStmt {
    DetailsOfStmt(
        "/* catalogue.details_of */ SELECT COALESCE(ARRAY_AGG(details ORDER BY isbn), '{}') AS details FROM books WHERE author_id = $1",
        None,
    )
}
impl DetailsOfStmt {
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
        author_id: &'a barqnet_db_client::types::uuid::Uuid,
    ) -> DetailsOfQuery<
        'c,
        'a,
        's,
        C,
        Vec<barqnet_db_client::types::Json<crate::BookDetails>>,
        1,
    > {
        DetailsOfQuery {
            client,
            params: [author_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v).collect(),
        }
    }
}
/// The statement [`prices_of`](fn@prices_of).
pub struct PricesOfStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The prices of the books of an author, by ISBN. Uses idx_books_author_id.
pub fn prices_of() -> PricesOfStmt {
    PricesOfStmt(
        "/* catalogue.prices_of */ SELECT COALESCE(ARRAY_AGG(price ORDER BY isbn), '{}') AS prices FROM books WHERE author_id = $1",
        None,
    )
}
impl PricesOfStmt {
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
        author_id: &'a barqnet_db_client::types::uuid::Uuid,
    ) -> VecDecimalQuery<
        'c,
        'a,
        's,
        C,
        Vec<barqnet_db_client::types::rust_decimal::Decimal>,
        1,
    > {
        VecDecimalQuery {
            client,
            params: [author_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get_lossless(0)?),
            mapper: |it| it.map(|v| v).collect(),
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct DetailsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<
        barqnet_db_client::types::Json<crate::BookDetails>,
        barqnet_db_client::Error,
    >,
    mapper: fn(barqnet_db_client::types::Json<crate::BookDetails>) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> DetailsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(barqnet_db_client::types::Json<crate::BookDetails>) -> R,
    ) -> DetailsQuery<'c, 'a, 's, C, R, N> {
        DetailsQuery {
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
pub struct DetailsOfQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<
        barqnet_db_client::types::Array<
            '_,
            barqnet_db_client::types::Json<crate::BookDetails>,
        >,
        barqnet_db_client::Error,
    >,
    mapper: fn(
        barqnet_db_client::types::Array<
            '_,
            barqnet_db_client::types::Json<crate::BookDetails>,
        >,
    ) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> DetailsOfQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(
            barqnet_db_client::types::Array<
                '_,
                barqnet_db_client::types::Json<crate::BookDetails>,
            >,
        ) -> R,
    ) -> DetailsOfQuery<'c, 'a, 's, C, R, N> {
        DetailsOfQuery {
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
