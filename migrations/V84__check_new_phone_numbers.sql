-- New phone numbers of accounts have the form of ITU-T E.164.
--
-- Why: otp_numbers has this check and users had none, so that a number with blanks, or with 00 in place of the +, was stored and never
-- found by a sign-in. A trigger and no CHECK that is NOT VALID: PostgreSQL checks such a constraint at every UPDATE of an older row,
-- whatever it changes, and an account whose number breaks it could not be deactivated, synchronised or signed in any more. doctor
-- reports older rows.
-- Locks: SHARE ROW EXCLUSIVE on users for a trigger.

-- Refuses a phone number that is not + and 7 to 15 digits, of which the first is not 0, with check_violation, constraint
-- chk_users_phone_number. Which of these numbers are written in another way is known to numbering plans only: the crate's PhoneNumber.
CREATE OR REPLACE FUNCTION check_phone_number() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.phone_number !~ '^[+][1-9][0-9]{6,14}$' THEN
        RAISE EXCEPTION 'the phone number of the account is not in international form (E.164)'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'chk_users_phone_number', TABLE = 'users', COLUMN = 'phone_number',
                  HINT = 'Write + and 7 to 15 digits with the country code first, without blanks.';
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS phone_number_of_new_account ON users;
CREATE TRIGGER phone_number_of_new_account
    BEFORE INSERT ON users
    FOR EACH ROW
    WHEN (NEW.phone_number IS NOT NULL)
    EXECUTE FUNCTION check_phone_number();
DROP TRIGGER IF EXISTS phone_number_changed ON users;
CREATE TRIGGER phone_number_changed
    BEFORE UPDATE OF phone_number ON users
    FOR EACH ROW
    WHEN (NEW.phone_number IS DISTINCT FROM OLD.phone_number)
    EXECUTE FUNCTION check_phone_number();

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
          AND proname IN ('check_phone_number')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP TRIGGER IF EXISTS phone_number_changed ON users;
DROP TRIGGER IF EXISTS phone_number_of_new_account ON users;
DROP FUNCTION IF EXISTS check_phone_number();
*/
