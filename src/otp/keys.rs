//! The secret keys (peppers) of the MACs under which codes are stored.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{code::OtpCode, purpose::Purpose};
use crate::{hexadecimal, phone_number::PhoneNumber};

/// The secret keys of the MACs (HMAC-SHA-256) of codes. The database never gets a key, so a dump of it discloses no code.
///
/// New codes are stored under the current key; codes under an earlier key are valid while that key is accepted. To rotate,
/// let every process [`accept`](Self::accept) the new key, then make it the current one, and remove the old one ten minutes
/// later, when its last code has expired.
///
/// As text: `id:key` pairs separated by commas, the current key first, each key as 64 or more hexadecimal digits, such as
/// `2:9f86…,1:60303…`.
#[derive(Clone)]
pub struct OtpKeys {
    current: OtpKey,
    earlier: Vec<OtpKey>,
}

#[derive(Clone)]
struct OtpKey {
    id: i32,
    mac: Hmac<Sha256>,
}

/// The keys cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeys {
    /// A key is shorter than 32 bytes.
    #[error("an OTP key has {bytes} bytes: use at least 32, from a random number generator")]
    Short {
        /// Its length.
        bytes: usize,
    },
    /// Two keys have the same id.
    #[error("two OTP keys have the id {id}: give each key its own id")]
    SameId {
        /// The id.
        id: i32,
    },
    /// The text is not a list of keys.
    #[error("not a list of OTP keys: write id:hexadecimal digits, the current key first, such as 2:9f86d0…,1:60303a…")]
    Malformed,
}

impl OtpKey {
    fn new(id: i32, secret: &[u8]) -> Result<Self, InvalidKeys> {
        if secret.len() < 32 {
            return Err(InvalidKeys::Short { bytes: secret.len() });
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| InvalidKeys::Malformed)?;
        Ok(Self { id, mac })
    }
}

impl OtpKeys {
    /// The current key, of at least 32 bytes, and its id, which is stored with each code.
    pub fn new(id: i32, secret: &[u8]) -> Result<Self, InvalidKeys> {
        Ok(Self { current: OtpKey::new(id, secret)?, earlier: Vec::new() })
    }

    /// A random key that exists only in this value: for tests and temporary databases.
    ///
    /// # Panics
    /// If the operating system provides no random numbers.
    #[must_use]
    pub fn random() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system provides random numbers");
        Self::new(1, &secret).expect("32 bytes are enough")
    }

    /// Also accepts codes under another key.
    pub fn accept(mut self, id: i32, secret: &[u8]) -> Result<Self, InvalidKeys> {
        if self.all().any(|key| key.id == id) {
            return Err(InvalidKeys::SameId { id });
        }
        self.earlier.push(OtpKey::new(id, secret)?);
        Ok(self)
    }

    fn all(&self) -> impl Iterator<Item = &OtpKey> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    /// The id of the current key, and the code's MAC under it.
    pub(super) fn current_mac(&self, purpose: Purpose, number: &PhoneNumber, code: &OtpCode) -> (i32, Vec<u8>) {
        (self.current.id, self.current.of(purpose, number, code))
    }

    /// The ids of all keys, and the code's MAC under each.
    pub(super) fn macs(&self, purpose: Purpose, number: &PhoneNumber, code: &OtpCode) -> (Vec<i32>, Vec<Vec<u8>>) {
        self.all().map(|key| (key.id, key.of(purpose, number, code))).unzip()
    }
}

impl OtpKey {
    /// Includes number and purpose, so that a stored MAC is valid only for them.
    fn of(&self, purpose: Purpose, number: &PhoneNumber, code: &OtpCode) -> Vec<u8> {
        let text = format!("barqnet-otp-1|{purpose}|{number}|{}", code.expose());
        self.mac.clone().chain_update(text).finalize().into_bytes().to_vec()
    }
}

impl FromStr for OtpKeys {
    type Err = InvalidKeys;

    fn from_str(text: &str) -> Result<Self, InvalidKeys> {
        let mut pairs = text.split(',').map(|pair| {
            let (id, digits) = pair.trim().split_once(':').ok_or(InvalidKeys::Malformed)?;
            let id = id.parse().map_err(|_| InvalidKeys::Malformed)?;
            Ok((id, hexadecimal::decode(digits).ok_or(InvalidKeys::Malformed)?))
        });
        let (id, secret) = pairs.next().ok_or(InvalidKeys::Malformed)??;
        pairs.try_fold(Self::new(id, &secret)?, |keys, pair| {
            let (id, secret) = pair?;
            keys.accept(id, &secret)
        })
    }
}

impl fmt::Debug for OtpKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|key| key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_of_a_code_stays_the_same_between_versions() {
        let keys = OtpKeys::new(1, &[1; 32]).expect("32 bytes");
        let number = "+4915112345678".parse().expect("well formed");
        let (_, mac) = keys.current_mac(Purpose::SignIn, &number, &"123456".parse().expect("six digits"));
        // HMAC-SHA-256 of "barqnet-otp-1|sign_in|+4915112345678|123456", by another implementation.
        let known = "8ec86d615247a46067a9234f0c5b526083af2e72ddd096735618189986c32641";
        assert_eq!(Some(mac), hexadecimal::decode(known));
    }

    #[test]
    fn a_mac_depends_on_key_purpose_number_and_code() {
        let keys = OtpKeys::new(1, &[1; 32]).expect("32 bytes").accept(2, &[2; 32]).expect("another id");
        let (ada, bob): (PhoneNumber, PhoneNumber) =
            ("+4915112345678".parse().expect("well formed"), "+4915112345679".parse().expect("well formed"));
        let code = |text: &str| text.parse::<OtpCode>().expect("six digits");
        let (ids, macs) = keys.macs(Purpose::SignIn, &ada, &code("123456"));
        assert_eq!(ids, [1, 2]);
        assert_eq!((1, macs[0].clone()), keys.current_mac(Purpose::SignIn, &ada, &code("123456")));
        let others = [
            macs[1].clone(),
            keys.current_mac(Purpose::PasswordReset, &ada, &code("123456")).1,
            keys.current_mac(Purpose::SignIn, &bob, &code("123456")).1,
            keys.current_mac(Purpose::SignIn, &ada, &code("123457")).1,
        ];
        assert!(others.iter().all(|other| *other != macs[0]), "{others:?}");
    }

    #[test]
    fn short_duplicate_and_malformed_keys_are_refused() {
        assert_eq!(OtpKeys::new(1, &[0; 31]).err(), Some(InvalidKeys::Short { bytes: 31 }));
        let key = "ab".repeat(32);
        assert!(format!("2:{key}, 1:{key}").parse::<OtpKeys>().is_ok());
        assert_eq!(format!("1:{key},1:{key}").parse::<OtpKeys>().err(), Some(InvalidKeys::SameId { id: 1 }));
        assert_eq!("1:abcd".parse::<OtpKeys>().err(), Some(InvalidKeys::Short { bytes: 2 }));
        for text in ["", ":", "1", "x:abcd", "1:abc", "1:zz", &format!("1:{key},"), "1:é"] {
            assert_eq!(text.parse::<OtpKeys>().err(), Some(InvalidKeys::Malformed), "{text}");
        }
    }

    #[test]
    fn debug_shows_ids_only() {
        let keys = OtpKeys::new(7, &[42; 32]).expect("32 bytes");
        assert_eq!(format!("{keys:?}"), "[7]");
    }
}
