//! Sign-in with a verified phone number and the password.

use barqnet_db_client::{TransactionOptions, pool::Pool};

use super::{number::lock_by_number, sign_in::SignedIn, ticket::spend};
use crate::{
    error::Error,
    otp::{Purpose, Ticket},
    password::{PasswordHash, PasswordPolicy, verify},
    queries::users,
    sessions::{self, CreateOutcome, Device, SessionPolicy},
};

/// The outcome of [`sign_in_with_ticket_and_password`]. The ticket is spent, except where it says so.
#[derive(Debug)]
pub enum StepUpOutcome {
    /// The session is open.
    SignedIn(SignedIn),
    /// The ticket is spent, expired, for another purpose, or unknown.
    InvalidTicket,
    /// The number has no account. The ticket stays valid: register.
    NoAccount,
    /// The password is wrong, or the account has none. Verify the number again for another try.
    WrongPassword,
    /// The account is deactivated or expired.
    AccountUnusable,
    /// The device is not one of the user's, or it was signed out or lost.
    DeviceNotRegistered,
    /// The user has as many sessions as allowed.
    LimitReached,
}

/// Opens a session for the account of a [`Purpose::SignIn`] ticket's number, if the password is right as well: for the owner of a
/// [dormant](super::SignInOutcome::Dormant) account, and for services that ask for both.
///
/// The ticket is spent before the password is compared, so that one verified code is one guess: a person who has got somebody's old
/// number can guess as often as codes are sent to it, by default 10 times per day. Give it `tokio::time::timeout` as any call of
/// [`verify`](crate::password::verify).
pub async fn sign_in_with_ticket_and_password(
    pool: &Pool,
    ticket: &Ticket,
    password: String,
    password_policy: PasswordPolicy,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<StepUpOutcome, Error> {
    let options = TransactionOptions::default();
    let proved = pool.transaction(&options, |transaction| async move {
        let Some(number) = spend(&transaction, ticket, Purpose::SignIn).await? else {
            return Ok::<_, Error>(Err(StepUpOutcome::InvalidTicket));
        };
        let Some(user) = lock_by_number(&transaction, &number).await? else {
            // The rollback restores the ticket.
            transaction.roll_back_at_end();
            return Ok(Err(StepUpOutcome::NoAccount));
        };
        if !user.usable {
            return Ok(Err(StepUpOutcome::AccountUnusable));
        }
        let stored = users::password_hash_by_id().bind(&transaction, &user.id).opt().await?.flatten();
        Ok(Ok((user, stored.map(PasswordHash::from_stored))))
    });
    let (user, stored) = match proved.await? {
        Ok(proved) => proved,
        Err(outcome) => return Ok(outcome),
    };
    let is_right = verify(password, stored.clone(), password_policy).await;
    let Some(stored) = stored.filter(|_| is_right) else { return Ok(StepUpOutcome::WrongPassword) };
    let (user_id, username, stored) = (user.id, &user.username, &stored);
    pool.transaction(&options, |transaction| async move {
        // The account may have lost the number since: then it is the password alone that is proved, which is as good.
        let (token, session) =
            match sessions::create_after_password(&transaction, user_id, stored, device, policy).await? {
                CreateOutcome::Created(token, session) => (token, session),
                CreateOutcome::PasswordChanged => return Ok(StepUpOutcome::WrongPassword),
                CreateOutcome::DeviceNotRegistered => return Ok(StepUpOutcome::DeviceNotRegistered),
                CreateOutcome::LimitReached => return Ok(StepUpOutcome::LimitReached),
                CreateOutcome::Unusable | CreateOutcome::TokenInUse => return Ok(StepUpOutcome::AccountUnusable),
            };
        users::touch_last_login().bind(&transaction, &user_id).await?;
        Ok(StepUpOutcome::SignedIn(SignedIn { user_id, username: username.clone(), token, session }))
    })
    .await
}
