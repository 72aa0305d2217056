//! Accounts: registration and sign-in with a verified phone number, sign-in with a password (feature `passwords`), changes that end
//! sessions, deactivation and erasure.
//!
//! Each function takes the pool and does everything in one transaction, except [`erase`], `sign_in_with_password` and
//! `sign_in_with_ticket_and_password`, which need two. A ticket is spent
//! if and only if the change that it allows is committed, and a change that ends sessions ends them in the same commit.
//! Statements that read or change single columns are in [`queries::users`](crate::queries::users).
//!
//! # Numbers that change hands
//!
//! An operator gives the number of a person who left to somebody else, often after 45 to 180 days. A person who proves the number of an
//! account that was unused for [`SessionPolicy::dormant_after`](crate::sessions::SessionPolicy::dormant_after) gets
//! [`SignInOutcome::Dormant`], and not the account. The same answer comes from [`reset_password_with_ticket`] and
//! [`change_phone_number_with_ticket`]. From there
//! - the owner goes on with the password: [`sign_in_with_ticket_and_password`];
//! - a person who never had an account registers: [`register_in_place_of_dormant`], or, with an account that has another number,
//!   [`change_phone_number_in_place_of_dormant`]. The dormant account loses the number and keeps everything else.
//!
//! A closed account keeps its number until an operator calls [`release_phone_number`].

mod changes;
mod deactivation;
mod dormancy;
mod number;
#[cfg(feature = "passwords")]
mod password;
mod registration;
mod release;
mod sign_in;
#[cfg(feature = "passwords")]
mod step_up;
mod ticket;
mod username;

pub(crate) use changes::change_role_in;
pub use changes::{
    ChangeOutcome, change_password, change_phone_number_in_place_of_dormant, change_phone_number_with_ticket,
    change_role, reset_password_with_ticket,
};
pub(crate) use deactivation::deactivate_in;
pub use deactivation::{Erased, deactivate, erase};
pub use dormancy::DormantAccount;
#[cfg(feature = "passwords")]
pub use password::{Credentials, Login, PasswordSignInOutcome, sign_in_with_password};
pub use registration::{NewUser, RegisterOutcome, register_in_place_of_dormant, register_with_ticket};
pub use release::{ReleaseOutcome, release_phone_number};
pub use sign_in::{
    EndSessions, SignInOutcome, SignedIn, list_sessions_with_ticket, sign_in_and_end_sessions_with_ticket,
    sign_in_with_ticket,
};
#[cfg(feature = "passwords")]
pub use step_up::{StepUpOutcome, sign_in_with_ticket_and_password};
pub use username::{InvalidUsername, Username};

pub(crate) use username::skeleton;
