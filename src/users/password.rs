//! Sign-in with a password.

use std::{fmt, time::Duration};

use barqnet_db_client::{
    TransactionOptions,
    pool::{Attempt, Pool},
};
use chrono::{DateTime, Utc};

use super::{SignedIn, Username};
use crate::{
    PhoneNumber,
    error::Error,
    generated::{
        self,
        password::{PasswordTry, TryPasswordParams, TryPasswordStmt},
    },
    interval::{seconds, wait},
    limit::integer,
    metrics,
    otp::Limits,
    password::{self, PasswordHash, PasswordLimits, PasswordPolicy},
    queries::users,
    sessions::{self, CreateOutcome, Device, SessionPolicy, TokenHash},
    text_enum::not_null,
    told::told,
};

/// Whose password it is.
#[derive(Clone, Copy, Debug)]
pub enum Login<'a> {
    /// The name of the account, as it was typed. It is the account of exactly this name, or else the one of its [`Username`].
    Username(&'a str),
    /// The phone number of the account, which may be stored in another spelling from before numbers had one form.
    PhoneNumber(&'a PhoneNumber),
}

/// What a person types to sign in, and what their device still has.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Whose password it is.
    pub login: Login<'a>,
    /// The password, as it was typed.
    pub password: &'a str,
    /// The hash of the last token of an earlier session on this device, ended or not, if the client still has one. It makes the
    /// device a known one.
    pub known_token: Option<&'a TokenHash>,
}

impl fmt::Debug for Credentials<'_> {
    /// Shows nothing: a password may have been typed as the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The outcome of [`sign_in_with_password`].
#[derive(Debug)]
pub enum PasswordSignInOutcome {
    /// The session is open.
    SignedIn(SignedIn),
    /// There is no such account, it has no password, or another one. Which is deliberately not disclosed.
    Refused,
    /// A limit of the account, of the address or of its network applies, or too many sign-ins wait in this process. The password was
    /// not compared, and no try was counted. Which limit is deliberately not disclosed.
    RetryAfter(Duration),
    /// The password is right, and the account is deactivated or expired.
    AccountUnusable,
    /// The password is right. The device is not one of the user's, or it was signed out or lost: sign in without the device, and
    /// [register](crate::devices::register) it.
    DeviceNotRegistered,
    /// The password is right. The user has as many sessions as allowed: sign out on another device.
    LimitReached,
}

/// How long a client waits if too many sign-ins wait for a processor.
pub(super) const BUSY: Duration = Duration::from_secs(1);

/// Compares a password and opens a session.
///
/// The try is counted as a failure before the hash is computed, and a right password takes that back. So limits hold under
/// concurrency, and a caller that gives up while the hash is computed has failed, also after an [`Error`]. A caller that gives up
/// earlier, while it waits for a processor, has not.
///
/// A name without an account has the same limits, answers and computations as one with an account. What is typed as a name is stored
/// as its SHA-256 only, because it may be a password.
///
/// A right password deletes the failures of the account, and so does a new one ([`change_password`](super::change_password),
/// [`reset_password_with_ticket`](super::reset_password_with_ticket)) or an operator ([`unlock`](crate::queries::password::unlock)).
/// A hash of another cost than the policy's is replaced, if the account has not got another one meanwhile.
///
/// `device.ip_address` is the client's, not a proxy's. `None` skips the limits per address and network.
///
/// # What an attacker can try
///
/// With the default limits, at one account, from any number of addresses:
///
/// - 10 passwords, then 10 more after 15 minutes, 10 after another hour, and 10 after each further day: 30 in the first 24 hours, 80 in
///   a row. Then every try is refused until the owner signs in on a known device, sets a new password by a code to the phone, or asks an
///   operator.
/// - 20 more with a stolen token of the account, or with codes to its number. Together at most 100 in a row, as NIST SP 800-63B-4, 3.2.2 demands.
///
/// At all accounts together, 100 passwords per day from an IPv4 address or an IPv6 /64, and 200 from a /48. With 1,000 addresses an
/// attacker tries 100,000 passwords per day, one per account: if one user in 1,000 has the commonest password, that opens 100 accounts.
/// No limit of tries prevents it: refuse passwords that are common or known from breaches, and require 15 characters, 8 if a second
/// factor is asked for (NIST SP 800-63B-4, 3.1.1.2). A password that was drawn from a million is guessed with a chance of 1 in 10,000.
///
/// # What a user meets
///
/// Strangers who type wrong passwords lock the account for unknown devices only. A device is known if it presents the last token of a
/// session of the account that is live, has expired, or ended by sign-out, by a limit of sessions or devices, by a newer session of the
/// device, by a change of the role or by the account's expiry; not if it ended because the device was lost, the password or number was
/// changed, or a token was used twice, or by an administrator. It is recognised as long as
/// [`keep_sessions`](crate::maintenance::MaintenancePolicy::keep_sessions) keeps the session. A known device uses no limit of its
/// address. Clients therefore keep their last token after a sign-out.
///
/// Behind a shared address, right passwords give back what they use of its limit.
pub async fn sign_in_with_password(
    pool: &Pool,
    credentials: &Credentials<'_>,
    device: &Device,
    password_policy: PasswordPolicy,
    limits: &PasswordLimits,
    session_policy: &SessionPolicy,
) -> Result<PasswordSignInOutcome, Error> {
    let Some(_turn) = password::turn(limits.max_waiting).await else {
        return Ok(refused(BUSY, "waiting".to_owned()));
    };
    let (logins, by_phone_number) = match credentials.login {
        Login::Username(name) => {
            let name = told(name);
            let username = Username::new(&name).ok().filter(|username| username.as_str() != name);
            let form = username.map(|username| username.as_str().to_owned());
            ([name.into_owned()].into_iter().chain(form).collect(), false)
        }
        Login::PhoneNumber(number) => (stored_spellings(pool, number).await?, true),
    };
    let &Credentials { password, known_token, .. } = credentials;
    let guess = Guess { logins, by_phone_number, password, known_token, has_code: false };
    open_session(pool, &guess, device, password_policy, limits, session_policy).await
}

