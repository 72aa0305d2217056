-- A new name reaches the connections of the account in id order.
--
-- Why: the foreign key changes them in the order of an index, in which the newest is first, and so does erasure. Reports and ends lock them in
-- id order: of two connections of the account each side held one, and the server ended one side as a deadlock.
-- Locks: SHARE ROW EXCLUSIVE on users, for a change of the catalogue only.

-- Locks all connections of a user. Lock the account before, so that none is added meanwhile.
-- Locks: as connection_lock.
CREATE OR REPLACE FUNCTION connection_lock_user(name TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO ids
    FROM vpn_connections c
    WHERE c.username = name;
    IF ids IS NOT NULL THEN
        PERFORM connection_lock(ids);
    END IF;
END
$$;

-- Erases a person from the connections that have ended: addresses, devices, the name in a reason.
-- Locks: the connections in id order.
CREATE OR REPLACE FUNCTION connection_erase(name TEXT, pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM connection_lock_user(name);
    UPDATE vpn_connections c
    SET client_ip         = NULL,
        virtual_ip        = NULL,
        virtual_ip6       = NULL,
        public_ip         = NULL,
        device_id         = NULL,
        device_name       = NULL,
        device_type       = NULL,
        disconnect_reason = replace_word(c.disconnect_reason, name, pseudonym)
    WHERE c.username = name;
END
$$;

-- Locks the connections of an account that gets another name, before the foreign key changes them.
-- Locks: as connection_lock; the row of users is locked.
CREATE OR REPLACE FUNCTION connection_lock_renamed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM connection_lock_user(OLD.username::TEXT);
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS new_name_locks_connections ON users;
CREATE TRIGGER new_name_locks_connections
    BEFORE UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION connection_lock_renamed();

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
          AND proname IN ('connection_lock_user', 'connection_erase', 'connection_lock_renamed')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP TRIGGER IF EXISTS new_name_locks_connections ON users;
DROP FUNCTION IF EXISTS connection_lock_renamed();
CREATE OR REPLACE FUNCTION connection_erase(name TEXT, pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vpn_connections c
    SET client_ip         = NULL,
        virtual_ip        = NULL,
        virtual_ip6       = NULL,
        public_ip         = NULL,
        device_id         = NULL,
        device_name       = NULL,
        device_type       = NULL,
        disconnect_reason = replace_word(c.disconnect_reason, name, pseudonym)
    WHERE c.username = name;
END
$$;

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
          AND proname IN ('connection_erase')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP FUNCTION IF EXISTS connection_lock_user(TEXT);
*/
