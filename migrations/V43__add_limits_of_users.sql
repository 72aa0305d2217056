-- A user can have limits of connections and of devices of their own.
--
-- Why: plans differ in how many connections and devices they include.
-- Locks: ACCESS EXCLUSIVE on users, while the table is read: 0.2 s per million rows.

ALTER TABLE users
    ADD COLUMN IF NOT EXISTS max_connections INTEGER,
    ADD COLUMN IF NOT EXISTS max_devices     INTEGER;

COMMENT ON COLUMN users.max_connections IS 'Live connections of this user, at most; NULL: what the policy says';
COMMENT ON COLUMN users.max_devices IS 'Registered user_devices of this user, at most; NULL: what the policy says';

-- barqnet: accepts constraint-without-not-valid: the table is small, and every row has NULL
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = 'users'::REGCLASS AND conname = 'chk_users_limits'
    ) THEN
        ALTER TABLE users ADD CONSTRAINT chk_users_limits CHECK (max_connections >= 0 AND max_devices >= 0);
    END IF;
END
$$;

/* rollback
ALTER TABLE users DROP CONSTRAINT IF EXISTS chk_users_limits;
ALTER TABLE users DROP COLUMN IF EXISTS max_devices, DROP COLUMN IF EXISTS max_connections;
*/
