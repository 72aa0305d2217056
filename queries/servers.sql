-- Servers: the nodes, their health and load, and the choice of one for a new connection. Tables: schema/servers.sql.
-- Other tables refer to a server by its name, in their column server_id. Only the statement `credentials` returns its
-- password. The table is small: PostgreSQL may read all of it where an index is named.

--: Server(management_url?, location_id?, last_sync?, created_at?)
--: ServerStatus(location_id?, status?, reported_at?, measured_at?, response_time_ms?, error_message?)
--: Candidate(location_id?, distance_km?, response_time_ms?)
--: Ineligible()
--: ServerCredentials(username?, password?)
--: ServerWithLocation(last_sync?, location_id?, location_name?, country?, city?, region?, country_code?, latitude?, longitude?, timezone?, data_center?, flag_emoji?, location_enabled?)
--: Health(last_check?, response_time_ms?, error_message?)

--! register (management_url?, username?, password?)
--- Adds a server, or replaces address and type of the one with this name, and returns its id. Management address, user
--- and password change only when given; location, capacity, and whether it is enabled or draining stay. Only a new server
--- takes an id.
--- Index: servers_name_key. Locks: the row.
WITH given AS (
    SELECT :name::TEXT           AS name,
           :host::TEXT           AS host,
           :port::INTEGER        AS port,
           :server_type::TEXT    AS server_type,
           :management_url::TEXT AS management_url,
           :username::TEXT       AS username,
           :password::TEXT       AS password
),
replaced AS (
    UPDATE servers s
    SET host           = g.host,
        port           = g.port,
        server_type    = g.server_type,
        management_url = COALESCE(g.management_url, s.management_url),
        username       = COALESCE(g.username, s.username),
        password       = COALESCE(g.password, s.password)
    FROM given g
    WHERE s.name = g.name
    RETURNING s.id
),
added AS (
    INSERT INTO servers
        (name, host, port, server_type, management_url, username, password)
    SELECT name, host, port, server_type, management_url, username, password
    FROM given
    WHERE NOT EXISTS (SELECT FROM replaced)
    -- Added by another transaction meanwhile.
    ON CONFLICT (name) DO UPDATE
    SET host           = EXCLUDED.host,
        port           = EXCLUDED.port,
        server_type    = EXCLUDED.server_type,
        management_url = COALESCE(EXCLUDED.management_url, servers.management_url),
        username       = COALESCE(EXCLUDED.username, servers.username),
        password       = COALESCE(EXCLUDED.password, servers.password)
    RETURNING id
)
SELECT id
FROM replaced
UNION ALL
SELECT id
FROM added;

--! by_name : Server
--- The server with this name, enabled or not. No row means that there is none.
--- Index: servers_name_key. Locks: nothing.
SELECT id,
       name,
       host,
       COALESCE(port, 8080)             AS port,
       COALESCE(enabled, TRUE)          AS enabled,
       COALESCE(server_type, 'endnode') AS server_type,
       draining,
       max_users,
       management_url,
       location_id,
       last_sync,
       created_at
FROM servers
WHERE name = :name;

--! list : Server
--- The servers, by name: those of a type (endnode, management) if `server_type` is given, and the enabled ones or the others if
--- `enabled` is.
--- Index: none, hundreds of rows at most. Locks: nothing.
SELECT id,
       name,
       host,
       COALESCE(port, 8080)             AS port,
       COALESCE(enabled, TRUE)          AS enabled,
       COALESCE(server_type, 'endnode') AS server_type,
       draining,
       max_users,
       management_url,
       location_id,
       last_sync,
       created_at
FROM servers
WHERE COALESCE(server_type, 'endnode') = :server_type?
  AND COALESCE(enabled, TRUE) = :enabled?
ORDER BY name;

--! with_locations : ServerWithLocation
--- Every server with its location, by name; NULL if it has none.
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
--- User name and password of a server's management interface; either can be NULL. No row means that there is no such
--- server. Do not log them.
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
--- Enables or disables a server; its live connections stay. 0 rows means that there is no such server, or that nothing
--- changed.
--- Index: servers_name_key. Locks: the row.
UPDATE servers
SET enabled = :enabled
WHERE name = :name
  AND enabled IS DISTINCT FROM :enabled;

--! set_draining
--- Starts or stops draining a server: while draining, it gets no new connections and keeps those it has. 0 rows means that
--- there is no such server, or that nothing changed.
--- Index: servers_name_key. Locks: the row.
UPDATE servers
SET draining = :draining
WHERE name = :name
  AND draining <> :draining;

--! set_max_users
--- Sets the number of connections that a server can carry; less than 0 is a check violation (`chk_servers_max_users`). 0
--- rows means that there is no such server, or that nothing changed.
--- Index: servers_name_key. Locks: the row.
UPDATE servers
SET max_users = :max_users
WHERE name = :name
  AND max_users <> :max_users;

