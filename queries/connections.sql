-- VPN connections: opened by a node, kept alive by its heartbeats, closed once with the statistics row each leaves.
-- A connection is live while connecting or connected; disconnected and error are final. Counters are absolute: what
-- the node has counted for this connection so far, received from the client and sent to it, in bytes.
-- A connection of a user who doesn't exist, kept from an older database, leaves no statistics row: its statistics_id is
-- NULL.

--: Connection(client_ip?, virtual_ip?, public_ip?, connected_at?, disconnected_at?, duration_seconds?, disconnect_reason?, last_activity?, device_name?, device_type?, app_version?)
--: ActiveConnection(phone_number?, client_ip?, virtual_ip?, public_ip?, connected_at?, last_activity?, device_name?, device_type?, app_version?)
--: ClosedConnection(virtual_ip?, statistics_id?)
--: FailedConnection(virtual_ip?, statistics_id?)
--: ServerConnections()

--! open (client_ip?, virtual_ip?, public_ip?, device_name?, device_type?, app_version?)
--- Opens a connection in state connecting and returns its id; no row means that the account is unknown, deactivated or
--- expired. For a maximum of connections, call `users::lock_by_username` and `count_active_by_user` first, in the same
--- transaction.
--- Index: idx_users_username. Locks: the inserted row; the foreign key holds the account against deletion.
INSERT INTO vpn_connections
    (username, server_id, client_ip, virtual_ip, public_ip, connected_at, last_activity,
     device_name, device_type, app_version)
SELECT u.username,
       :server_id::TEXT,
       :client_ip::INET,
       :virtual_ip::INET,
       :public_ip::INET,
       clock.at,
       clock.at,
       :device_name::TEXT,
       :device_type::TEXT,
       :app_version::TEXT
FROM users u
CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
WHERE u.username = :username
  AND u.active IS NOT FALSE
  AND COALESCE(u.expires_at > clock.at, TRUE)
RETURNING id;

--! mark_connected
--- Moves a connection from connecting to connected. 0 rows means unknown, connected already, or closed: a closed one
--- never comes back.
--- Index: vpn_connections_pkey. Locks: the row.
UPDATE vpn_connections
SET status        = 'connected',
    last_activity = CLOCK_TIMESTAMP()
WHERE id = :id
  -- Not comparable with an index on status, of which a whole storm of opening connections would be read.
  AND COALESCE(status, '') = 'connecting';

--! mark_error : FailedConnection
--- Ends a live connection in state error. One that was connected leaves its statistics row, one that never was leaves
--- none, and `statistics_id` is NULL. No row means unknown or closed already.
--- Index: vpn_connections_pkey. Locks: the row.
WITH live AS (
    SELECT id, status = 'connected' AS was_connected
    FROM vpn_connections
    WHERE id = :id
      AND status IN ('connecting', 'connected')
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id, was_connected, CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'error',
        disconnected_at   = ended.ended_at,
        duration_seconds  = GREATEST(FLOOR(EXTRACT(EPOCH FROM ended.ended_at - COALESCE(c.connected_at, ended.ended_at))), 0)::INTEGER,
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version, ended.was_connected
),
recorded AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT closed.username,
           closed.server_id,
           COALESCE(closed.bytes_received, 0),
           COALESCE(closed.bytes_sent, 0),
           closed.duration_seconds,
           closed.id,
           COALESCE(closed.connected_at, closed.disconnected_at),
           closed.disconnected_at,
           'vpn',
           closed.app_version
    FROM closed
    WHERE closed.was_connected
      AND EXISTS (SELECT 1 FROM users u WHERE u.username = closed.username)
    RETURNING id, connection_id
)
SELECT closed.id   AS connection_id,
       recorded.id AS statistics_id,
       closed.username,
       closed.server_id,
       closed.virtual_ip,
       COALESCE(closed.duration_seconds, 0) AS duration_seconds,
       COALESCE(closed.bytes_received, 0)   AS bytes_received,
       COALESCE(closed.bytes_sent, 0)       AS bytes_sent
