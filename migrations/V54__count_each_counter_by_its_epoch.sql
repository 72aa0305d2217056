-- A report counts from the last one of its own counter: an epoch per entry, a base for a counter that is older than its
-- connection, and a jump that is refused once and is the new base when the next report confirms it.
--
-- Why: the epoch was the node's, so a node whose counters outlive its agent counted bytes twice, and after one implausible jump
-- nothing was counted any more. What a line carries was a literal; it is a parameter now.
-- New signatures, because the result of a heartbeat names the reason of an end, too.
-- Locks: creates and drops functions only.
-- barqnet: min-version 54

-- How many bytes one counter can rise by: what a line of max_bits_per_second (NULL: 100 Gbit/s) carries in the time since the
-- last report and a minute, at most 16 TiB. Inlined by the planner, as are the next four: heartbeats call them for every row.
CREATE OR REPLACE FUNCTION max_plausible_increase(
    last_report TIMESTAMPTZ, at TIMESTAMPTZ, max_bits_per_second BIGINT
) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    -- At most 10 Tbit/s and 57 days: the product fits.
    SELECT LEAST(
        LEAST(GREATEST(COALESCE(max_bits_per_second, 100000000000), 0), 10000000000000) / 8
            * (60 + LEAST(seconds_between(last_report, at), 5000000)::BIGINT),
        17592186044416
    )
$$;

-- From where a report counts:
--   last     the last report that counted
--   zero     0: the counter began after that, by its epoch, or because the refused report before this one has shown it
--   refused  the last refused report: this one confirms it, because it is of the same counter, later, and not less
--   NULL     unknown: the report belongs to an earlier counter
-- known_* is the last report that counted, at counted_at. Before the first one it is what the counter showed when the connection
-- was opened, and known_epoch is NULL or known_sequence is the least number. A refused report that has gone back is confirmed as a new beginning only if the whole figure is plausible.
CREATE OR REPLACE FUNCTION report_base(
    known_epoch BIGINT, known_sequence BIGINT, known_received BIGINT, known_sent BIGINT, counted_at TIMESTAMPTZ,
    refused_epoch BIGINT, refused_sequence BIGINT, refused_received BIGINT, refused_sent BIGINT,
    epoch BIGINT, sequence BIGINT, received BIGINT, sent BIGINT, at TIMESTAMPTZ, max_bits_per_second BIGINT
) RETURNS TEXT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN refused_epoch IS NOT NULL AND epoch = refused_epoch AND sequence > refused_sequence
                   AND received >= refused_received AND sent >= refused_sent AND refused_received >= 0 AND refused_sent >= 0 THEN
                   CASE
                       WHEN epoch = known_epoch AND (refused_received < known_received OR refused_sent < known_sent)
                           AND GREATEST(received, sent) <= max_plausible_increase(counted_at, at, max_bits_per_second) THEN 'zero'
                       ELSE 'refused'
                   END
               WHEN epoch > known_epoch THEN 'zero'
               WHEN epoch < known_epoch THEN NULL
               WHEN (known_epoch IS NULL OR known_sequence = '-9223372036854775808'::BIGINT)
                   AND (received < known_received OR sent < known_sent) THEN 'zero'
               ELSE 'last'
           END
$$;

-- The figure of a connection's last report that counted; before the first one, what an older program has written, or what the
-- counter showed when the connection was opened.
CREATE OR REPLACE FUNCTION counter_known(known_epoch BIGINT, total BIGINT, reported BIGINT) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN known_epoch IS NULL THEN GREATEST(total, 0) + reported ELSE reported END
$$;

-- How many bytes a report adds to one counter of a connection, or NULL if that can't be known: the figure is negative, the base
-- is unknown, or the total is almost 8 PiB, so that a sum can hold a thousand connections. A negative result means that the
-- counter went back although its epoch is the same.
--   base      the result of report_base
--   total     what the connection has counted so far
--   known     the figure of the last report that counted
--   refused   the figure of the last refused report
--   reported  the figure of this report
CREATE OR REPLACE FUNCTION counter_increase(
    base TEXT, total BIGINT, known BIGINT, refused BIGINT, reported BIGINT
) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN reported < 0 OR total > 9007199254740992 - 17592186044416 THEN NULL
               ELSE CASE base
                        WHEN 'last' THEN reported - known
                        WHEN 'zero' THEN reported
                        WHEN 'refused' THEN reported - refused
                    END
           END
$$;

-- Whether a report counts: both increases are known, neither is negative and neither is more than max_plausible_increase.
-- Otherwise the whole report adds nothing.
CREATE OR REPLACE FUNCTION report_is_plausible(
    received BIGINT, sent BIGINT, last_report TIMESTAMPTZ, at TIMESTAMPTZ, max_bits_per_second BIGINT
) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT COALESCE(
               received >= 0 AND sent >= 0
                   AND GREATEST(received, sent) <= max_plausible_increase(last_report, at, max_bits_per_second),
               FALSE
           )
$$;

DROP FUNCTION IF EXISTS connection_heartbeat(TEXT, BIGINT, BIGINT[], BIGINT[], BIGINT[], BIGINT[]);

