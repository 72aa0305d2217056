-- Ends of all connections of a user, and changes of their expiry, lock first and change then.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md.
-- Locks: creates functions only.

-- Ends the live connections of some users, all of them or those on one server, each with its statistics.
-- Locks: the connections in id order, then server by server, by name, as connection_end.
CREATE OR REPLACE FUNCTION connection_end_of_users(usernames TEXT[], on_server TEXT, reason TEXT, at_last_report BOOLEAN)
RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    live  BIGINT[];
    ended INTEGER;
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = ANY (usernames)
      AND c.status IN ('connecting', 'connected')
      AND (on_server IS NULL OR c.server_id = on_server);
    SELECT COUNT(*) INTO ended
    FROM connection_end_all(live, connection_end_of_users.reason, connection_end_of_users.at_last_report);
    RETURN ended;
END
$$;

-- An account that was deactivated loses its sessions and connections, one that was moved its connections on the server that it
-- had. Reactivation ends the sessions that are left. A new expiry reaches the live connections.
-- Locks: the account's row is locked; its sessions, then its connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION end_what_account_had() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live    BIGINT[];
    ends_at TIMESTAMPTZ;
BEGIN
    IF NEW.active IS FALSE AND OLD.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], NULL, 'account_deactivated', FALSE);
    ELSIF NEW.server_id IS DISTINCT FROM OLD.server_id AND OLD.server_id IS NOT NULL THEN
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], OLD.server_id::TEXT, 'account_moved', FALSE);
    END IF;
    IF OLD.active IS FALSE AND NEW.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
    END IF;
    IF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        SELECT ARRAY_AGG(c.id) INTO live
        FROM vpn_connections c
        WHERE c.username = NEW.username
          AND c.status IN ('connecting', 'connected');
        IF live IS NOT NULL THEN
            SELECT a.ends_at INTO ends_at FROM user_plans a WHERE a.user_id = NEW.id AND a.replaced_at IS NULL;
            ends_at := LEAST(NEW.expires_at, ends_at);
            PERFORM connection_lock(live);
            UPDATE vpn_connections c SET account_expires_at = ends_at WHERE c.id = ANY (live);
        END IF;
    END IF;
    RETURN NULL;
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
          AND proname IN ('connection_end_of_users', 'end_what_account_had')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- Ends the live connections of some users, all of them or those on one server, each with its statistics.
-- Locks: the connections in id order, then server by server, by name, as connection_end.
CREATE OR REPLACE FUNCTION connection_end_of_users(usernames TEXT[], on_server TEXT, reason TEXT, at_last_report BOOLEAN)
RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    SELECT COUNT(*) INTO ended
    FROM (
        SELECT l.server_id,
               ARRAY_AGG(l.id) AS ids
        FROM (
            SELECT c.id,
                   c.server_id::TEXT AS server_id
            FROM vpn_connections c
            WHERE c.username = ANY (usernames)
              AND c.status IN ('connecting', 'connected')
              AND (on_server IS NULL OR c.server_id = on_server)
            ORDER BY c.id
            FOR NO KEY UPDATE
        ) l
        GROUP BY l.server_id
        ORDER BY l.server_id
    ) live
    CROSS JOIN LATERAL connection_end(
        live.server_id, live.ids, 'disconnected', connection_end_of_users.reason, connection_end_of_users.at_last_report,
        NULL, NULL, NULL
    ) e;
    RETURN ended;
END
$$;

-- An account that was deactivated loses its sessions and connections, one that was moved its connections on the server that it
-- had. Reactivation ends the sessions that are left. A new expiry reaches the live connections.
-- Locks: the account's row is locked; its sessions, then its connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION end_what_account_had() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.active IS FALSE AND OLD.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], NULL, 'account_deactivated', FALSE);
    ELSIF NEW.server_id IS DISTINCT FROM OLD.server_id AND OLD.server_id IS NOT NULL THEN
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], OLD.server_id::TEXT, 'account_moved', FALSE);
    END IF;
    IF OLD.active IS FALSE AND NEW.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
    END IF;
    IF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        UPDATE vpn_connections c
        SET account_expires_at = LEAST(
            NEW.expires_at,
            (SELECT a.ends_at FROM user_plans a WHERE a.user_id = NEW.id AND a.replaced_at IS NULL)
        )
        WHERE c.id IN (
            SELECT l.id
            FROM vpn_connections l
            WHERE l.username = NEW.username
              AND l.status IN ('connecting', 'connected')
            ORDER BY l.id
            FOR NO KEY UPDATE
        );
    END IF;
    RETURN NULL;
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
          AND proname IN ('connection_end_of_users', 'end_what_account_had')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
