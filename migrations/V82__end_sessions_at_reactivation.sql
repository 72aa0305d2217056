-- Reactivating an account ends every session that it had.
--
-- Why: V53 revokes the sessions when an account is deactivated. Those of an account that was deactivated before V53, and those that a
-- program opened by itself while the account was closed, were live again after a reactivation.
-- Locks: nothing.

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
        SET account_expires_at = NEW.expires_at
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
          AND proname IN ('end_what_account_had')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- An account that was deactivated loses its sessions and connections, one that was moved its connections on the server that it
-- had. A new expiry reaches the live connections.
-- Locks: the account's row is locked; its sessions, then its connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION end_what_account_had() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.active IS FALSE AND OLD.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], NULL, 'account_deactivated', FALSE);
    ELSIF NEW.server_id IS DISTINCT FROM OLD.server_id AND OLD.server_id IS NOT NULL THEN
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], OLD.server_id::TEXT, 'account_moved', FALSE);
    END IF;
    IF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        UPDATE vpn_connections c
        SET account_expires_at = NEW.expires_at
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
          AND proname IN ('end_what_account_had')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
