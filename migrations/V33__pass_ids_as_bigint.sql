-- Functions take and return 64-bit ids.
--
-- Why: the columns are BIGINT since V32. connection_open also gets the server's capacity, so that an opening which a full or
-- draining server refuses takes no id. Programs of the release before may not start since V32, and the functions that they call
-- are dropped. A function's result cannot change in place: session_rotate_token is session_rotate under a new name.
-- Locks: creates and replaces functions only.
-- barqnet: min-version 33

-- Ends those of the connections `ids` of a server that are live, and returns them by id, with what they have counted.
--   status           disconnected or error, both final
--   at_last_report   TRUE: as of the last report, for a connection without recent ones; FALSE: as of now
--   epoch, bytes_received, bytes_sent
--                    the node's final report on the connection, or NULL; it counts if report_is_plausible
-- Each end leaves one row of vpn_statistics, added to the roll-ups, except where nothing was used (an error before the
-- connection was up, with no bytes) or the user does not exist: then statistics_id is NULL.
-- Locks: the connections in id order, their users for the foreign key, the server's row of server_status, the roll-ups.
CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids BIGINT[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT
) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql
-- A custom plan for a short array is estimated too cheap: planning takes longer than the end itself.
SET plan_cache_mode = 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
    ended         RECORD;
    count_ended   INTEGER := 0;
    usernames     TEXT[] := '{}';
    started_at    TIMESTAMPTZ[] := '{}';
    session_hours TIMESTAMPTZ[] := '{}';
    byte_hours    TIMESTAMPTZ[] := '{}';
    bytes_in      BIGINT[] := '{}';
    bytes_out     BIGINT[] := '{}';
    seconds       INTEGER[] := '{}';
