//! Devices that are signed out or lost, with all that belongs to them.

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use crate::{
    connections::CloseReason,
    error::Error,
    queries::{
        connections::{self, CloseAllForDevicesParams, ClosedConnection},
        devices::{self, RevokeAllParams, RevokeParams},
        users,
    },
    sessions,
    text_enum::text_enum,
};

text_enum! {
    /// Why a device was signed out.
    pub enum RevokeReason, "reason to sign a device out" {
        /// Its user signed it out.
        SignOut = "sign_out",
        /// It was lost.
        Lost = "lost",
        /// It was not used for longest, and the user reached the limit of devices.
        DeviceLimit = "device_limit",
    }
}

impl RevokeReason {
    /// Why its sessions end.
    const fn of_sessions(self) -> sessions::RevokeReason {
        match self {
            Self::SignOut => sessions::RevokeReason::SignOut,
            Self::Lost => sessions::RevokeReason::DeviceLost,
            Self::DeviceLimit => sessions::RevokeReason::DeviceLimit,
        }
    }

    /// Why its connections end.
    const fn of_connections(self) -> CloseReason {
        match self {
            Self::SignOut => CloseReason::SignedOut,
            Self::Lost => CloseReason::DeviceLost,
            Self::DeviceLimit => CloseReason::DeviceLimit,
        }
    }
}

/// What ended with a device, or with all of them.
#[derive(Debug)]
pub struct SignedOut {
    /// How many sessions ended, expired ones included.
    pub sessions_ended: i32,
    /// The connections that were closed, each with its statistics. Their nodes must drop them.
    pub closed: Vec<ClosedConnection>,
}

/// Signs one device out, in one transaction: its sessions and connections end, and nobody else's. It opens nothing until it is
/// registered again. `None` means that the user has no such device; for one that is signed out already, it ends what is left.
pub async fn sign_out(pool: &Pool, user_id: i64, device_id: i64) -> Result<Option<SignedOut>, Error> {
    revoke(pool, user_id, device_id, RevokeReason::SignOut).await
}

/// Signs a lost device out, as [`sign_out`] does. The reason is told when it registers again.
pub async fn mark_lost(pool: &Pool, user_id: i64, device_id: i64) -> Result<Option<SignedOut>, Error> {
    revoke(pool, user_id, device_id, RevokeReason::Lost).await
}

async fn revoke(pool: &Pool, user_id: i64, device_id: i64, reason: RevokeReason) -> Result<Option<SignedOut>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let device_ids = &[device_id][..];
        let parameters = RevokeParams { user_id, device_ids, reason, session_reason: reason.of_sessions() };
        let revoked = devices::revoke().params(&transaction, &parameters).one().await?;
        if revoked.device_ids.is_empty() {
            return Ok(None);
        }
        let closed = close_connections(&transaction, user_id, &revoked.device_ids, reason).await?;
        Ok(Some(SignedOut { sessions_ended: revoked.sessions_ended, closed }))
    })
    .await
}

/// Signs a user out everywhere, in one transaction: all devices, all sessions, also those that are being opened at this moment, and
/// all connections, with a device or without. `None` means that there is no such account.
///
/// [`sessions::revoke_all`] ends the sessions only. The account stays usable: a node that lets a client in by something other than
/// a device or a session can open a connection again.
pub async fn sign_out_everywhere(
    pool: &Pool,
    user_id: i64,
    reason: sessions::RevokeReason,
) -> Result<Option<SignedOut>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let Some(user) = users::lock_by_id().bind(&transaction, &user_id).opt().await? else { return Ok(None) };
        // Devices first, as everything that locks both.
        let all = RevokeAllParams { user_id, reason: RevokeReason::SignOut, session_reason: reason };
        let of_devices = devices::revoke_all().params(&transaction, &all).one().await?.sessions_ended;
        let sessions_ended = of_devices + sessions::revoke_all(&transaction, user_id, reason).await?;
        let closed =
            connections::close_all_for_user().bind(&transaction, &user.username, &CloseReason::SignedOut).all().await?;
        Ok(Some(SignedOut { sessions_ended, closed }))
    })
    .await
}

/// Closes the connections of devices whose user the transaction has locked.
pub(super) async fn close_connections(
    transaction: &Attempt,
    user_id: i64,
    device_ids: &[i64],
    reason: RevokeReason,
) -> Result<Vec<ClosedConnection>, client::Error> {
    if device_ids.is_empty() {
        return Ok(Vec::new());
    }
    let parameters = CloseAllForDevicesParams { user_id, device_ids, reason: reason.of_connections() };
    connections::close_all_for_devices().params(transaction, &parameters).all().await
}
