-- Usage added up as it happens: by user, server and hour, later day; by user and server for ever; by server and hour.
--
-- Why: a sum over every session ever grows with the business, and a session that lasts a day is not usage of its first
-- hour. The tables hold, at every moment and to the byte, what the sessions in vpn_statistics and
-- vpn_statistics_archive moved, plus what live connections have moved in hours that are over. The hour that is not over
-- is in the connection's own row, as the difference between its bytes and those it has rolled up: a heartbeat writes
-- the roll-ups once an hour, and any other change of a connection's bytes counts all the same. So
--     usage_totals + (bytes - rolled up) of live connections = statistics + archive + bytes of live connections.
-- Whatever row of type vpn is added to vpn_statistics, by whomever, a trigger adds it, less what its connection has
-- rolled up before. Sessions and seconds count in the hour in which a session started, bytes in the hour in which they were
-- reported, those that only the end reports in the hour of the report before it; a row without a time counts at
-- -infinity, which is in no period, and a number of bytes below zero, as an older database may hold one, counts as
-- nothing. What clients report of themselves (api, web, and any type but vpn) is in no roll-up. Rows that move to the
-- archive or are deleted stay counted: usage is what happened. A connection leaves one statistics row: connection_id is
-- unique. Where an older database has more, or one of a live connection, the first of an ended connection keeps it and
-- adoption_changes keeps what the others had.
-- Locks: SHARE ROW EXCLUSIVE on vpn_connections, vpn_statistics and the archive while what there is is added up: writers
-- wait, readers don't. That takes 8 seconds for a million rows of which no two share a user, a server and an hour, and
-- 80 for ten million. Then, for a moment, ACCESS EXCLUSIVE on vpn_connections for three columns (catalogue only) and
-- SHARE ROW EXCLUSIVE on users for a trigger.

LOCK TABLE vpn_connections, vpn_statistics, vpn_statistics_archive IN SHARE ROW EXCLUSIVE MODE;

-- A row of old that breaks a rule is mended when it is written to, as in V11.
CREATE OR REPLACE FUNCTION mend_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.bytes_in < 0 THEN
        NEW.bytes_in := 0;
    END IF;
    IF NEW.bytes_out < 0 THEN
        NEW.bytes_out := 0;
    END IF;
    -- It was measured by no node then, and is not now.
    IF NEW.session_type NOT IN ('vpn', 'api', 'web') THEN
        NEW.session_type := 'api';
    END IF;
    IF NEW.protocol NOT IN ('udp', 'tcp') THEN
        NEW.protocol := CASE WHEN LOWER(NEW.protocol) IN ('udp', 'tcp') THEN LOWER(NEW.protocol) END;
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
        SELECT 'changed', 'vpn_statistics', v.column_name, OLD.id, v.original, v.changed_to, 'the row broke a rule'
        FROM (VALUES
            ('bytes_in', OLD.bytes_in::TEXT, NEW.bytes_in::TEXT, OLD.bytes_in < 0),
            ('bytes_out', OLD.bytes_out::TEXT, NEW.bytes_out::TEXT, OLD.bytes_out < 0),
            ('session_type', OLD.session_type, NEW.session_type, OLD.session_type NOT IN ('vpn', 'api', 'web')),
            ('protocol', OLD.protocol, NEW.protocol, OLD.protocol NOT IN ('udp', 'tcp'))
        ) AS v (column_name, original, changed_to, was_broken)
        WHERE v.was_broken;
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS broken_statistics_are_mended ON vpn_statistics;
CREATE TRIGGER broken_statistics_are_mended
    BEFORE UPDATE ON vpn_statistics
    FOR EACH ROW
    WHEN ((OLD.bytes_in < 0 AND NEW.bytes_in < 0)
          OR (OLD.bytes_out < 0 AND NEW.bytes_out < 0)
          OR (OLD.session_type NOT IN ('vpn', 'api', 'web') AND NEW.session_type = OLD.session_type)
          OR (OLD.protocol NOT IN ('udp', 'tcp') AND NEW.protocol = OLD.protocol))
    EXECUTE FUNCTION mend_statistics();

