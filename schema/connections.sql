-- Written by the build step from the migrations: do not edit.
-- The schema of connections after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V3__add_statistics
CREATE TABLE vpn_connections (
    id                 SERIAL,
    username           VARCHAR(255) NOT NULL,
    server_id          VARCHAR(255) NOT NULL,
    status             VARCHAR(50) NOT NULL DEFAULT 'connecting',
    client_ip          INET,
    virtual_ip         INET,
    public_ip          INET,
    connected_at       TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    disconnected_at    TIMESTAMPTZ,
    duration_seconds   INTEGER,
    disconnect_reason  VARCHAR(255),
    bytes_received     BIGINT DEFAULT 0,
    bytes_sent         BIGINT DEFAULT 0,
    last_activity      TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    device_name        VARCHAR(255),
    device_type        VARCHAR(255),
    app_version        VARCHAR(255),
    heartbeat_epoch    BIGINT,
    heartbeat_sequence BIGINT NOT NULL DEFAULT 0,
    reported_received  BIGINT NOT NULL DEFAULT 0,
    reported_sent      BIGINT NOT NULL DEFAULT 0,
    usage_hour         TIMESTAMPTZ,
    rolled_up_received BIGINT NOT NULL DEFAULT 0,
    rolled_up_sent     BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT vpn_connections_pkey PRIMARY KEY (id),
    CONSTRAINT chk_vpn_connections_bytes_received CHECK (bytes_received >= 0),
    CONSTRAINT chk_vpn_connections_bytes_sent CHECK (bytes_sent >= 0),
    CONSTRAINT chk_vpn_connections_status CHECK (status IN ('connecting', 'connected', 'disconnected', 'error')),
    CONSTRAINT chk_vpn_connections_times CHECK (is_calendar_time(connected_at) AND is_calendar_time(disconnected_at) AND is_calendar_time(last_activity)),
    CONSTRAINT fk_vpn_connections_username FOREIGN KEY (username) REFERENCES users (username) ON UPDATE CASCADE
) WITH (fillfactor = 80);

CREATE INDEX idx_vpn_connections_active ON vpn_connections (server_id, connected_at DESC) WHERE status IN ('connecting', 'connected');
CREATE INDEX idx_vpn_connections_connected_at ON vpn_connections (connected_at);
CREATE INDEX idx_vpn_connections_disconnected_at ON vpn_connections (disconnected_at);
CREATE UNIQUE INDEX idx_vpn_connections_live_address ON vpn_connections (server_id, virtual_ip) WHERE status IN ('connecting', 'connected');

-- For the cap on connections: a user's history may be long, what is live is short.
CREATE INDEX idx_vpn_connections_live_user ON vpn_connections (username) WHERE status IN ('connecting', 'connected');

CREATE INDEX idx_vpn_connections_server_id ON vpn_connections (server_id);
CREATE INDEX idx_vpn_connections_status ON vpn_connections (status);
CREATE INDEX idx_vpn_connections_user_history ON vpn_connections (username, id DESC);
CREATE INDEX idx_vpn_connections_username ON vpn_connections (username);

-- V5__use_timestamptz
CREATE VIEW v_active_connections AS
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       c.bytes_received,
       c.bytes_sent,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.status IN ('connecting', 'connected');

-- V16__count_reports_by_one_rule
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

-- V11__make_heartbeats_cheap
-- Whoever writes, by whatever statement: what has ended does not come back, and nothing goes back to connecting.
CREATE OR REPLACE FUNCTION refuse_connection_status() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'connection % can not go from % to %', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'connection_status_is_final', TABLE = 'vpn_connections',
              HINT = 'A connection that has ended stays so: open a new one.';
END
$$;
ALTER FUNCTION refuse_connection_status SET search_path TO 'public', 'pg_temp';

-- V11__make_heartbeats_cheap
-- A heartbeat does not name status, so that it does not even come to the condition.
CREATE TRIGGER connection_status_is_final
    BEFORE UPDATE OF status ON vpn_connections
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status
          AND (OLD.status IN ('disconnected', 'error') OR NEW.status = 'connecting'))
    EXECUTE FUNCTION refuse_connection_status();

-- V16__count_reports_by_one_rule
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

