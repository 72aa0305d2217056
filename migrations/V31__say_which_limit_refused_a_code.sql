-- otp_send_code and otp_verify_code decide about codes as otp_send and otp_verify did, and say which limit refused, for metrics.
--
-- Why: whether people meet the cool-down or a shared budget is used up calls for different action, and only the database knows.
-- New names, because the result of a function cannot change in place. The earlier functions call the new ones, for programs that
-- know only V8 to V30.
-- Locks: creates and replaces functions only.

-- Records a new code for a phone number and a purpose, unless a limit refuses it. The number's earlier code for the purpose
-- is invalid from then on. A refusal charges no budget, and leaves no row of a number that never got a code.
--   mac, key_id                    the code's MAC, and the key that it was made with; the code itself never arrives here
--   lifetime_seconds               how long the code is valid; more than 600 counts as 600
--   cool_down_seconds              the shortest time between two codes for the number
--   most_an_hour, most_a_day       codes for the number within any 60 minutes and any 24 hours, for all purposes together
--   most_failures, closed_seconds  after this many wrong codes in a row, no code: the answer is closed_seconds
--   budgets, keys, limits, windows the shared budgets as parallel arrays, in the order of budget and key; all are charged
--                                  or none
-- Returns one row: code_ends_at if the code is recorded, otherwise retry_after_seconds and refused_by, the limit that makes
-- wait longest: closed (most_failures), lock, cool_down, hour, day, or the name of a budget. It is for the operator: a client
-- who knew it would learn about the number.
-- Locks: the row in otp_numbers, then the rows in otp_budgets in the order given.
CREATE OR REPLACE FUNCTION otp_send_code(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, most_an_hour INTEGER, most_a_day INTEGER,
    most_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], limits INTEGER[], windows DOUBLE PRECISION[]
) RETURNS TABLE (code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    challenge    otp_challenges;
    last_day     TIMESTAMPTZ[];
    last_hour    TIMESTAMPTZ[];
    available_at TIMESTAMPTZ;
    waits_for    RECORD;
    moment       TIMESTAMPTZ;
    attempt_id   INTEGER;
BEGIN
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        SELECT otp_within(n.sent_at, 86400) INTO last_day
        FROM otp_numbers n
        WHERE n.phone_number = number
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;

    IF challenge.failures >= most_failures THEN
        retry_after_seconds := closed_seconds;
        refused_by := 'closed';
        RETURN NEXT;
        RETURN;
    END IF;
    last_hour := otp_within(last_day, 3600);
    SELECT w.name, w.until
    INTO waits_for
    FROM (
        VALUES
            ('lock', challenge.locked_until),
            ('cool_down', last_day[CARDINALITY(last_day)] + MAKE_INTERVAL(secs => cool_down_seconds)),
            ('hour', CASE WHEN CARDINALITY(last_hour) >= most_an_hour THEN
                COALESCE(last_hour[CARDINALITY(last_hour) - most_an_hour + 1], CLOCK_TIMESTAMP()) + INTERVAL '1 hour'
            END),
            ('day', CASE WHEN CARDINALITY(last_day) >= most_a_day THEN
                COALESCE(last_day[CARDINALITY(last_day) - most_a_day + 1], CLOCK_TIMESTAMP()) + INTERVAL '24 hours'
            END)
    ) AS w (name, until)
    ORDER BY w.until DESC NULLS LAST
    LIMIT 1;
    available_at := waits_for.until;
    refused_by := waits_for.name;
    -- A number that must wait does not lock the shared budgets.
    IF available_at IS NULL OR available_at <= CLOCK_TIMESTAMP() THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            available_at := GREATEST(available_at, otp_budget_available_at(budgets[i], keys[i], limits[i], windows[i]));
            refused_by := budgets[i];
            EXIT WHEN available_at > CLOCK_TIMESTAMP();
        END LOOP;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        DELETE FROM otp_numbers n WHERE n.phone_number = number AND n.sent_at = '{}';
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

    refused_by := NULL;
    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        PERFORM otp_consume_budget(budgets[i], keys[i], windows[i]);
    END LOOP;
    code_ends_at := moment + MAKE_INTERVAL(secs => LEAST(lifetime_seconds, 600));
    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, attempt_count)
    VALUES
        (number, '******', 'send', for_purpose, address, moment, code_ends_at, FALSE, 0)
    RETURNING id INTO attempt_id;
    INSERT INTO otp_challenges
        (phone_number, purpose, code_mac, code_key_id, code_sent_at, code_expires_at, code_tries, code_attempt_id)
    VALUES
        (number, for_purpose, mac, key_id, moment, code_ends_at, 0, attempt_id)
    ON CONFLICT (phone_number, purpose) DO UPDATE
    SET code_mac        = EXCLUDED.code_mac,
        code_key_id     = EXCLUDED.code_key_id,
        code_sent_at    = EXCLUDED.code_sent_at,
        code_expires_at = EXCLUDED.code_expires_at,
        code_tries      = 0,
        code_attempt_id = EXCLUDED.code_attempt_id;
    UPDATE otp_numbers n
    SET sent_at     = last_day || moment,
        quiet_since = CASE WHEN n.quiet_since IS NOT NULL THEN moment END
    WHERE n.phone_number = number;
    RETURN NEXT;
