//! The acts of one account upon another.

use std::net::IpAddr;

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::permissions::{self, Permission, Role, Scope};
use crate::{
    connections::CloseReason,
    error::Error,
    plans::{self, AssignOutcome, CreateOutcome, Limits, NewPlan, UpdateOutcome},
    queries::{
        connections::{self, ClosedConnection},
        roles::{self, AuthorizeParams, AuthorizeStmt},
        users::{self, User},
    },
    sessions::{self, RevokeReason},
    text_enum::{self, text_enum},
    users::{change_role_in, deactivate_in},
};

/// An account that acts upon others: [`as_actor`].
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    pool: &'a Pool,
    user_id: i64,
    ip_address: Option<IpAddr>,
    service: &'a str,
}

/// The acts of an account, from an address, through a service, whose name becomes the `server_id` of the entries. Take the id from a
/// validated session.
#[must_use]
pub const fn as_actor<'a>(pool: &'a Pool, user_id: i64, ip_address: Option<IpAddr>, service: &'a str) -> Actor<'a> {
    Actor { pool, user_id, ip_address, service }
}

/// The outcome of an act.
#[derive(Debug, PartialEq)]
#[must_use = "it may have been refused"]
pub enum ActOutcome<T> {
    /// It was allowed and is done, with this result.
    Done(T),
    /// The acting account may not do it; nothing but the audit trail has changed.
    Refused,
    /// There is no such account. Only who may act upon all accounts learns it.
    NoSubject,
}

text_enum! {
    /// The answers of `act_authorize`.
    enum Answer, "answer of act_authorize" {
        /// It may be done.
        Allowed = "allowed",
        /// It may not.
        Refused = "refused",
        /// There is no such account.
        NoSubject = "no_subject",
    }
}

/// What an act is about.
#[derive(Default)]
struct About<'a> {
    subject: Option<&'a str>,
    role: Option<Role>,
    permission: Option<Permission>,
    details: Option<String>,
}

impl<'a> About<'a> {
    fn account(username: &'a str) -> Self {
        Self { subject: Some(username), ..Self::default() }
    }

    fn with(self, details: String) -> Self {
        Self { details: Some(details), ..self }
    }
}

/// Goes on if the act is allowed, and otherwise commits the entry that says so.
macro_rules! authorize {
    ($actor:expr, $transaction:expr, $permission:expr, $about:expr) => {
        match $actor.authorize($transaction, $permission, &$about).await? {
            Answer::Allowed => {}
            Answer::Refused => return Ok(ActOutcome::Refused),
            Answer::NoSubject => return Ok(ActOutcome::NoSubject),
        }
    };
}