FROM closed
LEFT JOIN recorded ON recorded.connection_id = closed.id;

--! heartbeat
--- Records a node's report for one of its live connections. Counters and time only ever rise, so a late or repeated
--- report lowers nothing. 0 rows means unknown, another node's, or closed: the node should drop it.
--- Index: vpn_connections_pkey. Locks: the row.
UPDATE vpn_connections
SET bytes_received = GREATEST(bytes_received, :bytes_received),
    bytes_sent     = GREATEST(bytes_sent, :bytes_sent),
    last_activity  = GREATEST(last_activity, CLOCK_TIMESTAMP())
WHERE id = :id
  AND server_id = :server_id
  AND status IN ('connecting', 'connected');

--! heartbeat_batch
--- Records a node's report for many of its live connections: `ids`, `bytes_received` and `bytes_sent` go in threes, and
--- of a repeated id the highest counters count. Returns the ids applied; the node should drop those that are missing
--- (unknown, another node's, or closed). Replaying a report changes no counter.
--- Index: vpn_connections_pkey. Locks: the rows, in id order.
WITH reported AS (
    SELECT r.id,
           MAX(r.bytes_received) AS bytes_received,
           MAX(r.bytes_sent)     AS bytes_sent
    FROM UNNEST(:ids::INTEGER[], :bytes_received::BIGINT[], :bytes_sent::BIGINT[]) AS r (id, bytes_received, bytes_sent)
    GROUP BY r.id
),
live AS (
    SELECT c.id, reported.bytes_received, reported.bytes_sent
    FROM vpn_connections c
    JOIN reported ON reported.id = c.id
    WHERE c.server_id = :server_id
      AND c.status IN ('connecting', 'connected')
    ORDER BY c.id
    FOR NO KEY UPDATE OF c
)
UPDATE vpn_connections c
SET bytes_received = GREATEST(c.bytes_received, live.bytes_received),
    bytes_sent     = GREATEST(c.bytes_sent, live.bytes_sent),
    last_activity  = GREATEST(c.last_activity, CLOCK_TIMESTAMP())
FROM live
WHERE c.id = live.id
RETURNING c.id;

--! close (bytes_received?, bytes_sent?) : ClosedConnection
--- Closes a live connection and writes its statistics row, once whatever races; the final counters may be NULL. Returns
--- what was written; no row means unknown or closed already.
--- Index: vpn_connections_pkey. Locks: the row.
WITH live AS (
    SELECT id
    FROM vpn_connections
    WHERE id = :id
      AND status IN ('connecting', 'connected')
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id, CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = GREATEST(FLOOR(EXTRACT(EPOCH FROM ended.ended_at - COALESCE(c.connected_at, ended.ended_at))), 0)::INTEGER,
        disconnect_reason = :reason,
        bytes_received    = GREATEST(c.bytes_received, :bytes_received::BIGINT),
        bytes_sent        = GREATEST(c.bytes_sent, :bytes_sent::BIGINT),
        last_activity     = GREATEST(c.last_activity, ended.ended_at)
    FROM ended
    WHERE c.id = ended.id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version
),
recorded AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT closed.username,
           closed.server_id,
           COALESCE(closed.bytes_received, 0),
           COALESCE(closed.bytes_sent, 0),
           closed.duration_seconds,
           closed.id,
           COALESCE(closed.connected_at, closed.disconnected_at),
           closed.disconnected_at,
           'vpn',
           closed.app_version
    FROM closed
    WHERE EXISTS (SELECT 1 FROM users u WHERE u.username = closed.username)
    RETURNING id, connection_id
)
SELECT closed.id   AS connection_id,
       recorded.id AS statistics_id,
       closed.username,
       closed.server_id,
       closed.virtual_ip,
       COALESCE(closed.duration_seconds, 0) AS duration_seconds,
       COALESCE(closed.bytes_received, 0)   AS bytes_received,
       COALESCE(closed.bytes_sent, 0)       AS bytes_sent
