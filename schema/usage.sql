-- Written by the build step from the migrations: do not edit.
-- The schema of usage after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V3__add_statistics
CREATE TABLE vpn_statistics (
    id               BIGSERIAL,
    username         VARCHAR(255) NOT NULL,
    server_id        VARCHAR(255) NOT NULL,
    bytes_in         BIGINT DEFAULT 0,
    bytes_out        BIGINT DEFAULT 0,
    duration_seconds INTEGER DEFAULT 0,
    connection_id    BIGINT,
    started_at       TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    ended_at         TIMESTAMPTZ,
    session_type     VARCHAR(50) DEFAULT 'vpn',
    client_version   VARCHAR(50),
    protocol         VARCHAR(10),
    encryption       VARCHAR(50),
    report_key       VARCHAR(64),
    CONSTRAINT vpn_statistics_pkey PRIMARY KEY (id),
    CONSTRAINT chk_vpn_statistics_bytes_in CHECK (bytes_in >= 0),
    CONSTRAINT chk_vpn_statistics_bytes_out CHECK (bytes_out >= 0),
    CONSTRAINT chk_vpn_statistics_duration CHECK (duration_seconds >= 0),
    CONSTRAINT chk_vpn_statistics_protocol CHECK (protocol IN ('udp', 'tcp')),
    CONSTRAINT chk_vpn_statistics_session_type CHECK (session_type IN ('vpn', 'api', 'web')),
    CONSTRAINT chk_vpn_statistics_times CHECK (is_calendar_time(started_at) AND is_calendar_time(ended_at)),
    CONSTRAINT fk_vpn_statistics_connection_id FOREIGN KEY (connection_id) REFERENCES vpn_connections (id) ON DELETE SET NULL,
    CONSTRAINT fk_vpn_statistics_username FOREIGN KEY (username) REFERENCES users (username) ON UPDATE CASCADE
);
COMMENT ON COLUMN vpn_statistics.report_key IS 'The key of a report that a client made about itself; NULL in rows of nodes';

CREATE INDEX idx_vpn_statistics_connection_id ON vpn_statistics (connection_id);
CREATE INDEX idx_vpn_statistics_ended_at ON vpn_statistics (ended_at);
CREATE UNIQUE INDEX idx_vpn_statistics_once_a_connection ON vpn_statistics (server_id, connection_id);

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
-- barqnet: accepts works-under-lock: the index is empty; on a large database both exist before the deploy
CREATE UNIQUE INDEX idx_vpn_statistics_report_key ON vpn_statistics (server_id, username, report_key)
    WHERE report_key IS NOT NULL;

CREATE INDEX idx_vpn_statistics_server_history ON vpn_statistics (server_id, started_at DESC);
CREATE INDEX idx_vpn_statistics_server_id ON vpn_statistics (server_id);
CREATE INDEX idx_vpn_statistics_session_type ON vpn_statistics (session_type);
CREATE INDEX idx_vpn_statistics_started_at ON vpn_statistics (started_at);
CREATE INDEX idx_vpn_statistics_user_history ON vpn_statistics (username, id DESC);
CREATE INDEX idx_vpn_statistics_username ON vpn_statistics (username);

-- Created by V6__add_statistics_archive
CREATE TABLE vpn_statistics_archive (
    id               BIGINT NOT NULL,
    username         VARCHAR(255) NOT NULL,
    server_id        VARCHAR(255) NOT NULL,
    bytes_in         BIGINT,
    bytes_out        BIGINT,
    duration_seconds INTEGER,
    connection_id    BIGINT,
    started_at       TIMESTAMPTZ,
    ended_at         TIMESTAMPTZ,
    session_type     VARCHAR(50),
    client_version   VARCHAR(50),
    protocol         VARCHAR(10),
    encryption       VARCHAR(50),
    archived_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    report_key       VARCHAR(64),
    CONSTRAINT vpn_statistics_archive_pkey PRIMARY KEY (id),
    CONSTRAINT chk_vpn_statistics_archive_duration CHECK (duration_seconds >= 0),
    CONSTRAINT chk_vpn_statistics_archive_times CHECK (is_calendar_time(started_at) AND is_calendar_time(ended_at) AND is_calendar_time(archived_at)),
    CONSTRAINT fk_vpn_statistics_archive_username FOREIGN KEY (username) REFERENCES users (username) ON UPDATE CASCADE
);
COMMENT ON COLUMN vpn_statistics_archive.report_key IS 'The key of a report that a client made about itself; NULL in rows of nodes, and in rows that were archived before V64';

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
-- barqnet: accepts works-under-lock: the index is empty; on a large database both exist before the deploy
CREATE INDEX idx_vpn_statistics_archive_report_key ON vpn_statistics_archive (server_id, username, report_key)
    WHERE report_key IS NOT NULL;

