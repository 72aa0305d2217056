// Written by the build step from queries/usage.sql. Edit that file: `cargo build` brings this one up to date.

//! Usage: what nodes measured, from roll-ups, and what clients report themselves. Sums come from the roll-ups
//! (usage_hourly, later usage_daily; usage_totals; usage_by_server) plus what live connections have counted since their
//! last roll-up. They are exact at every moment; archiving and deleting rows do not change them. Sessions and seconds
//! are those of ended sessions and count in the hour of the session's start. Bytes count in the hour of their report,
//! bytes of a final report in the hour of the report before it. What clients report (session types api and web) is
//! stored separately and only in `client_reported_totals`. Units are bytes and seconds, hours and days are UTC, and an
//! hour is in a period if it starts in it.

use barqnet_db_client as db;
/// The parameters of [`record`](fn@record).
#[derive(Debug)]
pub struct RecordParams<T1, T2, T3, T4, T5, T6, T7> {
    pub username: T1,
    pub server_id: T2,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i32,
    pub session_type: T3,
    pub client_version: Option<T4>,
    pub protocol: Option<T5>,
    pub encryption: Option<T6>,
    pub report_key: T7,
}
/// The parameters of [`usage_by_day`](fn@usage_by_day).
#[derive(Debug)]
pub struct UsageByDayParams<T1> {
    pub username: T1,
    pub from_day: chrono::NaiveDate,
    pub to_day: chrono::NaiveDate,
}
/// The parameters of [`usage_by_hour`](fn@usage_by_hour).
#[derive(Debug)]
pub struct UsageByHourParams<T1> {
    pub username: T1,
    pub since: chrono::DateTime<chrono::Utc>,
    pub until: chrono::DateTime<chrono::Utc>,
}
/// The parameters of [`server_usage_by_day`](fn@server_usage_by_day).
#[derive(Debug)]
pub struct ServerUsageByDayParams<T1> {
    pub server_id: T1,
    pub from_day: chrono::NaiveDate,
    pub to_day: chrono::NaiveDate,
}
/// The parameters of [`history_by_user`](fn@history_by_user).
#[derive(Debug)]
pub struct HistoryByUserParams<T1> {
    pub username: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`top_users`](fn@top_users).
#[derive(Clone, Copy, Debug)]
pub struct TopUsersParams {
    pub since: chrono::DateTime<chrono::Utc>,
    pub limit: i64,
}
/// The parameters of [`since_mark`](fn@since_mark).
#[derive(Debug)]
pub struct SinceMarkParams<T1> {
    pub username: T1,
    pub moment: chrono::DateTime<chrono::Utc>,
}
/// The parameters of [`since_hour`](fn@since_hour).
#[derive(Debug)]
pub struct SinceHourParams<T1> {
    pub username: T1,
    pub moment: chrono::DateTime<chrono::Utc>,
}
/// A row of [`user_summary`](fn@user_summary).
#[derive(Debug, Clone, PartialEq)]
pub struct UserSummary {
    pub username: String,
    pub total_sessions: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`UserSummary`] that borrows from the row it was read from.
pub struct UserSummaryBorrowed<'a> {
    pub username: &'a str,
    pub total_sessions: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<UserSummaryBorrowed<'a>> for UserSummary {
    fn from(it: UserSummaryBorrowed<'a>) -> Self {
        Self {
            username: it.username.into(), total_sessions: it.total_sessions, total_bytes_in: it.total_bytes_in,
            total_bytes_out: it.total_bytes_out, total_duration_seconds: it.total_duration_seconds,
            active_connections: it.active_connections, last_session_at: it.last_session_at,
        }
    }
}
/// A row of [`client_reported_totals`](fn@client_reported_totals).
#[derive(Debug, Clone, PartialEq)]
pub struct ClientReportedTotals {
    pub session_type: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`ClientReportedTotals`] that borrows from the row it was read from.
pub struct ClientReportedTotalsBorrowed<'a> {
    pub session_type: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ClientReportedTotalsBorrowed<'a>> for ClientReportedTotals {
    fn from(it: ClientReportedTotalsBorrowed<'a>) -> Self {
        Self {
            session_type: it.session_type.into(), sessions: it.sessions, bytes_in: it.bytes_in, bytes_out: it.bytes_out,
            duration_seconds: it.duration_seconds, last_session_at: it.last_session_at,
        }
    }
}
/// A row of [`user_totals_by_server`](fn@user_totals_by_server).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTotals {
    pub server_id: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`ServerTotals`] that borrows from the row it was read from.
