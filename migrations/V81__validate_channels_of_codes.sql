-- Validates the constraint of V75.
--
-- Why: a constraint that is not validated is a finding of doctor, and PostgreSQL does not use it in plans.
-- Locks: SHARE UPDATE EXCLUSIVE on otp_attempts, which neither readers nor writers wait for, while it reads the table: the report of
-- an hour.

ALTER TABLE otp_attempts VALIDATE CONSTRAINT chk_otp_attempts_channel;

/* rollback
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_channel;
ALTER TABLE otp_attempts
    ADD CONSTRAINT chk_otp_attempts_channel CHECK (channel IN ('sms', 'whatsapp', 'voice', 'email')) NOT VALID;
*/
