//! Passwords: signing in with one, and what limits the guessing.

mod forgetting;
mod hashes;
mod known_devices;
mod limits;
mod races;
mod sign_in;
pub(crate) mod support;
mod unknown_names;
