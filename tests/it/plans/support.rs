//! Shorthands for plans of users.

use std::num::NonZero;

use barqnet_db::{
    client::GenericClient,
    connections::{ConnectionPolicy, NewConnection, OpenOutcome, open},
    plans::{self, AssignOutcome, Assigned, CreateOutcome, Limits, NewPlan, PlanStart, PlanTerm},
    pool::Pool,
};

pub(super) async fn plan(client: &impl GenericClient, name: &str, limits: &Limits<'_>) -> i64 {
    match plans::create(client, name, limits).await.expect("an answer") {
        CreateOutcome::Created(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Without an end, from now on.
pub(super) const fn unlimited(plan_id: i64) -> NewPlan {
    NewPlan { plan_id, start: PlanStart::Now, term: PlanTerm::Unlimited, assigned_by: None }
}

pub(super) fn days(plan_id: i64, start: PlanStart, days: u32) -> NewPlan {
    NewPlan { start, term: PlanTerm::Days(NonZero::new(days).expect("not zero")), ..unlimited(plan_id) }
}

pub(super) async fn assigned(client: &impl GenericClient, username: &str, new: &NewPlan) -> Assigned {
    match plans::assign(client, username, new).await.expect("an answer") {
        AssignOutcome::Assigned(assigned) => assigned,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn try_to_open(pool: &Pool, username: &str, server_id: &str) -> OpenOutcome {
    let new = NewConnection { username, server_id, epoch: Some(1), ..NewConnection::default() };
    open(pool, &new, &ConnectionPolicy { max_connections_per_user: None, ..ConnectionPolicy::default() })
        .await
        .expect("an answer")
}

pub(super) async fn opened(pool: &Pool, username: &str, server_id: &str) -> i64 {
    match try_to_open(pool, username, server_id).await {
        OpenOutcome::Opened { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

/// Of a quota of one limit.
pub(super) async fn used(client: &impl GenericClient, username: &str) -> u64 {
    plans::quota(client, username).await.expect("an answer")[0].used_bytes
}
