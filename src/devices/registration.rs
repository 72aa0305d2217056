//! Registration of devices within limits.

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::{
    policy::DevicePolicy,
    revocation::{RevokeReason, close_connections},
};
use crate::{
    error::Error,
    limit::{AtLimit, integer},
    queries::{
        connections::ClosedConnection,
        devices::{self, RegisterParams, RegisterStmt},
    },
    text_enum::{self, not_null, text_enum},
    told::told,
};

/// The maximum length of a device's key, in characters.
pub const MAX_KEY_CHARS: usize = 255;

/// A device to register.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewDevice<'a> {
    /// The stable id that the client keeps, such as a UUID; unique per user, 1 to [`MAX_KEY_CHARS`] characters.
    pub key: &'a str,
    /// A name that the user recognises, such as "iPhone 15". Of a longer one the first 255 characters count.
    pub name: Option<&'a str>,
    /// Such as `ios`. Of a longer one the first 255 characters count.
    pub device_type: Option<&'a str>,
    /// The session of the client that registers: it belongs to the device from then on, and replaces the device's earlier ones.
    pub session: Option<i64>,
}

/// A registered device.
#[derive(Debug)]
pub struct Registered {
    /// Its id.
    pub id: i64,
    /// Why it was signed out before; `None` if it is new, or was registered all the time.
    pub was_revoked_for: Option<RevokeReason>,
    /// The devices that were signed out for the limit.
    pub replaced: Vec<i64>,
    /// Their connections, which their nodes must drop.
    pub closed: Vec<ClosedConnection>,
}

/// The outcome of [`register`].
#[derive(Debug)]
pub enum RegisterOutcome {
    /// It is registered.
    Registered(Registered),
    /// The key is empty, longer than [`MAX_KEY_CHARS`], or contains a NUL.
    InvalidKey,
    /// There is no such account, it is deactivated or expired, or [`NewDevice::session`] is not a session of it, or ended.
    Unusable,
    /// The user has as many devices as allowed, and the policy refuses another one: sign one out first.
    LimitReached,
}

/// Registers a device of a user, or finds it again by its key: then name and type change if they are given, and nothing else. The
/// limit holds under concurrent registrations: they lock the account. Only a new device takes an id.
pub async fn register(
    pool: &Pool,
    user_id: i64,
    new: &NewDevice<'_>,
    policy: &DevicePolicy,
) -> Result<RegisterOutcome, Error> {
    if new.key.is_empty() || new.key.contains('\0') || new.key.chars().count() > MAX_KEY_CHARS {
        return Ok(RegisterOutcome::InvalidKey);
    }
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        Ok(register_in(&transaction, user_id, new, policy).await?)
    })
    .await
}

async fn register_in(
    transaction: &Attempt,
    user_id: i64,
    new: &NewDevice<'_>,
    policy: &DevicePolicy,
) -> Result<RegisterOutcome, client::Error> {
    let parameters = RegisterParams {
        user_id,
        device_key: new.key,
        device_name: new.name.map(told),
        device_type: new.device_type.map(told),
        session_id: new.session,
        max_devices: policy.max_devices.map(|max| integer(max.get())),
        ends_longest_unseen: policy.at_limit == AtLimit::EndOldest,
    };
    let answer = devices::register().params(transaction, &parameters).one().await?;
    match text_enum::decode(RegisterStmt::QUERY, "outcome", &answer.outcome)? {
        Outcome::Unusable => return Ok(RegisterOutcome::Unusable),
        Outcome::LimitReached => return Ok(RegisterOutcome::LimitReached),
        Outcome::Registered => {}
    }
    let was_revoked_for = match answer.was_revoked_for {
        Some(reason) => Some(text_enum::decode(RegisterStmt::QUERY, "was_revoked_for", &reason)?),
        None => None,
    };
    let closed = close_connections(transaction, user_id, &answer.ended_ids, RevokeReason::DeviceLimit).await?;
    Ok(RegisterOutcome::Registered(Registered {
        id: not_null(RegisterStmt::QUERY, "device_id", answer.device_id)?,
        was_revoked_for,
        replaced: answer.ended_ids,
        closed,
    }))
}

text_enum! {
    /// The outcomes of `device_register`.
    enum Outcome, "outcome of device_register" {
        /// There is a device.
        Registered = "registered",
        /// There is no usable account, or no such session.
        Unusable = "unusable",
        /// The limit refuses another device.
        LimitReached = "limit_reached",
    }
}