END
$$;

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

-- The earlier form of otp_send_code.
CREATE OR REPLACE FUNCTION otp_send(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, most_an_hour INTEGER, most_a_day INTEGER,
    most_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], limits INTEGER[], windows DOUBLE PRECISION[]
) RETURNS TABLE (code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION)
LANGUAGE SQL AS $$
    SELECT c.code_ends_at, c.retry_after_seconds
    FROM otp_send_code(
        number, for_purpose, mac, key_id, address, lifetime_seconds, cool_down_seconds, most_an_hour, most_a_day,
        most_failures, closed_seconds, budgets, keys, limits, windows
    ) c
$$;

-- The earlier form of otp_verify_code.
CREATE OR REPLACE FUNCTION otp_verify(
    number TEXT, for_purpose TEXT, code_macs BYTEA[], key_ids INTEGER[], address INET,
    most_tries INTEGER, lock_every INTEGER, lock_seconds DOUBLE PRECISION[], most_failures INTEGER,
    budget TEXT, budget_key TEXT, budget_limit INTEGER, budget_window DOUBLE PRECISION,
    new_ticket_hash TEXT, ticket_seconds DOUBLE PRECISION
) RETURNS TABLE (verified BOOLEAN, retry_after_seconds DOUBLE PRECISION)
LANGUAGE SQL AS $$
    SELECT c.verified, c.retry_after_seconds
    FROM otp_verify_code(
        number, for_purpose, code_macs, key_ids, address, most_tries, lock_every, lock_seconds, most_failures,
        budget, budget_key, budget_limit, budget_window, new_ticket_hash, ticket_seconds
    ) c
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
          AND proname IN ('otp_send_code', 'otp_verify_code', 'otp_send', 'otp_verify')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
CREATE OR REPLACE FUNCTION otp_send(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, most_an_hour INTEGER, most_a_day INTEGER,
    most_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], limits INTEGER[], windows DOUBLE PRECISION[]
) RETURNS TABLE (code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION)
LANGUAGE plpgsql AS $$
DECLARE
    challenge    otp_challenges;
    last_day     TIMESTAMPTZ[];
    last_hour    TIMESTAMPTZ[];
    available_at TIMESTAMPTZ;
    moment       TIMESTAMPTZ;
    attempt_id   INTEGER;
