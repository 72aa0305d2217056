-- An index finds the audit entries about an account.
--
-- Why: what was done to an account is asked by its id.
-- Locks: SHARE on audit_log while it is read for the index, which no row is in yet: seconds per million rows; writers wait. On a large
-- database, create it by hand once the column exists, CONCURRENTLY; the migration then finds it.
-- barqnet: accepts index-without-concurrently: created by hand before the deploy

CREATE INDEX IF NOT EXISTS idx_audit_subject_newest ON audit_log (subject_id, id DESC) WHERE subject_id IS NOT NULL;

/* rollback
DROP INDEX IF EXISTS idx_audit_subject_newest;
*/
