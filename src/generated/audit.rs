// Written by the build step from queries/audit.sql. Edit that file: `cargo build` brings this one up to date.

//! The audit trail: who did what, from where. Tables: schema/audit.sql. Rows are added and, after their retention, deleted;
//! only the erasure of a user changes them.

use barqnet_db_client as db;
/// The parameters of [`append`](fn@append).
#[derive(Debug)]
pub struct AppendParams<T1, T2, T3, T4> {
    pub action: T1,
    pub username: Option<T2>,
    pub details: Option<T3>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: T4,
}
/// The parameters of [`append_past`](fn@append_past).
#[derive(Debug)]
pub struct AppendPastParams<T1, T2, T3, T4> {
    pub timestamp: chrono::DateTime<chrono::Utc>,
    pub action: T1,
    pub username: Option<T2>,
    pub details: Option<T3>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: T4,
}
/// The parameters of [`import`](fn@import).
#[derive(Debug)]
pub struct ImportParams<T1, T2, T3, T4> {
    pub timestamp: chrono::DateTime<chrono::Utc>,
    pub action: T1,
    pub username: Option<T2>,
    pub details: Option<T3>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: T4,
    pub subject_id: Option<i64>,
}
/// The parameters of [`recent`](fn@recent).
#[derive(Clone, Copy, Debug)]
pub struct RecentParams {
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`by_server`](fn@by_server).
#[derive(Debug)]
pub struct ByServerParams<T1> {
    pub server_id: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`by_user`](fn@by_user).
#[derive(Debug)]
pub struct ByUserParams<T1> {
    pub username: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`by_subject`](fn@by_subject).
#[derive(Clone, Copy, Debug)]
pub struct BySubjectParams {
    pub subject_id: i64,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`failures_by_ip`](fn@failures_by_ip).