BEGIN
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        SELECT otp_within(n.sent_at, 86400) INTO last_day
        FROM otp_numbers n
        WHERE n.phone_number = number
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;

    IF challenge.failures >= most_failures THEN
        retry_after_seconds := closed_seconds;
        RETURN NEXT;
        RETURN;
    END IF;
    last_hour := otp_within(last_day, 3600);
    available_at := GREATEST(
        challenge.locked_until,
        last_day[CARDINALITY(last_day)] + MAKE_INTERVAL(secs => cool_down_seconds),
        CASE WHEN CARDINALITY(last_hour) >= most_an_hour THEN
            COALESCE(last_hour[CARDINALITY(last_hour) - most_an_hour + 1], CLOCK_TIMESTAMP()) + INTERVAL '1 hour'
        END,
        CASE WHEN CARDINALITY(last_day) >= most_a_day THEN
            COALESCE(last_day[CARDINALITY(last_day) - most_a_day + 1], CLOCK_TIMESTAMP()) + INTERVAL '24 hours'
        END
    );
    -- A number that must wait does not lock the shared budgets.
    IF available_at IS NULL OR available_at <= CLOCK_TIMESTAMP() THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            available_at := GREATEST(available_at, otp_budget_available_at(budgets[i], keys[i], limits[i], windows[i]));
            EXIT WHEN available_at > CLOCK_TIMESTAMP();
        END LOOP;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        DELETE FROM otp_numbers n WHERE n.phone_number = number AND n.sent_at = '{}';
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        PERFORM otp_consume_budget(budgets[i], keys[i], windows[i]);
    END LOOP;
    code_ends_at := moment + MAKE_INTERVAL(secs => LEAST(lifetime_seconds, 600));
    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, attempt_count)
    VALUES
        (number, '******', 'send', for_purpose, address, moment, code_ends_at, FALSE, 0)
    RETURNING id INTO attempt_id;
    INSERT INTO otp_challenges
        (phone_number, purpose, code_mac, code_key_id, code_sent_at, code_expires_at, code_tries, code_attempt_id)
    VALUES
        (number, for_purpose, mac, key_id, moment, code_ends_at, 0, attempt_id)
    ON CONFLICT (phone_number, purpose) DO UPDATE
    SET code_mac        = EXCLUDED.code_mac,
        code_key_id     = EXCLUDED.code_key_id,
        code_sent_at    = EXCLUDED.code_sent_at,
        code_expires_at = EXCLUDED.code_expires_at,
        code_tries      = 0,
        code_attempt_id = EXCLUDED.code_attempt_id;
    UPDATE otp_numbers n
    SET sent_at     = last_day || moment,
        quiet_since = CASE WHEN n.quiet_since IS NOT NULL THEN moment END
    WHERE n.phone_number = number;
    RETURN NEXT;
END
$$;
CREATE OR REPLACE FUNCTION otp_verify(
    number TEXT, for_purpose TEXT, code_macs BYTEA[], key_ids INTEGER[], address INET,
    most_tries INTEGER, lock_every INTEGER, lock_seconds DOUBLE PRECISION[], most_failures INTEGER,
    budget TEXT, budget_key TEXT, budget_limit INTEGER, budget_window DOUBLE PRECISION,
    new_ticket_hash TEXT, ticket_seconds DOUBLE PRECISION
) RETURNS TABLE (verified BOOLEAN, retry_after_seconds DOUBLE PRECISION)
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
        RETURN NEXT;
        RETURN;
    END IF;
    available_at := challenge.locked_until;
    IF budget_key IS NOT NULL AND (available_at IS NULL OR available_at <= CLOCK_TIMESTAMP()) THEN
        available_at := GREATEST(available_at, otp_budget_available_at(budget, budget_key, budget_limit, budget_window));
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF available_at > moment THEN
        retry_after_seconds := EXTRACT(EPOCH FROM available_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

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
            verified        = otp_verify.verified,
            verified_at     = CASE WHEN otp_verify.verified THEN moment END
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
        (number, '******', 'verify', for_purpose, address, moment, moment, otp_verify.verified,
         CASE WHEN otp_verify.verified THEN moment END, 1, moment);
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
          AND proname IN ('otp_send', 'otp_verify')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP FUNCTION IF EXISTS otp_send_code(
    TEXT, TEXT, BYTEA, INTEGER, INET, DOUBLE PRECISION, DOUBLE PRECISION, INTEGER, INTEGER, INTEGER,
    DOUBLE PRECISION, TEXT[], TEXT[], INTEGER[], DOUBLE PRECISION[]
);
DROP FUNCTION IF EXISTS otp_verify_code(
    TEXT, TEXT, BYTEA[], INTEGER[], INET, INTEGER, INTEGER, DOUBLE PRECISION[], INTEGER, TEXT, TEXT, INTEGER,
    DOUBLE PRECISION, TEXT, DOUBLE PRECISION
);
*/
