//! The paths of the files that TLS needs.

use std::path::{Path, PathBuf};

use super::error::InvalidTlsSetting;

/// The paths of the files that TLS needs, as given.
#[derive(Clone, Debug, Default)]
pub(in crate::pool) struct Files {
    /// The authorities to trust.
    pub(in crate::pool) root: Option<PathBuf>,
    /// The client's own certificate.
    pub(in crate::pool) certificate: Option<PathBuf>,
    /// The key of the client's certificate.
    pub(in crate::pool) key: Option<PathBuf>,
}

impl Files {
    /// The client's certificate and its key. One without the other is an error.
    pub(super) fn identity(&self) -> Result<Option<(&Path, &Path)>, InvalidTlsSetting> {
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(InvalidTlsSetting::new(
                "sslcert",
                "needs the key of the certificate too: name it in sslkey (PGSSLKEY)",
            )),
            (None, Some(_)) => Err(InvalidTlsSetting::new(
                "sslkey",
                "needs the certificate of the key too: name it in sslcert (PGSSLCERT)",
            )),
        }
    }
}
