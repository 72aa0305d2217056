-- An index of the ended connections whose client addresses are kept, so that maintenance finds them to forget.
--
-- Why: an address tells where a person was, and is needed for days, not for the 90 days of its row. Rows leave the index when
-- their addresses are removed. Heartbeats change no column of it.
-- Locks: SHARE on vpn_connections while the index is made: writers wait for seconds per million rows. On a large database, create
-- the index by hand before the deploy, CONCURRENTLY; the migration then finds it.

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
CREATE INDEX IF NOT EXISTS idx_vpn_connections_client_addresses ON vpn_connections (disconnected_at)
    WHERE status IN ('disconnected', 'error') AND (client_ip IS NOT NULL OR public_ip IS NOT NULL);

/* rollback
DROP INDEX IF EXISTS idx_vpn_connections_client_addresses;
*/
