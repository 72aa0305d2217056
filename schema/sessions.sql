-- Written by the build step from the migrations: do not edit.
-- The schema of sessions after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V2__add_phone_auth
CREATE TABLE user_sessions (
    id                BIGSERIAL,
    user_id           BIGINT NOT NULL,
    token_hash        VARCHAR(255) NOT NULL,
    device_info       TEXT,
    ip_address        INET,
    user_agent        TEXT,
    created_at        TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    expires_at        TIMESTAMPTZ NOT NULL,
    last_activity     TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    revoked           BOOLEAN DEFAULT FALSE,
    revoked_at        TIMESTAMPTZ,
    revoked_reason    VARCHAR(255),
    generation        INTEGER NOT NULL DEFAULT 0,
    device_id         BIGINT,
    token_presented   BOOLEAN NOT NULL DEFAULT TRUE,
    parent_generation INTEGER,
    family_hash       VARCHAR(64),
    CONSTRAINT user_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT chk_user_sessions_times CHECK (is_calendar_time(created_at) AND is_calendar_time(expires_at) AND is_calendar_time(last_activity) AND is_calendar_time(revoked_at)),
    CONSTRAINT fk_user_sessions_device_id FOREIGN KEY (device_id) REFERENCES user_devices (id) ON DELETE SET NULL,
    CONSTRAINT user_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITH (fillfactor = 85);
COMMENT ON COLUMN user_sessions.device_id IS 'The device that signed in; NULL if it is not registered';
COMMENT ON COLUMN user_sessions.token_presented IS 'FALSE after a rotation until the new token was validated or replaced';
COMMENT ON COLUMN user_sessions.parent_generation IS 'The generation of the token that was replaced by the current one; NULL before the first rotation';
COMMENT ON COLUMN user_sessions.family_hash IS 'The SHA-256 of what all tokens of the session have in common; NULL before the first rotation, and if a service makes tokens of its own';

-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE INDEX idx_sessions_device_id ON user_sessions (device_id);

CREATE INDEX idx_sessions_expires_at ON user_sessions (expires_at);

-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE UNIQUE INDEX idx_sessions_family_hash ON user_sessions (family_hash) WHERE family_hash IS NOT NULL;

CREATE INDEX idx_sessions_revoked ON user_sessions (user_id) WHERE revoked = FALSE;
CREATE INDEX idx_sessions_revoked_at ON user_sessions (revoked_at) WHERE revoked;
CREATE UNIQUE INDEX idx_sessions_token_hash ON user_sessions (token_hash);
CREATE INDEX idx_sessions_user_id ON user_sessions (user_id);

-- Created by V9__harden_sessions
-- The hashes that a session's token had before. They go with their session.
CREATE TABLE session_token_history (
    token_hash        VARCHAR(255) NOT NULL,
    session_id        BIGINT NOT NULL,
    generation        INTEGER NOT NULL,
    replaced_at       TIMESTAMPTZ NOT NULL,
    parent_generation INTEGER,
    CONSTRAINT session_token_history_pkey PRIMARY KEY (token_hash),
    CONSTRAINT fk_session_token_history_session_id FOREIGN KEY (session_id) REFERENCES user_sessions (id) ON DELETE CASCADE
);
COMMENT ON COLUMN session_token_history.parent_generation IS 'The generation of the token that it had replaced';

CREATE INDEX idx_session_token_history_session_id ON session_token_history (session_id);

-- V9__harden_sessions
-- Whether a session is within its two limits, its own end and so many seconds after its last use, and was opened after
-- its user's last sign-out everywhere. The account is not looked at.
CREATE OR REPLACE FUNCTION session_is_live(
    session user_sessions, sessions_valid_after TIMESTAMPTZ, idle_seconds DOUBLE PRECISION
) RETURNS BOOLEAN
LANGUAGE SQL STABLE PARALLEL SAFE AS $$
    SELECT session.revoked = FALSE
       AND session.expires_at > CURRENT_TIMESTAMP
       AND COALESCE(session.last_activity, session.created_at) > CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => idle_seconds)
       AND (sessions_valid_after IS NULL OR session.created_at > sessions_valid_after)
$$;

-- V69__rotate_tokens_after_lost_answers
-- The earlier form of session_rotate.
CREATE OR REPLACE FUNCTION session_rotate_token(
    old_hash TEXT, new_hash TEXT, address INET, idle_seconds DOUBLE PRECISION, grace_seconds DOUBLE PRECISION
) RETURNS TABLE (outcome TEXT, session_id BIGINT, user_id BIGINT, session_ends_at TIMESTAMPTZ)
LANGUAGE SQL AS $$
    SELECT r.outcome, r.session_id, r.user_id, r.session_ends_at
    FROM session_rotate(old_hash, new_hash, address, idle_seconds, grace_seconds, NULL, NULL) r
$$;
ALTER FUNCTION session_rotate_token SET search_path TO 'public', 'pg_temp';

-- V33__pass_ids_as_bigint
-- Ends every session of a user. The cut-off ends those, too, that are being opened at this moment and can't be seen yet.
CREATE OR REPLACE FUNCTION session_revoke_all(of_user BIGINT, reason TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    -- Locked first: an UPDATE that has to wait may have read the clock before.
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    UPDATE users u SET sessions_valid_after = GREATEST(CLOCK_TIMESTAMP(), u.sessions_valid_after) WHERE u.id = of_user;
    PERFORM FROM user_sessions s WHERE s.user_id = of_user AND s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE s.user_id = of_user
      AND s.revoked = FALSE;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;
ALTER FUNCTION session_revoke_all SET search_path TO 'public', 'pg_temp';

-- V33__pass_ids_as_bigint
-- Ends every session of a user except one. The account is locked first, so none is being opened meanwhile.
CREATE OR REPLACE FUNCTION session_revoke_others(of_user BIGINT, keep BIGINT, reason TEXT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    PERFORM FROM user_sessions s
    WHERE s.user_id = of_user AND s.id <> keep AND s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE s.user_id = of_user
      AND s.id <> keep
      AND s.revoked = FALSE;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;
ALTER FUNCTION session_revoke_others SET search_path TO 'public', 'pg_temp';

-- V48__create_sessions_on_devices
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
ALTER FUNCTION session_create SET search_path TO 'public', 'pg_temp';

-- V69__rotate_tokens_after_lost_answers
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
ALTER FUNCTION session_rotate SET search_path TO 'public', 'pg_temp';

-- V90__erase_every_trace
-- Deletes the sessions of an account, and with them the tokens that they had.
-- Locks: the sessions in id order.
CREATE OR REPLACE FUNCTION session_erase(of_user BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM user_sessions s WHERE s.user_id = of_user ORDER BY s.id FOR UPDATE;
    DELETE FROM user_sessions s WHERE s.user_id = of_user;
END
$$;
ALTER FUNCTION session_erase SET search_path TO 'public', 'pg_temp';
