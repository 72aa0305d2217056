//! An HTTP service on barqnet-db: sign-in by one-time password, sessions, the nearest location, VPN connections.
//!
//! ```text
//! main ─▶ database   settings from the environment, migrations, a pool
//!      └▶ app        router, limits ─┬─ otp          POST   /v1/otp
//!                                    ├─ sessions     POST   /v1/sessions, GET and DELETE /v1/session
//!                                    ├─ locations    GET    /v1/locations/nearest, /v1/locations/{id}/servers
//!                                    ├─ connections  POST   /v1/connections, …/{id}/heartbeat, DELETE …/{id}
//!                                    └─ health       GET    /healthz
//!         extract    what a handler may take from a request, checked     error   how it may answer if it can't
//! ```
//!
//! Every handler has the same shape: its arguments are checked before it runs, it borrows one connection, calls typed
//! functions of barqnet-db, and turns what they return into JSON. SQL and the rules that must hold when requests race
//! are in barqnet-db.

mod app;
pub mod code_sender;
pub mod connections;
pub mod database;
pub mod error;
pub mod extract;
pub mod health;
pub mod locations;
pub mod otp;
pub mod servers;
pub mod sessions;

pub use app::{App, router, serve};
pub use error::ApiError;
