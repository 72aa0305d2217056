// Written by the build step from queries/partner.sql. Edit that file: `cargo build` brings this one up to date.

//! Offers of the partner.

use barqnet_db_client as db;
/// The parameters of [`add`](fn@add).
#[derive(Debug)]
pub struct AddParams<T1, T2> {
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
    pub sellers: db::types::Array<'a, super::types::partner::Seller>,
}
impl<'a> From<OfferBorrowed<'a>> for Offer {
    fn from(it: OfferBorrowed<'a>) -> Self {
        Self { isbn: it.isbn.into(), binding: it.binding, sellers: it.sellers.collect() }
    }
}
/// A row of [`binding`](fn@binding), [`bindings`](fn@bindings).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Binding {
    pub binding: super::types::partner::Binding,
    pub offers: i64,
}
/// The statement [`add`](fn@add).
#[derive(Clone, Copy, Debug)]
pub struct AddStmt;
/// Adds an offer.
pub fn add() -> AddStmt {
    AddStmt
}
impl AddStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "partner.add",
        file: "queries/partner.sql",
        line: 3,
        sql: "/* partner.add */ INSERT INTO partner.offers (isbn, binding, sellers) VALUES ($1, $2, $3)",
        parameters: &["text", "partner.binding", "partner.seller[]"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        isbn: &impl db::StringSql,
        binding: &super::types::partner::Binding,
        sellers: &impl db::ArraySql<Item = super::types::partner::Seller>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[isbn, binding, sellers]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AddParams<impl db::StringSql, impl db::ArraySql<Item = super::types::partner::Seller>>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.isbn, &params.binding, &params.sellers).await
    }
}
/// The statement [`offer`](fn@offer); a row is a [`Offer`].
#[derive(Clone, Copy, Debug)]
pub struct OfferStmt;
/// An offer. Uses the primary key. An element of `sellers` is never NULL: only add writes them.
pub fn offer() -> OfferStmt {
    OfferStmt
}
impl OfferStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "partner.offer",
        file: "queries/partner.sql",
        line: 8,
        sql: "/* partner.offer */ SELECT isbn, binding, sellers FROM partner.offers WHERE isbn = $1",
        parameters: &["text"],
        columns: &[("isbn", "text"), ("binding", "partner.binding"), ("sellers", "partner.seller[]")],
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
impl db::Returning for OfferStmt {
    type Row = Offer;
    type Borrowed<'r> = OfferBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OfferBorrowed { isbn: row.try_get(0)?, binding: row.try_get(1)?, sellers: row.try_get(2)? })
    }
}
/// The statement [`binding`](fn@binding).
#[derive(Clone, Copy, Debug)]
pub struct BindingStmt;
/// The binding of an offer. Uses the primary key.
pub fn binding() -> BindingStmt {
    BindingStmt
}
impl BindingStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "partner.binding",
        file: "queries/partner.sql",
        line: 14,
        sql: "/* partner.binding */ SELECT binding FROM partner.offers WHERE isbn = $1",
        parameters: &["text"],
        columns: &[("binding", "partner.binding")],
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
impl db::Returning for BindingStmt {
    type Row = super::types::partner::Binding;
    type Borrowed<'r> = super::types::partner::Binding;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`bindings`](fn@bindings); a row is a [`Binding`].
#[derive(Clone, Copy, Debug)]
pub struct BindingsStmt;
/// How many offers there are of each binding. Reads all offers.
pub fn bindings() -> BindingsStmt {
    BindingsStmt
}
impl BindingsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "partner.bindings",
        file: "queries/partner.sql",
        line: 20,
        sql: "/* partner.bindings */ SELECT binding, COUNT(*) AS offers FROM partner.offers GROUP BY binding ORDER BY binding",
        parameters: &[],
        columns: &[("binding", "partner.binding"), ("offers", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for BindingsStmt {
    type Row = Binding;
    type Borrowed<'r> = Binding;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Binding { binding: row.try_get(0)?, offers: row.try_get(1)? })
    }
}
