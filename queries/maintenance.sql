-- Scheduled maintenance: expired rows are deleted, old ones archived, personal data that is no longer needed is
-- removed. A batch locks up to `batch` rows for an instant, oldest first in the order of its index, and skips rows that
-- another transaction holds, so that any number of batches can run at once and beside everything else. It can block on
-- rows that reference a deleted row, and on usage_daily while a user is renamed. Call a statement again until it
-- returns less than `batch`. Retention is in seconds; `MaintenancePolicy` has the defaults.

--: TableToVacuum()
--: NameWithoutSkeleton()

--! delete_expired_sessions
--- Deletes up to `batch` sessions that expired or were revoked more than `keep_seconds` ago, with the history of their
--- tokens. The number of rows is the number deleted.
--- Index: idx_sessions_expires_at, idx_sessions_revoked_at, user_sessions_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT id
    FROM user_sessions
    WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
),
revoked AS (
    SELECT id
    FROM user_sessions
    WHERE revoked
      AND revoked_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY revoked_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM user_sessions
WHERE id = ANY (ARRAY(SELECT id FROM expired UNION SELECT id FROM revoked LIMIT :batch::BIGINT));

--! delete_unseen_devices
--- Deletes up to `batch` devices that were not used for `keep_seconds`, signed out or not; their sessions stay, without the
--- device. The number of rows is the number deleted.
--- Index: idx_user_devices_last_seen, user_devices_pkey. Locks: the rows deleted and their rows of
--- user_sessions.
WITH unseen AS (
    SELECT id
    FROM user_devices d
    WHERE last_seen < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
      AND device_seen_at(d) < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY last_seen
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM user_devices
WHERE id = ANY (ARRAY(SELECT id FROM unseen));

--! expire_accounts : (expired!)
--- Lets the expiry of up to `batch` accounts take effect: revokes their sessions, ends their connections as of the last
--- report, and marks them unsynced. Returns how many. `expired` is never NULL: it is a number of accounts.
--- Index: idx_users_expiry, users_pkey, idx_sessions_revoked, idx_vpn_connections_live_user. Locks: the accounts, then their
--- sessions and their connections, each in id order, then what the ends of these lock.
SELECT expire_accounts(:batch::BIGINT) AS expired;

--! delete_old_account_tombstones
--- Deletes up to `batch` tombstones of accounts that their nodes have not confirmed for `keep_seconds`. The number of rows is
--- the number deleted.
--- Index: idx_account_tombstones_created_at, account_tombstones_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT server_id, id
    FROM account_tombstones
    WHERE created_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY created_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM account_tombstones t
USING expired
WHERE t.server_id = expired.server_id
  AND t.id = expired.id;

--! delete_expired_otp_attempts
--- Deletes up to `batch` entries of the report on one-time passwords that expired more than `keep_seconds` ago. No
--- limit depends on them. The number of rows is the number deleted.
--- Index: idx_otp_expires_at, otp_attempts_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT id
    FROM otp_attempts
    WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_attempts
WHERE id = ANY (ARRAY(SELECT id FROM expired));

--! delete_expired_otp_tickets
--- Deletes up to `batch` expired tickets. The number of rows is the number deleted.
--- Index: idx_otp_tickets_expires_at, otp_tickets_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT ticket_hash
    FROM otp_tickets
    WHERE expires_at < CURRENT_TIMESTAMP
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_tickets
WHERE ticket_hash = ANY (ARRAY(SELECT ticket_hash FROM expired));

--! delete_quiet_otp_numbers
--- Deletes the rate-limit state of up to `batch` phone numbers that were inactive for `keep_seconds` and whose last
--- attempt did not fail: no limit depends on it. Less than a day counts as a day, which the daily limit needs. The
--- number of rows is the number deleted.
--- Index: idx_otp_numbers_quiet_since, otp_numbers_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT phone_number
    FROM otp_numbers
    WHERE quiet_since < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:keep_seconds::DOUBLE PRECISION, 86400))
    ORDER BY quiet_since
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_numbers
WHERE phone_number = ANY (ARRAY(SELECT phone_number FROM expired));

