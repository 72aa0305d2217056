//! Deletion of sessions that have ended.

use std::time::Duration;

use barqnet_db_client::{Error, GenericClient};

use crate::{interval::seconds, queries::maintenance};

/// The result of one batch of [`clean_up`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanUp {
    /// How many sessions were deleted.
    pub deleted: u64,
    /// Whether there can be more.
    pub more: bool,
}

/// Deletes up to `batch` sessions that expired or were revoked more than `keep` ago. Skips locked rows.
/// [`maintenance::run_all`](crate::maintenance::run_all) repeats it until none is left.
pub async fn clean_up(client: &impl GenericClient, keep: Duration, batch: u32) -> Result<CleanUp, Error> {
    let deleted = maintenance::delete_expired_sessions().bind(client, &seconds(keep), &batch.into()).await?;
    Ok(CleanUp { deleted, more: deleted > 0 && deleted >= batch.into() })
}
