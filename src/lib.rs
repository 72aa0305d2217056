//! The database layer of BarqNet, a VPN with sign-in by phone: a versioned PostgreSQL schema, a runner that migrates
//! databases to it, and one typed function per SQL statement. PostgreSQL checked every statement when this crate was made;
//! a service that depends on it needs neither a database nor a code generator to build.
//!
//! # First steps
//!
//! Turn the default features off: `codegen` is for changing this crate's SQL.
//!
//! ```toml
//! [dependencies]
//! barqnet-db = { version = "0.1", default-features = false, features = ["numbering-plans", "tls"] }
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! A service migrates its database at start, keeps one [`Pool`](pool::Pool), and takes a client from it per request:
//!
//! ```no_run
//! use barqnet_db::{
//!     Coordinates, embedded, locations, migrate,
//!     pool::{self, Settings},
//!     queries::users,
//! };
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // DATABASE_URL, or PGHOST, PGUSER, PGPASSWORD, …
//! let settings = Settings::from_env()?;
//! migrate::migrate(&settings, &embedded::migrations()).await?;
//!
//! let pool = pool::connect(settings).await?;
//! let client = pool.get().await?;
//! // A statement of queries/users.sql:
//! let user = users::by_username().bind(&client, &"ada").opt().await?;
//! // What one statement can't express is in the modules of the domains:
//! for place in locations::nearest(&client, Coordinates::new(48.2082, 16.3738)?, 3).await? {
//!     println!("{}: {:.0} km", place.name, place.distance_km);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Modules by task
//!
//! | To | use |
//! |---|---|
//! | connect: settings, TLS, time limits, the pool | [`pool`] |
//! | migrate at start; plan, status, rollback | [`migrate`], with the migrations of [`embedded`] |
//! | take over a database of the Go product | [`legacy`] reports what could not be converted; [`migrate`] does it |
//! | verify a phone number by a code | [`otp`] |
//! | register, sign in, change password, number or role, deactivate, release a number, erase | [`users`] |
//! | check, rotate and end sessions | [`sessions`] |
//! | register devices, sign one out with all it has | [`devices`] |
//! | hash passwords, sign in with one | `password`, `users::sign_in_with_password` (feature `passwords`) |
//! | find the nearest locations, choose a server | [`locations`], [`servers`] |
//! | open, report and end VPN connections | [`connections`] |
//! | sell plans with quotas, see who runs out soon | [`plans`] |
//! | let accounts act upon others, with permissions | [`roles`] |
//! | record who did what | [`audit`] |
//! | report usage | [`usage`], [`queries::usage`] |
//! | spread connections and usage over machines | [`distribution`] |
//! | delete what has expired, on a schedule | [`maintenance`] |
//! | see what a database is: migrations, standby or primary | [`status`] |
//! | check a database's health | [`doctor`] |
//! | count and time what happens | `metrics` (feature `metrics`) |
//! | run any other statement | [`queries`]: one module per file of SQL, one function per statement |
//!
//! Functions that take a `&Pool` open their own transaction or must not run in one. A transaction that met a deadlock, a
//! migration or a lost connection before its commit is repeated for up to 5 seconds, as
//! [`Pool::transaction`](pool::Pool::transaction) says. Functions that take a [`GenericClient`](client::GenericClient) run on
//! a pooled client, a single connection, in a transaction of yours, or on the pool's [`lane`](pool::Pool::lane), which is the
//! fastest for short reads such as [`sessions::validate`].
//!
//! # Errors
//!
//! [`pool::Error`] is about getting a connection, [`client::Error`] about a statement, [`Error`] is either, and
//! [`migrate::Error`] is about migrations. Their `Display` gives what happened, to which thing, and what to do; print
//! `{error}`, not `{error:?}`, also in `main`. What a caller must handle, such as a wrong code or a full server, is not an
//! error but a value: [`otp::VerifyOutcome`], [`connections::OpenOutcome`] and so on. Treat an error of an access check as
//! a denial.
//!
//! # Features
//!
//! | Feature | Default | |
//! |---|---|---|
//! | `codegen` | yes | regenerates the typed functions when this crate's SQL changes; needs PostgreSQL to build |
//! | `numbering-plans` | yes | [`PhoneNumber`] knows the numbering plans of all countries, so that one number has one form |
//! | `metrics` | yes | metrics of statements, pools, migrations and outcomes, through the facade of the crate `metrics` |
//! | `passwords` | yes | the module `password`: bcrypt, off the async threads; sign-in with a password |
//! | `fakes` | no | `client::FakeClient`: unit tests of a service that need no server |
//! | `tls` | yes | `sslmode` require, verify-ca and verify-full, client certificates, channel binding, through rustls |
//!
//! # Logging
//!
//! Each statement runs in a [`tracing`] span at level debug that carries its name and never its parameters; the [`client`]
//! lists its fields. The driver's own records, which it writes with the crate `log`, have `…` in place of parameters.

#![warn(clippy::unwrap_used)]

pub mod audit;
pub mod connections;
pub mod devices;
mod digits;
pub mod distribution;
pub mod doctor;
pub mod embedded;
mod error;
mod hexadecimal;
mod interval;
pub mod legacy;
mod limit;
pub mod locations;
pub mod maintenance;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "metrics_off.rs"]
mod metrics;
pub mod migrate;
mod number_keys;
#[cfg(feature = "numbering-plans")]
mod numbering_plan;
pub mod otp;
#[cfg(feature = "passwords")]
pub mod password;
pub mod phone_number;
pub mod plans;
pub mod queries;
pub mod replication;
pub mod roles;
pub mod servers;
pub mod sessions;
pub mod status;
mod text_enum;
mod token;
mod told;
pub mod usage;
pub mod users;

#[rustfmt::skip]
#[expect(dead_code, unreachable_pub, reason = "of the statements on one-time passwords not everything is used, and not all is public")]
#[expect(missing_docs, reason = "the fields of generated structs are columns: the statement's documentation explains them")]
#[expect(clippy::all, clippy::pedantic, reason = "generated code has a style of its own")]
mod generated;

pub use error::Error;
pub use locations::Coordinates;
pub use number_keys::{InvalidNumberKeys, NumberKeys};
pub use phone_number::PhoneNumber;
pub use text_enum::UnknownText;

#[doc(inline)]
pub use barqnet_db_client::{self as client, pool};

pub use refinery;
pub use tokio_postgres;