FROM closed
LEFT JOIN recorded ON recorded.connection_id = closed.id;

--! close_all_for_server : ClosedConnection
--- Closes every live connection of a server (it restarts or leaves), each with its statistics row, once whatever races;
--- returns what was closed.
--- Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the rows, in id order.
WITH live AS (
    SELECT id
    FROM vpn_connections
    WHERE server_id = :server_id
      AND status IN ('connecting', 'connected')
    ORDER BY id
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id, CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = GREATEST(FLOOR(EXTRACT(EPOCH FROM ended.ended_at - COALESCE(c.connected_at, ended.ended_at))), 0)::INTEGER,
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version
),
recorded AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT closed.username,
           closed.server_id,
           COALESCE(closed.bytes_received, 0),
           COALESCE(closed.bytes_sent, 0),
           closed.duration_seconds,
           closed.id,
           COALESCE(closed.connected_at, closed.disconnected_at),
           closed.disconnected_at,
           'vpn',
           closed.app_version
    FROM closed
    WHERE EXISTS (SELECT 1 FROM users u WHERE u.username = closed.username)
    RETURNING id, connection_id
)
SELECT closed.id   AS connection_id,
       recorded.id AS statistics_id,
       closed.username,
       closed.server_id,
       closed.virtual_ip,
       COALESCE(closed.duration_seconds, 0) AS duration_seconds,
       COALESCE(closed.bytes_received, 0)   AS bytes_received,
       COALESCE(closed.bytes_sent, 0)       AS bytes_sent
FROM closed
LEFT JOIN recorded ON recorded.connection_id = closed.id
ORDER BY closed.id;

--! close_all_for_user : ClosedConnection
--- Closes every live connection of a user (deactivated, or signed out everywhere), each with its statistics row, once
--- whatever races; server and virtual address say whom to disconnect.
--- Index: idx_vpn_connections_user_history, vpn_connections_pkey. Locks: the rows, in id order.
WITH live AS (
    SELECT id
    FROM vpn_connections
    WHERE username = :username
      AND status IN ('connecting', 'connected')
    ORDER BY id
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id, CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = GREATEST(FLOOR(EXTRACT(EPOCH FROM ended.ended_at - COALESCE(c.connected_at, ended.ended_at))), 0)::INTEGER,
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version
),
recorded AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT closed.username,
           closed.server_id,
           COALESCE(closed.bytes_received, 0),
           COALESCE(closed.bytes_sent, 0),
           closed.duration_seconds,
           closed.id,
           COALESCE(closed.connected_at, closed.disconnected_at),
           closed.disconnected_at,
           'vpn',
           closed.app_version
    FROM closed
    WHERE EXISTS (SELECT 1 FROM users u WHERE u.username = closed.username)
    RETURNING id, connection_id
)
SELECT closed.id   AS connection_id,
       recorded.id AS statistics_id,
       closed.username,
       closed.server_id,
       closed.virtual_ip,
       COALESCE(closed.duration_seconds, 0) AS duration_seconds,
       COALESCE(closed.bytes_received, 0)   AS bytes_received,
       COALESCE(closed.bytes_sent, 0)       AS bytes_sent
FROM closed
LEFT JOIN recorded ON recorded.connection_id = closed.id
ORDER BY closed.id;

