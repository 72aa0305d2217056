-- The audit trail: who did what, from where. Tables: schema/audit.sql. Rows are added and, after their retention, deleted;
-- only the erasure of a user changes them.

--: AuditEntry(timestamp?, username?, details?, ip_address?, subject_id?)
--: FailuresByIp()
--: ActionsByUser()

--! append (username?, details?, ip_address?)
--- Adds an entry with the current time and returns its id. What is too long is cut, and an address gets its one form: see
--- `audit::append` of the crate.
--- Index: none needed. Locks: the inserted row only.
INSERT INTO audit_log
    (timestamp, action, username, details, ip_address, server_id)
VALUES
    (CLOCK_TIMESTAMP(), LEFT(:action::TEXT, 255), LEFT(:username::TEXT, 255), :details, plain_address(:ip_address),
     LEFT(:server_id::TEXT, 255))
RETURNING id;

--! append_past batch (username?, details?, ip_address?)
--- Adds an entry of an earlier time, such as one that a node has kept while the database was away. What is too long is
--- cut. Many entries get ids in the order given. See `audit::append_past` of the crate.
--- Index: none needed. Locks: the inserted row only.
INSERT INTO audit_log
    (timestamp, action, username, details, ip_address, server_id)
VALUES
    (:timestamp, LEFT(:action::TEXT, 255), LEFT(:username::TEXT, 255), :details, plain_address(:ip_address),
     LEFT(:server_id::TEXT, 255));

--! import batch copy_in (username?, details?, ip_address?, subject_id?)
--- Adds entries as `export` has copied them out. One that does not fit is an error, and none is added.
--- Index: none needed. Locks: the inserted rows only.
INSERT INTO audit_log
    (timestamp, action, username, details, ip_address, server_id, subject_id)
VALUES
    (:timestamp, :action, :username, :details, :ip_address, :server_id, :subject_id);

--! export report copy_out : AuditEntry
--- All entries, in no order, for an archive outside of the database.
--- Index: none, it reads everything. Locks: nothing.
SELECT id,
       timestamp,
       action,
       username,
       details,
       ip_address,
       server_id,
       subject_id
FROM audit_log;

--! recent : AuditEntry
--- One page of all entries, newest first. Start with `before_id` i64::MAX, continue with the last id received.
--- Index: audit_log_pkey. Locks: nothing.
SELECT id,
       timestamp,
       action,
       username,
       details,
       ip_address,
       server_id,
       subject_id
FROM audit_log
WHERE id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! by_server : AuditEntry
--- One page of the entries of a server, newest first. Start with `before_id` i64::MAX, continue with the last id received.
--- Index: idx_audit_server_newest. Locks: nothing.
SELECT id,
       timestamp,
       action,
       username,
       details,
       ip_address,
       server_id,
       subject_id
FROM audit_log
WHERE server_id = :server_id
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! by_user : AuditEntry
--- One page of the entries of a user, newest first. Start with `before_id` i64::MAX, continue with the last id received.
--- Index: idx_audit_user_newest. Locks: nothing.
SELECT id,
       timestamp,
       action,
       username,
       details,
       ip_address,
       server_id,
       subject_id
FROM audit_log
WHERE username = :username
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! by_subject : AuditEntry
--- One page of the entries about what others did to an account, newest first. Start with `before_id` i64::MAX, continue with the last
--- id received.
--- Index: idx_audit_subject_newest. Locks: nothing.
SELECT id,
       timestamp,
       action,
       username,
       details,
       ip_address,
       server_id,
       subject_id
FROM audit_log
WHERE subject_id = :subject_id
  AND id < :before_id
ORDER BY id DESC
LIMIT :limit::BIGINT;

--! failures_by_ip : FailuresByIp
--- Up to `limit` addresses with at least `at_least` entries since `since` whose action is LIKE `action_pattern`, most
--- entries first (alert: more than 5 failed sign-ins per hour). The addresses of an IPv6 /64, which one customer has, count
--- as its first one.
--- Index: idx_audit_timestamp. Locks: nothing.
SELECT f.ip_address,
       COUNT(*)         AS failures,
       MAX(f.timestamp) AS newest_at
FROM (
    SELECT CASE FAMILY(plain_address(a.ip_address))
               WHEN 4 THEN plain_address(a.ip_address)
               ELSE SET_MASKLEN(NETWORK(SET_MASKLEN(a.ip_address, 64))::INET, 128)
           END AS ip_address,
           a.timestamp
    FROM audit_log a
    WHERE a.timestamp >= :since
      AND a.action LIKE :action_pattern
      AND a.ip_address IS NOT NULL
) f
GROUP BY f.ip_address
HAVING COUNT(*) >= :at_least::BIGINT
ORDER BY COUNT(*) DESC, f.ip_address
LIMIT :limit::BIGINT;

--! actions_by_user : ActionsByUser
--- Up to `limit` users with at least `at_least` entries since `since` whose action is LIKE `action_pattern`, most entries
--- first (alert: more than 10 administrative actions per day).
--- Index: idx_audit_timestamp. Locks: nothing.
SELECT username,
       COUNT(*)       AS actions,
       MAX(timestamp) AS newest_at
FROM audit_log
WHERE timestamp >= :since
  AND action LIKE :action_pattern
  AND username IS NOT NULL
GROUP BY username
HAVING COUNT(*) >= :at_least::BIGINT
ORDER BY COUNT(*) DESC, username
LIMIT :limit::BIGINT;
