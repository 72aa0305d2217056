-- One-time passwords: a code sent to a phone number, the tries at it, and what the report counts.
-- Only the newest code of a number is ever live, and whether one is live can't be learnt without spending a try.

--: SentCode()
--: RecentSends(newest_at?)
--: Verification()

--! send (ip_address?) : SentCode
--- Records a code sent to a phone number, good for `ttl_seconds`; whatever code the number had is dead from now on.
--- Call `lock_phone_number` and `recent_sends` first, in the same transaction, to keep to a cool-down.
--- Index: none needed. Locks: the inserted row only.
INSERT INTO otp_attempts
    (phone_number, otp_code, attempt_type, ip_address, created_at, expires_at)
SELECT :phone_number::TEXT,
       :otp_code::TEXT,
       'send',
       :ip_address::INET,
       clock.at,
       clock.at + MAKE_INTERVAL(secs => :ttl_seconds::DOUBLE PRECISION)
FROM (SELECT CLOCK_TIMESTAMP() AS at) AS clock
RETURNING id, expires_at;

--! recent_sends : RecentSends
--- How many codes a number was sent in the last `window_seconds`, and when the newest of them; always one row.
--- Index: idx_otp_phone_number. Locks: nothing; see `lock_phone_number`.
SELECT COUNT(*)        AS sent,
       MAX(created_at) AS newest_at
FROM otp_attempts
WHERE phone_number = :phone_number
  AND attempt_type = 'send'
  AND created_at > CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => :window_seconds::DOUBLE PRECISION);

--! verify : Verification
--- Compares a code with the number's live one, counts the try and, if it is right, spends the code, all in one
--- statement. `verified` says whether it was right; of any number of parallel callers exactly one is told so, and never
--- more than `max_attempts` tries are counted. No row means no live code: none sent, expired, spent, or out of tries.
--- Commit whatever the answer: a rollback would give the try back.
--- Index: idx_otp_phone_number, otp_attempts_pkey. Locks: the row of the newest code.
UPDATE otp_attempts
SET attempt_count   = COALESCE(attempt_count, 0) + 1,
    last_attempt_at = CLOCK_TIMESTAMP(),
    verified        = (otp_code = :otp_code),
    verified_at     = CASE WHEN otp_code = :otp_code THEN CLOCK_TIMESTAMP() END
WHERE id = (
        -- The newest code whatever its state, so that a spent one never brings an older one back.
        SELECT newest.id
        FROM otp_attempts newest
        WHERE newest.phone_number = :phone_number
          AND newest.attempt_type = 'send'
        ORDER BY newest.id DESC
        LIMIT 1
    )
  AND verified = FALSE
  AND expires_at > CLOCK_TIMESTAMP()
  AND COALESCE(attempt_count, 0) < :max_attempts
RETURNING COALESCE(verified, FALSE) AS verified, :max_attempts - attempt_count AS tries_left;

--! record_attempt (ip_address?)
--- Records for the report that a number tried a code, and whether it was right. The code itself is not kept; the limit
--- on tries does not depend on this row.
--- Index: none needed. Locks: the inserted row only.
INSERT INTO otp_attempts
    (phone_number, otp_code, attempt_type, ip_address, created_at, expires_at, verified, verified_at, attempt_count,
     last_attempt_at)
SELECT :phone_number::TEXT,
       '******',
       'verify',
       :ip_address::INET,
       clock.at,
       clock.at,
       :verified::BOOLEAN,
       CASE WHEN :verified THEN clock.at END,
       1,
       clock.at
FROM (SELECT CLOCK_TIMESTAMP() AS at) AS clock;

--! lock_phone_number
--- Makes every other caller with this number wait until the transaction ends; returns 1. Count and write in statements
--- that follow. Two numbers may share a lock, which costs a wait and nothing else.
--- Index: none. Locks: an advisory lock of the transaction, no row.
SELECT 1 AS locked
FROM (SELECT PG_ADVISORY_XACT_LOCK(HASHTEXTEXTENDED('barqnet otp ' || :phone_number, 0))) AS held;

--! failures_last_hour
--- How many wrong codes a number gave over the last hour, whichever code they were aimed at, so that a new code does
--- not wipe the slate; a code counts by its last try. Always one row.
--- Index: idx_otp_phone_number. Locks: nothing.
SELECT COALESCE(SUM(COALESCE(attempt_count, 0) - CASE WHEN verified THEN 1 ELSE 0 END), 0)::BIGINT AS failures
FROM otp_attempts
WHERE phone_number = :phone_number
  AND attempt_type = 'send'
  AND last_attempt_at > CLOCK_TIMESTAMP() - MAKE_INTERVAL(hours => 1);
