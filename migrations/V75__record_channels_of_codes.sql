-- The report on codes says by which channel a code was sent.
--
-- Why: channels differ in price and in how many codes arrive; a service that changes the channel needs to see both.
-- Locks: ACCESS EXCLUSIVE on otp_attempts for a change of the catalogue only. Rows of tries and of earlier programs have NULL.

ALTER TABLE otp_attempts ADD COLUMN IF NOT EXISTS channel VARCHAR(20);
-- NOT VALID: the column is new, so that every row satisfies it; the table need not be read.
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_channel;
ALTER TABLE otp_attempts
    ADD CONSTRAINT chk_otp_attempts_channel CHECK (channel IN ('sms', 'whatsapp', 'voice', 'email')) NOT VALID;

/* rollback
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_channel, DROP COLUMN IF EXISTS channel;
*/
