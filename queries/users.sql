-- Accounts: sign-in by name or phone number, and the VPN profile of each account. Tables and functions: schema/users.sql.
-- account_is_usable() decides whether an account may be used: not deactivated, and not expired.
-- server_id is the empty text for an account without a server, which some databases of the Go product have.

--: User(phone_number?, expires_at?, ovpn_path?, checksum?, created_at?, last_access?, last_login?)
--: Credentials(password_hash?)
--: Profile(ovpn_path?, checksum?)
--: LockedUser()
--: UserLimits(max_connections?, max_devices?)
--: RemovedAccount()
--: Dormancy(unused_since?)
--: NumberHolder()
--: ServerUsers()
--: UserCounts()

--! create (phone_number?, password_hash?, expires_at?, ovpn_path?, checksum?, name_skeleton?)
--- Creates an account and returns its id. A name or phone number that is taken is a unique violation
--- (`users_username_key`, `idx_users_phone_number`), and so is the name of an erased person (`erased_names_pkey`); no
--- existing account changes, and no id is taken unless the other account is created at the same time.
--- `name_skeleton` is that of `users::Username`: a name that looks like another one is a unique violation as well
--- (`idx_users_name_skeleton`, `erased_names_pkey`). NULL leaves the name unchecked.
--- Index: users_username_key, idx_users_phone_number, idx_users_name_skeleton, erased_names_pkey. Locks: the inserted row;
--- the rows of users and erased_names that hold what is taken, FOR KEY SHARE.
WITH holder AS (
    SELECT u.id
    FROM users u
    WHERE u.username = :username::TEXT
       OR u.phone_number = :phone_number::TEXT
       OR u.name_skeleton = :name_skeleton::TEXT
    FOR KEY SHARE
),
erased AS (
    SELECT e.name_hash
    FROM erased_names e
    WHERE e.name_hash IN (name_hash(:username::TEXT), name_hash(:name_skeleton::TEXT))
    FOR KEY SHARE
)
INSERT INTO users
    (id, username, phone_number, password_hash, created_via, server_id, created_by, protocol, port,
     expires_at, ovpn_path, checksum, name_skeleton, name_is_checked)
VALUES
    -- What is taken stays so, as its row is locked: the row with id 0 is refused, and the sequence is not used.
    (CASE WHEN EXISTS (SELECT FROM holder) OR EXISTS (SELECT FROM erased) THEN 0 ELSE NEXTVAL('users_id_seq') END,
     :username, :phone_number, :password_hash, :created_via, :server_id, :created_by, :protocol, :port,
     :expires_at, :ovpn_path, :checksum, :name_skeleton, :name_skeleton::TEXT IS NOT NULL)
RETURNING id;

--! upsert_vpn_profile (ovpn_path?, checksum?)
--- Creates the account, or replaces the VPN profile of the one with this name and marks it unsynced; returns its id. Phone
--- number, password, activity, expiry and origin of an existing account stay as they are. The name of an erased person is a
--- unique violation (`erased_names_pkey`). If the server is another one, it is `assign_server` as well. Only a new account
--- takes an id.
--- Index: users_username_key, idx_users_username. Locks: the row.
WITH given AS (
    SELECT :username::TEXT   AS username,
           :server_id::TEXT  AS server_id,
           :created_by::TEXT AS created_by,
           :protocol::TEXT   AS protocol,
           :port::INTEGER    AS port,
           :ovpn_path::TEXT  AS ovpn_path,
           :checksum::TEXT   AS checksum
),
replaced AS (
    UPDATE users u
    SET server_id = g.server_id,
        protocol  = g.protocol,
        port      = g.port,
        ovpn_path = g.ovpn_path,
        checksum  = g.checksum,
        synced    = FALSE
    FROM given g
    WHERE u.username = g.username
    RETURNING u.id
),
created AS (
    INSERT INTO users
        (username, server_id, created_by, protocol, port, ovpn_path, checksum)
    SELECT username, server_id, created_by, protocol, port, ovpn_path, checksum
    FROM given
    WHERE NOT EXISTS (SELECT FROM replaced)
    -- Created by another transaction meanwhile.
    ON CONFLICT (username) DO UPDATE
    SET server_id = EXCLUDED.server_id,
        protocol  = EXCLUDED.protocol,
        port      = EXCLUDED.port,
        ovpn_path = EXCLUDED.ovpn_path,
        checksum  = EXCLUDED.checksum,
        synced    = FALSE
    RETURNING id
)
SELECT id
FROM replaced
UNION ALL
SELECT id
FROM created;

