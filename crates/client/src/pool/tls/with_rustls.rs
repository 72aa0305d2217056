//! The connector that uses rustls, and the explanation of its errors.

use std::{error::Error as _, io, path::Path, sync::Arc};

use rustls::{AlertDescription, CertificateError, ClientConfig};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    error::{InvalidTlsSetting, TlsProblem},
    files::Files,
    mode::SslMode,
    pem::{read_certificates, read_key},
    verifier::{SELF_SIGNED, Verifier},
};

/// The protocol name that PostgreSQL 17 requires if TLS starts directly (`sslnegotiation=direct`).
const ALPN_POSTGRESQL: &[u8] = b"postgresql";

pub(crate) type Connector = MakeRustlsConnect;

/// Makes the connector for a mode. It reads the files, once.
pub(crate) fn connector(mode: SslMode, files: &Files) -> Result<Connector, InvalidTlsSetting> {
    // Named explicitly, because the process-wide default panics if two crates enable two providers.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(mode, files.root.as_deref(), &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| InvalidTlsSetting::new("sslmode", e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match files.identity()? {
        Some((certificate, key)) if mode != SslMode::Disable => config
            .with_client_auth_cert(read_certificates("sslcert", certificate)?, read_key(key)?)
            .map_err(|e| unusable_identity(certificate, key, &e))?,
        _ => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN_POSTGRESQL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn unusable_identity(certificate: &Path, key: &Path, error: &rustls::Error) -> InvalidTlsSetting {
    let (certificate, key) = (certificate.display(), key.display());
    let problem = match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("the key in {key} does not belong to the certificate in {certificate}")
        }
        error => format!("the key in {key} can't be used with the certificate in {certificate}: {error}"),
    };
    InvalidTlsSetting::new("sslkey", problem)
}

/// Why rustls refused the server, or the server refused the client's certificate, and what to do about it.
pub(crate) fn explain(error: &tokio_postgres::Error) -> Option<(TlsProblem, String)> {
    let cause = error.source()?.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()?;
    Some(match cause {
        rustls::Error::InvalidCertificate(problem) => explain_certificate(problem),
        rustls::Error::AlertReceived(alert) if is_about_our_certificate(*alert) => (
            TlsProblem::ClientCertificate,
            format!(
                "it refuses this client's certificate ({alert:?}); name in sslcert and sslkey one that \
                 an authority of the server's ssl_ca_file has signed"
            ),
        ),
        other => (TlsProblem::Handshake, other.to_string()),
    })
}

fn explain_certificate(problem: &CertificateError) -> (TlsProblem, String) {
    match problem {
        CertificateError::UnknownIssuer => (
            TlsProblem::UnknownAuthority,
            "its certificate is not signed by an authority \
             trusted here; name the authority's certificate in sslrootcert (PGSSLROOTCERT)"
                .to_owned(),
        ),
        CertificateError::Other(why) if why.to_string() == SELF_SIGNED => (
            TlsProblem::UnknownAuthority,
            "its certificate is marked as an authority and is not trusted here; name it in sslrootcert \
             (PGSSLROOTCERT), or have an authority issue one"
                .to_owned(),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            TlsProblem::OtherHost,
            format!(
                "its certificate is issued for another host name ({problem}); \
                 connect by a name in its subjectAltName, or have one issued for this name"
            ),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            TlsProblem::Expired,
            format!("its certificate has expired ({problem}); renew it on the server, or correct this machine's clock"),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            TlsProblem::Expired,
            format!("its certificate is not valid yet ({problem}); correct this machine's clock, or the issuer's"),
        ),
        other => (TlsProblem::Handshake, other.to_string()),
    }
}

fn is_about_our_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::UnsupportedCertificate
    )
}
