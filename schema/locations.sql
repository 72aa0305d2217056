-- Written by the build step from the migrations: do not edit.
-- The schema of locations after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- V26__keep_times_in_calendar_years
-- Whether a time is in the years 1 to 9999, which ISO 8601 and the types of clients can hold. NULL if there is no time.
-- Takes no locks and reads no tables. PostgreSQL inlines it.
CREATE OR REPLACE FUNCTION is_calendar_time(at TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT at >= '0001-01-01 00:00:00+00'::TIMESTAMPTZ AND at < '10000-01-01 00:00:00+00'::TIMESTAMPTZ
$$;

-- Created by V4__add_locations
CREATE TABLE server_locations (
    location_id   SERIAL,
    name          VARCHAR(255) NOT NULL,
    country       VARCHAR(255) NOT NULL,
    city          VARCHAR(255) NOT NULL,
    region        VARCHAR(255),
    country_code  CHAR(2) NOT NULL,
    latitude      NUMERIC(10,8),
    longitude     NUMERIC(11,8),
    timezone      VARCHAR(50),
    data_center   VARCHAR(255),
    flag_emoji    CHAR(4),
    display_order INTEGER DEFAULT 0,
    enabled       BOOLEAN DEFAULT TRUE,
    created_at    TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    updated_at    TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT server_locations_pkey PRIMARY KEY (location_id),
    CONSTRAINT server_locations_name_key UNIQUE (name),
    CONSTRAINT chk_server_locations_latitude CHECK (latitude >= '-90'::integer::numeric AND latitude <= 90::numeric),
    CONSTRAINT chk_server_locations_longitude CHECK (longitude >= '-180'::integer::numeric AND longitude <= 180::numeric),
    CONSTRAINT chk_server_locations_times CHECK (is_calendar_time(created_at) AND is_calendar_time(updated_at))
);

CREATE INDEX idx_locations_country ON server_locations (country);
CREATE UNIQUE INDEX idx_locations_country_city ON server_locations (country, city);
CREATE INDEX idx_locations_country_code ON server_locations (country_code);
CREATE INDEX idx_locations_display_order ON server_locations (display_order);
CREATE INDEX idx_locations_enabled ON server_locations (enabled);

-- V14__index_nearest_locations
-- The same formula as before, to the last digit. PostgreSQL puts a STRICT function of this kind into no query, but
-- calls it for each row, which takes several times as long; so NULL is answered with NULL in so many words.
CREATE OR REPLACE FUNCTION haversine_km(
    lat1 DOUBLE PRECISION, lon1 DOUBLE PRECISION, lat2 DOUBLE PRECISION, lon2 DOUBLE PRECISION
) RETURNS DOUBLE PRECISION
LANGUAGE SQL IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS $$
    SELECT CASE WHEN lat1 IS NOT NULL AND lon1 IS NOT NULL AND lat2 IS NOT NULL AND lon2 IS NOT NULL THEN
        2 * 6371.0088 * ASIN(SQRT(LEAST(1.0,
            POWER(SIN(RADIANS(lat2 - lat1) / 2), 2)
            + COS(RADIANS(lat1)) * COS(RADIANS(lat2)) * POWER(SIN(RADIANS(lon2 - lon1) / 2), 2)
        )))
    END
$$;

-- V14__index_nearest_locations
-- The enabled locations nearest to a point, nearest first; equal distances by display_order, then id. A location
-- whose coordinates are unknown, or none on the globe, as an older database could hold them, is never among them.
CREATE OR REPLACE FUNCTION get_nearest_location(
    lat DOUBLE PRECISION, lon DOUBLE PRECISION, limit_count INTEGER DEFAULT 5
) RETURNS TABLE (
    location_id  INTEGER,
    name         VARCHAR,
    country      VARCHAR,
    city         VARCHAR,
    country_code CHAR(2),
    latitude     DOUBLE PRECISION,
    longitude    DOUBLE PRECISION,
    distance_km  DOUBLE PRECISION
)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
#variable_conflict use_column
DECLARE
    wanted INTEGER := GREATEST(COALESCE(limit_count, 5), 0);
BEGIN
    -- NaN sorts above every number, so BETWEEN refuses it too.
    IF lat IS NULL OR lat NOT BETWEEN -90 AND 90 THEN
        RAISE EXCEPTION 'latitude % is not between -90 and 90', COALESCE(lat::TEXT, 'NULL')
            USING ERRCODE = 'numeric_value_out_of_range', HINT = 'Pass degrees north of the equator, negative for south.';
    END IF;
    IF lon IS NULL OR lon NOT BETWEEN -180 AND 180 THEN
        RAISE EXCEPTION 'longitude % is not between -180 and 180', COALESCE(lon::TEXT, 'NULL')
            USING ERRCODE = 'numeric_value_out_of_range', HINT = 'Pass degrees east of Greenwich, negative for west.';
    END IF;
    -- For a whole list, the table is read faster than the index.
    IF wanted <= 1000 AND nearest_location_is_indexed() THEN
        RETURN QUERY
        SELECT n.location_id, n.name, n.country, n.city, n.country_code, n.latitude, n.longitude, n.distance_km
        FROM nearest_location_by_index(lat, lon, wanted) n;
    ELSE
        RETURN QUERY
        SELECT l.location_id,
               l.name,
               l.country,
               l.city,
               l.country_code,
               l.latitude::DOUBLE PRECISION,
               l.longitude::DOUBLE PRECISION,
               d.km
        FROM server_locations l
        CROSS JOIN LATERAL (
            SELECT haversine_km(lat, lon, l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS km
        ) d
        WHERE l.enabled IS NOT FALSE
          AND l.latitude BETWEEN -90 AND 90
          AND l.longitude BETWEEN -180 AND 180
        ORDER BY d.km, l.display_order, l.location_id
        LIMIT wanted;
    END IF;
END
$$;
ALTER FUNCTION get_nearest_location SET search_path TO 'public', 'pg_temp';

-- V14__index_nearest_locations
-- Uses the extension, if it is there or can be created, and says whether it does. Calling it again is safe; after
-- ALTER EXTENSION cube SET SCHEMA it is needed.
CREATE OR REPLACE FUNCTION index_nearest_location() RETURNS BOOLEAN
LANGUAGE plpgsql
AS $index$
DECLARE
    extension TEXT;
    point     TEXT;
    found     TEXT := 'l.enabled IS NOT FALSE AND l.latitude BETWEEN -90 AND 90 AND l.longitude BETWEEN -180 AND 180';
    owner     TEXT;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'cube')
       AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'cube') THEN
        BEGIN
            EXECUTE FORMAT('CREATE EXTENSION cube SCHEMA %I', CURRENT_SCHEMA());
            COMMENT ON EXTENSION cube IS 'index of the nearest locations, created by barqnet-db';
        EXCEPTION WHEN OTHERS THEN
            -- Whatever else a server has against it, measuring works; but for a lock one can come back.
            IF SQLSTATE IN ('55P03', '40P01') THEN
                RAISE;
            END IF;
            RAISE NOTICE 'the nearest locations are found without an index: %', SQLERRM;
        END;
    END IF;

    -- Where it was put by somebody else, everybody who may call the function must be able to reach it.
    SELECT QUOTE_IDENT(n.nspname)
    INTO extension
    FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'cube'
      AND (n.nspname = CURRENT_SCHEMA() OR HAS_SCHEMA_PRIVILEGE('public', n.oid, 'USAGE'));
    IF extension IS NULL THEN
        IF TO_REGPROC('nearest_location_by_index') IS NOT NULL THEN
            DROP FUNCTION nearest_location_by_index(DOUBLE PRECISION, DOUBLE PRECISION, INTEGER);
        END IF;
        RETURN FALSE;
    END IF;

    -- Three numbers one after the other: of an unknown coordinate comes NULL and no error.
    point := REPLACE(
        '@.cube(@.cube(@.cube(COS(RADIANS(%1$s)) * COS(RADIANS(%2$s))), COS(RADIANS(%1$s)) * SIN(RADIANS(%2$s))), SIN(RADIANS(%1$s)))',
        '@', extension
    );
    -- A search measures the way to every entry of the pages it opens: half-empty pages, filled by region, take half of the
    -- time among a million locations, and 270 bytes each.
    IF TO_REGCLASS('idx_locations_point') IS NULL THEN
        EXECUTE FORMAT(
            'CREATE INDEX idx_locations_point ON server_locations USING gist ((%s)) WITH (buffering = on, fillfactor = 30) WHERE %s',
            FORMAT(point, 'latitude::DOUBLE PRECISION', 'longitude::DOUBLE PRECISION'),
            REPLACE(found, 'l.', '')
        );
    END IF;
    ALTER INDEX idx_locations_point DEPENDS ON EXTENSION cube;

    -- One more than is wanted: if it is farther than the last, the others are the answer. If it is as far, there may be
    -- more of its kind, and all that are no farther are looked at. A chord is exact to about 1e-15; what differs by less
    -- than a thousand times that is equal here. The formula has the last word on order and distance.
    -- Numbers come by subqueries, which PostgreSQL doesn't look into: otherwise it plans anew for each limit, and that
    -- takes longer than the search.
    EXECUTE FORMAT(
        'CREATE OR REPLACE FUNCTION nearest_location_by_index(
             lat DOUBLE PRECISION, lon DOUBLE PRECISION, wanted INTEGER
         ) RETURNS TABLE (
             location_id  INTEGER,
             name         VARCHAR,
             country      VARCHAR,
             city         VARCHAR,
             country_code CHAR(2),
             latitude     DOUBLE PRECISION,
             longitude    DOUBLE PRECISION,
             distance_km  DOUBLE PRECISION
         )
         LANGUAGE plpgsql STABLE PARALLEL SAFE
         AS $body$
         #variable_conflict use_column
         DECLARE
             here   %1$s.cube := %2$s;
             places server_locations[];
             chords DOUBLE PRECISION[];
         BEGIN
             SELECT ARRAY_AGG(n.place ORDER BY n.chord), ARRAY_AGG(n.chord ORDER BY n.chord)
             INTO places, chords
             FROM (
                 SELECT l AS place, %3$s OPERATOR(%1$s.<->) here AS chord
                 FROM server_locations l
                 WHERE %4$s
                 ORDER BY %3$s OPERATOR(%1$s.<->) here
                 LIMIT (SELECT wanted + 1)
             ) n;
             IF chords[wanted + 1] - chords[wanted] <= 1e-12 THEN
                 SELECT ARRAY_AGG(l)
                 INTO places
                 FROM server_locations l
                 WHERE %4$s
                   AND %3$s OPERATOR(%1$s.<@) %1$s.cube_enlarge(here, chords[wanted] + 1e-12, 3);
             ELSE
                 places := places[:wanted];
             END IF;
             RETURN QUERY
             SELECT l.location_id, l.name, l.country, l.city, l.country_code,
                    l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION, d.km
             FROM UNNEST(places) l
             CROSS JOIN LATERAL (
                 SELECT haversine_km(lat, lon, l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS km
             ) d
             ORDER BY d.km, l.display_order, l.location_id
             LIMIT (SELECT wanted);
         END
         $body$',
        extension,
        FORMAT(point, 'lat', 'lon'),
        FORMAT(point, 'l.latitude::DOUBLE PRECISION', 'l.longitude::DOUBLE PRECISION'),
        found
    );
    ALTER FUNCTION nearest_location_by_index(DOUBLE PRECISION, DOUBLE PRECISION, INTEGER) DEPENDS ON EXTENSION cube;
    -- Whoever created the extension may not be who owns the tables and migrates.
    SELECT PG_GET_USERBYID(relowner) INTO owner FROM pg_class WHERE oid = 'server_locations'::REGCLASS;
    IF owner <> CURRENT_USER THEN
        EXECUTE FORMAT(
            'ALTER FUNCTION nearest_location_by_index(DOUBLE PRECISION, DOUBLE PRECISION, INTEGER) OWNER TO %I', owner
        );
    END IF;
    RETURN TRUE;
