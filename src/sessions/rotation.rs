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
        /// The number of the token, which grows by one with each rotation. Of several tokens of the session the one with the highest
        /// number is valid: processes that share a store keep that one.
        generation: i32,
    },
    /// The token was replaced within [`SessionPolicy::rotation_grace`], and another process of the client has the valid one: read
    /// it from the store that the processes share. This request gets none.
    Concurrent,
    /// The token was replaced before, and its successor was used. The session was revoked, with an entry `session_token_reuse`
    /// in the audit trail.
    Reused {
        /// The session.
        session_id: i64,
        /// Its user.
        user_id: i64,
    },
    /// The token is unknown, or its session is over.
    Invalid,
    /// A session has the new hash, or had it lately.
    TokenInUse,
}

/// Replaces the token of a live session. `ip_address` is the client's, for the audit trail.
///
/// A lost answer costs nothing, and the future may be dropped midway: as long as the new token was never presented, to
/// [`validate`](super::validate) or for a rotation, the old one can be replaced again, at any later time. The token that got lost is
/// dead then.
///
/// Two processes of a client that replace one token at the same time both get a token, of which the one with the higher `generation`
/// is valid. They share a store, and write a token to it only if its generation is higher than that in the store. The other process
/// reads the store when its token is refused, by [`validate`](super::validate) or as [`Concurrent`](RotateOutcome::Concurrent). If
/// the store has no newer one, it rotates the refused one: a rotation that was given up can take effect late, and as long as nobody
/// used what that made, the refused token can be replaced, too.
///
/// A session keeps at most 9 hashes of replaced tokens, however often it rotates. The family of a token tells that an earlier one was
/// replaced, too.
pub async fn rotate(
    client: &impl GenericClient,
    token: &Token,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome, Error> {
    let new = token.successor();
    let family = token.family_hash();
    let outcome = replace(client, &token.hash(), &new.hash(), Some(&family), None, ip_address, policy).await?;
    Ok(outcome.with(new))
}

/// Like [`rotate`], with the hashes of secrets that the service made, such as the `jti` of the old and the new JWT. If a
/// session has the new hash or had it lately, the outcome is [`RotateOutcome::TokenInUse`]; nothing has changed, and a
/// surrounding transaction goes on.
///
/// `session_id` is the session that the old JWT names, such as its `sid`. With it, every replaced token is recognised; without, only
/// the last 9, and an earlier one is [`Invalid`](RotateOutcome::Invalid). Take it from a token whose signature was verified only: an
/// unknown `hash` ends that session.
pub async fn rotate_with_hash(
    client: &impl GenericClient,
    session_id: Option<i64>,
    hash: &TokenHash,
    new_hash: &TokenHash,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome<()>, Error> {
    replace(client, hash, new_hash, None, session_id, ip_address, policy).await
}

async fn replace(
    client: &impl GenericClient,
    hash: &TokenHash,
    new_hash: &TokenHash,
    family: Option<&TokenHash>,
    session_id: Option<i64>,
    ip_address: Option<IpAddr>,
    policy: &SessionPolicy,
) -> Result<RotateOutcome<()>, Error> {
    let parameters = RotateParams {
        token_hash: hash,
        new_token_hash: new_hash,
        ip_address,
        idle_seconds: seconds(policy.idle),
        grace_seconds: seconds(policy.rotation_grace),
        family_hash: family,
        session_id,
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
            generation: not_null(RotateStmt::QUERY, "generation", rotation.generation)?,
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
        /// Another process of the client has the valid token.
        Concurrent = "concurrent",
        /// It was replaced before, and its successor was used: the session is revoked.
        Reused = "reused",
        /// The token is unknown, or its session is over.
        Invalid = "invalid",
        /// A session had the new hash lately, or it is the old one.
        TokenInUse = "token_in_use",
    }
}

impl RotateOutcome<()> {
    fn with<T>(self, token: T) -> RotateOutcome<T> {
        match self {
            Self::Rotated { token: (), session_id, user_id, expires_at, generation } => {
                RotateOutcome::Rotated { token, session_id, user_id, expires_at, generation }
            }
            Self::Concurrent => RotateOutcome::Concurrent,
            Self::Reused { session_id, user_id } => RotateOutcome::Reused { session_id, user_id },
            Self::Invalid => RotateOutcome::Invalid,
            Self::TokenInUse => RotateOutcome::TokenInUse,
        }
    }
}
