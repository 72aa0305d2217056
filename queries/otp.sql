-- One-time passwords: sending and verifying codes, and the tickets that verified codes are exchanged for. Tables and
-- functions: schema/otp.sql; limits and durations: src/otp/policy.rs. Each decision is one function call: one round trip,
-- under its locks.

--: SendDecision(code_id?, code_ends_at?, retry_after_seconds?)
--: VerifyDecision(verified!, retry_after_seconds?)
--: OtpState(locked_until?, known_locked_until?, code_expires_at?)

--! send (ip_address?, known_hash?, per_minute[?], per_hour[?], per_day[?]) : SendDecision
--- Records a new code for a phone number and a purpose, unless a limit refuses it. Returns either `code_id` and `code_ends_at`, the end
--- of the code's lifetime, or `retry_after_seconds` and `refused_by`, the limit, which no client should learn. The budgets are
--- parallel arrays, in the order of budget and key; all are charged or none. A refusal writes nothing. Run it outside a transaction:
--- a rollback would undo the count.
--- Index: otp_numbers_pkey, otp_challenges_pkey, otp_codes_pkey, rate_counters_pkey, rate_returns_pkey; with `known_hash`
--- idx_sessions_token_hash, users_pkey. Locks: the number's row, then the budgets' rows.
SELECT code_id, code_ends_at, retry_after_seconds, refused_by
FROM otp_issue_code(:phone_number, :purpose, :code_mac, :key_id, :ip_address, :channel, :known_hash, :lifetime_seconds,
                    :cool_down_seconds, :max_sends_per_hour, :max_sends_per_day, :max_failures, :max_unknown_failures,
                    :closed_seconds, :budgets, :keys, :shards, :per_minute, :per_hour, :per_day, :reserved_percent, :returns,
                    :prefix, :min_codes, :min_percent);

--! return_send : (returned!)
--- Takes back a code that reached nobody: it is deleted, and its number and every budget get the use back. `returned` is false if it
--- was verified, taken back or deleted before; it is never NULL.
--- Index: otp_numbers_pkey, otp_codes_pkey, rate_counters_pkey. Locks: the number's row, then the budgets' rows.
SELECT returned FROM otp_return_code(:phone_number, :purpose, :code_id) AS returned;

--! verify (ip_address?, known_hash?, per_minute[?], per_hour[?], per_day[?]) : VerifyDecision
--- Compares a code with the number's live ones and counts the try: a right code is spent and creates the ticket (`verified`), a wrong
--- one counts as a failure and can lock the number. `code_macs` has the code under each key of `key_ids`. `verified` is never NULL:
--- otp_check_code assigns it first. A refusal writes nothing. Run it outside a transaction: a rollback would undo the count.
--- Index: otp_numbers_pkey, otp_challenges_pkey, otp_codes_pkey, rate_counters_pkey, rate_returns_pkey, otp_attempts_pkey,
--- idx_otp_tickets_phone_number; with `known_hash` idx_sessions_token_hash, users_pkey. Locks: the number's row, then the budgets'
--- rows.
SELECT verified, retry_after_seconds, refused_by
FROM otp_check_code(:phone_number, :purpose, :code_macs, :key_ids, :ip_address, :known_hash, :max_tries_per_code, :lock_every,
                    :lock_seconds, :max_failures, :max_unknown_failures, :budgets, :keys, :per_minute, :per_hour, :per_day,
                    :ticket_hash, :ticket_seconds);

--! spend_ticket : (phone_number!)
--- Spends a ticket and returns its phone number. No row means that it is spent, expired, for another purpose, or unknown.
--- With `invalidate_others`, every code and every other ticket of the number becomes invalid, too.
--- Run it in the transaction of what the ticket allows: a rollback restores the ticket. `phone_number` is never NULL: it
--- is the one of the row that was deleted.
--- Index: otp_tickets_pkey, otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then the ticket.
SELECT phone_number FROM otp_spend_ticket(:ticket_hash, :purpose, :invalidate_others);

--! invalidate
--- Invalidates every live code and ticket of a phone number, for every purpose; returns 1.
--- Index: otp_numbers_pkey, otp_challenges_pkey, idx_otp_tickets_phone_number. Locks: the number's row, then its tickets.
SELECT 1 AS invalidated FROM otp_invalidate(:phone_number);

--! status : OtpState
--- The state of a phone number, one row per purpose that has failures or codes: wrong codes in a row, those of known devices among
--- them, the ends of the locks, codes sent to the number within 24 hours for all purposes together, and the end of its newest live
--- code. For operators; the code itself is not stored.
--- Index: otp_challenges_pkey, otp_codes_pkey, otp_numbers_pkey. Locks: nothing.
WITH purposes AS (
    SELECT purpose FROM otp_challenges WHERE phone_number = :phone_number
    UNION
    SELECT purpose FROM otp_codes WHERE phone_number = :phone_number
)
SELECT p.purpose,
       COALESCE(c.failures, 0) AS failures,
       COALESCE(c.known_failures, 0) AS known_failures,
       c.locked_until,
       c.known_locked_until,
       (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day,
       GREATEST(
           CASE WHEN c.code_mac IS NOT NULL AND c.code_expires_at > CURRENT_TIMESTAMP THEN c.code_expires_at END,
           (SELECT MAX(o.expires_at)
            FROM otp_codes o
            WHERE o.phone_number = n.phone_number AND o.purpose = p.purpose AND o.expires_at > CURRENT_TIMESTAMP)
       ) AS code_expires_at
FROM purposes p
JOIN otp_numbers n ON n.phone_number = :phone_number
LEFT JOIN otp_challenges c ON c.phone_number = n.phone_number AND c.purpose = p.purpose
ORDER BY p.purpose;

--! unlock : (unlocked!)
--- Resets the failures of a phone number for every purpose, and unlocks it. For an operator, after too many wrong codes.
--- `unlocked` is false if there was nothing to reset; it is never NULL.
--- Index: otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then its challenges.
SELECT unlocked FROM otp_unlock(:phone_number) AS unlocked;
