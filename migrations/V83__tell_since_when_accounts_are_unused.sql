-- Tells since when nobody has used an account.
--
-- Why: an operator gives the number of a person who left to another one. A person who proves the number of an account that was unused
-- for long may be that other person.
-- Locks: nothing.

-- When an account was used last: by a sign-in, a session, a device or a connection; NULL if never. Connections that are deleted count by
-- the hours, later the days, of their usage, so that the answer can be up to an hour, later a day, too late.
CREATE OR REPLACE FUNCTION account_unused_since(of_user BIGINT) RETURNS TIMESTAMPTZ
LANGUAGE SQL STABLE
AS $$
    SELECT GREATEST(
        u.last_login, u.last_access,
        (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = u.id),
        (SELECT MAX(d.last_seen) FROM user_devices d WHERE d.user_id = u.id),
        (SELECT GREATEST(c.last_activity, c.connected_at)
         FROM vpn_connections c
         WHERE c.username = u.username
         ORDER BY c.id DESC
         LIMIT 1),
        (SELECT MAX(h.hour) + INTERVAL '1 hour' FROM usage_hourly h WHERE h.username = u.username),
        (SELECT (MAX(d.day) + 1)::TIMESTAMP AT TIME ZONE 'UTC' FROM usage_daily d WHERE d.username = u.username)
    )
    FROM users u
    WHERE u.id = of_user
$$;

-- CREATE OR REPLACE removes the search_path that V28 gave to functions.
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
          AND proname IN ('account_unused_since')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS account_unused_since(BIGINT);
*/
