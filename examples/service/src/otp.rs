//! `/v1/otp`: requests for a one-time password.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    PhoneNumber,
    otp::{self, Purpose, SendOutcome, VerificationRequest},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Body, Sender, parsed},
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
}

fn sign_in() -> Purpose {
    Purpose::SignIn
}

/// A code was sent.
#[derive(Debug, Serialize)]
pub struct Sent {
    expires_at: DateTime<Utc>,
}

/// Sends a code. Accounts are not read, so the answer is the same whether the number has one or not.
pub async fn send(
    State(app): State<App>,
    sender: Sender,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Sent>), ApiError> {
    // A code that is recorded is also sent: otherwise a client that hangs up would use up the number's limits.
    let sending = async move {
        let verification = VerificationRequest {
            phone_number: &request.phone_number,
            purpose: request.purpose,
            ip_address: Some(sender.ip_address),
        };
        match otp::send(&app.pool, &app.otp_config, &verification).await? {
            SendOutcome::Sent { code, expires_at } => {
                app.code_sender.send(&request.phone_number, &code);
                Ok((StatusCode::ACCEPTED, Json(Sent { expires_at })))
            }
            SendOutcome::RetryAfter(wait) => Err(ApiError::RetryAfter(wait)),
        }
    };
    finish(sending).await
}
