-- A session can belong to a device.
--
-- Why: signing out a device ends its sessions, and nobody else's.
-- Locks: ACCESS EXCLUSIVE on user_sessions and SHARE ROW EXCLUSIVE on user_devices, for a change of the catalogue only.

-- barqnet: accepts constraint-without-not-valid: PostgreSQL reads no row for the foreign key of a new column without a default
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'user_sessions'::REGCLASS AND attname = 'device_id' AND NOT attisdropped
    ) THEN
        ALTER TABLE user_sessions
            ADD COLUMN device_id BIGINT CONSTRAINT fk_user_sessions_device_id REFERENCES user_devices (id) ON DELETE SET NULL;
    END IF;
END
$$;

COMMENT ON COLUMN user_sessions.device_id IS 'The device that signed in; NULL if it is not registered';

/* rollback
ALTER TABLE user_sessions DROP COLUMN IF EXISTS device_id;
*/
