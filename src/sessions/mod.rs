//! Sessions of signed-in devices, and the tokens that identify them.
//!
//! - A session ends at its `expires_at`, after [`SessionPolicy::idle`] without use, when it is revoked, and when its user
//!   signs out everywhere. It is not valid while its account is deactivated or expired.
//! - [`rotate`] replaces the token. One of several concurrent requests with one token gets the new token. Use of a token
//!   that was replaced before ends the session, because its owner and a thief cannot be told apart (RFC 9700, 4.14.2).
//! - A service that identifies sessions by JWTs opens them with [`create_with_hash`] and the hash of the JWT's id, and
//!   reports their use with [`record_activity`].
//!
//! The limits of [`SessionPolicy`] are enforced in the database, for all processes and under concurrency. Each function runs
//! one statement ([`validate`] at most two), on a pooled client or in a transaction of the caller.

mod policy;

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};

pub use policy::{AtLimit, SessionPolicy};

pub use crate::token::{InvalidToken, Token, TokenHash};
use crate::{
    client::{Error, GenericClient, Params},
    interval::seconds,
    limit::integer,
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
    /// Why a session was revoked.
    pub enum RevokeReason, "reason to revoke a session" {
        /// Its user signed out.
        SignOut = "sign_out",
        /// The user reached the limit of sessions.
        SessionLimit = "session_limit",
        /// The password was changed.
        PasswordChange = "password_change",
        /// The phone number was changed.
        PhoneChange = "phone_change",
        /// The user's role was changed.
        RoleChange = "role_change",
        /// A replaced token was used again.
        TokenReuse = "token_reuse",
        /// An administrator revoked it.
        Administrator = "administrator",
    }
}

/// The device that signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// A name that the user recognises, such as "iPhone 15".
    pub name: Option<String>,
    /// The address from which it signs in.
    pub ip_address: Option<IpAddr>,
    /// The user agent of its client.
    pub user_agent: Option<String>,
}

/// A session that was just opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: i32,
    /// The end of its lifetime.
    pub expires_at: DateTime<Utc>,
    /// How many sessions ended to stay within the limit.
    pub ended: i32,
}

/// The outcome of opening a session. `T` is its token, or `()` if the caller supplied the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateOutcome<T = Token> {
    /// The session is open.
    Created(T, NewSession),
    /// There is no such account, or it is deactivated or expired.
    Unusable,
    /// The user has [`SessionPolicy::max_sessions`] live sessions, and [`SessionPolicy::at_limit`] refuses another.
    LimitReached,
    /// The account no longer has the password that was verified.
    PasswordChanged,
    /// A session has this hash, or had it before its token was replaced.
    TokenInUse,
}

/// Opens a session for a user, with a new token. The limit holds under concurrent sign-ins: they lock the account.
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

/// Like [`create`], after a check of the password against the hash `verified`. If the account has another hash by now, the
/// outcome is [`CreateOutcome::PasswordChanged`], so that a sign-in with the old password cannot complete after a change.
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

