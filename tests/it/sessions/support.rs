//! Creating, checking and rotating sessions.

use std::{num::NonZeroU32, time::Duration};

use barqnet_db::{
    client::GenericClient,
    queries::sessions,
    sessions::{
        AtLimit, CreateOutcome, Device, NewSession, RotateOutcome, SessionPolicy, Token, create, rotate, validate,
    },
};
use barqnet_db_testing::TestDatabase;
use chrono::{DateTime, Utc};

/// What durations of whole days are counted in.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// The default policy, without a limit of sessions.
pub(super) fn policy() -> SessionPolicy {
    SessionPolicy { max_sessions: None, ..SessionPolicy::default() }
}

pub(super) fn at_most(max: u32, at_limit: AtLimit) -> SessionPolicy {
    SessionPolicy { max_sessions: NonZeroU32::new(max), at_limit, ..SessionPolicy::default() }
}

pub(super) async fn created(client: &impl GenericClient, user_id: i64, device: &Device) -> (Token, NewSession) {
    match create(client, user_id, device, &policy()).await.expect("an answer") {
        CreateOutcome::Created(token, session) => (token, session),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn signed_in(client: &impl GenericClient, user_id: i64) -> (Token, i64) {
    let (token, session) = created(client, user_id, &Device::default()).await;
    (token, session.id)
}

pub(super) async fn is_valid(client: &impl GenericClient, token: &Token) -> bool {
    validate(client, &token.hash(), &policy()).await.expect("an answer").is_some()
}

/// The new token; panics if there is none.
pub(super) async fn rotated(client: &impl GenericClient, token: &Token) -> Token {
    match rotate(client, token, None, &policy()).await.expect("an answer") {
        RotateOutcome::Rotated { token, .. } => token,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn last_activity(database: &TestDatabase, id: i64) -> DateTime<Utc> {
    let query = "SELECT last_activity FROM user_sessions WHERE id = $1";
    database.client().await.query_one(query, &[&id]).await.unwrap().get(0)
}

pub(super) async fn active(client: &impl GenericClient, user_id: i64) -> i64 {
    sessions::count_active().bind(client, &user_id, &policy().idle.as_secs_f64()).one().await.unwrap()
}
