-- VPN connections: opened by a node, kept alive by its heartbeats, ended once with one statistics row each. A
-- connection is live while connecting or connected; disconnected and error are final, and the database refuses a change
-- back. A node reports absolute counters per connection: the bytes received from the client and sent to it since the
-- start of the daemon that counts (its epoch). server_status.live_connections changes together with the connections. What opens, reports
-- and ends connections are the functions connection_open, connection_heartbeat and connection_end: their comments state the
-- rules and the order of locks. The partial indexes need status IN ('connecting', 'connected') written out in each statement. A connection of
-- a user who does not exist, kept from an older database, leaves no statistics row: its statistics_id is NULL.
-- The file is long because each query file is one public module, and these statements belong to one.

--: Connection(client_ip?, virtual_ip?, virtual_ip6?, public_ip?, connected_at?, disconnected_at?, duration_seconds?, disconnect_reason?, last_activity?, daemon?, device_id?, device_name?, device_type?, app_version?)
--: ActiveConnection(phone_number?, client_ip?, virtual_ip?, virtual_ip6?, public_ip?, connected_at?, last_activity?, daemon?, device_id?, device_name?, device_type?, app_version?)
--: OpenedConnection(outcome!, connection_id?, superseded_id?, ended_ids![!], ended_servers![!], capacity?, max_of_user?)
--: HeartbeatAnswer(connection_id!, outcome!, reason?)
--: ClosedConnection(connection_id!, statistics_id?, username!, server_id!, virtual_ip?, duration_seconds!, bytes_received!, bytes_sent!)
--: ServerConnections()
--: CorrectedCount(server_id!, was!, live!)

--! open (device_id?, virtual_ip?, virtual_ip6?, daemon?, epoch?, client_ip?, public_ip?, device_name?, device_type?, app_version?, max_connections?) : OpenedConnection
--- Opens a connection in state connecting, within the limits of the user and of the server: `outcome` says whether, see
--- connection_open. `max_connections` (NULL: no limit) is for a user without a limit of their own; `ends_oldest` ends the
--- user's oldest connections at the limit, otherwise the new one is refused. Connections that were not heard of for
--- `silent_seconds`, and those of servers that serve none, do not count. What it replaces has ended, each with a statistics row:
--- `ended_ids`, on `ended_servers`. `capacity` is the maximum of live connections on the server: 0 means a server that
--- accepts no new ones, i32::MAX one that is not registered. After `conflict` roll back and try again; `connections::open`
--- of the crate does. `outcome`, `ended_ids` and `ended_servers` are never
--- NULL: the function assigns them first.
--- Index: idx_users_username, idx_vpn_connections_live_address, idx_vpn_connections_live_address6,
--- idx_vpn_connections_live_user. Locks: the user, the connections that end and what their ends lock, the servers' rows of
--- server_status by name, the inserted row, the device.
SELECT o.outcome,
       o.connection_id,
       o.superseded_id,
       o.ended_ids,
       o.ended_servers,
       o.capacity,
       o.max_of_user
FROM connection_open(
    :server_id::TEXT, :username::TEXT, :device_id::BIGINT, :virtual_ip::INET, :virtual_ip6::INET, :daemon::TEXT, :epoch::BIGINT,
    :client_ip::INET, :public_ip::INET, :device_name::TEXT, :device_type::TEXT, :app_version::TEXT, :max_connections::BIGINT,
    :ends_oldest::BOOLEAN, :silent_seconds::DOUBLE PRECISION, :accepts_unknown::BOOLEAN
) o;

--! mark_connected
--- Moves a connection from connecting to connected and returns the state it was in: if that is any other, nothing has
--- changed. No row means unknown, or another server's.
--- Index: vpn_connections_pkey. Locks: the row.
WITH found AS (
    SELECT id,
           status,
           CLOCK_TIMESTAMP() AS at
    FROM vpn_connections
    WHERE id = :id
      AND server_id = :server_id
    FOR NO KEY UPDATE
),
marked AS (
    UPDATE vpn_connections c
    SET status        = 'connected',
        last_activity = found.at
    FROM found
    WHERE c.id = found.id
      AND c.server_id = :server_id
      AND found.status = 'connecting'
)
SELECT status AS was
FROM found;