--! close_all_for_address : ClosedConnection
--- Closes every live connection that holds a virtual address of a server, each with its statistics row: the node has
--- given the address to a new client.
--- Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the rows, in id order.
WITH live AS (
    SELECT id
    FROM vpn_connections
    WHERE server_id = :server_id
      AND virtual_ip = :virtual_ip
      AND status IN ('connecting', 'connected')
    ORDER BY id
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id, CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = GREATEST(FLOOR(EXTRACT(EPOCH FROM ended.ended_at - COALESCE(c.connected_at, ended.ended_at))), 0)::INTEGER,
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version
),
recorded AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT closed.username,
           closed.server_id,
           COALESCE(closed.bytes_received, 0),
           COALESCE(closed.bytes_sent, 0),
           closed.duration_seconds,
           closed.id,
           COALESCE(closed.connected_at, closed.disconnected_at),
           closed.disconnected_at,
           'vpn',
           closed.app_version
    FROM closed
    WHERE EXISTS (SELECT 1 FROM users u WHERE u.username = closed.username)
    RETURNING id, connection_id
)
SELECT closed.id   AS connection_id,
       recorded.id AS statistics_id,
       closed.username,
       closed.server_id,
       closed.virtual_ip,
       COALESCE(closed.duration_seconds, 0) AS duration_seconds,
       COALESCE(closed.bytes_received, 0)   AS bytes_received,
       COALESCE(closed.bytes_sent, 0)       AS bytes_sent
FROM closed
LEFT JOIN recorded ON recorded.connection_id = closed.id
ORDER BY closed.id;

--! reap_stale : ClosedConnection
--- Closes up to `batch` live connections without a heartbeat for `idle_seconds`, each with its statistics row, as of
--- the last heartbeat and for the reason stale. Call again until it returns fewer rows than `batch`. Rows that somebody
--- holds are skipped, so several reapers share the work.
--- Index: idx_vpn_connections_status (every live row is looked at), vpn_connections_pkey. Locks: the rows, in id order.
WITH live AS (
    SELECT id
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
      AND COALESCE(last_activity, connected_at, '-infinity')
          < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :idle_seconds::DOUBLE PRECISION)
    -- By an expression, so that the index of live rows is read and not the whole table in id order.
    ORDER BY id + 0
    LIMIT :batch::BIGINT
    FOR NO KEY UPDATE SKIP LOCKED
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = COALESCE(c.last_activity, c.connected_at, CURRENT_TIMESTAMP),
        duration_seconds  = GREATEST(FLOOR(EXTRACT(EPOCH FROM COALESCE(c.last_activity - c.connected_at, '0'))), 0)::INTEGER,
        disconnect_reason = 'stale'
    FROM live
    WHERE c.id = live.id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version
),
recorded AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT closed.username,
           closed.server_id,
           COALESCE(closed.bytes_received, 0),
           COALESCE(closed.bytes_sent, 0),
           closed.duration_seconds,
           closed.id,
           COALESCE(closed.connected_at, closed.disconnected_at),
           closed.disconnected_at,
           'vpn',
           closed.app_version
    FROM closed
    WHERE EXISTS (SELECT 1 FROM users u WHERE u.username = closed.username)
    RETURNING id, connection_id
)
SELECT closed.id   AS connection_id,
       recorded.id AS statistics_id,
       closed.username,
       closed.server_id,
       closed.virtual_ip,
       COALESCE(closed.duration_seconds, 0) AS duration_seconds,
       COALESCE(closed.bytes_received, 0)   AS bytes_received,
       COALESCE(closed.bytes_sent, 0)       AS bytes_sent
FROM closed
LEFT JOIN recorded ON recorded.connection_id = closed.id
ORDER BY closed.id;

--! by_id : Connection
--- The connection with this id, live or closed; no row means there is none.
--- Index: vpn_connections_pkey. Locks: nothing.
SELECT id,
       username,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       disconnected_at,
       duration_seconds,
       disconnect_reason,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       last_activity,
       device_name,
       device_type,
       app_version
FROM vpn_connections
WHERE id = :id;

--! last_of_user : Connection
--- The newest connection of a user, live or closed; no row means that there never was one.
--- Index: idx_vpn_connections_user_history. Locks: nothing.
SELECT id,
       username,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       disconnected_at,
       duration_seconds,
       disconnect_reason,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       last_activity,
       device_name,
       device_type,
       app_version
FROM vpn_connections
WHERE username = :username
ORDER BY id DESC
LIMIT 1;

