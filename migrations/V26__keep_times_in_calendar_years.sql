-- Times are in the years 1 to 9999: infinite and far ones of older databases are replaced, and new ones are refused.
--
-- Why: no type of a client can hold PostgreSQL's infinity, and one such value made every page fail that contained its row.
-- An account that expires after the year 9999 never expires: its expires_at becomes NULL. Any other time becomes the
-- first or the last moment of the range. adoption_changes keeps what they were. A row that can't be changed, because it
-- violates an older constraint, stays as it is, and the next migration leaves the constraint of its table NOT VALID.
-- usage_hourly and usage_by_server keep usage of an unknown time at -infinity, which is in no period.
-- Locks: reads every row of 12 tables, half a second per million rows, which blocks nobody, and locks the rows that it
-- changes. At its end ACCESS EXCLUSIVE, for a change of the catalogue only, on server_locations, servers, server_health,
-- server_status, users, user_sessions, otp_attempts, vpn_connections, vpn_statistics, vpn_statistics_archive,
-- usage_totals and audit_log.

-- Whether a time is in the years 1 to 9999, which ISO 8601 and the types of clients can hold. NULL if there is no time.
-- Takes no locks and reads no tables. PostgreSQL inlines it.
CREATE OR REPLACE FUNCTION is_calendar_time(at TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT at >= '0001-01-01 00:00:00+00'::TIMESTAMPTZ AND at < '10000-01-01 00:00:00+00'::TIMESTAMPTZ
$$;

DO $$
DECLARE
    target RECORD;
    broken RECORD;
    moment TIMESTAMPTZ;
BEGIN
    FOR target IN
        SELECT t.table_name, t.key_name, c.column_name
        FROM (VALUES
            ('server_locations', 'location_id', ARRAY['created_at', 'updated_at']),
            ('servers', 'id', ARRAY['last_sync', 'created_at']),
            ('server_health', 'id', ARRAY['last_check']),
            ('server_status', NULL, ARRAY['reported_at']),
            ('users', 'id', ARRAY['created_at', 'expires_at', 'last_access', 'last_login', 'sessions_valid_after']),
            ('user_sessions', 'id', ARRAY['created_at', 'expires_at', 'last_activity', 'revoked_at']),
            ('otp_attempts', 'id', ARRAY['created_at', 'expires_at', 'verified_at', 'last_attempt_at']),
            ('vpn_connections', 'id', ARRAY['connected_at', 'disconnected_at', 'last_activity']),
            ('vpn_statistics', 'id', ARRAY['started_at', 'ended_at']),
            ('vpn_statistics_archive', 'id', ARRAY['started_at', 'ended_at', 'archived_at']),
            ('usage_totals', NULL, ARRAY['last_session_at']),
            ('audit_log', 'id', ARRAY['timestamp'])
        ) AS t (table_name, key_name, columns)
        CROSS JOIN LATERAL UNNEST(t.columns) AS c (column_name)
    LOOP
        FOR broken IN EXECUTE FORMAT(
            'SELECT ctid AS place, %s::INTEGER AS key, %I AS moment
             FROM %I
             WHERE NOT is_calendar_time(%2$I)
             FOR NO KEY UPDATE',
            COALESCE(QUOTE_IDENT(target.key_name), 'NULL'), target.column_name, target.table_name)
        LOOP
            moment := CASE
                WHEN broken.moment < '0001-01-01 00:00:00+00' THEN '0001-01-01 00:00:00+00'::TIMESTAMPTZ
                WHEN target.table_name = 'users' AND target.column_name = 'expires_at' THEN NULL
                ELSE '9999-12-31 23:59:59.999999+00'::TIMESTAMPTZ
            END;
            BEGIN
                -- The row is locked, so it stays in its place.
                EXECUTE FORMAT('UPDATE %I SET %I = $1 WHERE ctid = $2', target.table_name, target.column_name)
                USING moment, broken.place;
            EXCEPTION WHEN check_violation THEN
                CONTINUE;
            END;
            CREATE TABLE IF NOT EXISTS adoption_changes (
                id          SERIAL PRIMARY KEY,
                what        TEXT NOT NULL,
                table_name  TEXT NOT NULL,
                column_name TEXT,
                row_id      INTEGER,
                original    TEXT,
                changed_to  TEXT,
                reason      TEXT,
                recorded_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
            );
            INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
            VALUES ('changed', target.table_name, target.column_name, broken.key, broken.moment::TEXT, moment::TEXT,
                    'not in the years 1 to 9999');
        END LOOP;
    END LOOP;
END
$$;

ALTER TABLE server_locations DROP CONSTRAINT IF EXISTS chk_server_locations_times;
ALTER TABLE server_locations ADD CONSTRAINT chk_server_locations_times CHECK (
    is_calendar_time(created_at)
    AND is_calendar_time(updated_at)
) NOT VALID;
ALTER TABLE servers DROP CONSTRAINT IF EXISTS chk_servers_times;
ALTER TABLE servers ADD CONSTRAINT chk_servers_times CHECK (
    is_calendar_time(last_sync)
    AND is_calendar_time(created_at)
) NOT VALID;
ALTER TABLE server_health DROP CONSTRAINT IF EXISTS chk_server_health_times;
ALTER TABLE server_health ADD CONSTRAINT chk_server_health_times CHECK (
    is_calendar_time(last_check)
) NOT VALID;
ALTER TABLE server_status DROP CONSTRAINT IF EXISTS chk_server_status_times;
ALTER TABLE server_status ADD CONSTRAINT chk_server_status_times CHECK (
    is_calendar_time(reported_at)
) NOT VALID;
ALTER TABLE users DROP CONSTRAINT IF EXISTS chk_users_times;
ALTER TABLE users ADD CONSTRAINT chk_users_times CHECK (
    is_calendar_time(created_at)
    AND is_calendar_time(expires_at)
    AND is_calendar_time(last_access)
    AND is_calendar_time(last_login)
    AND is_calendar_time(sessions_valid_after)
) NOT VALID;
ALTER TABLE user_sessions DROP CONSTRAINT IF EXISTS chk_user_sessions_times;
ALTER TABLE user_sessions ADD CONSTRAINT chk_user_sessions_times CHECK (
    is_calendar_time(created_at)
    AND is_calendar_time(expires_at)
    AND is_calendar_time(last_activity)
    AND is_calendar_time(revoked_at)
) NOT VALID;
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_times;
ALTER TABLE otp_attempts ADD CONSTRAINT chk_otp_attempts_times CHECK (
    is_calendar_time(created_at)
    AND is_calendar_time(expires_at)
    AND is_calendar_time(verified_at)
    AND is_calendar_time(last_attempt_at)
) NOT VALID;
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_times;
ALTER TABLE vpn_connections ADD CONSTRAINT chk_vpn_connections_times CHECK (
    is_calendar_time(connected_at)
    AND is_calendar_time(disconnected_at)
    AND is_calendar_time(last_activity)
) NOT VALID;
ALTER TABLE vpn_statistics DROP CONSTRAINT IF EXISTS chk_vpn_statistics_times;
ALTER TABLE vpn_statistics ADD CONSTRAINT chk_vpn_statistics_times CHECK (
    is_calendar_time(started_at)
    AND is_calendar_time(ended_at)
) NOT VALID;
ALTER TABLE vpn_statistics_archive DROP CONSTRAINT IF EXISTS chk_vpn_statistics_archive_times;
ALTER TABLE vpn_statistics_archive ADD CONSTRAINT chk_vpn_statistics_archive_times CHECK (
    is_calendar_time(started_at)
    AND is_calendar_time(ended_at)
    AND is_calendar_time(archived_at)
) NOT VALID;
ALTER TABLE usage_totals DROP CONSTRAINT IF EXISTS chk_usage_totals_times;
ALTER TABLE usage_totals ADD CONSTRAINT chk_usage_totals_times CHECK (
    is_calendar_time(last_session_at)
) NOT VALID;
ALTER TABLE audit_log DROP CONSTRAINT IF EXISTS chk_audit_log_times;
-- barqnet: accepts several-strong-locks: each change takes an instant, and the runner gives way after 2 s
ALTER TABLE audit_log ADD CONSTRAINT chk_audit_log_times CHECK (
    is_calendar_time(timestamp)
) NOT VALID;

/* rollback
-- The times that were replaced stay.
ALTER TABLE audit_log DROP CONSTRAINT IF EXISTS chk_audit_log_times;
ALTER TABLE usage_totals DROP CONSTRAINT IF EXISTS chk_usage_totals_times;
ALTER TABLE vpn_statistics_archive DROP CONSTRAINT IF EXISTS chk_vpn_statistics_archive_times;
ALTER TABLE vpn_statistics DROP CONSTRAINT IF EXISTS chk_vpn_statistics_times;
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_times;
ALTER TABLE otp_attempts DROP CONSTRAINT IF EXISTS chk_otp_attempts_times;
ALTER TABLE user_sessions DROP CONSTRAINT IF EXISTS chk_user_sessions_times;
ALTER TABLE users DROP CONSTRAINT IF EXISTS chk_users_times;
ALTER TABLE server_status DROP CONSTRAINT IF EXISTS chk_server_status_times;
ALTER TABLE server_health DROP CONSTRAINT IF EXISTS chk_server_health_times;
ALTER TABLE servers DROP CONSTRAINT IF EXISTS chk_servers_times;
ALTER TABLE server_locations DROP CONSTRAINT IF EXISTS chk_server_locations_times;
DROP FUNCTION IF EXISTS is_calendar_time(TIMESTAMPTZ);
*/
