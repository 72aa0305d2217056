//! A PostgreSQL client on tokio-postgres and deadpool-postgres: settings as `psql` reads them, a pool in which every
//! wait has a limit, and typed statements that are prepared once per connection.
//!
//! ```no_run
//! use barqnet_db_client::pool::{self, Settings};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // DATABASE_URL, or PGHOST, PGUSER, PGPASSWORD, …
//! let settings = Settings::from_env()?.application_name("orders").max_size(8);
//! let pool = pool::connect(settings).await?;
//!
//! let mut client = pool.get().await?;
//! let row = client.query_one("SELECT COUNT(*) FROM orders", &[]).await?;
//! let orders: i64 = row.get(0);
//!
//! let transaction = client.transaction().await?;
//! transaction.execute("DELETE FROM carts WHERE order_id IS NOT NULL", &[]).await?;
//! transaction.commit().await?;
//! # let _ = orders;
//! # Ok(()) }
//! ```
//!
//! - [`pool`] opens connections: [`Settings`](pool::Settings) from a URL, the environment or code; TLS; errors that say
//!   what to do.
//! - [`GenericClient`] is what a generated statement runs on: a [`Client`] from the pool, a [`Transaction`] on it, or the
//!   pool's [`Lane`](pool::Lane). Statements that only read run on any [`ReadClient`], also on a [`ReadOnly`] one.
//! - [`Error`] is why a statement failed: the statement's name and everything that PostgreSQL reported.
//! - [`constraints!`] declares the enum of a schema's constraints, so that rustc checks which of them a program handles.
//! - [`ScratchDatabase`] creates and drops a database for a test, a check or a demonstration.
//! - [`sqlstate`] groups error codes by what to do about them, and [`error_text`] writes the full text of any driver
//!   error.
//!
//! # Typed statements
//!
//! `barqnet-db-codegen` generates functions from annotated SQL files; the generated code calls this crate. Each
//! statement is prepared once per connection, inside transactions and for writes too.
//!
//! When a migration has changed what a statement returns, the next run outside a transaction prepares it again. Inside
//! a transaction it fails once with SQLSTATE 0A000, and the next transaction succeeds.
//!
//! What the database says about a prepared statement is compared with what the build saw ([`Query`]): the names and types
//! of its columns and the types of its parameters. A difference is [`Error::Changed`], before anything runs. Types with one
//! form on the wire count as equal: the text types, `json` and `jsonb`, `bit` and `varbit`, a domain and its base. Enums and
//! composite types are compared by name: labels and fields may be added.
//!
//! A query with a choice of conditions, orders or pages is several statements ([`Variant`]). [`Pages`] reads a [`Page`] at a
//! [`Cursor`], in both directions.
//!
//! # What is shown
//!
//! Each statement has a [`tracing`] span at level `DEBUG`, from its start to its last row, with the fields of OpenTelemetry's
//! conventions for databases: `otel.name` and `db.query.summary` are its name, `db.response.status_code` is the SQLSTATE of a
//! failure, `error.type` the same or a word such as `connection`, `timed_out` or `cancelled`, which is what a dropped call is.
//! The wait for a connection of the pool has a span of its own, `pool.get`, as has the wait for a full lane, `lane.wait`.
//! [`Settings::slow_statement`](pool::Settings::slow_statement) logs what takes long, and the feature `metrics` counts and
//! times everything (`metrics::METRICS`).
//!
//! No span, event or metric has a parameter. Without a subscriber, the setting and the feature, not even the clock is read.
//!
//! # Features
//!
//! `tls` adds the encrypted modes of `sslmode` (`require`, `verify-ca`, `verify-full`) through rustls. Without it they
//! are refused.
//!
//! `uuid`, `decimal`, `json` and `networks` add the types for `uuid`, `numeric`, `json`/`jsonb` and `cidr`: see [`types`].
//!
//! `fakes` adds `FakeClient`, on which unit tests of code that takes `&impl GenericClient` need no server.
//!
//! `metrics` adds metrics through the facade of the crate `metrics`.

#![warn(clippy::unwrap_used)]

mod answer;
mod bound;
mod call;
mod client;
mod constraints;
mod copy;
mod error;
pub mod error_text;
#[cfg(feature = "fakes")]
mod fake;
mod generated;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "metrics_off.rs"]
mod metrics;
mod page;
mod parameters;
pub mod pool;
mod query;
mod read_lane;
mod read_only;
mod row;
mod rows;
mod scratch_database;
mod session;
mod shared_session;
pub mod sqlstate;
mod state;
mod statement;
mod telemetry;
mod transaction;
pub mod types;
mod variant;
mod words;

#[cfg(feature = "fakes")]
pub use self::fake::{FakeClient, Faked};
pub use self::generated::BATCH_ROWS;
#[cfg(feature = "json")]
pub use self::parameters::JsonSql;
pub use self::{
    bound::{Bound, Returning},
    client::Client,
    error::{Error, Failure},
    page::{Cursor, CursorError, Page, PageOrder, Paged, Pages},
    parameters::{ArraySql, BytesSql, StringSql},
    query::{Query, type_name},
    read_lane::ReadLane,
    read_only::ReadOnly,
    row::Row,
    rows::Rows,
    scratch_database::ScratchDatabase,
    session::{GenericClient, ReadClient},
    transaction::{Transaction, TransactionOptions},
    variant::{UnknownOrder, Variant},
};
/// What generated code calls; not meant to be called by hand.
#[doc(hidden)]
pub use self::{
    copy::{copy_in, copy_out},
    generated::column,
    page::{fingerprint, is_key_type},
    variant::variant,
};
#[doc(hidden)]
pub use constraints::constraint_without_shard;
pub use futures::{Stream, stream::iter as stream_of};
pub use tokio_postgres;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