--! by_id : User
--- The account with this id. No row means that there is none.
--- Index: users_pkey. Locks: nothing.
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE id = :id;

--! by_username : User
--- The account with this name. No row means that there is none.
--- Index: idx_users_username. Locks: nothing.
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE username = :username;

--! by_phone : User
--- The account with this phone number (E.164). No row means that there is none.
--- Index: idx_users_phone_number. Locks: nothing.
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE phone_number = :phone_number;

--! credentials_by_phone primary : Credentials
--- What a sign-in by phone number needs; `usable` is false for an account that is deactivated or expired. No row means
--- that no account has this number: answer as for a wrong password.
--- Index: idx_users_phone_number. Locks: nothing.
SELECT id,
       username,
       password_hash,
       account_is_usable(active, expires_at) AS usable
FROM users
WHERE phone_number = :phone_number;

--! credentials_by_username primary : Credentials
--- What a sign-in by name needs; `usable` is false for an account that is deactivated or expired. No row means that no
--- account has this name: answer as for a wrong password.
--- Index: idx_users_username. Locks: nothing.
SELECT id,
       username,
       password_hash,
       account_is_usable(active, expires_at) AS usable
FROM users
WHERE username = :username;

--! password_hash_by_id primary : (password_hash?)
--- The stored password hash; NULL if the account has no password. No row means that there is no such account.
--- Index: users_pkey. Locks: nothing.
SELECT password_hash
FROM users
WHERE id = :id;

--! vpn_profile : Profile
--- What an end node needs to serve an account, and the version to confirm by `mark_synced`. No row means that no account
--- has this name.
--- Index: idx_users_username. Locks: nothing.
SELECT id,
       COALESCE(server_id, '')   AS server_id,
       COALESCE(protocol, 'udp') AS protocol,
       COALESCE(port, 1194)      AS port,
       ovpn_path,
       checksum,
       sync_version,
       account_is_usable(active, expires_at) AS usable
FROM users
WHERE username = :username;

--! exists
--- Whether an account has this name. To claim a name, call `create` and handle the unique violation instead.
--- Index: idx_users_username. Locks: nothing.
SELECT EXISTS (SELECT 1 FROM users WHERE username = :username) AS found;

--! phone_exists
--- Whether an account has this phone number. Do not expose the answer to clients: it discloses who is a customer.
--- Index: idx_users_phone_number. Locks: nothing.
SELECT EXISTS (SELECT 1 FROM users WHERE phone_number = :phone_number) AS found;

--! list : User
--- One page of all accounts in id order. Start with `after_id` 0, continue with the last id received.
--- Index: users_pkey. Locks: nothing.
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE id > :after_id
ORDER BY id
LIMIT :limit::BIGINT;

--! list_by_server : User
--- One page of the accounts assigned to a server, in id order. Start with `after_id` 0, continue with the last id
--- received.
--- Index: idx_users_server_id (all accounts of the server). Locks: nothing.
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE server_id = :server_id
  AND id > :after_id
-- An expression, so that PostgreSQL reads this server's accounts instead of the whole table in id order.
ORDER BY id + 0
LIMIT :limit::BIGINT;

--! list_unsynced : User
--- One page of a server's accounts whose last change its node has not confirmed, in id order. Accounts that have left the
--- server are in `list_removed`. Start with `after_id` 0, continue with the last id received.
--- Index: idx_users_unsynced. Locks: nothing.
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE server_id = :server_id
  AND synced IS NOT TRUE
  AND id > :after_id
