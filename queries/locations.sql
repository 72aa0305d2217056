-- Locations: the cities where servers are, their distances from a point, and their load. Tables and functions:
-- schema/locations.sql.
-- Latitude and longitude are in degrees, north and east positive; NULL if unknown, which only databases of the Go product
-- have. Distances are in kilometres.

--: Location(region?, latitude?, longitude?, timezone?, data_center?, flag_emoji?, created_at?, updated_at?)
--: LocationLoad(region?, latitude?, longitude?, timezone?, flag_emoji?)
--: NearbyLocation(location_id!, name!, country!, city!, country_code!, latitude!, longitude!, distance_km!)
--: LocationStatistics()
--: ServerAtLocation(last_sync?, health?, response_time_ms?, reported_at?)

--! list : Location
--- The locations in display order: the enabled ones or the others if `enabled` is given.
--- Index: none, tens of rows. Locks: nothing.
SELECT location_id,
       name,
       country,
       city,
       region,
       country_code,
       latitude::DOUBLE PRECISION  AS latitude,
       longitude::DOUBLE PRECISION AS longitude,
       timezone,
       data_center,
       flag_emoji::TEXT            AS flag_emoji,
       COALESCE(display_order, 0)  AS display_order,
       COALESCE(enabled, TRUE)     AS enabled,
       created_at,
       updated_at
FROM server_locations
WHERE COALESCE(enabled, TRUE) = :enabled?
ORDER BY COALESCE(display_order, 0), location_id;

--! list_with_load : LocationLoad
--- The enabled locations in display order, each with its enabled servers and their live connections, in one statement.
--- Index: none, tens of locations and hundreds of servers; server_status_pkey. Locks: nothing.
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.region,
       l.country_code,
       l.latitude::DOUBLE PRECISION                    AS latitude,
       l.longitude::DOUBLE PRECISION                   AS longitude,
       l.timezone,
       l.flag_emoji::TEXT                              AS flag_emoji,
       COUNT(s.id)                                     AS enabled_servers,
       COALESCE(SUM(st.live_connections), 0)::BIGINT   AS active_connections
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id AND s.enabled IS NOT FALSE
LEFT JOIN server_status st ON st.server_id = s.name
WHERE l.enabled IS NOT FALSE
GROUP BY l.location_id, l.name, l.country, l.city, l.region, l.country_code, l.latitude, l.longitude, l.timezone, l.flag_emoji,
         l.display_order
ORDER BY COALESCE(l.display_order, 0), l.location_id;

--! by_id : Location
--- The location with this id, enabled or not. No row means that there is none.
--- Index: server_locations_pkey. Locks: nothing.
SELECT location_id,
       name,
       country,
       city,
       region,
       country_code,
       latitude::DOUBLE PRECISION  AS latitude,
       longitude::DOUBLE PRECISION AS longitude,
       timezone,
       data_center,
       flag_emoji::TEXT            AS flag_emoji,
       COALESCE(display_order, 0)  AS display_order,
       COALESCE(enabled, TRUE)     AS enabled,
       created_at,
       updated_at
FROM server_locations
WHERE location_id = :location_id;

--! nearest_of_plan : NearbyLocation
--- As `nearest`, of the locations that a plan allows. A plan that does not exist allows all.
--- Index: plan_locations_pkey; all distances are computed, for tens of locations. Locks: nothing.
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.country_code,
       l.latitude::DOUBLE PRECISION  AS latitude,
       l.longitude::DOUBLE PRECISION AS longitude,
       d.distance_km
