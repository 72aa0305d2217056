-- The name of an erased person is never given to another account.
--
-- Why: certificates, statistics elsewhere and people keep using a name after its person was erased. The next person to register it was
-- taken for the first one. The name itself must not be kept, so its SHA-256 is. A name can be guessed, and no key would help: the
-- database has to compare. The hash says of a guess whether such an account was erased, and nothing of the account: it stands
-- alone, with no reference and no date. Names that were erased before this migration are not known.
-- Locks: creates a table; SHARE ROW EXCLUSIVE on users for a trigger.

CREATE TABLE IF NOT EXISTS erased_names (
    name_hash BYTEA PRIMARY KEY
);

-- SHA-256 of a name in UTF-8.
CREATE OR REPLACE FUNCTION name_hash(name TEXT) RETURNS BYTEA
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT SHA256(CONVERT_TO(name, 'UTF8'))
$$;

-- Refuses the name of an erased person with unique_violation, constraint erased_names_pkey. The hash is written and removed again,
-- because a unique index decides exactly at every isolation level, and while the person is being erased.
-- Locks: the hash of the name, until the transaction ends.
CREATE OR REPLACE FUNCTION refuse_erased_name() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_names e WHERE e.name_hash = name_hash(NEW.username)) THEN
        RAISE EXCEPTION 'the name of the account belonged to a person who was erased'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'erased_names_pkey', TABLE = 'erased_names',
                  HINT = 'Choose another name.';
    END IF;
    INSERT INTO erased_names (name_hash) VALUES (name_hash(NEW.username));
    DELETE FROM erased_names e WHERE e.name_hash = name_hash(NEW.username);
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS name_is_not_erased ON users;
CREATE TRIGGER name_is_not_erased
    AFTER INSERT ON users
    FOR EACH ROW
    EXECUTE FUNCTION refuse_erased_name();
DROP TRIGGER IF EXISTS new_name_is_not_erased ON users;
CREATE TRIGGER new_name_is_not_erased
    AFTER UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION refuse_erased_name();

