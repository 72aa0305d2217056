//! Signed-in devices: tokens that only their holder knows, and the sessions they open.
//!
//! - A session ends at its `expires_at`, after [`SessionPolicy::idle`] without use, when it is revoked, when its user
//!   signs out everywhere, and while its account is closed.
//! - [`rotate`] replaces the token. Of several requests with one token one gets the new token; a token that was
//!   replaced before ends the session, because thief and owner can't be told apart (RFC 9700, 4.14.2).
//! - A service that proves sessions by JWTs opens them with [`create_for`] and the hash of the token's id, and reports
//!   their use with [`record_activity`].
//!
//! Single statements all, so that each runs on a pooled client or in a transaction of the caller's.

mod policy;

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};

pub use policy::{AtLimit, SessionPolicy};

pub use crate::token::{InvalidToken, Token, TokenHash};
use crate::{
    client::{Error, GenericClient, Params},
    interval::seconds,
    queries::{
        maintenance,
        sessions::{
            self, CreateParams, ListActiveParams, RevokeOneParams, RevokeOthersParams, RotateParams, TouchBatchParams,
            ValidateParams,
        },
    },
    text_enum::{self, not_null, text_enum},
};

pub use crate::queries::sessions::{Session, ValidSession};

text_enum! {
    /// Why a session was ended before its time.
    pub enum RevokeReason, "reason to revoke a session" {
        /// Its holder signed out.
        SignOut = "sign_out",
        /// The user had more sessions than allowed.
        SessionLimit = "session_limit",
        /// The password was changed.
        PasswordChange = "password_change",
        /// The phone number was changed.
        PhoneChange = "phone_change",
        /// The user's rights were changed.
        RoleChange = "role_change",
        /// A token that had been replaced was used again.
        TokenReuse = "token_reuse",
        /// An operator ended it.
        Administrator = "administrator",
    }
}

/// What is known of the device that signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// A name its holder recognises, such as "iPhone 15".
    pub name: Option<String>,
    /// The address it signs in from.
    pub ip_address: Option<IpAddr>,
    /// What its client calls itself.
    pub user_agent: Option<String>,
}

/// A session that was opened now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: i32,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// How many sessions had to end for it.
    pub ended: i32,
}

/// What became of a request for a session. `T` is what proves it, for whom the crate makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateOutcome<T = Token> {
    /// There is a session.
    Created(T, NewSession),
    /// There is no such user, or the account is deactivated or expired.
    Unusable,
    /// The user has as many sessions as allowed, and [`SessionPolicy::at_limit`] refuses more.
    LimitReached,
    /// The password that was checked is the account's no longer.
    PasswordChanged,
    /// Another session is proved by this hash, or was before its token was replaced.
    TokenInUse,
}

