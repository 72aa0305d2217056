-- Written by the build step from the migrations: do not edit.
-- The schema of connections after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V3__add_statistics
CREATE TABLE vpn_connections (
    id                 BIGSERIAL,
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
    daemon             TEXT,
    device_id          BIGINT,
    virtual_ip6        INET,
    refused_epoch      BIGINT,
    refused_sequence   BIGINT,
    refused_received   BIGINT,
    refused_sent       BIGINT,
    counted_at         TIMESTAMPTZ,
    account_expires_at TIMESTAMPTZ,
    bytes_granted      BIGINT,
    CONSTRAINT vpn_connections_pkey PRIMARY KEY (id),
    CONSTRAINT chk_vpn_connections_bytes_received CHECK (bytes_received >= 0),
    CONSTRAINT chk_vpn_connections_bytes_sent CHECK (bytes_sent >= 0),
    CONSTRAINT chk_vpn_connections_duration CHECK (duration_seconds >= 0),
    CONSTRAINT chk_vpn_connections_status CHECK (status IN ('connecting', 'connected', 'disconnected', 'error')),
    CONSTRAINT chk_vpn_connections_times CHECK (LEAST(connected_at, disconnected_at, last_activity) >= '0001-01-01 00:00:00+00'::timestamp with time zone AND GREATEST(connected_at, disconnected_at, last_activity) < '10000-01-01 00:00:00+00'::timestamp with time zone),
    CONSTRAINT chk_vpn_connections_virtual_ip6 CHECK (FAMILY(virtual_ip6) = 6 AND COALESCE(FAMILY(virtual_ip) = 4 OR virtual_ip = virtual_ip6, TRUE)),
    CONSTRAINT fk_vpn_connections_username FOREIGN KEY (username) REFERENCES users (username) ON UPDATE CASCADE
) WITH (fillfactor = 80);
COMMENT ON COLUMN vpn_connections.daemon IS 'The program of the node that serves the connection, to which heartbeat_epoch belongs; NULL if the node has only one';
COMMENT ON COLUMN vpn_connections.device_id IS 'The device of the user that the connection belongs to; NULL if it is not registered';
COMMENT ON COLUMN vpn_connections.virtual_ip6 IS 'The IPv6 address of the client, also if it is the only one and stands in virtual_ip';
COMMENT ON COLUMN vpn_connections.refused_epoch IS 'With the next three: the last report that was implausible, NULL if a later one counted';
COMMENT ON COLUMN vpn_connections.counted_at IS 'When the last report that counted has arrived, if one was refused since; otherwise NULL, and last_activity says it';
COMMENT ON COLUMN vpn_connections.account_expires_at IS 'The earlier one of users.expires_at and the end of the plan, of a live connection';
COMMENT ON COLUMN vpn_connections.bytes_granted IS 'Received and sent bytes of the connection from which on its quota is checked again; NULL: it has none';

CREATE INDEX idx_vpn_connections_active ON vpn_connections (server_id, connected_at DESC) WHERE status IN ('connecting', 'connected');

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
CREATE INDEX idx_vpn_connections_client_addresses ON vpn_connections (disconnected_at)
    WHERE status IN ('disconnected', 'error') AND (client_ip IS NOT NULL OR public_ip IS NOT NULL);

CREATE INDEX idx_vpn_connections_connected_at ON vpn_connections (connected_at);
CREATE INDEX idx_vpn_connections_disconnected_at ON vpn_connections (disconnected_at);
CREATE UNIQUE INDEX idx_vpn_connections_live_address ON vpn_connections (server_id, virtual_ip) WHERE status IN ('connecting', 'connected');

-- barqnet: accepts index-without-concurrently: the column is new, so that it can't be created by hand before
CREATE UNIQUE INDEX idx_vpn_connections_live_address6 ON vpn_connections (server_id, virtual_ip6)
    WHERE status IN ('connecting', 'connected') AND virtual_ip6 IS NOT NULL;

-- For the cap on connections: a user's history may be long, what is live is short.
CREATE INDEX idx_vpn_connections_live_user ON vpn_connections (username) WHERE status IN ('connecting', 'connected');

CREATE INDEX idx_vpn_connections_user_history ON vpn_connections (username, id DESC);

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

-- V32__widen_ids
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