/// The spellings in which the number may be stored, its form first. One statement, whether it has an account or not.
async fn stored_spellings(pool: &Pool, number: &PhoneNumber) -> Result<Vec<String>, Error> {
    let client = pool.get().await?;
    let holders = users::by_last_digits().bind(&client, &number.last_digits()).all().await?;
    let stored = holders.into_iter().map(|holder| holder.phone_number);
    let others =
        stored.filter(|stored| stored != number.as_str() && PhoneNumber::from_stored(stored).as_ref() == Some(number));
    Ok([number.as_str().to_owned()].into_iter().chain(others).collect())
}

/// A password, and whose it may be.
pub(super) struct Guess<'a> {
    /// Names, or spellings of a phone number, the likeliest first.
    pub(super) logins: Vec<String>,
    pub(super) by_phone_number: bool,
    pub(super) password: &'a str,
    pub(super) known_token: Option<&'a TokenHash>,
    /// Whether the client has verified the phone number of the account: it counts as a known device then.
    pub(super) has_code: bool,
}

/// Compares a password within the limits, and opens a session. The caller has its [turn](password::turn).
pub(super) async fn open_session(
    pool: &Pool,
    guess: &Guess<'_>,
    device: &Device,
    password_policy: PasswordPolicy,
    limits: &PasswordLimits,
    session_policy: &SessionPolicy,
) -> Result<PasswordSignInOutcome, Error> {
    let budgets = limits.budgets(device.ip_address);
    let tried = try_password(pool, guess, limits, &budgets).await?;
    if let Some(limit) = tried.refused_by {
        return Ok(refused(wait(tried.retry_after_seconds), limit));
    }
    let charge = Charge {
        charged_at: not_null(TryPasswordStmt::QUERY, "charged_at", tried.charged_at)?,
        counted_as: not_null(TryPasswordStmt::QUERY, "counted_as", tried.counted_as)?,
        budgets: if tried.uses_budgets == Some(true) { &budgets } else { &[] },
    };
    let (user_id, username) = (tried.user_id, tried.username.unwrap_or_default());
    let mut stored = tried.stored_hash.map(PasswordHash::from_stored);
    // Another sign-in may renew the hash in between: then the new one is compared, once.
    for _ in 0..2 {
        let is_right = password::verify(guess.password.to_owned(), stored.clone(), password_policy).await;
        let (true, Some(user_id), Some(verified)) = (is_right, user_id, &stored) else { break };
        let renewed = if verified.needs_rehash(password_policy) {
            password::hash(guess.password.to_owned(), password_policy).await.ok()
        } else {
            None
        };
        let (renewed, charge) = (renewed.as_ref(), &charge);
        let opened = pool
            .transaction(&TransactionOptions::default(), |transaction| async move {
                open(&transaction, user_id, (verified, renewed), device, session_policy, charge).await
            })
            .await?;
        let (outcome, word) = match opened {
            CreateOutcome::Created(token, session) => {
                (PasswordSignInOutcome::SignedIn(SignedIn { user_id, username, token, session }), "signed_in")
            }
            CreateOutcome::Unusable => (PasswordSignInOutcome::AccountUnusable, "unusable"),
            CreateOutcome::DeviceNotRegistered => (PasswordSignInOutcome::DeviceNotRegistered, "device_not_registered"),
            CreateOutcome::LimitReached => (PasswordSignInOutcome::LimitReached, "limit_reached"),
            CreateOutcome::PasswordChanged | CreateOutcome::TokenInUse => {
                let client = pool.get().await?;
                let changed = users::password_hash_by_id().bind(&client, &user_id).opt().await?.flatten();
                stored = changed.map(PasswordHash::from_stored);
                continue;
            }
        };
        metrics::password_sign_in(word, None);
        return Ok(outcome);
    }
    metrics::password_sign_in("wrong", None);
    Ok(PasswordSignInOutcome::Refused)
}

