-- Written by the build step from the migrations: do not edit.
-- The schema of users after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V1__base_schema
-- An account may have no server: one kind of Go database allowed that, and such accounts exist.
CREATE TABLE users (
    id                   BIGSERIAL,
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
    max_connections      INTEGER,
    max_devices          INTEGER,
    expired_at           TIMESTAMPTZ,
    name_skeleton        TEXT,
    name_is_checked      BOOLEAN NOT NULL DEFAULT FALSE,
    has_plan             BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_key UNIQUE (username),
    CONSTRAINT chk_users_limits CHECK (max_connections >= 0 AND max_devices >= 0),
    CONSTRAINT chk_users_times CHECK (is_calendar_time(created_at) AND is_calendar_time(expires_at) AND is_calendar_time(last_access) AND is_calendar_time(last_login) AND is_calendar_time(sessions_valid_after))
);
COMMENT ON COLUMN users.max_connections IS 'Live connections of this user, at most; NULL: what the policy says';
COMMENT ON COLUMN users.max_devices IS 'Registered user_devices of this user, at most; NULL: what the policy says';
COMMENT ON COLUMN users.expired_at IS 'The value of expires_at that has taken effect: sessions and connections are ended, and the node is told';
COMMENT ON COLUMN users.name_skeleton IS 'Equal for names that look alike (UTS #39); NULL until the maintenance has computed it';
COMMENT ON COLUMN users.name_is_checked IS 'The name looked like no other when it was created, and no other such name looks like it';
COMMENT ON COLUMN users.has_plan IS 'Whether user_plans has a row of this user that is not replaced';

CREATE INDEX idx_users_active ON users (active);
CREATE INDEX idx_users_created_via ON users (created_via);
CREATE INDEX idx_users_expiry ON users (expires_at) WHERE expired_at IS DISTINCT FROM expires_at;
CREATE INDEX idx_users_last_login ON users (last_login);

-- Serves look-ups by the skeleton as well. Names that are not checked are unique by their ids.
-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE UNIQUE INDEX idx_users_name_skeleton ON users (name_skeleton, (CASE WHEN name_is_checked THEN 0::BIGINT ELSE id END))
    WHERE name_skeleton IS NOT NULL;

CREATE UNIQUE INDEX idx_users_phone_number ON users (phone_number);

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
CREATE INDEX idx_users_phone_number_end ON users ((RIGHT(REGEXP_REPLACE(phone_number, '[^0-9]', '', 'g'), 6)))
    WHERE phone_number IS NOT NULL;

CREATE INDEX idx_users_server_id ON users (server_id);
CREATE INDEX idx_users_unsynced ON users (server_id, id) WHERE synced IS NOT TRUE;

-- The unique constraint already serves look-ups by name; this index exists in every Go database.
CREATE INDEX idx_users_username ON users (username);

-- What the maintenance has to do.
-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE INDEX idx_users_without_skeleton ON users (id) WHERE name_skeleton IS NULL;

-- Created by V55__tell_nodes_of_accounts_that_left
-- id is the version: a node confirms the tombstone that it was sent, and no later one of the same name.
CREATE TABLE account_tombstones (
    id         BIGSERIAL,
    server_id  VARCHAR(255) NOT NULL,
    username   VARCHAR(255) NOT NULL,
    cause      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT account_tombstones_pkey PRIMARY KEY (server_id, id),
    CONSTRAINT chk_account_tombstones_cause CHECK (cause IN ('moved', 'renamed', 'deleted', 'erased')),
    CONSTRAINT chk_account_tombstones_times CHECK (is_calendar_time(created_at))
);

CREATE UNIQUE INDEX idx_account_tombstones_account ON account_tombstones (server_id, username);

-- For retention.
CREATE INDEX idx_account_tombstones_created_at ON account_tombstones (created_at);

-- Created by V56__keep_names_of_erased_people_taken
CREATE TABLE erased_names (
    name_hash BYTEA NOT NULL,
    CONSTRAINT erased_names_pkey PRIMARY KEY (name_hash)
);

-- V11__make_heartbeats_cheap
-- Sees what was committed while its statement waited, such as a user's new name; a join of the statement would not.
CREATE OR REPLACE FUNCTION account_exists(name TEXT) RETURNS BOOLEAN
LANGUAGE SQL VOLATILE
AS $$
    SELECT EXISTS (SELECT FROM users WHERE username = name)
