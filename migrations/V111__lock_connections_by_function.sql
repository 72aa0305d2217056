-- connection_lock locks connections of any number of servers.
--
-- Why: what locks rows of many servers stands once, because a distributed database has another form of it: see
-- docs/distribution.md.
-- Locks: creates a function only.

-- Locks those of the connections `ids` that are live.
-- Locks: the connections in id order.
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
          AND proname = 'connection_lock'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS connection_lock(BIGINT[]);
*/
