//! Deactivates accounts, and erases the people behind them.

use barqnet_db_client::{TransactionOptions, pool::Pool};

use crate::{
    connections::CloseReason,
    error::Error,
    queries::{
        connections::{self, ClosedConnection},
        users,
    },
};

/// Deactivates an account and closes its live connections, each with its statistics, in one transaction. Its sessions stop
/// validating at once. Usage and history stay, and [`reactivate`](crate::queries::users::reactivate) undoes it.
///
/// Returns the closed connections, which their nodes must drop: the nodes do not know yet. `None` means that there is no
/// such account. For an account that is deactivated already, it closes the connections that are still live.
pub async fn deactivate(pool: &Pool, username: &str) -> Result<Option<Vec<ClosedConnection>>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        // Opening a connection locks the account's row, too: openings in progress end first, and later ones see the change.
        let changed = users::deactivate().bind(&transaction, &username).await?;
        if changed == 0 && !users::exists().bind(&transaction, &username).one().await? {
            return Ok(None);
        }
        let reason = CloseReason::AccountDeactivated;
        let closed = connections::close_all_for_user().bind(&transaction, &username, &reason).all().await?;
        Ok(Some(closed))
    })
    .await
}

/// An erased account.
#[derive(Debug)]
pub struct Erased {
    /// The name under which its usage is kept.
    pub pseudonym: String,
    /// The connections that were closed, which their nodes must drop.
    pub closed: Vec<ClosedConnection>,
}

/// Erases a person: [deactivates](deactivate) the account, replaces its name by a pseudonym in every table, and deletes
/// personal data: phone number, password, profile, addresses, devices, sessions, codes, details of audit entries.
/// Connections and statistics stay under the pseudonym, and no total changes. `None` means that there is no such account.
///
/// The rate-limit state of the phone number belongs to the number, not to the account, and stays while it limits anything:
/// until the maintenance deletes it, two days after the last code, or, after wrong codes, until a right one or
/// [`unlock`](crate::otp::unlock). Otherwise repeated registration and erasure would get around the limits.
///
/// If it fails half-way, the account is deactivated and not erased: call it again.
pub async fn erase(pool: &Pool, username: &str) -> Result<Option<Erased>, Error> {
    let Some(closed) = deactivate(pool, username).await? else { return Ok(None) };
    let client = pool.get().await?;
    let pseudonym = users::erase().bind(&client, &username).one().await?;
    Ok(pseudonym.map(|pseudonym| Erased { pseudonym, closed }))
}
