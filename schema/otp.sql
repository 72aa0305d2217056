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
    channel         VARCHAR(20),
    CONSTRAINT otp_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT chk_otp_attempt_type CHECK (attempt_type IN ('send', 'verify')),
    CONSTRAINT chk_otp_attempts_channel CHECK (channel IN ('sms', 'whatsapp', 'voice', 'email')),
    CONSTRAINT chk_otp_attempts_times CHECK (LEAST(created_at, expires_at, verified_at, last_attempt_at) >= '0001-01-01 00:00:00+00'::timestamp with time zone AND GREATEST(created_at, expires_at, verified_at, last_attempt_at) < '10000-01-01 00:00:00+00'::timestamp with time zone),
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
    CONSTRAINT chk_otp_numbers_phone_number CHECK (phone_number ~ '^([+][1-9][0-9]{6,14}|#[A-Za-z0-9_-]{19})$')
) WITH (fillfactor = 70);

CREATE INDEX idx_otp_numbers_quiet_since ON otp_numbers (quiet_since);

-- Created by V8__guard_one_time_passwords, renamed by V22__rename_otp_challenges
-- The live code of a number for a purpose, and the wrong codes in a row.
CREATE TABLE otp_challenges (
    phone_number       VARCHAR(20) NOT NULL,
    purpose            VARCHAR(20) NOT NULL,
    failures           INTEGER NOT NULL DEFAULT 0,
    locked_until       TIMESTAMPTZ,
    code_mac           BYTEA,
    code_key_id        INTEGER,
    code_sent_at       TIMESTAMPTZ,
    code_expires_at    TIMESTAMPTZ,
    code_tries         INTEGER NOT NULL DEFAULT 0,
    code_attempt_id    BIGINT,
    known_failures     INTEGER NOT NULL DEFAULT 0,
    known_locked_until TIMESTAMPTZ,
    CONSTRAINT otp_challenges_pkey PRIMARY KEY (phone_number, purpose),
    CONSTRAINT chk_otp_challenges_code_lifetime CHECK (code_expires_at <= code_sent_at + INTERVAL '10 minutes'),
    CONSTRAINT chk_otp_challenges_code_mac CHECK (LENGTH(code_mac) = 32),
    CONSTRAINT fk_otp_challenges_phone_number FOREIGN KEY (phone_number) REFERENCES otp_numbers (phone_number) ON DELETE CASCADE
) WITH (fillfactor = 70);
COMMENT ON COLUMN otp_challenges.failures IS 'Wrong codes in a row, those of known devices included; a try counts once per code that it was compared with';
COMMENT ON COLUMN otp_challenges.locked_until IS 'The end of the lock of all clients but known devices';
COMMENT ON COLUMN otp_challenges.known_failures IS 'Of failures, those of known devices';
COMMENT ON COLUMN otp_challenges.known_locked_until IS 'The end of the lock of known devices';

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

-- Created by V73__keep_earlier_codes
-- One row per code, from its send until it is verified, given back or expired. otp_challenges has codes of earlier programs only.
-- A code holds the networks of its request, so the clean-up deletes it when it has expired.
CREATE TABLE otp_codes (
    phone_number VARCHAR(20) NOT NULL,
    purpose      VARCHAR(20) NOT NULL,
    id           BIGINT NOT NULL,
    mac          BYTEA NOT NULL,
    key_id       INTEGER NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    known_tries  INTEGER NOT NULL DEFAULT 0,
    known_device BIGINT,
    budgets      TEXT[] NOT NULL DEFAULT '{}',
    keys         TEXT[] NOT NULL DEFAULT '{}',
    shards       INTEGER[] NOT NULL DEFAULT '{}',
    returns      TEXT[] NOT NULL DEFAULT '{}',
    CONSTRAINT otp_codes_pkey PRIMARY KEY (phone_number, purpose, id),
    CONSTRAINT chk_otp_codes_lifetime CHECK (expires_at <= created_at + INTERVAL '10 minutes'),
    CONSTRAINT chk_otp_codes_mac CHECK (LENGTH(mac) = 32),
    CONSTRAINT fk_otp_codes_phone_number FOREIGN KEY (phone_number) REFERENCES otp_numbers (phone_number) ON DELETE CASCADE
) WITH (fillfactor = 70);
COMMENT ON COLUMN otp_codes.id IS 'otp_attempts.id of the send';
COMMENT ON COLUMN otp_codes.tries IS 'How often clients that are no known device have tried it';
COMMENT ON COLUMN otp_codes.known_tries IS 'How often known devices have tried it';
COMMENT ON COLUMN otp_codes.known_device IS 'The session whose token the requesting device has from an earlier sign-in; NULL for any other client';
COMMENT ON COLUMN otp_codes.budgets IS 'With keys, shards and returns: the budgets it was charged to, and when a verified code is given back: at_once, later or never';

CREATE INDEX idx_otp_codes_expires_at ON otp_codes (expires_at);

