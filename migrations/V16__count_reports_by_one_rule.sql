-- What a node's report adds to the counters of a connection: one rule for heartbeats and for ends.
--
-- Why: a heartbeat refused a report if either direction was implausible, an end refused each direction for itself. A
-- report is one statement about both counters: if either direction is implausible, the whole report adds nothing, in a
-- heartbeat and at an end alike. report_is_plausible decides. The functions are marked IMMUTABLE, because they count
-- in UTC, so that the planner can compute them early and a distributed table can use them. A program built before
-- this migration can't report heartbeats or ends after it, because two functions have new names: it may not start.
-- Locks: none but on the functions.
-- barqnet: min-version 16

-- Whole seconds from began to ended: 0 if either is unknown or the clock went back, at most 2147483647.
CREATE OR REPLACE FUNCTION seconds_between(began TIMESTAMPTZ, ended TIMESTAMPTZ) RETURNS INTEGER
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN began IS NULL OR ended IS NULL OR ended <= began THEN 0
               WHEN NOT ISFINITE(began) OR NOT ISFINITE(ended) THEN 2147483647
               ELSE LEAST(
                   FLOOR(DATE_PART('epoch', ended AT TIME ZONE 'UTC') - DATE_PART('epoch', began AT TIME ZONE 'UTC')),
                   2147483647
               )::INTEGER
           END
$$;

-- The UTC hour in which usage counts; an unknown or infinite time counts at -infinity, which is in no period.
CREATE OR REPLACE FUNCTION hour_of_usage(at TIMESTAMPTZ) RETURNS TIMESTAMPTZ
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN ISFINITE(at) THEN DATE_TRUNC('hour', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
               ELSE '-infinity'
           END
$$;

-- How many bytes a report adds to one counter of a connection, or NULL if it can't be known: the figure is negative,
-- belongs to an older start of the node, or the total is almost 8 PiB, so that a sum can hold a thousand connections.
--   total        what the connection has counted so far
--   known_epoch  the start of the node that the last report belongs to, NULL before the first one
--   known        the figure of the last report
--   epoch        the start of the node that this report belongs to
--   reported     its figure, counted since that start
-- The first report continues from total if it is not less than total. A negative result means that the counter went
-- back although the node did not restart. Inlined by the planner, as are the next two: heartbeats call them for every
-- row.
CREATE OR REPLACE FUNCTION counter_delta(
    total BIGINT, known_epoch BIGINT, known BIGINT, epoch BIGINT, reported BIGINT
) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN reported < 0 OR total > 9007199254740992 - 17592186044416 THEN NULL
               WHEN known_epoch IS NULL THEN reported - CASE WHEN reported >= total THEN GREATEST(total, 0) ELSE 0 END
               WHEN epoch = known_epoch THEN reported - known
               WHEN epoch > known_epoch THEN reported
           END
$$;

-- How many bytes one counter can rise by in a report: what a line of 100 Gbit/s carries in the time since the last
-- report and a minute, at most 16 TiB.
CREATE OR REPLACE FUNCTION max_plausible_delta(last_report TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT LEAST(12500000000 * (60 + LEAST(seconds_between(last_report, at), 3600)::BIGINT), 17592186044416)
$$;

-- Whether a report counts: both deltas are known, neither is negative and neither is more than max_plausible_delta.
-- Otherwise the whole report adds nothing.
CREATE OR REPLACE FUNCTION report_is_plausible(
    received BIGINT, sent BIGINT, last_report TIMESTAMPTZ, at TIMESTAMPTZ
) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT COALESCE(
               received >= 0 AND sent >= 0 AND GREATEST(received, sent) <= max_plausible_delta(last_report, at),
               FALSE
           )
$$;

DROP FUNCTION IF EXISTS reported_difference(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS most_reported(TIMESTAMPTZ, TIMESTAMPTZ);

/* rollback
DROP FUNCTION IF EXISTS report_is_plausible(BIGINT, BIGINT, TIMESTAMPTZ, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS max_plausible_delta(TIMESTAMPTZ, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS counter_delta(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT);
CREATE OR REPLACE FUNCTION reported_difference(
    total BIGINT, known_epoch BIGINT, known BIGINT, epoch BIGINT, reported BIGINT
) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN reported < 0 OR total > 9007199254740992 - 17592186044416 THEN NULL
               WHEN known_epoch IS NULL THEN reported - CASE WHEN reported >= total THEN GREATEST(total, 0) ELSE 0 END
               WHEN epoch = known_epoch THEN reported - known
               WHEN epoch > known_epoch THEN reported
           END
$$;
CREATE OR REPLACE FUNCTION most_reported(last_report TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT LEAST(12500000000 * (60 + LEAST(seconds_between(last_report, at), 3600)::BIGINT), 17592186044416)
$$;
CREATE OR REPLACE FUNCTION seconds_between(began TIMESTAMPTZ, ended TIMESTAMPTZ) RETURNS INTEGER
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN began IS NULL OR ended IS NULL OR ended <= began THEN 0
               WHEN NOT ISFINITE(began) OR NOT ISFINITE(ended) THEN 2147483647
               ELSE LEAST(FLOOR(DATE_PART('epoch', ended) - DATE_PART('epoch', began)), 2147483647)::INTEGER
           END
$$;
CREATE OR REPLACE FUNCTION hour_of_usage(at TIMESTAMPTZ) RETURNS TIMESTAMPTZ
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN ISFINITE(at) THEN DATE_TRUNC('hour', at, 'UTC') ELSE '-infinity' END
$$;
*/
