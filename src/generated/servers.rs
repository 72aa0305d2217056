// Written by the build step from queries/servers.sql. Edit that file: `cargo build` brings this one up to date.

//! Servers: the nodes, their health and load, and the choice of one for a new connection. Tables: schema/servers.sql.
//! Other tables refer to a server by its name, in their column server_id. Only the statement `credentials` returns its
//! password. The table is small: PostgreSQL may read all of it where an index is named.

use barqnet_db_client as db;
/// The parameters of [`register`](fn@register).
pub struct RegisterParams<T1, T2, T3, T4, T5, T6> {
    pub name: T1,
    pub host: T2,
    pub port: i32,
    pub server_type: T3,
    pub management_url: Option<T4>,
    pub username: Option<T5>,
    pub password: Option<T6>,
}
/// The parameters of [`list`](fn@list).
#[derive(Debug)]
pub struct ListParams<T1> {
    pub server_type: Option<T1>,
    pub enabled: Option<bool>,
}
/// The parameters of [`set_enabled`](fn@set_enabled).
#[derive(Debug)]
pub struct SetEnabledParams<T1> {
    pub enabled: bool,
    pub name: T1,
}
/// The parameters of [`set_draining`](fn@set_draining).
#[derive(Debug)]
pub struct SetDrainingParams<T1> {
    pub draining: bool,
    pub name: T1,
}
/// The parameters of [`set_max_users`](fn@set_max_users).
#[derive(Debug)]
pub struct SetMaxUsersParams<T1> {
    pub max_users: i32,
    pub name: T1,
}
/// The parameters of [`set_location`](fn@set_location).
#[derive(Debug)]
pub struct SetLocationParams<T1> {
    pub location_id: Option<i32>,
    pub name: T1,
}
/// The parameters of [`report_health`](fn@report_health).
#[derive(Debug)]
pub struct ReportHealthParams<T1, T2, T3> {
    pub server_id: T1,
    pub status: T2,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<T3>,
    pub measured_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// The parameters of [`health_history`](fn@health_history).
#[derive(Debug)]
pub struct HealthHistoryParams<T1> {
    pub server_id: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`pick`](fn@pick).
#[derive(Debug)]
pub struct PickParams<T1, T2> {
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub excluded: T1,
    pub plan_id: Option<i64>,
    pub min_healthy_reports: i32,
    pub max_report_age_seconds: f64,
    pub max_load: f64,
    pub preferred: Option<T2>,
    pub max_preferred_load: f64,
    pub base_distance_km: f64,
    pub load_weight: f64,
    pub load_exponent: f64,
    pub similar_score_factor: f64,
    pub randomize: bool,
    pub limit: i64,
}
/// The parameters of [`count_ineligible`](fn@count_ineligible).
#[derive(Debug)]
pub struct CountIneligibleParams<T1> {
    pub excluded: T1,
    pub plan_id: Option<i64>,
    pub max_report_age_seconds: f64,
    pub min_healthy_reports: i32,
    pub max_load: f64,
}
/// A row of [`by_name`](fn@by_name), [`list`](fn@list).
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    pub id: i64,
    pub name: String,
    pub host: String,
    pub port: i32,
    pub enabled: bool,
    pub server_type: String,
    pub draining: bool,
    pub max_users: i32,
    pub management_url: Option<String>,
    pub location_id: Option<i32>,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Server`] that borrows from the row it was read from.
pub struct ServerBorrowed<'a> {
    pub id: i64,
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub enabled: bool,
    pub server_type: &'a str,
    pub draining: bool,
    pub max_users: i32,
    pub management_url: Option<&'a str>,
    pub location_id: Option<i32>,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ServerBorrowed<'a>> for Server {
    fn from(it: ServerBorrowed<'a>) -> Self {
        Self {
            id: it.id, name: it.name.into(), host: it.host.into(), port: it.port, enabled: it.enabled,
            server_type: it.server_type.into(), draining: it.draining, max_users: it.max_users,
            management_url: it.management_url.map(|v| v.into()), location_id: it.location_id, last_sync: it.last_sync,
            created_at: it.created_at,
        }
    }
}
/// A row of [`with_locations`](fn@with_locations).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerWithLocation {
    pub id: i64,
    pub name: String,
    pub host: String,
    pub port: i32,
    pub enabled: bool,
    pub server_type: String,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub location_id: Option<i32>,
    pub location_name: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub country_code: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<String>,
    pub data_center: Option<String>,
    pub flag_emoji: Option<String>,
    pub location_enabled: Option<bool>,
}
/// A [`ServerWithLocation`] that borrows from the row it was read from.
pub struct ServerWithLocationBorrowed<'a> {
    pub id: i64,
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub enabled: bool,
    pub server_type: &'a str,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub location_id: Option<i32>,
    pub location_name: Option<&'a str>,
    pub country: Option<&'a str>,
    pub city: Option<&'a str>,
    pub region: Option<&'a str>,
    pub country_code: Option<&'a str>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<&'a str>,
    pub data_center: Option<&'a str>,
    pub flag_emoji: Option<&'a str>,
    pub location_enabled: Option<bool>,
}
impl<'a> From<ServerWithLocationBorrowed<'a>> for ServerWithLocation {
    fn from(it: ServerWithLocationBorrowed<'a>) -> Self {
        Self {
            id: it.id, name: it.name.into(), host: it.host.into(), port: it.port, enabled: it.enabled,
            server_type: it.server_type.into(), last_sync: it.last_sync, location_id: it.location_id,
            location_name: it.location_name.map(|v| v.into()), country: it.country.map(|v| v.into()),
            city: it.city.map(|v| v.into()), region: it.region.map(|v| v.into()),
            country_code: it.country_code.map(|v| v.into()), latitude: it.latitude, longitude: it.longitude,
            timezone: it.timezone.map(|v| v.into()), data_center: it.data_center.map(|v| v.into()),
            flag_emoji: it.flag_emoji.map(|v| v.into()), location_enabled: it.location_enabled,
        }
    }
}
/// A row of [`credentials`](fn@credentials).
#[derive(Clone, PartialEq)]
pub struct ServerCredentials {
    pub username: Option<String>,
    pub password: Option<String>,
}
/// A [`ServerCredentials`] that borrows from the row it was read from.
pub struct ServerCredentialsBorrowed<'a> {
    pub username: Option<&'a str>,
    pub password: Option<&'a str>,
}
impl<'a> From<ServerCredentialsBorrowed<'a>> for ServerCredentials {
    fn from(it: ServerCredentialsBorrowed<'a>) -> Self {
        Self { username: it.username.map(|v| v.into()), password: it.password.map(|v| v.into()) }
    }
}
/// A row of [`status`](fn@status), [`list_status`](fn@list_status).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerStatus {
    pub name: String,
    pub enabled: bool,
    pub draining: bool,
    pub max_users: i32,
    pub location_id: Option<i32>,
    pub live_connections: i32,
    pub status: Option<String>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
    pub measured_at: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<String>,
}
/// A [`ServerStatus`] that borrows from the row it was read from.
pub struct ServerStatusBorrowed<'a> {
    pub name: &'a str,
    pub enabled: bool,
    pub draining: bool,
    pub max_users: i32,
    pub location_id: Option<i32>,
    pub live_connections: i32,
    pub status: Option<&'a str>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
    pub measured_at: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<&'a str>,
}
impl<'a> From<ServerStatusBorrowed<'a>> for ServerStatus {
    fn from(it: ServerStatusBorrowed<'a>) -> Self {
        Self {
            name: it.name.into(), enabled: it.enabled, draining: it.draining, max_users: it.max_users,
            location_id: it.location_id, live_connections: it.live_connections, status: it.status.map(|v| v.into()),
            reported_at: it.reported_at, measured_at: it.measured_at, response_time_ms: it.response_time_ms,
            error_message: it.error_message.map(|v| v.into()),
        }
    }
}
/// A row of [`health_history`](fn@health_history).
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    pub id: i64,
    pub server_id: String,
    pub status: String,
    pub last_check: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<String>,
}
/// A [`Health`] that borrows from the row it was read from.
pub struct HealthBorrowed<'a> {
    pub id: i64,
    pub server_id: &'a str,
    pub status: &'a str,
    pub last_check: Option<chrono::DateTime<chrono::Utc>>,
    pub response_time_ms: Option<i32>,
    pub error_message: Option<&'a str>,
}
impl<'a> From<HealthBorrowed<'a>> for Health {
    fn from(it: HealthBorrowed<'a>) -> Self {
        Self {
            id: it.id, server_id: it.server_id.into(), status: it.status.into(), last_check: it.last_check,
            response_time_ms: it.response_time_ms, error_message: it.error_message.map(|v| v.into()),
        }
    }
}
/// A row of [`pick`](fn@pick).
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub name: String,
    pub host: String,
    pub port: i32,
    pub location_id: Option<i32>,
    pub distance_km: Option<f64>,
    pub live_connections: i32,
    pub max_users: i32,
    pub response_time_ms: Option<i32>,
}
/// A [`Candidate`] that borrows from the row it was read from.
pub struct CandidateBorrowed<'a> {
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub location_id: Option<i32>,
    pub distance_km: Option<f64>,
    pub live_connections: i32,
    pub max_users: i32,
    pub response_time_ms: Option<i32>,
}
impl<'a> From<CandidateBorrowed<'a>> for Candidate {
    fn from(it: CandidateBorrowed<'a>) -> Self {
        Self {
            name: it.name.into(), host: it.host.into(), port: it.port, location_id: it.location_id,
            distance_km: it.distance_km, live_connections: it.live_connections, max_users: it.max_users,
            response_time_ms: it.response_time_ms,
        }
    }
}
/// A row of [`count_ineligible`](fn@count_ineligible).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Ineligible {
    pub registered: i64,
    pub excluded: i64,
    pub not_in_plan: i64,
    pub disabled: i64,
    pub draining: i64,
    pub silent: i64,
    pub unhealthy: i64,
    pub recovering: i64,
    pub full: i64,
    pub eligible: i64,
}
/// The statement [`register`](fn@register).
#[derive(Clone, Copy, Debug)]
pub struct RegisterStmt;
/// Adds a server, or replaces address and type of the one with this name, and returns its id. Management address, user
/// and password change only when given; location, capacity, and whether it is enabled or draining stay. Only a new server
/// takes an id.
/// Index: servers_name_key. Locks: the row.
pub fn register() -> RegisterStmt {
    RegisterStmt
}
impl RegisterStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.register",
        file: "queries/servers.sql",
        line: 13,
        sql: "/* servers.register */ WITH given AS ( SELECT $1::TEXT AS name, $2::TEXT AS host, $3::INTEGER AS port, $4::TEXT AS server_type, $5::TEXT AS management_url, $6::TEXT AS username, $7::TEXT AS password ), replaced AS ( UPDATE servers s SET host = g.host, port = g.port, server_type = g.server_type, management_url = COALESCE(g.management_url, s.management_url), username = COALESCE(g.username, s.username), password = COALESCE(g.password, s.password) FROM given g WHERE s.name = g.name RETURNING s.id ), added AS ( INSERT INTO servers (name, host, port, server_type, management_url, username, password) SELECT name, host, port, server_type, management_url, username, password FROM given WHERE NOT EXISTS (SELECT FROM replaced) ON CONFLICT (name) DO UPDATE SET host = EXCLUDED.host, port = EXCLUDED.port, server_type = EXCLUDED.server_type, management_url = COALESCE(EXCLUDED.management_url, servers.management_url), username = COALESCE(EXCLUDED.username, servers.username), password = COALESCE(EXCLUDED.password, servers.password) RETURNING id ) SELECT id FROM replaced UNION ALL SELECT id FROM added",
        parameters: &["text", "text", "int4", "text", "text", "text", "text"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
        host: &'a impl db::StringSql,
        port: &'a i32,
        server_type: &'a impl db::StringSql,
        management_url: &'a Option<impl db::StringSql>,
        username: &'a Option<impl db::StringSql>,
        password: &'a Option<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            name, host, port, server_type, management_url, username, password,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RegisterParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.name, &params.host, &params.port, &params.server_type, &params.management_url,
            &params.username, &params.password,
        )
    }
}
impl db::Returning for RegisterStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`by_name`](fn@by_name); a row is a [`Server`].
#[derive(Clone, Copy, Debug)]
pub struct ByNameStmt;
/// The server with this name, enabled or not. No row means that there is none.
/// Index: servers_name_key. Locks: nothing.
pub fn by_name() -> ByNameStmt {
    ByNameStmt
}
impl ByNameStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.by_name",
        file: "queries/servers.sql",
        line: 61,
        sql: "/* servers.by_name */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers WHERE name = $1",
        parameters: &["text"],
        columns: &[("id", "int8"), ("name", "varchar"), ("host", "varchar"), ("port", "int4"), ("enabled", "bool"), ("server_type", "varchar"), ("draining", "bool"), ("max_users", "int4"), ("management_url", "varchar"), ("location_id", "int4"), ("last_sync", "timestamptz"), ("created_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [name], |it| it.into())
    }
}
impl db::Returning for ByNameStmt {
    type Row = Server;
    type Borrowed<'r> = ServerBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, host: row.try_get(2)?, port: row.try_get(3)?,
            enabled: row.try_get(4)?, server_type: row.try_get(5)?, draining: row.try_get(6)?,
            max_users: row.try_get(7)?, management_url: row.try_get(8)?, location_id: row.try_get(9)?,
            last_sync: row.try_get(10)?, created_at: row.try_get(11)?,
        })
    }
}
/// The statement [`list`](fn@list); a row is a [`Server`].
#[derive(Clone, Copy, Debug)]
pub struct ListStmt;
/// The servers, by name: those of a type (endnode, management) if `server_type` is given, and the enabled ones or the others if
/// `enabled` is.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt
}
impl ListStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.list",
        file: "queries/servers.sql",
        line: 79,
        sql: "/* servers.list */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers WHERE COALESCE(server_type, 'endnode') = $1 AND COALESCE(enabled, TRUE) = $2 ORDER BY name",
        parameters: &["text", "bool"],
        columns: ByNameStmt::QUERY.columns,
        changes_session: false,
    };
    /// The statement of each choice.
    pub const VARIANTS: &'static [db::Variant] = &[
        // without `server_type`, `enabled`
        db::Variant::new(Self::QUERY, "/* servers.list */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers ORDER BY name", &[], &[]),
        // without `enabled`
        db::Variant::new(Self::QUERY, "/* servers.list */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers WHERE COALESCE(server_type, 'endnode') = $1 ORDER BY name", &["text"], &[0]),
        // without `server_type`
        db::Variant::new(Self::QUERY, "/* servers.list */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, draining, max_users, management_url, location_id, last_sync, created_at FROM servers WHERE COALESCE(enabled, TRUE) = $1 ORDER BY name", &["bool"], &[1]),
        // with every optional condition
        db::Variant::new(Self::QUERY, Self::QUERY.sql, Self::QUERY.parameters, &[0, 1]),
    ];
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_type: &'a Option<impl db::StringSql>,
        enabled: &'a Option<bool>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        let variant = &Self::VARIANTS[db::variant(&[server_type.is_some(), enabled.is_some()], 0)];
        db::Bound::variant(variant, client, [server_type, enabled], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.server_type, &params.enabled)
    }
}
impl db::Returning for ListStmt {
    type Row = Server;
    type Borrowed<'r> = ServerBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByNameStmt as db::Returning>::read(row)
    }
}
/// The statement [`with_locations`](fn@with_locations); a row is a [`ServerWithLocation`].
#[derive(Clone, Copy, Debug)]
pub struct WithLocationsStmt;
/// Every server with its location, by name; NULL if it has none.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn with_locations() -> WithLocationsStmt {
    WithLocationsStmt
}
impl WithLocationsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.with_locations",
        file: "queries/servers.sql",
        line: 100,
        sql: "/* servers.with_locations */ SELECT id, name, host, COALESCE(port, 8080) AS port, COALESCE(enabled, TRUE) AS enabled, COALESCE(server_type, 'endnode') AS server_type, last_sync, location_id, location_name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji, location_enabled FROM v_servers_with_locations ORDER BY name",
        parameters: &[],
        columns: &[("id", "int8"), ("name", "varchar"), ("host", "varchar"), ("port", "int4"), ("enabled", "bool"), ("server_type", "varchar"), ("last_sync", "timestamptz"), ("location_id", "int4"), ("location_name", "varchar"), ("country", "varchar"), ("city", "varchar"), ("region", "varchar"), ("country_code", "bpchar"), ("latitude", "float8"), ("longitude", "float8"), ("timezone", "varchar"), ("data_center", "varchar"), ("flag_emoji", "text"), ("location_enabled", "bool")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for WithLocationsStmt {
    type Row = ServerWithLocation;
    type Borrowed<'r> = ServerWithLocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerWithLocationBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, host: row.try_get(2)?, port: row.try_get(3)?,
            enabled: row.try_get(4)?, server_type: row.try_get(5)?, last_sync: row.try_get(6)?,
            location_id: row.try_get(7)?, location_name: row.try_get(8)?, country: row.try_get(9)?,
            city: row.try_get(10)?, region: row.try_get(11)?, country_code: row.try_get(12)?,
            latitude: row.try_get(13)?, longitude: row.try_get(14)?, timezone: row.try_get(15)?,
            data_center: row.try_get(16)?, flag_emoji: row.try_get(17)?, location_enabled: row.try_get(18)?,
        })
    }
}
/// The statement [`credentials`](fn@credentials); a row is a [`ServerCredentials`].
#[derive(Clone, Copy, Debug)]
pub struct CredentialsStmt;
/// User name and password of a server's management interface; either can be NULL. No row means that there is no such
/// server. Do not log them.
/// Index: servers_name_key. Locks: nothing.
pub fn credentials() -> CredentialsStmt {
    CredentialsStmt
}
impl CredentialsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.credentials",
        file: "queries/servers.sql",
        line: 125,
        sql: "/* servers.credentials */ SELECT username, password FROM servers WHERE name = $1",
        parameters: &["text"],
        columns: &[("username", "varchar"), ("password", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [name], |it| it.into())
    }
}
impl db::Returning for CredentialsStmt {
    type Row = ServerCredentials;
    type Borrowed<'r> = ServerCredentialsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerCredentialsBorrowed { username: row.try_get(0)?, password: row.try_get(1)? })
    }
}
/// The statement [`exists`](fn@exists).
#[derive(Clone, Copy, Debug)]
pub struct ExistsStmt;
/// Whether a server has this name.
/// Index: servers_name_key. Locks: nothing.
pub fn exists() -> ExistsStmt {
    ExistsStmt
}
impl ExistsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.exists",
        file: "queries/servers.sql",
        line: 134,
        sql: "/* servers.exists */ SELECT EXISTS (SELECT 1 FROM servers WHERE name = $1) AS found",
        parameters: &["text"],
        columns: &[("found", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [name], |it| it)
    }
}
impl db::Returning for ExistsStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`set_enabled`](fn@set_enabled).
#[derive(Clone, Copy, Debug)]
pub struct SetEnabledStmt;
/// Enables or disables a server; its live connections stay. 0 rows means that there is no such server, or that nothing
/// changed.
/// Index: servers_name_key. Locks: the row.
pub fn set_enabled() -> SetEnabledStmt {
    SetEnabledStmt
}
impl SetEnabledStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.set_enabled",
        file: "queries/servers.sql",
        line: 139,
        sql: "/* servers.set_enabled */ UPDATE servers SET enabled = $1 WHERE name = $2 AND enabled IS DISTINCT FROM $1",
        parameters: &["bool", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        enabled: &bool,
        name: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[enabled, name]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetEnabledParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.enabled, &params.name).await
    }
}
/// The statement [`set_draining`](fn@set_draining).
#[derive(Clone, Copy, Debug)]
pub struct SetDrainingStmt;
/// Starts or stops draining a server: while draining, it gets no new connections and keeps those it has. 0 rows means that
/// there is no such server, or that nothing changed.
/// Index: servers_name_key. Locks: the row.
pub fn set_draining() -> SetDrainingStmt {
    SetDrainingStmt
}
impl SetDrainingStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.set_draining",
        file: "queries/servers.sql",
        line: 148,
        sql: "/* servers.set_draining */ UPDATE servers SET draining = $1 WHERE name = $2 AND draining <> $1",
        parameters: &["bool", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        draining: &bool,
        name: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[draining, name]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetDrainingParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.draining, &params.name).await
    }
}
/// The statement [`set_max_users`](fn@set_max_users).
#[derive(Clone, Copy, Debug)]
pub struct SetMaxUsersStmt;
/// Sets the number of connections that a server can carry; less than 0 is a check violation (`chk_servers_max_users`). 0
/// rows means that there is no such server, or that nothing changed.
/// Index: servers_name_key. Locks: the row.
pub fn set_max_users() -> SetMaxUsersStmt {
    SetMaxUsersStmt
}
impl SetMaxUsersStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.set_max_users",
        file: "queries/servers.sql",
        line: 157,
        sql: "/* servers.set_max_users */ UPDATE servers SET max_users = $1 WHERE name = $2 AND max_users <> $1",
        parameters: &["int4", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        max_users: &i32,
        name: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[max_users, name]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetMaxUsersParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.max_users, &params.name).await
    }
}
/// The statement [`remove`](fn@remove). It needs a full client, because it calls server_remove.
#[derive(Clone, Copy, Debug)]
pub struct RemoveStmt;
/// Removes a server without accounts and live connections. FALSE means that there is no such server, or that accounts or
/// live connections still refer to it: move the accounts and close the connections first. Statistics and history keep its
/// name. `removed` is never NULL: it says whether a row was deleted.
/// Index: servers_name_key, idx_users_server_id, idx_vpn_connections_active. Locks: the row.
pub fn remove() -> RemoveStmt {
    RemoveStmt
}
impl RemoveStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.remove",
        file: "queries/servers.sql",
        line: 166,
        sql: "/* servers.remove */ SELECT server_remove($1::TEXT) AS removed",
        parameters: &["text"],
        columns: &[("removed", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [name], |it| it)
    }
}
impl db::Returning for RemoveStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`touch_last_sync`](fn@touch_last_sync).
#[derive(Clone, Copy, Debug)]
pub struct TouchLastSyncStmt;
/// Records that a server has synchronised at this moment. 0 rows means that there is no such server.
/// Index: servers_name_key. Locks: the row.
pub fn touch_last_sync() -> TouchLastSyncStmt {
    TouchLastSyncStmt
}
impl TouchLastSyncStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.touch_last_sync",
        file: "queries/servers.sql",
        line: 173,
        sql: "/* servers.touch_last_sync */ UPDATE servers SET last_sync = CLOCK_TIMESTAMP() WHERE name = $1",
        parameters: &["text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, name: &impl db::StringSql) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[name]).await
    }
}
/// The statement [`set_location`](fn@set_location).
#[derive(Clone, Copy, Debug)]
pub struct SetLocationStmt;
/// Sets the location of a server, NULL for none; an unknown location is a foreign key violation. 0 rows means that there is
/// no such server.
/// Index: servers_name_key. Locks: the row; the foreign key holds the location.
pub fn set_location() -> SetLocationStmt {
    SetLocationStmt
}
impl SetLocationStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.set_location",
        file: "queries/servers.sql",
        line: 180,
        sql: "/* servers.set_location */ UPDATE servers SET location_id = $1 WHERE name = $2",
        parameters: &["int4", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        location_id: &Option<i32>,
        name: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[location_id, name]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetLocationParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.location_id, &params.name).await
    }
}
/// The statement [`report_health`](fn@report_health). It needs a full client, because it calls server_report_health.
#[derive(Clone, Copy, Debug)]
pub struct ReportHealthStmt;
/// Records a health report and returns the id of its row in the history, which is never NULL. `measured_at` NULL, or in the future, counts as
/// now. The report becomes the server's status unless it is late: measured before one that arrived within the last 30
/// seconds. So a sender's clock that goes back has an effect for 30 seconds at most. Only a server whose status is healthy
/// is eligible for `pick`.
/// Index: server_status_pkey. Locks: the server's row of server_status, the inserted row of server_health.
pub fn report_health() -> ReportHealthStmt {
    ReportHealthStmt
}
impl ReportHealthStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.report_health",
        file: "queries/servers.sql",
        line: 188,
        sql: "/* servers.report_health */ SELECT server_report_health( $1::TEXT, $2::TEXT, $3::INTEGER, $4::TEXT, $5::TIMESTAMPTZ ) AS id",
        parameters: &["text", "text", "int4", "text", "timestamptz"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        status: &'a impl db::StringSql,
        response_time_ms: &'a Option<i32>,
        error_message: &'a Option<impl db::StringSql>,
        measured_at: &'a Option<chrono::DateTime<chrono::Utc>>,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        db::Bound::new(Self::QUERY, client, [server_id, status, response_time_ms, error_message, measured_at], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a ReportHealthParams<impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        self.bind(
            client, &params.server_id, &params.status, &params.response_time_ms, &params.error_message,
            &params.measured_at,
        )
    }
}
impl db::Returning for ReportHealthStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`status`](fn@status); a row is a [`ServerStatus`].
#[derive(Clone, Copy, Debug)]
pub struct StatusStmt;
/// A registered server with its newest report (NULL if there is none) and its live connections. No row means that there is
/// no such server.
/// Index: servers_name_key, server_status_pkey. Locks: nothing.
pub fn status() -> StatusStmt {
    StatusStmt
}
impl StatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.status",
        file: "queries/servers.sql",
        line: 198,
        sql: "/* servers.status */ SELECT s.name, COALESCE(s.enabled, TRUE) AS enabled, s.draining, s.max_users, s.location_id, COALESCE(st.live_connections, 0) AS live_connections, st.status, st.reported_at, st.measured_at, st.response_time_ms, st.error_message FROM servers s LEFT JOIN server_status st ON st.server_id = s.name WHERE s.name = $1",
        parameters: &["text"],
        columns: &[("name", "varchar"), ("enabled", "bool"), ("draining", "bool"), ("max_users", "int4"), ("location_id", "int4"), ("live_connections", "int4"), ("status", "varchar"), ("reported_at", "timestamptz"), ("measured_at", "timestamptz"), ("response_time_ms", "int4"), ("error_message", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [name], |it| it.into())
    }
}
impl db::Returning for StatusStmt {
    type Row = ServerStatus;
    type Borrowed<'r> = ServerStatusBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerStatusBorrowed {
            name: row.try_get(0)?, enabled: row.try_get(1)?, draining: row.try_get(2)?, max_users: row.try_get(3)?,
            location_id: row.try_get(4)?, live_connections: row.try_get(5)?, status: row.try_get(6)?,
            reported_at: row.try_get(7)?, measured_at: row.try_get(8)?, response_time_ms: row.try_get(9)?,
            error_message: row.try_get(10)?,
        })
    }
}
/// The statement [`list_status`](fn@list_status); a row is a [`ServerStatus`].
#[derive(Clone, Copy, Debug)]
pub struct ListStatusStmt;
/// As `status`, of every registered server, by name.
/// Index: none, hundreds of rows at most. Locks: nothing.
pub fn list_status() -> ListStatusStmt {
    ListStatusStmt
}
impl ListStatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.list_status",
        file: "queries/servers.sql",
        line: 217,
        sql: "/* servers.list_status */ SELECT s.name, COALESCE(s.enabled, TRUE) AS enabled, s.draining, s.max_users, s.location_id, COALESCE(st.live_connections, 0) AS live_connections, st.status, st.reported_at, st.measured_at, st.response_time_ms, st.error_message FROM servers s LEFT JOIN server_status st ON st.server_id = s.name ORDER BY s.name",
        parameters: &[],
        columns: StatusStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for ListStatusStmt {
    type Row = ServerStatus;
    type Borrowed<'r> = ServerStatusBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <StatusStmt as db::Returning>::read(row)
    }
}
/// The statement [`health_history`](fn@health_history); a row is a [`Health`].
#[derive(Clone, Copy, Debug)]
pub struct HealthHistoryStmt;
/// One page of the health reports of a server, newest first. Start with `before_id` i64::MAX, continue with the last
/// id received. Index: idx_server_health_newest. Locks: nothing.
pub fn health_history() -> HealthHistoryStmt {
    HealthHistoryStmt
}
impl HealthHistoryStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.health_history",
        file: "queries/servers.sql",
        line: 235,
        sql: "/* servers.health_history */ SELECT h.id, h.server_id, h.status, h.last_check, h.response_time_ms, h.error_message FROM server_health h WHERE h.server_id = $1 AND h.id < $2 ORDER BY h.id DESC LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: &[("id", "int8"), ("server_id", "varchar"), ("status", "varchar"), ("last_check", "timestamptz"), ("response_time_ms", "int4"), ("error_message", "text")],
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
        params: &'a HealthHistoryParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.before_id, &params.limit)
    }
}
impl db::Returning for HealthHistoryStmt {
    type Row = Health;
    type Borrowed<'r> = HealthBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(HealthBorrowed {
            id: row.try_get(0)?, server_id: row.try_get(1)?, status: row.try_get(2)?, last_check: row.try_get(3)?,
            response_time_ms: row.try_get(4)?, error_message: row.try_get(5)?,
        })
    }
}
/// The statement [`pick`](fn@pick); a row is a [`Candidate`].
#[derive(Clone, Copy, Debug)]
pub struct PickStmt;
/// Up to `limit` end nodes for a new connection, the best first. Call it through `servers::pick`, whose `PickPolicy`
/// documents the numbers. An end node is eligible if it and its location are enabled, it is neither draining nor among
/// `excluded`, its newest report is healthy and arrived less than `max_report_age_seconds` ago, at least `min_healthy_reports`
/// have been healthy since the last other one, the plan `plan_id` (NULL: none) allows its location, and its load (live connections / `max_users`) is below `max_load`. A report
/// that arrived in the future by more than that age is of a clock that has gone back, and does not count. Score, lower is better: (distance + `base_distance_km`) * (1 + `load_weight` * load ^
/// `load_exponent`). Without a point the distance is 0 for every node; a node of unknown coordinates is half the Earth's
/// circumference away. The `preferred` node comes first while its load is below `max_preferred_load`. With `randomize`,
/// nodes that score at most `similar_score_factor` times the best come in random order, weighted by their free capacity;
/// otherwise the order is by score, then by name.
/// Index: none, hundreds of rows at most; server_status_pkey, server_locations_pkey, plan_locations_pkey. Locks: nothing.
pub fn pick() -> PickStmt {
    PickStmt
}
impl PickStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.pick",
        file: "queries/servers.sql",
        line: 250,
        sql: "/* servers.pick */ WITH states AS MATERIALIZED ( SELECT server_id, status, live_connections, healthy_reports, reported_at, response_time_ms FROM server_status ), eligible AS ( SELECT s.name, s.host, COALESCE(s.port, 8080) AS port, s.location_id, s.max_users, st.live_connections, st.response_time_ms, st.live_connections / s.max_users::DOUBLE PRECISION AS load, HAVERSINE_KM($1::DOUBLE PRECISION, $2::DOUBLE PRECISION, l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS distance_km FROM servers s JOIN states st ON st.server_id = s.name LEFT JOIN server_locations l ON l.location_id = s.location_id WHERE COALESCE(s.server_type, 'endnode') = 'endnode' AND s.name <> ALL ($3::TEXT[]) AND s.enabled IS NOT FALSE AND l.enabled IS NOT FALSE AND NOT s.draining AND plan_allows_location($4::BIGINT, s.location_id) AND st.status = 'healthy' AND COALESCE(st.healthy_reports >= $5::INTEGER, TRUE) AND st.reported_at > STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => $6) AND st.reported_at < STATEMENT_TIMESTAMP() + MAKE_INTERVAL(secs => $6) AND st.live_connections < $7::DOUBLE PRECISION::NUMERIC * s.max_users ), scored AS ( SELECT name, host, port, location_id, max_users, live_connections, response_time_ms, distance_km, COALESCE(name = $8::TEXT, FALSE) AND load < $9::DOUBLE PRECISION AS keep_preferred, (COALESCE(distance_km, CASE WHEN $1 IS NULL OR $2 IS NULL THEN 0 ELSE 20015.1 END) + $10::DOUBLE PRECISION) * (1 + $11::DOUBLE PRECISION * POWER(load, $12::DOUBLE PRECISION)) AS score FROM eligible ), ranked AS ( SELECT name, host, port, location_id, max_users, live_connections, response_time_ms, distance_km, keep_preferred, score, score <= $13::DOUBLE PRECISION * MIN(score) OVER () AS among_the_best FROM scored ) SELECT name, host, port, location_id, distance_km, live_connections, max_users, response_time_ms FROM ranked ORDER BY keep_preferred DESC, among_the_best DESC, CASE WHEN $14::BOOLEAN AND among_the_best THEN -LN(1 - RANDOM()) / ($7::DOUBLE PRECISION::NUMERIC * max_users - live_connections) ELSE score END, name LIMIT GREATEST($15::BIGINT, 0)",
        parameters: &["float8", "float8", "text[]", "int8", "int4", "float8", "float8", "text", "float8", "float8", "float8", "float8", "float8", "bool", "int8"],
        columns: &[("name", "varchar"), ("host", "varchar"), ("port", "int4"), ("location_id", "int4"), ("distance_km", "float8"), ("live_connections", "int4"), ("max_users", "int4"), ("response_time_ms", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        latitude: &'a Option<f64>,
        longitude: &'a Option<f64>,
        excluded: &'a impl db::ArraySql<Item = impl db::StringSql>,
        plan_id: &'a Option<i64>,
        min_healthy_reports: &'a i32,
        max_report_age_seconds: &'a f64,
        max_load: &'a f64,
        preferred: &'a Option<impl db::StringSql>,
        max_preferred_load: &'a f64,
        base_distance_km: &'a f64,
        load_weight: &'a f64,
        load_exponent: &'a f64,
        similar_score_factor: &'a f64,
        randomize: &'a bool,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 15> {
        db::Bound::new(Self::QUERY, client, [
            latitude, longitude, excluded, plan_id, min_healthy_reports, max_report_age_seconds, max_load, preferred,
            max_preferred_load, base_distance_km, load_weight, load_exponent, similar_score_factor, randomize, limit,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a PickParams<impl db::ArraySql<Item = impl db::StringSql>, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 15> {
        self.bind(
            client, &params.latitude, &params.longitude, &params.excluded, &params.plan_id, &params.min_healthy_reports,
            &params.max_report_age_seconds, &params.max_load, &params.preferred, &params.max_preferred_load,
            &params.base_distance_km, &params.load_weight, &params.load_exponent, &params.similar_score_factor,
            &params.randomize, &params.limit,
        )
    }
}
impl db::Returning for PickStmt {
    type Row = Candidate;
    type Borrowed<'r> = CandidateBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(CandidateBorrowed {
            name: row.try_get(0)?, host: row.try_get(1)?, port: row.try_get(2)?, location_id: row.try_get(3)?,
            distance_km: row.try_get(4)?, live_connections: row.try_get(5)?, max_users: row.try_get(6)?,
            response_time_ms: row.try_get(7)?,
        })
    }
}
/// The statement [`count_ineligible`](fn@count_ineligible); a row is a [`Ineligible`].
#[derive(Clone, Copy, Debug)]
pub struct CountIneligibleStmt;
/// How many end nodes are not eligible, by reason; always one row. Each node counts once, under its first reason in the
/// order of the columns: excluded, not_in_plan (its location), disabled (itself or its location), draining, silent (no report within
/// `max_report_age_seconds`), unhealthy by its report, recovering (fewer than `min_healthy_reports` since an unhealthy one),
/// full (load at `max_load` or above). `eligible` counts the others.
/// Index: none, hundreds of rows at most; server_status_pkey, server_locations_pkey, plan_locations_pkey. Locks: nothing.
pub fn count_ineligible() -> CountIneligibleStmt {
    CountIneligibleStmt
}
impl CountIneligibleStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "servers.count_ineligible",
        file: "queries/servers.sql",
        line: 325,
        sql: "/* servers.count_ineligible */ SELECT COUNT(*) AS registered, COUNT(*) FILTER (WHERE reason = 'excluded') AS excluded, COUNT(*) FILTER (WHERE reason = 'not_in_plan') AS not_in_plan, COUNT(*) FILTER (WHERE reason = 'disabled') AS disabled, COUNT(*) FILTER (WHERE reason = 'draining') AS draining, COUNT(*) FILTER (WHERE reason = 'silent') AS silent, COUNT(*) FILTER (WHERE reason = 'unhealthy') AS unhealthy, COUNT(*) FILTER (WHERE reason = 'recovering') AS recovering, COUNT(*) FILTER (WHERE reason = 'full') AS full, COUNT(*) FILTER (WHERE reason IS NULL) AS eligible FROM ( SELECT CASE WHEN s.name = ANY ($1::TEXT[]) THEN 'excluded' WHEN NOT plan_allows_location($2::BIGINT, s.location_id) THEN 'not_in_plan' WHEN s.enabled IS FALSE OR l.enabled IS FALSE THEN 'disabled' WHEN s.draining THEN 'draining' WHEN COALESCE(st.reported_at <= STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => $3) OR st.reported_at >= STATEMENT_TIMESTAMP() + MAKE_INTERVAL(secs => $3), TRUE) THEN 'silent' WHEN st.status IS DISTINCT FROM 'healthy' THEN 'unhealthy' WHEN st.healthy_reports < $4::INTEGER THEN 'recovering' WHEN st.live_connections >= $5::DOUBLE PRECISION::NUMERIC * s.max_users THEN 'full' END AS reason FROM servers s LEFT JOIN server_status st ON st.server_id = s.name LEFT JOIN server_locations l ON l.location_id = s.location_id WHERE COALESCE(s.server_type, 'endnode') = 'endnode' ) classified",
        parameters: &["text[]", "int8", "float8", "int4", "float8"],
        columns: &[("registered", "int8"), ("excluded", "int8"), ("not_in_plan", "int8"), ("disabled", "int8"), ("draining", "int8"), ("silent", "int8"), ("unhealthy", "int8"), ("recovering", "int8"), ("full", "int8"), ("eligible", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        excluded: &'a impl db::ArraySql<Item = impl db::StringSql>,
        plan_id: &'a Option<i64>,
        max_report_age_seconds: &'a f64,
        min_healthy_reports: &'a i32,
        max_load: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        db::Bound::new(Self::QUERY, client, [
            excluded, plan_id, max_report_age_seconds, min_healthy_reports, max_load,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a CountIneligibleParams<impl db::ArraySql<Item = impl db::StringSql>>,
    ) -> db::Bound<'c, 'a, C, Self, 5> {
        self.bind(
            client, &params.excluded, &params.plan_id, &params.max_report_age_seconds, &params.min_healthy_reports,
            &params.max_load,
        )
    }
}
impl db::Returning for CountIneligibleStmt {
    type Row = Ineligible;
    type Borrowed<'r> = Ineligible;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Ineligible {
            registered: row.try_get(0)?, excluded: row.try_get(1)?, not_in_plan: row.try_get(2)?,
            disabled: row.try_get(3)?, draining: row.try_get(4)?, silent: row.try_get(5)?, unhealthy: row.try_get(6)?,
            recovering: row.try_get(7)?, full: row.try_get(8)?, eligible: row.try_get(9)?,
        })
    }
}