-- V112__open_connections_on_any_server
-- Opens a connection in state connecting for a user on a server, within the limits of both. Names of devices and versions are cut
-- to 255 characters. Ends what it replaces:
--   the connections that hold one of its virtual addresses on this server, because the node has assigned them again: superseded
--   the live connections of the same device, on any server: superseded
--   at the limit, if ends_oldest, the user's connections that were opened first, as many as it takes: connection_limit
-- Parameters:
--   device_id          a device of the user, or NULL; it is seen now
--   virtual_ip, virtual_ip6
--                      the addresses in the tunnel, in any form; an IPv6 address that is the only one can be in either
--   daemon, epoch      the program that serves the connection, NULL if the node has only one, and the start of its counters
--   max_connections    the limit for a user who has none in users.max_connections; NULL: no limit. A lower one of the plan counts
--   silent_seconds     connections count against the limit only if they and their server were heard of within this time, and
--                      if the server is neither disabled nor unhealthy or unreachable by its last report. The others stay
--                      until they are closed or reaped. If their server is heard of again, they count again, at the next
--                      opening: a user has never more live connections than the limit and those that did not count
--   accepts_unknown    whether a server that is not registered accepts connections, without a limit
-- Returns one row. outcome:
--   opened                 connection_id is set
--   user_inactive          no such account, or it is deactivated or expired, or its plan refuses the connection (plan_admits)
--   device_not_registered  the device is not one of the user's, or it was signed out or lost
--   unknown_server         the server is not registered, and accepts_unknown is FALSE
--   server_full            the server has `capacity` live connections; 0 means that it is draining or disabled
--   conflict               another opening has got an address meanwhile: roll back and try again
--   outdated               a connection that it would replace belongs to a later start of the same daemon
--   limit_reached          the user has max_of_user live connections that count, and ends_oldest is FALSE or the limit is 0.
--                          The addresses are free all the same: ended_ids are the connections that held them
-- All but opened and limit_reached have changed nothing, and only opened takes an id. ended_ids and ended_servers are parallel
-- arrays of the connections that it ended; superseded_id is the one that held an address.
-- With a limit it needs READ COMMITTED and refuses any other isolation level: the count would be as old as the transaction,
-- and the limit would not hold.
-- Locks: the user's row (NO KEY UPDATE), the connections that end in id order, the servers' rows of server_status by name, the
-- roll-ups server by server, the row of user_plans if the plan starts, the new connection, the device.
CREATE OR REPLACE FUNCTION connection_open(
    server_id TEXT, username TEXT, device_id BIGINT, virtual_ip INET, virtual_ip6 INET, daemon TEXT, epoch BIGINT,
    client_ip INET, public_ip INET, device_name TEXT, device_type TEXT, app_version TEXT, max_connections BIGINT,
    ends_oldest BOOLEAN, silent_seconds DOUBLE PRECISION, accepts_unknown BOOLEAN
) RETURNS TABLE (
    outcome TEXT, connection_id BIGINT, superseded_id BIGINT, ended_ids BIGINT[], ended_servers TEXT[], capacity INTEGER,
    max_of_user BIGINT
) LANGUAGE plpgsql
-- Custom plans for the short arrays are estimated too cheap: planning takes longer than the rest of a replacement.
SET plan_cache_mode = 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
    account     RECORD;
    plan        RECORD;
    device      RECORD;
    at          TIMESTAMPTZ;
    heard_after TIMESTAMPTZ := CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => silent_seconds);
    address6    INET;
    holders     BIGINT[] := '{}';
    own         BIGINT[] := '{}';
    counted     BIGINT[] := '{}';
    oldest      BIGINT[] := '{}';
    replaced    RECORD;
    replaces    BOOLEAN;
    here        INTEGER := 0;
    heard       TIMESTAMPTZ;
    ended       RECORD;
    counter     TEXT;
    earlier     BIGINT[];
