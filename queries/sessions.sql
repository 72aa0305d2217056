-- Sessions: who is signed in, on which device, and until when. Tables and functions: schema/sessions.sql; limits and
-- durations: src/sessions/policy.rs.
-- The table holds hashes of tokens only, and no query returns one. A session whose revoked flag is NULL counts as revoked.
-- session_is_live() decides whether a session is live: not revoked, before its end, used within `idle_seconds`, and opened
-- after its user's last sign-out everywhere.

--: Session(device_id?, device_info?, ip_address?, user_agent?, created_at?, last_activity?, revoked_at?, revoked_reason?)
--: Opening(outcome!, session_id?, session_ends_at?, ended!)
--: ValidSession(phone_number?, device_id?, created_at?, last_activity?)
--: Rotation(outcome!, session_id?, user_id?, session_ends_at?, generation?)

--! create (device_id?, device_info?, ip_address?, user_agent?, max_sessions?, verified_password_hash?) : Opening
--- Opens a session within the limit of `max_sessions` per user, NULL for no limit. At the limit, `ends_oldest` ends the least
--- recently used session; otherwise the new one is refused. A session of a device replaces the device's earlier ones. `outcome`
--- is created, unusable, device_not_registered, limit_reached, password_changed or token_in_use, which means that a session has
--- this hash or had it before; `outcome` and `ended` are never NULL.
--- Above READ COMMITTED it fails with 40001 if another session of the user was created after the transaction began.
--- Index: users_pkey, user_devices_pkey, idx_sessions_revoked, session_token_history_pkey. Locks: the account's row, then the device,
--- then the sessions that end.
SELECT outcome, session_id, session_ends_at, ended
FROM session_create(:user_id, :token_hash, :device_id, :device_info, plain_address(:ip_address), :user_agent,
                    :lifetime_seconds, :idle_seconds, :max_sessions, :ends_oldest, :verified_password_hash);

--! validate : ValidSession
--- The live session with this token hash, and its usable account. `touch_is_due`: its last use was recorded more than
--- `touch_after_seconds` ago. `token_presented`: FALSE as long as `present` did not record that this token was used. No row means that the token is unknown, replaced, revoked, expired or idle, or that the
--- account is deactivated or expired; do not disclose which. On a replica, what was revoked or replaced a moment ago can still be there, and
--- what is new can be missing: `sessions::validate_on_replica` knows.
--- Index: idx_sessions_token_hash, users_pkey. Locks: nothing.
SELECT s.id AS session_id,
       u.id AS user_id,
       u.username,
       u.phone_number,
       COALESCE(u.server_id, '') AS server_id,
       u.role,
       s.device_id,
       s.created_at,
       s.last_activity,
       s.expires_at,
       COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :touch_after_seconds)
                OR s.last_activity > CURRENT_TIMESTAMP, TRUE) AS touch_is_due,
       s.token_presented
FROM user_sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = :token_hash
  AND session_is_live(s, u.sessions_valid_after, :idle_seconds)
  AND account_is_usable(u.active, u.expires_at);

--! present
--- Records that a token was used after a rotation: from now on the token that it replaced ends the session. 0 rows means that the
--- token was replaced meanwhile, or that the session was revoked.
--- Index: user_sessions_pkey. Locks: the row, by a HOT update.
UPDATE user_sessions s
SET token_presented = TRUE,
    last_activity   = GREATEST(s.last_activity, CURRENT_TIMESTAMP)
WHERE s.id = :id
  AND s.token_hash = :token_hash
  AND s.revoked = FALSE;

--! touch
--- Records use of a session at this moment if the session is live and the stored time is older than `touch_after_seconds`;
--- moves the time backwards only from the future. 0 rows means that it is recent enough, or that the session is over. Does not check the
--- account: call `validate` first.
--- Index: user_sessions_pkey. Locks: the row, if it is written, by a HOT update.
UPDATE user_sessions s
SET last_activity = CURRENT_TIMESTAMP
WHERE s.id = :id
  AND session_is_live(s, NULL, :idle_seconds)
  AND COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:touch_after_seconds::DOUBLE PRECISION, 0))
               OR s.last_activity > CLOCK_TIMESTAMP(), TRUE);

