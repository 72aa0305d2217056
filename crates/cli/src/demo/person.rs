//! The demo's user.

use barqnet_db::PhoneNumber;

use super::required::required;
use crate::error::Error;

/// Who the demo is about.
pub(super) struct Person {
    pub(super) username: &'static str,
    pub(super) phone_number: PhoneNumber,
}

impl Person {
    /// Ada, with a phone number from the range that is reserved for fiction.
    pub(super) fn ada() -> Result<Self, Error> {
        Ok(Self { username: "ada", phone_number: required("+12025550143".parse().ok(), "invalid phone number")? })
    }
}
