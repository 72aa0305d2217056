-- What a server can carry and how it is now: its capacity, whether it takes newcomers, its newest health report, and
-- how many connections it has.
--
-- Why: choosing a server and admitting a connection need one row a server, read by its key, instead of a count over all
-- live connections and a search of the history of reports. A server that has connections but was never registered has
-- a row as well, so server_id has no foreign key.
-- Capacity: 2,000 stands a quarter above the 1,600 users a node that the product is planned for.
-- Locks: ACCESS EXCLUSIVE on servers for the column additions (catalogue only, no rewrite). Live connections and the
-- newest reports are read once, by their indexes, without a lock.

ALTER TABLE servers
    ADD COLUMN IF NOT EXISTS max_users INTEGER NOT NULL DEFAULT 2000,
    ADD COLUMN IF NOT EXISTS draining  BOOLEAN NOT NULL DEFAULT FALSE;

-- Not with its column: PostgreSQL 12 adds a column's constraint even where the column is there.
ALTER TABLE servers
    DROP CONSTRAINT IF EXISTS chk_servers_max_users,
    ADD CONSTRAINT chk_servers_max_users CHECK (max_users >= 0);

CREATE TABLE IF NOT EXISTS server_status (
    server_id        VARCHAR(255) PRIMARY KEY,
    live_connections INTEGER NOT NULL DEFAULT 0,
    status           VARCHAR(50),
    reported_at      TIMESTAMPTZ,
    response_time_ms INTEGER,
    error_message    TEXT
) WITH (fillfactor = 70);

INSERT INTO server_status (server_id, live_connections, status, reported_at, response_time_ms, error_message)
SELECT s.server_id, COALESCE(c.live, 0), h.status, h.last_check, h.response_time_ms, h.error_message
FROM (
    SELECT name AS server_id FROM servers
    UNION
    SELECT server_id FROM vpn_connections WHERE status IN ('connecting', 'connected')
) s
LEFT JOIN (
    SELECT server_id, COUNT(*) AS live
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.server_id
LEFT JOIN LATERAL (
    SELECT status, last_check, response_time_ms, error_message
    FROM server_health
    WHERE server_health.server_id = s.server_id
    ORDER BY id DESC
    LIMIT 1
) h ON TRUE
ON CONFLICT (server_id) DO NOTHING;

-- Counts the live connections of every server anew and returns what was wrong. Whoever changes a count holds its row until
-- the commit: with all rows locked, the next statement sees all changes.
CREATE OR REPLACE FUNCTION server_recount() RETURNS TABLE (server_id TEXT, was INTEGER, live INTEGER)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO server_status AS s (server_id)
    SELECT t.server_id
    FROM server_status t
    UNION
    SELECT c.server_id
    FROM vpn_connections c
    WHERE c.status IN ('connecting', 'connected')
    ORDER BY 1
    ON CONFLICT ON CONSTRAINT server_status_pkey DO UPDATE
    SET live_connections = s.live_connections;
    RETURN QUERY
    UPDATE server_status s
    SET live_connections = r.live
    FROM (
        SELECT t.server_id, t.live_connections AS was, COALESCE(c.live, 0) AS live
        FROM server_status t
        LEFT JOIN (
            SELECT v.server_id, COUNT(*)::INTEGER AS live
            FROM vpn_connections v
            WHERE v.status IN ('connecting', 'connected')
            GROUP BY v.server_id
        ) c ON c.server_id = t.server_id
    ) r
    WHERE s.server_id = r.server_id
      AND r.was <> r.live
    RETURNING s.server_id::TEXT, r.was, r.live;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS server_recount();
DROP TABLE IF EXISTS server_status;
ALTER TABLE servers
    DROP COLUMN IF EXISTS draining,
    DROP COLUMN IF EXISTS max_users;
*/
