-- What a user's name looks like, so that no new name looks like another.
--
-- Why: the name ada with a Cyrillic first letter, or a 0 in place of an o, was another account, and people took it for the first one.
-- The skeleton (Unicode UTS #39) is computed by the crate, because PostgreSQL has no tables of confusable characters. Names of before
-- get theirs from the scheduled maintenance.
-- Locks: ACCESS EXCLUSIVE on users for a moment.

ALTER TABLE users
    ADD COLUMN IF NOT EXISTS name_skeleton TEXT,
    ADD COLUMN IF NOT EXISTS name_is_checked BOOLEAN NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN users.name_skeleton IS 'Equal for names that look alike (UTS #39); NULL until the maintenance has computed it';
COMMENT ON COLUMN users.name_is_checked IS 'The name looked like no other when it was created, and no other such name looks like it';

/* rollback
ALTER TABLE users
    DROP COLUMN IF EXISTS name_is_checked,
    DROP COLUMN IF EXISTS name_skeleton;
*/