FROM server_locations l
CROSS JOIN LATERAL (
    SELECT HAVERSINE_KM(:latitude::DOUBLE PRECISION, :longitude::DOUBLE PRECISION,
                        l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS distance_km
) d
WHERE l.enabled IS NOT FALSE
  AND d.distance_km IS NOT NULL
  AND plan_allows_location(:plan_id::BIGINT, l.location_id)
ORDER BY d.distance_km, l.display_order, l.location_id
LIMIT :limit::BIGINT;

--! nearest : NearbyLocation
--- Up to `limit` enabled locations nearest to a point, nearest first, ties in display order. Locations of unknown
--- coordinates are left out: `location_id`, `name`, `country`, `city`, `country_code`, `latitude`, `longitude` and
--- `distance_km` are never NULL. A latitude outside -90 to 90 or a longitude outside -180 to 180 is an error (22003).
--- Index: none, where the extension cube is missing: then all distances are computed. Otherwise, up to a `limit` of 1,000,
--- idx_locations_point. Locks: nothing.
SELECT n.location_id,
       n.name,
       n.country,
       n.city,
       n.country_code,
       n.latitude,
       n.longitude,
       n.distance_km
FROM GET_NEAREST_LOCATION(:latitude::DOUBLE PRECISION, :longitude::DOUBLE PRECISION, :limit::INTEGER)
    WITH ORDINALITY AS n (location_id, name, country, city, country_code, latitude, longitude, distance_km, rank)
ORDER BY n.rank;

--! upsert (region?, timezone?, data_center?, flag_emoji?)
--- Adds the location of a city, or replaces all of its columns but `enabled`, and returns its id. A name that another city
--- has is a unique violation (`server_locations_name_key`). Only a new location takes an id.
--- Index: idx_locations_country_city. Locks: the row.
WITH given AS (
    SELECT :country::TEXT               AS country,
           :city::TEXT                  AS city,
           :name::TEXT                  AS name,
           :region::TEXT                AS region,
           :country_code::TEXT          AS country_code,
           :latitude::DOUBLE PRECISION  AS latitude,
           :longitude::DOUBLE PRECISION AS longitude,
           :timezone::TEXT              AS timezone,
           :data_center::TEXT           AS data_center,
           :flag_emoji::TEXT            AS flag_emoji,
           :display_order::INTEGER      AS display_order
),
replaced AS (
    UPDATE server_locations l
    SET name          = g.name,
        region        = g.region,
        country_code  = g.country_code,
        latitude      = g.latitude,
        longitude     = g.longitude,
        timezone      = g.timezone,
        data_center   = g.data_center,
        flag_emoji    = g.flag_emoji,
        display_order = g.display_order,
        updated_at    = CURRENT_TIMESTAMP
    FROM given g
    WHERE l.country = g.country
      AND l.city = g.city
    RETURNING l.location_id
),
added AS (
    INSERT INTO server_locations
        (country, city, name, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order)
    SELECT country, city, name, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order
    FROM given
    WHERE NOT EXISTS (SELECT FROM replaced)
    -- Added by another transaction meanwhile.
    ON CONFLICT (country, city) DO UPDATE
    SET name          = EXCLUDED.name,
        region        = EXCLUDED.region,
        country_code  = EXCLUDED.country_code,
        latitude      = EXCLUDED.latitude,
        longitude     = EXCLUDED.longitude,
        timezone      = EXCLUDED.timezone,
        data_center   = EXCLUDED.data_center,
        flag_emoji    = EXCLUDED.flag_emoji,
        display_order = EXCLUDED.display_order,
        updated_at    = CURRENT_TIMESTAMP
    RETURNING location_id
)
SELECT location_id
FROM replaced
UNION ALL
SELECT location_id
FROM added;

--! set_enabled
--- Enables or disables a location. 0 rows means that there is no such location, or that nothing changed.
--- Index: server_locations_pkey. Locks: the row.
UPDATE server_locations
SET enabled    = :enabled,
    updated_at = CURRENT_TIMESTAMP
WHERE location_id = :location_id
  AND enabled IS DISTINCT FROM :enabled;

--! statistics report : LocationStatistics
--- Servers, assigned accounts, live connections and lifetime bytes of every location, in display order.
--- Index: none, it reads all accounts, all live connections and all of usage_by_server: not for a request path; see
--- `list_with_load`. Locks: nothing.
SELECT v.location_id,
       v.name,
       v.country,
       v.city,
       v.country_code,
       COALESCE(v.enabled, TRUE) AS enabled,
       v.total_servers,
       v.enabled_servers,
       v.assigned_users,
       v.active_connections,
       v.total_bytes_in,
       v.total_bytes_out
FROM v_location_statistics v
JOIN server_locations l ON l.location_id = v.location_id
ORDER BY COALESCE(l.display_order, 0), v.location_id;

--! servers_at : ServerAtLocation
--- The servers at a location, by name, each with its live connections and its newest health report (NULL if it has sent
--- none).
--- Index: idx_servers_location_id, server_status_pkey. Locks: nothing.
SELECT s.id,
       s.name,
       s.host,
       COALESCE(s.port, 8080)             AS port,
       COALESCE(s.enabled, TRUE)          AS enabled,
       s.draining,
       COALESCE(s.server_type, 'endnode') AS server_type,
       s.last_sync,
       s.max_users,
       COALESCE(st.live_connections, 0)   AS active_connections,
       st.status                          AS health,
       st.response_time_ms,
       st.reported_at
FROM servers s
LEFT JOIN server_status st ON st.server_id = s.name
WHERE s.location_id = :location_id
ORDER BY s.name;
