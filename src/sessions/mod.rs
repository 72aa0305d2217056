//! Sessions of signed-in devices, and the tokens that identify them.
//!
//! - A session ends at its `expires_at`, after [`SessionPolicy::idle`] without use, when it is revoked, and when its user
//!   signs out everywhere. It is not valid while its account is deactivated or expired.
//! - [`rotate`] replaces the token, again if the answer got lost: a token can be replaced until its successor was presented. After
//!   that it ends the session, because its owner and a thief cannot be distinguished (RFC 9700, 4.14.2). So a thief who has a token
//!   can use it until the owner rotates next, and one of both finds the session ended; tokens are not guessed, as each rotation
//!   makes 128 new random bits.
//! - A service that identifies sessions by JWTs opens them with [`create_with_hash`] and the hash of the JWT's id, and
//!   reports their use with [`record_activity`].
//!
//! The limits of [`SessionPolicy`] are enforced in the database, for all processes and under concurrency. Each function runs
//! one statement ([`validate`] at most two, [`validate_on_replica`] at most three), on a pooled client or a lane, or in a transaction of the caller.

mod activity;
mod clean_up;
mod opening;
mod policy;
mod revocation;
mod rotation;
mod validation;

pub use activity::{list, record_activity};
pub use clean_up::{CleanUp, clean_up};
#[cfg(feature = "passwords")]
pub use opening::create_after_password;
pub use opening::{CreateOutcome, Device, NewSession, create, create_with_hash};
pub use policy::{AtLimit, SessionPolicy};
pub use revocation::{RevokeReason, revoke, revoke_all, revoke_others};
pub use rotation::{RotateOutcome, rotate, rotate_with_hash};
pub use validation::{validate, validate_on_replica};

pub use crate::queries::sessions::{Session, ValidSession};
pub use crate::token::{InvalidToken, Token, TokenHash};