--! count_from
--- States what the counter of a connection shows when it is opened, so that this is not counted. 0 rows means that the
--- connection is unknown, another server's, or has been reported already.
--- Index: vpn_connections_pkey. Locks: the row.
UPDATE vpn_connections
SET reported_received = GREATEST(:bytes_received::BIGINT, 0),
    reported_sent     = GREATEST(:bytes_sent::BIGINT, 0)
WHERE id = :id
  AND server_id = :server_id
  AND (heartbeat_epoch IS NULL OR heartbeat_sequence = '-9223372036854775808'::BIGINT);

--! heartbeat : HeartbeatAnswer
--- Records a node's report on any number of its connections; `epochs` are those of the counters. One row per id, by id,
--- with its outcome and, if it is closed, the reason: see connection_heartbeat. Those with the outcome expired are to be
--- ended by `end_expired`, and those that are live and have the reason over_quota are to be passed to `plans::check`, as
--- `connections::heartbeat` of the crate does. `connection_id` and `outcome` are never NULL: the
--- function leaves NULL ids out, and every other id has an outcome.
--- Index: vpn_connections_pkey. Locks: the live rows, in id order; once per hour their roll-ups, in key order.
SELECT h.connection_id,
       h.outcome,
       h.reason
FROM connection_heartbeat(
    :server_id::TEXT, :ids::BIGINT[], :epochs::BIGINT[], :sequences::BIGINT[], :bytes_received::BIGINT[],
    :bytes_sent::BIGINT[], :max_bits_per_second::BIGINT
) h;

--! count_late
--- Counts what a node reports of connections that were ended without it, once, and returns for how many it did.
--- `connections::heartbeat` of the crate calls it for those that the heartbeat found closed. Run it in no transaction
--- that has sent a heartbeat: to wait for the locks of both could be a deadlock.
--- Index: vpn_connections_pkey, idx_vpn_statistics_once_a_connection. Locks: the ended rows, in id order, their statistics,
--- the roll-ups.
SELECT connection_count_late(
    :server_id::TEXT, :ids::BIGINT[], :epochs::BIGINT[], :sequences::BIGINT[], :bytes_received::BIGINT[],
    :bytes_sent::BIGINT[], :max_bits_per_second::BIGINT
) AS counted;

--! end_expired : (connection_id!, reason!)
--- Closes those of the connections `ids` of a server whose account has expired or whose plan has ended, as of the last report, and
--- returns them with the reason. Run it in no transaction that has sent a heartbeat, as `count_late`. `connection_id` and `reason` are never
--- NULL: connection_end_expired takes them from the row.
--- Index: vpn_connections_pkey, idx_users_username. Locks: the users, then the rows, both in id order, then as `close`.
SELECT e.connection_id,
       e.reason
FROM connection_end_expired(:server_id::TEXT, :ids::BIGINT[]) e;

--! close (epoch?, bytes_received?, bytes_sent?) : ClosedConnection
--- Ends a live connection in state disconnected and writes its statistics row, once under concurrency. The final
--- counters and their epoch may be NULL; they add what they would in a heartbeat: an implausible or late report nothing. Returns what was written; no row
--- means unknown, another server's, or ended already. `connection_id`, `username`, `duration_seconds`, `bytes_received`
--- and `bytes_sent` are never NULL: connection_end takes them from the row, with 0 for what was never counted.
--- Index: vpn_connections_pkey. Locks: the user (KEY SHARE), the row, the server's in server_status, the roll-ups.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       :server_id::TEXT AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_end(
    :server_id::TEXT, ARRAY[:id::BIGINT], 'disconnected', :reason::TEXT, FALSE, :epoch::BIGINT,
    :bytes_received::BIGINT, :bytes_sent::BIGINT, :max_bits_per_second::BIGINT
) e;

