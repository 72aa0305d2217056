//! Accounts: what a verified phone number allows, changes that end sessions, and how a person is forgotten.
//!
//! Each takes the pool, and but for [`erase`] does everything in one transaction: a ticket is spent exactly if what it
//! allows is done, and no session outlives the change that ends it.

mod closing;
mod erasure;

use std::fmt;

use deadpool_postgres::{Pool, Transaction};

pub use closing::deactivate;
pub use erasure::{Erased, erase};

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

/// An account to be.
#[derive(Clone)]
pub struct NewUser<'a> {
    /// Its name, which is nobody else's.
    pub username: &'a str,
    /// The hash of its password, if it has one.
    pub password_hash: Option<&'a str>,
    /// The server it is assigned to.
    pub server_id: &'a str,
    /// Who or what makes it.
    pub created_by: &'a str,
    /// What its VPN runs over.
    pub protocol: Protocol,
    /// The port of its VPN.
    pub port: u16,
}

impl fmt::Debug for NewUser<'_> {
    /// Without the hash of the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("username", &self.username).finish_non_exhaustive()
    }
}

impl<'a> NewUser<'a> {
    /// An account without a password and without a server yet, over UDP on OpenVPN's port.
    #[must_use]
    pub fn new(username: &'a str, created_by: &'a str) -> Self {
        Self { username, password_hash: None, server_id: "unassigned", created_by, protocol: Protocol::Udp, port: 1194 }
    }
}

/// Who is signed in, by which token.
#[derive(Debug)]
pub struct SignedIn {
    /// The user's id.
    pub user_id: i32,
    /// The user's name.
    pub username: String,
    /// What the device shows from now on.
    pub token: Token,
    /// The session.
    pub session: NewSession,
}

/// What became of a registration.
#[derive(Debug)]
pub enum RegisterOutcome {
    /// There is an account, and its first session.
    Registered(SignedIn),
    /// The ticket is spent, expired, for another purpose, or made up.
    InvalidTicket,
    /// The number has an account. The ticket is good still: sign in.
    NumberTaken,
    /// The name is taken. The ticket is good still: try another.
    NameTaken,
}

/// Makes an account for the number of a [`Purpose::SignIn`] ticket, and its first session.
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
        // The transaction ends here, and the ticket comes back.
        Err(error) => match error.constraint() {
            Some("idx_users_phone_number") => return Ok(RegisterOutcome::NumberTaken),
            Some("users_username_key") => return Ok(RegisterOutcome::NameTaken),
            _ => return Err(error.into()),
        },
    };
    let CreateOutcome::Created(token, session) = sessions::create(&transaction, user_id, device, policy).await? else {
        // Only a trigger of an operator's own can close an account as it is made.
        let expected = "a session for the new account";
        return Err(client::Error::RowCount { statement: "sessions.create", expected, found: 0 }.into());
    };
    users::touch_last_login().bind(&transaction, &user_id).await?;
    commit(transaction).await?;
    let username = new.username.to_owned();
    Ok(RegisterOutcome::Registered(SignedIn { user_id, username, token, session }))
}

/// What became of a sign-in.
#[derive(Debug)]
pub enum SignInOutcome {
    /// There is a session.
    SignedIn(SignedIn),
    /// The ticket is spent, expired, for another purpose, or made up.
    InvalidTicket,
    /// The number has no account. The ticket is good still: register.
    NoAccount,
    /// The account is deactivated or expired. The ticket is spent. Whoever gets here has the phone, and may know.
    AccountClosed,
    /// The user has as many sessions as allowed. The ticket is good still: sign out elsewhere.
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
            return Ok(SignInOutcome::AccountClosed);
        }
    };
    users::touch_last_login().bind(&transaction, &user.id).await?;
    commit(transaction).await?;
    Ok(SignInOutcome::SignedIn(SignedIn { user_id: user.id, username: user.username, token, session }))
}

/// What became of a change that a ticket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It is made; so many sessions have ended.
    Changed {
        /// Whose account it is.
        user_id: i32,
        /// How many sessions have ended.
        sessions_ended: i32,
    },
    /// The ticket is spent, expired, for another purpose, or made up.
    InvalidTicket,
    /// There is no such account.
    NoAccount,
    /// Another account has the number. The ticket is good still.
    NumberTaken,
}

/// Sets the password of the account of a [`Purpose::PasswordReset`] ticket's number, ends all of its sessions, and kills
/// every code and ticket of the number.
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
        // Spent all the same: there is nothing else to do with it.
        commit(transaction).await?;
        return Ok(ChangeOutcome::NoAccount);
    };
    users::set_password_hash().bind(&transaction, &new_password_hash, &user.id).await?;
    let sessions_ended = end_sessions(&transaction, user.id, None, RevokeReason::PasswordChange).await?;
    commit(transaction).await?;
    Ok(ChangeOutcome::Changed { user_id: user.id, sessions_ended })
}

/// Makes the number of a [`Purpose::PhoneChange`] ticket that of an account and ends all of its sessions but
/// `keep_session`. A ticket of the old number leads nowhere from then on, or to whoever has that number next.
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

/// Sets a password, ends all sessions of the account but `keep_session`, and kills every code and ticket of its number.
/// Says how many sessions have ended; `None` if there is no such account.
pub async fn change_password(
    pool: &Pool,
    user_id: i32,
    new_password_hash: &str,
    keep_session: Option<i32>,
) -> Result<Option<i32>, Error> {
    let mut connection = pool::get(pool).await?;
    let transaction = begin(&mut connection).await?;
    // Before the account is locked, as whoever spends a ticket does.
    if let Some(number) = users::phone_number_by_id().bind(&transaction, &user_id).opt().await?.flatten() {
        otp::forget().bind(&transaction, &number).one().await?;
    }
    if users::set_password_hash().bind(&transaction, &new_password_hash, &user_id).await? == 0 {
        return Ok(None);
    }
    let ended = end_sessions(&transaction, user_id, keep_session, RevokeReason::PasswordChange).await?;
    commit(transaction).await?;
    Ok(Some(ended))
}

/// Gives an account another role and ends all of its sessions but `keep_session`. Says how many have ended; `None` if there
/// is no such account, or the role is the one it has.
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

/// The number of a ticket, which is spent if the transaction commits.
async fn spend(
    transaction: &Transaction<'_>,
    ticket: &Ticket,
    purpose: Purpose,
) -> Result<Option<String>, client::Error> {
    // A new password makes what was on its way worthless; as one statement, since a second could not lock in order.
    let kills_others = purpose == Purpose::PasswordReset;
    otp::spend_ticket().bind(transaction, &ticket.hash(), &purpose, &kills_others).opt().await
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
