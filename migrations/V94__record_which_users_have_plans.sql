-- users says whether an account has a plan.
--
-- Why: an opening has this row in hand. Users without a plan then cost it no further statement.
-- Locks: ACCESS EXCLUSIVE on users for a column with a constant default (catalogue only, no rewrite).

ALTER TABLE users ADD COLUMN IF NOT EXISTS has_plan BOOLEAN NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN users.has_plan IS 'Whether user_plans has a row of this user that is not replaced';

/* rollback
ALTER TABLE users DROP COLUMN IF EXISTS has_plan;
*/
