-- Servers: the nodes there are, how they are doing, and which one to offer next.
-- Everything else refers to a server by its name. Its password leaves the database through credentials alone. The
-- table is so small that PostgreSQL may read all of it where an index is named.

--: Server(management_url?, location_id?, last_sync?, created_at?)
--: ServerCredentials(username?, password?)
--: ServerWithLocation(last_sync?, location_id?, location_name?, country?, city?, region?, country_code?, latitude?, longitude?, timezone?, data_center?, flag_emoji?, location_enabled?)
--: Health(last_check?, response_time_ms?, error_message?)
--: Candidate(location_id?, response_time_ms?)
--: NearbyCandidate(response_time_ms?)

--! register (management_url?, username?, password?)
--- Adds a server, or replaces address and type of the one with this name, and returns its id. Management address, user
--- and password change only when given; location and whether it is enabled stay.
--- Index: servers_name_key. Locks: the row.
INSERT INTO servers
    (name, host, port, server_type, management_url, username, password)
VALUES
    (:name, :host, :port, :server_type, :management_url, :username, :password)
ON CONFLICT (name) DO UPDATE
SET host           = EXCLUDED.host,
    port           = EXCLUDED.port,
    server_type    = EXCLUDED.server_type,
    management_url = COALESCE(EXCLUDED.management_url, servers.management_url),
    username       = COALESCE(EXCLUDED.username, servers.username),
    password       = COALESCE(EXCLUDED.password, servers.password)
RETURNING id;

--! by_name : Server
--- The server with this name, enabled or not; no row means there is none.
--- Index: servers_name_key. Locks: nothing.
SELECT id,
       name,
       host,
       COALESCE(port, 8080)             AS port,
       COALESCE(enabled, TRUE)          AS enabled,
       COALESCE(server_type, 'endnode') AS server_type,
       management_url,
       location_id,
       last_sync,
       created_at
FROM servers
WHERE name = :name;

--! list : Server
--- Every server, by name.
--- Index: none, hundreds of rows at most. Locks: nothing.
SELECT id,
       name,
       host,
       COALESCE(port, 8080)             AS port,
       COALESCE(enabled, TRUE)          AS enabled,
       COALESCE(server_type, 'endnode') AS server_type,
       management_url,
       location_id,
       last_sync,
       created_at
FROM servers
ORDER BY name;

--! list_by_type : Server
--- The enabled servers of a type (endnode, management), by name.
--- Index: none, hundreds of rows at most. Locks: nothing.
SELECT id,
       name,
       host,
       COALESCE(port, 8080)             AS port,
       COALESCE(enabled, TRUE)          AS enabled,
       COALESCE(server_type, 'endnode') AS server_type,
       management_url,
       location_id,
       last_sync,
       created_at
FROM servers
WHERE server_type = :server_type
  AND enabled IS NOT FALSE
ORDER BY name;

--! with_locations : ServerWithLocation
--- Every server with the place it stands at, by name; the place is NULL when none is set.
--- Index: none, hundreds of rows at most. Locks: nothing.
SELECT id,
       name,
       host,
       COALESCE(port, 8080)             AS port,
       COALESCE(enabled, TRUE)          AS enabled,
       COALESCE(server_type, 'endnode') AS server_type,
       last_sync,
       location_id,
       location_name,
       country,
       city,
       region,
       country_code,
       latitude::DOUBLE PRECISION       AS latitude,
       longitude::DOUBLE PRECISION      AS longitude,
       timezone,
       data_center,
       flag_emoji,
       location_enabled
FROM v_servers_with_locations
ORDER BY name;

--! credentials : ServerCredentials
--- How to sign in to a server's management interface; either part may be NULL. No row means no such server. Keep it out
--- of logs.
--- Index: servers_name_key. Locks: nothing.
SELECT username,
       password
FROM servers
WHERE name = :name;

--! exists
--- Whether a server has this name.
--- Index: servers_name_key. Locks: nothing.
SELECT EXISTS (SELECT 1 FROM servers WHERE name = :name) AS found;

--! set_enabled
--- Puts a server into service or takes it out; live connections stay. 0 rows means no such name, or that it is so
--- already.
--- Index: servers_name_key. Locks: the row.
UPDATE servers
SET enabled = :enabled
WHERE name = :name
  AND enabled IS DISTINCT FROM :enabled;

--! remove
--- Removes a server that nobody uses. 0 rows means no such name, or that accounts or live connections still refer to
--- it: move the accounts and close the connections first. Statistics and history keep its name.
--- Index: servers_name_key, idx_users_server_id, idx_vpn_connections_active. Locks: the row.
DELETE FROM servers s
WHERE s.name = :name
  AND NOT EXISTS (SELECT 1 FROM users u WHERE u.server_id = s.name)
  AND NOT EXISTS (
        SELECT 1
        FROM vpn_connections c
        WHERE c.server_id = s.name
          AND c.status IN ('connecting', 'connected')
    );

--! touch_last_sync
--- Records that a server has synchronised now. 0 rows means no such name.
--- Index: servers_name_key. Locks: the row.
UPDATE servers
SET last_sync = GREATEST(last_sync, CURRENT_TIMESTAMP)
WHERE name = :name;

