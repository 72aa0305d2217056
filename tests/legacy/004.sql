-- Migration 004 of the Go product in the form that the specification describes.

CREATE TABLE IF NOT EXISTS server_locations (
    location_id SERIAL PRIMARY KEY,
    name VARCHAR(255) NOT NULL UNIQUE,
    country VARCHAR(100) NOT NULL,
    city VARCHAR(100) NOT NULL,
    region VARCHAR(100),
    country_code CHAR(2) NOT NULL,
    latitude DECIMAL(10,8) NOT NULL,
    longitude DECIMAL(11,8) NOT NULL,
    timezone VARCHAR(50),
    data_center VARCHAR(255),
    flag_emoji CHAR(4),
    display_order INTEGER DEFAULT 0,
    enabled BOOLEAN DEFAULT TRUE,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS idx_locations_country ON server_locations(country);
CREATE INDEX IF NOT EXISTS idx_locations_country_code ON server_locations(country_code);
CREATE INDEX IF NOT EXISTS idx_locations_enabled ON server_locations(enabled) WHERE enabled = TRUE;
CREATE INDEX IF NOT EXISTS idx_locations_display_order ON server_locations(display_order);
CREATE UNIQUE INDEX IF NOT EXISTS idx_locations_country_city ON server_locations(country, city, data_center);
INSERT INTO server_locations (name, country, city, country_code, latitude, longitude, flag_emoji, display_order) VALUES
    ('New York', 'United States', 'New York', 'US', 40.7128, -74.0060, '🇺🇸', 1),
    ('London', 'United Kingdom', 'London', 'GB', 51.5074, -0.1278, '🇬🇧', 5)
ON CONFLICT (name) DO NOTHING;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'servers' AND column_name = 'location_id') THEN
        ALTER TABLE servers ADD COLUMN location_id INTEGER;
    END IF;
END $$;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'fk_servers_location') THEN
        ALTER TABLE servers ADD CONSTRAINT fk_servers_location FOREIGN KEY (location_id) REFERENCES server_locations(location_id) ON DELETE SET NULL;
    END IF;
END $$;
CREATE INDEX IF NOT EXISTS idx_servers_location_id ON servers(location_id);
CREATE OR REPLACE FUNCTION get_nearest_location(user_lat DECIMAL, user_lon DECIMAL, max_results INTEGER DEFAULT 5)
RETURNS TABLE (location_id INTEGER, name VARCHAR, distance_km DECIMAL) AS $$
BEGIN
    RETURN QUERY
    SELECT l.location_id, l.name,
           (6371 * acos(cos(radians(user_lat)) * cos(radians(l.latitude)) * cos(radians(l.longitude) - radians(user_lon))
                        + sin(radians(user_lat)) * sin(radians(l.latitude))))::DECIMAL
    FROM server_locations l WHERE l.enabled = TRUE ORDER BY 3 LIMIT max_results;
END;
$$ LANGUAGE plpgsql;
CREATE OR REPLACE VIEW v_servers_with_locations AS
SELECT s.id, s.name AS server_name, s.host, l.location_id, l.name AS location_name, l.flag_emoji
FROM servers s LEFT JOIN server_locations l ON l.location_id = s.location_id;
CREATE OR REPLACE VIEW v_location_statistics AS
SELECT l.location_id, l.name, COUNT(DISTINCT s.id) AS server_count, COALESCE(SUM(st.bytes_in), 0) AS total_bytes_in
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN vpn_statistics st ON st.server_id = s.name
GROUP BY l.location_id, l.name;