BEGIN
    PERFORM SET_CONFIG('barqnet.rolls_up', 'on', TRUE);
    FOR ended IN
    WITH live AS (
        SELECT c.id,
               c.status,
               c.connected_at,
               c.last_activity,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.heartbeat_epoch,
               c.reported_received,
               c.reported_sent
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end.ids)
          AND c.server_id = connection_end.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ),
    -- MATERIALIZED, so that report_is_plausible gets columns and is inlined.
    delta AS MATERIALIZED (
        SELECT live.id,
               live.status,
               live.last_activity,
               clock.at,
               CASE
                   WHEN connection_end.at_last_report THEN COALESCE(live.last_activity, live.connected_at, clock.at)
                   ELSE clock.at
               END AS ended_at,
               counter_delta(live.total_received, live.heartbeat_epoch, live.reported_received,
                             connection_end.epoch, connection_end.bytes_received) AS received,
               counter_delta(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                             connection_end.epoch, connection_end.bytes_sent)     AS sent
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    classified AS (
        SELECT delta.id,
               delta.status,
               delta.ended_at,
               delta.received,
               delta.sent,
               report_is_plausible(delta.received, delta.sent, delta.last_activity, delta.at) AS is_plausible
        FROM delta
    ),
    closed AS (
        UPDATE vpn_connections c
        SET status            = connection_end.status,
            disconnected_at   = k.ended_at,
            duration_seconds  = seconds_between(c.connected_at, k.ended_at),
            disconnect_reason = connection_end.reason,
            last_activity     = k.ended_at,
            bytes_received    = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent        = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_end.server_id
        RETURNING c.id, c.username, c.virtual_ip, COALESCE(c.connected_at, c.disconnected_at) AS started_at,
                  c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version, c.usage_hour,
                  c.bytes_received - c.rolled_up_received AS pending_received,
                  c.bytes_sent - c.rolled_up_sent         AS pending_sent,
                  c.status <> 'error' OR k.status = 'connected' OR c.bytes_received > 0 OR c.bytes_sent > 0 AS is_used
    )
    SELECT closed.id, closed.username, closed.virtual_ip, closed.started_at, closed.disconnected_at,
           closed.duration_seconds, closed.bytes_received, closed.bytes_sent, closed.app_version, closed.usage_hour,
           closed.pending_received, closed.pending_sent, closed.is_used
    FROM closed
    ORDER BY closed.id
    LOOP
        count_ended := count_ended + 1;
        statistics_id := NULL;
        IF ended.is_used AND account_exists(ended.username) THEN
            INSERT INTO vpn_statistics AS v
                (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
                 session_type, client_version)
            VALUES (ended.username, connection_end.server_id, ended.bytes_received, ended.bytes_sent,
                    ended.duration_seconds, ended.id, ended.started_at, ended.disconnected_at, 'vpn',
                    LEFT(ended.app_version, 50))
            RETURNING v.id INTO statistics_id;
            usernames     := ARRAY_APPEND(usernames, ended.username::TEXT);
            started_at    := ARRAY_APPEND(started_at, ended.started_at);
            session_hours := ARRAY_APPEND(session_hours, hour_of_usage(ended.started_at));
            byte_hours    := ARRAY_APPEND(byte_hours, COALESCE(ended.usage_hour, hour_of_usage(ended.started_at)));
            bytes_in      := ARRAY_APPEND(bytes_in, ended.pending_received);
            bytes_out     := ARRAY_APPEND(bytes_out, ended.pending_sent);
            seconds       := ARRAY_APPEND(seconds, ended.duration_seconds);
        END IF;
        connection_id := ended.id;
        username := ended.username;
        virtual_ip := ended.virtual_ip;
        duration_seconds := ended.duration_seconds;
        total_received := ended.bytes_received;
        total_sent := ended.bytes_sent;
        RETURN NEXT;
    END LOOP;
    PERFORM SET_CONFIG('barqnet.rolls_up', '', TRUE);
    IF count_ended > 0 THEN
        UPDATE server_status s
        SET live_connections = GREATEST(s.live_connections - count_ended, 0)
        WHERE s.server_id = connection_end.server_id;
    END IF;
    IF CARDINALITY(usernames) > 0 THEN
        PERFORM session_roll_up(connection_end.server_id, usernames, started_at, session_hours, byte_hours, bytes_in,
                                bytes_out, seconds);
    END IF;
END
$$;

-- Opens a connection in state connecting, unless the user has max_connections live ones already (NULL: no limit). The
-- connection that holds the virtual address on this server is superseded either way, because the node has assigned
-- its address again. The caller has locked the user and counted the user's live connections, on all servers, as
-- live_of_user.
-- Returns one row:
--   connection_id   NULL: the user or the server has as many as allowed, or the request is outdated; no id is taken
--   superseded_id   the connection that had the address, or NULL
--   outdated        a later start of the node has assigned the address: nothing has changed
--   live_on_server  the live connections of the server with this one; more than capacity: roll back. NULL if the user has
--                   as many as allowed, or the request is outdated
-- A live connection that got the address meanwhile is a unique violation: roll back and try again.
-- With max_connections it needs READ COMMITTED and refuses any other isolation level: live_of_user would be as old as the
-- transaction, and the limit would not hold.
-- Locks: the superseded connection and what its end locks, the new one, the server's row of server_status.
CREATE OR REPLACE FUNCTION connection_open(
    server_id TEXT, username TEXT, virtual_ip INET, epoch BIGINT, client_ip INET, public_ip INET, device_name TEXT,
    device_type TEXT, app_version TEXT, live_of_user BIGINT, max_connections BIGINT, capacity INTEGER
) RETURNS TABLE (connection_id BIGINT, superseded_id BIGINT, outdated BOOLEAN, live_on_server INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    holder RECORD;
    at     TIMESTAMPTZ;
BEGIN
    IF max_connections IS NOT NULL AND CURRENT_SETTING('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the limit of connections per user does not hold at isolation level %',
            CURRENT_SETTING('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Open connections in a transaction that begins with BEGIN ISOLATION LEVEL READ COMMITTED.';
    END IF;
    outdated := FALSE;
    IF connection_open.virtual_ip IS NOT NULL THEN
        SELECT c.id, c.username, c.heartbeat_epoch INTO holder
        FROM vpn_connections c
        WHERE c.server_id = connection_open.server_id
          AND c.virtual_ip = connection_open.virtual_ip
          AND c.status IN ('connecting', 'connected')
        FOR NO KEY UPDATE;
        IF FOUND THEN
            outdated := COALESCE(holder.heartbeat_epoch > connection_open.epoch, FALSE);
            IF NOT outdated THEN
                SELECT e.connection_id INTO superseded_id
                FROM connection_end(connection_open.server_id, ARRAY[holder.id], 'disconnected', 'superseded', FALSE,
                                    NULL, NULL, NULL) e;
                live_of_user := live_of_user - CASE WHEN holder.username = connection_open.username THEN 1 ELSE 0 END;
            END IF;
        END IF;
    END IF;
    IF outdated OR live_of_user >= max_connections THEN
        RETURN NEXT;
        RETURN;
    END IF;
    -- Not locked: it spares a server that is full an id per request. What the row below counts is exact.
    SELECT s.live_connections INTO live_on_server FROM server_status s WHERE s.server_id = connection_open.server_id;
    live_on_server := COALESCE(live_on_server, 0) + 1;
    IF live_on_server <= capacity THEN
        at := CLOCK_TIMESTAMP();
        INSERT INTO vpn_connections AS c
            (username, server_id, client_ip, virtual_ip, public_ip, connected_at, last_activity, usage_hour,
             heartbeat_epoch, heartbeat_sequence, device_name, device_type, app_version)
        VALUES (connection_open.username,
                connection_open.server_id,
                connection_open.client_ip,
                connection_open.virtual_ip,
                connection_open.public_ip,
                at,
                at,
                hour_of_usage(at),
                connection_open.epoch,
                -- Less than the sequence of any report of this epoch.
                CASE WHEN connection_open.epoch IS NULL THEN 0 ELSE '-9223372036854775808'::BIGINT END,
                connection_open.device_name,
                connection_open.device_type,
                connection_open.app_version)
        RETURNING c.id INTO connection_id;
        PERFORM server_heard(connection_open.server_id);
        INSERT INTO server_status AS s (server_id, live_connections)
        VALUES (connection_open.server_id, 1)
        ON CONFLICT (server_id) DO UPDATE
        SET live_connections = s.live_connections + 1
        RETURNING s.live_connections INTO live_on_server;
    END IF;
    RETURN NEXT;
END
$$;

-- Records a node's report on connections of its server: `ids`, `sequences`, `bytes_received` and `bytes_sent` are
-- parallel arrays; of a repeated id the highest sequence counts. The increase of the counters since the last report
-- is added, or all of them if the node has restarted since. Usage of a finished hour goes to the roll-ups. Returns
-- one row per id, by id, with its outcome:
--   applied      counted, and the connection is alive
--   repeated     this report or a later one was counted before: nothing changed
--   outdated     a later start of the node has reported already: nothing changed
--   implausible  report_is_plausible is false: the connection is alive, nothing was added
--   closed       the connection has ended; connection_count_late counts what it used, if it was reaped
--   unknown      the server has no such connection
-- Locks: the live connections in id order; once per hour their roll-ups, in key order; every 10 seconds the
-- server's row of server_status.
CREATE OR REPLACE FUNCTION connection_heartbeat(
    server_id TEXT, epoch BIGINT, ids BIGINT[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS TABLE (connection_id BIGINT, outcome TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    report RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_heartbeat.ids, connection_heartbeat.sequences, connection_heartbeat.bytes_received,
                    connection_heartbeat.bytes_sent)
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
        WHERE c.server_id = connection_heartbeat.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    -- MATERIALIZED, so that report_is_plausible gets columns and is inlined.
    delta AS MATERIALIZED (
        SELECT live.id,
               live.username,
               live.last_activity,
               live.heartbeat_epoch,
               live.heartbeat_sequence,
               live.usage_hour,
               live.sequence,
               live.bytes_received,
               live.bytes_sent,
               live.total_received - live.rolled_up_received AS pending_received,
               live.total_sent - live.rolled_up_sent         AS pending_sent,
               counter_delta(live.total_received, live.heartbeat_epoch, live.reported_received,
                             connection_heartbeat.epoch, live.bytes_received) AS received,
               counter_delta(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                             connection_heartbeat.epoch, live.bytes_sent)     AS sent,
               clock.at,
               hour_of_usage(clock.at)                       AS hour
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    classified AS MATERIALIZED (
        SELECT d.id,
               d.username,
               d.usage_hour,
               d.sequence,
               d.bytes_received,
               d.bytes_sent,
               d.pending_received,
               d.pending_sent,
               d.received,
               d.sent,
               d.at,
               d.hour,
               COALESCE(connection_heartbeat.epoch < d.heartbeat_epoch, FALSE) AS is_outdated,
               COALESCE((connection_heartbeat.epoch, d.sequence) > (d.heartbeat_epoch, d.heartbeat_sequence), TRUE) AS is_new,
               d.sequence IS NOT NULL AND report_is_plausible(d.received, d.sent, d.last_activity, d.at) AS is_plausible,
               -- Earlier, or later if the clock went back. Usage of a user who does not exist is not rolled up.
               d.usage_hour <> d.hour AND account_exists(d.username) AS is_finished
        FROM delta d
    ),
    updated AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = CASE WHEN k.is_plausible THEN connection_heartbeat.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN k.sequence ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN k.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN k.bytes_sent ELSE c.reported_sent END,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            last_activity      = k.at,
            usage_hour         = k.hour,
            rolled_up_received = c.rolled_up_received + CASE WHEN k.is_finished THEN k.pending_received ELSE 0 END,
            rolled_up_sent     = c.rolled_up_sent + CASE WHEN k.is_finished THEN k.pending_sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_heartbeat.server_id
          AND k.is_new
    )
    SELECT ARRAY_AGG(o.id)                                            AS ids,
           ARRAY_AGG(o.outcome)                                       AS outcomes,
           ARRAY_AGG(o.username) FILTER (WHERE o.is_rolled_up)        AS usernames,
           ARRAY_AGG(o.usage_hour) FILTER (WHERE o.is_rolled_up)      AS hours,
           ARRAY_AGG(o.pending_received) FILTER (WHERE o.is_rolled_up) AS bytes_in,
           ARRAY_AGG(o.pending_sent) FILTER (WHERE o.is_rolled_up)    AS bytes_out
    INTO report
    FROM (
        SELECT reported.id,
               CASE
                   WHEN k.is_outdated THEN 'outdated'
                   WHEN NOT k.is_new THEN 'repeated'
                   WHEN NOT k.is_plausible THEN 'implausible'
                   WHEN k.id IS NOT NULL THEN 'applied'
                   WHEN (
                       SELECT c.status
                       FROM vpn_connections c
                       WHERE c.id = reported.id
                         AND c.server_id = connection_heartbeat.server_id
                   ) IS NOT NULL THEN 'closed'
                   ELSE 'unknown'
               END AS outcome,
               k.username,
               k.usage_hour,
               k.pending_received,
               k.pending_sent,
               k.is_new AND k.is_finished AND (k.pending_received <> 0 OR k.pending_sent <> 0) AS is_rolled_up
        FROM reported
        LEFT JOIN classified k ON k.id = reported.id
        ORDER BY reported.id
    ) o;
    IF report.usernames IS NOT NULL THEN
        PERFORM usage_roll_up(
            server_id, report.usernames, report.hours, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]),
            report.bytes_in, report.bytes_out, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]), NULL
        );
    END IF;
    PERFORM server_heard(server_id);
    RETURN QUERY
    SELECT a.id, a.outcome
    FROM UNNEST(report.ids, report.outcomes) AS a (id, outcome);
END
$$;

-- Counts what a node reports of connections that were reaped while it could not report: as a heartbeat would have, and
-- once. The connection stays ended. Parameters as those of connection_heartbeat; ids that were not reaped are left out.
-- Returns for how many it counted something. Call it in a transaction of its own: a heartbeat holds locks of other
-- connections, and to wait with them for those of ended ones could be a deadlock.
-- Locks: the connections in id order, their rows of vpn_statistics, the roll-ups.
CREATE OR REPLACE FUNCTION connection_count_late(
    server_id TEXT, epoch BIGINT, ids BIGINT[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS INTEGER LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    counted RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_count_late.ids, connection_count_late.sequences, connection_count_late.bytes_received,
                    connection_count_late.bytes_sent)
            AS r (id, sequence, bytes_received, bytes_sent)
        WHERE r.id IS NOT NULL
          AND r.sequence IS NOT NULL
        ORDER BY r.id, r.sequence DESC, r.bytes_received DESC, r.bytes_sent DESC
    ),
    reaped AS (
        SELECT c.id,
               c.last_activity,
               counter_delta(COALESCE(c.bytes_received, 0), c.heartbeat_epoch, c.reported_received,
                             connection_count_late.epoch, reported.bytes_received) AS received,
               counter_delta(COALESCE(c.bytes_sent, 0), c.heartbeat_epoch, c.reported_sent,
                             connection_count_late.epoch, reported.bytes_sent)     AS sent,
               reported.sequence,
               reported.bytes_received                                             AS reported_received,
               reported.bytes_sent                                                 AS reported_sent
        FROM reported
        JOIN vpn_connections c ON c.id = reported.id
        WHERE c.server_id = connection_count_late.server_id
          AND c.status = 'disconnected'
          AND c.disconnect_reason = 'stale'
          AND COALESCE((connection_count_late.epoch, reported.sequence) > (c.heartbeat_epoch, c.heartbeat_sequence), TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    connection AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = connection_count_late.epoch,
            heartbeat_sequence = r.sequence,
            reported_received  = r.reported_received,
            reported_sent      = r.reported_sent,
            bytes_received     = COALESCE(c.bytes_received, 0) + r.received,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + r.sent
        FROM reaped r
        WHERE c.id = r.id
          AND c.server_id = connection_count_late.server_id
          AND report_is_plausible(r.received, r.sent, r.last_activity, CLOCK_TIMESTAMP())
        RETURNING c.id, c.username::TEXT AS username, r.received, r.sent
    ),
    statistics AS (
        UPDATE vpn_statistics v
        SET bytes_in  = COALESCE(v.bytes_in, 0) + n.received,
            bytes_out = COALESCE(v.bytes_out, 0) + n.sent
        FROM connection n
        WHERE v.server_id = connection_count_late.server_id
          AND v.connection_id = n.id
    )
    SELECT COUNT(*)::INTEGER                   AS connections,
           ARRAY_AGG(n.username ORDER BY n.id) AS usernames,
           ARRAY_AGG(n.received ORDER BY n.id) AS bytes_in,
           ARRAY_AGG(n.sent ORDER BY n.id)     AS bytes_out
    INTO counted
    FROM connection n
    WHERE (n.received > 0 OR n.sent > 0)
      AND account_exists(n.username);
    IF counted.connections > 0 THEN
        PERFORM usage_roll_up(
            server_id, counted.usernames,
            ARRAY_FILL(hour_of_usage(CLOCK_TIMESTAMP()), ARRAY[counted.connections]),
            ARRAY_FILL(0, ARRAY[counted.connections]), counted.bytes_in, counted.bytes_out,
            ARRAY_FILL(0, ARRAY[counted.connections]), NULL
        );
    END IF;
    RETURN counted.connections;
END
$$;

-- For programs that write vpn_statistics themselves: a row of a live connection is refused, any other is rolled up.
CREATE OR REPLACE FUNCTION roll_up_written_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live   BIGINT;
    server RECORD;
BEGIN
    SELECT c.id INTO live
    FROM added_statistics a
    CROSS JOIN LATERAL (
        SELECT id
        FROM vpn_connections
        WHERE id = a.connection_id
          AND server_id = a.server_id
          AND status IN ('connecting', 'connected')
        LIMIT 1
    ) c
    LIMIT 1;
    IF live IS NOT NULL THEN
        RAISE EXCEPTION 'connection % is live and can have no statistics yet', live
            USING ERRCODE = 'check_violation', CONSTRAINT = 'written_statistics_roll_up', TABLE = 'vpn_statistics',
                  HINT = 'Close the connection: that writes its row.';
    END IF;
    FOR server IN
        SELECT s.server_id::TEXT        AS name,
               ARRAY_AGG(s.username)    AS usernames,
               ARRAY_AGG(s.started_at)  AS started_at,
               ARRAY_AGG(s.hour)        AS session_hours,
               ARRAY_AGG(COALESCE(s.usage_hour, s.hour)) AS byte_hours,
               ARRAY_AGG(s.bytes_in)    AS bytes_in,
               ARRAY_AGG(s.bytes_out)   AS bytes_out,
               ARRAY_AGG(s.seconds)     AS seconds
        FROM (
            SELECT a.server_id,
                   a.username::TEXT                                              AS username,
                   a.started_at,
                   hour_of_usage(COALESCE(a.started_at, a.ended_at))             AS hour,
                   c.usage_hour,
                   COALESCE(a.bytes_in, 0) - COALESCE(c.rolled_up_received, 0)   AS bytes_in,
                   COALESCE(a.bytes_out, 0) - COALESCE(c.rolled_up_sent, 0)      AS bytes_out,
                   COALESCE(a.duration_seconds, 0)                               AS seconds
            FROM added_statistics a
            -- By its key, row by row, also if the plan was made for an empty table.
            LEFT JOIN LATERAL (
                SELECT w.usage_hour, w.rolled_up_received, w.rolled_up_sent
                FROM vpn_connections w
                WHERE w.id = a.connection_id
                  AND w.server_id = a.server_id
                LIMIT 1
            ) c ON TRUE
            WHERE COALESCE(a.session_type, 'vpn') = 'vpn'
        ) s
        GROUP BY s.server_id
        ORDER BY s.server_id
    LOOP
        PERFORM session_roll_up(server.name, server.usernames, server.started_at, server.session_hours,
                                server.byte_hours, server.bytes_in, server.bytes_out, server.seconds);
    END LOOP;
    RETURN NULL;
END
$$;

-- Opens a session for a usable account, and ends or refuses what exceeds the limit.
--   for_user, hash             the account, and the hash of the token or other secret that proves the session
--   lifetime_seconds           the session ends after this time; idle_seconds: sessions unused for longer are not counted
--   most_sessions              live sessions per user, at most; NULL means no limit
--   evicts                     at the limit: TRUE ends the least recently used sessions, FALSE refuses the new one
--   verified_password_hash     if not NULL, the account must still have this password hash
-- Returns one row. outcome:
--   created           session_id and session_ends_at are set; evicted is the number of sessions that were ended
--   unusable          no such account, or it is deactivated or expired
--   limit_reached     the user has most_sessions live sessions, and evicts is FALSE
--   password_changed  the account has another password hash
--   token_in_use      a session has this hash, or had it before its token was replaced; nothing has changed
-- Locks: the row in users (NO KEY UPDATE), then the sessions that end, in id order. The account is locked in one
-- statement and its sessions are counted in a later one, so that the limit holds under concurrent sign-ins. A created
-- session also writes the row in users, without a change of values: above READ COMMITTED, where the count is as old as
-- the transaction, a transaction that began before the other one's commit fails with 40001 and can be tried again.
CREATE OR REPLACE FUNCTION session_create(
    for_user BIGINT, hash TEXT, device TEXT, address INET, agent TEXT,
    lifetime_seconds DOUBLE PRECISION, idle_seconds DOUBLE PRECISION, most_sessions INTEGER, evicts BOOLEAN,
    verified_password_hash TEXT
) RETURNS TABLE (outcome TEXT, session_id BIGINT, session_ends_at TIMESTAMPTZ, evicted INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    account users;
    opened  TIMESTAMPTZ;
    live    BIGINT[];
BEGIN
    SELECT u.* INTO account FROM users u WHERE u.id = for_user FOR NO KEY UPDATE;
    -- After the last sign-out everywhere, even if the clock went back.
    opened := GREATEST(CLOCK_TIMESTAMP(), account.sessions_valid_after + INTERVAL '1 microsecond');
    evicted := 0;
    IF account.id IS NULL OR NOT account_is_usable(account.active, account.expires_at, opened) THEN
        outcome := 'unusable';
    ELSIF verified_password_hash IS NOT NULL AND verified_password_hash IS DISTINCT FROM account.password_hash THEN
        outcome := 'password_changed';
    ELSIF EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = hash) THEN
        outcome := 'token_in_use';
    ELSE
        -- The most recently used first: those after the limit end.
        live := ARRAY(
            SELECT s.id
            FROM user_sessions s
            WHERE s.user_id = for_user
              AND session_is_live(s, account.sessions_valid_after, idle_seconds)
            ORDER BY COALESCE(s.last_activity, s.created_at) DESC, s.id DESC
        );
        IF CARDINALITY(live) >= most_sessions AND (most_sessions = 0 OR NOT evicts) THEN
            outcome := 'limit_reached';
        ELSE
            INSERT INTO user_sessions
                (user_id, token_hash, device_info, ip_address, user_agent, created_at, last_activity, expires_at)
            VALUES
                (for_user, hash, device, address, agent, opened, opened, opened + MAKE_INTERVAL(secs => lifetime_seconds))
            ON CONFLICT (token_hash) DO NOTHING
            RETURNING id, expires_at INTO session_id, session_ends_at;
            IF NOT FOUND THEN
                outcome := 'token_in_use';
                RETURN NEXT;
                RETURN;
            END IF;
            PERFORM FROM user_sessions s
            WHERE s.id = ANY (live[most_sessions:])
            ORDER BY s.id
            FOR NO KEY UPDATE;
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'session_limit'
            WHERE s.id = ANY (live[most_sessions:])
              AND s.revoked = FALSE;
            GET DIAGNOSTICS evicted = ROW_COUNT;
            -- For transactions above READ COMMITTED: see "Locks" above.
            UPDATE users u SET sessions_valid_after = u.sessions_valid_after WHERE u.id = for_user;
            outcome := 'created';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

-- Replaces the token of a live session.
--   old_hash, new_hash   the hash that the caller sent, and the one that replaces it
--   idle_seconds         a session unused for longer is over
--   grace_seconds        how long a token that was just replaced counts as another request of the same client
-- Returns one row. outcome:
--   rotated       the session has new_hash; exactly one of several concurrent callers with one token gets this
--   concurrent    another caller replaced the token within grace_seconds
--   reused        the token was replaced before: the session is revoked, and audit_log has an entry
--                 session_token_reuse, because its owner and a thief can't be told apart
--   token_in_use  new_hash is old_hash, or a session has it, or had it before its token was replaced; nothing has changed
--   invalid       the token is unknown, or its session or account is over
-- session_id and user_id are set for rotated, concurrent and reused, session_ends_at for rotated.
-- Locks: the row in user_sessions.
CREATE OR REPLACE FUNCTION session_rotate_token(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id BIGINT, user_id BIGINT, session_ends_at TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    replaced session_token_history;
    current  user_sessions;
    violated TEXT;
BEGIN
    IF new_hash = old_hash OR EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = new_hash) THEN
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END IF;
    -- A block of its own: a hash that another session has would otherwise end the caller's transaction.
    BEGIN
        -- A caller that waited here for another rotation finds the hash changed and updates no row.
        UPDATE user_sessions s
        SET token_hash    = new_hash,
            generation    = s.generation + 1,
            last_activity = GREATEST(s.last_activity, CLOCK_TIMESTAMP())
        FROM users u
        WHERE s.token_hash = old_hash
          AND u.id = s.user_id
          AND session_is_live(s, u.sessions_valid_after, idle_seconds)
          AND account_is_usable(u.active, u.expires_at)
        RETURNING s.id, s.user_id, s.expires_at, s.generation
        INTO session_id, user_id, session_ends_at, current.generation;
    EXCEPTION WHEN unique_violation THEN
        GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        IF violated <> 'idx_sessions_token_hash' THEN
            RAISE;
        END IF;
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END;
    IF session_id IS NOT NULL THEN
        INSERT INTO session_token_history (token_hash, session_id, generation, replaced_at)
        VALUES (old_hash, session_rotate_token.session_id, current.generation - 1, CLOCK_TIMESTAMP());
        outcome := 'rotated';
        RETURN NEXT;
        RETURN;
    END IF;

    outcome := 'invalid';
    SELECT h.* INTO replaced FROM session_token_history h WHERE h.token_hash = old_hash;
    SELECT s.* INTO current FROM user_sessions s WHERE s.id = replaced.session_id FOR NO KEY UPDATE;
    PERFORM FROM users u
    WHERE u.id = current.user_id
      AND session_is_live(current, u.sessions_valid_after, idle_seconds)
      AND account_is_usable(u.active, u.expires_at);
    IF FOUND THEN
        IF replaced.generation = current.generation - 1
           AND replaced.replaced_at + MAKE_INTERVAL(secs => grace_seconds) > CLOCK_TIMESTAMP()
        THEN
            outcome := 'concurrent';
        ELSE
            outcome := 'reused';
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'token_reuse'
            WHERE s.id = current.id;
            INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id)
            SELECT CLOCK_TIMESTAMP(), 'session_token_reuse', u.username, FORMAT('session %s revoked', current.id), address,
                   COALESCE(u.server_id, 'unknown')
            FROM users u
            WHERE u.id = current.user_id;
        END IF;
        session_id := current.id;
        user_id := current.user_id;
    END IF;
    RETURN NEXT;
END
$$;

-- Ends every session of a user. The cut-off ends those, too, that are being opened at this moment and can't be seen yet.
CREATE OR REPLACE FUNCTION session_revoke_all(of_user BIGINT, reason TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    -- Locked first: an UPDATE that has to wait may have read the clock before.
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    UPDATE users u SET sessions_valid_after = GREATEST(CLOCK_TIMESTAMP(), u.sessions_valid_after) WHERE u.id = of_user;
    PERFORM FROM user_sessions s WHERE s.user_id = of_user AND s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE s.user_id = of_user
      AND s.revoked = FALSE;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;

-- Ends every session of a user except one. The account is locked first, so none is being opened meanwhile.
CREATE OR REPLACE FUNCTION session_revoke_others(of_user BIGINT, keep BIGINT, reason TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    PERFORM FROM user_sessions s
    WHERE s.user_id = of_user AND s.id <> keep AND s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE s.user_id = of_user
      AND s.id <> keep
      AND s.revoked = FALSE;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;

-- Records a new code for a phone number and a purpose, unless a limit refuses it. The number's earlier code for the purpose
-- is invalid from then on. A refusal charges no budget, and leaves no row of a number that never got a code.
--   mac, key_id                    the code's MAC, and the key that it was made with; the code itself never arrives here
--   lifetime_seconds               how long the code is valid; more than 600 counts as 600
--   cool_down_seconds              the shortest time between two codes for the number
--   most_an_hour, most_a_day       codes for the number within any 60 minutes and any 24 hours, for all purposes together
--   most_failures, closed_seconds  after this many wrong codes in a row, no code: the answer is closed_seconds
--   budgets, keys, limits, windows the shared budgets as parallel arrays, in the order of budget and key; all are charged
--                                  or none
-- Returns one row: code_ends_at if the code is recorded, otherwise retry_after_seconds and refused_by, the limit that makes
-- wait longest: closed (most_failures), lock, cool_down, hour, day, or the name of a budget. It is for the operator: a client
-- who knew it would learn about the number.
-- Locks: the row in otp_numbers, then the rows in otp_budgets in the order given.
CREATE OR REPLACE FUNCTION otp_send_code(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, most_an_hour INTEGER, most_a_day INTEGER,
    most_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], limits INTEGER[], windows DOUBLE PRECISION[]
) RETURNS TABLE (code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    challenge    otp_challenges;
    last_day     TIMESTAMPTZ[];
    last_hour    TIMESTAMPTZ[];
    available_at TIMESTAMPTZ;
    waits_for    RECORD;
    moment       TIMESTAMPTZ;
    attempt_id   BIGINT;
BEGIN
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        SELECT otp_within(n.sent_at, 86400) INTO last_day
        FROM otp_numbers n
        WHERE n.phone_number = number
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;

    IF challenge.failures >= most_failures THEN
        retry_after_seconds := closed_seconds;
        refused_by := 'closed';
        RETURN NEXT;
        RETURN;
    END IF;
    last_hour := otp_within(last_day, 3600);
    SELECT w.name, w.until
    INTO waits_for
    FROM (
        VALUES
            ('lock', challenge.locked_until),
            ('cool_down', last_day[CARDINALITY(last_day)] + MAKE_INTERVAL(secs => cool_down_seconds)),
            ('hour', CASE WHEN CARDINALITY(last_hour) >= most_an_hour THEN
                COALESCE(last_hour[CARDINALITY(last_hour) - most_an_hour + 1], CLOCK_TIMESTAMP()) + INTERVAL '1 hour'
            END),
            ('day', CASE WHEN CARDINALITY(last_day) >= most_a_day THEN
                COALESCE(last_day[CARDINALITY(last_day) - most_a_day + 1], CLOCK_TIMESTAMP()) + INTERVAL '24 hours'
            END)
    ) AS w (name, until)
    ORDER BY w.until DESC NULLS LAST
    LIMIT 1;
    available_at := waits_for.until;
    refused_by := waits_for.name;
    -- A number that must wait does not lock the shared budgets.
    IF available_at IS NULL OR available_at <= CLOCK_TIMESTAMP() THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            available_at := GREATEST(available_at, otp_budget_available_at(budgets[i], keys[i], limits[i], windows[i]));
            refused_by := budgets[i];
            EXIT WHEN available_at > CLOCK_TIMESTAMP();
        END LOOP;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        DELETE FROM otp_numbers n WHERE n.phone_number = number AND n.sent_at = '{}';
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

    refused_by := NULL;
    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        PERFORM otp_consume_budget(budgets[i], keys[i], windows[i]);
    END LOOP;
    code_ends_at := moment + MAKE_INTERVAL(secs => LEAST(lifetime_seconds, 600));
    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, attempt_count)
    VALUES
        (number, '******', 'send', for_purpose, address, moment, code_ends_at, FALSE, 0)
    RETURNING id INTO attempt_id;
    INSERT INTO otp_challenges
        (phone_number, purpose, code_mac, code_key_id, code_sent_at, code_expires_at, code_tries, code_attempt_id)
    VALUES
        (number, for_purpose, mac, key_id, moment, code_ends_at, 0, attempt_id)
    ON CONFLICT (phone_number, purpose) DO UPDATE
    SET code_mac        = EXCLUDED.code_mac,
        code_key_id     = EXCLUDED.code_key_id,
        code_sent_at    = EXCLUDED.code_sent_at,
        code_expires_at = EXCLUDED.code_expires_at,
        code_tries      = 0,
        code_attempt_id = EXCLUDED.code_attempt_id;
    UPDATE otp_numbers n
    SET sent_at     = last_day || moment,
        quiet_since = CASE WHEN n.quiet_since IS NOT NULL THEN moment END
    WHERE n.phone_number = number;
    RETURN NEXT;
END
$$;

DROP FUNCTION IF EXISTS connection_end(TEXT, INTEGER[], TEXT, TEXT, BOOLEAN, BIGINT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS connection_open(TEXT, TEXT, INET, BIGINT, INET, INET, TEXT, TEXT, TEXT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS connection_heartbeat(TEXT, BIGINT, INTEGER[], BIGINT[], BIGINT[], BIGINT[]);
DROP FUNCTION IF EXISTS connection_count_late(TEXT, BIGINT, INTEGER[], BIGINT[], BIGINT[], BIGINT[]);
DROP FUNCTION IF EXISTS session_create(
    INTEGER, TEXT, TEXT, INET, TEXT, DOUBLE PRECISION, DOUBLE PRECISION, INTEGER, BOOLEAN, TEXT
);
DROP FUNCTION IF EXISTS session_rotate(TEXT, TEXT, INET, DOUBLE PRECISION, DOUBLE PRECISION);
DROP FUNCTION IF EXISTS session_revoke_all(INTEGER, TEXT);
DROP FUNCTION IF EXISTS session_revoke_others(INTEGER, INTEGER, TEXT);

-- As V28 does.
DO $$
DECLARE
    path TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN (
              'connection_count_late', 'connection_end', 'connection_heartbeat', 'connection_open', 'otp_send_code',
              'roll_up_written_statistics', 'session_create', 'session_revoke_all', 'session_revoke_others', 'session_rotate_token'
          )
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS connection_end(TEXT, BIGINT[], TEXT, TEXT, BOOLEAN, BIGINT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS connection_open(TEXT, TEXT, INET, BIGINT, INET, INET, TEXT, TEXT, TEXT, BIGINT, BIGINT, INTEGER);
DROP FUNCTION IF EXISTS connection_heartbeat(TEXT, BIGINT, BIGINT[], BIGINT[], BIGINT[], BIGINT[]);
DROP FUNCTION IF EXISTS connection_count_late(TEXT, BIGINT, BIGINT[], BIGINT[], BIGINT[], BIGINT[]);
DROP FUNCTION IF EXISTS session_create(
    BIGINT, TEXT, TEXT, INET, TEXT, DOUBLE PRECISION, DOUBLE PRECISION, INTEGER, BOOLEAN, TEXT
);
DROP FUNCTION IF EXISTS session_rotate_token(TEXT, TEXT, INET, DOUBLE PRECISION, DOUBLE PRECISION);
DROP FUNCTION IF EXISTS session_revoke_all(BIGINT, TEXT);
DROP FUNCTION IF EXISTS session_revoke_others(BIGINT, BIGINT, TEXT);
CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids INTEGER[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT
) RETURNS TABLE (
    connection_id INTEGER, statistics_id INTEGER, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql
-- A custom plan for a short array is estimated too cheap: planning takes longer than the end itself.
SET plan_cache_mode = 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
    ended         RECORD;
    count_ended   INTEGER := 0;
    usernames     TEXT[] := '{}';
    started_at    TIMESTAMPTZ[] := '{}';
    session_hours TIMESTAMPTZ[] := '{}';
    byte_hours    TIMESTAMPTZ[] := '{}';
    bytes_in      BIGINT[] := '{}';
    bytes_out     BIGINT[] := '{}';
    seconds       INTEGER[] := '{}';
BEGIN
    PERFORM SET_CONFIG('barqnet.rolls_up', 'on', TRUE);
    FOR ended IN
    WITH live AS (
        SELECT c.id,
               c.status,
               c.connected_at,
               c.last_activity,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.heartbeat_epoch,
               c.reported_received,
               c.reported_sent
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end.ids)
          AND c.server_id = connection_end.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ),
    -- MATERIALIZED, so that report_is_plausible gets columns and is inlined.
    delta AS MATERIALIZED (
        SELECT live.id,
               live.status,
               live.last_activity,
               clock.at,
               CASE
                   WHEN connection_end.at_last_report THEN COALESCE(live.last_activity, live.connected_at, clock.at)
                   ELSE clock.at
               END AS ended_at,
               counter_delta(live.total_received, live.heartbeat_epoch, live.reported_received,
                             connection_end.epoch, connection_end.bytes_received) AS received,
               counter_delta(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                             connection_end.epoch, connection_end.bytes_sent)     AS sent
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    classified AS (
        SELECT delta.id,
               delta.status,
               delta.ended_at,
               delta.received,
               delta.sent,
               report_is_plausible(delta.received, delta.sent, delta.last_activity, delta.at) AS is_plausible
        FROM delta
    ),
    closed AS (
        UPDATE vpn_connections c
        SET status            = connection_end.status,
            disconnected_at   = k.ended_at,
            duration_seconds  = seconds_between(c.connected_at, k.ended_at),
            disconnect_reason = connection_end.reason,
            last_activity     = k.ended_at,
            bytes_received    = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent        = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_end.server_id
        RETURNING c.id, c.username, c.virtual_ip, COALESCE(c.connected_at, c.disconnected_at) AS started_at,
                  c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version, c.usage_hour,
                  c.bytes_received - c.rolled_up_received AS pending_received,
                  c.bytes_sent - c.rolled_up_sent         AS pending_sent,
                  c.status <> 'error' OR k.status = 'connected' OR c.bytes_received > 0 OR c.bytes_sent > 0 AS is_used
    )
    SELECT closed.id, closed.username, closed.virtual_ip, closed.started_at, closed.disconnected_at,
           closed.duration_seconds, closed.bytes_received, closed.bytes_sent, closed.app_version, closed.usage_hour,
           closed.pending_received, closed.pending_sent, closed.is_used
    FROM closed
    ORDER BY closed.id
    LOOP
        count_ended := count_ended + 1;
        statistics_id := NULL;
        IF ended.is_used AND account_exists(ended.username) THEN
            INSERT INTO vpn_statistics AS v
                (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
                 session_type, client_version)
            VALUES (ended.username, connection_end.server_id, ended.bytes_received, ended.bytes_sent,
                    ended.duration_seconds, ended.id, ended.started_at, ended.disconnected_at, 'vpn',
                    LEFT(ended.app_version, 50))
            RETURNING v.id INTO statistics_id;
            usernames     := ARRAY_APPEND(usernames, ended.username::TEXT);
            started_at    := ARRAY_APPEND(started_at, ended.started_at);
            session_hours := ARRAY_APPEND(session_hours, hour_of_usage(ended.started_at));
            byte_hours    := ARRAY_APPEND(byte_hours, COALESCE(ended.usage_hour, hour_of_usage(ended.started_at)));
            bytes_in      := ARRAY_APPEND(bytes_in, ended.pending_received);
            bytes_out     := ARRAY_APPEND(bytes_out, ended.pending_sent);
            seconds       := ARRAY_APPEND(seconds, ended.duration_seconds);
        END IF;
        connection_id := ended.id;
        username := ended.username;
        virtual_ip := ended.virtual_ip;
        duration_seconds := ended.duration_seconds;
        total_received := ended.bytes_received;
        total_sent := ended.bytes_sent;
        RETURN NEXT;
    END LOOP;
    PERFORM SET_CONFIG('barqnet.rolls_up', '', TRUE);
    IF count_ended > 0 THEN
        UPDATE server_status s
        SET live_connections = GREATEST(s.live_connections - count_ended, 0)
        WHERE s.server_id = connection_end.server_id;
    END IF;
    IF CARDINALITY(usernames) > 0 THEN
        PERFORM session_roll_up(connection_end.server_id, usernames, started_at, session_hours, byte_hours, bytes_in,
                                bytes_out, seconds);
    END IF;
END
$$;
CREATE OR REPLACE FUNCTION connection_open(
    server_id TEXT, username TEXT, virtual_ip INET, epoch BIGINT, client_ip INET, public_ip INET, device_name TEXT,
    device_type TEXT, app_version TEXT, live_of_user BIGINT, max_connections BIGINT
) RETURNS TABLE (connection_id INTEGER, superseded_id INTEGER, outdated BOOLEAN, live_on_server INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    holder RECORD;
    at     TIMESTAMPTZ;
BEGIN
    IF max_connections IS NOT NULL AND CURRENT_SETTING('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the limit of connections per user does not hold at isolation level %',
            CURRENT_SETTING('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Open connections in a transaction that begins with BEGIN ISOLATION LEVEL READ COMMITTED.';
    END IF;
    outdated := FALSE;
    IF connection_open.virtual_ip IS NOT NULL THEN
        SELECT c.id, c.username, c.heartbeat_epoch INTO holder
        FROM vpn_connections c
        WHERE c.server_id = connection_open.server_id
          AND c.virtual_ip = connection_open.virtual_ip
          AND c.status IN ('connecting', 'connected')
        FOR NO KEY UPDATE;
        IF FOUND THEN
            outdated := COALESCE(holder.heartbeat_epoch > connection_open.epoch, FALSE);
            IF NOT outdated THEN
                SELECT e.connection_id INTO superseded_id
                FROM connection_end(connection_open.server_id, ARRAY[holder.id], 'disconnected', 'superseded', FALSE,
                                    NULL, NULL, NULL) e;
                live_of_user := live_of_user - CASE WHEN holder.username = connection_open.username THEN 1 ELSE 0 END;
            END IF;
        END IF;
    END IF;
    IF NOT outdated AND COALESCE(live_of_user < max_connections, TRUE) THEN
        at := CLOCK_TIMESTAMP();
        INSERT INTO vpn_connections AS c
            (username, server_id, client_ip, virtual_ip, public_ip, connected_at, last_activity, usage_hour,
             heartbeat_epoch, heartbeat_sequence, device_name, device_type, app_version)
        VALUES (connection_open.username,
                connection_open.server_id,
                connection_open.client_ip,
                connection_open.virtual_ip,
                connection_open.public_ip,
                at,
                at,
                hour_of_usage(at),
                connection_open.epoch,
                -- Less than the sequence of any report of this epoch.
                CASE WHEN connection_open.epoch IS NULL THEN 0 ELSE '-9223372036854775808'::BIGINT END,
                connection_open.device_name,
                connection_open.device_type,
                connection_open.app_version)
        RETURNING c.id INTO connection_id;
        PERFORM server_heard(connection_open.server_id);
        INSERT INTO server_status AS s (server_id, live_connections)
        VALUES (connection_open.server_id, 1)
        ON CONFLICT (server_id) DO UPDATE
        SET live_connections = s.live_connections + 1
        RETURNING s.live_connections INTO live_on_server;
    END IF;
    RETURN NEXT;
END
$$;
CREATE OR REPLACE FUNCTION connection_heartbeat(
    server_id TEXT, epoch BIGINT, ids INTEGER[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS TABLE (connection_id INTEGER, outcome TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    report RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_heartbeat.ids, connection_heartbeat.sequences, connection_heartbeat.bytes_received,
                    connection_heartbeat.bytes_sent)
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
        WHERE c.server_id = connection_heartbeat.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    -- MATERIALIZED, so that report_is_plausible gets columns and is inlined.
    delta AS MATERIALIZED (
        SELECT live.id,
               live.username,
               live.last_activity,
               live.heartbeat_epoch,
               live.heartbeat_sequence,
               live.usage_hour,
               live.sequence,
               live.bytes_received,
               live.bytes_sent,
               live.total_received - live.rolled_up_received AS pending_received,
               live.total_sent - live.rolled_up_sent         AS pending_sent,
               counter_delta(live.total_received, live.heartbeat_epoch, live.reported_received,
                             connection_heartbeat.epoch, live.bytes_received) AS received,
               counter_delta(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                             connection_heartbeat.epoch, live.bytes_sent)     AS sent,
               clock.at,
               hour_of_usage(clock.at)                       AS hour
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    classified AS MATERIALIZED (
        SELECT d.id,
               d.username,
               d.usage_hour,
               d.sequence,
               d.bytes_received,
               d.bytes_sent,
               d.pending_received,
               d.pending_sent,
               d.received,
               d.sent,
               d.at,
               d.hour,
               COALESCE(connection_heartbeat.epoch < d.heartbeat_epoch, FALSE) AS is_outdated,
               COALESCE((connection_heartbeat.epoch, d.sequence) > (d.heartbeat_epoch, d.heartbeat_sequence), TRUE) AS is_new,
               d.sequence IS NOT NULL AND report_is_plausible(d.received, d.sent, d.last_activity, d.at) AS is_plausible,
               -- Earlier, or later if the clock went back. Usage of a user who does not exist is not rolled up.
               d.usage_hour <> d.hour AND account_exists(d.username) AS is_finished
        FROM delta d
    ),
    updated AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = CASE WHEN k.is_plausible THEN connection_heartbeat.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN k.sequence ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN k.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN k.bytes_sent ELSE c.reported_sent END,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            last_activity      = k.at,
            usage_hour         = k.hour,
            rolled_up_received = c.rolled_up_received + CASE WHEN k.is_finished THEN k.pending_received ELSE 0 END,
            rolled_up_sent     = c.rolled_up_sent + CASE WHEN k.is_finished THEN k.pending_sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_heartbeat.server_id
          AND k.is_new
    )
    SELECT ARRAY_AGG(o.id)                                            AS ids,
           ARRAY_AGG(o.outcome)                                       AS outcomes,
           ARRAY_AGG(o.username) FILTER (WHERE o.is_rolled_up)        AS usernames,
           ARRAY_AGG(o.usage_hour) FILTER (WHERE o.is_rolled_up)      AS hours,
           ARRAY_AGG(o.pending_received) FILTER (WHERE o.is_rolled_up) AS bytes_in,
           ARRAY_AGG(o.pending_sent) FILTER (WHERE o.is_rolled_up)    AS bytes_out
    INTO report
    FROM (
        SELECT reported.id,
               CASE
                   WHEN k.is_outdated THEN 'outdated'
                   WHEN NOT k.is_new THEN 'repeated'
                   WHEN NOT k.is_plausible THEN 'implausible'
                   WHEN k.id IS NOT NULL THEN 'applied'
                   WHEN (
                       SELECT c.status
                       FROM vpn_connections c
                       WHERE c.id = reported.id
                         AND c.server_id = connection_heartbeat.server_id
                   ) IS NOT NULL THEN 'closed'
                   ELSE 'unknown'
               END AS outcome,
               k.username,
               k.usage_hour,
               k.pending_received,
               k.pending_sent,
               k.is_new AND k.is_finished AND (k.pending_received <> 0 OR k.pending_sent <> 0) AS is_rolled_up
        FROM reported
        LEFT JOIN classified k ON k.id = reported.id
        ORDER BY reported.id
    ) o;
    IF report.usernames IS NOT NULL THEN
        PERFORM usage_roll_up(
            server_id, report.usernames, report.hours, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]),
            report.bytes_in, report.bytes_out, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]), NULL
        );
    END IF;
    PERFORM server_heard(server_id);
    RETURN QUERY
    SELECT a.id, a.outcome
    FROM UNNEST(report.ids, report.outcomes) AS a (id, outcome);
END
$$;
CREATE OR REPLACE FUNCTION connection_count_late(
    server_id TEXT, epoch BIGINT, ids INTEGER[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS INTEGER LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    counted RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_count_late.ids, connection_count_late.sequences, connection_count_late.bytes_received,
                    connection_count_late.bytes_sent)
            AS r (id, sequence, bytes_received, bytes_sent)
        WHERE r.id IS NOT NULL
          AND r.sequence IS NOT NULL
        ORDER BY r.id, r.sequence DESC, r.bytes_received DESC, r.bytes_sent DESC
    ),
    reaped AS (
        SELECT c.id,
               c.last_activity,
               counter_delta(COALESCE(c.bytes_received, 0), c.heartbeat_epoch, c.reported_received,
                             connection_count_late.epoch, reported.bytes_received) AS received,
               counter_delta(COALESCE(c.bytes_sent, 0), c.heartbeat_epoch, c.reported_sent,
                             connection_count_late.epoch, reported.bytes_sent)     AS sent,
               reported.sequence,
               reported.bytes_received                                             AS reported_received,
               reported.bytes_sent                                                 AS reported_sent
        FROM reported
        JOIN vpn_connections c ON c.id = reported.id
        WHERE c.server_id = connection_count_late.server_id
          AND c.status = 'disconnected'
          AND c.disconnect_reason = 'stale'
          AND COALESCE((connection_count_late.epoch, reported.sequence) > (c.heartbeat_epoch, c.heartbeat_sequence), TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    connection AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = connection_count_late.epoch,
            heartbeat_sequence = r.sequence,
            reported_received  = r.reported_received,
            reported_sent      = r.reported_sent,
            bytes_received     = COALESCE(c.bytes_received, 0) + r.received,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + r.sent
        FROM reaped r
        WHERE c.id = r.id
          AND c.server_id = connection_count_late.server_id
          AND report_is_plausible(r.received, r.sent, r.last_activity, CLOCK_TIMESTAMP())
        RETURNING c.id, c.username::TEXT AS username, r.received, r.sent
    ),
    statistics AS (
        UPDATE vpn_statistics v
        SET bytes_in  = COALESCE(v.bytes_in, 0) + n.received,
            bytes_out = COALESCE(v.bytes_out, 0) + n.sent
        FROM connection n
        WHERE v.server_id = connection_count_late.server_id
          AND v.connection_id = n.id
    )
    SELECT COUNT(*)::INTEGER                   AS connections,
           ARRAY_AGG(n.username ORDER BY n.id) AS usernames,
           ARRAY_AGG(n.received ORDER BY n.id) AS bytes_in,
           ARRAY_AGG(n.sent ORDER BY n.id)     AS bytes_out
    INTO counted
    FROM connection n
    WHERE (n.received > 0 OR n.sent > 0)
      AND account_exists(n.username);
    IF counted.connections > 0 THEN
        PERFORM usage_roll_up(
            server_id, counted.usernames,
            ARRAY_FILL(hour_of_usage(CLOCK_TIMESTAMP()), ARRAY[counted.connections]),
            ARRAY_FILL(0, ARRAY[counted.connections]), counted.bytes_in, counted.bytes_out,
            ARRAY_FILL(0, ARRAY[counted.connections]), NULL
        );
    END IF;
    RETURN counted.connections;
END
$$;
CREATE OR REPLACE FUNCTION roll_up_written_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live   INTEGER;
    server RECORD;
BEGIN
    SELECT c.id INTO live
    FROM added_statistics a
    CROSS JOIN LATERAL (
        SELECT id
        FROM vpn_connections
        WHERE id = a.connection_id
          AND server_id = a.server_id
          AND status IN ('connecting', 'connected')
        LIMIT 1
    ) c
    LIMIT 1;
    IF live IS NOT NULL THEN
        RAISE EXCEPTION 'connection % is live and can have no statistics yet', live
            USING ERRCODE = 'check_violation', CONSTRAINT = 'written_statistics_roll_up', TABLE = 'vpn_statistics',
                  HINT = 'Close the connection: that writes its row.';
    END IF;
    FOR server IN
        SELECT s.server_id::TEXT        AS name,
               ARRAY_AGG(s.username)    AS usernames,
               ARRAY_AGG(s.started_at)  AS started_at,
               ARRAY_AGG(s.hour)        AS session_hours,
               ARRAY_AGG(COALESCE(s.usage_hour, s.hour)) AS byte_hours,
               ARRAY_AGG(s.bytes_in)    AS bytes_in,
               ARRAY_AGG(s.bytes_out)   AS bytes_out,
               ARRAY_AGG(s.seconds)     AS seconds
        FROM (
            SELECT a.server_id,
                   a.username::TEXT                                              AS username,
                   a.started_at,
                   hour_of_usage(COALESCE(a.started_at, a.ended_at))             AS hour,
                   c.usage_hour,
                   COALESCE(a.bytes_in, 0) - COALESCE(c.rolled_up_received, 0)   AS bytes_in,
                   COALESCE(a.bytes_out, 0) - COALESCE(c.rolled_up_sent, 0)      AS bytes_out,
                   COALESCE(a.duration_seconds, 0)                               AS seconds
            FROM added_statistics a
            -- By its key, row by row, also if the plan was made for an empty table.
            LEFT JOIN LATERAL (
                SELECT w.usage_hour, w.rolled_up_received, w.rolled_up_sent
                FROM vpn_connections w
                WHERE w.id = a.connection_id
                  AND w.server_id = a.server_id
                LIMIT 1
            ) c ON TRUE
            WHERE COALESCE(a.session_type, 'vpn') = 'vpn'
        ) s
        GROUP BY s.server_id
        ORDER BY s.server_id
    LOOP
        PERFORM session_roll_up(server.name, server.usernames, server.started_at, server.session_hours,
                                server.byte_hours, server.bytes_in, server.bytes_out, server.seconds);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION session_create(
    for_user INTEGER, hash TEXT, device TEXT, address INET, agent TEXT,
    lifetime_seconds DOUBLE PRECISION, idle_seconds DOUBLE PRECISION, most_sessions INTEGER, evicts BOOLEAN,
    verified_password_hash TEXT
) RETURNS TABLE (outcome TEXT, session_id INTEGER, session_ends_at TIMESTAMPTZ, evicted INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    account users;
    opened  TIMESTAMPTZ;
    live    INTEGER[];
BEGIN
    SELECT u.* INTO account FROM users u WHERE u.id = for_user FOR NO KEY UPDATE;
    -- After the last sign-out everywhere, even if the clock went back.
    opened := GREATEST(CLOCK_TIMESTAMP(), account.sessions_valid_after + INTERVAL '1 microsecond');
    evicted := 0;
    IF account.id IS NULL OR NOT account_is_usable(account.active, account.expires_at, opened) THEN
        outcome := 'unusable';
    ELSIF verified_password_hash IS NOT NULL AND verified_password_hash IS DISTINCT FROM account.password_hash THEN
        outcome := 'password_changed';
    ELSIF EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = hash) THEN
        outcome := 'token_in_use';
    ELSE
        -- The most recently used first: those after the limit end.
        live := ARRAY(
            SELECT s.id
            FROM user_sessions s
            WHERE s.user_id = for_user
              AND session_is_live(s, account.sessions_valid_after, idle_seconds)
            ORDER BY COALESCE(s.last_activity, s.created_at) DESC, s.id DESC
        );
        IF CARDINALITY(live) >= most_sessions AND (most_sessions = 0 OR NOT evicts) THEN
            outcome := 'limit_reached';
        ELSE
            INSERT INTO user_sessions
                (user_id, token_hash, device_info, ip_address, user_agent, created_at, last_activity, expires_at)
            VALUES
                (for_user, hash, device, address, agent, opened, opened, opened + MAKE_INTERVAL(secs => lifetime_seconds))
            ON CONFLICT (token_hash) DO NOTHING
            RETURNING id, expires_at INTO session_id, session_ends_at;
            IF NOT FOUND THEN
                outcome := 'token_in_use';
                RETURN NEXT;
                RETURN;
            END IF;
            PERFORM FROM user_sessions s
            WHERE s.id = ANY (live[most_sessions:])
            ORDER BY s.id
            FOR NO KEY UPDATE;
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'session_limit'
            WHERE s.id = ANY (live[most_sessions:])
              AND s.revoked = FALSE;
            GET DIAGNOSTICS evicted = ROW_COUNT;
            -- For transactions above READ COMMITTED: see "Locks" above.
            UPDATE users u SET sessions_valid_after = u.sessions_valid_after WHERE u.id = for_user;
            outcome := 'created';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
CREATE OR REPLACE FUNCTION session_rotate(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id INTEGER, user_id INTEGER, session_ends_at TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    replaced session_token_history;
    current  user_sessions;
    violated TEXT;
BEGIN
    IF new_hash = old_hash OR EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = new_hash) THEN
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END IF;
    -- A block of its own: a hash that another session has would otherwise end the caller's transaction.
    BEGIN
        -- A caller that waited here for another rotation finds the hash changed and updates no row.
        UPDATE user_sessions s
        SET token_hash    = new_hash,
            generation    = s.generation + 1,
            last_activity = GREATEST(s.last_activity, CLOCK_TIMESTAMP())
        FROM users u
        WHERE s.token_hash = old_hash
          AND u.id = s.user_id
          AND session_is_live(s, u.sessions_valid_after, idle_seconds)
          AND account_is_usable(u.active, u.expires_at)
        RETURNING s.id, s.user_id, s.expires_at, s.generation
        INTO session_id, user_id, session_ends_at, current.generation;
    EXCEPTION WHEN unique_violation THEN
        GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        IF violated <> 'idx_sessions_token_hash' THEN
            RAISE;
        END IF;
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END;
    IF session_id IS NOT NULL THEN
        INSERT INTO session_token_history (token_hash, session_id, generation, replaced_at)
        VALUES (old_hash, session_rotate.session_id, current.generation - 1, CLOCK_TIMESTAMP());
        outcome := 'rotated';
        RETURN NEXT;
        RETURN;
    END IF;

    outcome := 'invalid';
    SELECT h.* INTO replaced FROM session_token_history h WHERE h.token_hash = old_hash;
    SELECT s.* INTO current FROM user_sessions s WHERE s.id = replaced.session_id FOR NO KEY UPDATE;
    PERFORM FROM users u
    WHERE u.id = current.user_id
      AND session_is_live(current, u.sessions_valid_after, idle_seconds)
      AND account_is_usable(u.active, u.expires_at);
    IF FOUND THEN
        IF replaced.generation = current.generation - 1
           AND replaced.replaced_at + MAKE_INTERVAL(secs => grace_seconds) > CLOCK_TIMESTAMP()
        THEN
            outcome := 'concurrent';
        ELSE
            outcome := 'reused';
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'token_reuse'
            WHERE s.id = current.id;
            INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id)
            SELECT CLOCK_TIMESTAMP(), 'session_token_reuse', u.username, FORMAT('session %s revoked', current.id), address,
                   COALESCE(u.server_id, 'unknown')
            FROM users u
            WHERE u.id = current.user_id;
        END IF;
        session_id := current.id;
        user_id := current.user_id;
    END IF;
    RETURN NEXT;
END
$$;
CREATE OR REPLACE FUNCTION session_revoke_all(of_user INTEGER, reason TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    -- Locked first: an UPDATE that has to wait may have read the clock before.
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    UPDATE users u SET sessions_valid_after = GREATEST(CLOCK_TIMESTAMP(), u.sessions_valid_after) WHERE u.id = of_user;
    PERFORM FROM user_sessions s WHERE s.user_id = of_user AND s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE s.user_id = of_user
      AND s.revoked = FALSE;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;
CREATE OR REPLACE FUNCTION session_revoke_others(of_user INTEGER, keep INTEGER, reason TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    PERFORM FROM user_sessions s
    WHERE s.user_id = of_user AND s.id <> keep AND s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE s.user_id = of_user
      AND s.id <> keep
      AND s.revoked = FALSE;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;
CREATE OR REPLACE FUNCTION otp_send_code(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, most_an_hour INTEGER, most_a_day INTEGER,
    most_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], limits INTEGER[], windows DOUBLE PRECISION[]
) RETURNS TABLE (code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    challenge    otp_challenges;
    last_day     TIMESTAMPTZ[];
    last_hour    TIMESTAMPTZ[];
    available_at TIMESTAMPTZ;
    waits_for    RECORD;
    moment       TIMESTAMPTZ;
    attempt_id   INTEGER;
BEGIN
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        SELECT otp_within(n.sent_at, 86400) INTO last_day
        FROM otp_numbers n
        WHERE n.phone_number = number
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;

    IF challenge.failures >= most_failures THEN
        retry_after_seconds := closed_seconds;
        refused_by := 'closed';
        RETURN NEXT;
        RETURN;
    END IF;
    last_hour := otp_within(last_day, 3600);
    SELECT w.name, w.until
    INTO waits_for
    FROM (
        VALUES
            ('lock', challenge.locked_until),
            ('cool_down', last_day[CARDINALITY(last_day)] + MAKE_INTERVAL(secs => cool_down_seconds)),
            ('hour', CASE WHEN CARDINALITY(last_hour) >= most_an_hour THEN
                COALESCE(last_hour[CARDINALITY(last_hour) - most_an_hour + 1], CLOCK_TIMESTAMP()) + INTERVAL '1 hour'
            END),
            ('day', CASE WHEN CARDINALITY(last_day) >= most_a_day THEN
                COALESCE(last_day[CARDINALITY(last_day) - most_a_day + 1], CLOCK_TIMESTAMP()) + INTERVAL '24 hours'
            END)
    ) AS w (name, until)
    ORDER BY w.until DESC NULLS LAST
    LIMIT 1;
    available_at := waits_for.until;
    refused_by := waits_for.name;
    -- A number that must wait does not lock the shared budgets.
    IF available_at IS NULL OR available_at <= CLOCK_TIMESTAMP() THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            available_at := GREATEST(available_at, otp_budget_available_at(budgets[i], keys[i], limits[i], windows[i]));
            refused_by := budgets[i];
            EXIT WHEN available_at > CLOCK_TIMESTAMP();
        END LOOP;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        DELETE FROM otp_numbers n WHERE n.phone_number = number AND n.sent_at = '{}';
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

    refused_by := NULL;
    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        PERFORM otp_consume_budget(budgets[i], keys[i], windows[i]);
    END LOOP;
    code_ends_at := moment + MAKE_INTERVAL(secs => LEAST(lifetime_seconds, 600));
    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, attempt_count)
    VALUES
        (number, '******', 'send', for_purpose, address, moment, code_ends_at, FALSE, 0)
    RETURNING id INTO attempt_id;
    INSERT INTO otp_challenges
        (phone_number, purpose, code_mac, code_key_id, code_sent_at, code_expires_at, code_tries, code_attempt_id)
    VALUES
        (number, for_purpose, mac, key_id, moment, code_ends_at, 0, attempt_id)
    ON CONFLICT (phone_number, purpose) DO UPDATE
    SET code_mac        = EXCLUDED.code_mac,
        code_key_id     = EXCLUDED.code_key_id,
        code_sent_at    = EXCLUDED.code_sent_at,
        code_expires_at = EXCLUDED.code_expires_at,
        code_tries      = 0,
        code_attempt_id = EXCLUDED.code_attempt_id;
    UPDATE otp_numbers n
    SET sent_at     = last_day || moment,
        quiet_since = CASE WHEN n.quiet_since IS NOT NULL THEN moment END
    WHERE n.phone_number = number;
    RETURN NEXT;
END
$$;
DO $$
DECLARE
    path TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN (
              'connection_count_late', 'connection_end', 'connection_heartbeat', 'connection_open', 'otp_send_code',
              'roll_up_written_statistics', 'session_create', 'session_revoke_all', 'session_revoke_others', 'session_rotate'
          )
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
