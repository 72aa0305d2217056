-- The arrival of a report is recorded on the shard of its server only.
--
-- Why: Citus looks for the shard in the condition of the UPDATE itself. Without it there, each report later than 10 seconds after the one
-- before changed all shards, in a transaction over all workers, and failed while any of them was down.
-- Locks: creates a function only.

-- Records that a report or an opening of a server has arrived. An interruption of 3 minutes, or a clock that went back,
-- begins a new period: nodes report every 30 seconds.
-- Locks: the server's row of server_status, unless it was heard of in the last 10 seconds or another transaction holds it.
CREATE OR REPLACE FUNCTION server_heard(server_id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    at         TIMESTAMPTZ := CLOCK_TIMESTAMP();
    still_here TIMESTAMPTZ := at - INTERVAL '3 minutes';
    row        RECORD;
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
                              WHEN s.heard_at BETWEEN still_here AND at THEN s.heard_since
                              ELSE at
                          END
        WHERE s.server_id = server_heard.server_id
          AND s.server_id = (
              SELECT l.server_id
              FROM server_status l
              WHERE l.server_id = server_heard.server_id
              FOR NO KEY UPDATE SKIP LOCKED
          );
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
          AND proname = 'server_heard'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- Records that a report or an opening of a server has arrived. An interruption of 3 minutes, or a clock that went back,
-- begins a new period: nodes report every 30 seconds.
-- Locks: the server's row of server_status, unless it was heard of in the last 10 seconds or another transaction holds it.
CREATE OR REPLACE FUNCTION server_heard(server_id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    at         TIMESTAMPTZ := CLOCK_TIMESTAMP();
    still_here TIMESTAMPTZ := at - INTERVAL '3 minutes';
    row        RECORD;
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
                              WHEN s.heard_at BETWEEN still_here AND at THEN s.heard_since
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
          AND proname = 'server_heard'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
