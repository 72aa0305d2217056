//! Registration with a verified phone number.

use std::fmt;

use barqnet_db_client::{
    self as client, TransactionOptions,
    pool::{Attempt, Pool},
};

use super::{
    dormancy::{dormant, give_up_number, record_move},
    number::lock_by_number,
    sign_in::SignedIn,
    ticket::spend,
    username::Username,
};
use crate::{
    connections::Protocol,
    error::Error,
    otp::{Purpose, Ticket},
    queries::{
        Constraint,
        users::{self, CreateParams},
    },
    sessions::{self, CreateOutcome, Device, SessionPolicy},
};

/// An account to create.
#[derive(Clone)]
pub struct NewUser<'a> {
    /// Its name, which must be unique and look like no other.
    pub username: &'a Username,
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
    pub fn new(username: &'a Username, created_by: &'a str) -> Self {
        Self { username, password_hash: None, server_id: "unassigned", created_by, protocol: Protocol::Udp, port: 1194 }
    }
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
    /// The name is taken, or looks like that of another account, or either is true of a person who was erased. Which one is
    /// deliberately not disclosed. The ticket stays valid: try another name.
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
    register(pool, ticket, new, device, policy, false).await
}

/// Creates an account for the number of a [`Purpose::SignIn`] ticket, as [`register_with_ticket`]. If a
/// [dormant](super::SignInOutcome::Dormant) account has the number, it loses it, and its sessions end; it keeps everything else, and its
/// owner signs in by name and password, or asks an operator. The audit log gets an entry `phone_number_moved` for each of both.
///
/// An account with the number that is not dormant is [`RegisterOutcome::NumberTaken`], also if it is closed:
/// [`release_phone_number`](super::release_phone_number) is for that. Exactly one of several who verified the same number gets it.
pub async fn register_in_place_of_dormant(
    pool: &Pool,
    ticket: &Ticket,
    new: &NewUser<'_>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<RegisterOutcome, Error> {
    register(pool, ticket, new, device, policy, true).await
}

async fn register(
    pool: &Pool,
    ticket: &Ticket,
    new: &NewUser<'_>,
    device: &Device,
    policy: &SessionPolicy,
    in_place: bool,
) -> Result<RegisterOutcome, Error> {
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        let outcome = register_in(&transaction, ticket, new, device, policy, in_place).await?;
        // The rollback restores the ticket, and the number of a dormant account.
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
    in_place: bool,
) -> Result<RegisterOutcome, client::Error> {
    let Some(number) = spend(transaction, ticket, Purpose::SignIn).await? else {
        return Ok(RegisterOutcome::InvalidTicket);
    };
    // Looked for first, because an insertion that fails may take an id.
    if users::by_username().bind(transaction, new.username).opt().await?.is_some() {
        return Ok(RegisterOutcome::NameTaken);
    }
    let holder = lock_by_number(transaction, &number).await?;
    if let Some(holder) = &holder {
        if !in_place || dormant(transaction, holder, policy).await?.is_none() {
            return Ok(RegisterOutcome::NumberTaken);
        }
        give_up_number(transaction, holder.id).await?;
    }
    let outcome = create_in(transaction, &number, new, device, policy).await?;
    if let (Some(holder), RegisterOutcome::Registered(signed_in)) = (&holder, &outcome) {
        record_move(transaction, holder.id, signed_in.user_id).await?;
    }
    Ok(outcome)
}

async fn create_in(
    transaction: &Attempt,
    number: &str,
    new: &NewUser<'_>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<RegisterOutcome, client::Error> {
    let parameters = CreateParams {
        username: new.username,
        phone_number: Some(number),
        password_hash: new.password_hash,
        created_via: "phone",
        server_id: new.server_id,
        created_by: new.created_by,
        protocol: new.protocol,
        port: new.port.into(),
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
        name_skeleton: Some(new.username.skeleton()),
    };
    let user_id = match users::create().params(transaction, &parameters).one().await {
        Ok(id) => id,
        Err(error) => match Constraint::of(&error) {
            Some(Constraint::IdxUsersPhoneNumber) => return Ok(RegisterOutcome::NumberTaken),
            Some(Constraint::UsersUsernameKey | Constraint::IdxUsersNameSkeleton | Constraint::ErasedNamesPkey) => {
                return Ok(RegisterOutcome::NameTaken);
            }
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
    let username = new.username.to_string();
    Ok(RegisterOutcome::Registered(SignedIn { user_id, username, token, session }))
}
