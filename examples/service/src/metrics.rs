//! `/metrics`: what Prometheus scrapes.

use std::{sync::LazyLock, time::Duration};

use axum::{extract::State, http::header, response::IntoResponse};
use barqnet_db::{
    client::metrics::{Kind, Metric, Unit},
    metrics,
    pool::Pool,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;

/// The metric of requests.
pub const REQUESTS: Metric = Metric {
    name: "http.server.request.duration",
    kind: Kind::Histogram,
    unit: Unit::Seconds,
    labels: &["http.request.method", "http.route", "http.response.status_code"],
    description: "From the arrival of a request to its answer.",
};

/// The buckets that OpenTelemetry recommends for databases, in seconds. All histograms measure times.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// How often recorded values move into their buckets, so that they need no memory of their own.
const UPKEEP: Duration = Duration::from_secs(5);

/// How often the schema is compared with what the migrations made, in upkeeps: once an hour.
const DRIFT_UPKEEPS: u32 = 720;

/// The recorder of the process. It has names as Prometheus wants them: `_` instead of `.`, units and `_total` at the end.
static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let builder = PrometheusBuilder::new().with_recommended_naming(true);
    let builder = builder.set_buckets(&BUCKETS).expect("there are buckets");
    let handle = builder.install_recorder().expect("the process has no other recorder");
    metrics::describe();
    REQUESTS.describe();
    handle
});

/// Installs the recorder. What happens before is not counted.
pub(crate) fn install() {
    LazyLock::force(&RECORDER);
}

/// Every metric of the process in Prometheus' text format. A database that does not answer is a metric, not an error.
///
/// It is not for users: let the proxy in front refuse it.
pub(crate) async fn render(State(app): State<App>) -> impl IntoResponse {
    if let Err(error) = metrics::record(&app.pool).await {
        tracing::warn!(%error, "the database did not answer for its metrics");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], RECORDER.render())
}

/// Does regularly what no scrape does.
pub(crate) async fn keep_up(pool: Pool) {
    let mut ticks = interval(UPKEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for tick in 0_u32.. {
        ticks.tick().await;
        RECORDER.run_upkeep();
        if tick % DRIFT_UPKEEPS == 0
            && let Err(error) = metrics::record_drift(&pool).await
        {
            tracing::warn!(%error, "the schema could not be compared with its migrations");
        }
    }
}
