-- The constraints on times hold for older rows, too.
--
-- Why: a migration of its own, because V26 would otherwise lock its tables exclusively while they are read.
-- Locks: SHARE UPDATE EXCLUSIVE on each of the 12 tables, which blocks neither readers nor writers, while the table is read:
-- half a second per million rows. A table with a row that violates its constraint keeps it NOT VALID; doctor reports it.

DO $$
DECLARE
    times RECORD;
BEGIN
    FOR times IN
        SELECT conrelid::REGCLASS AS table_name, conname
        FROM pg_constraint
        WHERE conrelid IN (
                  'server_locations'::REGCLASS,
                  'servers'::REGCLASS,
                  'server_health'::REGCLASS,
                  'server_status'::REGCLASS,
                  'users'::REGCLASS,
                  'user_sessions'::REGCLASS,
                  'otp_attempts'::REGCLASS,
                  'vpn_connections'::REGCLASS,
                  'vpn_statistics'::REGCLASS,
                  'vpn_statistics_archive'::REGCLASS,
                  'usage_totals'::REGCLASS,
                  'audit_log'::REGCLASS
              )
          AND conname = 'chk_' || (SELECT relname FROM pg_class WHERE oid = conrelid) || '_times'
          AND NOT convalidated
        ORDER BY conname
    LOOP
        BEGIN
            EXECUTE FORMAT('ALTER TABLE %s VALIDATE CONSTRAINT %I', times.table_name, times.conname);
        EXCEPTION WHEN check_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

/* rollback
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
ALTER TABLE audit_log ADD CONSTRAINT chk_audit_log_times CHECK (
    is_calendar_time(timestamp)
) NOT VALID;
*/
