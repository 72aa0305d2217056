//! Live sessions: listed, and their use recorded.

use barqnet_db_client::{Error, GenericClient, ReadClient};
use chrono::{DateTime, Datelike, Utc};

use super::policy::SessionPolicy;
use crate::{
    interval::seconds,
    queries::sessions::{self, ListActiveParams, Session, TouchBatchParams},
};

/// 9999-12-31. A later time counts as now all the same, and PostgreSQL may not be able to hold it.
const FAR_FUTURE: DateTime<Utc> = DateTime::from_timestamp(253_402_214_400, 0).expect("in chrono's range");

/// One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` `i64::MAX`, continue
/// with the last id received.
pub async fn list(
    client: &impl ReadClient,
    user_id: i64,
    before_id: i64,
    limit: u32,
    policy: &SessionPolicy,
) -> Result<Vec<Session>, Error> {
    let parameters = ListActiveParams { user_id, idle_seconds: seconds(policy.idle), before_id, limit: limit.into() };
    sessions::list_active().params(client, &parameters).all().await
}

/// Records when sessions were last used, for a service that validates tokens itself: one statement for any number of
/// sessions. Skips ids that are unknown, revoked or were over when seen, and times before the year 1; no time moves
/// backwards, and one in the future counts as now. Returns how many sessions were updated.
pub async fn record_activity(
    client: &impl GenericClient,
    seen: &[(i64, DateTime<Utc>)],
    policy: &SessionPolicy,
) -> Result<u64, Error> {
    // PostgreSQL refuses all of them for one time that it can't hold.
    let held = seen.iter().filter(|(_, at)| at.year() >= 1);
    let (ids, seen_at): (Vec<i64>, Vec<DateTime<Utc>>) = held.map(|&(id, at)| (id, at.min(FAR_FUTURE))).unzip();
    let parameters = TouchBatchParams { ids, seen_at, idle_seconds: seconds(policy.idle) };
    sessions::touch_batch().params(client, &parameters).await
}
