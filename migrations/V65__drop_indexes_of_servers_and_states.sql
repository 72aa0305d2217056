-- Connections are no longer indexed by server_id alone, nor by status alone.
--
-- Why: no statement uses idx_vpn_connections_server_id and idx_vpn_connections_status: what is asked of a server or a state is asked
-- of live connections, which have indexes of their own. Every opening and every end of a connection wrote to both.
-- Locks: ACCESS EXCLUSIVE on vpn_connections, for a change of the catalogue only.

-- barqnet: accepts drops-index-without-concurrently: it reads no rows, and the runner gives way to traffic
DROP INDEX IF EXISTS idx_vpn_connections_server_id, idx_vpn_connections_status;

/* rollback
CREATE INDEX IF NOT EXISTS idx_vpn_connections_server_id ON vpn_connections (server_id);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_status ON vpn_connections (status);
*/
