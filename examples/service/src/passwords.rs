//! `/v1/password` and `/v1/sessions/password`: setting a password by a code, and signing in with it.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    PhoneNumber,
    otp::{self, OtpCode, Purpose, VerificationRequest, VerifyOutcome},
    password,
    sessions::Device,
    users::{self, ChangeOutcome, Credentials, Login, PasswordSignInOutcome},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Bearer, Body, Sender, Text, parsed},
    sessions::SignedInNow,
    task::finish,
};

/// The fewest characters of a password that is the only factor: NIST SP 800-63B-4, 3.1.1.2.
const MIN_CHARACTERS: usize = 15;

/// A phone number, the code for `password_reset` that was sent to it, and the new password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[serde(deserialize_with = "parsed")]
    phone_number: PhoneNumber,
    #[serde(deserialize_with = "parsed")]
    code: OtpCode,
    password: Text<72>,
}

/// The password is set.
#[derive(Debug, Serialize)]
pub struct PasswordSet {
    sessions_ended: i32,
}

/// Sets the password of a phone number's account, and ends its sessions. A product also refuses passwords that are common or known
/// from breaches, which is what stops an attacker who tries one password at many accounts.
pub async fn set(
    State(app): State<App>,
    sender: Sender,
    Body(request): Body<NewPassword>,
) -> Result<Json<PasswordSet>, ApiError> {
    let password = request.password.as_str().to_owned();
    if password.chars().count() < MIN_CHARACTERS {
        return Err(ApiError::Invalid(format!("a password has at least {MIN_CHARACTERS} characters")));
    }
    // A code that was used has its effect: otherwise a client that hangs up would have to ask for another one.
    let setting = async move {
        let verification = VerificationRequest {
            ip_address: Some(sender.ip_address),
            ..VerificationRequest::new(&request.phone_number, Purpose::PasswordReset)
        };
        let ticket = match otp::verify(&app.pool, &app.otp_config, &verification, &request.code).await? {
            VerifyOutcome::Verified(ticket) => ticket,
            VerifyOutcome::Invalid => return Err(ApiError::WrongCode),
            VerifyOutcome::RetryAfter(wait) => return Err(ApiError::RetryAfter(wait)),
        };
        let hash = password::hash(password, app.password_policy).await;
        let hash = hash.map_err(|invalid| ApiError::Invalid(invalid.to_string()))?;
        match users::reset_password_with_ticket(&app.pool, &ticket, hash.expose(), &app.session_policy).await? {
            ChangeOutcome::Changed { sessions_ended, .. } => Ok(PasswordSet { sessions_ended }),
            // The caller has proved to own the number, so it may learn that no account has it.
            ChangeOutcome::NoAccount => Err(ApiError::NotFound("no account has this number")),
            ChangeOutcome::Dormant(_) => Err(ApiError::UnusedKeepsPassword),
            ChangeOutcome::InvalidTicket | ChangeOutcome::NumberTaken => Err(ApiError::WrongCode),
        }
    };
    finish(setting).await.map(Json)
}

/// A phone number and its account's password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[serde(deserialize_with = "parsed")]
    phone_number: PhoneNumber,
    password: String,
    device: Option<Text<255>>,
    /// The device, if it is registered: its earlier session ends.
    device_id: Option<i64>,
}

/// Exchanges a password for a token. A client that hangs up while the password is compared has failed once. One that sends the last
/// token of an earlier session is known by it: strangers who try passwords don't keep it out.
pub async fn sign_in(
    State(app): State<App>,
    sender: Sender,
    earlier: Option<Bearer>,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedInNow>), ApiError> {
    let known_token = earlier.map(|Bearer(token)| token.hash());
    let credentials = Credentials {
        login: Login::PhoneNumber(&request.phone_number),
        password: &request.password,
        known_token: known_token.as_ref(),
    };
    let device = Device {
        id: request.device_id,
        name: request.device.map(|name| name.as_str().to_owned()),
        ip_address: Some(sender.ip_address),
        user_agent: sender.user_agent,
    };
    let App { pool, password_policy, password_limits, session_policy, .. } = &app;
    let outcome =
        users::sign_in_with_password(pool, &credentials, &device, *password_policy, password_limits, session_policy);
    match outcome.await? {
        PasswordSignInOutcome::SignedIn(signed_in) => {
            Ok((StatusCode::CREATED, Json(SignedInNow::new(signed_in, false))))
        }
        PasswordSignInOutcome::Refused => Err(ApiError::WrongPassword),
        PasswordSignInOutcome::RetryAfter(wait) => Err(ApiError::RetryAfter(wait)),
        PasswordSignInOutcome::AccountUnusable => Err(ApiError::AccountClosed),
        PasswordSignInOutcome::DeviceNotRegistered => Err(ApiError::DeviceNotRegistered),
        // It does not occur with the default policy.
        PasswordSignInOutcome::LimitReached => Err(ApiError::TooManySessions { ticket: None }),
    }
}
