//! The tickets that account changes spend.

use barqnet_db_client::{self as client, pool::Attempt};

use crate::{
    generated::otp,
    otp::{Purpose, Ticket},
};

/// Spends a ticket and returns its phone number. A rollback restores the ticket.
pub(super) async fn spend(
    transaction: &Attempt,
    ticket: &Ticket,
    purpose: Purpose,
) -> Result<Option<String>, client::Error> {
    // A new password invalidates what was issued before. In the same statement, because a later one would lock in another order.
    let invalidate_others = purpose == Purpose::PasswordReset;
    otp::spend_ticket().bind(transaction, &ticket.hash(), &purpose, &invalidate_others).opt().await
}
