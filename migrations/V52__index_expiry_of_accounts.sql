-- An index finds the accounts whose expiry has not taken effect.
--
-- Why: maintenance looks for those that are due each minute.
-- Locks: SHARE on users: readers continue, writers wait for a second per million accounts that expire.
-- barqnet: accepts index-without-concurrently: a second per million accounts, and the column is new

CREATE INDEX IF NOT EXISTS idx_users_expiry ON users (expires_at) WHERE expired_at IS DISTINCT FROM expires_at;

/* rollback
DROP INDEX IF EXISTS idx_users_expiry;
*/
