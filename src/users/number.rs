//! The account of a phone number.

use barqnet_db_client::{self as client, pool::Attempt};

use crate::{
    phone_number::PhoneNumber,
    queries::users::{self, LockedUser},
};

/// Locks the account that has the number of a ticket, until the transaction ends.
///
/// An account whose number is stored in another spelling, from before numbers had one form, is found as well, and gets the number in
/// its form. If several have it, that is the one that signed in last; `doctor` names the others. The caller has locked the number by
/// spending the ticket.
pub(super) async fn lock_by_number(transaction: &Attempt, number: &str) -> Result<Option<LockedUser>, client::Error> {
    if let Some(user) = users::lock_by_phone().bind(transaction, &number).opt().await? {
        return Ok(Some(user));
    }
    // The ticket of an older program can be of another spelling.
    let Ok(number) = number.parse::<PhoneNumber>() else { return Ok(None) };
    if let Some(user) = users::lock_by_phone().bind(transaction, &number).opt().await? {
        return Ok(Some(user));
    }
    for holder in users::by_last_digits().bind(transaction, &number.last_digits()).all().await? {
        if PhoneNumber::from_stored(&holder.phone_number).as_ref() != Some(&number) {
            continue;
        }
        let Some(user) = users::lock_by_id().bind(transaction, &holder.id).opt().await? else { continue };
        // It may have got another number before it was locked.
        let stored = users::phone_number_by_id().bind(transaction, &user.id).opt().await?.flatten();
        if stored.as_deref() == Some(holder.phone_number.as_str()) {
            users::set_phone_number().bind(transaction, &Some(&number), &user.id).await?;
            return Ok(Some(user));
        }
    }
    Ok(None)
}
