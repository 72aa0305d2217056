//! The phone numbers of closed accounts.

use barqnet_db_client::{TransactionOptions, pool::Pool};

use super::dormancy::record;
use crate::{error::Error, generated::otp, queries::users};

/// The outcome of [`release_phone_number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// The number is free: the person who verifies it can register it.
    Released,
    /// The account is neither deactivated nor expired, and keeps its number.
    NotClosed,
    /// There is no such account.
    NoAccount,
    /// The account has no phone number.
    NoNumber,
}

/// Takes the phone number off an account that is deactivated or expired, so that it can be registered again, and invalidates every
/// code and ticket of the number. The account stays closed; if it is opened again, it has no number. For an operator or a support
/// desk: a person who verifies the number of a closed account gets
/// [`AccountUnusable`](super::SignInOutcome::AccountUnusable), and a person who was locked out must not be able to undo that by a
/// new account unless somebody decides so.
///
/// The audit log gets an entry `phone_number_released`, without the number.
pub async fn release_phone_number(pool: &Pool, username: &str) -> Result<ReleaseOutcome, Error> {
    loop {
        let options = TransactionOptions::default();
        let outcome = pool.transaction(&options, |transaction| async move {
            let Some(found) = users::by_username().bind(&transaction, &username).opt().await? else {
                return Ok(Some(ReleaseOutcome::NoAccount));
            };
            let Some(number) = found.phone_number else { return Ok(Some(ReleaseOutcome::NoNumber)) };
            // Numbers are locked before accounts, as in the functions that spend a ticket.
            otp::invalidate().bind(&transaction, &number).one().await?;
            let Some(user) = users::lock_by_id().bind(&transaction, &found.id).opt().await? else {
                return Ok(Some(ReleaseOutcome::NoAccount));
            };
            let stored = users::phone_number_by_id().bind(&transaction, &user.id).opt().await?.flatten();
            if user.usable || stored.as_ref() != Some(&number) {
                // The codes of the number stay valid.
                transaction.roll_back_at_end();
                return Ok(user.usable.then_some(ReleaseOutcome::NotClosed));
            }
            users::set_phone_number().bind(&transaction, &None::<&str>, &user.id).await?;
            record(&transaction, user.id, "phone_number_released", None).await?;
            Ok::<_, Error>(Some(ReleaseOutcome::Released))
        });
        // Otherwise the account got another number before it was locked.
        if let Some(outcome) = outcome.await? {
            return Ok(outcome);
        }
    }
}
