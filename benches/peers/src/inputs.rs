//! What the operations ask for, the same for all contenders.

use std::{sync::LazyLock, time::Duration};

use barqnet_db::{
    PhoneNumber,
    connections::{AtLimit, ConnectionPolicy, CounterPolicy, Heartbeat},
    otp::{OtpCode, OtpPolicy},
    sessions::{SessionPolicy, TokenHash},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::peer::Result;

/// How many sessions there are; four per account.
pub(crate) const SESSIONS: u32 = 200_000;
/// How many accounts there are besides those of the connections.
pub(crate) const ACCOUNTS: u32 = SESSIONS / 4;
/// One for each task of the largest round.
pub(crate) const NODES: usize = 64;
/// The live connections of a node.
pub(crate) const CONNECTIONS_PER_NODE: usize = 1600;
/// Rows of a page.
pub(crate) const PAGE: u32 = 100;
/// How many of the nearest locations are wanted.
pub(crate) const NEAREST: u32 = 5;
/// The epoch of every counter.
pub(crate) const EPOCH: i64 = 1;

/// Never reached, so that no contender has to write.
pub(crate) const TOUCH_AFTER_SECONDS: f64 = 1e9;
/// After how much time without use a session is over.
pub(crate) static IDLE_SECONDS: LazyLock<f64> = LazyLock::new(|| SessionPolicy::default().idle.as_secs_f64());

/// The parameters of `connections.open` that a policy gives.
pub(crate) struct OpenLimits {
    pub(crate) max_connections: Option<i64>,
    pub(crate) ends_oldest: bool,
    pub(crate) silent_seconds: f64,
    pub(crate) accepts_unknown: bool,
}

/// Those of the default policy.
pub(crate) static OPEN_LIMITS: LazyLock<OpenLimits> = LazyLock::new(|| {
    let policy = ConnectionPolicy::default();
    OpenLimits {
        max_connections: policy.max_connections_per_user.map(|limit| i64::from(limit.get())),
        ends_oldest: policy.at_limit == AtLimit::EndOldest,
        silent_seconds: policy.silent_after.as_secs_f64(),
        accepts_unknown: policy.accepts_unknown_servers,
    }
});

/// The fastest that a counter may plausibly rise, in bits per second.
pub(crate) static MAX_BITS_PER_SECOND: LazyLock<i64> =
    LazyLock::new(|| CounterPolicy::default().max_bits_per_second.cast_signed());

/// The hash of the token of a session, which are numbered from 1.
pub(crate) fn token(session: u32) -> TokenHash {
    TokenHash::of(&session.to_be_bytes())
}

/// A quasi-random point: multiples of the golden ratio.
pub(crate) fn point(number: u32) -> (f64, f64) {
    let [up, around] = [0.618_033_988_749_895, 0.754_877_666_246_693].map(|step| (f64::from(number) * step).fract());
    ((2.0 * up - 1.0).asin().to_degrees(), 360.0 * around - 180.0)
}

pub(crate) fn node(number: usize) -> String {
    format!("node-{number}")
}

/// A report on every connection of a node. Ids were given in turn: see `database.rs`.
pub(crate) fn heartbeats(node: usize, sequence: i64) -> Result<Vec<Heartbeat>> {
    let bytes = sequence.unsigned_abs() * 1000;
    let ids = (0..CONNECTIONS_PER_NODE).map(|number| i64::try_from(number * NODES + node + 1));
    let beat = |connection_id| Heartbeat {
        connection_id,
        epoch: EPOCH,
        sequence,
        bytes_received: bytes,
        bytes_sent: 10 * bytes,
    };
    Ok(ids.map(|id| id.map(beat)).collect::<std::result::Result<_, _>>()?)
}

/// A one-time password that was sent to a number.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) number: PhoneNumber,
    pub(crate) code: OtpCode,
}

/// The key of the MACs of codes.
const OTP_KEY: [u8; 32] = [7; 32];

/// The same key, keyed once.
static OTP_MAC: LazyLock<Hmac<Sha256>> = LazyLock::new(|| {
    Hmac::new_from_slice(&OTP_KEY).unwrap_or_else(|error| unreachable!("HMAC takes any length: {error}"))
});

/// The parameters of `otp_verify_code`, as a service without the crate computes them.
pub(crate) struct Verification {
    pub(crate) code_macs: Vec<Vec<u8>>,
    pub(crate) key_ids: Vec<i32>,
    pub(crate) max_tries_per_code: i32,
    pub(crate) lock_every: i32,
    pub(crate) lock_seconds: Vec<f64>,
    pub(crate) max_failures: i32,
    pub(crate) budget_limit: i32,
    pub(crate) budget_window: f64,
    pub(crate) ticket_hash: TokenHash,
    pub(crate) ticket_seconds: f64,
}

pub(crate) const PURPOSE: &str = "sign_in";
pub(crate) const BUDGET: &str = "verify_address";

impl Verification {
    /// Computes the MAC of the code and generates a ticket.
    pub(crate) fn of(code: &Code) -> Result<Self> {
        let policy = OtpPolicy::default();
        let text = format!("barqnet-otp-1|{PURPOSE}|{}|{}", code.number, code.code.expose());
        let mut ticket = [0; 32];
        getrandom::fill(&mut ticket)?;
        Ok(Self {
            code_macs: vec![OTP_MAC.clone().chain_update(text).finalize().into_bytes().to_vec()],
            key_ids: vec![1],
            max_tries_per_code: policy.max_tries_per_code.try_into()?,
            lock_every: policy.failures_before_lock.try_into()?,
            lock_seconds: policy.lock_durations.iter().map(Duration::as_secs_f64).collect(),
            max_failures: policy.max_failures.try_into()?,
            budget_limit: policy.failures_per_address.per_hour.unwrap_or(u32::MAX >> 1).try_into()?,
            budget_window: 3600.0,
            ticket_hash: TokenHash::of(&ticket),
            ticket_seconds: policy.ticket_lifetime.as_secs_f64(),
        })
    }
}

/// A node's report as columns, and the ids whose outcome must be `applied`.
pub(crate) struct Report {
    pub(crate) ids: Vec<i64>,
    pub(crate) epochs: Vec<i64>,
    pub(crate) sequences: Vec<i64>,
    pub(crate) bytes_received: Vec<i64>,
    pub(crate) bytes_sent: Vec<i64>,
}

impl Report {
    pub(crate) fn of(heartbeats: &[Heartbeat]) -> Self {
        Self {
            ids: heartbeats.iter().map(|heartbeat| heartbeat.connection_id).collect(),
            epochs: heartbeats.iter().map(|heartbeat| heartbeat.epoch).collect(),
            sequences: heartbeats.iter().map(|heartbeat| heartbeat.sequence).collect(),
            bytes_received: heartbeats.iter().map(|heartbeat| heartbeat.bytes_received.cast_signed()).collect(),
            bytes_sent: heartbeats.iter().map(|heartbeat| heartbeat.bytes_sent.cast_signed()).collect(),
        }
    }
}

/// The id of a heartbeat that was applied; any other outcome is an error here.
pub(crate) fn applied(id: i64, outcome: &str) -> Result<i64> {
    if outcome == "applied" { Ok(id) } else { Err(format!("the heartbeat of {id} was {outcome}").into()) }
}
