//! The files that TLS may need, as they were given.

use std::path::{Path, PathBuf};

use super::error::InvalidTlsSetting;

/// The files that TLS may need, as they were given.
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
    /// The client's certificate and its key: both or neither.
    pub(super) fn identity(&self) -> Result<Option<(&Path, &Path)>, InvalidTlsSetting> {
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