impl Actor<'_> {
    async fn authorize(
        &self,
        transaction: &Attempt,
        permission: Permission,
        about: &About<'_>,
    ) -> Result<Answer, client::Error> {
        let parameters = AuthorizeParams {
            actor_id: self.user_id,
            ip_address: self.ip_address,
            service: self.service,
            permission,
            subject: about.subject,
            new_role: about.role,
            new_permission: about.permission,
            details: about.details.as_deref(),
        };
        let answer = roles::authorize().params(transaction, &parameters).one().await?;
        text_enum::decode(AuthorizeStmt::QUERY, "answer", &answer)
    }

    /// Reads an account ([`Permission::ReadUsers`]).
    pub async fn user(&self, username: &str) -> Result<ActOutcome<Option<User>>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                authorize!(self, &transaction, Permission::ReadUsers, About::account(username));
                Ok(ActOutcome::Done(users::by_username().bind(&transaction, &username).opt().await?))
            })
            .await
    }

    /// Deactivates an account, as [`users::deactivate`](crate::users::deactivate) does ([`Permission::DeactivateUsers`]).
    pub async fn deactivate(&self, username: &str) -> Result<ActOutcome<Option<Vec<ClosedConnection>>>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About::account(username).with("deactivate".to_owned());
                authorize!(self, &transaction, Permission::DeactivateUsers, about);
                let closed = deactivate_in(&transaction, username, CloseReason::AccountDeactivated).await?;
                Ok(ActOutcome::Done(closed))
            })
            .await
    }

    /// Makes a deactivated account usable again ([`Permission::DeactivateUsers`]).
    pub async fn reactivate(&self, username: &str) -> Result<ActOutcome<()>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About::account(username).with("reactivate".to_owned());
                authorize!(self, &transaction, Permission::DeactivateUsers, about);
                users::reactivate().bind(&transaction, &username).await?;
                Ok(ActOutcome::Done(()))
            })
            .await
    }

    /// Ends all sessions of an account and returns how many ([`Permission::EndSessions`]).
    pub async fn end_sessions(&self, username: &str) -> Result<ActOutcome<i32>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                authorize!(self, &transaction, Permission::EndSessions, About::account(username));
                let Some(user) = users::lock_by_username().bind(&transaction, &username).opt().await? else {
                    return Ok(ActOutcome::Done(0));
                };
                let ended = sessions::revoke_all(&transaction, user.id, RevokeReason::Administrator).await?;
                Ok(ActOutcome::Done(ended))
            })
            .await
    }

    /// Ends all connections of an account, each with its statistics, and returns them: their nodes must drop them
    /// ([`Permission::EndConnections`]).
    pub async fn end_connections(&self, username: &str) -> Result<ActOutcome<Vec<ClosedConnection>>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                authorize!(self, &transaction, Permission::EndConnections, About::account(username));
                let close = connections::close_all_for_user();
                let closed = close.bind(&transaction, &username, &CloseReason::Administrator).all().await?;
                Ok(ActOutcome::Done(closed))
            })
            .await
    }

    /// Assigns a plan, as [`plans::assign`] does ([`Permission::AssignPlans`]); [`NewPlan::assigned_by`] is this account.
    pub async fn assign_plan(&self, username: &str, new: &NewPlan) -> Result<ActOutcome<AssignOutcome>, Error> {
        let new = &NewPlan { assigned_by: Some(self.user_id), ..*new };
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About::account(username).with(format!("assign plan {}", new.plan_id));
                authorize!(self, &transaction, Permission::AssignPlans, about);
                Ok(ActOutcome::Done(plans::assign(&*transaction, username, new).await?))
            })
            .await
    }

    /// Ends the plan of an account, as [`plans::cancel`] does ([`Permission::AssignPlans`]).
    pub async fn cancel_plan(&self, username: &str) -> Result<ActOutcome<bool>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About::account(username).with("cancel plan".to_owned());
                authorize!(self, &transaction, Permission::AssignPlans, about);
                Ok(ActOutcome::Done(plans::cancel(&*transaction, username).await?))
            })
            .await
    }

    /// Takes the plan of an account away, as [`plans::unassign`] does ([`Permission::AssignPlans`]).
    pub async fn unassign_plan(&self, username: &str) -> Result<ActOutcome<bool>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About::account(username).with("take plan away".to_owned());
                authorize!(self, &transaction, Permission::AssignPlans, about);
                Ok(ActOutcome::Done(plans::unassign(&*transaction, username).await?))
            })
            .await
    }

    /// Makes a plan, as [`plans::create`] does ([`Permission::ChangePlans`]).
    pub async fn create_plan(&self, name: &str, limits: &Limits<'_>) -> Result<ActOutcome<CreateOutcome>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |mut transaction| async move {
                let about = About::default().with(format!("create plan {name:?}"));
                authorize!(self, &transaction, Permission::ChangePlans, about);
                let savepoint = transaction.savepoint().await?;
                let outcome = plans::create(&savepoint, name, limits).await?;
                if let CreateOutcome::Created(_) = outcome {
                    savepoint.commit().await?;
                } else {
                    savepoint.rollback().await?;
                }
                Ok(ActOutcome::Done(outcome))
            })
            .await
    }

    /// Changes a plan, as [`plans::update`] does ([`Permission::ChangePlans`]).
    pub async fn update_plan(
        &self,
        plan_id: i64,
        name: &str,
        limits: &Limits<'_>,
    ) -> Result<ActOutcome<UpdateOutcome>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |mut transaction| async move {
                let about = About::default().with(format!("change plan {plan_id}"));
                authorize!(self, &transaction, Permission::ChangePlans, about);
                let savepoint = transaction.savepoint().await?;
                let outcome = plans::update(&savepoint, plan_id, name, limits).await?;
                if outcome == UpdateOutcome::Updated {
                    savepoint.commit().await?;
                } else {
                    savepoint.rollback().await?;
                }
                Ok(ActOutcome::Done(outcome))
            })
            .await
    }

    /// Changes the role of an account and ends its sessions; returns how many, `None` if it had the role
    /// ([`Permission::ChangeRoles`]).
    pub async fn change_role(&self, username: &str, role: Role) -> Result<ActOutcome<Option<i32>>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About { role: Some(role), ..About::account(username).with(format!("role {role}")) };
                authorize!(self, &transaction, Permission::ChangeRoles, about);
                let Some(user) = users::lock_by_username().bind(&transaction, &username).opt().await? else {
                    return Ok(ActOutcome::NoSubject);
                };
                Ok(ActOutcome::Done(change_role_in(&transaction, user.id, role.as_str(), None).await?))
            })
            .await
    }

    /// Gives a role a permission that the acting account's role has for all accounts, or another scope of it
    /// ([`Permission::ChangeRoles`]).
    pub async fn grant(&self, role: Role, permission: Permission, scope: Scope) -> Result<ActOutcome<()>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about = About {
                    role: Some(role),
                    permission: Some(permission),
                    ..About::default().with(format!("grant {permission} to {role}, {scope:?}"))
                };
                authorize!(self, &transaction, Permission::ChangeRoles, about);
                permissions::grant(&*transaction, role, permission, scope).await?;
                Ok(ActOutcome::Done(()))
            })
            .await
    }

    /// Takes a permission from a role; `false` if it did not have it ([`Permission::ChangeRoles`]).
    pub async fn revoke(&self, role: Role, permission: Permission) -> Result<ActOutcome<bool>, Error> {
        self.pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                let about =
                    About { role: Some(role), ..About::default().with(format!("revoke {permission} from {role}")) };
                authorize!(self, &transaction, Permission::ChangeRoles, about);
                Ok(ActOutcome::Done(permissions::revoke(&*transaction, role, permission).await?))
            })
            .await
    }
}
