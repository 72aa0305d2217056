-- vpn_statistics_archive.report_key: a client's report counts once, also after its row was archived.
--
-- Why: the key went with the row, and a client that sent its report again months later was counted twice.
-- The index is not unique: programs of the release before store a report again whose key is in the archive.
-- Locks: ACCESS EXCLUSIVE on vpn_statistics_archive for a new column, which changes no row, and while it is read for the index, which
-- no row is in yet: seconds per million rows. On a large database, create the column and the index by hand before the deploy, the
-- index CONCURRENTLY; the migration then finds them. SHARE UPDATE EXCLUSIVE on vpn_statistics for a comment.

ALTER TABLE vpn_statistics_archive ADD COLUMN IF NOT EXISTS report_key VARCHAR(64);

COMMENT ON COLUMN vpn_statistics_archive.report_key IS
    'The key of a report that a client made about itself; NULL in rows of nodes, and in rows that were archived before V64';
COMMENT ON COLUMN vpn_statistics.report_key IS
    'The key of a report that a client made about itself; NULL in rows of nodes';

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
-- barqnet: accepts works-under-lock: the index is empty; on a large database both exist before the deploy
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_archive_report_key ON vpn_statistics_archive (server_id, username, report_key)
    WHERE report_key IS NOT NULL;

/* rollback
DROP INDEX IF EXISTS idx_vpn_statistics_archive_report_key;
COMMENT ON COLUMN vpn_statistics.report_key IS
    'The key of a report that a client made about itself; NULL in rows of nodes. The archive does not keep it';
ALTER TABLE vpn_statistics_archive DROP COLUMN IF EXISTS report_key;
*/
