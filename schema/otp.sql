-- Written by the build step from the migrations: do not edit.
-- The schema of otp after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V2__add_phone_auth
CREATE TABLE otp_attempts (
    id              BIGSERIAL,
    phone_number    VARCHAR(20) NOT NULL,
    otp_code        VARCHAR(6) NOT NULL,
    attempt_type    VARCHAR(20) NOT NULL,
    ip_address      INET,
    created_at      TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    expires_at      TIMESTAMPTZ NOT NULL,
    verified        BOOLEAN DEFAULT FALSE,
    verified_at     TIMESTAMPTZ,
    attempt_count   INTEGER DEFAULT 0,
    last_attempt_at TIMESTAMPTZ,
    purpose         VARCHAR(20) NOT NULL DEFAULT 'sign_in',
    CONSTRAINT otp_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT chk_otp_attempt_type CHECK (attempt_type IN ('send', 'verify')),
    CONSTRAINT chk_otp_attempts_times CHECK (is_calendar_time(created_at) AND is_calendar_time(expires_at) AND is_calendar_time(verified_at) AND is_calendar_time(last_attempt_at)),
    CONSTRAINT chk_otp_code_masked CHECK (otp_code = '******')
);

CREATE INDEX idx_otp_created_at ON otp_attempts (created_at);
CREATE INDEX idx_otp_expires_at ON otp_attempts (expires_at);
CREATE INDEX idx_otp_phone_active ON otp_attempts (phone_number, attempt_type, id DESC) WHERE verified = FALSE;
CREATE INDEX idx_otp_phone_number ON otp_attempts (phone_number);

-- Created by V8__guard_one_time_passwords
-- A row for each number that was ever sent a code, whether anybody knows the number or not: it is locked by whoever touches
-- what belongs to the number. sent_at holds the sends of the last day, oldest first, so that its windows slide exactly.
-- quiet_since is NULL while wrong codes are counted, which no clean-up may forget.
CREATE TABLE otp_numbers (
    phone_number VARCHAR(20) NOT NULL,
    sent_at      TIMESTAMPTZ[] NOT NULL DEFAULT '{}',
    quiet_since  TIMESTAMPTZ DEFAULT CLOCK_TIMESTAMP(),
    CONSTRAINT otp_numbers_pkey PRIMARY KEY (phone_number),
    CONSTRAINT chk_otp_numbers_phone_number CHECK (phone_number ~ '^[+][1-9][0-9]{6,14}$')
) WITH (fillfactor = 70);

CREATE INDEX idx_otp_numbers_quiet_since ON otp_numbers (quiet_since);

-- Created by V8__guard_one_time_passwords, renamed by V22__rename_otp_challenges
-- The live code of a number for a purpose, and the wrong codes in a row.
CREATE TABLE otp_challenges (
    phone_number    VARCHAR(20) NOT NULL,
    purpose         VARCHAR(20) NOT NULL,
    failures        INTEGER NOT NULL DEFAULT 0,
    locked_until    TIMESTAMPTZ,
    code_mac        BYTEA,
    code_key_id     INTEGER,
    code_sent_at    TIMESTAMPTZ,
    code_expires_at TIMESTAMPTZ,
    code_tries      INTEGER NOT NULL DEFAULT 0,
    code_attempt_id BIGINT,
    CONSTRAINT otp_challenges_pkey PRIMARY KEY (phone_number, purpose),
    CONSTRAINT chk_otp_challenges_code_lifetime CHECK (code_expires_at <= code_sent_at + INTERVAL '10 minutes'),
    CONSTRAINT chk_otp_challenges_code_mac CHECK (LENGTH(code_mac) = 32),
    CONSTRAINT fk_otp_challenges_phone_number FOREIGN KEY (phone_number) REFERENCES otp_numbers (phone_number) ON DELETE CASCADE
) WITH (fillfactor = 70);

-- Created by V8__guard_one_time_passwords
-- What an address, a prefix of numbers and everybody together have used of their budgets; uses holds the moments within
-- the last window, oldest first, and empty_at is when the last of them leaves it.
CREATE TABLE otp_budgets (
    budget   VARCHAR(20) NOT NULL,
    key      VARCHAR(50) NOT NULL,
    uses     TIMESTAMPTZ[] NOT NULL DEFAULT '{}',
    empty_at TIMESTAMPTZ NOT NULL DEFAULT CLOCK_TIMESTAMP(),
    CONSTRAINT otp_budgets_pkey PRIMARY KEY (budget, key)
) WITH (fillfactor = 70);

CREATE INDEX idx_otp_budgets_empty_at ON otp_budgets (empty_at);

-- Created by V8__guard_one_time_passwords
-- What a right code was traded for. Spending a ticket deletes it.
CREATE TABLE otp_tickets (
    ticket_hash  VARCHAR(64) NOT NULL,
    phone_number VARCHAR(20) NOT NULL,
    purpose      VARCHAR(20) NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    CONSTRAINT otp_tickets_pkey PRIMARY KEY (ticket_hash),
    CONSTRAINT fk_otp_tickets_phone_number FOREIGN KEY (phone_number) REFERENCES otp_numbers (phone_number) ON DELETE CASCADE
);

CREATE INDEX idx_otp_tickets_expires_at ON otp_tickets (expires_at);
CREATE INDEX idx_otp_tickets_phone_number ON otp_tickets (phone_number);

