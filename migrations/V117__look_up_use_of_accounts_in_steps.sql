-- The last use of an account, and whether a pseudonym is free, are looked up table by table.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md.
-- Locks: creates functions only.

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
          AND proname IN ('account_unused_since', 'account_erase')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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
          AND proname IN ('account_unused_since', 'account_erase')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
