// Written by the build step from queries/orders.sql. Edit that file: `cargo build` brings this one up to date.

//! Customers, orders, and what was sold.

use barqnet_db_client as db;
/// The parameters of [`add_customer`](fn@add_customer).
pub struct AddCustomerParams<T1> {
    pub id: db::types::uuid::Uuid,
    pub email: T1,
    pub address: Option<super::types::Address>,
    pub seen_at: Option<barqnet_db_client::types::cidr::IpInet>,
}
/// The parameters of [`place`](fn@place).
#[derive(Debug)]
pub struct PlaceParams<T1, T2> {
    pub customer_id: db::types::uuid::Uuid,
    pub wrapping: super::types::Wrapping,
    pub promise: db::types::Interval,
    pub isbns: T1,
    pub copies: T2,
}
/// The parameters of [`of_customer`](fn@of_customer).
#[derive(Debug)]
pub struct OfCustomerParams<T1> {
    pub customer_id: db::types::uuid::Uuid,
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
    pub id: db::types::uuid::Uuid,
    pub email: String,
    pub address: Option<super::types::Address>,
    pub seen_at: Option<barqnet_db_client::types::cidr::IpInet>,
}
/// A [`Customer`] that borrows from the row it was read from.
pub struct CustomerBorrowed<'a> {
    pub id: db::types::uuid::Uuid,
    pub email: &'a str,
    pub address: Option<super::types::Address>,
    pub seen_at: Option<barqnet_db_client::types::cidr::IpInet>,
}
impl<'a> From<CustomerBorrowed<'a>> for Customer {
    fn from(it: CustomerBorrowed<'a>) -> Self {
        Self { id: it.id, email: it.email.into(), address: it.address, seen_at: it.seen_at }
    }
}
/// A row of [`of_customer`](fn@of_customer).
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: i64,
    pub status: super::types::OrderStatus,
    pub wrapping: super::types::Wrapping,
    pub placed_at: chrono::DateTime<chrono::Utc>,
    pub promise: db::types::Interval,
}
/// A row of [`with_lines`](fn@with_lines).
#[derive(Clone, PartialEq)]
pub struct OrderWithLines {
    pub id: i64,
    pub status: super::types::OrderStatus,
    pub placed_at: chrono::DateTime<chrono::Utc>,
    pub buyer: Buyer,
    pub lines: Vec<OrderLine>,
}
/// A row of [`latest`](fn@latest).
#[derive(Debug, Clone, PartialEq)]
pub struct Latest {
    pub customer_id: db::types::uuid::Uuid,
    pub latest: Option<LatestOrder>,
}
/// A row of [`by_author`](fn@by_author).
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorSales {
    pub id: db::types::uuid::Uuid,
    pub name: String,
    pub copies: i64,
    pub turnover: Option<db::types::rust_decimal::Decimal>,
}
/// A [`AuthorSales`] that borrows from the row it was read from.
pub struct AuthorSalesBorrowed<'a> {
    pub id: db::types::uuid::Uuid,
    pub name: &'a str,
    pub copies: i64,
    pub turnover: Option<db::types::rust_decimal::Decimal>,
}
impl<'a> From<AuthorSalesBorrowed<'a>> for AuthorSales {
    fn from(it: AuthorSalesBorrowed<'a>) -> Self {
        Self { id: it.id, name: it.name.into(), copies: it.copies, turnover: it.turnover }
    }
}
/// A row of the column `buyer`.
#[derive(Clone, PartialEq)]
pub struct Buyer {
    pub id: db::types::uuid::Uuid,
    pub email: String,
}
db::embedded!(Buyer { id: read("uuid"), email: read("text") });
/// A row of the column `latest`.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestOrder {
    pub id: i64,
    pub status: super::types::OrderStatus,
    pub placed_at: chrono::DateTime<chrono::Utc>,
}
db::embedded!(LatestOrder { id: read("int8"), status: read("public.order_status"), placed_at: read("timestamptz") });
/// A row of the column `lines`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderLine {
    pub isbn: String,
    pub title: String,
    pub copies: i32,
    pub price: db::types::rust_decimal::Decimal,
    pub cover: Option<Vec<u8>>,
    pub binding: super::types::Binding,
}
db::embedded!(OrderLine {
    isbn: read("text"), title: read("text"), copies: read("int4"), price: read_lossless("numeric"),
    cover: read("bytea"), binding: read("public.binding"),
});
/// The statement [`add_customer`](fn@add_customer).
#[derive(Clone, Copy, Debug)]
pub struct AddCustomerStmt;
/// Adds a customer.
pub fn add_customer() -> AddCustomerStmt {
    AddCustomerStmt
}
impl AddCustomerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.add_customer",
        file: "queries/orders.sql",
        line: 3,
        sql: "/* orders.add_customer */ INSERT INTO customers (id, email, address, seen_at) VALUES ($1, $2, $3, $4)",
        parameters: &["uuid", "text", "public.address", "inet"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        id: &db::types::uuid::Uuid,
        email: &impl db::StringSql,
        address: &Option<super::types::Address>,
        seen_at: &Option<barqnet_db_client::types::cidr::IpInet>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, email, address, seen_at]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AddCustomerParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.id, &params.email, &params.address, &params.seen_at).await
    }
}
/// The statement [`customer`](fn@customer); a row is a [`Customer`].
#[derive(Clone, Copy, Debug)]
pub struct CustomerStmt;
/// A customer. Uses the primary key.
pub fn customer() -> CustomerStmt {
    CustomerStmt
}
impl CustomerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.customer",
        file: "queries/orders.sql",
        line: 8,
        sql: "/* orders.customer */ SELECT id, email, address, seen_at FROM customers WHERE id = $1",
        parameters: &["uuid"],
        columns: &[("id", "uuid"), ("email", "text"), ("address", "public.address"), ("seen_at", "inet")],
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
impl db::Returning for CustomerStmt {
    type Row = Customer;
    type Borrowed<'r> = CustomerBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(CustomerBorrowed {
            id: row.try_get(0)?, email: row.try_get(1)?, address: row.try_get(2)?, seen_at: row.try_get(3)?,
        })
    }
}
/// The statement [`place`](fn@place).
#[derive(Clone, Copy, Debug)]
pub struct PlaceStmt;
/// Places an order with its lines, at the present prices, and returns its number. The stock shrinks: see
/// take_ordered_copies.
pub fn place() -> PlaceStmt {
    PlaceStmt
}
impl PlaceStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.place",
        file: "queries/orders.sql",
        line: 14,
        sql: "/* orders.place */ WITH placed AS ( INSERT INTO orders (customer_id, wrapping, promise) VALUES ($1, $2, $3) RETURNING id ), lines AS ( INSERT INTO order_lines (order_id, isbn, copies, price) SELECT placed.id, b.isbn, wanted.copies, b.price FROM placed CROSS JOIN UNNEST($4::isbn[], $5::INTEGER[]) AS wanted (isbn, copies) JOIN books b ON b.isbn = wanted.isbn ) SELECT id FROM placed",
        parameters: &["uuid", "public.wrapping", "interval", "text[]", "int4[]"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        customer_id: &'a db::types::uuid::Uuid,
        wrapping: &'a super::types::Wrapping,
        promise: &'a db::types::Interval,
        isbns: &'a impl db::ArraySql<Item = impl db::StringSql>,
        copies: &'a impl db::ArraySql<Item = i32>,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        db::Bound::new(Self::QUERY, client, [customer_id, wrapping, promise, isbns, copies], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a PlaceParams<impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = i32>>,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        self.bind(client, &params.customer_id, &params.wrapping, &params.promise, &params.isbns, &params.copies)
    }
}
impl db::Returning for PlaceStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`of_customer`](fn@of_customer); a row is a [`Order`].
#[derive(Clone, Copy, Debug)]
pub struct OfCustomerStmt;
/// The orders of a customer in one of the states, newest first. Uses idx_orders_customer_id.
pub fn of_customer() -> OfCustomerStmt {
    OfCustomerStmt
}
impl OfCustomerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.of_customer",
        file: "queries/orders.sql",
        line: 31,
        sql: "/* orders.of_customer */ SELECT id, status, wrapping, placed_at, promise FROM orders WHERE customer_id = $1 AND status = ANY ($2) ORDER BY id DESC",
        parameters: &["uuid", "public.order_status[]"],
        columns: &[("id", "int8"), ("status", "public.order_status"), ("wrapping", "public.wrapping"), ("placed_at", "timestamptz"), ("promise", "interval")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        customer_id: &'a db::types::uuid::Uuid,
        statuses: &'a impl db::ArraySql<Item = super::types::OrderStatus>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [customer_id, statuses], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a OfCustomerParams<impl db::ArraySql<Item = super::types::OrderStatus>>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.customer_id, &params.statuses)
    }
}
impl db::Returning for OfCustomerStmt {
    type Row = Order;
    type Borrowed<'r> = Order;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Order {
            id: row.try_get(0)?, status: row.try_get(1)?, wrapping: row.try_get(2)?, placed_at: row.try_get(3)?,
            promise: row.try_get(4)?,
        })
    }
}
/// The statement [`with_lines`](fn@with_lines); a row is a [`OrderWithLines`].
#[derive(Clone, Copy, Debug)]
pub struct WithLinesStmt;
/// The orders of a customer with the buyer and their lines, oldest first: one statement. Uses idx_orders_customer_id and the primary
/// keys.
pub fn with_lines() -> WithLinesStmt {
    WithLinesStmt
}
impl WithLinesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.with_lines",
        file: "queries/orders.sql",
        line: 38,
        sql: "/* orders.with_lines */ SELECT o.id, o.status, o.placed_at, buyer, ARRAY( SELECT line FROM ( SELECT l.isbn, b.title, l.copies, l.price, b.cover, b.binding FROM order_lines l JOIN books b ON b.isbn = l.isbn WHERE l.order_id = o.id ORDER BY l.isbn ) AS line ) AS lines FROM orders o JOIN LATERAL (SELECT c.id, c.email FROM customers c WHERE c.id = o.customer_id) AS buyer ON TRUE WHERE o.customer_id = $1 ORDER BY o.id",
        parameters: &["uuid"],
        columns: &[("id", "int8"), ("status", "public.order_status"), ("placed_at", "timestamptz"), ("buyer", "record"), ("lines", "_record")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        customer_id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [customer_id], |it| it)
    }
}
impl db::Returning for WithLinesStmt {
    type Row = OrderWithLines;
    type Borrowed<'r> = OrderWithLines;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OrderWithLines {
            id: row.try_get(0)?, status: row.try_get(1)?, placed_at: row.try_get(2)?, buyer: row.try_get(3)?,
            lines: row.try_get_rows(4)?,
        })
    }
}
/// The statement [`latest`](fn@latest); a row is a [`Latest`].
#[derive(Clone, Copy, Debug)]
pub struct LatestStmt;
/// A customer with the latest order, which is NULL without any. Uses the primary key and idx_orders_customer_id.
pub fn latest() -> LatestStmt {
    LatestStmt
}
impl LatestStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.latest",
        file: "queries/orders.sql",
        line: 57,
        sql: "/* orders.latest */ SELECT c.id AS customer_id, latest FROM customers c LEFT JOIN LATERAL ( SELECT o.id, o.status, o.placed_at FROM orders o WHERE o.customer_id = c.id ORDER BY o.id DESC LIMIT 1 ) AS latest ON TRUE WHERE c.id = $1",
        parameters: &["uuid"],
        columns: &[("customer_id", "uuid"), ("latest", "record")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        customer_id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [customer_id], |it| it)
    }
}
impl db::Returning for LatestStmt {
    type Row = Latest;
    type Borrowed<'r> = Latest;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Latest { customer_id: row.try_get(0)?, latest: row.try_get(1)? })
    }
}
/// The statement [`set_status`](fn@set_status).
#[derive(Clone, Copy, Debug)]
pub struct SetStatusStmt;
/// Changes the status of an order. Uses the primary key.
pub fn set_status() -> SetStatusStmt {
    SetStatusStmt
}
impl SetStatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.set_status",
        file: "queries/orders.sql",
        line: 70,
        sql: "/* orders.set_status */ UPDATE orders SET status = $1 WHERE id = $2",
        parameters: &["public.order_status", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        status: &super::types::OrderStatus,
        id: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[status, id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(self, client: &C, params: &SetStatusParams) -> Result<u64, db::Error> {
        self.bind(client, &params.status, &params.id).await
    }
}
/// The statement [`archive`](fn@archive).
#[derive(Clone, Copy, Debug)]
pub struct ArchiveStmt;
/// Moves delivered orders that were placed before a time to old_orders, and returns how many.
pub fn archive() -> ArchiveStmt {
    ArchiveStmt
}
impl ArchiveStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.archive",
        file: "queries/orders.sql",
        line: 76,
        sql: "/* orders.archive */ WITH moved AS ( DELETE FROM orders WHERE status = 'delivered' AND placed_at < $1 RETURNING id, customer_id, status, placed_at, promise ), kept AS ( INSERT INTO old_orders (id, customer_id, status, placed_at, promise) SELECT id, customer_id, status, placed_at, promise FROM moved ) SELECT COUNT(*) AS moved FROM moved",
        parameters: &["timestamptz"],
        columns: &[("moved", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        before: &'a chrono::DateTime<chrono::Utc>,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [before], |it| it)
    }
}
impl db::Returning for ArchiveStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`by_author`](fn@by_author); a row is a [`AuthorSales`].
#[derive(Clone, Copy, Debug)]
pub struct ByAuthorStmt;
/// Copies and turnover per author, best first. A report: it reads all order lines.
pub fn by_author() -> ByAuthorStmt {
    ByAuthorStmt
}
impl ByAuthorStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.by_author",
        file: "queries/orders.sql",
        line: 90,
        sql: "/* orders.by_author */ SELECT id, name, copies, turnover FROM sales_by_author ORDER BY copies DESC, name",
        parameters: &[],
        columns: &[("id", "uuid"), ("name", "text"), ("copies", "int8"), ("turnover", "numeric")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for ByAuthorStmt {
    type Row = AuthorSales;
    type Borrowed<'r> = AuthorSalesBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(AuthorSalesBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, copies: row.try_get(2)?, turnover: row.try_get_lossless(3)?,
        })
    }
}
/// The statement [`statuses`](fn@statuses).
#[derive(Clone, Copy, Debug)]
pub struct StatusesStmt;
/// The states of the orders of a customer, without repetitions; NULL without any order.
pub fn statuses() -> StatusesStmt {
    StatusesStmt
}
impl StatusesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "orders.statuses",
        file: "queries/orders.sql",
        line: 96,
        sql: "/* orders.statuses */ SELECT ARRAY_AGG(DISTINCT status) AS statuses FROM orders WHERE customer_id = $1",
        parameters: &["uuid"],
        columns: &[("statuses", "public.order_status[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        customer_id: &'a db::types::uuid::Uuid,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [customer_id], |it| it.map(|v| v.collect()))
    }
}
impl db::Returning for StatusesStmt {
    type Row = Option<Vec<super::types::OrderStatus>>;
    type Borrowed<'r> = Option<db::types::Array<'r, super::types::OrderStatus>>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
