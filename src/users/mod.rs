//! Accounts: registration and sign-in with a verified phone number, sign-in with a password (feature `passwords`), changes that end
//! sessions, deactivation and erasure.
//!
//! Each function takes the pool and does everything in one transaction, except [`erase`] and `sign_in_with_password`, which need two. A ticket is spent
//! if and only if the change that it allows is committed, and a change that ends sessions ends them in the same commit.
//! Statements that read or change single columns are in [`queries::users`](crate::queries::users).

mod changes;
mod deactivation;
#[cfg(feature = "passwords")]
mod password;
mod sign_in;
mod ticket;

pub use changes::{
    ChangeOutcome, change_password, change_phone_number_with_ticket, change_role, reset_password_with_ticket,
};
pub use deactivation::{Erased, deactivate, erase};
#[cfg(feature = "passwords")]
pub use password::{Credentials, Login, PasswordSignInOutcome, sign_in_with_password};
pub use sign_in::{NewUser, RegisterOutcome, SignInOutcome, SignedIn, register_with_ticket, sign_in_with_ticket};
