//! What can be wrong with a TLS setting or a TLS connection.

/// A TLS setting that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct InvalidTlsSetting {
    pub(in crate::pool) key: &'static str,
    pub(in crate::pool) problem: String,
}

impl InvalidTlsSetting {
    pub(super) fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }
}

/// What is wrong with a TLS connection, for programs that treat the cases differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsProblem {
    /// No authority trusted here has signed the server's certificate.
    UnknownAuthority,
    /// The server's certificate is issued for another host name.
    OtherHost,
    /// The server's certificate has expired or is not valid yet, or the clock is wrong.
    Expired,
    /// The server refuses the client's certificate, or requires one and got none.
    ClientCertificate,
    /// Anything else: no common version or algorithm, a malformed certificate, a server that does not speak TLS.
    Handshake,
}
