-- Timestamps that mean the same instant everywhere: every TIMESTAMP becomes TIMESTAMPTZ, read as UTC.
--
-- Why: a TIMESTAMP says nothing about its zone, so two sessions with different settings disagree about when a
-- code expires. The Go service ran in UTC, so the stored values are UTC.
-- Locks: ACCESS EXCLUSIVE on each table while the indexes over its timestamps are rebuilt. Under a UTC session
-- PostgreSQL 12 and later rewrites no table, so the time goes by index size: about a second a million rows.

SET LOCAL TimeZone = 'UTC';

-- These views show a timestamp each, which holds its column's type.
DROP VIEW IF EXISTS v_active_connections;
DROP VIEW IF EXISTS v_user_statistics;
DROP VIEW IF EXISTS v_servers_with_locations;

DO $$
DECLARE
    target RECORD;
BEGIN
    FOR target IN
        SELECT table_name,
               STRING_AGG(FORMAT('ALTER COLUMN %I TYPE TIMESTAMPTZ', column_name), ', ' ORDER BY ordinal_position) AS actions
        FROM information_schema.columns
        WHERE table_schema = CURRENT_SCHEMA()
          AND table_name IN ('users', 'servers', 'audit_log', 'server_health', 'user_sessions', 'otp_attempts',
                             'vpn_connections', 'vpn_statistics', 'server_locations')
          AND data_type = 'timestamp without time zone'
        GROUP BY table_name
        ORDER BY table_name
    LOOP
        EXECUTE FORMAT('ALTER TABLE %I %s', target.table_name, target.actions);
    END LOOP;
END
$$;

CREATE VIEW v_active_connections AS
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       c.bytes_received,
       c.bytes_sent,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.status IN ('connecting', 'connected');

CREATE VIEW v_user_statistics AS
SELECT u.username,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections,
       s.last_session_at
FROM users u
LEFT JOIN (
    SELECT username,
           COUNT(*)                      AS total_sessions,
           SUM(bytes_in)::BIGINT         AS total_bytes_in,
           SUM(bytes_out)::BIGINT        AS total_bytes_out,
           SUM(duration_seconds)::BIGINT AS total_duration_seconds,
           MAX(started_at)               AS last_session_at
    FROM vpn_statistics
    GROUP BY username
) s ON s.username = u.username
LEFT JOIN (
    SELECT username, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY username
) c ON c.username = u.username;

CREATE VIEW v_servers_with_locations AS
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

/* rollback
SET LOCAL TimeZone = 'UTC';
DROP VIEW IF EXISTS v_active_connections;
DROP VIEW IF EXISTS v_user_statistics;
DROP VIEW IF EXISTS v_servers_with_locations;

DO $$
DECLARE
    target RECORD;
BEGIN
    FOR target IN
        SELECT table_name,
               STRING_AGG(FORMAT('ALTER COLUMN %I TYPE TIMESTAMP', column_name), ', ' ORDER BY ordinal_position) AS actions
        FROM information_schema.columns
        WHERE table_schema = CURRENT_SCHEMA()
          AND table_name IN ('users', 'servers', 'audit_log', 'server_health', 'user_sessions', 'otp_attempts',
                             'vpn_connections', 'vpn_statistics', 'server_locations')
          AND data_type = 'timestamp with time zone'
        GROUP BY table_name
        ORDER BY table_name
    LOOP
        EXECUTE FORMAT('ALTER TABLE %I %s', target.table_name, target.actions);
    END LOOP;
END
$$;

CREATE VIEW v_active_connections AS
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       c.bytes_received,
       c.bytes_sent,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.status IN ('connecting', 'connected');

CREATE VIEW v_user_statistics AS
SELECT u.username,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections,
       s.last_session_at
FROM users u
LEFT JOIN (
    SELECT username,
           COUNT(*)                      AS total_sessions,
           SUM(bytes_in)::BIGINT         AS total_bytes_in,
           SUM(bytes_out)::BIGINT        AS total_bytes_out,
           SUM(duration_seconds)::BIGINT AS total_duration_seconds,
           MAX(started_at)               AS last_session_at
    FROM vpn_statistics
    GROUP BY username
) s ON s.username = u.username
LEFT JOIN (
    SELECT username, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY username
) c ON c.username = u.username;

CREATE VIEW v_servers_with_locations AS
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
*/
