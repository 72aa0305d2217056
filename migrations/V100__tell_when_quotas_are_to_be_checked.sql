-- A heartbeat says which connections have used up what they were granted.
--
-- Why: the quota of their user is checked then. The outcome stays, and the reason, which programs of the release before read of
-- closed connections only, tells it: they run on, and don't end connections over quota.
-- Locks: creates a function only.

-- Records a node's report on connections of its server: `ids`, `epochs`, `sequences`, `bytes_received` and `bytes_sent` are
-- parallel arrays; of a repeated id the highest epoch and sequence count. The increase of the counters since the last report
-- is added, or all of them if they began later (report_base). max_bits_per_second is what a line carries (NULL: 100 Gbit/s).
-- Usage of a finished hour goes to the roll-ups. Returns one row per id, by id, with its outcome:
--   applied      counted, and the connection is alive
--   repeated     this report or a later one was counted before: nothing changed
--   outdated     a later epoch has reported already: nothing changed
--   implausible  report_is_plausible is false: the connection is alive, nothing was added
--   expired      counted if plausible, and the account has expired or the plan has ended: the caller ends the connection
--   closed       the connection has ended, for the reason; connection_count_late counts what it used
--   unknown      the server has no such connection
-- Of one that is live, the reason over_quota says that it has used up what it was granted: the caller calls quota_check, in a
-- transaction of its own.
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
               c.bytes_granted - COALESCE(c.bytes_received, 0) - COALESCE(c.bytes_sent, 0) AS grant_left,
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
               l.grant_left,
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
           ARRAY_AGG(o.id) FILTER (WHERE o.grant_left <= o.increase)  AS over_grant,
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
               k.grant_left,
               CASE WHEN k.is_new AND k.is_plausible THEN k.received + k.sent ELSE 0 END AS increase,
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
               WHEN a.id = ANY (report.over_grant) THEN 'over_quota'
           END
    FROM UNNEST(report.ids, report.outcomes) AS a (id, outcome);
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
          AND proname = 'connection_heartbeat'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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
          AND proname = 'connection_heartbeat'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