--! remove : (removed!)
--- Removes a server without accounts and live connections. FALSE means that there is no such server, or that accounts or
--- live connections still refer to it: move the accounts and close the connections first. Statistics and history keep its
--- name. `removed` is never NULL: it says whether a row was deleted.
--- Index: servers_name_key, idx_users_server_id, idx_vpn_connections_active. Locks: the row.
SELECT server_remove(:name::TEXT) AS removed;

--! touch_last_sync
--- Records that a server has synchronised at this moment. 0 rows means that there is no such server.
--- Index: servers_name_key. Locks: the row.
UPDATE servers
SET last_sync = CLOCK_TIMESTAMP()
WHERE name = :name;

--! set_location (location_id?)
--- Sets the location of a server, NULL for none; an unknown location is a foreign key violation. 0 rows means that there is
--- no such server.
--- Index: servers_name_key. Locks: the row; the foreign key holds the location.
UPDATE servers
SET location_id = :location_id
WHERE name = :name;

--! report_health (response_time_ms?, error_message?, measured_at?) : (id!)
--- Records a health report and returns the id of its row in the history, which is never NULL. `measured_at` NULL, or in the future, counts as
--- now. The report becomes the server's status unless it is late: measured before one that arrived within the last 30
--- seconds. So a sender's clock that goes back has an effect for 30 seconds at most. Only a server whose status is healthy
--- is eligible for `pick`.
--- Index: server_status_pkey. Locks: the server's row of server_status, the inserted row of server_health.
SELECT server_report_health(
    :server_id::TEXT, :status::TEXT, :response_time_ms::INTEGER, :error_message::TEXT, :measured_at::TIMESTAMPTZ
) AS id;

--! status : ServerStatus
--- A registered server with its newest report (NULL if there is none) and its live connections. No row means that there is
--- no such server.
--- Index: servers_name_key, server_status_pkey. Locks: nothing.
SELECT s.name,
       COALESCE(s.enabled, TRUE)          AS enabled,
       s.draining,
       s.max_users,
       s.location_id,
       COALESCE(st.live_connections, 0)   AS live_connections,
       st.status,
       st.reported_at,
       st.measured_at,
       st.response_time_ms,
       st.error_message
FROM servers s
LEFT JOIN server_status st ON st.server_id = s.name
WHERE s.name = :name;

--! list_status : ServerStatus
--- As `status`, of every registered server, by name.
--- Index: none, hundreds of rows at most. Locks: nothing.
SELECT s.name,
       COALESCE(s.enabled, TRUE)          AS enabled,
       s.draining,
       s.max_users,
       s.location_id,
       COALESCE(st.live_connections, 0)   AS live_connections,
       st.status,
       st.reported_at,
       st.measured_at,
       st.response_time_ms,
       st.error_message
FROM servers s
LEFT JOIN server_status st ON st.server_id = s.name
ORDER BY s.name;

--! health_history : Health
--- One page of the health reports of a server, newest first. Start with `before_id` i64::MAX, continue with the last
--- id received. Index: idx_server_health_newest. Locks: nothing.
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

--! pick (latitude?, longitude?, preferred?, plan_id?) : Candidate
--- Up to `limit` end nodes for a new connection, the best first. Call it through `servers::pick`, whose `PickPolicy`
--- documents the numbers. An end node is eligible if it and its location are enabled, it is neither draining nor among
--- `excluded`, its newest report is healthy and arrived less than `max_report_age_seconds` ago, at least `min_healthy_reports`
--- have been healthy since the last other one, the plan `plan_id` (NULL: none) allows its location, and its load (live connections / `max_users`) is below `max_load`. A report
--- that arrived in the future by more than that age is of a clock that has gone back, and does not count. Score, lower is better: (distance + `base_distance_km`) * (1 + `load_weight` * load ^
--- `load_exponent`). Without a point the distance is 0 for every node; a node of unknown coordinates is half the Earth's
--- circumference away. The `preferred` node comes first while its load is below `max_preferred_load`. With `randomize`,
--- nodes that score at most `similar_score_factor` times the best come in random order, weighted by their free capacity;
--- otherwise the order is by score, then by name.
--- Index: none, hundreds of rows at most; server_status_pkey, server_locations_pkey, plan_locations_pkey. Locks: nothing.
-- The states first, because a distributed database has them on its workers, and the servers here.
WITH states AS MATERIALIZED (
    SELECT server_id, status, live_connections, healthy_reports, reported_at, response_time_ms
    FROM server_status
),
eligible AS (
    SELECT s.name,
           s.host,
           COALESCE(s.port, 8080) AS port,
           s.location_id,
           s.max_users,
           st.live_connections,
           st.response_time_ms,
           st.live_connections / s.max_users::DOUBLE PRECISION AS load,
           HAVERSINE_KM(:latitude::DOUBLE PRECISION, :longitude::DOUBLE PRECISION,
                        l.latitude::DOUBLE PRECISION, l.longitude::DOUBLE PRECISION) AS distance_km
    FROM servers s
    JOIN states st ON st.server_id = s.name
    LEFT JOIN server_locations l ON l.location_id = s.location_id
    WHERE COALESCE(s.server_type, 'endnode') = 'endnode'
      AND s.name <> ALL (:excluded::TEXT[])
      AND s.enabled IS NOT FALSE
      AND l.enabled IS NOT FALSE
      AND NOT s.draining
      AND plan_allows_location(:plan_id::BIGINT, s.location_id)
      AND st.status = 'healthy'
      AND COALESCE(st.healthy_reports >= :min_healthy_reports::INTEGER, TRUE)
      AND st.reported_at > STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => :max_report_age_seconds)
      AND st.reported_at < STATEMENT_TIMESTAMP() + MAKE_INTERVAL(secs => :max_report_age_seconds)
      -- NUMERIC, so that 0.9 of 100 is exactly 90.
      AND st.live_connections < :max_load::DOUBLE PRECISION::NUMERIC * s.max_users
),
scored AS (
    SELECT name, host, port, location_id, max_users, live_connections, response_time_ms, distance_km,
           COALESCE(name = :preferred::TEXT, FALSE) AND load < :max_preferred_load::DOUBLE PRECISION AS keep_preferred,
           -- Half of the Earth's circumference, if the point is known and the node's coordinates are not.
           (COALESCE(distance_km, CASE WHEN :latitude IS NULL OR :longitude IS NULL THEN 0 ELSE 20015.1 END)
                + :base_distance_km::DOUBLE PRECISION)
               * (1 + :load_weight::DOUBLE PRECISION * POWER(load, :load_exponent::DOUBLE PRECISION)) AS score
    FROM eligible
),
ranked AS (
    SELECT name, host, port, location_id, max_users, live_connections, response_time_ms, distance_km, keep_preferred, score,
           score <= :similar_score_factor::DOUBLE PRECISION * MIN(score) OVER () AS among_the_best
    FROM scored
)
SELECT name,
       host,
       port,
       location_id,
       distance_km,
       live_connections,
       max_users,
       response_time_ms
