//! Replacement of tokens, and detection of their reuse.

use std::net::IpAddr;

use barqnet_db_client::{Error, GenericClient};
use chrono::{DateTime, Utc};

use super::policy::SessionPolicy;
use crate::{
    interval::seconds,
    metrics,
    queries::sessions::{self, RotateParams, RotateStmt},
    text_enum::{self, not_null, text_enum},
    token::{Token, TokenHash},
};

/// The outcome of replacing a token. `T` is the new token, or `()` if the caller supplied its hash.
#[derive(Debug, PartialEq, Eq)]
pub enum RotateOutcome<T = Token> {
    /// The token was replaced; the old one is no longer valid.
    Rotated {
        /// The new token.
        token: T,
        /// Its session.
        session_id: i64,
        /// Its user.
        user_id: i64,
        /// The end of the session's lifetime, which a rotation does not change.
        expires_at: DateTime<Utc>,
    },
    /// Another request with this token got the new token within [`SessionPolicy::rotation_grace`]. This one gets none.
    Concurrent,
    /// The token was replaced before. The session was revoked, with an entry `session_token_reuse` in the audit trail.
    Reused {
        /// The session.
        session_id: i64,
        /// Its user.
        user_id: i64,
    },
    /// The token is unknown, or its session is over.
    Invalid,
    /// A session has the new hash, or had it before its token was replaced.
    TokenInUse,
}

/// Replaces the token of a live session. `ip_address` is the client's, for the audit trail.
///
/// Once it has begun, let it end: if the future is dropped, the database may have made the new token the valid one
/// without anybody having it, and the next use of the old one counts as a theft. In a handler that is dropped when the
/// client disconnects, run it in a task of its own (`tokio::spawn`).
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
/// session has the new hash or had it before, the outcome is [`RotateOutcome::TokenInUse`]; nothing has changed, and a
/// surrounding transaction goes on.
pub async fn rotate_with_hash(
    client: &impl GenericClient,
    hash: &TokenHash,
    new_hash: &TokenHash,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome<()>, Error> {
    replace(client, hash, new_hash, ip_address, policy).await
}

async fn replace(
    client: &impl GenericClient,
    hash: &TokenHash,
    new_hash: &TokenHash,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome<()>, Error> {
    let parameters = RotateParams {
        token_hash: hash,
        new_token_hash: new_hash,
        ip_address,
        idle_seconds: seconds(policy.idle),
        grace_seconds: seconds(policy.rotation_grace),
    };
    let rotation = sessions::rotate().params(client, &parameters).one().await?;
    let session_id = || not_null(RotateStmt::QUERY, "session_id", rotation.session_id);
    let user_id = || not_null(RotateStmt::QUERY, "user_id", rotation.user_id);
    let replaced: Replaced = text_enum::decode(RotateStmt::QUERY, "outcome", &rotation.outcome)?;
    metrics::session_rotated(replaced.as_str());
    Ok(match replaced {
        Replaced::Rotated => RotateOutcome::Rotated {
            token: (),
            session_id: session_id()?,
            user_id: user_id()?,
            expires_at: not_null(RotateStmt::QUERY, "session_ends_at", rotation.session_ends_at)?,
        },
        Replaced::Concurrent => RotateOutcome::Concurrent,
        Replaced::Reused => RotateOutcome::Reused { session_id: session_id()?, user_id: user_id()? },
        Replaced::Invalid => RotateOutcome::Invalid,
        Replaced::TokenInUse => RotateOutcome::TokenInUse,
    })
}

text_enum! {
    /// The outcomes of `session_rotate_token`.
    enum Replaced, "outcome of session_rotate_token" {
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
