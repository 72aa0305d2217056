-- A late report is compared with a clock that is read before the row is changed.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. Citus takes no
-- volatile function in the condition of an UPDATE.
-- Locks: creates a function only.

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
               clock.at,
               e.epoch,
               e.sequence,
               e.bytes_received,
               e.bytes_sent,
               counter_increase(e.base, e.total_received, e.known_received, e.refused_received, e.bytes_received) AS received,
               counter_increase(e.base, e.total_sent, e.known_sent, e.refused_sent, e.bytes_sent)                 AS sent
        FROM ended e
        CROSS JOIN (SELECT CLOCK_TIMESTAMP() AS at) AS clock
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
          AND report_is_plausible(d.received, d.sent, d.counted_at, d.at, connection_count_late.max_bits_per_second)
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

-- As V28 does.
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
          AND proname = 'connection_count_late'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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

-- As V28 does.
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
          AND proname = 'connection_count_late'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
