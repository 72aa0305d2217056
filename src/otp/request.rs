//! A request to verify a phone number.

use std::net::IpAddr;

use super::{channel::Channel, purpose::Purpose};
use crate::{phone_number::PhoneNumber, token::TokenHash};

/// A request to verify a phone number: which number, for what purpose, from where, by which channel.
#[derive(Clone, Copy, Debug)]
pub struct VerificationRequest<'a> {
    /// The phone number.
    pub phone_number: &'a PhoneNumber,
    /// What the ticket will allow.
    pub purpose: Purpose,
    /// The address of the client, not of a proxy. `None` skips the limits per address and network.
    pub ip_address: Option<IpAddr>,
    /// The channel by which the code is sent; [`verify`](super::verify) does not use it.
    pub channel: Channel,
    /// The token that the client has from an earlier sign-in to the account of the number, if it sent one. The session may have
    /// expired or been signed out; the token must be its latest. Such a device has limits of its own, so that strangers can't keep
    /// its owner out. Any other token is as good as none.
    pub known_device: Option<&'a TokenHash>,
}

impl<'a> VerificationRequest<'a> {
    /// A request from an unknown address and device, by text message.
    #[must_use]
    pub const fn new(phone_number: &'a PhoneNumber, purpose: Purpose) -> Self {
        Self { phone_number, purpose, ip_address: None, channel: Channel::Sms, known_device: None }
    }
}
