// Written by the build step from queries/monitoring.sql. Edit that file: `cargo build` brings this one up to date.

//! Monitoring: availability, schema version, activity and size.

use barqnet_db_client as db;
/// A row of [`ping`](fn@ping).
#[derive(Debug, Clone, PartialEq)]
pub struct Ping {
    pub server_time: chrono::DateTime<chrono::Utc>,
    pub version: String,
    pub version_number: i32,
}
/// A [`Ping`] that borrows from the row it was read from.
pub struct PingBorrowed<'a> {
    pub server_time: chrono::DateTime<chrono::Utc>,
    pub version: &'a str,
    pub version_number: i32,
}
impl<'a> From<PingBorrowed<'a>> for Ping {
    fn from(it: PingBorrowed<'a>) -> Self {
        Self { server_time: it.server_time, version: it.version.into(), version_number: it.version_number }
    }
}
/// A row of [`migration_status`](fn@migration_status).
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    pub version: i32,
    pub name: Option<String>,
    pub applied_on: Option<String>,
    pub checksum: Option<String>,
}
/// A [`Migration`] that borrows from the row it was read from.
pub struct MigrationBorrowed<'a> {
    pub version: i32,
    pub name: Option<&'a str>,
    pub applied_on: Option<&'a str>,
    pub checksum: Option<&'a str>,
}
impl<'a> From<MigrationBorrowed<'a>> for Migration {
    fn from(it: MigrationBorrowed<'a>) -> Self {
        Self {
            version: it.version, name: it.name.map(|v| v.into()), applied_on: it.applied_on.map(|v| v.into()),
            checksum: it.checksum.map(|v| v.into()),
        }
    }
}
/// A row of [`otp_attempts_last_hour`](fn@otp_attempts_last_hour).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct OtpAttempts {
    pub attempts: i64,
    pub sent: i64,
    pub sent_verified: i64,
    pub tries: i64,
    pub verify_attempts: i64,
    pub verify_successes: i64,
}
/// A row of [`top_users_by_bandwidth`](fn@top_users_by_bandwidth).
#[derive(Debug, Clone, PartialEq)]
pub struct TopUserBandwidth {
    pub username: String,
    pub gib_total: f64,
}
/// A [`TopUserBandwidth`] that borrows from the row it was read from.
pub struct TopUserBandwidthBorrowed<'a> {
    pub username: &'a str,
    pub gib_total: f64,
}
impl<'a> From<TopUserBandwidthBorrowed<'a>> for TopUserBandwidth {
    fn from(it: TopUserBandwidthBorrowed<'a>) -> Self {
        Self { username: it.username.into(), gib_total: it.gib_total }
    }
}
/// A row of [`table_sizes`](fn@table_sizes).
#[derive(Debug, Clone, PartialEq)]
pub struct TableSize {
    pub table_name: String,
    pub estimated_rows: i64,
    pub dead_rows: i64,
    pub table_bytes: i64,
    pub index_bytes: i64,
    pub total_bytes: i64,
    pub last_vacuum: Option<chrono::DateTime<chrono::Utc>>,
    pub last_analyze: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`TableSize`] that borrows from the row it was read from.
