//! `/healthz` and `/readyz`: health and readiness.

use std::time::Duration;

use axum::{Json, extract::State};
use barqnet_db::queries::monitoring;
use serde::Serialize;

use crate::{app::App, error::ApiError};

/// The service is healthy.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Health {
    status: &'static str,
}

/// How long a probe waits; those of Kubernetes wait for a second.
const READY_WITHIN: Duration = Duration::from_millis(800);

/// 200 if statements can run now, writes too; 503 if not, with the reason in the log.
pub async fn ready(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    app.pool.ready(READY_WITHIN).await?;
    Ok(Json(Health { status: "ready" }))
}

/// 200 if the database answers, 503 if not.
pub async fn check(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    monitoring::ping().bind(&app.connection().await?).one().await?;
    Ok(Json(Health { status: "ok" }))
}