-- Created by V76__count_uses_in_buckets
-- counts has the uses of the last minute, hour and day: 7 buckets of 10 s, 13 of 5 min and 25 of 1 h, the newest last. The newest
-- bucket of each is that of updated_at. Each window has one bucket more than its length, because the newest is not over. returned
-- has the uses of the last day that were given back later (rate_returns), in 25 buckets of 1 h. used_on changes once per day, so
-- that all other updates are HOT.
CREATE TABLE rate_counters (
    budget     VARCHAR(20) NOT NULL,
    key        VARCHAR(50) NOT NULL,
    shard      INTEGER NOT NULL DEFAULT 0,
    counts     INTEGER[] NOT NULL,
    returned   INTEGER[] NOT NULL DEFAULT '{}',
    updated_at TIMESTAMPTZ NOT NULL,
    used_on    DATE NOT NULL,
    CONSTRAINT rate_counters_pkey PRIMARY KEY (budget, key, shard),
    CONSTRAINT chk_rate_counters_counts CHECK (CARDINALITY(counts) = 45),
    CONSTRAINT chk_rate_counters_returned CHECK (CARDINALITY(returned) IN (0, 25))
) WITH (fillfactor = 50);

CREATE INDEX idx_rate_counters_used_on ON rate_counters (used_on);

-- Created by V76__count_uses_in_buckets
-- Uses that were given back and that the counter still has. Adding one locks nothing; the next use of the counter takes them out of
-- it. use_id tells several uses of one counter apart.
CREATE TABLE rate_returns (
    budget  VARCHAR(20) NOT NULL,
    key     VARCHAR(50) NOT NULL,
    shard   INTEGER NOT NULL,
    use_id  BIGINT NOT NULL,
    used_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT rate_returns_pkey PRIMARY KEY (budget, key, shard, use_id)
);

CREATE INDEX idx_rate_returns_used_at ON rate_returns (used_at);

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

-- V79__invalidate_and_unlock_all_codes
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

-- V79__invalidate_and_unlock_all_codes
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

-- V80__verify_codes_of_later_programs
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
ALTER FUNCTION otp_verify_code SET search_path TO 'public', 'pg_temp';

-- V76__count_uses_in_buckets
-- The number of a moment's bucket; buckets have this many seconds and begin at the epoch.
CREATE OR REPLACE FUNCTION rate_bucket(at TIMESTAMPTZ, seconds INTEGER) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT FLOOR(DATE_PART('epoch', at AT TIME ZONE 'UTC') / seconds)::BIGINT
$$;

-- V76__count_uses_in_buckets
-- The buckets of one window at a later moment: those that have left it are dropped, and new ones begin at 0. If the clock has gone
-- back, the buckets of the future are dropped.
CREATE OR REPLACE FUNCTION rate_shift(buckets INTEGER[], by BIGINT) RETURNS INTEGER[]
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
               WHEN by = 0 THEN buckets
               WHEN ABS(by) >= CARDINALITY(buckets) THEN ARRAY_FILL(0, ARRAY[CARDINALITY(buckets)])
               WHEN by > 0 THEN buckets[by::INTEGER + 1:] || ARRAY_FILL(0, ARRAY[by::INTEGER])
               ELSE ARRAY_FILL(0, ARRAY[-by::INTEGER]) || buckets[:CARDINALITY(buckets) + by::INTEGER]
           END
$$;

