//! Transactions of account changes, and the tickets that they spend.

use barqnet_db_client::{self as client, pool};
use deadpool_postgres::Transaction;
use tokio_postgres::IsolationLevel;

use crate::{
    generated::otp,
    otp::{Purpose, Ticket},
};

/// Begins a transaction at READ COMMITTED, which a pooler may not have been told: with the snapshot of a higher level, what
/// is committed while an account's lock is waited for would be missed.
pub(super) async fn begin(connection: &mut pool::Client) -> Result<Transaction<'_>, client::Error> {
    let transaction = connection.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start();
    transaction.await.map_err(client::Error::of_transaction)
}

/// Commits a transaction.
pub(super) async fn commit(transaction: Transaction<'_>) -> Result<(), client::Error> {
    transaction.commit().await.map_err(client::Error::of_transaction)
}

/// Spends a ticket and returns its phone number. A rollback restores the ticket.
pub(super) async fn spend(
    transaction: &Transaction<'_>,
    ticket: &Ticket,
    purpose: Purpose,
) -> Result<Option<String>, client::Error> {
    // A new password invalidates what was issued before. In the same statement, because a later one would lock in another order.
    let invalidate_others = purpose == Purpose::PasswordReset;
    otp::spend_ticket().bind(transaction, &ticket.hash(), &purpose, &invalidate_others).opt().await
}
