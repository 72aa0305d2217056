//! `/v1/locations`: where the servers are.

use axum::{Json, extract::State};
use barqnet_db::{Coordinates, queries::locations::ServerAtLocation};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    extract::{Id, Parameters},
};

const DEFAULT_LIMIT: u32 = 5;
const LARGEST_LIMIT: u32 = 50;

/// A place, and how many locations to list.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    lat: f64,
    lon: f64,
    limit: Option<u32>,
}

/// A location and how far it is.
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

/// Lists the locations nearest to a place, nearest first.
pub async fn nearest(
    State(app): State<App>,
    Parameters(place): Parameters<Place>,
) -> Result<Json<Vec<Nearby>>, ApiError> {
    let point = Coordinates::new(place.lat, place.lon).map_err(|error| ApiError::Invalid(error.to_string()))?;
    let limit = place.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=LARGEST_LIMIT).contains(&limit) {
        return Err(ApiError::Invalid(format!("limit {limit} is not between 1 and {LARGEST_LIMIT}")));
    }
    let locations = barqnet_db::locations::nearest(&app.connection().await?, point, limit).await?;
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

/// Lists the servers in service at a location, by name; an unknown location has none.
pub async fn servers(State(app): State<App>, Id(location): Id) -> Result<Json<Vec<Server>>, ApiError> {
    let client = app.connection().await?;
    let all = barqnet_db::queries::locations::servers_at().bind(&client, &location).all().await?;
    let in_service = all.into_iter().filter(|server| server.enabled && !server.draining);
    Ok(Json(in_service.map(|ServerAtLocation { name, host, port, .. }| Server { name, host, port }).collect()))
}
