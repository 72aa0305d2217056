-- Written by the build step from the migrations: do not edit.
-- The schema of otp after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V2__add_phone_auth
CREATE TABLE otp_attempts (
    id              SERIAL,
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
    CONSTRAINT chk_otp_numbers_phone_number CHECK (phone_number ~ '^\+[1-9][0-9]{6,14}$')
) WITH (fillfactor = 70);

CREATE INDEX idx_otp_numbers_quiet_since ON otp_numbers (quiet_since);

-- Created by V8__guard_one_time_passwords
-- The live code of a number for a purpose, and the wrong codes in a row.
CREATE TABLE otp_guards (
    phone_number    VARCHAR(20) NOT NULL,
    purpose         VARCHAR(20) NOT NULL,
    failures        INTEGER NOT NULL DEFAULT 0,
    locked_until    TIMESTAMPTZ,
    code_mac        BYTEA,
    code_key_id     INTEGER,
    code_sent_at    TIMESTAMPTZ,
    code_expires_at TIMESTAMPTZ,
    code_tries      INTEGER NOT NULL DEFAULT 0,
    code_attempt_id INTEGER,
    CONSTRAINT otp_guards_pkey PRIMARY KEY (phone_number, purpose),
    CONSTRAINT chk_otp_guards_code_lifetime CHECK (code_expires_at <= code_sent_at + INTERVAL '10 minutes'),
    CONSTRAINT chk_otp_guards_code_mac CHECK (LENGTH(code_mac) = 32),
    CONSTRAINT fk_otp_guards_phone_number FOREIGN KEY (phone_number) REFERENCES otp_numbers (phone_number) ON DELETE CASCADE
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

-- V8__guard_one_time_passwords
-- The moments of the last so many seconds.
CREATE OR REPLACE FUNCTION otp_within(moments TIMESTAMPTZ[], window_seconds DOUBLE PRECISION) RETURNS TIMESTAMPTZ[]
LANGUAGE SQL AS $$
    SELECT ARRAY(
        SELECT m.moment
        FROM UNNEST(moments) WITH ORDINALITY AS m (moment, position)
        WHERE m.moment > CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => window_seconds)
        ORDER BY m.position
    )
$$;

-- V8__guard_one_time_passwords
-- Locks a budget's row, which it makes if there is none, and returns when there is room for one more use.
-- NULL means now.
CREATE OR REPLACE FUNCTION otp_budget_opens_at(
    of_budget TEXT, of_key TEXT, most INTEGER, window_seconds DOUBLE PRECISION
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
    IF CARDINALITY(recent) < most THEN
        RETURN NULL;
    END IF;
    -- The use that must leave the window first; of a budget of nothing none ever does.
    RETURN COALESCE(recent[CARDINALITY(recent) - most + 1], CLOCK_TIMESTAMP()) + MAKE_INTERVAL(secs => window_seconds);
END
$$;

-- V8__guard_one_time_passwords
-- Adds one use, now, to a budget that the caller has locked, and forgets those outside the window.
CREATE OR REPLACE FUNCTION otp_charge(of_budget TEXT, of_key TEXT, window_seconds DOUBLE PRECISION) RETURNS VOID
LANGUAGE SQL AS $$
    UPDATE otp_budgets
    SET uses     = otp_within(uses, window_seconds) || CLOCK_TIMESTAMP(),
        empty_at = CLOCK_TIMESTAMP() + MAKE_INTERVAL(secs => window_seconds)
    WHERE budget = of_budget
      AND key = of_key
$$;

-- V8__guard_one_time_passwords
-- Records a new code for a number and a purpose, unless one of the limits says no; then nothing is charged, and a
-- number that never got a code leaves no row. The code that was live is dead from now on. Budgets are charged all or
-- none: they come as parallel arrays in key order. Returns the code's end, or how long to wait.
CREATE OR REPLACE FUNCTION otp_send(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, most_an_hour INTEGER, most_a_day INTEGER,
    most_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], limits INTEGER[], windows DOUBLE PRECISION[]
) RETURNS TABLE (code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION)
LANGUAGE plpgsql AS $$
DECLARE
    guard      otp_guards;
    last_day   TIMESTAMPTZ[];
    last_hour  TIMESTAMPTZ[];
    opens_at   TIMESTAMPTZ;
    moment     TIMESTAMPTZ;
    attempt_id INTEGER;
