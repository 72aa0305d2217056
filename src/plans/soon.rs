//! Whose plan ends soon, and whose quota runs out soon: for reminders.

use barqnet_db_client::{Error, Page, ReadClient};
use chrono::{DateTime, Utc};

use crate::queries::plans::{
    self, EndingPlan, EndsSoonCursor, EndsSoonParams, EndsSoonStmt, QuotaShare, RunsOutSoonParams,
};

/// A page of the plans that end after the moment `after` and at `until` or before, the earliest first. Start without a cursor, continue
/// with [`Page::next`]. Plans that wait for the first connection have no end yet, unless it was given.
pub async fn ends_soon(
    client: &impl ReadClient,
    (after, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u32,
    cursor: Option<&EndsSoonCursor>,
) -> Result<Page<EndsSoonStmt, EndingPlan>, Error> {
    plans::ends_soon().params(client, &EndsSoonParams { after, until, limit: limit.into() }).page(cursor).await
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
