-- VPN connections: opened by a node, kept alive by its heartbeats, closed once with the statistics row each leaves.
-- A connection is live while connecting or connected; disconnected and error are final, and the database refuses a way
-- back. Counters are absolute: what the node has counted for a connection since the node's start (its epoch), received
-- from the client and sent to it, in bytes. Numbers of live connections in server_status change with the connections.
-- Statements that a node causes name its server, so that they find one shard when the tables are spread over machines; see
-- docs/distribution.md. All take their locks in one order: the user, connections by id, server_status by server, roll-ups.
-- Only an end looks at the user last, for the foreign key: it can meet somebody who gives a user with live connections
-- another name, which no statement here does, and of the two PostgreSQL ends one, to be tried again.
-- A connection of a user who doesn't exist, kept from an older database, leaves no statistics row: its statistics_id is
-- NULL.

--: Connection(client_ip?, virtual_ip?, public_ip?, connected_at?, disconnected_at?, duration_seconds?, disconnect_reason?, last_activity?, device_name?, device_type?, app_version?)
--: ActiveConnection(phone_number?, client_ip?, virtual_ip?, public_ip?, connected_at?, last_activity?, device_name?, device_type?, app_version?)
--: OpenedConnection(connection_id?, superseded_id?)
--: HeartbeatOutcome()
--: ClosedConnection(virtual_ip?, statistics_id?)
--: FailedConnection(virtual_ip?, statistics_id?)
--: ServerConnections()
--: CorrectedCount()

--! open (virtual_ip?, epoch?, client_ip?, public_ip?, device_name?, device_type?, app_version?) : OpenedConnection
--- Opens a connection in state connecting, unless the user has `max_connections` live ones already: then `connection_id`
--- is NULL. Whoever held the virtual address on this server is superseded either way, with the statistics row of every end,
--- for the node has given the address away. `live_on_server` and `capacity` say what the server has now and may have:
--- roll back if it is more; 0 stands for a server that takes no newcomers, i32::MAX for one that is not registered.
--- `outdated` says that a later start of the node has given the address away: nothing has changed. A live connection with
--- this address that was opened in the meantime is a unique violation: roll back and try again. No row means that the
--- account is unknown, deactivated or expired. First, in the same transaction, call `users::lock_by_username`, so that
--- users are counted one by one; `connections::open` of the crate does all of it.
--- Index: idx_users_username, idx_vpn_connections_live_address, idx_vpn_connections_live_user. Locks: the superseded row,
--- the inserted one, the server's in server_status.
WITH usable AS (
    SELECT u.username,
           CLOCK_TIMESTAMP() AS at
    FROM users u
    WHERE u.username = :username
      AND u.active IS NOT FALSE
      AND COALESCE(u.expires_at > CLOCK_TIMESTAMP(), TRUE)
),
taken AS (
    SELECT c.id,
           c.heartbeat_epoch
    FROM vpn_connections c
    WHERE c.server_id = :server_id
      AND c.virtual_ip = :virtual_ip::INET
      AND c.status IN ('connecting', 'connected')
      AND EXISTS (SELECT 1 FROM usable)
    ORDER BY c.id
    FOR NO KEY UPDATE OF c
),
later AS (
    SELECT COALESCE(BOOL_OR(heartbeat_epoch > :epoch::BIGINT), FALSE) AS holds_it
    FROM taken
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = usable.at,
        duration_seconds  = seconds_between(c.connected_at, usable.at),
        disconnect_reason = 'superseded'
    FROM taken
    CROSS JOIN usable
    WHERE c.id = taken.id
      AND NOT (SELECT holds_it FROM later)
      AND c.server_id = :server_id
    RETURNING c.id, c.username, c.server_id, c.connected_at, c.disconnected_at,
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE account_exists(closed.username)
),
live AS (
    -- Read from closed, so that the older connection has ended before the new one is written.
    SELECT COUNT(*) - (SELECT COUNT(*) FROM closed WHERE closed.username = :username) AS connections
    FROM vpn_connections
    WHERE username = :username
      AND status IN ('connecting', 'connected')
),
opened AS (
    INSERT INTO vpn_connections
        (username, server_id, client_ip, virtual_ip, public_ip, connected_at, last_activity, usage_hour,
         heartbeat_epoch, heartbeat_sequence, device_name, device_type, app_version)
    SELECT usable.username,
           :server_id::TEXT,
           :client_ip::INET,
           :virtual_ip::INET,
           :public_ip::INET,
           usable.at,
           usable.at,
           DATE_TRUNC('hour', usable.at, 'UTC'),
           :epoch::BIGINT,
           -- Every sequence of this epoch is yet to come.
           CASE WHEN :epoch::BIGINT IS NULL THEN 0 ELSE '-9223372036854775808'::BIGINT END,
           :device_name::TEXT,
           :device_type::TEXT,
           :app_version::TEXT
    FROM usable
    CROSS JOIN live
    WHERE live.connections < :max_connections::BIGINT
      AND NOT (SELECT holds_it FROM later)
    RETURNING id
),
change AS (
    SELECT (SELECT COUNT(*) FROM opened)::INTEGER - (SELECT COUNT(*) FROM closed)::INTEGER AS connections
    FROM usable
),
counted AS (
    INSERT INTO server_status AS s (server_id, live_connections)
    SELECT :server_id::TEXT,
           GREATEST(change.connections, 0)
    FROM change
    ON CONFLICT (server_id) DO UPDATE
    SET live_connections = GREATEST(s.live_connections + (SELECT change.connections FROM change), 0)
    RETURNING s.live_connections
)
SELECT (SELECT id FROM opened)  AS connection_id,
       (SELECT id FROM closed)  AS superseded_id,
       later.holds_it           AS outdated,
       live.connections         AS live_of_user,
       counted.live_connections AS live_on_server,
       COALESCE((
           SELECT CASE WHEN s.draining OR s.enabled IS FALSE THEN 0 ELSE s.max_users END
           FROM servers s
           WHERE s.name = :server_id
       ), 2147483647)           AS capacity
