-- Sessions: who is signed in, on which device, and until when.
-- The table holds hashes of tokens only, and no query returns one. A session whose revoked flag is NULL counts as
-- revoked.

--: Session(device_info?, ip_address?, user_agent?, created_at?, last_activity?, revoked_at?, revoked_reason?)
--: NewSession()
--: ValidSession(phone_number?, created_at?, last_activity?)
--: RotatedSession()

--! create (device_info?, ip_address?, user_agent?) : NewSession
--- Opens a session of `ttl_seconds` for a usable account; no row means that the account is unknown, deactivated or
--- expired.
--- Index: users_pkey. Locks: the inserted row; the foreign key holds the account against deletion.
INSERT INTO user_sessions
    (user_id, token_hash, device_info, ip_address, user_agent, created_at, last_activity, expires_at)
SELECT u.id,
       :token_hash::TEXT,
       :device_info::TEXT,
       :ip_address::INET,
       :user_agent::TEXT,
       CURRENT_TIMESTAMP,
       CURRENT_TIMESTAMP,
       CURRENT_TIMESTAMP + MAKE_INTERVAL(secs => :ttl_seconds::DOUBLE PRECISION)
FROM users u
WHERE u.id = :user_id
  AND u.active IS NOT FALSE
  AND COALESCE(u.expires_at > CURRENT_TIMESTAMP, TRUE)
RETURNING id, expires_at;

--! validate : ValidSession
--- The live session with this token hash and the account it belongs to. No row means that the token is unknown, revoked
--- or expired, or that the account is deactivated or expired; say no more than that to the caller.
--- Index: idx_sessions_token_hash, users_pkey. Locks: nothing.
SELECT s.id AS session_id,
       u.id AS user_id,
       u.username,
       u.phone_number,
       COALESCE(u.server_id, '') AS server_id,
       s.created_at,
       s.last_activity,
       s.expires_at
FROM user_sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = :token_hash
  AND s.revoked = FALSE
  AND s.expires_at > CURRENT_TIMESTAMP
  AND u.active IS NOT FALSE
  AND COALESCE(u.expires_at > CURRENT_TIMESTAMP, TRUE);

--! touch
--- Records use of a live session now, if the stored time is older than `min_age_seconds`; never moves it backwards. 0
--- rows means that it is recent enough, or that the session is not live.
--- Index: user_sessions_pkey. Locks: the row, if it is written.
UPDATE user_sessions
SET last_activity = CURRENT_TIMESTAMP
WHERE id = :id
  AND revoked = FALSE
  AND expires_at > CURRENT_TIMESTAMP
  AND (last_activity IS NULL
       OR last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:min_age_seconds::DOUBLE PRECISION, 0)));

--! touch_batch
--- Records when many sessions were last used: `ids` and `seen_at` go in pairs. An id that is unknown or revoked is
--- skipped, of a repeated one the newest time counts, a time in the future counts as now, and no time moves backwards.
--- The number of rows is the number of times moved.
--- Index: user_sessions_pkey. Locks: the rows, in id order.
WITH seen AS (
    SELECT t.id, LEAST(MAX(t.seen_at), CURRENT_TIMESTAMP) AS seen_at
    FROM UNNEST(:ids::INTEGER[], :seen_at::TIMESTAMPTZ[]) AS t (id, seen_at)
    WHERE t.seen_at IS NOT NULL
    GROUP BY t.id
),
locked AS (
    SELECT s.id, seen.seen_at
    FROM user_sessions s
    JOIN seen ON seen.id = s.id
    WHERE s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
)
UPDATE user_sessions s
SET last_activity = locked.seen_at
FROM locked
WHERE s.id = locked.id
  AND (s.last_activity IS NULL OR s.last_activity < locked.seen_at);

--! extend
--- Moves the end of a live session to `ttl_seconds` from now, never closer, and returns it; no row means that the
--- session is not live.
--- Index: user_sessions_pkey. Locks: the row.
UPDATE user_sessions
SET expires_at = GREATEST(expires_at, CLOCK_TIMESTAMP() + MAKE_INTERVAL(secs => :ttl_seconds::DOUBLE PRECISION))
WHERE id = :id
  AND revoked = FALSE
  AND expires_at > CLOCK_TIMESTAMP()
RETURNING expires_at;

