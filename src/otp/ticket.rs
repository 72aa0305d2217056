//! The ticket that a verified code is exchanged for.

use std::{fmt, str::FromStr};

use crate::token::{Token, TokenHash};

/// Proof that a phone number was verified for a purpose: 256 random bits, 64 hexadecimal digits as text. It can be spent
/// once, within [`OtpPolicy::ticket_lifetime`](super::OtpPolicy::ticket_lifetime).
///
/// It separates the verification from the request that needs it: the app sends the ticket when it registers, signs in or
/// resets the password. `Debug` does not show it and there is no `Display`; the database stores only its hash.
#[derive(Clone)]
pub struct Ticket(Token);

/// The text is not a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket: it must be the 64 hexadecimal digits that verification returned")]
pub struct InvalidTicket;

impl Ticket {
    pub(super) fn generate() -> Self {
        Self(Token::generate())
    }

    /// The text of the ticket. Send it only to its holder.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.expose()
    }

    /// The hash by which the database identifies the ticket.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

impl FromStr for Ticket {
    type Err = InvalidTicket;

    fn from_str(text: &str) -> Result<Self, InvalidTicket> {
        text.parse().map(Self).map_err(|_| InvalidTicket)
    }
}
