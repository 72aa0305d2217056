-- Uses of a budget are counted in buckets of fixed length, and those of a large budget in shards.
--
-- Why: a list of moments is rewritten by each use. With 30,000 uses in the window 23 codes per second were possible, and everybody
-- waited for one row. A counter costs the same however much was used, and a budget in shards is not locked as a whole.
-- Locks: creates tables and functions only.

-- counts has the uses of the last minute, hour and day: 7 buckets of 10 s, 13 of 5 min and 25 of 1 h, the newest last. The newest
-- bucket of each is that of updated_at. Each window has one bucket more than its length, because the newest is not over. returned
-- has the uses of the last day that were given back later (rate_returns), in 25 buckets of 1 h. used_on changes once per day, so
-- that all other updates are HOT.
CREATE TABLE IF NOT EXISTS rate_counters (
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

CREATE INDEX IF NOT EXISTS idx_rate_counters_used_on ON rate_counters (used_on);

-- Uses that were given back and that the counter still has. Adding one locks nothing; the next use of the counter takes them out of
-- it. use_id tells several uses of one counter apart.
CREATE TABLE IF NOT EXISTS rate_returns (
    budget  VARCHAR(20) NOT NULL,
    key     VARCHAR(50) NOT NULL,
    shard   INTEGER NOT NULL,
    use_id  BIGINT NOT NULL,
    used_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT rate_returns_pkey PRIMARY KEY (budget, key, shard, use_id)
);

CREATE INDEX IF NOT EXISTS idx_rate_returns_used_at ON rate_returns (used_at);

-- The number of a moment's bucket; buckets have this many seconds and begin at the epoch.
CREATE OR REPLACE FUNCTION rate_bucket(at TIMESTAMPTZ, seconds INTEGER) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT FLOOR(DATE_PART('epoch', at AT TIME ZONE 'UTC') / seconds)::BIGINT
$$;

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

-- The part of a limit that one of so many shards has. The parts add up to the limit.
CREATE OR REPLACE FUNCTION rate_part(whole INTEGER, shards INTEGER, shard INTEGER) RETURNS INTEGER
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT whole / shards + (shard < whole % shards)::INTEGER
$$;

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
          AND proname IN ('rate_counts_after_returns', 'rate_shard_wait', 'rate_available_in', 'rate_locked', 'rate_use', 'rate_give_back')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS rate_give_back(TEXT, TEXT, INTEGER, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS rate_use(TEXT, TEXT, INTEGER, INTEGER, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS rate_locked(TEXT, TEXT, INTEGER);
DROP FUNCTION IF EXISTS rate_available_in(TEXT, TEXT, INTEGER, INTEGER, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS rate_shard_wait(TEXT, TEXT, INTEGER, INTEGER, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS rate_counts_after_returns(INTEGER[], TIMESTAMPTZ, TEXT, TEXT, INTEGER);
DROP FUNCTION IF EXISTS rate_part(INTEGER, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS rate_wait(INTEGER[], TIMESTAMPTZ, INTEGER, INTEGER, INTEGER);
DROP FUNCTION IF EXISTS rate_counts_without(INTEGER[], TIMESTAMPTZ, TIMESTAMPTZ, INTEGER);
DROP FUNCTION IF EXISTS rate_counts_at(INTEGER[], TIMESTAMPTZ, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS rate_shift(INTEGER[], BIGINT);
DROP FUNCTION IF EXISTS rate_bucket(TIMESTAMPTZ, INTEGER);
DROP TABLE IF EXISTS rate_returns;
DROP TABLE IF EXISTS rate_counters;
*/
