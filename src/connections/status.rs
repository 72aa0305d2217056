//! The states of a connection.

use crate::text_enum::text_enum;

text_enum! {
    /// The state of a VPN connection; `disconnected` and `error` are final.
    pub enum ConnectionStatus, "connection status" {
        /// Opened, not connected yet.
        Connecting = "connecting",
        /// The tunnel is up.
        Connected = "connected",
        /// Ended normally.
        Disconnected = "disconnected",
        /// Ended by an error.
        Error = "error",
    }
}

impl ConnectionStatus {
    /// Whether the connection holds its virtual address and counts against limits.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Connecting | Self::Connected)
    }
}
