//! Registration and sign-in with a verified phone number.

use std::fmt;

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::ticket::spend;
use crate::{
    connections::Protocol,
    error::Error,
    otp::{Purpose, Ticket},
    queries::users::{self, CreateParams},
    sessions::{self, CreateOutcome, Device, NewSession, SessionPolicy, Token},
};

/// An account to create.
#[derive(Clone)]
pub struct NewUser<'a> {
    /// Its name, which must be unique.
    pub username: &'a str,
    /// The hash of its password, if it has one.
    pub password_hash: Option<&'a str>,
    /// The server it is assigned to.
    pub server_id: &'a str,
    /// The user or program that creates it.
    pub created_by: &'a str,
    /// The transport protocol of its VPN.
    pub protocol: Protocol,
    /// The port of its VPN.
    pub port: u16,
}

impl fmt::Debug for NewUser<'_> {
    /// Omits the password hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("username", &self.username).finish_non_exhaustive()
    }
}

impl<'a> NewUser<'a> {
    /// An account without a password and with the server `unassigned`, over UDP on OpenVPN's port 1194.
    #[must_use]
    pub fn new(username: &'a str, created_by: &'a str) -> Self {
        Self { username, password_hash: None, server_id: "unassigned", created_by, protocol: Protocol::Udp, port: 1194 }
    }
}

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

/// The outcome of [`register_with_ticket`].
#[derive(Debug)]
pub enum RegisterOutcome {
    /// The account and its first session were created.
    Registered(SignedIn),
    /// The ticket is spent, expired, for another purpose, or unknown.
    InvalidTicket,
    /// The number has an account. The ticket stays valid: sign in.
    NumberTaken,
    /// The name is taken, or belonged to a person who was erased. The ticket stays valid: try another name.
    NameTaken,
}

/// Creates an account for the number of a [`Purpose::SignIn`] ticket, and its first session. The session belongs to no device
/// until that is [registered](crate::devices::register).
pub async fn register_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    new: &NewUser<'_>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<RegisterOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let outcome = register_in(&transaction, ticket, new, device, policy).await?;
        // The rollback restores the ticket.
        if !matches!(outcome, RegisterOutcome::Registered(_)) {
            transaction.roll_back_at_end();
        }
        Ok(outcome)
    })
    .await
}

async fn register_in(
    transaction: &Attempt,
    ticket: &Ticket,
    new: &NewUser<'_>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<RegisterOutcome, client::Error> {
    let Some(number) = spend(transaction, ticket, Purpose::SignIn).await? else {
        return Ok(RegisterOutcome::InvalidTicket);
    };
    // Looked for first, because an insertion that fails takes an id.
    if users::by_username().bind(transaction, &new.username).opt().await?.is_some() {
        return Ok(RegisterOutcome::NameTaken);
    }
    if users::by_phone().bind(transaction, &number.as_str()).opt().await?.is_some() {
        return Ok(RegisterOutcome::NumberTaken);
    }
    let parameters = CreateParams {
        username: new.username,
        phone_number: Some(number.as_str()),
        password_hash: new.password_hash,
        created_via: "phone",
        server_id: new.server_id,
        created_by: new.created_by,
        protocol: new.protocol,
        port: new.port.into(),
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
    };
    let user_id = match users::create().params(transaction, &parameters).one().await {
        Ok(id) => id,
        Err(error) => match error.constraint() {
            Some("idx_users_phone_number") => return Ok(RegisterOutcome::NumberTaken),
            Some("users_username_key" | "erased_names_pkey") => return Ok(RegisterOutcome::NameTaken),
            _ => return Err(error),
        },
    };
    // A new account has no devices yet.
    let device = Device { id: None, ..device.clone() };
    let CreateOutcome::Created(token, session) = sessions::create(transaction, user_id, &device, policy).await? else {
        // Only a trigger that an operator added can make a new account unusable.
        let expected = "a session for the new account";
        return Err(client::Error::RowCount {
            statement: crate::queries::sessions::CreateStmt::QUERY,
            expected,
            found: 0,
        });
    };
    users::touch_last_login().bind(transaction, &user_id).await?;
    let username = new.username.to_owned();
    Ok(RegisterOutcome::Registered(SignedIn { user_id, username, token, session }))
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
    /// The user has as many sessions as allowed. The ticket stays valid: sign out on another device.
    LimitReached,
}

/// Opens a session for the account of a [`Purpose::SignIn`] ticket's number.
pub async fn sign_in_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<SignInOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let outcome = sign_in_in(&transaction, ticket, device, policy).await?;
        // The rollback restores the ticket.
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
    device: &Device,
    policy: &SessionPolicy,
) -> Result<SignInOutcome, client::Error> {
    let Some(number) = spend(transaction, ticket, Purpose::SignIn).await? else {
        return Ok(SignInOutcome::InvalidTicket);
    };
    let Some(user) = users::lock_by_phone().bind(transaction, &number.as_str()).opt().await? else {
        return Ok(SignInOutcome::NoAccount);
    };
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