BEGIN
    ended_ids := '{}';
    ended_servers := '{}';
    connection_open.virtual_ip := plain_address(connection_open.virtual_ip);
    address6 := COALESCE(
        plain_address(connection_open.virtual_ip6),
        CASE WHEN FAMILY(connection_open.virtual_ip) = 6 THEN connection_open.virtual_ip END
    );
    IF FAMILY(address6) = 4 THEN
        connection_open.virtual_ip := COALESCE(connection_open.virtual_ip, address6);
        address6 := NULL;
    END IF;
    SELECT CASE WHEN s.draining OR s.enabled IS FALSE THEN 0 ELSE s.max_users END INTO capacity
    FROM servers s
    WHERE s.name = connection_open.server_id;
    IF NOT FOUND THEN
        IF NOT accepts_unknown THEN
            outcome := 'unknown_server';
            RETURN NEXT;
            RETURN;
        END IF;
        capacity := 2147483647;
    END IF;
    -- Locked in one statement and counted in a later one, so that the openings of one user run one after the other.
    SELECT u.id, u.active, u.expires_at, u.max_connections, u.has_plan INTO account
    FROM users u
    WHERE u.username = connection_open.username
    FOR NO KEY UPDATE;
    IF NOT FOUND OR NOT account_is_usable(account.active, account.expires_at) THEN
        outcome := 'user_inactive';
        RETURN NEXT;
        RETURN;
    END IF;
    max_of_user := COALESCE(account.max_connections, connection_open.max_connections);
    IF account.has_plan THEN
        SELECT a.refusal, a.max_connections INTO plan FROM plan_admits(account.id, connection_open.server_id) a;
        IF plan.refusal IS NOT NULL THEN
            outcome := 'user_inactive';
            RETURN NEXT;
            RETURN;
        END IF;
        max_of_user := LEAST(max_of_user, plan.max_connections);
    END IF;
    IF max_of_user IS NOT NULL AND CURRENT_SETTING('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the limit of connections per user does not hold at isolation level %',
            CURRENT_SETTING('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Open connections in a transaction that begins with BEGIN ISOLATION LEVEL READ COMMITTED.';
    END IF;
    IF connection_open.device_id IS NOT NULL THEN
        SELECT d.device_name, d.device_type INTO device
        FROM user_devices d
        WHERE d.id = connection_open.device_id
          AND d.user_id = account.id
          AND d.revoked_at IS NULL;
        IF NOT FOUND THEN
            outcome := 'device_not_registered';
            RETURN NEXT;
            RETURN;
        END IF;
        device_name := COALESCE(connection_open.device_name, device.device_name);
        device_type := COALESCE(connection_open.device_type, device.device_type);
    END IF;

    -- By address on this server, of any user. An IPv6 address that earlier programs wrote is in virtual_ip only.
    IF connection_open.virtual_ip IS NOT NULL OR address6 IS NOT NULL THEN
        SELECT COALESCE(ARRAY_AGG(c.id), '{}') INTO holders
        FROM vpn_connections c
        WHERE c.server_id = connection_open.server_id
          AND c.virtual_ip IN (connection_open.virtual_ip, address6)
          AND c.status IN ('connecting', 'connected');
    END IF;
    IF address6 IS NOT NULL THEN
        SELECT holders || COALESCE(ARRAY_AGG(c.id), '{}') INTO holders
        FROM vpn_connections c
        WHERE c.server_id = connection_open.server_id
          AND c.virtual_ip6 = address6
          AND c.id <> ALL (holders)
          AND c.status IN ('connecting', 'connected');
    END IF;
    -- Of the user, on all servers.
    IF connection_open.device_id IS NOT NULL THEN
        SELECT COALESCE(ARRAY_AGG(c.id), '{}') INTO own
        FROM vpn_connections c
        WHERE c.username = connection_open.username
          AND c.device_id = connection_open.device_id
          AND c.id <> ALL (holders)
          AND c.status IN ('connecting', 'connected');
    END IF;
    IF max_of_user IS NOT NULL THEN
        SELECT COALESCE(ARRAY_AGG(c.id), '{}') INTO counted
        FROM vpn_connections c
        WHERE c.username = connection_open.username
          AND c.id <> ALL (holders || own)
          AND c.status IN ('connecting', 'connected');
        -- Whether they and their servers were heard of matters at the limit only.
        IF CARDINALITY(counted) >= max_of_user THEN
            SELECT COALESCE(ARRAY_AGG(c.id ORDER BY c.id), '{}') INTO counted
            FROM vpn_connections c
            LEFT JOIN server_status t ON t.server_id = c.server_id
            LEFT JOIN servers s ON s.name = c.server_id
            WHERE c.id = ANY (counted)
              AND c.status IN ('connecting', 'connected')
              AND COALESCE(c.last_activity, c.connected_at) >= heard_after
              AND COALESCE(t.heard_at >= heard_after, TRUE)
              AND COALESCE(t.status NOT IN ('unhealthy', 'unreachable'), TRUE)
              AND s.enabled IS NOT FALSE;
        END IF;
        IF CARDINALITY(counted) >= max_of_user THEN
            IF ends_oldest AND max_of_user > 0 THEN
                oldest := counted[1:CARDINALITY(counted) - max_of_user::INTEGER + 1];
            ELSE
                outcome := 'limit_reached';
                own := '{}';
            END IF;
        END IF;
    END IF;

    replaces := CARDINALITY(holders) + CARDINALITY(own) + CARDINALITY(oldest) > 0;
    IF replaces THEN
        PERFORM connection_lock(holders || own || oldest);
        SELECT ARRAY_AGG(r.id)                                                                 AS ids,
               ARRAY_AGG(r.server_id)                                                          AS servers,
               ARRAY_AGG(r.is_silent)                                                          AS silent,
               COUNT(*) FILTER (WHERE r.server_id = connection_open.server_id)::INTEGER    AS here,
               BOOL_OR(r.is_later AND r.id <> ALL (oldest))                                    AS is_outdated
        INTO replaced
        FROM (
            SELECT c.id,
                   c.server_id::TEXT                                                           AS server_id,
                   COALESCE(COALESCE(c.last_activity, c.connected_at) < heard_after, TRUE)     AS is_silent,
                   COALESCE(
                       c.server_id = connection_open.server_id
                           AND c.daemon IS NOT DISTINCT FROM connection_open.daemon
                           AND c.heartbeat_epoch > connection_open.epoch,
                       FALSE
                   )                                                                           AS is_later
            FROM vpn_connections c
            WHERE c.id = ANY (holders || own || oldest)
              AND c.status IN ('connecting', 'connected')
            ORDER BY c.id
        ) r;
        IF replaced.is_outdated THEN
            outcome := 'outdated';
            RETURN NEXT;
            RETURN;
        END IF;
        replaces := replaced.ids IS NOT NULL;
        here := replaced.here;
    END IF;

    IF outcome IS NULL THEN
        -- All counts that change, by name, before the first change.
        IF replaces THEN
            FOR counter IN
                SELECT DISTINCT n.name
                FROM UNNEST(replaced.servers || connection_open.server_id) AS n (name)
                ORDER BY n.name
            LOOP
                PERFORM 1 FROM server_status t WHERE t.server_id = counter FOR NO KEY UPDATE;
            END LOOP;
        END IF;
        UPDATE server_status t
        SET live_connections = t.live_connections + 1
        WHERE t.server_id = connection_open.server_id
          AND t.live_connections - here < capacity
        RETURNING t.heard_at INTO heard;
        IF NOT FOUND AND capacity > 0 THEN
            -- A server that has no row yet gets it here, or waits for the opening that adds it.
            INSERT INTO server_status AS t (server_id, live_connections)
            VALUES (connection_open.server_id, 1)
            ON CONFLICT ON CONSTRAINT server_status_pkey DO UPDATE
            SET live_connections = t.live_connections + 1
            WHERE t.live_connections - here < capacity
            RETURNING t.heard_at INTO heard;
        END IF;
        IF NOT FOUND THEN
            outcome := 'server_full';
            RETURN NEXT;
            RETURN;
        END IF;
        -- Openings of this server run one after the other from here on, so no other one gets an address now. To wait for the end
        -- of one that got it before could be a deadlock, as that end waits for the count.
        IF address6 IS NOT NULL OR connection_open.virtual_ip IS NOT NULL THEN
            PERFORM 1 FROM vpn_connections c
            WHERE c.server_id = connection_open.server_id
              AND c.virtual_ip IN (connection_open.virtual_ip, address6)
              AND c.id <> ALL (holders)
              AND c.status IN ('connecting', 'connected');
            IF NOT FOUND AND address6 IS NOT NULL THEN
                PERFORM 1 FROM vpn_connections c
                WHERE c.server_id = connection_open.server_id
                  AND c.virtual_ip6 = address6
                  AND c.id <> ALL (holders)
                  AND c.status IN ('connecting', 'connected');
            END IF;
            IF FOUND THEN
                UPDATE server_status t
                SET live_connections = t.live_connections - 1
                WHERE t.server_id = connection_open.server_id;
                outcome := 'conflict';
                RETURN NEXT;
                RETURN;
            END IF;
        END IF;
    END IF;

    IF replaces THEN
        FOR ended IN
            SELECT g.server_id, e.connection_id
            FROM (
                SELECT r.server_id,
                       r.is_silent,
                       r.reason,
                       ARRAY_AGG(r.id ORDER BY r.id) AS ids
                FROM (
                    SELECT u.id,
                           u.server_id,
                           u.is_silent,
                           CASE WHEN u.id = ANY (oldest) THEN 'connection_limit' ELSE 'superseded' END AS reason
                    FROM UNNEST(replaced.ids, replaced.servers, replaced.silent) AS u (id, server_id, is_silent)
                ) r
                GROUP BY r.server_id, r.is_silent, r.reason
                ORDER BY r.server_id
            ) g
            CROSS JOIN LATERAL connection_end(
                g.server_id, g.ids, 'disconnected', g.reason, g.is_silent, NULL, NULL, NULL
            ) e
        LOOP
            ended_ids := ended_ids || ended.connection_id::BIGINT;
            ended_servers := ended_servers || ended.server_id;
        END LOOP;
        superseded_id := (SELECT MIN(h.id) FROM UNNEST(holders) AS h (id) WHERE h.id = ANY (ended_ids));
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    IF connection_open.epoch IS NOT NULL AND COALESCE(connection_open.virtual_ip, address6) IS NOT NULL THEN
        earlier := reaped_counter(connection_open.server_id, connection_open.username, connection_open.virtual_ip,
                                  address6, connection_open.epoch);
    END IF;
    connection_open.client_ip := plain_address(connection_open.client_ip);
    connection_open.public_ip := plain_address(connection_open.public_ip);
    at := CLOCK_TIMESTAMP();
    IF account.has_plan THEN
        account.expires_at := LEAST(account.expires_at, plan_start(account.id, at));
    END IF;
    INSERT INTO vpn_connections AS c
        (username, server_id, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, last_activity, usage_hour, daemon,
         heartbeat_epoch, heartbeat_sequence, reported_received, reported_sent, account_expires_at, bytes_granted, device_id,
         device_name, device_type, app_version)
    VALUES (connection_open.username,
            connection_open.server_id,
            connection_open.client_ip,
            connection_open.virtual_ip,
            address6,
            connection_open.public_ip,
            at,
            at,
            hour_of_usage(at),
            connection_open.daemon,
            connection_open.epoch,
            -- Less than the sequence of any report of this epoch.
            CASE WHEN connection_open.epoch IS NULL THEN 0 ELSE '-9223372036854775808'::BIGINT END,
            COALESCE(earlier[1], 0),
            COALESCE(earlier[2], 0),
            account.expires_at,
            -- The first heartbeat checks the quota.
            CASE WHEN account.has_plan THEN 0 END,
            connection_open.device_id,
            LEFT(connection_open.device_name, 255),
            LEFT(connection_open.device_type, 255),
            LEFT(connection_open.app_version, 255))
    RETURNING c.id INTO connection_id;
    -- Within these 10 seconds it would change nothing.
    IF heard IS NULL OR heard NOT BETWEEN at - INTERVAL '10 seconds' AND at THEN
        PERFORM server_heard(connection_open.server_id);
    END IF;
    IF connection_open.device_id IS NOT NULL THEN
        UPDATE user_devices d
        SET last_seen = at
        WHERE d.id = connection_open.device_id;
    END IF;
    outcome := 'opened';
    RETURN NEXT;
END
$$;
ALTER FUNCTION connection_open SET search_path TO 'public', 'pg_temp';

-- V114__end_connections_of_users_in_steps
-- Ends the live connections of some users, all of them or those on one server, each with its statistics.
-- Locks: the connections in id order, then server by server, by name, as connection_end.
CREATE OR REPLACE FUNCTION connection_end_of_users(usernames TEXT[], on_server TEXT, reason TEXT, at_last_report BOOLEAN)
RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    live  BIGINT[];
    ended INTEGER;
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = ANY (usernames)
      AND c.status IN ('connecting', 'connected')
      AND (on_server IS NULL OR c.server_id = on_server);
    SELECT COUNT(*) INTO ended
    FROM connection_end_all(live, connection_end_of_users.reason, connection_end_of_users.at_last_report);
    RETURN ended;
END
$$;
ALTER FUNCTION connection_end_of_users SET search_path TO 'public', 'pg_temp';

-- V114__end_connections_of_users_in_steps
-- An account that was deactivated loses its sessions and connections, one that was moved its connections on the server that it
-- had. Reactivation ends the sessions that are left. A new expiry reaches the live connections.
-- Locks: the account's row is locked; its sessions, then its connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION end_what_account_had() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    live    BIGINT[];
    ends_at TIMESTAMPTZ;
BEGIN
    IF NEW.active IS FALSE AND OLD.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], NULL, 'account_deactivated', FALSE);
    ELSIF NEW.server_id IS DISTINCT FROM OLD.server_id AND OLD.server_id IS NOT NULL THEN
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], OLD.server_id::TEXT, 'account_moved', FALSE);
    END IF;
    IF OLD.active IS FALSE AND NEW.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
    END IF;
    IF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        SELECT ARRAY_AGG(c.id) INTO live
        FROM vpn_connections c
        WHERE c.username = NEW.username
          AND c.status IN ('connecting', 'connected');
        IF live IS NOT NULL THEN
            SELECT a.ends_at INTO ends_at FROM user_plans a WHERE a.user_id = NEW.id AND a.replaced_at IS NULL;
            ends_at := LEAST(NEW.expires_at, ends_at);
            PERFORM connection_lock(live);
            UPDATE vpn_connections c SET account_expires_at = ends_at WHERE c.id = ANY (live);
        END IF;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION end_what_account_had SET search_path TO 'public', 'pg_temp';

