-- Connections for 80,000 users online: a heartbeat writes one row and no index, counts nothing twice, and a virtual
-- address belongs to one live connection of a server.
--
-- Why: a heartbeat changes last_activity, and an index over it made every heartbeat write all nine indexes of the table.
-- Without it, and with room left in each page, an update stays in its page (HOT). The only search by last_activity is
-- that for stale connections, which reads the live rows of one server. So idx_vpn_connections_last_activity goes; the other
-- specified indexes stay, for they are over columns that no heartbeat writes.
-- A node counts from zero when it starts. Its reports therefore carry the time of its start (heartbeat_epoch) and a number
-- (heartbeat_sequence), and the row remembers the counters last reported; what is added is the difference.
-- Older databases may hold an address twice. The newest connection keeps it; the older ones end, superseded, when they were
-- last heard of, with the statistics row that every end leaves, and adoption_changes keeps what they were.
-- Locks: ACCESS EXCLUSIVE on vpn_connections: columns and storage are catalogue only; two partial indexes over the live
-- rows are built, which reads the table twice, about half a second a million rows each. Pages that are full now make
-- room by themselves, as the rows in them are updated and move.

LOCK TABLE vpn_connections IN ACCESS EXCLUSIVE MODE;

ALTER TABLE vpn_connections
    -- NULL: nothing was reported yet, and the first report goes on from the row's bytes.
    ADD COLUMN IF NOT EXISTS heartbeat_epoch    BIGINT,
    ADD COLUMN IF NOT EXISTS heartbeat_sequence BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS reported_received  BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS reported_sent      BIGINT NOT NULL DEFAULT 0,
    SET (fillfactor = 80);

DROP INDEX IF EXISTS idx_vpn_connections_last_activity;

-- 0 where a moment is unknown or the clock went back; as many as a column of seconds holds where they are further apart.
CREATE OR REPLACE FUNCTION seconds_between(began TIMESTAMPTZ, ended TIMESTAMPTZ) RETURNS INTEGER
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT CASE
               WHEN began IS NULL OR ended IS NULL OR ended <= began THEN 0
               WHEN NOT ISFINITE(began) OR NOT ISFINITE(ended) THEN 2147483647
               ELSE LEAST(FLOOR(DATE_PART('epoch', ended) - DATE_PART('epoch', began)), 2147483647)::INTEGER
           END
$$;

-- Sees what was committed while its statement waited, such as a user's new name; a join of the statement would not.
CREATE OR REPLACE FUNCTION account_exists(name TEXT) RETURNS BOOLEAN
LANGUAGE SQL VOLATILE
AS $$
    SELECT EXISTS (SELECT FROM users WHERE username = name)
$$;

-- A row of old that breaks a rule can't be written to, whatever it is written for, and would stop its node's report,
-- its user's new name and its own end. So it is mended when it is written to, no sooner, and what it held is kept.
CREATE OR REPLACE FUNCTION mend_connection() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.bytes_received < 0 THEN
        NEW.bytes_received := 0;
    END IF;
    IF NEW.bytes_sent < 0 THEN
        NEW.bytes_sent := 0;
    END IF;
    -- What is none of the live states has ended.
    IF NEW.status NOT IN ('connecting', 'connected', 'disconnected', 'error') THEN
        NEW.status := 'disconnected';
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
        SELECT 'changed', 'vpn_connections', v.column_name, OLD.id, v.original, v.changed_to, 'the row broke a rule'
        FROM (VALUES
            ('bytes_received', OLD.bytes_received::TEXT, NEW.bytes_received::TEXT, OLD.bytes_received < 0),
            ('bytes_sent', OLD.bytes_sent::TEXT, NEW.bytes_sent::TEXT, OLD.bytes_sent < 0),
            ('status', OLD.status, NEW.status,
             OLD.status NOT IN ('connecting', 'connected', 'disconnected', 'error'))
        ) AS v (column_name, original, changed_to, was_broken)
        WHERE v.was_broken;
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS broken_connection_is_mended ON vpn_connections;
CREATE TRIGGER broken_connection_is_mended
    BEFORE UPDATE ON vpn_connections
    FOR EACH ROW
    -- Only what was broken before: a new value that breaks a rule is refused.
    WHEN ((OLD.bytes_received < 0 AND NEW.bytes_received < 0)
          OR (OLD.bytes_sent < 0 AND NEW.bytes_sent < 0)
          OR (OLD.status NOT IN ('connecting', 'connected', 'disconnected', 'error') AND NEW.status = OLD.status))
    EXECUTE FUNCTION mend_connection();

DO $$
DECLARE
    older INTEGER[];
