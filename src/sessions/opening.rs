//! Opening of sessions within limits.

use std::net::IpAddr;

use barqnet_db_client::{Error, GenericClient};
use chrono::{DateTime, Utc};

use super::policy::{AtLimit, SessionPolicy};
use crate::{
    interval::seconds,
    limit::integer,
    metrics,
    queries::sessions::{self, CreateParams, CreateStmt},
    text_enum::{self, not_null, text_enum},
    token::{Token, TokenHash},
    told::told,
};

/// The device that signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The device, if it is [registered](crate::devices). The new session replaces its earlier ones.
    pub id: Option<i64>,
    /// A name that the user recognises, such as "iPhone 15"; that of the registered device if it is not given. U+0000,
    /// which PostgreSQL can't hold, becomes U+FFFD, here and in the user agent.
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
    pub id: i64,
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
    /// The device is not one of the user's, or it was signed out or lost: sign in without it, and
    /// [register](crate::devices::register) it.
    DeviceNotRegistered,
    /// The user has [`SessionPolicy::max_sessions`] live sessions, and [`SessionPolicy::at_limit`] refuses another.
    LimitReached,
    /// The account no longer has the password that was verified.
    PasswordChanged,
    /// A session has this hash, or had it before its token was replaced.
    TokenInUse,
}

/// Opens a session for a user, with a new token. The limit holds under concurrent sign-ins: they lock the account.
///
/// It holds at every isolation level: in a transaction at REPEATABLE READ or SERIALIZABLE, a session that another one
/// created since this one began is an error 40001, which [`Error::is_transient`] recognises. Try the whole transaction again.
pub async fn create(
    client: &impl GenericClient,
    user_id: i64,
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
    user_id: i64,
    verified: &crate::password::PasswordHash,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<CreateOutcome, Error> {
    let token = Token::generate();
    let outcome = open(client, user_id, &token.hash(), device, policy, Some(verified.expose())).await?;
    Ok(outcome.with(token))
}

/// Like [`create`], with the hash of a secret that the service made, such as the `jti` of a JWT. If a session has that hash
/// or had it before, the outcome is [`CreateOutcome::TokenInUse`]; nothing has changed, and a surrounding transaction goes
/// on.
pub async fn create_with_hash(
    client: &impl GenericClient,
    user_id: i64,
    hash: &TokenHash,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<CreateOutcome<()>, Error> {
    open(client, user_id, hash, device, policy, None).await
}

async fn open(
    client: &impl GenericClient,
    user_id: i64,
    hash: &TokenHash,
    device: &Device,
    policy: &SessionPolicy,
    verified_password_hash: Option<&str>,
) -> Result<CreateOutcome<()>, Error> {
    let parameters = CreateParams {
        user_id,
        token_hash: hash,
        device_id: device.id,
        device_info: device.name.as_deref().map(told),
        ip_address: device.ip_address,
        user_agent: device.user_agent.as_deref().map(told),
        lifetime_seconds: seconds(policy.lifetime),
        idle_seconds: seconds(policy.idle),
        max_sessions: policy.max_sessions.map(|max| integer(max.get())),
        ends_oldest: policy.at_limit == AtLimit::EndOldest,
        verified_password_hash,
    };
    let opening = sessions::create().params(client, &parameters).one().await?;
    let opened: Opened = text_enum::decode(CreateStmt::QUERY, "outcome", &opening.outcome)?;
    metrics::session_opened(opened.as_str());
    Ok(match opened {
        Opened::Created => CreateOutcome::Created(
            (),
            NewSession {
                id: not_null(CreateStmt::QUERY, "session_id", opening.session_id)?,
                expires_at: not_null(CreateStmt::QUERY, "session_ends_at", opening.session_ends_at)?,
                ended: opening.ended,
            },
        ),
        Opened::Unusable => CreateOutcome::Unusable,
        Opened::DeviceNotRegistered => CreateOutcome::DeviceNotRegistered,
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
        /// The user has no such device.
        DeviceNotRegistered = "device_not_registered",
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
            Self::DeviceNotRegistered => CreateOutcome::DeviceNotRegistered,
            Self::LimitReached => CreateOutcome::LimitReached,
            Self::PasswordChanged => CreateOutcome::PasswordChanged,
            Self::TokenInUse => CreateOutcome::TokenInUse,
        }
    }
}
