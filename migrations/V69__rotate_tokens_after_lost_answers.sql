-- session_rotate replaces a token again as long as its successor was not presented, and keeps a constant number of earlier tokens.
--
-- Why: a client whose answer got lost has only the earlier token. It was signed out 10 seconds later, as a thief would be.
-- The history had one row per rotation: 2,880 in 30 days at one per 15 minutes.
-- session_rotate_token stays for programs that know only V9 to V65; it decides by the new rule.
-- Locks: creates and replaces functions only.

-- Replaces the token of a live session.
--   old_hash, new_hash   the hash that the caller sent, and the one that replaces it
--   address              of the client, for the audit trail
--   idle_seconds         a session unused for longer is over
--   grace_seconds        how long a token that was just replaced counts as another process of the same client
--   family               the hash of what all tokens of the session have in common, or NULL
--   of_session           the session that the caller knows old_hash to be of, from a signed token, or NULL
-- Returns one row. outcome:
--   rotated       the session has new_hash, and the hash that it had is dead. Either old_hash was that hash, or the session's hash was
--                 never presented, and old_hash is its parent or another child of that parent
--   concurrent    old_hash was replaced less than grace_seconds ago: another process of the client has the valid token
--   reused        any other token of a live session: the session is revoked, and audit_log has an entry session_token_reuse,
--                 because its owner and a thief can't be told apart
--   token_in_use  new_hash is old_hash, or a session has it, or had it lately; nothing has changed
--   invalid       the token is unknown, or its session or account is over
-- session_id and user_id are set for rotated, concurrent and reused; session_ends_at and generation for rotated. Of several tokens of
-- a session the one with the highest generation is valid.
-- Of the replaced hashes the parent and the last 8 are kept. An earlier one is recognised by family or of_session, as reused.
-- Locks: the row in user_sessions.
CREATE OR REPLACE FUNCTION session_rotate(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION, family TEXT,
    of_session BIGINT
) RETURNS TABLE (outcome TEXT, session_id BIGINT, user_id BIGINT, session_ends_at TIMESTAMPTZ, generation INTEGER)
LANGUAGE plpgsql AS $$
DECLARE
    kept_hashes CONSTANT INTEGER := 8;
    current     user_sessions;
    replaced    session_token_history;
    parent      INTEGER;
    moment      TIMESTAMPTZ;
    violated    TEXT;
BEGIN
    IF new_hash = old_hash OR EXISTS (SELECT FROM session_token_history h WHERE h.token_hash = new_hash) THEN
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END IF;
    -- A caller that waited here for another rotation finds the hash changed, and the old one in the history.
    SELECT s.* INTO current FROM user_sessions s WHERE s.token_hash = old_hash FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        SELECT h.* INTO replaced FROM session_token_history h WHERE h.token_hash = old_hash;
        SELECT s.* INTO current
        FROM user_sessions s
        WHERE s.id = COALESCE(
            replaced.session_id, (SELECT f.id FROM user_sessions f WHERE f.family_hash = family), of_session
        )
        FOR NO KEY UPDATE;
    END IF;
    PERFORM FROM users u
    WHERE u.id = current.user_id
      AND session_is_live(current, u.sessions_valid_after, idle_seconds)
      AND account_is_usable(u.active, u.expires_at);
    IF NOT FOUND THEN
        outcome := 'invalid';
        RETURN NEXT;
        RETURN;
    END IF;

    IF new_hash = current.token_hash THEN
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END IF;

    session_id := current.id;
    user_id := current.user_id;
    moment := CLOCK_TIMESTAMP();
    IF current.token_hash = old_hash THEN
        parent := current.generation;
    ELSIF NOT current.token_presented AND current.parent_generation IN (replaced.generation, replaced.parent_generation) THEN
        parent := replaced.generation;
    END IF;

    IF parent IS NULL THEN
        IF replaced.replaced_at + MAKE_INTERVAL(secs => grace_seconds) > moment THEN
            outcome := 'concurrent';
        ELSE
            outcome := 'reused';
            UPDATE user_sessions s
            SET revoked        = TRUE,
                revoked_at     = moment,
                revoked_reason = 'token_reuse'
            WHERE s.id = current.id;
            INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id)
            SELECT moment, 'session_token_reuse', u.username, FORMAT('session %s revoked', current.id), address,
                   COALESCE(u.server_id, 'unknown')
            FROM users u
            WHERE u.id = current.user_id;
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;

    -- A block of its own: a hash that another session has would otherwise end the caller's transaction.
    BEGIN
        UPDATE user_sessions s
        SET token_hash        = new_hash,
            generation        = current.generation + 1,
            parent_generation = parent,
            token_presented   = FALSE,
            family_hash       = COALESCE(family, s.family_hash),
            last_activity     = GREATEST(s.last_activity, moment)
        WHERE s.id = current.id
        RETURNING s.expires_at, s.generation INTO session_ends_at, session_rotate.generation;
    EXCEPTION WHEN unique_violation THEN
        GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        IF violated <> 'idx_sessions_token_hash' THEN
            RAISE;
        END IF;
        session_id := NULL;
        user_id := NULL;
        outcome := 'token_in_use';
        RETURN NEXT;
        RETURN;
    END;
    INSERT INTO session_token_history
        (token_hash, session_id, generation, parent_generation, replaced_at)
    VALUES
        (current.token_hash, current.id, current.generation, current.parent_generation, moment);
    IF current.token_hash <> old_hash THEN
        UPDATE session_token_history h
        SET replaced_at = moment
        WHERE h.token_hash = old_hash;
    END IF;
    DELETE FROM session_token_history h
    WHERE h.session_id = current.id
      AND h.generation <= current.generation - kept_hashes
      AND h.generation <> parent;
    outcome := 'rotated';
    RETURN NEXT;
END
$$;

-- The earlier form of session_rotate.
CREATE OR REPLACE FUNCTION session_rotate_token(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id BIGINT, user_id BIGINT, session_ends_at TIMESTAMPTZ)
LANGUAGE SQL AS $$
    SELECT r.outcome, r.session_id, r.user_id, r.session_ends_at
    FROM session_rotate(old_hash, new_hash, address, idle_seconds, grace_seconds, NULL, NULL) r
$$;

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
          AND proname IN ('session_rotate', 'session_rotate_token')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS session_rotate(TEXT, TEXT, INET, DOUBLE PRECISION, DOUBLE PRECISION, TEXT, BIGINT);
CREATE OR REPLACE FUNCTION session_rotate_token(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id BIGINT, user_id BIGINT, session_ends_at TIMESTAMPTZ)
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
        VALUES (old_hash, session_rotate_token.session_id, current.generation - 1, CLOCK_TIMESTAMP());
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
          AND proname = 'session_rotate_token'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
