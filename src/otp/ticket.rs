//! What a right code is traded for.

use std::{fmt, str::FromStr};

use crate::token::{Token, TokenHash};

/// Proof that a phone number was verified for a purpose a moment ago: 256 random bits, good once and for ten minutes;
/// 64 hexadecimal digits in text.
///
/// It lets verification and what it is for be two requests: the app shows the ticket when it registers, signs in or
/// resets the password. `Debug` shows nothing of it and there is no `Display`; the database holds its hash only.
#[derive(Clone)]
pub struct Ticket(Token);

/// The text is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket: it must be the 64 hexadecimal digits that verification returned")]
pub struct InvalidTicket;

impl Ticket {
    pub(super) fn generate() -> Self {
        Self(Token::generate())
    }

    /// The ticket's text, for its holder and nobody else.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.expose()
    }

    /// What the database knows the ticket by.
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
