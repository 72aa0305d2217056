//! `/v1/plan`: what the user has and has used. `/v1/admin/users/{username}/plan`: somebody with the permission assigns a plan.

use std::num::NonZero;

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    plans::{self, AssignOutcome, NewPlan, Period, PlanStart, PlanTerm},
    roles::{self, ActOutcome},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Body, Sender, SignedIn, Username},
};

/// The service in the entries of the audit trail.
const SERVICE: &str = "api";

/// A quota of the day or month under way, in bytes received and sent together.
#[derive(Debug, Serialize)]
pub struct Quota {
    period: &'static str,
    max_bytes: u64,
    used_bytes: u64,
    resets_at: DateTime<Utc>,
}

/// A user's plan.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: String,
    /// Missing until the first connection, if the plan starts with it.
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    quotas: Vec<Quota>,
}

/// Shows the user's plan, and what is used of its quotas at this moment.
pub async fn show(State(app): State<App>, SignedIn(session): SignedIn) -> Result<Json<Shown>, ApiError> {
    let client = app.connection().await?;
    let Some(plan) = plans::of_user(&client, &session.username).await? else {
        return Err(ApiError::NotFound("the user has no plan"));
    };
    let quotas = plans::quota(&client, &session.username).await?;
    let quotas = quotas.into_iter().map(|quota| Quota {
        period: Period::as_str(quota.period),
        max_bytes: quota.max_bytes,
        used_bytes: quota.used_bytes,
        resets_at: quota.resets_at,
    });
    Ok(Json(Shown { name: plan.plan_name, starts_at: plan.starts_at, ends_at: plan.ends_at, quotas: quotas.collect() }))
}

/// A plan for a user.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    plan_id: i64,
    /// From the start on; without an end if it is missing.
    days: Option<NonZero<u32>>,
    /// Whether the plan starts with the first connection; at once if it is missing.
    #[serde(default)]
    at_first_connection: bool,
}

/// When an assigned plan starts and ends, as far as it is known.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Assigned {
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
}

/// Assigns a plan to a user, if the role of the signed-in account permits it; the audit trail says who did it, from where.
pub async fn assign(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    sender: Sender,
    Username(username): Username,
    Body(request): Body<Assign>,
) -> Result<(StatusCode, Json<Assigned>), ApiError> {
    let new = NewPlan {
        plan_id: request.plan_id,
        start: if request.at_first_connection { PlanStart::FirstConnection } else { PlanStart::Now },
        term: request.days.map_or(PlanTerm::Unlimited, PlanTerm::Days),
        // The act sets it.
        assigned_by: None,
    };
    let acting = roles::as_actor(&app.pool, session.user_id, Some(sender.ip_address), SERVICE);
    match acting.assign_plan(username.as_str(), &new).await? {
        ActOutcome::Done(AssignOutcome::Assigned(assigned)) => {
            let assigned = Assigned { starts_at: assigned.starts_at, ends_at: assigned.ends_at };
            Ok((StatusCode::CREATED, Json(assigned)))
        }
        ActOutcome::Done(AssignOutcome::NoPlan) => Err(ApiError::NotFound("there is no such plan")),
        ActOutcome::Done(AssignOutcome::InvalidTerm) => {
            Err(ApiError::Invalid(format!("a plan has at most {} days", plans::MAX_DAYS)))
        }
        ActOutcome::Done(AssignOutcome::NoAccount) | ActOutcome::NoSubject => {
            Err(ApiError::NotFound("there is no such user"))
        }
        ActOutcome::Refused => Err(ApiError::NotPermitted),
    }
}