-- V76__count_uses_in_buckets
-- The counts of rate_counters at another moment than updated_at.
CREATE OR REPLACE FUNCTION rate_counts_at(counts INTEGER[], updated_at TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS INTEGER[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    later   CONSTANT BIGINT := FLOOR(DATE_PART('epoch', at AT TIME ZONE 'UTC'));
    earlier CONSTANT BIGINT := FLOOR(DATE_PART('epoch', updated_at AT TIME ZONE 'UTC'));
BEGIN
    -- Most uses find the buckets of hour and day unchanged. Not by assignment to slices, which came with PostgreSQL 14.
    IF later / 10 <> earlier / 10 THEN
        counts := rate_shift(counts[1:7], later / 10 - earlier / 10) || counts[8:];
    END IF;
    IF later / 300 <> earlier / 300 THEN
        counts := counts[:7] || rate_shift(counts[8:20], later / 300 - earlier / 300) || counts[21:];
    END IF;
    IF later / 3600 <> earlier / 3600 THEN
        counts := counts[:20] || rate_shift(counts[21:45], later / 3600 - earlier / 3600);
    END IF;
    RETURN counts;
END
$$;

-- V76__count_uses_in_buckets
-- The counts without uses that were made at a moment: the buckets of that moment have fewer, unless they have left their windows.
CREATE OR REPLACE FUNCTION rate_counts_without(
    counts INTEGER[], updated_at TIMESTAMPTZ, used_at TIMESTAMPTZ, uses INTEGER
) RETURNS INTEGER[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    later   CONSTANT BIGINT := FLOOR(DATE_PART('epoch', updated_at AT TIME ZONE 'UTC'));
    earlier CONSTANT BIGINT := FLOOR(DATE_PART('epoch', used_at AT TIME ZONE 'UTC'));
    lengths CONSTANT INTEGER[] := ARRAY[10, 300, 3600];
    firsts  CONSTANT INTEGER[] := ARRAY[1, 8, 21];
    lasts   CONSTANT INTEGER[] := ARRAY[7, 20, 45];
    slot    BIGINT;
BEGIN
    FOR w IN 1 .. 3 LOOP
        slot := lasts[w] - (later / lengths[w] - earlier / lengths[w]);
        IF slot BETWEEN firsts[w] AND lasts[w] THEN
            counts[slot] := GREATEST(counts[slot] - uses, 0);
        END IF;
    END LOOP;
    RETURN counts;
END
$$;

-- V76__count_uses_in_buckets
-- In how many seconds these counts leave room for one more use; NULL: now. A limit that is NULL does not limit; one that is 0 never
-- has room. A use counts until its bucket has left the window as a whole, so that a limit holds for any period of this length.
CREATE OR REPLACE FUNCTION rate_wait(
    counts INTEGER[], at TIMESTAMPTZ, per_minute INTEGER, per_hour INTEGER, per_day INTEGER
) RETURNS DOUBLE PRECISION
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    lengths CONSTANT INTEGER[] := ARRAY[10, 300, 3600];
    firsts  CONSTANT INTEGER[] := ARRAY[1, 8, 21, 46];
    limits  CONSTANT INTEGER[] := ARRAY[per_minute, per_hour, per_day];
    used    BIGINT;
    bucket  INTEGER;
    seconds DOUBLE PRECISION;
    longest DOUBLE PRECISION;
BEGIN
    FOR w IN 1 .. 3 LOOP
        CONTINUE WHEN limits[w] IS NULL;
        used := 0;
        FOREACH bucket IN ARRAY counts[firsts[w]:firsts[w + 1] - 1] LOOP
            used := used + bucket;
        END LOOP;
        CONTINUE WHEN used < limits[w];
        seconds := (firsts[w + 1] - firsts[w]) * lengths[w];
        FOR i IN firsts[w] .. firsts[w + 1] - 1 LOOP
            used := used - counts[i];
            IF used < limits[w] THEN
                seconds := (i - firsts[w] + 1) * lengths[w] - MOD(DATE_PART('epoch', at AT TIME ZONE 'UTC')::NUMERIC, lengths[w]);
                EXIT;
            END IF;
        END LOOP;
        longest := GREATEST(longest, seconds);
    END LOOP;
    RETURN longest;
END
$$;

-- V76__count_uses_in_buckets
-- The part of a limit that one of so many shards has. The parts add up to the limit.
CREATE OR REPLACE FUNCTION rate_part(whole INTEGER, shards INTEGER, shard INTEGER) RETURNS INTEGER
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT whole / shards + (shard < whole % shards)::INTEGER
$$;

-- V76__count_uses_in_buckets
-- The counts of a shard at a moment, without what rate_returns has of it.
CREATE OR REPLACE FUNCTION rate_counts_after_returns(counts INTEGER[], at TIMESTAMPTZ, of_budget TEXT, of_key TEXT, of_shard INTEGER)
RETURNS INTEGER[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT MIN(r.used_at) AS used_at, COUNT(*) AS uses
        FROM rate_returns r
        WHERE r.budget = of_budget AND r.key = of_key AND r.shard = of_shard
        GROUP BY rate_bucket(r.used_at, 10)
    LOOP
        counts := rate_counts_without(counts, at, gone.used_at, gone.uses::INTEGER);
    END LOOP;
    RETURN counts;
END
$$;
ALTER FUNCTION rate_counts_after_returns SET search_path TO 'public', 'pg_temp';

-- V76__count_uses_in_buckets
-- In how many seconds one shard of a budget has room for one more use; NULL: now. One that was never used has no row.
-- Takes no locks and writes nothing: rate_use decides.
CREATE OR REPLACE FUNCTION rate_shard_wait(
    of_budget TEXT, of_key TEXT, of_shard INTEGER, per_minute INTEGER, per_hour INTEGER, per_day INTEGER
) RETURNS DOUBLE PRECISION
LANGUAGE plpgsql AS $$
DECLARE
    at      CONSTANT TIMESTAMPTZ := CLOCK_TIMESTAMP();
    now     INTEGER[];
    seconds DOUBLE PRECISION;
BEGIN
    SELECT rate_counts_at(c.counts, c.updated_at, at) INTO now
    FROM rate_counters c
    WHERE c.budget = of_budget AND c.key = of_key AND c.shard = of_shard;
    IF FOUND THEN
        seconds := rate_wait(now, at, per_minute, per_hour, per_day);
        IF seconds IS NOT NULL THEN
            seconds := rate_wait(
                rate_counts_after_returns(now, at, of_budget, of_key, of_shard), at, per_minute, per_hour, per_day);
        END IF;
    END IF;
    RETURN seconds;
END
$$;
ALTER FUNCTION rate_shard_wait SET search_path TO 'public', 'pg_temp';

-- V76__count_uses_in_buckets
-- In how many seconds a budget has room for one more use; NULL: now.
-- Takes no locks and writes nothing: rate_use decides.
CREATE OR REPLACE FUNCTION rate_available_in(
    of_budget TEXT, of_key TEXT, shards INTEGER, per_minute INTEGER, per_hour INTEGER, per_day INTEGER
) RETURNS DOUBLE PRECISION
LANGUAGE plpgsql AS $$
DECLARE
    own     INTEGER;
    seconds DOUBLE PRECISION;
    soonest DOUBLE PRECISION;
BEGIN
    IF LEAST(per_minute, per_hour, per_day) <= 0 THEN
        RETURN 86400;
    END IF;
    FOR i IN 0 .. shards - 1 LOOP
        own := (PG_BACKEND_PID() + i) % shards;
        seconds := rate_shard_wait(
            of_budget, of_key, own, rate_part(per_minute, shards, own), rate_part(per_hour, shards, own),
            rate_part(per_day, shards, own));
        IF seconds IS NULL THEN
            RETURN NULL;
        END IF;
        soonest := LEAST(soonest, seconds);
    END LOOP;
    RETURN soonest;
END
$$;
ALTER FUNCTION rate_available_in SET search_path TO 'public', 'pg_temp';

-- V76__count_uses_in_buckets
-- The row of one shard of a budget, locked and as of updated_at; it is created if there is none.
-- Locks: the row (NO KEY UPDATE).
CREATE OR REPLACE FUNCTION rate_locked(of_budget TEXT, of_key TEXT, of_shard INTEGER) RETURNS rate_counters
LANGUAGE plpgsql AS $$
DECLARE
    used rate_counters;
BEGIN
    -- The clean-up may delete the row between the two statements.
    LOOP
        SELECT c.* INTO used
        FROM rate_counters c
        WHERE c.budget = of_budget AND c.key = of_key AND c.shard = of_shard
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO rate_counters (budget, key, shard, counts, updated_at, used_on)
        VALUES (of_budget, of_key, of_shard, ARRAY_FILL(0, ARRAY[45]), CLOCK_TIMESTAMP(), CURRENT_DATE)
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN used;
END
$$;
ALTER FUNCTION rate_locked SET search_path TO 'public', 'pg_temp';

-- V76__count_uses_in_buckets
-- Uses a budget once if it has room, and returns the shard that was used; NULL means that it has none. A budget in shards has its
-- limits divided among them: a use takes the shard of this connection, or the next one that has room. None of them is used more than
-- its part, so their sum is within the limit. A limit must be at least the number of shards.
-- Locks: the row of one shard in rate_counters, which it creates if there is none. The caller uses several budgets in the order of
-- budget and key.
CREATE OR REPLACE FUNCTION rate_use(
    of_budget TEXT, of_key TEXT, shards INTEGER, per_minute INTEGER, per_hour INTEGER, per_day INTEGER
) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    own     INTEGER;
    at      TIMESTAMPTZ;
    used    rate_counters;
    is_full BOOLEAN;
    gone    RECORD;
    slot    BIGINT;
BEGIN
    IF LEAST(per_minute, per_hour, per_day) <= 0 THEN
        RETURN NULL;
    END IF;
    FOR i IN 0 .. shards - 1 LOOP
        own := (PG_BACKEND_PID() + i) % shards;
        -- A full shard is not locked: a transaction that waits for one shard of a budget holds no other.
        CONTINUE WHEN shards > 1 AND rate_shard_wait(
            of_budget, of_key, own, rate_part(per_minute, shards, own), rate_part(per_hour, shards, own),
            rate_part(per_day, shards, own)) IS NOT NULL;
        used := rate_locked(of_budget, of_key, own);
        at := CLOCK_TIMESTAMP();
        used.counts := rate_counts_at(used.counts, used.updated_at, at);
        is_full := rate_wait(
            used.counts, at, rate_part(per_minute, shards, own), rate_part(per_hour, shards, own),
            rate_part(per_day, shards, own)) IS NOT NULL;
        -- Every 5 minutes, so that there are never many; and when they make room.
        IF is_full OR rate_bucket(used.updated_at, 300) <> rate_bucket(at, 300) THEN
            IF used.returned <> '{}' THEN
                used.returned := rate_shift(used.returned, rate_bucket(at, 3600) - rate_bucket(used.updated_at, 3600));
            END IF;
            FOR gone IN
                WITH returned AS (
                    DELETE FROM rate_returns r
                    WHERE r.budget = of_budget AND r.key = of_key AND r.shard = own
                    RETURNING r.used_at
                )
                SELECT MIN(r.used_at) AS used_at, COUNT(*)::INTEGER AS uses
                FROM returned r
                GROUP BY rate_bucket(r.used_at, 10)
            LOOP
                used.counts := rate_counts_without(used.counts, at, gone.used_at, gone.uses);
                slot := 25 - (rate_bucket(at, 3600) - rate_bucket(gone.used_at, 3600));
                IF slot BETWEEN 1 AND 25 THEN
                    IF used.returned = '{}' THEN
                        used.returned := ARRAY_FILL(0, ARRAY[25]);
                    END IF;
                    used.returned[slot] := used.returned[slot] + gone.uses;
                END IF;
            END LOOP;
            is_full := is_full AND rate_wait(
                used.counts, at, rate_part(per_minute, shards, own), rate_part(per_hour, shards, own),
                rate_part(per_day, shards, own)) IS NOT NULL;
        END IF;
        -- It was filled while this one waited: to go on would mean to wait for a shard and to hold another.
        IF is_full THEN
            RETURN NULL;
        END IF;
        used.counts[7] := used.counts[7] + 1;
        used.counts[20] := used.counts[20] + 1;
        used.counts[45] := used.counts[45] + 1;
        UPDATE rate_counters c
        SET counts     = used.counts,
            returned   = used.returned,
            updated_at = at,
            used_on    = CURRENT_DATE
        WHERE c.budget = of_budget AND c.key = of_key AND c.shard = own;
        RETURN own;
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION rate_use SET search_path TO 'public', 'pg_temp';

-- V76__count_uses_in_buckets
-- Gives one use of a budget back that was made at a moment.
-- Locks: the row in rate_counters. The caller gives several budgets back in the order of budget and key.
-- In PL/pgSQL, which keeps the plan of the statement.
CREATE OR REPLACE FUNCTION rate_give_back(of_budget TEXT, of_key TEXT, of_shard INTEGER, used_at TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rate_counters c
    SET counts = rate_counts_without(c.counts, c.updated_at, used_at, 1)
    WHERE c.budget = of_budget
      AND c.key = of_key
      AND c.shard = of_shard;
END
$$;
ALTER FUNCTION rate_give_back SET search_path TO 'public', 'pg_temp';

-- V77__issue_codes_within_budgets
-- The session by which a device is known: the token is the current one of an earlier or present sign-in to the account of the
-- number, and the session did not end because of theft or another phone number. NULL: the device is not known.
CREATE OR REPLACE FUNCTION otp_known_device(number TEXT, hash TEXT) RETURNS BIGINT
LANGUAGE SQL STABLE AS $$
    SELECT s.id
    FROM user_sessions s
    JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = hash
      AND u.phone_number = number
      AND COALESCE(s.revoked_reason NOT IN ('token_reuse', 'device_lost', 'phone_change'), TRUE)
$$;
ALTER FUNCTION otp_known_device SET search_path TO 'public', 'pg_temp';

-- V77__issue_codes_within_budgets
-- Whether a number may get a code for a purpose: in how many seconds, and the limit that makes wait longest; NULL: now. The budgets
-- that it shares with others are not looked at. device is NULL for a client that is no known device.
-- Takes no locks and writes nothing. It is exact if the caller has locked the row in otp_numbers.
CREATE OR REPLACE FUNCTION otp_number_wait(
    number TEXT, for_purpose TEXT, device BIGINT, cool_down_seconds DOUBLE PRECISION, max_per_hour INTEGER, max_per_day INTEGER,
    max_failures INTEGER, max_unknown_failures INTEGER, closed_seconds DOUBLE PRECISION,
    OUT seconds DOUBLE PRECISION, OUT reason TEXT
)
LANGUAGE plpgsql AS $$
DECLARE
    challenge otp_challenges;
    sent      TIMESTAMPTZ[];
    at        TIMESTAMPTZ;
    last_hour INTEGER := 0;
    last_day  INTEGER := 0;
    hour_ends TIMESTAMPTZ;
    day_ends  TIMESTAMPTZ;
    newest    TIMESTAMPTZ;
BEGIN
    SELECT c.* INTO challenge FROM otp_challenges c WHERE c.phone_number = number AND c.purpose = for_purpose;
    IF challenge.failures >= max_failures
       OR device IS NULL AND challenge.failures - challenge.known_failures >= max_unknown_failures
    THEN
        seconds := closed_seconds;
        reason := 'closed';
        RETURN;
    END IF;
    IF device IS NULL THEN
        SELECT n.sent_at INTO sent FROM otp_numbers n WHERE n.phone_number = number;
    ELSE
        SELECT ARRAY[MAX(c.created_at)] INTO sent FROM otp_codes c WHERE c.phone_number = number AND c.known_device = device;
        max_per_hour := NULL;
        max_per_day := NULL;
    END IF;
    at := CLOCK_TIMESTAMP();
    -- From the newest: the use that must leave the window is the one that makes the count reach the limit. A moment in the future is
    -- of a clock that has gone back since.
    FOR i IN REVERSE COALESCE(CARDINALITY(sent), 0) .. 1 LOOP
        CONTINUE WHEN sent[i] IS NULL OR sent[i] > at;
        EXIT WHEN sent[i] <= at - INTERVAL '24 hours';
        newest := COALESCE(newest, sent[i]);
        last_day := last_day + 1;
        IF last_day = max_per_day THEN
            day_ends := sent[i] + INTERVAL '24 hours';
        END IF;
        IF sent[i] > at - INTERVAL '1 hour' THEN
            last_hour := last_hour + 1;
            IF last_hour = max_per_hour THEN
                hour_ends := sent[i] + INTERVAL '1 hour';
            END IF;
        END IF;
    END LOOP;
    IF LEAST(max_per_hour, max_per_day) <= 0 THEN
        day_ends := at + INTERVAL '24 hours';
    END IF;
    SELECT EXTRACT(EPOCH FROM w.ends - at), w.name
    INTO seconds, reason
    FROM (
        VALUES
            ('lock', CASE WHEN device IS NULL THEN challenge.locked_until ELSE challenge.known_locked_until END),
            ('day', day_ends),
            ('hour', hour_ends),
            ('cool_down', newest + MAKE_INTERVAL(secs => cool_down_seconds))
    ) AS w (name, ends)
    WHERE w.ends > at
    ORDER BY w.ends DESC
    LIMIT 1;
END
$$;
ALTER FUNCTION otp_number_wait SET search_path TO 'public', 'pg_temp';

-- V77__issue_codes_within_budgets
-- Whether codes to a prefix are hardly ever entered: of those sent within a day, at least min_codes, less than min_percent were
-- verified. Codes of the last 5 to 10 minutes count only if they were verified.
-- Takes no locks and writes nothing.
CREATE OR REPLACE FUNCTION otp_prefix_is_unverified(prefix TEXT, min_codes INTEGER, min_percent INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    at         CONSTANT TIMESTAMPTZ := CLOCK_TIMESTAMP();
    counter    rate_counters;
    now        INTEGER[];
    verified   BIGINT;
    unverified BIGINT := 0;
BEGIN
    SELECT COUNT(*) INTO verified
    FROM rate_returns r
    WHERE r.budget = 'send_prefix' AND r.key = prefix AND r.used_at > at - INTERVAL '24 hours';
    FOR counter IN
        SELECT c.* FROM rate_counters c WHERE c.budget = 'send_prefix' AND c.key = prefix
    LOOP
        now := rate_counts_at(counter.counts, counter.updated_at, at);
        IF verified > 0 THEN
            now := rate_counts_after_returns(now, at, 'send_prefix', prefix, counter.shard);
        END IF;
        unverified := unverified + (SELECT SUM(b) FROM UNNEST(now[21:45]) b) - now[19] - now[20];
        IF counter.returned <> '{}' THEN
            now := rate_shift(counter.returned, rate_bucket(at, 3600) - rate_bucket(counter.updated_at, 3600));
            verified := verified + (SELECT SUM(b) FROM UNNEST(now) b);
        END IF;
    END LOOP;
    RETURN verified + unverified >= min_codes AND 100 * verified < min_percent * (verified + unverified);
END
$$;
ALTER FUNCTION otp_prefix_is_unverified SET search_path TO 'public', 'pg_temp';

-- V77__issue_codes_within_budgets
-- Records a new code for a phone number and a purpose, unless a limit refuses it; earlier codes stay valid. A refusal writes
-- nothing; only of two requests that pass the limits at the same time the one that is then refused can leave dead rows.
--   mac, key_id                        the code's MAC, and the key that it was made with; the code itself never arrives here
--   by_channel                         sms, whatsapp, voice or email
--   known_hash                         the hash of a token of an earlier sign-in, which the client has, or NULL
--   lifetime_seconds                   how long the code is valid; more than 600 counts as 600
--   cool_down_seconds, max_per_hour, max_per_day
--                                      of the number, for all purposes together; a known device has the same for itself
--   max_failures, max_unknown_failures after so many wrong codes in a row nobody gets a code, or only a known device: the answer is
--                                      closed_seconds
--   budgets, keys, shards, per_minute, per_hour, per_day
--                                      the shared budgets as parallel arrays, in the order of budget and key: all are used or none;
--                                      NULL in a limit does not limit
--   reserved_percent                   the part of each budget that only known devices can use
--   returns                            when a verified code gives the use back: at_once (locks the budget), later or never
--   prefix, min_codes, min_percent     see otp_prefix_is_unverified; min_percent 0 switches it off
-- A known device does not use send_prefix. Returns one row: code_id and code_ends_at if the code is recorded, otherwise
-- retry_after_seconds and refused_by: closed, lock, cool_down, hour, day, prefix_unverified or the name of a budget. It is for the
-- operator: a client who knew it would learn about the number.
-- Locks: the row in otp_numbers, then rows of rate_counters in the order given.
CREATE OR REPLACE FUNCTION otp_issue_code(
    number TEXT, for_purpose TEXT, mac BYTEA, key_id INTEGER, address INET, by_channel TEXT, known_hash TEXT,
    lifetime_seconds DOUBLE PRECISION, cool_down_seconds DOUBLE PRECISION, max_per_hour INTEGER, max_per_day INTEGER,
    max_failures INTEGER, max_unknown_failures INTEGER, closed_seconds DOUBLE PRECISION,
    budgets TEXT[], keys TEXT[], shards INTEGER[], per_minute INTEGER[], per_hour INTEGER[], per_day INTEGER[],
    reserved_percent INTEGER[], returns TEXT[],
    prefix TEXT, min_codes INTEGER, min_percent INTEGER
) RETURNS TABLE (code_id BIGINT, code_ends_at TIMESTAMPTZ, retry_after_seconds DOUBLE PRECISION, refused_by TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    device       BIGINT;
    moment       TIMESTAMPTZ;
    used_shard   INTEGER;
    used_budgets TEXT[] := '{}';
    used_keys    TEXT[] := '{}';
    used_shards  INTEGER[] := '{}';
    used_returns TEXT[] := '{}';
BEGIN
    IF known_hash IS NOT NULL THEN
        device := otp_known_device(number, known_hash);
    END IF;
    IF device IS NULL THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            IF reserved_percent[i] > 0 THEN
                per_minute[i] := per_minute[i] - per_minute[i]::BIGINT * reserved_percent[i] / 100;
                per_hour[i] := per_hour[i] - per_hour[i]::BIGINT * reserved_percent[i] / 100;
                per_day[i] := per_day[i] - per_day[i]::BIGINT * reserved_percent[i] / 100;
            END IF;
        END LOOP;
    ELSE
        -- First in the order of budgets.
        budgets := 'known_device'::TEXT || budgets;
        keys := device::TEXT || keys;
        shards := 1 || shards;
        per_minute := NULL::INTEGER || per_minute;
        per_hour := max_per_hour || per_hour;
        per_day := max_per_day || per_day;
        returns := 'never'::TEXT || returns;
    END IF;
    -- First without locks, so that a refusal writes nothing.
    SELECT w.seconds, w.reason
    INTO retry_after_seconds, refused_by
    FROM otp_number_wait(
        number, for_purpose, device, cool_down_seconds, max_per_hour, max_per_day, max_failures, max_unknown_failures,
        closed_seconds) w;
    IF retry_after_seconds IS NULL AND device IS NULL AND min_percent > 0
       AND otp_prefix_is_unverified(prefix, min_codes, min_percent)
    THEN
        retry_after_seconds := 3600;
        refused_by := 'prefix_unverified';
    END IF;
    IF retry_after_seconds IS NULL THEN
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            CONTINUE WHEN device IS NOT NULL AND budgets[i] = 'send_prefix';
            retry_after_seconds := rate_available_in(budgets[i], keys[i], shards[i], per_minute[i], per_hour[i], per_day[i]);
            refused_by := budgets[i];
            EXIT WHEN retry_after_seconds IS NOT NULL;
        END LOOP;
    END IF;
    IF retry_after_seconds IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    -- A block of its own: what was used so far is undone if a limit was reached in the meantime.
    BEGIN
        LOOP
            PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR NO KEY UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        END LOOP;
        SELECT w.seconds, w.reason
        INTO retry_after_seconds, refused_by
        FROM otp_number_wait(
            number, for_purpose, device, cool_down_seconds, max_per_hour, max_per_day, max_failures, max_unknown_failures,
            closed_seconds) w;
        IF retry_after_seconds IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'BQ001';
        END IF;
        FOR i IN 1 .. CARDINALITY(budgets) LOOP
            CONTINUE WHEN device IS NOT NULL AND budgets[i] = 'send_prefix';
            used_shard := rate_use(budgets[i], keys[i], shards[i], per_minute[i], per_hour[i], per_day[i]);
            IF used_shard IS NULL THEN
                retry_after_seconds := COALESCE(
                    rate_available_in(budgets[i], keys[i], shards[i], per_minute[i], per_hour[i], per_day[i]), 1);
                refused_by := budgets[i];
                RAISE EXCEPTION USING ERRCODE = 'BQ001';
            END IF;
            used_budgets := used_budgets || budgets[i];
            used_keys := used_keys || keys[i];
            used_shards := used_shards || used_shard;
            used_returns := used_returns || returns[i];
        END LOOP;
    EXCEPTION WHEN SQLSTATE 'BQ001' THEN
        RETURN NEXT;
        RETURN;
    END;

    refused_by := NULL;
    moment := CLOCK_TIMESTAMP();
    code_ends_at := moment + MAKE_INTERVAL(secs => LEAST(lifetime_seconds, 600));
    INSERT INTO otp_attempts
        (phone_number, otp_code, attempt_type, purpose, ip_address, created_at, expires_at, verified, attempt_count, channel)
    VALUES
        (number, '******', 'send', for_purpose, address, moment, code_ends_at, FALSE, 0, by_channel)
    RETURNING id INTO code_id;
    INSERT INTO otp_codes
        (phone_number, purpose, id, mac, key_id, created_at, expires_at, known_device, budgets, keys, shards, returns)
    VALUES
        (number, for_purpose, code_id, otp_issue_code.mac, otp_issue_code.key_id, moment, code_ends_at, device, used_budgets,
         used_keys, used_shards, used_returns);
    UPDATE otp_numbers n
    SET sent_at     = CASE
            WHEN device IS NULL THEN
                ARRAY(SELECT s.at FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > moment - INTERVAL '24 hours' AND s.at <= moment)
                || moment
            ELSE n.sent_at
        END,
        quiet_since = CASE WHEN n.quiet_since IS NOT NULL THEN moment END
    WHERE n.phone_number = number;
    RETURN NEXT;
END
$$;
ALTER FUNCTION otp_issue_code SET search_path TO 'public', 'pg_temp';

-- V78__check_all_live_codes
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
ALTER FUNCTION otp_return_code SET search_path TO 'public', 'pg_temp';

-- V78__check_all_live_codes
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
ALTER FUNCTION otp_check_code SET search_path TO 'public', 'pg_temp';

-- V90__erase_every_trace
-- Moves the limits of a phone number to another row of otp_numbers, and adds them to what that one has. Codes and tickets are deleted.
-- Locks: both rows in otp_numbers. The caller has locked the row of the number itself, so that this comes before its pseudonym.
CREATE OR REPLACE FUNCTION otp_move_limits(source TEXT, target TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    moved otp_numbers;
BEGIN
    SELECT n.* INTO moved FROM otp_numbers n WHERE n.phone_number = source FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO otp_numbers AS n (phone_number, sent_at, quiet_since)
    VALUES (target, moved.sent_at, moved.quiet_since)
    ON CONFLICT (phone_number) DO UPDATE
    SET sent_at     = ARRAY(SELECT s.at FROM UNNEST(n.sent_at || EXCLUDED.sent_at) AS s (at) ORDER BY s.at),
        quiet_since = CASE
            WHEN n.quiet_since IS NOT NULL AND EXCLUDED.quiet_since IS NOT NULL THEN GREATEST(n.quiet_since, EXCLUDED.quiet_since)
        END;
    INSERT INTO otp_challenges AS c (phone_number, purpose, failures, locked_until, known_failures, known_locked_until)
    SELECT target, m.purpose, m.failures, m.locked_until, m.known_failures, m.known_locked_until
    FROM otp_challenges m
    WHERE m.phone_number = source
      AND (m.failures > 0 OR m.locked_until IS NOT NULL OR m.known_failures > 0 OR m.known_locked_until IS NOT NULL)
    ON CONFLICT (phone_number, purpose) DO UPDATE
    SET failures           = c.failures + EXCLUDED.failures,
        locked_until       = GREATEST(c.locked_until, EXCLUDED.locked_until),
        known_failures     = c.known_failures + EXCLUDED.known_failures,
        known_locked_until = GREATEST(c.known_locked_until, EXCLUDED.known_locked_until);
    DELETE FROM otp_numbers n WHERE n.phone_number = source;
END
$$;
ALTER FUNCTION otp_move_limits SET search_path TO 'public', 'pg_temp';

-- V90__erase_every_trace
-- Erases a phone number from everything that is about codes; its limits stay under the pseudonym. Without a pseudonym they stay under
-- the number, and only its codes, tickets and entries of the report are deleted.
-- Locks: the row in otp_numbers, then that of the pseudonym.
CREATE OR REPLACE FUNCTION otp_erase(number TEXT, pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM otp_invalidate(number);
    IF pseudonym IS NOT NULL THEN
        PERFORM otp_move_limits(number, pseudonym);
    END IF;
    DELETE FROM otp_attempts a WHERE a.phone_number = number;
END
$$;
ALTER FUNCTION otp_erase SET search_path TO 'public', 'pg_temp';

-- V90__erase_every_trace
-- Gives a phone number back the limits that its erasure left under one of these pseudonyms. Returns whether there were any.
-- Locks: if there are any, the row in otp_numbers, which it creates if there is none, then those of the pseudonyms in their order.
CREATE OR REPLACE FUNCTION otp_recall(number TEXT, pseudonyms TEXT[]) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    pseudonym TEXT;
BEGIN
    IF NOT EXISTS (SELECT FROM otp_numbers n WHERE n.phone_number = ANY (pseudonyms)) THEN
        RETURN FALSE;
    END IF;
    -- The clean-up may delete the row between the two statements.
    LOOP
        INSERT INTO otp_numbers (phone_number) VALUES (number) ON CONFLICT DO NOTHING;
        PERFORM FROM otp_numbers n WHERE n.phone_number = number FOR UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    FOR pseudonym IN SELECT p.pseudonym FROM UNNEST(pseudonyms) AS p (pseudonym) ORDER BY p.pseudonym LOOP
        PERFORM otp_move_limits(pseudonym, number);
    END LOOP;
    RETURN TRUE;
END
$$;
ALTER FUNCTION otp_recall SET search_path TO 'public', 'pg_temp';
