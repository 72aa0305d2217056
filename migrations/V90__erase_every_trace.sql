-- Erasure leaves nothing of a person: neither in the audit details of others, nor in the limits of the phone number.
--
-- Why: erase_user left the name in what others had done to the account, the number in otp_numbers for as long as its limits limited
-- anything, and what a client had sent as the key of a report. Each domain has a function of its own now, so that a later migration
-- changes one of them and not the whole.
-- Locks: nothing.

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

-- Moves the limits of a phone number to another row of otp_numbers, and adds them to what that one has. Codes and tickets are deleted.
-- Locks: both rows in otp_numbers. The caller has locked the row of the number itself, so that this comes before its pseudonym.
CREATE OR REPLACE FUNCTION otp_move_limits(source TEXT, target TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    moved otp_numbers;
BEGIN
    SELECT n.* INTO moved FROM otp_numbers n WHERE n.phone_number = source FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO otp_numbers AS n (phone_number, sent_at, quiet_since)
    VALUES (target, moved.sent_at, moved.quiet_since)
    ON CONFLICT (phone_number) DO UPDATE
    SET sent_at     = ARRAY(SELECT s.at FROM UNNEST(n.sent_at || EXCLUDED.sent_at) AS s (at) ORDER BY s.at),
        quiet_since = CASE
            WHEN n.quiet_since IS NOT NULL AND EXCLUDED.quiet_since IS NOT NULL THEN GREATEST(n.quiet_since, EXCLUDED.quiet_since)
        END;
    INSERT INTO otp_challenges AS c (phone_number, purpose, failures, locked_until, known_failures, known_locked_until)
    SELECT target, m.purpose, m.failures, m.locked_until, m.known_failures, m.known_locked_until
    FROM otp_challenges m
    WHERE m.phone_number = source
      AND (m.failures > 0 OR m.locked_until IS NOT NULL OR m.known_failures > 0 OR m.known_locked_until IS NOT NULL)
    ON CONFLICT (phone_number, purpose) DO UPDATE
    SET failures           = c.failures + EXCLUDED.failures,
        locked_until       = GREATEST(c.locked_until, EXCLUDED.locked_until),
        known_failures     = c.known_failures + EXCLUDED.known_failures,
        known_locked_until = GREATEST(c.known_locked_until, EXCLUDED.known_locked_until);
    DELETE FROM otp_numbers n WHERE n.phone_number = source;
END
$$;

-- Erases a phone number from everything that is about codes; its limits stay under the pseudonym. Without a pseudonym they stay under
-- the number, and only its codes, tickets and entries of the report are deleted.
-- Locks: the row in otp_numbers, then that of the pseudonym.
CREATE OR REPLACE FUNCTION otp_erase(number TEXT, pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM otp_invalidate(number);
    IF pseudonym IS NOT NULL THEN
        PERFORM otp_move_limits(number, pseudonym);
    END IF;
    DELETE FROM otp_attempts a WHERE a.phone_number = number;
END
$$;

-- Gives a phone number back the limits that its erasure left under one of these pseudonyms. Returns whether there were any.
-- Locks: if there are any, the row in otp_numbers, which it creates if there is none, then those of the pseudonyms in their order.
CREATE OR REPLACE FUNCTION otp_recall(number TEXT, pseudonyms TEXT[]) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    pseudonym TEXT;
BEGIN
    IF NOT EXISTS (SELECT FROM otp_numbers n WHERE n.phone_number = ANY (pseudonyms)) THEN
        RETURN FALSE;
    END IF;
    -- The clean-up may delete the row between the two statements.
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    FOR pseudonym IN SELECT p.pseudonym FROM UNNEST(pseudonyms) AS p (pseudonym) ORDER BY p.pseudonym LOOP
        PERFORM otp_move_limits(pseudonym, number);
    END LOOP;
    RETURN TRUE;
END
$$;

-- Erases a person from the audit log: from the person's own entries, and by name and phone numbers from the details of others.
-- Reads the whole table once. Locks: the entries that change, in id order.
CREATE OR REPLACE FUNCTION audit_erase(name TEXT, numbers TEXT[], pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    entry RECORD;
    told  TEXT;
    word  TEXT;
BEGIN
    FOR entry IN
        SELECT a.id, a.details, a.username IS NOT DISTINCT FROM name AS is_own
        FROM audit_log a
        WHERE a.username = name
           OR EXISTS (SELECT FROM UNNEST(numbers || name) AS w (word) WHERE STRPOS(a.details, w.word) > 0)
        ORDER BY a.id
        FOR UPDATE
    LOOP
        IF entry.is_own THEN
            UPDATE audit_log a
            SET username   = pseudonym,
                details    = NULL,
                ip_address = NULL
            WHERE a.id = entry.id;
        ELSE
            told := entry.details;
            FOREACH word IN ARRAY numbers || name LOOP
                told := replace_word(told, word, pseudonym);
            END LOOP;
            UPDATE audit_log a SET details = told WHERE a.id = entry.id AND a.details <> told;
        END IF;
    END LOOP;
END
$$;

-- Erases a person from the connections that have ended: addresses, devices, the name in a reason.
-- Locks: the connections.
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

-- Erases what a person's clients have sent as keys of their reports. The figures stay.
-- Locks: the reports.
CREATE OR REPLACE FUNCTION usage_erase(name TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vpn_statistics s SET report_key = NULL WHERE s.username = name AND s.report_key IS NOT NULL;
    UPDATE vpn_statistics_archive s SET report_key = NULL WHERE s.username = name AND s.report_key IS NOT NULL;
END
$$;

-- Deletes the sessions of an account, and with them the tokens that they had.
-- Locks: the sessions in id order.
CREATE OR REPLACE FUNCTION session_erase(of_user BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM user_sessions s WHERE s.user_id = of_user ORDER BY s.id FOR UPDATE;
    DELETE FROM user_sessions s WHERE s.user_id = of_user;
END
$$;

-- Deletes the devices of an account, whose sessions are deleted already.
-- Locks: the devices.
CREATE OR REPLACE FUNCTION device_erase(of_user BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM user_devices d WHERE d.user_id = of_user;
END
$$;

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
    PERFORM FROM vpn_connections c WHERE c.username = who AND c.status IN ('connecting', 'connected');
    IF FOUND THEN
        RAISE EXCEPTION 'account % has live connections', account.id
            USING ERRCODE = 'object_in_use', HINT = 'Deactivate the account and close its connections first.';
    END IF;
    -- Nobody else's, even if somebody chose such a name.
    pseudonym := 'erased-' || account.id;
    WHILE EXISTS (SELECT FROM users u WHERE u.username = pseudonym)
        OR EXISTS (SELECT FROM usage_totals t WHERE t.username = pseudonym) LOOP
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

-- The earlier form of account_erase, without a pseudonym for the phone number.
CREATE OR REPLACE FUNCTION erase_user(who TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
BEGIN
    RETURN account_erase(
        who, NULL, ARRAY(SELECT u.phone_number::TEXT FROM users u WHERE u.username = who AND u.phone_number IS NOT NULL), NULL
    );
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
          AND proname IN ('account_erase', 'account_erase_legacy', 'audit_erase', 'connection_erase', 'device_erase', 'erase_user', 'otp_erase', 'otp_move_limits', 'otp_recall', 'session_erase', 'usage_erase')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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
          AND proname IN ('erase_user')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP FUNCTION IF EXISTS account_erase(TEXT, TEXT, TEXT[], TEXT[]);
DROP FUNCTION IF EXISTS account_erase_legacy(BIGINT, TEXT, TEXT[]);
DROP FUNCTION IF EXISTS device_erase(BIGINT);
DROP FUNCTION IF EXISTS session_erase(BIGINT);
DROP FUNCTION IF EXISTS usage_erase(TEXT);
DROP FUNCTION IF EXISTS connection_erase(TEXT, TEXT);
DROP FUNCTION IF EXISTS audit_erase(TEXT, TEXT[], TEXT);
DROP FUNCTION IF EXISTS otp_recall(TEXT, TEXT[]);
DROP FUNCTION IF EXISTS otp_erase(TEXT, TEXT);
DROP FUNCTION IF EXISTS otp_move_limits(TEXT, TEXT);
DROP FUNCTION IF EXISTS replace_word(TEXT, TEXT, TEXT);
*/
