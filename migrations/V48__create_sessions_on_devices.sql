-- session_create opens sessions on a device of the user where one is given.
--
-- Why: signing out a device ends its sessions; a device that signs in again replaces its session instead of using up the limit.
-- The parameters of a function cannot change in place: the earlier one is dropped. Programs that call it may not start.
-- Locks: creates and drops functions only.
-- barqnet: min-version 48

-- Opens a session for a usable account, and ends or refuses what exceeds the limit.
--   for_user, hash             the account, and the hash of the token or other secret that proves the session
--   on_device                  a device of the user, or NULL; it is seen now, and its earlier sessions end
--   lifetime_seconds           the session ends after this time; idle_seconds: sessions unused for longer are not counted
--   max_sessions               live sessions per user, at most; NULL means no limit
--   ends_oldest                at the limit: TRUE ends the least recently used sessions, FALSE refuses the new one
--   verified_password_hash     if not NULL, the account must still have this password hash
-- Returns one row. outcome:
--   created                session_id and session_ends_at are set; ended is the number of sessions that ended for the limit
--   unusable               no such account, or it is deactivated or expired
--   device_not_registered  the device is not one of the user's, or it was signed out or lost
--   limit_reached          the user has max_sessions live sessions of other devices, and ends_oldest is FALSE
--   password_changed       the account has another password hash
--   token_in_use           a session has this hash, or had it before its token was replaced
-- All but created have changed nothing.
-- Locks: the row in users (NO KEY UPDATE), then the device, then the sessions that end, in id order. The account is locked in
-- one statement and its sessions are counted in a later one, so that the limit holds under concurrent sign-ins. A created
-- session also writes the row in users, without a change of values: above READ COMMITTED, where the count is as old as
-- the transaction, a transaction that began before the other one's commit fails with 40001 and can be tried again.
CREATE OR REPLACE FUNCTION session_create(
    for_user BIGINT, hash TEXT, on_device BIGINT, device TEXT, address INET, agent TEXT,
    lifetime_seconds DOUBLE PRECISION, idle_seconds DOUBLE PRECISION, max_sessions INTEGER, ends_oldest BOOLEAN,
    verified_password_hash TEXT
) RETURNS TABLE (outcome TEXT, session_id BIGINT, session_ends_at TIMESTAMPTZ, ended INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    account    users;
    registered user_devices;
    opened     TIMESTAMPTZ;
    live       BIGINT[];
    own        BIGINT[] := '{}';
BEGIN
    SELECT u.* INTO account FROM users u WHERE u.id = for_user FOR NO KEY UPDATE;
    -- After the last sign-out everywhere, even if the clock went back.
    opened := GREATEST(CLOCK_TIMESTAMP(), account.sessions_valid_after + INTERVAL '1 microsecond');
    ended := 0;
    IF on_device IS NOT NULL THEN
        SELECT d.* INTO registered
        FROM user_devices d
        WHERE d.id = on_device
          AND d.user_id = for_user
          AND d.revoked_at IS NULL;
    END IF;
    IF account.id IS NULL OR NOT account_is_usable(account.active, account.expires_at, opened) THEN
        outcome := 'unusable';
    ELSIF on_device IS NOT NULL AND registered.id IS NULL THEN
        outcome := 'device_not_registered';
    ELSIF verified_password_hash IS NOT NULL AND verified_password_hash IS DISTINCT FROM account.password_hash THEN
        outcome := 'password_changed';
    ELSIF EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = hash)
          -- Before an id is taken. A hash that another transaction stores at this moment is a conflict below.
          OR EXISTS (SELECT FROM user_sessions s WHERE s.token_hash = hash) THEN
        outcome := 'token_in_use';
    ELSE
        -- The most recently used first: those after the limit end.
        live := ARRAY(
            SELECT s.id
            FROM user_sessions s
            WHERE s.user_id = for_user
              AND session_is_live(s, account.sessions_valid_after, idle_seconds)
              AND COALESCE(s.device_id <> on_device, TRUE)
            ORDER BY COALESCE(s.last_activity, s.created_at) DESC, s.id DESC
        );
        IF on_device IS NOT NULL THEN
            own := ARRAY(
                SELECT s.id
                FROM user_sessions s
                WHERE s.user_id = for_user
                  AND s.device_id = on_device
                  AND s.revoked = FALSE
            );
        END IF;
        IF CARDINALITY(live) >= max_sessions AND (max_sessions = 0 OR NOT ends_oldest) THEN
            outcome := 'limit_reached';
        ELSE
            INSERT INTO user_sessions
                (user_id, token_hash, device_id, device_info, ip_address, user_agent, created_at, last_activity, expires_at)
            VALUES
                (for_user, hash, on_device, COALESCE(device, registered.device_name), address, agent, opened, opened,
                 opened + MAKE_INTERVAL(secs => lifetime_seconds))
            ON CONFLICT (token_hash) DO NOTHING
            RETURNING id, expires_at INTO session_id, session_ends_at;
            IF NOT FOUND THEN
                outcome := 'token_in_use';
                RETURN NEXT;
                RETURN;
            END IF;
            UPDATE user_devices d
            SET last_seen = CLOCK_TIMESTAMP()
            WHERE d.id = on_device;
            PERFORM FROM user_sessions s
            WHERE s.id = ANY (live[max_sessions:] || own)
            ORDER BY s.id
            FOR NO KEY UPDATE;
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'superseded'
            WHERE s.id = ANY (own)
              AND s.revoked = FALSE;
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'session_limit'
            WHERE s.id = ANY (live[max_sessions:])
              AND s.revoked = FALSE;
            GET DIAGNOSTICS ended = ROW_COUNT;
            -- For transactions above READ COMMITTED: see "Locks" above.
            UPDATE users u SET sessions_valid_after = u.sessions_valid_after WHERE u.id = for_user;
            outcome := 'created';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

