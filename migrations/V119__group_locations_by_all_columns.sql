-- v_location_statistics names each column that it groups by.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. A table that takes part in
-- a distributed statement has lost its primary key there.
-- Locks: ACCESS EXCLUSIVE on the view, for an instant.

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

/* rollback
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
GROUP BY l.location_id;
*/
