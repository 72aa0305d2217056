//! Changes of an account that end its sessions: password, phone number, role.

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::{
    dormancy::{DormantAccount, dormant, give_up_number, record_move},
    number::lock_by_number,
    ticket::spend,
};
use crate::{
    error::Error,
    generated::otp,
    otp::{Purpose, Ticket},
    queries::{Constraint, users},
    sessions::{self, RevokeReason, SessionPolicy},
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
    /// The account that has the number was unused for [`SessionPolicy::dormant_after`]: the number may belong to another person by
    /// now. The ticket stays valid.
    Dormant(DormantAccount),
}

/// Sets the password of the account of a [`Purpose::PasswordReset`] ticket's number, revokes all of its sessions, and
/// invalidates every code and ticket of the number.
///
/// A dormant account ([`ChangeOutcome::Dormant`]) keeps its password: otherwise the person who got the number from the operator would get
/// the account. An operator who has verified in another way that the owner asks for it records a use of the account first
/// ([`touch_last_access`](crate::queries::users::touch_last_access)).
pub async fn reset_password_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    new_password_hash: &str,
    policy: &SessionPolicy,
) -> Result<ChangeOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let Some(number) = spend(&transaction, ticket, Purpose::PasswordReset).await? else {
            return Ok(ChangeOutcome::InvalidTicket);
        };
        let Some(user) = lock_by_number(&transaction, &number).await? else {
            // The ticket is spent: without an account it has no use.
            return Ok(ChangeOutcome::NoAccount);
        };
        if let Some(account) = dormant(&transaction, &user, policy).await? {
            // The rollback restores the ticket.
            transaction.roll_back_at_end();
            return Ok(ChangeOutcome::Dormant(account));
        }
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
    policy: &SessionPolicy,
) -> Result<ChangeOutcome, Error> {
    change_phone_number(pool, ticket, user_id, keep_session, policy, false).await
}

/// Sets the phone number of an account, as [`change_phone_number_with_ticket`]. If a dormant account has the number, it loses it, and
/// its sessions end; the audit log gets an entry `phone_number_moved` for each of both.
pub async fn change_phone_number_in_place_of_dormant(
    pool: &Pool,
    ticket: &Ticket,
    user_id: i64,
    keep_session: Option<i64>,
    policy: &SessionPolicy,
) -> Result<ChangeOutcome, Error> {
    change_phone_number(pool, ticket, user_id, keep_session, policy, true).await
}

async fn change_phone_number(
    pool: &Pool,
    ticket: &Ticket,
    user_id: i64,
    keep_session: Option<i64>,
    policy: &SessionPolicy,
    in_place: bool,
) -> Result<ChangeOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let outcome = change_phone_number_in(&transaction, ticket, user_id, keep_session, policy, in_place).await?;
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
    policy: &SessionPolicy,
    in_place: bool,
) -> Result<ChangeOutcome, client::Error> {
    let Some(number) = spend(transaction, ticket, Purpose::PhoneChange).await? else {
        return Ok(ChangeOutcome::InvalidTicket);
    };
    let holder = lock_by_number(transaction, &number).await?.filter(|holder| holder.id != user_id);
    if let Some(holder) = &holder {
        let Some(account) = dormant(transaction, holder, policy).await? else { return Ok(ChangeOutcome::NumberTaken) };
        if !in_place {
            return Ok(ChangeOutcome::Dormant(account));
        }
        give_up_number(transaction, holder.id).await?;
    }
    match users::set_phone_number().bind(transaction, &Some(number.as_str()), &user_id).await {
        Ok(0) => return Ok(ChangeOutcome::NoAccount),
        Ok(_) => {}
        Err(error) if Constraint::of(&error) == Some(Constraint::IdxUsersPhoneNumber) => {
            return Ok(ChangeOutcome::NumberTaken);
        }
        Err(error) => return Err(error),
    }
    if let Some(holder) = holder {
        record_move(transaction, holder.id, user_id).await?;
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
        Ok(change_role_in(&transaction, user_id, role, keep_session).await?)
    })
    .await
}

pub(crate) async fn change_role_in(
    transaction: &Attempt,
    user_id: i64,
    role: &str,
    keep_session: Option<i64>,
) -> Result<Option<i32>, client::Error> {
    if users::set_role().bind(transaction, &role, &user_id).await? == 0 {
        return Ok(None);
    }
    Ok(Some(end_sessions(transaction, user_id, keep_session, RevokeReason::RoleChange).await?))
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
