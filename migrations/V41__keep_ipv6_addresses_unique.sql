-- No two live connections of a server have the same IPv6 address.
--
-- Why: uniqueness held for virtual_ip only, so the IPv6 address of a client that has both was not protected.
-- The live connections whose only address is an IPv6 one get it in virtual_ip6 as well, which the index is on.
-- Locks: the changed rows; SHARE on vpn_connections, which blocks its writers, while two scans read the table: 3 s per 10
-- million rows.

UPDATE vpn_connections
SET virtual_ip6 = virtual_ip
WHERE status IN ('connecting', 'connected')
  AND FAMILY(virtual_ip) = 6
  AND virtual_ip6 IS NULL;

-- barqnet: accepts index-without-concurrently: the column is new, so that it can't be created by hand before
CREATE UNIQUE INDEX IF NOT EXISTS idx_vpn_connections_live_address6 ON vpn_connections (server_id, virtual_ip6)
    WHERE status IN ('connecting', 'connected') AND virtual_ip6 IS NOT NULL;

ALTER TABLE vpn_connections VALIDATE CONSTRAINT chk_vpn_connections_virtual_ip6;

/* rollback
DROP INDEX IF EXISTS idx_vpn_connections_live_address6;
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'vpn_connections'::REGCLASS AND conname = 'chk_vpn_connections_virtual_ip6'
    ) THEN
        ALTER TABLE vpn_connections DROP CONSTRAINT chk_vpn_connections_virtual_ip6;
        ALTER TABLE vpn_connections
            ADD CONSTRAINT chk_vpn_connections_virtual_ip6 CHECK (
                FAMILY(virtual_ip6) = 6 AND COALESCE(FAMILY(virtual_ip) = 4 OR virtual_ip = virtual_ip6, TRUE)
            ) NOT VALID;
    END IF;
END
$$;
*/
