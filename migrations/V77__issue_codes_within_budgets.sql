-- Codes are issued within budgets per minute, hour and day, and a refusal writes nothing.
--
-- Why: limits per hour alone can be filled all day, and a refused request wrote as much as a granted one. A known device has limits
-- of its own, which nobody else can use up. Earlier programs go on with otp_send_code; both share the limits of the number and count
-- the budgets apart.
-- Locks: creates functions only.

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
          AND proname IN ('otp_known_device', 'otp_number_wait', 'otp_prefix_is_unverified', 'otp_issue_code')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS otp_issue_code(TEXT, TEXT, BYTEA, INTEGER, INET, TEXT, TEXT, DOUBLE PRECISION, DOUBLE PRECISION, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE PRECISION, TEXT[], TEXT[], INTEGER[], INTEGER[], INTEGER[], INTEGER[], INTEGER[], TEXT[], TEXT, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS otp_prefix_is_unverified(TEXT, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS otp_number_wait(TEXT, TEXT, BIGINT, DOUBLE PRECISION, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE PRECISION);
DROP FUNCTION IF EXISTS otp_known_device(TEXT, TEXT);
*/