-- A time that is none counts at -infinity, which is in no period.
CREATE OR REPLACE FUNCTION hour_of_usage(at TIMESTAMPTZ) RETURNS TIMESTAMPTZ
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN ISFINITE(at) THEN DATE_TRUNC('hour', at, 'UTC') ELSE '-infinity' END
$$;

DO $$
DECLARE
    surplus INTEGER[];
BEGIN
    SELECT ARRAY_AGG(id ORDER BY id) INTO surplus
    FROM (
        SELECT s.id,
               ROW_NUMBER() OVER (PARTITION BY s.connection_id ORDER BY s.id) AS number,
               EXISTS (SELECT FROM vpn_connections c
                       WHERE c.id = s.connection_id AND c.status IN ('connecting', 'connected')) AS is_live
        FROM vpn_statistics s
        WHERE s.connection_id IS NOT NULL
    ) s
    WHERE number > 1 OR is_live;
    IF surplus IS NOT NULL THEN
        CREATE TABLE IF NOT EXISTS adoption_changes (
            id          SERIAL PRIMARY KEY,
            what        TEXT NOT NULL,
            table_name  TEXT NOT NULL,
            column_name TEXT,
            row_id      INTEGER,
            original    TEXT,
            changed_to  TEXT,
            reason      TEXT,
            recorded_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, reason)
        SELECT 'changed', 'vpn_statistics', 'connection_id', id, connection_id::TEXT,
               'a connection leaves one row of statistics, at its end'
        FROM vpn_statistics
        WHERE id = ANY (surplus)
        ORDER BY id;
        UPDATE vpn_statistics SET connection_id = NULL WHERE id = ANY (surplus);
    END IF;
END
$$;
CREATE UNIQUE INDEX IF NOT EXISTS idx_vpn_statistics_once_a_connection ON vpn_statistics (server_id, connection_id);

