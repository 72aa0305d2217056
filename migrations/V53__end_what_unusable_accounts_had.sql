-- An account that is deactivated, moved to another server or expired loses its connections, and, unless it moved, its sessions.
--
-- Why: an account that expired stayed connected for as long as its node reported, and so did one that was deactivated or moved by
-- a statement that does nothing else. Whatever changes an account, a trigger ends what it had. Expiry is a moment at which
-- nothing is written: heartbeats compare it, and expire_accounts does the rest.
-- Locks: SHARE ROW EXCLUSIVE on users for a trigger, and the live connections of accounts that expire, in id order: writers wait for
-- a second per 100,000 such connections.

-- Ends the live connections of some users, all of them or those on one server, each with its statistics.
-- Locks: the connections in id order, then server by server, by name, as connection_end.
CREATE OR REPLACE FUNCTION connection_end_of_users(usernames TEXT[], on_server TEXT, reason TEXT, at_last_report BOOLEAN)
RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    ended INTEGER;
BEGIN
    SELECT COUNT(*) INTO ended
    FROM (
        SELECT l.server_id,
               ARRAY_AGG(l.id) AS ids
        FROM (
            SELECT c.id,
                   c.server_id::TEXT AS server_id
            FROM vpn_connections c
            WHERE c.username = ANY (usernames)
              AND c.status IN ('connecting', 'connected')
              AND (on_server IS NULL OR c.server_id = on_server)
            ORDER BY c.id
            FOR NO KEY UPDATE
        ) l
        GROUP BY l.server_id
        ORDER BY l.server_id
    ) live
    CROSS JOIN LATERAL connection_end(
        live.server_id, live.ids, 'disconnected', connection_end_of_users.reason, connection_end_of_users.at_last_report,
        NULL, NULL, NULL
    ) e;
    RETURN ended;
END
$$;

-- An account that was deactivated loses its sessions and connections, one that was moved its connections on the server that it
-- had. A new expiry reaches the live connections.
-- Locks: the account's row is locked; its sessions, then its connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION end_what_account_had() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.active IS FALSE AND OLD.active IS NOT FALSE THEN
        PERFORM session_revoke_all(NEW.id, 'account_deactivated');
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], NULL, 'account_deactivated', FALSE);
    ELSIF NEW.server_id IS DISTINCT FROM OLD.server_id AND OLD.server_id IS NOT NULL THEN
        PERFORM connection_end_of_users(ARRAY[NEW.username::TEXT], OLD.server_id::TEXT, 'account_moved', FALSE);
    END IF;
    IF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        UPDATE vpn_connections c
        SET account_expires_at = NEW.expires_at
        WHERE c.id IN (
            SELECT l.id
            FROM vpn_connections l
            WHERE l.username = NEW.username
              AND l.status IN ('connecting', 'connected')
            ORDER BY l.id
            FOR NO KEY UPDATE
        );
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS account_ended ON users;
CREATE TRIGGER account_ended
    AFTER UPDATE OF active, expires_at, server_id ON users
    FOR EACH ROW
    WHEN (OLD.active IS DISTINCT FROM NEW.active
          OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
          OR OLD.server_id IS DISTINCT FROM NEW.server_id)
    EXECUTE FUNCTION end_what_account_had();

-- Lets the expiry of up to batch accounts take effect, the earliest first: revokes their sessions, ends their connections as of
-- the last report, and marks them unsynced, so that their nodes are told. Returns how many; fewer than batch means that there are
-- no more. Accounts that another transaction holds are skipped.
-- Locks: the accounts, then their sessions in id order, then their connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION expire_accounts(batch BIGINT) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    user_ids  BIGINT[];
    usernames TEXT[];
BEGIN
    SELECT ARRAY_AGG(u.id), ARRAY_AGG(u.username::TEXT)
    INTO user_ids, usernames
    FROM (
        SELECT id, username
        FROM users
        WHERE expired_at IS DISTINCT FROM expires_at
          -- Stable, so that the index ends the search.
          AND expires_at <= STATEMENT_TIMESTAMP()
        ORDER BY expires_at
        LIMIT batch
        FOR NO KEY UPDATE SKIP LOCKED
    ) u;
    IF user_ids IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE users
    SET expired_at = expires_at,
        synced     = FALSE
    WHERE id = ANY (user_ids);
    PERFORM FROM user_sessions s WHERE s.user_id = ANY (user_ids) AND s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE user_sessions s
    SET revoked        = TRUE,
        revoked_at     = CLOCK_TIMESTAMP(),
        revoked_reason = 'account_expired'
    WHERE s.user_id = ANY (user_ids)
      AND s.revoked = FALSE;
    PERFORM connection_end_of_users(usernames, NULL, 'account_expired', TRUE);
    RETURN CARDINALITY(user_ids);
END
$$;

-- CREATE OR REPLACE removes the search_path that V28 gave to functions.
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
          AND proname IN ('connection_end_of_users', 'end_what_account_had', 'expire_accounts')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

-- Connections that are live already. After the trigger, so that no change of an account is missed.
UPDATE vpn_connections c
SET account_expires_at = u.expires_at
FROM users u
WHERE u.username = c.username
  AND c.id IN (
      SELECT l.id
      FROM vpn_connections l
      JOIN users a ON a.username = l.username
      WHERE l.status IN ('connecting', 'connected')
        AND l.account_expires_at IS DISTINCT FROM a.expires_at
      ORDER BY l.id
      FOR NO KEY UPDATE OF l
  );

/* rollback
-- What account_expires_at holds goes with V50.
DROP FUNCTION IF EXISTS expire_accounts(BIGINT);
DROP TRIGGER IF EXISTS account_ended ON users;
DROP FUNCTION IF EXISTS end_what_account_had();
DROP FUNCTION IF EXISTS connection_end_of_users(TEXT[], TEXT, TEXT, BOOLEAN);
*/
