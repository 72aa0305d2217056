// Written by the build step from queries/. Edit those files: `cargo build` brings this one up to date.

//! One module a file of `queries/`, one function a statement.
//!
//! `queries::users::by_username()` names a statement; `.bind(&client, …)` gives it its parameters, in the order in
//! which the SQL names them, or `.params(&client, &ByUsernameParams { … })` where there are many. A statement that
//! returns rows is then run with `.one()`, `.opt()`, `.all()` or `.iter()`; one that doesn't is awaited as it is and
//! gives the number of rows it changed. Any [`GenericClient`](crate::client::GenericClient) will do: a pooled client,
//! a single connection, a transaction.

pub mod audit;
pub mod connections;
pub mod locations;
pub mod maintenance;
pub mod monitoring;
pub mod otp;
pub mod servers;
pub mod sessions;
pub mod statistics;
pub mod users;
