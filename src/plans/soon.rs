//! Whose plan ends soon, and whose quota runs out soon: for reminders.

use barqnet_db_client::{Error, ReadClient};
use chrono::{DateTime, Utc};

use crate::queries::plans::{self, EndingPlan, EndsSoonParams, QuotaShare, RunsOutSoonParams};

/// One page of the plans that end after the moment `after` and at `until` or before, the earliest first. Start with
/// `(Utc::now(), 0)`, continue with `(ends_at, user_plan_id)` of the last one received. Plans that wait for the first connection have no
/// end yet, unless it was given.
pub async fn ends_soon(
    client: &impl ReadClient,
    after: (DateTime<Utc>, i64),
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<EndingPlan>, Error> {
    let parameters = EndsSoonParams { after: after.0, after_id: after.1, until, limit: limit.into() };
    plans::ends_soon().params(client, &parameters).all().await
}

/// One page of the users who have used `percent` of a quota or more, at least 50, also those who have used it up. Start with
/// `after_id` 0, continue with the last `user_plan_id` received.
///
/// The share is that of the last check: up to 5 percentage points for each live connection may have been used since. What was
/// reported when a connection ended counts at the next opening's first heartbeat.
pub async fn runs_out_soon(
    client: &impl ReadClient,
    percent: u8,
    after_id: i64,
    limit: u32,
) -> Result<Vec<QuotaShare>, Error> {
    let permille = i32::from(percent) * 10;
    plans::runs_out_soon().params(client, &RunsOutSoonParams { permille, after_id, limit: limit.into() }).all().await
}