-- V54__count_each_counter_by_its_epoch
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

-- V54__count_each_counter_by_its_epoch
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

-- V54__count_each_counter_by_its_epoch
-- The figure of a connection's last report that counted; before the first one, what an older program has written, or what the
-- counter showed when the connection was opened.
CREATE OR REPLACE FUNCTION counter_known(known_epoch BIGINT, total BIGINT, reported BIGINT) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN known_epoch IS NULL THEN GREATEST(total, 0) + reported ELSE reported END
$$;

-- V54__count_each_counter_by_its_epoch
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

-- V54__count_each_counter_by_its_epoch
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

-- V100__tell_when_quotas_are_to_be_checked
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
ALTER FUNCTION connection_heartbeat SET search_path TO 'public', 'pg_temp';

-- V110__count_late_reports_by_one_clock
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
ALTER FUNCTION connection_count_late SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Ends those of the connections `ids` of a server that are live, and returns them by id, with what they have counted.
--   status           disconnected or error, both final
--   at_last_report   TRUE: as of the last report, for a connection without recent ones; FALSE: as of now
--   epoch, bytes_received, bytes_sent
--                    the node's final report on the connection, or NULL; it counts if report_is_plausible
--   max_bits_per_second
--                    what a line carries; NULL: 100 Gbit/s
-- Each end leaves one row of vpn_statistics, added to the roll-ups, except where nothing was used (an error before the
-- connection was up, with no bytes) or the user does not exist: then statistics_id is NULL.
-- Locks: as connection_lock_accounts, the connections in id order, the server's row of server_status, the roll-ups.
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
    PERFORM connection_lock_accounts(ids);
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
ALTER FUNCTION connection_end SET search_path TO 'public', 'pg_temp';

