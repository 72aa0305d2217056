//! `/v1/sessions` and `/v1/session`: sign-in, the current session, refresh, sign-out.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    PhoneNumber,
    otp::{self, OtpCode, Purpose, Ticket, VerificationRequest, VerifyOutcome},
    sessions::{self, Device, RevokeReason, RotateOutcome},
    users::{self, NewUser, RegisterOutcome, SignInOutcome, Username},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Bearer, Body, Sender, SignedIn, Text, parsed},
};

/// A phone number and the code that was sent to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[serde(deserialize_with = "parsed")]
    phone_number: PhoneNumber,
    #[serde(deserialize_with = "parsed")]
    code: OtpCode,
    device: Option<Text<255>>,
    /// The device, if it is registered: its earlier session ends.
    device_id: Option<i64>,
}

/// A new session with its token, which is returned only here. No `Debug`, so that the token cannot reach a log.
#[derive(Serialize)]
pub struct SignedInNow {
    token: String,
    expires_at: DateTime<Utc>,
    username: String,
    new_user: bool,
}

impl SignedInNow {
    pub(crate) fn new(signed_in: users::SignedIn, new_user: bool) -> Self {
        Self {
            token: signed_in.token.expose(),
            expires_at: signed_in.session.expires_at,
            username: signed_in.username,
            new_user,
        }
    }
}

/// Exchanges a code for a token; the first sign-in creates the account.
pub async fn sign_in(
    State(app): State<App>,
    sender: Sender,
    earlier: Option<Bearer>,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedInNow>), ApiError> {
    let phone_number = &request.phone_number;
    let known_device = earlier.map(|Bearer(token)| token.hash());
    let verification = VerificationRequest {
        ip_address: Some(sender.ip_address),
        known_device: known_device.as_ref(),
        ..VerificationRequest::new(phone_number, Purpose::SignIn)
    };
    let ticket = match otp::verify(&app.pool, &app.otp_config, &verification, &request.code).await? {
        VerifyOutcome::Verified(ticket) => ticket,
        VerifyOutcome::Invalid => return Err(ApiError::WrongCode),
        VerifyOutcome::RetryAfter(wait) => return Err(ApiError::RetryAfter(wait)),
    };
    let device = Device {
        id: request.device_id,
        name: request.device.map(|name| name.as_str().to_owned()),
        ip_address: Some(sender.ip_address),
        user_agent: sender.user_agent,
    };
    let (signed_in, new_user) =
        match users::sign_in_with_ticket(&app.pool, &ticket, &device, &app.session_policy).await? {
            SignInOutcome::SignedIn(signed_in) => (signed_in, false),
            SignInOutcome::NoAccount => (register(&app, &ticket, &device).await?, true),
            refused => return Err(ApiError::of_sign_in(&refused, &ticket)),
        };
    Ok((StatusCode::CREATED, Json(SignedInNow::new(signed_in, new_user))))
}

async fn register(app: &App, ticket: &Ticket, device: &Device) -> Result<users::SignedIn, ApiError> {
    let username = random_username()?;
    let new = NewUser::new(&username, env!("CARGO_PKG_NAME"));
    match users::register_with_ticket(&app.pool, ticket, &new, device, &app.session_policy).await? {
        RegisterOutcome::Registered(signed_in) => Ok(signed_in),
        RegisterOutcome::InvalidTicket | RegisterOutcome::NumberTaken | RegisterOutcome::NameTaken => {
            Err(ApiError::WrongCode)
        }
    }
}

/// A random name, because names appear in logs and reports and should not identify a person.
pub(crate) fn random_username() -> Result<Username, ApiError> {
    match getrandom::u64() {
        // Letters and digits, which every name can have.
        Ok(number) => format!("u{number:016x}").parse().map_err(|_| ApiError::Internal),
        Err(error) => {
            tracing::error!(%error, "no random numbers");
            Err(ApiError::Internal)
        }
    }
}

/// The current session.
#[derive(Debug, Serialize)]
pub struct Session {
    username: String,
    phone_number: Option<String>,
    signed_in_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

/// Returns the current session; an app calls this when it starts.
pub async fn show(SignedIn(session): SignedIn) -> Json<Session> {
    Json(Session {
        username: session.username,
        phone_number: session.phone_number,
        signed_in_at: session.created_at,
        expires_at: session.expires_at,
    })
}

/// The new token, which is returned only here.
#[derive(Serialize)]
pub struct Refreshed {
    token: String,
    expires_at: DateTime<Utc>,
    /// Of several tokens of the session the one with the highest generation is valid: processes that share a store keep that one.
    generation: i32,
}

/// Replaces the token; the old one is no longer valid. A client that did not get the answer asks again with the old one.
pub async fn refresh(
    State(app): State<App>,
    sender: Sender,
    Bearer(token): Bearer,
) -> Result<Json<Refreshed>, ApiError> {
    let client = app.connection().await?;
    match sessions::rotate(&client, &token, Some(sender.ip_address), &app.session_policy).await? {
        RotateOutcome::Rotated { token, expires_at, generation, .. } => {
            Ok(Json(Refreshed { token: token.expose(), expires_at, generation }))
        }
        RotateOutcome::Concurrent => Err(ApiError::RefreshedAlready),
        RotateOutcome::Reused { .. } | RotateOutcome::Invalid | RotateOutcome::TokenInUse => {
            Err(ApiError::Unauthenticated)
        }
    }
}

/// Ends the session; success, too, if a concurrent request has ended it.
pub async fn sign_out(State(app): State<App>, SignedIn(session): SignedIn) -> Result<StatusCode, ApiError> {
    let client = app.connection().await?;
    sessions::revoke(&client, session.user_id, session.session_id, RevokeReason::SignOut).await?;
    Ok(StatusCode::NO_CONTENT)
}
