-- What ends connections locks their accounts first.
--
-- Why: an end locked the connection, and the account only with the statistics row, for its foreign key. A new name locks the account, and
-- then its connections: the server ended one of the two as a deadlock.
-- Locks: creates functions only.

-- Locks the accounts of the connections `ids`, live or ended, so that they keep their names until the transaction ends. It is one statement, so
-- that an account which gets another name meanwhile is awaited and then locked as well.
-- Locks: the accounts in id order (KEY SHARE).
CREATE OR REPLACE FUNCTION connection_lock_accounts(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1
    FROM vpn_connections c
    JOIN users u ON u.username = c.username
    -- Without a condition on the status: the index of live connections seems cheaper while there are few.
    WHERE c.id = ANY (ids)
    ORDER BY u.id
    FOR KEY SHARE OF u;
END
$$;

-- Locks the connections `ids`, live or ended.
-- Locks: as connection_lock_accounts, then the connections in id order.
CREATE OR REPLACE FUNCTION connection_lock(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM connection_lock_accounts(ids);
    PERFORM 1
    FROM vpn_connections c
    WHERE c.id = ANY (ids)
    ORDER BY c.id
    FOR NO KEY UPDATE;
END
$$;

-- Ends those of the connections `ids` of a server that are live, and returns them by id, with what they have counted.
--   status           disconnected or error, both final
--   at_last_report   TRUE: as of the last report, for a connection without recent ones; FALSE: as of now
--   epoch, bytes_received, bytes_sent
--                    the node's final report on the connection, or NULL; it counts if report_is_plausible
--   max_bits_per_second
--                    what a line carries; NULL: 100 Gbit/s
-- Each end leaves one row of vpn_statistics, added to the roll-ups, except where nothing was used (an error before the
-- connection was up, with no bytes) or the user does not exist: then statistics_id is NULL.
-- Locks: as connection_lock_accounts, the connections in id order, the server's row of server_status, the roll-ups.
CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids BIGINT[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT, max_bits_per_second BIGINT DEFAULT NULL
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
    PERFORM connection_lock_accounts(ids);
    PERFORM SET_CONFIG('barqnet.rolls_up', 'on', TRUE);
    FOR ended IN
    WITH live AS (
        SELECT c.id,
               c.status,
               c.connected_at,
               c.last_activity,
               COALESCE(c.counted_at, c.last_activity) AS counted_at,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.heartbeat_epoch,
               c.heartbeat_sequence,
               c.reported_received,
               c.reported_sent,
               c.refused_epoch,
               c.refused_sequence,
               c.refused_received,
               c.refused_sent
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end.ids)
          AND c.server_id = connection_end.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ),
    -- MATERIALIZED, so that counter_increase and report_is_plausible get columns and are inlined.
    based AS MATERIALIZED (
        SELECT live.id,
               live.status,
               live.counted_at,
               clock.at,
               CASE
                   WHEN connection_end.at_last_report THEN COALESCE(live.last_activity, live.connected_at, clock.at)
                   ELSE clock.at
               END AS ended_at,
               live.total_received,
               live.total_sent,
               known.received AS known_received,
               known.sent     AS known_sent,
               live.refused_received,
               live.refused_sent,
               report_base(live.heartbeat_epoch, live.heartbeat_sequence, known.received, known.sent, live.counted_at,
                           live.refused_epoch, live.refused_sequence, live.refused_received, live.refused_sent,
                           -- Later than any other report.
                           connection_end.epoch, 9223372036854775807, connection_end.bytes_received, connection_end.bytes_sent,
                           clock.at, connection_end.max_bits_per_second) AS base
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
        CROSS JOIN LATERAL (
            SELECT counter_known(live.heartbeat_epoch, live.total_received, live.reported_received) AS received,
                   counter_known(live.heartbeat_epoch, live.total_sent, live.reported_sent)         AS sent
        ) AS known
    ),
    delta AS MATERIALIZED (
        SELECT b.id,
               b.status,
               b.counted_at,
               b.at,
               b.ended_at,
               counter_increase(
                   b.base, b.total_received, b.known_received, b.refused_received, connection_end.bytes_received
               ) AS received,
               counter_increase(
                   b.base, b.total_sent, b.known_sent, b.refused_sent, connection_end.bytes_sent
               ) AS sent
        FROM based b
    ),
    classified AS (
        SELECT delta.id,
               delta.status,
               delta.ended_at,
               delta.received,
               delta.sent,
               report_is_plausible(delta.received, delta.sent, delta.counted_at, delta.at, connection_end.max_bits_per_second)
                   AS is_plausible
        FROM delta
    ),
    closed AS (
        UPDATE vpn_connections c
        SET status             = connection_end.status,
            disconnected_at    = k.ended_at,
            duration_seconds   = seconds_between(c.connected_at, k.ended_at),
            disconnect_reason  = LEFT(connection_end.reason, 255),
            last_activity      = k.ended_at,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            -- Later reports of the counter add nothing.
            heartbeat_epoch    = CASE WHEN k.is_plausible THEN connection_end.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN 9223372036854775807 ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN connection_end.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN connection_end.bytes_sent ELSE c.reported_sent END
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

-- Ends the live connections of a server; with `daemon`, only those of this daemon; with `epoch`, only those of earlier starts.
-- Locks: as connection_lock_accounts, the connections in id order, then as connection_end.
CREATE OR REPLACE FUNCTION connection_close_server(server_id TEXT, daemon TEXT, epoch BIGINT, reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.server_id = connection_close_server.server_id
      AND c.status IN ('connecting', 'connected')
      AND COALESCE(c.daemon = connection_close_server.daemon, connection_close_server.daemon IS NULL);
    PERFORM connection_lock_accounts(live);
    -- A later start can have reported some of them meanwhile.
    SELECT ARRAY_AGG(l.id) INTO live
    FROM (
        SELECT c.id
        FROM vpn_connections c
        WHERE c.id = ANY (live)
          AND c.server_id = connection_close_server.server_id
          AND c.status IN ('connecting', 'connected')
          AND COALESCE(c.heartbeat_epoch < connection_close_server.epoch, TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_close_server.server_id, live, 'disconnected', connection_close_server.reason, FALSE, NULL, NULL, NULL);
    END IF;
END
$$;

-- Ends the live connection that holds a virtual address of a server.
-- Locks: as connection_end.
CREATE OR REPLACE FUNCTION connection_close_address(server_id TEXT, address INET, reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    plain INET := plain_address(address);
    live  BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.server_id = connection_close_address.server_id
      AND (c.virtual_ip = plain OR c.virtual_ip6 = plain)
      AND c.status IN ('connecting', 'connected');
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_close_address.server_id, live, 'disconnected', connection_close_address.reason, FALSE, NULL, NULL, NULL);
    END IF;
END
$$;

-- Ends those of the connections `ids` of a server whose account has expired or whose plan has ended, as of the last report, and
-- returns them with the reason.
-- Locks: as connection_lock_accounts, the connections in id order, then as connection_end.
CREATE OR REPLACE FUNCTION connection_end_expired(server_id TEXT, ids BIGINT[])
RETURNS TABLE (connection_id BIGINT, reason TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live    RECORD;
    expired RECORD;
BEGIN
    PERFORM connection_lock_accounts(ids);
    SELECT ARRAY_AGG(l.id)             AS ids,
           ARRAY_AGG(l.username::TEXT) AS usernames
    INTO live
    FROM (
        SELECT c.id, c.username
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end_expired.ids)
          AND c.server_id = connection_end_expired.server_id
          AND c.status IN ('connecting', 'connected')
          AND c.account_expires_at <= CURRENT_TIMESTAMP
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    FOR expired IN
        SELECT r.reason,
               ARRAY_AGG(r.id) AS ids
        FROM (
            SELECT l.id,
                   CASE WHEN u.expires_at > CURRENT_TIMESTAMP OR u.expires_at IS NULL THEN 'plan_ended' ELSE 'account_expired' END AS reason
            FROM UNNEST(live.ids, live.usernames) AS l (id, username)
            JOIN users u ON u.username = l.username
        ) r
        GROUP BY r.reason
        ORDER BY r.reason
    LOOP
        RETURN QUERY
        SELECT e.connection_id, expired.reason
        FROM connection_end(connection_end_expired.server_id, expired.ids, 'disconnected', expired.reason, TRUE, NULL, NULL, NULL) e;
    END LOOP;
END
$$;

-- Ends up to `batch` stale live connections of a server (see stale_before), as of their last report, for the reason stale. Rows that
-- another transaction holds are skipped, and those of accounts that are getting another name.
-- Locks: the connections in id order and their accounts (KEY SHARE), both without waiting, then as connection_end.
CREATE OR REPLACE FUNCTION connection_reap(server_id TEXT, idle_seconds DOUBLE PRECISION, batch BIGINT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    stale_from TIMESTAMPTZ := stale_before(server_id, idle_seconds);
    stale      RECORD;
    locked     TEXT[];
    live       BIGINT[];
BEGIN
    SELECT ARRAY_AGG(l.id)             AS ids,
           ARRAY_AGG(l.username::TEXT) AS usernames
    INTO stale
    FROM (
        SELECT c.id, c.username
        FROM vpn_connections c
        WHERE c.server_id = connection_reap.server_id
          AND c.status IN ('connecting', 'connected')
          AND COALESCE(c.last_activity, c.connected_at, '-infinity') < stale_from
        -- By an expression, so that the index of live rows is read and not the whole table in id order.
        ORDER BY c.id + 0
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    ) l;
    -- With locked connections, to wait for an account that is getting another name could be a deadlock.
    locked := ARRAY(
        SELECT u.username::TEXT
        FROM users u
        WHERE u.username = ANY (stale.usernames)
        FOR KEY SHARE SKIP LOCKED
    );
    SELECT ARRAY_AGG(l.id) INTO live
    FROM UNNEST(stale.ids, stale.usernames) AS l (id, username)
    WHERE l.username = ANY (locked)
       OR NOT EXISTS (SELECT FROM users u WHERE u.username = l.username);
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_reap.server_id, live, 'disconnected', 'stale', TRUE, NULL, NULL, NULL);
    END IF;
END
$$;

-- As V28 does.
DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN ('connection_lock_accounts', 'connection_lock', 'connection_end', 'connection_close_server', 'connection_close_address', 'connection_end_expired', 'connection_reap')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
CREATE OR REPLACE FUNCTION connection_lock(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1
    FROM vpn_connections c
    WHERE c.id = ANY (ids)
      AND c.status IN ('connecting', 'connected')
    ORDER BY c.id
    FOR NO KEY UPDATE;
END
$$;

CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids BIGINT[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT, max_bits_per_second BIGINT DEFAULT NULL
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
               COALESCE(c.counted_at, c.last_activity) AS counted_at,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.heartbeat_epoch,
               c.heartbeat_sequence,
               c.reported_received,
               c.reported_sent,
               c.refused_epoch,
               c.refused_sequence,
               c.refused_received,
               c.refused_sent
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end.ids)
          AND c.server_id = connection_end.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ),
    -- MATERIALIZED, so that counter_increase and report_is_plausible get columns and are inlined.
    based AS MATERIALIZED (
        SELECT live.id,
               live.status,
               live.counted_at,
               clock.at,
               CASE
                   WHEN connection_end.at_last_report THEN COALESCE(live.last_activity, live.connected_at, clock.at)
                   ELSE clock.at
               END AS ended_at,
               live.total_received,
               live.total_sent,
               known.received AS known_received,
               known.sent     AS known_sent,
               live.refused_received,
               live.refused_sent,
               report_base(live.heartbeat_epoch, live.heartbeat_sequence, known.received, known.sent, live.counted_at,
                           live.refused_epoch, live.refused_sequence, live.refused_received, live.refused_sent,
                           -- Later than any other report.
                           connection_end.epoch, 9223372036854775807, connection_end.bytes_received, connection_end.bytes_sent,
                           clock.at, connection_end.max_bits_per_second) AS base
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
        CROSS JOIN LATERAL (
            SELECT counter_known(live.heartbeat_epoch, live.total_received, live.reported_received) AS received,
                   counter_known(live.heartbeat_epoch, live.total_sent, live.reported_sent)         AS sent
        ) AS known
    ),
    delta AS MATERIALIZED (
        SELECT b.id,
               b.status,
               b.counted_at,
               b.at,
               b.ended_at,
               counter_increase(
                   b.base, b.total_received, b.known_received, b.refused_received, connection_end.bytes_received
               ) AS received,
               counter_increase(
                   b.base, b.total_sent, b.known_sent, b.refused_sent, connection_end.bytes_sent
               ) AS sent
        FROM based b
    ),
    classified AS (
        SELECT delta.id,
               delta.status,
               delta.ended_at,
               delta.received,
               delta.sent,
               report_is_plausible(delta.received, delta.sent, delta.counted_at, delta.at, connection_end.max_bits_per_second)
                   AS is_plausible
        FROM delta
    ),
    closed AS (
        UPDATE vpn_connections c
        SET status             = connection_end.status,
            disconnected_at    = k.ended_at,
            duration_seconds   = seconds_between(c.connected_at, k.ended_at),
            disconnect_reason  = LEFT(connection_end.reason, 255),
            last_activity      = k.ended_at,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            -- Later reports of the counter add nothing.
            heartbeat_epoch    = CASE WHEN k.is_plausible THEN connection_end.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN 9223372036854775807 ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN connection_end.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN connection_end.bytes_sent ELSE c.reported_sent END
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

CREATE OR REPLACE FUNCTION connection_close_server(server_id TEXT, daemon TEXT, epoch BIGINT, reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live BIGINT[];
BEGIN
    SELECT ARRAY_AGG(l.id) INTO live
    FROM (
        SELECT c.id
        FROM vpn_connections c
        WHERE c.server_id = connection_close_server.server_id
          AND c.status IN ('connecting', 'connected')
          AND COALESCE(c.daemon = connection_close_server.daemon, connection_close_server.daemon IS NULL)
          AND COALESCE(c.heartbeat_epoch < connection_close_server.epoch, TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_close_server.server_id, live, 'disconnected', connection_close_server.reason, FALSE, NULL, NULL, NULL);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION connection_close_address(server_id TEXT, address INET, reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    plain INET := plain_address(address);
    live  BIGINT[];
BEGIN
    SELECT ARRAY_AGG(l.id) INTO live
    FROM (
        SELECT c.id
        FROM vpn_connections c
        WHERE c.server_id = connection_close_address.server_id
          AND (c.virtual_ip = plain OR c.virtual_ip6 = plain)
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_close_address.server_id, live, 'disconnected', connection_close_address.reason, FALSE, NULL, NULL, NULL);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION connection_end_expired(server_id TEXT, ids BIGINT[])
RETURNS TABLE (connection_id BIGINT, reason TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live    RECORD;
    expired RECORD;
BEGIN
    SELECT ARRAY_AGG(l.id)             AS ids,
           ARRAY_AGG(l.username::TEXT) AS usernames
    INTO live
    FROM (
        SELECT c.id, c.username
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end_expired.ids)
          AND c.server_id = connection_end_expired.server_id
          AND c.status IN ('connecting', 'connected')
          AND c.account_expires_at <= CURRENT_TIMESTAMP
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    FOR expired IN
        SELECT r.reason,
               ARRAY_AGG(r.id) AS ids
        FROM (
            SELECT l.id,
                   CASE WHEN u.expires_at > CURRENT_TIMESTAMP OR u.expires_at IS NULL THEN 'plan_ended' ELSE 'account_expired' END AS reason
            FROM UNNEST(live.ids, live.usernames) AS l (id, username)
            JOIN users u ON u.username = l.username
        ) r
        GROUP BY r.reason
        ORDER BY r.reason
    LOOP
        RETURN QUERY
        SELECT e.connection_id, expired.reason
        FROM connection_end(connection_end_expired.server_id, expired.ids, 'disconnected', expired.reason, TRUE, NULL, NULL, NULL) e;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION connection_reap(server_id TEXT, idle_seconds DOUBLE PRECISION, batch BIGINT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    stale_from TIMESTAMPTZ := stale_before(server_id, idle_seconds);
    live       BIGINT[];
BEGIN
    SELECT ARRAY_AGG(l.id) INTO live
    FROM (
        SELECT c.id
        FROM vpn_connections c
        WHERE c.server_id = connection_reap.server_id
          AND c.status IN ('connecting', 'connected')
          AND COALESCE(c.last_activity, c.connected_at, '-infinity') < stale_from
        -- By an expression, so that the index of live rows is read and not the whole table in id order.
        ORDER BY c.id + 0
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    ) l;
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_reap.server_id, live, 'disconnected', 'stale', TRUE, NULL, NULL, NULL);
    END IF;
END
$$;

DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN ('connection_lock', 'connection_end', 'connection_close_server', 'connection_close_address', 'connection_end_expired', 'connection_reap')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP FUNCTION IF EXISTS connection_lock_accounts(BIGINT[]);
*/
