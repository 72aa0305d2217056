//! Pages of rows by the keys of their order.

mod base64url;
mod cursor;
mod key;

use std::fmt;

use postgres_types::ToSql;

use self::key::Key;
pub use self::{
    cursor::{Cursor, CursorError, fingerprint},
    key::is_key_type,
};
use super::{
    bound::Returning, error::Error, generated::all, query::Query, row::Row, session::ReadClient, variant::Variant,
};

/// A statement whose rows are read in pages. Generated code implements it.
pub trait Paged: Returning {
    /// The statement.
    const QUERY: &'static Query;
    /// Its variants: those of the first page, of a page after a cursor, of the last page, of a page before a cursor.
    const VARIANTS: &'static [Variant];
    /// Its orders.
    const ORDERS: &'static [PageOrder];
}

/// An order of pages. Generated code has one for each order of a query.
#[derive(Clone, Copy, Debug)]
pub struct PageOrder {
    /// The name; empty where there is no choice.
    pub name: &'static str,
    /// What tells its cursors from those of other orders, queries and definitions.
    pub tag: u32,
    /// The columns of the result that are its keys, and their types.
    pub keys: &'static [(usize, &'static str)],
}

/// A page of rows.
pub struct Page<S, T> {
    /// The rows, in their order.
    pub rows: Vec<T>,
    /// Where the page before this one ends; `None` if this is the first page.
    ///
    /// On a page that was read from its beginning, the rows before it are not looked for: if all were deleted meanwhile, the
    /// page before is empty.
    pub previous: Option<Cursor<S>>,
    /// Where the page after this one begins; `None` if this is the last page. On a page that was read from its end, the same
    /// holds as for `previous`.
    pub next: Option<Cursor<S>>,
}

impl<S, T: fmt::Debug> fmt::Debug for Page<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, previous, next } = self;
        f.debug_struct("Page").field("rows", rows).field("previous", previous).field("next", next).finish()
    }
}

/// A statement with its parameters, whose rows are read in pages. `T` is what each row becomes.
pub struct Pages<'c, 'a, C, S: Paged, const N: usize, T = <S as Returning>::Row> {
    client: &'c C,
    parameters: [&'a (dyn ToSql + Sync); N],
    /// The number of the first page's variant.
    variant: usize,
    order: usize,
    /// The place of the size among the parameters.
    size: usize,
    rows: i64,
    mapper: fn(S::Borrowed<'_>) -> T,
}

/// The parameters are not shown: they may be personal data.
impl<C, S: Paged, const N: usize, T> fmt::Debug for Pages<'_, '_, C, S, N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("query", &S::QUERY.name).finish_non_exhaustive()
    }
}

impl<'c, 'a, C: ReadClient, S: Paged, const N: usize> Pages<'c, 'a, C, S, N> {
    /// `(variant, order)` are the numbers of both, `(size, rows)` the place of the page's size and its value. Called by generated
    /// code.
    #[doc(hidden)]
    pub fn new(
        client: &'c C,
        parameters: [&'a (dyn ToSql + Sync); N],
        (variant, order): (usize, usize),
        (size, rows): (usize, i64),
        own: fn(S::Borrowed<'_>) -> S::Row,
    ) -> Self {
        Self { client, parameters, variant, order, size, rows, mapper: own }
    }
}

impl<'c, 'a, C: ReadClient, S: Paged, const N: usize, T> Pages<'c, 'a, C, S, N, T> {
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(S::Borrowed<'_>) -> R) -> Pages<'c, 'a, C, S, N, R> {
        let Self { client, parameters, variant, order, size, rows, .. } = self;
        Pages { client, parameters, variant, order, size, rows, mapper }
    }

    /// The page at a cursor, or the first one. It has as many rows as the query's limit says, and one if that is below 1.
    ///
    /// One statement is run, which reads one row more than the page has, to know whether another page follows.
    ///
    /// # Errors
    ///
    /// [`Error::Cursor`] if the cursor is one of another order, before anything runs; otherwise as every statement.
    pub async fn page(self, cursor: Option<&Cursor<S>>) -> Result<Page<S, T>, Error> {
        self.read(cursor.unwrap_or(&Cursor::first(self.order))).await
    }

    /// The last page.
    ///
    /// # Errors
    ///
    /// As every statement.
    pub async fn last(self) -> Result<Page<S, T>, Error> {
        self.read(&Cursor::last(self.order)).await
    }

    async fn read(&self, cursor: &Cursor<S>) -> Result<Page<S, T>, Error> {
        cursor.check_order(self.order).map_err(|source| Error::Cursor { statement: S::QUERY, source })?;
        let part = usize::from(cursor.is_backward()) << 1 | usize::from(cursor.has_keys());
        let number = self.variant + part * (S::VARIANTS.len() / 4);
        let variant = &S::VARIANTS[number];
        let rows = self.rows.max(1);
        let one_more = rows.saturating_add(1);
        let keys: Vec<Key<'_>> = cursor.keys().iter().map(|bytes| Key(bytes)).collect();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = self.parameters.to_vec();
        parameters[self.size] = &one_more;
        parameters.extend(keys.iter().map(|key| key as &(dyn ToSql + Sync)));
        let found = all(self.client, variant.query(), &variant.choose(&parameters)).await?;
        self.page_of(found, usize::try_from(rows).unwrap_or(usize::MAX), cursor)
    }

    /// The rows, of which one may be that of the next page.
    fn page_of(&self, mut found: Vec<Row>, rows: usize, cursor: &Cursor<S>) -> Result<Page<S, T>, Error> {
        let has_more = found.len() > rows;
        found.truncate(rows);
        let came_from = cursor.has_keys();
        let (mut has_previous, mut has_next) = (came_from, has_more);
        if cursor.is_backward() {
            found.reverse();
            (has_previous, has_next) = (has_more, came_from);
        }
        let at = |row: Option<&Row>, is_backward| match row {
            Some(row) => Cursor::at(self.order, is_backward, row),
            // All rows that there are stand on the other side.
            None => Ok(if is_backward { Cursor::last(self.order) } else { Cursor::first(self.order) }),
        };
        let previous = has_previous.then(|| at(found.first(), true)).transpose()?;
        let next = has_next.then(|| at(found.last(), false)).transpose()?;
        let rows = found.iter().map(|row| S::read(row).map(self.mapper)).collect::<Result<_, _>>()?;
        Ok(Page { rows, previous, next })
    }
}