pub struct TableSizeBorrowed<'a> {
    pub table_name: &'a str,
    pub estimated_rows: i64,
    pub dead_rows: i64,
    pub table_bytes: i64,
    pub index_bytes: i64,
    pub total_bytes: i64,
    pub last_vacuum: Option<chrono::DateTime<chrono::Utc>>,
    pub last_analyze: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<TableSizeBorrowed<'a>> for TableSize {
    fn from(it: TableSizeBorrowed<'a>) -> Self {
        Self {
            table_name: it.table_name.into(), estimated_rows: it.estimated_rows, dead_rows: it.dead_rows,
            table_bytes: it.table_bytes, index_bytes: it.index_bytes, total_bytes: it.total_bytes,
            last_vacuum: it.last_vacuum, last_analyze: it.last_analyze,
        }
    }
}
/// A row of [`longest_transactions`](fn@longest_transactions).
#[derive(Debug, Clone, PartialEq)]
pub struct LongTransaction {
    pub pid: i32,
    pub seconds: i64,
    pub application_name: Option<String>,
    pub state: Option<String>,
    pub wait_event_type: Option<String>,
}
/// A [`LongTransaction`] that borrows from the row it was read from.
pub struct LongTransactionBorrowed<'a> {
    pub pid: i32,
    pub seconds: i64,
    pub application_name: Option<&'a str>,
    pub state: Option<&'a str>,
    pub wait_event_type: Option<&'a str>,
}
impl<'a> From<LongTransactionBorrowed<'a>> for LongTransaction {
    fn from(it: LongTransactionBorrowed<'a>) -> Self {
        Self {
            pid: it.pid, seconds: it.seconds, application_name: it.application_name.map(|v| v.into()),
            state: it.state.map(|v| v.into()), wait_event_type: it.wait_event_type.map(|v| v.into()),
        }
    }
}
/// The statement [`ping`](fn@ping); a row is a [`Ping`].
#[derive(Clone, Copy, Debug)]
pub struct PingStmt;
/// The clock and the version of the server (150004 means 15.4). The duration of the call is the latency.
/// Index: none. Locks: nothing.
pub fn ping() -> PingStmt {
    PingStmt
}
impl PingStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.ping",
        file: "queries/monitoring.sql",
        line: 10,
        sql: "/* monitoring.ping */ SELECT CLOCK_TIMESTAMP() AS server_time, VERSION() AS version, CURRENT_SETTING('server_version_num')::INTEGER AS version_number",
        parameters: &[],
        columns: &[("server_time", "timestamptz"), ("version", "text"), ("version_number", "int4")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for PingStmt {
    type Row = Ping;
    type Borrowed<'r> = PingBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(PingBorrowed { server_time: row.try_get(0)?, version: row.try_get(1)?, version_number: row.try_get(2)? })
    }
}
/// The statement [`migration_status`](fn@migration_status); a row is a [`Migration`].
#[derive(Clone, Copy, Debug)]
pub struct MigrationStatusStmt;
/// The migrations applied to this database, in order.
/// Index: none, tens of rows. Locks: nothing.
pub fn migration_status() -> MigrationStatusStmt {
    MigrationStatusStmt
}
impl MigrationStatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.migration_status",
        file: "queries/monitoring.sql",
        line: 17,
        sql: "/* monitoring.migration_status */ SELECT version, name, applied_on, checksum FROM schema_migrations ORDER BY version",
        parameters: &[],
        columns: &[("version", "int4"), ("name", "varchar"), ("applied_on", "varchar"), ("checksum", "varchar")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for MigrationStatusStmt {
    type Row = Migration;
    type Borrowed<'r> = MigrationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(MigrationBorrowed {
            version: row.try_get(0)?, name: row.try_get(1)?, applied_on: row.try_get(2)?, checksum: row.try_get(3)?,
        })
    }
}
/// The statement [`count_active_sessions`](fn@count_active_sessions).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveSessionsStmt;
/// The number of sessions that are neither revoked nor expired. Sessions that are idle, or ended by a sign-out
/// everywhere that did not revoke them one by one, are included.
/// Index: idx_sessions_expires_at; one row per session: not for a request path. Locks: nothing.
pub fn count_active_sessions() -> CountActiveSessionsStmt {
    CountActiveSessionsStmt
}
impl CountActiveSessionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.count_active_sessions",
        file: "queries/monitoring.sql",
        line: 27,
        sql: "/* monitoring.count_active_sessions */ SELECT COUNT(*) AS active FROM user_sessions WHERE revoked = FALSE AND expires_at > CURRENT_TIMESTAMP",
        parameters: &[],
        columns: &[("active", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for CountActiveSessionsStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`count_active_connections`](fn@count_active_connections).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveConnectionsStmt;
/// The number of live VPN connections.
/// Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
pub fn count_active_connections() -> CountActiveConnectionsStmt {
    CountActiveConnectionsStmt
}
impl CountActiveConnectionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.count_active_connections",
        file: "queries/monitoring.sql",
        line: 36,
        sql: "/* monitoring.count_active_connections */ SELECT COUNT(*) AS active FROM vpn_connections WHERE status IN ('connecting', 'connected')",
        parameters: &[],
        columns: &[("active", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for CountActiveConnectionsStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`otp_attempts_last_hour`](fn@otp_attempts_last_hour); a row is a [`OtpAttempts`].
#[derive(Clone, Copy, Debug)]
pub struct OtpAttemptsLastHourStmt;
/// One-time passwords of the last hour: all rows, codes sent, codes used by a correct answer, tries at those codes, and
/// the recorded attempts with the number of correct ones; always one row. Refused requests, and tries at numbers without a live
/// code, are not stored: they could fill the table.
/// Index: idx_otp_created_at. Locks: nothing.
pub fn otp_attempts_last_hour() -> OtpAttemptsLastHourStmt {
    OtpAttemptsLastHourStmt
}
impl OtpAttemptsLastHourStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.otp_attempts_last_hour",
        file: "queries/monitoring.sql",
        line: 43,
        sql: "/* monitoring.otp_attempts_last_hour */ SELECT COUNT(*) AS attempts, COUNT(*) FILTER (WHERE attempt_type = 'send') AS sent, COUNT(*) FILTER (WHERE attempt_type = 'send' AND verified) AS sent_verified, COALESCE(SUM(attempt_count) FILTER (WHERE attempt_type = 'send'), 0)::BIGINT AS tries, COUNT(*) FILTER (WHERE attempt_type = 'verify') AS verify_attempts, COUNT(*) FILTER (WHERE attempt_type = 'verify' AND verified) AS verify_successes FROM otp_attempts WHERE created_at > CURRENT_TIMESTAMP - MAKE_INTERVAL(hours => 1)",
        parameters: &[],
        columns: &[("attempts", "int8"), ("sent", "int8"), ("sent_verified", "int8"), ("tries", "int8"), ("verify_attempts", "int8"), ("verify_successes", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for OtpAttemptsLastHourStmt {
    type Row = OtpAttempts;
    type Borrowed<'r> = OtpAttempts;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OtpAttempts {
            attempts: row.try_get(0)?, sent: row.try_get(1)?, sent_verified: row.try_get(2)?, tries: row.try_get(3)?,
            verify_attempts: row.try_get(4)?, verify_successes: row.try_get(5)?,
        })
    }
}
/// The statement [`bandwidth_today`](fn@bandwidth_today).
#[derive(Clone, Copy, Debug)]
pub struct BandwidthTodayStmt;
/// GiB in both directions that nodes measured since the beginning of the UTC day, live connections included; always one
/// row.
/// Index: idx_usage_by_server_hour, idx_vpn_connections_active (all live rows). Locks: nothing.
pub fn bandwidth_today() -> BandwidthTodayStmt {
    BandwidthTodayStmt
}
impl BandwidthTodayStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.bandwidth_today",
        file: "queries/monitoring.sql",
        line: 57,
        sql: "/* monitoring.bandwidth_today */ SELECT (COALESCE(SUM(h.bytes), 0) / 1073741824.0)::DOUBLE PRECISION AS gib_today FROM ( SELECT server_id, bytes_in + bytes_out AS bytes FROM usage_by_server WHERE hour >= DATE_TRUNC('day', CURRENT_TIMESTAMP, 'UTC') UNION ALL SELECT server_id, COALESCE(bytes_received, 0) - rolled_up_received + COALESCE(bytes_sent, 0) - rolled_up_sent FROM vpn_connections WHERE status IN ('connecting', 'connected') AND COALESCE(usage_hour, connected_at) >= DATE_TRUNC('day', CURRENT_TIMESTAMP, 'UTC') ) h",
        parameters: &[],
        columns: &[("gib_today", "float8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for BandwidthTodayStmt {
    type Row = f64;
    type Borrowed<'r> = f64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`top_users_by_bandwidth`](fn@top_users_by_bandwidth); a row is a [`TopUserBandwidth`].
#[derive(Clone, Copy, Debug)]
pub struct TopUsersByBandwidthStmt;
/// The `limit` users with most bytes in both directions over all time, in GiB.
/// Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
pub fn top_users_by_bandwidth() -> TopUsersByBandwidthStmt {
    TopUsersByBandwidthStmt
}
impl TopUsersByBandwidthStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.top_users_by_bandwidth",
        file: "queries/monitoring.sql",
        line: 73,
        sql: "/* monitoring.top_users_by_bandwidth */ SELECT t.username, (SUM(t.bytes) / 1073741824.0)::DOUBLE PRECISION AS gib_total FROM ( SELECT server_id, username, bytes_in + bytes_out AS bytes FROM usage_totals UNION ALL SELECT server_id, username, COALESCE(bytes_received, 0) - rolled_up_received + COALESCE(bytes_sent, 0) - rolled_up_sent FROM vpn_connections WHERE status IN ('connecting', 'connected') ) t GROUP BY t.username ORDER BY gib_total DESC, t.username LIMIT $1::BIGINT",
        parameters: &["int8"],
        columns: &[("username", "varchar"), ("gib_total", "float8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, limit: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [limit], |it| it.into())
    }
}
impl db::Returning for TopUsersByBandwidthStmt {
    type Row = TopUserBandwidth;
    type Borrowed<'r> = TopUserBandwidthBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(TopUserBandwidthBorrowed { username: row.try_get(0)?, gib_total: row.try_get(1)? })
    }
}
/// The statement [`database_size`](fn@database_size).
#[derive(Clone, Copy, Debug)]
pub struct DatabaseSizeStmt;
/// The size of this database on disk, in bytes. `bytes` is never NULL: the database of this connection exists.
/// Index: none. Locks: nothing.
pub fn database_size() -> DatabaseSizeStmt {
    DatabaseSizeStmt
}
impl DatabaseSizeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.database_size",
        file: "queries/monitoring.sql",
        line: 90,
        sql: "/* monitoring.database_size */ SELECT PG_DATABASE_SIZE(CURRENT_DATABASE()) AS bytes",
        parameters: &[],
        columns: &[("bytes", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for DatabaseSizeStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`table_sizes`](fn@table_sizes); a row is a [`TableSize`].
#[derive(Clone, Copy, Debug)]
pub struct TableSizesStmt;
/// The tables of the schema, largest first: estimated live and dead rows, bytes of the table with its TOAST, of its
/// indexes and of both (0 if it is dropped at this moment), and the time of the last vacuum and analyze, manual or
/// automatic.
/// Index: none. Locks: ACCESS SHARE on each table.
pub fn table_sizes() -> TableSizesStmt {
    TableSizesStmt
}
impl TableSizesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.table_sizes",
        file: "queries/monitoring.sql",
        line: 95,
        sql: "/* monitoring.table_sizes */ SELECT c.relname::TEXT AS table_name, GREATEST(c.reltuples, 0)::BIGINT AS estimated_rows, COALESCE(t.n_dead_tup, 0) AS dead_rows, COALESCE(PG_TABLE_SIZE(c.oid), 0) AS table_bytes, COALESCE(PG_INDEXES_SIZE(c.oid), 0) AS index_bytes, COALESCE(PG_TOTAL_RELATION_SIZE(c.oid), 0) AS total_bytes, GREATEST(t.last_vacuum, t.last_autovacuum) AS last_vacuum, GREATEST(t.last_analyze, t.last_autoanalyze) AS last_analyze FROM pg_class c LEFT JOIN pg_stat_user_tables t ON t.relid = c.oid WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relkind IN ('r', 'p') ORDER BY total_bytes DESC, table_name",
        parameters: &[],
        columns: &[("table_name", "text"), ("estimated_rows", "int8"), ("dead_rows", "int8"), ("table_bytes", "int8"), ("index_bytes", "int8"), ("total_bytes", "int8"), ("last_vacuum", "timestamptz"), ("last_analyze", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for TableSizesStmt {
    type Row = TableSize;
    type Borrowed<'r> = TableSizeBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(TableSizeBorrowed {
            table_name: row.try_get(0)?, estimated_rows: row.try_get(1)?, dead_rows: row.try_get(2)?,
            table_bytes: row.try_get(3)?, index_bytes: row.try_get(4)?, total_bytes: row.try_get(5)?,
            last_vacuum: row.try_get(6)?, last_analyze: row.try_get(7)?,
        })
    }
}
/// The statement [`longest_transactions`](fn@longest_transactions); a row is a [`LongTransaction`].
#[derive(Clone, Copy, Debug)]
pub struct LongestTransactionsStmt;
/// Up to `limit` open transactions of this database other than the caller's, longest first, in seconds; a long one
/// prevents vacuum from removing rows. Their SQL is not shown: it can contain secrets.
/// Index: none. Locks: nothing.
pub fn longest_transactions() -> LongestTransactionsStmt {
    LongestTransactionsStmt
}
impl LongestTransactionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "monitoring.longest_transactions",
        file: "queries/monitoring.sql",
        line: 114,
        sql: "/* monitoring.longest_transactions */ SELECT pid, FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - xact_start))::BIGINT AS seconds, application_name, state, wait_event_type FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND xact_start IS NOT NULL AND pid <> PG_BACKEND_PID() ORDER BY xact_start, pid LIMIT $1::BIGINT",
        parameters: &["int8"],
        columns: &[("pid", "int4"), ("seconds", "int8"), ("application_name", "text"), ("state", "text"), ("wait_event_type", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, limit: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [limit], |it| it.into())
    }
}
impl db::Returning for LongestTransactionsStmt {
    type Row = LongTransaction;
    type Borrowed<'r> = LongTransactionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(LongTransactionBorrowed {
            pid: row.try_get(0)?, seconds: row.try_get(1)?, application_name: row.try_get(2)?, state: row.try_get(3)?,
            wait_event_type: row.try_get(4)?,
        })
    }
}
