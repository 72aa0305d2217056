//! An account that is closed has nobody connected.

use deadpool_postgres::Pool;

use super::{begin, commit};
use crate::{
    Error,
    connections::CloseReason,
    pool,
    queries::{
        connections::{self, ClosedConnection},
        users,
    },
};

/// Closes an account and its live connections, each with its statistics, in one transaction. Its sessions stop
/// validating at once; usage and history stay, and [`reactivate`](crate::queries::users::reactivate) opens it again.
///
/// Returns whom to disconnect where: the nodes know nothing of it yet. `None` means no such account. Of one that is closed
/// already the connections are closed that an older program left.
pub async fn deactivate(pool: &Pool, username: &str) -> Result<Option<Vec<ClosedConnection>>, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    // Whoever opens a connection holds the account's row: what was under way comes to its end first.
    let changed = users::deactivate().bind(&transaction, &username).await?;
    if changed == 0 && !users::exists().bind(&transaction, &username).one().await? {
        return Ok(None);
    }
    let reason = CloseReason::AccountClosed;
    let closed = connections::close_all_for_user().bind(&transaction, &username, &reason).all().await?;
    commit(transaction).await?;
    Ok(Some(closed))
}