--! mark_error (epoch?, bytes_received?, bytes_sent?) : ClosedConnection
--- Ends a live connection in state error, otherwise as `close`. If it was never connected and has no bytes, it leaves
--- no statistics row: `statistics_id` is NULL.
--- Index: vpn_connections_pkey. Locks: as `close`.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       :server_id::TEXT AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_end(
    :server_id::TEXT, ARRAY[:id::BIGINT], 'error', :reason::TEXT, FALSE, :epoch::BIGINT, :bytes_received::BIGINT,
    :bytes_sent::BIGINT, :max_bits_per_second::BIGINT
) e;

--! close_all_for_server (daemon?, epoch?) : ClosedConnection
--- Closes every live connection of a server (it restarts or leaves) and returns them, by id; with `daemon`, only those of
--- this daemon of the server. With the epoch of a new start, connections that this start or a later one has opened or
--- reported stay live, so that a late or repeated request closes nothing more.
--- Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the users, then the rows, both in id order, then as
--- `close`.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       :server_id::TEXT AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_close_server(:server_id::TEXT, :daemon::TEXT, :epoch::BIGINT, :reason::TEXT) e;

--! close_all_for_user : ClosedConnection
--- Closes every live connection of a user (deactivated, or signed out everywhere) and returns them; server and virtual
--- address say which clients the nodes must disconnect. `server_id` is never NULL, as in the row.
--- Index: idx_vpn_connections_live_user, vpn_connections_pkey. Locks: the users, then the rows, both in id order,
--- then server by server, by name, as `close`.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       e.server_id AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_close_user(:username::TEXT, NULL, :reason::TEXT) e;

--! close_all_for_devices : ClosedConnection
--- Closes every live connection of devices of a user (signed out or lost) and returns them; server and virtual address say
--- which clients the nodes must disconnect.
--- Index: users_pkey, idx_vpn_connections_live_user, vpn_connections_pkey. Locks: as `close_all_for_user`.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       e.server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM users u
CROSS JOIN LATERAL connection_close_user(u.username::TEXT, :device_ids::BIGINT[], :reason::TEXT) e
WHERE u.id = :user_id;

--! close_all_for_address : ClosedConnection
--- Closes the live connection that holds a virtual address of a server, IPv4 or IPv6. `open` does this by itself; it is for
--- an address that a node takes back from a client it lost.
--- Index: idx_vpn_connections_live_address, idx_vpn_connections_live_address6, vpn_connections_pkey. Locks: as `close`.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       :server_id::TEXT AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_close_address(:server_id::TEXT, :virtual_ip::INET, :reason::TEXT) e;

--! reap_stale : ClosedConnection
--- Closes up to `batch` live connections of a server that had no heartbeat for `idle_seconds` although reports could
--- arrive (see stale_before), as of the last one, for the reason stale. Call again until it returns fewer rows than
--- `batch`. Rows that another transaction holds are skipped, so several reapers share the work, and those of users who get
--- another name at this moment.
--- `connections::reap_stale` of the crate goes through the servers and keeps `idle_seconds` above its minimum.
--- Index: idx_vpn_connections_active (reads every live row of the server), vpn_connections_pkey. Locks: the rows, in id
--- order, then as `close`.
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       :server_id::TEXT AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_reap(:server_id::TEXT, :idle_seconds::DOUBLE PRECISION, :batch::BIGINT) e;

--! servers_with_stale : (server_id!)
--- The servers with live connections that had no heartbeat for `idle_seconds` although reports could arrive (see
--- stale_before), by name. `server_id` is never NULL: each row names one.
--- Index: idx_vpn_connections_active (all live rows), server_status_pkey. Locks: nothing.
SELECT s.server_id
FROM server_list_stale(:idle_seconds::DOUBLE PRECISION) s;

--! recount : CorrectedCount
--- Recounts the live connections of every server, corrects server_status, and returns what was wrong. Opening and
--- closing wait meanwhile. `server_id`, `was` and `live` are never NULL: server_recount counts what is missing as 0.
--- Index: server_status_pkey, idx_vpn_connections_active (all live rows). Locks: all rows of server_status, by name.
SELECT server_id, was, live FROM server_recount();

