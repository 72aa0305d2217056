-- One-time passwords: a code sent to a phone number, the tries at it, the ticket that a right one is traded for, and what
-- the report counts. The rules are in the functions of migrations/V8__guard_one_time_passwords.sql, so that each is decided
-- in one round trip under its locks; src/otp/ gives them their numbers.

--: SendDecision(code_ends_at?, retry_after_seconds?)
--: Trial(retry_after_seconds?)
--: Guard(locked_until?, code_expires_at?)

--! send (ip_address?) : SendDecision
--- Records a code for a number and a purpose, unless a limit says no: `code_ends_at` says until when it is good, or
--- `retry_after_seconds` how long to wait. The budgets are parallel arrays, in the order of budget and key; all are charged
--- or none. Run it outside a transaction, whose rollback would give the charge back.
--- Index: otp_numbers_pkey, otp_guards_pkey, otp_budgets_pkey. Locks: the number's row, then the budgets' rows.
SELECT code_ends_at, retry_after_seconds
FROM otp_send(:phone_number, :purpose, :code_mac, :key_id, :ip_address, :lifetime_seconds, :cool_down_seconds,
              :most_an_hour, :most_a_day, :most_failures, :closed_seconds, :budgets, :keys, :limits, :windows);

--! verify (ip_address?, budget_key?) : Trial
--- Compares a code with the number's live one, counts the try, and spends the code or counts the failure and locks the
--- number, in one statement. `code_macs` has the code under each key of `key_ids`. If `verified`, the ticket exists from
--- now on. Run it outside a transaction, whose rollback would give the try back.
--- Index: otp_numbers_pkey, otp_guards_pkey, otp_budgets_pkey, otp_attempts_pkey. Locks: the number's row, then the
--- budget's.
SELECT verified, retry_after_seconds
FROM otp_verify(:phone_number, :purpose, :code_macs, :key_ids, :ip_address, :most_tries, :lock_every, :lock_seconds,
                :most_failures, :budget, :budget_key, :budget_limit, :budget_window, :ticket_hash, :ticket_seconds);

--! spend_ticket
--- Spends a ticket and returns its phone number; no row means that it is spent, expired, for another purpose, or made up.
--- With `kills_others` every code and every other ticket of the number goes with it.
--- Run it in the transaction of what the ticket allows: a rollback gives it back.
--- Index: otp_tickets_pkey, otp_numbers_pkey, otp_guards_pkey. Locks: the number's row, then the ticket.
SELECT phone_number FROM otp_spend_ticket(:ticket_hash, :purpose, :kills_others);

--! forget
--- Kills every live code and ticket of a number, whatever they were for; returns 1.
--- Index: otp_numbers_pkey, otp_guards_pkey, idx_otp_tickets_phone_number. Locks: the number's row, then its tickets.
SELECT 1 AS forgotten FROM otp_forget(:phone_number);

--! guards : Guard
--- What is known of a number's tries, by purpose: failures in a row, until when it is locked, how many codes the number was
--- sent over the last day for whatever purpose, and until when its live code is good. For operators; the code itself is
--- nowhere.
--- Index: otp_guards_pkey, otp_numbers_pkey. Locks: nothing.
SELECT g.purpose,
       g.failures,
       g.locked_until,
       (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day,
       CASE WHEN g.code_mac IS NOT NULL AND g.code_expires_at > CURRENT_TIMESTAMP THEN g.code_expires_at END AS code_expires_at
FROM otp_guards g
JOIN otp_numbers n ON n.phone_number = g.phone_number
WHERE g.phone_number = :phone_number
ORDER BY g.purpose;

--! unlock
--- Forgets the failures of a number and opens it again, for every purpose: the operator's answer to a number that was
--- locked or closed. `unlocked` is false if there was nothing to forget.
--- Index: otp_numbers_pkey, otp_guards_pkey. Locks: the number's row, then its guards.
SELECT unlocked FROM otp_unlock(:phone_number) AS unlocked;