CREATE INDEX idx_vpn_statistics_archive_server_history ON vpn_statistics_archive (server_id, started_at);

-- For a period over all servers: a recent one ends at the first page of this index.
CREATE INDEX idx_vpn_statistics_archive_started_at ON vpn_statistics_archive (started_at);

CREATE INDEX idx_vpn_statistics_archive_user_history ON vpn_statistics_archive (username, id DESC);

-- Created by V12__add_usage_rollups
CREATE TABLE usage_hourly (
    server_id VARCHAR(255) NOT NULL,
    username  VARCHAR(255) NOT NULL,
    hour      TIMESTAMPTZ NOT NULL,
    sessions  BIGINT NOT NULL,
    bytes_in  BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    seconds   BIGINT NOT NULL,
    CONSTRAINT usage_hourly_pkey PRIMARY KEY (server_id, username, hour)
) WITH (fillfactor = 80);

CREATE INDEX idx_usage_hourly_hour ON usage_hourly (hour);
CREATE INDEX idx_usage_hourly_user ON usage_hourly (username, hour);

-- Created by V12__add_usage_rollups
-- Hours of long ago, added up by the clean-up: 80,000 users online leave two million rows of hours a day.
CREATE TABLE usage_daily (
    server_id VARCHAR(255) NOT NULL,
    username  VARCHAR(255) NOT NULL,
    day       DATE NOT NULL,
    sessions  BIGINT NOT NULL,
    bytes_in  BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    seconds   BIGINT NOT NULL,
    CONSTRAINT usage_daily_pkey PRIMARY KEY (server_id, username, day)
) WITH (fillfactor = 80);

-- Rows come in the order of their days: a few pages of this index find a day among years.
CREATE INDEX idx_usage_daily_day ON usage_daily USING BRIN (day) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX idx_usage_daily_user ON usage_daily (username, day);

-- Created by V12__add_usage_rollups
CREATE TABLE usage_totals (
    server_id       VARCHAR(255) NOT NULL,
    username        VARCHAR(255) NOT NULL,
    sessions        BIGINT NOT NULL,
    bytes_in        BIGINT NOT NULL,
    bytes_out       BIGINT NOT NULL,
    seconds         BIGINT NOT NULL,
    last_session_at TIMESTAMPTZ,
    CONSTRAINT usage_totals_pkey PRIMARY KEY (server_id, username),
    CONSTRAINT chk_usage_totals_times CHECK (is_calendar_time(last_session_at))
) WITH (fillfactor = 80);

CREATE INDEX idx_usage_totals_user ON usage_totals (username);

-- Created by V12__add_usage_rollups
CREATE TABLE usage_by_server (
    server_id VARCHAR(255) NOT NULL,
    hour      TIMESTAMPTZ NOT NULL,
    sessions  BIGINT NOT NULL,
    bytes_in  BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    seconds   BIGINT NOT NULL,
    CONSTRAINT usage_by_server_pkey PRIMARY KEY (server_id, hour)
) WITH (fillfactor = 50);

CREATE INDEX idx_usage_by_server_hour ON usage_by_server (hour);

