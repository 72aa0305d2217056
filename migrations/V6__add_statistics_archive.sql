-- Old statistics move to a table of their own, and no total changes when they do.
--
-- Why: usage is read by day for three months and by total for ever; the live table stays small, the archive keeps
-- the rest, and the three views that add up usage read both. An archived row keeps its id and the number of its
-- connection, which may be gone, so connection_id has no foreign key here; its user can't be gone.
-- Locks: creates only. The foreign key takes SHARE ROW EXCLUSIVE on users for an instant, and each replaced view is
-- held ACCESS EXCLUSIVE until the transaction ends; no table is rewritten or scanned.

CREATE TABLE IF NOT EXISTS vpn_statistics_archive (
    id               INTEGER PRIMARY KEY,
    username         VARCHAR(255) NOT NULL
        CONSTRAINT fk_vpn_statistics_archive_username REFERENCES users (username) ON UPDATE CASCADE,
    server_id        VARCHAR(255) NOT NULL,
    bytes_in         BIGINT,
    bytes_out        BIGINT,
    duration_seconds INTEGER,
    connection_id    INTEGER,
    started_at       TIMESTAMPTZ,
    ended_at         TIMESTAMPTZ,
    session_type     VARCHAR(50),
    client_version   VARCHAR(50),
    protocol         VARCHAR(10),
    encryption       VARCHAR(50),
    archived_at      TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_archive_user_history ON vpn_statistics_archive (username, id DESC);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_archive_server_history ON vpn_statistics_archive (server_id, started_at);
-- For a period over all servers: a recent one ends at the first page of this index.
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_archive_started_at ON vpn_statistics_archive (started_at);

-- Each side is added up before the join, so that no row is counted twice.
CREATE OR REPLACE VIEW v_user_statistics AS
SELECT u.username,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections,
       s.last_session_at
FROM users u
LEFT JOIN (
    SELECT a.username,
           COUNT(*)                        AS total_sessions,
           SUM(a.bytes_in)::BIGINT         AS total_bytes_in,
           SUM(a.bytes_out)::BIGINT        AS total_bytes_out,
           SUM(a.duration_seconds)::BIGINT AS total_duration_seconds,
           MAX(a.started_at)               AS last_session_at
    FROM (
        SELECT username, bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics
        UNION ALL
        SELECT username, bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics_archive
    ) a
    GROUP BY a.username
) s ON s.username = u.username
LEFT JOIN (
    SELECT username, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY username
) c ON c.username = u.username;

CREATE OR REPLACE VIEW v_server_statistics AS
SELECT COALESCE(s.server_id, c.server_id)    AS server_id,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.unique_users, 0)           AS unique_users,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections
FROM (
    SELECT a.server_id,
           COUNT(*)                        AS total_sessions,
           COUNT(DISTINCT a.username)      AS unique_users,
           SUM(a.bytes_in)::BIGINT         AS total_bytes_in,
           SUM(a.bytes_out)::BIGINT        AS total_bytes_out,
           SUM(a.duration_seconds)::BIGINT AS total_duration_seconds
    FROM (
        SELECT server_id, username, bytes_in, bytes_out, duration_seconds FROM vpn_statistics
        UNION ALL
        SELECT server_id, username, bytes_in, bytes_out, duration_seconds FROM vpn_statistics_archive
    ) a
    GROUP BY a.server_id
) s
FULL JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.server_id;

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
    SELECT a.server_id, SUM(a.bytes_in)::BIGINT AS total_bytes_in, SUM(a.bytes_out)::BIGINT AS total_bytes_out
    FROM (
        SELECT server_id, bytes_in, bytes_out FROM vpn_statistics
        UNION ALL
        SELECT server_id, bytes_in, bytes_out FROM vpn_statistics_archive
    ) a
    GROUP BY a.server_id
) t ON t.server_id = s.name
GROUP BY l.location_id;

/* rollback
CREATE OR REPLACE VIEW v_user_statistics AS
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

CREATE OR REPLACE VIEW v_server_statistics AS
SELECT COALESCE(s.server_id, c.server_id)    AS server_id,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.unique_users, 0)           AS unique_users,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections
FROM (
    SELECT server_id,
           COUNT(*)                      AS total_sessions,
           COUNT(DISTINCT username)      AS unique_users,
           SUM(bytes_in)::BIGINT         AS total_bytes_in,
           SUM(bytes_out)::BIGINT        AS total_bytes_out,
           SUM(duration_seconds)::BIGINT AS total_duration_seconds
    FROM vpn_statistics
    GROUP BY server_id
) s
FULL JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.server_id;

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

-- The archived rows come home first: what is dropped is empty.
DO $$
BEGIN
    IF TO_REGCLASS('vpn_statistics_archive') IS NOT NULL THEN
        INSERT INTO vpn_statistics
            (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
             started_at, ended_at, session_type, client_version, protocol, encryption)
        SELECT a.id, a.username, a.server_id, a.bytes_in, a.bytes_out, a.duration_seconds, c.id,
               a.started_at, a.ended_at, a.session_type, a.client_version, a.protocol, a.encryption
        FROM vpn_statistics_archive a
        LEFT JOIN vpn_connections c ON c.id = a.connection_id
        ORDER BY a.id;
    END IF;
END
$$;
DROP TABLE IF EXISTS vpn_statistics_archive;
*/
