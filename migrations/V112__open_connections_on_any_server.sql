-- Openings select, lock and change in statements that each touch one table of nodes' rows or one server.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. Its statements
-- take the same rows in the same order as before.
-- Locks: creates a function only.

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
          AND proname = 'connection_open'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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
        holders := ARRAY(
            SELECT c.id
            FROM vpn_connections c
            WHERE c.server_id = connection_open.server_id
              AND c.virtual_ip IN (connection_open.virtual_ip, address6)
              AND c.status IN ('connecting', 'connected')
        );
    END IF;
    IF address6 IS NOT NULL THEN
        holders := holders || ARRAY(
            SELECT c.id
            FROM vpn_connections c
            WHERE c.server_id = connection_open.server_id
              AND c.virtual_ip6 = address6
              AND c.id <> ALL (holders)
              AND c.status IN ('connecting', 'connected')
        );
    END IF;
    -- Of the user, on all servers.
    IF connection_open.device_id IS NOT NULL THEN
        own := ARRAY(
            SELECT c.id
            FROM vpn_connections c
            WHERE c.username = connection_open.username
              AND c.device_id = connection_open.device_id
              AND c.id <> ALL (holders)
              AND c.status IN ('connecting', 'connected')
        );
    END IF;
    IF max_of_user IS NOT NULL THEN
        counted := ARRAY(
            SELECT c.id
            FROM vpn_connections c
            WHERE c.username = connection_open.username
              AND c.id <> ALL (holders || own)
              AND c.status IN ('connecting', 'connected')
        );
        -- Whether they and their servers were heard of matters at the limit only.
        IF CARDINALITY(counted) >= max_of_user THEN
            counted := ARRAY(
                SELECT c.id
                FROM vpn_connections c
                LEFT JOIN server_status t ON t.server_id = c.server_id
                LEFT JOIN servers s ON s.name = c.server_id
                WHERE c.id = ANY (counted)
                  AND c.status IN ('connecting', 'connected')
                  AND COALESCE(c.last_activity, c.connected_at) >= heard_after
                  AND COALESCE(t.heard_at >= heard_after, TRUE)
                  AND COALESCE(t.status NOT IN ('unhealthy', 'unreachable'), TRUE)
                  AND s.enabled IS NOT FALSE
                ORDER BY c.id
            );
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
            FOR NO KEY UPDATE
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
            PERFORM FROM server_status t
            WHERE t.server_id = ANY (replaced.servers || connection_open.server_id)
            ORDER BY t.server_id
            FOR NO KEY UPDATE;
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
            PERFORM FROM vpn_connections c
            WHERE c.server_id = connection_open.server_id
              AND c.virtual_ip IN (connection_open.virtual_ip, address6)
              AND c.id <> ALL (holders)
              AND c.status IN ('connecting', 'connected');
            IF NOT FOUND AND address6 IS NOT NULL THEN
                PERFORM FROM vpn_connections c
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
            plain_address(connection_open.client_ip),
            connection_open.virtual_ip,
            address6,
            plain_address(connection_open.public_ip),
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
          AND proname = 'connection_open'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