pub struct ServerTotalsBorrowed<'a> {
    pub server_id: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
    pub last_session_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ServerTotalsBorrowed<'a>> for ServerTotals {
    fn from(it: ServerTotalsBorrowed<'a>) -> Self {
        Self {
            server_id: it.server_id.into(), sessions: it.sessions, bytes_in: it.bytes_in, bytes_out: it.bytes_out,
            duration_seconds: it.duration_seconds, last_session_at: it.last_session_at,
        }
    }
}
/// A row of [`server_summary`](fn@server_summary), [`server_summaries`](fn@server_summaries).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSummary {
    pub server_id: String,
    pub total_sessions: i64,
    pub unique_users: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
}
/// A [`ServerSummary`] that borrows from the row it was read from.
pub struct ServerSummaryBorrowed<'a> {
    pub server_id: &'a str,
    pub total_sessions: i64,
    pub unique_users: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
    pub total_duration_seconds: i64,
    pub active_connections: i64,
}
impl<'a> From<ServerSummaryBorrowed<'a>> for ServerSummary {
    fn from(it: ServerSummaryBorrowed<'a>) -> Self {
        Self {
            server_id: it.server_id.into(), total_sessions: it.total_sessions, unique_users: it.unique_users,
            total_bytes_in: it.total_bytes_in, total_bytes_out: it.total_bytes_out,
            total_duration_seconds: it.total_duration_seconds, active_connections: it.active_connections,
        }
    }
}
/// A row of [`usage_by_day`](fn@usage_by_day), [`server_usage_by_day`](fn@server_usage_by_day).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct DailyUsage {
    pub day: chrono::NaiveDate,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A row of [`usage_by_hour`](fn@usage_by_hour).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct HourlyUsage {
    pub hour: chrono::DateTime<chrono::Utc>,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A row of [`history_by_user`](fn@history_by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    pub id: i64,
    pub username: String,
    pub server_id: String,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i32,
    pub connection_id: Option<i64>,
    pub started_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ended_at: Option<chrono::DateTime<chrono::Utc>>,
    pub session_type: String,
    pub client_version: Option<String>,
    pub protocol: Option<String>,
    pub encryption: Option<String>,
}
/// A [`Usage`] that borrows from the row it was read from.
pub struct UsageBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub server_id: &'a str,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i32,
    pub connection_id: Option<i64>,
    pub started_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ended_at: Option<chrono::DateTime<chrono::Utc>>,
    pub session_type: &'a str,
    pub client_version: Option<&'a str>,
    pub protocol: Option<&'a str>,
    pub encryption: Option<&'a str>,
}
impl<'a> From<UsageBorrowed<'a>> for Usage {
    fn from(it: UsageBorrowed<'a>) -> Self {
        Self {
            id: it.id, username: it.username.into(), server_id: it.server_id.into(), bytes_in: it.bytes_in,
            bytes_out: it.bytes_out, duration_seconds: it.duration_seconds, connection_id: it.connection_id,
            started_at: it.started_at, ended_at: it.ended_at, session_type: it.session_type.into(),
            client_version: it.client_version.map(|v| v.into()), protocol: it.protocol.map(|v| v.into()),
            encryption: it.encryption.map(|v| v.into()),
        }
    }
}
/// A row of [`top_users`](fn@top_users), [`top_users_ever`](fn@top_users_ever).
#[derive(Debug, Clone, PartialEq)]
pub struct TopUser {
    pub username: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A [`TopUser`] that borrows from the row it was read from.
pub struct TopUserBorrowed<'a> {
    pub username: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
impl<'a> From<TopUserBorrowed<'a>> for TopUser {
    fn from(it: TopUserBorrowed<'a>) -> Self {
        Self {
            username: it.username.into(), sessions: it.sessions, bytes_in: it.bytes_in, bytes_out: it.bytes_out,
            duration_seconds: it.duration_seconds,
        }
    }
}
/// A row of [`bandwidth`](fn@bandwidth).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Bandwidth {
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A row of [`discrepancies`](fn@discrepancies).
#[derive(Debug, Clone, PartialEq)]
pub struct Discrepancy {
    pub roll_up: String,
    pub server_id: String,
    pub username: String,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
/// A [`Discrepancy`] that borrows from the row it was read from.
pub struct DiscrepancyBorrowed<'a> {
    pub roll_up: &'a str,
    pub server_id: &'a str,
    pub username: &'a str,
    pub sessions: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    pub duration_seconds: i64,
}
impl<'a> From<DiscrepancyBorrowed<'a>> for Discrepancy {
    fn from(it: DiscrepancyBorrowed<'a>) -> Self {
        Self {
            roll_up: it.roll_up.into(), server_id: it.server_id.into(), username: it.username.into(),
            sessions: it.sessions, bytes_in: it.bytes_in, bytes_out: it.bytes_out,
            duration_seconds: it.duration_seconds,
        }
    }
}
/// A row of [`since_mark`](fn@since_mark).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct MarkedUsage {
    pub bytes_in: i64,
    pub bytes_out: i64,
}
/// A row of [`since_hour`](fn@since_hour).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct UsageByHour {
    pub since: chrono::DateTime<chrono::Utc>,
    pub bytes_in: i64,
    pub bytes_out: i64,
}
/// The statement [`record`](fn@record).
#[derive(Clone, Copy, Debug)]
pub struct RecordStmt;
/// Stores a session that a client reports itself, ended now, and returns its row id. `report_key` is chosen by the client: a
/// report of a user and server with a key that is stored already changes nothing and returns the id of the first one, until that
/// row is deleted from the archive. No row means that `session_type` is neither api nor web: rows of type vpn are written when
/// a connection ends. It is never added to what nodes measured. A negative duration or number of bytes, or a protocol other than udp and tcp
/// violates a constraint; `client_version` and `encryption` are cut to 50 characters.
/// Index: idx_vpn_statistics_report_key, idx_vpn_statistics_archive_report_key. Locks: the inserted row; the foreign key holds
/// the user.
pub fn record() -> RecordStmt {
    RecordStmt
}
impl RecordStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.record",
        file: "queries/usage.sql",
        line: 22,
        sql: "/* usage.record */ WITH given AS ( SELECT $1::TEXT AS username, $2::TEXT AS server_id, $3::BIGINT AS bytes_in, $4::BIGINT AS bytes_out, $5::INTEGER AS duration_seconds, $6::TEXT AS session_type, LEFT($7::TEXT, 50) AS client_version, $8::TEXT AS protocol, LEFT($9::TEXT, 50) AS encryption, $10::TEXT AS report_key ), stored AS ( SELECT s.id FROM vpn_statistics s JOIN given g ON g.server_id = s.server_id AND g.username = s.username AND g.report_key = s.report_key WHERE s.report_key IS NOT NULL ), archived AS ( SELECT a.id FROM vpn_statistics_archive a JOIN given g ON g.server_id = a.server_id AND g.username = a.username AND g.report_key = a.report_key WHERE a.report_key IS NOT NULL AND NOT EXISTS (SELECT FROM stored) ), added AS ( INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type, client_version, protocol, encryption, report_key) SELECT username, server_id, bytes_in, bytes_out, duration_seconds, CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => duration_seconds), CURRENT_TIMESTAMP, session_type, client_version, protocol, encryption, report_key FROM given WHERE session_type IN ('api', 'web') AND NOT EXISTS (SELECT FROM stored) AND NOT EXISTS (SELECT FROM archived) ON CONFLICT (server_id, username, report_key) WHERE report_key IS NOT NULL DO UPDATE SET report_key = EXCLUDED.report_key RETURNING id ) SELECT id FROM stored UNION ALL SELECT id FROM archived UNION ALL SELECT id FROM added",
        parameters: &["text", "text", "int8", "int8", "int4", "text", "text", "text", "text", "text"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        server_id: &'a impl db::StringSql,
        bytes_in: &'a i64,
        bytes_out: &'a i64,
        duration_seconds: &'a i32,
        session_type: &'a impl db::StringSql,
        client_version: &'a Option<impl db::StringSql>,
        protocol: &'a Option<impl db::StringSql>,
        encryption: &'a Option<impl db::StringSql>,
        report_key: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 10> {
        db::Bound::new(Self::QUERY, client, [
            username, server_id, bytes_in, bytes_out, duration_seconds, session_type, client_version, protocol,
            encryption, report_key,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RecordParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 10> {
        self.bind(
            client, &params.username, &params.server_id, &params.bytes_in, &params.bytes_out, &params.duration_seconds,
            &params.session_type, &params.client_version, &params.protocol, &params.encryption, &params.report_key,
        )
    }
}
impl db::Returning for RecordStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`user_summary`](fn@user_summary); a row is a [`UserSummary`].
#[derive(Clone, Copy, Debug)]
pub struct UserSummaryStmt;
/// All usage that nodes measured for a user, live connections included, and the number of live connections; no row
/// means no such user.
/// Index: idx_usage_totals_user, idx_vpn_connections_live_user, idx_users_username. Locks: nothing.
pub fn user_summary() -> UserSummaryStmt {
    UserSummaryStmt
}
impl UserSummaryStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.user_summary",
        file: "queries/usage.sql",
        line: 90,
        sql: "/* usage.user_summary */ SELECT u.username, t.sessions AS total_sessions, t.bytes_in AS total_bytes_in, t.bytes_out AS total_bytes_out, t.seconds AS total_duration_seconds, t.active_connections, t.last_session_at FROM users u CROSS JOIN ( SELECT COALESCE(SUM(s.sessions), 0)::BIGINT AS sessions, COALESCE(SUM(s.bytes_in), 0)::BIGINT AS bytes_in, COALESCE(SUM(s.bytes_out), 0)::BIGINT AS bytes_out, COALESCE(SUM(s.seconds), 0)::BIGINT AS seconds, COALESCE(SUM(s.active_connections), 0)::BIGINT AS active_connections, MAX(s.last_session_at) AS last_session_at FROM ( SELECT server_id, sessions, bytes_in, bytes_out, seconds, 0 AS active_connections, last_session_at FROM usage_totals WHERE username = $1 UNION ALL SELECT server_id, 0::BIGINT, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0::BIGINT, 1, NULL::TIMESTAMPTZ FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected') ) s ) t WHERE u.username = $1",
        parameters: &["text"],
        columns: &[("username", "varchar"), ("total_sessions", "int8"), ("total_bytes_in", "int8"), ("total_bytes_out", "int8"), ("total_duration_seconds", "int8"), ("active_connections", "int8"), ("last_session_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for UserSummaryStmt {
    type Row = UserSummary;
    type Borrowed<'r> = UserSummaryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UserSummaryBorrowed {
            username: row.try_get(0)?, total_sessions: row.try_get(1)?, total_bytes_in: row.try_get(2)?,
            total_bytes_out: row.try_get(3)?, total_duration_seconds: row.try_get(4)?,
            active_connections: row.try_get(5)?, last_session_at: row.try_get(6)?,
        })
    }
}
/// The statement [`client_reported_totals`](fn@client_reported_totals); a row is a [`ClientReportedTotals`].
#[derive(Clone, Copy, Debug)]
pub struct ClientReportedTotalsStmt;
/// What a user's clients report, one row per session type, archived rows included; self-reported, and capped at
/// i64::MAX.
/// Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
pub fn client_reported_totals() -> ClientReportedTotalsStmt {
    ClientReportedTotalsStmt
}
impl ClientReportedTotalsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.client_reported_totals",
        file: "queries/usage.sql",
        line: 129,
        sql: "/* usage.client_reported_totals */ SELECT s.session_type, COUNT(*) AS sessions, LEAST(COALESCE(SUM(s.bytes_in), 0), 9223372036854775807)::BIGINT AS bytes_in, LEAST(COALESCE(SUM(s.bytes_out), 0), 9223372036854775807)::BIGINT AS bytes_out, COALESCE(SUM(s.duration_seconds), 0)::BIGINT AS duration_seconds, MAX(s.started_at) AS last_session_at FROM ( SELECT server_id, COALESCE(session_type, 'vpn') AS session_type, bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics WHERE username = $1 UNION ALL SELECT server_id, COALESCE(session_type, 'vpn'), bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics_archive WHERE username = $1 ) s WHERE s.session_type <> 'vpn' GROUP BY s.session_type ORDER BY s.session_type",
        parameters: &["text"],
        columns: &[("session_type", "varchar"), ("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8"), ("last_session_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for ClientReportedTotalsStmt {
    type Row = ClientReportedTotals;
    type Borrowed<'r> = ClientReportedTotalsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ClientReportedTotalsBorrowed {
            session_type: row.try_get(0)?, sessions: row.try_get(1)?, bytes_in: row.try_get(2)?,
            bytes_out: row.try_get(3)?, duration_seconds: row.try_get(4)?, last_session_at: row.try_get(5)?,
        })
    }
}
/// The statement [`user_totals_by_server`](fn@user_totals_by_server); a row is a [`ServerTotals`].
#[derive(Clone, Copy, Debug)]
pub struct UserTotalsByServerStmt;
/// All usage that nodes measured for a user, one row per server, most bytes first.
/// Index: idx_usage_totals_user, idx_vpn_connections_live_user. Locks: nothing.
pub fn user_totals_by_server() -> UserTotalsByServerStmt {
    UserTotalsByServerStmt
}
impl UserTotalsByServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.user_totals_by_server",
        file: "queries/usage.sql",
        line: 152,
        sql: "/* usage.user_totals_by_server */ SELECT t.server_id, SUM(t.sessions)::BIGINT AS sessions, SUM(t.bytes_in)::BIGINT AS bytes_in, SUM(t.bytes_out)::BIGINT AS bytes_out, SUM(t.seconds)::BIGINT AS duration_seconds, MAX(t.last_session_at) AS last_session_at FROM ( SELECT server_id, sessions, bytes_in, bytes_out, seconds, last_session_at FROM usage_totals WHERE username = $1 UNION ALL SELECT server_id, 0, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0, NULL FROM vpn_connections WHERE username = $1 AND status IN ('connecting', 'connected') ) t GROUP BY t.server_id ORDER BY SUM(t.bytes_in) + SUM(t.bytes_out) DESC, t.server_id",
        parameters: &["text"],
        columns: &[("server_id", "varchar"), ("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8"), ("last_session_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for UserTotalsByServerStmt {
    type Row = ServerTotals;
    type Borrowed<'r> = ServerTotalsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerTotalsBorrowed {
            server_id: row.try_get(0)?, sessions: row.try_get(1)?, bytes_in: row.try_get(2)?,
            bytes_out: row.try_get(3)?, duration_seconds: row.try_get(4)?, last_session_at: row.try_get(5)?,
        })
    }
}
/// The statement [`server_summary`](fn@server_summary); a row is a [`ServerSummary`].
#[derive(Clone, Copy, Debug)]
pub struct ServerSummaryStmt;
/// All usage of a server and the number of its live connections; no row means that it was never used.
/// Index: usage_totals_pkey, idx_vpn_connections_active; it reads one row per user of the server: not for a request
/// path.
/// Locks: nothing.
pub fn server_summary() -> ServerSummaryStmt {
    ServerSummaryStmt
}
impl ServerSummaryStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.server_summary",
        file: "queries/usage.sql",
        line: 179,
        sql: "/* usage.server_summary */ SELECT server_id::TEXT AS server_id, total_sessions, unique_users, total_bytes_in, total_bytes_out, total_duration_seconds, active_connections FROM v_server_statistics WHERE server_id = $1::TEXT",
        parameters: &["text"],
        columns: &[("server_id", "text"), ("total_sessions", "int8"), ("unique_users", "int8"), ("total_bytes_in", "int8"), ("total_bytes_out", "int8"), ("total_duration_seconds", "int8"), ("active_connections", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [server_id], |it| it.into())
    }
}
impl db::Returning for ServerSummaryStmt {
    type Row = ServerSummary;
    type Borrowed<'r> = ServerSummaryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerSummaryBorrowed {
            server_id: row.try_get(0)?, total_sessions: row.try_get(1)?, unique_users: row.try_get(2)?,
            total_bytes_in: row.try_get(3)?, total_bytes_out: row.try_get(4)?, total_duration_seconds: row.try_get(5)?,
            active_connections: row.try_get(6)?,
        })
    }
}
/// The statement [`server_summaries`](fn@server_summaries); a row is a [`ServerSummary`].
#[derive(Clone, Copy, Debug)]
pub struct ServerSummariesStmt;
/// As `server_summary`, for every server with usage, by name.
/// Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
pub fn server_summaries() -> ServerSummariesStmt {
    ServerSummariesStmt
}
impl ServerSummariesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.server_summaries",
        file: "queries/usage.sql",
        line: 194,
        sql: "/* usage.server_summaries */ SELECT server_id::TEXT AS server_id, total_sessions, unique_users, total_bytes_in, total_bytes_out, total_duration_seconds, active_connections FROM v_server_statistics ORDER BY server_id",
        parameters: &[],
        columns: ServerSummaryStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for ServerSummariesStmt {
    type Row = ServerSummary;
    type Borrowed<'r> = ServerSummaryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ServerSummaryStmt as db::Returning>::read(row)
    }
}
/// The statement [`usage_by_day`](fn@usage_by_day); a row is a [`DailyUsage`].
#[derive(Clone, Copy, Debug)]
pub struct UsageByDayStmt;
/// What nodes measured for a user, per day, both days included; a day without usage has no row.
/// Index: idx_usage_daily_user, idx_usage_hourly_user (all of the user's hours), idx_vpn_connections_live_user. Locks:
/// nothing.
pub fn usage_by_day() -> UsageByDayStmt {
    UsageByDayStmt
}
impl UsageByDayStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.usage_by_day",
        file: "queries/usage.sql",
        line: 207,
        sql: "/* usage.usage_by_day */ SELECT d.day, SUM(d.sessions)::BIGINT AS sessions, SUM(d.bytes_in)::BIGINT AS bytes_in, SUM(d.bytes_out)::BIGINT AS bytes_out, SUM(d.seconds)::BIGINT AS duration_seconds FROM v_usage_by_day d WHERE d.username = $1 AND d.day BETWEEN $2 AND $3 GROUP BY d.day ORDER BY d.day",
        parameters: &["text", "date", "date"],
        columns: &[("day", "date"), ("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        from_day: &'a chrono::NaiveDate,
        to_day: &'a chrono::NaiveDate,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [username, from_day, to_day], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a UsageByDayParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.username, &params.from_day, &params.to_day)
    }
}
impl db::Returning for UsageByDayStmt {
    type Row = DailyUsage;
    type Borrowed<'r> = DailyUsage;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(DailyUsage {
            day: row.try_get(0)?, sessions: row.try_get(1)?, bytes_in: row.try_get(2)?, bytes_out: row.try_get(3)?,
            duration_seconds: row.try_get(4)?,
        })
    }
}
/// The statement [`usage_by_hour`](fn@usage_by_hour); a row is a [`HourlyUsage`].
#[derive(Clone, Copy, Debug)]
pub struct UsageByHourStmt;
/// What nodes measured for a user, per hour, from `since` to before `until`; an hour without usage has no row. Hours
/// older than `MaintenancePolicy::keep_usage_hours` are rolled up into days: see `usage_by_day`.
/// Index: idx_usage_hourly_user, idx_vpn_connections_live_user. Locks: nothing.
pub fn usage_by_hour() -> UsageByHourStmt {
    UsageByHourStmt
}
impl UsageByHourStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.usage_by_hour",
        file: "queries/usage.sql",
        line: 222,
        sql: "/* usage.usage_by_hour */ SELECT h.hour, SUM(h.sessions)::BIGINT AS sessions, SUM(h.bytes_in)::BIGINT AS bytes_in, SUM(h.bytes_out)::BIGINT AS bytes_out, SUM(h.seconds)::BIGINT AS duration_seconds FROM v_usage_by_hour h WHERE h.username = $1 AND h.hour >= $2 AND h.hour < $3 GROUP BY h.hour ORDER BY h.hour",
        parameters: &["text", "timestamptz", "timestamptz"],
        columns: &[("hour", "timestamptz"), ("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        since: &'a chrono::DateTime<chrono::Utc>,
        until: &'a chrono::DateTime<chrono::Utc>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [username, since, until], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a UsageByHourParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.username, &params.since, &params.until)
    }
}
impl db::Returning for UsageByHourStmt {
    type Row = HourlyUsage;
    type Borrowed<'r> = HourlyUsage;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(HourlyUsage {
            hour: row.try_get(0)?, sessions: row.try_get(1)?, bytes_in: row.try_get(2)?, bytes_out: row.try_get(3)?,
            duration_seconds: row.try_get(4)?,
        })
    }
}
/// The statement [`server_usage_by_day`](fn@server_usage_by_day); a row is a [`DailyUsage`].
#[derive(Clone, Copy, Debug)]
pub struct ServerUsageByDayStmt;
/// What a server measured, per day, both days included; a day without usage has no row.
/// Index: usage_by_server_pkey, idx_vpn_connections_active. Locks: nothing.
pub fn server_usage_by_day() -> ServerUsageByDayStmt {
    ServerUsageByDayStmt
}
impl ServerUsageByDayStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.server_usage_by_day",
        file: "queries/usage.sql",
        line: 238,
        sql: "/* usage.server_usage_by_day */ SELECT (h.hour AT TIME ZONE 'UTC')::DATE AS day, SUM(h.sessions)::BIGINT AS sessions, SUM(h.bytes_in)::BIGINT AS bytes_in, SUM(h.bytes_out)::BIGINT AS bytes_out, SUM(h.seconds)::BIGINT AS duration_seconds FROM ( SELECT hour, sessions, bytes_in, bytes_out, seconds FROM usage_by_server WHERE server_id = $1 UNION ALL SELECT hour_of_usage(COALESCE(usage_hour, connected_at)), 0, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0 FROM vpn_connections WHERE server_id = $1 AND status IN ('connecting', 'connected') ) h WHERE h.hour >= $2::DATE::TIMESTAMP AT TIME ZONE 'UTC' AND h.hour < ($3::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC' GROUP BY 1 ORDER BY 1",
        parameters: &["text", "date", "date"],
        columns: UsageByDayStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        from_day: &'a chrono::NaiveDate,
        to_day: &'a chrono::NaiveDate,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, from_day, to_day], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ServerUsageByDayParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.from_day, &params.to_day)
    }
}
impl db::Returning for ServerUsageByDayStmt {
    type Row = DailyUsage;
    type Borrowed<'r> = DailyUsage;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <UsageByDayStmt as db::Returning>::read(row)
    }
}
/// The statement [`history_by_user`](fn@history_by_user); a row is a [`Usage`].
#[derive(Clone, Copy, Debug)]
pub struct HistoryByUserStmt;
/// One page of the sessions of a user, archived ones included, newest row first. Start with `before_id` i64::MAX,
/// continue with the last id received.
/// Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
pub fn history_by_user() -> HistoryByUserStmt {
    HistoryByUserStmt
}
impl HistoryByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.history_by_user",
        file: "queries/usage.sql",
        line: 265,
        sql: "/* usage.history_by_user */ SELECT s.id, s.username, s.server_id, COALESCE(s.bytes_in, 0) AS bytes_in, COALESCE(s.bytes_out, 0) AS bytes_out, COALESCE(s.duration_seconds, 0) AS duration_seconds, s.connection_id, s.started_at, s.ended_at, COALESCE(s.session_type, 'vpn') AS session_type, s.client_version, s.protocol, s.encryption FROM ( (SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption FROM vpn_statistics WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT) UNION ALL (SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption FROM vpn_statistics_archive WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT) ) s ORDER BY s.id DESC LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: &[("id", "int8"), ("username", "varchar"), ("server_id", "varchar"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int4"), ("connection_id", "int8"), ("started_at", "timestamptz"), ("ended_at", "timestamptz"), ("session_type", "varchar"), ("client_version", "varchar"), ("protocol", "varchar"), ("encryption", "varchar")],
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
        params: &'a HistoryByUserParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