-- Records a node's report on connections of its server: `ids`, `epochs`, `sequences`, `bytes_received` and `bytes_sent` are
-- parallel arrays; of a repeated id the highest epoch and sequence count. The increase of the counters since the last report
-- is added, or all of them if they began later (report_base). max_bits_per_second is what a line carries (NULL: 100 Gbit/s).
-- Usage of a finished hour goes to the roll-ups. Returns one row per id, by id, with its outcome:
--   applied      counted, and the connection is alive
--   repeated     this report or a later one was counted before: nothing changed
--   outdated     a later epoch has reported already: nothing changed
--   implausible  report_is_plausible is false: the connection is alive, nothing was added
--   expired      counted if plausible, and the account has expired: the caller ends the connection
--   closed       the connection has ended, for the reason; connection_count_late counts what it used
--   unknown      the server has no such connection
-- Locks: the live connections in id order; once per hour their roll-ups, in key order; every 10 seconds the
-- server's row of server_status.
CREATE OR REPLACE FUNCTION connection_heartbeat(
    server_id TEXT, ids BIGINT[], epochs BIGINT[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[],
    max_bits_per_second BIGINT
) RETURNS TABLE (connection_id BIGINT, outcome TEXT, reason TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    report RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.epoch, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_heartbeat.ids, connection_heartbeat.epochs, connection_heartbeat.sequences,
                    connection_heartbeat.bytes_received, connection_heartbeat.bytes_sent)
            AS r (id, epoch, sequence, bytes_received, bytes_sent)
        WHERE r.id IS NOT NULL
        ORDER BY r.id, r.epoch DESC NULLS LAST, r.sequence DESC NULLS LAST, r.bytes_received DESC, r.bytes_sent DESC
    ),
    -- Few and narrow columns, because each row passes from part to part.
    live AS (
        SELECT c.id,
               c.username,
               COALESCE(c.counted_at, c.last_activity) AS counted_at,
               c.heartbeat_epoch,
               c.heartbeat_sequence,
               counter_increase(
                   report_base(c.heartbeat_epoch, c.heartbeat_sequence, known.received, known.sent,
                               COALESCE(c.counted_at, c.last_activity), c.refused_epoch, c.refused_sequence, c.refused_received,
                               c.refused_sent, reported.epoch, reported.sequence, reported.bytes_received, reported.bytes_sent,
                               STATEMENT_TIMESTAMP(), connection_heartbeat.max_bits_per_second),
                   COALESCE(c.bytes_received, 0), known.received, c.refused_received, reported.bytes_received
               ) AS received,
               counter_increase(
                   report_base(c.heartbeat_epoch, c.heartbeat_sequence, known.received, known.sent,
                               COALESCE(c.counted_at, c.last_activity), c.refused_epoch, c.refused_sequence, c.refused_received,
                               c.refused_sent, reported.epoch, reported.sequence, reported.bytes_received, reported.bytes_sent,
                               STATEMENT_TIMESTAMP(), connection_heartbeat.max_bits_per_second),
                   COALESCE(c.bytes_sent, 0), known.sent, c.refused_sent, reported.bytes_sent
               ) AS sent,
               COALESCE(c.bytes_received, 0) - c.rolled_up_received  AS pending_received,
               COALESCE(c.bytes_sent, 0) - c.rolled_up_sent          AS pending_sent,
               hour_of_usage(COALESCE(c.usage_hour, c.connected_at)) AS usage_hour,
               c.account_expires_at,
               reported.epoch,
               reported.sequence,
               reported.bytes_received,
               reported.bytes_sent
        FROM reported
        JOIN vpn_connections c ON c.id = reported.id
        CROSS JOIN LATERAL (
            SELECT counter_known(c.heartbeat_epoch, COALESCE(c.bytes_received, 0), c.reported_received) AS received,
                   counter_known(c.heartbeat_epoch, COALESCE(c.bytes_sent, 0), c.reported_sent) AS sent
        ) AS known
        WHERE c.server_id = connection_heartbeat.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    -- MATERIALIZED, so that every column is computed once.
    classified AS MATERIALIZED (
        SELECT l.id,
               l.username,
               l.counted_at,
               l.usage_hour,
               l.epoch,
               l.sequence,
               l.bytes_received,
               l.bytes_sent,
               l.pending_received,
               l.pending_sent,
               l.received,
               l.sent,
               clock.at,
               hour_of_usage(clock.at) AS hour,
               l.account_expires_at,
               COALESCE(l.epoch < l.heartbeat_epoch, FALSE) AS is_outdated,
               COALESCE((l.epoch, l.sequence) > (l.heartbeat_epoch, l.heartbeat_sequence), TRUE) AS is_new,
               l.epoch IS NOT NULL AND l.sequence IS NOT NULL
                   AND report_is_plausible(l.received, l.sent, l.counted_at, clock.at, connection_heartbeat.max_bits_per_second)
                   AS is_plausible,
               -- Earlier, or later if the clock went back. Usage of a user who does not exist is not rolled up.
               l.usage_hour <> hour_of_usage(clock.at) AND account_exists(l.username) AS is_finished
        FROM live l
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    updated AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = CASE WHEN k.is_plausible THEN k.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN k.sequence ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN k.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN k.bytes_sent ELSE c.reported_sent END,
            refused_epoch      = CASE WHEN NOT k.is_plausible THEN k.epoch END,
            refused_sequence   = CASE WHEN NOT k.is_plausible THEN k.sequence END,
            refused_received   = CASE WHEN NOT k.is_plausible THEN k.bytes_received END,
            refused_sent       = CASE WHEN NOT k.is_plausible THEN k.bytes_sent END,
            counted_at         = CASE WHEN NOT k.is_plausible THEN k.counted_at END,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            last_activity      = k.at,
            usage_hour         = k.hour,
            rolled_up_received = c.rolled_up_received + CASE WHEN k.is_finished THEN k.pending_received ELSE 0 END,
            rolled_up_sent     = c.rolled_up_sent + CASE WHEN k.is_finished THEN k.pending_sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_heartbeat.server_id
          AND k.is_new
    )
    SELECT ARRAY_AGG(o.id)                                            AS ids,
           ARRAY_AGG(o.outcome)                                       AS outcomes,
           ARRAY_AGG(o.username) FILTER (WHERE o.is_rolled_up)        AS usernames,
           ARRAY_AGG(o.usage_hour) FILTER (WHERE o.is_rolled_up)      AS hours,
           ARRAY_AGG(o.pending_received) FILTER (WHERE o.is_rolled_up) AS bytes_in,
           ARRAY_AGG(o.pending_sent) FILTER (WHERE o.is_rolled_up)    AS bytes_out
    INTO report
    FROM (
        SELECT reported.id,
               CASE
                   WHEN k.account_expires_at <= k.at THEN 'expired'
                   WHEN k.is_outdated THEN 'outdated'
                   WHEN NOT k.is_new THEN 'repeated'
                   WHEN NOT k.is_plausible THEN 'implausible'
                   WHEN k.id IS NOT NULL THEN 'applied'
                   WHEN (
                       SELECT c.status
                       FROM vpn_connections c
                       WHERE c.id = reported.id
                         AND c.server_id = connection_heartbeat.server_id
                   ) IS NOT NULL THEN 'closed'
                   ELSE 'unknown'
               END AS outcome,
               k.username,
               k.usage_hour,
               k.pending_received,
               k.pending_sent,
               k.is_new AND k.is_finished AND (k.pending_received <> 0 OR k.pending_sent <> 0) AS is_rolled_up
        FROM reported
        LEFT JOIN classified k ON k.id = reported.id
        ORDER BY reported.id
    ) o;
    IF report.usernames IS NOT NULL THEN
        PERFORM usage_roll_up(
            server_id, report.usernames, report.hours, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]),
            report.bytes_in, report.bytes_out, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]), NULL
        );
    END IF;
    PERFORM server_heard(server_id);
    RETURN QUERY
    SELECT a.id,
           a.outcome,
           CASE
               WHEN a.outcome = 'closed' THEN (
                   SELECT c.disconnect_reason::TEXT
                   FROM vpn_connections c
                   WHERE c.id = a.id
                     AND c.server_id = connection_heartbeat.server_id
               )
           END
    FROM UNNEST(report.ids, report.outcomes) AS a (id, outcome);
