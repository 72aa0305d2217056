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

-- V11__make_heartbeats_cheap
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

-- V11__make_heartbeats_cheap
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

-- V11__make_heartbeats_cheap
CREATE TRIGGER broken_connection_is_mended
    BEFORE UPDATE ON vpn_connections
    FOR EACH ROW
    -- Only what was broken before: a new value that breaks a rule is refused.
    WHEN ((OLD.bytes_received < 0 AND NEW.bytes_received < 0)
          OR (OLD.bytes_sent < 0 AND NEW.bytes_sent < 0)
          OR (OLD.status NOT IN ('connecting', 'connected', 'disconnected', 'error') AND NEW.status = OLD.status))
    EXECUTE FUNCTION mend_connection();

-- V11__make_heartbeats_cheap
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

-- V11__make_heartbeats_cheap
-- How many bytes a report can add at most: what a line of 100 Gbit/s carries in the time since the one before and a minute,
-- and never more than 16 TiB.
CREATE OR REPLACE FUNCTION most_reported(last_report TIMESTAMPTZ, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE SQL STABLE PARALLEL SAFE
AS $$
    SELECT LEAST(12500000000 * (60 + LEAST(seconds_between(last_report, at), 3600)::BIGINT), 17592186044416)
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

-- V11__make_heartbeats_cheap
-- A heartbeat does not name status, so that it does not even come to the condition.
CREATE TRIGGER connection_status_is_final
    BEFORE UPDATE OF status ON vpn_connections
    FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status
          AND (OLD.status IN ('disconnected', 'error') OR NEW.status = 'connecting'))
    EXECUTE FUNCTION refuse_connection_status();
