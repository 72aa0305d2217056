//! The router, the limits that apply to every request, and the loop that serves.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::Response,
    routing::{delete, get, post, put},
};
use tokio::{net::TcpListener, sync::oneshot, time};

use crate::{
    app::App, connections, devices, error::ApiError, health, locations, metrics, nodes, observe::observe, otp,
    passwords, plans, servers, sessions, tickets, usage,
};

/// The largest body. A body has a phone number and a name or two; [a node's report](nodes::MAX_REPORT_BYTES) can be larger.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The time limit of a request, its body included. The database gives up earlier: see
/// [`STATEMENT_TIMEOUT`](crate::database::STATEMENT_TIMEOUT).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests in progress can take to finish at shutdown: a little longer than a request that has just begun.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(11);

/// Routes every request to its handler.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/v1/otp", post(otp::send))
        .route("/v1/sessions", post(sessions::sign_in))
        .route("/v1/sessions/password", post(passwords::sign_in))
        .route("/v1/password", put(passwords::set))
        .route("/v1/session", get(sessions::show).delete(sessions::sign_out))
        .route("/v1/session/refresh", post(sessions::refresh))
        .route("/v1/tickets/sessions", post(tickets::list))
        .route("/v1/tickets/sign-in", post(tickets::sign_in))
        .route("/v1/devices", get(devices::list).post(devices::register))
        .route("/v1/devices/{id}", delete(devices::sign_out))
        .route("/v1/devices/{id}/lost", post(devices::mark_lost))
        .route("/v1/locations/nearest", get(locations::nearest))
        .route("/v1/locations/{id}/servers", get(locations::servers))
        .route("/v1/servers", get(servers::pick))
        .route("/v1/connections", get(connections::list))
        .route("/v1/connections/{id}", delete(connections::close))
        .route("/v1/plan", get(plans::show))
        .route("/v1/admin/users/{username}/plan", post(plans::assign))
        .route("/v1/usage", post(usage::report))
        .route("/v1/nodes/{server}/connections", post(nodes::open))
        .route("/v1/nodes/{server}/connections/{id}", delete(nodes::close))
        .route(
            "/v1/nodes/{server}/heartbeats",
            post(nodes::heartbeats).layer(DefaultBodyLimit::max(nodes::MAX_REPORT_BYTES)),
        )
        .route("/v1/nodes/{server}/restart", post(nodes::restart))
        .route("/healthz", get(health::check))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::render))
        .fallback(async || ApiError::NotFound("there is no such route"))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn(observe))
        .with_state(app)
}

/// Limits the time of a request. Dropping a handler midway is safe: an uncommitted transaction is rolled back, and what must
/// be finished runs in a [task of its own](crate::task::finish).
async fn limit_time(request: Request, next: Next) -> Result<Response, ApiError> {
    time::timeout(REQUEST_TIMEOUT, next.run(request)).await.map_err(|_| ApiError::Timeout)
}

/// Serves until `shutdown` completes, then waits at most 11 s for requests in progress.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let keep_up = metrics::keep_up(app.pool.clone());
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, service).with_graceful_shutdown(async {
        shutdown.await;
        // An error means that the receiver is gone, because the server has failed already.
        let _ = stopping.send(());
    });
    // A peer that never finishes its request must not prevent the shutdown.
    let overdue = async {
        let _ = stopped.await;
        time::sleep(SHUTDOWN_TIMEOUT).await;
    };
    tokio::select! {
        result = server => result,
        () = keep_up => Ok(()),
        () = overdue => {
            tracing::warn!("stopping with requests in progress");
            Ok(())
        }
    }
}