END
$$;

DROP FUNCTION IF EXISTS connection_count_late(TEXT, BIGINT, BIGINT[], BIGINT[], BIGINT[], BIGINT[]);

-- Counts what a node reports of connections that were ended without it, for any reason but client_exit and server_restart: as a
-- heartbeat would have, and once. The connection stays ended. Parameters as those of connection_heartbeat; ids
-- of other connections are left out. Returns for how many it counted something. Call it in a transaction of its own: a heartbeat
-- holds locks of other connections, and to wait with them for those of ended ones could be a deadlock.
-- Locks: the connections in id order, their rows of vpn_statistics, the roll-ups.
CREATE OR REPLACE FUNCTION connection_count_late(
    server_id TEXT, ids BIGINT[], epochs BIGINT[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[],
    max_bits_per_second BIGINT
) RETURNS INTEGER LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    counted RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.epoch, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_count_late.ids, connection_count_late.epochs, connection_count_late.sequences,
                    connection_count_late.bytes_received, connection_count_late.bytes_sent)
            AS r (id, epoch, sequence, bytes_received, bytes_sent)
        WHERE r.id IS NOT NULL
          AND r.epoch IS NOT NULL
          AND r.sequence IS NOT NULL
        ORDER BY r.id, r.epoch DESC, r.sequence DESC, r.bytes_received DESC, r.bytes_sent DESC
    ),
    ended AS (
        SELECT c.id,
               COALESCE(c.counted_at, c.last_activity) AS counted_at,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               report_base(c.heartbeat_epoch, c.heartbeat_sequence, known.received, known.sent,
                           COALESCE(c.counted_at, c.last_activity), c.refused_epoch, c.refused_sequence, c.refused_received,
                           c.refused_sent, reported.epoch, reported.sequence, reported.bytes_received, reported.bytes_sent,
                           STATEMENT_TIMESTAMP(), connection_count_late.max_bits_per_second) AS base,
               known.received AS known_received,
               known.sent     AS known_sent,
               c.refused_received,
               c.refused_sent,
               reported.epoch,
               reported.sequence,
               reported.bytes_received,
               reported.bytes_sent
        FROM reported
        JOIN vpn_connections c ON c.id = reported.id
        CROSS JOIN LATERAL (
            SELECT counter_known(c.heartbeat_epoch, COALESCE(c.bytes_received, 0), c.reported_received) AS received,
                   counter_known(c.heartbeat_epoch, COALESCE(c.bytes_sent, 0), c.reported_sent)         AS sent
        ) AS known
        WHERE c.server_id = connection_count_late.server_id
          AND c.status = 'disconnected'
          -- Of others the node has said everything when it ended them.
          AND c.disconnect_reason NOT IN ('client_exit', 'server_restart')
          AND COALESCE((reported.epoch, reported.sequence) > (c.heartbeat_epoch, c.heartbeat_sequence), TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    delta AS MATERIALIZED (
        SELECT e.id,
               e.counted_at,
               e.epoch,
               e.sequence,
               e.bytes_received,
               e.bytes_sent,
               counter_increase(e.base, e.total_received, e.known_received, e.refused_received, e.bytes_received) AS received,
               counter_increase(e.base, e.total_sent, e.known_sent, e.refused_sent, e.bytes_sent)                 AS sent
        FROM ended e
    ),
    connection AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = d.epoch,
            heartbeat_sequence = d.sequence,
            reported_received  = d.bytes_received,
            reported_sent      = d.bytes_sent,
            bytes_received     = COALESCE(c.bytes_received, 0) + d.received,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + d.sent
        FROM delta d
        WHERE c.id = d.id
          AND c.server_id = connection_count_late.server_id
          AND report_is_plausible(d.received, d.sent, d.counted_at, CLOCK_TIMESTAMP(), connection_count_late.max_bits_per_second)
        RETURNING c.id, c.username::TEXT AS username, d.received, d.sent
    ),
    statistics AS (
        UPDATE vpn_statistics v
        SET bytes_in  = COALESCE(v.bytes_in, 0) + n.received,
            bytes_out = COALESCE(v.bytes_out, 0) + n.sent
        FROM connection n
        WHERE v.server_id = connection_count_late.server_id
          AND v.connection_id = n.id
    )
    SELECT COUNT(*)::INTEGER                   AS connections,
           ARRAY_AGG(n.username ORDER BY n.id) AS usernames,
           ARRAY_AGG(n.received ORDER BY n.id) AS bytes_in,
           ARRAY_AGG(n.sent ORDER BY n.id)     AS bytes_out
    INTO counted
    FROM connection n
    WHERE (n.received > 0 OR n.sent > 0)
      AND account_exists(n.username);
    IF counted.connections > 0 THEN
        PERFORM usage_roll_up(
            server_id, counted.usernames,
            ARRAY_FILL(hour_of_usage(CLOCK_TIMESTAMP()), ARRAY[counted.connections]),
            ARRAY_FILL(0, ARRAY[counted.connections]), counted.bytes_in, counted.bytes_out,
            ARRAY_FILL(0, ARRAY[counted.connections]), NULL
        );
    END IF;
    RETURN counted.connections;
END
$$;

DROP FUNCTION IF EXISTS connection_end(TEXT, BIGINT[], TEXT, TEXT, BOOLEAN, BIGINT, BIGINT, BIGINT);

-- Ends those of the connections `ids` of a server that are live, and returns them by id, with what they have counted.
--   status           disconnected or error, both final
--   at_last_report   TRUE: as of the last report, for a connection without recent ones; FALSE: as of now
--   epoch, bytes_received, bytes_sent
--                    the node's final report on the connection, or NULL; it counts if report_is_plausible
--   max_bits_per_second
--                    what a line carries; NULL: 100 Gbit/s
-- Each end leaves one row of vpn_statistics, added to the roll-ups, except where nothing was used (an error before the
-- connection was up, with no bytes) or the user does not exist: then statistics_id is NULL.
-- Locks: the connections in id order, their users for the foreign key, the server's row of server_status, the roll-ups.
CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids BIGINT[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT, max_bits_per_second BIGINT DEFAULT NULL
) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql
-- A custom plan for a short array is estimated too cheap: planning takes longer than the end itself.
SET plan_cache_mode = 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
    ended         RECORD;
    count_ended   INTEGER := 0;
    usernames     TEXT[] := '{}';
    started_at    TIMESTAMPTZ[] := '{}';
    session_hours TIMESTAMPTZ[] := '{}';
    byte_hours    TIMESTAMPTZ[] := '{}';
    bytes_in      BIGINT[] := '{}';
    bytes_out     BIGINT[] := '{}';
    seconds       INTEGER[] := '{}';
BEGIN
    PERFORM SET_CONFIG('barqnet.rolls_up', 'on', TRUE);
    FOR ended IN
    WITH live AS (
        SELECT c.id,
               c.status,
               c.connected_at,
               c.last_activity,
               COALESCE(c.counted_at, c.last_activity) AS counted_at,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.heartbeat_epoch,
               c.heartbeat_sequence,
               c.reported_received,
               c.reported_sent,
               c.refused_epoch,
               c.refused_sequence,
               c.refused_received,
               c.refused_sent
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end.ids)
          AND c.server_id = connection_end.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ),
    -- MATERIALIZED, so that counter_increase and report_is_plausible get columns and are inlined.
    based AS MATERIALIZED (
        SELECT live.id,
               live.status,
               live.counted_at,
               clock.at,
               CASE
                   WHEN connection_end.at_last_report THEN COALESCE(live.last_activity, live.connected_at, clock.at)
                   ELSE clock.at
               END AS ended_at,
               live.total_received,
               live.total_sent,
               known.received AS known_received,
               known.sent     AS known_sent,
               live.refused_received,
               live.refused_sent,
               report_base(live.heartbeat_epoch, live.heartbeat_sequence, known.received, known.sent, live.counted_at,
                           live.refused_epoch, live.refused_sequence, live.refused_received, live.refused_sent,
                           -- Later than any other report.
                           connection_end.epoch, 9223372036854775807, connection_end.bytes_received, connection_end.bytes_sent,
                           clock.at, connection_end.max_bits_per_second) AS base
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
        CROSS JOIN LATERAL (
            SELECT counter_known(live.heartbeat_epoch, live.total_received, live.reported_received) AS received,
                   counter_known(live.heartbeat_epoch, live.total_sent, live.reported_sent)         AS sent
        ) AS known
    ),
    delta AS MATERIALIZED (
        SELECT b.id,
               b.status,
               b.counted_at,
               b.at,
               b.ended_at,
               counter_increase(
                   b.base, b.total_received, b.known_received, b.refused_received, connection_end.bytes_received
               ) AS received,
               counter_increase(
                   b.base, b.total_sent, b.known_sent, b.refused_sent, connection_end.bytes_sent
               ) AS sent
        FROM based b
    ),
    classified AS (
        SELECT delta.id,
               delta.status,
               delta.ended_at,
               delta.received,
               delta.sent,
               report_is_plausible(delta.received, delta.sent, delta.counted_at, delta.at, connection_end.max_bits_per_second)
                   AS is_plausible
        FROM delta
    ),
    closed AS (
        UPDATE vpn_connections c
        SET status             = connection_end.status,
            disconnected_at    = k.ended_at,
            duration_seconds   = seconds_between(c.connected_at, k.ended_at),
            disconnect_reason  = LEFT(connection_end.reason, 255),
            last_activity      = k.ended_at,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            -- Later reports of the counter add nothing.
            heartbeat_epoch    = CASE WHEN k.is_plausible THEN connection_end.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN 9223372036854775807 ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN connection_end.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN connection_end.bytes_sent ELSE c.reported_sent END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_end.server_id
        RETURNING c.id, c.username, c.virtual_ip, COALESCE(c.connected_at, c.disconnected_at) AS started_at,
                  c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version, c.usage_hour,
                  c.bytes_received - c.rolled_up_received AS pending_received,
                  c.bytes_sent - c.rolled_up_sent         AS pending_sent,
                  c.status <> 'error' OR k.status = 'connected' OR c.bytes_received > 0 OR c.bytes_sent > 0 AS is_used
    )
    SELECT closed.id, closed.username, closed.virtual_ip, closed.started_at, closed.disconnected_at,
           closed.duration_seconds, closed.bytes_received, closed.bytes_sent, closed.app_version, closed.usage_hour,
           closed.pending_received, closed.pending_sent, closed.is_used
    FROM closed
    ORDER BY closed.id
    LOOP
        count_ended := count_ended + 1;
        statistics_id := NULL;
        IF ended.is_used AND account_exists(ended.username) THEN
            INSERT INTO vpn_statistics AS v
                (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
                 session_type, client_version)
            VALUES (ended.username, connection_end.server_id, ended.bytes_received, ended.bytes_sent,
                    ended.duration_seconds, ended.id, ended.started_at, ended.disconnected_at, 'vpn',
                    LEFT(ended.app_version, 50))
            RETURNING v.id INTO statistics_id;
            usernames     := ARRAY_APPEND(usernames, ended.username::TEXT);
            started_at    := ARRAY_APPEND(started_at, ended.started_at);
            session_hours := ARRAY_APPEND(session_hours, hour_of_usage(ended.started_at));
            byte_hours    := ARRAY_APPEND(byte_hours, COALESCE(ended.usage_hour, hour_of_usage(ended.started_at)));
            bytes_in      := ARRAY_APPEND(bytes_in, ended.pending_received);
            bytes_out     := ARRAY_APPEND(bytes_out, ended.pending_sent);
            seconds       := ARRAY_APPEND(seconds, ended.duration_seconds);
        END IF;
        connection_id := ended.id;
        username := ended.username;
        virtual_ip := ended.virtual_ip;
        duration_seconds := ended.duration_seconds;
        total_received := ended.bytes_received;
        total_sent := ended.bytes_sent;
        RETURN NEXT;
    END LOOP;
    PERFORM SET_CONFIG('barqnet.rolls_up', '', TRUE);
    IF count_ended > 0 THEN
        UPDATE server_status s
        SET live_connections = GREATEST(s.live_connections - count_ended, 0)
        WHERE s.server_id = connection_end.server_id;
    END IF;
    IF CARDINALITY(usernames) > 0 THEN
        PERFORM session_roll_up(connection_end.server_id, usernames, started_at, session_hours, byte_hours, bytes_in,
                                bytes_out, seconds);
    END IF;