-- V59__forget_otp_uses_of_a_later_clock
-- The moments of the last so many seconds. A moment in the future is of a clock that has gone back since; it is left out.
CREATE OR REPLACE FUNCTION otp_within(moments TIMESTAMPTZ[], window_seconds DOUBLE PRECISION) RETURNS TIMESTAMPTZ[]
LANGUAGE SQL AS $$
    SELECT ARRAY(
        SELECT m.moment
        FROM UNNEST(moments) WITH ORDINALITY AS m (moment, position)
        WHERE m.moment > CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => window_seconds)
          AND m.moment <= CLOCK_TIMESTAMP()
        ORDER BY m.position
    )
$$;

-- V31__say_which_limit_refused_a_code
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
ALTER FUNCTION otp_send SET search_path TO 'public', 'pg_temp';

-- V31__say_which_limit_refused_a_code
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
ALTER FUNCTION otp_verify SET search_path TO 'public', 'pg_temp';

-- V22__rename_otp_challenges
-- The earlier name of otp_invalidate, for erase_user and for programs that know only V8 to V21.
CREATE OR REPLACE FUNCTION otp_forget(number TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM otp_invalidate(number);
END
$$;
ALTER FUNCTION otp_forget SET search_path TO 'public', 'pg_temp';

-- V22__rename_otp_challenges
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
ALTER FUNCTION otp_unlock SET search_path TO 'public', 'pg_temp';

-- V22__rename_otp_challenges
-- Spends a ticket and returns its phone number. No row means that it is spent, expired, for another purpose, or unknown.
-- With kills_others, every code and every other ticket of the number becomes invalid, too.
-- Locks: the row in otp_numbers (NO KEY UPDATE), then the ticket.
CREATE OR REPLACE FUNCTION otp_spend_ticket(
    hash TEXT, for_purpose TEXT, kills_others BOOLEAN
) RETURNS TABLE (phone_number TEXT)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM otp_numbers n
    WHERE n.phone_number = (SELECT t.phone_number FROM otp_tickets t WHERE t.ticket_hash = hash)
    FOR NO KEY UPDATE;
    DELETE FROM otp_tickets t
    WHERE t.ticket_hash = hash
      AND t.purpose = for_purpose
      AND t.expires_at > CLOCK_TIMESTAMP()
    RETURNING t.phone_number INTO phone_number;
    IF FOUND THEN
        IF kills_others THEN
            PERFORM otp_invalidate(phone_number);
        END IF;
        RETURN NEXT;
    END IF;
END
$$;
ALTER FUNCTION otp_spend_ticket SET search_path TO 'public', 'pg_temp';

-- V22__rename_otp_challenges
-- When a budget has room for one more use; NULL means now. A budget is "at most max_uses within any window_seconds" for one
-- key, such as an address.
-- Locks: the row in otp_budgets (NO KEY UPDATE), which it creates if there is none. The caller locks several budgets in
-- the order of budget and key.
CREATE OR REPLACE FUNCTION otp_budget_available_at(
    of_budget TEXT, of_key TEXT, max_uses INTEGER, window_seconds DOUBLE PRECISION
) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql AS $$
DECLARE
    recent TIMESTAMPTZ[];
BEGIN
    -- The clean-up may delete the row between the two statements.
    LOOP
        INSERT INTO otp_budgets (budget, key) VALUES (of_budget, of_key) ON CONFLICT DO NOTHING;
        SELECT b.uses INTO recent
        FROM otp_budgets b
        WHERE b.budget = of_budget AND b.key = of_key
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    recent := otp_within(recent, window_seconds);
    IF CARDINALITY(recent) < max_uses THEN
        RETURN NULL;
    END IF;
    -- When the use leaves the window that makes room for one more. A budget of 0 has none and never becomes available.
    RETURN COALESCE(recent[CARDINALITY(recent) - max_uses + 1], CLOCK_TIMESTAMP()) + MAKE_INTERVAL(secs => window_seconds);
END
$$;
ALTER FUNCTION otp_budget_available_at SET search_path TO 'public', 'pg_temp';

-- V22__rename_otp_challenges
-- Records one use of a budget, now, and drops the uses that have left the window.
-- The caller has locked the row by otp_budget_available_at.
CREATE OR REPLACE FUNCTION otp_consume_budget(of_budget TEXT, of_key TEXT, window_seconds DOUBLE PRECISION) RETURNS VOID
LANGUAGE SQL AS $$
    UPDATE otp_budgets
    SET uses     = otp_within(uses, window_seconds) || CLOCK_TIMESTAMP(),
        empty_at = CLOCK_TIMESTAMP() + MAKE_INTERVAL(secs => window_seconds)
    WHERE budget = of_budget
      AND key = of_key
$$;
ALTER FUNCTION otp_consume_budget SET search_path TO 'public', 'pg_temp';

-- V22__rename_otp_challenges
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
ALTER FUNCTION otp_invalidate SET search_path TO 'public', 'pg_temp';

-- V33__pass_ids_as_bigint
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
    attempt_id   BIGINT;
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
ALTER FUNCTION otp_send_code SET search_path TO 'public', 'pg_temp';

-- V31__say_which_limit_refused_a_code
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
ALTER FUNCTION otp_verify_code SET search_path TO 'public', 'pg_temp';