FROM counted
CROSS JOIN live
CROSS JOIN later;

--! mark_connected
--- Moves a connection from connecting to connected and returns the state it was in: if that is any other, nothing has
--- changed. No row means unknown, or another server's.
--- Index: vpn_connections_pkey. Locks: the row.
WITH found AS (
    SELECT id,
           COALESCE(status, '') AS status
    FROM vpn_connections
    WHERE id = :id
      AND server_id = :server_id
    FOR NO KEY UPDATE
),
marked AS (
    UPDATE vpn_connections c
    SET status        = 'connected',
        last_activity = CLOCK_TIMESTAMP()
    FROM found
    WHERE c.id = found.id
      AND c.server_id = :server_id
      AND found.status = 'connecting'
)
SELECT status AS was
FROM found;

--! heartbeat_batch : HeartbeatOutcome
--- Records a node's report for many of its connections, in one statement: `ids`, `sequences`, `bytes_received` and
--- `bytes_sent` go in fours, `epoch` is the time of the node's start, and of a repeated id the highest sequence counts.
--- What is added is the difference to what was reported before, or all of it if the node has restarted since. One row
--- an id says what became of it: applied; repeated (this report or a later one is in already: nothing changed);
--- outdated (a later start of the node has reported already: nothing changed); implausible (the figures can't be: the
--- connection stays alive, nothing is added); closed and unknown (the node should drop it). What was moved in another
--- hour than this one goes to the roll-ups, once an hour.
--- Index: vpn_connections_pkey. Locks: the live rows, in id order; once an hour, their roll-ups, in key order.
WITH reported AS (
    SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
    FROM UNNEST(:ids::INTEGER[], :sequences::BIGINT[], :bytes_received::BIGINT[], :bytes_sent::BIGINT[])
        AS r (id, sequence, bytes_received, bytes_sent)
    WHERE r.id IS NOT NULL
    ORDER BY r.id, r.sequence DESC NULLS LAST, r.bytes_received DESC, r.bytes_sent DESC
),
live AS (
    SELECT c.id,
           c.username,
           COALESCE(c.bytes_received, 0) AS total_received,
           COALESCE(c.bytes_sent, 0)     AS total_sent,
           c.last_activity,
           c.heartbeat_epoch,
           c.heartbeat_sequence,
           c.reported_received,
           c.reported_sent,
           hour_of_usage(COALESCE(c.usage_hour, c.connected_at)) AS usage_hour,
           c.rolled_up_received,
           c.rolled_up_sent,
           reported.sequence,
           reported.bytes_received,
           reported.bytes_sent
    FROM reported
    JOIN vpn_connections c ON c.id = reported.id
    WHERE c.server_id = :server_id
      AND c.status IN ('connecting', 'connected')
    ORDER BY c.id
    FOR NO KEY UPDATE OF c
),
judged AS (
    SELECT live.id,
           live.username,
           live.sequence,
           live.bytes_received,
           live.bytes_sent,
           live.usage_hour,
           live.total_received - live.rolled_up_received AS pending_received,
           live.total_sent - live.rolled_up_sent         AS pending_sent,
           more.received,
           more.sent,
           COALESCE(:epoch::BIGINT < live.heartbeat_epoch, FALSE)                                   AS is_outdated,
           COALESCE((:epoch::BIGINT, live.sequence) > (live.heartbeat_epoch, live.heartbeat_sequence), TRUE) AS is_new,
           COALESCE(live.sequence IS NOT NULL AND more.received >= 0 AND more.sent >= 0
                    AND GREATEST(more.received, more.sent) <= most_reported(live.last_activity, clock.at), FALSE) AS is_plausible,
           -- Earlier, or later if the clock went back. Usage of nobody leaves no statistics and is rolled up by nobody.
           live.usage_hour <> DATE_TRUNC('hour', clock.at, 'UTC') AND account_exists(live.username) AS is_over,
           DATE_TRUNC('hour', clock.at, 'UTC')                                                      AS hour,
           clock.at
    FROM live
    CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    CROSS JOIN LATERAL (
        SELECT reported_difference(live.total_received, live.heartbeat_epoch, live.reported_received,
                                   :epoch::BIGINT, live.bytes_received) AS received,
               reported_difference(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                                   :epoch::BIGINT, live.bytes_sent)     AS sent
    ) AS more
),
beating AS (
    UPDATE vpn_connections c
    SET heartbeat_epoch    = CASE WHEN j.is_plausible THEN :epoch::BIGINT ELSE c.heartbeat_epoch END,
        heartbeat_sequence = CASE WHEN j.is_plausible THEN j.sequence ELSE c.heartbeat_sequence END,
        reported_received  = CASE WHEN j.is_plausible THEN j.bytes_received ELSE c.reported_received END,
        reported_sent      = CASE WHEN j.is_plausible THEN j.bytes_sent ELSE c.reported_sent END,
        bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN j.is_plausible THEN j.received ELSE 0 END,
        bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN j.is_plausible THEN j.sent ELSE 0 END,
        last_activity      = j.at,
        usage_hour         = j.hour,
        rolled_up_received = c.rolled_up_received + CASE WHEN j.is_over THEN j.pending_received ELSE 0 END,
        rolled_up_sent     = c.rolled_up_sent + CASE WHEN j.is_over THEN j.pending_sent ELSE 0 END
    FROM judged j
    WHERE c.id = j.id
      AND c.server_id = :server_id
      AND j.is_new
),
over AS (
    SELECT j.username,
           j.usage_hour                       AS hour,
           SUM(j.pending_received)::BIGINT    AS bytes_in,
           SUM(j.pending_sent)::BIGINT        AS bytes_out
    FROM judged j
    WHERE j.is_new
      AND j.is_over
      AND (j.pending_received <> 0 OR j.pending_sent <> 0)
    GROUP BY j.username, j.usage_hour
),
-- One after the other, each begun when the one before it is done.
hourly AS (
    INSERT INTO usage_hourly AS u (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT :server_id::TEXT, over.username, over.hour, 0, over.bytes_in, over.bytes_out, 0
    FROM over
    ORDER BY over.username, over.hour
    ON CONFLICT (server_id, username, hour) DO UPDATE
    SET bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out
    RETURNING u.hour
),
totals AS (
    INSERT INTO usage_totals AS u (server_id, username, sessions, bytes_in, bytes_out, seconds)
    SELECT :server_id::TEXT, over.username, 0, SUM(over.bytes_in), SUM(over.bytes_out), 0
    FROM over
    WHERE (SELECT COUNT(*) FROM hourly) > 0
    GROUP BY over.username
    ORDER BY over.username
    ON CONFLICT (server_id, username) DO UPDATE
    SET bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out
    RETURNING u.username
),
by_server AS (
    INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT :server_id::TEXT, over.hour, 0, SUM(over.bytes_in), SUM(over.bytes_out), 0
    FROM over
    WHERE (SELECT COUNT(*) FROM totals) > 0
    GROUP BY over.hour
    ORDER BY over.hour
    ON CONFLICT (server_id, hour) DO UPDATE
    SET bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out
)
SELECT reported.id AS connection_id,
       CASE
           WHEN j.is_outdated THEN 'outdated'
           WHEN NOT j.is_new THEN 'repeated'
           WHEN NOT j.is_plausible THEN 'implausible'
           WHEN j.id IS NOT NULL THEN 'applied'
           WHEN (SELECT c.status FROM vpn_connections c WHERE c.id = reported.id AND c.server_id = :server_id)
               IS NOT NULL THEN 'closed'
           ELSE 'unknown'
       END         AS outcome
FROM reported
LEFT JOIN judged j ON j.id = reported.id
ORDER BY reported.id;

--! close (epoch?, bytes_received?, bytes_sent?) : ClosedConnection
--- Closes a live connection and writes its statistics row, once whatever races. The final counters, and the epoch that they
--- belong to, may be NULL; those that are late or can't be add nothing. Returns what was written; no row means unknown,
--- another server's, or closed already.
--- Index: vpn_connections_pkey. Locks: the row, the server's in server_status, the user's roll-ups.
WITH live AS (
    SELECT id,
           server_id,
           COALESCE(bytes_received, 0) AS total_received,
           COALESCE(bytes_sent, 0)     AS total_sent,
           last_activity,
           heartbeat_epoch,
           reported_received,
           reported_sent
    FROM vpn_connections
    WHERE id = :id
      AND server_id = :server_id
      AND status IN ('connecting', 'connected')
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id,
           server_id,
           clock.at AS ended_at,
           CASE WHEN more.received BETWEEN 0 AND more.most THEN more.received ELSE 0 END AS more_received,
           CASE WHEN more.sent BETWEEN 0 AND more.most THEN more.sent ELSE 0 END         AS more_sent
    FROM live
    CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    CROSS JOIN LATERAL (
        SELECT reported_difference(live.total_received, live.heartbeat_epoch, live.reported_received,
                                   :epoch::BIGINT, :bytes_received::BIGINT) AS received,
               reported_difference(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                                   :epoch::BIGINT, :bytes_sent::BIGINT)     AS sent,
               most_reported(live.last_activity, clock.at)                  AS most
    ) AS more
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = seconds_between(c.connected_at, ended.ended_at),
        disconnect_reason = :reason,
        bytes_received    = COALESCE(c.bytes_received, 0) + ended.more_received,
        bytes_sent        = COALESCE(c.bytes_sent, 0) + ended.more_sent,
        last_activity     = ended.ended_at
    FROM ended
    WHERE c.id = ended.id
      AND c.server_id = :server_id
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE account_exists(closed.username)
    RETURNING id, connection_id
),
counted AS (
    UPDATE server_status s
    SET live_connections = GREATEST(s.live_connections - gone.connections, 0)
    FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone
    WHERE s.server_id = :server_id
      AND gone.connections > 0
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

--! mark_error (epoch?, bytes_received?, bytes_sent?) : FailedConnection
--- Ends a live connection in state error, with its final counters as `close`. One that was connected or moved anything
--- leaves its statistics row, one that never did leaves none, and `statistics_id` is NULL. No row means unknown,
--- another server's, or closed already.
--- Index: vpn_connections_pkey. Locks: as `close`.
WITH live AS (
    SELECT id,
           server_id,
           status,
           COALESCE(bytes_received, 0) AS total_received,
           COALESCE(bytes_sent, 0)     AS total_sent,
           last_activity,
           heartbeat_epoch,
           reported_received,
           reported_sent
    FROM vpn_connections
    WHERE id = :id
      AND server_id = :server_id
      AND status IN ('connecting', 'connected')
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id,
           server_id,
           status,
           clock.at AS ended_at,
           CASE WHEN more.received BETWEEN 0 AND more.most THEN more.received ELSE 0 END AS more_received,
           CASE WHEN more.sent BETWEEN 0 AND more.most THEN more.sent ELSE 0 END         AS more_sent
    FROM live
    CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    CROSS JOIN LATERAL (
        SELECT reported_difference(live.total_received, live.heartbeat_epoch, live.reported_received,
                                   :epoch::BIGINT, :bytes_received::BIGINT) AS received,
               reported_difference(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                                   :epoch::BIGINT, :bytes_sent::BIGINT)     AS sent,
               most_reported(live.last_activity, clock.at)                  AS most
    ) AS more
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'error',
        disconnected_at   = ended.ended_at,
        duration_seconds  = seconds_between(c.connected_at, ended.ended_at),
        disconnect_reason = :reason,
        bytes_received    = COALESCE(c.bytes_received, 0) + ended.more_received,
        bytes_sent        = COALESCE(c.bytes_sent, 0) + ended.more_sent,
        last_activity     = ended.ended_at
    FROM ended
    WHERE c.id = ended.id
      AND c.server_id = :server_id
    RETURNING c.id, c.username, c.server_id, c.virtual_ip, c.connected_at, c.disconnected_at,
              c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version,
              ended.status = 'connected' OR c.bytes_received > 0 OR c.bytes_sent > 0 AS was_connected
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE closed.was_connected
      AND account_exists(closed.username)
    RETURNING id, connection_id
),
counted AS (
    UPDATE server_status s
    SET live_connections = GREATEST(s.live_connections - gone.connections, 0)
    FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone
    WHERE s.server_id = :server_id
      AND gone.connections > 0
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

--! close_all_for_server (epoch?) : ClosedConnection
--- Closes every live connection of a server (it restarts or leaves), each with its statistics row, once whatever races;
--- returns what was closed. With the epoch of a node's new start, those that this start or a later one has opened or
--- reported stay, so that a late or repeated request closes nothing more.
--- Index: idx_vpn_connections_active, vpn_connections_pkey. Locks: the rows, in id order, then as `close`.
WITH live AS (
    SELECT id,
           server_id
    FROM vpn_connections
    WHERE server_id = :server_id
      AND status IN ('connecting', 'connected')
      AND COALESCE(heartbeat_epoch < :epoch::BIGINT, TRUE)
    ORDER BY id
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id,
           server_id,
           CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = seconds_between(c.connected_at, ended.ended_at),
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
      AND c.server_id = :server_id
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE account_exists(closed.username)
    RETURNING id, connection_id
),
counted AS (
    UPDATE server_status s
    SET live_connections = GREATEST(s.live_connections - gone.connections, 0)
    FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone
    WHERE s.server_id = :server_id
      AND gone.connections > 0
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
--- Index: idx_vpn_connections_live_user, vpn_connections_pkey. Locks: the rows, in id order, their servers' in
--- server_status by name, then as `close`.
WITH live AS (
    SELECT id,
           server_id
    FROM vpn_connections
    WHERE username = :username
      AND status IN ('connecting', 'connected')
    ORDER BY id
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id,
           server_id,
           CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = seconds_between(c.connected_at, ended.ended_at),
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
      AND c.server_id = ended.server_id
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE account_exists(closed.username)
    RETURNING id, connection_id
),
counters AS (
    SELECT server_id
    FROM server_status
    WHERE server_id IN (SELECT closed.server_id FROM closed)
    ORDER BY server_id
    FOR NO KEY UPDATE
),
counted AS (
    UPDATE server_status s
    SET live_connections = GREATEST(s.live_connections - gone.connections, 0)
    FROM (SELECT server_id, COUNT(*)::INTEGER AS connections FROM closed GROUP BY server_id) gone
    JOIN counters ON counters.server_id = gone.server_id
    WHERE s.server_id = gone.server_id
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
--- Closes the live connection that holds a virtual address of a server, with its statistics row. `open` does this by
--- itself; it is for an address that a node takes back from a client it lost.
--- Index: idx_vpn_connections_live_address, vpn_connections_pkey. Locks: as `close`.
WITH live AS (
    SELECT id,
           server_id
    FROM vpn_connections
    WHERE server_id = :server_id
      AND virtual_ip = :virtual_ip
      AND status IN ('connecting', 'connected')
    ORDER BY id
    FOR NO KEY UPDATE
),
ended AS (
    SELECT id,
           server_id,
           CLOCK_TIMESTAMP() AS ended_at
    FROM live
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = ended.ended_at,
        duration_seconds  = seconds_between(c.connected_at, ended.ended_at),
        disconnect_reason = :reason
    FROM ended
    WHERE c.id = ended.id
      AND c.server_id = :server_id
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE account_exists(closed.username)
    RETURNING id, connection_id
),
counted AS (
    UPDATE server_status s
    SET live_connections = GREATEST(s.live_connections - gone.connections, 0)
    FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone
    WHERE s.server_id = :server_id
      AND gone.connections > 0
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
--- Closes up to `batch` live connections of a server that had no heartbeat for `idle_seconds` (not less than 270: OpenVPN
--- gives a peer up after 240), each with its statistics row, as of the last heartbeat and for the reason stale. Call again
--- until it returns fewer rows than `batch`. Rows that somebody holds are skipped, so several reapers share the work.
--- `connections::reap_stale` of the crate goes through the servers.
--- Index: idx_vpn_connections_active (every live row of the server is looked at), vpn_connections_pkey. Locks: the rows, in
--- id order, then as `close`.
WITH live AS (
    SELECT id,
           server_id
    FROM vpn_connections
    WHERE server_id = :server_id
      AND status IN ('connecting', 'connected')
      AND COALESCE(last_activity, connected_at, '-infinity')
          < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:idle_seconds::DOUBLE PRECISION, 270))
    -- By an expression, so that the index of live rows is read and not the whole table in id order.
    ORDER BY id + 0
    LIMIT :batch::BIGINT
    FOR NO KEY UPDATE SKIP LOCKED
),
closed AS (
    UPDATE vpn_connections c
    SET status            = 'disconnected',
        disconnected_at   = COALESCE(c.last_activity, c.connected_at, CURRENT_TIMESTAMP),
        duration_seconds  = seconds_between(c.connected_at, c.last_activity),
        disconnect_reason = 'stale'
    FROM live
    WHERE c.id = live.id
      AND c.server_id = :server_id
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
           LEFT(closed.app_version, 50)
    FROM closed
    WHERE account_exists(closed.username)
    RETURNING id, connection_id
),
counted AS (
    UPDATE server_status s
    SET live_connections = GREATEST(s.live_connections - gone.connections, 0)
    FROM (SELECT COUNT(*)::INTEGER AS connections FROM closed) gone
    WHERE s.server_id = :server_id
      AND gone.connections > 0
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

--! servers_with_stale
--- The servers with live connections that had no heartbeat for `idle_seconds` (not less than 270), by name.
--- Index: idx_vpn_connections_active, over all live rows. Locks: nothing.
SELECT DISTINCT server_id
FROM vpn_connections
WHERE status IN ('connecting', 'connected')
  AND COALESCE(last_activity, connected_at, '-infinity')
      < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:idle_seconds::DOUBLE PRECISION, 270))
ORDER BY server_id;

--! recount : CorrectedCount
--- Counts the live connections of every server anew, puts server_status right, and returns what was wrong. Opening and
--- closing wait meanwhile.
--- Index: server_status_pkey, idx_vpn_connections_active, over all live rows. Locks: all rows of server_status, by name.
SELECT server_id, was, live FROM server_recount();

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
--- Index: idx_vpn_connections_active or idx_vpn_connections_status, over all live rows; users by idx_users_username. Locks:
--- nothing.
-- The page before the users, who are looked up for its rows only.
WITH page AS MATERIALIZED (
    SELECT id,
           username,
           server_id,
           status,
           client_ip,
           virtual_ip,
           public_ip,
           connected_at,
           last_activity,
           bytes_received,
           bytes_sent,
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
       p.public_ip,
       p.connected_at,
       p.last_activity,
       COALESCE(p.bytes_received, 0) AS bytes_received,
       COALESCE(p.bytes_sent, 0)     AS bytes_sent,
       p.device_name,
       p.device_type,
       p.app_version
FROM page p
LEFT JOIN users u ON u.username = p.username
ORDER BY p.id DESC;

--! active_by_server : ActiveConnection
--- One page of the live connections of a server, newest first. Start with `before_id` i32::MAX, go on with the last id
--- received.
--- Index: idx_vpn_connections_active, users by idx_users_username. Locks: nothing.
-- The page before the users, who are looked up for its rows only.
WITH page AS MATERIALIZED (
    SELECT id,
           username,
           server_id,
           status,
           client_ip,
           virtual_ip,
           public_ip,
           connected_at,
           last_activity,
           bytes_received,
           bytes_sent,
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
       p.public_ip,
       p.connected_at,
       p.last_activity,
       COALESCE(p.bytes_received, 0) AS bytes_received,
       COALESCE(p.bytes_sent, 0)     AS bytes_sent,
       p.device_name,
       p.device_type,
       p.app_version
FROM page p
LEFT JOIN users u ON u.username = p.username
ORDER BY p.id DESC;

--! active_by_user : ActiveConnection
--- The live connections of a user, newest first.
--- Index: idx_vpn_connections_live_user, users by idx_users_username. Locks: nothing.
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
--- Index: idx_vpn_connections_live_user. Locks: nothing; see `users::lock_by_username`.
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
