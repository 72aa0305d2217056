//! Signed-in devices: tokens that only their holder knows, and the sessions they open.

use std::{fmt, net::IpAddr, str::FromStr};

use sha2::{Digest, Sha256};

use crate::{
    client::{Error, GenericClient, Params},
    queries::sessions::{self, CreateParams, NewSession, ValidSession},
    text_enum::{text_enum, text_parameter},
};

/// 256 random bits that prove a session; 64 hexadecimal digits in text.
///
/// It has no `Debug` and no `Display`: [`expose`](Self::expose) is the one way to its text. The database holds its
/// [`TokenHash`] only. A fast hash is right here: there is nothing to guess in 256 random bits.
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
        hexadecimal(&self.0)
    }

    /// What the database knows the token by.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(hexadecimal(&Sha256::digest(self.0)))
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidToken);
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = str::from_utf8(digits).map_err(|_| InvalidToken)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| InvalidToken)?;
        }
        Ok(Self(bytes))
    }
}

/// The SHA-256 of a [`Token`], in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

text_enum! {
    /// Why a session was ended before its time.
    RevokeReason, "reason to revoke a session" {
        /// Its holder signed out.
        SignOut = "sign_out",
        /// The user had more sessions than allowed.
        SessionLimit = "session_limit",
        /// The password was changed.
        PasswordChange = "password_change",
        /// The user's rights were changed.
        RoleChange = "role_change",
        /// A token that had been replaced was used again.
        TokenReuse = "token_reuse",
        /// An operator ended it.
        Administrator = "administrator",
    }
}

/// What is known of the device that signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// A name its holder recognises, such as "iPhone 15".
    pub name: Option<String>,
    /// The address it signs in from.
    pub ip_address: Option<IpAddr>,
    /// What its client calls itself.
    pub user_agent: Option<String>,
}

/// Opens a session for a user: the token to hand out, and the session's id and end. `None` if there is no such user,
/// or the account is deactivated or expired.
pub async fn create(
    client: &impl GenericClient,
    user_id: i32,
    device: &Device,
    lifetime: std::time::Duration,
) -> Result<Option<(Token, NewSession)>, Error> {
    let token = Token::generate();
    let parameters = CreateParams {
        token_hash: token.hash(),
        device_info: device.name.as_deref(),
        ip_address: device.ip_address,
        user_agent: device.user_agent.as_deref(),
        ttl_seconds: lifetime.as_secs_f64(),
        user_id,
    };
    let session = sessions::create().params(client, &parameters).opt().await?;
    Ok(session.map(|session| (token, session)))
}

/// The live session and user behind a token; `None` says no more than "sign in again".
pub async fn validate(client: &impl GenericClient, token: &Token) -> Result<Option<ValidSession>, Error> {
    sessions::validate().bind(client, &token.hash()).opt().await
}

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