--! delete_old_password_failures
--- Deletes up to `batch` counts of wrong passwords of names that have no account, `keep_seconds` after the last one and not while the
--- name is locked. The number of rows is the number deleted.
--- Index: idx_password_failures_failed_at, password_failures_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT name_hash
    FROM password_failures
    WHERE has_account = FALSE
      AND failed_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
      AND COALESCE(locked_until < CURRENT_TIMESTAMP, TRUE)
    ORDER BY failed_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM password_failures
WHERE name_hash = ANY (ARRAY(SELECT name_hash FROM expired));

--! delete_empty_otp_budgets
--- Deletes up to `batch` budgets whose last use has left its window. The number of rows is the number deleted.
--- Index: idx_otp_budgets_empty_at, otp_budgets_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT budget, key
    FROM otp_budgets
    WHERE empty_at < CURRENT_TIMESTAMP
    ORDER BY empty_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_budgets b
USING expired
WHERE b.budget = expired.budget
  AND b.key = expired.key;

--! delete_expired_otp_codes
--- Deletes up to `batch` expired codes. The number of rows is the number deleted.
--- Index: idx_otp_codes_expires_at, otp_codes_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT phone_number, purpose, id
    FROM otp_codes
    WHERE expires_at < CURRENT_TIMESTAMP
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_codes c
USING expired
WHERE c.phone_number = expired.phone_number
  AND c.purpose = expired.purpose
  AND c.id = expired.id;

--! delete_unused_rate_counters
--- Deletes up to `batch` counters of budgets whose last use was at least two days ago: none of their windows has a use. The number
--- of rows is the number deleted.
--- Index: idx_rate_counters_used_on, rate_counters_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT budget, key, shard
    FROM rate_counters
    WHERE used_on < CURRENT_DATE - 2
    ORDER BY used_on
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM rate_counters c
USING expired
WHERE c.budget = expired.budget
  AND c.key = expired.key
  AND c.shard = expired.shard;

--! delete_old_rate_returns
--- Deletes up to `batch` returns of uses that no counter has any longer: of more than 26 hours ago. The number of rows is the
--- number deleted.
--- Index: idx_rate_returns_used_at, rate_returns_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT budget, key, shard, use_id
    FROM rate_returns
    WHERE used_at < CURRENT_TIMESTAMP - INTERVAL '26 hours'
    ORDER BY used_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM rate_returns r
USING expired
WHERE r.budget = expired.budget
  AND r.key = expired.key
  AND r.shard = expired.shard
  AND r.use_id = expired.use_id;

--! expire_plans : (expired!)
--- Lets the end of up to `batch` plans take effect, the earliest first: the connections of their users end, for the reason plan_ended.
--- Returns how many: see expire_plans; `expired` is never NULL. Accounts that another transaction holds are skipped.
--- Index: idx_user_plans_ends_at, users_pkey, idx_vpn_connections_live_user. Locks: the accounts, then their connections and what
--- their ends lock.
SELECT expire_plans(:batch::BIGINT) AS expired;

--! delete_old_usage_marks
--- Deletes up to `batch` marks of usage of moments more than `keep_seconds` ago, never the one of the start of a plan that a user
--- has. The number of rows is the number deleted.
--- Index: idx_usage_marks_marked_at, idx_user_plans_current, usage_marks_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT m.user_id, m.marked_at
    FROM usage_marks m
    WHERE m.marked_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
      AND NOT EXISTS (
          SELECT
          FROM user_plans a
          WHERE a.user_id = m.user_id
            AND a.replaced_at IS NULL
            AND a.starts_at = m.marked_at
      )
    ORDER BY m.marked_at
    LIMIT :batch::BIGINT
    FOR UPDATE OF m SKIP LOCKED
)
DELETE FROM usage_marks m
USING expired e
WHERE m.user_id = e.user_id
  AND m.marked_at = e.marked_at;

