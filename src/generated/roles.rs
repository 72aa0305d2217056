// Written by the build step from queries/roles.sql. Edit that file: `cargo build` brings this one up to date.

//! Roles: their permissions, and the check of each act of one account upon another. Tables and functions: schema/roles.sql. Use the module
//! `roles` of the crate: it checks and acts in one transaction.

use barqnet_db_client as db;
/// The parameters of [`authorize`](fn@authorize).
#[derive(Debug)]
pub struct AuthorizeParams<T1, T2, T3, T4, T5, T6> {
    pub actor_id: i64,
    pub ip_address: Option<std::net::IpAddr>,
    pub service: T1,
    pub permission: T2,
    pub subject: Option<T3>,
    pub new_role: Option<T4>,
    pub new_permission: Option<T5>,
    pub details: Option<T6>,
}
/// The parameters of [`grant`](fn@grant).
#[derive(Debug)]
pub struct GrantParams<T1, T2> {
    pub role: T1,
    pub permission: T2,
    pub only_created: bool,
}
/// The parameters of [`revoke`](fn@revoke).
#[derive(Debug)]
pub struct RevokeParams<T1, T2> {
    pub role: T1,
    pub permission: T2,
}
/// A row of [`permissions`](fn@permissions).
#[derive(Debug, Clone, PartialEq)]
pub struct RolePermission {
    pub role: String,
    pub permission: String,
    pub only_created: bool,
}
/// A [`RolePermission`] that borrows from the row it was read from.
pub struct RolePermissionBorrowed<'a> {
    pub role: &'a str,
    pub permission: &'a str,
    pub only_created: bool,
}
impl<'a> From<RolePermissionBorrowed<'a>> for RolePermission {
    fn from(it: RolePermissionBorrowed<'a>) -> Self {
        Self { role: it.role.into(), permission: it.permission.into(), only_created: it.only_created }
    }
}
/// The statement [`authorize`](fn@authorize). It needs a full client, because it calls act_authorize.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizeStmt;
/// Whether an account may act upon another one, with an entry of the audit trail: see act_authorize. `answer` is allowed, refused or
/// no_subject. `answer` is never NULL: the function assigns it. Run it in the transaction of the act, before it.
/// Index: users_pkey, idx_users_username, role_permissions_pkey. Locks: the acting account (SHARE) and the subject, in id order.
pub fn authorize() -> AuthorizeStmt {
    AuthorizeStmt
}
impl AuthorizeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "roles.authorize",
        file: "queries/roles.sql",
        line: 6,
        sql: "/* roles.authorize */ SELECT act_authorize( $1::BIGINT, $2::INET, $3::TEXT, $4::TEXT, $5::TEXT, $6::TEXT, $7::TEXT, $8::TEXT ) AS answer",
        parameters: &["int8", "inet", "text", "text", "text", "text", "text", "text"],
        columns: &[("answer", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        actor_id: &'a i64,
        ip_address: &'a Option<std::net::IpAddr>,
        service: &'a impl db::StringSql,
        permission: &'a impl db::StringSql,
        subject: &'a Option<impl db::StringSql>,
        new_role: &'a Option<impl db::StringSql>,
        new_permission: &'a Option<impl db::StringSql>,
        details: &'a Option<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 8> {
        db::Bound::new(Self::QUERY, client, [
            actor_id, ip_address, service, permission, subject, new_role, new_permission, details,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a AuthorizeParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 8> {
        self.bind(
            client, &params.actor_id, &params.ip_address, &params.service, &params.permission, &params.subject,
            &params.new_role, &params.new_permission, &params.details,
        )
    }
}
impl db::Returning for AuthorizeStmt {
    type Row = String;
    type Borrowed<'r> = &'r str;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`permissions`](fn@permissions); a row is a [`RolePermission`].
#[derive(Clone, Copy, Debug)]
pub struct PermissionsStmt;
/// The permissions of all roles, by role and permission.
/// Index: none, tens of rows. Locks: nothing.
pub fn permissions() -> PermissionsStmt {
    PermissionsStmt
}
impl PermissionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "roles.permissions",
        file: "queries/roles.sql",
        line: 15,
        sql: "/* roles.permissions */ SELECT role, permission, only_created FROM role_permissions ORDER BY role, permission",
        parameters: &[],
        columns: &[("role", "varchar"), ("permission", "varchar"), ("only_created", "bool")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for PermissionsStmt {
    type Row = RolePermission;
    type Borrowed<'r> = RolePermissionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(RolePermissionBorrowed { role: row.try_get(0)?, permission: row.try_get(1)?, only_created: row.try_get(2)? })
    }
}
/// The statement [`grant`](fn@grant).
#[derive(Clone, Copy, Debug)]
pub struct GrantStmt;
/// Gives a role a permission, for all accounts or only for those that the acting one has created; replaces the scope that it had.
/// Index: role_permissions_pkey. Locks: the row.
pub fn grant() -> GrantStmt {
    GrantStmt
}
impl GrantStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "roles.grant",
        file: "queries/roles.sql",
        line: 22,
        sql: "/* roles.grant */ INSERT INTO role_permissions AS p (role, permission, only_created) VALUES ($1, $2, $3) ON CONFLICT (role, permission) DO UPDATE SET only_created = EXCLUDED.only_created",
        parameters: &["varchar", "varchar", "bool"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        role: &impl db::StringSql,
        permission: &impl db::StringSql,
        only_created: &bool,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[role, permission, only_created]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &GrantParams<impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.role, &params.permission, &params.only_created).await
    }
}
/// The statement [`revoke`](fn@revoke).
#[derive(Clone, Copy, Debug)]
pub struct RevokeStmt;
/// Takes a permission from a role. 0 rows means that it did not have it.
/// Index: role_permissions_pkey. Locks: the row.
pub fn revoke() -> RevokeStmt {
    RevokeStmt
}
impl RevokeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "roles.revoke",
        file: "queries/roles.sql",
        line: 30,
        sql: "/* roles.revoke */ DELETE FROM role_permissions WHERE role = $1 AND permission = $2",
        parameters: &["text", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        role: &impl db::StringSql,
        permission: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[role, permission]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RevokeParams<impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.role, &params.permission).await
    }
}