fn refused(retry_after: Duration, limit: String) -> PasswordSignInOutcome {
    metrics::password_sign_in("refused", Some(limit));
    PasswordSignInOutcome::RetryAfter(retry_after)
}

/// What a wrong password uses: budget, key and limit.
type Budgets = [(&'static str, String, Limits)];

/// A try that was counted as a failure.
struct Charge<'a> {
    charged_at: DateTime<Utc>,
    counted_as: Vec<u8>,
    budgets: &'a Budgets,
}

async fn try_password(
    pool: &Pool,
    guess: &Guess<'_>,
    limits: &PasswordLimits,
    budgets: &Budgets,
) -> Result<PasswordTry, Error> {
    let parameters = TryPasswordParams {
        logins: guess.logins.as_slice(),
        by_phone_number: guess.by_phone_number,
        known_token_hash: guess.known_token,
        has_code: guess.has_code,
        lock_every: integer(limits.failures_before_lock.max(1)),
        lock_seconds: limits.lock_durations.iter().copied().map(seconds).collect::<Vec<_>>(),
        max_failures: integer(limits.max_failures),
        max_known_failures: integer(limits.max_known_failures),
        budgets: budgets.iter().map(|(name, ..)| *name).collect::<Vec<_>>(),
        keys: budgets.iter().map(|(_, key, _)| key.as_str()).collect::<Vec<_>>(),
        per_minute: budgets.iter().map(|(.., limits)| limits.per_minute.map(integer)).collect::<Vec<_>>(),
        per_hour: budgets.iter().map(|(.., limits)| limits.per_hour.map(integer)).collect::<Vec<_>>(),
        per_day: budgets.iter().map(|(.., limits)| limits.per_day.map(integer)).collect::<Vec<_>>(),
    };
    let client = pool.get().await?;
    Ok(generated::password::try_password().params(&client, &parameters).one().await?)
}

/// Opens a session after a right password, renews its hash, and takes the charge back.
async fn open(
    transaction: &Attempt,
    user_id: i64,
    (verified, renewed): (&PasswordHash, Option<&PasswordHash>),
    device: &Device,
    policy: &SessionPolicy,
    charge: &Charge<'_>,
) -> Result<CreateOutcome, Error> {
    let outcome = sessions::create_after_password(transaction, user_id, verified, device, policy).await?;
    match outcome {
        // The charge stays.
        CreateOutcome::PasswordChanged | CreateOutcome::TokenInUse => return Ok(outcome),
        CreateOutcome::Created(..) => {
            if let Some(renewed) = renewed {
                generated::password::renew_hash().bind(transaction, renewed, &user_id, verified).await?;
            }
            users::touch_last_login().bind(transaction, &user_id).await?;
        }
        CreateOutcome::Unusable | CreateOutcome::DeviceNotRegistered | CreateOutcome::LimitReached => {}
    }
    let budgets: Vec<_> = charge.budgets.iter().map(|(name, ..)| *name).collect();
    let keys: Vec<_> = charge.budgets.iter().map(|(_, key, _)| key.as_str()).collect();
    generated::password::verified()
        .bind(transaction, &charge.counted_as, &charge.charged_at, &budgets, &keys)
        .one()
        .await?;
    Ok(outcome)
}
