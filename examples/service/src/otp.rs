//! `/v1/otp`: requests for a one-time password.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    PhoneNumber,
    otp::{self, Channel, Purpose, SendOutcome, VerificationRequest},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Bearer, Body, Sender, parsed},
    task::finish,
};

/// A request for a code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(deserialize_with = "parsed")]
    phone_number: PhoneNumber,
    /// What the code is for: `sign_in`, or `password_reset`.
    #[serde(default = "sign_in", deserialize_with = "parsed")]
    purpose: Purpose,
    /// `sms` if it is missing.
    #[serde(deserialize_with = "parsed", default = "text_message")]
    channel: Channel,
}

fn sign_in() -> Purpose {
    Purpose::SignIn
}

fn text_message() -> Channel {
    Channel::Sms
}

/// A code was sent.
#[derive(Debug, Serialize)]
pub struct Sent {
    expires_at: DateTime<Utc>,
}

/// Sends a code. Accounts are not read, so the answer is the same whether the number has one or not; except for a client that sends
/// the token of an earlier sign-in, which is known by it.
pub async fn send(
    State(app): State<App>,
    sender: Sender,
    earlier: Option<Bearer>,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Sent>), ApiError> {
    // A code that is recorded is also sent: otherwise a client that hangs up would use up the number's limits.
    let sending = async move {
        let known_device = earlier.map(|Bearer(token)| token.hash());
        let verification = VerificationRequest {
            ip_address: Some(sender.ip_address),
            channel: request.channel,
            known_device: known_device.as_ref(),
            ..VerificationRequest::new(&request.phone_number, request.purpose)
        };
        let expires_at = match otp::send(&app.pool, &app.otp_config, &verification).await? {
            SendOutcome::Sent { code, expires_at, receipt } => {
                if let Err(error) = app.code_sender.send(&request.phone_number, request.channel, &code) {
                    tracing::error!(%error, "a code is taken back");
                    otp::return_send(&app.pool, &receipt).await?;
                    return Err(ApiError::Unavailable);
                }
                expires_at
            }
            SendOutcome::Fixed { expires_at } => expires_at,
            SendOutcome::RetryAfter(wait) => return Err(ApiError::RetryAfter(wait)),
            SendOutcome::CountryRefused => return Err(ApiError::CountryNotServed),
        };
        Ok((StatusCode::ACCEPTED, Json(Sent { expires_at })))
    };
    finish(sending).await
}