--! touch_batch
--- Records when many sessions were last used: `ids` and `seen_at` are parallel arrays. Skips ids that are unknown, revoked,
--- or were idle for more than `idle_seconds` when seen, and times that are not in the years 1 to 9999. The newest time of a
--- repeated id counts, a time in the future counts as now, and no time moves backwards, except from the future. The number of rows is the number of
--- sessions updated.
--- Index: user_sessions_pkey. Locks: the rows, in id order.
WITH seen AS (
    SELECT t.id, LEAST(MAX(t.seen_at), CURRENT_TIMESTAMP) AS seen_at
    FROM UNNEST(:ids::BIGINT[], :seen_at::TIMESTAMPTZ[]) AS t (id, seen_at)
    WHERE t.seen_at >= '0001-01-01 00:00:00+00'
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
  AND s.expires_at > locked.seen_at
  AND (s.last_activity IS NULL OR s.last_activity < locked.seen_at OR s.last_activity > CLOCK_TIMESTAMP())
  -- Added to the earlier time: the later one less the interval can be out of range.
  AND COALESCE(s.last_activity, s.created_at) + MAKE_INTERVAL(secs => :idle_seconds) > locked.seen_at;

--! rotate (ip_address?, family_hash?, session_id?) : Rotation
--- Replaces the token of a live session. `outcome` is rotated, also again for the same token as long as its successor was not
--- presented, which is dead then; concurrent: the token was replaced less than `grace_seconds` ago, and another process has the valid
--- one; reused: the token was replaced before, and the session is revoked now; token_in_use: the new token is the old one, or a
--- session has it or had it lately; invalid: everything else; `outcome` is never NULL. `family_hash` or `session_id` identifies the
--- session of a token that was replaced long ago. Of several tokens of a session the one with the highest `generation` is valid.
--- Index: idx_sessions_token_hash, session_token_history_pkey, idx_session_token_history_session_id, idx_sessions_family_hash. Locks:
--- the session's row.
SELECT outcome, session_id, user_id, session_ends_at, generation
FROM session_rotate(
    :token_hash, :new_token_hash, plain_address(:ip_address), :idle_seconds, :grace_seconds, :family_hash::TEXT, :session_id::BIGINT
);

--! list_by_user : Session
--- One page of all sessions of a user, ended ones included, newest first. Start with `before_id` i64::MAX, continue
--- with the last id received.
--- Index: idx_sessions_user_id. Locks: nothing.
SELECT id,
       user_id,
       device_id,
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
-- An expression, so that PostgreSQL reads this user's sessions instead of the whole table backwards.
ORDER BY id + 0 DESC
LIMIT :limit::BIGINT;

--! list_active : Session
--- One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` i64::MAX.
--- Index: idx_sessions_revoked, users_pkey. Locks: nothing.
SELECT s.id,
       s.user_id,
       s.device_id,
       s.device_info,
       s.ip_address,
       s.user_agent,
       s.created_at,
       s.expires_at,
       s.last_activity,
       COALESCE(s.revoked, TRUE) AS revoked,
       s.revoked_at,
       s.revoked_reason
FROM user_sessions s
JOIN users u ON u.id = s.user_id
WHERE s.user_id = :user_id
  AND session_is_live(s, u.sessions_valid_after, :idle_seconds)
  AND s.id < :before_id
-- An expression, so that PostgreSQL reads this user's sessions instead of the whole table backwards.
ORDER BY s.id + 0 DESC
LIMIT :limit::BIGINT;

--! count_active
--- The number of live sessions of a user.
--- Index: idx_sessions_revoked, users_pkey. Locks: nothing.
SELECT COUNT(*) AS active
FROM user_sessions s
JOIN users u ON u.id = s.user_id
WHERE s.user_id = :user_id
  AND session_is_live(s, u.sessions_valid_after, :idle_seconds);

--! revoke_one
--- Revokes one session of this user. 0 rows means that the user has no such session, or that it is revoked already.
--- Index: user_sessions_pkey. Locks: the row.
UPDATE user_sessions
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
WHERE id = :id
  AND user_id = :user_id
  AND revoked = FALSE;

--! revoke_some
--- Revokes these sessions of this user, and returns how many. Those of other users, and those that are revoked already, are left
--- alone.
--- Index: user_sessions_pkey. Locks: the rows, in id order.
WITH chosen AS (
    SELECT s.id
    FROM user_sessions s
    WHERE s.id = ANY (:ids)
      AND s.user_id = :user_id
      AND s.revoked = FALSE
    ORDER BY s.id
    FOR NO KEY UPDATE
)
UPDATE user_sessions s
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
FROM chosen
WHERE s.id = chosen.id;

--! revoke_by_token
--- Revokes the session with this token hash (sign-out). 0 rows means that there is none, or that it is revoked already.
--- Index: idx_sessions_token_hash. Locks: the row.
UPDATE user_sessions
SET revoked        = TRUE,
    revoked_at     = CLOCK_TIMESTAMP(),
    revoked_reason = :reason
WHERE token_hash = :token_hash
  AND revoked = FALSE;

--! revoke_others : (ended!)
--- Revokes every session of a user except one, and returns how many, expired ones included. Locks the account, so that no
--- session is opened at the same time. `ended` is never NULL: it is a number of rows.
--- Index: users_pkey, idx_sessions_revoked. Locks: the account's row, then the sessions, in id order.
SELECT ended FROM session_revoke_others(:user_id, :keep_id, :reason) AS ended;

--! revoke_all : (ended!)
--- Revokes every session of a user, and returns how many, expired ones included. A session that is being opened at this
--- moment ends, too. `ended` is never NULL: it is a number of rows.
--- Index: users_pkey, idx_sessions_revoked. Locks: the account's row, then the sessions, in id order.
SELECT ended FROM session_revoke_all(:user_id, :reason) AS ended;