-- An expression, so that PostgreSQL reads this server's accounts instead of the whole table in id order.
ORDER BY id + 0
LIMIT :limit::BIGINT;

--! mark_synced
--- Records that the node has the account as of this `sync_version`. 0 rows means that the account has changed since and
--- must be sent again, or that there is no such account.
--- Index: users_pkey. Locks: the row.
UPDATE users
SET synced = TRUE
WHERE id = :id
  AND sync_version = :sync_version;

--! list_removed : RemovedAccount
--- One page of the accounts that have left a server since its node last confirmed, in id order: its node removes them, and
--- confirms each by `confirm_removed`. `cause` is moved, renamed, deleted or erased. Start with `after_id` 0, continue with
--- the last id received. What a node does not confirm is deleted by the maintenance after `keep_account_tombstones`: a node
--- that was away for longer compares its accounts with `list_by_server`.
--- Index: account_tombstones_pkey. Locks: nothing.
SELECT id,
       username,
       cause,
       created_at AS removed_at
FROM account_tombstones
WHERE server_id = :server_id
  AND id > :after_id
ORDER BY id
LIMIT :limit::BIGINT;

--! confirm_removed
--- Records that the node has removed the account as of this id. 0 rows means that there is no such tombstone: it is
--- confirmed already, or the account has come back or left again since.
--- Index: account_tombstones_pkey. Locks: the row.
DELETE FROM account_tombstones
WHERE id = :id
  AND server_id = :server_id;

--! update_vpn_profile (ovpn_path?, checksum?)
--- Replaces the VPN profile and marks the account unsynced. 0 rows means that no account has this name.
--- Index: idx_users_username. Locks: the row.
UPDATE users
SET ovpn_path = :ovpn_path,
    checksum  = :checksum,
    port      = :port,
    protocol  = :protocol,
    synced    = FALSE
WHERE username = :username;

--! deactivate
--- Deactivates an account and marks it unsynced. Its sessions and connections end for the reason account_deactivated; its
--- history stays. 0 rows means that no account has this name, or that it is deactivated already. `users::deactivate` of the
--- crate returns the connections that end.
--- Index: idx_users_username. Locks: the row, then the sessions and the connections in id order, and what the ends of these
--- lock.
UPDATE users
SET active = FALSE,
    synced = FALSE
WHERE username = :username
  AND active IS NOT FALSE;

--! reactivate
--- Reactivates a deactivated account and marks it unsynced; its sessions do not come back. 0 rows means that no account has
--- this name, or that it is active.
--- Index: idx_users_username. Locks: the row.
UPDATE users
SET active = TRUE,
    synced = FALSE
WHERE username = :username
  AND active IS FALSE;

--! touch_last_login
--- Records a sign-in at this moment. 0 rows means that there is no such account.
--- Index: users_pkey. Locks: the row.
UPDATE users
SET last_login = CLOCK_TIMESTAMP()
WHERE id = :id;

--! touch_last_access
--- Records use of the account at this moment if the stored time is older than `min_age_seconds`, or in the future. 0 rows
--- means that it is not, or that no account has this name.
--- Index: idx_users_username. Locks: the row, if it is written.
UPDATE users
SET last_access = CURRENT_TIMESTAMP
WHERE username = :username
  AND (last_access IS NULL
       OR last_access > CURRENT_TIMESTAMP
       OR last_access < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST(:min_age_seconds::DOUBLE PRECISION, 0)));

--! set_password_hash
--- Replaces the password hash. Revoke the other sessions in the same transaction. 0 rows means that there is no such account.
--- Index: users_pkey. Locks: the row.
UPDATE users
SET password_hash = :password_hash
WHERE id = :id;

