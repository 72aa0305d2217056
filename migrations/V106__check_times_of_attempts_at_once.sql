-- The times of an attempt are checked by two comparisons.
--
-- Why: see V61. Every send of a code writes one attempt and every check of a code two, and of what a check costs the inlined calls
-- of is_calendar_time were a seventh.
-- Locks: ACCESS EXCLUSIVE on otp_attempts, for a change of the catalogue only: the next migration reads its rows.

ALTER TABLE otp_attempts
    DROP CONSTRAINT IF EXISTS chk_otp_attempts_times,
    ADD CONSTRAINT chk_otp_attempts_times CHECK (
        LEAST(created_at, expires_at, verified_at, last_attempt_at) >= '0001-01-01 00:00:00+00'
        AND GREATEST(created_at, expires_at, verified_at, last_attempt_at) < '10000-01-01 00:00:00+00'
    ) NOT VALID;

/* rollback
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_times;
ALTER TABLE otp_attempts ADD CONSTRAINT chk_otp_attempts_times CHECK (
    is_calendar_time(created_at)
    AND is_calendar_time(expires_at)
    AND is_calendar_time(verified_at)
    AND is_calendar_time(last_attempt_at)
) NOT VALID;
DO $$
BEGIN
    ALTER TABLE otp_attempts VALIDATE CONSTRAINT chk_otp_attempts_times;
EXCEPTION WHEN check_violation THEN
    NULL;
END
$$;
*/
