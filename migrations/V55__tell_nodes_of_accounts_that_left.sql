-- Nodes are told of accounts that they no longer have: a tombstone per server and name, until the node confirms it.
--
-- Why: users.synced tells a node of every change of its accounts, but an account that was moved, renamed, deleted or erased is no
-- account of the node any more, and the node kept it. A trigger leaves the tombstone for every program that writes.
-- Locks: creates a table; SHARE ROW EXCLUSIVE on users for a trigger.

-- id is the version: a node confirms the tombstone that it was sent, and no later one of the same name.
CREATE TABLE IF NOT EXISTS account_tombstones (
    id         BIGSERIAL,
    server_id  VARCHAR(255) NOT NULL,
    username   VARCHAR(255) NOT NULL,
    cause      TEXT NOT NULL CONSTRAINT chk_account_tombstones_cause CHECK (cause IN ('moved', 'renamed', 'deleted', 'erased')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (server_id, id),
    CONSTRAINT chk_account_tombstones_times CHECK (is_calendar_time(created_at))
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_account_tombstones_account ON account_tombstones (server_id, username);
-- For retention.
CREATE INDEX IF NOT EXISTS idx_account_tombstones_created_at ON account_tombstones (created_at);

-- An account that has left a server leaves a tombstone there; one that has come to it replaces the tombstone of its name.
-- Locks: the tombstones of the two names.
CREATE OR REPLACE FUNCTION leave_tombstone() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.server_id <> '' THEN
        INSERT INTO account_tombstones AS t (server_id, username, cause)
        VALUES (OLD.server_id, OLD.username,
                CASE
                    WHEN TG_OP = 'DELETE' THEN 'deleted'
                    WHEN NEW.username <> OLD.username THEN 'renamed'
                    ELSE 'moved'
                END)
        ON CONFLICT (server_id, username) DO UPDATE
        SET id         = EXCLUDED.id,
            cause      = EXCLUDED.cause,
            created_at = EXCLUDED.created_at;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        DELETE FROM account_tombstones t WHERE t.server_id = NEW.server_id AND t.username = NEW.username;
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS account_left ON users;
CREATE TRIGGER account_left
    AFTER UPDATE OF server_id, username ON users
    FOR EACH ROW
    WHEN (OLD.server_id IS DISTINCT FROM NEW.server_id OR OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION leave_tombstone();
DROP TRIGGER IF EXISTS account_came_or_went ON users;
CREATE TRIGGER account_came_or_went
    AFTER INSERT OR DELETE ON users
    FOR EACH ROW
    EXECUTE FUNCTION leave_tombstone();

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
          AND proname IN ('leave_tombstone')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP TRIGGER IF EXISTS account_came_or_went ON users;
DROP TRIGGER IF EXISTS account_left ON users;
DROP FUNCTION IF EXISTS leave_tombstone();
DROP TABLE IF EXISTS account_tombstones;
*/
