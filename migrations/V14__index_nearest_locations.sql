-- The nearest locations come from an index: as fast among a million as among a thousand.
--
-- Why: get_nearest_location measured the way to every location there is. With the extension cube, which comes with
-- PostgreSQL, a GiST index over points on a unit sphere gives the nearest in order. The straight line through the
-- Earth is the longer the farther the way around it, so the order is the same; distances, ties and limits are still
-- decided by the formula, of the few that the index gives, and the answer is the formula's to the last digit.
-- Where the extension can't be had (not installed on the server, or the role may not create it), every location is
-- measured as before. Later, as the owner of the tables: SELECT index_nearest_location().
-- What depends on the extension goes with it and is no part of the schema proper: DROP EXTENSION cube is all it takes
-- to go back to measuring.
-- Locks: SHARE on server_locations while the index is built, about 11 seconds a million locations: writers wait,
-- readers don't.

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

-- Whether the nearest locations come from the index. A dump that was restored without the extension lacks the index.
CREATE OR REPLACE FUNCTION nearest_location_is_indexed() RETURNS BOOLEAN
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT TO_REGCLASS('idx_locations_point') IS NOT NULL
       AND TO_REGPROC('nearest_location_by_index') IS NOT NULL
$$;

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

SELECT index_nearest_location();

/* rollback
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
      AND d.km IS NOT NULL
    ORDER BY d.km, l.display_order, l.location_id
    LIMIT GREATEST(COALESCE(limit_count, 5), 0);
END
$$;

CREATE OR REPLACE FUNCTION haversine_km(
    lat1 DOUBLE PRECISION, lon1 DOUBLE PRECISION, lat2 DOUBLE PRECISION, lon2 DOUBLE PRECISION
) RETURNS DOUBLE PRECISION
LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT 2 * 6371.0088 * ASIN(SQRT(LEAST(1.0,
        POWER(SIN(RADIANS(lat2 - lat1) / 2), 2)
        + COS(RADIANS(lat1)) * COS(RADIANS(lat2)) * POWER(SIN(RADIANS(lon2 - lon1) / 2), 2)
    )))
$$;

DROP FUNCTION IF EXISTS nearest_location_by_index(DOUBLE PRECISION, DOUBLE PRECISION, INTEGER);
DROP FUNCTION IF EXISTS nearest_location_is_indexed();
DROP FUNCTION IF EXISTS index_nearest_location();
DROP INDEX IF EXISTS idx_locations_point;

-- An extension that somebody else created, or uses by now, stays.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_extension
        WHERE extname = 'cube'
          AND OBJ_DESCRIPTION(oid, 'pg_extension') = 'index of the nearest locations, created by barqnet-db'
    ) THEN
        DROP EXTENSION cube;
    END IF;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
    NULL;
END
$$;
*/
