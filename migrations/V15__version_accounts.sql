-- Each change of an account that its node must hear of has a number, so that a node confirms the change it was sent and no
-- other.
--
-- Why: whatever changes an account sets synced to FALSE. A node that was sent the state before and confirms it after would
-- set it to TRUE, and never hear of the last change: its checksum is that of the profile, which closing an account leaves
-- as it is. Whoever writes, our queries or another program, a trigger counts.
-- Locks: ACCESS EXCLUSIVE on users for a column (catalogue only, no rewrite) and a trigger.

ALTER TABLE users
    ADD COLUMN IF NOT EXISTS sync_version BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION count_account_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.sync_version := OLD.sync_version + 1;
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS account_changed ON users;
CREATE TRIGGER account_changed
    BEFORE UPDATE OF synced ON users
    FOR EACH ROW
    WHEN (NEW.synced IS NOT TRUE)
    EXECUTE FUNCTION count_account_change();

/* rollback
DROP TRIGGER IF EXISTS account_changed ON users;
DROP FUNCTION IF EXISTS count_account_change();
ALTER TABLE users
    DROP COLUMN IF EXISTS sync_version;
*/
