//! Sessions on a replica: what it may say, and what the primary decides.

use std::time::Duration;

use barqnet_db::{
    embedded, migrate,
    pool::{self, Pool},
    sessions::{RevokeReason, Token, ValidSession, revoke, validate, validate_on_replica},
};
use barqnet_db_testing::replication::{Frozen, Replicated, connect, primary, settings};
use tokio::task::yield_now;

use super::support::{is_valid, policy, rotated, signed_in};
use crate::common::user;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(10);

/// A primary with the schema, its replica, and a pool that reads on the replica however much that lags.
async fn servers() -> (Replicated, Pool) {
    let primary = primary();
    migrate::migrate(&settings(&primary), &embedded::migrations()).await.unwrap();
    let servers = Replicated::of(primary).await;
    // Without limits, so that who waits for a frozen server does not get away.
    let settings = servers.settings().max_replica_lag(LONG).create_timeout(LONG).statement_timeout(None);
    let pool = pool::connect(settings).await.unwrap();
    (servers, pool)
}

async fn validated(pool: &Pool, token: &Token) -> Option<ValidSession> {
    validate_on_replica(pool, &token.hash(), &policy()).await.expect("an answer")
}

/// A session whose use must be recorded: its last one was two minutes ago.
async fn session_due_for_touch(pool: &Pool) -> (Token, i64) {
    let client = pool.get().await.unwrap();
    let user_id = user(&client, "ada").await;
    let (token, id) = signed_in(&client, user_id).await;
    client.execute("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '2 minutes'", &[]).await.unwrap();
    (token, id)
}

async fn is_touched(pool: &Pool) -> bool {
    let recent = "SELECT last_activity > NOW() - INTERVAL '1 minute' FROM user_sessions";
    pool.get().await.unwrap().query_one(recent, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_replica_validates_a_session_that_is_due_for_a_touch_while_its_primary_is_frozen() {
    let (servers, pool) = servers().await;
    let (token, id) = session_due_for_touch(&pool).await;
    servers.until_read_by(&pool).await;
    let frozen = Frozen::new(&servers.primary);
    let session = validated(&pool, &token).await.expect("a live session");
    assert_eq!((session.session_id, session.touch_is_due), (id, true));
    // The touch arrives when the primary is back.
    drop(frozen);
    while !is_touched(&pool).await {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_accepts_no_writes_validates_sessions_that_are_due_for_a_touch() {
    let (servers, pool) = servers().await;
    let (token, id) = session_due_for_touch(&pool).await;
    servers.until_replayed().await;
    let on_standby = pool::connect(settings(&servers.replica)).await.unwrap();
    let client = on_standby.get().await.unwrap();
    for _ in 0..2 {
        let session = validate(&client, &token.hash(), &policy()).await.expect("an answer").expect("a live session");
        assert_eq!((session.session_id, session.touch_is_due), (id, true));
        assert!(is_valid(on_standby.lane(), &token).await);
    }
    assert!(!is_touched(&pool).await);
}

#[tokio::test]
async fn a_session_is_valid_before_the_replica_has_it_and_ends_when_the_replica_has_its_end() {
    let (servers, pool) = servers().await;
    let user_id = user(&pool.get().await.unwrap(), "ada").await;
    servers.until_read_by(&pool).await;
    servers.pause_replay().await;
    let (token, id) = signed_in(pool.lane(), user_id).await;
    assert_eq!(validated(&pool, &token).await.map(|session| session.session_id), Some(id));
    servers.resume_replay().await;
    servers.until_replayed().await;

    servers.pause_replay().await;
    assert!(revoke(pool.lane(), user_id, id, RevokeReason::SignOut).await.unwrap());
    // As long as the replica lags, which a pool allows up to its maximum.
    assert!(validated(&pool, &token).await.is_some());
    assert!(!is_valid(pool.lane(), &token).await);
    servers.resume_replay().await;
    servers.until_replayed().await;
    assert!(validated(&pool, &token).await.is_none());
    assert!(validated(&pool, &Token::generate()).await.is_none());
}

#[tokio::test]
async fn the_first_use_of_a_rotated_token_is_decided_by_the_primary() {
    let (servers, pool) = servers().await;
    let user_id = user(&pool.get().await.unwrap(), "ada").await;
    let (first, id) = signed_in(pool.lane(), user_id).await;
    let second = rotated(pool.lane(), &first).await;
    servers.until_read_by(&pool).await;
    let presented = "SELECT token_presented FROM user_sessions";
    let client = connect(&servers.primary).await;
    assert!(!client.query_one(presented, &[]).await.unwrap().get::<_, bool>(0));
    assert!(validated(&pool, &second).await.is_some());
    assert!(client.query_one(presented, &[]).await.unwrap().get::<_, bool>(0));

    let third = rotated(pool.lane(), &second).await;
    servers.until_replayed().await;
    servers.pause_replay().await;
    assert!(revoke(pool.lane(), user_id, id, RevokeReason::SignOut).await.unwrap());
    // The replica has the session, and that its token was never used.
    assert!(validated(&pool, &third).await.is_none());
}

#[tokio::test]
async fn without_replicas_sessions_are_validated_on_the_primary_and_touched() {
    let database = crate::common::migrated_database().await;
    let pool = pool::connect(database.settings()).await.unwrap();
    let (token, id) = session_due_for_touch(&pool).await;
    assert_eq!(validated(&pool, &token).await.map(|session| session.session_id), Some(id));
    assert!(is_touched(&pool).await);
    assert!(validated(&pool, &Token::generate()).await.is_none());
}
