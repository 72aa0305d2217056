//! What is left of a user's quotas.

use barqnet_db_client::{Error, ReadClient};
use chrono::{DateTime, Utc};

use crate::{
    queries::plans::{self, QuotaStmt},
    text_enum::{self, text_enum},
};

text_enum! {
    /// The period of a quota, in UTC.
    pub enum Period, "period of a quota" {
        /// From midnight to midnight.
        Day = "day",
        /// From the first to the last of a month.
        Month = "month",
    }
}

/// A quota of a user in the day or month under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Which one.
    pub period: Period,
    /// Bytes that the plan allows in it.
    pub max_bytes: u64,
    /// Bytes that were received and sent in it; more than `max_bytes` if the last reports went beyond.
    pub used_bytes: u64,
    /// When it ends, and counting begins at 0.
    pub resets_at: DateTime<Utc>,
}

impl Quota {
    /// Bytes that are left.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.max_bytes.saturating_sub(self.used_bytes)
    }
}

/// The quotas of a user: none, that of the day, that of the month, or both, the day first. They are exact at this moment.
pub async fn quota(client: &impl ReadClient, username: &str) -> Result<Vec<Quota>, Error> {
    let rows = plans::quota().bind(client, &username).all().await?;
    rows.into_iter()
        .map(|row| {
            Ok(Quota {
                period: text_enum::decode(QuotaStmt::QUERY, "period", &row.period)?,
                max_bytes: row.max_bytes.unsigned_abs(),
                // Usage rises, except where somebody lowered it by hand.
                used_bytes: row.used_bytes.try_into().unwrap_or(0),
                resets_at: row.resets_at,
            })
        })
        .collect()
}
