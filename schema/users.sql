-- Written by the build step from the migrations: do not edit.
-- The schema of users after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V1__base_schema
-- An account may have no server: one kind of Go database allowed that, and such accounts exist.
CREATE TABLE users (
    id                   SERIAL,
    username             VARCHAR(255) NOT NULL,
    created_at           TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    expires_at           TIMESTAMPTZ,
    active               BOOLEAN DEFAULT TRUE,
    ovpn_path            TEXT,
    port                 INTEGER DEFAULT 1194,
    protocol             VARCHAR(10) DEFAULT 'udp',
    last_access          TIMESTAMPTZ,
    checksum             VARCHAR(255),
    synced               BOOLEAN DEFAULT FALSE,
    server_id            VARCHAR(255),
    created_by           VARCHAR(255) NOT NULL,
    phone_number         VARCHAR(20),
    password_hash        VARCHAR(255),
    created_via          VARCHAR(20) DEFAULT 'api',
    last_login           TIMESTAMPTZ,
    role                 VARCHAR(20) NOT NULL DEFAULT 'user',
    sessions_valid_after TIMESTAMPTZ,
    sync_version         BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_key UNIQUE (username),
    CONSTRAINT chk_users_times CHECK (is_calendar_time(created_at) AND is_calendar_time(expires_at) AND is_calendar_time(last_access) AND is_calendar_time(last_login) AND is_calendar_time(sessions_valid_after))
);

CREATE INDEX idx_users_active ON users (active);
CREATE INDEX idx_users_created_via ON users (created_via);
CREATE INDEX idx_users_last_login ON users (last_login);
CREATE UNIQUE INDEX idx_users_phone_number ON users (phone_number);
CREATE INDEX idx_users_server_id ON users (server_id);
CREATE INDEX idx_users_unsynced ON users (server_id, id) WHERE synced IS NOT TRUE;

-- The unique constraint already serves look-ups by name; this index exists in every Go database.
CREATE INDEX idx_users_username ON users (username);

-- V11__make_heartbeats_cheap
-- Sees what was committed while its statement waited, such as a user's new name; a join of the statement would not.
CREATE OR REPLACE FUNCTION account_exists(name TEXT) RETURNS BOOLEAN
LANGUAGE SQL VOLATILE
AS $$
    SELECT EXISTS (SELECT FROM users WHERE username = name)
$$;
ALTER FUNCTION account_exists SET search_path TO 'public', 'pg_temp';

-- V13__erase_users
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
        public_ip   = NULL,
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
ALTER FUNCTION erase_user SET search_path TO 'public', 'pg_temp';

-- V15__version_accounts
CREATE OR REPLACE FUNCTION count_account_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.sync_version := OLD.sync_version + 1;
    RETURN NEW;
END
$$;
ALTER FUNCTION count_account_change SET search_path TO 'public', 'pg_temp';

-- V15__version_accounts
CREATE TRIGGER account_changed
    BEFORE UPDATE OF synced ON users
    FOR EACH ROW
    WHEN (NEW.synced IS NOT TRUE)
    EXECUTE FUNCTION count_account_change();

-- V20__add_account_is_usable
-- Whether an account with these values of users.active and users.expires_at may be used at a moment: it is not
-- deactivated, and it has not expired. NULL in active means active, NULL in expires_at means never.
-- The clock is read when the function runs, not when the transaction began, so that the answer is right after a wait for
-- a lock. Pass a moment to check several rows or conditions at the same moment.
-- Takes no locks and reads no tables. PostgreSQL inlines it: it costs a statement nothing.
CREATE OR REPLACE FUNCTION account_is_usable(
    active BOOLEAN, expires_at TIMESTAMPTZ, at TIMESTAMPTZ DEFAULT CLOCK_TIMESTAMP()
) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS $$
    SELECT active IS NOT FALSE AND COALESCE(expires_at > at, TRUE)
$$;

-- Part 2: needs what stands in part 1 of another file.

-- V12__add_usage_rollups
CREATE TRIGGER username_of_usage
    AFTER UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION rename_usage();
