-- The second forms of functions: what a distributed database has in their place, because Citus can't run the form of the migrations.
-- Each says why. Names, parameters and results are those of the first form, so that no statement and no program differs. `form of` names the
-- migration whose form it replaces: a test compares that with schema/.

-- form of V11: users, which it would read, is on the coordinator, and no foreign key needs it.
CREATE OR REPLACE FUNCTION account_exists(name TEXT) RETURNS BOOLEAN LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$ SELECT TRUE $$;

-- form of V124: without a foreign key on users, an end locks no account after its connections.
CREATE OR REPLACE FUNCTION connection_lock_accounts(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN END $$;

-- form of V124: a statement that locks rows needs one shard.
CREATE OR REPLACE FUNCTION connection_lock(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    server TEXT;
BEGIN
    FOR server IN
        SELECT DISTINCT c.server_id FROM vpn_connections c WHERE c.id = ANY (ids) ORDER BY c.server_id
    LOOP
        PERFORM 1
        FROM vpn_connections c
        WHERE c.server_id = server
          AND c.id = ANY (ids)
        ORDER BY c.id
        FOR NO KEY UPDATE;
    END LOOP;
END
$$;

-- form of V123: no foreign key on users carries a new name to these tables.
CREATE OR REPLACE FUNCTION rename_usage() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vpn_connections SET username = NEW.username WHERE username = OLD.username;
    UPDATE vpn_statistics SET username = NEW.username WHERE username = OLD.username;
    UPDATE vpn_statistics_archive SET username = NEW.username WHERE username = OLD.username;
    -- Hours before days, days before their total: each UPDATE awaits what is just being moved, and the next one sees where to.
    UPDATE usage_hourly SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username AND day > '-infinity';
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username AND day = '-infinity';
    UPDATE usage_totals SET username = NEW.username WHERE username = OLD.username;
    RETURN NULL;
END
$$;

-- form of V33: it is called per row, because a shard passes no transition table. On vpn_connections it notes what the product itself ends and
-- rolls up, as the worker doesn't know the setting barqnet.rolls_up of the coordinator.
CREATE OR REPLACE FUNCTION roll_up_written_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    hour       TIMESTAMPTZ;
    connection RECORD;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM SET_CONFIG('barqnet.ended_connections',
                           COALESCE(CURRENT_SETTING('barqnet.ended_connections', TRUE), '') || FORMAT(' %s ', NEW.id), TRUE);
        RETURN NEW;
    END IF;
    SELECT c.status, c.usage_hour, c.rolled_up_received, c.rolled_up_sent INTO connection
    FROM vpn_connections c
    WHERE c.server_id = NEW.server_id
      AND c.id = NEW.connection_id;
    IF connection.status IN ('connecting', 'connected') THEN
        RAISE EXCEPTION 'connection % is live and can have no statistics yet', NEW.connection_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'written_statistics_roll_up', TABLE = 'vpn_statistics',
                  HINT = 'Close the connection: that writes its row.';
    END IF;
    hour := hour_of_usage(COALESCE(NEW.started_at, NEW.ended_at));
    PERFORM usage_roll_up(
        NEW.server_id,
        ARRAY[NEW.username, NEW.username],
        ARRAY[hour, COALESCE(connection.usage_hour, hour)],
        ARRAY[1, 0],
        ARRAY[0, COALESCE(NEW.bytes_in, 0) - COALESCE(connection.rolled_up_received, 0)],
        ARRAY[0, COALESCE(NEW.bytes_out, 0) - COALESCE(connection.rolled_up_sent, 0)],
        ARRAY[COALESCE(NEW.duration_seconds, 0), 0],
        ARRAY[NEW.started_at, NULL]
    );
    RETURN NULL;
END
$$;

-- Scheduled maintenance goes server by server, by name, instead of oldest first over all: it locks rows, and an INSERT in a CTE is
-- never sent to one shard. The servers of a batch are those of the oldest rows: to find all would read everything due per batch.
-- The loop stands in each form. In one place it would be dynamic SQL on names of tables and conditions, which is planned at each call, in a
-- function of its own that a database on one server does not have.

-- form of V120
CREATE OR REPLACE FUNCTION usage_archive(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    at     TIMESTAMPTZ := CURRENT_TIMESTAMP;
    until  TIMESTAMPTZ := at - MAKE_INTERVAL(secs => keep_seconds);
    done   BIGINT := 0;
    server TEXT;
    old    BIGINT[];
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            SELECT s.server_id
            FROM vpn_statistics s
            WHERE s.started_at < until
              AND s.ended_at IS NOT NULL
            ORDER BY s.started_at
            LIMIT batch
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(o.id) INTO old
        FROM (
            SELECT s.id
            FROM vpn_statistics s
            WHERE s.server_id = server
              AND s.started_at < until
              AND s.ended_at IS NOT NULL
            ORDER BY s.started_at
            LIMIT batch - done
            FOR UPDATE SKIP LOCKED
        ) o;
        CONTINUE WHEN old IS NULL;
        INSERT INTO vpn_statistics_archive
            (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
             started_at, ended_at, session_type, client_version, protocol, encryption, report_key, archived_at)
        SELECT s.id, s.username, s.server_id, s.bytes_in, s.bytes_out, s.duration_seconds, s.connection_id,
               s.started_at, s.ended_at, s.session_type, s.client_version, s.protocol, s.encryption, s.report_key, at
        FROM vpn_statistics s
        WHERE s.server_id = server
          AND s.id = ANY (old);
        DELETE FROM vpn_statistics s WHERE s.server_id = server AND s.id = ANY (old);
        done := done + CARDINALITY(old);
    END LOOP;
    RETURN done;
END
$$;

-- form of V120
CREATE OR REPLACE FUNCTION usage_delete_archived(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    until  TIMESTAMPTZ := CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds);
    done   BIGINT := 0;
    server TEXT;
    old    BIGINT[];
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            SELECT s.server_id
            FROM vpn_statistics_archive s
            WHERE s.started_at < until
            ORDER BY s.started_at
            LIMIT batch
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(o.id) INTO old
        FROM (
            SELECT s.id
            FROM vpn_statistics_archive s
            WHERE s.server_id = server
              AND s.started_at < until
            ORDER BY s.started_at
            LIMIT batch - done
            FOR UPDATE SKIP LOCKED
        ) o;
        CONTINUE WHEN old IS NULL;
        DELETE FROM vpn_statistics_archive s WHERE s.server_id = server AND s.id = ANY (old);
        done := done + CARDINALITY(old);
    END LOOP;
    RETURN done;
END
$$;

-- form of V120
CREATE OR REPLACE FUNCTION connection_forget_addresses(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    until  TIMESTAMPTZ := CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds);
    done   BIGINT := 0;
    server TEXT;
    old    BIGINT[];
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            SELECT c.server_id
            FROM vpn_connections c
            WHERE c.status IN ('disconnected', 'error')
              AND (c.client_ip IS NOT NULL OR c.public_ip IS NOT NULL)
              AND c.disconnected_at < until
            ORDER BY c.disconnected_at
            LIMIT batch
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(o.id) INTO old
        FROM (
            SELECT c.id
            FROM vpn_connections c
            WHERE c.server_id = server
              AND c.status IN ('disconnected', 'error')
              AND (c.client_ip IS NOT NULL OR c.public_ip IS NOT NULL)
              AND c.disconnected_at < until
            ORDER BY c.disconnected_at
            LIMIT batch - done
            FOR NO KEY UPDATE SKIP LOCKED
        ) o;
        CONTINUE WHEN old IS NULL;
        UPDATE vpn_connections c
        SET client_ip = NULL,
            public_ip = NULL
        WHERE c.server_id = server
          AND c.id = ANY (old);
        done := done + CARDINALITY(old);
    END LOOP;
    RETURN done;
END
$$;

-- form of V120; the foreign key of their statistics has no ON DELETE SET NULL, because it contains the server.
CREATE OR REPLACE FUNCTION connection_delete_ended(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    until  TIMESTAMPTZ := CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds);
    done   BIGINT := 0;
    server TEXT;
    old    BIGINT[];
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            (SELECT c.server_id
             FROM vpn_connections c
             WHERE c.status IN ('disconnected', 'error')
               AND c.disconnected_at < until
             ORDER BY c.disconnected_at
             LIMIT batch)
            UNION ALL
            (SELECT c.server_id
             FROM vpn_connections c
             WHERE c.status IN ('disconnected', 'error')
               AND c.disconnected_at IS NULL
               AND COALESCE(c.last_activity, c.connected_at, '-infinity') < until
             LIMIT batch)
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(o.id) INTO old
        FROM (
            SELECT c.id
            FROM vpn_connections c
            WHERE c.server_id = server
              AND c.status IN ('disconnected', 'error')
              AND (c.disconnected_at < until
                   OR c.disconnected_at IS NULL AND COALESCE(c.last_activity, c.connected_at, '-infinity') < until)
            ORDER BY c.disconnected_at
            LIMIT batch - done
            FOR UPDATE SKIP LOCKED
        ) o;
        CONTINUE WHEN old IS NULL;
        UPDATE vpn_statistics s SET connection_id = NULL WHERE s.server_id = server AND s.connection_id = ANY (old);
        DELETE FROM vpn_connections c WHERE c.server_id = server AND c.id = ANY (old);
        done := done + CARDINALITY(old);
    END LOOP;
    RETURN done;
END
$$;

-- form of V126
CREATE OR REPLACE FUNCTION usage_roll_up_days(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    until     TIMESTAMPTZ := DATE_TRUNC('day', CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds), 'UTC');
    done      BIGINT := 0;
    server    TEXT;
    finished  RECORD;
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            SELECT h.server_id
            FROM usage_hourly h
            WHERE h.hour < until
            ORDER BY h.hour
            LIMIT batch
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(f.username::TEXT) AS usernames,
               ARRAY_AGG(f.hour)           AS hours
        INTO finished
        FROM (
            SELECT h.username, h.hour
            FROM usage_hourly h
            WHERE h.server_id = server
              AND h.hour < until
            ORDER BY h.hour
            LIMIT batch - done
            FOR UPDATE SKIP LOCKED
        ) f;
        CONTINUE WHEN finished.hours IS NULL;
        INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
        SELECT h.server_id, h.username, (h.hour AT TIME ZONE 'UTC')::DATE, SUM(h.sessions), SUM(h.bytes_in), SUM(h.bytes_out),
               SUM(h.seconds)
        FROM usage_hourly h
        JOIN UNNEST(finished.usernames, finished.hours) AS f (username, hour) ON f.username = h.username AND f.hour = h.hour
        WHERE h.server_id = server
        GROUP BY 1, 2, 3
        ORDER BY (h.hour AT TIME ZONE 'UTC')::DATE = '-infinity', 1, 2, 3
        ON CONFLICT (server_id, username, day) DO UPDATE
        SET sessions  = d.sessions + EXCLUDED.sessions,
            bytes_in  = d.bytes_in + EXCLUDED.bytes_in,
            bytes_out = d.bytes_out + EXCLUDED.bytes_out,
            seconds   = d.seconds + EXCLUDED.seconds;
        DELETE FROM usage_hourly h
        USING UNNEST(finished.usernames, finished.hours) AS f (username, hour)
        WHERE h.server_id = server
          AND h.username = f.username
          AND h.hour = f.hour;
        done := done + CARDINALITY(finished.hours);
    END LOOP;
    RETURN done;
END
$$;

-- form of V120
CREATE OR REPLACE FUNCTION usage_fold_days(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    until  DATE := LEAST(((CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)) AT TIME ZONE 'UTC')::DATE,
                         DATE_TRUNC('month', CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::DATE);
    done   BIGINT := 0;
    server TEXT;
    old    RECORD;
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            SELECT d.server_id
            FROM usage_daily d
            WHERE d.day < until
              AND d.day > '-infinity'
            LIMIT batch
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(f.username::TEXT) AS usernames,
               ARRAY_AGG(f.day)            AS days
        INTO old
        FROM (
            SELECT d.username, d.day
            FROM usage_daily d
            WHERE d.server_id = server
              AND d.day < until
              AND d.day > '-infinity'
            LIMIT batch - done
            FOR UPDATE SKIP LOCKED
        ) f;
        CONTINUE WHEN old.days IS NULL;
        INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
        SELECT o.server_id, o.username, '-infinity'::DATE, SUM(o.sessions), SUM(o.bytes_in), SUM(o.bytes_out), SUM(o.seconds)
        FROM usage_daily o
        JOIN UNNEST(old.usernames, old.days) AS f (username, day) ON f.username = o.username AND f.day = o.day
        WHERE o.server_id = server
        GROUP BY 1, 2
        ORDER BY 1, 2
        ON CONFLICT (server_id, username, day) DO UPDATE
        SET sessions  = d.sessions + EXCLUDED.sessions,
            bytes_in  = d.bytes_in + EXCLUDED.bytes_in,
            bytes_out = d.bytes_out + EXCLUDED.bytes_out,
            seconds   = d.seconds + EXCLUDED.seconds;
        DELETE FROM usage_daily d
        USING UNNEST(old.usernames, old.days) AS f (username, day)
        WHERE d.server_id = server
          AND d.username = f.username
          AND d.day = f.day;
        done := done + CARDINALITY(old.days);
    END LOOP;
    RETURN done;
END
$$;

-- form of V120
CREATE OR REPLACE FUNCTION usage_fold_servers(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    until  TIMESTAMPTZ := CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds);
    done   BIGINT := 0;
    server TEXT;
    old    TIMESTAMPTZ[];
BEGIN
    FOR server IN
        SELECT DISTINCT due.server_id
        FROM (
            SELECT u.server_id
            FROM usage_by_server u
            WHERE u.hour < until
              AND u.hour > '-infinity'
            ORDER BY u.hour
            LIMIT batch
        ) due
        ORDER BY due.server_id
    LOOP
        EXIT WHEN done >= batch;
        SELECT ARRAY_AGG(f.hour) INTO old
        FROM (
            SELECT u.hour
            FROM usage_by_server u
            WHERE u.server_id = server
              AND u.hour < until
              AND u.hour > '-infinity'
            ORDER BY u.hour
            LIMIT batch - done
            FOR UPDATE SKIP LOCKED
        ) f;
        CONTINUE WHEN old IS NULL;
        INSERT INTO usage_by_server AS u (server_id, hour, sessions, bytes_in, bytes_out, seconds)
        SELECT o.server_id, '-infinity'::TIMESTAMPTZ, SUM(o.sessions), SUM(o.bytes_in), SUM(o.bytes_out), SUM(o.seconds)
        FROM usage_by_server o
        WHERE o.server_id = server
          AND o.hour = ANY (old)
        GROUP BY 1
        ON CONFLICT (server_id, hour) DO UPDATE
        SET sessions  = u.sessions + EXCLUDED.sessions,
            bytes_in  = u.bytes_in + EXCLUDED.bytes_in,
            bytes_out = u.bytes_out + EXCLUDED.bytes_out,
            seconds   = u.seconds + EXCLUDED.seconds;
        DELETE FROM usage_by_server u WHERE u.server_id = server AND u.hour = ANY (old);
        done := done + CARDINALITY(old);
    END LOOP;
    RETURN done;
END
$$;

-- form of V10: a statement on many shards locks in no order of names, which deadlocks with openings.
CREATE OR REPLACE FUNCTION server_recount() RETURNS TABLE (server_id TEXT, was INTEGER, live INTEGER) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    server TEXT;
BEGIN
    FOR server IN
        SELECT n.server_id
        FROM (
            SELECT t.server_id FROM server_status t
            UNION
            SELECT c.server_id FROM vpn_connections c WHERE c.status IN ('connecting', 'connected')
        ) n
        ORDER BY n.server_id
    LOOP
        INSERT INTO server_status AS s (server_id) VALUES (server) ON CONFLICT ON CONSTRAINT server_status_pkey DO NOTHING;
        SELECT s.live_connections INTO was FROM server_status s WHERE s.server_id = server FOR NO KEY UPDATE;
        SELECT COUNT(*)::INTEGER INTO live
        FROM vpn_connections c
        WHERE c.server_id = server
          AND c.status IN ('connecting', 'connected');
        IF was <> live THEN
            UPDATE server_status s SET live_connections = server_recount.live WHERE s.server_id = server;
            server_id := server;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
