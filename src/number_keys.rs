//! The secret keys of the pseudonyms that take the place of erased phone numbers.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{hexadecimal, phone_number::PhoneNumber};

/// The secret keys by which the limits of an erased person's phone number are found again when somebody uses the number: the number is
/// replaced by 114 bits of its HMAC-SHA-256. The database never gets a key. Without the key, nobody can find out from the database
/// which numbers were erased; there are so few numbers that a plain hash of each could be computed.
///
/// Keep a key for as long as limits shall be found: two days, and after wrong codes for as long as a number is locked. To replace one,
/// make the new key the current one and [`accept`](Self::accept) the old one.
///
/// As text: keys separated by commas, the current one first, each of 64 or more hexadecimal digits.
#[derive(Clone)]
pub struct NumberKeys {
    current: Hmac<Sha256>,
    earlier: Vec<Hmac<Sha256>>,
}

/// The keys cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNumberKeys {
    /// A key is shorter than 32 bytes.
    #[error("a key for erased phone numbers has {bytes} bytes: use at least 32, from a random number generator")]
    Short {
        /// Its length.
        bytes: usize,
    },
    /// The text is not a list of keys.
    #[error(
        "not a list of keys for erased phone numbers: write hexadecimal digits, the current key first, such as 9f86d0…,60303a…"
    )]
    Malformed,
}

impl NumberKeys {
    /// The current key, of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, InvalidNumberKeys> {
        Ok(Self { current: key(secret)?, earlier: Vec::new() })
    }

    /// A random key that exists only in this value: for tests and temporary databases.
    ///
    /// # Panics
    /// If the operating system provides no random numbers.
    #[must_use]
    pub fn random() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system provides random numbers");
        Self::new(&secret).expect("32 bytes are enough")
    }

    /// Also finds limits that were left under another key.
    pub fn accept(mut self, secret: &[u8]) -> Result<Self, InvalidNumberKeys> {
        self.earlier.push(key(secret)?);
        Ok(self)
    }

    /// What takes the place of a number that is erased now.
    pub(crate) fn pseudonym(&self, number: &str) -> String {
        pseudonym(&self.current, number)
    }

    /// What can have taken the place of a number, under each key.
    pub(crate) fn pseudonyms(&self, number: &PhoneNumber) -> Vec<String> {
        std::iter::once(&self.current).chain(&self.earlier).map(|key| pseudonym(key, number.as_str())).collect()
    }
}

fn key(secret: &[u8]) -> Result<Hmac<Sha256>, InvalidNumberKeys> {
    if secret.len() < 32 {
        return Err(InvalidNumberKeys::Short { bytes: secret.len() });
    }
    Hmac::new_from_slice(secret).map_err(|_| InvalidNumberKeys::Malformed)
}

/// `#` and 19 characters of 6 bits each: what fits a column of phone numbers.
fn pseudonym(key: &Hmac<Sha256>, number: &str) -> String {
    const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mac = key.clone().chain_update("barqnet-number-1|").chain_update(number).finalize().into_bytes();
    let bits = mac.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let characters =
        (0..19).map(|place| char::from(CHARACTERS[usize::try_from(bits >> (122 - 6 * place) & 63).unwrap_or(0)]));
    std::iter::once('#').chain(characters).collect()
}

impl FromStr for NumberKeys {
    type Err = InvalidNumberKeys;

    fn from_str(text: &str) -> Result<Self, InvalidNumberKeys> {
        let mut secrets =
            text.split(',').map(|digits| hexadecimal::decode(digits.trim()).ok_or(InvalidNumberKeys::Malformed));
        let current = secrets.next().ok_or(InvalidNumberKeys::Malformed)??;
        secrets.try_fold(Self::new(&current)?, |keys, secret| keys.accept(&secret?))
    }
}

impl fmt::Debug for NumberKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_stays_the_same_between_versions_and_depends_on_key_and_number() {
        let keys = NumberKeys::new(&[1; 32]).expect("32 bytes").accept(&[2; 32]).expect("32 bytes");
        let ada: PhoneNumber = "+4915112345678".parse().expect("well formed");
        let [current, earlier] = <[String; 2]>::try_from(keys.pseudonyms(&ada)).expect("two keys");
        // HMAC-SHA-256 of "barqnet-number-1|+4915112345678" in base64url, by another implementation.
        assert_eq!(current, KNOWN);
        assert_eq!(current, keys.pseudonym("+4915112345678"));
        assert_ne!(current, earlier);
        assert_ne!(current, keys.pseudonym("+4915112345679"));
        assert_eq!(NumberKeys::new(&[2; 32]).expect("32 bytes").pseudonym("+4915112345678"), earlier);
    }

    #[test]
    fn keys_are_read_from_text_and_short_ones_refused() {
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let keys: NumberKeys = format!("{one}, {two}").parse().expect("two keys");
        assert_eq!(keys.pseudonym("+1"), NumberKeys::new(&[1; 32]).expect("32 bytes").pseudonym("+1"));
        assert_eq!("".parse::<NumberKeys>().err(), Some(InvalidNumberKeys::Short { bytes: 0 }));
        assert_eq!("0102".parse::<NumberKeys>().err(), Some(InvalidNumberKeys::Short { bytes: 2 }));
        assert_eq!(format!("{one},x").parse::<NumberKeys>().err(), Some(InvalidNumberKeys::Malformed));
        assert_eq!(format!("{keys:?}"), "NumberKeys(…)");
    }

    const KNOWN: &str = "#n4iZ9G8uxVVkC9DJ_2k";
}
