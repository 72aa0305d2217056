-- The pattern of phone numbers in otp_numbers has no backslash, so that it is the same whatever the session's settings are.
--
-- Why: with standard_conforming_strings = off, V8 stored ^+ in place of ^\+. That is no regular expression, and from then on
-- every code that is sent fails with 2201B. Such a database is repaired here; it can have no rows in otp_numbers.
-- Locks: ACCESS EXCLUSIVE on otp_numbers while the table is read once, half a second per million rows. It holds the
-- numbers of about two days.

-- barqnet: accepts constraint-without-not-valid: the table is small, it holds the numbers of about two days
DO $$
DECLARE
    pattern TEXT;
BEGIN
    SELECT PG_GET_CONSTRAINTDEF(oid) INTO pattern
    FROM pg_constraint
    WHERE conrelid = 'otp_numbers'::REGCLASS
      AND conname = 'chk_otp_numbers_phone_number';
    IF pattern IS NULL OR STRPOS(pattern, '^[+][1-9][0-9]{6,14}$') = 0 THEN
        ALTER TABLE otp_numbers DROP CONSTRAINT IF EXISTS chk_otp_numbers_phone_number;
        ALTER TABLE otp_numbers
            ADD CONSTRAINT chk_otp_numbers_phone_number CHECK (phone_number ~ '^[+][1-9][0-9]{6,14}$') NOT VALID;
        ALTER TABLE otp_numbers VALIDATE CONSTRAINT chk_otp_numbers_phone_number;
    END IF;
END
$$;

/* rollback
-- In this notation the backslash is one under every setting.
ALTER TABLE otp_numbers DROP CONSTRAINT IF EXISTS chk_otp_numbers_phone_number;
ALTER TABLE otp_numbers
    ADD CONSTRAINT chk_otp_numbers_phone_number CHECK (phone_number ~ E'^\\+[1-9][0-9]{6,14}$');
*/
