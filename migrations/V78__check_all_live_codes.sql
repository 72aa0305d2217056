-- Codes are checked against all live codes of a number, a refusal writes nothing, and what was verified is given back.
--
-- Why: see V73, V74 and V76. The numbers of people behind one carrier address were limited by the successes of their neighbours.
-- Codes of earlier programs, in otp_challenges, are compared as well.
-- Locks: creates functions only.

-- Takes back a code that reached nobody, for example because the provider did not accept it: the code is deleted, and its number and
-- every budget get the use back. Returns whether there was such a code; a verified or deleted one is none.
-- Locks: the row in otp_numbers, then rows of rate_counters in the order of budget and key.
CREATE OR REPLACE FUNCTION otp_return_code(number TEXT, for_purpose TEXT, code_id BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    code otp_codes;
BEGIN
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    DELETE FROM otp_codes c
    WHERE c.phone_number = number AND c.purpose = for_purpose AND c.id = code_id
    RETURNING c.* INTO code;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF code.known_device IS NULL THEN
        UPDATE otp_numbers n
        SET sent_at = ARRAY_REMOVE(n.sent_at, code.created_at)
        WHERE n.phone_number = number;
    END IF;
    FOR i IN 1 .. CARDINALITY(code.budgets) LOOP
        PERFORM rate_give_back(code.budgets[i], code.keys[i], code.shards[i], code.created_at);
    END LOOP;
    RETURN TRUE;
END
$$;

-- Compares a code with the number's live codes for a purpose and counts the try. A right code creates a ticket, invalidates every
-- other code and ticket of the number, and gives back what its send was charged to. A wrong one counts as a failure of the number
-- and as a try of each code, once per code that it was compared with: at most as many codes are compared, newest first, as failures
-- are left until the next lock and until the number is closed. A client that is no known device is not compared with codes that a
-- known device asked for. A try at a number without a live code is no failure of the number, which would let anyone lock it, and
-- leaves no row in otp_attempts; it does use the budgets of the address.
--   code_macs, key_ids                  the code's MAC under each key that is in use
--   known_hash                          as in otp_issue_code
--   max_tries                           how often one code can be tried, and again by known devices
--   lock_every, lock_seconds            after every lock_every failures in a row the number is locked, for the first of
--                                       lock_seconds, then the second, and so on; the last one repeats. Failures of known devices
--                                       lock known devices, all others everybody else
--   max_failures, max_unknown_failures  after so many in a row no code is compared until otp_unlock, or only those of known devices
--   budgets, keys, per_minute, per_hour, per_day
--                                       the budgets that a wrong code uses, in the order of budget and key
--   new_ticket_hash, ticket_seconds     the ticket that a right code creates, and its lifetime
-- Returns one row: verified, or retry_after_seconds and refused_by if the code was not compared, or neither if it was wrong, spent or
-- expired. refused_by is the limit: closed, lock or the name of a budget. A refusal writes nothing.
-- Locks: the row in otp_numbers, then rows of rate_counters: those of budgets, then those that get a use back.
CREATE OR REPLACE FUNCTION otp_check_code(
    number TEXT, for_purpose TEXT, code_macs BYTEA[], key_ids INTEGER[], address INET, known_hash TEXT,
    max_tries INTEGER, lock_every INTEGER, lock_seconds DOUBLE PRECISION[], max_failures INTEGER, max_unknown_failures INTEGER,
    budgets TEXT[], keys TEXT[], per_minute INTEGER[], per_hour INTEGER[], per_day INTEGER[],
    new_ticket_hash TEXT, ticket_seconds DOUBLE PRECISION
) RETURNS TABLE (verified BOOLEAN, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    device     BIGINT;
    challenge  otp_challenges;
    code       otp_codes;
    tried      BIGINT[] := '{}';
    compared   INTEGER := 0;
    failed     INTEGER;
    room       INTEGER;
    -- Whether the code is one of an earlier program, and whether the address has given a wrong code before.
    is_earlier BOOLEAN := FALSE;
    has_failed BOOLEAN := FALSE;
    moment     TIMESTAMPTZ;
BEGIN
    verified := FALSE;
    IF known_hash IS NOT NULL THEN
        device := otp_known_device(number, known_hash);
    END IF;
    -- Twice: without locks, so that a refusal writes nothing, and with the lock of the number, so that it is exact.
    FOR pass IN 1 .. 2 LOOP
        SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;
        moment := CLOCK_TIMESTAMP();
        failed := CASE
            WHEN device IS NULL THEN COALESCE(challenge.failures - challenge.known_failures, 0)
            ELSE COALESCE(challenge.known_failures, 0)
        END;
        room := max_failures - COALESCE(challenge.failures, 0);
        IF device IS NULL THEN
            room := LEAST(room, max_unknown_failures - failed);
        END IF;
        IF room <= 0 THEN
            retry_after_seconds := lock_seconds[CARDINALITY(lock_seconds)];
            refused_by := 'closed';
            RETURN NEXT;
            RETURN;
        END IF;
        retry_after_seconds := EXTRACT(EPOCH FROM CASE
            WHEN device IS NULL THEN challenge.locked_until ELSE challenge.known_locked_until END - moment);
        IF retry_after_seconds > 0 THEN
            refused_by := 'lock';
            RETURN NEXT;
            RETURN;
        END IF;
        retry_after_seconds := NULL;
        IF pass = 1 OR has_failed THEN
            FOR i IN 1 .. CARDINALITY(budgets) LOOP
                IF LEAST(per_minute[i], per_hour[i], per_day[i]) <= 0 THEN
                    retry_after_seconds := 86400;
                ELSE
                    IF pass = 2 THEN
                        PERFORM FROM rate_counters c
                        WHERE c.budget = budgets[i] AND c.key = keys[i] AND c.shard = 0
                        FOR NO KEY UPDATE;
                    END IF;
                    SELECT rate_wait(rate_counts_at(c.counts, c.updated_at, moment), moment, per_minute[i], per_hour[i], per_day[i])
                    INTO retry_after_seconds
                    FROM rate_counters c
                    WHERE c.budget = budgets[i] AND c.key = keys[i] AND c.shard = 0;
                    has_failed := has_failed OR FOUND;
                END IF;
                IF retry_after_seconds IS NOT NULL THEN
                    refused_by := budgets[i];
                    RETURN NEXT;
                    RETURN;
                END IF;
            END LOOP;
        END IF;
        EXIT WHEN pass = 2;
        PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
        -- A number without a row has no code that anybody could know.
        EXIT WHEN NOT FOUND;
    END LOOP;
    room := LEAST(room, lock_every - failed % lock_every);

    FOR code IN
        SELECT c.*
        FROM otp_codes c
        WHERE c.phone_number = number
          AND c.purpose = for_purpose
          AND c.expires_at > moment
          AND CASE WHEN device IS NULL THEN c.known_device IS NULL AND c.tries < max_tries ELSE c.known_tries < max_tries END
        ORDER BY c.id DESC
        LIMIT room
    LOOP
        tried := tried || code.id;
        verified := COALESCE(code.mac = code_macs[ARRAY_POSITION(key_ids, code.key_id)], FALSE);
        EXIT WHEN verified;
    END LOOP;
    compared := CARDINALITY(tried);
    -- A code of an earlier program.
    IF NOT verified AND compared < room AND challenge.code_mac IS NOT NULL AND challenge.code_expires_at > moment
       AND challenge.code_tries < max_tries
    THEN
        compared := compared + 1;
        verified := COALESCE(challenge.code_mac = code_macs[ARRAY_POSITION(key_ids, challenge.code_key_id)], FALSE);
        is_earlier := TRUE;
        code := NULL;
        code.id := challenge.code_attempt_id;
    END IF;

    IF verified THEN
        FOR i IN 1 .. COALESCE(CARDINALITY(code.budgets), 0) LOOP
            IF code.returns[i] = 'at_once' THEN
                PERFORM rate_give_back(code.budgets[i], code.keys[i], code.shards[i], code.created_at);
            END IF;
        END LOOP;
        IF 'later' = ANY (code.returns) THEN
            INSERT INTO rate_returns (budget, key, shard, use_id, used_at)
            SELECT u.budget, u.key, u.shard, code.id, code.created_at
            FROM UNNEST(code.budgets, code.keys, code.shards, code.returns) AS u (budget, key, shard, returned)
            WHERE u.returned = 'later'
            ON CONFLICT DO NOTHING;
        END IF;
        DELETE FROM otp_codes c WHERE c.phone_number = number;
        DELETE FROM otp_tickets t WHERE t.phone_number = number;
        -- Most numbers have no challenge: neither failures nor a code of an earlier program.
        UPDATE otp_challenges c
        SET failures           = CASE WHEN c.purpose = for_purpose THEN 0 ELSE c.failures END,
            known_failures     = CASE WHEN c.purpose = for_purpose THEN 0 ELSE c.known_failures END,
            locked_until       = CASE WHEN c.purpose = for_purpose THEN NULL ELSE c.locked_until END,
            known_locked_until = CASE WHEN c.purpose = for_purpose THEN NULL ELSE c.known_locked_until END,
            code_mac           = NULL
        WHERE c.phone_number = number;
        IF FOUND THEN
            UPDATE otp_numbers n
            SET quiet_since = moment
            WHERE n.phone_number = number
              AND NOT EXISTS (SELECT FROM otp_challenges c WHERE c.phone_number = number AND c.failures > 0);
        END IF;
        INSERT INTO otp_tickets (ticket_hash, phone_number, purpose, created_at, expires_at)
        VALUES (new_ticket_hash, number, for_purpose, moment, moment + MAKE_INTERVAL(secs => ticket_seconds));
        UPDATE otp_attempts a
        SET attempt_count   = a.attempt_count + 1,
            last_attempt_at = moment,
            verified        = TRUE,
            verified_at     = moment
        WHERE a.id = code.id;
    ELSE
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            -- The first failures of an address, all at once, have used it up: this try does not count.
            IF rate_use(budgets[i], keys[i], 1, per_minute[i], per_hour[i], per_day[i]) IS NULL THEN
                retry_after_seconds := COALESCE(
                    rate_available_in(budgets[i], keys[i], 1, per_minute[i], per_hour[i], per_day[i]), 1);
                refused_by := budgets[i];
                RETURN NEXT;
                RETURN;
            END IF;
        END LOOP;
        IF compared > 0 THEN
            UPDATE otp_codes c
            SET tries       = c.tries + (device IS NULL)::INTEGER,
                known_tries = c.known_tries + (device IS NOT NULL)::INTEGER
            WHERE c.phone_number = number
              AND c.purpose = for_purpose
              AND c.id = ANY (tried);
            UPDATE otp_attempts a
            SET attempt_count   = a.attempt_count + 1,
                last_attempt_at = moment
            WHERE a.id = ANY (tried)
               OR is_earlier AND a.id = code.id;
            failed := failed + compared;
            INSERT INTO otp_challenges AS c (phone_number, purpose, failures, known_failures)
            VALUES (number, for_purpose, compared, CASE WHEN device IS NULL THEN 0 ELSE compared END)
            ON CONFLICT (phone_number, purpose) DO UPDATE
            SET failures       = c.failures + EXCLUDED.failures,
                known_failures = c.known_failures + EXCLUDED.known_failures,
                code_tries     = c.code_tries + is_earlier::INTEGER;
            IF failed % lock_every = 0 THEN
                UPDATE otp_challenges c
                SET locked_until       = CASE WHEN device IS NULL THEN l.ends ELSE c.locked_until END,
                    known_locked_until = CASE WHEN device IS NULL THEN c.known_locked_until ELSE l.ends END
                FROM (
                    SELECT moment + MAKE_INTERVAL(secs => lock_seconds[LEAST(failed / lock_every, CARDINALITY(lock_seconds))])
                ) AS l (ends)
                WHERE c.phone_number = number
                  AND c.purpose = for_purpose;
            END IF;
            UPDATE otp_numbers n SET quiet_since = NULL WHERE n.phone_number = number AND n.quiet_since IS NOT NULL;
        END IF;
    END IF;
    -- A try at nothing leaves no row, so that nobody fills the table.
    IF verified OR compared > 0 THEN
        INSERT INTO otp_attempts
            (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, verified_at,
             attempt_count, last_attempt_at)
        VALUES
            (number, '******', 'verify', for_purpose, address, moment, moment, otp_check_code.verified,
             CASE WHEN otp_check_code.verified THEN moment END, 1, moment);
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
          AND proname IN ('otp_return_code', 'otp_check_code')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS otp_check_code(TEXT, TEXT, BYTEA[], INTEGER[], INET, TEXT, INTEGER, INTEGER, DOUBLE PRECISION[], INTEGER, INTEGER, TEXT[], TEXT[], INTEGER[], INTEGER[], INTEGER[], TEXT, DOUBLE PRECISION);
DROP FUNCTION IF EXISTS otp_return_code(TEXT, TEXT, BIGINT);
*/
