-- Passwords: tries that are limited, and what was counted. Tables and functions: schema/password.sql; limits and durations:
-- src/password/limits.rs. The hash is computed between the two statements, outside of the database: `try` counts a failure in
-- advance, and `verified` takes it back.

--: PasswordTry(charged_at?, counted_as?, uses_budgets?, user_id?, username?, stored_hash?, retry_after_seconds?, refused_by?)
--: PasswordState(locked_until?, known_locked_until?)

--! try_password (known_token_hash?, per_minute[?], per_hour[?], per_day[?]) : PasswordTry
--- Allows the password of an account to be compared, and counts the try as a failure, which `verified` takes back. Returns either
--- `charged_at`, `counted_as`, `uses_budgets` and the account, NULL if there is none; or `retry_after_seconds` and `refused_by`, the
--- limit, which no client should learn. `logins` are the forms of what was typed, the likeliest first. The budgets are parallel arrays,
--- in the order of budget and key; all are charged or none. Run it outside a transaction: a rollback would undo the count.
--- Index: idx_users_username, idx_users_phone_number, idx_sessions_token_hash, password_failures_pkey, rate_counters_pkey. Locks: the
--- row in password_failures, then the budgets' rows.
SELECT charged_at, counted_as, uses_budgets, user_id, username, stored_hash, retry_after_seconds, refused_by
FROM password_try(:logins, :by_phone_number, :known_token_hash, :has_code, :lock_every, :lock_seconds, :max_failures,
                  :max_known_failures, :budgets, :keys, :per_minute, :per_hour, :per_day);

--! verified
--- Forgets the wrong passwords of an account after a right one, and gives back what the try has used of the budgets; returns 1. Run it
--- in the transaction of what the password allows.
--- Index: password_failures_pkey, rate_counters_pkey. Locks: the row in password_failures, then the budgets' rows.
SELECT 1 AS forgotten FROM password_verified(:counted_as, :charged_at, :budgets, :keys);

--! renew_hash
--- Replaces the hash of a password that was just verified by one of another cost. 0 rows means that the account has another hash than
--- `verified_hash` by now.
--- Index: users_pkey. Locks: the row.
UPDATE users
SET password_hash = :renewed_hash
WHERE id = :id
  AND password_hash = :verified_hash;

--! status : PasswordState
--- The wrong passwords in a row of an account, and the ends of its locks: of strangers, and of known devices. For operators. No row
--- means that there are none.
--- Index: password_failures_pkey. Locks: nothing.
SELECT failures, locked_until, known_failures, known_locked_until, failed_at
FROM password_failures
WHERE name_hash = name_hash(:username);

--! unlock
--- Forgets the wrong passwords of an account, and unlocks it. For an operator who has verified that the owner requests it. 0 rows means
--- that there was nothing to forget.
--- Index: password_failures_pkey. Locks: the row.
DELETE FROM password_failures
WHERE name_hash = name_hash(:username);
