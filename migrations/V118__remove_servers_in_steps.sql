-- A server is removed, and its health recorded, in one statement per table.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. Programs of the
-- release before send their own statement, as before.
-- Locks: creates functions only.

-- Removes a server without accounts and live connections, and returns whether it did.
-- Locks: the row.
CREATE OR REPLACE FUNCTION server_remove(server_id TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    live BIGINT;
BEGIN
    SELECT c.id INTO live
    FROM vpn_connections c
    WHERE c.server_id = server_remove.server_id
      AND c.status IN ('connecting', 'connected')
    LIMIT 1;
    DELETE FROM servers s
    WHERE s.name = server_remove.server_id
      AND live IS NULL
      AND NOT EXISTS (SELECT 1 FROM users u WHERE u.server_id = s.name);
    RETURN FOUND;
END
$$;

-- Records a health report and returns the id of its row in server_health: see the statement report_health.
-- Locks: the server's row of server_status, the inserted row.
CREATE OR REPLACE FUNCTION server_report_health(
    server_id TEXT, status TEXT, response_time_ms INTEGER, error_message TEXT, measured_at TIMESTAMPTZ
) RETURNS BIGINT LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    at       TIMESTAMPTZ;
    measured TIMESTAMPTZ;
    recent   TIMESTAMPTZ;
    added    BIGINT;
BEGIN
    -- The clock is read when no other report can arrive before this one.
    PERFORM 1 FROM server_status s WHERE s.server_id = server_report_health.server_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO server_status (server_id)
        VALUES (server_report_health.server_id)
        ON CONFLICT ON CONSTRAINT server_status_pkey DO NOTHING;
        PERFORM 1 FROM server_status s WHERE s.server_id = server_report_health.server_id FOR NO KEY UPDATE;
    END IF;
    at := CLOCK_TIMESTAMP();
    measured := LEAST(server_report_health.measured_at, at);
    recent := at - INTERVAL '30 seconds';
    UPDATE server_status known
    SET status           = server_report_health.status,
        reported_at      = at,
        measured_at      = measured,
        response_time_ms = server_report_health.response_time_ms,
        error_message    = server_report_health.error_message
    WHERE known.server_id = server_report_health.server_id
      -- What is in the future is of a clock that has gone back, and says nothing about which report is newer.
      AND COALESCE(known.measured_at <= measured
                   OR known.measured_at > at
                   OR known.reported_at NOT BETWEEN recent AND at, TRUE);
    INSERT INTO server_health AS h (server_id, status, last_check, response_time_ms, error_message)
    VALUES (server_report_health.server_id, server_report_health.status, measured, server_report_health.response_time_ms,
            server_report_health.error_message)
    RETURNING h.id INTO added;
    RETURN added;
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
          AND proname IN ('server_remove', 'server_report_health')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS server_report_health(TEXT, TEXT, INTEGER, TEXT, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS server_remove(TEXT);
*/