-- V16__count_reports_by_one_rule
-- How many bytes one counter can rise by in a report: what a line of 100 Gbit/s carries in the time since the last
-- report and a minute, at most 16 TiB.
CREATE OR REPLACE FUNCTION max_plausible_delta(last_report TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT LEAST(12500000000 * (60 + LEAST(seconds_between(last_report, at), 3600)::BIGINT), 17592186044416)
$$;

-- V16__count_reports_by_one_rule
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

-- V18__add_connection_functions
-- Ends those of the connections `ids` of a server that are live, and returns them by id, with what they have counted.
--   status           disconnected or error, both final
--   at_last_report   TRUE: as of the last report, for a connection without recent ones; FALSE: as of now
--   epoch, bytes_received, bytes_sent
--                    the node's final report on the connection, or NULL; it counts if report_is_plausible
-- Each end leaves one row of vpn_statistics, added to the roll-ups, except where nothing was used (an error before the
-- connection was up, with no bytes) or the user does not exist: then statistics_id is NULL.
-- Locks: the connections in id order, their users for the foreign key, the server's row of server_status, the roll-ups.
CREATE OR REPLACE FUNCTION connection_end(
    server_id TEXT, ids INTEGER[], status TEXT, reason TEXT, at_last_report BOOLEAN, epoch BIGINT, bytes_received BIGINT,
    bytes_sent BIGINT
) RETURNS TABLE (
    connection_id INTEGER, statistics_id INTEGER, username TEXT, virtual_ip INET, duration_seconds INTEGER,
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
ALTER FUNCTION connection_end SET search_path TO 'public', 'pg_temp';

-- V30__reap_where_servers_could_report
-- Opens a connection in state connecting, unless the user has max_connections live ones already (NULL: no limit). The
-- connection that holds the virtual address on this server is superseded either way, because the node has assigned
-- its address again. The caller has locked the user and counted the user's live connections, on all servers, as
-- live_of_user.
-- Returns one row:
--   connection_id   NULL: the user has as many as allowed, or the request is outdated
--   superseded_id   the connection that had the address, or NULL
--   outdated        a later start of the node has assigned the address: nothing has changed
--   live_on_server  the live connections of the server, this one included; NULL if none was opened
-- A live connection that got the address meanwhile is a unique violation: roll back and try again.
-- With max_connections it needs READ COMMITTED and refuses any other isolation level: live_of_user would be as old as the
-- transaction, and the limit would not hold.
-- Locks: the superseded connection and what its end locks, the new one, the server's row of server_status.
CREATE OR REPLACE FUNCTION connection_open(
    server_id TEXT, username TEXT, virtual_ip INET, epoch BIGINT, client_ip INET, public_ip INET, device_name TEXT,
    device_type TEXT, app_version TEXT, live_of_user BIGINT, max_connections BIGINT
) RETURNS TABLE (connection_id INTEGER, superseded_id INTEGER, outdated BOOLEAN, live_on_server INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    holder RECORD;
    at     TIMESTAMPTZ;
BEGIN
    IF max_connections IS NOT NULL AND CURRENT_SETTING('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the limit of connections per user does not hold at isolation level %',
            CURRENT_SETTING('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Open connections in a transaction that begins with BEGIN ISOLATION LEVEL READ COMMITTED.';
    END IF;
    outdated := FALSE;
    IF connection_open.virtual_ip IS NOT NULL THEN
        SELECT c.id, c.username, c.heartbeat_epoch INTO holder
        FROM vpn_connections c
        WHERE c.server_id = connection_open.server_id
          AND c.virtual_ip = connection_open.virtual_ip
          AND c.status IN ('connecting', 'connected')
        FOR NO KEY UPDATE;
        IF FOUND THEN
            outdated := COALESCE(holder.heartbeat_epoch > connection_open.epoch, FALSE);
            IF NOT outdated THEN
                SELECT e.connection_id INTO superseded_id
                FROM connection_end(connection_open.server_id, ARRAY[holder.id], 'disconnected', 'superseded', FALSE,
                                    NULL, NULL, NULL) e;
                live_of_user := live_of_user - CASE WHEN holder.username = connection_open.username THEN 1 ELSE 0 END;
            END IF;
        END IF;
    END IF;
    IF NOT outdated AND COALESCE(live_of_user < max_connections, TRUE) THEN
        at := CLOCK_TIMESTAMP();
        INSERT INTO vpn_connections AS c
            (username, server_id, client_ip, virtual_ip, public_ip, connected_at, last_activity, usage_hour,
             heartbeat_epoch, heartbeat_sequence, device_name, device_type, app_version)
        VALUES (connection_open.username,
                connection_open.server_id,
                connection_open.client_ip,
                connection_open.virtual_ip,
                connection_open.public_ip,
                at,
                at,
                hour_of_usage(at),
                connection_open.epoch,
                -- Less than the sequence of any report of this epoch.
                CASE WHEN connection_open.epoch IS NULL THEN 0 ELSE '-9223372036854775808'::BIGINT END,
                connection_open.device_name,
                connection_open.device_type,
                connection_open.app_version)
        RETURNING c.id INTO connection_id;
        PERFORM server_heard(connection_open.server_id);
        INSERT INTO server_status AS s (server_id, live_connections)
        VALUES (connection_open.server_id, 1)
        ON CONFLICT (server_id) DO UPDATE
        SET live_connections = s.live_connections + 1
        RETURNING s.live_connections INTO live_on_server;
    END IF;
    RETURN NEXT;
END
$$;
ALTER FUNCTION connection_open SET search_path TO 'public', 'pg_temp';

-- V30__reap_where_servers_could_report
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
    server_id TEXT, epoch BIGINT, ids INTEGER[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
) RETURNS TABLE (connection_id INTEGER, outcome TEXT) LANGUAGE plpgsql AS $$
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
ALTER FUNCTION connection_heartbeat SET search_path TO 'public', 'pg_temp';

-- V30__reap_where_servers_could_report
-- Counts what a node reports of connections that were reaped while it could not report: as a heartbeat would have, and
-- once. The connection stays ended. Parameters as those of connection_heartbeat; ids that were not reaped are left out.
-- Returns for how many it counted something. Call it in a transaction of its own: a heartbeat holds locks of other
-- connections, and to wait with them for those of ended ones could be a deadlock.
-- Locks: the connections in id order, their rows of vpn_statistics, the roll-ups.
CREATE OR REPLACE FUNCTION connection_count_late(
    server_id TEXT, epoch BIGINT, ids INTEGER[], sequences BIGINT[], bytes_received BIGINT[], bytes_sent BIGINT[]
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
ALTER FUNCTION connection_count_late SET search_path TO 'public', 'pg_temp';
