-- A program of the previous release verifies the codes of this one.
--
-- Why: during a deploy a code is sent by one program and verified by another.
-- Locks: replaces a function only.

-- Compares a code with the number's live code for a purpose. One UPDATE compares, counts the try, and spends a right code
-- or counts a wrong one and locks the number, so the limits are exact under concurrent tries. A right code creates a
-- ticket and invalidates every other code and ticket of the number. A try at a number without a live code does not count
-- as a failure of the number, which would let anyone lock it; it does consume the address's budget.
--   code_macs, key_ids                the code's MAC under each key that is in use
--   most_tries                        how often one code can be tried
--   lock_every, lock_seconds          after every lock_every wrong codes in a row the number is locked, for the first of
--                                     lock_seconds, then the second, and so on; the last one repeats
--   most_failures                     after this many wrong codes in a row no code is compared until otp_unlock
--   budget, budget_key, …             the budget that a wrong code consumes; none if budget_key is NULL
--   new_ticket_hash, ticket_seconds   the ticket that a right code creates, and its lifetime
-- Returns one row: verified, or retry_after_seconds and refused_by if the code was not compared, or neither if it was wrong,
-- spent or expired. refused_by is the limit that makes wait: closed (most_failures), lock, or the name of the budget.
-- Locks: the row in otp_numbers, then the row in otp_budgets.
CREATE OR REPLACE FUNCTION otp_verify_code(
    number TEXT, for_purpose TEXT, code_macs BYTEA[], key_ids INTEGER[], address INET,
    most_tries INTEGER, lock_every INTEGER, lock_seconds DOUBLE PRECISION[], most_failures INTEGER,
    budget TEXT, budget_key TEXT, budget_limit INTEGER, budget_window DOUBLE PRECISION,
    new_ticket_hash TEXT, ticket_seconds DOUBLE PRECISION
) RETURNS TABLE (verified BOOLEAN, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    challenge    otp_challenges;
    available_at TIMESTAMPTZ;
    moment       TIMESTAMPTZ;
BEGIN
    -- A later program sent a code to the number: it counts failures and tries by its own rules.
    IF EXISTS (SELECT FROM otp_codes c WHERE c.phone_number = number AND c.purpose = for_purpose) THEN
        RETURN QUERY
        SELECT c.verified, c.retry_after_seconds, c.refused_by
        FROM otp_check_code(
            number, for_purpose, code_macs, key_ids, address, NULL, most_tries, lock_every, lock_seconds, most_failures,
            most_failures, CASE WHEN budget_key IS NULL THEN '{}' ELSE ARRAY[budget] END, ARRAY[budget_key],
            ARRAY[CASE WHEN budget_window <= 60 THEN budget_limit END],
            ARRAY[CASE WHEN budget_window > 60 AND budget_window <= 3600 THEN budget_limit END],
            ARRAY[CASE WHEN budget_window > 3600 THEN budget_limit END], new_ticket_hash, ticket_seconds
        ) c;
        RETURN;
    END IF;
    verified := FALSE;
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    -- A number whose row is not visible yet has no code that anybody could know.
    IF FOUND THEN
        SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;
    END IF;

    IF challenge.failures >= most_failures THEN
        retry_after_seconds := lock_seconds[CARDINALITY(lock_seconds)];
        refused_by := 'closed';
        RETURN NEXT;
        RETURN;
    END IF;
    available_at := challenge.locked_until;
    refused_by := 'lock';
    IF budget_key IS NOT NULL AND (available_at IS NULL OR available_at <= CLOCK_TIMESTAMP()) THEN
        available_at := GREATEST(available_at, otp_budget_available_at(budget, budget_key, budget_limit, budget_window));
        refused_by := budget;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;
    refused_by := NULL;

    UPDATE otp_challenges c
    SET code_tries   = c.code_tries + 1,
        code_mac     = CASE WHEN tried.is_right THEN NULL ELSE c.code_mac END,
        failures     = CASE WHEN tried.is_right THEN 0 ELSE c.failures + 1 END,
        locked_until = CASE
            WHEN tried.is_right THEN NULL
            WHEN (c.failures + 1) % lock_every = 0 THEN
                moment + MAKE_INTERVAL(secs => lock_seconds[LEAST((c.failures + 1) / lock_every, CARDINALITY(lock_seconds))])
            ELSE c.locked_until
        END
    FROM (
        SELECT COALESCE(challenge.code_mac = code_macs[ARRAY_POSITION(key_ids, challenge.code_key_id)], FALSE) AS is_right
    ) AS tried
    WHERE c.phone_number = challenge.phone_number
      AND c.purpose = for_purpose
      AND c.code_mac IS NOT NULL
      AND c.code_expires_at > moment
      AND c.code_tries < most_tries
    RETURNING tried.is_right INTO verified;
    IF FOUND THEN
        UPDATE otp_numbers n
        SET quiet_since = CASE
            WHEN NOT EXISTS (SELECT FROM otp_challenges c WHERE c.phone_number = number AND c.failures > 0) THEN moment
        END
        WHERE n.phone_number = number;
        UPDATE otp_attempts a
        SET attempt_count   = challenge.code_tries + 1,
            last_attempt_at = moment,
            verified        = otp_verify_code.verified,
            verified_at     = CASE WHEN otp_verify_code.verified THEN moment END
        WHERE a.id = challenge.code_attempt_id;
    ELSE
        verified := FALSE;
    END IF;

    IF NOT verified AND budget_key IS NOT NULL THEN
        PERFORM otp_consume_budget(budget, budget_key, budget_window);
    END IF;
    IF verified THEN
        PERFORM otp_invalidate(number);
        INSERT INTO otp_tickets (ticket_hash, phone_number, purpose, created_at, expires_at)
        VALUES (new_ticket_hash, number, for_purpose, moment, moment + MAKE_INTERVAL(secs => ticket_seconds));
    END IF;

    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, verified_at,
         attempt_count, last_attempt_at)
    VALUES
        (number, '******', 'verify', for_purpose, address, moment, moment, otp_verify_code.verified,
         CASE WHEN otp_verify_code.verified THEN moment END, 1, moment);
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
          AND proname IN ('otp_verify_code')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- Compares a code with the number's live code for a purpose. One UPDATE compares, counts the try, and spends a right code
