//! VPN connections: opened within limits, kept alive by batches of heartbeats, ended once.
//!
//! ```text
//!            connected             close, supersede, reap
//! connecting ─────────▶ connected ────────────────────────▶ disconnected
//!     └──────────────────────┴───────── fail ─────────────▶ error
//! ```
//!
//! The last two are final, and the database itself refuses a way back. Every end leaves one row of statistics, but for
//! that of a connection that was never up and moved nothing, and of one whose user doesn't exist. What reads is in
//! [`queries::connections`](crate::queries::connections).

mod ending;
mod heartbeats;
mod opening;

pub use ending::{FinalCounters, close, fail, reap_stale};
pub use heartbeats::{Heartbeat, HeartbeatReport, heartbeat};
pub use opening::{ConnectionPolicy, NewConnection, OpenOutcome, Transition, connected, open};

use deadpool_postgres::Pool;

use crate::{
    Error, pool,
    queries::connections::{self, CorrectedCount},
    text_enum::text_enum,
};

/// Counts the live connections of every server anew, and puts right what `server_status` says of them. Returns what was
/// wrong: nothing, unless somebody wrote to the table by hand, or programs that know nothing of the count were still
/// running. Opening and closing wait while it counts. The regular maintenance does it, too.
pub async fn recount(pool: &Pool) -> Result<Vec<CorrectedCount>, Error> {
    let client = pool::get(pool).await?;
    let mut corrected = connections::recount().bind(&client).all().await?;
    corrected.sort_by(|one, other| one.server_id.cmp(&other.server_id));
    Ok(corrected)
}

text_enum! {
    /// The state of a VPN connection; `disconnected` and `error` are final.
    pub enum ConnectionStatus, "connection status" {
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
    pub enum Protocol, "protocol" {
        /// User datagrams, the default.
        Udp = "udp",
        /// A stream, where datagrams are blocked.
        Tcp = "tcp",
    }
}

text_enum! {
    /// Why a connection was closed.
    pub enum CloseReason, "reason to close a connection" {
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
        AccountDeactivated = "account_deactivated",
    }
}
