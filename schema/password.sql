-- Written by the build step from the migrations: do not edit.
-- The schema of password after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V70__add_password_failures
-- name_hash is the SHA-256 of the account's name, or of what was typed if there is no such account: a password that was typed as a
-- name is not stored. known_… is for devices that present a token of the account, which have limits of their own. A right password
-- deletes the row.
CREATE TABLE password_failures (
    name_hash          BYTEA NOT NULL,
    has_account        BOOLEAN NOT NULL,
    failures           INTEGER NOT NULL DEFAULT 0,
    locked_until       TIMESTAMPTZ,
    known_failures     INTEGER NOT NULL DEFAULT 0,
    known_locked_until TIMESTAMPTZ,
    failed_at          TIMESTAMPTZ NOT NULL,
    CONSTRAINT password_failures_pkey PRIMARY KEY (name_hash)
) WITH (fillfactor = 70);

-- For retention.
CREATE INDEX idx_password_failures_failed_at ON password_failures (failed_at) WHERE has_account = FALSE;

-- V71__limit_password_tries
-- When one more try is allowed, if not now. One rule for password_try, which asks before and after it has locked what it names.
--   counted_as                 the row in password_failures
--   is_known                   whether the limits of known devices apply
--   max_tries, closed_seconds  after this many wrong passwords in a row every try is refused: the answer is closed_seconds
--   budgets, keys              what addresses have used, in otp_budgets
--   per_hour, per_day          how much of it, at most, in any 60 minutes and any 24 hours
-- Returns one row; both columns are NULL if a try is allowed. refused_by is closed, lock, or the name of a budget.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION password_refusal(
    counted_as BYTEA, is_known BOOLEAN, max_tries INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], per_hour INTEGER[], per_day INTEGER[]
) RETURNS TABLE (retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    failed       INTEGER;
    available_at TIMESTAMPTZ;
    last_day     TIMESTAMPTZ[];
    last_hour    TIMESTAMPTZ[];
    moment       TIMESTAMPTZ;
BEGIN
    SELECT CASE WHEN is_known THEN f.known_failures ELSE f.failures END,
           CASE WHEN is_known THEN f.known_locked_until ELSE f.locked_until END
    INTO failed, available_at
    FROM password_failures f
    WHERE f.name_hash = counted_as;
    moment := CLOCK_TIMESTAMP();
    IF COALESCE(failed, 0) >= max_tries THEN
        retry_after_seconds := closed_seconds;
        refused_by := 'closed';
    ELSIF available_at > moment THEN
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        refused_by := 'lock';
    ELSE
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            SELECT otp_within(b.uses, 86400), otp_within(b.uses, 3600)
            INTO last_day, last_hour
            FROM otp_budgets b
            WHERE b.budget = budgets[i] AND b.key = keys[i];
            moment := CLOCK_TIMESTAMP();
            -- When the use leaves its window that makes room for one more. A limit of 0 never has room.
            available_at := GREATEST(
                CASE WHEN COALESCE(CARDINALITY(last_hour), 0) >= per_hour[i] THEN
                    COALESCE(last_hour[CARDINALITY(last_hour) - per_hour[i] + 1], moment) + INTERVAL '1 hour'
                END,
                CASE WHEN COALESCE(CARDINALITY(last_day), 0) >= per_day[i] THEN
                    COALESCE(last_day[CARDINALITY(last_day) - per_day[i] + 1], moment) + INTERVAL '24 hours'
                END
            );
            IF available_at > moment THEN
                retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
                refused_by := budgets[i];
                EXIT;
            END IF;
        END LOOP;
    END IF;
    RETURN NEXT;
END
$$;
ALTER FUNCTION password_refusal SET search_path TO 'public', 'pg_temp';

-- V71__limit_password_tries
-- Allows a password to be compared, and counts the try as a failure at once; password_verified takes it back. So the limits hold
-- under concurrency, although the hash is computed outside of the database, and a caller that gives up midway has failed. A refusal
-- writes nothing.
--   login, is_phone_number     what was typed: the name of an account, or its phone number
--   known_hash                 the hash of a token from an earlier sign-in, or NULL. The device is known if that token is the last one
--                              of a session of the account which is live, has expired, or ended for no reason that could be a theft:
--                              it has failures and locks of its own, and uses no budget, so that strangers do not keep it out
--   lock_every, lock_seconds   after every lock_every wrong passwords in a row the account is locked, for the first of lock_seconds,
--                              then the second, and so on; the last one repeats
--   max_failures, max_known_failures
--                              wrong passwords in a row after which every try is refused, of strangers and of known devices, until
--                              one of the others is right, the password is changed, or password_failures has no row any more
--   budgets, keys, per_hour, per_day
--                              what a failure uses in otp_budgets, as parallel arrays in the order of budget and key
-- Returns one row. Either charged_at and counted_as, which password_verified takes, with the account and its hash, which are NULL
-- if there is none; or retry_after_seconds and refused_by, as password_refusal.
-- Locks: the row in password_failures, then the rows in otp_budgets in the order given.
CREATE OR REPLACE FUNCTION password_try(
    login TEXT, is_phone_number BOOLEAN, known_hash TEXT,
    lock_every INTEGER, lock_seconds DOUBLE PRECISION[], max_failures INTEGER, max_known_failures INTEGER,
    budgets TEXT[], keys TEXT[], per_hour INTEGER[], per_day INTEGER[]
) RETURNS TABLE (
    charged_at TIMESTAMPTZ, counted_as BYTEA, user_id BIGINT, username TEXT, stored_hash TEXT,
    retry_after_seconds DOUBLE PRECISION, refused_by TEXT
)
LANGUAGE plpgsql AS $$
DECLARE
    account        RECORD;
    is_known       BOOLEAN;
    used           TEXT[] := budgets;
    max_tries      INTEGER := max_failures;
    failed         INTEGER;
    lock_ends_at   TIMESTAMPTZ;
    closed_seconds CONSTANT DOUBLE PRECISION := lock_seconds[CARDINALITY(lock_seconds)];
BEGIN
    -- Two statements, so that each has its index.
    IF is_phone_number THEN
        SELECT u.id, u.username::TEXT AS username, u.password_hash INTO account FROM users u WHERE u.phone_number = login;
    ELSE
        SELECT u.id, u.username::TEXT AS username, u.password_hash INTO account FROM users u WHERE u.username = login;
    END IF;
    counted_as := name_hash(COALESCE(account.username, login));
    is_known := EXISTS (
        SELECT
        FROM user_sessions s
        WHERE s.token_hash = known_hash
          AND s.user_id = account.id
          AND (s.revoked = FALSE
               OR s.revoked_reason IN ('sign_out', 'session_limit', 'superseded', 'device_limit', 'role_change', 'account_expired'))
    );
    IF is_known THEN
        used := '{}';
        max_tries := max_known_failures;
    END IF;

    SELECT r.retry_after_seconds, r.refused_by
    INTO password_try.retry_after_seconds, password_try.refused_by
    FROM password_refusal(counted_as, is_known, max_tries, closed_seconds, used, keys, per_hour, per_day) r;
    IF retry_after_seconds IS NULL THEN
        -- Another sign-in may delete the row between the two statements.
        LOOP
            INSERT INTO password_failures (name_hash, has_account, failed_at)
            VALUES (counted_as, account.id IS NOT NULL, CLOCK_TIMESTAMP())
            ON CONFLICT DO NOTHING;
            SELECT CASE WHEN is_known THEN f.known_failures ELSE f.failures END + 1
            INTO failed
            FROM password_failures f
            WHERE f.name_hash = counted_as
            FOR NO KEY UPDATE;
            EXIT WHEN FOUND;
        END LOOP;
        FOR i IN 1 .. CARDINALITY(used) LOOP
            PERFORM otp_budget_available_at(used[i], keys[i], per_day[i], 86400);
        END LOOP;
        SELECT r.retry_after_seconds, r.refused_by
        INTO password_try.retry_after_seconds, password_try.refused_by
        FROM password_refusal(counted_as, is_known, max_tries, closed_seconds, used, keys, per_hour, per_day) r;
        IF retry_after_seconds IS NOT NULL THEN
            DELETE FROM password_failures f
            WHERE f.name_hash = password_try.counted_as
              AND f.failures = 0
              AND f.known_failures = 0;
        END IF;
    END IF;
    IF retry_after_seconds IS NOT NULL THEN
        counted_as := NULL;
        RETURN NEXT;
        RETURN;
    END IF;

    charged_at := CLOCK_TIMESTAMP();
    user_id := account.id;
    username := account.username;
    stored_hash := account.password_hash;
    IF failed % lock_every = 0 THEN
        lock_ends_at := charged_at + MAKE_INTERVAL(secs => lock_seconds[LEAST(failed / lock_every, CARDINALITY(lock_seconds))]);
    END IF;
    UPDATE password_failures f
    SET has_account        = account.id IS NOT NULL,
        failed_at          = charged_at,
        failures           = CASE WHEN is_known THEN f.failures ELSE failed END,
        locked_until       = CASE WHEN is_known THEN f.locked_until ELSE lock_ends_at END,
        known_failures     = CASE WHEN is_known THEN failed ELSE f.known_failures END,
        known_locked_until = CASE WHEN is_known THEN lock_ends_at ELSE f.known_locked_until END
    WHERE f.name_hash = counted_as;
    FOR i IN 1 .. CARDINALITY(used) LOOP
        UPDATE otp_budgets b
        SET uses     = otp_within(b.uses, 86400) || charged_at,
            empty_at = charged_at + INTERVAL '24 hours'
        WHERE b.budget = used[i] AND b.key = keys[i];
    END LOOP;
    RETURN NEXT;
END
$$;
ALTER FUNCTION password_try SET search_path TO 'public', 'pg_temp';

-- V71__limit_password_tries
-- The password was right: forgets the failures, and gives back what the try has used of the budgets.
-- Locks: the row in password_failures, then the rows in otp_budgets in the order given.
CREATE OR REPLACE FUNCTION password_verified(
    counted_as BYTEA, charged_at TIMESTAMPTZ, budgets TEXT[], keys TEXT[]
) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM password_failures f WHERE f.name_hash = counted_as;
    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        UPDATE otp_budgets b
        SET uses = b.uses[: ARRAY_POSITION(b.uses, charged_at) - 1] || b.uses[ARRAY_POSITION(b.uses, charged_at) + 1 :]
        WHERE b.budget = budgets[i]
          AND b.key = keys[i]
          AND ARRAY_POSITION(b.uses, charged_at) IS NOT NULL;
    END LOOP;
END
$$;
ALTER FUNCTION password_verified SET search_path TO 'public', 'pg_temp';

-- V72__forget_password_failures
-- Forgets the wrong passwords of the account, and those at its number from before the number had an account.
-- Locks: the rows in password_failures, after the account.
CREATE OR REPLACE FUNCTION forget_password_failures() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM password_failures f
    WHERE f.name_hash IN (name_hash(OLD.username), name_hash(OLD.phone_number));
    RETURN NULL;
END
$$;
ALTER FUNCTION forget_password_failures SET search_path TO 'public', 'pg_temp';
