//! Reads certificates and keys from PEM files.

use std::{fs, path::Path};

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};

use super::error::InvalidTlsSetting;

pub(super) fn read_certificates(
    setting: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, InvalidTlsSetting> {
    let wrong = |problem: &dyn std::fmt::Display| {
        InvalidTlsSetting::new(setting, format!("cannot read certificates from {}: {problem}", path.display()))
    };
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|e| wrong(&in_words(&e)))?;
    if certificates.is_empty() {
        return Err(wrong(&"there is none in it; it must be a PEM file (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(certificates)
}

pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, InvalidTlsSetting> {
    let wrong = |problem: String| {
        InvalidTlsSetting::new("sslkey", format!("cannot read a private key from {}: {problem}", path.display()))
    };
    let metadata = fs::metadata(path).map_err(|e| wrong(e.to_string()))?;
    if is_open_to_others(&metadata) {
        return Err(wrong("others can read it; run chmod 0600 on it".to_owned()));
    }
    PrivateKeyDer::from_pem_file(path).map_err(|e| match e {
        pem::Error::NoItemsFound => wrong(
            "there is none in it that can be used; it must be a PEM file, \
             and an encrypted key must be decrypted first (openssl pkey)"
                .to_owned(),
        ),
        e => wrong(in_words(&e)),
    })
}

/// The operating system's own words for a file that can't be read.
fn in_words(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// libpq's rule: a group may read the key if root owns it, as where a group of services shares it.
#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.mode() & forbidden != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}
