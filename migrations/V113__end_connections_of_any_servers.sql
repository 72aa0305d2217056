-- What ends many connections selects them in a statement of its own, before connection_end.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. There a function can't
-- be called for each row of a distributed table. Programs of the release before call connection_end themselves, as before.
-- Locks: creates functions only.

-- Ends those of the connections `ids` that are live, of any servers, and returns them with what they have counted. Parameters and
-- result as those of connection_end.
-- Locks: the connections in id order, then server by server, by name, as connection_end.
CREATE OR REPLACE FUNCTION connection_end_all(ids BIGINT[], reason TEXT, at_last_report BOOLEAN) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, server_id TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    server RECORD;
BEGIN
    IF COALESCE(CARDINALITY(ids), 0) = 0 THEN
        RETURN;
    END IF;
    PERFORM connection_lock(ids);
    FOR server IN
        SELECT c.server_id::TEXT AS name,
               ARRAY_AGG(c.id)   AS ids
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end_all.ids)
          AND c.status IN ('connecting', 'connected')
        GROUP BY c.server_id
        ORDER BY c.server_id
    LOOP
        RETURN QUERY
        SELECT e.connection_id, e.statistics_id, e.username, server.name, e.virtual_ip, e.duration_seconds, e.total_received,
               e.total_sent
        FROM connection_end(
            server.name, server.ids, 'disconnected', connection_end_all.reason, connection_end_all.at_last_report, NULL, NULL, NULL
        ) e;
    END LOOP;
END
$$;

-- Ends the live connections of a user, those of the devices `device_ids` or, if that is NULL, all of them.
-- Locks: as connection_end_all.
CREATE OR REPLACE FUNCTION connection_close_user(name TEXT, device_ids BIGINT[], reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, server_id TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = name
      AND c.status IN ('connecting', 'connected')
      AND (device_ids IS NULL OR c.device_id = ANY (device_ids));
    RETURN QUERY SELECT * FROM connection_end_all(live, connection_close_user.reason, FALSE);
END
$$;

-- Ends the live connections of a server; with `daemon`, only those of this daemon; with `epoch`, only those of earlier starts.
-- Locks: the rows in id order, then as connection_end.
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

-- Ends the live connection that holds a virtual address of a server.
-- Locks: the row, then as connection_end.
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

-- Ends up to `batch` stale live connections of a server (see stale_before), as of their last report, for the reason stale. Rows that
-- another transaction holds are skipped.
-- Locks: the rows in id order, then as connection_end.
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

-- Ends those of the connections `ids` of a server whose account has expired or whose plan has ended, as of the last report, and
-- returns them with the reason.
-- Locks: the rows in id order, then as connection_end.
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

-- The servers with live connections that are stale (see stale_before), by name.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION server_list_stale(idle_seconds DOUBLE PRECISION) RETURNS TABLE (server_id TEXT)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    server RECORD;
BEGIN
    FOR server IN
        SELECT c.server_id,
               MIN(COALESCE(c.last_activity, c.connected_at, '-infinity')) AS oldest
        FROM vpn_connections c
        WHERE c.status IN ('connecting', 'connected')
        GROUP BY c.server_id
        ORDER BY c.server_id
    LOOP
        IF server.oldest < stale_before(server.server_id::TEXT, idle_seconds) THEN
            server_id := server.server_id;
            RETURN NEXT;
        END IF;
    END LOOP;
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
          AND proname IN ('connection_end_all', 'connection_close_user', 'connection_close_server', 'connection_close_address', 'connection_reap', 'connection_end_expired', 'server_list_stale')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS server_list_stale(DOUBLE PRECISION);
DROP FUNCTION IF EXISTS connection_end_expired(TEXT, BIGINT[]);
DROP FUNCTION IF EXISTS connection_reap(TEXT, DOUBLE PRECISION, BIGINT);
DROP FUNCTION IF EXISTS connection_close_address(TEXT, INET, TEXT);
DROP FUNCTION IF EXISTS connection_close_server(TEXT, TEXT, BIGINT, TEXT);
DROP FUNCTION IF EXISTS connection_close_user(TEXT, BIGINT[], TEXT);
DROP FUNCTION IF EXISTS connection_end_all(BIGINT[], TEXT, BOOLEAN);
*/
