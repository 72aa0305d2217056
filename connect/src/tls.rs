//! How a connection is encrypted: libpq's `sslmode`, carried out by rustls.
//!
//! tokio-postgres itself knows only "off", "if the server can" and "always", and leaves checking the certificate to
//! the connector. This module supplies that connector, so that `verify-full` in a URL means what it means to `psql`.

#[cfg(feature = "tls")]
mod verifier;
#[cfg(feature = "tls")]
mod with_rustls;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[cfg(feature = "tls")]
use self::with_rustls as implementation;
#[cfg(not(feature = "tls"))]
use self::without_rustls as implementation;

pub(crate) use self::implementation::{Connector, connector, explain};

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
    pub(crate) const NAMES: [(&str, Self); 6] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("allow", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The connector's side of the mode: never `Prefer` where encryption was asked for, because that would fall
    /// back to plain text without a word.
    pub(crate) fn for_tokio_postgres(self) -> tokio_postgres::config::SslMode {
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

/// A TLS setting that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct InvalidTlsSetting {
    pub(crate) key: &'static str,
    pub(crate) problem: String,
}

impl InvalidTlsSetting {
    fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }
}

/// The files that TLS may need, as they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// The authorities to trust.
    pub(crate) root: Option<PathBuf>,
    /// The client's own certificate.
    pub(crate) certificate: Option<PathBuf>,
    /// The key of the client's certificate.
    pub(crate) key: Option<PathBuf>,
}

impl Files {
    /// The client's certificate and its key: both or neither.
    fn identity(&self) -> Result<Option<(&Path, &Path)>, InvalidTlsSetting> {
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(InvalidTlsSetting::new("sslcert", "needs the certificate's key too: name it in sslkey (PGSSLKEY)"))
            }
            (None, Some(_)) => {
                Err(InvalidTlsSetting::new("sslkey", "needs the key's certificate too: name it in sslcert (PGSSLCERT)"))
            }
        }
    }
}

/// What is wrong with a TLS connection, for a program that treats the cases differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsProblem {
    /// No authority trusted here has signed the server's certificate.
    UnknownAuthority,
    /// The server's certificate is made out to another host name.
    OtherHost,
    /// The server's certificate has run out or isn't valid yet, or the clock is wrong.
    Expired,
    /// The server refuses the client's certificate, or wants one and got none.
    ClientCertificate,
    /// Anything else: no common version or algorithm, a certificate that can't be read, no TLS at the other end.
    Handshake,
}

#[cfg(not(feature = "tls"))]
mod without_rustls {
    use super::{Files, InvalidTlsSetting, SslMode, TlsProblem};

    pub(crate) type Connector = tokio_postgres::NoTls;

    pub(crate) fn connector(mode: SslMode, files: &Files) -> Result<Connector, InvalidTlsSetting> {
        files.identity()?;
        if mode >= SslMode::Require {
            let problem = format!("{mode} needs barqnet-db built with its Cargo feature `tls`");
            return Err(InvalidTlsSetting::new("sslmode", problem));
        }
        Ok(tokio_postgres::NoTls)
    }

    pub(crate) fn explain(_: &tokio_postgres::Error) -> Option<(TlsProblem, String)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, SslMode, connector};

    #[test]
    fn names_are_those_of_libpq() {
        for name in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
            assert_eq!(name.parse::<SslMode>().unwrap().to_string(), name);
        }
        assert_eq!("allow".parse::<SslMode>().unwrap(), SslMode::Prefer);
        assert!("verify".parse::<SslMode>().is_err());
    }

    #[test]
    fn asking_for_encryption_never_becomes_prefer() {
        use tokio_postgres::config::SslMode as Wire;
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            assert_eq!(mode.for_tokio_postgres(), Wire::Require);
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_root_file_that_cannot_be_read_is_named() {
        let files = Files { root: Some("/nonexistent/root.crt".into()), ..Files::default() };
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let error = connector(mode, &files).err().unwrap().to_string();
            assert!(error.contains("sslrootcert"), "{error}");
            assert!(error.contains("/nonexistent/root.crt"), "{error}");
        }
        assert!(connector(SslMode::Disable, &files).is_ok());
    }

    #[test]
    fn a_certificate_without_its_key_is_refused_and_a_key_without_its_certificate() {
        let alone = Files { certificate: Some("a.crt".into()), ..Files::default() };
        let key = Files { key: Some("a.key".into()), ..Files::default() };
        for mode in [SslMode::Disable, SslMode::Prefer] {
            let error = connector(mode, &alone).err().unwrap();
            assert!(error.key == "sslcert" && error.problem.contains("PGSSLKEY"), "{error}");
            let error = connector(mode, &key).err().unwrap();
            assert!(error.key == "sslkey" && error.problem.contains("PGSSLCERT"), "{error}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn without_the_feature_encryption_is_refused_and_prefer_is_plain() {
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let error = connector(mode, &Files::default()).err().unwrap().to_string();
            assert!(error.contains("feature `tls`"), "{error}");
        }
        assert!(connector(SslMode::Prefer, &Files { root: Some("ignored".into()), ..Files::default() }).is_ok());
    }
}
