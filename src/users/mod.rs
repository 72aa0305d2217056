//! Accounts: registration and sign-in with a verified phone number, changes that end sessions, deactivation and erasure.
//!
//! Each function takes the pool and does everything in one transaction, except [`erase`], which needs two. A ticket is spent
//! if and only if the change that it allows is committed, and a change that ends sessions ends them in the same commit.
//! Statements that read or change single columns are in [`queries::users`](crate::queries::users).

mod deactivation;

use std::fmt;

use deadpool_postgres::{Pool, Transaction};

pub use deactivation::{Erased, deactivate, erase};

use crate::{
    Error,
    client::{self, Params},
    connections::Protocol,
    generated::otp,
    otp::{Purpose, Ticket},
    pool,
    queries::users::{self, CreateParams},
    sessions::{self, CreateOutcome, Device, NewSession, RevokeReason, SessionPolicy, Token},
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
    pub user_id: i32,
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
    /// The name is taken. The ticket stays valid: try another name.
    NameTaken,
}

/// Creates an account for the number of a [`Purpose::SignIn`] ticket, and its first session.
pub async fn register_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    new: &NewUser<'_>,
    device: &Device,
    policy: &SessionPolicy,
) -> Result<RegisterOutcome, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    let Some(number) = spend(&transaction, ticket, Purpose::SignIn).await? else {
        return Ok(RegisterOutcome::InvalidTicket);
    };
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
    let user_id = match users::create().params(&transaction, &parameters).one().await {
        Ok(id) => id,
        // The rollback restores the ticket.
        Err(error) => match error.constraint() {
            Some("idx_users_phone_number") => return Ok(RegisterOutcome::NumberTaken),
            Some("users_username_key") => return Ok(RegisterOutcome::NameTaken),
            _ => return Err(error.into()),
        },
    };
    let CreateOutcome::Created(token, session) = sessions::create(&transaction, user_id, device, policy).await? else {
        // Only a trigger that an operator added can make a new account unusable.
        let expected = "a session for the new account";
        return Err(client::Error::RowCount { statement: "sessions.create", expected, found: 0 }.into());
    };
    users::touch_last_login().bind(&transaction, &user_id).await?;
    commit(transaction).await?;
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
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    let Some(number) = spend(&transaction, ticket, Purpose::SignIn).await? else {
        return Ok(SignInOutcome::InvalidTicket);
    };
    let Some(user) = users::lock_by_phone().bind(&transaction, &number.as_str()).opt().await? else {
        return Ok(SignInOutcome::NoAccount);
    };
    let (token, session) = match sessions::create(&transaction, user.id, device, policy).await? {
        CreateOutcome::Created(token, session) => (token, session),
        CreateOutcome::LimitReached => return Ok(SignInOutcome::LimitReached),
        CreateOutcome::Unusable | CreateOutcome::PasswordChanged | CreateOutcome::TokenInUse => {
            commit(transaction).await?;
            return Ok(SignInOutcome::AccountUnusable);
        }
    };
    users::touch_last_login().bind(&transaction, &user.id).await?;
    commit(transaction).await?;
    Ok(SignInOutcome::SignedIn(SignedIn { user_id: user.id, username: user.username, token, session }))
}

/// The outcome of a change that a ticket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// The change is committed.
    Changed {
        /// The account.
        user_id: i32,
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
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    let Some(number) = spend(&transaction, ticket, Purpose::PasswordReset).await? else {
        return Ok(ChangeOutcome::InvalidTicket);
    };
    let Some(user) = users::lock_by_phone().bind(&transaction, &number.as_str()).opt().await? else {
        // The ticket is spent: without an account it has no use.
        commit(transaction).await?;
        return Ok(ChangeOutcome::NoAccount);
    };
    users::set_password_hash().bind(&transaction, &new_password_hash, &user.id).await?;
    let sessions_ended = end_sessions(&transaction, user.id, None, RevokeReason::PasswordChange).await?;
    commit(transaction).await?;
    Ok(ChangeOutcome::Changed { user_id: user.id, sessions_ended })
}

