-- The new check of the times of attempts holds for older rows, too.
--
-- Why: a migration of its own, because V106 would otherwise lock otp_attempts exclusively while it is read.
-- Locks: SHARE UPDATE EXCLUSIVE on otp_attempts, which blocks neither readers nor writers, while it is read: half a second per
-- million rows. A table with a row that violates the check keeps it NOT VALID; doctor reports it.

DO $$
BEGIN
    ALTER TABLE otp_attempts VALIDATE CONSTRAINT chk_otp_attempts_times;
EXCEPTION WHEN check_violation THEN
    NULL;
END
$$;

/* rollback
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_times;
ALTER TABLE otp_attempts ADD CONSTRAINT chk_otp_attempts_times CHECK (
    LEAST(created_at, expires_at, verified_at, last_attempt_at) >= '0001-01-01 00:00:00+00'
    AND GREATEST(created_at, expires_at, verified_at, last_attempt_at) < '10000-01-01 00:00:00+00'
) NOT VALID;
*/
