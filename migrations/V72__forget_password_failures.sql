-- A new password, a new name and the end of an account forget its wrong passwords.
--
-- Why: a user who has reset a password by a code must be able to sign in with it, and of a person who was erased nothing stays. Triggers,
-- so that every statement which writes an account does it.
-- Locks: SHARE ROW EXCLUSIVE on users, for a change of the catalogue only.

-- Forgets the wrong passwords of the account, and those at its number from before the number had an account.
-- Locks: the rows in password_failures, after the account.
CREATE OR REPLACE FUNCTION forget_password_failures() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM password_failures f
    WHERE f.name_hash IN (name_hash(OLD.username), name_hash(OLD.phone_number));
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS account_change_forgets_password_failures ON users;
CREATE TRIGGER account_change_forgets_password_failures
    AFTER UPDATE OF username, password_hash ON users
    FOR EACH ROW
    WHEN (OLD.username IS DISTINCT FROM NEW.username OR OLD.password_hash IS DISTINCT FROM NEW.password_hash)
    EXECUTE FUNCTION forget_password_failures();
DROP TRIGGER IF EXISTS account_end_forgets_password_failures ON users;
CREATE TRIGGER account_end_forgets_password_failures
    AFTER DELETE ON users
    FOR EACH ROW
    EXECUTE FUNCTION forget_password_failures();

-- As V28 does.
DO $$
DECLARE
    path TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname = 'forget_password_failures'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP TRIGGER IF EXISTS account_end_forgets_password_failures ON users;
DROP TRIGGER IF EXISTS account_change_forgets_password_failures ON users;
DROP FUNCTION IF EXISTS forget_password_failures();
*/
