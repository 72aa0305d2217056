//! Bearer tokens, of which the database stores only hashes.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::{hexadecimal, text_enum::text_parameter};

/// The token of a session: 256 random bits, 64 hexadecimal digits as text. The first 128 bits, its family, are those of all tokens
/// of the session; a rotation replaces the other 128.
///
/// `Debug` does not show it and there is no `Display`: [`expose`](Self::expose) is the only way to its text. The database
/// stores only its [`TokenHash`]. A fast hash is sufficient, because neither half can be guessed.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// The number of bytes of a token that all tokens of its session have in common.
const FAMILY: usize = 16;

/// The text is not a token of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session token: it must be the 64 hexadecimal digits that sign-in returned")]
pub struct InvalidToken;

impl Token {
    /// A new token, from the operating system's random number generator.
    ///
    /// # Panics
    /// If the operating system provides no random numbers.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system provides random numbers");
        Self(bytes)
    }

    /// A new token of the same family.
    pub(crate) fn successor(&self) -> Self {
        let Self(mut bytes) = Self::generate();
        bytes[..FAMILY].copy_from_slice(&self.0[..FAMILY]);
        Self(bytes)
    }

    /// The hash of what all tokens of the session have in common.
    pub(crate) fn family_hash(&self) -> TokenHash {
        TokenHash::of(&self.0[..FAMILY])
    }

    /// The text of the token. Send it only to its holder.
    #[must_use]
    pub fn expose(&self) -> String {
        hexadecimal::encode(&self.0)
    }

    /// The hash by which the database identifies the token.
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

/// The SHA-256, in hexadecimal, of a [`Token`] or of another secret that identifies a session, such as the id (`jti`) of a
/// JWT.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of a secret that the service made. The secret must have at least 128 random bits, so that it cannot be
    /// guessed.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(hexadecimal::encode(&Sha256::digest(secret)))
    }

    /// The text of the hash.
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
    fn a_token_parsed_from_its_text_has_the_same_hash() {
        let token = Token::generate();
        let returned: Token = token.expose().parse().expect("its own text");
        assert_eq!(returned.hash(), token.hash());
        assert_ne!(Token::generate().hash(), token.hash());
    }

    #[test]
    fn a_successor_has_the_family_of_its_token_and_another_secret() {
        let token = Token::generate();
        let successor = token.successor();
        assert_eq!(successor.family_hash(), token.family_hash());
        assert_ne!(successor.hash(), token.hash());
        assert_ne!(successor.0[FAMILY..], token.0[FAMILY..]);
        assert_ne!(Token::generate().family_hash(), token.family_hash());
    }

    #[test]
    fn text_that_is_not_a_token_is_refused() {
        for text in ["", "zz", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"é".repeat(32), &"+1".repeat(32)] {
            assert_eq!(text.parse::<Token>().err(), Some(InvalidToken), "{text}");
        }
    }
}
