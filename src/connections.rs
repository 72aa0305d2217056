//! Words that connections are described in; the operations are in [`queries::connections`](crate::queries::connections).

use crate::text_enum::text_enum;

text_enum! {
    /// The state of a VPN connection; `disconnected` and `error` are final.
    ConnectionStatus, "connection status" {
        /// Opened, not yet up.
        Connecting = "connecting",
        /// Up.
        Connected = "connected",
        /// Ended in good order.
        Disconnected = "disconnected",
        /// Ended by a failure.
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

text_enum! {
    /// What a VPN runs over.
    Protocol, "protocol" {
        /// User datagrams, the default.
        Udp = "udp",
        /// A stream, where datagrams are blocked.
        Tcp = "tcp",
    }
}

text_enum! {
    /// Why a connection was closed.
    CloseReason, "reason to close a connection" {
        /// The client left.
        ClientExit = "client_exit",
        /// Its server restarted.
        ServerRestart = "server_restart",
        /// No heartbeat came any more.
        Stale = "stale",
        /// A newer connection took its virtual address.
        Superseded = "superseded",
        /// An operator closed it.
        Administrator = "administrator",
        /// The account was deactivated.
        AccountClosed = "account_closed",
    }
}