--! archive_statistics : (archived!)
--- Moves up to `batch` ended statistics rows that started more than `keep_seconds` ago to the archive, in one
--- statement: no total changes, no roll-up is touched, and every reader sees a row exactly once. If interrupted, a
--- batch is moved completely or not at all. Rows whose user does not exist (kept from older databases) stay. Returns the number of rows moved; `archived` is never NULL.
--- Index: idx_vpn_statistics_started_at, idx_users_username, vpn_statistics_pkey. Locks: the rows moved from vpn_statistics
--- to vpn_statistics_archive, and their users for the foreign key, without waiting.
SELECT usage_archive(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS archived;

--! roll_up_hours : (rolled_up!)
--- Rolls up to `batch` rows of usage_hourly up into usage_daily, of days that ended more than `keep_seconds` ago, in
--- one statement: no sum changes, and every reader counts an hour exactly once. Returns the number of rows rolled up.
--- `rolled_up` is never NULL: it is a number of rows.
--- Index: idx_usage_hourly_hour, usage_hourly_pkey, usage_daily_pkey. Locks: the rows of usage_hourly, then those of
--- usage_daily, in key order.
SELECT usage_roll_up_days(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS rolled_up;

--! fold_usage_days : (folded!)
--- Adds up to `batch` rows of usage_daily, of days that ended more than `keep_seconds` ago, to one row per user and server
--- whose day is -infinity, in one statement: no sum changes, and no period has that day. Days of the month under way (UTC) stay,
--- because monthly quotas count them. Returns the number of rows folded.
--- `folded` is never NULL: it is a number of rows.
--- Index: idx_usage_daily_day, usage_daily_pkey. Locks: the rows of usage_daily, first the old ones, then those they are added
--- to, in key order.
SELECT usage_fold_days(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS folded;

--! fold_server_usage : (folded!)
--- Adds up to `batch` rows of usage_by_server, of hours older than `keep_seconds`, to one row per server whose hour is
--- -infinity, in one statement: no sum changes, and no period has that hour. Returns the number of rows folded.
--- `folded` is never NULL: it is a number of rows.
--- Index: idx_usage_by_server_hour, usage_by_server_pkey. Locks: the rows of usage_by_server, first the old ones, then those
--- they are added to, in key order.
SELECT usage_fold_servers(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS folded;

--! delete_old_archived_statistics : (deleted!)
--- Deletes up to `batch` archived statistics rows of sessions that started more than `keep_seconds` ago. Totals stay, because
--- the roll-ups have them; `usage::discrepancies` then names what the rows had. Returns the number of rows deleted; `deleted` is never NULL.
--- Index: idx_vpn_statistics_archive_started_at, vpn_statistics_archive_pkey. Locks: the rows deleted.
SELECT usage_delete_archived(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS deleted;

--! forget_connection_addresses : (forgotten!)
--- Removes the client's address and public address from up to `batch` connections that ended more than `keep_seconds` ago.
--- Live connections keep theirs, and so do those whose end is unknown. Returns the number of rows changed; `forgotten` is never NULL.
--- Index: idx_vpn_connections_client_addresses, vpn_connections_pkey. Locks: the rows changed.
SELECT connection_forget_addresses(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS forgotten;

--! delete_old_audit_entries
--- Deletes up to `batch` audit entries older than `keep_seconds`. The number of rows is the number deleted.
--- Index: idx_audit_timestamp, audit_log_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT id
    FROM audit_log
    WHERE timestamp < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY timestamp
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM audit_log
WHERE id = ANY (ARRAY(SELECT id FROM expired));

--! delete_old_server_health
--- Deletes up to `batch` health reports older than `keep_seconds`. The number of rows is the number deleted.
--- Index: idx_server_health_last_check, server_health_pkey. Locks: the rows deleted.
WITH expired AS (
    SELECT id
    FROM server_health
    WHERE last_check < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY last_check
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM server_health
WHERE id = ANY (ARRAY(SELECT id FROM expired));

--! delete_old_connections : (deleted!)
--- Deletes up to `batch` connections that ended more than `keep_seconds` ago, never live ones. If the end is unknown
--- (rows of older databases), the last known time counts. Their statistics stay, with connection_id set to NULL. Returns the number of rows deleted; `deleted` is never NULL.
--- Index: idx_vpn_connections_disconnected_at (holds all live rows as well), vpn_connections_pkey. Locks: the rows deleted
--- and their rows of vpn_statistics.
SELECT connection_delete_ended(:keep_seconds::DOUBLE PRECISION, :batch::BIGINT) AS deleted;

--! forget_idle_session_addresses : (last_id?)
--- Reads the `batch` sessions that follow `after_id` and removes address and user agent from those unused for
--- `idle_seconds`; the sessions stay valid. Start with 0 and continue with `last_id` until it is NULL, which is the
--- end.
--- Index: user_sessions_pkey; last_activity has none, so that a touch stays cheap. Locks: the rows, in id order.
WITH page AS (
    SELECT id
    FROM user_sessions
    WHERE id > :after_id
    ORDER BY id
    LIMIT :batch::BIGINT
),
idle AS (
    SELECT s.id
    FROM user_sessions s
    WHERE s.id = ANY (ARRAY(SELECT id FROM page))
      AND COALESCE(s.last_activity, s.created_at) < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :idle_seconds::DOUBLE PRECISION)
      AND (s.ip_address IS NOT NULL OR s.user_agent IS NOT NULL)
    ORDER BY s.id
    FOR NO KEY UPDATE SKIP LOCKED
),
forgotten AS (
    UPDATE user_sessions
    SET ip_address = NULL,
        user_agent = NULL
    WHERE id = ANY (ARRAY(SELECT id FROM idle))
    RETURNING id
)
SELECT (SELECT MAX(id) FROM page)        AS last_id,
       (SELECT COUNT(*) FROM forgotten)  AS forgotten;

--! tables_to_vacuum : TableToVacuum
--- The tables of which at least 1,000 rows and 5 % have changed or were deleted since they were last vacuumed or
--- analysed, by name: a quarter of what autovacuum waits for. `permitted` says whether this role may vacuum the table:
--- VACUUM itself skips a table without permission, without an error.
--- Index: none, one row per table. Locks: nothing.
SELECT s.relname::TEXT AS table_name,
       PG_HAS_ROLE(c.relowner, 'USAGE')
           OR EXISTS (
               SELECT FROM pg_database d
               WHERE d.datname = CURRENT_DATABASE()
                 AND PG_HAS_ROLE(d.datdba, 'USAGE')
           )
           OR EXISTS (
               -- The privilege that PostgreSQL 17 calls MAINTAIN.
               SELECT FROM ACLEXPLODE(c.relacl) a
               WHERE a.privilege_type = 'MAINTAIN'
                 AND (a.grantee = 0 OR PG_HAS_ROLE(a.grantee, 'USAGE'))
           )
           OR EXISTS (
               SELECT FROM pg_roles r
               WHERE r.rolname = 'pg_maintain'
                 AND PG_HAS_ROLE(r.oid, 'USAGE')
           )       AS permitted
FROM pg_stat_user_tables s
JOIN pg_class c ON c.oid = s.relid
WHERE s.schemaname = CURRENT_SCHEMA()
  AND s.relname = ANY (:tables::TEXT[])
  AND GREATEST(s.n_dead_tup, s.n_mod_since_analyze) >= GREATEST(1000, s.n_live_tup / 20)
ORDER BY s.relname;

--! reindex_sessions
--- Rebuilds the indexes of user_sessions beside the old ones. Not inside a transaction. If interrupted, an invalid
--- index with suffix _ccnew remains and must be dropped.
--- Index: none; all of the table are rebuilt. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers continue.
REINDEX TABLE CONCURRENTLY user_sessions;

--! list_names_without_skeleton : NameWithoutSkeleton
--- Up to `batch` accounts whose name has no skeleton (UTS #39) yet, in id order.
--- Index: idx_users_without_skeleton. Locks: nothing.
SELECT id,
       username
FROM users
WHERE name_skeleton IS NULL
ORDER BY id
LIMIT :batch::BIGINT;

--! set_name_skeletons
--- Stores skeletons of names: `ids`, `usernames` and `skeletons` are parallel arrays. An account that has another name by now, or a
--- skeleton, is left alone. The names stay unchecked: they may look alike.
--- Index: users_pkey, idx_users_without_skeleton. Locks: the rows, in id order.
WITH named AS (
    SELECT u.id,
           n.skeleton
    FROM UNNEST(:ids::BIGINT[], :usernames::TEXT[], :skeletons::TEXT[]) AS n (id, username, skeleton)
    JOIN users u ON u.id = n.id
    WHERE u.username = n.username
      AND u.name_skeleton IS NULL
    ORDER BY u.id
    FOR NO KEY UPDATE OF u
)
UPDATE users u
SET name_skeleton = named.skeleton
FROM named
WHERE u.id = named.id;