#[derive(Debug)]
pub struct FailuresByIpParams<T1> {
    pub since: chrono::DateTime<chrono::Utc>,
    pub action_pattern: T1,
    pub at_least: i64,
    pub limit: i64,
}
/// The parameters of [`actions_by_user`](fn@actions_by_user).
#[derive(Debug)]
pub struct ActionsByUserParams<T1> {
    pub since: chrono::DateTime<chrono::Utc>,
    pub action_pattern: T1,
    pub at_least: i64,
    pub limit: i64,
}
/// A row of [`export`](fn@export), [`recent`](fn@recent), [`by_server`](fn@by_server), [`by_user`](fn@by_user), [`by_subject`](fn@by_subject).
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    pub id: i64,
    pub timestamp: Option<chrono::DateTime<chrono::Utc>>,
    pub action: String,
    pub username: Option<String>,
    pub details: Option<String>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: String,
    pub subject_id: Option<i64>,
}
/// A [`AuditEntry`] that borrows from the row it was read from.
pub struct AuditEntryBorrowed<'a> {
    pub id: i64,
    pub timestamp: Option<chrono::DateTime<chrono::Utc>>,
    pub action: &'a str,
    pub username: Option<&'a str>,
    pub details: Option<&'a str>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: &'a str,
    pub subject_id: Option<i64>,
}
impl<'a> From<AuditEntryBorrowed<'a>> for AuditEntry {
    fn from(it: AuditEntryBorrowed<'a>) -> Self {
        Self {
            id: it.id, timestamp: it.timestamp, action: it.action.into(), username: it.username.map(|v| v.into()),
            details: it.details.map(|v| v.into()), ip_address: it.ip_address, server_id: it.server_id.into(),
            subject_id: it.subject_id,
        }
    }
}
/// A row of [`failures_by_ip`](fn@failures_by_ip).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct FailuresByIp {
    pub ip_address: std::net::IpAddr,
    pub failures: i64,
    pub newest_at: chrono::DateTime<chrono::Utc>,
}
/// A row of [`actions_by_user`](fn@actions_by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct ActionsByUser {
    pub username: String,
    pub actions: i64,
    pub newest_at: chrono::DateTime<chrono::Utc>,
}
/// A [`ActionsByUser`] that borrows from the row it was read from.
pub struct ActionsByUserBorrowed<'a> {
    pub username: &'a str,
    pub actions: i64,
    pub newest_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<ActionsByUserBorrowed<'a>> for ActionsByUser {
    fn from(it: ActionsByUserBorrowed<'a>) -> Self {
        Self { username: it.username.into(), actions: it.actions, newest_at: it.newest_at }
    }
}
/// The statement [`append`](fn@append).
#[derive(Clone, Copy, Debug)]
pub struct AppendStmt;
/// Adds an entry with the current time and returns its id. What is too long is cut, and an address gets its one form: see
/// `audit::append` of the crate.
/// Index: none needed. Locks: the inserted row only.
pub fn append() -> AppendStmt {
    AppendStmt
}
impl AppendStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.append",
        file: "queries/audit.sql",
        line: 8,
        sql: "/* audit.append */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id) VALUES (CLOCK_TIMESTAMP(), LEFT($1::TEXT, 255), LEFT($2::TEXT, 255), $3, plain_address($4), LEFT($5::TEXT, 255)) RETURNING id",
        parameters: &["text", "text", "text", "inet", "text"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        action: &'a impl db::StringSql,
        username: &'a Option<impl db::StringSql>,
        details: &'a Option<impl db::StringSql>,
        ip_address: &'a Option<std::net::IpAddr>,
        server_id: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        db::Bound::new(Self::QUERY, client, [action, username, details, ip_address, server_id], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a AppendParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        self.bind(client, &params.action, &params.username, &params.details, &params.ip_address, &params.server_id)
    }
}
impl db::Returning for AppendStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`append_past`](fn@append_past).
#[derive(Clone, Copy, Debug)]
pub struct AppendPastStmt;
/// Adds an entry of an earlier time, such as one that a node has kept while the database was away. What is too long is
/// cut. Many entries get ids in the order given. See `audit::append_past` of the crate.
/// Index: none needed. Locks: the inserted row only.
pub fn append_past() -> AppendPastStmt {
    AppendPastStmt
}
impl AppendPastStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.append_past",
        file: "queries/audit.sql",
        line: 19,
        sql: "/* audit.append_past */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id) VALUES ($1, LEFT($2::TEXT, 255), LEFT($3::TEXT, 255), $4, plain_address($5), LEFT($6::TEXT, 255))",
        parameters: &["timestamptz", "text", "text", "text", "inet", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        timestamp: &chrono::DateTime<chrono::Utc>,
        action: &impl db::StringSql,
        username: &Option<impl db::StringSql>,
        details: &Option<impl db::StringSql>,
        ip_address: &Option<std::net::IpAddr>,
        server_id: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[timestamp, action, username, details, ip_address, server_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AppendPastParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(
            client, &params.timestamp, &params.action, &params.username, &params.details, &params.ip_address,
            &params.server_id,
        ).await
    }
    /// The statement that [`batch`](Self::batch) runs.
    pub const BATCH: &'static db::Query = &db::Query {
        name: "audit.append_past.batch",
        file: "queries/audit.sql",
        line: 19,
        sql: "/* audit.append_past.batch */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id) SELECT batch.p_timestamp, LEFT(batch.p_action::TEXT, 255), LEFT(batch.p_username::TEXT, 255), batch.p_details, plain_address(batch.p_ip_address), LEFT(batch.p_server_id::TEXT, 255) FROM UNNEST($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::inet[], $6::text[]) WITH ORDINALITY AS batch (p_timestamp, p_action, p_username, p_details, p_ip_address, p_server_id, batch_position) ORDER BY batch.batch_position",
        parameters: &["timestamptz[]", "text[]", "text[]", "text[]", "inet[]", "text[]"],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns the number of
    /// rows that they changed.
    pub async fn batch<C: db::GenericClient>(
        self,
        client: &C,
        rows: &[AppendPastParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>],
    ) -> Result<u64, db::Error> {
        let mut changed = 0;
        for rows in rows.chunks(db::BATCH_ROWS) {
            changed += Self::BATCH.execute(client, &[
                &db::column(rows, |row| &row.timestamp), &db::column(rows, |row| &row.action),
                &db::column(rows, |row| &row.username), &db::column(rows, |row| &row.details),
                &db::column(rows, |row| &row.ip_address), &db::column(rows, |row| &row.server_id),
            ]).await?;
        }
        Ok(changed)
    }
}
/// The statement [`import`](fn@import).
#[derive(Clone, Copy, Debug)]
pub struct ImportStmt;
/// Adds entries as `export` has copied them out. One that does not fit is an error, and none is added.
/// Index: none needed. Locks: the inserted rows only.
pub fn import() -> ImportStmt {
    ImportStmt
}
impl ImportStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.import",
        file: "queries/audit.sql",
        line: 29,
        sql: "/* audit.import */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id, subject_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        parameters: &["timestamptz", "varchar", "varchar", "text", "inet", "varchar", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        timestamp: &chrono::DateTime<chrono::Utc>,
        action: &impl db::StringSql,
        username: &Option<impl db::StringSql>,
        details: &Option<impl db::StringSql>,
        ip_address: &Option<std::net::IpAddr>,
        server_id: &impl db::StringSql,
        subject_id: &Option<i64>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[timestamp, action, username, details, ip_address, server_id, subject_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &ImportParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(
            client, &params.timestamp, &params.action, &params.username, &params.details, &params.ip_address,
            &params.server_id, &params.subject_id,
        ).await
    }
    /// The statement that [`batch`](Self::batch) runs.
    pub const BATCH: &'static db::Query = &db::Query {
        name: "audit.import.batch",
        file: "queries/audit.sql",
        line: 29,
        sql: "/* audit.import.batch */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id, subject_id) SELECT batch.p_timestamp, batch.p_action, batch.p_username, batch.p_details, batch.p_ip_address, batch.p_server_id, batch.p_subject_id FROM UNNEST($1::timestamptz[], $2::varchar[], $3::varchar[], $4::text[], $5::inet[], $6::varchar[], $7::int8[]) WITH ORDINALITY AS batch (p_timestamp, p_action, p_username, p_details, p_ip_address, p_server_id, p_subject_id, batch_position) ORDER BY batch.batch_position",
        parameters: &["timestamptz[]", "varchar[]", "varchar[]", "text[]", "inet[]", "varchar[]", "int8[]"],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns the number of
    /// rows that they changed.
    pub async fn batch<C: db::GenericClient>(
        self,
        client: &C,
        rows: &[ImportParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>],
    ) -> Result<u64, db::Error> {
        let mut changed = 0;
        for rows in rows.chunks(db::BATCH_ROWS) {
            changed += Self::BATCH.execute(client, &[
                &db::column(rows, |row| &row.timestamp), &db::column(rows, |row| &row.action),
                &db::column(rows, |row| &row.username), &db::column(rows, |row| &row.details),
                &db::column(rows, |row| &row.ip_address), &db::column(rows, |row| &row.server_id),
                &db::column(rows, |row| &row.subject_id),
            ]).await?;
        }
        Ok(changed)
    }
    /// The COPY that [`copy_in`](Self::copy_in) runs.
    pub const COPY_IN: &'static db::Query = &db::Query {
        name: "audit.import.copy_in",
        file: "queries/audit.sql",
        line: 29,
        sql: "/* audit.import.copy_in */ COPY audit_log (timestamp, action, username, details, ip_address, server_id, subject_id) FROM STDIN (FORMAT binary)",
        parameters: &[],
        columns: &[("timestamp", "timestamptz"), ("action", "varchar"), ("username", "varchar"), ("details", "text"), ("ip_address", "inet"), ("server_id", "varchar"), ("subject_id", "int8")],
        changes_session: false,
    };
    /// Copies rows into the table, all or none, and returns their number. They are taken as fast as the server accepts
    /// them.
    pub async fn copy_in<C: db::GenericClient>(
        self,
        client: &C,
        rows: impl db::Stream<Item = ImportParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>>,
    ) -> Result<u64, db::Error> {
        db::copy_in(client, (Self::QUERY, Self::COPY_IN), [0, 1, 2, 3, 4, 5, 6], rows, |row| [
            &row.timestamp, &row.action, &row.username, &row.details, &row.ip_address, &row.server_id, &row.subject_id,
        ]).await
    }
}
/// The statement [`export`](fn@export); a row is a [`AuditEntry`].
#[derive(Clone, Copy, Debug)]
pub struct ExportStmt;
/// All entries, in no order, for an archive outside of the database.
/// Index: none, it reads everything. Locks: nothing.
pub fn export() -> ExportStmt {
    ExportStmt
}
impl ExportStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.export",
        file: "queries/audit.sql",
        line: 37,
        sql: "/* audit.export */ SELECT id, timestamp, action, username, details, ip_address, server_id, subject_id FROM audit_log",
        parameters: &[],
        columns: &[("id", "int8"), ("timestamp", "timestamptz"), ("action", "varchar"), ("username", "varchar"), ("details", "text"), ("ip_address", "inet"), ("server_id", "varchar"), ("subject_id", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
    /// The COPY that [`copy_out`](Self::copy_out) runs.
    pub const COPY_OUT: &'static db::Query = &db::Query {
        name: "audit.export.copy_out",
        file: "queries/audit.sql",
        line: 37,
        sql: "/* audit.export.copy_out */ COPY (SELECT id, timestamp, action, username, details, ip_address, server_id, subject_id FROM audit_log) TO STDOUT (FORMAT binary)",
        parameters: &[],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Copies the rows out of the database and streams them.
    pub async fn copy_out<'c, C: db::ReadClient>(
        self,
        client: &'c C,
    ) -> Result<impl db::Stream<Item = Result<AuditEntry, db::Error>> + use<'c, C>, db::Error> {
        db::copy_out::<C, Self>(client, (Self::QUERY, Self::COPY_OUT), |it| it.into()).await
    }
}
impl db::Returning for ExportStmt {
    type Row = AuditEntry;
    type Borrowed<'r> = AuditEntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(AuditEntryBorrowed {
            id: row.try_get(0)?, timestamp: row.try_get(1)?, action: row.try_get(2)?, username: row.try_get(3)?,
            details: row.try_get(4)?, ip_address: row.try_get(5)?, server_id: row.try_get(6)?,
            subject_id: row.try_get(7)?,
        })
    }
}
/// The statement [`recent`](fn@recent); a row is a [`AuditEntry`].
#[derive(Clone, Copy, Debug)]
pub struct RecentStmt;
/// One page of all entries, newest first. Start with `before_id` i64::MAX, continue with the last id received.
/// Index: audit_log_pkey. Locks: nothing.
pub fn recent() -> RecentStmt {
    RecentStmt
}
impl RecentStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.recent",
        file: "queries/audit.sql",
        line: 50,
        sql: "/* audit.recent */ SELECT id, timestamp, action, username, details, ip_address, server_id, subject_id FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT $2::BIGINT",
        parameters: &["int8", "int8"],
        columns: ExportStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a RecentParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.before_id, &params.limit)
    }
}
impl db::Returning for RecentStmt {
    type Row = AuditEntry;
    type Borrowed<'r> = AuditEntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ExportStmt as db::Returning>::read(row)
    }
}
/// The statement [`by_server`](fn@by_server); a row is a [`AuditEntry`].
#[derive(Clone, Copy, Debug)]
pub struct ByServerStmt;
/// One page of the entries of a server, newest first. Start with `before_id` i64::MAX, continue with the last id received.
/// Index: idx_audit_server_newest. Locks: nothing.
pub fn by_server() -> ByServerStmt {
    ByServerStmt
}
impl ByServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.by_server",
        file: "queries/audit.sql",
        line: 66,
        sql: "/* audit.by_server */ SELECT id, timestamp, action, username, details, ip_address, server_id, subject_id FROM audit_log WHERE server_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: ExportStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ByServerParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.before_id, &params.limit)
    }
}
impl db::Returning for ByServerStmt {
    type Row = AuditEntry;
    type Borrowed<'r> = AuditEntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ExportStmt as db::Returning>::read(row)
    }
}
/// The statement [`by_user`](fn@by_user); a row is a [`AuditEntry`].
#[derive(Clone, Copy, Debug)]
pub struct ByUserStmt;
/// One page of the entries of a user, newest first. Start with `before_id` i64::MAX, continue with the last id received.
/// Index: idx_audit_user_newest. Locks: nothing.
pub fn by_user() -> ByUserStmt {
    ByUserStmt
}
impl ByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.by_user",
        file: "queries/audit.sql",
        line: 83,
        sql: "/* audit.by_user */ SELECT id, timestamp, action, username, details, ip_address, server_id, subject_id FROM audit_log WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: ExportStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [username, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ByUserParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
