//! Validates tokens: on the primary, or on a replica that hands the record of a session's use to the primary.

use std::sync::atomic::{AtomicBool, Ordering};

use barqnet_db_client::{Error, GenericClient, ReadClient, pool::Pool};
use tokio::sync::Semaphore;

use super::policy::SessionPolicy;
use crate::{
    interval::seconds,
    queries::sessions::{self, ValidSession, ValidateParams},
    token::TokenHash,
};

/// How many touches of sessions that were validated on a replica are under way at most. A session whose touch is left out is due
/// for it at its next use.
static TOUCHES: Semaphore = Semaphore::const_new(64);

/// Whether the last touch of this process failed: one log entry for an outage.
static TOUCH_FAILS: AtomicBool = AtomicBool::new(false);

/// The live session of a token, and its user. `None` means "sign in again", without a reason. One indexed read; a write at the
/// first use of a token that [`rotate`](super::rotate) made, and at most once per [`SessionPolicy::touch_after`] one of the session's
/// last use.
///
/// A session is valid although its use could not be recorded, as when the server accepts no writes: the failure is logged. If that
/// goes on for [`SessionPolicy::idle`], the session ends. In a transaction, a failure makes the commit fail.
///
/// # Errors
///
/// Those of the read, and of the write at the first use of a token, without which a stolen copy of the earlier token would not be noticed.
pub async fn validate(
    client: &impl GenericClient,
    hash: &TokenHash,
    policy: &SessionPolicy,
) -> Result<Option<ValidSession>, Error> {
    let Some(session) = find(client, hash, policy).await? else { return Ok(None) };
    if !session.token_presented {
        return present(client, hash, session).await;
    }
    if session.touch_is_due {
        touch(client, session.session_id, policy).await;
    }
    Ok(Some(session))
}

/// [`validate`] on a replica of the pool, which takes the read off the primary; without replicas, on the pool's lane. The touch is handed to
/// the primary, and neither its failure nor its delay is seen here.
///
/// # Security
///
/// A session that was revoked, whose token was replaced or whose account was closed stays valid for at most
/// [`max_replica_lag`](crate::pool::Settings::max_replica_lag). Where that is too long, such as before a payment or for an
/// operator, call [`validate`] on [`Pool::lane`]. A replica only ever says yes: a token that it does not know can be a new one, so the primary
/// is asked before it is refused, and a token that was never used is recorded on the primary first.
///
/// # Errors
///
/// Those of [`validate`]. While the primary does not answer, tokens are answered that a replica knows and that were used before.
pub async fn validate_on_replica(
    pool: &Pool,
    hash: &TokenHash,
    policy: &SessionPolicy,
) -> Result<Option<ValidSession>, Error> {
    if !pool.has_replicas() {
        return validate(pool.lane(), hash, policy).await;
    }
    match find(&pool.read_lane(), hash, policy).await? {
        None => validate(pool.lane(), hash, policy).await,
        Some(session) if !session.token_presented => present(pool.lane(), hash, session).await,
        Some(session) => {
            if session.touch_is_due {
                hand_over_touch(pool, session.session_id, policy);
            }
            Ok(Some(session))
        }
    }
}

async fn find(
    client: &impl ReadClient,
    hash: &TokenHash,
    policy: &SessionPolicy,
) -> Result<Option<ValidSession>, Error> {
    let (touch_after_seconds, idle_seconds) = (seconds(policy.touch_after), seconds(policy.idle));
    let parameters = ValidateParams { touch_after_seconds, token_hash: hash, idle_seconds };
    sessions::validate().params(client, &parameters).opt().await
}

/// Records the first use of a token.
async fn present(
    client: &impl GenericClient,
    hash: &TokenHash,
    session: ValidSession,
) -> Result<Option<ValidSession>, Error> {
    // If another client replaced the token meanwhile, this one was never valid for anybody.
    let recorded = sessions::present().bind(client, &session.session_id, hash).await?;
    Ok((recorded > 0).then_some(session))
}

async fn touch(client: &impl GenericClient, session_id: i64, policy: &SessionPolicy) {
    let (touch_after_seconds, idle_seconds) = (seconds(policy.touch_after), seconds(policy.idle));
    match sessions::touch().bind(client, &session_id, &idle_seconds, &touch_after_seconds).await {
        Ok(_) => {
            if TOUCH_FAILS.swap(false, Ordering::Relaxed) {
                tracing::info!("the use of sessions is recorded again");
            }
        }
        Err(error) if TOUCH_FAILS.swap(true, Ordering::Relaxed) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "the use of a session could not be recorded");
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the use of sessions can't be recorded at the moment; they stay valid, and those without a recorded use end when they count as idle"
            );
        }
    }
}

fn hand_over_touch(pool: &Pool, session_id: i64, policy: &SessionPolicy) {
    let Ok(place) = TOUCHES.try_acquire() else { return };
    let (lane, policy) = (pool.lane().clone(), policy.clone());
    tokio::spawn(async move {
        touch(&lane, session_id, &policy).await;
        drop(place);
    });
}