--! set_role
--- Replaces the role. Revoke the other sessions in the same transaction. 0 rows means that there is no such account, or that
--- it has this role already.
--- Index: users_pkey. Locks: the row.
UPDATE users
SET role = :role
WHERE id = :id
  AND role <> :role;

--! phone_number_by_id : (phone_number?)
--- The phone number of an account; NULL if it has none. No row means that there is no such account.
--- Index: users_pkey. Locks: nothing.
SELECT phone_number
FROM users
WHERE id = :id;

--! set_phone_number (phone_number?)
--- Sets or clears the phone number. A number of another account is a unique violation (`idx_users_phone_number`). 0 rows
--- means that there is no such account.
--- Index: users_pkey. Locks: the row.
UPDATE users
SET phone_number = :phone_number
WHERE id = :id;

--! set_expiry (expires_at?)
--- Sets the time at which the account expires, NULL for never, and marks it unsynced. Its live connections end with the
--- first heartbeat after that time, or with the maintenance. 0 rows means that no account has this name.
--- Index: idx_users_username. Locks: the row, then its live connections, in id order.
UPDATE users
SET expires_at = :expires_at,
    synced     = FALSE
WHERE username = :username;

--! assign_server
--- Assigns the account to a server and marks it unsynced. Its connections on the server that it had end for the reason
--- account_moved, and that server's node is told (`list_removed`). 0 rows means that no account has this name.
--- Index: idx_users_username. Locks: the row, then the connections that end, in id order, and what their ends lock; the
--- tombstone.
UPDATE users
SET server_id = :server_id,
    synced    = FALSE
WHERE username = :username;

--! delete
--- Deletes an account that never used the VPN, with its sessions and devices. A foreign key (23503) refuses an account with connections
--- or statistics, archived ones included: deactivate or erase it. 0 rows means that no account has this name.
--- Index: idx_users_username, users_pkey, idx_sessions_user_id; and one on username in each table that refers to it. Locks:
--- the row of users, then those of user_sessions, in id order.
WITH account AS (
    SELECT id
    FROM users
    WHERE username = :username
    FOR UPDATE
),
its_sessions AS (
    SELECT s.id
    FROM user_sessions s
    JOIN account ON account.id = s.user_id
    ORDER BY s.id
    FOR UPDATE OF s
)
DELETE FROM users u
USING account
WHERE u.id = account.id
  -- Always true; referencing the CTE forces its FOR UPDATE to run.
  AND (SELECT COUNT(*) FROM its_sessions) >= 0;

--! lock_by_phone : LockedUser
--- Locks the account with a phone number until the transaction ends, so that it keeps the number until then. No row means
--- that no account has this number.
--- Index: idx_users_phone_number. Locks: the row, FOR NO KEY UPDATE.
SELECT id,
       username,
       account_is_usable(active, expires_at) AS usable
FROM users
WHERE phone_number = :phone_number
FOR NO KEY UPDATE;

--! lock_by_username : LockedUser
--- Locks an account until the transaction ends, so that a limit that depends on a count (connections per user) can be
--- enforced; count in a later statement. No row means that no account has this name.
--- Index: idx_users_username. Locks: the row, FOR NO KEY UPDATE.
SELECT id,
       username,
       account_is_usable(active, expires_at) AS usable
FROM users
WHERE username = :username
FOR NO KEY UPDATE;

--! lock_by_id : LockedUser
--- Locks an account until the transaction ends, as `lock_by_username`. No row means that there is no such account.
--- Index: users_pkey. Locks: the row, FOR NO KEY UPDATE.
SELECT id,
       username,
       account_is_usable(active, expires_at) AS usable
FROM users
WHERE id = :id
FOR NO KEY UPDATE;

--! limits : UserLimits
--- The limits of an account of its own: live connections and devices, at most; NULL means that the policy's limit counts. No
--- row means that no account has this name.
--- Index: idx_users_username. Locks: nothing.
SELECT max_connections,
       max_devices
FROM users
WHERE username = :username;

