-- A connection of a user with a plan has a number of bytes after which the quota is looked at again.
--
-- Why: 2,667 heartbeats per second can't add up the usage of a month. A heartbeat compares one column of the row that it has in hand.
-- Locks: ACCESS EXCLUSIVE on vpn_connections for a column without default (catalogue only, no rewrite).

ALTER TABLE vpn_connections ADD COLUMN IF NOT EXISTS bytes_granted BIGINT;
COMMENT ON COLUMN vpn_connections.bytes_granted IS
    'Received and sent bytes of the connection from which on its quota is checked again; NULL: it has none';
COMMENT ON COLUMN vpn_connections.account_expires_at IS
    'The earlier one of users.expires_at and the end of the plan, of a live connection';

/* rollback
COMMENT ON COLUMN vpn_connections.account_expires_at IS 'users.expires_at of a live connection';
ALTER TABLE vpn_connections DROP COLUMN IF EXISTS bytes_granted;
*/