$$;
ALTER FUNCTION account_exists SET search_path TO 'public', 'pg_temp';

-- V90__erase_every_trace
-- The earlier form of account_erase, without a pseudonym for the phone number.
CREATE OR REPLACE FUNCTION erase_user(who TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
BEGIN
    RETURN account_erase(
        who, NULL, ARRAY(SELECT u.phone_number::TEXT FROM users u WHERE u.username = who AND u.phone_number IS NOT NULL), NULL
    );
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

-- V53__end_what_unusable_accounts_had
-- Lets the expiry of up to batch accounts take effect, the earliest first: revokes their sessions, ends their connections as of
-- the last report, and marks them unsynced, so that their nodes are told. Returns how many; fewer than batch means that there are
-- no more. Accounts that another transaction holds are skipped.
-- Locks: the accounts, then their sessions in id order, then their connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION expire_accounts(batch BIGINT) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    user_ids  BIGINT[];
    usernames TEXT[];
BEGIN
    SELECT ARRAY_AGG(u.id), ARRAY_AGG(u.username::TEXT)
    INTO user_ids, usernames
    FROM (
        SELECT id, username
        FROM users
        WHERE expired_at IS DISTINCT FROM expires_at
          -- Stable, so that the index ends the search.
          AND expires_at <= STATEMENT_TIMESTAMP()
        ORDER BY expires_at
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    ) u;
    IF user_ids IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE users
    SET expired_at = expires_at,
        synced     = FALSE
    WHERE id = ANY (user_ids);
    PERFORM FROM user_sessions s WHERE s.user_id = ANY (user_ids) AND s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = 'account_expired'
    WHERE s.user_id = ANY (user_ids)
      AND s.revoked = FALSE;
    PERFORM connection_end_of_users(usernames, NULL, 'account_expired', TRUE);
    RETURN CARDINALITY(user_ids);
END
$$;
ALTER FUNCTION expire_accounts SET search_path TO 'public', 'pg_temp';

-- V55__tell_nodes_of_accounts_that_left
-- An account that has left a server leaves a tombstone there; one that has come to it replaces the tombstone of its name.
-- Locks: the tombstones of the two names.
CREATE OR REPLACE FUNCTION leave_tombstone() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.server_id <> '' THEN
        INSERT INTO account_tombstones AS t (server_id, username, cause)
        VALUES (OLD.server_id, OLD.username,
                CASE
                    WHEN TG_OP = 'DELETE' THEN 'deleted'
                    WHEN NEW.username <> OLD.username THEN 'renamed'
                    ELSE 'moved'
                END)
        ON CONFLICT (server_id, username) DO UPDATE
        SET id         = EXCLUDED.id,
            cause      = EXCLUDED.cause,
            created_at = EXCLUDED.created_at;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        DELETE FROM account_tombstones t WHERE t.server_id = NEW.server_id AND t.username = NEW.username;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION leave_tombstone SET search_path TO 'public', 'pg_temp';

-- V55__tell_nodes_of_accounts_that_left
CREATE TRIGGER account_came_or_went
    AFTER INSERT OR DELETE ON users
    FOR EACH ROW
    EXECUTE FUNCTION leave_tombstone();

-- V55__tell_nodes_of_accounts_that_left
CREATE TRIGGER account_left
    AFTER UPDATE OF server_id, username ON users
    FOR EACH ROW
    WHEN (OLD.server_id IS DISTINCT FROM NEW.server_id OR OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION leave_tombstone();

-- V56__keep_names_of_erased_people_taken
-- SHA-256 of a name in UTF-8.
CREATE OR REPLACE FUNCTION name_hash(name TEXT) RETURNS BYTEA
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT SHA256(CONVERT_TO(name, 'UTF8'))
$$;

-- V87__refuse_names_that_look_alike
-- Refuses the name of an erased person, and one that looks like it, with unique_violation, constraint erased_names_pkey; and a checked
-- name that looks like another, constraint idx_users_name_skeleton. The hashes are written and removed again, because a unique index
-- decides exactly at every isolation level, and while the person is being erased.
-- Locks: the hashes of the name and its skeleton, in order, until the transaction ends.
CREATE OR REPLACE FUNCTION refuse_erased_name() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    hashes BYTEA[] := ARRAY(
        SELECT DISTINCT name_hash(n.name)
        FROM (VALUES (NEW.username::TEXT), (NEW.name_skeleton)) AS n (name)
        WHERE n.name IS NOT NULL
        ORDER BY 1
    );
BEGIN
    IF EXISTS (SELECT FROM erased_names e WHERE e.name_hash = ANY (hashes)) THEN
        RAISE EXCEPTION 'the name of the account belonged to a person who was erased, or looks like it'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'erased_names_pkey', TABLE = 'erased_names',
                  HINT = 'Choose another name.';
    END IF;
    IF NEW.name_is_checked
       AND EXISTS (SELECT FROM users u WHERE u.name_skeleton = NEW.name_skeleton AND u.id <> NEW.id) THEN
        RAISE EXCEPTION 'the name of the account looks like that of another account'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'idx_users_name_skeleton', TABLE = 'users',
                  HINT = 'Choose another name.';
    END IF;
    INSERT INTO erased_names (name_hash) SELECT h.hash FROM UNNEST(hashes) AS h (hash) ORDER BY h.hash;
    DELETE FROM erased_names e WHERE e.name_hash = ANY (hashes);
    RETURN NULL;
END
$$;
ALTER FUNCTION refuse_erased_name SET search_path TO 'public', 'pg_temp';

-- V56__keep_names_of_erased_people_taken
CREATE TRIGGER new_name_is_not_erased
    AFTER UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION refuse_erased_name();

-- V56__keep_names_of_erased_people_taken
CREATE TRIGGER name_is_not_erased
    AFTER INSERT ON users
    FOR EACH ROW
    EXECUTE FUNCTION refuse_erased_name();

-- V117__look_up_use_of_accounts_in_steps
-- When an account was used last: by a sign-in, a session, a device or a connection; NULL if never. Connections that are deleted count by
-- the hours, later the days, of their usage, so that the answer can be up to an hour, later a day, too late.
CREATE OR REPLACE FUNCTION account_unused_since(of_user BIGINT) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    account   RECORD;
    connected TIMESTAMPTZ;
    hour      TIMESTAMPTZ;
    day       DATE;
BEGIN
    SELECT u.username, u.last_login, u.last_access INTO account FROM users u WHERE u.id = of_user;
    SELECT GREATEST(c.last_activity, c.connected_at) INTO connected
    FROM vpn_connections c
    WHERE c.username = account.username
    ORDER BY c.id DESC
    LIMIT 1;
    SELECT MAX(h.hour) INTO hour FROM usage_hourly h WHERE h.username = account.username;
    SELECT MAX(d.day) INTO day FROM usage_daily d WHERE d.username = account.username;
    RETURN GREATEST(
        account.last_login, account.last_access,
        (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = of_user),
        (SELECT MAX(d.last_seen) FROM user_devices d WHERE d.user_id = of_user),
        connected,
        hour + INTERVAL '1 hour',
        (day + 1)::TIMESTAMP AT TIME ZONE 'UTC'
    );
END
$$;
ALTER FUNCTION account_unused_since SET search_path TO 'public', 'pg_temp';

-- V84__check_new_phone_numbers
-- Refuses a phone number that is not + and 7 to 15 digits, of which the first is not 0, with check_violation, constraint
-- chk_users_phone_number. Which of these numbers are written in another way is known to numbering plans only: the crate's PhoneNumber.
CREATE OR REPLACE FUNCTION check_phone_number() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.phone_number !~ '^[+][1-9][0-9]{6,14}$' THEN
        RAISE EXCEPTION 'the phone number of the account is not in international form (E.164)'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'chk_users_phone_number', TABLE = 'users', COLUMN = 'phone_number',
                  HINT = 'Write + and 7 to 15 digits with the country code first, without blanks.';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION check_phone_number SET search_path TO 'public', 'pg_temp';

-- V84__check_new_phone_numbers
CREATE TRIGGER phone_number_changed
    BEFORE UPDATE OF phone_number ON users
    FOR EACH ROW
    WHEN (NEW.phone_number IS DISTINCT FROM OLD.phone_number)
    EXECUTE FUNCTION check_phone_number();

-- V84__check_new_phone_numbers
CREATE TRIGGER phone_number_of_new_account
    BEFORE INSERT ON users
    FOR EACH ROW
    WHEN (NEW.phone_number IS NOT NULL)
    EXECUTE FUNCTION check_phone_number();

-- V87__refuse_names_that_look_alike
-- A name that changes without its skeleton has none until the maintenance has computed it.
CREATE OR REPLACE FUNCTION forget_skeleton() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_skeleton := NULL;
    NEW.name_is_checked := FALSE;
    RETURN NEW;
END
$$;
ALTER FUNCTION forget_skeleton SET search_path TO 'public', 'pg_temp';

-- V87__refuse_names_that_look_alike
CREATE TRIGGER skeleton_of_username
    BEFORE UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username AND OLD.name_skeleton IS NOT DISTINCT FROM NEW.name_skeleton)
    EXECUTE FUNCTION forget_skeleton();

-- V90__erase_every_trace
-- Replaces a word of a text wherever it stands alone: not within a longer name, number or address. ada is a word in "ada, bob" and in
-- "(ada)", and none in adam, ada-2 and ada.smith.
CREATE OR REPLACE FUNCTION replace_word(within TEXT, word TEXT, replacement TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    rest   TEXT := within;
    done   TEXT := '';
    found  INTEGER;
    before TEXT;
    after  TEXT;
BEGIN
    IF within IS NULL OR word = '' THEN
        RETURN within;
    END IF;
    LOOP
        found := STRPOS(rest, word);
        IF found = 0 THEN
            RETURN done || rest;
        END IF;
        done := done || LEFT(rest, found - 1);
        before := RIGHT(done, 2);
        after := SUBSTR(rest, found + LENGTH(word), 2);
        IF before ~ '([[:alnum:]_@-]|[[:alnum:]][.])$' OR after ~ '^([[:alnum:]_@-]|[.][[:alnum:]])' THEN
            done := done || LEFT(word, 1);
            rest := SUBSTR(rest, found + 1);
        ELSE
            done := done || replacement;
            rest := SUBSTR(rest, found + LENGTH(word));
        END IF;
    END LOOP;
END
$$;

-- V90__erase_every_trace
-- Erases a person from what only databases of the Go product have.
-- Locks: the rows that change.
CREATE OR REPLACE FUNCTION account_erase_legacy(account BIGINT, name TEXT, numbers TEXT[]) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    target RECORD;
BEGIN
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
        USING account, name;
    END LOOP;
    IF TO_REGCLASS('auth_users') IS NOT NULL THEN
        EXECUTE 'DELETE FROM auth_users WHERE phone_number = ANY ($1)' USING numbers;
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        EXECUTE 'DELETE FROM adoption_changes
                 WHERE (table_name = ''users'' AND row_id = $1)
                    OR (table_name = ''user_sessions'' AND row_id IN (SELECT id FROM user_sessions WHERE user_id = $1))
                    OR (table_name = ''vpn_connections'' AND row_id IN (SELECT id FROM vpn_connections WHERE username = $2))
                    OR (table_name = ''vpn_statistics'' AND row_id IN (SELECT id FROM vpn_statistics WHERE username = $2))
                    OR (table_name = ''audit_log'' AND row_id IN (SELECT id FROM audit_log WHERE username = $2))
                    OR (column_name IN (''username'', ''created_by'') AND $2 IN (original, changed_to))
                    OR (column_name = ''phone_number'' AND (original = ANY ($3) OR changed_to = ANY ($3)))'
        USING account, name, numbers;
    END IF;
END
$$;
ALTER FUNCTION account_erase_legacy SET search_path TO 'public', 'pg_temp';

-- V117__look_up_use_of_accounts_in_steps
-- Replaces the person of an account by a pseudonym and returns that, or NULL if there is no such account. The name, and every name that
-- looks like it, is never given again (erased_names). The account must have no live connections.
--   skeleton            what the name looks like (UTS #39), if users.name_skeleton may not have it yet
--   numbers, pseudonyms the account's phone number in each spelling that was used, and what takes the place of each; without
--                       pseudonyms the limits of codes stay under the numbers
-- If the account has another number by now, it fails with 40001 and can be tried again.
-- Locks: the numbers in their order, the account and those that it created in id order, then every row of its history.
CREATE OR REPLACE FUNCTION account_erase(who TEXT, skeleton TEXT, numbers TEXT[], pseudonyms TEXT[]) RETURNS TEXT
LANGUAGE plpgsql AS $$
DECLARE
    account   RECORD;
    pseudonym TEXT;
    number    RECORD;
    used      TEXT;
BEGIN
    -- A number is locked before the account, as by the functions that spend a ticket.
    FOR number IN
        SELECT n.number, n.pseudonym
        FROM UNNEST(numbers, pseudonyms) AS n (number, pseudonym)
        ORDER BY n.number
    LOOP
        PERFORM otp_erase(number.number, number.pseudonym);
    END LOOP;
    -- With those that it created, in the order of ids, so that two that created each other can be erased at once.
    PERFORM FROM users u WHERE u.username = who OR u.created_by = who ORDER BY u.id FOR UPDATE;
    SELECT u.id, u.phone_number, u.name_skeleton INTO account FROM users u WHERE u.username = who;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF account.phone_number IS NOT NULL AND account.phone_number <> ALL (numbers) THEN
        RAISE EXCEPTION 'the phone number of account % has changed', account.id
            USING ERRCODE = 'serialization_failure', HINT = 'Try again.';
    END IF;
    PERFORM 1 FROM vpn_connections c WHERE c.username = who AND c.status IN ('connecting', 'connected');
    IF FOUND THEN
        RAISE EXCEPTION 'account % has live connections', account.id
            USING ERRCODE = 'object_in_use', HINT = 'Deactivate the account and close its connections first.';
    END IF;
    -- Nobody else's, even if somebody chose such a name.
    pseudonym := 'erased-' || account.id;
    LOOP
        SELECT t.username INTO used FROM usage_totals t WHERE t.username = pseudonym LIMIT 1;
        EXIT WHEN used IS NULL AND NOT EXISTS (SELECT FROM users u WHERE u.username = pseudonym);
        pseudonym := pseudonym || '-';
    END LOOP;

    PERFORM connection_erase(who, pseudonym);
    PERFORM usage_erase(who);
    PERFORM account_erase_legacy(account.id, who, numbers);
    PERFORM session_erase(account.id);
    PERFORM device_erase(account.id);
    PERFORM audit_erase(who, numbers, pseudonym);
    UPDATE users u SET created_by = pseudonym WHERE u.created_by = who;
    INSERT INTO erased_names (name_hash)
    SELECT DISTINCT name_hash(n.name)
    FROM (VALUES (who), (account.name_skeleton), (skeleton)) AS n (name)
    WHERE n.name IS NOT NULL
    ORDER BY 1
    ON CONFLICT DO NOTHING;
    -- Connections and statistics follow by their foreign keys, the roll-ups by a trigger, and another leaves a tombstone: the node
    -- removes the name, and has nothing to do with the pseudonym.
    UPDATE users u
    SET username      = pseudonym,
        phone_number  = NULL,
        password_hash = NULL,
        ovpn_path     = NULL,
        checksum      = NULL,
        last_access   = NULL,
        last_login    = NULL,
        active        = FALSE,
        synced        = TRUE
    WHERE u.id = account.id;
    UPDATE account_tombstones t SET cause = 'erased' WHERE t.username = who;
    RETURN pseudonym;
END
$$;
ALTER FUNCTION account_erase SET search_path TO 'public', 'pg_temp';

-- Part 2: needs what stands in part 1 of another file.

-- V12__add_usage_rollups
CREATE TRIGGER username_of_usage
    AFTER UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION rename_usage();

-- V53__end_what_unusable_accounts_had
CREATE TRIGGER account_ended
    AFTER UPDATE OF active, expires_at, server_id ON users
    FOR EACH ROW
    WHEN (OLD.active IS DISTINCT FROM NEW.active
          OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
          OR OLD.server_id IS DISTINCT FROM NEW.server_id)
    EXECUTE FUNCTION end_what_account_had();

-- V72__forget_password_failures
CREATE TRIGGER account_end_forgets_password_failures
    AFTER DELETE ON users
    FOR EACH ROW
    EXECUTE FUNCTION forget_password_failures();

-- V72__forget_password_failures
CREATE TRIGGER account_change_forgets_password_failures
    AFTER UPDATE OF username, password_hash ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username OR OLD.password_hash IS DISTINCT FROM NEW.password_hash)
    EXECUTE FUNCTION forget_password_failures();

-- V125__lock_connections_of_renamed_accounts
CREATE TRIGGER new_name_locks_connections
    BEFORE UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION connection_lock_renamed();
