//! `/v1/servers`: the servers to connect to.

use axum::{Json, extract::State};
use barqnet_db::{
    Coordinates,
    servers::{self, Candidate, PickOptions, PickOutcome, PickPolicy},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Parameters, Text},
};

/// One server to connect to, and two alternatives if that fails.
const DEFAULT_LIMIT: u32 = 3;
const MAX_LIMIT: u32 = 10;

/// The user's position, if it is known, and the user's last server, if any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickRequest {
    lat: Option<f64>,
    lon: Option<f64>,
    preferred: Option<Text<255>>,
    limit: Option<u32>,
}

/// A server to connect to.
#[derive(Debug, Serialize)]
pub struct Server {
    name: String,
    host: String,
    port: i32,
    distance_km: Option<f64>,
}

/// Lists the best servers for a new connection, best first.
pub async fn pick(
    State(app): State<App>,
    Parameters(request): Parameters<PickRequest>,
) -> Result<Json<Vec<Server>>, ApiError> {
    let limit = request.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::Invalid(format!("limit {limit} is not between 1 and {MAX_LIMIT}")));
    }
    let options = match (request.lat, request.lon) {
        (Some(latitude), Some(longitude)) => PickOptions::near(
            Coordinates::new(latitude, longitude).map_err(|error| ApiError::Invalid(error.to_string()))?,
        ),
        (None, None) => PickOptions::anywhere(),
        _ => return Err(ApiError::Invalid("lat and lon must be given together".to_owned())),
    };
    let options = options.limit(limit);
    let options = request.preferred.as_ref().map_or(options, |server| options.prefer(server.as_str()));
    match servers::pick(app.pool.lane(), &options, &PickPolicy::default()).await? {
        PickOutcome::Candidates(candidates) => Ok(Json(candidates.into_iter().map(Server::from).collect())),
        PickOutcome::NoneEligible(why) => {
            tracing::warn!("{why}");
            Err(ApiError::NoServer)
        }
    }
}

impl From<Candidate> for Server {
    fn from(Candidate { name, host, port, distance_km, .. }: Candidate) -> Self {
        Self { name, host, port, distance_km }
    }
}
