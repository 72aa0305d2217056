-- Devices: the ones that a user has registered.
--
-- Why: one device, and nobody else's sessions and connections, can be signed out; a device that comes back replaces what it had;
-- and the number of devices per user can be limited.
-- Locks: creates a table, with SHARE ROW EXCLUSIVE on users for its foreign key.

CREATE TABLE IF NOT EXISTS user_devices (
    id             BIGSERIAL,
    user_id        BIGINT NOT NULL,
    device_key     VARCHAR(255) NOT NULL,
    device_name    VARCHAR(255),
    device_type    VARCHAR(255),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_seen      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    revoked_at     TIMESTAMPTZ,
    revoked_reason VARCHAR(255),
    CONSTRAINT user_devices_pkey PRIMARY KEY (id),
    CONSTRAINT user_devices_user_id_device_key_key UNIQUE (user_id, device_key),
    CONSTRAINT chk_user_devices_revoked CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
    CONSTRAINT chk_user_devices_times CHECK (is_calendar_time(created_at) AND is_calendar_time(last_seen) AND is_calendar_time(revoked_at)),
    CONSTRAINT fk_user_devices_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS idx_user_devices_last_seen ON user_devices (last_seen);

COMMENT ON COLUMN user_devices.device_key IS 'The stable id that the client keeps, unique per user';
COMMENT ON COLUMN user_devices.last_seen IS
    'The last registration, sign-in or opening of a connection; device_seen_at also knows the use since then';
COMMENT ON COLUMN user_devices.revoked_at IS
    'When the device was signed out, lost or replaced: it opens nothing until it is registered again';

/* rollback
DROP TABLE IF EXISTS user_devices;
*/