BEGIN
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        SELECT otp_within(n.sent_at, 86400) INTO last_day
        FROM otp_numbers n
        WHERE n.phone_number = number
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT g.* INTO guard FROM otp_guards g WHERE g.phone_number = number AND g.purpose = for_purpose;

    IF guard.failures >= most_failures THEN
        retry_after_seconds := closed_seconds;
        RETURN NEXT;
        RETURN;
    END IF;
    last_hour := otp_within(last_day, 3600);
    opens_at := GREATEST(
        guard.locked_until,
        last_day[CARDINALITY(last_day)] + MAKE_INTERVAL(secs => cool_down_seconds),
        CASE WHEN CARDINALITY(last_hour) >= most_an_hour THEN
            COALESCE(last_hour[CARDINALITY(last_hour) - most_an_hour + 1], CLOCK_TIMESTAMP()) + INTERVAL '1 hour'
        END,
        CASE WHEN CARDINALITY(last_day) >= most_a_day THEN
            COALESCE(last_day[CARDINALITY(last_day) - most_a_day + 1], CLOCK_TIMESTAMP()) + INTERVAL '24 hours'
        END
    );
    -- A number that must wait leaves the shared budgets alone.
    IF opens_at IS NULL OR opens_at <= CLOCK_TIMESTAMP() THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            opens_at := GREATEST(opens_at, otp_budget_opens_at(budgets[i], keys[i], limits[i], windows[i]));
            EXIT WHEN opens_at > CLOCK_TIMESTAMP();
        END LOOP;
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF opens_at > moment THEN
        DELETE FROM otp_numbers n WHERE n.phone_number = number AND n.sent_at = '{}';
        retry_after_seconds := EXTRACT(EPOCH FROM opens_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

    FOR i IN 1 .. CARDINALITY(budgets) LOOP
        PERFORM otp_charge(budgets[i], keys[i], windows[i]);
    END LOOP;
    code_ends_at := moment + MAKE_INTERVAL(secs => LEAST(lifetime_seconds, 600));
    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, attempt_count)
    VALUES
        (number, '******', 'send', for_purpose, address, moment, code_ends_at, FALSE, 0)
    RETURNING id INTO attempt_id;
    INSERT INTO otp_guards AS g
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

-- V8__guard_one_time_passwords
-- Kills the codes and tickets of a number, whose row the caller holds.
CREATE OR REPLACE FUNCTION otp_kill(number TEXT) RETURNS VOID
LANGUAGE SQL AS $$
    UPDATE otp_guards
    SET code_mac = NULL
    WHERE phone_number = number
      AND code_mac IS NOT NULL;
    DELETE FROM otp_tickets
    WHERE phone_number = number
$$;

-- V8__guard_one_time_passwords
-- Tries a code. One UPDATE compares it, counts the try and, if it is right, spends it, or else counts the failure and
-- locks the number when there have been too many; so it is exact whoever else tries. A right code leaves a ticket and
-- kills every other code and ticket of the number. code_macs has the code under each key of key_ids.
-- A try at a number without a live code is no failure of the number's, or anybody could lock anybody out, but it does use
-- up the address's budget.
CREATE OR REPLACE FUNCTION otp_verify(
    number TEXT, for_purpose TEXT, code_macs BYTEA[], key_ids INTEGER[], address INET,
    most_tries INTEGER, lock_every INTEGER, lock_seconds DOUBLE PRECISION[], most_failures INTEGER,
    budget TEXT, budget_key TEXT, budget_limit INTEGER, budget_window DOUBLE PRECISION,
    new_ticket_hash TEXT, ticket_seconds DOUBLE PRECISION
) RETURNS TABLE (verified BOOLEAN, retry_after_seconds DOUBLE PRECISION)
LANGUAGE plpgsql AS $$
DECLARE
    guard    otp_guards;
    opens_at TIMESTAMPTZ;
    moment   TIMESTAMPTZ;
