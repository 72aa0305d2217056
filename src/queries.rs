//! The statements as typed functions: one module per file of `queries/`, one function per statement.
//!
//! `queries::users::by_username()` selects a statement. `.bind(&client, …)` passes its parameters in the order in which the
//! SQL names them; `.params(&client, &CreateParams { … })` passes them by name. A statement that returns rows then runs with
//! `.one()`, `.opt()`, `.all()` or `.iter()`; one that returns none is awaited directly and yields the number of rows that
//! it changed. It runs on any [`GenericClient`](crate::client::GenericClient): a pooled client, a lane, a single connection or a
//! transaction. A statement that only reads runs on any [`ReadClient`](crate::client::ReadClient), also on one of
//! [`Pool::read`](crate::pool::Pool::read); another one does not compile there:
//!
//! ```no_run
//! # async fn show(pool: barqnet_db::pool::Pool) -> Result<(), barqnet_db::Error> {
//! # use barqnet_db::queries::users;
//! let client = pool.read().await?;
//! let user = users::by_username().bind(&client, &"ada").opt().await?;
//! # let _ = user; Ok(()) }
//! ```
//!
//! ```compile_fail,E0277
//! # async fn touch(pool: barqnet_db::pool::Pool) -> Result<(), barqnet_db::Error> {
//! # use barqnet_db::queries::users;
//! let client = pool.read().await?;
//! users::touch_last_login().bind(&client, &1).await?;
//! # Ok(()) }
//! ```
//!
//! Use the domain modules ([`users`](crate::users), [`sessions`](crate::sessions), [`otp`](crate::otp), …) where they offer
//! a function for the purpose: they pass the limits of their policies and combine statements that belong together.
//!
//! ```no_run
//! # async fn show(pool: barqnet_db::pool::Pool) -> Result<(), barqnet_db::Error> {
//! use barqnet_db::{pool, queries::users};
//!
//! let client = pool.get().await?;
//! if let Some(user) = users::by_username().bind(&client, &"ada").opt().await? {
//!     println!("{} has the role {}", user.username, user.role);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Constraint`] says which constraint a statement violated. Which of them exist is checked by the compiler: a constraint that a
//! migration dropped or renamed can no longer be named.
//!
//! ```
//! use barqnet_db::{client, queries::Constraint};
//!
//! /// What of a new account is taken.
//! fn taken(error: &client::Error) -> Option<&'static str> {
//!     match Constraint::of(error)? {
//!         Constraint::UsersUsernameKey | Constraint::IdxUsersNameSkeleton => Some("the name"),
//!         Constraint::IdxUsersPhoneNumber => Some("the number"),
//!         _ => None,
//!     }
//! }
//! ```
//!
//! ```compile_fail,E0599
//! let dropped = barqnet_db::queries::Constraint::OtpSecretsPkey;
//! ```

#[doc(inline)]
pub use crate::generated::constraints::Constraint;
pub use crate::generated::{
    audit, connections, devices, locations, maintenance, monitoring, plans, roles, servers, sessions, usage, users,
};

/// One-time passwords, for operators: the state of a phone number, and unlocking it.
///
/// The statements that send and verify codes and spend tickets are not public; use [`otp`](crate::otp) and
/// [`users`](crate::users). In a transaction of the caller, a rollback would undo the count of a try.
///
/// ```compile_fail,E0425
/// barqnet_db::queries::otp::verify();
/// ```
pub mod otp {
    pub use crate::generated::otp::{OtpState, OtpStateBorrowed, StatusStmt, UnlockStmt, status, unlock};
}

/// Wrong passwords, for operators: the state of an account, and unlocking it.
///
/// The statements that count tries are not public; use
/// [`users::sign_in_with_password`](https://docs.rs/barqnet-db/latest/barqnet_db/users/fn.sign_in_with_password.html) (feature
/// `passwords`). In a transaction of the caller, a rollback would undo the count of a try.
pub mod password {
    pub use crate::generated::password::{PasswordState, StatusStmt, UnlockStmt, status, unlock};
}
