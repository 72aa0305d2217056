-- Devices: the ones that a user has registered under a stable id, which their client keeps. Sessions and connections can belong to
-- one. Tables and functions: schema/devices.sql; limits: src/devices/policy.rs. What signs a device out has to end its
-- connections in the same transaction, by `connections::close_all_for_devices`: use the module `devices` of the crate.
-- device_seen_at() tells when a device was last used: it reads its sessions and live connections by their indexes.

--: Device(device_name?, device_type?, last_seen!, revoked_at?, revoked_reason?)
--: Registration(outcome!, device_id?, was_revoked_for?, ended_ids![!])
--: Revocation(device_ids![!], sessions_ended!)

--! register (device_name?, device_type?, session_id?, max_devices?) : Registration
--- Registers a device, or finds the one with this key; what was signed out or lost is registered again. `session_id` belongs to
--- it from then on. At the limit of `max_devices` per user (NULL: no limit; a limit of the user's own counts instead),
--- `ends_longest_unseen` signs out the device that was not used for longest, otherwise the new one is refused. `outcome` is
--- registered, unusable or limit_reached; `outcome` and `ended_ids` are never NULL. A repeated call takes no id.
--- Index: users_pkey, user_devices_user_id_device_key_key, idx_sessions_device_id. Locks: the account's row, the devices and the
--- sessions that end.
SELECT outcome, device_id, was_revoked_for, ended_ids
FROM device_register(
    :user_id::BIGINT, :device_key::TEXT, :device_name::TEXT, :device_type::TEXT, :session_id::BIGINT, :max_devices::INTEGER,
    :ends_longest_unseen::BOOLEAN
);

--! revoke : Revocation
--- Signs devices of a user out, with their sessions. `device_ids` are those that belong to the user; it and `sessions_ended` are
--- never NULL.
--- Index: users_pkey, user_devices_pkey, idx_sessions_device_id. Locks: the account's row, the devices, the sessions, each in id
--- order.
SELECT device_ids, sessions_ended
FROM device_revoke(:user_id::BIGINT, :device_ids::BIGINT[], :reason::TEXT, :session_reason::TEXT);

--! revoke_all : Revocation
--- Signs all devices of a user out, with their sessions. Lock the account first, so that no device is registered meanwhile.
--- `device_ids` are those that were not signed out before; it and `sessions_ended` are never NULL.
--- Index: user_devices_user_id_device_key_key, users_pkey, user_devices_pkey, idx_sessions_device_id. Locks: as `revoke`.
SELECT device_ids, sessions_ended
FROM device_revoke(
    :user_id::BIGINT,
    ARRAY(
        SELECT d.id
        FROM user_devices d
        WHERE d.user_id = :user_id::BIGINT
          AND d.revoked_at IS NULL
        ORDER BY d.id
    ),
    :reason::TEXT,
    :session_reason::TEXT
);

--! rename
--- Names a device of a user. Of a longer name the first 255 characters count. 0 rows means that the user has no such device.
--- Index: user_devices_pkey. Locks: the row.
UPDATE user_devices
SET device_name = LEFT(:device_name::TEXT, 255)
WHERE id = :id
  AND user_id = :user_id;

--! by_id : Device
--- The device with this id, signed out or not. No row means that there is none. `last_seen` is never NULL: device_seen_at returns at
--- least the column of that name.
--- Index: user_devices_pkey. Locks: nothing.
SELECT id,
       user_id,
       device_key,
       device_name,
       device_type,
       created_at,
       device_seen_at(d) AS last_seen,
       revoked_at,
       revoked_reason
FROM user_devices d
WHERE id = :id;

--! list : Device
--- One page of the registered devices of a user, newest first; those that were signed out or lost are not listed. Start with
--- `before_id` i64::MAX, continue with the last id received. `last_seen` is never NULL, as in `by_id`.
--- Index: user_devices_user_id_device_key_key. Locks: nothing.
SELECT id,
       user_id,
       device_key,
       device_name,
       device_type,
       created_at,
       device_seen_at(d) AS last_seen,
       revoked_at,
       revoked_reason
FROM user_devices d
WHERE user_id = :user_id
  AND revoked_at IS NULL
  AND id < :before_id
-- An expression, so that PostgreSQL reads this user's devices instead of the whole table backwards.
ORDER BY id + 0 DESC
LIMIT :limit::BIGINT;
