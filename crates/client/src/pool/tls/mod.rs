//! Encryption: libpq's `sslmode`, implemented with rustls.
//!
//! tokio-postgres has only the modes "off", "if the server can" and "always", and leaves the check of the certificate
//! to the connector. This module has that connector, so that `verify-full` in a URL means what it means to `psql`.
//!
//! Names that begin with `ssl` are those of libpq's settings; everything else says TLS.

mod error;
mod files;
mod mode;
#[cfg(feature = "tls")]
mod pem;
#[cfg(feature = "tls")]
mod verifier;
#[cfg(feature = "tls")]
mod with_rustls;
#[cfg(not(feature = "tls"))]
mod without_rustls;

pub use self::{
    error::{InvalidTlsSetting, TlsProblem},
    mode::SslMode,
};

pub(super) use self::files::Files;
#[cfg(feature = "tls")]
pub(super) use self::with_rustls::{Connector, connector, explain};
#[cfg(not(feature = "tls"))]
pub(super) use self::without_rustls::{Connector, connector, explain};

#[cfg(test)]
mod tests {
    use super::{Files, SslMode, connector};

    #[test]
    fn modes_have_the_names_of_libpq() {
        for name in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
            assert_eq!(name.parse::<SslMode>().unwrap().to_string(), name);
        }
        assert_eq!("allow".parse::<SslMode>().unwrap(), SslMode::Prefer);
        assert!("verify".parse::<SslMode>().is_err());
    }

    #[test]
    fn a_mode_that_asks_for_encryption_never_becomes_prefer() {
        use tokio_postgres::config::SslMode as Wire;
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            assert_eq!(mode.for_tokio_postgres(), Wire::Require);
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn an_unreadable_root_file_is_an_error_that_names_it() {
        let files = Files { root: Some("/nonexistent/root.crt".into()), ..Files::default() };
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let error = connector(mode, &files).err().unwrap().to_string();
            assert!(error.contains("sslrootcert"), "{error}");
            assert!(error.contains("/nonexistent/root.crt"), "{error}");
        }
        assert!(connector(SslMode::Disable, &files).is_ok());
    }

    #[test]
    fn a_certificate_without_a_key_and_a_key_without_a_certificate_are_refused() {
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
    fn without_the_feature_encryption_is_refused_and_prefer_is_plain_text() {
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let error = connector(mode, &Files::default()).err().unwrap().to_string();
            assert!(error.contains("feature `tls`"), "{error}");
        }
        assert!(connector(SslMode::Prefer, &Files { root: Some("ignored".into()), ..Files::default() }).is_ok());
    }
}
