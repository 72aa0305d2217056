// Written by the build step from queries/catalogue.sql. Edit that file: `cargo build` brings this one up to date.

//! Authors, books, and how to find them.

use barqnet_db_client as db;
/// The parameters of [`add_author`](fn@add_author).
#[derive(Debug)]
pub struct AddAuthorParams<T1, T2> {
    pub id: db::types::uuid::Uuid,
    pub name: T1,
    pub born_on: Option<chrono::NaiveDate>,
    pub awards: T2,
}
/// The parameters of [`add_book`](fn@add_book).
#[derive(Debug)]
pub struct AddBookParams<T1, T2, T3, T4, T5, T6> {
    pub isbn: T1,
    pub author_id: db::types::uuid::Uuid,
    pub title: T2,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: db::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: db::types::Range<i32>,
    pub tags: T3,
    pub same_text: T4,
    pub details: T5,
    pub cover: Option<T6>,
}
/// The parameters of [`import`](fn@import).
#[derive(Debug)]
pub struct ImportParams<T1, T2, T3, T4, T5, T6> {
    pub isbn: T1,
    pub author_id: db::types::uuid::Uuid,
    pub title: T2,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: db::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: db::types::Range<i32>,
    pub tags: T3,
    pub same_text: T4,
    pub details: T5,
    pub cover: Option<T6>,
}
/// The parameters of [`browse`](fn@browse).
#[derive(Debug)]
pub struct BrowseParams<T1> {
    pub author_id: Option<db::types::uuid::Uuid>,
    pub tag: Option<T1>,
    pub below: Option<db::types::rust_decimal::Decimal>,
    pub order: BrowseOrder,
    pub page_size: i64,
}
/// The parameters of [`tagged`](fn@tagged).
#[derive(Debug)]
pub struct TaggedParams<T1, T2> {
    pub tags: T1,
    pub bindings: T2,
}
/// The parameters of [`reprice`](fn@reprice).
#[derive(Debug)]
pub struct RepriceParams<T1> {
    pub price: db::types::rust_decimal::Decimal,
    pub isbn: T1,
}
/// The parameters of [`redetail`](fn@redetail).
#[derive(Debug)]
pub struct RedetailParams<T1, T2> {
    pub isbns: T1,
    pub details: T2,
}
/// A row of [`author`](fn@author).
#[derive(Debug, Clone, PartialEq)]
pub struct Author {
    pub id: db::types::uuid::Uuid,
    pub name: String,
    pub born_on: Option<chrono::NaiveDate>,
    pub awards: Vec<super::types::Award>,
}
/// A [`Author`] that borrows from the row it was read from.
pub struct AuthorBorrowed<'a> {
    pub id: db::types::uuid::Uuid,
    pub name: &'a str,
    pub born_on: Option<chrono::NaiveDate>,
    pub awards: db::types::Array<'a, super::types::Award>,
}
impl<'a> From<AuthorBorrowed<'a>> for Author {
    fn from(it: AuthorBorrowed<'a>) -> Self {
        Self { id: it.id, name: it.name.into(), born_on: it.born_on, awards: it.awards.collect() }
    }
}
/// A row of [`books`](fn@books), [`book`](fn@book), [`books_of`](fn@books_of).
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    pub isbn: String,
    pub title: String,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: db::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: db::types::Range<i32>,
    pub tags: Vec<String>,
    pub same_text: Vec<String>,
    pub details: db::types::Json<crate::BookDetails>,
}
/// A [`Book`] that borrows from the row it was read from.
pub struct BookBorrowed<'a> {
    pub isbn: &'a str,
    pub title: &'a str,
    pub binding: super::types::Binding,
    pub edition: Option<super::types::Edition>,
    pub price: db::types::rust_decimal::Decimal,
    pub weight_kg: Option<f32>,
    pub reading_age: db::types::Range<i32>,
    pub tags: db::types::Array<'a, &'a str>,
    pub same_text: db::types::Array<'a, &'a str>,
    pub details: db::types::Json<crate::BookDetails>,
}
impl<'a> From<BookBorrowed<'a>> for Book {
    fn from(it: BookBorrowed<'a>) -> Self {
        Self {
            isbn: it.isbn.into(), title: it.title.into(), binding: it.binding, edition: it.edition, price: it.price,
            weight_kg: it.weight_kg, reading_age: it.reading_age, tags: it.tags.map(|v| v.into()).collect(),
            same_text: it.same_text.map(|v| v.into()).collect(), details: it.details,
        }
    }
}
/// A row of [`browse`](fn@browse), [`search`](fn@search).
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub isbn: String,
    pub title: String,
    pub price: db::types::rust_decimal::Decimal,
    pub added_at: chrono::DateTime<chrono::Utc>,
}
/// A [`Entry`] that borrows from the row it was read from.
pub struct EntryBorrowed<'a> {
    pub isbn: &'a str,
    pub title: &'a str,
    pub price: db::types::rust_decimal::Decimal,
    pub added_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<EntryBorrowed<'a>> for Entry {
    fn from(it: EntryBorrowed<'a>) -> Self {
        Self { isbn: it.isbn.into(), title: it.title.into(), price: it.price, added_at: it.added_at }
    }
}
/// The statement [`add_author`](fn@add_author).
#[derive(Clone, Copy, Debug)]
pub struct AddAuthorStmt;
/// Adds an author.
pub fn add_author() -> AddAuthorStmt {
    AddAuthorStmt
}
impl AddAuthorStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.add_author",
        file: "queries/catalogue.sql",
        line: 6,
        sql: "/* catalogue.add_author */ INSERT INTO authors (id, name, born_on, awards) VALUES ($1, $2, $3, $4)",
        parameters: &["uuid", "text", "date", "public.award[]"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        id: &db::types::uuid::Uuid,
        name: &impl db::StringSql,
        born_on: &Option<chrono::NaiveDate>,
        awards: &impl db::ArraySql<Item = super::types::Award>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, name, born_on, awards]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AddAuthorParams<impl db::StringSql, impl db::ArraySql<Item = super::types::Award>>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.id, &params.name, &params.born_on, &params.awards).await
    }
    /// The COPY that [`copy_in`](Self::copy_in) runs.
    pub const COPY_IN: &'static db::Query = &db::Query {
        name: "catalogue.add_author.copy_in",
        file: "queries/catalogue.sql",
        line: 6,
        sql: "/* catalogue.add_author.copy_in */ COPY authors (id, name, born_on, awards) FROM STDIN (FORMAT binary)",
        parameters: &[],
        columns: &[("id", "uuid"), ("name", "text"), ("born_on", "date"), ("awards", "public.award[]")],
        changes_session: false,
    };
    /// Copies rows into the table, all or none, and returns their number. They are taken as fast as the server accepts
    /// them.
    pub async fn copy_in<C: db::GenericClient>(
        self,
        client: &C,
        rows: impl db::Stream<Item = AddAuthorParams<impl db::StringSql, impl db::ArraySql<Item = super::types::Award>>>,
    ) -> Result<u64, db::Error> {
        db::copy_in(client, (Self::QUERY, Self::COPY_IN), [0, 1, 2, 3], rows, |row| [
            &row.id, &row.name, &row.born_on, &row.awards,
        ]).await
    }
}
/// The statement [`author`](fn@author); a row is a [`Author`].
#[derive(Clone, Copy, Debug)]
pub struct AuthorStmt;
/// An author. Uses the primary key. An element of `awards` is never NULL: only add_author writes them.
pub fn author() -> AuthorStmt {
    AuthorStmt
}
impl AuthorStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.author",
        file: "queries/catalogue.sql",
        line: 11,
        sql: "/* catalogue.author */ SELECT id, name, born_on, awards FROM authors WHERE id = $1",
        parameters: &["uuid"],
        columns: &[("id", "uuid"), ("name", "text"), ("born_on", "date"), ("awards", "public.award[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for AuthorStmt {
    type Row = Author;
    type Borrowed<'r> = AuthorBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(AuthorBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, born_on: row.try_get(2)?, awards: row.try_get(3)?,
        })
    }
}
/// The statement [`add_book`](fn@add_book).
#[derive(Clone, Copy, Debug)]
pub struct AddBookStmt;
/// Adds a book, or replaces what can change of one that is there.
pub fn add_book() -> AddBookStmt {
    AddBookStmt
}
impl AddBookStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.add_book",
        file: "queries/catalogue.sql",
        line: 17,
        sql: "/* catalogue.add_book */ INSERT INTO books ( isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover) VALUES ( $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (isbn) DO UPDATE SET price = EXCLUDED.price, tags = EXCLUDED.tags, details = EXCLUDED.details",
        parameters: &["text", "uuid", "text", "public.binding", "public.edition", "numeric", "float4", "int4range", "text[]", "text[]", "jsonb", "bytea"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        isbn: &impl db::StringSql,
        author_id: &db::types::uuid::Uuid,
        title: &impl db::StringSql,
        binding: &super::types::Binding,
        edition: &Option<super::types::Edition>,
        price: &db::types::rust_decimal::Decimal,
        weight_kg: &Option<f32>,
        reading_age: &db::types::Range<i32>,
        tags: &impl db::ArraySql<Item = impl db::StringSql>,
        same_text: &impl db::ArraySql<Item = impl db::StringSql>,
        details: &impl db::JsonSql,
        cover: &Option<impl db::BytesSql>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[
            isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover,
        ]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AddBookParams<impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::JsonSql, impl db::BytesSql>,
    ) -> Result<u64, db::Error> {
        self.bind(
            client, &params.isbn, &params.author_id, &params.title, &params.binding, &params.edition, &params.price,
            &params.weight_kg, &params.reading_age, &params.tags, &params.same_text, &params.details, &params.cover,
        ).await
    }
}
/// The statement [`import`](fn@import).
#[derive(Clone, Copy, Debug)]
pub struct ImportStmt;
/// Adds a book that is not there.
pub fn import() -> ImportStmt {
    ImportStmt
}
impl ImportStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.import",
        file: "queries/catalogue.sql",
        line: 28,
        sql: "/* catalogue.import */ INSERT INTO books ( isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover) VALUES ( $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        parameters: &["text", "uuid", "text", "public.binding", "public.edition", "numeric", "float4", "int4range", "text[]", "text[]", "jsonb", "bytea"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        isbn: &impl db::StringSql,
        author_id: &db::types::uuid::Uuid,
        title: &impl db::StringSql,
        binding: &super::types::Binding,
        edition: &Option<super::types::Edition>,
        price: &db::types::rust_decimal::Decimal,
        weight_kg: &Option<f32>,
        reading_age: &db::types::Range<i32>,
        tags: &impl db::ArraySql<Item = impl db::StringSql>,
        same_text: &impl db::ArraySql<Item = impl db::StringSql>,
        details: &impl db::JsonSql,
        cover: &Option<impl db::BytesSql>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[
            isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover,
        ]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &ImportParams<impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::JsonSql, impl db::BytesSql>,
    ) -> Result<u64, db::Error> {
        self.bind(
            client, &params.isbn, &params.author_id, &params.title, &params.binding, &params.edition, &params.price,
            &params.weight_kg, &params.reading_age, &params.tags, &params.same_text, &params.details, &params.cover,
        ).await
    }
    /// The COPY that [`copy_in`](Self::copy_in) runs.
    pub const COPY_IN: &'static db::Query = &db::Query {
        name: "catalogue.import.copy_in",
        file: "queries/catalogue.sql",
        line: 28,
        sql: "/* catalogue.import.copy_in */ COPY books ( isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover) FROM STDIN (FORMAT binary)",
        parameters: &[],
        columns: &[("isbn", "text"), ("author_id", "uuid"), ("title", "text"), ("binding", "public.binding"), ("edition", "public.edition"), ("price", "numeric"), ("weight_kg", "float4"), ("reading_age", "int4range"), ("tags", "text[]"), ("same_text", "text[]"), ("details", "jsonb"), ("cover", "bytea")],
        changes_session: false,
    };
    /// Copies rows into the table, all or none, and returns their number. They are taken as fast as the server accepts
    /// them.
    pub async fn copy_in<C: db::GenericClient>(
        self,
        client: &C,
        rows: impl db::Stream<Item = ImportParams<impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::JsonSql, impl db::BytesSql>>,
    ) -> Result<u64, db::Error> {
        db::copy_in(client, (Self::QUERY, Self::COPY_IN), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], rows, |row| [
            &row.isbn, &row.author_id, &row.title, &row.binding, &row.edition, &row.price, &row.weight_kg,
            &row.reading_age, &row.tags, &row.same_text, &row.details, &row.cover,
        ]).await
    }
}
/// The statement [`books`](fn@books); a row is a [`Book`].
#[derive(Clone, Copy, Debug)]
pub struct BooksStmt;
/// All books, in no order. An element of `tags` or `same_text` is never NULL: only add_book and import write them.
pub fn books() -> BooksStmt {
    BooksStmt
}
impl BooksStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.books",
        file: "queries/catalogue.sql",
        line: 35,
        sql: "/* catalogue.books */ SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details FROM books",
        parameters: &[],
        columns: &[("isbn", "text"), ("title", "text"), ("binding", "public.binding"), ("edition", "public.edition"), ("price", "numeric"), ("weight_kg", "float4"), ("reading_age", "int4range"), ("tags", "text[]"), ("same_text", "text[]"), ("details", "jsonb")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
    /// The COPY that [`copy_out`](Self::copy_out) runs.
    pub const COPY_OUT: &'static db::Query = &db::Query {
        name: "catalogue.books.copy_out",
        file: "queries/catalogue.sql",
        line: 35,
        sql: "/* catalogue.books.copy_out */ COPY (SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details FROM books) TO STDOUT (FORMAT binary)",
        parameters: &[],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Copies the rows out of the database and streams them.
    pub async fn copy_out<'c, C: db::ReadClient>(
        self,
        client: &'c C,
    ) -> Result<impl db::Stream<Item = Result<Book, db::Error>> + use<'c, C>, db::Error> {
        db::copy_out::<C, Self>(client, (Self::QUERY, Self::COPY_OUT), |it| it.into()).await
    }
}
impl db::Returning for BooksStmt {
    type Row = Book;
    type Borrowed<'r> = BookBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(BookBorrowed {
            isbn: row.try_get(0)?, title: row.try_get(1)?, binding: row.try_get(2)?, edition: row.try_get(3)?,
            price: row.try_get_lossless(4)?, weight_kg: row.try_get(5)?, reading_age: row.try_get(6)?,
            tags: row.try_get(7)?, same_text: row.try_get(8)?, details: row.try_get(9)?,
        })
    }
}
/// The statement [`book`](fn@book); a row is a [`Book`].
#[derive(Clone, Copy, Debug)]
pub struct BookStmt;
/// A book. Uses the primary key. An element of `tags` or `same_text` is never NULL: only add_book writes them.
pub fn book() -> BookStmt {
    BookStmt
}
impl BookStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.book",
        file: "queries/catalogue.sql",
        line: 40,
        sql: "/* catalogue.book */ SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details FROM books WHERE isbn = $1",
        parameters: &["text"],
        columns: BooksStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        isbn: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [isbn], |it| it.into())
    }
}
impl db::Returning for BookStmt {
    type Row = Book;
    type Borrowed<'r> = BookBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <BooksStmt as db::Returning>::read(row)
    }
}
/// The statement [`books_of`](fn@books_of); a row is a [`Book`].
#[derive(Clone, Copy, Debug)]
pub struct BooksOfStmt;
/// The books of an author, by title. Uses idx_books_author_id.
pub fn books_of() -> BooksOfStmt {
    BooksOfStmt
}
impl BooksOfStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.books_of",
        file: "queries/catalogue.sql",
        line: 46,
        sql: "/* catalogue.books_of */ SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details FROM books WHERE author_id = $1 ORDER BY title, isbn",
        parameters: &["uuid"],
        columns: BooksStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        author_id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [author_id], |it| it.into())
    }
}
impl db::Returning for BooksOfStmt {
    type Row = Book;
    type Borrowed<'r> = BookBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <BooksStmt as db::Returning>::read(row)
    }
}
db::order! {
    /// The orders of [`browse`](fn@browse).
    pub enum BrowseOrder {
        /// `added_at DESC, isbn DESC`
        Newest = "newest",
        /// `title, isbn`
        ByTitle = "by_title",
        /// `price, added_at DESC, isbn`
        Cheapest = "cheapest",
    }
}
/// Where a page of [`browse`](fn@browse) begins or ends.
pub type BrowseCursor = db::Cursor<BrowseStmt>;
/// The statement [`browse`](fn@browse); a row is a [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct BrowseStmt;
/// The books of an author, with a tag and below a price, each if it is given, in pages. Uses idx_books_added_at and
/// idx_books_author_id.
pub fn browse() -> BrowseStmt {
    BrowseStmt
}
impl BrowseStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.browse",
        file: "queries/catalogue.sql",
        line: 53,
        sql: "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 ORDER BY added_at DESC, isbn DESC LIMIT $4",
        parameters: &["uuid", "text", "numeric", "int8"],
        columns: &[("isbn", "text"), ("title", "text"), ("price", "numeric"), ("added_at", "timestamptz")],
        changes_session: false,
    };
    /// The statement of each choice.
    pub const VARIANTS: &'static [db::Variant] = &[
        // without `author_id`, `tag`, `below`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books ORDER BY added_at DESC, isbn DESC LIMIT $1", &["int8"], &[3]),
        // without `tag`, `below`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 ORDER BY added_at DESC, isbn DESC LIMIT $2", &["uuid", "int8"], &[0, 3]),
        // without `author_id`, `below`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] ORDER BY added_at DESC, isbn DESC LIMIT $2", &["text", "int8"], &[1, 3]),
        // without `below`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] ORDER BY added_at DESC, isbn DESC LIMIT $3", &["uuid", "text", "int8"], &[0, 1, 3]),
        // without `author_id`, `tag`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 ORDER BY added_at DESC, isbn DESC LIMIT $2", &["numeric", "int8"], &[2, 3]),
        // without `tag`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 ORDER BY added_at DESC, isbn DESC LIMIT $3", &["uuid", "numeric", "int8"], &[0, 2, 3]),
        // without `author_id`, order `newest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 ORDER BY added_at DESC, isbn DESC LIMIT $3", &["text", "numeric", "int8"], &[1, 2, 3]),
        // with every optional condition, order `newest`, the first page
        db::Variant::new(Self::QUERY, Self::QUERY.sql, Self::QUERY.parameters, &[0, 1, 2, 3]),
        // without `author_id`, `tag`, `below`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books ORDER BY title, isbn LIMIT $1", &["int8"], &[3]),
        // without `tag`, `below`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 ORDER BY title, isbn LIMIT $2", &["uuid", "int8"], &[0, 3]),
        // without `author_id`, `below`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] ORDER BY title, isbn LIMIT $2", &["text", "int8"], &[1, 3]),
        // without `below`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] ORDER BY title, isbn LIMIT $3", &["uuid", "text", "int8"], &[0, 1, 3]),
        // without `author_id`, `tag`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 ORDER BY title, isbn LIMIT $2", &["numeric", "int8"], &[2, 3]),
        // without `tag`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 ORDER BY title, isbn LIMIT $3", &["uuid", "numeric", "int8"], &[0, 2, 3]),
        // without `author_id`, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 ORDER BY title, isbn LIMIT $3", &["text", "numeric", "int8"], &[1, 2, 3]),
        // with every optional condition, order `by_title`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 ORDER BY title, isbn LIMIT $4", &["uuid", "text", "numeric", "int8"], &[0, 1, 2, 3]),
        // without `author_id`, `tag`, `below`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books ORDER BY price, added_at DESC, isbn LIMIT $1", &["int8"], &[3]),
        // without `tag`, `below`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 ORDER BY price, added_at DESC, isbn LIMIT $2", &["uuid", "int8"], &[0, 3]),
        // without `author_id`, `below`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] ORDER BY price, added_at DESC, isbn LIMIT $2", &["text", "int8"], &[1, 3]),
        // without `below`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] ORDER BY price, added_at DESC, isbn LIMIT $3", &["uuid", "text", "int8"], &[0, 1, 3]),
        // without `author_id`, `tag`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 ORDER BY price, added_at DESC, isbn LIMIT $2", &["numeric", "int8"], &[2, 3]),
        // without `tag`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 ORDER BY price, added_at DESC, isbn LIMIT $3", &["uuid", "numeric", "int8"], &[0, 2, 3]),
        // without `author_id`, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 ORDER BY price, added_at DESC, isbn LIMIT $3", &["text", "numeric", "int8"], &[1, 2, 3]),
        // with every optional condition, order `cheapest`, the first page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 ORDER BY price, added_at DESC, isbn LIMIT $4", &["uuid", "text", "numeric", "int8"], &[0, 1, 2, 3]),
        // without `author_id`, `tag`, `below`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE (added_at, isbn) < ($1, $2) ORDER BY added_at DESC, isbn DESC LIMIT $3", &["timestamptz", "text", "int8"], &[4, 5, 3]),
        // without `tag`, `below`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND (added_at, isbn) < ($2, $3) ORDER BY added_at DESC, isbn DESC LIMIT $4", &["uuid", "timestamptz", "text", "int8"], &[0, 4, 5, 3]),
        // without `author_id`, `below`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND (added_at, isbn) < ($2, $3) ORDER BY added_at DESC, isbn DESC LIMIT $4", &["text", "timestamptz", "text", "int8"], &[1, 4, 5, 3]),
        // without `below`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND (added_at, isbn) < ($3, $4) ORDER BY added_at DESC, isbn DESC LIMIT $5", &["uuid", "text", "timestamptz", "text", "int8"], &[0, 1, 4, 5, 3]),
        // without `author_id`, `tag`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 AND (added_at, isbn) < ($2, $3) ORDER BY added_at DESC, isbn DESC LIMIT $4", &["numeric", "timestamptz", "text", "int8"], &[2, 4, 5, 3]),
        // without `tag`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 AND (added_at, isbn) < ($3, $4) ORDER BY added_at DESC, isbn DESC LIMIT $5", &["uuid", "numeric", "timestamptz", "text", "int8"], &[0, 2, 4, 5, 3]),
        // without `author_id`, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 AND (added_at, isbn) < ($3, $4) ORDER BY added_at DESC, isbn DESC LIMIT $5", &["text", "numeric", "timestamptz", "text", "int8"], &[1, 2, 4, 5, 3]),
        // with every optional condition, order `newest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 AND (added_at, isbn) < ($4, $5) ORDER BY added_at DESC, isbn DESC LIMIT $6", &["uuid", "text", "numeric", "timestamptz", "text", "int8"], &[0, 1, 2, 4, 5, 3]),
        // without `author_id`, `tag`, `below`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE (title, isbn) > ($1, $2) ORDER BY title, isbn LIMIT $3", &["text", "text", "int8"], &[4, 5, 3]),
        // without `tag`, `below`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND (title, isbn) > ($2, $3) ORDER BY title, isbn LIMIT $4", &["uuid", "text", "text", "int8"], &[0, 4, 5, 3]),
        // without `author_id`, `below`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND (title, isbn) > ($2, $3) ORDER BY title, isbn LIMIT $4", &["text", "text", "text", "int8"], &[1, 4, 5, 3]),
        // without `below`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND (title, isbn) > ($3, $4) ORDER BY title, isbn LIMIT $5", &["uuid", "text", "text", "text", "int8"], &[0, 1, 4, 5, 3]),
        // without `author_id`, `tag`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 AND (title, isbn) > ($2, $3) ORDER BY title, isbn LIMIT $4", &["numeric", "text", "text", "int8"], &[2, 4, 5, 3]),
        // without `tag`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 AND (title, isbn) > ($3, $4) ORDER BY title, isbn LIMIT $5", &["uuid", "numeric", "text", "text", "int8"], &[0, 2, 4, 5, 3]),
        // without `author_id`, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 AND (title, isbn) > ($3, $4) ORDER BY title, isbn LIMIT $5", &["text", "numeric", "text", "text", "int8"], &[1, 2, 4, 5, 3]),
        // with every optional condition, order `by_title`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 AND (title, isbn) > ($4, $5) ORDER BY title, isbn LIMIT $6", &["uuid", "text", "numeric", "text", "text", "int8"], &[0, 1, 2, 4, 5, 3]),
        // without `author_id`, `tag`, `below`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price >= $1 AND (price > $1 OR added_at <= $2 AND (added_at < $2 OR isbn > $3)) ORDER BY price, added_at DESC, isbn LIMIT $4", &["numeric", "timestamptz", "text", "int8"], &[4, 5, 6, 3]),
        // without `tag`, `below`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price >= $2 AND (price > $2 OR added_at <= $3 AND (added_at < $3 OR isbn > $4)) ORDER BY price, added_at DESC, isbn LIMIT $5", &["uuid", "numeric", "timestamptz", "text", "int8"], &[0, 4, 5, 6, 3]),
        // without `author_id`, `below`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price >= $2 AND (price > $2 OR added_at <= $3 AND (added_at < $3 OR isbn > $4)) ORDER BY price, added_at DESC, isbn LIMIT $5", &["text", "numeric", "timestamptz", "text", "int8"], &[1, 4, 5, 6, 3]),
        // without `below`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price >= $3 AND (price > $3 OR added_at <= $4 AND (added_at < $4 OR isbn > $5)) ORDER BY price, added_at DESC, isbn LIMIT $6", &["uuid", "text", "numeric", "timestamptz", "text", "int8"], &[0, 1, 4, 5, 6, 3]),
        // without `author_id`, `tag`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 AND price >= $2 AND (price > $2 OR added_at <= $3 AND (added_at < $3 OR isbn > $4)) ORDER BY price, added_at DESC, isbn LIMIT $5", &["numeric", "numeric", "timestamptz", "text", "int8"], &[2, 4, 5, 6, 3]),
        // without `tag`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 AND price >= $3 AND (price > $3 OR added_at <= $4 AND (added_at < $4 OR isbn > $5)) ORDER BY price, added_at DESC, isbn LIMIT $6", &["uuid", "numeric", "numeric", "timestamptz", "text", "int8"], &[0, 2, 4, 5, 6, 3]),
        // without `author_id`, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 AND price >= $3 AND (price > $3 OR added_at <= $4 AND (added_at < $4 OR isbn > $5)) ORDER BY price, added_at DESC, isbn LIMIT $6", &["text", "numeric", "numeric", "timestamptz", "text", "int8"], &[1, 2, 4, 5, 6, 3]),
        // with every optional condition, order `cheapest`, a page after a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 AND price >= $4 AND (price > $4 OR added_at <= $5 AND (added_at < $5 OR isbn > $6)) ORDER BY price, added_at DESC, isbn LIMIT $7", &["uuid", "text", "numeric", "numeric", "timestamptz", "text", "int8"], &[0, 1, 2, 4, 5, 6, 3]),
        // without `author_id`, `tag`, `below`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books ORDER BY added_at, isbn LIMIT $1", &["int8"], &[3]),
        // without `tag`, `below`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 ORDER BY added_at, isbn LIMIT $2", &["uuid", "int8"], &[0, 3]),
        // without `author_id`, `below`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] ORDER BY added_at, isbn LIMIT $2", &["text", "int8"], &[1, 3]),
        // without `below`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] ORDER BY added_at, isbn LIMIT $3", &["uuid", "text", "int8"], &[0, 1, 3]),
        // without `author_id`, `tag`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 ORDER BY added_at, isbn LIMIT $2", &["numeric", "int8"], &[2, 3]),
        // without `tag`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 ORDER BY added_at, isbn LIMIT $3", &["uuid", "numeric", "int8"], &[0, 2, 3]),
        // without `author_id`, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 ORDER BY added_at, isbn LIMIT $3", &["text", "numeric", "int8"], &[1, 2, 3]),
        // with every optional condition, order `newest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 ORDER BY added_at, isbn LIMIT $4", &["uuid", "text", "numeric", "int8"], &[0, 1, 2, 3]),
        // without `author_id`, `tag`, `below`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books ORDER BY title DESC, isbn DESC LIMIT $1", &["int8"], &[3]),
        // without `tag`, `below`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 ORDER BY title DESC, isbn DESC LIMIT $2", &["uuid", "int8"], &[0, 3]),
        // without `author_id`, `below`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] ORDER BY title DESC, isbn DESC LIMIT $2", &["text", "int8"], &[1, 3]),
        // without `below`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] ORDER BY title DESC, isbn DESC LIMIT $3", &["uuid", "text", "int8"], &[0, 1, 3]),
        // without `author_id`, `tag`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 ORDER BY title DESC, isbn DESC LIMIT $2", &["numeric", "int8"], &[2, 3]),
        // without `tag`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 ORDER BY title DESC, isbn DESC LIMIT $3", &["uuid", "numeric", "int8"], &[0, 2, 3]),
        // without `author_id`, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 ORDER BY title DESC, isbn DESC LIMIT $3", &["text", "numeric", "int8"], &[1, 2, 3]),
        // with every optional condition, order `by_title`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 ORDER BY title DESC, isbn DESC LIMIT $4", &["uuid", "text", "numeric", "int8"], &[0, 1, 2, 3]),
        // without `author_id`, `tag`, `below`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books ORDER BY price DESC, added_at, isbn DESC LIMIT $1", &["int8"], &[3]),
        // without `tag`, `below`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 ORDER BY price DESC, added_at, isbn DESC LIMIT $2", &["uuid", "int8"], &[0, 3]),
        // without `author_id`, `below`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] ORDER BY price DESC, added_at, isbn DESC LIMIT $2", &["text", "int8"], &[1, 3]),
        // without `below`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] ORDER BY price DESC, added_at, isbn DESC LIMIT $3", &["uuid", "text", "int8"], &[0, 1, 3]),
        // without `author_id`, `tag`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 ORDER BY price DESC, added_at, isbn DESC LIMIT $2", &["numeric", "int8"], &[2, 3]),
        // without `tag`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 ORDER BY price DESC, added_at, isbn DESC LIMIT $3", &["uuid", "numeric", "int8"], &[0, 2, 3]),
        // without `author_id`, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 ORDER BY price DESC, added_at, isbn DESC LIMIT $3", &["text", "numeric", "int8"], &[1, 2, 3]),
        // with every optional condition, order `cheapest`, the last page
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 ORDER BY price DESC, added_at, isbn DESC LIMIT $4", &["uuid", "text", "numeric", "int8"], &[0, 1, 2, 3]),
        // without `author_id`, `tag`, `below`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE (added_at, isbn) > ($1, $2) ORDER BY added_at, isbn LIMIT $3", &["timestamptz", "text", "int8"], &[4, 5, 3]),
        // without `tag`, `below`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND (added_at, isbn) > ($2, $3) ORDER BY added_at, isbn LIMIT $4", &["uuid", "timestamptz", "text", "int8"], &[0, 4, 5, 3]),
        // without `author_id`, `below`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND (added_at, isbn) > ($2, $3) ORDER BY added_at, isbn LIMIT $4", &["text", "timestamptz", "text", "int8"], &[1, 4, 5, 3]),
        // without `below`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND (added_at, isbn) > ($3, $4) ORDER BY added_at, isbn LIMIT $5", &["uuid", "text", "timestamptz", "text", "int8"], &[0, 1, 4, 5, 3]),
        // without `author_id`, `tag`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 AND (added_at, isbn) > ($2, $3) ORDER BY added_at, isbn LIMIT $4", &["numeric", "timestamptz", "text", "int8"], &[2, 4, 5, 3]),
        // without `tag`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 AND (added_at, isbn) > ($3, $4) ORDER BY added_at, isbn LIMIT $5", &["uuid", "numeric", "timestamptz", "text", "int8"], &[0, 2, 4, 5, 3]),
        // without `author_id`, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 AND (added_at, isbn) > ($3, $4) ORDER BY added_at, isbn LIMIT $5", &["text", "numeric", "timestamptz", "text", "int8"], &[1, 2, 4, 5, 3]),
        // with every optional condition, order `newest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 AND (added_at, isbn) > ($4, $5) ORDER BY added_at, isbn LIMIT $6", &["uuid", "text", "numeric", "timestamptz", "text", "int8"], &[0, 1, 2, 4, 5, 3]),
        // without `author_id`, `tag`, `below`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE (title, isbn) < ($1, $2) ORDER BY title DESC, isbn DESC LIMIT $3", &["text", "text", "int8"], &[4, 5, 3]),
        // without `tag`, `below`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND (title, isbn) < ($2, $3) ORDER BY title DESC, isbn DESC LIMIT $4", &["uuid", "text", "text", "int8"], &[0, 4, 5, 3]),
        // without `author_id`, `below`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND (title, isbn) < ($2, $3) ORDER BY title DESC, isbn DESC LIMIT $4", &["text", "text", "text", "int8"], &[1, 4, 5, 3]),
        // without `below`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND (title, isbn) < ($3, $4) ORDER BY title DESC, isbn DESC LIMIT $5", &["uuid", "text", "text", "text", "int8"], &[0, 1, 4, 5, 3]),
        // without `author_id`, `tag`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 AND (title, isbn) < ($2, $3) ORDER BY title DESC, isbn DESC LIMIT $4", &["numeric", "text", "text", "int8"], &[2, 4, 5, 3]),
        // without `tag`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 AND (title, isbn) < ($3, $4) ORDER BY title DESC, isbn DESC LIMIT $5", &["uuid", "numeric", "text", "text", "int8"], &[0, 2, 4, 5, 3]),
        // without `author_id`, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 AND (title, isbn) < ($3, $4) ORDER BY title DESC, isbn DESC LIMIT $5", &["text", "numeric", "text", "text", "int8"], &[1, 2, 4, 5, 3]),
        // with every optional condition, order `by_title`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 AND (title, isbn) < ($4, $5) ORDER BY title DESC, isbn DESC LIMIT $6", &["uuid", "text", "numeric", "text", "text", "int8"], &[0, 1, 2, 4, 5, 3]),
        // without `author_id`, `tag`, `below`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price <= $1 AND (price < $1 OR added_at >= $2 AND (added_at > $2 OR isbn < $3)) ORDER BY price DESC, added_at, isbn DESC LIMIT $4", &["numeric", "timestamptz", "text", "int8"], &[4, 5, 6, 3]),
        // without `tag`, `below`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price <= $2 AND (price < $2 OR added_at >= $3 AND (added_at > $3 OR isbn < $4)) ORDER BY price DESC, added_at, isbn DESC LIMIT $5", &["uuid", "numeric", "timestamptz", "text", "int8"], &[0, 4, 5, 6, 3]),
        // without `author_id`, `below`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price <= $2 AND (price < $2 OR added_at >= $3 AND (added_at > $3 OR isbn < $4)) ORDER BY price DESC, added_at, isbn DESC LIMIT $5", &["text", "numeric", "timestamptz", "text", "int8"], &[1, 4, 5, 6, 3]),
        // without `below`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price <= $3 AND (price < $3 OR added_at >= $4 AND (added_at > $4 OR isbn < $5)) ORDER BY price DESC, added_at, isbn DESC LIMIT $6", &["uuid", "text", "numeric", "timestamptz", "text", "int8"], &[0, 1, 4, 5, 6, 3]),
        // without `author_id`, `tag`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE price < $1 AND price <= $2 AND (price < $2 OR added_at >= $3 AND (added_at > $3 OR isbn < $4)) ORDER BY price DESC, added_at, isbn DESC LIMIT $5", &["numeric", "numeric", "timestamptz", "text", "int8"], &[2, 4, 5, 6, 3]),
        // without `tag`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND price < $2 AND price <= $3 AND (price < $3 OR added_at >= $4 AND (added_at > $4 OR isbn < $5)) ORDER BY price DESC, added_at, isbn DESC LIMIT $6", &["uuid", "numeric", "numeric", "timestamptz", "text", "int8"], &[0, 2, 4, 5, 6, 3]),
        // without `author_id`, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE tags && ARRAY[$1::TEXT] AND price < $2 AND price <= $3 AND (price < $3 OR added_at >= $4 AND (added_at > $4 OR isbn < $5)) ORDER BY price DESC, added_at, isbn DESC LIMIT $6", &["text", "numeric", "numeric", "timestamptz", "text", "int8"], &[1, 2, 4, 5, 6, 3]),
        // with every optional condition, order `cheapest`, a page before a cursor
        db::Variant::new(Self::QUERY, "/* catalogue.browse */ SELECT isbn, title, price, added_at FROM books WHERE author_id = $1 AND tags && ARRAY[$2::TEXT] AND price < $3 AND price <= $4 AND (price < $4 OR added_at >= $5 AND (added_at > $5 OR isbn < $6)) ORDER BY price DESC, added_at, isbn DESC LIMIT $7", &["uuid", "text", "numeric", "numeric", "timestamptz", "text", "int8"], &[0, 1, 2, 4, 5, 6, 3]),
    ];
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        author_id: &'a Option<db::types::uuid::Uuid>,
        tag: &'a Option<impl db::StringSql>,
        below: &'a Option<db::types::rust_decimal::Decimal>,
        order: &'a BrowseOrder,
        page_size: &'a i64,
    ) -> db::Pages<'c, 'a, C, Self, 4> {
        let order = *order as usize;
        let variant = db::variant(&[author_id.is_some(), tag.is_some(), below.is_some()], order);
        db::Pages::new(client, [author_id, tag, below, page_size], (variant, order), (3, *page_size), |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a BrowseParams<impl db::StringSql>,
    ) -> db::Pages<'c, 'a, C, Self, 4> {
        self.bind(client, &params.author_id, &params.tag, &params.below, &params.order, &params.page_size)
    }
}
impl db::Returning for BrowseStmt {
    type Row = Entry;
    type Borrowed<'r> = EntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(EntryBorrowed {
            isbn: row.try_get(0)?, title: row.try_get(1)?, price: row.try_get_lossless(2)?, added_at: row.try_get(3)?,
        })
    }
}
impl db::Paged for BrowseStmt {
    const QUERY: &'static db::Query = Self::QUERY;
    const VARIANTS: &'static [db::Variant] = Self::VARIANTS;
    const ORDERS: &'static [db::PageOrder] = &[
        db::PageOrder { name: "newest", tag: 0xf7e45472, keys: &[(3, "timestamptz"), (0, "text")] },
        db::PageOrder { name: "by_title", tag: 0x04890fe5, keys: &[(1, "text"), (0, "text")] },
        db::PageOrder { name: "cheapest", tag: 0xe7d7a0f4, keys: &[(2, "numeric"), (3, "timestamptz"), (0, "text")] },
    ];
}
/// The statement [`search`](fn@search); a row is a [`Entry`].
#[derive(Clone, Copy, Debug)]
pub struct SearchStmt;
/// Books whose titles have all words of a text. Uses idx_books_words.
pub fn search() -> SearchStmt {
    SearchStmt
}
impl SearchStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.search",
        file: "queries/catalogue.sql",
        line: 65,
        sql: "/* catalogue.search */ SELECT isbn, title, price, added_at FROM books WHERE words @@ PLAINTO_TSQUERY('simple', $1) ORDER BY title, isbn",
        parameters: &["text"],
        columns: BrowseStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        text: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [text], |it| it.into())
    }
}
impl db::Returning for SearchStmt {
    type Row = Entry;
    type Borrowed<'r> = EntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <BrowseStmt as db::Returning>::read(row)
    }
}
/// The statement [`tagged`](fn@tagged).
#[derive(Clone, Copy, Debug)]
pub struct TaggedStmt;
/// The titles of the books that have one of the tags and one of the bindings. Uses idx_books_tags.
pub fn tagged() -> TaggedStmt {
    TaggedStmt
}
impl TaggedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.tagged",
        file: "queries/catalogue.sql",
        line: 72,
        sql: "/* catalogue.tagged */ SELECT title FROM books WHERE tags && $1 AND binding = ANY ($2) ORDER BY title",
        parameters: &["text[]", "public.binding[]"],
        columns: &[("title", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        tags: &'a impl db::ArraySql<Item = impl db::StringSql>,
        bindings: &'a impl db::ArraySql<Item = super::types::Binding>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [tags, bindings], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a TaggedParams<impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = super::types::Binding>>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.tags, &params.bindings)
    }
}
impl db::Returning for TaggedStmt {
    type Row = String;
    type Borrowed<'r> = &'r str;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`for_age`](fn@for_age).
