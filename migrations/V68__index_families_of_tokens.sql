-- Sessions are found by the family of their tokens.
--
-- Why: a token whose hash is unknown may be one that was replaced long ago.
-- Locks: SHARE on user_sessions (writers wait, readers do not) while the table is read once: the index is empty.

-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE UNIQUE INDEX IF NOT EXISTS idx_sessions_family_hash ON user_sessions (family_hash) WHERE family_hash IS NOT NULL;

/* rollback
DROP INDEX IF EXISTS idx_sessions_family_hash;
*/
