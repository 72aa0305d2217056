//! The addresses of PostgreSQL servers.

use std::net::IpAddr;

const DEFAULT_HOST: &str = "localhost";
pub(super) const DEFAULT_PORT: u16 = 5432;

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// A name, an address, or the directory of a Unix-domain socket.
    pub(super) host: String,
    /// The address to connect to, so that the name is not looked up.
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

impl Server {
    pub(super) fn new(host: &str, port: Option<u16>) -> Self {
        Self {
            host: Some(host).filter(|h| !h.is_empty()).unwrap_or(DEFAULT_HOST).to_owned(),
            address: None,
            port: port.unwrap_or(DEFAULT_PORT),
        }
    }

    pub(super) fn is_local_socket(&self) -> bool {
        self.host.starts_with('/') && self.address.is_none()
    }
}

/// `host:port` of every server, for messages.
pub(super) fn names(servers: &[Server]) -> String {
    let name = |server: &Server| match server.host.as_str() {
        host if host.contains(':') => format!("[{host}]:{}", server.port),
        host => format!("{host}:{}", server.port),
    };
    let names: Vec<_> = servers.iter().map(name).collect();
    names.join(" or ")
}
