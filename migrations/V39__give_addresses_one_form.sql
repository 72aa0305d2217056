-- plain_address gives an address its one form, which live connections have from now on.
--
-- Why: 10.8.0.2, 10.8.0.2/24 and ::ffff:10.8.0.2 are one address. Stored as they came, three live connections could hold it, and
-- failed sign-ins from it were counted apart.
-- Of live connections of a server that have one address in two forms, one stays.
-- Locks: the live connections in another form, and what their end locks.

-- The address without a mask, and an IPv4 address that is mapped into IPv6 as that IPv4 address (RFC 4291, 2.5.5.2).
CREATE OR REPLACE FUNCTION plain_address(address INET) RETURNS INET
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE FAMILY(address)
               WHEN 4 THEN SET_MASKLEN(address, 32)
               ELSE CASE
                        WHEN SET_MASKLEN(address, 128) << '::ffff:0.0.0.0/96'
                            THEN '0.0.0.0'::INET + (SET_MASKLEN(address, 128) - '::ffff:0.0.0.0'::INET)
                        ELSE SET_MASKLEN(address, 128)
                    END
           END
$$;

DO $$
DECLARE
    masked RECORD;
BEGIN
    FOR masked IN
        SELECT c.id, c.server_id::TEXT AS server_id, plain_address(c.virtual_ip) AS address
        FROM vpn_connections c
        WHERE c.status IN ('connecting', 'connected')
          AND c.virtual_ip <> plain_address(c.virtual_ip)
        ORDER BY c.id DESC
    LOOP
        IF EXISTS (
            SELECT
            FROM vpn_connections c
            WHERE c.server_id = masked.server_id
              AND c.virtual_ip = masked.address
              AND c.status IN ('connecting', 'connected')
        ) THEN
            PERFORM connection_end(masked.server_id, ARRAY[masked.id], 'disconnected', 'superseded', FALSE, NULL, NULL, NULL);
        ELSE
            UPDATE vpn_connections c
            SET virtual_ip = masked.address
            WHERE c.id = masked.id;
        END IF;
    END LOOP;
END
$$;

/* rollback
-- The addresses keep their one form.
DROP FUNCTION IF EXISTS plain_address(INET);
*/
