//! Usage of the most common periods; all other queries are in
//! [`queries::usage`](crate::queries::usage).

use barqnet_db_client::{Error, GenericClient, ReadClient};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::queries::usage::{self, Bandwidth};

/// What nodes have measured for a user since a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageSince {
    /// The moment from which it was counted: the one asked for, or the begin of its hour or day (UTC).
    pub since: DateTime<Utc>,
    /// Bytes from the client.
    pub bytes_received: u64,
    /// Bytes to the client.
    pub bytes_sent: u64,
}

/// Marks this moment of a user, and returns it: [`since`] counts from it exact to the byte. `None` means that there is no such account.
/// The start of each plan is marked by itself. Maintenance deletes marks after
/// [`keep_usage_marks`](crate::maintenance::MaintenancePolicy::keep_usage_marks).
pub async fn mark(client: &impl GenericClient, username: &str) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(usage::mark().bind(client, &username).opt().await?.flatten())
}

/// What nodes have reported of a user since a moment. If the moment is [marked](mark), it is exact to the byte, with what live connections
/// have counted; whatever is rolled up, archived or deleted since changes nothing. Otherwise it counts from the begin of the moment's hour,
/// or of its day if that is older than [`keep_usage_hours`](crate::maintenance::MaintenancePolicy::keep_usage_hours);
/// [`UsageSince::since`] says from when. A byte counts when it is reported.
pub async fn since(client: &impl ReadClient, username: &str, moment: DateTime<Utc>) -> Result<UsageSince, Error> {
    // A sum falls only where somebody lowered it by hand.
    let bytes = |sum: i64| sum.try_into().unwrap_or(0);
    if let Some(marked) = usage::since_mark().bind(client, &username, &moment).opt().await? {
        let (bytes_received, bytes_sent) = (bytes(marked.bytes_in), bytes(marked.bytes_out));
        return Ok(UsageSince { since: moment, bytes_received, bytes_sent });
    }
    let counted = usage::since_hour().bind(client, &username, &moment).one().await?;
    let (bytes_received, bytes_sent) = (bytes(counted.bytes_in), bytes(counted.bytes_out));
    Ok(UsageSince { since: counted.since, bytes_received, bytes_sent })
}

/// What all nodes have measured since midnight UTC, live connections included.
pub async fn bandwidth_today(client: &impl ReadClient) -> Result<Bandwidth, Error> {
    let midnight = Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    usage::bandwidth().bind(client, &midnight).one().await
}

/// What all nodes have measured in the hours that started within the last 24 hours, live connections included.
pub async fn bandwidth_last_24_hours(client: &impl ReadClient) -> Result<Bandwidth, Error> {
    usage::bandwidth().bind(client, &(Utc::now() - TimeDelta::hours(24))).one().await
}
