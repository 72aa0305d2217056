//! `/v1/usage`: what a client says it has moved. Nobody measured it: it is stored apart, and never added to what
//! [`nodes`](crate::nodes) report.

use axum::{Json, extract::State, http::StatusCode};
use barqnet_db::{
    client::Params,
    queries::{
        servers,
        statistics::{self, RecordParams},
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    extract::{Body, Bytes, SignedIn, Text},
};

/// How these sessions are told from those of nodes.
const SESSION_TYPE: &str = "api";

/// 31 days: a client that runs for longer reports more often.
const LONGEST_SECONDS: i32 = 31 * 24 * 60 * 60;

/// A session that a client says it had, and that ended now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    server: Text<255>,
    bytes_in: Bytes,
    bytes_out: Bytes,
    duration_seconds: i32,
    client_version: Option<Text<50>>,
}

/// A report that was stored.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Stored {
    id: i32,
}

/// Stores what a client says of itself.
pub async fn report(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Body(claim): Body<Claim>,
) -> Result<(StatusCode, Json<Stored>), ApiError> {
    let duration_seconds = claim.duration_seconds;
    if !(0..=LONGEST_SECONDS).contains(&duration_seconds) {
        return Err(ApiError::Invalid(format!(
            "duration_seconds {duration_seconds} is not between 0 and {LONGEST_SECONDS}"
        )));
    }
    let client = app.connection().await?;
    if !servers::exists().bind(&client, &claim.server.as_str()).one().await? {
        return Err(ApiError::NotFound("there is no server of this name"));
    }
    let session = RecordParams {
        username: session.username.as_str(),
        server_id: claim.server.as_str(),
        bytes_in: claim.bytes_in.into(),
        bytes_out: claim.bytes_out.into(),
        duration_seconds,
        session_type: SESSION_TYPE,
        client_version: claim.client_version.as_ref().map(Text::as_str),
        protocol: None::<&str>,
        encryption: None::<&str>,
    };
    let id = statistics::record().params(&client, &session).one().await?;
    Ok((StatusCode::CREATED, Json(Stored { id })))
}
