-- Roles have permissions, which are checked and recorded whenever an account acts upon another one.
--
-- Why: users.role was a text that nothing looked at. Roles without a row here have no permission.
-- Locks: creates a table and functions only.

CREATE TABLE IF NOT EXISTS role_permissions (
    role         VARCHAR(20) NOT NULL,
    permission   VARCHAR(40) NOT NULL,
    only_created BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission),
    CONSTRAINT chk_role_permissions_permission CHECK (
        permission IN ('read_users', 'deactivate_users', 'end_sessions', 'end_connections', 'assign_plans', 'change_plans', 'change_roles')
    )
);
COMMENT ON COLUMN role_permissions.only_created IS 'TRUE: only for accounts that the acting one has created (users.created_by)';

INSERT INTO role_permissions (role, permission, only_created)
VALUES ('support', 'read_users', FALSE),
       ('support', 'end_sessions', FALSE),
       ('support', 'end_connections', FALSE),
       ('reseller', 'read_users', TRUE),
       ('reseller', 'deactivate_users', TRUE),
       ('reseller', 'end_sessions', TRUE),
       ('reseller', 'end_connections', TRUE),
       ('reseller', 'assign_plans', TRUE),
       ('admin', 'read_users', FALSE),
       ('admin', 'deactivate_users', FALSE),
       ('admin', 'end_sessions', FALSE),
       ('admin', 'end_connections', FALSE),
       ('admin', 'assign_plans', FALSE),
       ('admin', 'change_plans', FALSE),
       ('admin', 'change_roles', FALSE)
ON CONFLICT DO NOTHING;

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

-- As V28 does.
DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN ('role_covers', 'act_authorize')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS act_authorize(BIGINT, INET, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT);
DROP FUNCTION IF EXISTS role_covers(TEXT, TEXT);
DROP TABLE IF EXISTS role_permissions;
*/
