//! A row of a result, with the name of the statement that returned it for errors.

use std::fmt;

use postgres_types::FromSql;
#[cfg(feature = "fakes")]
use postgres_types::Type;
use tokio_postgres::{Column, binary_copy::BinaryCopyOutRow};

use super::{
    error::Error,
    query::Query,
    types::{Checked, Lossless, OfRows},
};

/// A row of a result, read by generated code.
#[derive(Debug)]
pub struct Row {
    row: Source,
    statement: &'static Query,
}

enum Source {
    Queried(tokio_postgres::Row),
    Copied(BinaryCopyOutRow),
    /// Of a test: the columns' types, and their values as PostgreSQL sends them.
    #[cfg(feature = "fakes")]
    Given(Vec<(Type, Option<Vec<u8>>)>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queried(row) => row.fmt(f),
            Self::Copied(_) => f.write_str("copied row"),
            #[cfg(feature = "fakes")]
            Self::Given(_) => f.write_str("given row"),
        }
    }
}

impl Row {
    pub(super) fn new(row: tokio_postgres::Row, statement: &'static Query) -> Self {
        Self { row: Source::Queried(row), statement }
    }

    pub(super) fn copied(row: BinaryCopyOutRow, statement: &'static Query) -> Self {
        Self { row: Source::Copied(row), statement }
    }

    #[cfg(feature = "fakes")]
    pub(super) fn given(columns: Vec<(Type, Option<Vec<u8>>)>, statement: &'static Query) -> Self {
        Self { row: Source::Given(columns), statement }
    }

    /// The value of a column, counted from 0.
    ///
    /// A NULL that the Rust type can't hold, a value outside the type's range or a column that does not exist is an
    /// [`Error::Decode`] that names the statement and the column.
    pub fn try_get<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T, Error> {
        let value = match &self.row {
            Source::Queried(row) => row.try_get(column).map_err(Into::into),
            Source::Copied(row) => row.try_get(column).map_err(Into::into),
            #[cfg(feature = "fakes")]
            Source::Given(columns) => match columns.get(column) {
                Some((ty, raw)) => T::from_sql_nullable(ty, raw.as_deref()),
                None => Err("the row has no such column".into()),
            },
        };
        value.map_err(|source| Error::Decode {
            statement: self.statement,
            column: self.name(column).map_or_else(|| column.to_string(), str::to_owned),
            source,
        })
    }

    /// [`try_get`](Self::try_get), for an array of rows, which can be NULL if `R` is an `Option`.
    pub fn try_get_rows<'a, R: OfRows<'a>>(&'a self, column: usize) -> Result<R, Error> {
        self.try_get(column).map(R::of)
    }

    fn name(&self, column: usize) -> Option<&str> {
        match &self.row {
            Source::Queried(row) => row.columns().get(column).map(Column::name),
            #[cfg(feature = "fakes")]
            Source::Given(_) => self.statement.columns.get(column).map(|(name, _)| *name),
            Source::Copied(_) => self.statement.columns.get(column).map(|(name, _)| *name),
        }
    }

    /// [`try_get`](Self::try_get), for a type that cannot hold every value: such a value is an [`Error::Decode`].
    pub fn try_get_lossless<'a, T: FromSql<'a> + Lossless>(&'a self, column: usize) -> Result<T, Error> {
        self.try_get::<Checked<T>>(column).map(|checked| checked.0)
    }
}