BEGIN
    SELECT ARRAY_AGG(id ORDER BY id) INTO older
    FROM (
        SELECT id, ROW_NUMBER() OVER (PARTITION BY server_id, virtual_ip ORDER BY id DESC) AS newest
        FROM vpn_connections
        WHERE status IN ('connecting', 'connected')
          AND virtual_ip IS NOT NULL
    ) c
    WHERE newest > 1;
    IF older IS NULL THEN
        RETURN;
    END IF;

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
    WITH ended AS (
        SELECT c.id,
               COALESCE(c.last_activity, c.connected_at, CURRENT_TIMESTAMP) AS disconnected_at,
               seconds_between(c.connected_at, c.last_activity)             AS seconds
        FROM vpn_connections c
        WHERE c.id = ANY (older)
    )
    INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
    SELECT 'changed', 'vpn_connections', v.column_name, c.id, v.original, v.changed_to,
           'a newer connection has this address'
    FROM vpn_connections c
    JOIN ended ON ended.id = c.id
    CROSS JOIN LATERAL (VALUES
        -- What stood there is kept as it was written before V5, in UTC.
        ('status', c.status, 'disconnected'),
        ('disconnected_at', (c.disconnected_at AT TIME ZONE 'UTC')::TEXT, (ended.disconnected_at AT TIME ZONE 'UTC')::TEXT),
        ('duration_seconds', c.duration_seconds::TEXT, ended.seconds::TEXT),
        ('disconnect_reason', c.disconnect_reason, 'superseded'),
        ('bytes_received', c.bytes_received::TEXT, GREATEST(c.bytes_received, 0)::TEXT),
        ('bytes_sent', c.bytes_sent::TEXT, GREATEST(c.bytes_sent, 0)::TEXT)
    ) AS v (column_name, original, changed_to)
    WHERE v.original IS DISTINCT FROM v.changed_to
    ORDER BY c.id, v.column_name;

    UPDATE vpn_connections
    SET status            = 'disconnected',
        disconnected_at   = COALESCE(last_activity, connected_at, CURRENT_TIMESTAMP),
        duration_seconds  = seconds_between(connected_at, last_activity),
        disconnect_reason = 'superseded',
        bytes_received    = GREATEST(bytes_received, 0),
        bytes_sent        = GREATEST(bytes_sent, 0)
    WHERE id = ANY (older);

    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
         session_type, client_version)
    SELECT c.username, c.server_id, COALESCE(c.bytes_received, 0), COALESCE(c.bytes_sent, 0), c.duration_seconds, c.id,
           COALESCE(c.connected_at, c.disconnected_at), c.disconnected_at, 'vpn', LEFT(c.app_version, 50)
    FROM vpn_connections c
    WHERE c.id = ANY (older)
      AND EXISTS (SELECT FROM users u WHERE u.username = c.username)
      AND NOT EXISTS (SELECT FROM vpn_statistics s WHERE s.connection_id = c.id)
    ORDER BY c.id;

    UPDATE server_status s
    SET live_connections = (
        SELECT COUNT(*)
        FROM vpn_connections c
        WHERE c.server_id = s.server_id
          AND c.status IN ('connecting', 'connected')
    )
    WHERE s.server_id IN (SELECT server_id FROM vpn_connections WHERE id = ANY (older));
END
$$;

CREATE UNIQUE INDEX IF NOT EXISTS idx_vpn_connections_live_address
    ON vpn_connections (server_id, virtual_ip) WHERE status IN ('connecting', 'connected');
-- For the cap on connections: a user's history may be long, what is live is short.
CREATE INDEX IF NOT EXISTS idx_vpn_connections_live_user
    ON vpn_connections (username) WHERE status IN ('connecting', 'connected');

-- How many bytes a report adds to a connection, or NULL if no honest node says so: a figure below zero, one of an older
-- start, or more than 8 PiB in one connection, of which a thousand fit into a sum. A node that restarted counts from
-- zero; a row without an epoch was counted by nobody yet, or by a program that wrote totals, and goes on from its
-- bytes. Below zero: it went back although the node did not restart. This and the next are one expression each, which
-- the planner puts in their place: every heartbeat takes them.
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

-- How many bytes a report can add at most: what a line of 100 Gbit/s carries in the time since the one before and a minute,
-- and never more than 16 TiB.
CREATE OR REPLACE FUNCTION most_reported(last_report TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT LEAST(12500000000 * (60 + LEAST(seconds_between(last_report, at), 3600)::BIGINT), 17592186044416)
$$;

-- Whoever writes, by whatever statement: what has ended does not come back, and nothing goes back to connecting.
CREATE OR REPLACE FUNCTION refuse_connection_status() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'connection % can not go from % to %', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'connection_status_is_final', TABLE = 'vpn_connections',
              HINT = 'A connection that has ended stays so: open a new one.';
END
$$;
DROP TRIGGER IF EXISTS connection_status_is_final ON vpn_connections;
-- A heartbeat does not name status, so that it does not even come to the condition.
CREATE TRIGGER connection_status_is_final
    BEFORE UPDATE OF status ON vpn_connections
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status
          AND (OLD.status IN ('disconnected', 'error') OR NEW.status = 'connecting'))
    EXECUTE FUNCTION refuse_connection_status();

/* rollback
DROP TRIGGER IF EXISTS broken_connection_is_mended ON vpn_connections;
DROP FUNCTION IF EXISTS mend_connection();
DROP TRIGGER IF EXISTS connection_status_is_final ON vpn_connections;
DROP FUNCTION IF EXISTS refuse_connection_status();
DROP FUNCTION IF EXISTS most_reported(TIMESTAMPTZ, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS reported_difference(BIGINT, BIGINT, BIGINT, BIGINT, BIGINT);
DROP FUNCTION IF EXISTS account_exists(TEXT);
DROP FUNCTION IF EXISTS seconds_between(TIMESTAMPTZ, TIMESTAMPTZ);
DROP INDEX IF EXISTS idx_vpn_connections_live_user;
DROP INDEX IF EXISTS idx_vpn_connections_live_address;
CREATE INDEX IF NOT EXISTS idx_vpn_connections_last_activity ON vpn_connections (last_activity);
ALTER TABLE vpn_connections
    RESET (fillfactor),
    DROP COLUMN IF EXISTS reported_sent,
    DROP COLUMN IF EXISTS reported_received,
    DROP COLUMN IF EXISTS heartbeat_sequence,
    DROP COLUMN IF EXISTS heartbeat_epoch;
*/
