//! A statement with its parameters: what `bind` and `params` of generated code return.

use std::fmt;

use futures::{Stream, StreamExt};
use postgres_types::ToSql;

use super::{
    error::Error,
    generated::{all, one, opt, raw},
    query::Query,
    row::Row,
    session::ReadClient,
    variant::Variant,
};

/// How the rows of a statement are read. Generated code implements it, one type per statement.
pub trait Returning {
    /// What [`one`](Bound::one), [`opt`](Bound::opt) and [`all`](Bound::all) return per row.
    type Row;
    /// The same, borrowed from the row that was received.
    type Borrowed<'r>;

    /// Reads the columns of a row.
    fn read(row: &Row) -> Result<Self::Borrowed<'_>, Error>;
}

/// A statement with its `N` parameters, ready to run. `T` is what each row becomes.
pub struct Bound<'c, 'a, C, S: Returning, const N: usize, T = <S as Returning>::Row> {
    query: &'static Query,
    client: &'c C,
    parameters: [&'a (dyn ToSql + Sync); N],
    /// How many of the parameters the statement has.
    count: usize,
    mapper: fn(S::Borrowed<'_>) -> T,
}

/// The parameters are not shown: they may be personal data.
impl<C, S: Returning, const N: usize, T> fmt::Debug for Bound<'_, '_, C, S, N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("query", &self.query.name).finish_non_exhaustive()
    }
}

impl<'c, 'a, C: ReadClient, S: Returning, const N: usize> Bound<'c, 'a, C, S, N> {
    /// Called by generated code.
    #[doc(hidden)]
    pub fn new(
        query: &'static Query,
        client: &'c C,
        parameters: [&'a (dyn ToSql + Sync); N],
        own: fn(S::Borrowed<'_>) -> S::Row,
    ) -> Self {
        Self { query, client, parameters, count: N, mapper: own }
    }

    /// The same for one of several statements, with the parameters of all. Called by generated code.
    #[doc(hidden)]
    pub fn variant(
        variant: &'static Variant,
        client: &'c C,
        mut parameters: [&'a (dyn ToSql + Sync); N],
        own: fn(S::Borrowed<'_>) -> S::Row,
    ) -> Self {
        let chosen = variant.choose(&parameters);
        parameters[..chosen.len()].copy_from_slice(&chosen);
        Self { query: variant.query(), client, parameters, count: chosen.len(), mapper: own }
    }
}

impl<'c, 'a, C: ReadClient, S: Returning, const N: usize, T> Bound<'c, 'a, C, S, N, T> {
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(S::Borrowed<'_>) -> R) -> Bound<'c, 'a, C, S, N, R> {
        Bound { query: self.query, client: self.client, parameters: self.parameters, count: self.count, mapper }
    }

    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, Error> {
        let row = one(self.client, self.query, &self.parameters[..self.count]).await?;
        S::read(&row).map(self.mapper)
    }

    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, Error> {
        let row = opt(self.client, self.query, &self.parameters[..self.count]).await?;
        row.map(|row| S::read(&row).map(self.mapper)).transpose()
    }

    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, Error> {
        let rows = all(self.client, self.query, &self.parameters[..self.count]).await?;
        rows.iter().map(|row| S::read(row).map(self.mapper)).collect()
    }

    /// Runs the statement and streams its rows.
    #[expect(clippy::iter_not_returning_iterator, reason = "cornucopia's name for it, which its users know")]
    pub async fn iter(self) -> Result<impl Stream<Item = Result<T, Error>> + use<'c, C, S, N, T>, Error> {
        let rows = raw(self.client, self.query, &self.parameters[..self.count]).await?;
        let mapper = self.mapper;
        Ok(rows.map(move |row| S::read(&row?).map(mapper)))
    }
}