--! set_limits (max_connections?, max_devices?)
--- Sets the limits of an account of its own; NULL means that the policy's limit counts, 0 none. What is open stays open. 0 rows
--- means that no account has this name.
--- Index: idx_users_username. Locks: the row.
UPDATE users
SET max_connections = :max_connections,
    max_devices     = :max_devices
WHERE username = :username;

--! count report : UserCounts
--- The number of accounts: all, usable at this moment, expired, deactivated, and with a phone number.
--- Index: none, it reads the whole table once. Locks: nothing.
SELECT COUNT(*) AS total,
       COUNT(*) FILTER (WHERE account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) AS usable,
       COUNT(*) FILTER (WHERE active IS NOT FALSE
                          AND NOT account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) AS expired,
       COUNT(*) FILTER (WHERE active IS FALSE) AS deactivated,
       COUNT(*) FILTER (WHERE phone_number IS NOT NULL) AS with_phone
FROM users;

--! count_by_server report : ServerUsers
--- The number of accounts assigned to each server, and of those that are active and unsynced, by server name.
--- Index: none, it reads the whole table once. Locks: nothing.
SELECT COALESCE(server_id, '') AS server_id,
       COUNT(*) AS assigned,
       COUNT(*) FILTER (WHERE active IS NOT FALSE)  AS active,
       COUNT(*) FILTER (WHERE synced IS NOT TRUE)   AS unsynced
FROM users
GROUP BY 1
ORDER BY 1;

--! dormancy : Dormancy
--- When the account was used last: by a sign-in, a session, a device or a connection; NULL if never. `is_dormant`: that was at least
--- `unused_seconds` ago. An account that was never used is not dormant. Lock the account in an earlier statement, so that it stays so.
--- No row means that there is no such account.
--- Index: users_pkey. Locks: nothing.
SELECT used.unused_since,
       COALESCE(used.unused_since <= CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => :unused_seconds), FALSE) AS is_dormant,
       u.password_hash IS NOT NULL AS has_password
FROM users u
CROSS JOIN LATERAL account_unused_since(u.id) AS used (unused_since)
WHERE u.id = :id;

--! by_last_digits : NumberHolder
--- The accounts whose phone number ends in these 6 digits, in whatever spelling it is stored, the one first that signed in last.
--- Index: idx_users_phone_number_end. Locks: nothing.
SELECT id,
       phone_number
FROM users
WHERE RIGHT(REGEXP_REPLACE(phone_number, '[^0-9]', '', 'g'), 6) = :last_digits
  AND phone_number IS NOT NULL
ORDER BY last_login DESC NULLS LAST, id;

--! recall_number : (recalled!)
--- Gives a phone number back the limits of codes that stand under these pseudonyms since its owner was erased. `recalled` says
--- whether there were any; it is never NULL.
--- Index: otp_numbers_pkey. Locks: if there are any, the number's row, then those of the pseudonyms.
SELECT recalled FROM otp_recall(:phone_number, :pseudonyms) AS recalled;

--! erase (name_skeleton?) : (pseudonym?)
--- Replaces a person by a pseudonym, and returns the pseudonym. The name is replaced in every table; phone number, password,
--- profile, addresses, devices, sessions, codes and the details of audit entries are deleted, and name and number are replaced in the
--- details of other people's entries. Connections and statistics stay, and no total changes. The name is never given again, nor one
--- that looks like it: the SHA-256 of both is kept. The limits of the phone number stay under `pseudonyms`, parallel to `numbers`.
--- NULL means that no account has this name. An account with live connections is refused (55006): `users::erase` of the crate
--- deactivates it and closes its connections first. One whose number is not in `numbers` is refused with 40001.
--- Index: none on created_by and on the details of audit entries, so all of users and audit_log is read; otherwise one on username
--- in each table with that column.
--- Locks: the numbers, the account and the accounts that it created, in id order, then every row of its history.
SELECT account_erase(:username, :name_skeleton, :numbers, :pseudonyms) AS pseudonym;