impl db::Returning for HistoryByUserStmt {
    type Row = Usage;
    type Borrowed<'r> = UsageBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UsageBorrowed {
            id: row.try_get(0)?, username: row.try_get(1)?, server_id: row.try_get(2)?, bytes_in: row.try_get(3)?,
            bytes_out: row.try_get(4)?, duration_seconds: row.try_get(5)?, connection_id: row.try_get(6)?,
            started_at: row.try_get(7)?, ended_at: row.try_get(8)?, session_type: row.try_get(9)?,
            client_version: row.try_get(10)?, protocol: row.try_get(11)?, encryption: row.try_get(12)?,
        })
    }
}
/// The statement [`top_users`](fn@top_users); a row is a [`TopUser`].
#[derive(Clone, Copy, Debug)]
pub struct TopUsersStmt;
/// The `limit` users with most bytes in both directions in the hours from `since` on; where hours are rolled up, in the
/// days that start then.
/// Index: idx_usage_hourly_hour, idx_usage_daily_day, idx_vpn_connections_active (all live rows); it reads one row per
/// user, server and hour or day of the period: not for a request path. Locks: nothing.
pub fn top_users() -> TopUsersStmt {
    TopUsersStmt
}
impl TopUsersStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.top_users",
        file: "queries/usage.sql",
        line: 303,
        sql: "/* usage.top_users */ SELECT h.username, SUM(h.sessions)::BIGINT AS sessions, SUM(h.bytes_in)::BIGINT AS bytes_in, SUM(h.bytes_out)::BIGINT AS bytes_out, SUM(h.seconds)::BIGINT AS duration_seconds FROM ( SELECT server_id, username, sessions, bytes_in, bytes_out, seconds FROM v_usage_by_hour WHERE hour >= $1 UNION ALL SELECT server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_daily WHERE day >= ($1 AT TIME ZONE 'UTC')::DATE AND day::TIMESTAMP AT TIME ZONE 'UTC' >= $1 ) h GROUP BY h.username ORDER BY SUM(h.bytes_in) + SUM(h.bytes_out) DESC, h.username LIMIT $2::BIGINT",
        parameters: &["timestamptz", "int8"],
        columns: &[("username", "varchar"), ("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        since: &'a chrono::DateTime<chrono::Utc>,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [since, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a TopUsersParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.since, &params.limit)
    }
}
impl db::Returning for TopUsersStmt {
    type Row = TopUser;
    type Borrowed<'r> = TopUserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(TopUserBorrowed {
            username: row.try_get(0)?, sessions: row.try_get(1)?, bytes_in: row.try_get(2)?, bytes_out: row.try_get(3)?,
            duration_seconds: row.try_get(4)?,
        })
    }
}
/// The statement [`top_users_ever`](fn@top_users_ever); a row is a [`TopUser`].
#[derive(Clone, Copy, Debug)]
pub struct TopUsersEverStmt;
/// As `top_users`, over all time.
/// Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
pub fn top_users_ever() -> TopUsersEverStmt {
    TopUsersEverStmt
}
impl TopUsersEverStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.top_users_ever",
        file: "queries/usage.sql",
        line: 327,
        sql: "/* usage.top_users_ever */ SELECT t.username, SUM(t.sessions)::BIGINT AS sessions, SUM(t.bytes_in)::BIGINT AS bytes_in, SUM(t.bytes_out)::BIGINT AS bytes_out, SUM(t.seconds)::BIGINT AS duration_seconds FROM ( SELECT server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_totals UNION ALL SELECT server_id, username, 0::BIGINT, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0::BIGINT FROM vpn_connections WHERE status IN ('connecting', 'connected') ) t GROUP BY t.username ORDER BY SUM(t.bytes_in) + SUM(t.bytes_out) DESC, t.username LIMIT $1::BIGINT",
        parameters: &["int8"],
        columns: TopUsersStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, limit: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [limit], |it| it.into())
    }
}
impl db::Returning for TopUsersEverStmt {
    type Row = TopUser;
    type Borrowed<'r> = TopUserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <TopUsersStmt as db::Returning>::read(row)
    }
}
/// The statement [`bandwidth`](fn@bandwidth); a row is a [`Bandwidth`].
#[derive(Clone, Copy, Debug)]
pub struct BandwidthStmt;
/// What all nodes measured in the hours from `since` on; always one row.
/// Index: idx_usage_by_server_hour, idx_vpn_connections_active (all live rows). Locks: nothing.
pub fn bandwidth() -> BandwidthStmt {
    BandwidthStmt
}
impl BandwidthStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.bandwidth",
        file: "queries/usage.sql",
        line: 352,
        sql: "/* usage.bandwidth */ SELECT COALESCE(SUM(h.sessions), 0)::BIGINT AS sessions, COALESCE(SUM(h.bytes_in), 0)::BIGINT AS bytes_in, COALESCE(SUM(h.bytes_out), 0)::BIGINT AS bytes_out, COALESCE(SUM(h.seconds), 0)::BIGINT AS duration_seconds FROM ( SELECT server_id, sessions, bytes_in, bytes_out, seconds FROM usage_by_server WHERE hour >= $1 UNION ALL SELECT server_id, 0::BIGINT, COALESCE(bytes_received, 0) - rolled_up_received, COALESCE(bytes_sent, 0) - rolled_up_sent, 0::BIGINT FROM vpn_connections WHERE status IN ('connecting', 'connected') AND hour_of_usage(COALESCE(usage_hour, connected_at)) >= $1 ) h",
        parameters: &["timestamptz"],
        columns: &[("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        since: &'a chrono::DateTime<chrono::Utc>,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [since], |it| it)
    }
}
impl db::Returning for BandwidthStmt {
    type Row = Bandwidth;
    type Borrowed<'r> = Bandwidth;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Bandwidth {
            sessions: row.try_get(0)?, bytes_in: row.try_get(1)?, bytes_out: row.try_get(2)?,
            duration_seconds: row.try_get(3)?,
        })
    }
}
/// The statement [`discrepancies`](fn@discrepancies); a row is a [`Discrepancy`].
#[derive(Clone, Copy, Debug)]
pub struct DiscrepanciesStmt;
/// Where a roll-up differs from the sum of statistics, archive and live connections, in one snapshot (on a cluster in one of each
/// server), and by how much: too high or, negative, too low. No rows, unless rows were deleted or changed by hand. `roll_up` is usage_totals,
/// usage_by_server (username is then empty), or usage_hourly, which includes usage_daily. For an audit.
/// Index: none, it reads all statistics and the archive: not for a request path. Locks: nothing.
pub fn discrepancies() -> DiscrepanciesStmt {
    DiscrepanciesStmt
}
impl DiscrepanciesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.discrepancies",
        file: "queries/usage.sql",
        line: 374,
        sql: "/* usage.discrepancies */ WITH stored AS ( SELECT server_id, username, SUM(sessions)::BIGINT AS sessions, SUM(bytes_in)::BIGINT AS bytes_in, SUM(bytes_out)::BIGINT AS bytes_out, SUM(seconds)::BIGINT AS seconds FROM ( SELECT server_id, username, 1 AS sessions, GREATEST(bytes_in, 0) AS bytes_in, GREATEST(bytes_out, 0) AS bytes_out, COALESCE(duration_seconds, 0) AS seconds FROM vpn_statistics WHERE COALESCE(session_type, 'vpn') = 'vpn' UNION ALL SELECT server_id, username, 1, GREATEST(bytes_in, 0), GREATEST(bytes_out, 0), COALESCE(duration_seconds, 0) FROM vpn_statistics_archive WHERE COALESCE(session_type, 'vpn') = 'vpn' UNION ALL SELECT server_id, username, 0, rolled_up_received, rolled_up_sent, 0 FROM vpn_connections WHERE status IN ('connecting', 'connected') ) s GROUP BY server_id, username ) SELECT d.roll_up, d.server_id, d.username, SUM(d.sessions)::BIGINT AS sessions, SUM(d.bytes_in)::BIGINT AS bytes_in, SUM(d.bytes_out)::BIGINT AS bytes_out, SUM(d.seconds)::BIGINT AS duration_seconds FROM ( SELECT 'usage_totals' AS roll_up, server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_totals UNION ALL SELECT 'usage_hourly', server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_hourly UNION ALL SELECT 'usage_hourly', server_id, username, sessions, bytes_in, bytes_out, seconds FROM usage_daily UNION ALL SELECT 'usage_by_server', server_id, '', sessions, bytes_in, bytes_out, seconds FROM usage_by_server UNION ALL SELECT s.roll_up, s.server_id, CASE s.roll_up WHEN 'usage_by_server' THEN '' ELSE s.username END, -s.sessions, -s.bytes_in, -s.bytes_out, -s.seconds FROM ( SELECT UNNEST(ARRAY['usage_totals', 'usage_hourly', 'usage_by_server']) AS roll_up, stored.* FROM stored ) s ) d GROUP BY d.roll_up, d.server_id, d.username HAVING SUM(d.sessions) <> 0 OR SUM(d.bytes_in) <> 0 OR SUM(d.bytes_out) <> 0 OR SUM(d.seconds) <> 0 ORDER BY d.roll_up, d.server_id, d.username",
        parameters: &[],
        columns: &[("roll_up", "text"), ("server_id", "varchar"), ("username", "varchar"), ("sessions", "int8"), ("bytes_in", "int8"), ("bytes_out", "int8"), ("duration_seconds", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for DiscrepanciesStmt {
    type Row = Discrepancy;
    type Borrowed<'r> = DiscrepancyBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(DiscrepancyBorrowed {
            roll_up: row.try_get(0)?, server_id: row.try_get(1)?, username: row.try_get(2)?, sessions: row.try_get(3)?,
            bytes_in: row.try_get(4)?, bytes_out: row.try_get(5)?, duration_seconds: row.try_get(6)?,
        })
    }
}
/// The statement [`mark`](fn@mark). It needs a full client, because it calls usage_mark.
#[derive(Clone, Copy, Debug)]
pub struct MarkStmt;
/// Marks this moment of a user and returns it: usage since then is exact to the byte. NULL or no row means that there is no such
/// account.
/// Index: idx_users_username, users_pkey, idx_usage_totals_user, idx_vpn_connections_live_user. Locks: the row of the account for the
/// foreign key, the new row.
pub fn mark() -> MarkStmt {
    MarkStmt
}
impl MarkStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.mark",
        file: "queries/usage.sql",
        line: 446,
        sql: "/* usage.mark */ SELECT usage_mark(u.id, NULL) AS marked_at FROM users u WHERE u.username = $1",
        parameters: &["text"],
        columns: &[("marked_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it)
    }
}
impl db::Returning for MarkStmt {
    type Row = Option<chrono::DateTime<chrono::Utc>>;
    type Borrowed<'r> = Option<chrono::DateTime<chrono::Utc>>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`since_mark`](fn@since_mark); a row is a [`MarkedUsage`].
#[derive(Clone, Copy, Debug)]
pub struct SinceMarkStmt;
/// What nodes have measured for a user since a moment that is marked, exact to the byte. No row means that it is not marked.
/// `bytes_in` and `bytes_out` are never NULL: usage_so_far counts what is missing as 0.
/// Index: idx_users_username, usage_marks_pkey, idx_usage_totals_user, idx_vpn_connections_live_user. Locks: nothing.
pub fn since_mark() -> SinceMarkStmt {
    SinceMarkStmt
}
impl SinceMarkStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.since_mark",
        file: "queries/usage.sql",
        line: 455,
        sql: "/* usage.since_mark */ SELECT (s.bytes_in - m.bytes_in) AS bytes_in, (s.bytes_out - m.bytes_out) AS bytes_out FROM users u JOIN usage_marks m ON m.user_id = u.id CROSS JOIN LATERAL usage_so_far(u.username::TEXT) s WHERE u.username = $1 AND m.marked_at = $2",
        parameters: &["text", "timestamptz"],
        columns: &[("bytes_in", "int8"), ("bytes_out", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        moment: &'a chrono::DateTime<chrono::Utc>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [username, moment], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a SinceMarkParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.username, &params.moment)
    }
}
impl db::Returning for SinceMarkStmt {
    type Row = MarkedUsage;
    type Borrowed<'r> = MarkedUsage;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(MarkedUsage { bytes_in: row.try_get(0)?, bytes_out: row.try_get(1)? })
    }
}
/// The statement [`since_hour`](fn@since_hour); a row is a [`UsageByHour`].
#[derive(Clone, Copy, Debug)]
pub struct SinceHourStmt;
/// What nodes have measured for a user since the hour in which a moment is, or since its day if that is known by the day only: `since`
/// is the begin of the one that was counted from.
/// Index: idx_usage_hourly_user, idx_usage_daily_user, idx_vpn_connections_live_user. Locks: nothing.
pub fn since_hour() -> SinceHourStmt {
    SinceHourStmt
}
impl SinceHourStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "usage.since_hour",
        file: "queries/usage.sql",
        line: 467,
        sql: "/* usage.since_hour */ WITH counted AS ( SELECT h.server_id, h.hour AS began, h.bytes_in, h.bytes_out FROM v_usage_by_hour h WHERE h.username = $1 AND h.hour >= hour_of_usage($2::TIMESTAMPTZ) UNION ALL SELECT d.server_id, d.day::TIMESTAMP AT TIME ZONE 'UTC', d.bytes_in, d.bytes_out FROM usage_daily d WHERE d.username = $1 AND d.day >= ($2 AT TIME ZONE 'UTC')::DATE ) SELECT LEAST(MIN(c.began), hour_of_usage($2)) AS since, COALESCE(SUM(c.bytes_in), 0)::BIGINT AS bytes_in, COALESCE(SUM(c.bytes_out), 0)::BIGINT AS bytes_out FROM counted c",
        parameters: &["text", "timestamptz"],
        columns: &[("since", "timestamptz"), ("bytes_in", "int8"), ("bytes_out", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        moment: &'a chrono::DateTime<chrono::Utc>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [username, moment], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a SinceHourParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.username, &params.moment)
    }
}
impl db::Returning for SinceHourStmt {
    type Row = UsageByHour;
    type Borrowed<'r> = UsageByHour;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UsageByHour { since: row.try_get(0)?, bytes_in: row.try_get(1)?, bytes_out: row.try_get(2)? })
    }
}
