//! Sign-in with a verified phone number.

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::{
    dormancy::{DormantAccount, dormant},
    number::lock_by_number,
    ticket::spend,
};
use crate::{
    error::Error,
    interval::seconds,
    otp::{Purpose, Ticket},
    queries::{
        self,
        sessions::{Session, list_active},
        users,
    },
    sessions::{self, CreateOutcome, Device, NewSession, RevokeReason, SessionPolicy, Token},
};

/// A signed-in user.
#[derive(Debug)]
pub struct SignedIn {
    /// The user's id.
    pub user_id: i64,
    /// The user's name.
    pub username: String,
    /// The token that the device sends from now on.
    pub token: Token,
    /// The session.
    pub session: NewSession,
}

/// The outcome of [`sign_in_with_ticket`].
#[derive(Debug)]
pub enum SignInOutcome {
    /// The session is open.
    SignedIn(SignedIn),
    /// The ticket is spent, expired, for another purpose, or unknown.
    InvalidTicket,
    /// The number has no account. The ticket stays valid: register.
    NoAccount,
    /// The account is deactivated or expired. The ticket is spent. The caller has verified the phone number, so this may be
    /// disclosed.
    AccountUnusable,
    /// The device is not one of the user's, or it was signed out or lost. The ticket stays valid: sign in without the device, and
    /// [register](crate::devices::register) it.
    DeviceNotRegistered,
    /// The user has as many sessions as allowed. The ticket stays valid:
    /// [list the sessions](super::list_sessions_with_ticket), and
    /// [end some of them](super::sign_in_and_end_sessions_with_ticket).
    LimitReached,
    /// The account was unused for [`SessionPolicy::dormant_after`]: the number may belong to another person by now. The ticket stays
    /// valid. Ask whether the person had an account: who had one
    /// [gives its password](super::sign_in_with_ticket_and_password), who had none [registers](super::register_in_place_of_dormant).
    Dormant(DormantAccount),
}

/// Opens a session for the account of a [`Purpose::SignIn`] ticket's number.
pub async fn sign_in_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<SignInOutcome, Error> {
    sign_in(pool, ticket, None, device, policy).await
}

/// Which sessions of the user to end before a new one is opened.
#[derive(Clone, Copy, Debug)]
pub enum EndSessions<'a> {
    /// All of them.
    All,
    /// Those with these ids. Ids of other users' sessions have no effect.
    These(&'a [i64]),
}

/// Ends sessions of the account of a [`Purpose::SignIn`] ticket's number and opens a new one, in one transaction. For a user who has
/// lost the devices that are signed in, where [`SessionPolicy::at_limit`] refuses another session.
///
/// If no session is opened, none ends.
pub async fn sign_in_and_end_sessions_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    end: EndSessions<'_>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<SignInOutcome, Error> {
    sign_in(pool, ticket, Some(end), device, policy).await
}

async fn sign_in(
    pool: &Pool,
    ticket: &Ticket,
    end: Option<EndSessions<'_>>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<SignInOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let outcome = sign_in_in(&transaction, ticket, end, device, policy).await?;
        // The rollback restores the ticket, and the sessions.
        if !matches!(outcome, SignInOutcome::SignedIn(_) | SignInOutcome::AccountUnusable) {
            transaction.roll_back_at_end();
        }
        Ok(outcome)
    })
    .await
}

async fn sign_in_in(
    transaction: &Attempt,
    ticket: &Ticket,
    end: Option<EndSessions<'_>>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<SignInOutcome, client::Error> {
    let Some(number) = spend(transaction, ticket, Purpose::SignIn).await? else {
        return Ok(SignInOutcome::InvalidTicket);
    };
    let Some(user) = lock_by_number(transaction, &number).await? else {
        return Ok(SignInOutcome::NoAccount);
    };
    if let Some(account) = dormant(transaction, &user, policy).await? {
        return Ok(SignInOutcome::Dormant(account));
    }
    match end {
        Some(EndSessions::All) => {
            sessions::revoke_all(transaction, user.id, RevokeReason::SessionLimit).await?;
        }
        Some(EndSessions::These(ids)) => {
            queries::sessions::revoke_some().bind(transaction, &ids, &user.id, &RevokeReason::SessionLimit).await?;
        }
        None => {}
    }
    let (token, session) = match sessions::create(transaction, user.id, device, policy).await? {
        CreateOutcome::Created(token, session) => (token, session),
        CreateOutcome::DeviceNotRegistered => return Ok(SignInOutcome::DeviceNotRegistered),
        CreateOutcome::LimitReached => return Ok(SignInOutcome::LimitReached),
        CreateOutcome::Unusable | CreateOutcome::PasswordChanged | CreateOutcome::TokenInUse => {
            return Ok(SignInOutcome::AccountUnusable);
        }
    };
    users::touch_last_login().bind(transaction, &user.id).await?;
    Ok(SignInOutcome::SignedIn(SignedIn { user_id: user.id, username: user.username, token, session }))
}

/// The live sessions of the account of a [`Purpose::SignIn`] ticket's number, newest first, at most 100; the ticket stays valid. For
/// the choice of those that [`sign_in_and_end_sessions_with_ticket`] ends. The answer has no tokens.
///
/// `None` means that there is nothing to choose from: the ticket is spent, expired, for another purpose, or unknown; the number has no
/// account; or the account is closed, or [dormant](SignInOutcome::Dormant), whose devices must not be disclosed.
pub async fn list_sessions_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    policy: &SessionPolicy,
) -> Result<Option<Vec<Session>>, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        // Nothing of this stays: neither is the ticket spent, nor does the account keep its lock.
        transaction.roll_back_at_end();
        let Some(number) = spend(&transaction, ticket, Purpose::SignIn).await? else { return Ok(None) };
        let Some(user) = lock_by_number(&transaction, &number).await? else { return Ok(None) };
        if !user.usable || dormant(&transaction, &user, policy).await?.is_some() {
            return Ok(None);
        }
        let list = list_active();
        Ok(Some(list.bind(&transaction, &user.id, &seconds(policy.idle), &i64::MAX, &MAX_LISTED).all().await?))
    })
    .await
}

/// How many sessions a list has, at most.
const MAX_LISTED: i64 = 100;
