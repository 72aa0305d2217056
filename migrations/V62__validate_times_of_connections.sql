-- The new check of the times of connections holds for older rows, too.
--
-- Why: a migration of its own, because V61 would otherwise lock vpn_connections exclusively while it is read.
-- Locks: SHARE UPDATE EXCLUSIVE on vpn_connections, which blocks neither readers nor writers, while it is read: half a second
-- per million rows. A table with a row that violates the check keeps it NOT VALID; doctor reports it.

DO $$
BEGIN
    ALTER TABLE vpn_connections VALIDATE CONSTRAINT chk_vpn_connections_times;
EXCEPTION WHEN check_violation THEN
    NULL;
END
$$;

/* rollback
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_times;
ALTER TABLE vpn_connections ADD CONSTRAINT chk_vpn_connections_times CHECK (
    LEAST(connected_at, disconnected_at, last_activity) >= '0001-01-01 00:00:00+00'
    AND GREATEST(connected_at, disconnected_at, last_activity) < '10000-01-01 00:00:00+00'
) NOT VALID;
*/
