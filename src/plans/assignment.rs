//! The plans of users.

use std::num::NonZero;

use barqnet_db_client::{Error, GenericClient, ReadClient};
use chrono::{DateTime, Utc};

use crate::{
    queries::plans::{self, AssignParams, AssignStmt, HistoryParams, UserPlan},
    text_enum::{self, not_null, text_enum},
};

/// The maximum of [`PlanTerm::Days`].
pub const MAX_DAYS: u32 = 36_500;

/// A plan for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPlan {
    /// The plan.
    pub plan_id: i64,
    /// When it starts.
    pub start: PlanStart,
    /// How long it holds.
    pub term: PlanTerm,
    /// The account that assigns it; `None`: the service does, for example after a payment.
    pub assigned_by: Option<i64>,
}

/// When a plan starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanStart {
    /// When it is assigned.
    Now,
    /// With the next connection; at once if the user has a live one. Until then its limits hold, and its days do not run.
    FirstConnection,
}

/// How long a plan holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanTerm {
    /// Until another one is assigned.
    Unlimited,
    /// So many days of 24 hours from its start, at most [`MAX_DAYS`].
    Days(NonZero<u32>),
    /// Until this moment, whenever it starts.
    Until(DateTime<Utc>),
}

/// The outcome of [`assign`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOutcome {
    /// It is the user's plan now.
    Assigned(Assigned),
    /// There is no such account.
    NoAccount,
    /// There is no such plan.
    NoPlan,
    /// The term is over, or longer than [`MAX_DAYS`].
    InvalidTerm,
}

/// A plan that was assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The id of the entry in the user's [`history`].
    pub user_plan_id: i64,
    /// `None`: with the next connection.
    pub starts_at: Option<DateTime<Utc>>,
    /// `None`: never, or not known before the start.
    pub ends_at: Option<DateTime<Utc>>,
}

text_enum! {
    /// Why the plan of a user refuses a connection.
    pub enum Refusal, "refusal of a plan" {
        /// The plan has ended.
        PlanEnded = "plan_ended",
        /// The plan does not allow the location of the server.
        LocationNotAllowed = "location_not_allowed",
        /// The quota is used up, and the plan ends connections then ([`OverQuota::End`](super::OverQuota::End)).
        OverQuota = "over_quota",
    }
}

text_enum! {
    /// The outcomes of `plan_assign`; see [`AssignOutcome`].
    enum Outcome, "outcome of plan_assign" {
        /// It is assigned.
        Assigned = "assigned",
        /// There is no such account.
        NoAccount = "no_account",
        /// There is no such plan.
        NoPlan = "no_plan",
        /// The term has passed.
        Over = "over",
    }
}

/// Gives a user a plan, in place of the one that they have, and marks the moment at which it starts: usage since then is exact to the byte
/// ([`usage::since`](crate::usage::since)).
///
/// Live connections go on under the new plan: the next heartbeat checks its quota, and they end with it. Its numbers of devices and
/// connections and its locations hold for what is registered and opened from then on.
pub async fn assign(client: &impl GenericClient, username: &str, new: &NewPlan) -> Result<AssignOutcome, Error> {
    let (days, until) = match new.term {
        PlanTerm::Unlimited => (None, None),
        PlanTerm::Days(days) if days.get() > MAX_DAYS => return Ok(AssignOutcome::InvalidTerm),
        PlanTerm::Days(days) => (i32::try_from(days.get()).ok(), None),
        PlanTerm::Until(until) => (None, Some(until)),
    };
    let parameters = AssignParams {
        username,
        plan_id: new.plan_id,
        at_first_connection: new.start == PlanStart::FirstConnection,
        days,
        until,
        assigned_by: new.assigned_by,
    };
    let answer = plans::assign().params(client, &parameters).one().await?;
    Ok(match text_enum::decode(AssignStmt::QUERY, "outcome", &answer.outcome)? {
        Outcome::Assigned => AssignOutcome::Assigned(Assigned {
            user_plan_id: not_null(AssignStmt::QUERY, "user_plan_id", answer.user_plan_id)?,
            starts_at: answer.starts_at,
            ends_at: answer.ends_at,
        }),
        Outcome::NoAccount => AssignOutcome::NoAccount,
        Outcome::NoPlan => AssignOutcome::NoPlan,
        Outcome::Over => AssignOutcome::InvalidTerm,
    })
}

/// Ends the plan of a user now, with all of their connections: none opens until another plan is assigned. `false` means that there is no
/// such account, or that it has no plan that could end.
pub async fn cancel(client: &impl GenericClient, username: &str) -> Result<bool, Error> {
    plans::cancel().bind(client, &username).one().await
}

/// Takes the plan of a user away: only the limits of the account and of the policies hold from then on. `false` means that there is no
/// such account, or that it has no plan.
pub async fn unassign(client: &impl GenericClient, username: &str) -> Result<bool, Error> {
    plans::unassign().bind(client, &username).one().await
}

/// The plan of a user, also if it has ended. `None` means that they have none.
pub async fn of_user(client: &impl ReadClient, username: &str) -> Result<Option<UserPlan>, Error> {
    plans::of_user().bind(client, &username).opt().await
}

/// One page of the plans that a user has and had, newest first. Start with `before_id` `i64::MAX`, continue with the last id received.
pub async fn history(
    client: &impl ReadClient,
    username: &str,
    before_id: i64,
    limit: u32,
) -> Result<Vec<UserPlan>, Error> {
    plans::history().params(client, &HistoryParams { username, before_id, limit: limit.into() }).all().await
}
