-- session_create and session_rotate answer exactly inside a caller's transaction, at every isolation level.
--
-- Why: a hash that a session has already was an error, which ended the caller's transaction; it is the outcome token_in_use
-- now. And above READ COMMITTED the limit of sessions did not hold, because a transaction counted the sessions of the
-- moment at which it began.
-- Names, types and outcomes stay, so that programs that know only V9 to V22 can still call the functions.
-- Locks: replaces two functions only. Each new session leaves one more version of its user's row, which VACUUM or the next
-- reader of the page removes.

-- Opens a session for a usable account, and ends or refuses what exceeds the limit.
--   for_user, hash             the account, and the hash of the token or other secret that proves the session
--   lifetime_seconds           the session ends after this time; idle_seconds: sessions unused for longer are not counted
--   most_sessions              live sessions per user, at most; NULL means no limit
--   evicts                     at the limit: TRUE ends the least recently used sessions, FALSE refuses the new one
--   verified_password_hash     if not NULL, the account must still have this password hash
-- Returns one row. outcome:
--   created           session_id and session_ends_at are set; evicted is the number of sessions that were ended
--   unusable          no such account, or it is deactivated or expired
--   limit_reached     the user has most_sessions live sessions, and evicts is FALSE
--   password_changed  the account has another password hash
--   token_in_use      a session has this hash, or had it before its token was replaced; nothing has changed
-- Locks: the row in users (NO KEY UPDATE), then the sessions that end, in id order. The account is locked in one
-- statement and its sessions are counted in a later one, so that the limit holds under concurrent sign-ins. A created
-- session also writes the row in users, without a change of values: above READ COMMITTED, where the count is as old as
-- the transaction, a transaction that began before the other one's commit fails with 40001 and can be tried again.
CREATE OR REPLACE FUNCTION session_create(
    for_user INTEGER, hash TEXT, device TEXT, address INET, agent TEXT,
    lifetime_seconds DOUBLE PRECISION, idle_seconds DOUBLE PRECISION, most_sessions INTEGER, evicts BOOLEAN,
    verified_password_hash TEXT
) RETURNS TABLE (outcome TEXT, session_id INTEGER, session_ends_at TIMESTAMPTZ, evicted INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    account users;
    opened  TIMESTAMPTZ;
    live    INTEGER[];
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

-- Replaces the token of a live session.
--   old_hash, new_hash   the hash that the caller sent, and the one that replaces it
--   idle_seconds         a session unused for longer is over
--   grace_seconds        how long a token that was just replaced counts as another request of the same client
-- Returns one row. outcome:
--   rotated       the session has new_hash; exactly one of several concurrent callers with one token gets this
--   concurrent    another caller replaced the token within grace_seconds
--   reused        the token was replaced before: the session is revoked, and audit_log has an entry
--                 session_token_reuse, because its owner and a thief can't be told apart
--   token_in_use  new_hash is old_hash, or a session has it, or had it before its token was replaced; nothing has changed
--   invalid       the token is unknown, or its session or account is over
-- session_id and user_id are set for rotated, concurrent and reused, session_ends_at for rotated.
-- Locks: the row in user_sessions.
CREATE OR REPLACE FUNCTION session_rotate(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id INTEGER, user_id INTEGER, session_ends_at TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    replaced session_token_history;
    current  user_sessions;
    violated TEXT;
BEGIN
    IF new_hash = old_hash OR EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = new_hash) THEN
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END IF;
    -- A block of its own: a hash that another session has would otherwise end the caller's transaction.
    BEGIN
        -- A caller that waited here for another rotation finds the hash changed and updates no row.
        UPDATE user_sessions s
        SET token_hash    = new_hash,
            generation    = s.generation + 1,
            last_activity = GREATEST(s.last_activity, CLOCK_TIMESTAMP())
        FROM users u
        WHERE s.token_hash = old_hash
          AND u.id = s.user_id
          AND session_is_live(s, u.sessions_valid_after, idle_seconds)
          AND account_is_usable(u.active, u.expires_at)
        RETURNING s.id, s.user_id, s.expires_at, s.generation
        INTO session_id, user_id, session_ends_at, current.generation;
    EXCEPTION WHEN unique_violation THEN
        GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        IF violated <> 'idx_sessions_token_hash' THEN
            RAISE;
        END IF;
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END;
    IF session_id IS NOT NULL THEN
        INSERT INTO session_token_history (token_hash, session_id, generation, replaced_at)
        VALUES (old_hash, session_rotate.session_id, current.generation - 1, CLOCK_TIMESTAMP());
        outcome := 'rotated';
        RETURN NEXT;
        RETURN;
    END IF;

    outcome := 'invalid';
    SELECT h.* INTO replaced FROM session_token_history h WHERE h.token_hash = old_hash;
    SELECT s.* INTO current FROM user_sessions s WHERE s.id = replaced.session_id FOR NO KEY UPDATE;
    PERFORM FROM users u
    WHERE u.id = current.user_id
      AND session_is_live(current, u.sessions_valid_after, idle_seconds)
      AND account_is_usable(u.active, u.expires_at);
    IF FOUND THEN
        IF replaced.generation = current.generation - 1
           AND replaced.replaced_at + MAKE_INTERVAL(secs => grace_seconds) > CLOCK_TIMESTAMP()
        THEN
            outcome := 'concurrent';
        ELSE
            outcome := 'reused';
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'token_reuse'
            WHERE s.id = current.id;
            INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id)
            SELECT CLOCK_TIMESTAMP(), 'session_token_reuse', u.username, FORMAT('session %s revoked', current.id), address,
                   COALESCE(u.server_id, 'unknown')
            FROM users u
            WHERE u.id = current.user_id;
        END IF;
        session_id := current.id;
        user_id := current.user_id;
    END IF;
    RETURN NEXT;
