//! The router, the limits that hold for every request, and the loop that serves.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::Response,
    routing::{delete, get, post},
};
use barqnet_db::{
    otp::{OtpConfig, OtpKeys},
    pool::{self, Client, Pool},
    sessions::{SessionPolicy, TokenHash},
};
use tokio::{net::TcpListener, sync::oneshot, time};

use crate::{ApiError, code_sender::CodeSender, connections, health, locations, nodes, otp, servers, sessions, usage};

/// A body has a phone number and a name or two; a node's report has its own limit.
const BODY_LIMIT_BYTES: usize = 16 * 1024;

/// How long a request may take, its body included. The database gives up earlier: see
/// [`STATEMENT_LIMIT`](crate::database::STATEMENT_LIMIT).
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// How long the requests under way have to finish once the service is told to stop: the last could have begun just
/// then.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(11);

/// What every handler may use. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub pool: Pool,
    /// How a one-time password reaches its phone.
    pub code_sender: Arc<dyn CodeSender>,
    /// The keys of one-time passwords, and how many, how often.
    pub otp_rules: OtpConfig,
    /// How many sessions, how long.
    pub session_policy: SessionPolicy,
    /// What a node shows, as a hash.
    pub node_key: TokenHash,
}

impl App {
    /// An app with the crate's own limits on one-time passwords and sessions.
    pub fn new(pool: Pool, code_sender: impl CodeSender + 'static, otp_keys: OtpKeys, node_key: TokenHash) -> Self {
        let (otp_rules, session_policy) = (OtpConfig::new(otp_keys), SessionPolicy::default());
        Self { pool, code_sender: Arc::new(code_sender), otp_rules, session_policy, node_key }
    }

    /// A connection of the pool; it goes back when it is dropped.
    pub async fn connection(&self) -> Result<Client, ApiError> {
        Ok(pool::get(&self.pool).await?)
    }
}

/// Which handler answers what.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/v1/otp", post(otp::send))
        .route("/v1/sessions", post(sessions::sign_in))
        .route("/v1/session", get(sessions::show).delete(sessions::sign_out))
        .route("/v1/session/refresh", post(sessions::refresh))
        .route("/v1/locations/nearest", get(locations::nearest))
        .route("/v1/locations/{id}/servers", get(locations::servers))
        .route("/v1/servers", get(servers::pick))
        .route("/v1/connections", get(connections::list))
        .route("/v1/connections/{id}", delete(connections::close))
        .route("/v1/usage", post(usage::report))
        .route("/v1/nodes/{server}/connections", post(nodes::open))
        .route("/v1/nodes/{server}/connections/{id}", delete(nodes::close))
        .route(
            "/v1/nodes/{server}/heartbeats",
            post(nodes::heartbeats).layer(DefaultBodyLimit::max(nodes::REPORT_LIMIT_BYTES)),
        )
        .route("/v1/nodes/{server}/restart", post(nodes::restart))
        .route("/healthz", get(health::check))
        .fallback(async || ApiError::NotFound("there is nothing at this address"))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(middleware::from_fn(limit_time))
        .with_state(app)
}

/// Dropping a handler midway is safe: a transaction that is not committed is rolled back.
async fn limit_time(request: Request, next: Next) -> Result<Response, ApiError> {
    time::timeout(REQUEST_LIMIT, next.run(request)).await.map_err(|_| ApiError::Timeout)
}

/// Serves until `shutdown` completes, then lets the requests under way finish.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, service).with_graceful_shutdown(async {
        shutdown.await;
        // Nobody listens only if the server has failed already.
        let _ = stopping.send(());
    });
    // A peer that never finishes its request must not keep the service from stopping.
    let overdue = async {
        let _ = stopped.await;
        time::sleep(SHUTDOWN_LIMIT).await;
    };
    tokio::select! {
        result = server => result,
        () = overdue => {
            tracing::warn!("stopping with requests under way");
            Ok(())
        }
    }
}