BEGIN
    verified := FALSE;
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    -- A number that is being made at this moment has no code yet that anybody could know.
    IF FOUND THEN
        SELECT g.* INTO guard FROM otp_guards g WHERE g.phone_number = number AND g.purpose = for_purpose;
    END IF;

    IF guard.failures >= most_failures THEN
        retry_after_seconds := lock_seconds[CARDINALITY(lock_seconds)];
        RETURN NEXT;
        RETURN;
    END IF;
    opens_at := guard.locked_until;
    IF budget_key IS NOT NULL AND (opens_at IS NULL OR opens_at <= CLOCK_TIMESTAMP()) THEN
        opens_at := GREATEST(opens_at, otp_budget_opens_at(budget, budget_key, budget_limit, budget_window));
    END IF;
    moment := CLOCK_TIMESTAMP();
    IF opens_at > moment THEN
        retry_after_seconds := EXTRACT(EPOCH FROM opens_at - moment);
        RETURN NEXT;
        RETURN;
    END IF;

    UPDATE otp_guards g
    SET code_tries   = g.code_tries + 1,
        code_mac     = CASE WHEN tried.is_right THEN NULL ELSE g.code_mac END,
        failures     = CASE WHEN tried.is_right THEN 0 ELSE g.failures + 1 END,
        locked_until = CASE
            WHEN tried.is_right THEN NULL
            WHEN (g.failures + 1) % lock_every = 0 THEN
                moment + MAKE_INTERVAL(secs => lock_seconds[LEAST((g.failures + 1) / lock_every, CARDINALITY(lock_seconds))])
            ELSE g.locked_until
        END
    FROM (
        SELECT COALESCE(guard.code_mac = code_macs[ARRAY_POSITION(key_ids, guard.code_key_id)], FALSE) AS is_right
    ) AS tried
    WHERE g.phone_number = guard.phone_number
      AND g.purpose = for_purpose
      AND g.code_mac IS NOT NULL
      AND g.code_expires_at > moment
      AND g.code_tries < most_tries
    RETURNING tried.is_right INTO verified;
    IF FOUND THEN
        UPDATE otp_numbers n
        SET quiet_since = CASE
            WHEN NOT EXISTS (SELECT FROM otp_guards g WHERE g.phone_number = number AND g.failures > 0) THEN moment
        END
        WHERE n.phone_number = number;
        UPDATE otp_attempts a
        SET attempt_count   = guard.code_tries + 1,
            last_attempt_at = moment,
            verified        = otp_verify.verified,
            verified_at     = CASE WHEN otp_verify.verified THEN moment END
        WHERE a.id = guard.code_attempt_id;
    ELSE
        verified := FALSE;
    END IF;

    IF NOT verified AND budget_key IS NOT NULL THEN
        PERFORM otp_charge(budget, budget_key, budget_window);
    END IF;
    IF verified THEN
        PERFORM otp_kill(number);
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

-- V8__guard_one_time_passwords
-- Kills every live code and ticket of a number, whatever they were for.
CREATE OR REPLACE FUNCTION otp_forget(number TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
    IF FOUND THEN
        PERFORM otp_kill(number);
    END IF;
END
$$;

-- V8__guard_one_time_passwords
-- Forgets the wrong codes of a number and opens it again, for every purpose. Says whether there was anything to forget.
CREATE OR REPLACE FUNCTION otp_unlock(number TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE otp_numbers n SET quiet_since = CLOCK_TIMESTAMP() WHERE n.phone_number = number;
    UPDATE otp_guards g
    SET failures     = 0,
        locked_until = NULL
    WHERE g.phone_number = number
      AND (g.failures > 0 OR g.locked_until IS NOT NULL);
    RETURN FOUND;
END
$$;

-- V8__guard_one_time_passwords
-- Spends a ticket and returns its number; no row means that there is none such: spent, expired, for another purpose, or
-- made up. With kills_others, every code and other ticket of the number goes with it.
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
            PERFORM otp_kill(phone_number);
        END IF;
        RETURN NEXT;
    END IF;
END
$$;