/// Opens a session for a user and makes its token.
pub async fn create(
    client: &impl GenericClient,
    user_id: i32,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<CreateOutcome, Error> {
    let token = Token::generate();
    let outcome = open(client, user_id, &token.hash(), device, policy, None).await?;
    Ok(outcome.with(token))
}

/// As [`create`], for a user whose password was checked: if it is not `verified` any more, there is no session. So
/// somebody who signs in with an old password while it is being changed is not in after the change.
#[cfg(feature = "passwords")]
pub async fn create_after_password(
    client: &impl GenericClient,
    user_id: i32,
    verified: &crate::password::PasswordHash,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<CreateOutcome, Error> {
    let token = Token::generate();
    let outcome = open(client, user_id, &token.hash(), device, policy, Some(verified.expose())).await?;
    Ok(outcome.with(token))
}

/// As [`create`], for a session that the service proves by a secret of its own, of which this is the hash. If another
/// session has it, the transaction around it, if there is one, is over.
pub async fn create_for(
    client: &impl GenericClient,
    user_id: i32,
    hash: &TokenHash,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<CreateOutcome<()>, Error> {
    match open(client, user_id, hash, device, policy, None).await {
        Err(error) if error.constraint() == Some("idx_sessions_token_hash") => Ok(CreateOutcome::TokenInUse),
        outcome => outcome,
    }
}

async fn open(
    client: &impl GenericClient,
    user_id: i32,
    hash: &TokenHash,
    device: &Device,
    policy: &SessionPolicy,
    verified_password_hash: Option<&str>,
) -> Result<CreateOutcome<()>, Error> {
    const STATEMENT: &str = "sessions.create";
    let parameters = CreateParams {
        user_id,
        token_hash: hash,
        device_info: device.name.as_deref(),
        ip_address: device.ip_address,
        user_agent: device.user_agent.as_deref(),
        lifetime_seconds: seconds(policy.lifetime),
        idle_seconds: seconds(policy.idle),
        most_sessions: policy.most_sessions.map(|most| most.get().into()),
        evicts: policy.at_limit == AtLimit::EndOldest,
        verified_password_hash,
    };
    let opening = sessions::create().params(client, &parameters).one().await?;
    Ok(match text_enum::decode(STATEMENT, "outcome", &opening.outcome)? {
        Opened::Created => CreateOutcome::Created(
            (),
            NewSession {
                id: not_null(STATEMENT, "session_id", opening.session_id)?,
                expires_at: not_null(STATEMENT, "session_ends_at", opening.session_ends_at)?,
                ended: opening.evicted,
            },
        ),
        Opened::Unusable => CreateOutcome::Unusable,
        Opened::LimitReached => CreateOutcome::LimitReached,
        Opened::PasswordChanged => CreateOutcome::PasswordChanged,
        Opened::TokenInUse => CreateOutcome::TokenInUse,
    })
}

text_enum! {
    /// The outcomes of `session_create`.
    enum Opened, "outcome of session_create" {
        /// There is a session.
        Created = "created",
        /// There is no usable account.
        Unusable = "unusable",
        /// The limit refuses another session.
        LimitReached = "limit_reached",
        /// The account has another password hash than the one that was verified.
        PasswordChanged = "password_changed",
        /// A session had this hash before.
        TokenInUse = "token_in_use",
    }
}

impl CreateOutcome<()> {
    fn with<T>(self, token: T) -> CreateOutcome<T> {
        match self {
            Self::Created((), session) => CreateOutcome::Created(token, session),
            Self::Unusable => CreateOutcome::Unusable,
            Self::LimitReached => CreateOutcome::LimitReached,
            Self::PasswordChanged => CreateOutcome::PasswordChanged,
            Self::TokenInUse => CreateOutcome::TokenInUse,
        }
    }
}

/// The live session and user behind a token; `None` says no more than "sign in again". One indexed read, and once in
/// [`SessionPolicy::touch_after`] one write of the session's last use.
pub async fn validate(
    client: &impl GenericClient,
    hash: &TokenHash,
    policy: &SessionPolicy,
) -> Result<Option<ValidSession>, Error> {
    let (touch_after_seconds, idle_seconds) = (seconds(policy.touch_after), seconds(policy.idle));
    let parameters = ValidateParams { touch_after_seconds, token_hash: hash, idle_seconds };
    let session = sessions::validate().params(client, &parameters).opt().await?;
    if let Some(session) = session.as_ref().filter(|session| session.touch_is_due) {
        sessions::touch().bind(client, &session.session_id, &idle_seconds, &touch_after_seconds).await?;
    }
    Ok(session)
}

/// What became of a request to replace a token. `T` is the new one, for whom the crate makes it.
#[derive(Debug, PartialEq, Eq)]
pub enum RotateOutcome<T = Token> {
    /// The old token is worth nothing any more; this is the new one.
    Rotated {
        /// The new token.
        token: T,
        /// Its session.
        session_id: i32,
        /// Whose session it is.
        user_id: i32,
        /// When the session ends at the latest; a new token doesn't change that.
        expires_at: DateTime<Utc>,
    },
    /// Another request with this token came first, a moment ago, and got the new one. This one gets none.
    Concurrent,
    /// The token was replaced before. The session is revoked now, and the audit trail has an entry
    /// `session_token_reuse`.
    Reused {
        /// The session.
        session_id: i32,
        /// Whose session it was.
        user_id: i32,
    },
    /// The token is unknown, or its session is over.
    Invalid,
    /// Another session is proved by the new hash, or was before its token was replaced.
    TokenInUse,
}

/// Replaces the token of a live session. `ip_address` is where the request comes from, for the audit trail.
pub async fn rotate(
    client: &impl GenericClient,
    token: &Token,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome, Error> {
    let new = Token::generate();
    let outcome = replace(client, &token.hash(), &new.hash(), ip_address, policy).await?;
    Ok(outcome.with(new))
}

/// As [`rotate`], for a session that the service proves by secrets of its own, of which these are the hashes: the `jti` of
/// the JWT that is replaced and of the one that replaces it, say. If another session has the new one, the transaction
/// around it, if there is one, is over.
pub async fn rotate_for(
    client: &impl GenericClient,
    hash: &TokenHash,
    new_hash: &TokenHash,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome<()>, Error> {
    match replace(client, hash, new_hash, ip_address, policy).await {
        Err(error) if error.constraint() == Some("idx_sessions_token_hash") => Ok(RotateOutcome::TokenInUse),
        outcome => outcome,
    }
}

async fn replace(
    client: &impl GenericClient,
    hash: &TokenHash,
    new_hash: &TokenHash,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome<()>, Error> {
    const STATEMENT: &str = "sessions.rotate";
    let parameters = RotateParams {
        token_hash: hash,
        new_token_hash: new_hash,
        ip_address,
        idle_seconds: seconds(policy.idle),
        grace_seconds: seconds(policy.rotation_grace),
    };
    let rotation = sessions::rotate().params(client, &parameters).one().await?;
    let session_id = || not_null(STATEMENT, "session_id", rotation.session_id);
    let user_id = || not_null(STATEMENT, "user_id", rotation.user_id);
    Ok(match text_enum::decode(STATEMENT, "outcome", &rotation.outcome)? {
        Replaced::Rotated => RotateOutcome::Rotated {
            token: (),
            session_id: session_id()?,
            user_id: user_id()?,
            expires_at: not_null(STATEMENT, "session_ends_at", rotation.session_ends_at)?,
        },
        Replaced::Concurrent => RotateOutcome::Concurrent,
        Replaced::Reused => RotateOutcome::Reused { session_id: session_id()?, user_id: user_id()? },
        Replaced::Invalid => RotateOutcome::Invalid,
        Replaced::TokenInUse => RotateOutcome::TokenInUse,
    })
}

text_enum! {
    /// The outcomes of `session_rotate`.
    enum Replaced, "outcome of session_rotate" {
        /// The token was replaced.
        Rotated = "rotated",
        /// Another request replaced it within the grace period.
        Concurrent = "concurrent",
        /// It was replaced before: the session is revoked.
        Reused = "reused",
        /// The token is unknown, or its session is over.
        Invalid = "invalid",
        /// A session had the new hash before, or it is the old one.
        TokenInUse = "token_in_use",
    }
}

impl RotateOutcome<()> {
    fn with<T>(self, token: T) -> RotateOutcome<T> {
        match self {
            Self::Rotated { token: (), session_id, user_id, expires_at } => {
                RotateOutcome::Rotated { token, session_id, user_id, expires_at }
            }
            Self::Concurrent => RotateOutcome::Concurrent,
            Self::Reused { session_id, user_id } => RotateOutcome::Reused { session_id, user_id },
            Self::Invalid => RotateOutcome::Invalid,
            Self::TokenInUse => RotateOutcome::TokenInUse,
        }
    }
}

/// Ends one session of a user and says whether it did: not if it is somebody else's, or over already.
pub async fn revoke(
    client: &impl GenericClient,
    user_id: i32,
    session_id: i32,
    reason: RevokeReason,
) -> Result<bool, Error> {
    let parameters = RevokeOneParams { reason, id: session_id, user_id };
    Ok(sessions::revoke_one().params(client, &parameters).await? > 0)
}

/// Ends every session of a user but one, and says how many.
pub async fn revoke_others(
    client: &impl GenericClient,
    user_id: i32,
    keep_id: i32,
    reason: RevokeReason,
) -> Result<i32, Error> {
    sessions::revoke_others().params(client, &RevokeOthersParams { user_id, keep_id, reason }).one().await
}

/// Ends every session of a user, those that are being opened at this moment included, and says how many.
pub async fn revoke_all(client: &impl GenericClient, user_id: i32, reason: RevokeReason) -> Result<i32, Error> {
    sessions::revoke_all().bind(client, &user_id, &reason).one().await
}

/// One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` `i32::MAX`, go on
/// with the last id received.
pub async fn list(
    client: &impl GenericClient,
    user_id: i32,
    before_id: i32,
    limit: i64,
    policy: &SessionPolicy,
) -> Result<Vec<Session>, Error> {
    let parameters = ListActiveParams { user_id, idle_seconds: seconds(policy.idle), before_id, limit };
    sessions::list_active().params(client, &parameters).all().await
}

/// Records when sessions were last used, for a service that validates tokens itself: one statement for any number. An
/// id that is unknown, revoked or was over when it was seen is skipped, and no time moves backwards. Says how many
/// moved.
pub async fn record_activity(
    client: &impl GenericClient,
    seen: &[(i32, DateTime<Utc>)],
    policy: &SessionPolicy,
) -> Result<u64, Error> {
    let (ids, seen_at): (Vec<i32>, Vec<DateTime<Utc>>) = seen.iter().copied().unzip();
    let parameters = TouchBatchParams { ids, seen_at, idle_seconds: seconds(policy.idle) };
    sessions::touch_batch().params(client, &parameters).await
}

/// What one batch of the clean-up did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanUp {
    /// How many sessions it deleted.
    pub deleted: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// Deletes up to `batch` sessions that expired or were revoked more than `keep` ago, without waiting for rows that
/// somebody holds. [`maintenance::run_all`](crate::maintenance::run_all) does it until none is left.
pub async fn clean_up(client: &impl GenericClient, keep: Duration, batch: u32) -> Result<CleanUp, Error> {
    let deleted = maintenance::delete_expired_sessions().bind(client, &seconds(keep), &batch.into()).await?;
    Ok(CleanUp { deleted, more: deleted > 0 && deleted >= batch.into() })
}
