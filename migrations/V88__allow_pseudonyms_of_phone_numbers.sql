-- The limits of an erased person's phone number can stand under a pseudonym: # and 19 characters of a keyed hash.
--
-- Why: the number of an erased person stayed in otp_numbers for as long as its limits limited anything, after a wrong code forever. To
-- delete them would be the way around the limits. The service has the key, so that nobody who has the database can try numbers.
-- Locks: ACCESS EXCLUSIVE on otp_numbers for a moment.

ALTER TABLE otp_numbers
    DROP CONSTRAINT IF EXISTS chk_otp_numbers_phone_number,
    ADD CONSTRAINT chk_otp_numbers_phone_number
        CHECK (phone_number ~ '^([+][1-9][0-9]{6,14}|#[A-Za-z0-9_-]{19})$') NOT VALID;

/* rollback
-- The limits of erased numbers are lost.
DELETE FROM otp_numbers WHERE STARTS_WITH(phone_number, '#');
ALTER TABLE otp_numbers
    DROP CONSTRAINT IF EXISTS chk_otp_numbers_phone_number,
    ADD CONSTRAINT chk_otp_numbers_phone_number CHECK (phone_number ~ '^[+][1-9][0-9]{6,14}$');
*/
