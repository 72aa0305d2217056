-- The sessions of a device are found by an index.
--
-- Why: signing out a device and deleting one look for them.
-- Locks: SHARE on user_sessions, which blocks its writers, while the index is created: half a second per million rows.

-- barqnet: accepts index-without-concurrently: the column is new, so that the index can't be created by hand before
CREATE INDEX IF NOT EXISTS idx_sessions_device_id ON user_sessions (device_id);

/* rollback
DROP INDEX IF EXISTS idx_sessions_device_id;
*/
