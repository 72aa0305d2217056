-- Where servers stand: 15 locations, the distance to them, and the location of each server.
--
-- Locks: ACCESS EXCLUSIVE on servers for one added column (catalogue only) and its foreign key, which
-- reads servers once; servers holds hundreds of rows at most.

-- The times below are UTC, as V5 will read them.
SET LOCAL TimeZone = 'UTC';

CREATE TABLE IF NOT EXISTS server_locations (
    location_id   SERIAL PRIMARY KEY,
    name          VARCHAR(255) UNIQUE NOT NULL,
    country       VARCHAR(255) NOT NULL,
    city          VARCHAR(255) NOT NULL,
    region        VARCHAR(255),
    country_code  CHAR(2) NOT NULL,
    latitude      DECIMAL(10, 8)
        CONSTRAINT chk_server_locations_latitude CHECK (latitude BETWEEN -90 AND 90),
    longitude     DECIMAL(11, 8)
        CONSTRAINT chk_server_locations_longitude CHECK (longitude BETWEEN -180 AND 180),
    timezone      VARCHAR(50),
    data_center   VARCHAR(255),
    flag_emoji    CHAR(4),
    display_order INTEGER DEFAULT 0,
    enabled       BOOLEAN DEFAULT TRUE,
    created_at    TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at    TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS idx_locations_country ON server_locations (country);
CREATE INDEX IF NOT EXISTS idx_locations_country_code ON server_locations (country_code);
CREATE INDEX IF NOT EXISTS idx_locations_enabled ON server_locations (enabled);
CREATE INDEX IF NOT EXISTS idx_locations_display_order ON server_locations (display_order);
CREATE UNIQUE INDEX IF NOT EXISTS idx_locations_country_city ON server_locations (country, city);

ALTER TABLE servers ADD COLUMN IF NOT EXISTS location_id INTEGER;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'servers'::REGCLASS AND conname = 'fk_servers_location_id') THEN
        ALTER TABLE servers ADD CONSTRAINT fk_servers_location_id
            FOREIGN KEY (location_id) REFERENCES server_locations (location_id) ON DELETE SET NULL NOT VALID;
        -- A server of the Go service may refer to a location that is gone: then the rule holds for new rows only.
        BEGIN
            ALTER TABLE servers VALIDATE CONSTRAINT fk_servers_location_id;
        EXCEPTION WHEN foreign_key_violation THEN
            NULL;
        END;
    END IF;
END
$$;
CREATE INDEX IF NOT EXISTS idx_servers_location_id ON servers (location_id);

INSERT INTO server_locations
    (name, country, city, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order)
