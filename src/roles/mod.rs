//! Roles: who may act upon the accounts of others, and the record of each act.
//!
//! An account has a role (`users.role`), and a role has permissions. [`as_actor`] gives the functions that one account runs upon
//! others. Each of them checks the permission in the database and acts, in one transaction, which also writes an entry of the
//! [audit trail](crate::audit): who, from where, what, upon whom (`subject_id`). A refusal is recorded as well, with `refused_` in front of
//! the action. Until the commit, the roles of both accounts stay as they are.
//!
//! An act is refused unless
//!
//! - the acting account is usable, and its role has the permission;
//! - the other account was created by it (`users.created_by`), if the permission has the [scope](Scope) `Created`;
//! - the other account's role, and a role that is given, have no permission that the acting one's has not.
//!
//! | Permission | Support | Reseller, of accounts it created | Admin |
//! |---|---|---|---|
//! | `ReadUsers` | yes | yes | yes |
//! | `EndSessions`, `EndConnections` | yes | yes | yes |
//! | `DeactivateUsers` | | yes | yes |
//! | `AssignPlans` | | yes | yes |
//! | `ChangePlans`, `ChangeRoles` | | | yes |
//!
//! These are the defaults; [`grant`] and [`revoke`] change them. A role that is not one of these, as databases of the Go product
//! can have, has no permission. The functions of the other modules check nothing: they are for the service itself.
//!
//! ```no_run
//! # async fn stop(pool: barqnet_db::pool::Pool, admin: i64, from: std::net::IpAddr) -> Result<(), barqnet_db::Error> {
//! use barqnet_db::roles::{self, ActOutcome};
//!
//! match roles::as_actor(&pool, admin, Some(from), "admin-console").deactivate("mallory").await? {
//!     ActOutcome::Done(closed) => println!("{} connections ended", closed.map_or(0, |closed| closed.len())),
//!     ActOutcome::Refused => println!("not allowed"),
//!     ActOutcome::NoSubject => println!("no such account"),
//! }
//! # Ok(())
//! # }
//! ```

mod actor;
mod permissions;

pub use actor::{ActOutcome, Actor, as_actor};
pub use permissions::{Granted, Permission, Role, Scope, grant, permissions, revoke};
