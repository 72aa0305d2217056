//! VPN connections: opened within limits, kept alive by batches of heartbeats, ended once.
//!
//! ```text
//!            mark_connected           close, supersede, reap
//! connecting ──────────────▶ connected ────────────────────▶ disconnected
//!     └──────────────────────────┴──────── mark_error ─────▶ error
//! ```
//!
//! The last two are final, and the database itself refuses a change back. Every end leaves one statistics row, except that
//! of a connection that was never connected and has no bytes, and that of a user who does not exist.
//!
//! One rule decides what a node's counters add, in a heartbeat and at an end: a report whose counters are not both
//! plausible adds nothing (see [`HeartbeatReport::implausible`]). Queries that only read are in
//! [`queries::connections`](crate::queries::connections).

mod ending;
mod heartbeats;
mod opening;

pub use ending::{FinalCounters, MIN_IDLE, close, mark_error, reap_stale};
pub use heartbeats::{Heartbeat, HeartbeatReport, heartbeat};
pub use opening::{ConnectionPolicy, NewConnection, OpenOutcome, Transition, mark_connected, open};

use deadpool_postgres::Pool;

use crate::{
    Error, pool,
    queries::connections::{self, CorrectedCount},
    text_enum::text_enum,
};

/// Recounts the live connections of every server and corrects `server_status`. Returns what was wrong: nothing, unless
/// rows were written by hand or by programs that do not maintain the count. Opening and closing wait meanwhile. Scheduled
/// maintenance does this as well.
pub async fn recount(pool: &Pool) -> Result<Vec<CorrectedCount>, Error> {
    let client = pool::get(pool).await?;
    let mut corrected = connections::recount().bind(&client).all().await?;
    corrected.sort_by(|one, other| one.server_id.cmp(&other.server_id));
    Ok(corrected)
}

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

text_enum! {
    /// The transport of a VPN.
    pub enum Protocol, "protocol" {
        /// Datagrams, the default.
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
        /// It had no recent heartbeat.
        Stale = "stale",
        /// A newer connection took its virtual address.
        Superseded = "superseded",
        /// An operator closed it.
        Administrator = "administrator",
        /// The account was deactivated.
        AccountDeactivated = "account_deactivated",
    }
}
