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
-- When one more try is allowed, if not now, by the failures of the account. One rule for password_try, which asks before and after it
-- has locked the row.
--   counted_as                 the row in password_failures
--   is_known                   whether the limits of known devices apply
--   max_tries, closed_seconds  after this many wrong passwords in a row every try is refused: the answer is closed_seconds
-- Both results are NULL if a try is allowed. refused_by is closed or lock.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION password_refusal(
    counted_as BYTEA, is_known BOOLEAN, max_tries INTEGER, closed_seconds DOUBLE PRECISION,
    OUT retry_after_seconds DOUBLE PRECISION, OUT refused_by TEXT
)
LANGUAGE plpgsql AS $$
DECLARE
    failed  INTEGER;
    ends_at TIMESTAMPTZ;
BEGIN
    SELECT CASE WHEN is_known THEN f.known_failures ELSE f.failures END,
           CASE WHEN is_known THEN f.known_locked_until ELSE f.locked_until END
    INTO failed, ends_at
    FROM password_failures f
    WHERE f.name_hash = counted_as;
    IF COALESCE(failed, 0) >= max_tries THEN
        retry_after_seconds := closed_seconds;
        refused_by := 'closed';
    ELSIF ends_at > CLOCK_TIMESTAMP() THEN
        retry_after_seconds := EXTRACT(EPOCH FROM ends_at - CLOCK_TIMESTAMP());
        refused_by := 'lock';
    END IF;
END
$$;
ALTER FUNCTION password_refusal SET search_path TO 'public', 'pg_temp';

-- V71__limit_password_tries
-- Allows a password to be compared, and counts the try as a failure at once; password_verified takes it back. So the limits hold
-- under concurrency, although the hash is computed outside of the database, and a caller that gives up midway has failed. A refusal
-- writes nothing; only of two tries that pass the limits at the same time the one that is then refused can leave dead rows.
--   logins, by_phone_number    the forms of what was typed, the likeliest first: names of an account, or spellings of its phone number
--   known_hash                 the hash of a token from an earlier sign-in, or NULL. The device is known if that token is the last one
--                              of a session of the account which is live, has expired, or ended for no reason that could be a theft:
--                              it has failures and locks of its own, and uses no budget, so that strangers do not keep it out
--   has_code                   whether the client has verified the phone number of the account, which makes it a known device as well
--   lock_every, lock_seconds   after every lock_every wrong passwords in a row the account is locked, for the first of lock_seconds,
--                              then the second, and so on; the last one repeats
--   max_failures, max_known_failures
--                              wrong passwords in a row after which every try is refused, of strangers and of known devices, until
--                              one of the others is right, the password is changed, or password_failures has no row any more
--   budgets, keys, per_minute, per_hour, per_day
--                              what a failure uses in rate_counters, as parallel arrays in the order of budget and key
-- Returns one row. Either charged_at, counted_as and uses_budgets, whether the try has used the budgets, which password_verified takes,
-- with the account and its hash, which are NULL if there is none; or retry_after_seconds and refused_by, which is closed, lock or the
-- name of a budget.
-- Locks: the row in password_failures, then the rows in rate_counters in the order given.
CREATE OR REPLACE FUNCTION password_try(
    logins TEXT[], by_phone_number BOOLEAN, known_hash TEXT, has_code BOOLEAN,
    lock_every INTEGER, lock_seconds DOUBLE PRECISION[], max_failures INTEGER, max_known_failures INTEGER,
    budgets TEXT[], keys TEXT[], per_minute INTEGER[], per_hour INTEGER[], per_day INTEGER[]
) RETURNS TABLE (
    charged_at TIMESTAMPTZ, counted_as BYTEA, uses_budgets BOOLEAN, user_id BIGINT, username TEXT, stored_hash TEXT,
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
    IF by_phone_number THEN
        SELECT u.id, u.username::TEXT AS username, u.password_hash
        INTO account
        FROM users u
        WHERE u.phone_number = ANY (logins)
        ORDER BY ARRAY_POSITION(logins, u.phone_number::TEXT)
        LIMIT 1;
    ELSE
        SELECT u.id, u.username::TEXT AS username, u.password_hash
        INTO account
        FROM users u
        WHERE u.username = ANY (logins)
        ORDER BY ARRAY_POSITION(logins, u.username::TEXT)
        LIMIT 1;
    END IF;
    -- All forms of a name without an account share the last of them, as those of an account share its name.
    counted_as := name_hash(COALESCE(account.username, logins[CARDINALITY(logins)]));
    is_known := has_code OR EXISTS (
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

    -- First without locks, so that a refusal writes nothing.
    SELECT r.retry_after_seconds, r.refused_by
    INTO password_try.retry_after_seconds, password_try.refused_by
    FROM password_refusal(counted_as, is_known, max_tries, closed_seconds) r;
    IF retry_after_seconds IS NULL THEN
        FOR i IN 1 .. CARDINALITY(used) LOOP
            retry_after_seconds := rate_available_in(used[i], keys[i], 1, per_minute[i], per_hour[i], per_day[i]);
            refused_by := used[i];
            EXIT WHEN retry_after_seconds IS NOT NULL;
        END LOOP;
    END IF;
    IF retry_after_seconds IS NOT NULL THEN
        counted_as := NULL;
        RETURN NEXT;
        RETURN;
    END IF;

    -- A block of its own: what was written so far is undone if a limit was reached in the meantime.
    BEGIN
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
        SELECT r.retry_after_seconds, r.refused_by
        INTO password_try.retry_after_seconds, password_try.refused_by
        FROM password_refusal(counted_as, is_known, max_tries, closed_seconds) r;
        IF retry_after_seconds IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'BQ001';
        END IF;
        FOR i IN 1 .. CARDINALITY(used) LOOP
            IF rate_use(used[i], keys[i], 1, per_minute[i], per_hour[i], per_day[i]) IS NULL THEN
                retry_after_seconds := COALESCE(
                    rate_available_in(used[i], keys[i], 1, per_minute[i], per_hour[i], per_day[i]), 1);
                refused_by := used[i];
                RAISE EXCEPTION USING ERRCODE = 'BQ001';
            END IF;
        END LOOP;
    EXCEPTION WHEN SQLSTATE 'BQ001' THEN
        counted_as := NULL;
        RETURN NEXT;
        RETURN;
    END;

    refused_by := NULL;
    charged_at := CLOCK_TIMESTAMP();
    uses_budgets := NOT is_known;
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
    RETURN NEXT;
END
$$;
ALTER FUNCTION password_try SET search_path TO 'public', 'pg_temp';

-- V71__limit_password_tries
-- The password was right: forgets the failures, and gives back what the try has used of the budgets, which are empty if it used none.
-- Locks: the row in password_failures, then the rows in rate_counters in the order given.
CREATE OR REPLACE FUNCTION password_verified(
    counted_as BYTEA, charged_at TIMESTAMPTZ, budgets TEXT[], keys TEXT[]
) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM password_failures f WHERE f.name_hash = counted_as;
    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        PERFORM rate_give_back(budgets[i], keys[i], 0, charged_at);
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
