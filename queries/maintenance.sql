-- Upkeep: what expires is deleted, what is old is archived, what is no longer needed is forgotten.
-- Each batch locks up to batch rows for an instant and skips rows that somebody holds, so it can run beside everything
-- else and beside itself. A batch takes the oldest rows first, in the order of its index: since it never waits for a
-- row, that order can't deadlock.

--! delete_expired_sessions
--- Deletes up to `batch` sessions that expired or were revoked more than `keep_days` ago (daily, 30), with the history of
--- their tokens. The number of rows is the number deleted; call again until it is less than `batch`.
--- Index: idx_sessions_expires_at, idx_sessions_revoked_at. Locks: the rows deleted.
WITH expired AS (
    SELECT id
    FROM user_sessions
    WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :keep_days::INTEGER)
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
),
revoked AS (
    SELECT id
    FROM user_sessions
    WHERE revoked
      AND revoked_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :keep_days::INTEGER)
    ORDER BY revoked_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM user_sessions
WHERE id = ANY (ARRAY(SELECT id FROM expired UNION SELECT id FROM revoked LIMIT :batch::BIGINT));

--! delete_expired_otp_attempts
--- Deletes up to `batch` entries of the report on one-time passwords that expired more than `keep_seconds` ago (hourly,
--- 3,600). No limit depends on them. The number of rows is the number deleted; call again until it is less than `batch`.
--- Index: idx_otp_expires_at. Locks: the rows deleted.
WITH doomed AS (
    SELECT id
    FROM otp_attempts
    WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :keep_seconds::DOUBLE PRECISION)
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_attempts
WHERE id = ANY (ARRAY(SELECT id FROM doomed));

--! delete_expired_otp_tickets
--- Deletes up to `batch` tickets that nobody spent in time. The number of rows is the number deleted; call again until it
--- is less than `batch`.
--- Index: idx_otp_tickets_expires_at. Locks: the rows deleted.
WITH doomed AS (
    SELECT ticket_hash
    FROM otp_tickets
    WHERE expires_at < CURRENT_TIMESTAMP
    ORDER BY expires_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_tickets
WHERE ticket_hash = ANY (ARRAY(SELECT ticket_hash FROM doomed));

--! delete_quiet_otp_numbers
--- Deletes up to `batch` numbers, with all that belongs to them, that nothing was heard of for `keep_seconds` (two days; not
--- less than one, or the daily limit forgets) and whose last try was no failure: what they remember limits nothing any more.
--- The number of rows is the number deleted; call again until it is less than `batch`.
--- Index: idx_otp_numbers_quiet_since. Locks: the rows deleted.
WITH doomed AS (
    SELECT phone_number
    FROM otp_numbers
    WHERE quiet_since < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:keep_seconds::DOUBLE PRECISION, 86400))
    ORDER BY quiet_since
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_numbers
WHERE phone_number = ANY (ARRAY(SELECT phone_number FROM doomed));

--! delete_empty_otp_budgets
--- Deletes up to `batch` budgets whose last use has left its window. The number of rows is the number deleted; call again
--- until it is less than `batch`.
--- Index: idx_otp_budgets_empty_at, otp_budgets_pkey. Locks: the rows deleted.
WITH doomed AS (
    SELECT budget, key
    FROM otp_budgets
    WHERE empty_at < CURRENT_TIMESTAMP
    ORDER BY empty_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM otp_budgets b
USING doomed
WHERE b.budget = doomed.budget
  AND b.key = doomed.key;

--! archive_statistics
--- Moves up to `batch` ended statistics rows that started more than `keep_days` ago to the archive (monthly, 90), in
--- one statement: no total changes, no roll-up is touched, and no reader sees a row twice or not at all. Whatever
--- interrupts it, a batch is moved or it is not. Rows whose user does not exist (kept from older databases) stay. The number
--- of rows is the number moved; call again until it is less than `batch`.
--- Index: idx_vpn_statistics_started_at, idx_users_username. Locks: the rows moved, and their users for the foreign key; it
--- waits for neither.
WITH old AS (
    SELECT s.id
    FROM vpn_statistics s
    JOIN users u ON u.username = s.username
    WHERE s.started_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :keep_days::INTEGER)
      AND s.ended_at IS NOT NULL
    ORDER BY s.started_at
    LIMIT :batch::BIGINT
    FOR UPDATE OF s SKIP LOCKED
    FOR KEY SHARE OF u SKIP LOCKED
),
moved AS (
    DELETE FROM vpn_statistics
    WHERE id = ANY (ARRAY(SELECT id FROM old))
    RETURNING id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
              started_at, ended_at, session_type, client_version, protocol, encryption
)
INSERT INTO vpn_statistics_archive
    (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
     started_at, ended_at, session_type, client_version, protocol, encryption, archived_at)
SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id,
       started_at, ended_at, session_type, client_version, protocol, encryption, CURRENT_TIMESTAMP
FROM moved
ORDER BY id;

--! delete_old_audit_entries
--- Deletes up to `batch` audit entries older than `keep_days` (daily, 90). The number of rows is the number deleted;
--- call again until it is less than `batch`.
--- Index: idx_audit_timestamp. Locks: the rows deleted.
WITH doomed AS (
    SELECT id
    FROM audit_log
    WHERE timestamp < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :keep_days::INTEGER)
    ORDER BY timestamp
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM audit_log
WHERE id = ANY (ARRAY(SELECT id FROM doomed));

--! delete_old_server_health
--- Deletes up to `batch` health reports older than `keep_days` (daily, 30). The number of rows is the number deleted;
--- call again until it is less than `batch`.
--- Index: idx_server_health_last_check. Locks: the rows deleted.
WITH doomed AS (
    SELECT id
    FROM server_health
    WHERE last_check < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :keep_days::INTEGER)
    ORDER BY last_check
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM server_health
WHERE id = ANY (ARRAY(SELECT id FROM doomed));

--! delete_old_connections
--- Deletes up to `batch` connections that ended more than `keep_days` ago; live ones never. Their statistics stay, with
--- connection_id set to NULL. The number of rows is the number deleted; call again until it is less than `batch`.
--- Index: idx_vpn_connections_disconnected_at. Locks: the rows deleted and their statistics rows.
WITH doomed AS (
    SELECT id
    FROM vpn_connections
    WHERE disconnected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :keep_days::INTEGER)
      AND status IN ('disconnected', 'error')
    ORDER BY disconnected_at
    LIMIT :batch::BIGINT
    FOR UPDATE SKIP LOCKED
)
DELETE FROM vpn_connections
WHERE id = ANY (ARRAY(SELECT id FROM doomed));

--! forget_idle_session_addresses
--- Forgets address and user agent of up to `batch` sessions unused for `idle_days`; the sessions stay as they are. The
--- number of rows is the number forgotten; call again until it is less than `batch`.
--- Index: user_sessions_pkey, walked from its start; last_activity has none, so that a touch stays cheap. Locks: the
--- rows, in id order.
WITH idle AS (
    SELECT id
    FROM user_sessions
    WHERE COALESCE(last_activity, created_at) < CURRENT_TIMESTAMP - MAKE_INTERVAL(days => :idle_days::INTEGER)
      AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)
    ORDER BY id
    LIMIT :batch::BIGINT
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE user_sessions
SET ip_address = NULL,
    user_agent = NULL
WHERE id = ANY (ARRAY(SELECT id FROM idle));

--! tables_to_vacuum
--- Which of the tables have had at least 1,000 rows and a twentieth of what is in them changed or deleted since they were
--- last vacuumed or analysed, by name: a quarter of what autovacuum waits for, for a quiet hour.
--- Index: none, a row a table. Locks: nothing.
SELECT relname::TEXT AS table_name
FROM pg_stat_user_tables
WHERE schemaname = CURRENT_SCHEMA()
  AND relname = ANY (:tables::TEXT[])
  AND GREATEST(n_dead_tup, n_mod_since_analyze) >= GREATEST(1000, n_live_tup / 20)
ORDER BY relname;

--! vacuum_sessions
--- Reclaims dead rows of user_sessions and refreshes its planner statistics (weekly); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) user_sessions;

--! vacuum_otp_attempts
--- Reclaims dead rows of otp_attempts and refreshes its planner statistics (weekly); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) otp_attempts;

--! vacuum_statistics
--- Reclaims dead rows of vpn_statistics and refreshes its planner statistics (weekly, and after archiving); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) vpn_statistics;

--! vacuum_statistics_archive
--- Reclaims dead rows of vpn_statistics_archive and refreshes its planner statistics (after archiving); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) vpn_statistics_archive;

--! vacuum_connections
--- Reclaims dead rows of vpn_connections and refreshes its planner statistics (weekly); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) vpn_connections;

--! vacuum_audit_log
--- Reclaims dead rows of audit_log and refreshes its planner statistics (after deleting); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) audit_log;

--! vacuum_server_health
--- Reclaims dead rows of server_health and refreshes its planner statistics (after deleting); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) server_health;

--! vacuum_server_status
--- Reclaims dead rows of server_status and refreshes its planner statistics (daily); does nothing while
--- somebody else does. Not inside a transaction.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
VACUUM (ANALYZE, SKIP_LOCKED) server_status;

--! reindex_sessions
--- Builds the indexes of user_sessions anew beside the old ones (weekly). Not inside a transaction. If it is
--- interrupted, an invalid index with suffix _ccnew stays and must be dropped.
--- Index: all of the table. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers go on.
REINDEX TABLE CONCURRENTLY user_sessions;