--! set_location (location_id?)
--- Says where a server stands, or NULL for nowhere; an unknown location is a foreign key violation. 0 rows means no
--- such name.
--- Index: servers_name_key. Locks: the row; the foreign key holds the location.
UPDATE servers
SET location_id = :location_id
WHERE name = :name;

--! report_health (response_time_ms?, error_message?)
--- Records a health report made now and returns its row id. Only status healthy makes a server a candidate.
--- Index: none needed. Locks: the inserted row only.
INSERT INTO server_health
    (server_id, status, last_check, response_time_ms, error_message)
VALUES
    (:server_id, :status, CLOCK_TIMESTAMP(), :response_time_ms, :error_message)
RETURNING id;

--! latest_health : Health
--- The newest health report of a server; no row means that it never sent one.
--- Index: idx_server_health_newest. Locks: nothing.
SELECT h.id,
       h.server_id,
       h.status,
       h.last_check,
       h.response_time_ms,
       h.error_message
FROM server_health h
WHERE h.server_id = :server_id
ORDER BY h.id DESC
LIMIT 1;

--! latest_health_all : Health
--- The newest health report of every registered server that ever sent one, by name.
--- Index: idx_server_health_newest, once a server. Locks: nothing.
SELECT h.id,
       h.server_id,
       h.status,
       h.last_check,
       h.response_time_ms,
       h.error_message
FROM servers s
CROSS JOIN LATERAL (
    SELECT r.id, r.server_id, r.status, r.last_check, r.response_time_ms, r.error_message
    FROM server_health r
    WHERE r.server_id = s.name
    ORDER BY r.id DESC
    LIMIT 1
) h
ORDER BY s.name;

--! health_history : Health
--- One page of the health reports of a server, newest first. Start with `before_id` i32::MAX, go on with the last id
--- received. Index: idx_server_health_newest. Locks: nothing.
SELECT h.id,
       h.server_id,
       h.status,
       h.last_check,
       h.response_time_ms,
       h.error_message
FROM server_health h
WHERE h.server_id = :server_id
  AND h.id < :before_id
ORDER BY h.id DESC
LIMIT :limit::BIGINT;

--! candidates : Candidate
--- Up to `limit` enabled servers of a type whose newest report is healthy and younger than `max_age_seconds`, with
--- fewer than `max_connections` live connections, the least loaded first (then the quicker one). An empty list means
--- that no server is fit.
--- Index: idx_server_health_last_check, idx_vpn_connections_active (all live rows). Locks: nothing.
SELECT s.name,
       s.host,
       COALESCE(s.port, 8080)            AS port,
       s.location_id,
       COALESCE(c.active_connections, 0) AS active_connections,
       h.response_time_ms
FROM servers s
JOIN (
    SELECT DISTINCT ON (r.server_id) r.server_id, r.status, r.response_time_ms
    FROM server_health r
    WHERE r.last_check > CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :max_age_seconds::DOUBLE PRECISION)
    ORDER BY r.server_id, r.id DESC
) h ON h.server_id = s.name
LEFT JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
WHERE s.server_type = :server_type
  AND s.enabled IS NOT FALSE
  AND h.status = 'healthy'
  AND COALESCE(c.active_connections, 0) < :max_connections::BIGINT
ORDER BY COALESCE(c.active_connections, 0), h.response_time_ms NULLS LAST, s.name
LIMIT :limit::BIGINT;

--! candidates_near : NearbyCandidate
--- As `candidates`, for servers at enabled locations only, the nearest to a point first, then the least loaded;
--- `distance_km` is along the great circle. Check the coordinates first: they are not checked here.
--- Index: idx_server_health_last_check, idx_vpn_connections_active (all live rows). Locks: nothing.
SELECT s.name,
       s.host,
       COALESCE(s.port, 8080)            AS port,
       l.location_id,
       d.distance_km,
       COALESCE(c.active_connections, 0) AS active_connections,
       h.response_time_ms
FROM servers s
JOIN server_locations l ON l.location_id = s.location_id AND l.enabled IS NOT FALSE
                       AND l.latitude IS NOT NULL AND l.longitude IS NOT NULL
CROSS JOIN LATERAL (
    SELECT HAVERSINE_KM(:latitude::DOUBLE PRECISION, :longitude::DOUBLE PRECISION,
                        l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS distance_km
) d
JOIN (
    SELECT DISTINCT ON (r.server_id) r.server_id, r.status, r.response_time_ms
    FROM server_health r
    WHERE r.last_check > CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :max_age_seconds::DOUBLE PRECISION)
    ORDER BY r.server_id, r.id DESC
) h ON h.server_id = s.name
LEFT JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
WHERE s.server_type = :server_type
  AND s.enabled IS NOT FALSE
  AND h.status = 'healthy'
  AND COALESCE(c.active_connections, 0) < :max_connections::BIGINT
ORDER BY d.distance_km, COALESCE(c.active_connections, 0), h.response_time_ms NULLS LAST, s.name
LIMIT :limit::BIGINT;