DROP FUNCTION IF EXISTS session_create(
    BIGINT, TEXT, TEXT, INET, TEXT, DOUBLE PRECISION, DOUBLE PRECISION, INTEGER, BOOLEAN, TEXT
);

-- As V28 does.
DO $$
DECLARE
    path TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname = 'session_create'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS session_create(
    BIGINT, TEXT, BIGINT, TEXT, INET, TEXT, DOUBLE PRECISION, DOUBLE PRECISION, INTEGER, BOOLEAN, TEXT
);
CREATE OR REPLACE FUNCTION session_create(
    for_user BIGINT, hash TEXT, device TEXT, address INET, agent TEXT,
    lifetime_seconds DOUBLE PRECISION, idle_seconds DOUBLE PRECISION, most_sessions INTEGER, evicts BOOLEAN,
    verified_password_hash TEXT
) RETURNS TABLE (outcome TEXT, session_id BIGINT, session_ends_at TIMESTAMPTZ, evicted INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    account users;
    opened  TIMESTAMPTZ;
    live    BIGINT[];
BEGIN
    SELECT u.* INTO account FROM users u WHERE u.id = for_user FOR NO KEY UPDATE;
    -- After the last sign-out everywhere, even if the clock went back.
    opened := GREATEST(CLOCK_TIMESTAMP(), account.sessions_valid_after + INTERVAL '1 microsecond');
    evicted := 0;
    IF account.id IS NULL OR NOT account_is_usable(account.active, account.expires_at, opened) THEN
        outcome := 'unusable';
    ELSIF verified_password_hash IS NOT NULL AND verified_password_hash IS DISTINCT FROM account.password_hash THEN
        outcome := 'password_changed';
    ELSIF EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = hash) THEN
        outcome := 'token_in_use';
    ELSE
        -- The most recently used first: those after the limit end.
        live := ARRAY(
            SELECT s.id
            FROM user_sessions s
            WHERE s.user_id = for_user
              AND session_is_live(s, account.sessions_valid_after, idle_seconds)
            ORDER BY COALESCE(s.last_activity, s.created_at) DESC, s.id DESC
        );
        IF CARDINALITY(live) >= most_sessions AND (most_sessions = 0 OR NOT evicts) THEN
            outcome := 'limit_reached';
        ELSE
            INSERT INTO user_sessions
                (user_id, token_hash, device_info, ip_address, user_agent, created_at, last_activity, expires_at)
            VALUES
                (for_user, hash, device, address, agent, opened, opened, opened + MAKE_INTERVAL(secs => lifetime_seconds))
            ON CONFLICT (token_hash) DO NOTHING
            RETURNING id, expires_at INTO session_id, session_ends_at;
            IF NOT FOUND THEN
                outcome := 'token_in_use';
                RETURN NEXT;
                RETURN;
            END IF;
            PERFORM FROM user_sessions s
            WHERE s.id = ANY (live[most_sessions:])
            ORDER BY s.id
            FOR NO KEY UPDATE;
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'session_limit'
            WHERE s.id = ANY (live[most_sessions:])
              AND s.revoked = FALSE;
            GET DIAGNOSTICS evicted = ROW_COUNT;
            -- For transactions above READ COMMITTED: see "Locks" above.
            UPDATE users u SET sessions_valid_after = u.sessions_valid_after WHERE u.id = for_user;
            outcome := 'created';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
DO $$
DECLARE
    path TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname = 'session_create'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