--! history_by_user : Connection
--- One page of the connections of a user, live and closed, newest first. Start with `before_id` i32::MAX, go on with
--- the last id received.
--- Index: idx_vpn_connections_user_history. Locks: nothing.
SELECT id,
       username,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       disconnected_at,
       duration_seconds,
       disconnect_reason,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       last_activity,
       device_name,
       device_type,
       app_version
FROM vpn_connections
WHERE username = :username
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! active : ActiveConnection
--- One page of all live connections, newest first. Start with `before_id` i32::MAX, go on with the last id received.
--- Index: vpn_connections_pkey, users by idx_users_username. Locks: nothing.
SELECT id,
       username,
       phone_number,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       last_activity,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       device_name,
       device_type,
       app_version
FROM v_active_connections
WHERE id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! active_by_server : ActiveConnection
--- One page of the live connections of a server, newest first. Start with `before_id` i32::MAX, go on with the last id
--- received.
--- Index: idx_vpn_connections_active, users by idx_users_username. Locks: nothing.
SELECT id,
       username,
       phone_number,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       last_activity,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       device_name,
       device_type,
       app_version
FROM v_active_connections
WHERE server_id = :server_id
  AND id < :before_id
-- By an expression, so that the index of live rows is read and not the whole table backwards.
ORDER BY id + 0 DESC
LIMIT :limit::BIGINT;

--! active_by_user : ActiveConnection
--- The live connections of a user, newest first.
--- Index: idx_vpn_connections_user_history, users by idx_users_username. Locks: nothing.
SELECT id,
       username,
       phone_number,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       last_activity,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       device_name,
       device_type,
       app_version
FROM v_active_connections
WHERE username = :username
ORDER BY id DESC;

--! count_active
--- How many connections are live.
--- Index: idx_vpn_connections_status, without the table where it is vacuumed. Locks: nothing.
SELECT COUNT(*) AS active
FROM vpn_connections
WHERE status IN ('connecting', 'connected');

--! count_active_by_user
--- How many live connections a user has.
--- Index: idx_vpn_connections_user_history. Locks: nothing; see `users::lock_by_username`.
SELECT COUNT(*) AS active
FROM vpn_connections
WHERE username = :username
  AND status IN ('connecting', 'connected');

--! count_active_by_server : ServerConnections
--- How many connections are live on each server, by server name; a server without any has no row.
--- Index: idx_vpn_connections_active, without the table where it is vacuumed. Locks: nothing.
SELECT server_id,
       COUNT(*) AS active
FROM vpn_connections
WHERE status IN ('connecting', 'connected')
GROUP BY server_id
ORDER BY server_id;

--! long_running : ActiveConnection
--- Up to `limit` live connections opened more than `seconds` ago, oldest first (alert: 86,400 s).
--- Index: idx_vpn_connections_status or idx_vpn_connections_connected_at. Locks: nothing.
SELECT id,
       username,
       phone_number,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       last_activity,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       device_name,
       device_type,
       app_version
FROM v_active_connections
WHERE connected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :seconds::DOUBLE PRECISION)
ORDER BY CURRENT_TIMESTAMP - connected_at DESC, id
LIMIT :limit::BIGINT;

--! heavy : ActiveConnection
--- Up to `limit` live connections that moved more than `bytes` both ways together, heaviest first (alert: 10 GB).
--- Index: idx_vpn_connections_status, over all live rows. Locks: nothing.
SELECT id,
       username,
       phone_number,
       server_id,
       status,
       client_ip,
       virtual_ip,
       public_ip,
       connected_at,
       last_activity,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       device_name,
       device_type,
       app_version
FROM v_active_connections
WHERE COALESCE(bytes_received, 0) + COALESCE(bytes_sent, 0) > :bytes::BIGINT
ORDER BY COALESCE(bytes_received, 0) + COALESCE(bytes_sent, 0) DESC, id
LIMIT :limit::BIGINT;
