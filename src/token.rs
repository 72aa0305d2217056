//! Secrets that their holder shows, and of which the database has the hash.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::{hexadecimal, text_enum::text_parameter};

/// 256 random bits that prove a session; 64 hexadecimal digits in text.
///
/// `Debug` shows nothing of it and there is no `Display`: [`expose`](Self::expose) is the one way to its text. The database
/// holds its [`TokenHash`] only. A fast hash is right here: there is nothing to guess in 256 random bits.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// The text is no token of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session token: it must be the 64 hexadecimal digits that sign-in returned")]
pub struct InvalidToken;

impl Token {
    /// A new token from the operating system's random numbers.
    ///
    /// # Panics
    /// If the operating system has no random numbers, which no program can make up for.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
        Self(bytes)
    }

    /// The token's text, for its holder and nobody else.
    #[must_use]
    pub fn expose(&self) -> String {
        hexadecimal::encode(&self.0)
    }

    /// What the database knows the token by.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let bytes = hexadecimal::decode(text).ok_or(InvalidToken)?;
        bytes.try_into().map(Self).map_err(|_| InvalidToken)
    }
}

/// A SHA-256, in hexadecimal: of a [`Token`], or of whatever a service proves a session by, such as the id (`jti`) of a
/// JWT.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of a secret of the service's own. It must be too long to guess, of 128 random bits at least.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(hexadecimal::encode(&Sha256::digest(secret)))
    }

    /// The hash's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

text_parameter!(TokenHash, |hash| hash.as_str());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_trip_to_its_holder() {
        let token = Token::generate();
        let returned: Token = token.expose().parse().expect("its own text");
        assert_eq!(returned.hash(), token.hash());
        assert_ne!(Token::generate().hash(), token.hash());
    }

    #[test]
    fn whatever_is_no_token_is_refused() {
        for text in ["", "zz", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"é".repeat(32), &"+1".repeat(32)] {
            assert_eq!(text.parse::<Token>().err(), Some(InvalidToken), "{text}");
        }
    }
}
