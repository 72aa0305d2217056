//! How much encryption a connection must have: libpq's `sslmode`.

use std::{fmt, str::FromStr};

use super::error::InvalidTlsSetting;

/// How much encryption a connection must have, with libpq's names and meaning.
///
/// The order is that of strength: `SslMode::Require > SslMode::Prefer`.
/// On a Unix-domain socket the mode is ignored, as libpq does: nothing leaves the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server offers it, plain text if it doesn't; the certificate is checked only if a root
    /// certificate is given, and then its signature, not the host name.
    /// A handshake that fails is an error: unlike libpq, nothing is tried again in plain text.
    /// libpq's `allow` is read as this.
    #[default]
    Prefer,
    /// Always encrypted. The certificate isn't checked, so this stops a listener, not an impostor;
    /// with a root certificate given it is the same as [`VerifyCa`](Self::VerifyCa), as in libpq.
    Require,
    /// Always encrypted, and the certificate is signed by a trusted authority; the host name isn't compared.
    VerifyCa,
    /// Always encrypted, the certificate is signed by a trusted authority and made out to the host name in use.
    VerifyFull,
}

impl SslMode {
    /// libpq's names, the first of each mode being the one shown.
    pub(in crate::pool) const NAMES: [(&str, Self); 6] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("allow", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The connector's side of the mode: never `Prefer` where encryption was asked for, because that would fall
    /// back to plain text without a word.
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
