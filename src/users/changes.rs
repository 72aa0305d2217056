//! Changes of an account that end its sessions: password, phone number, role.

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::ticket::spend;
use crate::{
    error::Error,
    generated::otp,
    otp::{Purpose, Ticket},
    queries::users,
    sessions::{self, RevokeReason},
};

/// The outcome of a change that a ticket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// The change is committed.
    Changed {
        /// The account.
        user_id: i64,
        /// How many sessions were revoked.
        sessions_ended: i32,
    },
    /// The ticket is spent, expired, for another purpose, or unknown.
    InvalidTicket,
    /// There is no such account.
    NoAccount,
    /// Another account has the number. The ticket stays valid.
    NumberTaken,
}

/// Sets the password of the account of a [`Purpose::PasswordReset`] ticket's number, revokes all of its sessions, and
/// invalidates every code and ticket of the number.
pub async fn reset_password_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    new_password_hash: &str,
) -> Result<ChangeOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let Some(number) = spend(&transaction, ticket, Purpose::PasswordReset).await? else {
            return Ok(ChangeOutcome::InvalidTicket);
        };
        let Some(user) = users::lock_by_phone().bind(&transaction, &number.as_str()).opt().await? else {
            // The ticket is spent: without an account it has no use.
            return Ok(ChangeOutcome::NoAccount);
        };
        users::set_password_hash().bind(&transaction, &new_password_hash, &user.id).await?;
        let sessions_ended = end_sessions(&transaction, user.id, None, RevokeReason::PasswordChange).await?;
        Ok(ChangeOutcome::Changed { user_id: user.id, sessions_ended })
    })
    .await
}

/// Sets the phone number of an account to that of a [`Purpose::PhoneChange`] ticket, and revokes all of its sessions except
/// `keep_session`. Tickets of the old number no longer lead to this account.
pub async fn change_phone_number_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    user_id: i64,
    keep_session: Option<i64>,
) -> Result<ChangeOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let outcome = change_phone_number_in(&transaction, ticket, user_id, keep_session).await?;
        // The rollback restores the ticket.
        if !matches!(outcome, ChangeOutcome::Changed { .. }) {
            transaction.roll_back_at_end();
        }
        Ok(outcome)
    })
    .await
}

async fn change_phone_number_in(
    transaction: &Attempt,
    ticket: &Ticket,
    user_id: i64,
    keep_session: Option<i64>,
) -> Result<ChangeOutcome, client::Error> {
    let Some(number) = spend(transaction, ticket, Purpose::PhoneChange).await? else {
        return Ok(ChangeOutcome::InvalidTicket);
    };
    match users::set_phone_number().bind(transaction, &Some(number.as_str()), &user_id).await {
        Ok(0) => return Ok(ChangeOutcome::NoAccount),
        Ok(_) => {}
        Err(error) if error.constraint() == Some("idx_users_phone_number") => return Ok(ChangeOutcome::NumberTaken),
        Err(error) => return Err(error),
    }
    let sessions_ended = end_sessions(transaction, user_id, keep_session, RevokeReason::PhoneChange).await?;
    Ok(ChangeOutcome::Changed { user_id, sessions_ended })
}

/// Sets a password, revokes all sessions of the account except `keep_session`, and invalidates every code and ticket of its
/// number. Returns how many sessions were revoked; `None` means that there is no such account.
pub async fn change_password(
    pool: &Pool,
    user_id: i64,
    new_password_hash: &str,
    keep_session: Option<i64>,
) -> Result<Option<i32>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        // Numbers are locked before accounts, as in the functions that spend a ticket.
        if let Some(number) = users::phone_number_by_id().bind(&transaction, &user_id).opt().await?.flatten() {
            otp::invalidate().bind(&transaction, &number).one().await?;
        }
        if users::set_password_hash().bind(&transaction, &new_password_hash, &user_id).await? == 0 {
            // The codes of the number stay valid.
            transaction.roll_back_at_end();
            return Ok(None);
        }
        let ended = end_sessions(&transaction, user_id, keep_session, RevokeReason::PasswordChange).await?;
        Ok(Some(ended))
    })
    .await
}

/// Changes the role of an account and revokes all of its sessions except `keep_session`. Returns how many were revoked;
/// `None` means that there is no such account, or that it has this role already.
pub async fn change_role(
    pool: &Pool,
    user_id: i64,
    role: &str,
    keep_session: Option<i64>,
) -> Result<Option<i32>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        if users::set_role().bind(&transaction, &role, &user_id).await? == 0 {
            return Ok(None);
        }
        let ended = end_sessions(&transaction, user_id, keep_session, RevokeReason::RoleChange).await?;
        Ok(Some(ended))
    })
    .await
}

async fn end_sessions(
    transaction: &Attempt,
    user_id: i64,
    keep: Option<i64>,
    reason: RevokeReason,
) -> Result<i32, client::Error> {
    match keep {
        Some(keep) => sessions::revoke_others(transaction, user_id, keep, reason).await,
        None => sessions::revoke_all(transaction, user_id, reason).await,
    }
}
