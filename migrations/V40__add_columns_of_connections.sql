-- A connection has a daemon, a device and an IPv6 address beside its IPv4 address.
--
-- Why: a node can run several daemons, whose counters start again independently of each other; a user can end the connections of
-- one device; and the IPv6 address of a client with both was not recorded, so two clients could have the same.
-- device_id has no foreign key: a connection stays when its device is deleted, and an opening checks it under the user's lock.
-- Locks: ACCESS EXCLUSIVE on vpn_connections, for a change of the catalogue only.

ALTER TABLE vpn_connections
    ADD COLUMN IF NOT EXISTS daemon      TEXT,
    ADD COLUMN IF NOT EXISTS device_id   BIGINT,
    ADD COLUMN IF NOT EXISTS virtual_ip6 INET;

COMMENT ON COLUMN vpn_connections.daemon IS
    'The program of the node that serves the connection, to which heartbeat_epoch belongs; NULL if the node has only one';
COMMENT ON COLUMN vpn_connections.device_id IS
    'The device of the user that the connection belongs to; NULL if it is not registered';
COMMENT ON COLUMN vpn_connections.virtual_ip6 IS
    'The IPv6 address of the client, also if it is the only one and stands in virtual_ip';

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'vpn_connections'::REGCLASS AND conname = 'chk_vpn_connections_virtual_ip6'
    ) THEN
        ALTER TABLE vpn_connections
            ADD CONSTRAINT chk_vpn_connections_virtual_ip6 CHECK (
                FAMILY(virtual_ip6) = 6 AND COALESCE(FAMILY(virtual_ip) = 4 OR virtual_ip = virtual_ip6, TRUE)
            ) NOT VALID;
    END IF;
END
$$;

/* rollback
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_virtual_ip6;
ALTER TABLE vpn_connections
    DROP COLUMN IF EXISTS virtual_ip6,
    DROP COLUMN IF EXISTS device_id,
    DROP COLUMN IF EXISTS daemon;
*/
