-- reaped_counter and stale_before are PL/pgSQL.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. A function in
-- SQL can't pass its parameters to a distributed table; these are not inlined anyway.
-- Locks: creates functions only.

-- What a counter showed before its connection began, as bytes received and sent, or NULL if that is not known. The tunnel of a
-- connection that was reaped may go on: opened again for the same user and one of its
-- addresses, it has the same counter.
CREATE OR REPLACE FUNCTION reaped_counter(
    server_id TEXT, username TEXT, virtual_ip INET, virtual_ip6 INET, epoch BIGINT
) RETURNS BIGINT[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    reaped RECORD;
BEGIN
    SELECT c.disconnect_reason, c.heartbeat_epoch, c.reported_received, c.reported_sent INTO reaped
    FROM vpn_connections c
    WHERE c.server_id = reaped_counter.server_id
      AND c.username = reaped_counter.username
      AND (
          -- An IPv6 address that earlier programs wrote is in virtual_ip only.
          c.virtual_ip IN (reaped_counter.virtual_ip, reaped_counter.virtual_ip6)
          OR c.virtual_ip6 = reaped_counter.virtual_ip6
      )
    ORDER BY c.id DESC
    LIMIT 1;
    IF reaped.disconnect_reason = 'stale' AND reaped.heartbeat_epoch = reaped_counter.epoch THEN
        RETURN ARRAY[reaped.reported_received, reaped.reported_sent];
    END IF;
    RETURN NULL;
END
$$;

-- A live connection of this server whose last report is older than the result is stale. It has been silent for
-- idle_seconds although reports could arrive for that long: of this server or, if it is silent altogether, of any. While
-- none can report, only what has been silent for a day is stale.
CREATE OR REPLACE FUNCTION stale_before(server_id TEXT, idle_seconds DOUBLE PRECISION) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
#variable_conflict use_column
DECLARE
    idle        TIMESTAMPTZ := STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => idle_seconds);
    lately      TIMESTAMPTZ := STATEMENT_TIMESTAMP() - INTERVAL '3 minutes';
    heard_since TIMESTAMPTZ;
BEGIN
    SELECT s.heard_since INTO heard_since
    FROM server_status s
    WHERE s.server_id = stale_before.server_id
      AND s.heard_at >= idle;
    IF heard_since IS NULL THEN
        SELECT MIN(s.heard_since) INTO heard_since FROM server_status s WHERE s.heard_at >= lately;
    END IF;
    RETURN CASE
               WHEN heard_since <= idle THEN idle
               ELSE LEAST(idle, STATEMENT_TIMESTAMP() - INTERVAL '1 day')
           END;
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
          AND proname IN ('reaped_counter', 'stale_before')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- What a counter showed before its connection began, as bytes received and sent, or NULL if that is not known. The tunnel of a
-- connection that was reaped may go on: opened again for the same user and one of its
-- addresses, it has the same counter.
CREATE OR REPLACE FUNCTION reaped_counter(
    server_id TEXT, username TEXT, virtual_ip INET, virtual_ip6 INET, epoch BIGINT
) RETURNS BIGINT[]
LANGUAGE SQL STABLE
AS $$
    SELECT ARRAY[reaped.reported_received, reaped.reported_sent]
    FROM (
        SELECT c.disconnect_reason, c.heartbeat_epoch, c.reported_received, c.reported_sent
        FROM vpn_connections c
        WHERE c.server_id = reaped_counter.server_id
          AND c.username = reaped_counter.username
          AND (
              -- An IPv6 address that earlier programs wrote is in virtual_ip only.
              c.virtual_ip IN (reaped_counter.virtual_ip, reaped_counter.virtual_ip6)
              OR c.virtual_ip6 = reaped_counter.virtual_ip6
          )
        ORDER BY c.id DESC
        LIMIT 1
    ) reaped
    WHERE reaped.disconnect_reason = 'stale'
      AND reaped.heartbeat_epoch = reaped_counter.epoch
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
          AND proname IN ('reaped_counter', 'stale_before')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
