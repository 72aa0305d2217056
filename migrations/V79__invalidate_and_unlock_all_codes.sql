-- Invalidating a number's codes and unlocking it also apply to what later programs keep.
--
-- Why: a number has codes in otp_codes (V73), and failures and a lock of known devices (V74).
-- Locks: replaces functions only.

-- Invalidates every live code and ticket of a phone number, for every purpose.
-- Locks: the row in otp_numbers (NO KEY UPDATE), then those in otp_challenges, otp_codes and otp_tickets.
CREATE OR REPLACE FUNCTION otp_invalidate(number TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE otp_challenges c
        SET code_mac = NULL
        WHERE c.phone_number = number
          AND c.code_mac IS NOT NULL;
        DELETE FROM otp_codes c
        WHERE c.phone_number = number;
        DELETE FROM otp_tickets t
        WHERE t.phone_number = number;
    END IF;
END
$$;

-- Resets the failures of a phone number for every purpose and unlocks it, for known devices as well. Returns whether there was
-- anything to reset.
-- Locks: the row in otp_numbers, then those in otp_challenges.
CREATE OR REPLACE FUNCTION otp_unlock(number TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE otp_numbers n SET quiet_since = CLOCK_TIMESTAMP() WHERE n.phone_number = number;
    UPDATE otp_challenges c
    SET failures           = 0,
        known_failures     = 0,
        locked_until       = NULL,
        known_locked_until = NULL
    WHERE c.phone_number = number
      AND (c.failures > 0 OR c.locked_until IS NOT NULL OR c.known_locked_until IS NOT NULL);
    RETURN FOUND;
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
          AND proname IN ('otp_invalidate', 'otp_unlock')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- Invalidates every live code and ticket of a phone number, for every purpose.
-- Locks: the row in otp_numbers (NO KEY UPDATE), then those in otp_challenges and otp_tickets.
CREATE OR REPLACE FUNCTION otp_invalidate(number TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    IF FOUND THEN
        UPDATE otp_challenges c
        SET code_mac = NULL
        WHERE c.phone_number = number
          AND c.code_mac IS NOT NULL;
        DELETE FROM otp_tickets t
        WHERE t.phone_number = number;
    END IF;
END
$$;

-- Resets the failures of a phone number for every purpose and unlocks it. Returns whether there was anything to reset.
-- Locks: the row in otp_numbers, then those in otp_challenges.
CREATE OR REPLACE FUNCTION otp_unlock(number TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE otp_numbers n SET quiet_since = CLOCK_TIMESTAMP() WHERE n.phone_number = number;
    UPDATE otp_challenges c
    SET failures     = 0,
        locked_until = NULL
    WHERE c.phone_number = number
      AND (c.failures > 0 OR c.locked_until IS NOT NULL);
    RETURN FOUND;
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
          AND proname IN ('otp_invalidate', 'otp_unlock')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
