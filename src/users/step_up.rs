//! Sign-in with a verified phone number and the password.

use std::time::Duration;

use barqnet_db_client::{TransactionOptions, pool::Pool};

use super::{
    number::lock_by_number,
    password::{BUSY, Guess, PasswordSignInOutcome, open_session},
    sign_in::SignedIn,
    ticket::spend,
};
use crate::{
    error::Error,
    otp::{Purpose, Ticket},
    password::{self, PasswordLimits, PasswordPolicy},
    sessions::{Device, SessionPolicy},
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
    /// Too many wrong passwords from known devices, among which a verified number counts. The password was not compared.
    RetryAfter(Duration),
    /// Too many sign-ins wait in this process. The ticket stays valid.
    Busy(Duration),
    /// The password is right, and the account is deactivated or expired.
    AccountUnusable,
    /// The password is right. The device is not one of the user's, or it was signed out or lost.
    DeviceNotRegistered,
    /// The password is right. The user has as many sessions as allowed.
    LimitReached,
}

/// Opens a session for the account of a [`Purpose::SignIn`] ticket's number, if the password is right as well: for the owner of a
/// [dormant](super::SignInOutcome::Dormant) account, and for services that ask for both.
///
/// The ticket is spent before the password is compared, so that one verified code is one guess: a person who has got somebody's old
/// number can guess as often as codes are sent to it, by default 10 times per day. These guesses count as those of a known device, so
/// that strangers do not keep the owner out: after [`PasswordLimits::max_known_failures`] in a row every one is refused. See
/// [`sign_in_with_password`](super::sign_in_with_password) for how limits are counted.
pub async fn sign_in_with_ticket_and_password(
    pool: &Pool,
    ticket: &Ticket,
    password: &str,
    password_policy: PasswordPolicy,
    limits: &PasswordLimits,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<StepUpOutcome, Error> {
    let Some(_turn) = password::turn(limits.max_waiting).await else { return Ok(StepUpOutcome::Busy(BUSY)) };
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
        Ok(Ok(user.username))
    });
    let username = match proved.await? {
        Ok(username) => username,
        Err(outcome) => return Ok(outcome),
    };
    let guess = Guess { logins: vec![username], by_phone_number: false, password, known_token: None, has_code: true };
    Ok(match open_session(pool, &guess, device, password_policy, limits, policy).await? {
        PasswordSignInOutcome::SignedIn(signed_in) => StepUpOutcome::SignedIn(signed_in),
        PasswordSignInOutcome::Refused => StepUpOutcome::WrongPassword,
        PasswordSignInOutcome::RetryAfter(wait) => StepUpOutcome::RetryAfter(wait),
        PasswordSignInOutcome::AccountUnusable => StepUpOutcome::AccountUnusable,
        PasswordSignInOutcome::DeviceNotRegistered => StepUpOutcome::DeviceNotRegistered,
        PasswordSignInOutcome::LimitReached => StepUpOutcome::LimitReached,
    })
}
