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
//! plausible adds nothing (see [`HeartbeatReport::implausible`]). A connection of an account that expires, is deactivated,
//! moved to another server or erased ends; its node learns it from the answer to its next heartbeat. Queries that only read are in
//! [`queries::connections`](crate::queries::connections).

mod counts;
mod ending;
mod heartbeats;
mod opening;
mod protocol;
mod status;

pub use counts::recount;
pub use ending::{CloseReason, FinalCounters, MIN_IDLE, close, mark_error, reap_stale};
pub use heartbeats::{Closed, CounterPolicy, Heartbeat, HeartbeatReport, heartbeat};
pub use opening::{
    ConnectionPolicy, InitialCounters, NewConnection, OpenOutcome, Replaced, Transition, mark_connected, open,
};
pub use protocol::Protocol;
pub use status::ConnectionStatus;

pub use crate::limit::AtLimit;
