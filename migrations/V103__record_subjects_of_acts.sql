-- An audit entry can say which account was acted upon, by its id.
--
-- Why: who does something for somebody else is recorded with the other one's account. A name in the details would stay when that
-- person is erased.
-- Locks: ACCESS EXCLUSIVE on audit_log for a column without default (catalogue only, no rewrite).

ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS subject_id BIGINT;
COMMENT ON COLUMN audit_log.subject_id IS
    'The id of the account that was acted upon, if it is another one than that of username. No foreign key: the entry stays';

/* rollback
ALTER TABLE audit_log DROP COLUMN IF EXISTS subject_id;
*/
