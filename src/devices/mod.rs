//! Devices that users have registered: named, limited in number, and signed out one by one.
//!
//! A client makes up a stable id, keeps it, and [registers](register) with it after the sign-in. Sessions
//! ([`Device::id`](crate::sessions::Device::id)) and connections
//! ([`NewConnection::device`](crate::connections::NewConnection::device)) can belong to a device: a device that comes back
//! replaces what it had, so that it never meets its own limit, and [`sign_out`] or [`mark_lost`] ends what one device has and
//! nobody else's. Both without a device work as well.
//!
//! A device that was signed out or lost opens no session and no connection until it is registered again, which takes a sign-in.
//! That a lost device registers again is allowed, because its client could take another id as well, and told
//! ([`Registered::was_revoked_for`]), so that a service can ask for more or warn the user.

mod list;
mod policy;
mod registration;
mod revocation;

pub use list::{list, rename};
pub use policy::DevicePolicy;
pub use registration::{MAX_KEY_CHARS, NewDevice, RegisterOutcome, Registered, register};
pub use revocation::{RevokeReason, SignedOut, mark_lost, sign_out, sign_out_everywhere};

pub use crate::limit::AtLimit;
pub use crate::queries::devices::Device;
