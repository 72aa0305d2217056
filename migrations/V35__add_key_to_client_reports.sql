-- vpn_statistics.report_key: the key by which a client's report about itself counts once.
--
-- Why: a client that gets no answer sends its report again, and each of them became a row.
-- Locks: ACCESS EXCLUSIVE on vpn_statistics for a new column, which changes no row, then SHARE on vpn_statistics while it is read
-- for the index, which no row is in yet: writers wait for seconds per million rows. On a large database, create the column and
-- the index by hand before the deploy, the index CONCURRENTLY; the migration then finds them.

ALTER TABLE vpn_statistics ADD COLUMN IF NOT EXISTS report_key VARCHAR(64);

COMMENT ON COLUMN vpn_statistics.report_key IS
    'The key of a report that a client made about itself; NULL in rows of nodes. The archive does not keep it';

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
-- barqnet: accepts works-under-lock: the index is empty; on a large database both exist before the deploy
CREATE UNIQUE INDEX IF NOT EXISTS idx_vpn_statistics_report_key ON vpn_statistics (server_id, username, report_key)
    WHERE report_key IS NOT NULL;

/* rollback
DROP INDEX IF EXISTS idx_vpn_statistics_report_key;
ALTER TABLE vpn_statistics DROP COLUMN IF EXISTS report_key;
*/
