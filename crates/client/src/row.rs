//! A row of a result, with the name of the statement that returned it for errors.

use postgres_types::FromSql;

use super::{
    error::Error,
    types::{Checked, Lossless},
};

/// A row of a result, read by generated code.
#[derive(Debug)]
pub struct Row {
    row: tokio_postgres::Row,
    statement: &'static str,
}

impl Row {
    pub(super) fn new(row: tokio_postgres::Row, statement: &'static str) -> Self {
        Self { row, statement }
    }

    /// The value of a column, counted from 0.
    ///
    /// A NULL that the Rust type can't hold, a value outside the type's range or a column that does not exist is an
    /// [`Error::Decode`] that names the statement and the column.
    pub fn try_get<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T, Error> {
        self.row.try_get(column).map_err(|source| Error::Decode {
            statement: self.statement,
            column: self
                .row
                .columns()
                .get(column)
                .map_or_else(|| column.to_string(), |column| column.name().to_owned()),
            source: source.into(),
        })
    }

    /// [`try_get`](Self::try_get), for a type that cannot hold every value: such a value is an [`Error::Decode`].
    pub fn try_get_lossless<'a, T: FromSql<'a> + Lossless>(&'a self, column: usize) -> Result<T, Error> {
        self.try_get::<Checked<T>>(column).map(|checked| checked.0)
    }
}