--! rotate : RotatedSession
--- Replaces the token of a live session and gives it `ttl_seconds` from now. Of several callers with one old token
--- exactly one gets the row; no row means that the token is unknown, already replaced, revoked or expired.
--- Index: idx_sessions_token_hash. Locks: the row.
UPDATE user_sessions
SET token_hash    = :new_token_hash,
    last_activity = CLOCK_TIMESTAMP(),
    expires_at    = CLOCK_TIMESTAMP() + MAKE_INTERVAL(secs => :ttl_seconds::DOUBLE PRECISION)
WHERE token_hash = :token_hash
  AND revoked = FALSE
  AND expires_at > CLOCK_TIMESTAMP()
RETURNING id, user_id, expires_at;

--! list_by_user : Session
--- One page of all sessions of a user, ended ones included, newest first. Start with `before_id` i32::MAX, go on with
--- the last id received.
--- Index: idx_sessions_user_id. Locks: nothing.
SELECT id,
       user_id,
       device_info,
       ip_address,
       user_agent,
       created_at,
       expires_at,
       last_activity,
       COALESCE(revoked, TRUE) AS revoked,
       revoked_at,
       revoked_reason
FROM user_sessions
WHERE user_id = :user_id
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! list_active : Session
--- One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` i32::MAX.
--- Index: idx_sessions_user_id. Locks: nothing.
SELECT id,
       user_id,
       device_info,
       ip_address,
       user_agent,
       created_at,
       expires_at,
       last_activity,
       COALESCE(revoked, TRUE) AS revoked,
       revoked_at,
       revoked_reason
FROM user_sessions
WHERE user_id = :user_id
  AND revoked = FALSE
  AND expires_at > CURRENT_TIMESTAMP
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! count_active
--- How many live sessions a user has. To enforce a maximum, call `users::lock_by_id` first, in the same transaction.
--- Index: idx_sessions_user_id. Locks: nothing.
SELECT COUNT(*) AS active
FROM user_sessions
WHERE user_id = :user_id
  AND revoked = FALSE
  AND expires_at > CURRENT_TIMESTAMP;

--! revoke_one
--- Ends one session, if it is this user's. 0 rows means that it is not, or has been revoked already.
--- Index: user_sessions_pkey. Locks: the row.
UPDATE user_sessions
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
WHERE id = :id
  AND user_id = :user_id
  AND revoked = FALSE;

--! revoke_by_token
--- Ends the session with this token hash (sign-out). 0 rows means unknown, or revoked already.
--- Index: idx_sessions_token_hash. Locks: the row.
UPDATE user_sessions
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
WHERE token_hash = :token_hash
  AND revoked = FALSE;

--! revoke_others
--- Ends every session of a user except one; the number of rows is the number ended, expired ones included.
--- Index: idx_sessions_revoked, user_sessions_pkey. Locks: the rows, in id order.
WITH targets AS (
    SELECT id
    FROM user_sessions
    WHERE user_id = :user_id
      AND id <> :keep_id
      AND revoked = FALSE
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE user_sessions s
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
FROM targets
WHERE s.id = targets.id;

--! revoke_all
--- Ends every session of a user; the number of rows is the number ended, expired ones included.
--- Index: idx_sessions_revoked, user_sessions_pkey. Locks: the rows, in id order.
WITH targets AS (
    SELECT id
    FROM user_sessions
    WHERE user_id = :user_id
      AND revoked = FALSE
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE user_sessions s
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
FROM targets
WHERE s.id = targets.id;

--! revoke_oldest
--- Ends the live sessions of a user except the newest `keep`; the number of rows is the number ended. For a maximum
--- that holds, call `users::lock_by_id` first, in the same transaction.
--- Index: idx_sessions_user_id, user_sessions_pkey. Locks: the rows, in id order.
WITH surplus AS (
    SELECT id
    FROM user_sessions
    WHERE user_id = :user_id
      AND revoked = FALSE
      AND expires_at > CURRENT_TIMESTAMP
    ORDER BY id DESC
    OFFSET :keep::BIGINT
),
targets AS (
    SELECT s.id
    FROM user_sessions s
    JOIN surplus ON surplus.id = s.id
    WHERE s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
)
UPDATE user_sessions s
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
FROM targets
WHERE s.id = targets.id;