-- or counts a wrong one and locks the number, so the limits are exact under concurrent tries. A right code creates a
-- ticket and invalidates every other code and ticket of the number. A try at a number without a live code does not count
-- as a failure of the number, which would let anyone lock it; it does consume the address's budget.
--   code_macs, key_ids                the code's MAC under each key that is in use
--   most_tries                        how often one code can be tried
--   lock_every, lock_seconds          after every lock_every wrong codes in a row the number is locked, for the first of
--                                     lock_seconds, then the second, and so on; the last one repeats
--   most_failures                     after this many wrong codes in a row no code is compared until otp_unlock
--   budget, budget_key, …             the budget that a wrong code consumes; none if budget_key is NULL
--   new_ticket_hash, ticket_seconds   the ticket that a right code creates, and its lifetime
-- Returns one row: verified, or retry_after_seconds and refused_by if the code was not compared, or neither if it was wrong,
-- spent or expired. refused_by is the limit that makes wait: closed (most_failures), lock, or the name of the budget.
-- Locks: the row in otp_numbers, then the row in otp_budgets.
CREATE OR REPLACE FUNCTION otp_verify_code(
    number TEXT, for_purpose TEXT, code_macs BYTEA[], key_ids INTEGER[], address INET,
    most_tries INTEGER, lock_every INTEGER, lock_seconds DOUBLE PRECISION[], most_failures INTEGER,
    budget TEXT, budget_key TEXT, budget_limit INTEGER, budget_window DOUBLE PRECISION,
    new_ticket_hash TEXT, ticket_seconds DOUBLE PRECISION
) RETURNS TABLE (verified BOOLEAN, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    challenge    otp_challenges;
    available_at TIMESTAMPTZ;
    moment       TIMESTAMPTZ;
BEGIN
    verified := FALSE;
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    -- A number whose row is not visible yet has no code that anybody could know.
    IF FOUND THEN
        SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;
    END IF;

    IF challenge.failures >= most_failures THEN
        retry_after_seconds := lock_seconds[CARDINALITY(lock_seconds)];
        refused_by := 'closed';
        RETURN NEXT;
        RETURN;
    END IF;
    available_at := challenge.locked_until;
    refused_by := 'lock';
    IF budget_key IS NOT NULL AND (available_at IS NULL OR available_at <= CLOCK_TIMESTAMP()) THEN
        available_at := GREATEST(available_at, otp_budget_available_at(budget, budget_key, budget_limit, budget_window));
        refused_by := budget;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;
    refused_by := NULL;

    UPDATE otp_challenges c
    SET code_tries   = c.code_tries + 1,
        code_mac     = CASE WHEN tried.is_right THEN NULL ELSE c.code_mac END,
        failures     = CASE WHEN tried.is_right THEN 0 ELSE c.failures + 1 END,
        locked_until = CASE
            WHEN tried.is_right THEN NULL
            WHEN (c.failures + 1) % lock_every = 0 THEN
                moment + MAKE_INTERVAL(secs => lock_seconds[LEAST((c.failures + 1) / lock_every, CARDINALITY(lock_seconds))])
            ELSE c.locked_until
        END
    FROM (
        SELECT COALESCE(challenge.code_mac = code_macs[ARRAY_POSITION(key_ids, challenge.code_key_id)], FALSE) AS is_right
    ) AS tried
    WHERE c.phone_number = challenge.phone_number
      AND c.purpose = for_purpose
      AND c.code_mac IS NOT NULL
      AND c.code_expires_at > moment
      AND c.code_tries < most_tries
    RETURNING tried.is_right INTO verified;
    IF FOUND THEN
        UPDATE otp_numbers n
        SET quiet_since = CASE
            WHEN NOT EXISTS (SELECT FROM otp_challenges c WHERE c.phone_number = number AND c.failures > 0) THEN moment
        END
        WHERE n.phone_number = number;
        UPDATE otp_attempts a
        SET attempt_count   = challenge.code_tries + 1,
            last_attempt_at = moment,
            verified        = otp_verify_code.verified,
            verified_at     = CASE WHEN otp_verify_code.verified THEN moment END
        WHERE a.id = challenge.code_attempt_id;
    ELSE
        verified := FALSE;
    END IF;

    IF NOT verified AND budget_key IS NOT NULL THEN
        PERFORM otp_consume_budget(budget, budget_key, budget_window);
    END IF;
    IF verified THEN
        PERFORM otp_invalidate(number);
        INSERT INTO otp_tickets (ticket_hash, phone_number, purpose, created_at, expires_at)
        VALUES (new_ticket_hash, number, for_purpose, moment, moment + MAKE_INTERVAL(secs => ticket_seconds));
    END IF;

    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, verified_at,
         attempt_count, last_attempt_at)
    VALUES
        (number, '******', 'verify', for_purpose, address, moment, moment, otp_verify_code.verified,
         CASE WHEN otp_verify_code.verified THEN moment END, 1, moment);
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
          AND proname IN ('otp_verify_code')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
