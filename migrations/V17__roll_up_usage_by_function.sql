-- Usage is added to the roll-ups by one function, which a connection's end and a heartbeat call themselves.
--
-- Why: the three upserts were written twice, in the heartbeat and in a trigger that ran for every end. Now
-- usage_roll_up contains them, for one server, so that a call can run where that server's rows are. A statement-level
-- trigger remains for programs that write vpn_statistics themselves: it does nothing where a function adds the row
-- itself, which the function announces by the setting barqnet.rolls_up until it returns.
-- Locks: ACCESS EXCLUSIVE on vpn_statistics for an instant, to replace its trigger.

-- Adds usage of one server to usage_hourly, usage_totals and usage_by_server. The arrays are parallel: per element a
-- user, the hour in which the usage counts, what to add, and the start of the newest session or NULL.
-- Locks: the rows of the three tables, one table after the other, each in key order, so that callers don't deadlock.
CREATE OR REPLACE FUNCTION usage_roll_up(
    server_id TEXT, usernames TEXT[], hours TIMESTAMPTZ[], sessions INTEGER[], bytes_in BIGINT[], bytes_out BIGINT[],
    seconds INTEGER[], last_sessions_at TIMESTAMPTZ[]
) RETURNS VOID LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO usage_hourly AS u (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT usage_roll_up.server_id, m.username, m.hour, SUM(m.sessions), SUM(m.bytes_in), SUM(m.bytes_out), SUM(m.seconds)
    FROM UNNEST(usernames, hours, usage_roll_up.sessions, usage_roll_up.bytes_in, usage_roll_up.bytes_out,
                usage_roll_up.seconds)
        AS m (username, hour, sessions, bytes_in, bytes_out, seconds)
    GROUP BY m.username, m.hour
    ORDER BY m.username, m.hour
    ON CONFLICT (server_id, username, hour) DO UPDATE
    SET sessions  = u.sessions + EXCLUDED.sessions,
        bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out,
        seconds   = u.seconds + EXCLUDED.seconds;

    INSERT INTO usage_totals AS u (server_id, username, sessions, bytes_in, bytes_out, seconds, last_session_at)
    SELECT usage_roll_up.server_id, m.username, SUM(m.sessions), SUM(m.bytes_in), SUM(m.bytes_out), SUM(m.seconds),
           MAX(m.last_session_at)
    FROM UNNEST(usernames, usage_roll_up.sessions, usage_roll_up.bytes_in, usage_roll_up.bytes_out,
                usage_roll_up.seconds, last_sessions_at)
        AS m (username, sessions, bytes_in, bytes_out, seconds, last_session_at)
    GROUP BY m.username
    ORDER BY m.username
    ON CONFLICT (server_id, username) DO UPDATE
    SET sessions        = u.sessions + EXCLUDED.sessions,
        bytes_in        = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out       = u.bytes_out + EXCLUDED.bytes_out,
        seconds         = u.seconds + EXCLUDED.seconds,
        last_session_at = GREATEST(u.last_session_at, EXCLUDED.last_session_at);

    INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT usage_roll_up.server_id, m.hour, SUM(m.sessions), SUM(m.bytes_in), SUM(m.bytes_out), SUM(m.seconds)
    FROM UNNEST(hours, usage_roll_up.sessions, usage_roll_up.bytes_in, usage_roll_up.bytes_out, usage_roll_up.seconds)
        AS m (hour, sessions, bytes_in, bytes_out, seconds)
    GROUP BY m.hour
    ORDER BY m.hour
    ON CONFLICT (server_id, hour) DO UPDATE
    SET sessions  = u.sessions + EXCLUDED.sessions,
        bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out,
        seconds   = u.seconds + EXCLUDED.seconds;
END
$$;

-- Adds ended sessions of one server to the roll-ups, from arrays as in usage_roll_up: a session and its seconds count in
-- its session hour, in which it began; its bytes, less what heartbeats have rolled up, in its byte hour, that of its
-- last report. It reads no table.
-- Locks: as usage_roll_up.
CREATE OR REPLACE FUNCTION session_roll_up(
    server_id TEXT, usernames TEXT[], started_at TIMESTAMPTZ[], session_hours TIMESTAMPTZ[], byte_hours TIMESTAMPTZ[],
    bytes_in BIGINT[], bytes_out BIGINT[], seconds INTEGER[]
) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    zeros    INTEGER[] := ARRAY_FILL(0, ARRAY[CARDINALITY(usernames)]);
    no_bytes BIGINT[]  := zeros;
BEGIN
    PERFORM usage_roll_up(
        server_id,
        usernames || usernames,
        session_hours || byte_hours,
        ARRAY_FILL(1, ARRAY[CARDINALITY(usernames)]) || zeros,
        no_bytes || bytes_in,
        no_bytes || bytes_out,
        seconds || zeros,
        -- Shorter: of the bytes it is NULL.
        started_at
    );
END
$$;

-- For programs that write vpn_statistics themselves: a row of a live connection is refused, any other is rolled up.
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
DROP TRIGGER IF EXISTS statistics_roll_up ON vpn_statistics;
DROP FUNCTION IF EXISTS roll_up_statistics();
DROP TRIGGER IF EXISTS written_statistics_roll_up ON vpn_statistics;
CREATE TRIGGER written_statistics_roll_up
    AFTER INSERT ON vpn_statistics
    REFERENCING NEW TABLE AS added_statistics
    FOR EACH STATEMENT
    WHEN (CURRENT_SETTING('barqnet.rolls_up', TRUE) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION roll_up_written_statistics();

/* rollback
DROP TRIGGER IF EXISTS written_statistics_roll_up ON vpn_statistics;
DROP FUNCTION IF EXISTS roll_up_written_statistics();
DROP FUNCTION IF EXISTS session_roll_up(
    TEXT, TEXT[], TIMESTAMPTZ[], TIMESTAMPTZ[], TIMESTAMPTZ[], BIGINT[], BIGINT[], INTEGER[]
);
DROP FUNCTION IF EXISTS usage_roll_up(
    TEXT, TEXT[], TIMESTAMPTZ[], INTEGER[], BIGINT[], BIGINT[], INTEGER[], TIMESTAMPTZ[]
);
CREATE OR REPLACE FUNCTION roll_up_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live INTEGER;
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
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statistics_roll_up', TABLE = 'vpn_statistics',
                  HINT = 'Close the connection: that writes its row.';
    END IF;

    WITH added AS (
        SELECT a.server_id,
               a.username,
               a.started_at,
               hour_of_usage(COALESCE(a.started_at, a.ended_at))             AS hour,
               c.usage_hour,
               COALESCE(a.bytes_in, 0) - COALESCE(c.rolled_up_received, 0)                          AS bytes_in,
               COALESCE(a.bytes_out, 0) - COALESCE(c.rolled_up_sent, 0)                             AS bytes_out,
               COALESCE(a.duration_seconds, 0)                                                      AS seconds
        FROM added_statistics a
        LEFT JOIN LATERAL (
            SELECT usage_hour, rolled_up_received, rolled_up_sent
            FROM vpn_connections
            WHERE id = a.connection_id
              AND server_id = a.server_id
            LIMIT 1
        ) c ON TRUE
        WHERE COALESCE(a.session_type, 'vpn') = 'vpn'
    ),
    moved AS (
        SELECT server_id, username, hour, 1 AS sessions, 0 AS bytes_in, 0 AS bytes_out, seconds
        FROM added
        UNION ALL
        SELECT server_id, username, COALESCE(usage_hour, hour), 0, bytes_in, bytes_out, 0
        FROM added
    ),
    -- One after the other, each begun when the one before it is done.
    hourly AS (
        INSERT INTO usage_hourly AS u (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id, username, hour, SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
        FROM moved
        GROUP BY server_id, username, hour
        ORDER BY server_id, username, hour
        ON CONFLICT (server_id, username, hour) DO UPDATE
        SET sessions  = u.sessions + EXCLUDED.sessions,
            bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out = u.bytes_out + EXCLUDED.bytes_out,
            seconds   = u.seconds + EXCLUDED.seconds
        RETURNING u.hour
    ),
    totals AS (
        INSERT INTO usage_totals AS u (server_id, username, sessions, bytes_in, bytes_out, seconds, last_session_at)
        SELECT server_id, username, COUNT(*), SUM(bytes_in), SUM(bytes_out), SUM(seconds), MAX(started_at)
        FROM added
        WHERE (SELECT COUNT(*) FROM hourly) > 0
        GROUP BY server_id, username
        ORDER BY server_id, username
        ON CONFLICT (server_id, username) DO UPDATE
        SET sessions        = u.sessions + EXCLUDED.sessions,
            bytes_in        = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out       = u.bytes_out + EXCLUDED.bytes_out,
            seconds         = u.seconds + EXCLUDED.seconds,
            last_session_at = GREATEST(u.last_session_at, EXCLUDED.last_session_at)
        RETURNING u.username
    )
    INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT server_id, hour, SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
    FROM moved
    WHERE (SELECT COUNT(*) FROM totals) > 0
    GROUP BY server_id, hour
    ORDER BY server_id, hour
    ON CONFLICT (server_id, hour) DO UPDATE
    SET sessions  = u.sessions + EXCLUDED.sessions,
        bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out,
        seconds   = u.seconds + EXCLUDED.seconds;
    RETURN NULL;
END
$$;
CREATE TRIGGER statistics_roll_up
    AFTER INSERT ON vpn_statistics
    REFERENCING NEW TABLE AS added_statistics
    FOR EACH STATEMENT
    EXECUTE FUNCTION roll_up_statistics();
*/
