//! `/v1/devices`: the devices that a user has registered.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::devices::{self, DevicePolicy, NewDevice, RegisterOutcome};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Body, Id, SignedIn, Text},
};

/// The most devices in a list; a user has 10 by default.
const MAX_LISTED: u32 = 100;

/// The error for a device that the user does not have.
const UNKNOWN: ApiError = ApiError::NotFound("the user has no such device");

/// A device to register.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The stable id that the client keeps, such as a UUID.
    key: Text<255>,
    /// A name that the user recognises.
    name: Option<Text<255>>,
    /// Such as `ios`.
    r#type: Option<Text<255>>,
}

/// A registered device.
#[derive(Debug, Serialize)]
pub struct Registered {
    id: i64,
    /// Why it was signed out before.
    was_revoked_for: Option<&'static str>,
}

/// Registers the device of this session, which belongs to it from then on. A repeated request changes nothing.
pub async fn register(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Body(request): Body<Register>,
) -> Result<(StatusCode, Json<Registered>), ApiError> {
    let new = NewDevice {
        key: request.key.as_str(),
        name: request.name.as_ref().map(Text::as_str),
        device_type: request.r#type.as_ref().map(Text::as_str),
        session: Some(session.session_id),
    };
    match devices::register(&app.pool, session.user_id, &new, &DevicePolicy::default()).await? {
        RegisterOutcome::Registered(device) => {
            let was_revoked_for = device.was_revoked_for.map(devices::RevokeReason::as_str);
            Ok((StatusCode::CREATED, Json(Registered { id: device.id, was_revoked_for })))
        }
        RegisterOutcome::InvalidKey => Err(ApiError::Invalid("the key of a device has 1 to 255 characters".to_owned())),
        RegisterOutcome::Unusable => Err(ApiError::Unauthenticated),
        RegisterOutcome::LimitReached => Err(ApiError::TooManyDevices),
    }
}

/// A device in a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    id: i64,
    name: Option<String>,
    r#type: Option<String>,
    registered_at: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    /// Whether this session belongs to it.
    is_this: bool,
}

/// Lists the user's devices, newest first.
pub async fn list(State(app): State<App>, SignedIn(session): SignedIn) -> Result<Json<Vec<Listed>>, ApiError> {
    let devices = devices::list(app.pool.lane(), session.user_id, i64::MAX, MAX_LISTED).await?;
    let listed = devices.into_iter().map(|device| Listed {
        id: device.id,
        is_this: session.device_id == Some(device.id),
        name: device.device_name,
        r#type: device.device_type,
        registered_at: device.created_at,
        last_seen: device.last_seen,
    });
    Ok(Json(listed.collect()))
}

/// What ended with a device.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SignedOut {
    sessions_ended: i32,
    connections_closed: usize,
}

impl From<devices::SignedOut> for SignedOut {
    fn from(ended: devices::SignedOut) -> Self {
        Self { sessions_ended: ended.sessions_ended, connections_closed: ended.closed.len() }
    }
}

/// Signs a device out. The nodes of its connections learn it from the answer to their next heartbeat.
pub async fn sign_out(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Id(id): Id<i64>,
) -> Result<Json<SignedOut>, ApiError> {
    let ended = devices::sign_out(&app.pool, session.user_id, id).await?.ok_or(UNKNOWN)?;
    Ok(Json(ended.into()))
}

/// Signs a device out because it was lost.
pub async fn mark_lost(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Id(id): Id<i64>,
) -> Result<Json<SignedOut>, ApiError> {
    let ended = devices::mark_lost(&app.pool, session.user_id, id).await?.ok_or(UNKNOWN)?;
    Ok(Json(ended.into()))
}