-- Created by V93__add_usage_marks
CREATE TABLE usage_marks (
    user_id   BIGINT NOT NULL,
    marked_at TIMESTAMPTZ NOT NULL,
    bytes_in  BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    CONSTRAINT usage_marks_pkey PRIMARY KEY (user_id, marked_at),
    CONSTRAINT chk_usage_marks_times CHECK (is_calendar_time(marked_at)),
    CONSTRAINT fk_usage_marks_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
COMMENT ON TABLE usage_marks IS 'What a user had used until a moment, over all time';

-- For retention.
CREATE INDEX idx_usage_marks_marked_at ON usage_marks (marked_at);

-- V12__add_usage_rollups
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

-- V12__add_usage_rollups
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

-- V16__count_reports_by_one_rule
-- The UTC hour in which usage counts; an unknown or infinite time counts at -infinity, which is in no period.
CREATE OR REPLACE FUNCTION hour_of_usage(at TIMESTAMPTZ) RETURNS TIMESTAMPTZ
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN ISFINITE(at) THEN DATE_TRUNC('hour', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
               ELSE '-infinity'
           END
$$;

-- V123__rename_usage_that_is_being_folded
-- The roll-ups have no foreign key, for older databases have usage of users who don't exist. A user's new name reaches
-- them all the same.
CREATE OR REPLACE FUNCTION rename_usage() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    -- Hours before days, days before their total: each UPDATE awaits what is just being moved, and the next one sees where to.
    UPDATE usage_hourly SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username AND day > '-infinity';
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username AND day = '-infinity';
    UPDATE usage_totals SET username = NEW.username WHERE username = OLD.username;
    RETURN NULL;
END
$$;
ALTER FUNCTION rename_usage SET search_path TO 'public', 'pg_temp';

-- V12__add_usage_rollups
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

-- V12__add_usage_rollups
-- All days, those under way included.
CREATE OR REPLACE VIEW v_usage_by_day AS
SELECT server_id, username, day, sessions, bytes_in, bytes_out, seconds
FROM usage_daily
UNION ALL
SELECT server_id, username, (hour AT TIME ZONE 'UTC')::DATE, sessions, bytes_in, bytes_out, seconds
FROM v_usage_by_hour;

-- V17__roll_up_usage_by_function
-- Adds usage of one server to usage_hourly, usage_totals and usage_by_server. The arrays are parallel: per element a
-- user, the hour in which the usage counts, what to add, and the start of the newest session or NULL.
-- Locks: the rows of the three tables, one table after the other, each in key order, so that callers don't deadlock.
CREATE OR REPLACE FUNCTION usage_roll_up(
    server_id TEXT, usernames TEXT[], hours TIMESTAMPTZ[], sessions INTEGER[], bytes_in BIGINT[], bytes_out BIGINT[],
    seconds INTEGER[], last_sessions_at TIMESTAMPTZ[]
) RETURNS VOID LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO usage_hourly AS u (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT usage_roll_up.server_id, m.username, m.hour, SUM(m.sessions), SUM(m.bytes_in), SUM(m.bytes_out), SUM(m.seconds)
    FROM UNNEST(usernames, hours, usage_roll_up.sessions, usage_roll_up.bytes_in, usage_roll_up.bytes_out,
                usage_roll_up.seconds)
        AS m (username, hour, sessions, bytes_in, bytes_out, seconds)
    GROUP BY m.username, m.hour
    ORDER BY m.username, m.hour
    ON CONFLICT (server_id, username, hour) DO UPDATE
    SET sessions  = u.sessions + EXCLUDED.sessions,
        bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out,
        seconds   = u.seconds + EXCLUDED.seconds;

    INSERT INTO usage_totals AS u (server_id, username, sessions, bytes_in, bytes_out, seconds, last_session_at)
    SELECT usage_roll_up.server_id, m.username, SUM(m.sessions), SUM(m.bytes_in), SUM(m.bytes_out), SUM(m.seconds),
           MAX(m.last_session_at)
    FROM UNNEST(usernames, usage_roll_up.sessions, usage_roll_up.bytes_in, usage_roll_up.bytes_out,
                usage_roll_up.seconds, last_sessions_at)
        AS m (username, sessions, bytes_in, bytes_out, seconds, last_session_at)
    GROUP BY m.username
    ORDER BY m.username
    ON CONFLICT (server_id, username) DO UPDATE
    SET sessions        = u.sessions + EXCLUDED.sessions,
        bytes_in        = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out       = u.bytes_out + EXCLUDED.bytes_out,
        seconds         = u.seconds + EXCLUDED.seconds,
        last_session_at = GREATEST(u.last_session_at, EXCLUDED.last_session_at);

    INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
    SELECT usage_roll_up.server_id, m.hour, SUM(m.sessions), SUM(m.bytes_in), SUM(m.bytes_out), SUM(m.seconds)
    FROM UNNEST(hours, usage_roll_up.sessions, usage_roll_up.bytes_in, usage_roll_up.bytes_out, usage_roll_up.seconds)
        AS m (hour, sessions, bytes_in, bytes_out, seconds)
    GROUP BY m.hour
    ORDER BY m.hour
    ON CONFLICT (server_id, hour) DO UPDATE
    SET sessions  = u.sessions + EXCLUDED.sessions,
        bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
        bytes_out = u.bytes_out + EXCLUDED.bytes_out,
        seconds   = u.seconds + EXCLUDED.seconds;
END
$$;
ALTER FUNCTION usage_roll_up SET search_path TO 'public', 'pg_temp';

-- V17__roll_up_usage_by_function
-- Adds ended sessions of one server to the roll-ups, from arrays as in usage_roll_up: a session and its seconds count in
-- its session hour, in which it began; its bytes, less what heartbeats have rolled up, in its byte hour, that of its
-- last report. It reads no table.
-- Locks: as usage_roll_up.
CREATE OR REPLACE FUNCTION session_roll_up(
    server_id TEXT, usernames TEXT[], started_at TIMESTAMPTZ[], session_hours TIMESTAMPTZ[], byte_hours TIMESTAMPTZ[],
    bytes_in BIGINT[], bytes_out BIGINT[], seconds INTEGER[]
) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    zeros    INTEGER[] := ARRAY_FILL(0, ARRAY[CARDINALITY(usernames)]);
    no_bytes BIGINT[]  := zeros;
BEGIN
    PERFORM usage_roll_up(
        server_id,
        usernames || usernames,
        session_hours || byte_hours,
        ARRAY_FILL(1, ARRAY[CARDINALITY(usernames)]) || zeros,
        no_bytes || bytes_in,
        no_bytes || bytes_out,
        seconds || zeros,
        -- Shorter: of the bytes it is NULL.
        started_at
    );
END
$$;
ALTER FUNCTION session_roll_up SET search_path TO 'public', 'pg_temp';

-- V33__pass_ids_as_bigint
-- For programs that write vpn_statistics themselves: a row of a live connection is refused, any other is rolled up.
CREATE OR REPLACE FUNCTION roll_up_written_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live   BIGINT;
    server RECORD;
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
            USING ERRCODE = 'check_violation', CONSTRAINT = 'written_statistics_roll_up', TABLE = 'vpn_statistics',
                  HINT = 'Close the connection: that writes its row.';
    END IF;
    FOR server IN
        SELECT s.server_id::TEXT        AS name,
               ARRAY_AGG(s.username)    AS usernames,
               ARRAY_AGG(s.started_at)  AS started_at,
               ARRAY_AGG(s.hour)        AS session_hours,
               ARRAY_AGG(COALESCE(s.usage_hour, s.hour)) AS byte_hours,
               ARRAY_AGG(s.bytes_in)    AS bytes_in,
               ARRAY_AGG(s.bytes_out)   AS bytes_out,
               ARRAY_AGG(s.seconds)     AS seconds
        FROM (
            SELECT a.server_id,
                   a.username::TEXT                                              AS username,
                   a.started_at,
                   hour_of_usage(COALESCE(a.started_at, a.ended_at))             AS hour,
                   c.usage_hour,
                   COALESCE(a.bytes_in, 0) - COALESCE(c.rolled_up_received, 0)   AS bytes_in,
                   COALESCE(a.bytes_out, 0) - COALESCE(c.rolled_up_sent, 0)      AS bytes_out,
                   COALESCE(a.duration_seconds, 0)                               AS seconds
            FROM added_statistics a
            -- By its key, row by row, also if the plan was made for an empty table.
            LEFT JOIN LATERAL (
                SELECT w.usage_hour, w.rolled_up_received, w.rolled_up_sent
                FROM vpn_connections w
                WHERE w.id = a.connection_id
                  AND w.server_id = a.server_id
                LIMIT 1
            ) c ON TRUE
            WHERE COALESCE(a.session_type, 'vpn') = 'vpn'
        ) s
        GROUP BY s.server_id
        ORDER BY s.server_id
    LOOP
        PERFORM session_roll_up(server.name, server.usernames, server.started_at, server.session_hours,
                                server.byte_hours, server.bytes_in, server.bytes_out, server.seconds);
    END LOOP;
    RETURN NULL;
END
$$;
ALTER FUNCTION roll_up_written_statistics SET search_path TO 'public', 'pg_temp';

-- V17__roll_up_usage_by_function
CREATE TRIGGER written_statistics_roll_up
    AFTER INSERT ON vpn_statistics
    REFERENCING NEW TABLE AS added_statistics
    FOR EACH STATEMENT
    WHEN (CURRENT_SETTING('barqnet.rolls_up', TRUE) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION roll_up_written_statistics();

-- V90__erase_every_trace
-- Erases what a person's clients have sent as keys of their reports. The figures stay.
-- Locks: the reports.
CREATE OR REPLACE FUNCTION usage_erase(name TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vpn_statistics s SET report_key = NULL WHERE s.username = name AND s.report_key IS NOT NULL;
    UPDATE vpn_statistics_archive s SET report_key = NULL WHERE s.username = name AND s.report_key IS NOT NULL;
END
$$;
ALTER FUNCTION usage_erase SET search_path TO 'public', 'pg_temp';

-- V122__count_usage_in_one_snapshot
-- What a user has used over all time, as bytes received and sent.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION usage_so_far(of_user TEXT) RETURNS TABLE (bytes_in BIGINT, bytes_out BIGINT)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT COALESCE(SUM(s.bytes_in), 0)::BIGINT,
           COALESCE(SUM(s.bytes_out), 0)::BIGINT
    FROM (
        SELECT t.server_id, t.bytes_in, t.bytes_out
        FROM usage_totals t
        WHERE t.username = of_user
        UNION ALL
        SELECT c.server_id,
               COALESCE(c.bytes_received, 0) - c.rolled_up_received,
               COALESCE(c.bytes_sent, 0) - c.rolled_up_sent
        FROM vpn_connections c
        WHERE c.username = of_user
          AND c.status IN ('connecting', 'connected')
    ) s;
END
$$;
ALTER FUNCTION usage_so_far SET search_path TO 'public', 'pg_temp';

-- V96__mark_usage
-- Marks a moment of a user, from which usage can be counted, and returns it: the one given, or now. A moment that is marked already
-- stays as it is. NULL: no such account.
-- Locks: the row of the account (KEY SHARE), the new row.
CREATE OR REPLACE FUNCTION usage_mark(account BIGINT, at TIMESTAMPTZ) RETURNS TIMESTAMPTZ
LANGUAGE plpgsql AS $$
DECLARE
    moment TIMESTAMPTZ := COALESCE(at, CLOCK_TIMESTAMP());
BEGIN
    INSERT INTO usage_marks (user_id, marked_at, bytes_in, bytes_out)
    SELECT u.id, moment, s.bytes_in, s.bytes_out
    FROM users u
    CROSS JOIN LATERAL usage_so_far(u.username::TEXT) s
    WHERE u.id = account
    ON CONFLICT ON CONSTRAINT usage_marks_pkey DO NOTHING;
    RETURN CASE WHEN EXISTS (SELECT FROM usage_marks m WHERE m.user_id = account AND m.marked_at = moment) THEN moment END;
END
$$;
ALTER FUNCTION usage_mark SET search_path TO 'public', 'pg_temp';

-- V120__maintain_statistics_by_functions
-- Moves up to `batch` ended statistics rows to the archive: see the statement archive_statistics.
-- Locks: the rows moved, and their users for the foreign key, without waiting.
CREATE OR REPLACE FUNCTION usage_archive(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH old AS (
        SELECT s.id
        FROM vpn_statistics s
        JOIN users u ON u.username = s.username
        WHERE s.started_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND s.ended_at IS NOT NULL
        ORDER BY s.started_at
        LIMIT batch
        FOR UPDATE OF s SKIP LOCKED
        FOR KEY SHARE OF u SKIP LOCKED
    ),
    moved AS (
        DELETE FROM vpn_statistics
        WHERE id = ANY (ARRAY(SELECT id FROM old))
        RETURNING id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
                  started_at, ended_at, session_type, client_version, protocol, encryption, report_key
    )
    INSERT INTO vpn_statistics_archive
        (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
         started_at, ended_at, session_type, client_version, protocol, encryption, report_key, archived_at)
    SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
           started_at, ended_at, session_type, client_version, protocol, encryption, report_key, CURRENT_TIMESTAMP
    FROM moved
    ORDER BY id;
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;
ALTER FUNCTION usage_archive SET search_path TO 'public', 'pg_temp';

-- V120__maintain_statistics_by_functions
-- Deletes up to `batch` archived statistics rows: see the statement delete_old_archived_statistics.
-- Locks: the rows deleted.
CREATE OR REPLACE FUNCTION usage_delete_archived(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH expired AS (
        SELECT id
        FROM vpn_statistics_archive
        WHERE started_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
        ORDER BY started_at
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM vpn_statistics_archive
    WHERE id = ANY (ARRAY(SELECT id FROM expired));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;
ALTER FUNCTION usage_delete_archived SET search_path TO 'public', 'pg_temp';

-- V126__roll_days_up_before_their_total
-- Rolls up to `batch` rows of usage_hourly up into usage_daily: see the statement roll_up_hours.
-- Locks: the rows of usage_hourly, then those of usage_daily: first days, then totals of long ago, both in key order.
CREATE OR REPLACE FUNCTION usage_roll_up_days(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH finished AS (
        SELECT server_id, username, hour
        FROM usage_hourly
        WHERE hour < DATE_TRUNC('day', CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds), 'UTC')
        ORDER BY hour
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        DELETE FROM usage_hourly h
        USING finished f
        WHERE h.server_id = f.server_id
          AND h.username = f.username
          AND h.hour = f.hour
        RETURNING h.server_id, h.username, h.hour, h.sessions, h.bytes_in, h.bytes_out, h.seconds
    ),
    daily AS (
        INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id,
               username,
               (hour AT TIME ZONE 'UTC')::DATE,
               SUM(sessions),
               SUM(bytes_in),
               SUM(bytes_out),
               SUM(seconds)
        FROM moved
        GROUP BY 1, 2, 3
        ORDER BY (hour AT TIME ZONE 'UTC')::DATE = '-infinity', 1, 2, 3
        ON CONFLICT (server_id, username, day) DO UPDATE
        SET sessions  = d.sessions + EXCLUDED.sessions,
            bytes_in  = d.bytes_in + EXCLUDED.bytes_in,
            bytes_out = d.bytes_out + EXCLUDED.bytes_out,
            seconds   = d.seconds + EXCLUDED.seconds
    )
    SELECT COUNT(*) INTO done
    FROM moved;
    RETURN done;
END
$$;
ALTER FUNCTION usage_roll_up_days SET search_path TO 'public', 'pg_temp';

-- V120__maintain_statistics_by_functions
-- Adds up to `batch` rows of usage_daily to one row per user and server: see the statement fold_usage_days.
-- Locks: the rows of usage_daily, first the old ones, then those they are added to, in key order.
CREATE OR REPLACE FUNCTION usage_fold_days(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH old AS (
        SELECT server_id, username, day
        FROM usage_daily
        WHERE day < ((CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)) AT TIME ZONE 'UTC')::DATE
          AND day < DATE_TRUNC('month', CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::DATE
          AND day > '-infinity'
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        DELETE FROM usage_daily d
        USING old o
        WHERE d.server_id = o.server_id
          AND d.username = o.username
          AND d.day = o.day
        RETURNING d.server_id, d.username, d.sessions, d.bytes_in, d.bytes_out, d.seconds
    ),
    folded AS (
        INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id, username, '-infinity', SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
        FROM moved
        GROUP BY 1, 2
        ORDER BY 1, 2
        ON CONFLICT (server_id, username, day) DO UPDATE
        SET sessions  = d.sessions + EXCLUDED.sessions,
            bytes_in  = d.bytes_in + EXCLUDED.bytes_in,
            bytes_out = d.bytes_out + EXCLUDED.bytes_out,
            seconds   = d.seconds + EXCLUDED.seconds
    )
    SELECT COUNT(*) INTO done
    FROM moved;
    RETURN done;
END
$$;
ALTER FUNCTION usage_fold_days SET search_path TO 'public', 'pg_temp';

-- V120__maintain_statistics_by_functions
-- Adds up to `batch` rows of usage_by_server to one row per server: see the statement fold_server_usage.
-- Locks: the rows of usage_by_server, first the old ones, then those they are added to, in key order.
CREATE OR REPLACE FUNCTION usage_fold_servers(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH old AS (
        SELECT server_id, hour
        FROM usage_by_server
        WHERE hour < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND hour > '-infinity'
        ORDER BY hour
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    moved AS (
        DELETE FROM usage_by_server u
        USING old o
        WHERE u.server_id = o.server_id
          AND u.hour = o.hour
        RETURNING u.server_id, u.sessions, u.bytes_in, u.bytes_out, u.seconds
    ),
    folded AS (
        INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
        SELECT server_id, '-infinity', SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds)
        FROM moved
        GROUP BY 1
        ORDER BY 1
        ON CONFLICT (server_id, hour) DO UPDATE
        SET sessions  = u.sessions + EXCLUDED.sessions,
            bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out = u.bytes_out + EXCLUDED.bytes_out,
            seconds   = u.seconds + EXCLUDED.seconds
    )
    SELECT COUNT(*) INTO done
    FROM moved;
    RETURN done;
END
$$;
ALTER FUNCTION usage_fold_servers SET search_path TO 'public', 'pg_temp';
