-- Written by the build step from the migrations: do not edit.
-- The schema of roles after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V105__check_permissions
CREATE TABLE role_permissions (
    role         VARCHAR(20) NOT NULL,
    permission   VARCHAR(40) NOT NULL,
    only_created BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission),
    CONSTRAINT chk_role_permissions_permission CHECK (permission IN ('read_users', 'deactivate_users', 'end_sessions', 'end_connections', 'assign_plans', 'change_plans', 'change_roles'))
);
COMMENT ON COLUMN role_permissions.only_created IS 'TRUE: only for accounts that the acting one has created (users.created_by)';

-- V105__check_permissions
-- Whether all permissions of one role are permissions of another one, with at least the same scope.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION role_covers(role TEXT, other TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN NOT EXISTS (
        SELECT
        FROM role_permissions o
        WHERE o.role = role_covers.other
          AND NOT EXISTS (
              SELECT
              FROM role_permissions r
              WHERE r.role = role_covers.role
                AND r.permission = o.permission
                AND (o.only_created OR NOT r.only_created)
          )
    );
END
$$;
ALTER FUNCTION role_covers SET search_path TO 'public', 'pg_temp';

-- V105__check_permissions
-- Whether an account may act upon another one, and an entry of the audit trail that says so. Call it in the transaction of the act, before
-- it: until the commit, the roles of both stay as they are.
--   actor, ip_address, service
--                     who acts, from where, and the service that sees it
--   permission        what the act needs; the action of the entry, with refused_ in front if it is refused
--   subject           the name of the account that is acted upon; NULL: the act is about no account
--   new_role          the role that is given or changed, or NULL
--   new_permission    the permission that new_role gets, or NULL
--   details           more for the entry: no name of a person
-- Returns:
--   allowed     the account is usable, its role has the permission, and neither the subject nor new_role may do, now and with
--               new_permission, what the actor may not
--   refused     otherwise
--   no_subject  there is no such account, and the actor has the permission for all accounts
-- Locks: the actor (SHARE) and the subject (NO KEY UPDATE), in id order.
CREATE OR REPLACE FUNCTION act_authorize(
    actor BIGINT, ip_address INET, service TEXT, permission TEXT, subject TEXT, new_role TEXT, new_permission TEXT,
    details TEXT
) RETURNS TEXT LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    subject_id BIGINT := (SELECT u.id FROM users u WHERE u.username = act_authorize.subject);
    acting     RECORD;
    target     RECORD;
    granted    RECORD;
    answer     TEXT;
BEGIN
    IF subject_id <= actor THEN
        PERFORM FROM users u WHERE u.id = subject_id FOR NO KEY UPDATE;
    END IF;
    SELECT u.username, u.role, account_is_usable(u.active, u.expires_at) AS is_usable INTO acting
    FROM users u
    WHERE u.id = act_authorize.actor
    FOR SHARE;
    SELECT u.id, u.role, u.created_by INTO target
    FROM users u
    WHERE u.id = subject_id
      AND u.username = act_authorize.subject
    FOR NO KEY UPDATE;
    SELECT p.only_created INTO granted
    FROM role_permissions p
    WHERE p.role = acting.role
      AND p.permission = act_authorize.permission;
    answer := CASE
                  WHEN acting.is_usable IS NOT TRUE OR granted.only_created IS NULL THEN 'refused'
                  WHEN granted.only_created AND COALESCE(target.created_by <> acting.username, TRUE) THEN 'refused'
                  WHEN act_authorize.subject IS NOT NULL AND target.id IS NULL THEN 'no_subject'
                  WHEN NOT role_covers(acting.role, target.role) OR NOT role_covers(acting.role, new_role) THEN 'refused'
                  WHEN new_permission IS NOT NULL AND NOT EXISTS (
                      SELECT
                      FROM role_permissions p
                      WHERE p.role = acting.role
                        AND p.permission = new_permission
                        AND NOT p.only_created
                  ) THEN 'refused'
                  ELSE 'allowed'
              END;
    INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id, subject_id)
    VALUES (CLOCK_TIMESTAMP(),
            CASE WHEN answer = 'allowed' THEN '' ELSE 'refused_' END || act_authorize.permission,
            COALESCE(acting.username, actor::TEXT),
            act_authorize.details,
            plain_address(act_authorize.ip_address),
            LEFT(service, 255),
            target.id);
    RETURN answer;
END
$$;
ALTER FUNCTION act_authorize SET search_path TO 'public', 'pg_temp';
