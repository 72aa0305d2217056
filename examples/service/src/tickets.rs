//! `/v1/tickets`: sign-in in a second step, where the verified number alone is not enough.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    otp::Ticket,
    sessions::{self, Device},
    users::{self, EndSessions, NewUser, RegisterOutcome, SignInOutcome, StepUpOutcome},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Body, Sender, Text, parsed},
    sessions::{SignedInNow, random_username},
};

/// The ticket of a refused sign-in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    #[serde(deserialize_with = "parsed")]
    ticket: Ticket,
}

/// A session that can be ended.
#[derive(Debug, Serialize)]
pub struct Listed {
    id: i64,
    device: Option<String>,
    signed_in_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<sessions::Session> for Listed {
    fn from(session: sessions::Session) -> Self {
        Self {
            id: session.id,
            device: session.device_info,
            signed_in_at: session.created_at,
            last_used_at: session.last_activity,
        }
    }
}

/// The user's sessions, to choose from; the ticket stays valid.
pub async fn list(State(app): State<App>, Body(refused): Body<Refused>) -> Result<Json<Vec<Listed>>, ApiError> {
    let listed = users::list_sessions_with_ticket(&app.pool, &refused.ticket, &app.session_policy).await?;
    Ok(Json(listed.ok_or(ApiError::WrongCode)?.into_iter().map(Listed::from).collect()))
}

/// The second step of a sign-in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondStep {
    #[serde(deserialize_with = "parsed")]
    ticket: Ticket,
    device: Option<Text<255>>,
    step: Step,
}

/// What the user chose.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The account is the user's: its password.
    Password(String),
    /// The account was somebody else's: another one takes the number.
    StartAnew,
    /// These sessions end.
    EndSessions(Vec<i64>),
    /// All sessions end.
    EndAllSessions,
}

impl std::fmt::Debug for Step {
    /// Omits the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step(…)")
    }
}

/// Exchanges the ticket of a refused sign-in for a token.
pub async fn sign_in(
    State(app): State<App>,
    sender: Sender,
    Body(request): Body<SecondStep>,
) -> Result<(StatusCode, Json<SignedInNow>), ApiError> {
    let device = Device {
        id: None,
        name: request.device.map(|name| name.as_str().to_owned()),
        ip_address: Some(sender.ip_address),
        user_agent: sender.user_agent,
    };
    let ticket = &request.ticket;
    let (signed_in, new_user) = match request.step {
        Step::Password(password) => (with_password(&app, ticket, &password, &device).await?, false),
        Step::StartAnew => (start_anew(&app, ticket, &device).await?, true),
        Step::EndSessions(ids) => (end_sessions(&app, ticket, EndSessions::These(&ids), &device).await?, false),
        Step::EndAllSessions => (end_sessions(&app, ticket, EndSessions::All, &device).await?, false),
    };
    Ok((StatusCode::CREATED, Json(SignedInNow::new(signed_in, new_user))))
}

async fn with_password(
    app: &App,
    ticket: &Ticket,
    password: &str,
    device: &Device,
) -> Result<users::SignedIn, ApiError> {
    let App { pool, password_policy, password_limits, session_policy, .. } = app;
    let step_up = users::sign_in_with_ticket_and_password(
        pool,
        ticket,
        password,
        *password_policy,
        password_limits,
        device,
        session_policy,
    );
    match step_up.await? {
        StepUpOutcome::SignedIn(signed_in) => Ok(signed_in),
        StepUpOutcome::RetryAfter(wait) | StepUpOutcome::Busy(wait) => Err(ApiError::RetryAfter(wait)),
        StepUpOutcome::AccountUnusable => Err(ApiError::AccountClosed),
        StepUpOutcome::DeviceNotRegistered => Err(ApiError::DeviceNotRegistered),
        // The ticket is spent: the app asks for another code.
        StepUpOutcome::WrongPassword
        | StepUpOutcome::InvalidTicket
        | StepUpOutcome::NoAccount
        | StepUpOutcome::LimitReached => Err(ApiError::WrongCode),
    }
}

async fn start_anew(app: &App, ticket: &Ticket, device: &Device) -> Result<users::SignedIn, ApiError> {
    let username = random_username()?;
    let new = NewUser::new(&username, env!("CARGO_PKG_NAME"));
    match users::register_in_place_of_dormant(&app.pool, ticket, &new, device, &app.session_policy).await? {
        RegisterOutcome::Registered(signed_in) => Ok(signed_in),
        RegisterOutcome::InvalidTicket | RegisterOutcome::NumberTaken | RegisterOutcome::NameTaken => {
            Err(ApiError::WrongCode)
        }
    }
}

async fn end_sessions(
    app: &App,
    ticket: &Ticket,
    end: EndSessions<'_>,
    device: &Device,
) -> Result<users::SignedIn, ApiError> {
    let outcome =
        users::sign_in_and_end_sessions_with_ticket(&app.pool, ticket, end, device, &app.session_policy).await?;
    match outcome {
        SignInOutcome::SignedIn(signed_in) => Ok(signed_in),
        refused => Err(ApiError::of_sign_in(&refused, ticket)),
    }
}