impl db::Returning for ByUserStmt {
    type Row = AuditEntry;
    type Borrowed<'r> = AuditEntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ExportStmt as db::Returning>::read(row)
    }
}
/// The statement [`by_subject`](fn@by_subject); a row is a [`AuditEntry`].
#[derive(Clone, Copy, Debug)]
pub struct BySubjectStmt;
/// One page of the entries about what others did to an account, newest first. Start with `before_id` i64::MAX, continue with the last
/// id received.
/// Index: idx_audit_subject_newest. Locks: nothing.
pub fn by_subject() -> BySubjectStmt {
    BySubjectStmt
}
impl BySubjectStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.by_subject",
        file: "queries/audit.sql",
        line: 100,
        sql: "/* audit.by_subject */ SELECT id, timestamp, action, username, details, ip_address, server_id, subject_id FROM audit_log WHERE subject_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        parameters: &["int8", "int8", "int8"],
        columns: ExportStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        subject_id: &'a i64,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [subject_id, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a BySubjectParams,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.subject_id, &params.before_id, &params.limit)
    }
}
impl db::Returning for BySubjectStmt {
    type Row = AuditEntry;
    type Borrowed<'r> = AuditEntryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ExportStmt as db::Returning>::read(row)
    }
}
/// The statement [`failures_by_ip`](fn@failures_by_ip); a row is a [`FailuresByIp`].
#[derive(Clone, Copy, Debug)]
pub struct FailuresByIpStmt;
/// Up to `limit` addresses with at least `at_least` entries since `since` whose action is LIKE `action_pattern`, most
/// entries first (alert: more than 5 failed sign-ins per hour). The addresses of an IPv6 /64, which one customer has, count
/// as its first one.
/// Index: idx_audit_timestamp. Locks: nothing.
pub fn failures_by_ip() -> FailuresByIpStmt {
    FailuresByIpStmt
}
impl FailuresByIpStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.failures_by_ip",
        file: "queries/audit.sql",
        line: 118,
        sql: "/* audit.failures_by_ip */ SELECT f.ip_address, COUNT(*) AS failures, MAX(f.timestamp) AS newest_at FROM ( SELECT CASE FAMILY(plain_address(a.ip_address)) WHEN 4 THEN plain_address(a.ip_address) ELSE SET_MASKLEN(NETWORK(SET_MASKLEN(a.ip_address, 64))::INET, 128) END AS ip_address, a.timestamp FROM audit_log a WHERE a.timestamp >= $1 AND a.action LIKE $2 AND a.ip_address IS NOT NULL ) f GROUP BY f.ip_address HAVING COUNT(*) >= $3::BIGINT ORDER BY COUNT(*) DESC, f.ip_address LIMIT $4::BIGINT",
        parameters: &["timestamptz", "text", "int8", "int8"],
        columns: &[("ip_address", "inet"), ("failures", "int8"), ("newest_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        since: &'a chrono::DateTime<chrono::Utc>,
        action_pattern: &'a impl db::StringSql,
        at_least: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [since, action_pattern, at_least, limit], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a FailuresByIpParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.since, &params.action_pattern, &params.at_least, &params.limit)
    }
}
impl db::Returning for FailuresByIpStmt {
    type Row = FailuresByIp;
    type Borrowed<'r> = FailuresByIp;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(FailuresByIp { ip_address: row.try_get(0)?, failures: row.try_get(1)?, newest_at: row.try_get(2)? })
    }
}
/// The statement [`actions_by_user`](fn@actions_by_user); a row is a [`ActionsByUser`].
#[derive(Clone, Copy, Debug)]
pub struct ActionsByUserStmt;
/// Up to `limit` users with at least `at_least` entries since `since` whose action is LIKE `action_pattern`, most entries
/// first (alert: more than 10 administrative actions per day).
/// Index: idx_audit_timestamp. Locks: nothing.
pub fn actions_by_user() -> ActionsByUserStmt {
    ActionsByUserStmt
}
impl ActionsByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "audit.actions_by_user",
        file: "queries/audit.sql",
        line: 142,
        sql: "/* audit.actions_by_user */ SELECT username, COUNT(*) AS actions, MAX(timestamp) AS newest_at FROM audit_log WHERE timestamp >= $1 AND action LIKE $2 AND username IS NOT NULL GROUP BY username HAVING COUNT(*) >= $3::BIGINT ORDER BY COUNT(*) DESC, username LIMIT $4::BIGINT",
        parameters: &["timestamptz", "text", "int8", "int8"],
        columns: &[("username", "varchar"), ("actions", "int8"), ("newest_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        since: &'a chrono::DateTime<chrono::Utc>,
        action_pattern: &'a impl db::StringSql,
        at_least: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [since, action_pattern, at_least, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ActionsByUserParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.since, &params.action_pattern, &params.at_least, &params.limit)
    }
}
impl db::Returning for ActionsByUserStmt {
    type Row = ActionsByUser;
    type Borrowed<'r> = ActionsByUserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ActionsByUserBorrowed { username: row.try_get(0)?, actions: row.try_get(1)?, newest_at: row.try_get(2)? })
    }
}
