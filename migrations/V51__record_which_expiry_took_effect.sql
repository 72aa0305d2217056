-- users records which expiry of an account has taken effect.
--
-- Why: the time at which an account expires passes without a change that could end its sessions and connections and tell its node.
-- Maintenance does it, once per expiry.
-- Locks: ACCESS EXCLUSIVE on users for a column without default (catalogue only, no rewrite).

ALTER TABLE users ADD COLUMN IF NOT EXISTS expired_at TIMESTAMPTZ;

COMMENT ON COLUMN users.expired_at IS
    'The value of expires_at that has taken effect: sessions and connections are ended, and the node is told';

/* rollback
ALTER TABLE users DROP COLUMN IF EXISTS expired_at;
*/