END
$index$;
ALTER FUNCTION index_nearest_location SET search_path TO 'public', 'pg_temp';

-- V14__index_nearest_locations
-- Whether the nearest locations come from the index. A dump that was restored without the extension lacks the index.
CREATE OR REPLACE FUNCTION nearest_location_is_indexed() RETURNS BOOLEAN
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT TO_REGCLASS('idx_locations_point') IS NOT NULL
       AND TO_REGPROC('nearest_location_by_index') IS NOT NULL
$$;

-- V39__give_addresses_one_form
-- The address without a mask, and an IPv4 address that is mapped into IPv6 as that IPv4 address (RFC 4291, 2.5.5.2).
CREATE OR REPLACE FUNCTION plain_address(address INET) RETURNS INET
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE FAMILY(address)
               WHEN 4 THEN SET_MASKLEN(address, 32)
               ELSE CASE
                        WHEN SET_MASKLEN(address, 128) << '::ffff:0.0.0.0/96'
                            THEN '0.0.0.0'::INET + (SET_MASKLEN(address, 128) - '::ffff:0.0.0.0'::INET)
                        ELSE SET_MASKLEN(address, 128)
                    END
           END
$$;

-- Part 2: needs what stands in part 1 of another file.

-- V119__group_locations_by_all_columns
-- Every sum is made per server before it meets another, so that no row is counted twice.
CREATE OR REPLACE VIEW v_location_statistics AS
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.country_code,
       l.enabled,
       COUNT(s.id)                                     AS total_servers,
       COUNT(s.id) FILTER (WHERE s.enabled)            AS enabled_servers,
       COALESCE(SUM(u.assigned_users), 0)::BIGINT      AS assigned_users,
       COALESCE(SUM(c.active_connections), 0)::BIGINT  AS active_connections,
       (COALESCE(SUM(t.bytes_in), 0) + COALESCE(SUM(c.bytes_in), 0))::BIGINT    AS total_bytes_in,
       (COALESCE(SUM(t.bytes_out), 0) + COALESCE(SUM(c.bytes_out), 0))::BIGINT  AS total_bytes_out
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN (
    SELECT server_id, COUNT(*) AS assigned_users
    FROM users
    GROUP BY server_id
) u ON u.server_id = s.name
LEFT JOIN (
    SELECT server_id,
           COUNT(*)                                               AS active_connections,
           SUM(COALESCE(bytes_received, 0) - rolled_up_received)  AS bytes_in,
           SUM(COALESCE(bytes_sent, 0) - rolled_up_sent)          AS bytes_out
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
LEFT JOIN (
    SELECT server_id, SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out
    FROM usage_by_server
    GROUP BY server_id
) t ON t.server_id = s.name
GROUP BY l.location_id, l.name, l.country, l.city, l.country_code, l.enabled;
