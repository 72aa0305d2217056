//! Reads certificates and keys from PEM files.

use std::{fs, path::Path};

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};

use super::{super::file_mode::is_private_key_exposed, error::InvalidTlsSetting};

pub(super) fn read_certificates(
    setting: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, InvalidTlsSetting> {
    let wrong = |problem: &dyn std::fmt::Display| {
        InvalidTlsSetting::new(setting, format!("cannot read certificates from {}: {problem}", path.display()))
    };
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|e| wrong(&file_error(&e)))?;
    if certificates.is_empty() {
        return Err(wrong(&"the file has none; it must be a PEM file (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(certificates)
}

pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, InvalidTlsSetting> {
    let wrong = |problem: String| {
        InvalidTlsSetting::new("sslkey", format!("cannot read a private key from {}: {problem}", path.display()))
    };
    let metadata = fs::metadata(path).map_err(|e| wrong(e.to_string()))?;
    if is_private_key_exposed(&metadata) {
        return Err(wrong("other users have access to it; run chmod 0600 on it".to_owned()));
    }
    PrivateKeyDer::from_pem_file(path).map_err(|e| match e {
        pem::Error::NoItemsFound => wrong(
            "the file has no usable one; it must be a PEM file, \
             and an encrypted key must be decrypted first (openssl pkey)"
                .to_owned(),
        ),
        e => wrong(file_error(&e)),
    })
}

/// The operating system's message, if that is the cause.
fn file_error(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}