#[derive(Clone, Copy, Debug)]
pub struct ForAgeStmt;
/// The titles of the books for somebody of an age. Uses idx_books_reading_age.
pub fn for_age() -> ForAgeStmt {
    ForAgeStmt
}
impl ForAgeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.for_age",
        file: "queries/catalogue.sql",
        line: 79,
        sql: "/* catalogue.for_age */ SELECT title FROM books WHERE reading_age @> $1::INTEGER ORDER BY title",
        parameters: &["int4"],
        columns: &[("title", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, age: &'a i32) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [age], |it| it.into())
    }
}
impl db::Returning for ForAgeStmt {
    type Row = String;
    type Borrowed<'r> = &'r str;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`details`](fn@details).
#[derive(Clone, Copy, Debug)]
pub struct DetailsStmt;
/// What is known of a book besides. Uses the primary key.
pub fn details() -> DetailsStmt {
    DetailsStmt
}
impl DetailsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.details",
        file: "queries/catalogue.sql",
        line: 86,
        sql: "/* catalogue.details */ SELECT details FROM books WHERE isbn = $1",
        parameters: &["text"],
        columns: &[("details", "jsonb")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        isbn: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [isbn], |it| it)
    }
}
impl db::Returning for DetailsStmt {
    type Row = db::types::Json<crate::BookDetails>;
    type Borrowed<'r> = db::types::Json<crate::BookDetails>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`cover`](fn@cover).
#[derive(Clone, Copy, Debug)]
pub struct CoverStmt;
/// The picture of a book. Uses the primary key.
pub fn cover() -> CoverStmt {
    CoverStmt
}
impl CoverStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.cover",
        file: "queries/catalogue.sql",
        line: 92,
        sql: "/* catalogue.cover */ SELECT cover FROM books WHERE isbn = $1",
        parameters: &["text"],
        columns: &[("cover", "bytea")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        isbn: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [isbn], |it| it.map(|v| v.into()))
    }
}
impl db::Returning for CoverStmt {
    type Row = Option<Vec<u8>>;
    type Borrowed<'r> = Option<&'r [u8]>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`words`](fn@words).
