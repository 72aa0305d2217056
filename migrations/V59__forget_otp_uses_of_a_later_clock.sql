-- A code that was sent in the future of the clock, because the clock went back, makes nobody wait.
--
-- Why: after a fail-over to a server whose clock was 10 minutes behind, every number that had just got a code, every address
-- and everybody together had used up their limits until the clock had caught up.
-- Locks: replaces a function only.

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

/* rollback
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
*/
