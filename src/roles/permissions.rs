//! Roles and their permissions.

use barqnet_db_client::{Error, GenericClient, ReadClient};

use crate::{
    queries::roles::{self, GrantParams, PermissionsStmt, RevokeParams},
    text_enum::{self, text_enum},
};

text_enum! {
    /// What an account is.
    pub enum Role, "role" {
        /// Somebody who uses the VPN; the default.
        User = "user",
        /// Helps users.
        Support = "support",
        /// Sells plans to users of its own.
        Reseller = "reseller",
        /// Runs the service.
        Admin = "admin",
    }
}

text_enum! {
    /// What a role may do to the accounts of others.
    pub enum Permission, "permission" {
        /// See an account with its plan and quotas.
        ReadUsers = "read_users",
        /// Deactivate and reactivate an account.
        DeactivateUsers = "deactivate_users",
        /// End the sessions of an account.
        EndSessions = "end_sessions",
        /// End the connections of an account.
        EndConnections = "end_connections",
        /// Assign, cancel and take away the plan of an account.
        AssignPlans = "assign_plans",
        /// Make and change plans.
        ChangePlans = "change_plans",
        /// Change the role of an account, and the permissions of a role.
        ChangeRoles = "change_roles",
    }
}

/// Upon which accounts a role may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// Those that the acting account has created.
    Created,
}

/// A permission of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The role's text: also one that is not a [`Role`].
    pub role: String,
    /// What it may do.
    pub permission: Permission,
    /// Upon which accounts.
    pub scope: Scope,
}

/// The permissions of all roles, by role and permission.
pub async fn permissions(client: &impl ReadClient) -> Result<Vec<Granted>, Error> {
    let rows = roles::permissions().bind(client).all().await?;
    rows.into_iter()
        .map(|row| {
            Ok(Granted {
                permission: text_enum::decode(PermissionsStmt::QUERY, "permission", &row.permission)?,
                scope: if row.only_created { Scope::Created } else { Scope::All },
                role: row.role,
            })
        })
        .collect()
}

/// Gives a role a permission, or another scope of it. It checks nothing: [`Actor::grant`](super::Actor::grant) does.
pub async fn grant(client: &impl GenericClient, role: Role, permission: Permission, scope: Scope) -> Result<(), Error> {
    let only_created = scope == Scope::Created;
    roles::grant().params(client, &GrantParams { role, permission, only_created }).await?;
    Ok(())
}

/// Takes a permission from a role; `false` means that it did not have it. It checks nothing: [`Actor::revoke`](super::Actor::revoke)
/// does.
pub async fn revoke(client: &impl GenericClient, role: Role, permission: Permission) -> Result<bool, Error> {
    Ok(roles::revoke().params(client, &RevokeParams { role, permission }).await? > 0)
}
