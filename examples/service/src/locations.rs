//! `/v1/locations`: locations and their servers.

use axum::{Json, extract::State};
use barqnet_db::{Coordinates, queries::locations::ServerAtLocation};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::ApiError,
    extract::{Id, Parameters},
};

const DEFAULT_LIMIT: u32 = 5;
const MAX_LIMIT: u32 = 50;

/// A point, and the number of locations to list.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    lat: f64,
    lon: f64,
    limit: Option<u32>,
}

/// A location and its distance.
#[derive(Debug, Serialize)]
pub struct Nearby {
    id: i32,
    name: String,
    country: String,
    city: String,
    country_code: String,
    latitude: f64,
    longitude: f64,
    distance_km: f64,
}

/// Lists the locations nearest to a point, nearest first.
pub async fn nearest(
    State(app): State<App>,
    Parameters(search): Parameters<Search>,
) -> Result<Json<Vec<Nearby>>, ApiError> {
    let point = Coordinates::new(search.lat, search.lon).map_err(|error| ApiError::Invalid(error.to_string()))?;
    let limit = search.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::Invalid(format!("limit {limit} is not between 1 and {MAX_LIMIT}")));
    }
    let locations = barqnet_db::locations::nearest(&app.pool.read_lane(), point, limit).await?;
    let nearby = locations.into_iter().map(|location| Nearby {
        id: location.location_id,
        name: location.name,
        country: location.country,
        city: location.city,
        country_code: location.country_code,
        latitude: location.latitude,
        longitude: location.longitude,
        distance_km: location.distance_km,
    });
    Ok(Json(nearby.collect()))
}

/// A server to connect to.
#[derive(Debug, Serialize)]
pub struct Server {
    name: String,
    host: String,
    port: i32,
}

/// Lists the available servers at a location, by name; empty for an unknown location.
pub async fn servers(State(app): State<App>, Id(location): Id<i32>) -> Result<Json<Vec<Server>>, ApiError> {
    let all = barqnet_db::queries::locations::servers_at().bind(&app.pool.read_lane(), &location).all().await?;
    let available = all.into_iter().filter(|server| server.enabled && !server.draining);
    Ok(Json(available.map(|ServerAtLocation { name, host, port, .. }| Server { name, host, port }).collect()))
}