FROM ranked
ORDER BY keep_preferred DESC,
         among_the_best DESC,
         -- A weighted random order: exponentially distributed waiting times, with the free capacity as rate.
         CASE WHEN :randomize::BOOLEAN AND among_the_best
              THEN -LN(1 - RANDOM()) / (:max_load::DOUBLE PRECISION::NUMERIC * max_users - live_connections)
              ELSE score END,
         name
LIMIT GREATEST(:limit::BIGINT, 0);

--! count_ineligible (plan_id?) : Ineligible
--- How many end nodes are not eligible, by reason; always one row. Each node counts once, under its first reason in the
--- order of the columns: excluded, not_in_plan (its location), disabled (itself or its location), draining, silent (no report within
--- `max_report_age_seconds`), unhealthy by its report, recovering (fewer than `min_healthy_reports` since an unhealthy one),
--- full (load at `max_load` or above). `eligible` counts the others.
--- Index: none, hundreds of rows at most; server_status_pkey, server_locations_pkey, plan_locations_pkey. Locks: nothing.
SELECT COUNT(*)                                        AS registered,
       COUNT(*) FILTER (WHERE reason = 'excluded')     AS excluded,
       COUNT(*) FILTER (WHERE reason = 'not_in_plan')  AS not_in_plan,
       COUNT(*) FILTER (WHERE reason = 'disabled')     AS disabled,
       COUNT(*) FILTER (WHERE reason = 'draining')     AS draining,
       COUNT(*) FILTER (WHERE reason = 'silent')       AS silent,
       COUNT(*) FILTER (WHERE reason = 'unhealthy')    AS unhealthy,
       COUNT(*) FILTER (WHERE reason = 'recovering')   AS recovering,
       COUNT(*) FILTER (WHERE reason = 'full')         AS full,
       COUNT(*) FILTER (WHERE reason IS NULL)          AS eligible
FROM (
    SELECT CASE WHEN s.name = ANY (:excluded::TEXT[]) THEN 'excluded'
                WHEN NOT plan_allows_location(:plan_id::BIGINT, s.location_id) THEN 'not_in_plan'
                WHEN s.enabled IS FALSE OR l.enabled IS FALSE THEN 'disabled'
                WHEN s.draining THEN 'draining'
                WHEN COALESCE(st.reported_at <= STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => :max_report_age_seconds)
                              OR st.reported_at >= STATEMENT_TIMESTAMP() + MAKE_INTERVAL(secs => :max_report_age_seconds), TRUE)
                    THEN 'silent'
                WHEN st.status IS DISTINCT FROM 'healthy' THEN 'unhealthy'
                WHEN st.healthy_reports < :min_healthy_reports::INTEGER THEN 'recovering'
                WHEN st.live_connections >= :max_load::DOUBLE PRECISION::NUMERIC * s.max_users THEN 'full' END AS reason
    FROM servers s
    LEFT JOIN server_status st ON st.server_id = s.name
    LEFT JOIN server_locations l ON l.location_id = s.location_id
    WHERE COALESCE(s.server_type, 'endnode') = 'endnode'
) classified;
