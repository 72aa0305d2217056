//! The typed functions: one module a file of `queries/`, one function a statement.
//!
//! `queries::users::by_username()` names a statement; `.bind(&client, …)` gives it its parameters, in the order in
//! which the SQL names them, or `.params(&client, &ByUsernameParams { … })` where there are many. A statement that
//! returns rows is then run with `.one()`, `.opt()`, `.all()` or `.iter()`; one that doesn't is awaited as it is and
//! gives the number of rows it changed. Any [`GenericClient`](crate::client::GenericClient) will do: a pooled client,
//! a single connection, a transaction.

pub use crate::generated::{
    audit, connections, locations, maintenance, monitoring, servers, sessions, statistics, users,
};

/// One-time passwords, as operators see them.
///
/// What decides about codes and tickets is public in [`otp`](crate::otp) and [`users`](crate::users) only: as a
/// statement in a transaction of the caller's it would give a try back with a rollback.
///
/// ```compile_fail,E0425
/// barqnet_db::queries::otp::verify();
/// ```
pub mod otp {
    pub use crate::generated::otp::{
        BoolQuery, Guard, GuardBorrowed, GuardQuery, GuardsStmt, UnlockStmt, guards, unlock,
    };
}
