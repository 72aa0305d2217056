// Written by the build step from queries/locations.sql. Edit that file: `cargo build` brings this one up to date.

//! Locations: the cities where servers are, their distances from a point, and their load. Tables and functions:
//! schema/locations.sql.
//! Latitude and longitude are in degrees, north and east positive; NULL if unknown, which only databases of the Go product
//! have. Distances are in kilometres.

use barqnet_db_client as db;
/// The parameters of [`nearest_of_plan`](fn@nearest_of_plan).
#[derive(Clone, Copy, Debug)]
pub struct NearestOfPlanParams {
    pub latitude: f64,
    pub longitude: f64,
    pub plan_id: i64,
    pub limit: i64,
}
/// The parameters of [`nearest`](fn@nearest).
#[derive(Clone, Copy, Debug)]
pub struct NearestParams {
    pub latitude: f64,
    pub longitude: f64,
    pub limit: i32,
}
/// The parameters of [`upsert`](fn@upsert).
#[derive(Debug)]
pub struct UpsertParams<T1, T2, T3, T4, T5, T6, T7, T8> {
    pub country: T1,
    pub city: T2,
    pub name: T3,
    pub region: Option<T4>,
    pub country_code: T5,
    pub latitude: f64,
    pub longitude: f64,
    pub timezone: Option<T6>,
    pub data_center: Option<T7>,
    pub flag_emoji: Option<T8>,
    pub display_order: i32,
}
/// The parameters of [`set_enabled`](fn@set_enabled).
#[derive(Clone, Copy, Debug)]
pub struct SetEnabledParams {
    pub enabled: bool,
    pub location_id: i32,
}
/// A row of [`list`](fn@list), [`by_id`](fn@by_id).
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub region: Option<String>,
    pub country_code: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<String>,
    pub data_center: Option<String>,
    pub flag_emoji: Option<String>,
    pub display_order: i32,
    pub enabled: bool,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Location`] that borrows from the row it was read from.
pub struct LocationBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub region: Option<&'a str>,
    pub country_code: &'a str,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<&'a str>,
    pub data_center: Option<&'a str>,
    pub flag_emoji: Option<&'a str>,
    pub display_order: i32,
    pub enabled: bool,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<LocationBorrowed<'a>> for Location {
    fn from(it: LocationBorrowed<'a>) -> Self {
        Self {
            location_id: it.location_id, name: it.name.into(), country: it.country.into(), city: it.city.into(),
            region: it.region.map(|v| v.into()), country_code: it.country_code.into(), latitude: it.latitude,
            longitude: it.longitude, timezone: it.timezone.map(|v| v.into()),
            data_center: it.data_center.map(|v| v.into()), flag_emoji: it.flag_emoji.map(|v| v.into()),
            display_order: it.display_order, enabled: it.enabled, created_at: it.created_at, updated_at: it.updated_at,
        }
    }
}
/// A row of [`list_with_load`](fn@list_with_load).
#[derive(Debug, Clone, PartialEq)]
pub struct LocationLoad {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub region: Option<String>,
    pub country_code: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<String>,
    pub flag_emoji: Option<String>,
    pub enabled_servers: i64,
    pub active_connections: i64,
}
/// A [`LocationLoad`] that borrows from the row it was read from.
pub struct LocationLoadBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub region: Option<&'a str>,
    pub country_code: &'a str,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub timezone: Option<&'a str>,
    pub flag_emoji: Option<&'a str>,
    pub enabled_servers: i64,
    pub active_connections: i64,
}
impl<'a> From<LocationLoadBorrowed<'a>> for LocationLoad {
    fn from(it: LocationLoadBorrowed<'a>) -> Self {
        Self {
            location_id: it.location_id, name: it.name.into(), country: it.country.into(), city: it.city.into(),
            region: it.region.map(|v| v.into()), country_code: it.country_code.into(), latitude: it.latitude,
            longitude: it.longitude, timezone: it.timezone.map(|v| v.into()),
            flag_emoji: it.flag_emoji.map(|v| v.into()), enabled_servers: it.enabled_servers,
            active_connections: it.active_connections,
        }
    }
}
/// A row of [`nearest_of_plan`](fn@nearest_of_plan), [`nearest`](fn@nearest).
#[derive(Debug, Clone, PartialEq)]
pub struct NearbyLocation {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub country_code: String,
    pub latitude: f64,
    pub longitude: f64,
    pub distance_km: f64,
}
/// A [`NearbyLocation`] that borrows from the row it was read from.
pub struct NearbyLocationBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub country_code: &'a str,
    pub latitude: f64,
    pub longitude: f64,
    pub distance_km: f64,
}
impl<'a> From<NearbyLocationBorrowed<'a>> for NearbyLocation {
    fn from(it: NearbyLocationBorrowed<'a>) -> Self {
        Self {
            location_id: it.location_id, name: it.name.into(), country: it.country.into(), city: it.city.into(),
            country_code: it.country_code.into(), latitude: it.latitude, longitude: it.longitude,
            distance_km: it.distance_km,
        }
    }
}
/// A row of [`statistics`](fn@statistics).
#[derive(Debug, Clone, PartialEq)]
pub struct LocationStatistics {
    pub location_id: i32,
    pub name: String,
    pub country: String,
    pub city: String,
    pub country_code: String,
    pub enabled: bool,
    pub total_servers: i64,
    pub enabled_servers: i64,
    pub assigned_users: i64,
    pub active_connections: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
}
/// A [`LocationStatistics`] that borrows from the row it was read from.
pub struct LocationStatisticsBorrowed<'a> {
    pub location_id: i32,
    pub name: &'a str,
    pub country: &'a str,
    pub city: &'a str,
    pub country_code: &'a str,
    pub enabled: bool,
    pub total_servers: i64,
    pub enabled_servers: i64,
    pub assigned_users: i64,
    pub active_connections: i64,
    pub total_bytes_in: i64,
    pub total_bytes_out: i64,
}
impl<'a> From<LocationStatisticsBorrowed<'a>> for LocationStatistics {
    fn from(it: LocationStatisticsBorrowed<'a>) -> Self {
        Self {
            location_id: it.location_id, name: it.name.into(), country: it.country.into(), city: it.city.into(),
            country_code: it.country_code.into(), enabled: it.enabled, total_servers: it.total_servers,
            enabled_servers: it.enabled_servers, assigned_users: it.assigned_users,
            active_connections: it.active_connections, total_bytes_in: it.total_bytes_in,
            total_bytes_out: it.total_bytes_out,
        }
    }
}
/// A row of [`servers_at`](fn@servers_at).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerAtLocation {
    pub id: i64,
    pub name: String,
    pub host: String,
    pub port: i32,
    pub enabled: bool,
    pub draining: bool,
    pub server_type: String,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub max_users: i32,
    pub active_connections: i32,
    pub health: Option<String>,
    pub response_time_ms: Option<i32>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`ServerAtLocation`] that borrows from the row it was read from.
pub struct ServerAtLocationBorrowed<'a> {
    pub id: i64,
    pub name: &'a str,
    pub host: &'a str,
    pub port: i32,
    pub enabled: bool,
    pub draining: bool,
    pub server_type: &'a str,
    pub last_sync: Option<chrono::DateTime<chrono::Utc>>,
    pub max_users: i32,
    pub active_connections: i32,
    pub health: Option<&'a str>,
    pub response_time_ms: Option<i32>,
    pub reported_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ServerAtLocationBorrowed<'a>> for ServerAtLocation {
    fn from(it: ServerAtLocationBorrowed<'a>) -> Self {
        Self {
            id: it.id, name: it.name.into(), host: it.host.into(), port: it.port, enabled: it.enabled,
            draining: it.draining, server_type: it.server_type.into(), last_sync: it.last_sync, max_users: it.max_users,
            active_connections: it.active_connections, health: it.health.map(|v| v.into()),
            response_time_ms: it.response_time_ms, reported_at: it.reported_at,
        }
    }
}
/// The statement [`list`](fn@list); a row is a [`Location`].
#[derive(Clone, Copy, Debug)]
pub struct ListStmt;
/// The locations in display order: the enabled ones or the others if `enabled` is given.
/// Index: none, tens of rows. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt
}
impl ListStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.list",
        file: "queries/locations.sql",
        line: 12,
        sql: "/* locations.list */ SELECT location_id, name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji::TEXT AS flag_emoji, COALESCE(display_order, 0) AS display_order, COALESCE(enabled, TRUE) AS enabled, created_at, updated_at FROM server_locations WHERE COALESCE(enabled, TRUE) = $1 ORDER BY COALESCE(display_order, 0), location_id",
        parameters: &["bool"],
        columns: &[("location_id", "int4"), ("name", "varchar"), ("country", "varchar"), ("city", "varchar"), ("region", "varchar"), ("country_code", "bpchar"), ("latitude", "float8"), ("longitude", "float8"), ("timezone", "varchar"), ("data_center", "varchar"), ("flag_emoji", "text"), ("display_order", "int4"), ("enabled", "bool"), ("created_at", "timestamptz"), ("updated_at", "timestamptz")],
        changes_session: false,
    };
    /// The statement of each choice.
    pub const VARIANTS: &'static [db::Variant] = &[
        // without `enabled`
        db::Variant::new(Self::QUERY, "/* locations.list */ SELECT location_id, name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji::TEXT AS flag_emoji, COALESCE(display_order, 0) AS display_order, COALESCE(enabled, TRUE) AS enabled, created_at, updated_at FROM server_locations ORDER BY COALESCE(display_order, 0), location_id", &[], &[]),
        // with every optional condition
        db::Variant::new(Self::QUERY, Self::QUERY.sql, Self::QUERY.parameters, &[0]),
    ];
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        enabled: &'a Option<bool>,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        let variant = &Self::VARIANTS[db::variant(&[enabled.is_some()], 0)];
        db::Bound::variant(variant, client, [enabled], |it| it.into())
    }
}
impl db::Returning for ListStmt {
    type Row = Location;
    type Borrowed<'r> = LocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(LocationBorrowed {
            location_id: row.try_get(0)?, name: row.try_get(1)?, country: row.try_get(2)?, city: row.try_get(3)?,
            region: row.try_get(4)?, country_code: row.try_get(5)?, latitude: row.try_get(6)?,
            longitude: row.try_get(7)?, timezone: row.try_get(8)?, data_center: row.try_get(9)?,
            flag_emoji: row.try_get(10)?, display_order: row.try_get(11)?, enabled: row.try_get(12)?,
            created_at: row.try_get(13)?, updated_at: row.try_get(14)?,
        })
    }
}
/// The statement [`list_with_load`](fn@list_with_load); a row is a [`LocationLoad`].
#[derive(Clone, Copy, Debug)]
pub struct ListWithLoadStmt;
/// The enabled locations in display order, each with its enabled servers and their live connections, in one statement.
/// Index: none, tens of locations and hundreds of servers; server_status_pkey. Locks: nothing.
pub fn list_with_load() -> ListWithLoadStmt {
    ListWithLoadStmt
}
impl ListWithLoadStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.list_with_load",
        file: "queries/locations.sql",
        line: 34,
        sql: "/* locations.list_with_load */ SELECT l.location_id, l.name, l.country, l.city, l.region, l.country_code, l.latitude::DOUBLE PRECISION AS latitude, l.longitude::DOUBLE PRECISION AS longitude, l.timezone, l.flag_emoji::TEXT AS flag_emoji, COUNT(s.id) AS enabled_servers, COALESCE(SUM(st.live_connections), 0)::BIGINT AS active_connections FROM server_locations l LEFT JOIN servers s ON s.location_id = l.location_id AND s.enabled IS NOT FALSE LEFT JOIN server_status st ON st.server_id = s.name WHERE l.enabled IS NOT FALSE GROUP BY l.location_id, l.name, l.country, l.city, l.region, l.country_code, l.latitude, l.longitude, l.timezone, l.flag_emoji, l.display_order ORDER BY COALESCE(l.display_order, 0), l.location_id",
        parameters: &[],
        columns: &[("location_id", "int4"), ("name", "varchar"), ("country", "varchar"), ("city", "varchar"), ("region", "varchar"), ("country_code", "bpchar"), ("latitude", "float8"), ("longitude", "float8"), ("timezone", "varchar"), ("flag_emoji", "text"), ("enabled_servers", "int8"), ("active_connections", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for ListWithLoadStmt {
    type Row = LocationLoad;
    type Borrowed<'r> = LocationLoadBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(LocationLoadBorrowed {
            location_id: row.try_get(0)?, name: row.try_get(1)?, country: row.try_get(2)?, city: row.try_get(3)?,
            region: row.try_get(4)?, country_code: row.try_get(5)?, latitude: row.try_get(6)?,
            longitude: row.try_get(7)?, timezone: row.try_get(8)?, flag_emoji: row.try_get(9)?,
            enabled_servers: row.try_get(10)?, active_connections: row.try_get(11)?,
        })
    }
}
/// The statement [`by_id`](fn@by_id); a row is a [`Location`].
#[derive(Clone, Copy, Debug)]
pub struct ByIdStmt;
/// The location with this id, enabled or not. No row means that there is none.
/// Index: server_locations_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt
}
impl ByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.by_id",
        file: "queries/locations.sql",
        line: 57,
        sql: "/* locations.by_id */ SELECT location_id, name, country, city, region, country_code, latitude::DOUBLE PRECISION AS latitude, longitude::DOUBLE PRECISION AS longitude, timezone, data_center, flag_emoji::TEXT AS flag_emoji, COALESCE(display_order, 0) AS display_order, COALESCE(enabled, TRUE) AS enabled, created_at, updated_at FROM server_locations WHERE location_id = $1",
        parameters: &["int4"],
        columns: ListStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, location_id: &'a i32) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [location_id], |it| it.into())
    }
}
impl db::Returning for ByIdStmt {
    type Row = Location;
    type Borrowed<'r> = LocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ListStmt as db::Returning>::read(row)
    }
}
/// The statement [`nearest_of_plan`](fn@nearest_of_plan); a row is a [`NearbyLocation`].
#[derive(Clone, Copy, Debug)]
pub struct NearestOfPlanStmt;
/// As `nearest`, of the locations that a plan allows. A plan that does not exist allows all.
/// Index: plan_locations_pkey; all distances are computed, for tens of locations. Locks: nothing.
pub fn nearest_of_plan() -> NearestOfPlanStmt {
    NearestOfPlanStmt
}
impl NearestOfPlanStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.nearest_of_plan",
        file: "queries/locations.sql",
        line: 78,
        sql: "/* locations.nearest_of_plan */ SELECT l.location_id, l.name, l.country, l.city, l.country_code, l.latitude::DOUBLE PRECISION AS latitude, l.longitude::DOUBLE PRECISION AS longitude, d.distance_km FROM server_locations l CROSS JOIN LATERAL ( SELECT HAVERSINE_KM($1::DOUBLE PRECISION, $2::DOUBLE PRECISION, l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS distance_km ) d WHERE l.enabled IS NOT FALSE AND d.distance_km IS NOT NULL AND plan_allows_location($3::BIGINT, l.location_id) ORDER BY d.distance_km, l.display_order, l.location_id LIMIT $4::BIGINT",
        parameters: &["float8", "float8", "int8", "int8"],
        columns: &[("location_id", "int4"), ("name", "varchar"), ("country", "varchar"), ("city", "varchar"), ("country_code", "bpchar"), ("latitude", "float8"), ("longitude", "float8"), ("distance_km", "float8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        latitude: &'a f64,
        longitude: &'a f64,
        plan_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [latitude, longitude, plan_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a NearestOfPlanParams,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.latitude, &params.longitude, &params.plan_id, &params.limit)
    }
}
impl db::Returning for NearestOfPlanStmt {
    type Row = NearbyLocation;
    type Borrowed<'r> = NearbyLocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(NearbyLocationBorrowed {
            location_id: row.try_get(0)?, name: row.try_get(1)?, country: row.try_get(2)?, city: row.try_get(3)?,
            country_code: row.try_get(4)?, latitude: row.try_get(5)?, longitude: row.try_get(6)?,
            distance_km: row.try_get(7)?,
        })
    }
}
/// The statement [`nearest`](fn@nearest); a row is a [`NearbyLocation`].
#[derive(Clone, Copy, Debug)]
pub struct NearestStmt;
/// Up to `limit` enabled locations nearest to a point, nearest first, ties in display order. Locations of unknown
/// coordinates are left out: `location_id`, `name`, `country`, `city`, `country_code`, `latitude`, `longitude` and
/// `distance_km` are never NULL. A latitude outside -90 to 90 or a longitude outside -180 to 180 is an error (22003).
/// Index: none, where the extension cube is missing: then all distances are computed. Otherwise, up to a `limit` of 1,000,
/// idx_locations_point. Locks: nothing.
pub fn nearest() -> NearestStmt {
    NearestStmt
}
impl NearestStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.nearest",
        file: "queries/locations.sql",
        line: 100,
        sql: "/* locations.nearest */ SELECT n.location_id, n.name, n.country, n.city, n.country_code, n.latitude, n.longitude, n.distance_km FROM GET_NEAREST_LOCATION($1::DOUBLE PRECISION, $2::DOUBLE PRECISION, $3::INTEGER) WITH ORDINALITY AS n (location_id, name, country, city, country_code, latitude, longitude, distance_km, rank) ORDER BY n.rank",
        parameters: &["float8", "float8", "int4"],
        columns: NearestOfPlanStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        latitude: &'a f64,
        longitude: &'a f64,
        limit: &'a i32,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [latitude, longitude, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a NearestParams,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.latitude, &params.longitude, &params.limit)
    }
}
impl db::Returning for NearestStmt {
    type Row = NearbyLocation;
    type Borrowed<'r> = NearbyLocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <NearestOfPlanStmt as db::Returning>::read(row)
    }
}
/// The statement [`upsert`](fn@upsert).
#[derive(Clone, Copy, Debug)]
pub struct UpsertStmt;
/// Adds the location of a city, or replaces all of its columns but `enabled`, and returns its id. A name that another city
/// has is a unique violation (`server_locations_name_key`). Only a new location takes an id.
/// Index: idx_locations_country_city. Locks: the row.
pub fn upsert() -> UpsertStmt {
    UpsertStmt
}
impl UpsertStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.upsert",
        file: "queries/locations.sql",
        line: 118,
        sql: "/* locations.upsert */ WITH given AS ( SELECT $1::TEXT AS country, $2::TEXT AS city, $3::TEXT AS name, $4::TEXT AS region, $5::TEXT AS country_code, $6::DOUBLE PRECISION AS latitude, $7::DOUBLE PRECISION AS longitude, $8::TEXT AS timezone, $9::TEXT AS data_center, $10::TEXT AS flag_emoji, $11::INTEGER AS display_order ), replaced AS ( UPDATE server_locations l SET name = g.name, region = g.region, country_code = g.country_code, latitude = g.latitude, longitude = g.longitude, timezone = g.timezone, data_center = g.data_center, flag_emoji = g.flag_emoji, display_order = g.display_order, updated_at = CURRENT_TIMESTAMP FROM given g WHERE l.country = g.country AND l.city = g.city RETURNING l.location_id ), added AS ( INSERT INTO server_locations (country, city, name, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order) SELECT country, city, name, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order FROM given WHERE NOT EXISTS (SELECT FROM replaced) ON CONFLICT (country, city) DO UPDATE SET name = EXCLUDED.name, region = EXCLUDED.region, country_code = EXCLUDED.country_code, latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude, timezone = EXCLUDED.timezone, data_center = EXCLUDED.data_center, flag_emoji = EXCLUDED.flag_emoji, display_order = EXCLUDED.display_order, updated_at = CURRENT_TIMESTAMP RETURNING location_id ) SELECT location_id FROM replaced UNION ALL SELECT location_id FROM added",
        parameters: &["text", "text", "text", "text", "text", "float8", "float8", "text", "text", "text", "int4"],
        columns: &[("location_id", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        country: &'a impl db::StringSql,
        city: &'a impl db::StringSql,
        name: &'a impl db::StringSql,
        region: &'a Option<impl db::StringSql>,
        country_code: &'a impl db::StringSql,
        latitude: &'a f64,
        longitude: &'a f64,
        timezone: &'a Option<impl db::StringSql>,
        data_center: &'a Option<impl db::StringSql>,
        flag_emoji: &'a Option<impl db::StringSql>,
        display_order: &'a i32,
    ) -> db::Bound<'c, 'a, C, Self, 11> {
        db::Bound::new(Self::QUERY, client, [
            country, city, name, region, country_code, latitude, longitude, timezone, data_center, flag_emoji,
            display_order,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a UpsertParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 11> {
        self.bind(
            client, &params.country, &params.city, &params.name, &params.region, &params.country_code, &params.latitude,
            &params.longitude, &params.timezone, &params.data_center, &params.flag_emoji, &params.display_order,
        )
    }
}
impl db::Returning for UpsertStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`set_enabled`](fn@set_enabled).
#[derive(Clone, Copy, Debug)]
pub struct SetEnabledStmt;
/// Enables or disables a location. 0 rows means that there is no such location, or that nothing changed.
/// Index: server_locations_pkey. Locks: the row.
pub fn set_enabled() -> SetEnabledStmt {
    SetEnabledStmt
}
impl SetEnabledStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.set_enabled",
        file: "queries/locations.sql",
        line: 178,
        sql: "/* locations.set_enabled */ UPDATE server_locations SET enabled = $1, updated_at = CURRENT_TIMESTAMP WHERE location_id = $2 AND enabled IS DISTINCT FROM $1",
        parameters: &["bool", "int4"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        enabled: &bool,
        location_id: &i32,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[enabled, location_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(self, client: &C, params: &SetEnabledParams) -> Result<u64, db::Error> {
        self.bind(client, &params.enabled, &params.location_id).await
    }
}
/// The statement [`statistics`](fn@statistics); a row is a [`LocationStatistics`].
#[derive(Clone, Copy, Debug)]
pub struct StatisticsStmt;
/// Servers, assigned accounts, live connections and lifetime bytes of every location, in display order.
/// Index: none, it reads all accounts, all live connections and all of usage_by_server: not for a request path; see
/// `list_with_load`. Locks: nothing.
pub fn statistics() -> StatisticsStmt {
    StatisticsStmt
}
impl StatisticsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.statistics",
        file: "queries/locations.sql",
        line: 187,
        sql: "/* locations.statistics */ SELECT v.location_id, v.name, v.country, v.city, v.country_code, COALESCE(v.enabled, TRUE) AS enabled, v.total_servers, v.enabled_servers, v.assigned_users, v.active_connections, v.total_bytes_in, v.total_bytes_out FROM v_location_statistics v JOIN server_locations l ON l.location_id = v.location_id ORDER BY COALESCE(l.display_order, 0), v.location_id",
        parameters: &[],
        columns: &[("location_id", "int4"), ("name", "varchar"), ("country", "varchar"), ("city", "varchar"), ("country_code", "bpchar"), ("enabled", "bool"), ("total_servers", "int8"), ("enabled_servers", "int8"), ("assigned_users", "int8"), ("active_connections", "int8"), ("total_bytes_in", "int8"), ("total_bytes_out", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for StatisticsStmt {
    type Row = LocationStatistics;
    type Borrowed<'r> = LocationStatisticsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(LocationStatisticsBorrowed {
            location_id: row.try_get(0)?, name: row.try_get(1)?, country: row.try_get(2)?, city: row.try_get(3)?,
            country_code: row.try_get(4)?, enabled: row.try_get(5)?, total_servers: row.try_get(6)?,
            enabled_servers: row.try_get(7)?, assigned_users: row.try_get(8)?, active_connections: row.try_get(9)?,
            total_bytes_in: row.try_get(10)?, total_bytes_out: row.try_get(11)?,
        })
    }
}
/// The statement [`servers_at`](fn@servers_at); a row is a [`ServerAtLocation`].
#[derive(Clone, Copy, Debug)]
pub struct ServersAtStmt;
/// The servers at a location, by name, each with its live connections and its newest health report (NULL if it has sent
/// none).
/// Index: idx_servers_location_id, server_status_pkey. Locks: nothing.
pub fn servers_at() -> ServersAtStmt {
    ServersAtStmt
}
impl ServersAtStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "locations.servers_at",
        file: "queries/locations.sql",
        line: 207,
        sql: "/* locations.servers_at */ SELECT s.id, s.name, s.host, COALESCE(s.port, 8080) AS port, COALESCE(s.enabled, TRUE) AS enabled, s.draining, COALESCE(s.server_type, 'endnode') AS server_type, s.last_sync, s.max_users, COALESCE(st.live_connections, 0) AS active_connections, st.status AS health, st.response_time_ms, st.reported_at FROM servers s LEFT JOIN server_status st ON st.server_id = s.name WHERE s.location_id = $1 ORDER BY s.name",
        parameters: &["int4"],
        columns: &[("id", "int8"), ("name", "varchar"), ("host", "varchar"), ("port", "int4"), ("enabled", "bool"), ("draining", "bool"), ("server_type", "varchar"), ("last_sync", "timestamptz"), ("max_users", "int4"), ("active_connections", "int4"), ("health", "varchar"), ("response_time_ms", "int4"), ("reported_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, location_id: &'a i32) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [location_id], |it| it.into())
    }
}
impl db::Returning for ServersAtStmt {
    type Row = ServerAtLocation;
    type Borrowed<'r> = ServerAtLocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerAtLocationBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, host: row.try_get(2)?, port: row.try_get(3)?,
            enabled: row.try_get(4)?, draining: row.try_get(5)?, server_type: row.try_get(6)?,
            last_sync: row.try_get(7)?, max_users: row.try_get(8)?, active_connections: row.try_get(9)?,
            health: row.try_get(10)?, response_time_ms: row.try_get(11)?, reported_at: row.try_get(12)?,
        })
    }
}