--! by_id : Connection
--- The connection with this id, live or ended; no row means unknown.
--- Index: vpn_connections_pkey. Locks: nothing.
SELECT id,
       username,
       server_id,
       status,
       client_ip,
       virtual_ip,
       virtual_ip6,
       public_ip,
       connected_at,
       disconnected_at,
       duration_seconds,
       disconnect_reason,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       last_activity,
       daemon,
       device_id,
       device_name,
       device_type,
       app_version
FROM vpn_connections
WHERE id = :id;

--! last_of_user : Connection
--- The newest connection of a user, live or ended; no row means that there is none.
--- Index: idx_vpn_connections_user_history. Locks: nothing.
SELECT id,
       username,
       server_id,
       status,
       client_ip,
       virtual_ip,
       virtual_ip6,
       public_ip,
       connected_at,
       disconnected_at,
       duration_seconds,
       disconnect_reason,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       last_activity,
       daemon,
       device_id,
       device_name,
       device_type,
       app_version
FROM vpn_connections
WHERE username = :username
ORDER BY id DESC
LIMIT 1;

--! history_by_user : Connection
--- One page of the connections of a user, live and ended, newest first. Start with `before_id` i64::MAX, continue with
--- the last id received.
--- Index: idx_vpn_connections_user_history. Locks: nothing.
SELECT id,
       username,
       server_id,
       status,
       client_ip,
       virtual_ip,
       virtual_ip6,
       public_ip,
       connected_at,
       disconnected_at,
       duration_seconds,
       disconnect_reason,
       COALESCE(bytes_received, 0) AS bytes_received,
       COALESCE(bytes_sent, 0)     AS bytes_sent,
       last_activity,
       daemon,
       device_id,
       device_name,
       device_type,
       app_version
FROM vpn_connections
WHERE username = :username
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! active : ActiveConnection
--- One page of all live connections, newest first. Start with `before_id` i64::MAX, continue with the last id received.
--- Index: idx_vpn_connections_active (all live rows), idx_users_username. Locks: nothing.
-- The page first, so that users are looked up for its rows only.
WITH page AS MATERIALIZED (
    SELECT id,
           username,
           server_id,
           status,
           client_ip,
           virtual_ip,
           virtual_ip6,
           public_ip,
           connected_at,
           last_activity,
           bytes_received,
           bytes_sent,
           daemon,
           device_id,
           device_name,
           device_type,
           app_version
    FROM vpn_connections
    WHERE id < :before_id
      AND status IN ('connecting', 'connected')
    -- By an expression, so that the index of live rows is read and not the whole table backwards.
    ORDER BY id + 0 DESC
    LIMIT :limit::BIGINT
)
SELECT p.id,
       p.username,
       u.phone_number,
       p.server_id,
       p.status,
       p.client_ip,
       p.virtual_ip,
       p.virtual_ip6,
       p.public_ip,
       p.connected_at,
       p.last_activity,
       COALESCE(p.bytes_received, 0) AS bytes_received,
       COALESCE(p.bytes_sent, 0)     AS bytes_sent,
       p.daemon,
       p.device_id,
       p.device_name,
       p.device_type,
       p.app_version
FROM page p
LEFT JOIN users u ON u.username = p.username
ORDER BY p.id DESC;