/// Like [`create`], with the hash of a secret that the service made, such as the `jti` of a JWT. If a session has that hash
/// now, the outcome is [`CreateOutcome::TokenInUse`] and a surrounding transaction is aborted.
pub async fn create_with_hash(
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
        max_sessions: policy.max_sessions.map(|max| integer(max.get())),
        end_oldest: policy.at_limit == AtLimit::EndOldest,
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

/// The live session of a token, and its user. `None` means "sign in again", for whatever reason. One indexed read, and at
/// most once per [`SessionPolicy::touch_after`] a write of the session's last use.
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

/// The outcome of replacing a token. `T` is the new token, or `()` if the caller supplied its hash.
#[derive(Debug, PartialEq, Eq)]
pub enum RotateOutcome<T = Token> {
    /// The token was replaced; the old one is no longer valid.
    Rotated {
        /// The new token.
        token: T,
        /// Its session.
        session_id: i32,
        /// Its user.
        user_id: i32,
        /// The end of the session's lifetime, which a rotation does not change.
        expires_at: DateTime<Utc>,
    },
    /// Another request with this token got the new token within [`SessionPolicy::rotation_grace`]. This one gets none.
    Concurrent,
    /// The token was replaced before. The session was revoked, with an entry `session_token_reuse` in the audit trail.
    Reused {
        /// The session.
        session_id: i32,
        /// Its user.
        user_id: i32,
    },
    /// The token is unknown, or its session is over.
    Invalid,
    /// A session has the new hash, or had it before its token was replaced.
    TokenInUse,
}

/// Replaces the token of a live session. `ip_address` is the client's, for the audit trail.
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

/// Like [`rotate`], with the hashes of secrets that the service made, such as the `jti` of the old and the new JWT. If a
/// session has the new hash now, the outcome is [`RotateOutcome::TokenInUse`] and a surrounding transaction is aborted.
pub async fn rotate_with_hash(
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

/// Revokes one session of a user. `false` means that the user has no such session, or that it was revoked before.
pub async fn revoke(
    client: &impl GenericClient,
    user_id: i32,
    session_id: i32,
    reason: RevokeReason,
) -> Result<bool, Error> {
    let parameters = RevokeOneParams { reason, id: session_id, user_id };
    Ok(sessions::revoke_one().params(client, &parameters).await? > 0)
}

/// Revokes every session of a user except `keep_id`, and returns how many.
pub async fn revoke_others(
    client: &impl GenericClient,
    user_id: i32,
    keep_id: i32,
    reason: RevokeReason,
) -> Result<i32, Error> {
    sessions::revoke_others().params(client, &RevokeOthersParams { user_id, keep_id, reason }).one().await
}

/// Revokes every session of a user, including those that are being opened at this moment, and returns how many.
pub async fn revoke_all(client: &impl GenericClient, user_id: i32, reason: RevokeReason) -> Result<i32, Error> {
    sessions::revoke_all().bind(client, &user_id, &reason).one().await
}

/// One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` `i32::MAX`, continue
/// with the last id received.
pub async fn list(
    client: &impl GenericClient,
    user_id: i32,
    before_id: i32,
    limit: u32,
    policy: &SessionPolicy,
) -> Result<Vec<Session>, Error> {
    let parameters = ListActiveParams { user_id, idle_seconds: seconds(policy.idle), before_id, limit: limit.into() };
    sessions::list_active().params(client, &parameters).all().await
}

/// Records when sessions were last used, for a service that validates tokens itself: one statement for any number of
/// sessions. Skips ids that are unknown, revoked or were over when seen; no time moves backwards, and one in the future
/// counts as now. Returns how many sessions were updated.
pub async fn record_activity(
    client: &impl GenericClient,
    seen: &[(i32, DateTime<Utc>)],
    policy: &SessionPolicy,
) -> Result<u64, Error> {
    let (ids, seen_at): (Vec<i32>, Vec<DateTime<Utc>>) = seen.iter().copied().unzip();
    let parameters = TouchBatchParams { ids, seen_at, idle_seconds: seconds(policy.idle) };
    sessions::touch_batch().params(client, &parameters).await
}

/// The result of one batch of [`clean_up`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanUp {
    /// How many sessions were deleted.
    pub deleted: u64,
    /// Whether there can be more.
    pub more: bool,
}

/// Deletes up to `batch` sessions that expired or were revoked more than `keep` ago. Skips locked rows.
/// [`maintenance::run_all`](crate::maintenance::run_all) repeats it until none is left.
pub async fn clean_up(client: &impl GenericClient, keep: Duration, batch: u32) -> Result<CleanUp, Error> {
    let deleted = maintenance::delete_expired_sessions().bind(client, &seconds(keep), &batch.into()).await?;
    Ok(CleanUp { deleted, more: deleted > 0 && deleted >= batch.into() })
}
