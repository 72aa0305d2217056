-- vpn_connections keeps the last report that was refused as implausible, until one counts again, and when its account expires.
--
-- Why: a counter that has jumped stays where it is. Without the refused report, every later one was refused as well, and the
-- connection was never counted again. And a heartbeat is too frequent to look the account of each row up.
-- Locks: ACCESS EXCLUSIVE on vpn_connections for columns without default (catalogue only, no rewrite).

ALTER TABLE vpn_connections
    ADD COLUMN IF NOT EXISTS refused_epoch      BIGINT,
    ADD COLUMN IF NOT EXISTS refused_sequence   BIGINT,
    ADD COLUMN IF NOT EXISTS refused_received   BIGINT,
    ADD COLUMN IF NOT EXISTS refused_sent       BIGINT,
    ADD COLUMN IF NOT EXISTS counted_at         TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS account_expires_at TIMESTAMPTZ;

COMMENT ON COLUMN vpn_connections.refused_epoch IS
    'With the next three: the last report that was implausible, NULL if a later one counted';
COMMENT ON COLUMN vpn_connections.counted_at IS
    'When the last report that counted has arrived, if one was refused since; otherwise NULL, and last_activity says it';
COMMENT ON COLUMN vpn_connections.account_expires_at IS
    'users.expires_at of a live connection';

/* rollback
ALTER TABLE vpn_connections
    DROP COLUMN IF EXISTS account_expires_at,
    DROP COLUMN IF EXISTS counted_at,
    DROP COLUMN IF EXISTS refused_sent,
    DROP COLUMN IF EXISTS refused_received,
    DROP COLUMN IF EXISTS refused_sequence,
    DROP COLUMN IF EXISTS refused_epoch;
*/