END
$$;

/* rollback
CREATE OR REPLACE FUNCTION session_create(
    for_user INTEGER, hash TEXT, device TEXT, address INET, agent TEXT,
    lifetime_seconds DOUBLE PRECISION, idle_seconds DOUBLE PRECISION, most_sessions INTEGER, evicts BOOLEAN,
    verified_password_hash TEXT
) RETURNS TABLE (outcome TEXT, session_id INTEGER, session_ends_at TIMESTAMPTZ, evicted INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    account users;
    opened  TIMESTAMPTZ;
    live    INTEGER[];
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
            INSERT INTO user_sessions
                (user_id, token_hash, device_info, ip_address, user_agent, created_at, last_activity, expires_at)
            VALUES
                (for_user, hash, device, address, agent, opened, opened, opened + MAKE_INTERVAL(secs => lifetime_seconds))
            RETURNING id, expires_at INTO session_id, session_ends_at;
            outcome := 'created';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION session_rotate(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id INTEGER, user_id INTEGER, session_ends_at TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    replaced session_token_history;
    current  user_sessions;
BEGIN
    IF new_hash = old_hash OR EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = new_hash) THEN
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END IF;
    -- A caller that waited here for another rotation finds the hash changed and updates no row.
    UPDATE user_sessions s
    SET token_hash    = new_hash,
        generation    = s.generation + 1,
        last_activity = GREATEST(s.last_activity, CLOCK_TIMESTAMP())
    FROM users u
    WHERE s.token_hash = old_hash
      AND u.id = s.user_id
      AND session_is_live(s, u.sessions_valid_after, idle_seconds)
      AND account_is_usable(u.active, u.expires_at)
    RETURNING s.id, s.user_id, s.expires_at, s.generation
    INTO session_id, user_id, session_ends_at, current.generation;
    IF FOUND THEN
        INSERT INTO session_token_history (token_hash, session_id, generation, replaced_at)
        VALUES (old_hash, session_rotate.session_id, current.generation - 1, CLOCK_TIMESTAMP());
        outcome := 'rotated';
        RETURN NEXT;
        RETURN;
    END IF;

    outcome := 'invalid';
    SELECT h.* INTO replaced FROM session_token_history h WHERE h.token_hash = old_hash;
    SELECT s.* INTO current FROM user_sessions s WHERE s.id = replaced.session_id FOR NO KEY UPDATE;
    PERFORM FROM users u
    WHERE u.id = current.user_id
      AND session_is_live(current, u.sessions_valid_after, idle_seconds)
      AND account_is_usable(u.active, u.expires_at);
    IF FOUND THEN
        IF replaced.generation = current.generation - 1
           AND replaced.replaced_at + MAKE_INTERVAL(secs => grace_seconds) > CLOCK_TIMESTAMP()
        THEN
            outcome := 'concurrent';
        ELSE
            outcome := 'reused';
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = CLOCK_TIMESTAMP(),
                revoked_reason = 'token_reuse'
            WHERE s.id = current.id;
            INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id)
            SELECT CLOCK_TIMESTAMP(), 'session_token_reuse', u.username, FORMAT('session %s revoked', current.id), address,
                   COALESCE(u.server_id, 'unknown')
            FROM users u
            WHERE u.id = current.user_id;
        END IF;
        session_id := current.id;
        user_id := current.user_id;
    END IF;
    RETURN NEXT;
END
$$;
*/
