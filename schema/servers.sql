-- Written by the build step from the migrations: do not edit.
-- The schema of servers after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V1__base_schema
CREATE TABLE servers (
    id             BIGSERIAL,
    name           VARCHAR(255) NOT NULL,
    host           VARCHAR(255) NOT NULL,
    port           INTEGER DEFAULT 8080,
    username       VARCHAR(255),
    password       VARCHAR(255),
    enabled        BOOLEAN DEFAULT TRUE,
    last_sync      TIMESTAMPTZ,
    server_type    VARCHAR(50) DEFAULT 'endnode',
    management_url VARCHAR(255),
    created_at     TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    location_id    INTEGER,
    max_users      INTEGER NOT NULL DEFAULT 2000,
    draining       BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT servers_pkey PRIMARY KEY (id),
    CONSTRAINT servers_name_key UNIQUE (name),
    CONSTRAINT chk_servers_max_users CHECK (max_users >= 0),
    CONSTRAINT chk_servers_times CHECK (is_calendar_time(last_sync) AND is_calendar_time(created_at)),
    CONSTRAINT fk_servers_location_id FOREIGN KEY (location_id) REFERENCES server_locations (location_id) ON DELETE SET NULL
);

CREATE INDEX idx_servers_enabled ON servers (enabled);
CREATE INDEX idx_servers_location_id ON servers (location_id);
CREATE INDEX idx_servers_server_type ON servers (server_type);

-- Created by V1__base_schema
CREATE TABLE server_health (
    id               BIGSERIAL,
    server_id        VARCHAR(255) NOT NULL,
    status           VARCHAR(50) NOT NULL,
    last_check       TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    response_time_ms INTEGER,
    error_message    TEXT,
    CONSTRAINT server_health_pkey PRIMARY KEY (id),
    CONSTRAINT chk_server_health_times CHECK (is_calendar_time(last_check))
);

CREATE INDEX idx_server_health_last_check ON server_health (last_check);
CREATE INDEX idx_server_health_newest ON server_health (server_id, id DESC);
CREATE INDEX idx_server_health_server_id ON server_health (server_id);

-- Created by V10__add_server_status
CREATE TABLE server_status (
    server_id        VARCHAR(255) NOT NULL,
    live_connections INTEGER NOT NULL DEFAULT 0,
    status           VARCHAR(50),
    reported_at      TIMESTAMPTZ,
    response_time_ms INTEGER,
    error_message    TEXT,
    heard_at         TIMESTAMPTZ,
    heard_since      TIMESTAMPTZ,
    measured_at      TIMESTAMPTZ,
    healthy_reports  INTEGER,
    CONSTRAINT server_status_pkey PRIMARY KEY (server_id),
    CONSTRAINT chk_server_status_times CHECK (LEAST(reported_at, measured_at, heard_at, heard_since) >= '0001-01-01 00:00:00+00'::timestamp with time zone AND GREATEST(reported_at, measured_at, heard_at, heard_since) < '10000-01-01 00:00:00+00'::timestamp with time zone)
) WITH (fillfactor = 70);
COMMENT ON COLUMN server_status.reported_at IS 'The arrival of the newest health report';
COMMENT ON COLUMN server_status.heard_at IS 'The arrival of the last report or opening of this server, to 10 seconds; NULL if it was never heard of';
COMMENT ON COLUMN server_status.heard_since IS 'The arrival from which on the server was heard of without an interruption of 3 minutes';
COMMENT ON COLUMN server_status.measured_at IS 'When the newest health report was measured, by the clock of its sender, but not after its arrival';
COMMENT ON COLUMN server_status.healthy_reports IS 'The healthy reports since the last other one; NULL if there was no other';

-- V10__add_server_status
-- Counts the live connections of every server anew and returns what was wrong. Whoever changes a count holds its row until
-- the commit: with all rows locked, the next statement sees all changes.
CREATE OR REPLACE FUNCTION server_recount() RETURNS TABLE (server_id TEXT, was INTEGER, live INTEGER)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO server_status AS s (server_id)
    SELECT t.server_id
    FROM server_status t
    UNION
    SELECT c.server_id
    FROM vpn_connections c
    WHERE c.status IN ('connecting', 'connected')
    ORDER BY 1
    ON CONFLICT ON CONSTRAINT server_status_pkey DO UPDATE
    SET live_connections = s.live_connections;
    RETURN QUERY
    UPDATE server_status s
    SET live_connections = r.live
    FROM (
        SELECT t.server_id, t.live_connections AS was, COALESCE(c.live, 0) AS live
        FROM server_status t
        LEFT JOIN (
            SELECT v.server_id, COUNT(*)::INTEGER AS live
            FROM vpn_connections v
            WHERE v.status IN ('connecting', 'connected')
            GROUP BY v.server_id
        ) c ON c.server_id = t.server_id
    ) r
    WHERE s.server_id = r.server_id
      AND r.was <> r.live
    RETURNING s.server_id::TEXT, r.was, r.live;