-- V109__look_up_reaped_counters_by_statement
-- What a counter showed before its connection began, as bytes received and sent, or NULL if that is not known. The tunnel of a
-- connection that was reaped may go on: opened again for the same user and one of its
-- addresses, it has the same counter.
CREATE OR REPLACE FUNCTION reaped_counter(
    server_id TEXT, username TEXT, virtual_ip INET, virtual_ip6 INET, epoch BIGINT
) RETURNS BIGINT[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    reaped RECORD;
BEGIN
    SELECT c.disconnect_reason, c.heartbeat_epoch, c.reported_received, c.reported_sent INTO reaped
    FROM vpn_connections c
    WHERE c.server_id = reaped_counter.server_id
      AND c.username = reaped_counter.username
      AND (
          -- An IPv6 address that earlier programs wrote is in virtual_ip only.
          c.virtual_ip IN (reaped_counter.virtual_ip, reaped_counter.virtual_ip6)
          OR c.virtual_ip6 = reaped_counter.virtual_ip6
      )
    ORDER BY c.id DESC
    LIMIT 1;
    IF reaped.disconnect_reason = 'stale' AND reaped.heartbeat_epoch = reaped_counter.epoch THEN
        RETURN ARRAY[reaped.reported_received, reaped.reported_sent];
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION reaped_counter SET search_path TO 'public', 'pg_temp';

-- V125__lock_connections_of_renamed_accounts
-- Erases a person from the connections that have ended: addresses, devices, the name in a reason.
-- Locks: the connections in id order.
CREATE OR REPLACE FUNCTION connection_erase(name TEXT, pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM connection_lock_user(name);
    UPDATE vpn_connections c
    SET client_ip         = NULL,
        virtual_ip        = NULL,
        virtual_ip6       = NULL,
        public_ip         = NULL,
        device_id         = NULL,
        device_name       = NULL,
        device_type       = NULL,
        disconnect_reason = replace_word(c.disconnect_reason, name, pseudonym)
    WHERE c.username = name;
END
$$;
ALTER FUNCTION connection_erase SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Locks the connections `ids`, live or ended.
-- Locks: as connection_lock_accounts, then the connections in id order.
CREATE OR REPLACE FUNCTION connection_lock(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM connection_lock_accounts(ids);
    PERFORM 1
    FROM vpn_connections c
    WHERE c.id = ANY (ids)
    ORDER BY c.id
    FOR NO KEY UPDATE;
END
$$;
ALTER FUNCTION connection_lock SET search_path TO 'public', 'pg_temp';

-- V113__end_connections_of_any_servers
-- Ends those of the connections `ids` that are live, of any servers, and returns them with what they have counted. Parameters and
-- result as those of connection_end.
-- Locks: the connections in id order, then server by server, by name, as connection_end.
CREATE OR REPLACE FUNCTION connection_end_all(ids BIGINT[], reason TEXT, at_last_report BOOLEAN) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, server_id TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    server RECORD;
BEGIN
    IF COALESCE(CARDINALITY(ids), 0) = 0 THEN
        RETURN;
    END IF;
    PERFORM connection_lock(ids);
    FOR server IN
        SELECT c.server_id::TEXT AS name,
               ARRAY_AGG(c.id)   AS ids
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end_all.ids)
          AND c.status IN ('connecting', 'connected')
        GROUP BY c.server_id
        ORDER BY c.server_id
    LOOP
        RETURN QUERY
        SELECT e.connection_id, e.statistics_id, e.username, server.name, e.virtual_ip, e.duration_seconds, e.total_received,
               e.total_sent
        FROM connection_end(
            server.name, server.ids, 'disconnected', connection_end_all.reason, connection_end_all.at_last_report, NULL, NULL, NULL
        ) e;
    END LOOP;
END
$$;
ALTER FUNCTION connection_end_all SET search_path TO 'public', 'pg_temp';

-- V113__end_connections_of_any_servers
-- Ends the live connections of a user, those of the devices `device_ids` or, if that is NULL, all of them.
-- Locks: as connection_end_all.
CREATE OR REPLACE FUNCTION connection_close_user(name TEXT, device_ids BIGINT[], reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, server_id TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = name
      AND c.status IN ('connecting', 'connected')
      AND (device_ids IS NULL OR c.device_id = ANY (device_ids));
    RETURN QUERY SELECT * FROM connection_end_all(live, connection_close_user.reason, FALSE);
END
$$;
ALTER FUNCTION connection_close_user SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Ends the live connections of a server; with `daemon`, only those of this daemon; with `epoch`, only those of earlier starts.
-- Locks: as connection_lock_accounts, the connections in id order, then as connection_end.
CREATE OR REPLACE FUNCTION connection_close_server(server_id TEXT, daemon TEXT, epoch BIGINT, reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.server_id = connection_close_server.server_id
      AND c.status IN ('connecting', 'connected')
      AND COALESCE(c.daemon = connection_close_server.daemon, connection_close_server.daemon IS NULL);
    PERFORM connection_lock_accounts(live);
    -- A later start can have reported some of them meanwhile.
    SELECT ARRAY_AGG(l.id) INTO live
    FROM (
        SELECT c.id
        FROM vpn_connections c
        WHERE c.id = ANY (live)
          AND c.server_id = connection_close_server.server_id
          AND c.status IN ('connecting', 'connected')
          AND COALESCE(c.heartbeat_epoch < connection_close_server.epoch, TRUE)
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_close_server.server_id, live, 'disconnected', connection_close_server.reason, FALSE, NULL, NULL, NULL);
    END IF;
END
$$;
ALTER FUNCTION connection_close_server SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Ends the live connection that holds a virtual address of a server.
-- Locks: as connection_end.
CREATE OR REPLACE FUNCTION connection_close_address(server_id TEXT, address INET, reason TEXT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    plain INET := plain_address(address);
    live  BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.server_id = connection_close_address.server_id
      AND (c.virtual_ip = plain OR c.virtual_ip6 = plain)
      AND c.status IN ('connecting', 'connected');
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_close_address.server_id, live, 'disconnected', connection_close_address.reason, FALSE, NULL, NULL, NULL);
    END IF;
END
$$;
ALTER FUNCTION connection_close_address SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Ends up to `batch` stale live connections of a server (see stale_before), as of their last report, for the reason stale. Rows that
-- another transaction holds are skipped, and those of accounts that are getting another name.
-- Locks: the connections in id order and their accounts (KEY SHARE), both without waiting, then as connection_end.
CREATE OR REPLACE FUNCTION connection_reap(server_id TEXT, idle_seconds DOUBLE PRECISION, batch BIGINT) RETURNS TABLE (
    connection_id BIGINT, statistics_id BIGINT, username TEXT, virtual_ip INET, duration_seconds INTEGER,
    total_received BIGINT, total_sent BIGINT
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    stale_from TIMESTAMPTZ := stale_before(server_id, idle_seconds);
    stale      RECORD;
    locked     TEXT[];
    live       BIGINT[];
BEGIN
    SELECT ARRAY_AGG(l.id)             AS ids,
           ARRAY_AGG(l.username::TEXT) AS usernames
    INTO stale
    FROM (
        SELECT c.id, c.username
        FROM vpn_connections c
        WHERE c.server_id = connection_reap.server_id
          AND c.status IN ('connecting', 'connected')
          AND COALESCE(c.last_activity, c.connected_at, '-infinity') < stale_from
        -- By an expression, so that the index of live rows is read and not the whole table in id order.
        ORDER BY c.id + 0
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    ) l;
    -- With locked connections, to wait for an account that is getting another name could be a deadlock.
    locked := ARRAY(
        SELECT u.username::TEXT
        FROM users u
        WHERE u.username = ANY (stale.usernames)
        FOR KEY SHARE SKIP LOCKED
    );
    SELECT ARRAY_AGG(l.id) INTO live
    FROM UNNEST(stale.ids, stale.usernames) AS l (id, username)
    WHERE l.username = ANY (locked)
       OR NOT EXISTS (SELECT FROM users u WHERE u.username = l.username);
    IF live IS NOT NULL THEN
        RETURN QUERY
        SELECT *
        FROM connection_end(connection_reap.server_id, live, 'disconnected', 'stale', TRUE, NULL, NULL, NULL);
    END IF;
END
$$;
ALTER FUNCTION connection_reap SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Ends those of the connections `ids` of a server whose account has expired or whose plan has ended, as of the last report, and
-- returns them with the reason.
-- Locks: as connection_lock_accounts, the connections in id order, then as connection_end.
CREATE OR REPLACE FUNCTION connection_end_expired(server_id TEXT, ids BIGINT[])
RETURNS TABLE (connection_id BIGINT, reason TEXT) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    live    RECORD;
    expired RECORD;
BEGIN
    PERFORM connection_lock_accounts(ids);
    SELECT ARRAY_AGG(l.id)             AS ids,
           ARRAY_AGG(l.username::TEXT) AS usernames
    INTO live
    FROM (
        SELECT c.id, c.username
        FROM vpn_connections c
        WHERE c.id = ANY (connection_end_expired.ids)
          AND c.server_id = connection_end_expired.server_id
          AND c.status IN ('connecting', 'connected')
          AND c.account_expires_at <= CURRENT_TIMESTAMP
        ORDER BY c.id
        FOR NO KEY UPDATE
    ) l;
    FOR expired IN
        SELECT r.reason,
               ARRAY_AGG(r.id) AS ids
        FROM (
            SELECT l.id,
                   CASE WHEN u.expires_at > CURRENT_TIMESTAMP OR u.expires_at IS NULL THEN 'plan_ended' ELSE 'account_expired' END AS reason
            FROM UNNEST(live.ids, live.usernames) AS l (id, username)
            JOIN users u ON u.username = l.username
        ) r
        GROUP BY r.reason
        ORDER BY r.reason
    LOOP
        RETURN QUERY
        SELECT e.connection_id, expired.reason
        FROM connection_end(connection_end_expired.server_id, expired.ids, 'disconnected', expired.reason, TRUE, NULL, NULL, NULL) e;
    END LOOP;
END
$$;
ALTER FUNCTION connection_end_expired SET search_path TO 'public', 'pg_temp';

-- V120__maintain_statistics_by_functions
-- Removes the addresses of up to `batch` ended connections: see the statement forget_connection_addresses.
-- Locks: the rows changed.
CREATE OR REPLACE FUNCTION connection_forget_addresses(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH ended AS (
        SELECT id
        FROM vpn_connections
        WHERE status IN ('disconnected', 'error')
          AND (client_ip IS NOT NULL OR public_ip IS NOT NULL)
          AND disconnected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
        ORDER BY disconnected_at
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE vpn_connections
    SET client_ip = NULL,
        public_ip = NULL
    WHERE id = ANY (ARRAY(SELECT id FROM ended));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;
ALTER FUNCTION connection_forget_addresses SET search_path TO 'public', 'pg_temp';

-- V120__maintain_statistics_by_functions
-- Deletes up to `batch` ended connections: see the statement delete_old_connections.
-- Locks: the rows deleted and their rows of vpn_statistics.
CREATE OR REPLACE FUNCTION connection_delete_ended(keep_seconds DOUBLE PRECISION, batch BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    done BIGINT;
BEGIN
    WITH ended AS (
        SELECT id
        FROM vpn_connections
        WHERE disconnected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND status IN ('disconnected', 'error')
        ORDER BY disconnected_at
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    ),
    ended_undated AS (
        SELECT id
        FROM vpn_connections
        WHERE disconnected_at IS NULL
          AND COALESCE(last_activity, connected_at, '-infinity')
              < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => keep_seconds)
          AND status IN ('disconnected', 'error')
        LIMIT batch
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM vpn_connections
    WHERE id = ANY (ARRAY(SELECT id FROM ended UNION ALL SELECT id FROM ended_undated LIMIT batch));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;
ALTER FUNCTION connection_delete_ended SET search_path TO 'public', 'pg_temp';

-- V124__lock_accounts_before_connections
-- Locks the accounts of the connections `ids`, live or ended, so that they keep their names until the transaction ends. It is one statement, so
-- that an account which gets another name meanwhile is awaited and then locked as well.
-- Locks: the accounts in id order (KEY SHARE).
CREATE OR REPLACE FUNCTION connection_lock_accounts(ids BIGINT[]) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1
    FROM vpn_connections c
    JOIN users u ON u.username = c.username
    -- Without a condition on the status: the index of live connections seems cheaper while there are few.
    WHERE c.id = ANY (ids)
    ORDER BY u.id
    FOR KEY SHARE OF u;
END
$$;
ALTER FUNCTION connection_lock_accounts SET search_path TO 'public', 'pg_temp';

-- V125__lock_connections_of_renamed_accounts
-- Locks all connections of a user. Lock the account before, so that none is added meanwhile.
-- Locks: as connection_lock.
CREATE OR REPLACE FUNCTION connection_lock_user(name TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT ARRAY_AGG(c.id) INTO ids
    FROM vpn_connections c
    WHERE c.username = name;
    IF ids IS NOT NULL THEN
        PERFORM connection_lock(ids);
    END IF;
END
$$;
ALTER FUNCTION connection_lock_user SET search_path TO 'public', 'pg_temp';

-- V125__lock_connections_of_renamed_accounts
-- Locks the connections of an account that gets another name, before the foreign key changes them.
-- Locks: as connection_lock; the row of users is locked.
CREATE OR REPLACE FUNCTION connection_lock_renamed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM connection_lock_user(OLD.username::TEXT);
    RETURN NEW;
END
$$;
ALTER FUNCTION connection_lock_renamed SET search_path TO 'public', 'pg_temp';
