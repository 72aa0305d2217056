-- What a user has used since a marked moment.
--
-- Why: the roll-ups know usage by the hour. These are sums of the roll-ups and of what live connections have counted since, in one statement, so that no byte is seen twice
-- or not at all.
-- Locks: creates functions only.

-- What a user has used over all time, as bytes received and sent.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION usage_so_far(of_user TEXT) RETURNS TABLE (bytes_in BIGINT, bytes_out BIGINT)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT COALESCE(SUM(s.bytes_in), 0)::BIGINT,
           COALESCE(SUM(s.bytes_out), 0)::BIGINT
    FROM (
        SELECT t.bytes_in, t.bytes_out
        FROM usage_totals t
        WHERE t.username = of_user
        UNION ALL
        SELECT COALESCE(c.bytes_received, 0) - c.rolled_up_received,
               COALESCE(c.bytes_sent, 0) - c.rolled_up_sent
        FROM vpn_connections c
        WHERE c.username = of_user
          AND c.status IN ('connecting', 'connected')
    ) s;
END
$$;

-- Marks a moment of a user, from which usage can be counted, and returns it: the one given, or now. A moment that is marked already
-- stays as it is. NULL: no such account.
-- Locks: the row of the account (KEY SHARE), the new row.
CREATE OR REPLACE FUNCTION usage_mark(account BIGINT, at TIMESTAMPTZ) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql AS $$
DECLARE
    moment TIMESTAMPTZ := COALESCE(at, CLOCK_TIMESTAMP());
BEGIN
    INSERT INTO usage_marks (user_id, marked_at, bytes_in, bytes_out)
    SELECT u.id, moment, s.bytes_in, s.bytes_out
    FROM users u
    CROSS JOIN LATERAL usage_so_far(u.username::TEXT) s
    WHERE u.id = account
    ON CONFLICT ON CONSTRAINT usage_marks_pkey DO NOTHING;
    RETURN CASE WHEN EXISTS (SELECT FROM usage_marks m WHERE m.user_id = account AND m.marked_at = moment) THEN moment END;
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
          AND proname IN ('usage_so_far', 'usage_mark')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS usage_mark(BIGINT, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS usage_so_far(TEXT);
*/
