-- One-time passwords: sending and verifying codes, and the tickets that verified codes are exchanged for. Tables and
-- functions: schema/otp.sql; limits and durations: src/otp/policy.rs. Each decision is one function call: one round trip,
-- under its locks.

--: SendDecision(code_ends_at?, retry_after_seconds?)
--: VerifyDecision(verified!, retry_after_seconds?)
--: OtpState(locked_until?, code_expires_at?)

--! send (ip_address?) : SendDecision
--- Records a new code for a phone number and a purpose, unless a limit refuses it. Returns either `code_ends_at`, the end of
--- the code's lifetime, or `retry_after_seconds` and `refused_by`, the limit, which no client should learn. The budgets are parallel arrays, in the order of budget and key; all are
--- charged or none. Run it outside a transaction: a rollback would undo the count.
--- Index: otp_numbers_pkey, otp_challenges_pkey, otp_budgets_pkey. Locks: the number's row, then the budgets' rows.
SELECT code_ends_at, retry_after_seconds, refused_by
FROM otp_send_code(:phone_number, :purpose, :code_mac, :key_id, :ip_address, :lifetime_seconds, :cool_down_seconds,
                   :max_sends_per_hour, :max_sends_per_day, :max_failures, :closed_seconds, :budgets, :keys, :limits,
                   :windows);

--! verify (ip_address?, budget_key?) : VerifyDecision
--- Compares a code with the number's live one and counts the try, in one statement: a right code is spent and creates the
--- ticket (`verified`), a wrong one counts as a failure and can lock the number. `code_macs` has the code under each key of
--- `key_ids`. `verified` is never NULL: otp_verify_code assigns it first. Run it outside a transaction: a rollback would undo the count.
--- Index: otp_numbers_pkey, otp_challenges_pkey, otp_budgets_pkey, otp_attempts_pkey. Locks: the number's row, then the
--- budget's.
SELECT verified, retry_after_seconds, refused_by
FROM otp_verify_code(:phone_number, :purpose, :code_macs, :key_ids, :ip_address, :max_tries_per_code, :lock_every,
                     :lock_seconds, :max_failures, :budget, :budget_key, :budget_limit, :budget_window, :ticket_hash,
                     :ticket_seconds);

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
--- The state of a phone number, one row per purpose: wrong codes in a row, the end of its lock, codes sent to the number
--- within 24 hours for all purposes together, and the end of its live code. For operators; the code itself is not stored.
--- Index: otp_challenges_pkey, otp_numbers_pkey. Locks: nothing.
SELECT c.purpose,
       c.failures,
       c.locked_until,
       (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day,
       CASE WHEN c.code_mac IS NOT NULL AND c.code_expires_at > CURRENT_TIMESTAMP THEN c.code_expires_at END AS code_expires_at
FROM otp_challenges c
JOIN otp_numbers n ON n.phone_number = c.phone_number
WHERE c.phone_number = :phone_number
ORDER BY c.purpose;

--! unlock : (unlocked!)
--- Resets the failures of a phone number for every purpose, and unlocks it. For an operator, after too many wrong codes.
--- `unlocked` is false if there was nothing to reset; it is never NULL.
--- Index: otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then its challenges.
SELECT unlocked FROM otp_unlock(:phone_number) AS unlocked;