#[derive(Clone, Copy, Debug)]
pub struct WordsStmt;
/// The words of a title, as the search sees them. Uses the primary key.
pub fn words() -> WordsStmt {
    WordsStmt
}
impl WordsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.words",
        file: "queries/catalogue.sql",
        line: 98,
        sql: "/* catalogue.words */ SELECT COALESCE(words, '') AS words FROM books WHERE isbn = $1",
        parameters: &["text"],
        columns: &[("words", "tsvector")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        isbn: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [isbn], |it| it)
    }
}
impl db::Returning for WordsStmt {
    type Row = db::types::TextSearchVector;
    type Borrowed<'r> = db::types::TextSearchVector;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`reprice`](fn@reprice).
#[derive(Clone, Copy, Debug)]
pub struct RepriceStmt;
/// Sets the price of a book.
pub fn reprice() -> RepriceStmt {
    RepriceStmt
}
impl RepriceStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.reprice",
        file: "queries/catalogue.sql",
        line: 104,
        sql: "/* catalogue.reprice */ UPDATE books SET price = $1 WHERE isbn = $2",
        parameters: &["numeric", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        price: &db::types::rust_decimal::Decimal,
        isbn: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[price, isbn]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RepriceParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.price, &params.isbn).await
    }
    /// The statement that [`batch`](Self::batch) runs.
    pub const BATCH: &'static db::Query = &db::Query {
        name: "catalogue.reprice.batch",
        file: "queries/catalogue.sql",
        line: 104,
        sql: "/* catalogue.reprice.batch */ UPDATE books SET price = batch.p_price FROM UNNEST($1::numeric[], $2::text[]) AS batch (p_price, p_isbn) WHERE isbn = batch.p_isbn",
        parameters: &["numeric[]", "text[]"],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns the number of
    /// rows that they changed.
    pub async fn batch<C: db::GenericClient>(
        self,
        client: &C,
        rows: &[RepriceParams<impl db::StringSql>],
    ) -> Result<u64, db::Error> {
        let mut changed = 0;
        for rows in rows.chunks(db::BATCH_ROWS) {
            changed += Self::BATCH.execute(client, &[
                &db::column(rows, |row| &row.price), &db::column(rows, |row| &row.isbn),
            ]).await?;
        }
        Ok(changed)
    }
}
/// The statement [`redetail`](fn@redetail).
#[derive(Clone, Copy, Debug)]
pub struct RedetailStmt;
/// Sets what is known of many books at once: one array for each column, by hand instead of by the mark `batch`.
pub fn redetail() -> RedetailStmt {
    RedetailStmt
}
impl RedetailStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.redetail",
        file: "queries/catalogue.sql",
        line: 110,
        sql: "/* catalogue.redetail */ UPDATE books b SET details = new.details FROM UNNEST($1::isbn[], $2::JSONB[]) AS new (isbn, details) WHERE b.isbn = new.isbn",
        parameters: &["text[]", "jsonb[]"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        isbns: &impl db::ArraySql<Item = impl db::StringSql>,
        details: &impl db::ArraySql<Item = impl db::JsonSql>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[isbns, details]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RedetailParams<impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::JsonSql>>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.isbns, &params.details).await
    }
}
/// The statement [`details_of`](fn@details_of).
#[derive(Clone, Copy, Debug)]
pub struct DetailsOfStmt;
/// What is known of the books of an author, by ISBN. Uses idx_books_author_id.
pub fn details_of() -> DetailsOfStmt {
    DetailsOfStmt
}
impl DetailsOfStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.details_of",
        file: "queries/catalogue.sql",
        line: 117,
        sql: "/* catalogue.details_of */ SELECT COALESCE(ARRAY_AGG(details ORDER BY isbn), '{}') AS details FROM books WHERE author_id = $1",
        parameters: &["uuid"],
        columns: &[("details", "jsonb[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        author_id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [author_id], |it| it.collect())
    }
}
impl db::Returning for DetailsOfStmt {
    type Row = Vec<db::types::Json<crate::BookDetails>>;
    type Borrowed<'r> = db::types::Array<'r, db::types::Json<crate::BookDetails>>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`prices_of`](fn@prices_of).
#[derive(Clone, Copy, Debug)]
pub struct PricesOfStmt;
/// The prices of the books of an author, by ISBN. Uses idx_books_author_id.
pub fn prices_of() -> PricesOfStmt {
    PricesOfStmt
}
impl PricesOfStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "catalogue.prices_of",
        file: "queries/catalogue.sql",
        line: 123,
        sql: "/* catalogue.prices_of */ SELECT COALESCE(ARRAY_AGG(price ORDER BY isbn), '{}') AS prices FROM books WHERE author_id = $1",
        parameters: &["uuid"],
        columns: &[("prices", "numeric[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        author_id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [author_id], |it| it.collect())
    }
}
impl db::Returning for PricesOfStmt {
    type Row = Vec<db::types::rust_decimal::Decimal>;
    type Borrowed<'r> = db::types::Array<'r, db::types::rust_decimal::Decimal>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get_lossless(0)
    }
}
