-- Written by the build step from the migrations: do not edit.
-- The schema of devices after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V42__add_devices
CREATE TABLE user_devices (
    id             BIGSERIAL,
    user_id        BIGINT NOT NULL,
    device_key     VARCHAR(255) NOT NULL,
    device_name    VARCHAR(255),
    device_type    VARCHAR(255),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_seen      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    revoked_at     TIMESTAMPTZ,
    revoked_reason VARCHAR(255),
    CONSTRAINT user_devices_pkey PRIMARY KEY (id),
    CONSTRAINT user_devices_user_id_device_key_key UNIQUE (user_id, device_key),
    CONSTRAINT chk_user_devices_revoked CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
    CONSTRAINT chk_user_devices_times CHECK (is_calendar_time(created_at) AND is_calendar_time(last_seen) AND is_calendar_time(revoked_at)),
    CONSTRAINT fk_user_devices_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
COMMENT ON COLUMN user_devices.device_key IS 'The stable id that the client keeps, unique per user';
COMMENT ON COLUMN user_devices.last_seen IS 'The last registration, sign-in or opening of a connection; device_seen_at also knows the use since then';
COMMENT ON COLUMN user_devices.revoked_at IS 'When the device was signed out, lost or replaced: it opens nothing until it is registered again';

CREATE INDEX idx_user_devices_last_seen ON user_devices (last_seen);

-- V116__look_up_use_of_devices_in_steps
-- When a device was last used: seen, or used by one of its sessions or live connections since then.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION device_seen_at(device user_devices) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    owner     TEXT;
    connected TIMESTAMPTZ;
BEGIN
    SELECT u.username INTO owner FROM users u WHERE u.id = device.user_id;
    SELECT MAX(c.last_activity) INTO connected
    FROM vpn_connections c
    WHERE c.username = owner
      AND c.device_id = device.id
      AND c.status IN ('connecting', 'connected');
    RETURN GREATEST(
        device.last_seen,
        (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.device_id = device.id),
        connected
    );
END
$$;
ALTER FUNCTION device_seen_at SET search_path TO 'public', 'pg_temp';

-- V47__register_devices
-- Signs devices of a user out, for a reason: sign_out, lost or device_limit. Their sessions end for a reason of theirs; close their connections by
-- close_all_for_devices in the same transaction. A device that is signed out already gets the new reason if that is lost.
-- Returns the ids of those that belong to the user, in order, and the number of sessions that ended.
-- Locks: the row in users (NO KEY UPDATE), the devices in id order, the sessions in id order.
CREATE OR REPLACE FUNCTION device_revoke(of_user BIGINT, ids BIGINT[], reason TEXT, session_reason TEXT)
RETURNS TABLE (device_ids BIGINT[], sessions_ended INTEGER)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users u WHERE u.id = of_user FOR NO KEY UPDATE;
    device_ids := ARRAY(
        SELECT d.id
        FROM user_devices d
        WHERE d.id = ANY (ids)
          AND d.user_id = of_user
        ORDER BY d.id
        FOR NO KEY UPDATE
    );
    UPDATE user_devices d
    SET revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = reason
    WHERE d.id = ANY (device_ids)
      AND (d.revoked_at IS NULL OR reason = 'lost' AND d.revoked_reason <> 'lost');
    PERFORM FROM user_sessions s
    WHERE s.device_id = ANY (device_ids)
      AND s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = session_reason
    WHERE s.device_id = ANY (device_ids)
      AND s.revoked = FALSE;
    GET DIAGNOSTICS sessions_ended = ROW_COUNT;
    RETURN NEXT;
END
$$;
ALTER FUNCTION device_revoke SET search_path TO 'public', 'pg_temp';

-- V116__look_up_use_of_devices_in_steps
-- Registers a device of a user under the stable id that its client keeps, or finds the one that has it. What was signed out or
-- lost is registered again. Name and type change where they are given; of a longer text the first 255 characters count.
--   session            a session of the user that belongs to the device from now on, and replaces the device's earlier ones; or
--                      NULL
--   max_devices        the limit for a user who has none in users.max_devices; NULL: no limit. A lower one of the plan counts
--   ends_longest_unseen
--                      at the limit: TRUE signs out the devices that were not used for longest, those without a live
--                      connection first; FALSE refuses the new one
-- Returns one row. outcome:
--   registered     device_id is set. was_revoked_for is the reason for which it was signed out before, or NULL. ended_ids are the
--                  devices that were signed out for the limit, with their sessions: close their connections by
--                  close_all_for_devices in the same transaction
--   unusable       no such account, or it is deactivated or expired, or the session is not one of its, or ended
--   limit_reached  the user has as many devices as allowed
-- All but registered have changed nothing. Only a new device takes an id.
-- Locks: the row in users (NO KEY UPDATE), the devices, the sessions that end in id order. A device that counts again also writes
-- the row in users, without a change of values, so that the limit holds above READ COMMITTED: see session_create.
CREATE OR REPLACE FUNCTION device_register(
    for_user BIGINT, key TEXT, name TEXT, type TEXT, session BIGINT, max_devices INTEGER, ends_longest_unseen BOOLEAN
) RETURNS TABLE (outcome TEXT, device_id BIGINT, was_revoked_for TEXT, ended_ids BIGINT[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    account   RECORD;
    known     RECORD;
    max_count INTEGER;
    others    BIGINT[];
    connected BIGINT[];
BEGIN
    ended_ids := '{}';
    SELECT u.username, u.active, u.expires_at, u.max_devices, u.has_plan INTO account FROM users u WHERE u.id = for_user FOR NO KEY UPDATE;
    IF NOT FOUND OR NOT account_is_usable(account.active, account.expires_at) THEN
        outcome := 'unusable';
        RETURN NEXT;
        RETURN;
    END IF;
    IF session IS NOT NULL THEN
        PERFORM FROM user_sessions s WHERE s.id = session AND s.user_id = for_user AND s.revoked = FALSE;
        IF NOT FOUND THEN
            outcome := 'unusable';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    SELECT d.id, d.revoked_at, d.revoked_reason INTO known
    FROM user_devices d
    WHERE d.user_id = for_user
      AND d.device_key = key;
    IF known.id IS NULL OR known.revoked_at IS NOT NULL THEN
        max_count := COALESCE(account.max_devices, device_register.max_devices);
        IF account.has_plan THEN
            max_count := LEAST(max_count, (
                SELECT p.max_devices
                FROM user_plans a
                JOIN plans p ON p.id = a.plan_id
                WHERE a.user_id = for_user
                  AND a.replaced_at IS NULL
            ));
        END IF;
        -- Those that are used least first.
        SELECT COALESCE(ARRAY_AGG(c.device_id), '{}') INTO connected
        FROM vpn_connections c
        WHERE c.username = account.username
          AND c.status IN ('connecting', 'connected')
          AND c.device_id IS NOT NULL;
        others := ARRAY(
            SELECT d.id
            FROM user_devices d
            WHERE d.user_id = for_user
              AND d.revoked_at IS NULL
            ORDER BY d.id = ANY (connected), device_seen_at(d), d.id
        );
        IF CARDINALITY(others) >= max_count THEN
            IF max_count = 0 OR NOT ends_longest_unseen THEN
                outcome := 'limit_reached';
                RETURN NEXT;
                RETURN;
            END IF;
            SELECT r.device_ids INTO ended_ids
            FROM device_revoke(
                for_user, others[1:CARDINALITY(others) - max_count + 1], 'device_limit', 'device_limit'
            ) r;
        END IF;
        -- For transactions above READ COMMITTED: see "Locks" above.
        UPDATE users u SET sessions_valid_after = u.sessions_valid_after WHERE u.id = for_user;
    END IF;
    IF known.id IS NULL THEN
        INSERT INTO user_devices (user_id, device_key, device_name, device_type, created_at, last_seen)
        VALUES (for_user, key, LEFT(name, 255), LEFT(type, 255), CLOCK_TIMESTAMP(), CLOCK_TIMESTAMP())
        RETURNING id INTO device_id;
    ELSE
        device_id := known.id;
        was_revoked_for := known.revoked_reason;
        UPDATE user_devices d
        SET device_name    = COALESCE(LEFT(name, 255), d.device_name),
            device_type    = COALESCE(LEFT(type, 255), d.device_type),
            last_seen      = CLOCK_TIMESTAMP(),
            revoked_at     = NULL,
            revoked_reason = NULL
        WHERE d.id = known.id;
    END IF;
    IF session IS NOT NULL THEN
        PERFORM FROM user_sessions s
        WHERE s.id = session OR s.device_id = device_register.device_id AND s.revoked = FALSE
        ORDER BY s.id
        FOR NO KEY UPDATE;
        UPDATE user_sessions s
        SET revoked        = TRUE,
            revoked_at     = CLOCK_TIMESTAMP(),
            revoked_reason = 'superseded'
        WHERE s.device_id = device_register.device_id
          AND s.id <> session
          AND s.revoked = FALSE;
        UPDATE user_sessions s SET device_id = device_register.device_id WHERE s.id = session;
    END IF;
    outcome := 'registered';
    RETURN NEXT;
END
$$;
ALTER FUNCTION device_register SET search_path TO 'public', 'pg_temp';

-- V90__erase_every_trace
-- Deletes the devices of an account, whose sessions are deleted already.
-- Locks: the devices.
CREATE OR REPLACE FUNCTION device_erase(of_user BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM user_devices d WHERE d.user_id = of_user;
END
$$;
ALTER FUNCTION device_erase SET search_path TO 'public', 'pg_temp';
