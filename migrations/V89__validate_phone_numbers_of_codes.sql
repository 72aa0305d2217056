-- The constraint of V88 holds for all rows.
--
-- Why: they have satisfied the narrower one that it replaced.
-- Locks: SHARE UPDATE EXCLUSIVE on otp_numbers while the table is read; neither readers nor writers wait.

ALTER TABLE otp_numbers VALIDATE CONSTRAINT chk_otp_numbers_phone_number;

/* rollback
ALTER TABLE otp_numbers
    DROP CONSTRAINT IF EXISTS chk_otp_numbers_phone_number,
    ADD CONSTRAINT chk_otp_numbers_phone_number
        CHECK (phone_number ~ '^([+][1-9][0-9]{6,14}|#[A-Za-z0-9_-]{19})$') NOT VALID;
*/
