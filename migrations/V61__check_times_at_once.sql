-- The times of a connection and of a server's status are checked by two comparisons each.
--
-- Why: PostgreSQL reads and plans the checks of a table again in every statement that writes a row, and inlines each call of a
-- function in them. That was a fifth of what an opening costs.
-- Locks: ACCESS EXCLUSIVE on server_status, which has a row per server, and on vpn_connections, for a change of the catalogue
-- only: the next migration reads its rows.

ALTER TABLE server_status
    DROP CONSTRAINT IF EXISTS chk_server_status_times,
    ADD CONSTRAINT chk_server_status_times CHECK (
        LEAST(reported_at, measured_at, heard_at, heard_since) >= '0001-01-01 00:00:00+00'
        AND GREATEST(reported_at, measured_at, heard_at, heard_since) < '10000-01-01 00:00:00+00'
    );

-- barqnet: accepts several-strong-locks: both are changes of the catalogue, and the other table has a row per server
ALTER TABLE vpn_connections
    DROP CONSTRAINT IF EXISTS chk_vpn_connections_times,
    ADD CONSTRAINT chk_vpn_connections_times CHECK (
        LEAST(connected_at, disconnected_at, last_activity) >= '0001-01-01 00:00:00+00'
        AND GREATEST(connected_at, disconnected_at, last_activity) < '10000-01-01 00:00:00+00'
    ) NOT VALID;

/* rollback
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_times;
ALTER TABLE vpn_connections ADD CONSTRAINT chk_vpn_connections_times CHECK (
    is_calendar_time(connected_at)
    AND is_calendar_time(disconnected_at)
    AND is_calendar_time(last_activity)
) NOT VALID;
DO $$
BEGIN
    ALTER TABLE vpn_connections VALIDATE CONSTRAINT chk_vpn_connections_times;
EXCEPTION WHEN check_violation THEN
    NULL;
END
$$;
ALTER TABLE server_status DROP CONSTRAINT IF EXISTS chk_server_status_times;
ALTER TABLE server_status ADD CONSTRAINT chk_server_status_times CHECK (
    is_calendar_time(reported_at)
    AND is_calendar_time(measured_at)
    AND is_calendar_time(heard_at)
    AND is_calendar_time(heard_since)
);
*/
