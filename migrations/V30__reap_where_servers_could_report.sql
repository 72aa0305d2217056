-- A connection is stale only where its server could have reported, and what a node reports of a reaped connection counts.
--
-- Why: after an outage of more than 5 minutes the reaper came before the nodes' first reports and ended everybody's
-- connection, and the bytes that the nodes had counted meanwhile were lost.
-- Locks: replaces functions only.

-- Records that a report or an opening of a server has arrived. An interruption of 3 minutes, or a clock that went back,
-- begins a new period: nodes report every 30 seconds.
-- Locks: the server's row of server_status, unless it was heard of in the last 10 seconds or another transaction holds it.
CREATE OR REPLACE FUNCTION server_heard(server_id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    at  TIMESTAMPTZ := CLOCK_TIMESTAMP();
    row RECORD;
BEGIN
    SELECT s.heard_at, s.heard_since INTO row FROM server_status s WHERE s.server_id = server_heard.server_id;
    IF NOT FOUND THEN
        INSERT INTO server_status (server_id, heard_at, heard_since)
        VALUES (server_heard.server_id, at, at)
        ON CONFLICT ON CONSTRAINT server_status_pkey DO NOTHING;
    ELSIF NOT COALESCE(row.heard_at BETWEEN at - INTERVAL '10 seconds' AND at, FALSE) THEN
        -- A wait here could be a deadlock, and the transaction that holds the row usually records the same.
        UPDATE server_status s
        SET heard_at    = at,
            heard_since = CASE
                              WHEN s.heard_at BETWEEN at - INTERVAL '3 minutes' AND at THEN s.heard_since
                              ELSE at
                          END
        WHERE s.server_id = (
            SELECT l.server_id
            FROM server_status l
            WHERE l.server_id = server_heard.server_id
            FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
END
$$;

-- A live connection of this server whose last report is older than the result is stale. It has been silent for
-- idle_seconds although reports could arrive for that long: of this server or, if it is silent altogether, of any. While
-- none can report, only what has been silent for a day is stale.
CREATE OR REPLACE FUNCTION stale_before(server_id TEXT, idle_seconds DOUBLE PRECISION) RETURNS TIMESTAMPTZ
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN COALESCE(
                        (
                            SELECT s.heard_since
                            FROM server_status s
                            WHERE s.server_id = stale_before.server_id
                              AND s.heard_at >= limits.idle
                        ),
                        (
                            SELECT MIN(s.heard_since)
                            FROM server_status s
                            WHERE s.heard_at >= STATEMENT_TIMESTAMP() - INTERVAL '3 minutes'
                        )
                    ) <= limits.idle THEN limits.idle
               ELSE LEAST(limits.idle, STATEMENT_TIMESTAMP() - INTERVAL '1 day')
           END
    FROM (SELECT STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => idle_seconds) AS idle) AS limits
$$;

-- Counts what a node reports of connections that were reaped while it could not report: as a heartbeat would have, and
-- once. The connection stays ended. Parameters as those of connection_heartbeat; ids that were not reaped are left out.
-- Returns for how many it counted something. Call it in a transaction of its own: a heartbeat holds locks of other
-- connections, and to wait with them for those of ended ones could be a deadlock.
-- Locks: the connections in id order, their rows of vpn_statistics, the roll-ups.
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

-- Opens a connection in state connecting, unless the user has max_connections live ones already (NULL: no limit). The
-- connection that holds the virtual address on this server is superseded either way, because the node has assigned
-- its address again. The caller has locked the user and counted the user's live connections, on all servers, as
-- live_of_user.
-- Returns one row:
--   connection_id   NULL: the user has as many as allowed, or the request is outdated
--   superseded_id   the connection that had the address, or NULL
--   outdated        a later start of the node has assigned the address: nothing has changed
--   live_on_server  the live connections of the server, this one included; NULL if none was opened
-- A live connection that got the address meanwhile is a unique violation: roll back and try again.
-- With max_connections it needs READ COMMITTED and refuses any other isolation level: live_of_user would be as old as the
-- transaction, and the limit would not hold.
-- Locks: the superseded connection and what its end locks, the new one, the server's row of server_status.
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
          AND proname IN ('server_heard', 'stale_before', 'connection_count_late', 'connection_heartbeat', 'connection_open')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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
    RETURN QUERY
    SELECT a.id, a.outcome
    FROM UNNEST(report.ids, report.outcomes) AS a (id, outcome);
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
          AND proname IN ('connection_heartbeat', 'connection_open')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP FUNCTION IF EXISTS connection_count_late(TEXT, BIGINT, INTEGER[], BIGINT[], BIGINT[], BIGINT[]);
DROP FUNCTION IF EXISTS stale_before(TEXT, DOUBLE PRECISION);
DROP FUNCTION IF EXISTS server_heard(TEXT);
*/
