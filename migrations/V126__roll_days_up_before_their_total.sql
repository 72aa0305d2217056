-- Hours are added to days before they are added to the total of long ago.
--
-- Why: usage_fold_days and a new name lock days before their total. Hours of an unknown time are added to the total, in the order of keys before those
-- of a day: the server ended one of two runs of the maintenance as a deadlock.
-- Locks: creates a function only.

-- Rolls up to `batch` rows of usage_hourly up into usage_daily: see the statement roll_up_hours.
-- Locks: the rows of usage_hourly, then those of usage_daily: first days, then totals of long ago, both in key order.
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
        ORDER BY (hour AT TIME ZONE 'UTC')::DATE = '-infinity', 1, 2, 3
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

-- As V28 does.
DO $$
DECLARE
    path TEXT;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    EXECUTE FORMAT('ALTER FUNCTION usage_roll_up_days(DOUBLE PRECISION, BIGINT) SET search_path = %s', path);
END
$$;

/* rollback
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

DO $$
DECLARE
    path TEXT;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    EXECUTE FORMAT('ALTER FUNCTION usage_roll_up_days(DOUBLE PRECISION, BIGINT) SET search_path = %s', path);
END
$$;
*/
