//! Deactivates accounts, and erases the people behind them.

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::username::skeleton;
use crate::{
    connections::CloseReason,
    error::Error,
    number_keys::NumberKeys,
    phone_number::PhoneNumber,
    queries::{
        connections::{self, ClosedConnection},
        users,
    },
};

/// Deactivates an account, revokes its sessions and closes its live connections, each with its statistics, in one
/// transaction. Usage and history stay. [`reactivate`](crate::queries::users::reactivate) makes the account usable again, and
/// brings no session back.
///
/// Returns the closed connections, which their nodes must drop: they learn it from the answer to their next heartbeat. `None`
/// means that there is no such account. For an account that is deactivated already, it closes the connections that are still
/// live.
pub async fn deactivate(pool: &Pool, username: &str) -> Result<Option<Vec<ClosedConnection>>, Error> {
    deactivate_for(pool, username, CloseReason::AccountDeactivated).await
}

async fn deactivate_for(
    pool: &Pool,
    username: &str,
    reason: CloseReason,
) -> Result<Option<Vec<ClosedConnection>>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        Ok(deactivate_in(&transaction, username, reason).await?)
    })
    .await
}

pub(crate) async fn deactivate_in(
    transaction: &Attempt,
    username: &str,
    reason: CloseReason,
) -> Result<Option<Vec<ClosedConnection>>, client::Error> {
    // Opening a connection locks the account's row, too: openings in progress end first, and later ones see the change.
    if users::lock_by_username().bind(transaction, &username).opt().await?.is_none() {
        return Ok(None);
    }
    // Before the account changes: a trigger would close them, and not return them.
    let closed = connections::close_all_for_user().bind(transaction, &username, &reason).all().await?;
    users::deactivate().bind(transaction, &username).await?;
    Ok(Some(closed))
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
/// personal data: phone number, password, profile, addresses, devices, sessions, codes, details of audit entries, keys of reports.
/// Where name or number stand in the details of other people's audit entries, the pseudonym takes their place. Connections and
/// statistics stay under the pseudonym, and no total changes. `None` means that there is no such account.
///
/// The name is never given to another account, nor is one that looks like it: the SHA-256 of both stays. A person who guesses the name
/// can check the guess against that, and learns only that such an account was erased. The name itself stays until the account's node
/// has confirmed that it has removed it ([`list_removed`](crate::queries::users::list_removed)), at most for
/// [`keep_account_tombstones`](crate::maintenance::MaintenancePolicy::keep_account_tombstones).
///
/// The limits of the phone number stay for as long as they limit anything, or repeated registration and erasure would get around
/// them: until the maintenance deletes them, two days after the last code, or, after wrong codes, until a right one or
/// [`unlock`](crate::otp::unlock). A keyed hash takes the number's place; [`otp::send`](crate::otp::send) gives them back to a number that is
/// used again, if [`OtpConfig::number_keys`](crate::otp::OtpConfig::number_keys) has the key. Addresses and networks from which codes
/// were requested are counted without a number or account, and deleted two days after their last use.
///
/// It reads the audit log and the accounts once: with 10 million audit entries, some seconds. If it fails half-way, the account is
/// deactivated and not erased: call it again.
pub async fn erase(pool: &Pool, username: &str, keys: &NumberKeys) -> Result<Option<Erased>, Error> {
    let Some(closed) = deactivate_for(pool, username, CloseReason::AccountErased).await? else { return Ok(None) };
    let pseudonym = pool
        .transaction(&TransactionOptions::default(), |transaction| async move {
            let Some(user) = users::by_username().bind(&transaction, &username).opt().await? else { return Ok(None) };
            let numbers = spellings(user.phone_number);
            let pseudonyms: Vec<String> = numbers.iter().map(|number| keys.pseudonym(number)).collect();
            let look = skeleton(username);
            let erase = users::erase();
            Ok::<_, Error>(erase.bind(&transaction, &username, &Some(look), &numbers, &pseudonyms).one().await?)
        })
        .await?;
    Ok(pseudonym.map(|pseudonym| Erased { pseudonym, closed }))
}

/// A number as it is stored, and in its form, under which codes are requested.
fn spellings(stored: Option<String>) -> Vec<String> {
    let Some(stored) = stored else { return Vec::new() };
    match PhoneNumber::from_stored(&stored) {
        Some(number) if number.as_str() != stored => vec![number.as_str().to_owned(), stored],
        _ => vec![stored],
    }
}
