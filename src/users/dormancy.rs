//! Accounts that nobody has used for long: the phone number may belong to another person by now.

use barqnet_db_client::{self as client, pool::Attempt};
use chrono::{DateTime, Utc};

use crate::{
    interval::seconds,
    queries::{
        audit::{self, AppendParams},
        users::{self, DormancyStmt, LockedUser},
    },
    sessions::{self, RevokeReason, SessionPolicy},
    text_enum::not_null,
};

/// An account that was unused for [`SessionPolicy::dormant_after`]. The person who has verified its phone number may be its owner, or the
/// one to whom the operator has given the number since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DormantAccount {
    /// The account. Its name, its devices and its sessions are the owner's, and must not be disclosed.
    pub user_id: i64,
    /// Whether it has a password, so that its owner can
    /// [sign in with number and password](super::sign_in_with_ticket_and_password).
    pub has_password: bool,
    /// When it was used last: by a sign-in, a session, a device or a connection.
    pub unused_since: DateTime<Utc>,
}

/// Whether a locked account is dormant. One that is deactivated or expired is not: it can't be opened at all.
pub(super) async fn dormant(
    transaction: &Attempt,
    user: &LockedUser,
    policy: &SessionPolicy,
) -> Result<Option<DormantAccount>, client::Error> {
    let Some(after) = policy.dormant_after.filter(|_| user.usable) else { return Ok(None) };
    let found = users::dormancy().bind(transaction, &seconds(after), &user.id).opt().await?;
    let Some(found) = found.filter(|found| found.is_dormant) else { return Ok(None) };
    Ok(Some(DormantAccount {
        user_id: user.id,
        has_password: found.has_password,
        unused_since: not_null(DormancyStmt::QUERY, "unused_since", found.unused_since)?,
    }))
}

/// Takes the phone number off a locked account, and ends its sessions.
pub(super) async fn give_up_number(transaction: &Attempt, user_id: i64) -> Result<(), client::Error> {
    users::set_phone_number().bind(transaction, &None::<&str>, &user_id).await?;
    sessions::revoke_all(transaction, user_id, RevokeReason::PhoneChange).await?;
    Ok(())
}

/// Records on both accounts that the number has moved; each entry names the other account by its id.
pub(super) async fn record_move(transaction: &Attempt, from: i64, to: i64) -> Result<(), client::Error> {
    record(transaction, from, "phone_number_moved", Some(format!("to account {to}"))).await?;
    record(transaction, to, "phone_number_moved", Some(format!("from account {from}"))).await
}

/// Writes an entry of the audit log about an account, without the number.
pub(super) async fn record(
    transaction: &Attempt,
    user_id: i64,
    action: &str,
    details: Option<String>,
) -> Result<(), client::Error> {
    let user = users::by_id().bind(transaction, &user_id).one().await?;
    let server_id = if user.server_id.is_empty() { "unknown" } else { &user.server_id };
    let entry = AppendParams {
        action,
        username: Some(&user.username),
        details: details.as_deref(),
        ip_address: None,
        server_id,
    };
    audit::append().params(transaction, &entry).one().await?;
    Ok(())
}