END
$$;

DROP FUNCTION IF EXISTS report_is_plausible(BIGINT, BIGINT, TIMESTAMPTZ, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS max_plausible_delta(TIMESTAMPTZ, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS counter_delta(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT);

-- CREATE OR REPLACE removes the search_path that V28 gave to functions.
DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN ('connection_heartbeat', 'connection_count_late', 'connection_end')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS connection_count_late(TEXT, BIGINT[], BIGINT[], BIGINT[], BIGINT[], BIGINT[], BIGINT);
DROP FUNCTION IF EXISTS connection_heartbeat(TEXT, BIGINT[], BIGINT[], BIGINT[], BIGINT[], BIGINT[], BIGINT);
DROP FUNCTION IF EXISTS connection_end(TEXT, BIGINT[], TEXT, TEXT, BOOLEAN, BIGINT, BIGINT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS report_is_plausible(BIGINT, BIGINT, TIMESTAMPTZ, TIMESTAMPTZ, BIGINT);
DROP FUNCTION IF EXISTS report_base(
    BIGINT, BIGINT, BIGINT, BIGINT, TIMESTAMPTZ, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, BIGINT, TIMESTAMPTZ, BIGINT
);
DROP FUNCTION IF EXISTS max_plausible_increase(TIMESTAMPTZ, TIMESTAMPTZ, BIGINT);
DROP FUNCTION IF EXISTS counter_increase(TEXT, BIGINT, BIGINT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS counter_known(BIGINT, BIGINT, BIGINT);

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

-- Ends those of the connections `ids` of a server that are live, and returns them by id, with what they have counted.
--   status           disconnected or error, both final
--   at_last_report   TRUE: as of the last report, for a connection without recent ones; FALSE: as of now
--   epoch, bytes_received, bytes_sent
--                    the node's final report on the connection, or NULL; it counts if report_is_plausible
-- Each end leaves one row of vpn_statistics, added to the roll-ups, except where nothing was used (an error before the
-- connection was up, with no bytes) or the user does not exist: then statistics_id is NULL.
-- Locks: the connections in id order, their users for the foreign key, the server's row of server_status, the roll-ups.
CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids BIGINT[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT
) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql
-- A custom plan for a short array is estimated too cheap: planning takes longer than the end itself.
SET plan_cache_mode = 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
    ended         RECORD;
    count_ended   INTEGER := 0;
    usernames     TEXT[] := '{}';
    started_at    TIMESTAMPTZ[] := '{}';
    session_hours TIMESTAMPTZ[] := '{}';
    byte_hours    TIMESTAMPTZ[] := '{}';
    bytes_in      BIGINT[] := '{}';
    bytes_out     BIGINT[] := '{}';
    seconds       INTEGER[] := '{}';
BEGIN
    PERFORM SET_CONFIG('barqnet.rolls_up', 'on', TRUE);
    FOR ended IN
    WITH live AS (
        SELECT c.id,
               c.status,
               c.connected_at,
               c.last_activity,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.heartbeat_epoch,
               c.reported_received,
               c.reported_sent
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end.ids)
          AND c.server_id = connection_end.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE
    ),
    -- MATERIALIZED, so that report_is_plausible gets columns and is inlined.
    delta AS MATERIALIZED (
        SELECT live.id,
               live.status,
               live.last_activity,
               clock.at,
               CASE
                   WHEN connection_end.at_last_report THEN COALESCE(live.last_activity, live.connected_at, clock.at)
                   ELSE clock.at
               END AS ended_at,
               counter_delta(live.total_received, live.heartbeat_epoch, live.reported_received,
                             connection_end.epoch, connection_end.bytes_received) AS received,
               counter_delta(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                             connection_end.epoch, connection_end.bytes_sent)     AS sent
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    classified AS (
        SELECT delta.id,
               delta.status,
               delta.ended_at,
               delta.received,
               delta.sent,
               report_is_plausible(delta.received, delta.sent, delta.last_activity, delta.at) AS is_plausible
        FROM delta
    ),
    closed AS (
        UPDATE vpn_connections c
        SET status            = connection_end.status,
            disconnected_at   = k.ended_at,
            duration_seconds  = seconds_between(c.connected_at, k.ended_at),
            disconnect_reason = connection_end.reason,
            last_activity     = k.ended_at,
            bytes_received    = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent        = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_end.server_id
        RETURNING c.id, c.username, c.virtual_ip, COALESCE(c.connected_at, c.disconnected_at) AS started_at,
                  c.disconnected_at, c.duration_seconds, c.bytes_received, c.bytes_sent, c.app_version, c.usage_hour,
                  c.bytes_received - c.rolled_up_received AS pending_received,
                  c.bytes_sent - c.rolled_up_sent         AS pending_sent,
                  c.status <> 'error' OR k.status = 'connected' OR c.bytes_received > 0 OR c.bytes_sent > 0 AS is_used
    )
    SELECT closed.id, closed.username, closed.virtual_ip, closed.started_at, closed.disconnected_at,
           closed.duration_seconds, closed.bytes_received, closed.bytes_sent, closed.app_version, closed.usage_hour,
           closed.pending_received, closed.pending_sent, closed.is_used
    FROM closed
    ORDER BY closed.id
    LOOP
        count_ended := count_ended + 1;
        statistics_id := NULL;
        IF ended.is_used AND account_exists(ended.username) THEN
            INSERT INTO vpn_statistics AS v
                (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
                 session_type, client_version)
            VALUES (ended.username, connection_end.server_id, ended.bytes_received, ended.bytes_sent,
                    ended.duration_seconds, ended.id, ended.started_at, ended.disconnected_at, 'vpn',
                    LEFT(ended.app_version, 50))
            RETURNING v.id INTO statistics_id;
            usernames     := ARRAY_APPEND(usernames, ended.username::TEXT);
            started_at    := ARRAY_APPEND(started_at, ended.started_at);
            session_hours := ARRAY_APPEND(session_hours, hour_of_usage(ended.started_at));
            byte_hours    := ARRAY_APPEND(byte_hours, COALESCE(ended.usage_hour, hour_of_usage(ended.started_at)));
            bytes_in      := ARRAY_APPEND(bytes_in, ended.pending_received);
            bytes_out     := ARRAY_APPEND(bytes_out, ended.pending_sent);
            seconds       := ARRAY_APPEND(seconds, ended.duration_seconds);
        END IF;
        connection_id := ended.id;
        username := ended.username;
        virtual_ip := ended.virtual_ip;
        duration_seconds := ended.duration_seconds;
        total_received := ended.bytes_received;
        total_sent := ended.bytes_sent;
        RETURN NEXT;
    END LOOP;
    PERFORM SET_CONFIG('barqnet.rolls_up', '', TRUE);
    IF count_ended > 0 THEN
        UPDATE server_status s
        SET live_connections = GREATEST(s.live_connections - count_ended, 0)
        WHERE s.server_id = connection_end.server_id;
    END IF;
    IF CARDINALITY(usernames) > 0 THEN
        PERFORM session_roll_up(connection_end.server_id, usernames, started_at, session_hours, byte_hours, bytes_in,
                                bytes_out, seconds);
    END IF;
END
$$;

-- Records a node's report on connections of its server: `ids`, `sequences`, `bytes_received` and `bytes_sent` are
-- parallel arrays; of a repeated id the highest sequence counts. The increase of the counters since the last report
-- is added, or all of them if the node has restarted since. Usage of a finished hour goes to the roll-ups. Returns
-- one row per id, by id, with its outcome:
--   applied      counted, and the connection is alive
--   repeated     this report or a later one was counted before: nothing changed
--   outdated     a later start of the node has reported already: nothing changed
--   implausible  report_is_plausible is false: the connection is alive, nothing was added
--   closed       the connection has ended; connection_count_late counts what it used, if it was reaped
--   unknown      the server has no such connection
-- Locks: the live connections in id order; once per hour their roll-ups, in key order; every 10 seconds the
-- server's row of server_status.
CREATE OR REPLACE FUNCTION connection_heartbeat(
    server_id TEXT, epoch BIGINT, ids BIGINT[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS TABLE (connection_id BIGINT, outcome TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    report RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_heartbeat.ids, connection_heartbeat.sequences, connection_heartbeat.bytes_received,
                    connection_heartbeat.bytes_sent)
            AS r (id, sequence, bytes_received, bytes_sent)
        WHERE r.id IS NOT NULL
        ORDER BY r.id, r.sequence DESC NULLS LAST, r.bytes_received DESC, r.bytes_sent DESC
    ),
    live AS (
        SELECT c.id,
               c.username,
               COALESCE(c.bytes_received, 0) AS total_received,
               COALESCE(c.bytes_sent, 0)     AS total_sent,
               c.last_activity,
               c.heartbeat_epoch,
               c.heartbeat_sequence,
               c.reported_received,
               c.reported_sent,
               hour_of_usage(COALESCE(c.usage_hour, c.connected_at)) AS usage_hour,
               c.rolled_up_received,
               c.rolled_up_sent,
               reported.sequence,
               reported.bytes_received,
               reported.bytes_sent
        FROM reported
        JOIN vpn_connections c ON c.id = reported.id
        WHERE c.server_id = connection_heartbeat.server_id
          AND c.status IN ('connecting', 'connected')
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    -- MATERIALIZED, so that report_is_plausible gets columns and is inlined.
    delta AS MATERIALIZED (
        SELECT live.id,
               live.username,
               live.last_activity,
               live.heartbeat_epoch,
               live.heartbeat_sequence,
               live.usage_hour,
               live.sequence,
               live.bytes_received,
               live.bytes_sent,
               live.total_received - live.rolled_up_received AS pending_received,
               live.total_sent - live.rolled_up_sent         AS pending_sent,
               counter_delta(live.total_received, live.heartbeat_epoch, live.reported_received,
                             connection_heartbeat.epoch, live.bytes_received) AS received,
               counter_delta(live.total_sent, live.heartbeat_epoch, live.reported_sent,
                             connection_heartbeat.epoch, live.bytes_sent)     AS sent,
               clock.at,
               hour_of_usage(clock.at)                       AS hour
        FROM live
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
    ),
    classified AS MATERIALIZED (
        SELECT d.id,
               d.username,
               d.usage_hour,
               d.sequence,
               d.bytes_received,
               d.bytes_sent,
               d.pending_received,
               d.pending_sent,
               d.received,
               d.sent,
               d.at,
               d.hour,
               COALESCE(connection_heartbeat.epoch < d.heartbeat_epoch, FALSE) AS is_outdated,
               COALESCE((connection_heartbeat.epoch, d.sequence) > (d.heartbeat_epoch, d.heartbeat_sequence), TRUE) AS is_new,
               d.sequence IS NOT NULL AND report_is_plausible(d.received, d.sent, d.last_activity, d.at) AS is_plausible,
               -- Earlier, or later if the clock went back. Usage of a user who does not exist is not rolled up.
               d.usage_hour <> d.hour AND account_exists(d.username) AS is_finished
        FROM delta d
    ),
    updated AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = CASE WHEN k.is_plausible THEN connection_heartbeat.epoch ELSE c.heartbeat_epoch END,
            heartbeat_sequence = CASE WHEN k.is_plausible THEN k.sequence ELSE c.heartbeat_sequence END,
            reported_received  = CASE WHEN k.is_plausible THEN k.bytes_received ELSE c.reported_received END,
            reported_sent      = CASE WHEN k.is_plausible THEN k.bytes_sent ELSE c.reported_sent END,
            bytes_received     = COALESCE(c.bytes_received, 0) + CASE WHEN k.is_plausible THEN k.received ELSE 0 END,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + CASE WHEN k.is_plausible THEN k.sent ELSE 0 END,
            last_activity      = k.at,
            usage_hour         = k.hour,
            rolled_up_received = c.rolled_up_received + CASE WHEN k.is_finished THEN k.pending_received ELSE 0 END,
            rolled_up_sent     = c.rolled_up_sent + CASE WHEN k.is_finished THEN k.pending_sent ELSE 0 END
        FROM classified k
        WHERE c.id = k.id
          AND c.server_id = connection_heartbeat.server_id
          AND k.is_new
    )
    SELECT ARRAY_AGG(o.id)                                            AS ids,
           ARRAY_AGG(o.outcome)                                       AS outcomes,
           ARRAY_AGG(o.username) FILTER (WHERE o.is_rolled_up)        AS usernames,
           ARRAY_AGG(o.usage_hour) FILTER (WHERE o.is_rolled_up)      AS hours,
           ARRAY_AGG(o.pending_received) FILTER (WHERE o.is_rolled_up) AS bytes_in,
           ARRAY_AGG(o.pending_sent) FILTER (WHERE o.is_rolled_up)    AS bytes_out
    INTO report
    FROM (
        SELECT reported.id,
               CASE
                   WHEN k.is_outdated THEN 'outdated'
                   WHEN NOT k.is_new THEN 'repeated'
                   WHEN NOT k.is_plausible THEN 'implausible'
                   WHEN k.id IS NOT NULL THEN 'applied'
                   WHEN (
                       SELECT c.status
                       FROM vpn_connections c
                       WHERE c.id = reported.id
                         AND c.server_id = connection_heartbeat.server_id
                   ) IS NOT NULL THEN 'closed'
                   ELSE 'unknown'
               END AS outcome,
               k.username,
               k.usage_hour,
               k.pending_received,
               k.pending_sent,
               k.is_new AND k.is_finished AND (k.pending_received <> 0 OR k.pending_sent <> 0) AS is_rolled_up
        FROM reported
        LEFT JOIN classified k ON k.id = reported.id
        ORDER BY reported.id
    ) o;
    IF report.usernames IS NOT NULL THEN
        PERFORM usage_roll_up(
            server_id, report.usernames, report.hours, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]),
            report.bytes_in, report.bytes_out, ARRAY_FILL(0, ARRAY[CARDINALITY(report.usernames)]), NULL
        );
    END IF;
    PERFORM server_heard(server_id);
    RETURN QUERY
    SELECT a.id, a.outcome
    FROM UNNEST(report.ids, report.outcomes) AS a (id, outcome);
END
$$;

-- Counts what a node reports of connections that were reaped while it could not report: as a heartbeat would have, and
-- once. The connection stays ended. Parameters as those of connection_heartbeat; ids that were not reaped are left out.
-- Returns for how many it counted something. Call it in a transaction of its own: a heartbeat holds locks of other
-- connections, and to wait with them for those of ended ones could be a deadlock.
-- Locks: the connections in id order, their rows of vpn_statistics, the roll-ups.
CREATE OR REPLACE FUNCTION connection_count_late(
    server_id TEXT, epoch BIGINT, ids BIGINT[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS INTEGER LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    counted RECORD;
BEGIN
    WITH reported AS (
        SELECT DISTINCT ON (r.id) r.id, r.sequence, r.bytes_received, r.bytes_sent
        FROM UNNEST(connection_count_late.ids, connection_count_late.sequences, connection_count_late.bytes_received,
                    connection_count_late.bytes_sent)
            AS r (id, sequence, bytes_received, bytes_sent)
        WHERE r.id IS NOT NULL
          AND r.sequence IS NOT NULL
        ORDER BY r.id, r.sequence DESC, r.bytes_received DESC, r.bytes_sent DESC
    ),
    reaped AS (
        SELECT c.id,
               c.last_activity,
               counter_delta(COALESCE(c.bytes_received, 0), c.heartbeat_epoch, c.reported_received,
                             connection_count_late.epoch, reported.bytes_received) AS received,
               counter_delta(COALESCE(c.bytes_sent, 0), c.heartbeat_epoch, c.reported_sent,
                             connection_count_late.epoch, reported.bytes_sent)     AS sent,
               reported.sequence,
               reported.bytes_received                                             AS reported_received,
               reported.bytes_sent                                                 AS reported_sent
        FROM reported
        JOIN vpn_connections c ON c.id = reported.id
        WHERE c.server_id = connection_count_late.server_id
          AND c.status = 'disconnected'
          AND c.disconnect_reason = 'stale'
          AND COALESCE((connection_count_late.epoch, reported.sequence) > (c.heartbeat_epoch, c.heartbeat_sequence), TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE OF c
    ),
    connection AS (
        UPDATE vpn_connections c
        SET heartbeat_epoch    = connection_count_late.epoch,
            heartbeat_sequence = r.sequence,
            reported_received  = r.reported_received,
            reported_sent      = r.reported_sent,
            bytes_received     = COALESCE(c.bytes_received, 0) + r.received,
            bytes_sent         = COALESCE(c.bytes_sent, 0) + r.sent
        FROM reaped r
        WHERE c.id = r.id
          AND c.server_id = connection_count_late.server_id
          AND report_is_plausible(r.received, r.sent, r.last_activity, CLOCK_TIMESTAMP())
        RETURNING c.id, c.username::TEXT AS username, r.received, r.sent
    ),
    statistics AS (
        UPDATE vpn_statistics v
        SET bytes_in  = COALESCE(v.bytes_in, 0) + n.received,
            bytes_out = COALESCE(v.bytes_out, 0) + n.sent
        FROM connection n
        WHERE v.server_id = connection_count_late.server_id
          AND v.connection_id = n.id
    )
    SELECT COUNT(*)::INTEGER                   AS connections,
           ARRAY_AGG(n.username ORDER BY n.id) AS usernames,
           ARRAY_AGG(n.received ORDER BY n.id) AS bytes_in,
           ARRAY_AGG(n.sent ORDER BY n.id)     AS bytes_out
    INTO counted
    FROM connection n
    WHERE (n.received > 0 OR n.sent > 0)
      AND account_exists(n.username);
    IF counted.connections > 0 THEN
        PERFORM usage_roll_up(
            server_id, counted.usernames,
            ARRAY_FILL(hour_of_usage(CLOCK_TIMESTAMP()), ARRAY[counted.connections]),
            ARRAY_FILL(0, ARRAY[counted.connections]), counted.bytes_in, counted.bytes_out,
            ARRAY_FILL(0, ARRAY[counted.connections]), NULL
        );
    END IF;
    RETURN counted.connections;
END
$$;

-- CREATE OR REPLACE removes the search_path that V28 gave to functions.
DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN ('connection_heartbeat', 'connection_count_late', 'connection_end')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
