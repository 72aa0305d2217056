//! The transports of a VPN.

use crate::text_enum::text_enum;

text_enum! {
    /// The transport of a VPN.
    pub enum Protocol, "protocol" {
        /// Datagrams, the default.
        Udp = "udp",
        /// A stream, where datagrams are blocked.
        Tcp = "tcp",
    }
}
