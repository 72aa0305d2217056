//! The number of live connections per server, corrected.

use barqnet_db_client::pool::Pool;

use crate::{
    error::Error,
    queries::connections::{self, CorrectedCount},
};

/// Recounts the live connections of every server and corrects `server_status`. Returns what was wrong: nothing, unless
/// rows were written by hand or by programs that do not maintain the count. Opening and closing wait meanwhile. Scheduled
/// maintenance does this as well.
pub async fn recount(pool: &Pool) -> Result<Vec<CorrectedCount>, Error> {
    let client = pool.get().await?;
    let mut corrected = connections::recount().bind(&client).all().await?;
    corrected.sort_by(|one, other| one.server_id.cmp(&other.server_id));
    Ok(corrected)
}