VALUES
    ('New York',      'United States',  'New York',      'North America', 'US',  40.7128,  -74.0060, 'America/New_York',    'us-east-nyc',   '🇺🇸',  1),
    ('Virginia',      'United States',  'Ashburn',       'North America', 'US',  39.0438,  -77.4874, 'America/New_York',    'us-east-iad',   '🇺🇸',  2),
    ('San Francisco', 'United States',  'San Francisco', 'North America', 'US',  37.7749, -122.4194, 'America/Los_Angeles', 'us-west-sfo',   '🇺🇸',  3),
    ('Portland',      'United States',  'Portland',      'North America', 'US',  45.5152, -122.6784, 'America/Los_Angeles', 'us-west-pdx',   '🇺🇸',  4),
    ('London',        'United Kingdom', 'London',        'Europe',        'GB',  51.5074,   -0.1278, 'Europe/London',       'eu-west-lon',   '🇬🇧',  5),
    ('Frankfurt',     'Germany',        'Frankfurt',     'Europe',        'DE',  50.1109,    8.6821, 'Europe/Berlin',       'eu-central-fra', '🇩🇪', 6),
    ('Paris',         'France',         'Paris',         'Europe',        'FR',  48.8566,    2.3522, 'Europe/Paris',        'eu-west-par',   '🇫🇷',  7),
    ('Amsterdam',     'Netherlands',    'Amsterdam',     'Europe',        'NL',  52.3676,    4.9041, 'Europe/Amsterdam',    'eu-west-ams',   '🇳🇱',  8),
    ('Tokyo',         'Japan',          'Tokyo',         'Asia',          'JP',  35.6762,  139.6503, 'Asia/Tokyo',          'ap-east-tyo',   '🇯🇵',  9),
    ('Singapore',     'Singapore',      'Singapore',     'Asia',          'SG',   1.3521,  103.8198, 'Asia/Singapore',      'ap-south-sin',  '🇸🇬', 10),
    ('Mumbai',        'India',          'Mumbai',        'Asia',          'IN',  19.0760,   72.8777, 'Asia/Kolkata',        'ap-south-bom',  '🇮🇳', 11),
    ('Seoul',         'South Korea',    'Seoul',         'Asia',          'KR',  37.5665,  126.9780, 'Asia/Seoul',          'ap-east-sel',   '🇰🇷', 12),
    ('Sydney',        'Australia',      'Sydney',        'Oceania',       'AU', -33.8688,  151.2093, 'Australia/Sydney',    'oc-east-syd',   '🇦🇺', 13),
    ('Toronto',       'Canada',         'Toronto',       'North America', 'CA',  43.6532,  -79.3832, 'America/Toronto',     'ca-east-yyz',   '🇨🇦', 14),
    ('São Paulo',     'Brazil',         'São Paulo',     'South America', 'BR', -23.5505,  -46.6333, 'America/Sao_Paulo',   'sa-east-gru',   '🇧🇷', 15)
ON CONFLICT DO NOTHING;

-- Great-circle distance on a sphere of the Earth's mean radius (IUGG: 6371.0088 km), haversine form.
-- The clamp keeps rounding at the antipode from leaving asin's domain.
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

-- The enabled locations nearest to a point, nearest first; equal distances by display_order, then id.
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

CREATE OR REPLACE VIEW v_servers_with_locations AS
SELECT s.id,
       s.name,
       s.host,
       s.port,
       s.enabled,
       s.server_type,
       s.last_sync,
       l.location_id,
       l.name             AS location_name,
       l.country,
       l.city,
       l.region,
       l.country_code,
       l.latitude,
       l.longitude,
       l.timezone,
       l.data_center,
       l.flag_emoji::TEXT AS flag_emoji,
       l.enabled          AS location_enabled
FROM servers s
LEFT JOIN server_locations l ON l.location_id = s.location_id;

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
       COALESCE(SUM(t.total_bytes_in), 0)::BIGINT      AS total_bytes_in,
       COALESCE(SUM(t.total_bytes_out), 0)::BIGINT     AS total_bytes_out
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN (
    SELECT server_id, COUNT(*) AS assigned_users
    FROM users
    GROUP BY server_id
) u ON u.server_id = s.name
LEFT JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
LEFT JOIN (
    SELECT server_id, SUM(bytes_in)::BIGINT AS total_bytes_in, SUM(bytes_out)::BIGINT AS total_bytes_out
    FROM vpn_statistics
    GROUP BY server_id
) t ON t.server_id = s.name
GROUP BY l.location_id;

/* rollback
DROP VIEW IF EXISTS v_location_statistics;
DROP VIEW IF EXISTS v_servers_with_locations;
DROP FUNCTION IF EXISTS get_nearest_location(DOUBLE PRECISION, DOUBLE PRECISION, INTEGER);
DROP FUNCTION IF EXISTS haversine_km(DOUBLE PRECISION, DOUBLE PRECISION, DOUBLE PRECISION, DOUBLE PRECISION);
DROP INDEX IF EXISTS idx_servers_location_id;
ALTER TABLE servers DROP COLUMN IF EXISTS location_id;
DROP TABLE IF EXISTS server_locations;
*/