/// Sets the phone number of an account to that of a [`Purpose::PhoneChange`] ticket, and revokes all of its sessions except
/// `keep_session`. Tickets of the old number no longer lead to this account.
pub async fn change_phone_number_with_ticket(
    pool: &Pool,
    ticket: &Ticket,
    user_id: i32,
    keep_session: Option<i32>,
) -> Result<ChangeOutcome, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    let Some(number) = spend(&transaction, ticket, Purpose::PhoneChange).await? else {
        return Ok(ChangeOutcome::InvalidTicket);
    };
    match users::set_phone_number().bind(&transaction, &Some(number.as_str()), &user_id).await {
        Ok(0) => return Ok(ChangeOutcome::NoAccount),
        Ok(_) => {}
        Err(error) if error.constraint() == Some("idx_users_phone_number") => return Ok(ChangeOutcome::NumberTaken),
        Err(error) => return Err(error.into()),
    }
    let sessions_ended = end_sessions(&transaction, user_id, keep_session, RevokeReason::PhoneChange).await?;
    commit(transaction).await?;
    Ok(ChangeOutcome::Changed { user_id, sessions_ended })
}

/// Sets a password, revokes all sessions of the account except `keep_session`, and invalidates every code and ticket of its
/// number. Returns how many sessions were revoked; `None` means that there is no such account.
pub async fn change_password(
    pool: &Pool,
    user_id: i32,
    new_password_hash: &str,
    keep_session: Option<i32>,
) -> Result<Option<i32>, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    // Numbers are locked before accounts, as in the functions that spend a ticket.
    if let Some(number) = users::phone_number_by_id().bind(&transaction, &user_id).opt().await?.flatten() {
        otp::invalidate().bind(&transaction, &number).one().await?;
    }
    if users::set_password_hash().bind(&transaction, &new_password_hash, &user_id).await? == 0 {
        return Ok(None);
    }
    let ended = end_sessions(&transaction, user_id, keep_session, RevokeReason::PasswordChange).await?;
    commit(transaction).await?;
    Ok(Some(ended))
}

/// Changes the role of an account and revokes all of its sessions except `keep_session`. Returns how many were revoked;
/// `None` means that there is no such account, or that it has this role already.
pub async fn change_role(
    pool: &Pool,
    user_id: i32,
    role: &str,
    keep_session: Option<i32>,
) -> Result<Option<i32>, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    if users::set_role().bind(&transaction, &role, &user_id).await? == 0 {
        return Ok(None);
    }
    let ended = end_sessions(&transaction, user_id, keep_session, RevokeReason::RoleChange).await?;
    commit(transaction).await?;
    Ok(Some(ended))
}

async fn begin(connection: &mut pool::Client) -> Result<Transaction<'_>, client::Error> {
    connection.transaction().await.map_err(client::Error::of_transaction)
}

async fn commit(transaction: Transaction<'_>) -> Result<(), client::Error> {
    transaction.commit().await.map_err(client::Error::of_transaction)
}

/// Spends a ticket and returns its phone number. A rollback restores the ticket.
async fn spend(
    transaction: &Transaction<'_>,
    ticket: &Ticket,
    purpose: Purpose,
) -> Result<Option<String>, client::Error> {
    // A new password invalidates what was issued before. In the same statement: a later one would lock out of order.
    let invalidate_others = purpose == Purpose::PasswordReset;
    otp::spend_ticket().bind(transaction, &ticket.hash(), &purpose, &invalidate_others).opt().await
}

async fn end_sessions(
    transaction: &Transaction<'_>,
    user_id: i32,
    keep: Option<i32>,
    reason: RevokeReason,
) -> Result<i32, client::Error> {
    match keep {
        Some(keep) => sessions::revoke_others(transaction, user_id, keep, reason).await,
        None => sessions::revoke_all(transaction, user_id, reason).await,
    }
}
