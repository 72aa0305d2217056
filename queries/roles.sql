-- Roles: their permissions, and the check of each act of one account upon another. Tables and functions: schema/roles.sql. Use the module
-- `roles` of the crate: it checks and acts in one transaction.

--: RolePermission()

--! authorize (ip_address?, subject?, new_role?, new_permission?, details?) : (answer!)
--- Whether an account may act upon another one, with an entry of the audit trail: see act_authorize. `answer` is allowed, refused or
--- no_subject. `answer` is never NULL: the function assigns it. Run it in the transaction of the act, before it.
--- Index: users_pkey, idx_users_username, role_permissions_pkey. Locks: the acting account (SHARE) and the subject, in id order.
SELECT act_authorize(
    :actor_id::BIGINT, :ip_address::INET, :service::TEXT, :permission::TEXT, :subject::TEXT, :new_role::TEXT,
    :new_permission::TEXT, :details::TEXT
) AS answer;

--! permissions : RolePermission
--- The permissions of all roles, by role and permission.
--- Index: none, tens of rows. Locks: nothing.
SELECT role, permission, only_created
FROM role_permissions
ORDER BY role, permission;

--! grant
--- Gives a role a permission, for all accounts or only for those that the acting one has created; replaces the scope that it had.
--- Index: role_permissions_pkey. Locks: the row.
INSERT INTO role_permissions AS p (role, permission, only_created)
VALUES (:role, :permission, :only_created)
ON CONFLICT (role, permission) DO UPDATE
SET only_created = EXCLUDED.only_created;

--! revoke
--- Takes a permission from a role. 0 rows means that it did not have it.
--- Index: role_permissions_pkey. Locks: the row.
DELETE FROM role_permissions
WHERE role = :role
  AND permission = :permission;
