//! Migrates a database to the schema that this build needs, and shows which migrations are applied.
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{embedded, migrate::migrate, pool::Settings};
//!
//! let settings = Settings::from_env()?;
//! for migration in migrate(&settings, &embedded::migrations()).await? {
//!     println!("applied {migration}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - Any number of processes may start at the same time: one migrates, the others wait.
//! - With nothing to do it costs two short reads, for which the right to read `schema_migrations` is enough.
//! - A service's own migrations are a second source: [`Migrations::then`].
//! - A database that is ahead of the program, or contradicts it, is reported as such, with what to do: [`Conflict`].
//! - A migration that older programs can't work with refuses them: `-- barqnet: min-version 7` in its head comment.
//! - `-- barqnet: no-transaction` lets one statement run outside a transaction, as `CREATE INDEX CONCURRENTLY` must.
//! - `-- barqnet: check SELECT …` states what must be true before a migration runs.
//! - A migration waits for a lock for at most 2 s, lets the statements queued behind it through, and is tried again.
//! - [`plan()`] shows what would run, [`migrate_observed`] what is running, and each migration has a span and a line in
//!   the log. With each a fingerprint of the schema is recorded, by which [`doctor`](crate::doctor) finds changes by
//!   hand.
//! - A distributed database stays distributed: see [`distribution`](crate::distribution).
//! - A database of the Go product is converted; [`legacy`](crate::legacy) reports what could not be.
//!
//! The runner is the crate `barqnet-db-migrate`, which any project can use. refinery's own runner, with none of this,
//! is [`embedded::migrations::runner`](crate::embedded::migrations::runner).

#[doc(inline)]
pub use barqnet_db_migrate::*;
