//! Checks a server's certificate as the mode requires.

use std::path::Path;

use rustls::{
    CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::{error::InvalidTlsSetting, mode::SslMode, pem::read_certificates};

/// The name in place of a root certificate file that means the operating system's store, as in libpq 16.
const SYSTEM_ROOTS: &str = "system";

/// webpki's error for a server certificate that is marked as an authority. rustls passes on only the text.
pub(super) const SELF_SIGNED: &str = "CaUsedAsEndEntity";

/// Checks a server's certificate as the mode requires. The signature of the handshake is always checked: it proves that
/// the server has the certificate's key.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` accepts any certificate.
    trusted: Option<Trusted>,
    check_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
struct Trusted {
    roots: RootCertStore,
    /// The certificates of the root file, to recognise a server that presents one of them.
    certificates: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// `root` is a PEM file of trusted certificates, or `system`.
    pub(super) fn new(
        mode: SslMode,
        root: Option<&Path>,
        provider: &CryptoProvider,
    ) -> Result<Self, InvalidTlsSetting> {
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
            Some(path) if path != Path::new(SYSTEM_ROOTS) => read_certificates("sslrootcert", path)?,
            _ => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = RootCertStore::empty();
        let (usable, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if usable == 0 {
            return Err(InvalidTlsSetting::new(
                "sslrootcert",
                "no usable certificate found; name a PEM file with the authority that signed the server's certificate",
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
            // `openssl req -x509` makes certificates that are marked as an authority. webpki refuses these as server
            // certificates, after it has checked the dates. psql accepts one that is itself in the root file, and so
            // does this: exactly this certificate was declared trusted.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(why)))
                if why.to_string() == SELF_SIGNED && self.certificates.iter().any(|known| known == presented) =>
            {
                Ok(())
            }
            // An authority with the same name and another key, or another kind of key, as after it was created again.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::BadSignature
                | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
            )) => Err(CertificateError::UnknownIssuer.into()),
            outcome => outcome,
        }
    }
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
