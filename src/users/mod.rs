//! Accounts: registration and sign-in with a verified phone number, changes that end sessions, deactivation and erasure.
//!
//! Each function takes the pool and does everything in one transaction, except [`erase`], which needs two. A ticket is spent
//! if and only if the change that it allows is committed, and a change that ends sessions ends them in the same commit.
//! Statements that read or change single columns are in [`queries::users`](crate::queries::users).

mod changes;
mod deactivation;
mod sign_in;
mod ticket;

pub use changes::{
    ChangeOutcome, change_password, change_phone_number_with_ticket, change_role, reset_password_with_ticket,
};
pub use deactivation::{Erased, deactivate, erase};
pub use sign_in::{NewUser, RegisterOutcome, SignInOutcome, SignedIn, register_with_ticket, sign_in_with_ticket};
