//! Usage of the most common periods; all other queries are in
//! [`queries::usage`](crate::queries::usage).

use barqnet_db_client::{Error, GenericClient};
use chrono::{NaiveTime, TimeDelta, Utc};

use crate::queries::usage::{self, Bandwidth};

/// What all nodes have measured since midnight UTC, live connections included.
pub async fn bandwidth_today(client: &impl GenericClient) -> Result<Bandwidth, Error> {
    let midnight = Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    usage::bandwidth().bind(client, &midnight).one().await
}

/// What all nodes have measured in the hours that started within the last 24 hours, live connections included.
pub async fn bandwidth_last_24_hours(client: &impl GenericClient) -> Result<Bandwidth, Error> {
    usage::bandwidth().bind(client, &(Utc::now() - TimeDelta::hours(24))).one().await
}
