-- A new name that looks like another one is refused, also like that of a person who was erased.
--
-- Why: see V86. Names of before may look alike and stay: only a checked name has to be unlike all others. Two checked names are kept
-- apart by a unique index, at every isolation level; a checked name and one of before by a trigger, because the latter is there already.
-- Locks: SHARE on users while two indexes are built: writers wait for about a second per million accounts; SHARE ROW EXCLUSIVE for a
-- trigger.

-- Serves look-ups by the skeleton as well. Names that are not checked are unique by their ids.
-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE UNIQUE INDEX IF NOT EXISTS idx_users_name_skeleton
    ON users (name_skeleton, (CASE WHEN name_is_checked THEN 0::BIGINT ELSE id END))
    WHERE name_skeleton IS NOT NULL;
-- What the maintenance has to do.
-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE INDEX IF NOT EXISTS idx_users_without_skeleton ON users (id) WHERE name_skeleton IS NULL;

-- A name that changes without its skeleton has none until the maintenance has computed it.
CREATE OR REPLACE FUNCTION forget_skeleton() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_skeleton := NULL;
    NEW.name_is_checked := FALSE;
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS skeleton_of_username ON users;
CREATE TRIGGER skeleton_of_username
    BEFORE UPDATE OF username ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username AND OLD.name_skeleton IS NOT DISTINCT FROM NEW.name_skeleton)
    EXECUTE FUNCTION forget_skeleton();

-- Refuses the name of an erased person, and one that looks like it, with unique_violation, constraint erased_names_pkey; and a checked
-- name that looks like another, constraint idx_users_name_skeleton. The hashes are written and removed again, because a unique index
-- decides exactly at every isolation level, and while the person is being erased.
-- Locks: the hashes of the name and its skeleton, in order, until the transaction ends.
CREATE OR REPLACE FUNCTION refuse_erased_name() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    hashes BYTEA[] := ARRAY(
        SELECT DISTINCT name_hash(n.name)
        FROM (VALUES (NEW.username::TEXT), (NEW.name_skeleton)) AS n (name)
        WHERE n.name IS NOT NULL
        ORDER BY 1
    );
BEGIN
    IF EXISTS (SELECT FROM erased_names e WHERE e.name_hash = ANY (hashes)) THEN
        RAISE EXCEPTION 'the name of the account belonged to a person who was erased, or looks like it'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'erased_names_pkey', TABLE = 'erased_names',
                  HINT = 'Choose another name.';
    END IF;
    IF NEW.name_is_checked
       AND EXISTS (SELECT FROM users u WHERE u.name_skeleton = NEW.name_skeleton AND u.id <> NEW.id) THEN
        RAISE EXCEPTION 'the name of the account looks like that of another account'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'idx_users_name_skeleton', TABLE = 'users',
                  HINT = 'Choose another name.';
    END IF;
    INSERT INTO erased_names (name_hash) SELECT h.hash FROM UNNEST(hashes) AS h (hash) ORDER BY h.hash;
    DELETE FROM erased_names e WHERE e.name_hash = ANY (hashes);
    RETURN NULL;
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
          AND proname IN ('forget_skeleton', 'refuse_erased_name')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
-- Refuses the name of an erased person with unique_violation, constraint erased_names_pkey. The hash is written and removed again,
-- because a unique index decides exactly at every isolation level, and while the person is being erased.
-- Locks: the hash of the name, until the transaction ends.
CREATE OR REPLACE FUNCTION refuse_erased_name() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_names e WHERE e.name_hash = name_hash(NEW.username)) THEN
        RAISE EXCEPTION 'the name of the account belonged to a person who was erased'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'erased_names_pkey', TABLE = 'erased_names',
                  HINT = 'Choose another name.';
    END IF;
    INSERT INTO erased_names (name_hash) VALUES (name_hash(NEW.username));
    DELETE FROM erased_names e WHERE e.name_hash = name_hash(NEW.username);
    RETURN NULL;
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
          AND proname IN ('refuse_erased_name')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
DROP TRIGGER IF EXISTS skeleton_of_username ON users;
DROP FUNCTION IF EXISTS forget_skeleton();
DROP INDEX IF EXISTS idx_users_without_skeleton;
DROP INDEX IF EXISTS idx_users_name_skeleton;
*/