-- Replaces the person of an account by a pseudonym and returns that, or NULL if there is no such account. The name is never given
-- again (erased_names). The account must have no live connections.
-- Locks: the account and those that it created, in id order, then every row of its history.
CREATE OR REPLACE FUNCTION erase_user(who TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    account   RECORD;
    pseudonym TEXT;
    target    RECORD;
BEGIN
    -- The number is locked before the account, as by whoever spends a ticket. Its limits stay for as
    -- long as they limit anything, or to register and be erased again and again would get around them.
    PERFORM otp_forget(phone_number) FROM users WHERE username = who AND phone_number IS NOT NULL;
    -- With those that it made, in the order of ids, so that two that made each other can be erased at once.
    PERFORM FROM users WHERE username = who OR created_by = who ORDER BY id FOR UPDATE;
    SELECT id, phone_number INTO account FROM users WHERE username = who;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM vpn_connections WHERE username = who AND status IN ('connecting', 'connected');
    IF FOUND THEN
        RAISE EXCEPTION 'account % has live connections', account.id
            USING ERRCODE = 'object_in_use', HINT = 'Deactivate the account and close its connections first.';
    END IF;
    -- Nobody else's, even if somebody chose such a name.
    pseudonym := 'erased-' || account.id;
    WHILE EXISTS (SELECT FROM users WHERE username = pseudonym)
        OR EXISTS (SELECT FROM usage_totals WHERE username = pseudonym) LOOP
        pseudonym := pseudonym || '-';
    END LOOP;

    UPDATE vpn_connections
    SET client_ip   = NULL,
        virtual_ip  = NULL,
        virtual_ip6 = NULL,
        public_ip   = NULL,
        device_id   = NULL,
        device_name = NULL,
        device_type = NULL
    WHERE username = who;
    DELETE FROM otp_attempts WHERE phone_number = account.phone_number;

    -- What only databases of the Go service have.
    FOR target IN
        SELECT c.relname, a.attname, w.condition
        FROM (VALUES
            ('users', 'email', 'id = $1'),
            ('vpn_connections', 'ip_address', 'username = $2'),
            ('audit_log', 'user_agent', 'username = $2')
        ) AS w (table_name, column_name, condition)
        JOIN pg_class c ON c.oid = TO_REGCLASS(w.table_name)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.column_name AND NOT a.attisdropped
    LOOP
        EXECUTE FORMAT('UPDATE %I SET %I = NULL WHERE %s', target.relname, target.attname, target.condition)
        USING account.id, who;
    END LOOP;
    IF TO_REGCLASS('auth_users') IS NOT NULL THEN
        EXECUTE 'DELETE FROM auth_users WHERE phone_number = $1' USING account.phone_number;
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        EXECUTE 'DELETE FROM adoption_changes
                 WHERE (table_name = ''users'' AND row_id = $1)
                    OR (table_name = ''user_sessions'' AND row_id IN (SELECT id FROM user_sessions WHERE user_id = $1))
                    OR (table_name = ''vpn_connections'' AND row_id IN (SELECT id FROM vpn_connections WHERE username = $2))
                    OR (table_name = ''vpn_statistics'' AND row_id IN (SELECT id FROM vpn_statistics WHERE username = $2))
                    OR (table_name = ''audit_log'' AND row_id IN (SELECT id FROM audit_log WHERE username = $2))
                    OR (column_name IN (''username'', ''created_by'') AND $2 IN (original, changed_to))'
        USING account.id, who;
    END IF;
    PERFORM FROM user_sessions WHERE user_id = account.id ORDER BY id FOR UPDATE;
    DELETE FROM user_sessions WHERE user_id = account.id;
    DELETE FROM user_devices WHERE user_id = account.id;

    UPDATE audit_log
    SET username   = pseudonym,
        details    = NULL,
        ip_address = NULL
    WHERE username = who;
    UPDATE users SET created_by = pseudonym WHERE created_by = who;
    INSERT INTO erased_names (name_hash) VALUES (name_hash(who));
    -- Connections and statistics follow by their foreign keys, the roll-ups by a trigger, and another leaves a tombstone: the node
    -- removes the name, and has nothing to do with the pseudonym.
    UPDATE users
    SET username      = pseudonym,
        phone_number  = NULL,
        password_hash = NULL,
        ovpn_path     = NULL,
        checksum      = NULL,
        last_access   = NULL,
        last_login    = NULL,
        active        = FALSE,
        synced        = TRUE
    WHERE id = account.id;
    UPDATE account_tombstones SET cause = 'erased' WHERE username = who;
    RETURN pseudonym;
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
          AND proname IN ('erase_user', 'refuse_erased_name')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- Names that were erased are free again.
-- Returns the pseudonym, or NULL if there is no such account. The account must have no live connections.
CREATE OR REPLACE FUNCTION erase_user(who TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    account   RECORD;
    pseudonym TEXT;
    target    RECORD;
BEGIN
    -- The number is locked before the account, as by whoever spends a ticket. Its limits stay for as
    -- long as they limit anything, or to register and be erased again and again would get around them.
    PERFORM otp_forget(phone_number) FROM users WHERE username = who AND phone_number IS NOT NULL;
    -- With those that it made, in the order of ids, so that two that made each other can be erased at once.
    PERFORM FROM users WHERE username = who OR created_by = who ORDER BY id FOR UPDATE;
    SELECT id, phone_number INTO account FROM users WHERE username = who;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM vpn_connections WHERE username = who AND status IN ('connecting', 'connected');
    IF FOUND THEN
        RAISE EXCEPTION 'account % has live connections', account.id
            USING ERRCODE = 'object_in_use', HINT = 'Deactivate the account and close its connections first.';
    END IF;
    -- Nobody else's, even if somebody chose such a name.
    pseudonym := 'erased-' || account.id;
    WHILE EXISTS (SELECT FROM users WHERE username = pseudonym)
        OR EXISTS (SELECT FROM usage_totals WHERE username = pseudonym) LOOP
        pseudonym := pseudonym || '-';
    END LOOP;

    UPDATE vpn_connections
    SET client_ip   = NULL,
        virtual_ip  = NULL,
        virtual_ip6 = NULL,
        public_ip   = NULL,
        device_id   = NULL,
        device_name = NULL,
        device_type = NULL
    WHERE username = who;
    DELETE FROM otp_attempts WHERE phone_number = account.phone_number;

    -- What only databases of the Go service have.
    FOR target IN
        SELECT c.relname, a.attname, w.condition
        FROM (VALUES
            ('users', 'email', 'id = $1'),
            ('vpn_connections', 'ip_address', 'username = $2'),
            ('audit_log', 'user_agent', 'username = $2')
        ) AS w (table_name, column_name, condition)
        JOIN pg_class c ON c.oid = TO_REGCLASS(w.table_name)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.column_name AND NOT a.attisdropped
    LOOP
        EXECUTE FORMAT('UPDATE %I SET %I = NULL WHERE %s', target.relname, target.attname, target.condition)
        USING account.id, who;
    END LOOP;
    IF TO_REGCLASS('auth_users') IS NOT NULL THEN
        EXECUTE 'DELETE FROM auth_users WHERE phone_number = $1' USING account.phone_number;
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        EXECUTE 'DELETE FROM adoption_changes
                 WHERE (table_name = ''users'' AND row_id = $1)
                    OR (table_name = ''user_sessions'' AND row_id IN (SELECT id FROM user_sessions WHERE user_id = $1))
                    OR (table_name = ''vpn_connections'' AND row_id IN (SELECT id FROM vpn_connections WHERE username = $2))
                    OR (table_name = ''vpn_statistics'' AND row_id IN (SELECT id FROM vpn_statistics WHERE username = $2))
                    OR (table_name = ''audit_log'' AND row_id IN (SELECT id FROM audit_log WHERE username = $2))
                    OR (column_name IN (''username'', ''created_by'') AND $2 IN (original, changed_to))'
        USING account.id, who;
    END IF;
    PERFORM FROM user_sessions WHERE user_id = account.id ORDER BY id FOR UPDATE;
    DELETE FROM user_sessions WHERE user_id = account.id;
    DELETE FROM user_devices WHERE user_id = account.id;

    UPDATE audit_log
    SET username   = pseudonym,
        details    = NULL,
        ip_address = NULL
    WHERE username = who;
    UPDATE users SET created_by = pseudonym WHERE created_by = who;
    -- Connections and statistics follow by their foreign keys, the roll-ups by a trigger.
    UPDATE users
    SET username      = pseudonym,
        phone_number  = NULL,
        password_hash = NULL,
        ovpn_path     = NULL,
        checksum      = NULL,
        last_access   = NULL,
        last_login    = NULL,
        active        = FALSE,
        synced        = FALSE
    WHERE id = account.id;
    RETURN pseudonym;
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
          AND proname IN ('erase_user')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP TRIGGER IF EXISTS new_name_is_not_erased ON users;
DROP TRIGGER IF EXISTS name_is_not_erased ON users;
DROP FUNCTION IF EXISTS refuse_erased_name();
DROP FUNCTION IF EXISTS name_hash(TEXT);
DROP TABLE IF EXISTS erased_names;
*/