--! active_by_server : ActiveConnection
--- One page of the live connections of a server, newest first. Start with `before_id` i64::MAX, continue with the last
--- id received.
--- Index: idx_vpn_connections_active, idx_users_username. Locks: nothing.
-- The page first, so that users are looked up for its rows only.
WITH page AS MATERIALIZED (
    SELECT id,
           username,
           server_id,
           status,
           client_ip,
           virtual_ip,
           virtual_ip6,
           public_ip,
           connected_at,
           last_activity,
           bytes_received,
           bytes_sent,
           daemon,
           device_id,
           device_name,
           device_type,
           app_version
    FROM vpn_connections
    WHERE server_id = :server_id
      AND id < :before_id
      AND status IN ('connecting', 'connected')
    -- By an expression, so that the index of live rows is read and not the whole table backwards.
    ORDER BY id + 0 DESC
    LIMIT :limit::BIGINT
)
SELECT p.id,
       p.username,
       u.phone_number,
       p.server_id,
       p.status,
       p.client_ip,
       p.virtual_ip,
       p.virtual_ip6,
       p.public_ip,
       p.connected_at,
       p.last_activity,
       COALESCE(p.bytes_received, 0) AS bytes_received,
       COALESCE(p.bytes_sent, 0)     AS bytes_sent,
       p.daemon,
       p.device_id,
       p.device_name,
       p.device_type,
       p.app_version
FROM page p
LEFT JOIN users u ON u.username = p.username
ORDER BY p.id DESC;

--! active_by_user : ActiveConnection
--- The live connections of a user, newest first.
--- Index: idx_vpn_connections_live_user, idx_users_username. Locks: nothing.
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.virtual_ip6,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       COALESCE(c.bytes_received, 0) AS bytes_received,
       COALESCE(c.bytes_sent, 0)     AS bytes_sent,
       c.daemon,
       c.device_id,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.username = :username
  AND c.status IN ('connecting', 'connected')
ORDER BY c.id DESC;

--! count_active
--- The number of live connections.
--- Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
SELECT COUNT(*) AS active
FROM vpn_connections
WHERE status IN ('connecting', 'connected');

--! count_active_by_user
--- The number of live connections of a user.
--- Index: idx_vpn_connections_live_user. Locks: nothing; see `users::lock_by_username`.
SELECT COUNT(*) AS active
FROM vpn_connections
WHERE username = :username
  AND status IN ('connecting', 'connected');

--! count_active_by_server : ServerConnections
--- The number of live connections per server, by server name; a server without any has no row.
--- Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
SELECT server_id,
       COUNT(*) AS active
FROM vpn_connections
WHERE status IN ('connecting', 'connected')
GROUP BY server_id
ORDER BY server_id;

--! long_running report : ActiveConnection
--- Up to `limit` live connections opened more than `seconds` ago, oldest first (alert: 86,400 s).
--- Index: idx_vpn_connections_active (all live rows), vpn_connections_pkey, idx_users_username. Locks: nothing.
SELECT c.id,
       c.username,
       a.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.virtual_ip6,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       COALESCE(c.bytes_received, 0) AS bytes_received,
       COALESCE(c.bytes_sent, 0)     AS bytes_sent,
       c.daemon,
       c.device_id,
       c.device_name,
       c.device_type,
       c.app_version
-- The view has the phone number, which a role for reports may not read from users.
FROM v_active_connections a
JOIN vpn_connections c ON c.id = a.id
WHERE c.connected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :seconds::DOUBLE PRECISION)
  AND c.status IN ('connecting', 'connected')
ORDER BY CURRENT_TIMESTAMP - c.connected_at DESC, c.id
LIMIT :limit::BIGINT;

--! heavy report : ActiveConnection
--- Up to `limit` live connections with more than `bytes` in both directions, most first (alert: 10 GB).
--- Index: idx_vpn_connections_active (all live rows), vpn_connections_pkey, idx_users_username. Locks: nothing.
SELECT c.id,
       c.username,
       a.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.virtual_ip6,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       COALESCE(c.bytes_received, 0) AS bytes_received,
       COALESCE(c.bytes_sent, 0)     AS bytes_sent,
       c.daemon,
       c.device_id,
       c.device_name,
       c.device_type,
       c.app_version
-- The view has the phone number, which a role for reports may not read from users.
FROM v_active_connections a
JOIN vpn_connections c ON c.id = a.id
WHERE COALESCE(c.bytes_received, 0) + COALESCE(c.bytes_sent, 0) > :bytes::BIGINT
  AND c.status IN ('connecting', 'connected')
ORDER BY COALESCE(c.bytes_received, 0) + COALESCE(c.bytes_sent, 0) DESC, c.id
LIMIT :limit::BIGINT;
