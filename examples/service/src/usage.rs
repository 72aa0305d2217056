//! `/v1/usage`: usage that clients report about themselves. It is stored separately and never added to the usage that
//! [`nodes`](crate::nodes) measure.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::queries::{
    servers,
    usage::{self, RecordParams},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Body, Bytes, SignedIn, Text},
};

/// Distinguishes these rows from those of nodes.
const SESSION_TYPE: &str = "api";

/// 31 days; a session that lasts longer must be reported in parts.
const MAX_DURATION_SECONDS: i32 = 31 * 24 * 60 * 60;

/// A session that a client reports, which has ended now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageReport {
    /// Chosen by the client, such as a UUID: a report that is sent again counts once.
    key: Text<64>,
    server: Text<255>,
    bytes_in: Bytes,
    bytes_out: Bytes,
    duration_seconds: i32,
    client_version: Option<Text<50>>,
}

/// A report that was stored.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Stored {
    id: i64,
}

/// Stores a client's report about itself.
pub async fn report(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Body(usage): Body<UsageReport>,
) -> Result<(StatusCode, Json<Stored>), ApiError> {
    let duration_seconds = usage.duration_seconds;
    if !(0..=MAX_DURATION_SECONDS).contains(&duration_seconds) {
        return Err(ApiError::Invalid(format!(
            "duration_seconds {duration_seconds} is not between 0 and {MAX_DURATION_SECONDS}"
        )));
    }
    if !servers::exists().bind(app.pool.lane(), &usage.server.as_str()).one().await? {
        return Err(ApiError::NotFound("there is no server of this name"));
    }
    let session = RecordParams {
        username: session.username.as_str(),
        server_id: usage.server.as_str(),
        bytes_in: usage.bytes_in.into(),
        bytes_out: usage.bytes_out.into(),
        duration_seconds,
        session_type: SESSION_TYPE,
        client_version: usage.client_version.as_ref().map(Text::as_str),
        protocol: None::<&str>,
        encryption: None::<&str>,
        report_key: usage.key.as_str(),
    };
    let client = app.connection().await?;
    let id = usage::record().params(&client, &session).one().await?;
    Ok((StatusCode::CREATED, Json(Stored { id })))
}
