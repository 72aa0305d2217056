-- Lists that are paged by id get an index in that order, so that a page costs what it holds.
--
-- Why: without them the newest health report of a server, a user's audit entries and a server's unsynced accounts
-- are found by reading everything the server or the table ever had.
-- Locks: SHARE on audit_log, server_health and users while the index over each is built, about one second a million
-- rows: writers wait, readers don't.

CREATE INDEX IF NOT EXISTS idx_server_health_newest ON server_health (server_id, id DESC);
CREATE INDEX IF NOT EXISTS idx_audit_user_newest ON audit_log (username, id DESC);
CREATE INDEX IF NOT EXISTS idx_audit_server_newest ON audit_log (server_id, id DESC);
CREATE INDEX IF NOT EXISTS idx_users_unsynced ON users (server_id, id) WHERE synced IS NOT TRUE;

/* rollback
DROP INDEX IF EXISTS idx_users_unsynced;
DROP INDEX IF EXISTS idx_audit_server_newest;
DROP INDEX IF EXISTS idx_audit_user_newest;
DROP INDEX IF EXISTS idx_server_health_newest;
*/
