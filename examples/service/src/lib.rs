//! An HTTP service on barqnet-db: sign-in by one-time password or password, sessions, the nearest location, and VPN connections that
//! nodes report.
//!
//! ```text
//! main ─▶ database   settings from the environment, migrations, a pool
//!      └▶ router     routes, limits ─┬─ otp          POST   /v1/otp
//!                                    ├─ sessions     POST   /v1/sessions, GET and DELETE /v1/session
//!                                    ├─ passwords    PUT    /v1/password, POST /v1/sessions/password
//!                                    ├─ locations    GET    /v1/locations/nearest, /v1/locations/{id}/servers
//!                                    ├─ servers      GET    /v1/servers
//!                                    ├─ connections  GET    /v1/connections, DELETE …/{id}
//!                                    ├─ usage        POST   /v1/usage
//!                                    ├─ nodes        POST   /v1/nodes/{server}/connections, DELETE …/connections/{id},
//!                                    │                      …/heartbeats, …/restart
//!                                    ├─ health       GET    /healthz
//!                                    └─ metrics      GET    /metrics
//!         app        state of all handlers     extract    checked values of a request     error    error responses
//!         task       work that is finished even if the client hangs up
//!         observe    the span and the duration of a request          telemetry  the log, and the export of spans
//! ```
//!
//! Every handler has the same shape: its arguments are checked before it runs, it borrows one connection, calls typed
//! functions of barqnet-db, and turns what they return into JSON. SQL, and all rules that must hold under concurrent
//! requests, are in barqnet-db.

mod app;
pub mod code_sender;
pub mod connections;
pub mod database;
pub mod devices;
pub mod error;
pub mod extract;
pub mod health;
pub mod locations;
pub mod metrics;
pub mod nodes;
mod observe;
pub mod otp;
pub mod passwords;
pub mod plans;
mod router;
pub mod servers;
pub mod sessions;
mod task;
pub mod telemetry;
pub mod tickets;
pub mod usage;

pub use app::App;
pub use error::ApiError;
pub use router::{router, serve};
