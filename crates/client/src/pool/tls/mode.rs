//! libpq's `sslmode`: how much encryption a connection must have.

use std::{fmt, str::FromStr};

use super::error::InvalidTlsSetting;

/// How much encryption a connection must have, with libpq's names and meaning.
///
/// Ordered by strength: `SslMode::Require > SslMode::Prefer`.
/// On a Unix-domain socket the mode is ignored, as in libpq: nothing leaves the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server offers it, otherwise plain text. The certificate is checked only if a root certificate
    /// is given: then its signature, not its host name. A failed handshake is an error: unlike libpq, this crate does
    /// not try again in plain text. libpq's `allow` is read as `prefer`.
    #[default]
    Prefer,
    /// Always encrypted. The certificate is not checked, so this protects from eavesdropping, not from impersonation.
    /// If a root certificate is given it is the same as [`VerifyCa`](Self::VerifyCa), as in libpq.
    Require,
    /// Always encrypted, and the certificate is signed by a trusted authority. The host name is not compared.
    VerifyCa,
    /// Always encrypted, and the certificate is signed by a trusted authority and issued for the host name in use.
    VerifyFull,
}

impl SslMode {
    /// libpq's names. The first of each mode is the one that is displayed.
    pub(in crate::pool) const NAMES: [(&str, Self); 6] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("allow", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The driver's mode. It is never `Prefer` if encryption was asked for, because `Prefer` falls back to plain text
    /// silently.
    pub(in crate::pool) fn for_tokio_postgres(self) -> tokio_postgres::config::SslMode {
        match self {
            Self::Disable => tokio_postgres::config::SslMode::Disable,
            Self::Prefer => tokio_postgres::config::SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => tokio_postgres::config::SslMode::Require,
        }
    }
}

impl FromStr for SslMode {
    type Err = InvalidTlsSetting;

    fn from_str(name: &str) -> Result<Self, InvalidTlsSetting> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, mode)| *mode).ok_or_else(|| {
            let problem = "must be disable, prefer, require, verify-ca or verify-full";
            InvalidTlsSetting::new("sslmode", problem)
        })
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, mode)| mode == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}