DO $$
BEGIN
    IF TO_REGCLASS('usage_hourly') IS NOT NULL THEN
        RETURN;
    END IF;

    CREATE TABLE usage_hourly (
        server_id VARCHAR(255) NOT NULL,
        username  VARCHAR(255) NOT NULL,
        hour      TIMESTAMPTZ NOT NULL,
        sessions  BIGINT NOT NULL,
        bytes_in  BIGINT NOT NULL,
        bytes_out BIGINT NOT NULL,
        seconds   BIGINT NOT NULL
    ) WITH (fillfactor = 80);

    -- Hours of long ago, added up by the clean-up: 80,000 users online leave two million rows of hours a day.
    CREATE TABLE usage_daily (
        server_id VARCHAR(255) NOT NULL,
        username  VARCHAR(255) NOT NULL,
        day       DATE NOT NULL,
        sessions  BIGINT NOT NULL,
        bytes_in  BIGINT NOT NULL,
        bytes_out BIGINT NOT NULL,
        seconds   BIGINT NOT NULL,
        PRIMARY KEY (server_id, username, day)
    ) WITH (fillfactor = 80);
    CREATE INDEX idx_usage_daily_user ON usage_daily (username, day);
    -- Rows come in the order of their days: a few pages of this index find a day among years.
    CREATE INDEX idx_usage_daily_day ON usage_daily USING BRIN (day) WITH (pages_per_range = 32, autosummarize = on);

    CREATE TABLE usage_totals (
        server_id       VARCHAR(255) NOT NULL,
        username        VARCHAR(255) NOT NULL,
        sessions        BIGINT NOT NULL,
        bytes_in        BIGINT NOT NULL,
        bytes_out       BIGINT NOT NULL,
        seconds         BIGINT NOT NULL,
        last_session_at TIMESTAMPTZ
    ) WITH (fillfactor = 80);

    CREATE TABLE usage_by_server (
        server_id VARCHAR(255) NOT NULL,
        hour      TIMESTAMPTZ NOT NULL,
        sessions  BIGINT NOT NULL,
        bytes_in  BIGINT NOT NULL,
        bytes_out BIGINT NOT NULL,
        seconds   BIGINT NOT NULL
    ) WITH (fillfactor = 50);

    INSERT INTO usage_hourly (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT s.server_id,
           s.username,
           hour_of_usage(COALESCE(s.started_at, s.ended_at)),
           COUNT(*),
           SUM(GREATEST(s.bytes_in, 0)),
           SUM(GREATEST(s.bytes_out, 0)),
           COALESCE(SUM(s.duration_seconds), 0)
    FROM (
        SELECT server_id, username, bytes_in, bytes_out, duration_seconds, started_at, ended_at
        FROM vpn_statistics
        WHERE COALESCE(session_type, 'vpn') = 'vpn'
        UNION ALL
        SELECT server_id, username, bytes_in, bytes_out, duration_seconds, started_at, ended_at
        FROM vpn_statistics_archive
        WHERE COALESCE(session_type, 'vpn') = 'vpn'
    ) s
    GROUP BY 1, 2, 3
    ORDER BY 3, 1, 2;

    INSERT INTO usage_totals (server_id, username, sessions, bytes_in, bytes_out, seconds, last_session_at)
    SELECT h.server_id, h.username, SUM(h.sessions), SUM(h.bytes_in), SUM(h.bytes_out), SUM(h.seconds), MAX(s.last_session_at)
    FROM usage_hourly h
    LEFT JOIN (
        SELECT a.server_id, a.username, MAX(a.started_at) AS last_session_at
        FROM (
            SELECT server_id, username, started_at
            FROM vpn_statistics
            WHERE COALESCE(session_type, 'vpn') = 'vpn'
            UNION ALL
            SELECT server_id, username, started_at
            FROM vpn_statistics_archive
            WHERE COALESCE(session_type, 'vpn') = 'vpn'
        ) a
        GROUP BY a.server_id, a.username
    ) s ON s.server_id = h.server_id AND s.username = h.username
    GROUP BY h.server_id, h.username;

    INSERT INTO usage_by_server (server_id, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT server_id, hour, SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
    FROM usage_hourly
    GROUP BY server_id, hour;

    -- Built when the rows are there, which is much faster than row by row.
    ALTER TABLE usage_hourly ADD PRIMARY KEY (server_id, username, hour);
    CREATE INDEX idx_usage_hourly_user ON usage_hourly (username, hour);
    CREATE INDEX idx_usage_hourly_hour ON usage_hourly (hour);
    ALTER TABLE usage_totals ADD PRIMARY KEY (server_id, username);
    CREATE INDEX idx_usage_totals_user ON usage_totals (username);
    ALTER TABLE usage_by_server ADD PRIMARY KEY (server_id, hour);
    CREATE INDEX idx_usage_by_server_hour ON usage_by_server (hour);
END
$$;

-- As late as possible: from here on readers wait, too.
ALTER TABLE vpn_connections
    ADD COLUMN IF NOT EXISTS usage_hour         TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS rolled_up_received BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS rolled_up_sent     BIGINT NOT NULL DEFAULT 0;

-- What the rows added to vpn_statistics mean for the roll-ups. Rows are written in the order of their keys and tables
-- in that of heartbeats, so that nothing deadlocks. A connection is looked up by its key, row by row, whatever the
-- planner has seen before: its plan is kept for the session.
CREATE OR REPLACE FUNCTION roll_up_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live INTEGER;
BEGIN
    SELECT c.id INTO live
    FROM added_statistics a
    CROSS JOIN LATERAL (
        SELECT id
        FROM vpn_connections
        WHERE id = a.connection_id
          AND server_id = a.server_id
          AND status IN ('connecting', 'connected')
        LIMIT 1
    ) c
    LIMIT 1;
    IF live IS NOT NULL THEN
        RAISE EXCEPTION 'connection % is live and can have no statistics yet', live
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statistics_roll_up', TABLE = 'vpn_statistics',
                  HINT = 'Close the connection: that writes its row.';
    END IF;

    WITH added AS (
        SELECT a.server_id,
               a.username,
               a.started_at,
               hour_of_usage(COALESCE(a.started_at, a.ended_at))             AS hour,
               c.usage_hour,
               COALESCE(a.bytes_in, 0) - COALESCE(c.rolled_up_received, 0)                          AS bytes_in,
               COALESCE(a.bytes_out, 0) - COALESCE(c.rolled_up_sent, 0)                             AS bytes_out,
               COALESCE(a.duration_seconds, 0)                                                      AS seconds
        FROM added_statistics a
        LEFT JOIN LATERAL (
            SELECT usage_hour, rolled_up_received, rolled_up_sent
            FROM vpn_connections
            WHERE id = a.connection_id
              AND server_id = a.server_id
            LIMIT 1
        ) c ON TRUE
        WHERE COALESCE(a.session_type, 'vpn') = 'vpn'
    ),
    moved AS (
        SELECT server_id, username, hour, 1 AS sessions, 0 AS bytes_in, 0 AS bytes_out, seconds
        FROM added
        UNION ALL
        SELECT server_id, username, COALESCE(usage_hour, hour), 0, bytes_in, bytes_out, 0
        FROM added
    ),
    -- One after the other, each begun when the one before it is done.
    hourly AS (
        INSERT INTO usage_hourly AS u (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id, username, hour, SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
        FROM moved
        GROUP BY server_id, username, hour
        ORDER BY server_id, username, hour
        ON CONFLICT (server_id, username, hour) DO UPDATE
        SET sessions  = u.sessions + EXCLUDED.sessions,
            bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out = u.bytes_out + EXCLUDED.bytes_out,
            seconds   = u.seconds + EXCLUDED.seconds
        RETURNING u.hour
    ),
    totals AS (
        INSERT INTO usage_totals AS u (server_id, username, sessions, bytes_in, bytes_out, seconds, last_session_at)
        SELECT server_id, username, COUNT(*), SUM(bytes_in), SUM(bytes_out), SUM(seconds), MAX(started_at)
        FROM added
        WHERE (SELECT COUNT(*) FROM hourly) > 0
        GROUP BY server_id, username
        ORDER BY server_id, username
        ON CONFLICT (server_id, username) DO UPDATE
        SET sessions        = u.sessions + EXCLUDED.sessions,
            bytes_in        = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out       = u.bytes_out + EXCLUDED.bytes_out,
            seconds         = u.seconds + EXCLUDED.seconds,
            last_session_at = GREATEST(u.last_session_at, EXCLUDED.last_session_at)
        RETURNING u.username
    )
    INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT server_id, hour, SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
    FROM moved
    WHERE (SELECT COUNT(*) FROM totals) > 0
    GROUP BY server_id, hour
    ORDER BY server_id, hour
    ON CONFLICT (server_id, hour) DO UPDATE
    SET sessions  = u.sessions + EXCLUDED.sessions,
        bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out,
        seconds   = u.seconds + EXCLUDED.seconds;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS statistics_roll_up ON vpn_statistics;
CREATE TRIGGER statistics_roll_up
    AFTER INSERT ON vpn_statistics
    REFERENCING NEW TABLE AS added_statistics
    FOR EACH STATEMENT
    EXECUTE FUNCTION roll_up_statistics();

-- The roll-ups have no foreign key, for older databases have usage of users who don't exist. A user's new name reaches
-- them all the same.
CREATE OR REPLACE FUNCTION rename_usage() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    -- Hours before days: those that are just being made days are awaited.
    UPDATE usage_hourly SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_totals SET username = NEW.username WHERE username = OLD.username;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS username_of_usage ON users;
CREATE TRIGGER username_of_usage
    AFTER UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION rename_usage();

-- The hours that are not days yet: those that are over and the one under way, live connections included.
CREATE OR REPLACE VIEW v_usage_by_hour AS
SELECT server_id, username, hour, sessions, bytes_in, bytes_out, seconds
FROM usage_hourly
UNION ALL
SELECT server_id,
       username,
       hour_of_usage(COALESCE(usage_hour, connected_at)),
       0::BIGINT,
       COALESCE(bytes_received, 0) - rolled_up_received,
       COALESCE(bytes_sent, 0) - rolled_up_sent,
       0::BIGINT
FROM vpn_connections
WHERE status IN ('connecting', 'connected');

-- All days, those under way included.
CREATE OR REPLACE VIEW v_usage_by_day AS
SELECT server_id, username, day, sessions, bytes_in, bytes_out, seconds
FROM usage_daily
UNION ALL
SELECT server_id, username, (hour AT TIME ZONE 'UTC')::DATE, sessions, bytes_in, bytes_out, seconds
FROM v_usage_by_hour;

-- Each side is added up before the join, so that no row is counted twice.
CREATE OR REPLACE VIEW v_user_statistics AS
SELECT u.username,
       COALESCE(t.sessions, 0)                                 AS total_sessions,
       COALESCE(t.bytes_in, 0) + COALESCE(c.bytes_in, 0)       AS total_bytes_in,
       COALESCE(t.bytes_out, 0) + COALESCE(c.bytes_out, 0)     AS total_bytes_out,
       COALESCE(t.seconds, 0)                                  AS total_duration_seconds,
       COALESCE(c.active_connections, 0)                       AS active_connections,
       t.last_session_at
FROM users u
LEFT JOIN (
    SELECT username,
           SUM(sessions)::BIGINT  AS sessions,
           SUM(bytes_in)::BIGINT  AS bytes_in,
           SUM(bytes_out)::BIGINT AS bytes_out,
           SUM(seconds)::BIGINT   AS seconds,
           MAX(last_session_at)   AS last_session_at
    FROM usage_totals
    GROUP BY username
) t ON t.username = u.username
LEFT JOIN (
    SELECT username,
           COUNT(*)                                                       AS active_connections,
           SUM(COALESCE(bytes_received, 0) - rolled_up_received)::BIGINT  AS bytes_in,
           SUM(COALESCE(bytes_sent, 0) - rolled_up_sent)::BIGINT          AS bytes_out
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY username
) c ON c.username = u.username;

-- Totals and live connections side by side, so that one server is found by either's index.
CREATE OR REPLACE VIEW v_server_statistics AS
SELECT server_id,
       SUM(sessions)::BIGINT                 AS total_sessions,
       COUNT(*) FILTER (WHERE sessions > 0)  AS unique_users,
       SUM(bytes_in)::BIGINT                 AS total_bytes_in,
       SUM(bytes_out)::BIGINT                AS total_bytes_out,
       SUM(seconds)::BIGINT                  AS total_duration_seconds,
       SUM(live)::BIGINT                     AS active_connections
FROM (
    SELECT server_id, sessions, bytes_in, bytes_out, seconds, 0 AS live
    FROM usage_totals
    UNION ALL
    SELECT server_id,
           0,
           COALESCE(bytes_received, 0) - rolled_up_received,
           COALESCE(bytes_sent, 0) - rolled_up_sent,
           0,
           1
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
) s
GROUP BY server_id;

-- Every sum is made per server before it meets another, so that no row is counted twice.
CREATE OR REPLACE VIEW v_location_statistics AS
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.country_code,
       l.enabled,
       COUNT(s.id)                                     AS total_servers,
       COUNT(s.id) FILTER (WHERE s.enabled)            AS enabled_servers,
       COALESCE(SUM(u.assigned_users), 0)::BIGINT      AS assigned_users,
       COALESCE(SUM(c.active_connections), 0)::BIGINT  AS active_connections,
       (COALESCE(SUM(t.bytes_in), 0) + COALESCE(SUM(c.bytes_in), 0))::BIGINT    AS total_bytes_in,
       (COALESCE(SUM(t.bytes_out), 0) + COALESCE(SUM(c.bytes_out), 0))::BIGINT  AS total_bytes_out
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN (
    SELECT server_id, COUNT(*) AS assigned_users
    FROM users
    GROUP BY server_id
) u ON u.server_id = s.name
LEFT JOIN (
    SELECT server_id,
           COUNT(*)                                               AS active_connections,
           SUM(COALESCE(bytes_received, 0) - rolled_up_received)  AS bytes_in,
           SUM(COALESCE(bytes_sent, 0) - rolled_up_sent)          AS bytes_out
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
LEFT JOIN (
    SELECT server_id, SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out
    FROM usage_by_server
    GROUP BY server_id
) t ON t.server_id = s.name
GROUP BY l.location_id;

/* rollback
-- Each side is added up before the join, so that no row is counted twice.
CREATE OR REPLACE VIEW v_user_statistics AS
SELECT u.username,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections,
       s.last_session_at
FROM users u
LEFT JOIN (
    SELECT a.username,
           COUNT(*)                        AS total_sessions,
           SUM(a.bytes_in)::BIGINT         AS total_bytes_in,
           SUM(a.bytes_out)::BIGINT        AS total_bytes_out,
           SUM(a.duration_seconds)::BIGINT AS total_duration_seconds,
           MAX(a.started_at)               AS last_session_at
    FROM (
        SELECT username, bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics
        UNION ALL
        SELECT username, bytes_in, bytes_out, duration_seconds, started_at FROM vpn_statistics_archive
    ) a
    GROUP BY a.username
) s ON s.username = u.username
LEFT JOIN (
    SELECT username, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY username
) c ON c.username = u.username;

CREATE OR REPLACE VIEW v_server_statistics AS
SELECT COALESCE(s.server_id, c.server_id)    AS server_id,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.unique_users, 0)           AS unique_users,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections
FROM (
    SELECT a.server_id,
           COUNT(*)                        AS total_sessions,
           COUNT(DISTINCT a.username)      AS unique_users,
           SUM(a.bytes_in)::BIGINT         AS total_bytes_in,
           SUM(a.bytes_out)::BIGINT        AS total_bytes_out,
           SUM(a.duration_seconds)::BIGINT AS total_duration_seconds
    FROM (
        SELECT server_id, username, bytes_in, bytes_out, duration_seconds FROM vpn_statistics
        UNION ALL
        SELECT server_id, username, bytes_in, bytes_out, duration_seconds FROM vpn_statistics_archive
    ) a
    GROUP BY a.server_id
) s
FULL JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.server_id;

-- Every sum is made per server before it meets another, so that no row is counted twice.
CREATE OR REPLACE VIEW v_location_statistics AS
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.country_code,
       l.enabled,
       COUNT(s.id)                                     AS total_servers,
       COUNT(s.id) FILTER (WHERE s.enabled)            AS enabled_servers,
       COALESCE(SUM(u.assigned_users), 0)::BIGINT      AS assigned_users,
       COALESCE(SUM(c.active_connections), 0)::BIGINT  AS active_connections,
       COALESCE(SUM(t.total_bytes_in), 0)::BIGINT      AS total_bytes_in,
       COALESCE(SUM(t.total_bytes_out), 0)::BIGINT     AS total_bytes_out
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN (
    SELECT server_id, COUNT(*) AS assigned_users
    FROM users
    GROUP BY server_id
) u ON u.server_id = s.name
LEFT JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
LEFT JOIN (
    SELECT a.server_id, SUM(a.bytes_in)::BIGINT AS total_bytes_in, SUM(a.bytes_out)::BIGINT AS total_bytes_out
    FROM (
        SELECT server_id, bytes_in, bytes_out FROM vpn_statistics
        UNION ALL
        SELECT server_id, bytes_in, bytes_out FROM vpn_statistics_archive
    ) a
    GROUP BY a.server_id
) t ON t.server_id = s.name
GROUP BY l.location_id;

DROP VIEW IF EXISTS v_usage_by_day;
DROP VIEW IF EXISTS v_usage_by_hour;
DROP TRIGGER IF EXISTS username_of_usage ON users;
DROP FUNCTION IF EXISTS rename_usage();
DROP TRIGGER IF EXISTS statistics_roll_up ON vpn_statistics;
DROP FUNCTION IF EXISTS roll_up_statistics();
DROP TRIGGER IF EXISTS broken_statistics_are_mended ON vpn_statistics;
DROP FUNCTION IF EXISTS mend_statistics();
DROP FUNCTION IF EXISTS hour_of_usage(TIMESTAMPTZ);
DROP TABLE IF EXISTS usage_by_server;
DROP TABLE IF EXISTS usage_totals;
DROP TABLE IF EXISTS usage_daily;
DROP TABLE IF EXISTS usage_hourly;
DROP INDEX IF EXISTS idx_vpn_statistics_once_a_connection;
ALTER TABLE vpn_connections
    DROP COLUMN IF EXISTS rolled_up_sent,
    DROP COLUMN IF EXISTS rolled_up_received,
    DROP COLUMN IF EXISTS usage_hour;
*/
