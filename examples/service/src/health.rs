//! `/healthz`: health check.

use axum::{Json, extract::State};
use barqnet_db::queries::monitoring;
use serde::Serialize;

use crate::{app::App, error::ApiError};

/// The service is healthy.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Health {
    status: &'static str,
}

/// 200 if the database answers, 503 if not.
pub async fn check(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    monitoring::ping().bind(&app.connection().await?).one().await?;
    Ok(Json(Health { status: "ok" }))
}
