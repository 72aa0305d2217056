//! Revocation of sessions.

use barqnet_db_client::{Error, GenericClient};

use crate::{
    queries::sessions::{self, RevokeOneParams, RevokeOthersParams},
    text_enum::text_enum,
};

text_enum! {
    /// Why a session was revoked.
    pub enum RevokeReason, "reason to revoke a session" {
        /// Its user signed out.
        SignOut = "sign_out",
        /// The user reached the limit of sessions.
        SessionLimit = "session_limit",
        /// Its device signed in again.
        Superseded = "superseded",
        /// Its device was lost.
        DeviceLost = "device_lost",
        /// Its device was signed out because the user reached the limit of devices.
        DeviceLimit = "device_limit",
        /// The password was changed.
        PasswordChange = "password_change",
        /// The phone number was changed.
        PhoneChange = "phone_change",
        /// The user's role was changed.
        RoleChange = "role_change",
        /// A replaced token was used again.
        TokenReuse = "token_reuse",
        /// The account has expired.
        AccountExpired = "account_expired",
        /// The account was deactivated.
        AccountDeactivated = "account_deactivated",
        /// An administrator revoked it.
        Administrator = "administrator",
    }
}

/// Revokes one session of a user. `false` means that the user has no such session, or that it was revoked before.
pub async fn revoke(
    client: &impl GenericClient,
    user_id: i64,
    session_id: i64,
    reason: RevokeReason,
) -> Result<bool, Error> {
    let parameters = RevokeOneParams { reason, id: session_id, user_id };
    Ok(sessions::revoke_one().params(client, &parameters).await? > 0)
}

/// Revokes every session of a user except `keep_id`, and returns how many.
pub async fn revoke_others(
    client: &impl GenericClient,
    user_id: i64,
    keep_id: i64,
    reason: RevokeReason,
) -> Result<i32, Error> {
    sessions::revoke_others().params(client, &RevokeOthersParams { user_id, keep_id, reason }).one().await
}

/// Revokes every session of a user, including those that are being opened at this moment, and returns how many.
pub async fn revoke_all(client: &impl GenericClient, user_id: i64, reason: RevokeReason) -> Result<i32, Error> {
    sessions::revoke_all().bind(client, &user_id, &reason).one().await
}
