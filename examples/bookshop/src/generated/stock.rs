// Written by the build step from queries/stock.sql. Edit that file: `cargo build` brings this one up to date.

//! Copies in the branches.

use barqnet_db_client as db;
/// The parameters of [`fill`](fn@fill).
#[derive(Debug)]
pub struct FillParams<T1, T2> {
    pub branch_id: i16,
    pub isbns: T1,
    pub copies: T2,
}
/// The parameters of [`deliver`](fn@deliver).
#[derive(Debug)]
pub struct DeliverParams<T1> {
    pub branch_id: i16,
    pub isbn: T1,
    pub copies: i32,
}
/// The parameters of [`take`](fn@take).
#[derive(Debug)]
pub struct TakeParams<T1> {
    pub isbn: T1,
    pub wanted: i32,
}
/// A row of [`written_until`](fn@written_until).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Progress {
    pub transaction: db::types::Xid8,
    pub log: db::types::PgLsn,
}
/// The statement [`fill`](fn@fill).
#[derive(Clone, Copy, Debug)]
pub struct FillStmt;
/// Adds copies of many books to a branch: one array for each column.
pub fn fill() -> FillStmt {
    FillStmt
}
impl FillStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "stock.fill",
        file: "queries/stock.sql",
        line: 3,
        sql: "/* stock.fill */ INSERT INTO stock (branch_id, isbn, copies) SELECT $1, delivered.isbn, delivered.copies FROM UNNEST($2::isbn[], $3::INTEGER[]) AS delivered (isbn, copies) ON CONFLICT (branch_id, isbn) DO UPDATE SET copies = stock.copies + EXCLUDED.copies",
        parameters: &["int2", "text[]", "int4[]"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        branch_id: &i16,
        isbns: &impl db::ArraySql<Item = impl db::StringSql>,
        copies: &impl db::ArraySql<Item = i32>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[branch_id, isbns, copies]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &FillParams<impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = i32>>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.branch_id, &params.isbns, &params.copies).await
    }
}
/// The statement [`deliver`](fn@deliver).
#[derive(Clone, Copy, Debug)]
pub struct DeliverStmt;
/// Adds copies of a book to a branch. In a batch each book may occur once per branch.
pub fn deliver() -> DeliverStmt {
    DeliverStmt
}
impl DeliverStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "stock.deliver",
        file: "queries/stock.sql",
        line: 11,
        sql: "/* stock.deliver */ INSERT INTO stock (branch_id, isbn, copies) VALUES ($1, $2, $3) ON CONFLICT (branch_id, isbn) DO UPDATE SET copies = stock.copies + EXCLUDED.copies",
        parameters: &["int2", "text", "int4"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        branch_id: &i16,
        isbn: &impl db::StringSql,
        copies: &i32,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[branch_id, isbn, copies]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeliverParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.branch_id, &params.isbn, &params.copies).await
    }
    /// The statement that [`batch`](Self::batch) runs.
    pub const BATCH: &'static db::Query = &db::Query {
        name: "stock.deliver.batch",
        file: "queries/stock.sql",
        line: 11,
        sql: "/* stock.deliver.batch */ INSERT INTO stock (branch_id, isbn, copies) SELECT batch.p_branch_id, batch.p_isbn, batch.p_copies FROM UNNEST($1::int2[], $2::isbn[], $3::int4[]) WITH ORDINALITY AS batch (p_branch_id, p_isbn, p_copies, batch_position) ORDER BY batch.batch_position ON CONFLICT (branch_id, isbn) DO UPDATE SET copies = stock.copies + EXCLUDED.copies",
        parameters: &["int2[]", "text[]", "int4[]"],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns the number of
    /// rows that they changed.
    pub async fn batch<C: db::GenericClient>(
        self,
        client: &C,
        rows: &[DeliverParams<impl db::StringSql>],
    ) -> Result<u64, db::Error> {
        let mut changed = 0;
        for rows in rows.chunks(db::BATCH_ROWS) {
            changed += Self::BATCH.execute(client, &[
                &db::column(rows, |row| &row.branch_id), &db::column(rows, |row| &row.isbn),
                &db::column(rows, |row| &row.copies),
            ]).await?;
        }
        Ok(changed)
    }
}
/// The statement [`copies`](fn@copies).
#[derive(Clone, Copy, Debug)]
pub struct CopiesStmt;
/// Copies of a book in all branches.
pub fn copies() -> CopiesStmt {
    CopiesStmt
}
impl CopiesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "stock.copies",
        file: "queries/stock.sql",
        line: 18,
        sql: "/* stock.copies */ SELECT COALESCE(SUM(copies), 0)::BIGINT AS copies FROM stock WHERE isbn = $1",
        parameters: &["text"],
        columns: &[("copies", "int8")],
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
impl db::Returning for CopiesStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`take`](fn@take). It needs a full client, because it calls take_from_stock.
#[derive(Clone, Copy, Debug)]
pub struct TakeStmt;
/// Takes copies out of the stock and returns how many are missing: calls take_from_stock. `missing` is never NULL: it is
/// counted down from `wanted`.
pub fn take() -> TakeStmt {
    TakeStmt
}
impl TakeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "stock.take",
        file: "queries/stock.sql",
        line: 24,
        sql: "/* stock.take */ SELECT TAKE_FROM_STOCK($1, $2)::INTEGER AS missing",
        parameters: &["text", "int4"],
        columns: &[("missing", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        isbn: &'a impl db::StringSql,
        wanted: &'a i32,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [isbn, wanted], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a TakeParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.isbn, &params.wanted)
    }
}
impl db::Returning for TakeStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`written_until`](fn@written_until); a row is a [`Progress`]. It needs a full client, because it calls pg_current_wal_lsn, pg_current_xact_id.
#[derive(Clone, Copy, Debug)]
pub struct WrittenUntilStmt;
/// The present transaction, and how far the server has written its log. Needs PostgreSQL 13.
pub fn written_until() -> WrittenUntilStmt {
    WrittenUntilStmt
}
impl WrittenUntilStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "stock.written_until",
        file: "queries/stock.sql",
        line: 29,
        sql: "/* stock.written_until */ SELECT PG_CURRENT_XACT_ID() AS transaction, PG_CURRENT_WAL_LSN() AS log",
        parameters: &[],
        columns: &[("transaction", "xid8"), ("log", "pg_lsn")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::GenericClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for WrittenUntilStmt {
    type Row = Progress;
    type Borrowed<'r> = Progress;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Progress { transaction: row.try_get(0)?, log: row.try_get(1)? })
    }
}
