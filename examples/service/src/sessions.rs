//! `/v1/sessions` and `/v1/session`: signing in, who am I, signing out.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    PhoneNumber,
    client::{self, GenericClient, Params},
    otp::{self, OtpCode, VerifyOutcome},
    queries::{
        sessions::RevokeOneParams,
        users::{self, CreateParams},
    },
    sessions::{self, Device, RevokeReason},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    extract::{Body, Sender, SignedIn, Text, parsed},
};

/// A session ends after 30 days; the app then asks for a new code.
const SESSION_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// How stale a session's last use may be before it is written again.
const TOUCH_AFTER: Duration = Duration::from_mins(1);

/// A code that arrived by phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[serde(deserialize_with = "parsed")]
    phone_number: PhoneNumber,
    #[serde(deserialize_with = "parsed")]
    code: OtpCode,
    device: Option<Text<255>>,
}

/// The only time a token is shown. No `Debug`: it would end up in a log.
#[derive(Serialize)]
pub struct SignedInNow {
    token: String,
    expires_at: DateTime<Utc>,
    username: String,
    new_user: bool,
}

/// Trades a code for a token, and makes the account at the first sign-in.
pub async fn sign_in(
    State(app): State<App>,
    sender: Sender,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedInNow>), ApiError> {
    let number = &request.phone_number;
    match otp::verify(&app.pool, number, &request.code, Some(sender.ip_address), &app.otp_policy).await? {
        VerifyOutcome::Verified => {}
        VerifyOutcome::Invalid => return Err(ApiError::WrongCode),
        VerifyOutcome::RetryAfter(wait) => return Err(ApiError::RetryAfter(wait)),
    }
    let client = app.connection().await?;
    let account = find_or_create_account(&client, number).await?;
    let device = Device {
        name: request.device.map(|name| name.as_str().to_owned()),
        ip_address: Some(sender.ip_address),
        user_agent: sender.user_agent,
    };
    // Whoever gets here has the phone, so they may know that the account is closed.
    let session = sessions::create(&client, account.id, &device, SESSION_LIFETIME).await?;
    let (token, session) = session.ok_or(ApiError::AccountClosed)?;
    users::touch_last_login().bind(&client, &account.id).await?;
    let signed_in = SignedInNow {
        token: token.expose(),
        expires_at: session.expires_at,
        username: account.username,
        new_user: account.is_new,
    };
    Ok((StatusCode::CREATED, Json(signed_in)))
}

/// The account of a phone number.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: i32,
    /// Its name, which connections and statistics refer to.
    pub username: String,
    /// Whether it was made just now.
    pub is_new: bool,
}

/// The account of a number, made if there is none. Of any number of callers at once one makes it and the others find
/// it, because the unique index decides and not a look beforehand. Not for use in a transaction, which a unique
/// violation would end.
pub async fn find_or_create_account(
    client: &impl GenericClient,
    phone_number: &PhoneNumber,
) -> Result<Account, ApiError> {
    if let Some(account) = find_account(client, phone_number).await? {
        return Ok(account);
    }
    let username = random_username()?;
    let new = CreateParams {
        username: username.as_str(),
        phone_number: Some(phone_number),
        password_hash: None::<&str>,
        created_via: "phone",
        server_id: "unassigned",
        created_by: env!("CARGO_PKG_NAME"),
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
    };
    match users::create().params(client, &new).one().await {
        Ok(id) => Ok(Account { id, username, is_new: true }),
        Err(error) if error.constraint() == Some("idx_users_phone_number") => {
            find_account(client, phone_number).await?.ok_or_else(|| error.into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn find_account(
    client: &impl GenericClient,
    phone_number: &PhoneNumber,
) -> Result<Option<Account>, client::Error> {
    let user = users::by_phone().bind(client, phone_number).opt().await?;
    Ok(user.map(|user| Account { id: user.id, username: user.username, is_new: false }))
}

/// Says nothing of the person: names stand in logs and reports.
fn random_username() -> Result<String, ApiError> {
    match getrandom::u64() {
        Ok(number) => Ok(format!("u{number:016x}")),
        Err(error) => {
            tracing::error!(%error, "no random numbers");
            Err(ApiError::Internal)
        }
    }
}

/// Who is signed in.
#[derive(Debug, Serialize)]
pub struct Session {
    username: String,
    phone_number: Option<String>,
    signed_in_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

/// Tells whose token it is; an app asks this when it starts.
pub async fn show(State(app): State<App>, SignedIn(session): SignedIn) -> Result<Json<Session>, ApiError> {
    let client = app.connection().await?;
    let touched = barqnet_db::queries::sessions::touch();
    touched.bind(&client, &session.session_id, &TOUCH_AFTER.as_secs_f64()).await?;
    Ok(Json(Session {
        username: session.username,
        phone_number: session.phone_number,
        signed_in_at: session.created_at,
        expires_at: session.expires_at,
    }))
}

/// Ends the session. If another request has ended it meanwhile, all is as asked.
pub async fn sign_out(State(app): State<App>, SignedIn(session): SignedIn) -> Result<StatusCode, ApiError> {
    let client = app.connection().await?;
    let this_one = RevokeOneParams { id: session.session_id, user_id: session.user_id, reason: RevokeReason::SignOut };
    barqnet_db::queries::sessions::revoke_one().params(&client, &this_one).await?;
    Ok(StatusCode::NO_CONTENT)
}
