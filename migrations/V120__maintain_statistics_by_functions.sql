-- Scheduled maintenance of connections, statistics and usage is done by functions.
--
-- Why: a distributed database has other forms of them, which go server by server: see docs/distribution.md. Programs of the release
-- before send the same statements themselves.
-- Locks: creates functions only.

-- Moves up to `batch` ended statistics rows to the archive: see the statement archive_statistics.
-- Locks: the rows moved, and their users for the foreign key, without waiting.
CREATE OR REPLACE FUNCTION usage_archive(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH old AS (
        SELECT s.id
        FROM vpn_statistics s
        JOIN users u ON u.username = s.username
        WHERE s.started_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND s.ended_at IS NOT NULL
        ORDER BY s.started_at
        LIMIT batch
        FOR UPDATE OF s SKIP LOCKED
        FOR KEY SHARE OF u SKIP LOCKED
    ),
    moved AS (
        DELETE FROM vpn_statistics
        WHERE id = ANY (ARRAY(SELECT id FROM old))
        RETURNING id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
                  started_at, ended_at, session_type, client_version, protocol, encryption, report_key
    )
    INSERT INTO vpn_statistics_archive
        (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
         started_at, ended_at, session_type, client_version, protocol, encryption, report_key, archived_at)
    SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
           started_at, ended_at, session_type, client_version, protocol, encryption, report_key, CURRENT_TIMESTAMP
    FROM moved
    ORDER BY id;
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;

-- Deletes up to `batch` archived statistics rows: see the statement delete_old_archived_statistics.
-- Locks: the rows deleted.
CREATE OR REPLACE FUNCTION usage_delete_archived(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH expired AS (
        SELECT id
        FROM vpn_statistics_archive
        WHERE started_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
        ORDER BY started_at
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM vpn_statistics_archive
    WHERE id = ANY (ARRAY(SELECT id FROM expired));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;

-- Removes the addresses of up to `batch` ended connections: see the statement forget_connection_addresses.
-- Locks: the rows changed.
CREATE OR REPLACE FUNCTION connection_forget_addresses(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH ended AS (
        SELECT id
        FROM vpn_connections
        WHERE status IN ('disconnected', 'error')
          AND (client_ip IS NOT NULL OR public_ip IS NOT NULL)
          AND disconnected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
        ORDER BY disconnected_at
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE vpn_connections
    SET client_ip = NULL,
        public_ip = NULL
    WHERE id = ANY (ARRAY(SELECT id FROM ended));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;

-- Deletes up to `batch` ended connections: see the statement delete_old_connections.
-- Locks: the rows deleted and their rows of vpn_statistics.
CREATE OR REPLACE FUNCTION connection_delete_ended(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH ended AS (
        SELECT id
        FROM vpn_connections
        WHERE disconnected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND status IN ('disconnected', 'error')
        ORDER BY disconnected_at
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    ended_undated AS (
        SELECT id
        FROM vpn_connections
        WHERE disconnected_at IS NULL
          AND COALESCE(last_activity, connected_at, '-infinity')
              < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND status IN ('disconnected', 'error')
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM vpn_connections
    WHERE id = ANY (ARRAY(SELECT id FROM ended UNION ALL SELECT id FROM ended_undated LIMIT batch));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;

-- Rolls up to `batch` rows of usage_hourly up into usage_daily: see the statement roll_up_hours.
-- Locks: the rows of usage_hourly, then those of usage_daily, in key order.
CREATE OR REPLACE FUNCTION usage_roll_up_days(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH finished AS (
        SELECT server_id, username, hour
        FROM usage_hourly
        WHERE hour < DATE_TRUNC('day', CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds), 'UTC')
        ORDER BY hour
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        DELETE FROM usage_hourly h
        USING finished f
        WHERE h.server_id = f.server_id
          AND h.username = f.username
          AND h.hour = f.hour
        RETURNING h.server_id, h.username, h.hour, h.sessions, h.bytes_in, h.bytes_out, h.seconds
    ),
    daily AS (
        INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id,
               username,
               (hour AT TIME ZONE 'UTC')::DATE,
               SUM(sessions),
               SUM(bytes_in),
               SUM(bytes_out),
               SUM(seconds)
        FROM moved
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3
        ON CONFLICT (server_id, username, day) DO UPDATE
        SET sessions  = d.sessions + EXCLUDED.sessions,
            bytes_in  = d.bytes_in + EXCLUDED.bytes_in,
            bytes_out = d.bytes_out + EXCLUDED.bytes_out,
            seconds   = d.seconds + EXCLUDED.seconds
    )
    SELECT COUNT(*) INTO done
    FROM moved;
    RETURN done;
END
$$;

-- Adds up to `batch` rows of usage_daily to one row per user and server: see the statement fold_usage_days.
-- Locks: the rows of usage_daily, first the old ones, then those they are added to, in key order.
CREATE OR REPLACE FUNCTION usage_fold_days(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH old AS (
        SELECT server_id, username, day
        FROM usage_daily
        WHERE day < ((CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)) AT TIME ZONE 'UTC')::DATE
          AND day < DATE_TRUNC('month', CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::DATE
          AND day > '-infinity'
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        DELETE FROM usage_daily d
        USING old o
        WHERE d.server_id = o.server_id
          AND d.username = o.username
          AND d.day = o.day
        RETURNING d.server_id, d.username, d.sessions, d.bytes_in, d.bytes_out, d.seconds
    ),
    folded AS (
        INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id, username, '-infinity', SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
        FROM moved
        GROUP BY 1, 2
        ORDER BY 1, 2
        ON CONFLICT (server_id, username, day) DO UPDATE
        SET sessions  = d.sessions + EXCLUDED.sessions,
            bytes_in  = d.bytes_in + EXCLUDED.bytes_in,
            bytes_out = d.bytes_out + EXCLUDED.bytes_out,
            seconds   = d.seconds + EXCLUDED.seconds
    )
    SELECT COUNT(*) INTO done
    FROM moved;
    RETURN done;
END
$$;

-- Adds up to `batch` rows of usage_by_server to one row per server: see the statement fold_server_usage.
-- Locks: the rows of usage_by_server, first the old ones, then those they are added to, in key order.
CREATE OR REPLACE FUNCTION usage_fold_servers(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH old AS (
        SELECT server_id, hour
        FROM usage_by_server
        WHERE hour < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND hour > '-infinity'
        ORDER BY hour
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        DELETE FROM usage_by_server u
        USING old o
        WHERE u.server_id = o.server_id
          AND u.hour = o.hour
        RETURNING u.server_id, u.sessions, u.bytes_in, u.bytes_out, u.seconds
    ),
    folded AS (
        INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id, '-infinity', SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
        FROM moved
        GROUP BY 1
        ORDER BY 1
        ON CONFLICT (server_id, hour) DO UPDATE
        SET sessions  = u.sessions + EXCLUDED.sessions,
            bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out = u.bytes_out + EXCLUDED.bytes_out,
            seconds   = u.seconds + EXCLUDED.seconds
    )
    SELECT COUNT(*) INTO done
    FROM moved;
    RETURN done;
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
          AND proname IN ('usage_archive', 'usage_delete_archived', 'connection_forget_addresses', 'connection_delete_ended', 'usage_roll_up_days', 'usage_fold_days', 'usage_fold_servers')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS usage_fold_servers(DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS usage_fold_days(DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS usage_roll_up_days(DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS connection_delete_ended(DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS connection_forget_addresses(DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS usage_delete_archived(DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS usage_archive(DOUBLE PRECISION, BIGINT);
*/
