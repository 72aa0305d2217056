-- connection_open refuses to keep a user's limit of connections above READ COMMITTED.
--
-- Why: it is given the number of the user's live connections, which a transaction at REPEATABLE READ or SERIALIZABLE counts
-- as of its beginning: transactions that wait for each other would all count too few. The crate opens connections at READ
-- COMMITTED; this is for programs that call the function in a transaction of their own.
-- Locks: replaces a function only.

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
        INSERT INTO server_status AS s (server_id, live_connections)
        VALUES (connection_open.server_id, 1)
        ON CONFLICT (server_id) DO UPDATE
        SET live_connections = s.live_connections + 1
        RETURNING s.live_connections INTO live_on_server;
    END IF;
    RETURN NEXT;
END
$$;

/* rollback
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
        INSERT INTO server_status AS s (server_id, live_connections)
        VALUES (connection_open.server_id, 1)
        ON CONFLICT (server_id) DO UPDATE
        SET live_connections = s.live_connections + 1
        RETURNING s.live_connections INTO live_on_server;
    END IF;
    RETURN NEXT;
END
$$;
*/