END
$$;
ALTER FUNCTION server_recount SET search_path TO 'public', 'pg_temp';

-- V121__record_arrivals_on_one_shard
-- Records that a report or an opening of a server has arrived. An interruption of 3 minutes, or a clock that went back,
-- begins a new period: nodes report every 30 seconds.
-- Locks: the server's row of server_status, unless it was heard of in the last 10 seconds or another transaction holds it.
CREATE OR REPLACE FUNCTION server_heard(server_id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    at         TIMESTAMPTZ := CLOCK_TIMESTAMP();
    still_here TIMESTAMPTZ := at - INTERVAL '3 minutes';
    row        RECORD;
BEGIN
    SELECT s.heard_at, s.heard_since INTO row FROM server_status s WHERE s.server_id = server_heard.server_id;
    IF NOT FOUND THEN
        INSERT INTO server_status (server_id, heard_at, heard_since)
        VALUES (server_heard.server_id, at, at)
        ON CONFLICT ON CONSTRAINT server_status_pkey DO NOTHING;
    ELSIF NOT COALESCE(row.heard_at BETWEEN at - INTERVAL '10 seconds' AND at, FALSE) THEN
        -- A wait here could be a deadlock, and the transaction that holds the row usually records the same.
        UPDATE server_status s
        SET heard_at    = at,
            heard_since = CASE
                              WHEN s.heard_at BETWEEN still_here AND at THEN s.heard_since
                              ELSE at
                          END
        WHERE s.server_id = server_heard.server_id
          AND s.server_id = (
              SELECT l.server_id
              FROM server_status l
              WHERE l.server_id = server_heard.server_id
              FOR NO KEY UPDATE SKIP LOCKED
          );
    END IF;
END
$$;
ALTER FUNCTION server_heard SET search_path TO 'public', 'pg_temp';

-- V109__look_up_reaped_counters_by_statement
-- A live connection of this server whose last report is older than the result is stale. It has been silent for
-- idle_seconds although reports could arrive for that long: of this server or, if it is silent altogether, of any. While
-- none can report, only what has been silent for a day is stale.
CREATE OR REPLACE FUNCTION stale_before(server_id TEXT, idle_seconds DOUBLE PRECISION) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
#variable_conflict use_column
DECLARE
    idle        TIMESTAMPTZ := STATEMENT_TIMESTAMP() - MAKE_INTERVAL(secs => idle_seconds);
    lately      TIMESTAMPTZ := STATEMENT_TIMESTAMP() - INTERVAL '3 minutes';
    heard_since TIMESTAMPTZ;
BEGIN
    SELECT s.heard_since INTO heard_since
    FROM server_status s
    WHERE s.server_id = stale_before.server_id
      AND s.heard_at >= idle;
    IF heard_since IS NULL THEN
        SELECT MIN(s.heard_since) INTO heard_since FROM server_status s WHERE s.heard_at >= lately;
    END IF;
    RETURN CASE
               WHEN heard_since <= idle THEN idle
               ELSE LEAST(idle, STATEMENT_TIMESTAMP() - INTERVAL '1 day')
           END;
END
$$;
ALTER FUNCTION stale_before SET search_path TO 'public', 'pg_temp';

-- V32__widen_ids
CREATE VIEW v_servers_with_locations AS
SELECT s.id,
       s.name,
       s.host,
       s.port,
       s.enabled,
       s.server_type,
       s.last_sync,
       l.location_id,
       l.name             AS location_name,
       l.country,
       l.city,
       l.region,
       l.country_code,
       l.latitude,
       l.longitude,
       l.timezone,
       l.data_center,
       l.flag_emoji::TEXT AS flag_emoji,
       l.enabled          AS location_enabled
FROM servers s
LEFT JOIN server_locations l ON l.location_id = s.location_id;

-- V58__age_health_reports_by_arrival
-- Counts the healthy reports of a server after another one, whichever program records them.
CREATE OR REPLACE FUNCTION count_healthy_reports() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'healthy' THEN
        NEW.healthy_reports := 0;
    ELSIF TG_OP = 'UPDATE' AND NEW.status = 'healthy' THEN
        NEW.healthy_reports := OLD.healthy_reports + 1;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION count_healthy_reports SET search_path TO 'public', 'pg_temp';

-- V58__age_health_reports_by_arrival
CREATE TRIGGER count_healthy_reports
    BEFORE INSERT OR UPDATE OF status ON server_status
    FOR EACH ROW
    EXECUTE FUNCTION count_healthy_reports();

-- V113__end_connections_of_any_servers
-- The servers with live connections that are stale (see stale_before), by name.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION server_list_stale(idle_seconds DOUBLE PRECISION) RETURNS TABLE (server_id TEXT)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    server RECORD;
BEGIN
    FOR server IN
        SELECT c.server_id,
               MIN(COALESCE(c.last_activity, c.connected_at, '-infinity')) AS oldest
        FROM vpn_connections c
        WHERE c.status IN ('connecting', 'connected')
        GROUP BY c.server_id
        ORDER BY c.server_id
    LOOP
        IF server.oldest < stale_before(server.server_id::TEXT, idle_seconds) THEN
            server_id := server.server_id;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
ALTER FUNCTION server_list_stale SET search_path TO 'public', 'pg_temp';

-- V118__remove_servers_in_steps
-- Removes a server without accounts and live connections, and returns whether it did.
-- Locks: the row.
CREATE OR REPLACE FUNCTION server_remove(server_id TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    live BIGINT;
BEGIN
    SELECT c.id INTO live
    FROM vpn_connections c
    WHERE c.server_id = server_remove.server_id
      AND c.status IN ('connecting', 'connected')
    LIMIT 1;
    DELETE FROM servers s
    WHERE s.name = server_remove.server_id
      AND live IS NULL
      AND NOT EXISTS (SELECT 1 FROM users u WHERE u.server_id = s.name);
    RETURN FOUND;
END
$$;
ALTER FUNCTION server_remove SET search_path TO 'public', 'pg_temp';

-- V118__remove_servers_in_steps
-- Records a health report and returns the id of its row in server_health: see the statement report_health.
-- Locks: the server's row of server_status, the inserted row.
CREATE OR REPLACE FUNCTION server_report_health(
    server_id TEXT, status TEXT, response_time_ms INTEGER, error_message TEXT, measured_at TIMESTAMPTZ
) RETURNS BIGINT LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    at       TIMESTAMPTZ;
    measured TIMESTAMPTZ;
    recent   TIMESTAMPTZ;
    added    BIGINT;
BEGIN
    -- The clock is read when no other report can arrive before this one.
    PERFORM 1 FROM server_status s WHERE s.server_id = server_report_health.server_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO server_status (server_id)
        VALUES (server_report_health.server_id)
        ON CONFLICT ON CONSTRAINT server_status_pkey DO NOTHING;
        PERFORM 1 FROM server_status s WHERE s.server_id = server_report_health.server_id FOR NO KEY UPDATE;
    END IF;
    at := CLOCK_TIMESTAMP();
    measured := LEAST(server_report_health.measured_at, at);
    recent := at - INTERVAL '30 seconds';
    UPDATE server_status known
    SET status           = server_report_health.status,
        reported_at      = at,
        measured_at      = measured,
        response_time_ms = server_report_health.response_time_ms,
        error_message    = server_report_health.error_message
    WHERE known.server_id = server_report_health.server_id
      -- What is in the future is of a clock that has gone back, and says nothing about which report is newer.
      AND COALESCE(known.measured_at <= measured
                   OR known.measured_at > at
                   OR known.reported_at NOT BETWEEN recent AND at, TRUE);
    INSERT INTO server_health AS h (server_id, status, last_check, response_time_ms, error_message)
    VALUES (server_report_health.server_id, server_report_health.status, measured, server_report_health.response_time_ms,
            server_report_health.error_message)
    RETURNING h.id INTO added;
    RETURN added;
END
$$;
ALTER FUNCTION server_report_health SET search_path TO 'public', 'pg_temp';
