-- Connections are found by username by one index, idx_vpn_connections_user_history, which begins with it.
--
-- Why: idx_vpn_connections_username served nothing else, and every opening and every end of a connection wrote to it.
-- Locks: ACCESS EXCLUSIVE on vpn_connections, for a change of the catalogue only.

-- barqnet: accepts drops-index-without-concurrently: it reads no rows, and the runner gives way to traffic
DROP INDEX IF EXISTS idx_vpn_connections_username;

/* rollback
CREATE INDEX IF NOT EXISTS idx_vpn_connections_username ON vpn_connections (username);
*/
