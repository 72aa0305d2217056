//! How a connection is encrypted: libpq's `sslmode`, carried out by rustls.
//!
//! tokio-postgres itself knows only "off", "if the server can" and "always", and leaves checking the certificate to
//! the connector. This module supplies that connector, so that `verify-full` in a URL means what it means to `psql`.

use std::fmt;
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

#[cfg(not(feature = "tls"))]
mod without_rustls {
    use std::path::Path;

    use super::{InvalidTlsSetting, SslMode};

    pub(crate) type Connector = tokio_postgres::NoTls;

    pub(crate) fn connector(mode: SslMode, _root: Option<&Path>) -> Result<Connector, InvalidTlsSetting> {
        if mode >= SslMode::Require {
            let problem = format!("{mode} needs barqnet-db built with its Cargo feature `tls`");
            return Err(InvalidTlsSetting::new("sslmode", problem));
        }
        Ok(tokio_postgres::NoTls)
    }

    pub(crate) fn explain(_: &tokio_postgres::Error) -> Option<String> {
        None
    }
}

#[cfg(feature = "tls")]
mod with_rustls {
    use std::error::Error as _;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
    use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::server::ParsedCertificate;
    use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio_postgres::tls::MakeTlsConnect;
    use tokio_postgres_rustls::MakeRustlsConnect;

    use super::{InvalidTlsSetting, SslMode};

    /// The root certificate "file" that means the operating system's own store, as in libpq 16.
    const SYSTEM_ROOTS: &str = "system";

    /// The protocol name PostgreSQL 17 wants to hear when TLS starts without its own greeting.
    const ALPN_POSTGRESQL: &[u8] = b"postgresql";

    /// webpki's error for a server certificate marked as an authority. rustls passes it on as text only.
    const SELF_SIGNED: &str = "CaUsedAsEndEntity";

    /// The rustls connector, made to accept Unix-domain sockets.
    #[derive(Clone)]
    pub(crate) struct Connector(MakeRustlsConnect);

    impl<S> MakeTlsConnect<S> for Connector
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
        type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<S>>::TlsConnect;
        type Error = <MakeRustlsConnect as MakeTlsConnect<S>>::Error;

        fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
            // tokio-postgres prepares TLS before it knows whether it will be used, and for a Unix-domain socket with
            // an empty name, which rustls refuses. A handshake is never made there: any valid name will do.
            let name = if host.is_empty() { "localhost" } else { host };
            MakeTlsConnect::<S>::make_tls_connect(&mut self.0, name)
        }
    }

    /// Builds the connector of a mode. `root` is a PEM file of trusted certificates or `system`.
    pub(crate) fn connector(mode: SslMode, root: Option<&Path>) -> Result<Connector, InvalidTlsSetting> {
        // Named explicitly: the process-wide default panics when two crates bring two providers.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new(mode, root, &provider)?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| InvalidTlsSetting::new("sslmode", e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN_POSTGRESQL.to_vec()];
        Ok(Connector(MakeRustlsConnect::new(config)))
    }

    /// What rustls held against the server, with the way out, if the error is one of a handshake.
    pub(crate) fn explain(error: &tokio_postgres::Error) -> Option<String> {
        let cause = error.source()?.downcast_ref::<io::Error>()?.get_ref()?;
        let rustls::Error::InvalidCertificate(problem) = cause.downcast_ref::<rustls::Error>()? else {
            return Some(cause.to_string());
        };
        Some(match problem {
            CertificateError::UnknownIssuer => "its certificate is not signed by an authority \
                trusted here; name the authority's certificate in sslrootcert (PGSSLROOTCERT)"
                .to_owned(),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
                "its certificate is made out to another host name ({problem}); \
                 connect by a name it holds, as subjectAltName, or issue it for this one"
            ),
            CertificateError::Other(why) if why.to_string() == SELF_SIGNED => {
                "its certificate calls itself an authority and is not known here; name it in sslrootcert \
                 (PGSSLROOTCERT), or have one issued"
                    .to_owned()
            }
            other => other.to_string(),
        })
    }

    /// Checks a server's certificate as far as the mode asks for, the handshake's signature always: it proves that
    /// the server holds the certificate's key.
    #[derive(Debug)]
    struct Verifier {
        /// `None`: any certificate will do.
        trusted: Option<Trusted>,
        check_name: bool,
        algorithms: WebPkiSupportedAlgorithms,
    }

    #[derive(Debug)]
    struct Trusted {
        roots: RootCertStore,
        /// The root file's certificates as they are, to recognise a server that presents one of them itself.
        certificates: Vec<CertificateDer<'static>>,
    }

    impl Verifier {
        fn new(mode: SslMode, root: Option<&Path>, provider: &CryptoProvider) -> Result<Self, InvalidTlsSetting> {
            let check_chain = match mode {
                SslMode::Disable => false,
                SslMode::Prefer | SslMode::Require => root.is_some(),
                SslMode::VerifyCa | SslMode::VerifyFull => true,
            };
            Ok(Self {
                trusted: check_chain.then(|| Trusted::load(root)).transpose()?,
                check_name: mode == SslMode::VerifyFull,
                algorithms: provider.signature_verification_algorithms,
            })
        }
    }

    impl Trusted {
        fn load(root: Option<&Path>) -> Result<Self, InvalidTlsSetting> {
            let certificates = match root {
                Some(path) if path != Path::new(SYSTEM_ROOTS) => read_pem(path)?,
                _ => rustls_native_certs::load_native_certs().certs,
            };
            let mut roots = RootCertStore::empty();
            let (usable, _) = roots.add_parsable_certificates(certificates.iter().cloned());
            if usable == 0 {
                return Err(InvalidTlsSetting::new(
                    "sslrootcert",
                    "no usable certificate found; name a PEM file with the authority that signed the server's",
                ));
            }
            Ok(Self { roots, certificates })
        }

        fn check(
            &self,
            presented: &CertificateDer<'_>,
            parsed: &ParsedCertificate<'_>,
            intermediates: &[CertificateDer<'_>],
            now: UnixTime,
            algorithms: &WebPkiSupportedAlgorithms,
        ) -> Result<(), rustls::Error> {
            let outcome =
                verify_server_cert_signed_by_trust_anchor(parsed, &self.roots, intermediates, now, algorithms.all);
            match outcome {
                // `openssl req -x509` makes certificates that call themselves an authority. As server certificates
                // they are refused by webpki, after it has checked the dates; psql takes one that is its own root,
                // and so do we: the very same bytes were declared trusted.
                Err(rustls::Error::InvalidCertificate(CertificateError::Other(why)))
                    if why.to_string() == SELF_SIGNED && self.certificates.iter().any(|known| known == presented) =>
                {
                    Ok(())
                }
                outcome => outcome,
            }
        }
    }

    fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, InvalidTlsSetting> {
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|e| {
            let problem = format!("cannot read certificates from {}: {e}", path.display());
            InvalidTlsSetting::new("sslrootcert", problem)
        })
    }

    impl ServerCertVerifier for Verifier {
        fn verify_server_cert(
            &self,
            end_entity: &CertificateDer<'_>,
            intermediates: &[CertificateDer<'_>],
            server_name: &ServerName<'_>,
            _ocsp_response: &[u8],
            now: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            if let Some(trusted) = &self.trusted {
                let parsed = ParsedCertificate::try_from(end_entity)?;
                trusted.check(end_entity, &parsed, intermediates, now, &self.algorithms)?;
                if self.check_name {
                    verify_server_name(&parsed, server_name)?;
                }
            }
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls12_signature(message, cert, signature, &self.algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls13_signature(message, cert, signature, &self.algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.algorithms.supported_schemes()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{SslMode, connector};

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
        let file = Path::new("/nonexistent/root.crt");
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let error = connector(mode, Some(file)).err().unwrap().to_string();
            assert!(error.contains("sslrootcert"), "{error}");
            assert!(error.contains("/nonexistent/root.crt"), "{error}");
        }
        assert!(connector(SslMode::Disable, Some(file)).is_ok());
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn without_the_feature_encryption_is_refused_and_prefer_is_plain() {
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let error = connector(mode, None).err().unwrap().to_string();
            assert!(error.contains("feature `tls`"), "{error}");
        }
        assert!(connector(SslMode::Prefer, Some(Path::new("ignored"))).is_ok());
    }
}
